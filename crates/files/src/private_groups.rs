//! Groups that are nobody but their owner: on Debian and Ubuntu everybody has a group of their own
//! and, with umask 002, lets it write. Debian's OpenSSH judges such files in the same way
//! (user-group-modes.patch).

/// What `/etc/passwd` and `/etc/group` say; a group that is defined elsewhere (LDAP) is not private.
#[derive(Clone, Debug, Default)]
pub struct PrivateGroups {
    passwd: String,
    group: String,
}

impl PrivateGroups {
    /// Those of this machine.
    #[must_use]
    pub fn of_system() -> Self {
        let read = |file| std::fs::read_to_string(file).unwrap_or_default();
        Self::new(read("/etc/passwd"), read("/etc/group"))
    }

    /// From the contents of the two files.
    #[must_use]
    pub const fn new(passwd: String, group: String) -> Self {
        Self { passwd, group }
    }

    /// Whether the group has this user's name and no other member.
    #[must_use]
    pub fn is_private(&self, gid: u32, owner: u32) -> bool {
        let Some(name) = self.name_of(owner) else {
            return false;
        };
        let mut defined = self
            .group
            .lines()
            .filter(|line| number(line, 2) == Some(gid));
        let (Some(line), None) = (defined.next(), defined.next()) else {
            return false;
        };
        let mut members = field(line, 3).unwrap_or_default().split(',');
        let mut users = self.passwd.lines();
        field(line, 0) == Some(name)
            && members.all(|member| member.is_empty() || member == name)
            && users.all(|user| number(user, 3) != Some(gid) || number(user, 2) == Some(owner))
    }

    fn name_of(&self, uid: u32) -> Option<&str> {
        let mut users = self.passwd.lines();
        field(users.find(|line| number(line, 2) == Some(uid))?, 0)
    }
}

fn field(line: &str, nth: usize) -> Option<&str> {
    line.split(':').nth(nth)
}

fn number(line: &str, nth: usize) -> Option<u32> {
    field(line, nth)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nanna:x:1000:1000:Anna:/home/anna:\n\
        bert:x:1001:1001::/:\ncarl:x:1002:1003::/:\ndora:x:1004:1004::/:\nodd line\n";
    const GROUP: &str = "root:x:0:\nanna:x:1000:anna\nbert:x:1001:anna\ncarl:x:1002:\nstaff:x:50:\n\
        dora:x:1003:\n";

    #[rstest]
    #[case::ones_own(1000, 1000, true)]
    #[case::of_root(0, 0, true)]
    #[case::of_somebody_else(1000, 1001, false)]
    #[case::with_another_member(1001, 1001, false)]
    #[case::without_members_of_another_name(50, 1000, false)]
    #[case::first_group_of_another(1003, 1004, false)]
    #[case::defined_elsewhere(7777, 1000, false)]
    #[case::a_user_that_nobody_knows(1000, 4242, false)]
    fn a_group_is_private_where_nobody_else_is_in_it(
        #[case] gid: u32,
        #[case] owner: u32,
        #[case] private: bool,
    ) {
        let groups = PrivateGroups::new(PASSWD.into(), GROUP.into());
        assert_eq!(groups.is_private(gid, owner), private);
    }
}
