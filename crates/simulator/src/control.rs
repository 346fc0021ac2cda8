//! Steering a running tenant: everything that a test or a presenter can see and
//! change. The same things are reachable over HTTP (`control_http`).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::broadcast;
use uuid::Uuid;

use super::directory::Fate;
use super::fault::Fault;
use super::journal::{Counters, Recorded, Write};
use super::pbx::PbxEvent;
use super::presence_sessions::{Holder, PresenceSessions};
use super::script::{PbxCall, PbxKind, PbxState, TeamsAct};
use super::sign_ins::Decision;
use super::tenant::{Account, Person};
use super::ucserver::SimulatedUcServer;
use super::world::{ControlError, World};

/// A handle on a running tenant; clones steer the same one.
#[derive(Clone, Debug)]
pub struct Control {
    pub(super) world: Arc<World>,
}

/// How an account goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Into the recycle bin: delta says `changed`.
    Restorable,
    /// For good: delta says `deleted`.
    ForGood,
}

/// One session as the control shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionView {
    /// `app <client id>` or `client <n>`.
    pub holder: String,
    /// As set, before any fading.
    pub availability: &'static str,
    /// As set, before any fading.
    pub activity: &'static str,
    /// When it was set, by the tenant's clock.
    pub set_at: Timestamp,
    /// Virtual time; a Teams client's session does not expire.
    pub expires_at: Option<Timestamp>,
}

/// What the tenant knows about one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserView {
    /// In Entra's spelling.
    pub upn: String,
    /// The object id.
    pub entra_id: Uuid,
    /// What everybody sees.
    pub availability: &'static str,
    /// What everybody sees.
    pub activity: &'static str,
    /// Chosen by hand, where it is in force or waits for a session.
    pub manual: Option<String>,
    /// The appointment that lasts.
    pub appointment: Option<String>,
    /// Sessions that live.
    pub sessions: Vec<SessionView>,
    /// Calls in ProCall.
    pub calls: Vec<PbxEvent>,
}

impl Control {
    /// ProCall's users, with why they must not match.
    #[must_use]
    pub fn users(&self) -> Vec<Person> {
        self.world.people().clone()
    }

    /// ProCall's users that match, in their order.
    #[must_use]
    pub fn matched(&self) -> Vec<Person> {
        let people = self.world.people();
        people.iter().filter(|p| p.matches()).cloned().collect()
    }

    /// The tenant's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// Moves the tenant's time forward: sessions, fading, tokens, delta tokens, limits, the day.
    #[allow(clippy::must_use_candidate)] // called for its effect
    pub fn advance(&self, by: Duration) -> Timestamp {
        self.world.clock.advance(by)
    }

    /// Something goes wrong from now on.
    pub fn fault(&self, fault: Fault) {
        self.world.inject(fault);
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.world.faults().clear();
    }

    /// What goes wrong right now.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let now = self.world.clock.now();
        self.world.faults().list(now)
    }

    /// The UCServer, where there is one: its faults, its counts, what its users do.
    #[must_use]
    pub fn ucserver(&self) -> Option<Arc<SimulatedUcServer>> {
        self.world.ucserver.get()?.upgrade()
    }

    /// Somebody (UPN or object id) does something in Teams.
    ///
    /// # Errors
    /// When the tenant has no such account, or Teams no such choice.
    pub fn teams(&self, user: &str, act: &TeamsAct) -> Result<(), ControlError> {
        self.world.act(user, act)
    }

    /// Something happens to somebody (user name) in ProCall; it goes to calls.jsonl too.
    ///
    /// # Errors
    /// When ProCall has no such user, or calls.jsonl cannot be written.
    pub fn call(
        &self,
        user: &str,
        kind: PbxKind,
        state: PbxState,
    ) -> Result<PbxEvent, ControlError> {
        self.world.ring(user, PbxCall { kind, state })
    }

    /// Everything the tenant knows about somebody (UPN or object id).
    ///
    /// # Errors
    /// When the tenant has no such account.
    pub fn user(&self, user: &str) -> Result<UserView, ControlError> {
        let presence = self.world.presence(user)?;
        let (now, sessions) = (self.world.clock.now(), presence.sessions());
        let shown = sessions.shown(now);
        let (upn, entra_id) = {
            let directory = self.world.directory();
            let entry = directory.find(user);
            let account = entry.map(|e| (e.account.upn.clone(), e.account.id));
            account.ok_or_else(|| ControlError::NoSuchUser(user.to_owned()))?
        };
        let mut calls = self.world.pbx.calls();
        calls.retain(|call| call.user_name.eq_ignore_ascii_case(&upn));
        Ok(UserView {
            availability: shown.availability,
            activity: shown.activity,
            manual: sessions.preferred.map(|p| spelt(p.pair)),
            appointment: sessions.appointment.map(|(pair, _)| spelt(pair)),
            sessions: session_views(&sessions, now),
            calls,
            upn,
            entra_id,
        })
    }

    /// What everybody sees of somebody: availability and activity.
    ///
    /// # Errors
    /// When the tenant has no such account.
    pub fn current(&self, user: &str) -> Result<(&'static str, &'static str), ControlError> {
        let now = self.world.clock.now();
        let shown = self.world.presence(user)?.shown(now);
        Ok((shown.availability, shown.activity))
    }

    /// Every setPresence and clearPresence, oldest first.
    #[must_use]
    pub fn writes(&self) -> Vec<Write> {
        self.world.journal.writes()
    }

    /// The last requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.world.journal.last()
    }

    /// What was asked so far, counted by kind.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.world.journal.counters()
    }

    /// Counts requests and writes anew.
    pub fn forget_requests(&self) {
        self.world.journal.forget();
    }

    /// The app's roles from now on; they hold in new tokens only.
    pub fn set_roles(&self, roles: &[&str]) {
        self.world.identity().roles = roles.iter().map(|&role| role.to_owned()).collect();
    }

    /// Every token given out so far is refused from now on.
    pub fn expire_tokens(&self) {
        self.world.identity().expire_all();
    }

    /// Another client secret; the old one is refused from now on.
    pub fn set_secret(&self, secret: &str) {
        secret.clone_into(&mut self.world.identity().client_secret);
    }

    /// The codes of device sign-ins that wait for their user.
    #[must_use]
    pub fn device_codes(&self) -> Vec<String> {
        self.world.identity().sign_ins.waiting()
    }

    /// A user enters every code that waits and consents; whether any waited.
    #[allow(clippy::must_use_candidate)] // called for its effect
    pub fn approve_device(&self, upn: &str) -> bool {
        let decision = Decision::Approved(upn.to_owned());
        self.world.identity().sign_ins.decide(&decision)
    }

    /// A user declines every code that waits; whether any waited.
    #[allow(clippy::must_use_candidate)] // called for its effect
    pub fn decline_device(&self) -> bool {
        self.world.identity().sign_ins.decide(&Decision::Declined)
    }

    /// Every user is signed out: no refresh token holds any more.
    pub fn revoke_sign_ins(&self) {
        self.world.identity().sign_ins.revoke();
    }

    /// A new account: enabled, with a Teams plan, signed out.
    #[allow(clippy::must_use_candidate)] // called for its effect
    pub fn add_account(&self, upn: &str, display_name: &str) -> Uuid {
        let id = self.world.guid();
        self.world.directory_mut().add(Account {
            id,
            upn: upn.to_owned(),
            display_name: display_name.to_owned(),
            given: "",
            surname: "",
            phone: String::new(),
            enabled: true,
            guest: false,
            teams: true,
            department: None,
        });
        id
    }

    /// Removes an account (UPN or object id).
    ///
    /// # Errors
    /// When the tenant has no such account.
    pub fn remove_account(&self, user: &str, removal: Removal) -> Result<(), ControlError> {
        let fate = match removal {
            Removal::Restorable => Fate::Binned,
            Removal::ForGood => Fate::Gone,
        };
        self.change(user, |entry| entry.fate = fate)
    }

    /// Enables or disables an account.
    ///
    /// # Errors
    /// When the tenant has no such account.
    pub fn set_enabled(&self, user: &str, enabled: bool) -> Result<(), ControlError> {
        self.change(user, |entry| entry.account.enabled = enabled)
    }

    /// Moves somebody to another department, or to none.
    ///
    /// # Errors
    /// When the tenant has no such account.
    pub fn set_department(&self, user: &str, department: Option<&str>) -> Result<(), ControlError> {
        let department = department.map(ToOwned::to_owned);
        self.change(user, |entry| entry.account.department = department)
    }

    /// Gives or takes the Teams plan.
    ///
    /// # Errors
    /// When the tenant has no such account.
    pub fn set_teams_plan(&self, user: &str, teams: bool) -> Result<(), ControlError> {
        self.change(user, |entry| entry.account.teams = teams)
    }

    fn change(
        &self,
        user: &str,
        change: impl FnOnce(&mut super::directory::Entry),
    ) -> Result<(), ControlError> {
        if self.world.directory_mut().change(user, change) {
            return Ok(());
        }
        Err(ControlError::NoSuchUser(user.to_owned()))
    }

    /// Every event on the phone from now on.
    #[must_use]
    pub fn pbx_events(&self) -> broadcast::Receiver<PbxEvent> {
        self.world.pbx.subscribe()
    }

    /// The calls that ring or last right now.
    #[must_use]
    pub fn pbx_calls(&self) -> Vec<PbxEvent> {
        self.world.pbx.calls()
    }
}

fn spelt(pair: super::presence_sessions::Pair) -> String {
    format!("{}/{}", pair.availability, pair.activity)
}

fn session_views(sessions: &PresenceSessions, now: Timestamp) -> Vec<SessionView> {
    sessions
        .live(now)
        .map(|session| SessionView {
            holder: match session.holder {
                Holder::App(id) => format!("app {id}"),
                Holder::Client(n) => format!("client {n}"),
            },
            availability: session.pair.availability,
            activity: session.pair.activity,
            set_at: session.set_at,
            expires_at: session.expires_at,
        })
        .collect()
}
