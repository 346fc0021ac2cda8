//! Whose files count for this process. Pure but for [`Trusted::of_us`].

/// Users whose links are followed and whose configuration is taken where it was only found: root,
/// whoever runs us, and under sudo whoever called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trusted {
    me: u32,
    caller: Option<u32>,
}

impl Trusted {
    /// For the user `me`; `sudo_uid` is what `SUDO_UID` says, and counts for root only: anybody
    /// else may set it at will.
    #[must_use]
    pub fn new(me: u32, sudo_uid: Option<&str>) -> Self {
        let caller = sudo_uid.and_then(|uid| uid.trim().parse().ok());
        Self {
            me,
            caller: caller.filter(|_| me == 0),
        }
    }

    /// For this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::of_us(std::env::var("SUDO_UID").ok().as_deref())
    }

    /// For whoever runs us, with this `SUDO_UID`.
    #[must_use]
    pub fn of_us(sudo_uid: Option<&str>) -> Self {
        Self::new(rustix::process::geteuid().as_raw(), sudo_uid)
    }

    /// Whether this user counts.
    #[must_use]
    pub fn covers(self, uid: u32) -> bool {
        uid == 0 || uid == self.me || Some(uid) == self.caller
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::oneself(1000, None, 1000, true)]
    #[case::root(1000, None, 0, true)]
    #[case::another(1000, None, 1001, false)]
    #[case::root_and_another(0, None, 1000, false)]
    #[case::who_called_sudo(0, Some("1000"), 1000, true)]
    #[case::not_who_called_sudo(0, Some("1000"), 1001, false)]
    #[case::anybody_may_set_the_variable(1000, Some("1001"), 1001, false)]
    #[case::no_number(0, Some("alice"), 1000, false)]
    #[case::no_user_of_this_kind(0, Some("-1"), u32::MAX, false)]
    fn whose_files_count(
        #[case] me: u32,
        #[case] sudo_uid: Option<&str>,
        #[case] uid: u32,
        #[case] counts: bool,
    ) {
        assert_eq!(Trusted::new(me, sudo_uid).covers(uid), counts);
    }
}
