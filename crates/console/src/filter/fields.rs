//! The fields of the filter: a row of the table is a field, and everything that is asked of a field
//! is asked of its row: parsing, matching, completion, help.

use std::time::Duration;

use super::needle::Needle;
use super::quantity::Unit;
use super::subject::Subject;
use super::vocabulary::{self as known, Known};
use crate::columns::COLUMNS;
use crate::others::Other;
use crate::time::seconds_between;
use words::{Lang, Texts, spelled, texts};

/// A field of the filter.
pub(crate) struct FieldRow {
    /// Its word, the same in every language.
    pub(crate) word: &'static str,
    /// More words for it in a language, with spaces between them.
    pub(crate) also: fn(&Texts) -> &str,
    /// The column that shows it, and whose title is a word for it as well.
    pub(crate) column: Option<&'static str>,
    /// Whether a row has a word that was typed without a field; nothing: it is not looked for here.
    pub(crate) anywhere: Option<fn(&Subject<'_>, &Needle) -> bool>,
    /// Whether a row has it.
    pub(crate) has: fn(&Subject<'_>, &Needle) -> bool,
    /// Whether a user without a row has it.
    pub(crate) other_has: fn(Other<'_>, &Needle) -> bool,
    /// What can be compared.
    pub(crate) measure: Option<Measure>,
    /// What Tab offers behind the colon.
    pub(crate) values: fn(&Known<'_>) -> Vec<String>,
}

/// A number of a row.
#[derive(Clone, Copy)]
pub(crate) struct Measure {
    pub(crate) unit: Unit,
    /// As precise as it is shown.
    pub(crate) of: fn(&Subject<'_>) -> Option<u64>,
}

/// One of the [`FIELDS`].
#[derive(Clone, Copy)]
pub(crate) struct Field(pub(crate) &'static FieldRow);

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.0.word == other.0.word
    }
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.word)
    }
}

const fn text(
    word: &'static str,
    also: fn(&Texts) -> &str,
    has: fn(&Subject<'_>, &Needle) -> bool,
    values: fn(&Known<'_>) -> Vec<String>,
) -> FieldRow {
    FieldRow {
        word,
        also,
        column: None,
        anywhere: None,
        has,
        other_has: |_, _| false,
        measure: None,
        values,
    }
}

const fn number(
    word: &'static str,
    also: fn(&Texts) -> &str,
    unit: Unit,
    of: fn(&Subject<'_>) -> Option<u64>,
) -> FieldRow {
    text(word, also, |_, _| false, |_| Vec::new()).measured(unit, of)
}

impl FieldRow {
    const fn in_column(mut self, id: &'static str) -> Self {
        self.column = Some(id);
        self
    }

    /// A word without a field is looked for here too.
    const fn anywhere(mut self) -> Self {
        self.anywhere = Some(self.has);
        self
    }

    /// The same, where less of it counts then.
    const fn anywhere_as(mut self, has: fn(&Subject<'_>, &Needle) -> bool) -> Self {
        self.anywhere = Some(has);
        self
    }

    const fn of_others(mut self, has: fn(Other<'_>, &Needle) -> bool) -> Self {
        self.other_has = has;
        self
    }

    const fn measured(mut self, unit: Unit, of: fn(&Subject<'_>) -> Option<u64>) -> Self {
        self.measure = Some(Measure { unit, of });
        self
    }

    const fn shown_by(mut self, has: fn(&Subject<'_>, &Needle) -> bool) -> Self {
        self.has = has;
        self
    }

    /// All words for it in a language, its own first.
    pub(crate) fn words<'t>(&self, t: &'t Texts) -> impl Iterator<Item = String> + use<'t> {
        let title = self.column.and_then(|id| {
            let column = COLUMNS.iter().find(|column| column.id == id)?;
            Some((column.title)(t).to_lowercase().replace(' ', ""))
        });
        let also = (self.also)(t).split_whitespace().map(str::to_owned);
        let own = [self.word.to_owned()].into_iter();
        own.chain(also)
            .chain(title)
            .chain(self.column.map(str::to_owned))
    }
}

/// All fields, in the order of the help.
pub(crate) static FIELDS: &[FieldRow] = &[
    text("name", |t| t.fields.name, has_name, known::names)
        .in_column("name")
        .anywhere()
        .of_others(|other, needle| needle.is_in(&other.procall.display_name)),
    text("user", |t| t.fields.user, has_user, known::users)
        .in_column("user")
        .anywhere()
        .of_others(|other, needle| {
            let near = other.near.is_some_and(|near| needle.is_in(near.as_str()));
            near || needle.is_in(other.procall.user_name.as_str())
        }),
    text("phone", |t| t.fields.phone, has_phone, known::none)
        .in_column("phone")
        .anywhere()
        .of_others(|other, needle| needle.is_in(&other.procall.phone)),
    text(
        "department",
        |t| t.fields.department,
        has_department,
        known::departments,
    )
    .in_column("department")
    .anywhere(),
    text("teams", |t| t.fields.teams, known::teams_has, known::teams)
        .in_column("teams")
        .anywhere_as(known::teams_shows),
    text(
        "procall",
        |t| t.fields.procall,
        known::procall_has,
        known::procall,
    )
    .in_column("procall")
    .anywhere(),
    text("lamp", |t| t.fields.lamp, known::lamp_has, known::lamps)
        .in_column("lamp")
        .anywhere_as(known::has_lamp_sign),
    text("call", |t| t.fields.call, known::call_has, known::calls)
        .in_column("call")
        .anywhere(),
    text("lease", |t| t.fields.lease, known::lease_has, known::leases)
        .in_column("lease")
        .anywhere()
        .measured(Unit::Seconds, |it| {
            let until = it.row.lease.as_ref()?.expires_at;
            seconds_between(it.sight.now, until).checked_mul(1_000)
        }),
    text(
        "verdict",
        |t| t.fields.verdict,
        known::verdict_has,
        known::verdicts,
    ),
    text("note", |t| t.fields.note, known::note_has, known::notes)
        .in_column("note")
        .anywhere(),
    text("rule", |t| t.fields.rule, known::rule_has, known::rules),
    text("reason", |t| t.fields.reason, |_, _| false, known::reasons)
        .anywhere()
        .of_others(known::reason_has),
    number(
        "lat",
        |t| t.fields.lat,
        Unit::Millis,
        |it| it.read.read_at.and_then(|_| millis(it.read.latency)),
    )
    .in_column("poll")
    .shown_by(|it, needle| needle.is_whole() && it.shows("poll", needle))
    .anywhere(),
    number(
        "age",
        |t| t.fields.age,
        Unit::Seconds,
        |it| seconds_between(it.read.read_at?, it.sight.now).checked_mul(1_000),
    )
    .in_column("age")
    .shown_by(|it, needle| needle.is_whole() && it.shows("age", needle))
    .anywhere(),
    number(
        "since",
        |t| t.fields.since,
        Unit::Seconds,
        |it| seconds_between(it.row.since?.into(), it.sight.now).checked_mul(1_000),
    )
    .in_column("since")
    .shown_by(|it, needle| needle.is_whole() && it.shows("since", needle))
    .anywhere(),
    number(
        "calls",
        |t| t.fields.calls,
        Unit::Count,
        |it| u64::try_from(it.row.calls.len()).ok(),
    ),
    number(
        "fails",
        |t| t.fields.fails,
        Unit::Count,
        |it| Some(u64::from(it.read.failures)),
    ),
    number(
        "renewals",
        |t| t.fields.renewals,
        Unit::Count,
        |it| Some(u64::from(it.row.lease.as_ref()?.renewals)),
    ),
];

fn millis(duration: Duration) -> Option<u64> {
    u64::try_from(duration.as_millis()).ok()
}

fn has_name(it: &Subject<'_>, needle: &Needle) -> bool {
    let name = &it.row.display_name;
    needle.is_in(name) || is_otherwise_shown(it, "name", name, needle)
}

fn has_user(it: &Subject<'_>, needle: &Needle) -> bool {
    let user = it.row.user_name.as_str();
    needle.is_in(user) || is_otherwise_shown(it, "user", user, needle)
}

fn has_phone(it: &Subject<'_>, needle: &Needle) -> bool {
    needle.is_in(&it.row.phone)
}

fn has_department(it: &Subject<'_>, needle: &Needle) -> bool {
    let Some(department) = it.row.department.as_deref() else {
        return false;
    };
    needle.is_in(department) || is_otherwise_shown(it, "department", department, needle)
}

/// With names hidden there is a stand-in, with ASCII another spelling, and for no name another one.
fn is_otherwise_shown(it: &Subject<'_>, column: &str, raw: &str, needle: &Needle) -> bool {
    let other = it.sight.drawn.is_some_and(|(ctx, _)| {
        ctx.names.hidden || raw.is_empty() || (ctx.ascii && !raw.is_ascii())
    });
    other && it.cell(column).is_some_and(|cell| needle.is_in(&cell))
}

impl Field {
    /// The field of this word, in any language, with or without umlauts.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let wanted = plain(word);
        let is_it = |row: &&FieldRow| {
            let mut langs = [Lang::En, Lang::De].into_iter();
            langs.any(|lang| row.words(texts(lang)).any(|known| plain(&known) == wanted))
        };
        FIELDS.iter().find(is_it).map(Self)
    }
}

/// A word as words are compared: without case and umlauts.
pub(crate) fn plain(word: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let composed: String = word.nfc().collect();
    spelled(&composed.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_two_fields() {
        for (at, row) in FIELDS.iter().enumerate() {
            for lang in [Lang::En, Lang::De] {
                for word in row.words(texts(lang)) {
                    let found = Field::from_word(&word).unwrap();
                    assert_eq!(found.0.word, row.word, "{word} is {at}");
                    assert!(word.chars().all(char::is_alphabetic), "{word} can be typed");
                }
            }
        }
    }

    #[test]
    fn the_page_of_the_console_names_every_field_and_kind() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/console.md");
        let page = std::fs::read_to_string(path).unwrap();
        let table = page.lines().filter(|line| line.starts_with('|'));
        let table: String = table.collect();
        let words: Vec<&str> = table.split(|c: char| !c.is_alphabetic()).collect();
        for row in FIELDS {
            assert!(words.contains(&row.word), "{}", row.word);
        }
        for kind in crate::filter::Kind::ALL {
            assert!(table.contains(&format!("is:{}", kind.word())), "{kind:?}");
        }
    }

    #[test]
    fn every_column_is_a_field() {
        for column in &crate::columns::COLUMNS {
            let of_column = |row: &&FieldRow| row.column == Some(column.id);
            let field = FIELDS.iter().find(of_column);
            let field = field.unwrap_or_else(|| panic!("{} has a field", column.id));
            assert!(field.anywhere.is_some(), "{} is searched", column.id);
        }
    }
}
