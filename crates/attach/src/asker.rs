//! Who is at the other end of a socket, as the kernel says.

use files::OpenRules;
use model::command::Asker;
use std::path::Path;
use tokio::net::UnixStream;

/// The peer; nothing where the kernel does not say.
pub(super) fn asker(stream: &UnixStream) -> Option<Asker> {
    let peer = stream.peer_cred().ok()?;
    Some(Asker {
        uid: peer.uid(),
        pid: peer.pid().and_then(|pid| u32::try_from(pid).ok()),
        user: user_name(peer.uid()),
    })
}

/// This process, as somebody who asks.
#[must_use]
pub fn this_process() -> Asker {
    let uid = rustix::process::getuid().as_raw();
    Asker {
        uid,
        pid: Some(std::process::id()),
        user: user_name(uid),
    }
}

/// The name of a local user. Those of a directory service go by their number.
fn user_name(uid: u32) -> Option<String> {
    let users = OpenRules::named(Path::new("/etc/passwd")).read().ok()?;
    let users = String::from_utf8_lossy(&users);
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// Whether there is a local group of this name.
#[must_use]
pub fn has_group(name: &str) -> bool {
    group_id(name).is_some()
}

/// The number of a local group.
pub(super) fn group_id(name: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let groups = OpenRules::named(Path::new("/etc/group")).read().ok()?;
    let groups = String::from_utf8_lossy(&groups);
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_it = fields.next()? == name;
        fields.nth(1)?.parse().ok().filter(|_| is_it)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_has_a_name_and_a_group() {
        assert_eq!(user_name(0).as_deref(), Some("root"));
        assert_eq!(user_name(u32::MAX - 7), None);
        assert_eq!(group_id("root"), Some(0));
        assert_eq!(group_id("4711"), Some(4_711));
        assert_eq!(group_id("no such group"), None);
    }
}
