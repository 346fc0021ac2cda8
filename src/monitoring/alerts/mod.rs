//! Who is told when a problem begins, gets worse and ends: `[alerts]`.
//!
//! In: the bridge's snapshots and the configuration. Out: one JSON document for each turn of a problem
//! that lasts, to a webhook and to a program. What is a problem is said in `model::problem`, one for a
//! cause; how long it must last, here. No user is named: what is posted is seen by many.
//!
//! Nothing waits for any of it: looking is done on a task of its own, each way has a queue that is
//! tried again until it gets through, and what lasts and what waits are kept on disk, so that a
//! restart neither repeats a begin nor forgets an end.
//!
//! | file | what |
//! | --- | --- |
//! | `finding` | the problems of a snapshot that are told of (pure) |
//! | `lasting` | which of them have begun, got worse, ended (pure) |
//! | `lines` | the lines of the log about them, whether anybody is told or not |
//! | `alert` | one turn of a problem, as it is kept and as it is told (pure) |
//! | `outbox` | what waits for one way, and when it is tried again (pure) |
//! | `keeper` | the task: looks, sends, keeps |
//! | `way` | the webhook, and the program |
//! | `program` | running it |
//! | `kept` | the file |

mod alert;
mod finding;
mod keeper;
mod kept;
mod lasting;
mod lines;
mod outbox;
mod program;
mod way;

pub(super) use keeper::{Keeper, Place};
pub(super) use lines::log_problems;
