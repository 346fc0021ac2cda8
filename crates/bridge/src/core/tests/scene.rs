//! The language of the tests: a scene of a few users in which things happen at a time that only
//! the test moves.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    ChunkRead, Command, Core, CoreSettings, CycleEnd, Effect, Event, LedgerEntry, Mode, Note,
    Snapshot, UserEventKind, UserRow, WriteOp, WriteOrder, WriteOutcome, WriteResult,
};
use graph::{Accepted, Failure, FailureKind, PresenceReading, RequestId, RequestTiming};
use model::clock::advance;
use model::presence::{
    CallActivity, CallKind, EntraId, EntraUser, ProcallUser, TeamsPresence, Upn, UserName,
};
use procall::{CallEvent, CallState, PresenceChange, ProcallEvent};

pub(super) const ANNA: &str = "anna@corp.example";
pub(super) const BEN: &str = "ben@corp.example";

pub(super) const IN_A_CALL: WriteOp = WriteOp::Set(CallActivity::InACall);
pub(super) const IN_A_CONFERENCE: WriteOp = WriteOp::Set(CallActivity::InAConferenceCall);

/// Everything that happened, and what time it is.
pub(super) struct Scene {
    pub(super) core: Core,
    pub(super) now: Timestamp,
    /// All effects since the start.
    pub(super) effects: Vec<Effect>,
    /// Orders without a result yet.
    pub(super) orders: VecDeque<WriteOrder>,
    cycle: u64,
}

pub(super) fn id_of(name: &str) -> EntraId {
    let number = name
        .bytes()
        .fold(7_u128, |sum, byte| sum * 31 + u128::from(byte));
    EntraId(Uuid::from_u128(number))
}

pub(super) fn user(name: &str) -> ProcallUser {
    ProcallUser {
        user_name: UserName::new(name),
        display_name: name.into(),
        phone: "".into(),
        excluded: false,
    }
}

pub(super) fn account(name: &str) -> EntraUser {
    EntraUser {
        id: id_of(name),
        upn: Upn::new(name),
        display_name: name.into(),
        enabled: true,
        guest: false,
        teams_plan: Some(true),
        department: None,
    }
}

pub(super) fn pair(text: &str) -> TeamsPresence {
    let (availability, activity) = text.split_once('/').expect("availability/activity");
    TeamsPresence::parse(availability, activity)
}

pub(super) fn call(name: &str, key: &str, kind: CallKind, state: CallState) -> CallEvent {
    CallEvent {
        user_name: UserName::new(name),
        key: key.into(),
        kind,
        state,
    }
}

pub(super) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Scene {
    /// Nothing is known yet.
    pub(super) fn blank(mode: Mode) -> Self {
        let now = Timestamp::from_second(1_800_000_000).expect("a time");
        let settings = CoreSettings {
            mode,
            ..CoreSettings::default()
        };
        Self {
            core: Core::new(settings, Arc::default(), now),
            now,
            effects: Vec::new(),
            orders: VecDeque::new(),
            cycle: 0,
        }
    }

    /// Anna and Ben are matched and nobody is on the phone.
    pub(super) fn new() -> Self {
        Self::in_mode(Mode::Writing)
    }

    pub(super) fn in_mode(mode: Mode) -> Self {
        let mut scene = Self::blank(mode);
        scene.users(&[ANNA, BEN]);
        scene.directory(&[ANNA, BEN]);
        scene.procall(ProcallEvent::Calls(Vec::new()));
        scene
    }

    /// Anna's lease is accepted.
    pub(super) fn with_lease() -> Self {
        let mut scene = Self::new();
        scene.shows(ANNA, "Available/Available");
        scene.connect(ANNA);
        scene.accept();
        scene
    }

    pub(super) fn step(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.core.step(event, self.now);
        for effect in &effects {
            if let Effect::Write(order) = effect {
                self.orders.push_back(order.clone());
            }
        }
        self.effects.extend(effects.iter().cloned());
        effects
    }

    /// Time passes; the bridge is woken if it asked for it.
    pub(super) fn wait(&mut self, seconds: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        for _ in 0..seconds {
            self.now = advance(self.now, secs(1));
            effects.extend(self.step(Event::Woke));
        }
        effects
    }

    pub(super) fn users(&mut self, names: &[&str]) -> Vec<Effect> {
        let users = names.iter().map(|name| user(name)).collect();
        self.procall(ProcallEvent::Users(users))
    }

    pub(super) fn directory(&mut self, names: &[&str]) -> Vec<Effect> {
        let users = names.iter().map(|name| account(name)).collect();
        self.step(Event::Directory { users, full: true })
    }

    pub(super) fn procall(&mut self, said: ProcallEvent) -> Vec<Effect> {
        self.step(Event::Procall(said))
    }

    pub(super) fn call(
        &mut self,
        name: &str,
        key: &str,
        kind: CallKind,
        state: CallState,
    ) -> Vec<Effect> {
        self.procall(ProcallEvent::Call(call(name, key, kind, state)))
    }

    pub(super) fn connect(&mut self, name: &str) -> Vec<Effect> {
        self.call(name, "1", CallKind::Tapi, CallState::Connected)
    }

    pub(super) fn hang_up(&mut self, name: &str) -> Vec<Effect> {
        self.call(name, "1", CallKind::Tapi, CallState::Ended)
    }

    pub(super) fn command(&mut self, command: Command) -> Vec<Effect> {
        self.step(Event::Command(command))
    }

    /// The set task sends the oldest order: accepted.
    pub(super) fn accept(&mut self) -> Vec<Effect> {
        self.end_order(true, |_| {
            WriteOutcome::Accepted(Accepted {
                request_id: Some(RequestId("r-1".into())),
                already_gone: false,
            })
        })
    }

    /// The set task sends the oldest order: it fails.
    pub(super) fn fail(&mut self, kind: FailureKind) -> Vec<Effect> {
        let sent = !matches!(kind, FailureKind::Credentials);
        self.end_order(sent, |_| {
            WriteOutcome::Failed(Failure::new(kind, "it failed"))
        })
    }

    /// The same with this failure.
    pub(super) fn refuse(&mut self, failure: &Failure) -> Vec<Effect> {
        self.end_order(true, |_| WriteOutcome::Failed(failure.clone()))
    }

    /// The set task drops the oldest order.
    pub(super) fn drop_order(&mut self) -> Vec<Effect> {
        self.end_order(false, |_| WriteOutcome::NotSent)
    }

    fn end_order(
        &mut self,
        sent: bool,
        outcome: impl Fn(&WriteOrder) -> WriteOutcome,
    ) -> Vec<Effect> {
        let order = self.orders.pop_front().expect("an order is under way");
        let outcome = outcome(&order);
        self.step(Event::Written(WriteResult {
            order,
            sent_at: sent.then_some(self.now),
            finished_at: self.now,
            outcome,
        }))
    }

    /// A poll that began just now sees this pair, a millisecond later.
    pub(super) fn shows(&mut self, name: &str, text: &str) -> Vec<Effect> {
        self.now = advance(self.now, Duration::from_millis(1));
        self.reads(name, Some(text), self.now)
    }

    /// An answer to a request that began at `started`; nothing for a null pair.
    pub(super) fn reads(
        &mut self,
        name: &str,
        text: Option<&str>,
        started: Timestamp,
    ) -> Vec<Effect> {
        let reading = PresenceReading {
            id: id_of(name),
            presence: text.map(pair),
            out_of_office: false,
        };
        self.answer(&[name], Ok(vec![reading]), started)
    }

    pub(super) fn answer(
        &mut self,
        asked: &[&str],
        outcome: Result<Vec<PresenceReading>, Failure>,
        started: Timestamp,
    ) -> Vec<Effect> {
        self.step(Event::Read(ChunkRead {
            cycle: self.cycle + 1,
            chunk: 0,
            asked: asked.iter().map(|name| id_of(name)).collect(),
            timing: RequestTiming {
                scheduled: started,
                started,
                first_byte: Some(self.now),
                finished: self.now,
            },
            outcome,
            unknown_values: Vec::new(),
        }))
    }

    pub(super) fn cycle_ends(&mut self, requests: u32, errors: u32, late: u64) -> Vec<Effect> {
        self.cycle += 1;
        let end = CycleEnd {
            cycle: self.cycle,
            scheduled: self.now,
            started: advance(self.now, secs(late)),
            finished: advance(self.now, secs(late)),
            requests,
            errors,
            next_at: advance(self.now, secs(5)),
        };
        self.step(Event::CycleEnded(end))
    }

    pub(super) fn snapshot(&mut self) -> Arc<Snapshot> {
        self.core.snapshot(self.now)
    }

    pub(super) fn row(&mut self, name: &str) -> Arc<UserRow> {
        let snapshot = self.snapshot();
        let (_, row) = snapshot.row(&UserName::new(name)).expect("a row");
        Arc::clone(row)
    }

    pub(super) fn has_note(&mut self, code: &str) -> bool {
        self.row(ANNA).notes.iter().any(|note| note.code() == code)
    }

    pub(super) fn note_codes(&mut self, name: &str) -> Vec<&'static str> {
        self.row(name).notes.iter().map(Note::code).collect()
    }

    pub(super) fn happened(&mut self, name: &str, kind: &UserEventKind) -> bool {
        self.row(name)
            .history
            .iter()
            .any(|event| event.kind == *kind)
    }
}

pub(super) fn entry(name: &str, activity: CallActivity, expires_at: Timestamp) -> LedgerEntry {
    LedgerEntry {
        entra_id: id_of(name),
        user_name: UserName::new(name),
        activity,
        set_at: expires_at,
        expires_at,
    }
}

/// The writes among the effects.
pub(super) fn writes(effects: &[Effect]) -> Vec<WriteOp> {
    let orders = effects.iter().filter_map(|effect| match effect {
        Effect::Write(order) => Some(order.op),
        _ => None,
    });
    orders.collect()
}

/// What ProCall was told: presence and lamp.
pub(super) fn told(effects: &[Effect]) -> Vec<String> {
    changes(effects)
        .iter()
        .map(|change| {
            format!(
                "{} {}",
                change.procall_presence.as_str(),
                change.lamp.as_str()
            )
        })
        .collect()
}

pub(super) fn changes(effects: &[Effect]) -> Vec<PresenceChange> {
    let changes = effects.iter().filter_map(|effect| match effect {
        Effect::SetProcall(change) => Some(change.clone()),
        _ => None,
    });
    changes.collect()
}

/// What an operator was told.
pub(super) fn notices(effects: &[Effect]) -> Vec<String> {
    let notices = effects.iter().filter_map(|effect| match effect {
        Effect::Notify(notice) => Some(notice.message.clone()),
        _ => None,
    });
    notices.collect()
}

/// The lines of the log.
pub(super) fn lines(effects: &[Effect]) -> Vec<String> {
    let lines = effects.iter().filter_map(|effect| match effect {
        Effect::Log(line) => Some(line.message.clone()),
        _ => None,
    });
    lines.collect()
}
