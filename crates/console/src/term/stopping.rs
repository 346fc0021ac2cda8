//! Going to the background.

use rustix::process::Signal;

/// What Ctrl-Z does elsewhere: the whole process group gets SIGTSTP, so that the shell notices
/// whatever wraps us. Ours comes back as a wake.
pub(crate) fn suspend() {
    let _ = rustix::process::kill_current_process_group(Signal::TSTP);
}

/// Whether a process of our session outside our process group is above us: a shell that would say
/// `fg`. Without one the group is orphaned (POSIX), and stopping would leave a dead session behind.
pub(super) fn somebody_can_continue_us() -> bool {
    let Some(ourselves) = Place::of_process("self") else {
        return false;
    };
    let mut above = ourselves.parent_place();
    while let Some(process) = above {
        if process.group != ourselves.group {
            return process.session == ourselves.session;
        }
        above = process.parent_place();
    }
    false
}

/// Where a process stands among the others. Numbers are 0 for what is outside our PID namespace,
/// as the parent and session of a container's first process are. (`getsid` says 0 there too, which
/// rustix takes for impossible.)
#[derive(Debug, PartialEq, Eq)]
struct Place {
    parent: u32,
    group: u32,
    session: u32,
}

impl Place {
    /// The place of a process (a number, or `self`); none where there is none such.
    fn of_process(process: &str) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        Self::parse(&stat)
    }

    /// From the line of `/proc/PID/stat` (proc(5)).
    fn parse(stat: &str) -> Option<Self> {
        // The name, in brackets, may hold anything; state, parent, group and session follow it.
        let (_, rest) = stat.rsplit_once(") ")?;
        let mut numbers = rest.split(' ').skip(1).map(str::parse);
        Some(Self {
            parent: numbers.next()?.ok()?,
            group: numbers.next()?.ok()?,
            session: numbers.next()?.ok()?,
        })
    }

    fn parent_place(&self) -> Option<Self> {
        Self::of_process(&self.parent.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_move_the_numbers() {
        let stat = "4711 (a ) b) 1 (c) S 4710 4700 4600 34816 4711 4194304 76 0\n";
        assert_eq!(
            Place::parse(stat),
            Some(Place {
                parent: 4710,
                group: 4700,
                session: 4600
            })
        );
    }

    #[test]
    fn the_first_process_of_a_container_has_a_session_outside() {
        let place = Place::parse("1 (init) S 0 0 0 0 -1 4194304\n").unwrap();
        assert_eq!(place.session, 0);
        assert_eq!(place.parent_place(), None);
    }
}
