//! What is refused, where it is said to stand, and in which words.

use proptest::prelude::*;
use rstest::rstest;

use super::{GOOD_PROCALL, GOOD_TENANT, faults};

#[rstest]
#[case::common("tenant_id = \"common\"", "needs one certain tenant")]
#[case::organizations("tenant_id = \"Organizations\"", "needs one certain tenant")]
#[case::no_domain(
    "tenant_id = \"contoso\"",
    "expected the tenant's GUID or one of its domains"
)]
#[case::client(
    "client_id = \"lampfield\"",
    "tenant.client_id: expected the application (client) id, a GUID"
)]
#[case::china("cloud = \"china\"", "Microsoft Graph has no presence in China")]
#[case::cloud("cloud = \"us-gov-l6\"", "did you mean \"us-gov-l4\"?")]
#[case::http(
    "graph_base = \"http://graph.microsoft.com/v1.0\"",
    "http to another machine"
)]
#[case::version("graph_base = \"https://graph.microsoft.com\"", "add /v1.0")]
#[case::path(
    "authority = \"https://login.microsoftonline.com/common\"",
    "a URL with a path"
)]
#[case::user(
    "authority = \"https://me:pw@login.microsoftonline.com\"",
    "user name or password"
)]
#[case::unset("client_secret_env = \"NOT_SET\"", "is not set, empty, or no text")]
#[case::line_end(
    "client_secret_env = \"ONLY_A_LINE_END\"",
    "is not set, empty, or no text"
)]
#[case::two(
    "client_secret_file = \"secret\"\nclient_secret_env = \"SECRET\"",
    "a second credential"
)]
#[case::open_file("client_secret_file = \"open-secret\"", "chmod 600")]
#[case::group_file("client_secret_file = \"group-secret\"", "the file has mode 0440")]
#[case::open_credential(
    "client_secret_file = \"credentials/for-all\"",
    "the file has mode 0444"
)]
#[case::no_file("client_secret_file = \"nowhere\"", "cannot be read")]
#[case::empty_file("client_secret_file = \"empty\"", "the file is empty")]
#[case::directory("client_secret_file = \".\"", "this is not a file")]
#[case::half(
    "certificate_file = \"cert.pem\"",
    "tenant.private_key_file: missing beside certificate_file"
)]
#[case::key(
    "certificate_file = \"cert.pem\"\nprivate_key_file = \"encrypted.pem\"",
    "openssl pkey"
)]
#[case::pem(
    "certificate_file = \"users.csv\"\nprivate_key_file = \"key.pem\"",
    "-----BEGIN CERTIFICATE-----"
)]
#[case::literal("client_secret = \"s3cr3t\"", "a secret does not belong in this file")]
#[case::number("client_id = 7", "found 7")]
#[case::typo(
    "tenat_id = \"x\"",
    "tenant.tenat_id: unknown key; did you mean tenant_id?"
)]
fn a_wrong_tenant_is_refused_with_the_reason(#[case] line: &str, #[case] reason: &str) {
    let key = |line: &str| line.split(" =").next().unwrap_or_default().to_owned();
    let replaced: Vec<_> = line.lines().map(key).collect();
    let credential = line.contains("_file") || line.contains("_env");
    let kept = GOOD_TENANT.lines().filter(|good| {
        let other_credential = credential && good.starts_with("client_secret");
        !other_credential && !replaced.contains(&key(good))
    });
    let kept: Vec<_> = kept.collect();
    let report = faults(&format!("{}\n{line}\n{GOOD_PROCALL}", kept.join("\n")));
    assert!(report.contains(reason), "{report}");
    assert_eq!(report.lines().count(), 1, "{report}");
    assert!(
        !report.contains("s3cr3t") && !report.contains("pw@"),
        "{report}"
    );
}

#[rstest]
#[case(
    "[poll]\ninterval = \"500ms\"",
    "poll.interval: expected a duration from \"1s\" to \"10m\"; found \"500ms\""
)]
#[case("[poll]\ninterval = \"11m\"", "found \"11m\"")]
#[case("[poll]\ninterval = 5", "found 5")]
#[case(
    "[poll]\nrequests_per_30s = 0",
    "expected a whole number from 1 to 10000; found 0"
)]
#[case("[poll]\nrequests_per_30s = -1", "found -1")]
#[case("[poll]\nrequests_per_30s = 1.5", "found 1.5")]
#[case("[set]\nexpiration = \"10m\"", "\"5m\", the only value that holds")]
#[case("[set]\nrenew_before = \"5m\"", "less than set.expiration")]
#[case("[set]\nenabled = \"yes\"", "expected true or false; found a text")]
#[case("[log]\nlevel = \"inof\"", "did you mean \"info\"?")]
#[case("[log]\nmax_size_mb = 1025", "from 1 to 1024")]
#[case("[log]\nkeep = 0", "from 1 to 1000")]
#[case("[log]\nfollow = \"\"", "found an empty text")]
#[case(
    "[log]\ninterval = \"5s\"",
    "log.interval: this key belongs under [poll]"
)]
#[case(
    "[log]\ndirectory = \"users.csv\"",
    "log.directory: expected the path of a directory; found a file"
)]
#[case(
    "[state]\ndirectory = \"users.csv\"",
    "state.directory: expected the path of a directory; found a file"
)]
#[case("[pol]\ninterval = \"5s\"", "pol: unknown table; did you mean [poll]?")]
#[case("[[poll]]\ninterval = \"5s\"", "expected a table: a line [poll]")]
#[case(
    "[ucserver]\nuser = \"x\"\npassword = \"s3cr3t\"",
    "password_env or password_file"
)]
fn a_wrong_value_is_refused_with_what_is_expected(#[case] table: &str, #[case] reason: &str) {
    let report = faults(&format!("{GOOD_TENANT}{GOOD_PROCALL}{table}\n"));
    assert!(report.contains(reason), "{report}");
    assert_eq!(report.lines().count(), 1, "{report}");
    assert!(!report.contains("s3cr3t"), "{report}");
}

#[rstest]
#[case("", "procall.users_file: missing (needed by source = \"file\")")]
#[case("users_file = \"nobody.csv\"", "nobody.csv cannot be read")]
#[case(
    "users_file = \"users.csv\"\npresence_out = \"no/where.jsonl\"",
    "the directory of this file does not exist"
)]
#[case("users_file = \".\"", "cannot be read: it is not a file")]
#[case(
    "users_file = \"users.csv\"\nevents_file = \".\"",
    "expected the path of a file; found a directory"
)]
#[case(
    "users_file = \"users.csv\"\npresence_out = \".\"",
    "found a directory"
)]
#[case(
    "users_file = \"users.csv\"\nevents_file = \"x\"\npresence_out = \"x\"",
    "the same file as events_file"
)]
#[case(
    "source = \"files\"\nusers_file = \"users.csv\"",
    "did you mean \"file\"?"
)]
fn a_wrong_source_is_refused(#[case] keys: &str, #[case] reason: &str) {
    let report = faults(&format!("{GOOD_TENANT}[procall]\n{keys}\n"));
    assert!(report.contains(reason), "{report}");
}

#[rstest]
#[case("", &["ucserver.url: missing", "ucserver.user: missing", "ucserver.password_env: missing (or password_file)"])]
#[case("url = \"http://ucserver:7224\"\nuser = \"a\"\npassword_env = \"SECRET\"", &["http to another machine"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\nusers = \"admin\"", &["ucserver.admin_user: missing"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\nusers = \"list\"", &["ucserver.contacts: missing"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\nca_file = \"cert.pem\"\npin_sha256 = \"abababababababababababababababababababababababababababababababab\"", &["expected one of the two"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\npin_sha256 = \"12\"", &["64 hexadecimal digits"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\nadmin_user = \"x\"", &["ucserver.admin_password_env: missing"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\ncontacts = [\"sip:a\", 3]", &["found 3"])]
fn a_wrong_ucserver_is_refused(#[case] keys: &str, #[case] reasons: &[&str]) {
    let text = format!("{GOOD_TENANT}[procall]\nsource = \"ucserver\"\n[ucserver]\n{keys}\n");
    let report = faults(&text);
    assert_eq!(report.lines().count(), reasons.len(), "{report}");
    for reason in reasons {
        assert!(report.contains(reason), "{report}");
    }
}

#[test]
fn every_fault_is_named_in_the_order_of_the_file() {
    let report = faults(
        "[tenant]\ntenant_id = \"common\"\nclient_id = 'x'\n\n[poll]\nintervall = \"5s\"\n  interval = \"0s\"\n[set]\nenabled = 1\n",
    );
    let places: Vec<_> = report
        .lines()
        .map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        places,
        [
            "lampfield.toml:1:1 procall.users_file",
            "lampfield.toml:1:2 tenant",
            "lampfield.toml:2:13 tenant.tenant_id",
            "lampfield.toml:3:13 tenant.client_id",
            "lampfield.toml:6:1 poll.intervall",
            "lampfield.toml:7:14 poll.interval",
            "lampfield.toml:9:11 set.enabled",
        ]
    );
}

#[test]
fn syntax_errors_name_their_line_and_never_its_content() {
    let report =
        faults("[tenant]\nclient_secret = \"s3cr3t\nclient_id = 3\n[poll]\ninterval = 's'\n");
    assert!(report.contains("lampfield.toml:2:"), "{report}");
    assert!(report.contains("not TOML"), "{report}");
    assert_eq!(
        report.matches(".toml:2:").count(),
        1,
        "a broken line has one fault: {report}"
    );
    assert!(!report.contains("s3cr3t"), "{report}");
    assert!(
        !report.contains("missing"),
        "what seems missing may be there: {report}"
    );
    assert!(
        report.contains("poll.interval"),
        "the rest is checked all the same: {report}"
    );
}

#[rstest]
#[case::no_table(
    "tenant = 5\n[procall]\nusers_file = \"users.csv\"",
    "expected a table"
)]
#[case::not_closed("[tenant\ntenant_id = \"a.b\"", "not TOML: unclosed table")]
#[case::windows(
    "[log]\ndirectory = \"C:\\users\\logs\"",
    "write it twice, or put the text in '...'"
)]
fn one_mistake_is_one_fault(#[case] text: &str, #[case] reason: &str) {
    let report = faults(text);
    assert!(report.contains(reason), "{report}");
    assert_eq!(report.lines().count(), 1, "{report}");
}

#[test]
fn a_secret_in_the_wrong_key_is_not_repeated() {
    for key in [
        "client_secret_env",
        "client_secret_file",
        "client_id",
        "tenant_id",
    ] {
        let report = faults(&format!("[tenant]\n{key} = \"aB8~s3cr3t\"\n"));
        assert!(!report.contains("s3cr3t"), "{report}");
    }
}

proptest! {
    /// Whatever stands in the file: an answer, with a place for each fault, and never the secret.
    #[test]
    fn any_text_gets_an_answer(before in "\\PC{0,40}", at in 0_usize..400, put in "[\\[\\]=\"'\n#.a-z ]{0,6}") {
        let mut text = format!("{before}\n{GOOD_TENANT}client_secret = \"s3cr3t\"\n{GOOD_PROCALL}");
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.insert_str(at, &put);
        let report = faults(&text);
        prop_assert!(!report.is_empty());
        prop_assert!(!report.contains("s3cr3t"), "{}", report);
        prop_assert!(report.lines().all(|line| line.starts_with("lampfield.toml:")), "{}", report);
    }
}

#[rstest]
#[case(r#"a = "C:\Users""#, true)]
#[case(r#"a = "C:\Data""#, true)]
#[case(r#"a = "C:\x""#, true)]
#[case(r#"a = "\uD800""#, true)]
#[case(r#"a = "\UFFFFFFFF""#, true)]
#[case("a = \"x\" y", false)]
#[case("a = ", false)]
fn an_escape_that_is_none_gets_a_hint(#[case] text: &str, #[case] hinted: bool) {
    let error = toml::from_str::<toml::Table>(text).unwrap_err();
    let fault = super::super::syntax_fault(std::path::Path::new("x.toml"), text, &error);
    let said = fault.message.in_lang(words::Lang::En);
    let hint = "; a \\ in \"...\" begins an escape: write it twice, or put the text in '...'";
    assert_eq!(said.contains(hint), hinted, "{said} {:?}", error.span());
}
