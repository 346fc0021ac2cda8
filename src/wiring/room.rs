//! Whether there is room to work: file descriptors and threads. Without them the libraries below
//! end the program with a panic, or later blame the keyboard, the disk or the network.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::mpsc;
use std::thread::Builder;

use model::scarce::Scarce;

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

#[cfg(test)]
mod tests {
    #[test]
    fn here_there_is_room() {
        assert_eq!(super::is_there(), Ok(()));
    }
}
