//! The title of the window: what can be read on a tab while nobody looks.

use super::header::problem_count;
use crate::state::State;

/// `lampfield ▲3`: the problems that the header counts; a bridge that has ended has none left.
pub(crate) fn title(state: &State) -> String {
    let glyphs = state.look().glyphs;
    if state.past().is_some() {
        return format!("lampfield {}", state.look().texts.replay.badge);
    }
    match (state.ended, problem_count(state)) {
        (true, _) => format!("lampfield {}", glyphs.no_effect),
        (false, 0) => "lampfield".to_owned(),
        (false, count) => format!("lampfield {}{count}", glyphs.warning),
    }
}
