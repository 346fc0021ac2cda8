//! Whether there is room to work: file descriptors and threads. Without them the libraries below
//! end the program with a panic, or later blame the keyboard, the disk or the network.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::mpsc;
use std::thread::Builder;

use model::scarce::Scarce;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The runtime, the signals, the log, the ledger and one connection need so many at the least.
const DESCRIPTORS: usize = 12;
/// The runtime's two, the readers' and writers', and those that resolve names.
const THREADS: usize = 7;

/// Tries it.
///
/// # Errors
/// What there is too little of.
pub(crate) fn is_there() -> Result<(), Scarce> {
    let stderr = io::stderr();
    let copies = (0..DESCRIPTORS).map(|_| stderr.as_fd().try_clone_to_owned());
    if let Err(error) = copies.collect::<io::Result<Vec<OwnedFd>>>() {
        // What else is wrong with stderr (it may be closed) is no concern here.
        Scarce::of(&error).map_or(Ok(()), Err)?;
    }
    let mut waiting = Vec::new();
    let threads = (0..THREADS).try_for_each(|_| {
        let (end, ended) = mpsc::channel::<()>();
        waiting.push(end);
        let wait = move || while ended.recv().is_ok() {};
        Builder::new().stack_size(1 << 16).spawn(wait).map(drop)
    });
    threads.map_err(|error| Scarce::for_thread(&error).unwrap_or(Scarce::Threads))
}

/// For several tenants in one process: as many file descriptors as the system lets us have.
pub(crate) fn make_for(tenants: usize) {
    const EACH: u64 = 40;
    let limits = getrlimit(Resource::Nofile);
    let wanted = EACH * u64::try_from(tenants).unwrap_or(u64::MAX / EACH);
    let granted = limits.maximum.map_or(wanted, |most| wanted.min(most));
    if limits.current.is_some_and(|now| now < granted) {
        let more = Rlimit {
            current: Some(granted),
            ..limits
        };
        // Without them each tenant says itself what it lacks.
        let _ = setrlimit(Resource::Nofile, more);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn here_there_is_room() {
        assert_eq!(super::is_there(), Ok(()));
    }
}
