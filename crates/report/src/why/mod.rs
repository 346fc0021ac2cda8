//! Why a user's lamp shows what it shows, from the shell.

mod history;
mod json;
mod line;
mod text;

pub use json::{people_json, unmatched_json, why_json};
pub use text::{people_text, unmatched_text, why_text};
