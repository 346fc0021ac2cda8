//! Signals that were ignored when we were started.
//!
//! Whoever starts a program may have it ignore a signal: `nohup` does with SIGHUP, a shell without
//! job control with SIGINT and SIGQUIT of what it starts with `&`. A program that installs a
//! handler all the same is ended by what it was to survive (fish-shell/fish-shell#4007,
//! canonical/mir#1734).

use std::sync::OnceLock;

/// A set of signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored(u64);

impl Ignored {
    /// Those of this process when it was first asked, which must be before it changes anything.
    /// Where the kernel does not tell, none.
    #[must_use]
    pub fn at_start() -> Self {
        static AT_START: OnceLock<Ignored> = OnceLock::new();
        *AT_START.get_or_init(|| {
            let status = std::fs::read_to_string("/proc/self/status");
            status
                .ok()
                .as_deref()
                .map_or_else(Self::default, Self::from_status)
        })
    }

    /// From `/proc/PID/status` (proc(5)): a mask, signal 1 is its lowest bit.
    fn from_status(status: &str) -> Self {
        let mut lines = status.lines();
        let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        Self(mask.unwrap_or_default())
    }

    /// Whether this one is ignored.
    #[must_use]
    pub fn has(self, signal: i32) -> bool {
        let bit = u32::try_from(signal).ok().and_then(|n| n.checked_sub(1));
        bit.and_then(|bit| 1_u64.checked_shl(bit))
            .is_some_and(|bit| self.0 & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::hang_up(1, true)]
    #[case::interrupt(2, false)]
    #[case::broken_pipe(13, true)]
    #[case::terminate(15, false)]
    #[case::last(64, true)]
    #[case::none_such(0, false)]
    #[case::beyond(65, false)]
    #[case::odd(-1, false)]
    fn the_mask_is_read(#[case] signal: i32, #[case] ignored: bool) {
        let status =
            "Name:\tlamp\nSigBlk:\tffffffffffffffff\nSigIgn:\t8000000000001001\nSigCgt:\t0\n";
        assert_eq!(Ignored::from_status(status).has(signal), ignored);
    }

    #[rstest]
    #[case("")]
    #[case("SigIgn:\tmany\n")]
    #[case("SigIgn:")]
    fn where_nothing_is_said_nothing_is_ignored(#[case] status: &str) {
        assert_eq!(Ignored::from_status(status), Ignored::default());
    }
}
