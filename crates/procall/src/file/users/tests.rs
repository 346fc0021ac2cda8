use rstest::rstest;

use super::*;
use model::cause::Cause;
use model::source_fault::SourceFault;
use words::{Lang, Texts};

fn said(line: &OddLine) -> String {
    words::odd_line(line, english())
}

fn english() -> &'static Texts {
    words::texts(Lang::En)
}

fn brief(bytes: &[u8]) -> Vec<String> {
    let list = parse(bytes).expect("the list is read");
    let row = |user: &ProcallUser| {
        let mark = if user.excluded { "|x" } else { "" };
        let ProcallUser {
            user_name,
            display_name,
            phone,
            ..
        } = user;
        format!("{user_name}|{display_name}|{phone}{mark}")
    };
    let warnings = list.warnings.iter().map(|line| format!("! {}", said(line)));
    list.users.iter().map(row).chain(warnings).collect()
}

const JUERGEN: &str = "jürgen@corp.example|Müller, Jürgen|12";

#[rstest]
#[case::plain("user_name,display_name,phone\njürgen@corp.example,\"Müller, Jürgen\",12\n")]
#[case::crlf("user_name,display_name,phone\r\njürgen@corp.example,\"Müller, Jürgen\",12\r\n")]
#[case::bom("\u{FEFF}user_name,display_name,phone\njürgen@corp.example,\"Müller, Jürgen\",12")]
#[case::semicolon("user_name;display_name;phone\njürgen@corp.example;Müller, Jürgen;12\n")]
#[case::tab("user_name\tdisplay_name\tphone\njürgen@corp.example\tMüller, Jürgen\t12\n")]
#[case::excel("sep=;\nuser_name;display_name;phone\njürgen@corp.example;Müller, Jürgen;12;;\n")]
#[case::any_order("Phone; Display Name ;USER_NAME\n12;Müller, Jürgen;jürgen@corp.example\n")]
#[case::spaces(
    "user_name , display_name , phone\n jürgen@corp.example , \"Müller, Jürgen\" , 12 \n"
)]
#[case::blank_lines(
    "\n\nuser_name;display_name;phone\n\njürgen@corp.example;Müller, Jürgen;12\n;;\n \n"
)]
// johnkerl/miller#161: a mark before a quoted header; PowerShell writes both.
#[case::powershell(
    "\u{FEFF}#TYPE System.Object\r\n\"UserName\",\"DisplayName\",\"Phone\"\r\n\"jürgen@corp.example\",\"Müller, Jürgen\",\"12\"\r\n"
)]
#[case::active_directory(
    "UserPrincipalName;DisplayName;telephoneNumber\njürgen@corp.example;Müller, Jürgen;12\n"
)]
#[case::german("Benutzername;Anzeigename;Telefon\njürgen@corp.example;Müller, Jürgen;12\n")]
#[case::old_macintosh("user_name;display_name;phone\rjürgen@corp.example;Müller, Jürgen;12\r")]
#[case::separators_before(
    "sep=;\n;;\nuser_name;display_name;phone\njürgen@corp.example;Müller, Jürgen;12\n"
)]
#[case::line_end_in_a_name(
    "user_name,display_name,phone\njürgen@corp.example,\"Müller,\nJürgen\",12\n"
)]
#[case::line_end_in_another(
    "user_name,display_name,phone,address\njürgen@corp.example,\"Müller, Jürgen\",12,\"Hauptstr. 1\r\n12345 Berlin\"\n"
)]
#[case::line_end_in_the_header(
    "user_name,\"address\n(full)\",display_name,phone\njürgen@corp.example,x,\"Müller, Jürgen\",12\n"
)]
#[case::two_encodings(
    "user_name;display_name;phone\r\n\u{FEFF}jürgen@corp.example;Müller, Jürgen;12\r\n"
)]
#[case::more_columns(
    "user_name;mail;display_name;phone\njürgen@corp.example;a@b;Müller, Jürgen;12\n"
)]
fn users_are_read_however_the_file_was_written(#[case] text: &str) {
    assert_eq!(brief(text.as_bytes()), [JUERGEN]);
}

#[rstest]
#[case::latin1(text_in(encoding_rs::WINDOWS_1252))]
#[case::utf16_le("\u{FEFF}".encode_utf16().chain(SEMICOLONS.encode_utf16()).flat_map(u16::to_le_bytes).collect())]
#[case::utf16_be("\u{FEFF}".encode_utf16().chain(SEMICOLONS.encode_utf16()).flat_map(u16::to_be_bytes).collect())]
fn users_are_read_in_any_encoding(#[case] bytes: Vec<u8>) {
    assert_eq!(brief(&bytes), [JUERGEN]);
}

const SEMICOLONS: &str =
    "user_name;display_name;phone\r\njürgen@corp.example;Müller, Jürgen;12\r\n";

fn text_in(encoding: &'static encoding_rs::Encoding) -> Vec<u8> {
    encoding.encode(SEMICOLONS).0.into_owned()
}

#[test]
fn optional_columns_may_be_missing() {
    assert_eq!(brief(b"user_name\nanna\n"), ["anna|anna|"]);
    assert_eq!(
        brief(b"user_name,display_name,phone\nanna,Anna\n"),
        ["anna|Anna|"]
    );
}

#[rstest]
#[case("1", true)]
#[case("TRUE", true)]
#[case("yes", true)]
#[case("Ja", true)]
#[case("x", true)]
#[case("WAHR", true)]
#[case("Wahr", true)]
#[case("on", true)]
#[case("ein", true)]
#[case("-1", true)]
#[case("1,0", true)]
#[case("$true", true)]
#[case("=TRUE()", true)]
#[case("FALSCH", false)]
#[case("Falsch", false)]
#[case("f", false)]
#[case("off", false)]
#[case("aus", false)]
#[case("0,00", false)]
#[case("$false", false)]
#[case("0", false)]
#[case("nein", false)]
#[case("", false)]
fn excluded_speaks_both_languages(#[case] value: &str, #[case] excluded: bool) {
    let text = format!("user_name;excluded\nanna;{value}\n");
    let list = parse(text.as_bytes()).unwrap();
    assert_eq!(list.users[0].excluded, excluded);
    assert!(list.warnings.is_empty());
}

#[test]
fn a_name_of_a_megabyte_costs_its_line() {
    let text = format!("user_name,phone\n{},1\nbert,2\n", "a".repeat(1 << 20));
    let list = parse(text.as_bytes()).unwrap();
    assert_eq!(list.users.len(), 1);
    assert!(said(&list.warnings[0]).starts_with("line 2 left out: its user name is 1048576"));
}

#[test]
fn a_broken_line_is_named_and_the_rest_goes_on() {
    let text = "user_name,display_name,phone,excluded\n\
        anna,Anna,1\n\
        bert,Bert \"the,2\n\
        carl,Doe, Carl,3,0\n\
        ,Nobody,4\n\
        dora,Dora,5,perhaps\n\
        emil,Emil,6\n";
    assert_eq!(
        brief(text.as_bytes()),
        [
            "anna|Anna|1",
            "dora|Dora|5|x",
            "emil|Emil|6",
            "! line 3 left out: a quotation mark is not closed",
            "! line 4 left out: it has 5 fields, the header has 4; put a name that contains the separator in quotation marks",
            "! line 5 left out: it has no user name",
            "! line 6: excluded is \"perhaps\", neither yes nor no; the user is left out. Use 1 or 0",
        ]
    );
}

#[rstest]
#[case("", "it is empty")]
#[case("\u{FEFF}\r\n \r\n", "it is empty")]
#[case("sep=;\n", "it is empty")]
#[case("name,phone\nanna,1\n", "no column user_name (found: name, phone)")]
#[case("user_name,phone\n\n", "no user")]
fn a_file_that_is_no_list_says_what_it_needs(#[case] text: &str, #[case] why: &str) {
    let error = refused(text.as_bytes());
    assert!(error.contains(why), "{error}");
}

/// Excel saves as one of them unless it is asked for CSV.
#[rstest]
#[case::xlsx(b"PK\x03\x04\x14\0\x06\0")]
#[case::xls(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0")]
fn a_workbook_is_called_one(#[case] bytes: &[u8]) {
    let error = refused(bytes);
    assert!(error.contains("a workbook of Excel; save it as"), "{error}");
}

fn refused(bytes: &[u8]) -> String {
    let fault = SourceFault::Users {
        path: "users.csv".into(),
        why: parse(bytes).unwrap_err(),
        kept: None,
    };
    words::cause(&Cause::Files([fault].into()), english()).0
}

#[test]
fn names_are_harmless() {
    let text = "user_name,display_name\n\u{1b}[31manna,An\u{202E}na\n";
    assert_eq!(brief(text.as_bytes()), ["[31manna|Anna|"]);
}

proptest::proptest! {
    #[test]
    fn anything_may_stand_in_the_file(bytes: Vec<u8>) {
        let _ = parse(&bytes);
    }

    #[test]
    fn every_line_is_a_user_or_is_named(lines in proptest::collection::vec("[a-c\",]{1,8}", 1..20)) {
        let text = format!("user_name,display_name,phone\n{}\n", lines.join("\n"));
        // Several lines may be one record: a quoted field holds line ends.
        let empty = |record: &Record| record.fields.as_ref()
            .is_ok_and(|fields| fields.iter().all(String::is_empty));
        let records: Vec<_> = Records::new(&text).skip(1).collect();
        if let Ok(list) = parse(text.as_bytes()) {
            let seen = list.users.len() + list.warnings.len();
            let blank = records.iter().filter(|record| empty(record)).count();
            proptest::prop_assert!(seen <= records.len() && seen + blank >= records.len());
        }
    }
}
