//! Tab while a filter is typed: what fits is offered, and stands in the line by turns.

use crate::filter::{Completion, Known, complete};
use crate::state::{Offer, State};

/// Completes what stands before the cursor: as far as all that fits agree, then one after the other.
/// Whether the line is another one now.
pub(super) fn tab(state: &mut State, forward: bool) -> bool {
    match state.filter.offer.take() {
        Some(offer) => next(state, offer, forward),
        None => first(state),
    }
}

fn first(state: &mut State) -> bool {
    let Some(input) = &state.filter.typing else {
        return false;
    };
    let known = Known {
        t: state.look().texts,
        snapshot: state.snapshot(),
    };
    let before = input.before().to_owned();
    let of = complete(&before, &known);
    let typed = before.get(of.start..).unwrap_or_default();
    let Some(common) = common(&of.candidates) else {
        return false;
    };
    let single = of.candidates.len() == 1;
    let longer =
        (single || common.chars().count() > typed.chars().count()).then(|| common.to_owned());
    let changed = longer.is_some_and(|text| put(state, of.start, &text));
    if !single {
        state.filter.offer = Some(Offer { of, chosen: None });
    }
    changed
}

fn next(state: &mut State, offer: Offer, forward: bool) -> bool {
    let count = offer.of.candidates.len().max(1);
    let at = match (offer.chosen, forward) {
        (None, true) => 0,
        (None, false) => count - 1,
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
    };
    let Completion { start, candidates } = &offer.of;
    let text = candidates.get(at).cloned().unwrap_or_default();
    let changed = put(state, *start, &text);
    state.filter.offer = Some(Offer {
        chosen: Some(at),
        ..offer
    });
    changed
}

fn put(state: &mut State, start: usize, text: &str) -> bool {
    if let Some(input) = &mut state.filter.typing {
        input.replace_from(start, text);
    }
    true
}

/// What all of them begin with.
fn common(candidates: &[String]) -> Option<&str> {
    let (first, rest) = candidates.split_first()?;
    let shared = |other: &String| {
        let pairs = first.chars().zip(other.chars());
        let same = pairs.take_while(|(a, b)| a == b);
        same.map(|(a, _)| a.len_utf8()).sum()
    };
    let end = rest.iter().map(shared).min().unwrap_or(first.len());
    first.get(..end)
}
