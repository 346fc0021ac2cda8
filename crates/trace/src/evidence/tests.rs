use rstest::rstest;
use serde_json::json;

use super::super::entry::{Entry, HttpEntry, SocketEntry, StepEntry, What};
use super::*;

/// Lines, numbered, a second apart.
#[derive(Default)]
struct Lines(Vec<Entry>);

impl Lines {
    fn then(mut self, what: What) -> Self {
        let n = self.0.len() as u64 + 1;
        let ms = n * 1_000;
        self.0.push(Entry { n, ms, what });
        self
    }

    fn says(self, frame: Value) -> Self {
        self.then(What::In(frame))
    }

    fn asks(self, id: u64, name: &str, argument: impl Into<Value>) -> Self {
        let argument: Value = argument.into();
        let invoke = json!({"invokeID": id, "operationName": name, "argument": argument});
        self.then(What::Out(json!({ "invoke": invoke })))
    }

    fn answers(self, id: u64, result: impl Into<Value>) -> Self {
        let result: Value = result.into();
        let result = json!({"invokeID": id, "result": {"resultValue": 0, "result": result}});
        self.says(json!([{ "result": result }]))
    }

    fn updates(self, name: &str, mut presence: Value) -> Self {
        presence["u8sContactId"] = json!("sip:u-a@d-b.example");
        let argument = json!({"iChangedFlags": 1, "presence": presence});
        self.says(
            json!([{"invoke": {"invokeID": 99_999, "operationName": name, "argument": argument}}]),
        )
    }

    fn subscribed(self, name: &str, mut presence: Value) -> Self {
        presence["u8sContactId"] = json!("sip:u-a@d-b.example");
        self.asks(1, name, json!({"seqContactIDs": ["sip:u-a@d-b.example"]}))
            .answers(1, json!({"seqSubscribedPresence": [presence]}))
    }

    fn step(self, step: Step, done: Option<bool>) -> Self {
        self.then(What::Step(StepEntry { step, done }))
    }

    fn row(&self, question: Question) -> (Verdict, Option<u64>, String) {
        let rows = Evidence::of(&self.0).rows();
        let row = rows
            .into_iter()
            .find(|row| row.question == question)
            .unwrap();
        (row.verdict, row.line, row.seen)
    }
}

const V2: &str = "asnUpdatePresenceV2";
const V1: &str = "asnUpdatePresence";

fn v2_call(state: i64, journal: i64) -> Value {
    json!([{"u8sConnectionID": "x-c", "eCallState": state, "eJournalCallType": journal}])
}

fn v1_call(state: i64, journal: i64) -> Value {
    json!([{"u8sConnectionID": "x-c", "iCallState": state, "optionalParams": {"eJournalCallType": journal}}])
}

fn row(verdict: Verdict, line: u64, seen: &str) -> (Verdict, Option<u64>, String) {
    (verdict, Some(line), seen.to_owned())
}

use Verdict::{Confirmed, Contradicted};

#[test]
fn nothing_settles_nothing() {
    let rows = Evidence::default().rows();
    assert_eq!(rows.len(), Question::ALL.len());
    assert!(
        rows.iter()
            .all(|row| row.verdict == Verdict::Open && row.line.is_none())
    );
}

#[rstest]
#[case::v2(
    "asnGetAndSubscribePresenceV2",
    V2,
    v2_call(32, 0),
    "V2: asnUpdatePresenceV2, eCallState"
)]
#[case::v1(
    "asnGetAndSubscribePresence",
    V1,
    v1_call(32, 0),
    "V1: asnUpdatePresence, iCallState"
)]
#[case::mixed(
    "asnGetAndSubscribePresenceV2",
    V1,
    v1_call(32, 0),
    "mixed: asnUpdatePresence, iCallState"
)]
fn the_kind_of_server_is_known_by_its_first_call(
    #[case] subscribes: &str,
    #[case] event: &str,
    #[case] calls: Value,
    #[case] kind: &str,
) {
    let lines = Lines::default()
        .subscribed(subscribes, json!({"seqCalls": []}))
        .updates(
            event,
            json!({"iPresenceState": 0x0400_0002, "seqCalls": calls}),
        );
    assert_eq!(lines.row(Question::ServerKind), row(Confirmed, 3, kind));
    assert_eq!(lines.row(Question::TapiCall).0, Confirmed);
    assert_eq!(lines.row(Question::CallsInList).0, Confirmed);
    assert_eq!(
        lines.row(Question::EmptyCalls),
        row(Confirmed, 2, "seqCalls: []")
    );
}

#[test]
fn a_flag_that_never_had_a_call_is_named_when_it_ends() {
    let lines = Lines::default()
        .subscribed("asnGetAndSubscribePresenceV2", json!({"seqCalls": []}))
        .updates(V2, json!({"iPresenceState": 0x0400_0002}));
    let seen = Evidence::of(&lines.0).since_step();
    assert_eq!(seen, [Seen::FlagWithoutCall]);
    let lines = lines.updates(V2, json!({"iPresenceState": 1}));
    assert_eq!(
        lines.row(Question::CallsInList),
        row(Contradicted, 3, "eCALL")
    );
}

#[test]
fn a_flag_without_a_call_is_teams_own_in_its_step() {
    let lines = Lines::default()
        .subscribed("asnGetAndSubscribePresence", json!({"seqCalls": []}))
        .step(Step::TeamsCall, None)
        .updates(V1, json!({"iPresenceState": 0x0400_0002}))
        .updates(V1, json!({"iPresenceState": 1}))
        .step(Step::TeamsCall, Some(true));
    assert_eq!(
        lines.row(Question::TeamsCallFlag),
        row(Confirmed, 4, "eCALL")
    );
    assert_eq!(lines.row(Question::CallsInList).0, Verdict::Open);
}

#[test]
fn a_call_in_neither_spelling_contradicts() {
    let call = json!([{"u8sConnectionID": "x-c", "xCallState": 32}]);
    let lines = Lines::default().updates(V2, json!({"seqCalls": call}));
    assert_eq!(lines.row(Question::ServerKind).0, Contradicted);
}

#[rstest]
#[case::softphone(Step::Softphone, Question::SoftphoneCall, 7)]
#[case::av(Step::AvChat, Question::AvCall, 3)]
fn a_step_that_shows_what_it_should_is_confirmed(
    #[case] step: Step,
    #[case] question: Question,
    #[case] journal: i64,
) {
    let lines = Lines::default()
        .step(step, None)
        .updates(V2, json!({"seqCalls": v2_call(32, journal)}))
        .step(step, Some(true));
    assert_eq!(
        lines.row(question),
        row(Confirmed, 2, &format!("eJournalCallType {journal}"))
    );
    let lines = Lines::default()
        .step(step, None)
        .updates(V2, json!({"seqCalls": v2_call(32, 0)}))
        .step(step, Some(true));
    assert_eq!(lines.row(question), row(Contradicted, 3, "-"));
    let left_out = Lines::default().step(step, None).step(step, Some(false));
    assert_eq!(left_out.row(question).0, Verdict::Open);
}

#[test]
fn hold_and_end_are_seen_in_their_steps() {
    let mut evidence = Evidence::of(
        &Lines::default()
            .updates(V2, json!({"seqCalls": v2_call(2, 0)}))
            .updates(V2, json!({"seqCalls": v2_call(32, 0)}))
            .step(Step::Hold, None)
            .updates(V2, json!({"seqCalls": v2_call(128, 0)}))
            .0,
    );
    assert_eq!(evidence.since_step(), [Seen::Held]);
    let more = Lines::default()
        .step(Step::End, None)
        .updates(V2, json!({"iPresenceState": 1, "seqCalls": v2_call(1, 0)}));
    more.0.iter().for_each(|entry| evidence.take(entry));
    assert_eq!(evidence.since_step(), [Seen::Ended]);
}

#[rstest]
#[case::changes(v2_call(1, 0), Confirmed)]
#[case::everything(json!([]), Contradicted)]
fn an_update_holds_changes_or_everything(#[case] last: Value, #[case] verdict: Verdict) {
    let lines = Lines::default()
        .updates(
            V2,
            json!({"iPresenceState": 0x0400_0002, "seqCalls": v2_call(32, 0)}),
        )
        .updates(V2, json!({"iPresenceState": 1, "seqCalls": last}));
    assert_eq!(
        lines.row(Question::CallUpdates),
        row(verdict, 2, "seqCalls")
    );
}

#[rstest]
#[case::as_expected(&[(2, 0), (32, 1), (1, 2)], Confirmed)]
#[case::as_others_guess(&[(2, 0), (32, 2)], Contradicted)]
fn actions_are_told_apart(#[case] calls: &[(i64, i64)], #[case] verdict: Verdict) {
    let lines = calls
        .iter()
        .fold(Lines::default(), |lines, (state, action)| {
            let call = json!([{"u8sConnectionID": "x-c", "eCallState": state, "iAction": action}]);
            lines.updates(V2, json!({ "seqCalls": call }))
        });
    assert_eq!(lines.row(Question::ActionValues).0, verdict);
}

#[rstest]
#[case::bits(0x0400_0002, Confirmed)]
#[case::small(2, Verdict::Open)]
#[case::enumeration(17, Contradicted)]
fn teams_states_are_bits_or_not(#[case] state: i64, #[case] verdict: Verdict) {
    let absent = json!({"externalPresenceStates": [{"iState": state, "eType": 0}]});
    let lines = Lines::default().updates(
        V2,
        json!({"asnAbsentState": absent, "iPresenceState": 0x0400_0002}),
    );
    assert_eq!(lines.row(Question::ExternalState).0, verdict);
    let calls = lines.row(Question::TeamsCallFlag).0 == Confirmed;
    assert_eq!(calls, state != 17);
}

#[rstest]
#[case::confirmed(json!({"result": 0}), Confirmed, "result 0")]
#[case::wrong_password(json!({"result": 1}), Confirmed, "result 1")]
fn the_administrators_log_in_is_answered(
    #[case] result: Value,
    #[case] verdict: Verdict,
    #[case] seen: &str,
) {
    let lines = Lines::default()
        .asks(4, "asnAdminLogin", json!({}))
        .answers(4, result);
    assert_eq!(lines.row(Question::AdminLogIn), row(verdict, 2, seen));
}

#[test]
fn the_administrators_log_in_is_rejected() {
    let reject =
        json!([{"reject": {"invokedID": {"invokedID": 4}, "reject": {"invokeProblem": 1}}}]);
    let lines = Lines::default()
        .asks(4, "asnAdminLogin", json!({}))
        .says(reject);
    assert_eq!(
        lines.row(Question::AdminLogIn),
        row(Contradicted, 2, "reject 1")
    );
}

#[test]
fn the_log_in_settles_what_it_can() {
    let http = HttpEntry {
        path: "/ws/client/createsession".to_owned(),
        query: [("clientappid".to_owned(), "15".to_owned())].into(),
        status: Some(400),
        answer: json!({"error": {"iErrorDetail": 103, "optionalParams":
            [{"key": "HomeServer", "value": {"stringdata": "x-abcdefgh"}}]}}),
        ..HttpEntry::default()
    };
    let lines = Lines::default().then(What::Http(http));
    assert_eq!(
        lines.row(Question::ClientAppId),
        row(Contradicted, 1, "15: 103")
    );
    assert_eq!(lines.row(Question::DateHeader), row(Contradicted, 1, "-"));
    let path = "/error/optionalParams/0/key";
    assert_eq!(lines.row(Question::BusyOrRedirect), row(Confirmed, 1, path));
}

#[test]
fn a_session_that_outlives_a_silence_is_told_with_its_length() {
    let mut lines = Lines::default().then(What::Socket(SocketEntry {
        open: true,
        tls: None,
    }));
    lines = lines.asks(1, "asnX", json!({}));
    let keep_alive =
        json!({"invoke": {"invokeID": 99_999, "operationName": "asnTransportKeepAlive"}});
    lines.0.push(Entry {
        n: 3,
        ms: 22_000,
        what: What::Out(keep_alive),
    });
    assert_eq!(lines.row(Question::SessionLife).0, Verdict::Open);
    let n = 4;
    lines.0.push(Entry {
        n,
        ms: 22_100,
        what: What::In(json!([])),
    });
    assert_eq!(lines.row(Question::SessionLife), row(Confirmed, 4, "20 s"));
}

#[rstest]
#[case::as_written("2000-01-01T00:10:00Z", Confirmed)]
#[case::another("2000-01-01T01:10:00Z", Contradicted)]
fn the_end_of_our_presence_is_compared(#[case] shown: &str, #[case] verdict: Verdict) {
    let written = json!({"absentstate": {"u8sContactId": "sip:u-a@d-b.example", "eAbsentState": 3,
        "stTimeTo": "2000-01-01T00:10:00.000Z"}});
    let lines = Lines::default()
        .updates(V2, json!({"iContactFeatureSet": 2049}))
        .asks(9, "asnSetUserAbsentState", written)
        .answers(9, json!({}))
        .updates(
            V2,
            json!({"asnAbsentState": {"eAbsentState": 3, "stTimeTo": shown}}),
        );
    assert_eq!(lines.row(Question::EndAsWritten).0, verdict);
    assert_eq!(
        lines.row(Question::SetRight),
        row(Confirmed, 3, "2048: result")
    );
    assert_eq!(lines.row(Question::Times).0, Confirmed);
}

#[test]
fn nodes_are_counted_where_there_are_several() {
    let profiles = json!({"userProfiles": [
        {"u8sSIPURI": "sip:u-a@d-b.example", "u8sHomeServer": "x-one"},
        {"u8sSIPURI": "sip:u-c@d-b.example", "u8sHomeServer": "x-two"}]});
    let lines = Lines::default()
        .asks(2, "asnAdminGetUserProfiles", json!({}))
        .answers(2, profiles)
        .subscribed("asnGetAndSubscribePresenceV2", json!({}));
    let (verdict, _, seen) = lines.row(Question::OtherNodes);
    assert_eq!((verdict, seen.as_str()), (Contradicted, "1/2"));
}
