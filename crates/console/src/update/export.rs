//! The visible rows as a file.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Effect, say};
use crate::input::Input;
use crate::others::Other;
use crate::state::{Prompt, Prompted, Screen, State};
use crate::theme::Role;
use model::clock::shifted;
use model::snapshot::Snapshot;
use report::UnmatchedLine;
use words::{Words, fill};

/// Asks for the name of the file. With names hidden nothing is exported: a file would have them.
pub(super) fn ask(state: &mut State, now: Timestamp) {
    if state.private {
        let text = state.look().texts.status.export_private;
        return say(state, text, Role::Warning, now);
    }
    let at = shifted(now, state.snapshot().wall_ahead);
    let at = at.to_zoned(state.look().zone.clone());
    let name = format!("lampfield-{}.csv", at.strftime("%Y%m%d-%H%M%S"));
    prompt(state, &name);
}

fn prompt(state: &mut State, text: &str) {
    state.prompt = Some(Prompt {
        what: Prompted::Export,
        input: Input::new(text),
    });
}

/// The name is there: its end says how it is written.
pub(super) fn write(state: &mut State, file: &str, now: Timestamp) -> Vec<Effect> {
    let file = file.trim().to_owned();
    if file.is_empty() {
        return Vec::new();
    }
    let ending = Path::new(&file).extension().unwrap_or_default();
    if !["csv", "json"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
    {
        // What was typed stays: it lacks a few letters.
        prompt(state, &file);
        let why = state.look().texts.status.export_ending;
        say(state, why, Role::Bad, now);
        return Vec::new();
    }
    let text = if ending.eq_ignore_ascii_case("csv") {
        csv(state, now)
    } else {
        json(state, now)
    };
    match text {
        Ok(text) => vec![Effect::Write { file, text }],
        Err(why) => {
            wrote(state, &Err(why), now);
            Vec::new()
        }
    }
}

fn csv(state: &State, now: Timestamp) -> Result<String, Words> {
    let text = match state.screen() {
        Some(Screen::Unmatched) => report::unmatched_list_csv(&listed(state)),
        _ => report::csv(&visible(state), state.shown_at(now)),
    };
    text.map_err(|error| Words::quoted(error.to_string()))
}

fn json(state: &State, now: Timestamp) -> Result<String, Words> {
    let text = match state.screen() {
        Some(Screen::Unmatched) => report::unmatched_list_json(&listed(state)),
        _ => report::json(&visible(state), state.shown_at(now)),
    };
    text.map_err(|error| Words::quoted(error.to_string()))
}

/// Those without a row, in the order of the screen.
fn listed(state: &State) -> Vec<UnmatchedLine<'_>> {
    let listed = state.others.listed(state.snapshot());
    listed.into_iter().map(line).collect()
}

fn line(other: Other<'_>) -> UnmatchedLine<'_> {
    UnmatchedLine::new(other.procall, other.code(), other.near)
}

/// The snapshot with nothing but the shown rows, in their order.
fn visible(state: &State) -> Snapshot {
    let whole = state.snapshot();
    let shown = state.order.shown();
    let rows = shown.iter().filter_map(|at| whole.rows.get(*at).cloned());
    let reads = shown.iter().map(|at| whole.read_mark(*at));
    let rows: Vec<_> = rows.collect();
    Snapshot {
        rows: Arc::new(rows),
        reads: Arc::new(reads.collect()),
        ..(**whole).clone()
    }
}

/// Says where it is, or why it is not.
pub(super) fn wrote(state: &mut State, outcome: &Result<String, Words>, now: Timestamp) {
    let texts = state.look().texts;
    let t = &texts.status;
    let (template, detail, role) = match outcome {
        Ok(file) => (&t.exported, file.as_str(), Role::Good),
        Err(why) => (&t.export_failed, why.in_lang(texts.lang), Role::Bad),
    };
    let text = fill(template, &[("detail", &detail)]);
    say(state, text, role, now);
}
