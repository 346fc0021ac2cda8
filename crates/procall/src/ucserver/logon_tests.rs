use rstest::rstest;

use super::*;

/// As asked of a server that names only others.
fn logon_answer(
    status: u16,
    body: &Value,
    user: &str,
    with_token: bool,
) -> Result<SecretString, Hurdle> {
    super::logon_answer(status, body, user, with_token, &|_| false)
}

#[rstest]
#[case::documented(
    400,
    json!({"error": {"_type": "AsnLogonError", "iErrorDetail": 103}}),
    Hurdle::logon(103, "svc", false)
)]
#[case::not_attached(
    502,
    json!({"error": {"_type": "WsError", "iErrorDetail": 119}}),
    Hurdle::NotAttached
)]
#[case::proxy(502, Value::Null, Hurdle::NotAttached)]
#[case::challenge(401, Value::Null, Hurdle::logon(101, "svc", false))]
#[case::busy(200, json!({"serverBusy": {"iRetryInSeconds": 7}}), Hurdle::Busy(7))]
#[case::redirect(
    200,
    json!({"result": {"serverRedirect": {"u8sRedirectTo": "uc2:7225"}}}),
    Hurdle::Redirect("uc2:7225".to_owned())
)]
fn an_answer_without_a_session_says_why(
    #[case] status: u16,
    #[case] body: Value,
    #[case] expected: Hurdle,
) {
    let hurdle = logon_answer(status, &body, "svc", false).map(|_| ());
    assert_eq!(hurdle, Err(expected));
}

#[rstest]
#[case::as_documented("uc2:7225", Some("uc2:7225"))]
#[case::with_a_scheme("https://uc2.example:7225", Some("https://uc2.example:7225"))]
#[case::the_usual_port("https://uc2.example/", Some("https://uc2.example"))]
#[case::no_more_than_the_place("https://uc2:7225/ws?pw=hunter2#hunter2", Some("https://uc2:7225"))]
#[case::address_6("[::1]:7225", Some("[::1]:7225"))]
#[case::with_a_user("https://svc:hunter2@uc2", None)]
#[case::no_host("https://", None)]
#[case::nothing("", None)]
#[case::prose("go away hunter2", None)]
#[case::our_password("https://uc2/W6-a-password-sent-back", None)]
fn a_redirect_says_where_and_nothing_else(#[case] raw: &str, #[case] to: Option<&str>) {
    model::redact::hide("W6-a-password-sent-back");
    assert_eq!(destination(raw).as_deref(), to);
}

#[test]
fn a_session_id_is_found() {
    let body = json!({"sessionid": "0123456789abcdef"});
    assert!(logon_answer(200, &body, "svc", false).is_ok());
}

#[rstest]
#[case::in_the_body(json!({"ServerBusyTimeout": 7}))]
#[case::of_the_negotiation(json!({"negotiate": {"iServerProtocolVersion": 70,
    "optionalParams": {"serverVersion": "7.0", "ServerBusyTimeout": 7}}}))]
#[case::in_pairs(json!({"result": {"negotiate": {"optionalParams":
    [{"key": "ServerBusyTimeout", "value": {"integerdata": 7}}]}}}))]
#[case::as_text(json!({"optionalParams": [{"key": "ServerBusyTimeout", "value": "7"}]}))]
#[case::of_a_newer_negotiation(json!({"negotiateResult": {"busy": {"iServerBusyTimeout": 7}}}))]
#[case::of_a_log_on_error(json!({"error": {"_type": "AsnLogonError", "iErrorDetail": 100,
    "optionalParams": {"_type": "AsnOptionalParameters", "ServerBusyTimeout": 7}}}))]
fn busy_is_found_wherever_it_stands(#[case] body: Value) {
    for status in [200, 400, 503] {
        let hurdle = logon_answer(status, &body, "svc", false).map(|_| ());
        assert_eq!(hurdle, Err(Hurdle::Busy(7)), "{body}");
    }
}

#[rstest]
#[case::map(json!({"error": {"_type": "AsnLogonError", "iErrorDetail": 100,
    "optionalParams": {"HomeServer": "uc2"}}}), "uc2")]
#[case::pairs(json!({"error": {"iErrorDetail": 100, "optionalParams":
    [{"key": "HomeServer", "value": {"stringdata": "uc2:7230"}}]}}), "uc2:7230")]
#[case::url(json!({"error": {"optionalParams": {"HomeServer": "https://uc2.example/ws?pw=x"}}}),
    "https://uc2.example")]
#[case::in_the_body(json!({"error": {"iErrorDetail": 100, "HomeServer": "uc2"}}), "uc2")]
#[case::bare_address(json!({"optionalParams": {"HomeServer": "fd00::7"}}), "[fd00::7]")]
#[case::with_the_usual_port(json!({"optionalParams": {"HomeServer": "uc2:443"}}), "uc2:443")]
fn the_home_server_is_found_wherever_it_stands(#[case] body: Value, #[case] to: &str) {
    let hurdle = logon_answer(400, &body, "svc", false).map(|_| ());
    assert_eq!(hurdle, Err(Hurdle::Redirect(to.to_owned())));
}

/// A server that names itself refuses for the reason that it gives.
#[test]
fn a_home_server_that_is_here_is_no_redirect() {
    let body = json!({"error": {"iErrorDetail": 101, "optionalParams": {"HomeServer": "uc1"}}});
    let answer = super::logon_answer(400, &body, "svc", false, &|to| to == "uc1").map(|_| ());
    assert_eq!(answer, Err(Hurdle::logon(101, "svc", false)));
}

#[test]
fn a_session_is_one_whatever_stands_beside_it() {
    let body = json!({"sessionid": "0123456789abcdef", "optionalParams": {"HomeServer": "uc2"}});
    assert!(logon_answer(200, &body, "svc", false).is_ok());
}

#[rstest]
#[case("uc2", "https://uc2:7225")]
#[case("uc2:7230", "https://uc2:7230")]
#[case("uc2:443", "https://uc2:443")]
#[case("https://uc2.example", "https://uc2.example")]
#[case("http://uc2:7224", "http://uc2:7224")]
#[case("[fd00::7]", "https://[fd00::7]:7225")]
#[case("[fd00::7]:7230", "https://[fd00::7]:7230")]
#[case("fd00::7", "https://[fd00::7]:7225")]
fn a_destination_is_completed_by_where_we_are(#[case] to: &str, #[case] url: &str) {
    let here = Url::parse("https://uc1:7225").unwrap();
    assert_eq!(url_of(to, &here), url);
}

#[rstest]
#[case(111)]
#[case(113)]
#[case(4711)]
fn a_code_that_nobody_explains_is_shown(#[case] code: i64) {
    let body = json!({"error": {"iErrorDetail": code}});
    let hurdle = logon_answer(400, &body, "svc", false).unwrap_err();
    assert!(
        hurdle.to_string().contains(&format!("code {code}")),
        "{hurdle}"
    );
}

#[rstest]
#[case::negotiate_only(401, &["Negotiate"], Value::Null, Some("Negotiate"))]
#[case::in_one_header(401, &["Negotiate, NTLM"], Value::Null, Some("Negotiate, NTLM"))]
#[case::in_two(401, &["Negotiate", "NTLM TlRMTVNTUAAC"], Value::Null, Some("Negotiate, NTLM"))]
#[case::with_parameters(401, &["Digest realm=\"uc\", nonce=\"n\""], Value::Null, Some("Digest"))]
#[case::with_a_code(401, &["Negotiate"], json!({"error": {"iErrorDetail": 101}}), Some("Negotiate"))]
#[case::basic_too(401, &["Negotiate, NTLM, Basic"], Value::Null, None)]
#[case::basic_with_a_realm(401, &["Negotiate", "basic realm=\"uc\""], Value::Null, None)]
#[case::says_nothing(401, &[], Value::Null, None)]
#[case::locked(401, &["Negotiate"], json!({"error": {"iErrorDetail": 129}}), None)]
#[case::no_challenge(400, &["Negotiate"], Value::Null, None)]
fn a_challenge_without_basic_is_no_wrong_password(
    #[case] status: u16,
    #[case] offers: &[&str],
    #[case] body: Value,
    #[case] expected: Option<&str>,
) {
    let offers: Vec<_> = offers.iter().map(|&one| one.to_owned()).collect();
    assert_eq!(without_basic(status, &offers, &body).as_deref(), expected);
}

#[rstest]
#[case(json!({"ucserverprotocolversion": 70}), Some(70))]
#[case(json!({"ucserverprotocolversion": "70"}), Some(70))]
#[case(json!({"ucserverprotocolversion": " 61 "}), Some(61))]
#[case(json!({"ucserverprotocolversion": "8.0.20240822"}), Some(70))]
#[case(json!({"ucserverprotocolversion": "v8"}), None)]
#[case(json!({"ucserverprotocolversion": null}), None)]
#[case(json!({"ucserverprotocolversion": -1}), None)]
#[case(json!({}), None)]
fn the_version_may_be_a_text(#[case] body: Value, #[case] expected: Option<u64>) {
    assert_eq!(version(&body), expected);
}
