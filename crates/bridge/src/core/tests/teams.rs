//! Teams, as far as it matters here: sessions with precedence, a status set by hand, expiry.

use jiff::Timestamp;

use super::scene::pair;
use model::presence::{CallActivity, TeamsPresence};

/// The user's own Teams client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    SignedOut,
    Available,
    Away,
    Appointment,
    Call,
    Conference,
    Presenting,
}

/// A status set by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preferred {
    Available,
    Away,
    DoNotDisturb,
    OffWork,
}

/// One user's account, and what it has shown over time.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) client: Client,
    pub(super) preferred: Option<Preferred>,
    /// Our session: what it asserts, when it ends.
    pub(super) app: Option<(CallActivity, Timestamp)>,
    app_wins_ties: bool,
    /// What was shown from when on, and what would have been shown without us.
    shown: Vec<(Timestamp, TeamsPresence, TeamsPresence)>,
}

impl Account {
    pub(super) fn new(app_wins_ties: bool, now: Timestamp) -> Self {
        let mut account = Self {
            client: Client::Available,
            preferred: None,
            app: None,
            app_wins_ties,
            shown: Vec::new(),
        };
        account.note(now);
        account
    }

    /// Writes down what is shown from now on.
    pub(super) fn note(&mut self, now: Timestamp) {
        let ours = self.app.map(|(activity, _)| activity);
        self.shown
            .push((now, self.visible(ours), self.visible(None)));
    }

    pub(super) fn expire(&mut self, now: Timestamp) {
        if let Some((_, ended)) = self.app.take_if(|(_, ends)| *ends <= now) {
            self.note(ended);
        }
    }

    /// What was shown at that time, and what would have been without us.
    pub(super) fn at(&self, when: Timestamp) -> (TeamsPresence, TeamsPresence) {
        let last = self.shown.iter().rev().find(|(at, _, _)| *at <= when);
        let (_, shown, without_us) = last.unwrap_or(&self.shown[0]);
        (shown.clone(), without_us.clone())
    }

    fn visible(&self, ours: Option<CallActivity>) -> TeamsPresence {
        let signed_in = self.client != Client::SignedOut;
        if let Some(preferred) = self.preferred.filter(|_| signed_in || ours.is_some()) {
            return preferred.pair();
        }
        let (rank, client) = self.client.session();
        let Some(ours) = ours else {
            return pair(client);
        };
        if rank > 2 || (rank == 2 && !self.app_wins_ties) {
            return pair(client);
        }
        let (availability, activity) = ours.pair().wire();
        TeamsPresence::parse(availability, activity)
    }
}

impl Client {
    /// Its rank among the sessions (DoNotDisturb > Busy > Available > Away), and its pair.
    const fn session(self) -> (u8, &'static str) {
        match self {
            Self::SignedOut => (0, "Offline/Offline"),
            Self::Away => (0, "Away/Away"),
            Self::Available => (1, "Available/Available"),
            Self::Appointment => (2, "Busy/InAMeeting"),
            Self::Call => (2, "Busy/InACall"),
            Self::Conference => (2, "Busy/InAConferenceCall"),
            Self::Presenting => (3, "DoNotDisturb/Presenting"),
        }
    }
}

impl Preferred {
    fn pair(self) -> TeamsPresence {
        pair(match self {
            Self::Available => "Available/Available",
            Self::Away => "Away/Away",
            Self::DoNotDisturb => "DoNotDisturb/DoNotDisturb",
            Self::OffWork => "Offline/OffWork",
        })
    }
}
