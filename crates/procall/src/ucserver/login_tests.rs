use rstest::rstest;

use super::*;

#[rstest]
#[case("https://ucserver:7225", true)]
#[case("http://127.0.0.1:7224", true)]
#[case("http://[::1]:7224", true)]
#[case("http://localhost:7224", true)]
#[case("http://ucserver:7224", false)]
#[case("http://127.0.0.1.evil.example", false)]
#[case("https://user:pw@ucserver", false)]
#[case("ftp://ucserver", false)]
#[case("ucserver", false)]
fn a_password_goes_only_where_it_is_safe(#[case] url: &str, #[case] fine: bool) {
    assert_eq!(address(url).is_ok(), fine);
}

#[rstest]
#[case::as_http_has_it("Tue, 15 Nov 1994 08:12:31 GMT", Some(784_887_151))]
#[case::with_space(" Tue, 15 Nov 1994 08:12:31 GMT ", Some(784_887_151))]
#[case::no_date("tomorrow", None)]
#[case::empty("", None)]
fn the_servers_time_is_read_from_its_answer(#[case] raw: &str, #[case] second: Option<i64>) {
    let mut headers = HeaderMap::new();
    assert_eq!(date(&headers), None);
    headers.insert(DATE, raw.parse().unwrap());
    assert_eq!(date(&headers).map(Timestamp::as_second), second);
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

#[test]
fn a_session_id_is_found() {
    let body = json!({"sessionid": "0123456789abcdef"});
    assert!(logon_answer(200, &body, "svc", false).is_ok());
}
