//! The two mappings in force.

use serde::Serialize;

use super::SCHEMA;
use super::look::Look;
use super::table::simple;
use model::presence::{Lang, Mapping, ProcallRow, Rule};

#[derive(Serialize)]
struct Both<'a> {
    schema: u32,
    teams: &'a [Rule],
    procall: &'a [ProcallRow],
}

/// Both mappings as one JSON object with a line end: `teams` and `procall`, the rows as in
/// `assets/mapping.toml`, tooltips written out. `open` rows are not in estos' table.
///
/// # Errors
/// None that the mapping could cause.
pub fn mapping_json() -> Result<String, serde_json::Error> {
    let mapping = Mapping::built_in();
    let both = Both {
        schema: SCHEMA,
        teams: mapping.teams_rows(),
        procall: mapping.procall_rows(),
    };
    Ok(serde_json::to_string_pretty(&both)? + "\n")
}

/// Both mappings as tables.
#[must_use]
pub fn mapping_table(look: &Look) -> String {
    let mapping = Mapping::built_in();
    let t = &look.spelled_texts().report;
    let mut teams = vec![header([
        "",
        t.teams_shows,
        t.pair,
        t.procall,
        t.lamp,
        t.tooltip,
        t.rule,
    ])];
    teams.extend(
        mapping
            .teams_rows()
            .iter()
            .map(|rule| teams_row(rule, look)),
    );
    let mut procall = vec![header([t.procall, t.written, t.why])];
    let rows = mapping.procall_rows().iter();
    procall.extend(rows.map(|row| procall_row(row, look.lang)));
    let cells = teams.iter_mut().chain(&mut procall).flatten();
    cells.for_each(|cell| *cell = look.worded(std::mem::take(cell)));
    format!(
        "Teams -> ProCall\n\n{}\n{}\n\nProCall -> Teams\n\n{}",
        simple(&teams, look),
        t.marks,
        simple(&procall, look),
    )
}

fn header<const N: usize>(titles: [&str; N]) -> Vec<String> {
    titles.map(str::to_owned).to_vec()
}

fn teams_row(rule: &Rule, look: &Look) -> Vec<String> {
    let mark = match (rule.open, rule.by_outlook) {
        (true, _) => "*",
        (_, true) => "**",
        _ => "",
    };
    let any = || "*".to_owned();
    let availability = rule
        .availability
        .as_ref()
        .map_or_else(any, ToString::to_string);
    let activity = rule.activity.as_ref().map_or_else(any, ToString::to_string);
    vec![
        mark.to_owned(),
        rule.shown.in_lang(look.lang).to_owned(),
        format!("{availability}/{activity}"),
        words::procall(rule.procall, look.texts()).to_owned(),
        words::lamp(rule.lamp, look.texts()).to_owned(),
        rule.tooltip.in_lang(look.lang).to_owned(),
        rule.name.clone(),
    ]
}

fn procall_row(row: &ProcallRow, lang: Lang) -> Vec<String> {
    let writes = row
        .writes
        .map(|activity| format!("Busy/{}", activity.as_str()));
    vec![
        row.shown.in_lang(lang).to_owned(),
        writes.unwrap_or_else(|| "-".to_owned()),
        row.reason.in_lang(lang).to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(lang: Lang) -> Look {
        Look {
            lang,
            ..Look::default()
        }
    }

    #[test]
    fn where_there_is_only_ascii_the_columns_stand_all_the_same() {
        let ascii = Look {
            ascii: true,
            ..look(Lang::De)
        };
        let table = mapping_table(&ascii);
        assert!(table.is_ascii(), "{table}");
        assert!(table.contains("Gespraech"), "{table}");
        let mut rows = table.lines().skip(2);
        let column = rows.next().unwrap().find("Availability").unwrap();
        for row in rows.take_while(|row| !row.is_empty()) {
            let (before, begins) = row.split_at(column);
            assert!(before.ends_with(' ') && !begins.starts_with(' '), "{row}");
        }
    }

    #[test]
    fn the_german_tables() {
        insta::assert_snapshot!(mapping_table(&look(Lang::De)));
    }

    #[test]
    fn the_english_tables() {
        insta::assert_snapshot!(mapping_table(&look(Lang::En)));
    }

    #[test]
    fn the_json_has_every_row_and_says_which_are_open() {
        let value: serde_json::Value = serde_json::from_str(&mapping_json().unwrap()).unwrap();
        let teams = value["teams"].as_array().unwrap();
        assert_eq!(teams.len(), Mapping::built_in().teams_rows().len());
        assert_eq!(teams.iter().filter(|row| row["open"] == false).count(), 11);
        assert_eq!(value["procall"].as_array().unwrap().len(), 5);
    }
}
