use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::super::settings::{Account, CallLists, UserList};
use super::super::signs::SILENT_SIGNS;
use super::*;
use crate::{CallEvent, CallState};
use model::clock::advance;
use model::presence::ContactUri;

const CONTACTS: [&str; 3] = ["sip:a@x", "sip:b@x", "sip:c@x"];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn settings(lists: CallLists) -> UcServerSettings {
    let account = Account {
        user: "svc".to_owned(),
        password: "secret".into(),
    };
    let contacts = CONTACTS.iter().map(|one| ContactUri::new(one)).collect();
    UcServerSettings {
        users: UserList::List(contacts),
        call_lists: lists,
        batch: 2,
        parallel_batches: 1,
        ..UcServerSettings::new("https://ucserver:7225", account)
    }
}

fn dialogue(settings: UcServerSettings) -> Dialogue {
    let leases = AbsentLeases::new(settings.lease, 5, true);
    let counters = Arc::new(Counters::default());
    Dialogue::new(Arc::new(settings), counters, leases, at(0))
}

/// Which interface a server speaks: answers, and events, in the newer or the older form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Since August 2024.
    V2,
    /// Before, with optional parameters as a map.
    V1,
    /// Before, with optional parameters as pairs.
    V1InPairs,
    /// Answers as V2, tells changes as V1.
    Mixed,
}

impl Kind {
    fn answers_newer(self) -> bool {
        matches!(self, Self::V2 | Self::Mixed)
    }

    fn tells_newer(self) -> bool {
        self == Self::V2
    }

    /// A call, in the newer form or the older one.
    fn call(self, newer: bool, id: &str, state: i64) -> Value {
        if newer {
            return json!({"u8sConnectionID": id, "eCallState": state, "eJournalCallType": 7});
        }
        let params = match self {
            Self::V1InPairs => json!([{"key": "eJournalCallType", "value": {"integerdata": 7}}]),
            _ => json!({"_type": "AsnOptionalParameters", "eJournalCallType": 7}),
        };
        json!({"u8sConnectionID": id, "iCallState": state, "optionalParams": params})
    }
}

/// What a server knows of a contact: the calls by connection, the meeting flag.
#[derive(Clone, Debug, Default)]
struct Truth {
    calls: BTreeMap<String, i64>,
    meeting: bool,
}

impl Truth {
    fn state(&self) -> i64 {
        let talks = self.calls.values().any(|state| matches!(state, 32 | 128));
        1 | (i64::from(talks) << 26) | (i64::from(self.meeting) << 17)
    }

    fn list(&self, kind: Kind, newer: bool) -> Vec<Value> {
        let call = |(id, state): (&String, &i64)| kind.call(newer, id, *state);
        self.calls.iter().map(call).collect()
    }

    fn whole(&self, contact: &str, kind: Kind) -> Value {
        let calls = self.list(kind, kind.answers_newer());
        json!({"u8sContactId": contact, "iPresenceState": self.state(), "seqCalls": calls,
            "asnRemoteContact": {"u8sCtiServerUserName": contact.trim_start_matches("sip:")}})
    }

    /// What the bridge should believe.
    fn expected(&self) -> BTreeMap<String, CallState> {
        let seen = |state| match state {
            32 | 128 => Some(CallState::Connected),
            2 => Some(CallState::Ringing),
            _ => None,
        };
        let mut calls: BTreeMap<_, _> = self
            .calls
            .iter()
            .filter_map(|(id, state)| Some((id.clone(), seen(*state)?)))
            .collect();
        if self.meeting {
            calls.insert("meeting".to_owned(), CallState::Connected);
        }
        calls
    }
}

/// A server of three contacts, and what the bridge believes of them.
struct Pair {
    dialogue: Dialogue,
    truth: Vec<Truth>,
    believed: Vec<BTreeMap<String, CallState>>,
    now: Timestamp,
    lists: CallLists,
    kind: Kind,
}

impl Pair {
    fn new(lists: CallLists) -> Self {
        Self::with(lists, Kind::V2)
    }

    fn with(lists: CallLists, kind: Kind) -> Self {
        let mut pair = Self {
            dialogue: dialogue(settings(lists)),
            truth: vec![Truth::default(); 3],
            believed: vec![BTreeMap::new(); 3],
            now: at(0),
            lists,
            kind,
        };
        pair.settle();
        pair
    }

    /// Answers everything that is asked, until nothing is.
    fn settle(&mut self) {
        while let Some(output) = self.dialogue.next_output() {
            match output {
                Output::Frame(frame) | Output::Kept(_, frame) => self.answer(&frame),
                Output::Tell(event) => self.believe(event),
                Output::Over(hurdle) => panic!("{hurdle}"),
                Output::Token(_) | Output::Ping | Output::Forget(_) => {}
            }
        }
    }

    fn answer(&mut self, frame: &str) {
        let frame: Value = serde_json::from_str(frame).unwrap();
        let invoke = &frame["invoke"];
        let result = match invoke["operationName"].as_str().unwrap() {
            "asnTransportKeepAlive" => return,
            name if name.ends_with("V2") && !self.kind.answers_newer() => {
                let reject = json!({"reject": {"invokedID": {"invokedID": invoke["invokeID"]},
                    "reject": {"invokeProblem": 1}}});
                return self.dialogue.on_frame(&reject.to_string(), self.now);
            }
            "asnGetAndSubscribePresenceV2" | "asnGetAndSubscribePresence" => {
                let asked = invoke["argument"]["seqContactIDs"].as_array().unwrap();
                let whole = |id: &Value| {
                    let id = id.as_str().unwrap();
                    let at = CONTACTS.iter().position(|one| *one == id).unwrap();
                    self.truth[at].whole(id, self.kind)
                };
                json!({"seqSubscribedPresence": asked.iter().map(whole).collect::<Vec<_>>()})
            }
            _ => json!({}),
        };
        let answer = json!([{"result": {"invokeID": invoke["invokeID"],
            "result": {"result": result}}}]);
        self.dialogue.on_frame(&answer.to_string(), self.now);
    }

    fn believe(&mut self, event: ProcallEvent) {
        match event {
            ProcallEvent::Calls(calls) => {
                self.believed = vec![BTreeMap::new(); 3];
                for call in &calls {
                    self.believe_call(call);
                }
            }
            ProcallEvent::Call(call) => self.believe_call(&call),
            _ => {}
        }
    }

    fn believe_call(&mut self, call: &CallEvent) {
        let user = format!("sip:{}", call.user_name);
        let at = CONTACTS.iter().position(|one| *one == user).unwrap();
        if call.state == CallState::Ended {
            self.believed[at].remove(call.key.as_ref());
        } else {
            self.believed[at].insert(call.key.to_string(), call.state);
        }
    }

    /// Something happens on the server; the event that tells of it.
    fn happen(&mut self, step: Step) -> String {
        let truth = &mut self.truth[step.contact];
        let mut told = Vec::new();
        match step.what {
            0 => truth.meeting = !truth.meeting,
            state => {
                let id = format!("c{}", step.call);
                told.push(self.kind.call(self.kind.tells_newer(), &id, state));
                if matches!(state, 1 | 256) {
                    truth.calls.remove(&id);
                } else {
                    truth.calls.insert(id, state);
                }
            }
        }
        if self.lists == CallLists::Complete {
            told = truth.list(self.kind, self.kind.tells_newer());
        }
        let presence = json!({"u8sContactId": CONTACTS[step.contact],
            "iPresenceState": truth.state(), "seqCalls": told});
        let name = if self.kind.tells_newer() {
            "asnUpdatePresenceV2"
        } else {
            "asnUpdatePresence"
        };
        json!([{"invoke": {"invokeID": 99_999, "operationName": name,
            "argument": {"presence": presence}}}])
        .to_string()
    }

    fn deliver(&mut self, event: &str) {
        self.now = advance(self.now, Duration::from_millis(10));
        self.dialogue.on_frame(event, self.now);
        self.settle();
    }

    /// Time passes until everything was read anew.
    fn resync(&mut self) {
        self.now = self.dialogue.list.due();
        // A connection as old as that has heard something in between.
        self.dialogue.heard();
        self.dialogue.on_time(self.now);
        self.settle();
    }

    fn expected(&self) -> Vec<BTreeMap<String, CallState>> {
        self.truth.iter().map(Truth::expected).collect()
    }
}

#[derive(Clone, Copy, Debug)]
struct Step {
    contact: usize,
    call: u8,
    what: i64,
}

fn step() -> impl Strategy<Value = Step> {
    let what = prop::sample::select(vec![0_i64, 1, 2, 16, 32, 128, 256]);
    (0..3_usize, 0..3_u8, what).prop_map(|(contact, call, what)| Step {
        contact,
        call,
        what,
    })
}

fn lists() -> impl Strategy<Value = CallLists> {
    prop::sample::select(vec![CallLists::Changes, CallLists::Complete])
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::V2, Kind::V1, Kind::V1InPairs, Kind::Mixed])
}

proptest! {
    /// Events in order are believed as they come.
    #[test]
    fn events_in_order_are_the_truth(
        lists in lists(),
        kind in kinds(),
        steps in prop::collection::vec(step(), 0..40),
    ) {
        let mut pair = Pair::with(lists, kind);
        for step in steps {
            let event = pair.happen(step);
            pair.deliver(&event);
            prop_assert_eq!(&pair.believed, &pair.expected());
        }
    }

    /// Any order, duplication or loss of events, followed by a resync, ends in the truth.
    #[test]
    fn a_resync_ends_in_the_truth(
        lists in lists(),
        kind in kinds(),
        steps in prop::collection::vec((step(), 0..3_usize), 0..40),
        order in any::<u64>(),
    ) {
        let mut pair = Pair::with(lists, kind);
        let mut events = Vec::new();
        for (step, copies) in steps {
            let event = pair.happen(step);
            events.extend(std::iter::repeat_n(event, copies));
        }
        shuffle(&mut events, order);
        for event in events {
            pair.deliver(&event);
        }
        pair.resync();
        prop_assert_eq!(&pair.believed, &pair.expected());
    }

    /// Nothing that a server may send ends the session or the program.
    #[test]
    fn no_text_is_fatal(frames in prop::collection::vec(any::<String>(), 0..20)) {
        let mut pair = Pair::new(CallLists::Changes);
        for frame in frames {
            pair.deliver(&frame);
        }
        prop_assert!(pair.dialogue.is_live());
    }
}

/// Deals the events out by the digits of a number.
fn shuffle(events: &mut [String], mut order: u64) {
    for left in (1..events.len()).rev() {
        let pick = usize::try_from(order % (left as u64 + 1)).unwrap();
        order = order.rotate_right(7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        events.swap(left, pick);
    }
}

#[test]
fn a_silent_server_is_left() {
    let mut pair = Pair::new(CallLists::Changes);
    while pair.dialogue.next_output().is_some() {}
    let keep_alive = pair.dialogue.settings.keep_alive;
    let mut signs = 0;
    for turn in 1..=SILENT_SIGNS + 1 {
        pair.dialogue.on_time(advance(at(0), keep_alive * turn));
        while let Some(output) = pair.dialogue.next_output() {
            match output {
                Output::Ping => signs += 1,
                Output::Over(Hurdle::Lost(_)) => {
                    return assert_eq!((signs, turn), (SILENT_SIGNS, SILENT_SIGNS + 1));
                }
                _ => {}
            }
        }
    }
    panic!("it is not left");
}

/// A machine that slept, or a clock that was set: the server had no chance to answer.
#[test]
fn a_jump_of_the_clock_is_no_silence() {
    let mut pair = Pair::new(CallLists::Changes);
    pair.dialogue
        .on_time(advance(at(0), Duration::from_hours(8)));
    while let Some(output) = pair.dialogue.next_output() {
        assert!(!matches!(output, Output::Over(_)), "{output:?}");
    }
}

#[test]
fn a_token_is_kept_out_of_sight() {
    let mut dialogue = dialogue(settings(CallLists::Changes));
    let who = r#"[{"result":{"invokeID":1,"result":{"result":{}}}}]"#;
    dialogue.on_frame(who, at(0));
    let token = r#"[{"result":{"invokeID":2,"result":{"result":{"sToken":"t0ps3cret"}}}}]"#;
    dialogue.on_frame(token, at(0));
    let outputs: Vec<_> = std::iter::from_fn(|| dialogue.next_output()).collect();
    assert!(!format!("{outputs:?}").contains("t0ps3cret"));
    let kept = outputs.iter().find_map(|output| match output {
        Output::Token(token) => Some(token.expose_secret()),
        _ => None,
    });
    assert_eq!(kept, Some("t0ps3cret"));
}

/// What a server says goes into the log, but not what it gives back of ours.
#[test]
fn a_refusal_shows_no_secret() {
    model::redact::hide("W3-password-of-this-test");
    let given_back = "no: VzMtcGFzc3dvcmQtb2YtdGhpcy10ZXN0 please";
    let said = refusal("asnResetUserAbsentState", 7, given_back);
    assert_eq!(
        said,
        "UCServer refused asnResetUserAbsentState (code 7): no: [removed] please"
    );
    let said = refusal("asnAdminLogin", 7, "wrong: hunter2");
    assert_eq!(said, "UCServer refused asnAdminLogin (code 7)");
}

#[test]
fn an_answer_without_its_essential_part_changes_nothing() {
    let mut pair = Pair::new(CallLists::Changes);
    let event = pair.happen(Step {
        contact: 0,
        call: 0,
        what: 32,
    });
    pair.deliver(&event);
    pair.now = pair.dialogue.list.due();
    pair.dialogue.heard();
    pair.dialogue.on_time(pair.now);
    for _ in 0..20 {
        let outputs: Vec<_> = std::iter::from_fn(|| pair.dialogue.next_output()).collect();
        for output in outputs {
            match output {
                Output::Frame(frame) if !frame.contains("KeepAlive") => {
                    let frame: Value = serde_json::from_str(&frame).unwrap();
                    let answer = json!({"result": {"invokeID": frame["invoke"]["invokeID"],
                        "result": {"result": {"seqSubscribedPresence": "none"}}}});
                    pair.dialogue.on_frame(&answer.to_string(), pair.now);
                }
                Output::Tell(event) => panic!("{event:?}"),
                _ => {}
            }
        }
    }
    assert_eq!(pair.believed, pair.expected());
}

/// Whoever edits a group of a thousand one by one causes one reading of the list every ten seconds.
#[test]
fn a_storm_of_changed_groups_is_no_storm_of_subscriptions() {
    let mut pair = Pair::new(CallLists::Changes);
    let event = r#"[{"invoke":{"invokeID":99999,"operationName":"asnAdministrativeMonitorGroupChanged","argument":{}}}]"#;
    let mut lists = 0;
    for tenth in 0..600 {
        pair.now = advance(at(0), Duration::from_millis(100 * tenth));
        pair.dialogue.on_frame(event, pair.now);
        pair.dialogue.on_time(pair.now);
        lists += u32::from(pair.dialogue.list.asked_at() == pair.now);
        pair.settle();
    }
    assert!((5..=7).contains(&lists), "{lists}");
}

/// The number of the newest question of this name.
fn asked(dialogue: &mut Dialogue, name: &str) -> Option<u64> {
    let outputs = std::iter::from_fn(|| dialogue.next_output());
    let frames = outputs.filter_map(|output| match output {
        Output::Frame(text) => serde_json::from_str::<Value>(&text).ok(),
        _ => None,
    });
    let mut named = frames.filter(|frame| frame["invoke"]["operationName"] == name);
    named.next()?["invoke"]["invokeID"].as_u64()
}

/// VictoriaMetrics/VictoriaLogs#1780: one name in another encoding makes all of it unreadable.
#[test]
fn a_frame_in_another_encoding_costs_one_name() {
    let mut dialogue = dialogue(settings(CallLists::Changes));
    dialogue.on_bytes(
        br#"{"result":{"invokeID":1,"result":{"result":{}}}}"#,
        at(0),
    );
    let id = asked(&mut dialogue, "asnGetAndSubscribePresenceV2").unwrap();
    let head =
        format!(r#"{{"result":{{"invokeID":{id},"result":{{"result":{{"seqSubscribedPresence":["#);
    let odd = b"{\"u8sContactId\":\"sip:a@x\",\"asnRemoteContact\":{\"u8sCtiServerUserName\":\"J\xfcrgen\"}},null,";
    let good =
        br#"{"u8sContactId":"sip:b@x","asnRemoteContact":{"u8sCtiServerUserName":"b"}}]}}}}"#;
    dialogue.on_bytes(&[head.as_bytes(), odd, good].concat(), at(0));
    let names = dialogue
        .roster
        .members()
        .filter_map(|(_, member)| member.user_name());
    let names: Vec<_> = names.map(|name| name.to_string()).collect();
    assert_eq!(names, ["J\u{fffd}rgen", "b"]);
    assert_eq!(dialogue.counters.bad_frames.get(), 0);
    assert!(dialogue.counters.odd_records.get() >= 2);
}
