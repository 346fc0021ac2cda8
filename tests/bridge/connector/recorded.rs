//! A simulated server, a connector that is recorded, and what it has told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lampfield::clock::Clock;
use lampfield::clocks::SystemClock;
use lampfield::procall::ucserver::{UcServerSettings, UcServerSource};
use lampfield::procall::{CallEvent, PresenceOrder, ProcallEvent, Source, UserFacts};
use lampfield::simulator::ucserver::{Medium, SimulatedUcServer, UcServerScene};
use lampfield::trace::{Recorder, Redactor, Seen, Step};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::bench::{ANNA, BERND, PATIENCE, settings, start};

/// A recorder that writes into memory.
pub(crate) struct Memory {
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) lines: Arc<Mutex<String>>,
}

impl Memory {
    pub(crate) fn begin() -> Self {
        let lines = Arc::<Mutex<String>>::default();
        let to = Arc::clone(&lines);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let redactor = Redactor::new(clock.now());
        let recorder = Recorder::begin("0.1.0", clock, redactor, move |line| {
            to.lock().unwrap().push_str(&line.text);
        });
        Self {
            recorder: Arc::new(recorder),
            lines,
        }
    }

    pub(crate) fn text(&self) -> String {
        self.lines.lock().unwrap().clone()
    }

    /// Waits for what is seen in the frames themselves.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Recorder) -> bool) {
        let waiting = async {
            while !holds(&self.recorder) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(in_time.is_ok(), "never: {what}\n{}", self.text());
    }
}

/// The connector, and what it has told, as it can be compared.
pub(crate) struct Listener {
    pub(crate) events: mpsc::Receiver<ProcallEvent>,
    pub(crate) _orders: mpsc::Sender<PresenceOrder>,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) task: JoinHandle<()>,
    pub(crate) told: Vec<Value>,
}

impl Listener {
    pub(crate) fn start(settings: UcServerSettings, memory: &Memory) -> Self {
        let settings = UcServerSettings {
            tap: Some(Arc::clone(&memory.recorder) as _),
            ..settings
        };
        let source = UcServerSource::new(settings, Arc::new(SystemClock::new())).unwrap();
        let (tell, events) = mpsc::channel(256);
        let (orders, ordered) = mpsc::channel(8);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(Box::new(source).run(tell, ordered, stopped));
        Self {
            events,
            _orders: orders,
            stop,
            task,
            told: Vec::new(),
        }
    }

    /// Listens until this was told.
    pub(crate) async fn until(
        &mut self,
        what: &str,
        name: &dyn Fn(&str) -> String,
        holds: impl Fn(&[Value]) -> bool,
    ) {
        let listening = async {
            while !holds(&self.told) {
                let event = self.events.recv().await.expect("the connector has ended");
                let told = compared(event, name);
                let news = told.and_then(|told| only_news(&self.told, told));
                self.told.extend(news);
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, listening).await;
        assert!(
            in_time.is_ok(),
            "never: {what}; told so far: {:#?}",
            self.told
        );
    }

    pub(crate) async fn end(self) {
        self.stop.send(true).unwrap();
        let mut events = self.events;
        while events.recv().await.is_some() {}
        self.task.await.unwrap();
    }
}

/// Without what was told of a user before: facts also come where ProCall shows something else, which
/// the calls say as well.
pub(crate) fn only_news(before: &[Value], mut told: Value) -> Option<Value> {
    if told[0] != "facts" {
        return Some(told);
    }
    let known = |fact: &Value| {
        let lists = before.iter().rev().filter(|it| it[0] == "facts");
        let mut facts = lists.flat_map(|it| it[1].as_array().into_iter().flatten());
        facts.find(|it| it[0] == fact[0]) == Some(fact)
    };
    let facts = told[1].as_array_mut()?;
    facts.retain(|fact| !known(fact));
    (!facts.is_empty()).then_some(told)
}

/// What a screen would show of it; nothing of how the source stands.
pub(crate) fn compared(event: ProcallEvent, name: &dyn Fn(&str) -> String) -> Option<Value> {
    let call = |call: &CallEvent| json!([name(call.user_name.as_str()), call.kind, call.state]);
    Some(match event {
        ProcallEvent::Users(users) => {
            let mut names: Vec<_> = users
                .iter()
                .map(|user| name(user.user_name.as_str()))
                .collect();
            names.sort();
            json!(["users", names])
        }
        ProcallEvent::Calls(calls) => json!(["calls", calls.iter().map(call).collect::<Vec<_>>()]),
        ProcallEvent::Call(one) => json!(["call", call(&one)]),
        ProcallEvent::NativeIntegration(active) => json!(["native", active]),
        ProcallEvent::Facts(facts) => {
            let fact = |fact: &UserFacts| {
                json!([
                    name(fact.user_name.as_str()),
                    fact.teams_right,
                    fact.obstacles
                ])
            };
            let mut facts: Vec<_> = facts.iter().map(fact).collect();
            facts.sort_by_key(Value::to_string);
            json!(["facts", facts])
        }
        _ => return None,
    })
}

/// A server, a listener, and a recording of them.
pub(crate) struct Site {
    pub(crate) server: SimulatedUcServer,
    pub(crate) memory: Memory,
    pub(crate) listener: Listener,
}

impl Site {
    pub(crate) async fn open(scene: UcServerScene) -> Self {
        let server = start(scene).await;
        let memory = Memory::begin();
        let mut listener = Listener::start(settings(&server), &memory);
        let recorder = Arc::clone(&memory.recorder);
        // Users, calls, facts.
        let name = |name: &str| recorder.pseudonym(name);
        listener.until("up", &name, |told| told.len() == 3).await;
        Self {
            server,
            memory,
            listener,
        }
    }

    /// A step at the phone: what is done, and what is then seen in the frames.
    pub(crate) async fn step(
        &self,
        step: Step,
        seen: Seen,
        act: impl AsyncFnOnce(&SimulatedUcServer),
    ) {
        self.memory.recorder.step(step, None);
        act(&self.server).await;
        let what = step.key();
        self.memory
            .until(what, |recorder| recorder.since_step().contains(&seen))
            .await;
        self.memory.recorder.step(step, Some(true));
    }

    /// A call that is gone again when the step is over.
    pub(crate) async fn call(&self, step: Step, medium: Medium, journal: i64) {
        let talks = |recorder: &Recorder| recorder.since_step().contains(&Seen::Connected(journal));
        let memory = &self.memory;
        self.step(step, Seen::Ended, async |server| {
            let call = server.start_call(ANNA, medium, true);
            server.answer(&call);
            memory.until("it talks", talks).await;
            server.end_call(&call);
        })
        .await;
    }

    /// Everything that was said, to its end: a call of somebody else.
    pub(crate) async fn told(&mut self) -> Vec<Value> {
        let recorder = Arc::clone(&self.memory.recorder);
        let call = self.server.start_call(BERND, Medium::Tapi, false);
        self.server.answer(&call);
        self.server.end_call(&call);
        let last = json!(["call", [recorder.pseudonym(BERND), "tapi", "ended"]]);
        let name = |name: &str| recorder.pseudonym(name);
        self.listener
            .until("everything", &name, |told| told.last() == Some(&last))
            .await;
        self.listener.told.clone()
    }
}
