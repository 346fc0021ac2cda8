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
#[case("https://user:hunter2@ucserver")]
#[case("hunter2")]
#[case("hunter2://ucserver")]
#[case("https://[hunter2]/")]
fn an_address_that_is_refused_is_not_repeated(#[case] url: &str) {
    let why = address(url).unwrap_err().words();
    for lang in [Lang::De, Lang::En] {
        assert!(!why.in_lang(lang).contains("hunter2"), "{why:?}");
    }
}
