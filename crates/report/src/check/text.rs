//! For people.

use super::words::{findings, summary};
use super::{Area, Outcome, State, state_of};
use crate::look::{Look, Paint};

/// A line for the whole and one for each area; below each what to do.
#[must_use]
pub fn check_text(outcome: &Outcome, look: &Look) -> String {
    let t = look.spelled_texts();
    let whole = state_of(outcome);
    let title = look.paint(Some(paint(whole)), whole.word());
    let checked = match outcome {
        Ok(checked) => checked,
        Err(unknown) => return format!("{title}  {}\n", unknown.why),
    };
    let mut text = format!("{title}\n");
    for area in Area::ALL {
        let state = checked.state(Some(area));
        let word = look.paint(Some(paint(state)), &format!("{:<8}", state.word()));
        text += &format!("  {word}  {}\n", summary(checked, Some(area), t));
        for (_, _, remedy) in findings(checked, Some(area), t) {
            text += &remedy.map_or_else(String::new, |it| format!("            {it}\n"));
        }
    }
    text
}

const fn paint(state: State) -> Paint {
    match state {
        State::Ok => Paint::Good,
        State::Warning => Paint::Yellow,
        State::Critical => Paint::Red,
        State::Unknown => Paint::Stale,
    }
}
