//! `users.csv`: who the users of ProCall are.
//!
//! Header line `user_name,display_name,phone[,excluded]`, columns in any order and any case,
//! separated by comma, semicolon or tab (as the header shows), in any encoding that Windows
//! writes. A broken line is named and left out; the rest goes on.

use std::borrow::Cow;
use std::collections::HashMap;

use files::decode;
use model::presence::{ProcallUser, UserName};
use model::text::{MESSAGE_LIMIT, harmless_up_to};

/// Longest display name or phone number that is kept, in characters.
const FIELD_LIMIT: usize = 256;

/// A list that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UserList {
    /// Who, in the order of the file.
    pub(super) users: Vec<ProcallUser>,
    /// What was left out or is odd, with the line's number.
    pub(super) warnings: Vec<String>,
}

/// Why a whole file was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UsersError {
    #[error("it is empty; it needs a header line: user_name,display_name,phone")]
    Empty,
    #[error(
        "its header line has no column user_name (found: {found}); it needs: user_name,display_name,phone"
    )]
    NoUserName { found: String },
    #[error("it has a header line but no user; add one line for each user")]
    NoUsers,
}

/// Reads a list.
pub(super) fn parse(bytes: &[u8]) -> Result<UserList, UsersError> {
    let text = decode(bytes);
    let mut lines = (1_u64..)
        .zip(text.lines())
        .filter(|(_, line)| !is_blank(line));
    let Some((mut header_at, mut header)) = lines.next() else {
        return Err(UsersError::Empty);
    };
    let mut separator = separator_of(header);
    // Excel's own way of naming the separator.
    if let Some(named) = excel_separator(header) {
        separator = named;
        (header_at, header) = lines.next().ok_or(UsersError::Empty)?;
    }
    let columns = Columns::of(&fields(header, separator).unwrap_or_default())?;
    let mut list = UserList::default();
    for (number, line) in lines.filter(|(number, _)| *number > header_at) {
        match columns.user(line, separator) {
            Ok(Row { user, odd }) => {
                list.users.extend(user);
                let odd = odd.into_iter();
                list.warnings
                    .extend(odd.map(|odd| format!("line {number}: {odd}")));
            }
            Err(why) => list.warnings.push(format!("line {number} left out: {why}")),
        }
    }
    if list.users.is_empty() && list.warnings.is_empty() {
        return Err(UsersError::NoUsers);
    }
    // The bridge keeps it.
    list.users.shrink_to_fit();
    Ok(list)
}

/// One line that could be read.
#[derive(Default)]
struct Row {
    user: Option<ProcallUser>,
    odd: Option<String>,
}

/// Where each column stands.
#[derive(Debug)]
struct Columns {
    user_name: usize,
    display_name: Option<usize>,
    phone: Option<usize>,
    excluded: Option<usize>,
    count: usize,
}

impl Columns {
    fn of(header: &[String]) -> Result<Self, UsersError> {
        let mut at: HashMap<String, usize> = HashMap::new();
        for (column, name) in header.iter().enumerate() {
            let name = name.to_lowercase().replace([' ', '-'], "_");
            at.entry(name).or_insert(column);
        }
        let Some(user_name) = at.get("user_name").copied() else {
            return Err(UsersError::NoUserName {
                found: harmless_up_to(&header.join(", "), MESSAGE_LIMIT),
            });
        };
        Ok(Self {
            user_name,
            display_name: at.get("display_name").copied(),
            phone: at.get("phone").copied(),
            excluded: at.get("excluded").copied(),
            count: header.len(),
        })
    }

    fn user(&self, line: &str, separator: u8) -> Result<Row, String> {
        let fields = fields(line, separator)?;
        if fields.iter().all(String::is_empty) {
            return Ok(Row::default());
        }
        if fields
            .iter()
            .skip(self.count)
            .any(|field| !field.is_empty())
        {
            let (found, wanted) = (fields.len(), self.count);
            return Err(format!(
                "it has {found} fields, the header has {wanted}; put a name that contains the separator in quotation marks"
            ));
        }
        let field = |column: Option<usize>| {
            let raw = column.and_then(|column| fields.get(column));
            harmless_up_to(raw.map_or("", String::as_str), FIELD_LIMIT)
        };
        let user_name = UserName::new(&field(Some(self.user_name)));
        if user_name.as_str().is_empty() {
            return Err("it has no user name".to_owned());
        }
        let (excluded, odd) = excluded(&field(self.excluded));
        let display_name = Some(field(self.display_name)).filter(|name| !name.is_empty());
        let user = ProcallUser {
            display_name: display_name.as_deref().unwrap_or(user_name.as_str()).into(),
            user_name,
            phone: field(self.phone).into(),
            excluded,
        };
        Ok(Row {
            user: Some(user),
            odd,
        })
    }
}

/// Whether a user is excluded; something that is neither yes nor no counts as yes, because
/// somebody wanted to say something, and leaving a user out does no harm.
fn excluded(raw: &str) -> (bool, Option<String>) {
    match raw.to_lowercase().as_str() {
        "" | "0" | "false" | "no" | "nein" | "n" => (false, None),
        "1" | "true" | "yes" | "ja" | "x" | "y" | "j" => (true, None),
        _ => (
            true,
            Some(format!(
                "excluded is \"{raw}\", neither yes nor no; the user is left out. Use 1 or 0"
            )),
        ),
    }
}

fn is_blank(line: &str) -> bool {
    line.trim_matches([' ', '\t', '\u{FEFF}']).is_empty()
}

/// The separator that occurs most often in the header; comma where none does.
fn separator_of(header: &str) -> u8 {
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    // `max_by_key` takes the last of equals.
    b"\t;,".iter().copied().max_by_key(count).unwrap_or(b',')
}

fn excel_separator(line: &str) -> Option<u8> {
    let lower = line.trim().to_ascii_lowercase();
    match lower.strip_prefix("sep=")?.as_bytes() {
        [separator] => Some(*separator),
        [] => Some(b'\t'),
        _ => None,
    }
}

/// The fields of one line. No field of ours spans lines, so each line is read by itself: a
/// quotation mark that is not closed spoils one line and not the rest of the file.
fn fields(line: &str, separator: u8) -> Result<Vec<String>, String> {
    if line.matches('"').count() % 2 == 1 {
        return Err("a quotation mark is not closed".to_owned());
    }
    if !line.contains('"') {
        // Nearly every line. To set up a CSV reader takes longer than to read twenty such lines.
        let fields = line.split(char::from(separator));
        return Ok(fields.map(|field| field.trim().to_owned()).collect());
    }
    let line = without_space_before_quotes(line, char::from(separator));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .trim(csv::Trim::All)
        .buffer_capacity(line.len() + 1)
        .from_reader(line.as_bytes());
    match reader.records().next() {
        Some(Ok(record)) => Ok(record.iter().map(str::to_owned).collect()),
        Some(Err(error)) => Err(error.to_string()),
        None => Ok(Vec::new()),
    }
}

/// People write `anna, "Doe, Anna"`; CSV knows a quotation mark only right behind the separator.
fn without_space_before_quotes(line: &str, separator: char) -> Cow<'_, str> {
    if !line.contains(" \"") {
        return Cow::Borrowed(line);
    }
    let mut tidy = String::with_capacity(line.len());
    let mut quoted = false;
    for c in line.chars() {
        if c == '"' && !quoted && tidy.trim_end_matches(' ').ends_with(separator) {
            tidy.truncate(tidy.trim_end_matches(' ').len());
        }
        quoted ^= c == '"';
        tidy.push(c);
    }
    Cow::Owned(tidy)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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
        let warnings = list.warnings.iter().map(|warning| format!("! {warning}"));
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
    #[case("0", false)]
    #[case("nein", false)]
    #[case("", false)]
    fn excluded_speaks_both_languages(#[case] value: &str, #[case] excluded: bool) {
        let text = format!("user_name,excluded\nanna,{value}\n");
        let list = parse(text.as_bytes()).unwrap();
        assert_eq!(list.users[0].excluded, excluded);
        assert!(list.warnings.is_empty());
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
        let error = parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
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
            let empty = |line: &&String| line.chars().all(|c| c == ',' || c == '"')
                && line.matches('"').count().is_multiple_of(2);
            if let Ok(list) = parse(text.as_bytes()) {
                let seen = list.users.len() + list.warnings.len();
                let blank = lines.iter().filter(empty).count();
                proptest::prop_assert!(seen <= lines.len() && seen + blank >= lines.len());
            }
        }
    }
}
