//! Frames that no UCServer should send, and that they are survived.

use lampfield::simulator::ucserver::{
    Medium,
    UcServerVersion::{self, Mixed, V1, V2},
};
use rstest::rstest;

use super::bench::{ANNA, BERND, Bench, server, settings};

#[rstest]
#[case::no_json("garbage {{{")]
#[case::half(r#"[{"invoke":{"invokeID":99999"#)]
#[case::no_envelope(r#"[{"hello":"world"},7,null]"#)]
#[case::huge(&"x".repeat(10 << 20))]
#[case::huge_json(&format!(r#"[{{"huge":"{}"}}]"#, "x".repeat(10 << 20)))]
#[case::deep(&"[".repeat(100_000))]
#[tokio::test]
async fn a_frame_that_is_no_message_is_counted_and_survived(
    #[case] frame: &str,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(settings(&server)).await;
    server.send_text(frame);
    server.send_binary(&[0xA1, 0, 0xFF]);
    let call = server.start_call(ANNA, Medium::Tapi, false);
    server.answer(&call);
    bench.until("connected", |told| told.talks(ANNA)).await;
    assert!(bench.counters.bad_frames.get() >= 2);
    assert_eq!(bench.counters.sessions.get(), 1, "the session has survived");
}

#[rstest]
#[tokio::test]
async fn unknown_operations_members_and_values_are_survived(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(settings(&server)).await;
    server.send_text(
        r#"[{"invoke":{"invokeID":99999,"operationID":9,"operationName":"asnOfTheFuture","argument":{}}},
            {"invoke":{"invokeID":99999,"operationName":"asnUpdatePresenceV2","argument":{"iChangedFlags":"x",
             "presence":{"u8sContactId":"sip:anna@corp.example","iPresenceState":"blue","future":[1],
             "seqCalls":[{"u8sConnectionID":"f","eCallState":4242},{"u8sConnectionID":"g","eCallState":32,
             "eJournalCallType":4711},5]}}}},
            {"invoke":{"invokeID":99999,"operationName":"asnUpdatePresenceV2","argument":{"presence":
             {"u8sContactId":"sip:nobody@corp.example","iPresenceState":1}}}},
            {"result":{"invokeID":424242,"result":{}}}]"#,
    );
    bench.until("the good part", |told| told.talks(ANNA)).await;
    assert_eq!(bench.told.calls_of(ANNA).len(), 1);
    let counters = std::sync::Arc::clone(&bench.counters);
    assert_eq!(counters.unknown_events.get(), 1);
    assert_eq!(counters.bad_frames.get(), 0);
    server.end_call(&server.start_call(BERND, Medium::Tapi, true));
    server.set_meeting(BERND, true);
    bench.until("the session", |told| told.talks(BERND)).await;
    assert_eq!(counters.foreign_updates.get(), 1);
    assert_eq!(counters.stray_answers.get(), 1);
}
