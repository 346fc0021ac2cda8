//! Every sentence that people read, in German and English, made from typed values. One entry a
//! meaning, so that the console, the reports and the doctor say the same thing alike. Pure.
//!
//! | file | what |
//! | --- | --- |
//! | `texts` | the entries, from `assets/locales`, a section a place |
//! | `fill` | values in texts |
//! | `notes` | what a note, a verdict, a lamp, an obstacle, a reason is called |
//! | `causes` | what went wrong, and what to do |
//! | `events` | the chain of causes of a user, a sentence each |
//! | `why` | what is known of a user, line by line |
//! | `tone` | how a sentence is to look |
//! | `durations` | ages and countdowns |
//! | `ascii` | the same for terminals that only have ASCII |

mod ascii;
mod causes;
mod durations;
mod events;
mod fill;
mod notes;
mod texts;
mod tone;
mod why;

pub use ascii::{letter, nearest, spelled};
pub use causes::{aadsts, cause, log_in, told, trouble};
pub use durations::{countdown, measured, short};
pub use events::{call_words, chain_of_causes, event_words};
pub use fill::fill;
pub use notes::{lamp, note, obstacle, procall, unmatched, verdict};
pub use texts::*;
pub use tone::Tone;
pub use why::{Fact, Sign, Times, call_name, facts, lease_tone, lease_word};
