//! What this machine has run out of, where an error says so: nobody should look for a firewall
//! where file descriptors are used up.

use std::error::Error;
use std::io;

use serde::{Deserialize, Serialize};

/// `EMFILE`, `ENFILE`, `EAGAIN` and `ENOMEM` of Linux.
const NO_DESCRIPTORS: i32 = 24;
const NO_DESCRIPTORS_OF_THE_MACHINE: i32 = 23;
const NO_THREADS: i32 = 11;
const NO_MEMORY: i32 = 12;

/// Something of which there is too little.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    thiserror::Error,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Scarce {
    /// The limit of this process.
    #[error(
        "this process has no file descriptors left. Raise their number (ulimit -n, or LimitNOFILE= in the unit)"
    )]
    Descriptors,
    /// The limit of the machine.
    #[error("this machine has no file descriptors left. Raise fs.file-max, or see who uses them")]
    DescriptorsOfTheMachine,
    /// The limit of the user, the unit or the container.
    #[error(
        "no further thread can be started: processes and threads are used up. Raise their number (ulimit -u, TasksMax= in the unit, pids.max of the container)"
    )]
    Threads,
    /// The machine's, the unit's or the container's.
    #[error("there is no memory left")]
    Memory,
}

impl Scarce {
    /// What `error`, or any cause below it, says that there is none of. `EAGAIN` only speaks of
    /// threads where one was to be started: see [`Scarce::for_thread`].
    #[must_use]
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let causes = std::iter::successors(Some(error), |error| (*error).source());
        causes
            .filter_map(|cause| cause.downcast_ref::<io::Error>()?.raw_os_error())
            .find_map(Self::of_code)
    }

    /// The same where a thread was to be started.
    #[must_use]
    pub fn for_thread(error: &io::Error) -> Option<Self> {
        let threads = error.raw_os_error() == Some(NO_THREADS);
        threads.then_some(Self::Threads).or_else(|| Self::of(error))
    }

    const fn of_code(code: i32) -> Option<Self> {
        match code {
            NO_DESCRIPTORS => Some(Self::Descriptors),
            NO_DESCRIPTORS_OF_THE_MACHINE => Some(Self::DescriptorsOfTheMachine),
            NO_MEMORY => Some(Self::Memory),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("tcp open error")]
    struct Outer(#[source] io::Error);

    /// oven-sh/bun#36140, eventmachine/eventmachine#136: told as a refused connection or a name
    /// that does not resolve.
    #[rstest]
    #[case(24, Some(Scarce::Descriptors))]
    #[case(23, Some(Scarce::DescriptorsOfTheMachine))]
    #[case(12, Some(Scarce::Memory))]
    #[case(11, None)]
    #[case(111, None)]
    fn what_is_used_up_is_found_below(#[case] code: i32, #[case] expected: Option<Scarce>) {
        let outer = Outer(io::Error::from_raw_os_error(code));
        assert_eq!(Scarce::of(&outer), expected);
    }

    #[rstest]
    #[case(11, Some(Scarce::Threads))]
    #[case(24, Some(Scarce::Descriptors))]
    #[case(13, None)]
    fn a_thread_that_cannot_be_started_says_why(
        #[case] code: i32,
        #[case] expected: Option<Scarce>,
    ) {
        let error = io::Error::from_raw_os_error(code);
        assert_eq!(Scarce::for_thread(&error), expected);
    }
}
