//! The filters that were typed before, and the one that is being typed: arrows walk through them,
//! and nothing that was typed gets lost on the way.

/// So many are remembered.
const MOST: usize = 100;

/// The lines that the arrows lead through while one is typed.
#[derive(Debug, Default)]
pub(crate) struct Recall {
    lines: Vec<String>,
    at: usize,
}

impl Recall {
    /// Begins at the newest end, with what is in force.
    pub(crate) fn begin(history: &[String], draft: &str) -> Self {
        let mut lines: Vec<String> = history
            .iter()
            .filter(|old| *old != draft)
            .cloned()
            .collect();
        lines.push(draft.to_owned());
        let at = lines.len() - 1;
        Self { lines, at }
    }

    /// The line before or after the one that now reads `typed`; nothing at the end. What was
    /// changed in a line is there again when somebody comes back to it.
    pub(crate) fn step(&mut self, typed: &str, older: bool) -> Option<&str> {
        typed.clone_into(self.lines.get_mut(self.at)?);
        let to = if older {
            self.at.checked_sub(1)?
        } else {
            self.at + 1
        };
        let line = self.lines.get(to)?;
        self.at = to;
        Some(line)
    }
}

/// Remembers a line once, as the newest.
pub(crate) fn remember(history: &mut Vec<String>, line: &str) {
    if line.trim().is_empty() {
        return;
    }
    history.retain(|old| old != line);
    history.push(line.to_owned());
    let over = history.len().saturating_sub(MOST);
    history.drain(..over);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_there_again() {
        let mut history = Vec::new();
        for line in ["anna", "is:call", " ", "anna"] {
            remember(&mut history, line);
        }
        assert_eq!(history, ["is:call", "anna"]);
        let mut recall = Recall::begin(&history, "");
        assert_eq!(recall.step("half a", true), Some("anna"));
        assert_eq!(recall.step("anna b", true), Some("is:call"));
        assert_eq!(recall.step("is:call", true), None);
        assert_eq!(recall.step("is:call", false), Some("anna b"));
        assert_eq!(recall.step("anna b", false), Some("half a"));
        assert_eq!(recall.step("half a", false), None);
    }

    #[test]
    fn the_history_is_bounded() {
        let mut history = Vec::new();
        for n in 0..1_000 {
            remember(&mut history, &n.to_string());
        }
        assert_eq!((history.len(), &*history[99]), (MOST, "999"));
    }
}
