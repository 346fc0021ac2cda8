//! Why a user's lamp shows what it shows, from the shell.

mod history;
mod json;
mod line;
mod text;

pub use json::{excluded_json, people_json, unmatched_json, why_json};
pub use text::{excluded_text, people_text, unmatched_text, why_text};
