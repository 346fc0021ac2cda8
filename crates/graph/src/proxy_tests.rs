use std::os::unix::ffi::OsStringExt as _;

use rstest::rstest;

use super::*;

fn graph() -> Url {
    Url::parse("https://graph.microsoft.com/v1.0").unwrap()
}

fn read(value: &str) -> Result<Option<Proxy>, ProxyFault> {
    Proxy::from_variables(&graph(), |name| {
        (name == "HTTPS_PROXY").then(|| value.into())
    })
}

/// Who logs in at the proxy, and where it is.
fn spelt(proxy: &Proxy) -> (String, String) {
    let login = proxy.login.as_ref().map_or_else(String::new, |login| {
        let basic = login.to_str().unwrap().strip_prefix("Basic ").unwrap();
        String::from_utf8(BASE64_STANDARD.decode(basic).unwrap()).unwrap()
    });
    (login, proxy.shown())
}

/// psf/requests#2846, #5097; microsoft/typed-rest-client#50; Kong/insomnia#2512; pypa/pip#3842.
#[rstest]
#[case::plain("http://proxy:3128", "")]
#[case::no_scheme("proxy:3128", "")]
#[case::no_scheme_but_a_login("user:sEcr3t-1@proxy:3128", "user:sEcr3t-1")]
#[case::in_capitals("HTTP://proxy:3128/", "")]
#[case::a_path("http://user:sEcr3t-1@proxy:3128/x", "user:sEcr3t-1")]
#[case::hash("http://user:sEcr3t#1@proxy:3128", "user:sEcr3t#1")]
#[case::slash("http://user:sEcr3t/1@proxy:3128", "user:sEcr3t/1")]
#[case::question_mark("http://user:sEcr3t?1@proxy:3128", "user:sEcr3t?1")]
#[case::at("http://user:sEcr3t@1@proxy:3128", "user:sEcr3t@1")]
#[case::colon("http://user:sEcr3t:1@proxy:3128", "user:sEcr3t:1")]
#[case::per_cent("http://user:50%off%@proxy:3128", "user:50%off%")]
#[case::backslash("http://CORP\\user:sEcr3t@proxy:3128", "CORP\\user:sEcr3t")]
#[case::umlaut("http://user:sEcr3tä@proxy:3128", "user:sEcr3tä")]
#[case::escaped("http://user:sEcr3t%23%c3%a4@proxy:3128", "user:sEcr3t#ä")]
#[case::space_in_it("http://user:sEcr3t 1@proxy:3128", "user:sEcr3t 1")]
#[case::space_around(" http://user:sEcr3t@proxy:3128\r\n", "user:sEcr3t")]
#[case::quotation_marks("\"http://user:sEcr3t@proxy:3128\"", "user:sEcr3t")]
#[case::apostrophes("'http://user:sEcr3t@proxy:3128'", "user:sEcr3t")]
#[case::brackets("http://user:<sEcr3t>[1]@proxy:3128", "user:<sEcr3t>[1]")]
#[case::no_password("http://user@proxy:3128", "user:")]
fn a_proxy_is_understood_as_people_write_it(#[case] value: &str, #[case] login: &str) {
    let proxy = read(value).unwrap().unwrap();
    let expected = (login.to_owned(), "http://proxy:3128".to_owned());
    assert_eq!(spelt(&proxy), expected);
    assert!(!format!("{proxy:?}").contains("sEcr3t"));
}

#[rstest]
#[case::socks("socks5://user:sEcr3t-2@proxy:1080")]
#[case::another_scheme("ftp://user:sEcr3t-2@proxy:21")]
#[case::one_slash("http:/user:sEcr3t-2@proxy:3128")]
#[case::no_host("http://user:sEcr3t-2@")]
#[case::no_host_but_a_port("http://user:sEcr3t-2@:3128")]
#[case::no_port("http://user:sEcr3t-2@proxy:port")]
#[case::large_port("http://user:sEcr3t-2@proxy:99999")]
#[case::two_hosts("http://user:sEcr3t-2@proxy 1:3128")]
#[case::no_at("http://user:sEcr3t-2")]
#[case::half_a_quotation("\"http://user:sEcr3t-2@proxy:3128")]
#[case::quotation_at_the_end("http://user:sEcr3t-2@proxy:3128\"")]
#[case::control("http://user:sEcr3t-2\u{1b}@proxy:3128")]
#[case::variable_not_expanded("${sEcr3t-2}")]
fn what_is_no_proxy_is_refused_and_not_repeated(#[case] value: &str) {
    let fault = read(value).unwrap_err();
    assert_eq!(fault.variable, "HTTPS_PROXY");
    let said = fault.to_string();
    assert!(said.starts_with("HTTPS_PROXY cannot be used: "), "{said}");
    assert!(!said.contains("sEcr3t"), "{said}");
}

#[rstest]
#[case::in_lower_case(&[("https_proxy", "http://a:1")], Some("https_proxy"))]
#[case::for_all(&[("ALL_PROXY", "http://a:1")], Some("ALL_PROXY"))]
#[case::for_all_in_lower_case(&[("all_proxy", "http://a:1")], Some("all_proxy"))]
#[case::the_first(&[("all_proxy", "http://a:1"), ("HTTPS_PROXY", "http://b:1")], Some("HTTPS_PROXY"))]
#[case::empty_is_none(&[("HTTPS_PROXY", " "), ("ALL_PROXY", "http://a:1")], Some("ALL_PROXY"))]
#[case::http_is_not_spoken(&[("HTTP_PROXY", "http://a:1")], None)]
#[case::nothing(&[], None)]
fn the_variable_is_found(#[case] set: &[(&str, &str)], #[case] variable: Option<&str>) {
    let get = |name: &str| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    };
    let found = Proxy::from_variables(&graph(), get).unwrap();
    assert_eq!(found.map(|proxy| proxy.variable), variable);
}

#[rstest]
#[case("https_proxy")]
#[case("ALL_PROXY")]
fn a_later_variable_does_not_stand_in_for_one_that_cannot_be_used(#[case] other: &str) {
    let get = |name: &str| match name {
        "HTTPS_PROXY" => Some(OsString::from("socks5://a:1")),
        name => (name == other).then(|| "http://b:1".into()),
    };
    assert_eq!(
        Proxy::from_variables(&graph(), get).unwrap_err().variable,
        "HTTPS_PROXY"
    );
}

#[test]
fn what_is_no_text_is_refused() {
    let get = |_: &str| Some(OsString::from_vec(b"http://user:s\xE4@proxy:1".to_vec()));
    let fault = Proxy::from_variables(&graph(), get).unwrap_err();
    assert!(fault.to_string().contains("UTF-8"), "{fault}");
}

#[rstest]
#[case("https://graph.microsoft.com", "", Some("http://proxy:3128"))]
#[case("https://graph.microsoft.com", "microsoft.com", None)]
#[case("https://graph.microsoft.com", "intern, .microsoft.com", None)]
#[case("https://graph.microsoft.com", "soft.com", Some("http://proxy:3128"))]
#[case("https://graph.microsoft.com", "*", None)]
#[case("http://127.0.0.1", "", None)]
#[case("http://[::1]", "", None)]
fn the_proxy_is_named_without_its_password(
    #[case] base: &str,
    #[case] no_proxy: &str,
    #[case] shown: Option<&str>,
) {
    let get = |name: &str| match name {
        "https_proxy" => Some("http://user:pw@proxy:3128/x".into()),
        "NO_PROXY" => Some(no_proxy.into()),
        _ => None,
    };
    let found = Proxy::from_variables(&Url::parse(base).unwrap(), get).unwrap();
    assert_eq!(found.map(|proxy| proxy.shown()).as_deref(), shown);
}
