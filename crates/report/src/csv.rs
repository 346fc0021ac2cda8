//! One line per user, comma-separated, with a header.

use jiff::Timestamp;

use super::columns::FIELDS;
use super::line::UserLine;
use super::table::lines;
use model::snapshot::Snapshot;

/// The snapshot as CSV, UTF-8, `\n` line ends.
///
/// A cell that begins with `=`, `+`, `-` or `@` gets an apostrophe in front: spreadsheets would
/// run it as a formula, and display names come from whoever may edit the directory.
///
/// # Errors
/// None that anything in a snapshot could cause.
pub fn csv(snapshot: &Snapshot, now: Timestamp) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(FIELDS.iter().map(|field| field.name))?;
    for user in lines(snapshot, now) {
        writer.write_record(record(&user))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(|why| std::io::Error::other(why).into())
}

fn record(user: &UserLine<'_>) -> impl Iterator<Item = String> {
    FIELDS.iter().map(|field| inert((field.value)(user)))
}

/// A cell that no spreadsheet runs.
pub(super) fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@']) {
        return format!("'{cell}");
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_csv_of_six_users() {
        insta::assert_snapshot!(csv(&fixture::snapshot(), fixture::now()).unwrap());
    }

    #[test]
    fn every_row_has_every_field_and_no_formula() {
        let text = csv(&fixture::snapshot(), fixture::now()).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), 6);
        for cell in rows.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
        assert!(text.contains("'=HYPERLINK"), "{text}");
    }
}
