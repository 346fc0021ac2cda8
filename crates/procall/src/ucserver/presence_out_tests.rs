//! Whole sessions in which Teams' presence is carried to a server of either kind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use rstest::rstest;
use serde_json::{Value, json};

use super::super::absent::AbsentLeases;
use super::super::counters::Counters;
use super::super::dialogue::{Dialogue, Output};
use super::super::ledger_file::Remembered;
use super::super::settings::{Account, UcServerSettings, UserList};
use crate::{Obstacle, PresenceChange, PresenceStep, ProcallEvent};
use model::clock::advance;
use model::presence::{ContactUri, Lamp, Mapping, ProcallPresence, TeamsPresence, UserName};

const ANNA: &str = "sip:anna@x";
const BERND: &str = "sip:bernd@x";

/// How a server behaves.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a server of its own
struct Server {
    /// Only the names from before August 2024, and no 1129.
    old: bool,
    /// Times are numbers.
    numbers: bool,
    /// Refuses 1129 with an error, as if it were about the user.
    refuses_reads: bool,
    /// Shows its form of times although nothing is set.
    shows_times: bool,
}

const V2: Server = Server {
    old: false,
    numbers: false,
    refuses_reads: false,
    shows_times: false,
};
const V1: Server = Server {
    old: true,
    shows_times: true,
    ..V2
};

struct Session {
    server: Server,
    dialogue: Dialogue,
    now: Timestamp,
    /// What is set of each contact: state and end, as written.
    set: BTreeMap<String, (i64, Value)>,
    external: BTreeMap<String, Value>,
    asked: Vec<String>,
    told: Vec<ProcallEvent>,
    /// What was kept before it was set.
    kept: Vec<Remembered>,
    /// Answers to this operation are late.
    late: Option<&'static str>,
    late_answers: Vec<String>,
}

impl Session {
    fn new(server: Server) -> Self {
        let account = Account {
            user: "svc".to_owned(),
            password: "secret".into(),
        };
        let contacts = [ANNA, BERND].map(ContactUri::new).to_vec();
        let settings = UcServerSettings {
            users: UserList::List(contacts),
            write_presence: true,
            ..UcServerSettings::new("https://ucserver:7225", account)
        };
        let now = "2026-01-31T10:00:00Z".parse().unwrap();
        let leases = AbsentLeases::new(settings.lease, 5, false);
        let counters = Arc::new(Counters::default());
        let dialogue = Dialogue::new(Arc::new(settings), counters, leases, now);
        let mut session = Self {
            server,
            dialogue,
            now,
            set: BTreeMap::new(),
            external: BTreeMap::new(),
            asked: Vec::new(),
            told: Vec::new(),
            kept: Vec::new(),
            late: None,
            late_answers: Vec::new(),
        };
        session.settle();
        session
    }

    fn settle(&mut self) {
        while let Some(output) = self.dialogue.next_output() {
            match output {
                Output::Frame(frame) => self.answer(&frame),
                Output::Kept(kept, frame) => {
                    self.kept.push(kept);
                    self.answer(&frame);
                }
                Output::Tell(event) => self.told.push(event),
                Output::Over(hurdle) => panic!("{hurdle}"),
                Output::Ping => self.dialogue.heard(),
                Output::Token(_) | Output::Forget(_) => {}
            }
        }
    }

    /// Time passes, in steps of at most a tenth of a second.
    fn pass(&mut self, time: Duration) {
        let end = advance(self.now, time);
        while self.now < end {
            self.now = self
                .dialogue
                .next_due()
                .clamp(advance(self.now, Duration::from_millis(1)), end);
            self.dialogue.on_time(self.now);
            self.settle();
        }
    }

    fn answer(&mut self, frame: &str) {
        let frame: Value = serde_json::from_str(frame).unwrap();
        let (invoke, id) = (&frame["invoke"], &frame["invoke"]["invokeID"]);
        let name = invoke["operationName"].as_str().unwrap();
        if name == "asnTransportKeepAlive" {
            return;
        }
        self.asked.push(name.to_owned());
        let answer = match self.do_it(name, &invoke["argument"]) {
            Ok(result) => json!({"result": {"invokeID": id, "result": {"result": result}}}),
            Err(100) => json!({"error": {"invokedID": id, "error": {"iErrorDetail": 100}}}),
            Err(problem) => json!({"reject": {"invokedID": {"invokedID": id},
                "reject": {"invokeProblem": problem}}}),
        };
        let answer = json!([answer]).to_string();
        if self.late == Some(name) {
            self.late_answers.push(answer);
        } else {
            self.dialogue.on_frame(&answer, self.now);
        }
    }

    fn do_it(&mut self, name: &str, argument: &Value) -> Result<Value, i64> {
        let newer = name.ends_with("V2") || name.ends_with("UserAbsentState");
        let old_only = matches!(name, "asnAbsentStateSetUser" | "asnAbsentStateReset");
        match name {
            _ if newer && self.server.old || old_only && !self.server.old => Err(1),
            "asnGetAndSubscribePresenceV2" | "asnGetAndSubscribePresence" => {
                let asked = argument["seqContactIDs"].as_array().unwrap().iter();
                let shown: Vec<_> = asked
                    .map(|one| self.presence(one.as_str().unwrap()))
                    .collect();
                Ok(json!({ "seqSubscribedPresence": shown }))
            }
            "asnGetUserAbsentState" if self.server.refuses_reads => Err(100),
            "asnGetUserAbsentState" => {
                Ok(json!({"absentstate": self.absent(argument["contactId"].as_str().unwrap())}))
            }
            "asnSetUserAbsentState" | "asnAbsentStateSetUser" => {
                self.take(&argument["absentstate"])
            }
            "asnResetUserAbsentState" | "asnAbsentStateReset" => {
                let contact = argument["u8sContactId"].as_str().unwrap().to_owned();
                self.set.remove(&contact);
                self.event(&contact);
                Ok(json!({}))
            }
            _ => Ok(json!({})),
        }
    }

    /// As estos' own decoder: whatever is mandatory must be there, and of its type.
    fn take(&mut self, absent: &Value) -> Result<Value, i64> {
        let contact = absent["u8sContactId"].as_str().ok_or(2)?.to_owned();
        let state = if self.server.old {
            for name in ["u8sUsername", "u8sMessage", "u8sAbsentReason"] {
                absent[name].as_str().ok_or(2)?;
            }
            absent["iPresenceState"].as_i64().ok_or(2)?;
            self.is_time(&absent["stTimeFrom"])?;
            &absent["iAbsentState"]
        } else {
            &absent["eAbsentState"]
        };
        self.is_time(&absent["stTimeTo"])?;
        let state = state.as_i64().ok_or(2)?;
        self.set
            .insert(contact.clone(), (state, absent["stTimeTo"].clone()));
        self.event(&contact);
        Ok(json!({"bSuccess": true}))
    }

    fn is_time(&self, time: &Value) -> Result<(), i64> {
        let fits = if self.server.numbers {
            time.is_number()
        } else {
            time.is_string()
        };
        if fits { Ok(()) } else { Err(2) }
    }

    fn absent(&self, contact: &str) -> Value {
        let nothing = if self.server.numbers {
            json!(0.0)
        } else {
            json!("")
        };
        let (state, until) = self
            .set
            .get(contact)
            .cloned()
            .unwrap_or((0, nothing.clone()));
        if self.server.old {
            return json!({"u8sContactId": contact, "u8sUsername": "", "stTimeFrom": nothing,
                "stTimeTo": until, "iAbsentState": state, "u8sMessage": "", "u8sAbsentReason": "",
                "iPresenceState": 1});
        }
        let mut absent = json!({"u8sContactId": contact, "eAbsentState": state});
        if state != 0 || self.server.shows_times {
            absent["stTimeTo"] = until;
        }
        if let Some(external) = self.external.get(contact) {
            absent["externalPresenceStates"] = external.clone();
        }
        absent
    }

    fn presence(&self, contact: &str) -> Value {
        json!({"u8sContactId": contact, "iPresenceState": 1, "iContactFeatureSet": 2048,
            "asnRemoteContact": {"u8sCtiServerUserName": contact.trim_start_matches("sip:")},
            "seqCalls": [], "asnAbsentState": self.absent(contact)})
    }

    fn event(&mut self, contact: &str) {
        let presence = json!({"u8sContactId": contact, "asnAbsentState": self.absent(contact)});
        let event = json!([{"invoke": {"invokeID": 99_999, "operationName": "asnUpdatePresence",
            "argument": {"presence": presence, "iChangedFlags": 16}}}]);
        self.dialogue.on_frame(&event.to_string(), self.now);
    }

    fn wish(&mut self, contact: &str, presence: ProcallPresence) {
        let rule = Mapping::built_in().rule_for(Some(&TeamsPresence::parse("Busy", "Busy")));
        let change = PresenceChange {
            at: self.now,
            user_name: UserName::new(contact.trim_start_matches("sip:")),
            procall_presence: presence,
            lamp: Lamp::Red,
            tooltip: &rule.tooltip,
            rule: "test",
        };
        self.dialogue.on_change(&change, self.now);
        self.settle();
        self.pass(Duration::from_secs(2));
    }

    fn state(&self, contact: &str) -> Option<i64> {
        self.set.get(contact).map(|(state, _)| *state)
    }

    fn count(&self, name: &str) -> usize {
        self.asked.iter().filter(|asked| *asked == name).count()
    }

    fn steps(&self) -> Vec<PresenceStep> {
        let steps = self.told.iter().filter_map(|event| match event {
            ProcallEvent::Presence(_, step) => Some(*step),
            _ => None,
        });
        steps.collect()
    }

    fn obstacles(&self) -> Vec<Obstacle> {
        let facts = self.told.iter().filter_map(|event| match event {
            ProcallEvent::Facts(facts) => Some(facts),
            _ => None,
        });
        facts
            .flatten()
            .flat_map(|facts| facts.obstacles.clone())
            .collect()
    }

    fn native(&self) -> Option<bool> {
        let told = self.told.iter().rev();
        told.into_iter().find_map(|event| match event {
            ProcallEvent::NativeIntegration(works) => Some(*works),
            _ => None,
        })
    }
}

/// Also with numbers for times, whether the server has shown its form or not.
#[rstest]
#[case::v2(V2)]
#[case::v1(V1)]
#[case::v2_numbers(Server { numbers: true, ..V2 })]
#[case::v2_numbers_shown(Server { numbers: true, shows_times: true, ..V2 })]
#[case::v1_numbers(Server { numbers: true, ..V1 })]
fn what_teams_shows_is_set_renewed_and_taken_back(#[case] server: Server) {
    let mut session = Session::new(server);
    session.wish(ANNA, ProcallPresence::DoNotDisturb);
    session.wish(BERND, ProcallPresence::BusyInACall);
    assert_eq!(
        (session.state(ANNA), session.state(BERND)),
        (Some(3), Some(2))
    );
    let end = session.set[ANNA].1.clone();
    session.pass(Duration::from_mins(30));
    assert_ne!(session.set[ANNA].1, end, "renewed");
    session.wish(BERND, ProcallPresence::Unchanged);
    session.wish(ANNA, ProcallPresence::Unchanged);
    assert_eq!(session.set, BTreeMap::new());
    session.pass(Duration::from_mins(5));
    let steps = session.steps();
    assert_eq!(steps.len(), 6, "{steps:?}");
    assert_eq!(steps[4..], [PresenceStep::TakenBack; 2]);
    assert!(!steps.contains(&PresenceStep::Gone));
    assert_eq!(session.obstacles(), [], "no warning follows");
}

/// A server that does not know 1129 is asked once a session, however much there is to do.
#[rstest]
#[case::v1(V1, 1)]
#[case::refused(Server { refuses_reads: true, ..V2 }, 1)]
#[case::v2(V2, 12)]
fn a_server_without_the_reading_operation_is_asked_once(
    #[case] server: Server,
    #[case] reads: usize,
) {
    let mut session = Session::new(server);
    for _ in 0..3 {
        for contact in [ANNA, BERND] {
            session.wish(contact, ProcallPresence::DoNotDisturb);
            session.wish(contact, ProcallPresence::Unchanged);
        }
    }
    assert_eq!(session.set, BTreeMap::new());
    assert_eq!(session.count("asnGetUserAbsentState"), reads);
    assert_eq!(session.obstacles(), []);
}

/// Whatever the way to read: what somebody set by hand is neither overwritten nor taken back.
#[rstest]
#[case::v2(V2)]
#[case::v1(V1)]
fn a_presence_set_by_hand_is_left_alone(#[case] server: Server) {
    let mut session = Session::new(server);
    session.wish(ANNA, ProcallPresence::DoNotDisturb);
    session.set.insert(ANNA.to_owned(), (1, json!("")));
    // No event tells of it.
    session.wish(ANNA, ProcallPresence::BusyInACall);
    assert_eq!(session.state(ANNA), Some(1));
    assert_eq!(session.obstacles(), [Obstacle::ForeignPresence]);
    session.wish(ANNA, ProcallPresence::Unchanged);
    assert_eq!(session.state(ANNA), Some(1));
}

/// Nothing tells that estos' own integration was switched off: within a minute it is seen.
#[test]
fn estos_own_integration_is_seen_to_be_switched_off_within_a_minute() {
    let mut session = Session::new(V2);
    session
        .external
        .insert(ANNA.to_owned(), json!([{"iState": 1, "eType": 0}]));
    session.event(ANNA);
    session.settle();
    assert_eq!(session.native(), Some(true));
    session.wish(BERND, ProcallPresence::DoNotDisturb);
    assert_eq!(session.state(BERND), None, "it only observes");
    session.pass(Duration::from_mins(5));
    assert_eq!(session.native(), Some(true));
    session.external.clear();
    let off = session.now + 1.minute();
    while session.native() == Some(true) {
        session.pass(Duration::from_secs(1));
        assert!(session.now <= off);
    }
    session.pass(Duration::from_secs(2));
    assert_eq!(session.state(BERND), Some(3), "and writes again");
}

/// Said at once where one message says both; after two the contact is read again first.
#[test]
fn a_call_that_is_not_understood_is_a_fact_of_its_user() {
    let mut session = Session::new(V2);
    let tell = |session: &mut Session, presence: Value| {
        let event = json!([{"invoke": {"invokeID": 99_999, "operationName": "asnUpdatePresenceV2",
            "argument": {"presence": presence}}}]);
        session.dialogue.on_frame(&event.to_string(), session.now);
        session.settle();
    };
    tell(
        &mut session,
        json!({"u8sContactId": ANNA, "iPresenceState": 0x0400_0002,
        "seqCalls": [{"u8sConnectionID": "c1", "whatState": "secret words"}]}),
    );
    assert_eq!(session.obstacles(), [Obstacle::CallNotUnderstood]);
    let calls = session
        .told
        .iter()
        .filter(|event| matches!(event, ProcallEvent::Call(_)));
    assert_eq!(calls.count(), 1, "the flag counts");
    let warnings: Vec<_> = session
        .told
        .iter()
        .filter_map(|event| match event {
            ProcallEvent::Warning(warning) => Some(words::source_warning(
                warning,
                words::texts(words::Lang::En),
            )),
            _ => None,
        })
        .collect();
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].contains("members u8sConnectionID, whatState"),
        "{warnings:?}"
    );
    assert!(!warnings[0].contains("secret words"));
    tell(
        &mut session,
        json!({"u8sContactId": BERND, "iPresenceState": 0x0400_0002}),
    );
    assert_eq!(session.obstacles().len(), 1, "its call may still come");
    let before = session.count("asnGetAndSubscribePresenceV2");
    session.pass(Duration::from_secs(3));
    assert_eq!(session.count("asnGetAndSubscribePresenceV2"), before + 1);
}

/// Another lampfield wrote for a moment. What was under way then is answered when this one writes again, and must not
/// be taken for an answer to what it asks by now.
#[rstest]
#[case::to_the_set("asnSetUserAbsentState", 1)]
#[case::to_the_first_read("asnGetUserAbsentState", 0)]
fn an_answer_to_what_was_let_go_of_is_of_no_use(#[case] late: &'static str, #[case] sets: usize) {
    let mut session = Session::new(V2);
    session.late = Some(late);
    session.wish(ANNA, ProcallPresence::DoNotDisturb);
    assert_eq!((session.late_answers.len(), session.kept.len()), (1, sets));
    session.dialogue.let_go(session.now);
    session.late = None;
    let kept = std::mem::take(&mut session.kept);
    session.dialogue.on_remembered(kept, session.now);
    for answer in std::mem::take(&mut session.late_answers) {
        session.dialogue.on_frame(&answer, session.now);
    }
    session.wish(BERND, ProcallPresence::DoNotDisturb);
    assert_eq!(session.state(BERND), Some(3), "reads are asked anew");
    session.wish(ANNA, ProcallPresence::Unchanged);
    assert_eq!(session.state(ANNA), None);
}
