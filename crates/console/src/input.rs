//! A line of text that is being typed.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

use model::text::harmless_up_to;

/// Longest line, in characters: pasted text beyond it is cut.
const LIMIT: usize = 400;

/// The line and where the next character goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Input {
    before: String,
    after: String,
}

impl Input {
    /// A line with the cursor at its end.
    pub(crate) fn new(text: &str) -> Self {
        Self {
            before: text.to_owned(),
            after: String::new(),
        }
    }

    /// The whole line.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// What stands before the cursor.
    pub(crate) fn before(&self) -> &str {
        &self.before
    }

    /// Puts `text` in the place of everything from `start` (in bytes) to the cursor.
    pub(crate) fn replace_from(&mut self, start: usize, text: &str) {
        self.before.truncate(start);
        self.paste(text);
    }

    /// Takes a key; `false` where it means nothing to a line of text.
    pub(crate) fn key(&mut self, key: &KeyEvent) -> bool {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return self.control(key.code);
        }
        match key.code {
            KeyCode::Char(c) if !key.modifiers.contains(KeyModifiers::ALT) => {
                self.paste(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace => {
                pop(&mut self.before);
            }
            KeyCode::Delete => {
                shift(&mut self.after);
            }
            KeyCode::Left => {
                if let Some(cluster) = pop(&mut self.before) {
                    self.after.insert_str(0, &cluster);
                }
            }
            KeyCode::Right => {
                if let Some(cluster) = shift(&mut self.after) {
                    self.before.push_str(&cluster);
                }
            }
            KeyCode::Home => self.after = std::mem::take(self).text(),
            KeyCode::End => *self = Self::new(&self.text()),
            _ => return false,
        }
        true
    }

    fn control(&mut self, code: KeyCode) -> bool {
        match code {
            KeyCode::Char('u') => self.before.clear(),
            KeyCode::Char('w') => {
                let kept = self.before.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.before.truncate(kept);
            }
            KeyCode::Char('h') => {
                pop(&mut self.before);
            }
            _ => return false,
        }
        true
    }

    /// Takes text as it was pasted: one line, no control characters.
    pub(crate) fn paste(&mut self, text: &str) {
        let room = LIMIT.saturating_sub(self.before.chars().count() + self.after.chars().count());
        if text == " " && room > 0 {
            self.before.push(' ');
            return;
        }
        if room > 0 {
            self.before.push_str(&harmless_up_to(text, room));
        }
    }
}

fn pop(text: &mut String) -> Option<String> {
    let (at, cluster) = text.grapheme_indices(true).next_back()?;
    let cluster = cluster.to_owned();
    text.truncate(at);
    Some(cluster)
}

fn shift(text: &mut String) -> Option<String> {
    let cluster = text.graphemes(true).next()?.to_owned();
    text.drain(..cluster.len());
    Some(cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(input: &mut Input, code: KeyCode) {
        input.key(&KeyEvent::new(code, KeyModifiers::NONE));
    }

    #[test]
    fn a_line_is_edited_by_grapheme() {
        let mut input = Input::new("anna 👩‍💻");
        press(&mut input, KeyCode::Backspace);
        assert_eq!(input.text(), "anna ");
        press(&mut input, KeyCode::Left);
        press(&mut input, KeyCode::Char('x'));
        assert_eq!(input.text(), "annax ");
        press(&mut input, KeyCode::Home);
        assert_eq!(input.before(), "");
        press(&mut input, KeyCode::Delete);
        press(&mut input, KeyCode::End);
        assert_eq!(input.before(), "nnax ");
    }

    #[test]
    fn control_keys_erase() {
        let mut input = Input::new("one two");
        input.key(&KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(input.text(), "one ");
        input.key(&KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!(input.text(), "");
    }

    #[test]
    fn pasted_text_is_one_harmless_line_of_bounded_length() {
        let mut input = Input::default();
        input.paste("a\r\nb\u{1b}[2J");
        assert_eq!(input.text(), "a b[2J");
        input.paste(&"x".repeat(10_000));
        assert!(input.text().chars().count() <= LIMIT);
    }
}
