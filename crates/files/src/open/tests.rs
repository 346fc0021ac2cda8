use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use rstest::rstest;
use rustix::fs::mknodat;

use super::*;

const NOBODY: u32 = 65_534;

struct Room(tempfile::TempDir);

impl Room {
    fn new() -> Self {
        let room = Self(tempfile::tempdir().unwrap());
        fs::write(room.path("victim"), "untouched").unwrap();
        room
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o7777
    }

    /// Puts something under the name `file` that is no file of ours.
    fn plant(&self, what: &str) {
        let file = self.path("file");
        match what {
            "link" => symlink(self.path("victim"), file).unwrap(),
            "dangling link" => symlink(self.path("nowhere"), file).unwrap(),
            "hard link" => fs::hard_link(self.path("victim"), file).unwrap(),
            "folder" => fs::create_dir(file).unwrap(),
            "socket" => drop(UnixListener::bind(file).unwrap()),
            "pipe" => mknodat(
                rustix::fs::CWD,
                &file,
                FileType::Fifo,
                Mode::from_raw_mode(0o600),
                0,
            )
            .unwrap(),
            other => panic!("{other}"),
        }
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[rstest]
#[case("link", "it is a link")]
#[case("dangling link", "it is a link")]
#[case("hard link", "another name")]
#[case("folder", "it is not a regular file but a folder")]
#[case("socket", "it is not a regular file but a socket")]
#[case("pipe", "it is not a regular file but a named pipe")]
fn nothing_that_was_planted_is_opened_as_a_file_of_ours(#[case] what: &str, #[case] why: &str) {
    let room = Room::new();
    room.plant(what);
    let file = room.path("file");
    let ours = OpenRules::ours(&file);
    for error in [
        ours.to_read().unwrap_err(),
        ours.append().unwrap_err(),
        ours.read_and_write().unwrap_err(),
    ] {
        assert!(error.to_string().contains(why), "{error}");
    }
    assert_eq!(ours.make().unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(
        fs::read_to_string(room.path("victim")).unwrap(),
        "untouched"
    );
    assert!(!room.path("nowhere").exists());
}

#[rstest]
#[case("link")]
#[case("dangling link")]
#[case("hard link")]
#[case("pipe")]
fn what_is_replaced_is_the_name_and_not_what_stands_behind_it(#[case] what: &str) {
    let room = Room::new();
    room.plant(what);
    let file = room.path("file");
    OpenRules::ours(&file).replace(b"new").unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    assert!(fs::symlink_metadata(&file).unwrap().is_file());
    assert_eq!(
        fs::read_to_string(room.path("victim")).unwrap(),
        "untouched"
    );
    assert_eq!(
        fs::read_dir(room.0.path()).unwrap().count(),
        2,
        "nothing is left over"
    );
}

#[rstest]
#[case("/dev/zero", "it is not a regular file but a device")]
#[case("/dev/null", "it is not a regular file but a device")]
#[case("/", "directory")]
fn devices_are_never_read(#[case] path: &str, #[case] why: &str) {
    let error = OpenRules::named(Path::new(path)).read().unwrap_err();
    assert!(error.to_string().to_lowercase().contains(why), "{error}");
}

#[test]
fn a_file_is_made_with_its_mode_and_one_that_is_there_keeps_its_own() {
    let room = Room::new();
    let (log, lock) = (room.path("log"), room.path("lock"));
    drop(OpenRules::ours(&log).mode(0o640).append().unwrap());
    drop(OpenRules::ours(&lock).read_and_write().unwrap());
    assert_eq!((room.mode("log"), room.mode("lock")), (0o640, 0o600));
    fs::set_permissions(&log, fs::Permissions::from_mode(0o604)).unwrap();
    drop(OpenRules::ours(&log).mode(0o640).append().unwrap());
    assert_eq!(room.mode("log"), 0o604);
}

#[test]
fn folders_are_made_with_their_mode() {
    let room = Room::new();
    make_folder(&room.path("a/b/../c"), 0o750).unwrap();
    for made in ["a", "a/b", "a/c"] {
        assert_eq!(room.mode(made), 0o750);
    }
    make_folder(&room.path("a"), 0o700).unwrap();
    assert_eq!(room.mode("a"), 0o750);
    assert!(make_folder(&room.path("victim"), 0o700).is_err());
    assert!(make_folder(&room.path("victim/below"), 0o700).is_err());
}

#[test]
fn a_large_file_is_refused_and_not_read() {
    let room = Room::new();
    let victim = room.path("victim");
    assert!(OpenRules::named(&victim).up_to(9).read().is_ok());
    let error = OpenRules::named(&victim).up_to(8).read().unwrap_err();
    assert!(matches!(error, OpenError::TooLarge { limit: 8 }));
    // What the kernel makes up has no length.
    let error = OpenRules::named(Path::new("/proc/self/maps"))
        .up_to(64)
        .read();
    assert!(matches!(error, Err(OpenError::TooLarge { limit: 64 })));
}

/// As Kubernetes (`..data`) and update-ca-certificates make them.
#[test]
fn links_of_ours_are_followed_to_what_somebody_named() {
    let room = Room::new();
    fs::create_dir(room.path("..2026")).unwrap();
    fs::write(room.path("..2026/secret"), "s").unwrap();
    symlink("..2026", room.path("..data")).unwrap();
    symlink("..data/secret", room.path("secret")).unwrap();
    assert_eq!(OpenRules::named(&room.path("secret")).read().unwrap(), b"s");
    symlink("loop", room.path("loop")).unwrap();
    assert!(OpenRules::named(&room.path("loop")).read().is_err());
}

#[rstest]
#[case::to_their_own("theirs", true)]
#[case::to_ours("victim", false)]
fn a_link_of_another_user_leads_to_their_own_files_only(#[case] target: &str, #[case] opens: bool) {
    if !is_root() {
        println!("skipped: only root can make files of other users");
        return;
    }
    let room = Room::new();
    fs::write(room.path("theirs"), "t").unwrap();
    chown(room.path("theirs"), Some(NOBODY), None).unwrap();
    symlink(room.path(target), room.path("link")).unwrap();
    std::os::unix::fs::lchown(room.path("link"), Some(NOBODY), None).unwrap();
    let read = OpenRules::named(&room.path("link")).read();
    assert_eq!(read.is_ok(), opens, "{read:?}");
}

#[test]
fn root_does_not_write_into_a_folder_that_another_users_link_leads_to() {
    if !is_root() {
        println!("skipped: only root can make files of other users");
        return;
    }
    let room = Room::new();
    fs::create_dir(room.path("etc")).unwrap();
    symlink(room.path("etc"), room.path("logs")).unwrap();
    std::os::unix::fs::lchown(room.path("logs"), Some(NOBODY), None).unwrap();
    for path in ["logs/file", "logs/deeper/file"] {
        let path = room.path(path);
        assert!(OpenRules::ours(&path).append().is_err());
        assert!(make_folder(path.parent().unwrap(), 0o700).is_err());
    }
    assert_eq!(fs::read_dir(room.path("etc")).unwrap().count(), 0);
}

#[test]
fn root_gives_away_only_what_it_has_made() {
    if !is_root() {
        println!("skipped: only root can give files away");
        return;
    }
    let room = Room::new();
    fs::create_dir(room.path("theirs")).unwrap();
    fs::write(room.path("theirs/old"), "").unwrap();
    chown(room.path("theirs"), Some(NOBODY), Some(NOBODY)).unwrap();
    let owner = |name: &str| fs::metadata(room.path(name)).unwrap().uid();
    for name in ["theirs/old", "theirs/new"] {
        drop(OpenRules::ours(&room.path(name)).append().unwrap());
    }
    make_folder(&room.path("theirs/state"), 0o700).unwrap();
    assert_eq!(owner("theirs/old"), 0);
    assert_eq!(owner("theirs/new"), NOBODY);
    assert_eq!(owner("theirs/state"), NOBODY);
}
