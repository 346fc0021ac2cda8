//! `users.csv`: who the users of ProCall are.
//!
//! Header line `user_name,display_name,phone[,excluded]`, columns in any order and any case,
//! separated by comma, semicolon or tab (as the header shows), in any encoding that Windows
//! writes. A broken line is named and left out; the rest goes on.

use std::collections::HashMap;

use super::csv::{Record, Records};
use files::{decode, with_line_ends};
use model::presence::{ProcallUser, UserName};
use model::source_fault::{LineFault, ListFault, OddLine};
use model::text::{MESSAGE_LIMIT, harmless_name_up_to, harmless_up_to};

/// Longest display name or phone number that is kept, in characters.
const FIELD_LIMIT: usize = 256;

/// A list that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ParsedUsers {
    /// Who, in the order of the file.
    pub(super) users: Vec<ProcallUser>,
    /// What was left out or is odd, with the line's number.
    pub(super) warnings: Vec<OddLine>,
}

/// What .xlsx (a ZIP archive) and .xls (an OLE compound file) begin with: [MS-XLSX], [MS-CFB] 2.2.
const WORKBOOK: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"];

/// Reads a list.
pub(super) fn parse(bytes: &[u8]) -> Result<ParsedUsers, ListFault> {
    if WORKBOOK.iter().any(|magic| bytes.starts_with(magic)) {
        return Err(ListFault::Workbook);
    }
    let decoded = decode(bytes);
    let text = with_line_ends(&decoded);
    let mut records = Records::new(&text);
    records.separator = begin(&mut records)?;
    let header = records.next().and_then(|header| header.fields.ok());
    let columns = Columns::from_header(&header.unwrap_or_default())?;
    let mut list = ParsedUsers::default();
    for Record { line, fields } in records {
        let row = fields.and_then(|fields| columns.user(&fields));
        let odd = match row {
            Ok(Row { user, odd }) => {
                list.users.extend(user);
                odd
            }
            Err(why) => Some(why),
        };
        list.warnings.extend(odd.map(|fault| OddLine {
            number: line,
            fault,
        }));
    }
    if list.users.is_empty() && list.warnings.is_empty() {
        return Err(ListFault::NoUsers);
    }
    // The bridge keeps them.
    ProcallUser::share_blocks(&mut list.users);
    list.users.shrink_to_fit();
    Ok(list)
}

/// Leaves out everything before the header line; gives the separator.
fn begin(records: &mut Records<'_>) -> Result<char, ListFault> {
    let mut named = None;
    while let Some(line) = records.peek_line() {
        let separator = excel_separator(line);
        if separator.is_none() && !is_blank(line) && !is_type_of_powershell(line) {
            return Ok(named.unwrap_or_else(|| separator_of(line)));
        }
        named = separator.or(named);
        records.skip_line();
    }
    Err(ListFault::Empty)
}

/// One line that could be read.
#[derive(Default)]
struct Row {
    user: Option<ProcallUser>,
    odd: Option<LineFault>,
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
    fn from_header(header: &[String]) -> Result<Self, ListFault> {
        let mut at: HashMap<String, usize> = HashMap::new();
        for (column, name) in header.iter().enumerate() {
            at.entry(column_name(name)).or_insert(column);
        }
        let find = |names: &[&str]| names.iter().find_map(|name| at.get(*name).copied());
        let Some(user_name) = find(&USER_NAME) else {
            return Err(ListFault::NoUserName {
                found: harmless_up_to(&header.join(", "), MESSAGE_LIMIT).into(),
            });
        };
        Ok(Self {
            user_name,
            display_name: find(&DISPLAY_NAME),
            phone: find(&PHONE),
            excluded: find(&EXCLUDED),
            count: header.len(),
        })
    }

    fn user(&self, fields: &[String]) -> Result<Row, LineFault> {
        if fields.iter().all(String::is_empty) {
            return Ok(Row::default());
        }
        if fields
            .iter()
            .skip(self.count)
            .any(|field| !field.is_empty())
        {
            let (found, wanted) = (fields.len(), self.count);
            return Err(LineFault::Fields { found, wanted });
        }
        let field = |column: Option<usize>| {
            let raw = column.and_then(|column| fields.get(column));
            harmless_name_up_to(raw.map_or("", String::as_str), FIELD_LIMIT)
        };
        let length = fields
            .get(self.user_name)
            .map_or(0, |name| name.chars().count());
        if length > FIELD_LIMIT {
            return Err(LineFault::LongName {
                length,
                limit: FIELD_LIMIT,
            });
        }
        let user_name = UserName::new(&field(Some(self.user_name)));
        if user_name.as_str().is_empty() {
            return Err(LineFault::NoUserName);
        }
        let (excluded, odd) = excluded(&field(self.excluded));
        let display_name = Some(field(self.display_name)).filter(|name| !name.is_empty());
        let display_name = display_name.as_deref().unwrap_or(user_name.as_str());
        let user = ProcallUser {
            display_name: display_name.into(),
            phone: field(self.phone).as_str().into(),
            user_name,
            excluded,
        };
        Ok(Row {
            user: Some(user),
            odd,
        })
    }
}

/// Whether a user is excluded, in English, German, and as Excel, LibreOffice and databases write it
/// (a German Excel makes WAHR and FALSCH of true and false: pulibrary/ExcelAlmaLookup#41,
/// commercetools/sphere-node-product-csv-sync#159). Something that is neither yes nor no counts as
/// yes, because somebody wanted to say something, and leaving a user out does no harm.
fn excluded(raw: &str) -> (bool, Option<LineFault>) {
    let lower = raw.to_lowercase();
    let word = lower.trim_matches(['$', '=', '(', ')', '.', '\'']);
    if NO.contains(&word) || is_zero(word) == Some(true) {
        return (false, None);
    }
    if YES.contains(&word) || is_zero(word) == Some(false) {
        return (true, None);
    }
    (true, Some(LineFault::Excluded { raw: raw.into() }))
}

const NO: [&str; 11] = [
    "", "-", "f", "n", "no", "off", "aus", "nein", "none", "false", "falsch",
];

const YES: [&str; 14] = [
    "x", "y", "j", "t", "w", "on", "an", "ein", "yes", "ja", "true", "wahr", "✓", "✔",
];

/// A number, with a decimal point or comma.
fn is_zero(word: &str) -> Option<bool> {
    let number: f64 = word.replace(',', ".").parse().ok()?;
    number.is_finite().then_some(number == 0.0)
}

/// The names of the columns: ours, and those of Active Directory, Entra and PowerShell.
const USER_NAME: [&str; 4] = ["username", "userprincipalname", "upn", "benutzername"];
const DISPLAY_NAME: [&str; 2] = ["displayname", "anzeigename"];
const PHONE: [&str; 5] = [
    "phone",
    "telephonenumber",
    "officephone",
    "telefon",
    "telefonnummer",
];
const EXCLUDED: [&str; 2] = ["excluded", "ausgeschlossen"];

/// `User Name`, `user-name`, `UserName` and `user_name` are one.
fn column_name(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Nothing but separators is a line that Excel leaves behind.
fn is_blank(line: &str) -> bool {
    line.trim_matches([' ', '\t', ',', ';', '\0']).is_empty()
}

/// `Export-Csv` of Windows PowerShell begins with `#TYPE System.Management...`.
fn is_type_of_powershell(line: &str) -> bool {
    line.trim_start_matches('"').starts_with("#TYPE ")
}

/// The separator that occurs most often in the header; comma where none does.
fn separator_of(header: &str) -> char {
    let count = |separator: &char| header.matches(*separator).count();
    // `max_by_key` takes the last of equals.
    ['|', '\t', ';', ',']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(',')
}

fn excel_separator(line: &str) -> Option<char> {
    let lower = line.trim_matches([' ', '"', ',']).to_ascii_lowercase();
    let named = lower.strip_prefix("sep=")?;
    let mut letters = named.chars();
    match (letters.next(), letters.next()) {
        (Some(separator), None) => Some(separator),
        // The tab was trimmed away, or the comma was.
        (None, _) if line.contains(',') => Some(','),
        (None, _) => Some('\t'),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
