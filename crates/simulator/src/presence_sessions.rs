//! How Teams makes one presence out of many: the session engine, pure.
//!
//! In: what each client and each app has set, what the user chose by hand, the calendar, and
//! the time. Out: the pair that everybody sees. Rules: spec section 2.2 to 2.4.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use model::clock::{advance, elapsed};

/// An app's `Available` becomes inactive after this long, and `Away` after twice as long.
pub(super) const FADE: Duration = Duration::from_mins(5);

/// `availability` and `activity`, spelt as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pair {
    pub(super) availability: &'static str,
    pub(super) activity: &'static str,
}

impl Pair {
    pub(super) const AVAILABLE: Self = Self::new("Available", "Available");
    /// The marker of a faded session; the wire name is a setting.
    pub(super) const FADED: Self = Self::new("Available", "AvailableInactive");
    pub(super) const AWAY: Self = Self::new("Away", "Away");
    pub(super) const BUSY: Self = Self::new("Busy", "Busy");
    pub(super) const CALL: Self = Self::new("Busy", "InACall");
    pub(super) const CONFERENCE: Self = Self::new("Busy", "InAConferenceCall");
    pub(super) const MEETING: Self = Self::new("Busy", "InAMeeting");
    pub(super) const PRESENTING: Self = Self::new("DoNotDisturb", "Presenting");
    pub(super) const DND: Self = Self::new("DoNotDisturb", "DoNotDisturb");
    pub(super) const BACK_SOON: Self = Self::new("BeRightBack", "BeRightBack");
    pub(super) const OFF_WORK: Self = Self::new("Offline", "OffWork");
    pub(super) const OFFLINE: Self = Self::new("Offline", "Offline");
    pub(super) const OUT_OF_OFFICE: Self = Self::new("Available", "OutOfOffice");
    pub(super) const UNKNOWN: Self = Self::new("PresenceUnknown", "PresenceUnknown");

    /// What setPresence takes: these five and nothing else (spec section 2.1).
    pub(super) const SETTABLE: [Self; 5] = [
        Self::AVAILABLE,
        Self::CALL,
        Self::CONFERENCE,
        Self::AWAY,
        Self::PRESENTING,
    ];

    /// What a user can choose by hand (spec section 2.7).
    pub(super) const PREFERABLE: [Self; 6] = [
        Self::AVAILABLE,
        Self::BUSY,
        Self::DND,
        Self::BACK_SOON,
        Self::AWAY,
        Self::OFF_WORK,
    ];

    const fn new(availability: &'static str, activity: &'static str) -> Self {
        Self {
            availability,
            activity,
        }
    }

    /// The pair of these names among `allowed`, without regard to case.
    pub(super) fn among(allowed: &[Self], availability: &str, activity: &str) -> Option<Self> {
        allowed
            .iter()
            .find(|pair| {
                pair.availability.eq_ignore_ascii_case(availability)
                    && pair.activity.eq_ignore_ascii_case(activity)
            })
            .copied()
    }

    /// Who wins among sessions: do not disturb, busy, available, away.
    fn rank(self) -> u8 {
        match self.availability {
            "DoNotDisturb" => 4,
            "Busy" => 3,
            "Available" => 2,
            _ => 1,
        }
    }
}

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// An application, by its client id: one session per user.
    App(Uuid),
    /// A Teams client of the user: 0 = PC, 1 = phone, and so on.
    Client(u8),
}

/// One session of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) holder: Holder,
    pub(super) pair: Pair,
    pub(super) set_at: Timestamp,
    /// A Teams client's session ends with its sign-out only.
    pub(super) expires_at: Option<Timestamp>,
}

impl Session {
    fn lives(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Only an app's `Available` fades: a Teams client tells of idleness by itself.
    fn pair_at(&self, now: Timestamp) -> Pair {
        let fades = self.pair == Pair::AVAILABLE && matches!(self.holder, Holder::App(_));
        let age = elapsed(self.set_at, now);
        match fades {
            true if age >= FADE * 2 => Pair::AWAY,
            true if age >= FADE => Pair::FADED,
            _ => self.pair,
        }
    }
}

/// A choice by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Preferred {
    pub(super) pair: Pair,
    pub(super) until: Timestamp,
}

/// Everything Teams knows about one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PresenceSessions {
    sessions: Vec<Session>,
    pub(super) preferred: Option<Preferred>,
    /// The appointment that lasts right now, and since when.
    pub(super) appointment: Option<(Pair, Timestamp)>,
    pub(super) out_of_office: Option<String>,
    pub(super) status_message: Option<String>,
}

impl PresenceSessions {
    /// Sets `holder`'s session; every set starts its clocks anew.
    pub(super) fn set(
        &mut self,
        holder: Holder,
        pair: Pair,
        lasting: Option<Duration>,
        now: Timestamp,
    ) {
        self.sessions
            .retain(|session| session.holder != holder && session.lives(now));
        self.sessions.push(Session {
            holder,
            pair,
            set_at: now,
            expires_at: lasting.map(|lasting| advance(now, lasting)),
        });
    }

    /// Ends `holder`'s session; `false` when there is none that lives.
    pub(super) fn clear(&mut self, holder: Holder, now: Timestamp) -> bool {
        let before = self.live(now).count();
        self.sessions
            .retain(|session| session.holder != holder && session.lives(now));
        self.sessions.len() < before
    }

    /// Signs every Teams client out; sessions of apps stay.
    pub(super) fn sign_out(&mut self) {
        self.sessions
            .retain(|session| matches!(session.holder, Holder::App(_)));
    }

    /// The sessions that have not run out.
    pub(super) fn live(&self, now: Timestamp) -> impl Iterator<Item = &Session> {
        self.sessions
            .iter()
            .filter(move |session| session.lives(now))
    }

    /// What everybody sees.
    pub(super) fn shown(&self, now: Timestamp) -> Pair {
        let Some(of_sessions) = self.of_sessions(now) else {
            return Pair::OFFLINE;
        };
        if let Some(preferred) = self.preferred.filter(|p| now < p.until) {
            return preferred.pair;
        }
        if self.out_of_office.is_some() && of_sessions == Pair::AVAILABLE {
            return Pair::OUT_OF_OFFICE;
        }
        of_sessions
    }

    /// The highest session, the calendar counting as one of rank busy. Among equals the most
    /// recent wins: undocumented, decided here only.
    fn of_sessions(&self, now: Timestamp) -> Option<Pair> {
        let by_rank = |(pair, at): &(Pair, Timestamp)| (pair.rank(), *at);
        let sessions = self.live(now).map(|s| (s.pair_at(now), s.set_at));
        let best = sessions.max_by_key(by_rank)?;
        let overlaid = std::iter::once(best).chain(self.appointment);
        overlaid.max_by_key(by_rank).map(|(pair, _)| pair)
    }

    /// When [`PresenceSessions::shown`] can change by the passing of time alone.
    pub(super) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let of_sessions = self.live(now).flat_map(|session| {
            [
                session.expires_at,
                Some(advance(session.set_at, FADE)),
                Some(advance(session.set_at, FADE * 2)),
            ]
        });
        of_sessions
            .chain([self.preferred.map(|p| p.until)])
            .flatten()
            .filter(|at| *at > now)
            .min()
    }
}

#[cfg(test)]
#[path = "presence_sessions_tests.rs"]
mod tests;
