//! Going to the background.

use rustix::process::{Pid, Signal, getpgid, getpid, getsid};

/// What Ctrl-Z does elsewhere: the whole process group gets SIGTSTP, so that the shell notices
/// whatever wraps us. Ours comes back as a wake.
pub(in crate::console) fn suspend() {
    let _ = rustix::process::kill_current_process_group(Signal::TSTP);
}

/// Whether a process of our session outside our process group is above us: a shell that would say
/// `fg`. Without one the group is orphaned (POSIX), and stopping would leave a dead session behind.
pub(super) fn somebody_can_continue_us() -> bool {
    let (Ok(group), Ok(session)) = (getpgid(None), getsid(None)) else {
        return false;
    };
    let mut above = parent_of(getpid());
    while let Some(process) = above {
        match (getpgid(Some(process)), getsid(Some(process))) {
            (Ok(other), Ok(theirs)) if other != group => return theirs == session,
            (Ok(_), Ok(_)) => above = parent_of(process),
            _ => return false,
        }
    }
    false
}

/// The parent, where the system says.
fn parent_of(process: Pid) -> Option<Pid> {
    if process == getpid() {
        return rustix::process::getppid();
    }
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may hold anything; the state and the parent follow it.
    let (_, rest) = stat.rsplit_once(") ")?;
    Pid::from_raw(rest.split(' ').nth(1)?.parse().ok()?)
}
