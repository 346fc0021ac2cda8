//! Every sentence that people read, in German and English, made from typed values. One entry a
//! meaning, so that the console, the reports and the doctor say the same thing alike. Pure.
//!
//! | file | what |
//! | --- | --- |
//! | `texts` | the entries, from `assets/locales`, a section a place |
//! | `fill` | values in texts |
//! | `notes` | what a note, a verdict, a lamp, an obstacle, a reason is called |
//! | `protocol` | what is open about UCServer's protocol, and what is said while it is recorded |
//! | `causes` | what went wrong, and what to do |
//! | `ascii` | the same for terminals that only have ASCII |

mod ascii;
mod causes;
mod fill;
mod notes;
mod protocol;
mod texts;

pub use ascii::{letter, nearest, spelled};
pub use causes::{aadsts, cause, log_in, told, trouble};
pub use fill::fill;
pub use notes::{lamp, note, obstacle, procall, unmatched, verdict};
pub use protocol::{
    BothTexts, OpenQuestion, RecordingTexts, open_questions, recording_step, recording_texts,
};
pub use texts::*;
