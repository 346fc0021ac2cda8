//! Listens to a UCServer while everything that is said is recorded.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::cause::Trouble;
use crate::clock::Clock;
use crate::config::UcServer;
use crate::doctor::Understood;
use crate::presence::{Lamp, Mapping, ProcallPresence, TeamsPresence, UserName};
use crate::procall::ucserver::{SettingsError, UcServerSettings, UcServerSource};
use crate::procall::{PresenceChange, PresenceOrder, PresenceStep, ProcallEvent, Source as _};
use crate::trace::Tap;
use crate::wiring::site::{May, ucserver_settings};

/// How long it may take to say good-bye.
const FAREWELL: Duration = Duration::from_secs(6);
/// How long the server may take for each half of the one write.
const WRITE_WITHIN: Duration = Duration::from_secs(20);

/// The connector at work, and what it has told.
pub(crate) struct Listening {
    events: mpsc::Receiver<ProcallEvent>,
    orders: mpsc::Sender<PresenceOrder>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    /// How many users are shown.
    pub(crate) users: usize,
    /// The calls that were understood since this was last emptied.
    pub(crate) understood: Understood,
    /// What is wrong.
    pub(crate) trouble: Option<Trouble>,
    /// Everything was told.
    pub(crate) is_up: bool,
    steps: Vec<PresenceStep>,
}

impl Listening {
    /// Begins; `writes`: one presence will be set and taken back.
    ///
    /// # Errors
    /// Why the configuration cannot be used.
    pub(crate) fn start(
        server: &UcServer,
        tap: Arc<dyn Tap>,
        clock: Arc<dyn Clock>,
        writes: bool,
    ) -> Result<Self, SettingsError> {
        let settings = UcServerSettings {
            tap: Some(tap),
            write_presence: writes,
            ..ucserver_settings(server, May::OnlyRead)
        };
        let source = UcServerSource::new(settings, clock)?;
        let (tell, events) = mpsc::channel(256);
        let (orders, ordered) = mpsc::channel(8);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(Box::new(source).run(tell, ordered, stopped));
        Ok(Self {
            events,
            orders,
            stop,
            task,
            users: 0,
            understood: Understood::new(),
            trouble: None,
            is_up: false,
            steps: Vec::new(),
        })
    }

    /// Takes the next event in; ends never by itself.
    pub(crate) async fn next(&mut self) {
        match self.events.recv().await {
            Some(event) => self.take(event),
            None => std::future::pending().await,
        }
    }

    /// Listens for so long.
    pub(crate) async fn for_a_while(&mut self, time: Duration) {
        let listening = async {
            loop {
                self.next().await;
            }
        };
        let _: Result<(), _> = tokio::time::timeout(time, listening).await;
    }

    /// Listens until everything was told, or something is wrong.
    pub(crate) async fn until_told(&mut self) {
        while !self.is_up && self.trouble.is_none() {
            self.next().await;
        }
    }

    fn take(&mut self, event: ProcallEvent) {
        match event {
            ProcallEvent::Users(users) => self.users = users.len(),
            ProcallEvent::Call(call) => self.understood.push((call.kind, call.state)),
            ProcallEvent::Trouble(trouble) => self.trouble = Some(trouble),
            ProcallEvent::Up => {
                self.is_up = true;
                self.trouble = None;
            }
            ProcallEvent::Presence(_, step) => self.steps.push(step),
            _ => {}
        }
    }

    /// Sets do not disturb for somebody and takes it back; whether the server showed both.
    pub(crate) async fn set_and_take_back(
        &mut self,
        user: &UserName,
        now: jiff::Timestamp,
    ) -> bool {
        let shown = ProcallPresence::DoNotDisturb;
        let was_set = self
            .wish(user, shown, PresenceStep::ReadBack(shown), now)
            .await;
        let free = ProcallPresence::Unchanged;
        self.wish(user, free, PresenceStep::TakenBack, now).await && was_set
    }

    async fn wish(
        &mut self,
        user: &UserName,
        shown: ProcallPresence,
        step: PresenceStep,
        now: jiff::Timestamp,
    ) -> bool {
        let rule = Mapping::built_in().rule_for(Some(&TeamsPresence::parse("Busy", "Busy")));
        let change = PresenceChange {
            at: now,
            user_name: user.clone(),
            procall_presence: shown,
            lamp: Lamp::Red,
            tooltip: &rule.tooltip,
            rule: "doctor",
        };
        if self.orders.send(PresenceOrder::Show(change)).await.is_err() {
            return false;
        }
        let told = async {
            while !self.steps.contains(&step) {
                self.next().await;
            }
        };
        tokio::time::timeout(WRITE_WITHIN, told).await.is_ok()
    }

    /// Says good-bye to the server.
    pub(crate) async fn end(mut self) {
        let _ = self.stop.send(true);
        let farewell = async {
            while self.events.recv().await.is_some() {}
            let _ = (&mut self.task).await;
        };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            self.task.abort();
        }
    }
}
