//! UcFaults as plain data: the same in a scenario file (`[[ucserver]]`), in
//! `POST /_control/ucserver/fault` and in a test: `{"kind":"busy","seconds":5,"for_s":20}`.
//!
//! Some last until their time is over, some are over at once (a dropped socket).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use super::faults::{BusyPlace, RedirectPlace};
use super::params::ParamsForm;
use super::times::TimeForm;
use super::{SimulatedUcServer, UcFaults};
use crate::fault::of_tree;
use model::clock::advance;

/// Longest text or frame that is sent, in mebibytes.
const LARGEST_MIB: u32 = 64;

/// What goes wrong with the UCServer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UcFaultKind {
    /// Every log-in fails with this `AsnLogonErrorEnum`: 101, 103, 107, 129, 131 ...
    LoginError {
        /// `iErrorDetail`.
        code: i64,
    },
    /// UCWeb answers 502 with 119: no UCServer behind it.
    NotAttached,
    /// Busy at the log-in.
    Busy {
        /// Come back in so many seconds.
        seconds: u64,
        /// Where it stands in the answer; nothing: where this version of the server writes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<BusyPlace>,
    },
    /// Sent away at the log-in, as a node of a `DataCenter` does it.
    Redirect {
        /// A host, a host with its port, or a whole address.
        to: String,
        /// Where it stands in the answer; nothing: where this version of the server writes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<RedirectPlace>,
    },
    /// Passwords are not taken: 401 that offers Negotiate only.
    NegotiateOnly,
    /// `ucserverprotocolversion` is a string.
    VersionAsText,
    /// The upgrade to a WebSocket is refused; the session stays until it is destroyed.
    RefuseSockets,
    /// The UCServer behind UCWeb is gone: sessions end at once while their sockets stay open, and
    /// no new one is to be had.
    Gone,
    /// Login tokens are refused.
    RefuseTokens,
    /// A server from before August 2024, whatever it was started as.
    OldNames,
    /// How optional parameters are written.
    Params {
        /// The form.
        form: ParamsForm,
    },
    /// How times are written, and read.
    Times {
        /// The form.
        form: TimeForm,
    },
    /// Every answer waits.
    Slow {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// Answers overtake each other.
    ReorderAnswers,
    /// Requests are not answered at all.
    Mute,
    /// Presence events are lost.
    LoseEvents,
    /// Presence events come twice.
    DuplicateEvents,
    /// Updates hold all calls, not only those that changed.
    CompleteCallLists,
    /// A subscription that names this contact fails as a whole.
    PoisonedContact {
        /// The SIP URI of the contact.
        contact: String,
    },
    /// Setting a manual presence fails.
    RefuseAbsent {
        /// `iErrorDetail`.
        code: i64,
    },
    /// The administrator's log-in is an unknown operation.
    NoAdminInterface,
    /// estos' own Teams integration shows this for a user, and with it a call that no line has.
    NativeTeams {
        /// The name of the user.
        user: String,
        /// `iPresenceState` bits; 67108866 = busy, in a call.
        state: i64,
    },
    /// At once: every socket is dropped without a word.
    DropSockets,
    /// At once: every session is over; the next request is rejected with 8.
    EndSessions,
    /// At once: a user is removed.
    RemoveUser {
        /// The name of the user.
        user: String,
    },
    /// At once: this text on every socket, whatever it is.
    SendText {
        /// The text to send as it is.
        text: String,
    },
    /// At once: a text of this many mebibytes (at most 64) on every socket.
    SendHuge {
        /// How much, in mebibytes.
        mib: u32,
    },
    /// At once: a binary frame on every socket.
    SendBinary,
}

/// One fault of the UCServer, ready to be injected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UcFault {
    /// What goes wrong.
    #[serde(flatten, deserialize_with = "of_tree")]
    pub kind: UcFaultKind,
    /// From when on, in virtual seconds from now.
    #[serde(default)]
    pub after_s: f64,
    /// How long, in virtual seconds; `None` = without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_s: Option<f64>,
}

impl UcFault {
    /// This fault from now on, without end.
    #[must_use]
    pub const fn new(kind: UcFaultKind) -> Self {
        Self {
            kind,
            after_s: 0.0,
            for_s: None,
        }
    }

    /// Only from so many virtual seconds on.
    #[must_use]
    pub const fn after(mut self, seconds: f64) -> Self {
        self.after_s = seconds;
        self
    }

    /// Only for so many virtual seconds.
    #[must_use]
    pub const fn lasting(mut self, seconds: f64) -> Self {
        self.for_s = Some(seconds);
        self
    }
}

impl UcFaultKind {
    /// Sets the switch of a fault that lasts; nothing for one that is over at once.
    fn switch(&self, faults: &mut UcFaults) {
        match self.clone() {
            Self::LoginError { code } => faults.login_error = Some(code),
            Self::NotAttached | Self::Gone => faults.not_attached = true,
            Self::Busy { seconds, place } => {
                faults.busy = Some(seconds);
                faults.busy_place = place;
            }
            Self::Redirect { to, place } => {
                faults.redirect = Some(to);
                faults.redirect_place = place;
            }
            Self::NegotiateOnly => faults.negotiate_only = true,
            Self::VersionAsText => faults.version_as_text = true,
            Self::RefuseSockets => faults.refuse_sockets = true,
            Self::Params { form } => faults.params = Some(form),
            Self::Times { form } => faults.times = form,
            Self::RefuseTokens => faults.refuse_tokens = true,
            Self::OldNames => faults.old_names = true,
            Self::Slow { ms } => faults.slow = Some(Duration::from_millis(ms)),
            Self::ReorderAnswers => faults.reorder_answers = true,
            Self::Mute => faults.mute = true,
            Self::LoseEvents => faults.lose_events = true,
            Self::DuplicateEvents => faults.duplicate_events = true,
            Self::CompleteCallLists => faults.complete_call_lists = true,
            Self::PoisonedContact { contact } => faults.poisoned_contact = Some(contact),
            Self::RefuseAbsent { code } => faults.refuse_absent = Some(code),
            Self::NoAdminInterface => faults.no_admin_interface = true,
            Self::NativeTeams { .. }
            | Self::DropSockets
            | Self::EndSessions
            | Self::RemoveUser { .. }
            | Self::SendText { .. }
            | Self::SendHuge { .. }
            | Self::SendBinary => {}
        }
    }

    /// Whether it is over as soon as it has happened.
    const fn is_at_once(&self) -> bool {
        matches!(
            self,
            Self::DropSockets
                | Self::EndSessions
                | Self::RemoveUser { .. }
                | Self::SendText { .. }
                | Self::SendHuge { .. }
                | Self::SendBinary
        )
    }
}

/// The faults in force and those to come.
#[derive(Debug, Default)]
pub(super) struct Scripted(Mutex<Script>);

#[derive(Debug, Default)]
struct Script {
    next: u64,
    in_force: Vec<(u64, UcFaultKind)>,
    timers: Vec<JoinHandle<()>>,
}

impl Drop for Script {
    fn drop(&mut self) {
        self.timers.iter().for_each(JoinHandle::abort);
    }
}

impl Scripted {
    fn with<T>(&self, act: impl FnOnce(&mut Script) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SimulatedUcServer {
    /// Something goes wrong from now on, or later.
    pub fn fault(self: &Arc<Self>, fault: UcFault) {
        let clock = Arc::clone(&self.shared.clock);
        let from = advance(clock.now(), seconds(fault.after_s));
        let until = fault.for_s.map(|time| advance(from, seconds(time)));
        if fault.after_s <= 0.0 && until.is_none() {
            self.begin(fault.kind);
            return;
        }
        let server = Arc::downgrade(self);
        let timer = tokio::spawn(async move {
            clock.reach(from).await;
            let Some(number) = server.upgrade().and_then(|it| it.begin(fault.kind)) else {
                return;
            };
            let Some(until) = until else {
                return;
            };
            clock.reach(until).await;
            if let Some(server) = server.upgrade() {
                server.end(|(one, _)| *one == number);
            }
        });
        self.scripted.with(|script| {
            script.timers.retain(|timer| !timer.is_finished());
            script.timers.push(timer);
        });
    }

    /// Nothing goes wrong any more, now or later.
    pub fn clear_faults(&self) {
        self.scripted.with(|script| {
            script.timers.drain(..).for_each(|timer| timer.abort());
        });
        self.end(|_| true);
    }

    /// What goes wrong right now.
    #[must_use]
    pub fn faults(&self) -> Vec<UcFaultKind> {
        let kinds = |script: &mut Script| {
            let in_force = script.in_force.iter();
            in_force.map(|(_, kind)| kind.clone()).collect()
        };
        self.scripted.with(kinds)
    }

    /// The number of a fault that lasts; nothing for one that is over at once.
    fn begin(&self, kind: UcFaultKind) -> Option<u64> {
        if kind.is_at_once() {
            self.happen(&kind);
            return None;
        }
        match &kind {
            UcFaultKind::NativeTeams { user, state } => self.set_teams_state(user, Some(*state)),
            UcFaultKind::Gone => self.invalidate_sessions(),
            _ => {}
        }
        let number = self.scripted.with(|script| {
            script.next += 1;
            script.in_force.push((script.next, kind));
            script.next
        });
        self.switch();
        Some(number)
    }

    fn end(&self, over: impl Fn(&(u64, UcFaultKind)) -> bool) {
        let ended: Vec<_> = self
            .scripted
            .with(|script| script.in_force.extract_if(.., |one| over(one)).collect());
        for (_, kind) in ended {
            if let UcFaultKind::NativeTeams { user, .. } = kind {
                self.set_teams_state(&user, None);
            }
        }
        self.switch();
    }

    /// The switches as the faults in force want them.
    fn switch(&self) {
        let mut faults = UcFaults::default();
        for kind in self.faults() {
            kind.switch(&mut faults);
        }
        self.set_faults(faults);
    }

    fn happen(&self, kind: &UcFaultKind) {
        match kind {
            UcFaultKind::DropSockets => self.drop_sockets(),
            UcFaultKind::EndSessions => self.invalidate_sessions(),
            UcFaultKind::RemoveUser { user } => self.remove_user(user),
            UcFaultKind::SendText { text } => self.send_text(text),
            UcFaultKind::SendHuge { mib } => {
                let mib = usize::try_from(*mib.min(&LARGEST_MIB)).unwrap_or_default();
                self.send_text(&"x".repeat(mib << 20));
            }
            UcFaultKind::SendBinary => self.send_binary(&[0xA1, 0, 0xFF]),
            _ => {}
        }
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
