//! Every sentence that people read, in German and English, made from typed values. One entry a
//! meaning, so that the console, the reports and the doctor say the same thing alike. Pure.
//!
//! | file | what |
//! | --- | --- |
//! | `texts` | what console and reports say, and what causes are called everywhere |
//! | `doctor`, `config`, `program` | what the doctor, the configuration and the commands say |
//! | `entries` | how they are read from `assets/locales`: a section a room, all of it in every language |
//! | `both` | one text in both languages, where it is not known yet who reads it |
//! | `farewell` | what is said at the end of the program |
//! | `fill` | values in texts, and the form of a word that goes with a number |
//! | `notes` | what a note, a verdict, a lamp, an obstacle, a reason is called |
//! | `problems` | what is wrong, in one sentence, and what to do |
//! | `protocol` | what is open about UCServer's protocol, and what is said while it is recorded |
//! | `causes` | what went wrong, and what to do |
//! | `refusals` | why a file is not to be used: the system's reasons and our own |
//! | `sources` | what is wrong with the files of ProCall's side, and with what is kept on disk |
//! | `events` | the chain of causes of a user, a sentence each |
//! | `why` | what is known of a user, line by line |
//! | `tone` | how a sentence is to look |
//! | `durations` | ages and countdowns |
//! | `ascii` | the same for terminals that only have ASCII |

mod ascii;
mod both;
mod causes;
mod config;
mod doctor;
mod durations;
mod entries;
mod events;
mod farewell;
mod fill;
mod notes;
mod problems;
mod program;
mod protocol;
mod refusals;
mod sources;
#[cfg(test)]
mod terms_tests;
mod texts;
mod tone;
mod why;

pub use ascii::{letter, nearest, shows_more_than_ascii, spelled};
pub use both::{Value, Words};
pub use causes::{aadsts, cause, explained, log_in, told, trouble};
pub use config::*;
pub use doctor::*;
pub use durations::{countdown, measured, short};
pub use events::{call_words, chain_of_causes, event_words};
pub use farewell::{console_left, left_behind};
pub use fill::fill;
pub use model::presence::Lang;
pub use notes::{lamp, note, obstacle, procall, unmatched, verdict};
pub use problems::problem;
pub use program::*;
pub use protocol::{
    BothTexts, OpenQuestion, RecordingTexts, open_questions, recording_step, recording_texts,
};
pub use refusals::size;
pub use sources::{line_fault, odd_line, source_warning};
pub use texts::*;
pub use tone::Tone;
pub use why::{
    Fact, Sign, Times, call_name, facts, in_procall, label_width, lease_tone, lease_word,
};
