//! For people.

use super::sentences::{area_word, findings, of_blind, of_measure, whose};
use super::{Area, Checked, Outcome, State, state_of};
use crate::cells::wrap;
use crate::look::{Look, Paint};
use words::Texts;

/// Cells before what is said of an area: its name and its state.
const INDENT: usize = 21;

/// The state of the whole, whose picture it is, and each area with what is wrong there, or its values.
#[must_use]
pub fn check_text(outcome: &Outcome, look: &Look) -> String {
    let t = look.spelled_texts();
    let state = painted(state_of(outcome), look);
    let checked = match outcome {
        Ok(checked) => checked,
        Err(blind) => return format!("{state} {}\n", of_blind(blind, t)),
    };
    let head = format!("{state} {}\n", whose(&checked.snapshot, t));
    let areas = Area::ALL.map(|area| of_area(checked, area, look));
    let more = if checked.state(None) == State::Ok {
        String::new()
    } else {
        format!("{}\n", t.check.more)
    };
    head + &areas.concat() + &more
}

fn of_area(checked: &Checked, area: Area, look: &Look) -> String {
    let t = look.spelled_texts();
    let state = painted(checked.state(Some(area)), look);
    let label = format!("  {:<8} {state}", area_word(area, t));
    let room = look.width.unwrap_or(usize::MAX).saturating_sub(INDENT);
    let lines = lines(checked, area, t);
    let lines = lines.iter().flat_map(|line| wrap(line, room)).enumerate();
    let lines = lines.map(|(at, line)| match at {
        0 => format!("{label} {line}\n"),
        _ => format!("{:INDENT$}{line}\n", ""),
    });
    lines.collect()
}

/// What is wrong, a line each; else the values on one.
fn lines(checked: &Checked, area: Area, t: &Texts) -> Vec<String> {
    let found = findings(checked, Some(area), t);
    if !found.is_empty() {
        return found.into_iter().map(|(_, what)| what).collect();
    }
    let values: Vec<_> = checked
        .measures_of(Some(area))
        .map(|it| of_measure(it, t))
        .collect();
    vec![values.join("; ")]
}

fn painted(state: State, look: &Look) -> String {
    let c = &look.spelled_texts().check;
    let (paint, word) = match state {
        State::Ok => (Paint::Good, &c.ok),
        State::Warning => (Paint::Yellow, &c.warning),
        State::Critical => (Paint::Red, &c.critical),
        State::Unknown => (Paint::Stale, &c.unknown),
    };
    look.paint(Some(paint), &format!("{word:<9}"))
}
