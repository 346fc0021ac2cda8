use rstest::rstest;

use super::*;

const TRACE: &str = "7f1c2f0e-51c5-4a83-9d1e-0c6f6a4b2d11";

fn refused(error: &str, code: u64, status: u16) -> Failure {
    let error = EntraError {
        error: error.into(),
        error_description: Some(format!(
            "AADSTS{code}: Something\u{1b}[2J is odd. Trace ID: 1\r\nCorrelation ID: 2"
        )),
        error_codes: vec![code],
        trace_id: Some(TRACE.into()),
    };
    failure(&error, status, None, None)
}

#[rstest]
#[case(
    "invalid_client",
    7_000_215,
    401,
    FailureKind::Credentials,
    "secret's ID"
)]
#[case(
    "invalid_client",
    7_000_222,
    401,
    FailureKind::Credentials,
    "secret expired"
)]
#[case(
    "unauthorized_client",
    700_016,
    400,
    FailureKind::Credentials,
    "client_id"
)]
#[case("invalid_request", 90_002, 400, FailureKind::Credentials, "tenant_id")]
#[case(
    "invalid_client",
    700_027,
    401,
    FailureKind::Credentials,
    "certificate"
)]
#[case(
    "invalid_resource",
    500_011,
    400,
    FailureKind::Credentials,
    "graph_base"
)]
#[case(
    "invalid_grant",
    65_001,
    400,
    FailureKind::Credentials,
    "admin consent"
)]
#[case(
    "invalid_grant",
    53_003,
    400,
    FailureKind::Credentials,
    "Conditional Access"
)]
#[case(
    "temporarily_unavailable",
    90_033,
    400,
    FailureKind::Server,
    "by itself"
)]
#[case(
    "temporarily_unavailable",
    90_055,
    429,
    FailureKind::Throttled,
    "overloaded"
)]
#[case("server_error", 1, 503, FailureKind::Server, "not available")]
#[case(
    "invalid_client",
    424_242,
    401,
    FailureKind::Credentials,
    "https://login.microsoftonline.com/error?code=424242"
)]
fn every_refusal_says_what_to_do(
    #[case] error: &str,
    #[case] code: u64,
    #[case] status: u16,
    #[case] kind: FailureKind,
    #[case] words: &str,
) {
    let failure = refused(error, code, status);
    assert_eq!((failure.kind, failure.status), (kind, Some(status)));
    assert!(failure.message.contains(words), "{failure}");
    assert!(
        failure.message.contains(&format!("AADSTS{code}")),
        "{failure}"
    );
    assert!(!failure.message.contains("Correlation"), "{failure}");
    assert!(!failure.message.contains("odd"), "{failure}");
    assert!(
        failure.message.ends_with(&format!("(trace {TRACE})")),
        "{failure}"
    );
}

#[rstest]
#[case::a_name_that_nobody_knows("s3cret", vec![], Some("s3cret"))]
#[case::a_number_that_is_none("invalid_client", vec![1_234_567_890_123], Some("s3cret"))]
#[case::nothing_at_all("", vec![], None)]
fn what_could_be_ours_is_not_quoted(
    #[case] error: &str,
    #[case] error_codes: Vec<u64>,
    #[case] trace_id: Option<&str>,
) {
    let error = EntraError {
        error: error.into(),
        error_description: Some("rejected client_secret=s3cret".into()),
        error_codes,
        trace_id: trace_id.map(str::to_owned),
    };
    let id = Some(RequestId("s3cret".into()));
    let failure = failure(&error, 401, None, id);
    assert!(!failure.message.contains("s3cret"), "{failure}");
    assert!(!failure.message.contains("123456789"), "{failure}");
    assert_eq!(failure.request_id, None);
}

#[rstest]
#[case(r#"{"error":"invalid_client","error_codes":["7000215",null],"error_description":null}"#)]
#[case(r#"{"error":"invalid_client","error_codes":[7000215.0,"x"],"error_description":"\ud83d"}"#)]
#[case(r#"{"error":"invalid_client","error_codes":[7000215],"trace_id":7,"x":[[[[]]]]}"#)]
fn one_odd_member_of_an_error_costs_itself(#[case] body: &str) {
    let error = EntraError::read(body.as_bytes()).unwrap();
    assert_eq!(error.error_codes, [7_000_215]);
}

#[test]
fn what_need_only_be_waited_for_is_explained() {
    for code in OVERLOADED {
        let (why, advice, kind) = explained(code.into()).expect("words has it");
        assert!(!why.is_empty() && !advice.is_empty(), "{code}");
        assert_eq!(kind, WAIT);
    }
    assert_eq!(explained(7_000_222).expect("words has it").2, ACT);
    assert_eq!(explained(424_242), None);
}
