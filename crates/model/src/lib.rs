//! What everybody speaks of. Pure: no file, no socket, no clock that is read, nothing that waits.
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`presence`] | what a presence is, the two mappings, who matches whom |
//! | [`answer`] | what comes back from Microsoft, in our words |
//! | [`cause`] | what went wrong, as a value |
//! | [`file_fault`], [`source_fault`] | the same of files, and of what a ProCall source reads |
//! | [`procall`] | what ProCall's side and the bridge tell each other |
//! | [`snapshot`] | everything the bridge knows, as everybody who looks gets it |
//! | [`problem`] | what is wrong: one problem for each cause, the worst first |
//! | [`command`] | what somebody who looks may order |
//! | [`limits`], [`permission`] | what Microsoft's side takes, and what it asks for |
//! | [`backoff`] | how long to wait before another try |
//! | [`redact`] | every secret of the process, and texts without them |
//! | [`clock`], [`text`] | what a clock is, and reckoning with time; untrusted text made harmless |
//! | [`packed_list`], [`few`], [`stamp`] | lists and a time in little room |
//! | [`string_pool`], `read_text` | equal strings kept once; text for serde that is not kept as it comes |
//! | [`when`] | a moment of the past as people write it |
//! | [`scarce`] | what the machine has run out of, where an error says so |

pub mod answer;
pub mod backoff;
pub mod cause;
pub mod clock;
pub mod command;
pub mod few;
pub mod file_fault;
pub mod limits;
pub mod packed_list;
pub mod permission;
pub mod presence;
pub mod problem;
pub mod procall;
pub mod read_text;
pub mod redact;
pub mod scarce;
pub mod snapshot;
pub mod source_fault;
pub mod stamp;
pub mod string_pool;
pub mod text;
pub mod when;
