//! What Graph last said of each chunk, so that only what is new is decoded. Pure.

use super::part::{Part, Step};
use graph::LastAnswer;

/// By chunk. What a request under way has taken along is away until it ends; where it breaks off,
/// the next answer is decoded as a whole.
#[derive(Debug, Default)]
pub(super) struct LastAnswers(Vec<LastAnswer>);

impl LastAnswers {
    /// For a request; nothing is known of the halves in which a bad id is searched for.
    pub(super) fn take(&mut self, part: &Part) -> LastAnswer {
        let last = self.0.get_mut(part.chunk).filter(|_| is_whole(part));
        last.map(std::mem::take).unwrap_or_default()
    }

    /// For the next cycle.
    pub(super) fn put(&mut self, part: &Part, last: LastAnswer) {
        if !is_whole(part) {
            return;
        }
        if self.0.len() <= part.chunk {
            self.0.resize_with(part.chunk + 1, LastAnswer::default);
        }
        if let Some(place) = self.0.get_mut(part.chunk) {
            *place = last;
        }
    }
}

fn is_whole(part: &Part) -> bool {
    matches!(part.step, Step::First | Step::Retry)
}
