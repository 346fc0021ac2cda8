//! The first setup: which questions are asked, and what the answers become. Pure.
//!
//! In: answers, from a person or from flags. Out: what comes next (a question, a test, the end), and
//! at the end the files to write. What an answer is worth is decided by [`crate::config`], which
//! reads the very text that would be written, and by the doctor's checks. Who asks, tests and writes
//! is `commands`.
//!
//! | file | what |
//! | --- | --- |
//! | `question` | which questions there are, one row each |
//! | `answers` | what was answered |
//! | `flags` | what the command line answers |
//! | `dialogue` | what comes next, and what is missing |
//! | `toml_text` | the configuration that the answers make, to be tried or to be written |
//! | `place` | where it goes, and what stands beside it |
//! | `judge` | whether an answer can be taken |

mod answers;
mod dialogue;
mod flags;
mod judge;
mod place;
mod question;
mod toml_text;

pub(crate) use answers::Answer;
pub(crate) use dialogue::{Dialogue, Step};
pub(crate) use flags::of_flags;
pub(crate) use judge::{judge, taken_as};
pub(crate) use place::Place;
pub(crate) use question::{Choice, Kind, Question, Stage};
pub(crate) use toml_text::{NewFile, files_to_write, tried};
