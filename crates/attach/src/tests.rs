//! Over real sockets.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use clocks::{ManualClock, OtherClock};
use jiff::Timestamp;
use model::clock::Clock as _;
use model::command::Asked;
use model::snapshot::{Mode, ObserveReason, Seen, Snapshot};
use stream::{Frame, PROTOCOL, Request};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};

use super::*;

/// Nothing here takes so long on any machine.
const SOON: Duration = Duration::from_secs(20);

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// A bridge's side without a bridge.
struct Stage {
    folder: TempDir,
    publish: watch::Sender<Arc<Snapshot>>,
    asked: mpsc::Receiver<Asked>,
    shown: Shown,
    server: Option<Server>,
}

impl Stage {
    fn new() -> Self {
        let mut stage = Self::closed();
        stage.open();
        stage
    }

    fn closed() -> Self {
        let first = Arc::new(Snapshot::empty(Arc::default(), start()));
        let (publish, snapshots) = watch::channel(first);
        let (commands, asked) = mpsc::channel(4);
        // Nobody is refused: who asks owns the socket.
        let (refused, _) = mpsc::channel(1);
        let folder = tempfile::tempdir().unwrap();
        let shown = Shown {
            snapshots,
            commands,
            refused,
            logs: LogTail::new(),
            clock: Arc::new(OtherClock::new(Arc::new(ManualClock::at(start())))),
            version: "9.9.9",
        };
        Self {
            folder,
            publish,
            asked,
            shown,
            server: None,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("run/tenant.sock")
    }

    fn open(&mut self) {
        let server = serve(&self.path(), &Access::default(), self.shown.clone());
        self.server = Some(server.unwrap());
    }

    /// The next snapshot, with this mode.
    fn publish(&self, mode: Mode) -> Arc<Snapshot> {
        let before = Arc::clone(&self.publish.borrow());
        let next = Arc::new(Snapshot {
            serial: before.serial + 1,
            mode,
            ..Snapshot::clone(&before)
        });
        self.publish.send_replace(Arc::clone(&next));
        next
    }

    async fn attach(&self) -> (Attachment, std_mpsc::Receiver<News>) {
        let (tell, told) = std_mpsc::channel();
        let told_by = Box::new(move |news| {
            let _ = tell.send(news);
        });
        let ours = Arc::new(ManualClock::at(start() + Duration::from_secs(77)));
        let clock = Arc::new(OtherClock::new(ours));
        let attached = attach(&self.path(), CommitStage::Rows, clock, told_by).await;
        (attached.unwrap(), told)
    }
}

async fn reaches(attachment: &mut Attachment, snapshot: &Arc<Snapshot>) {
    let same = |held: &Arc<Snapshot>| {
        let seen = held.seen;
        !seen.is_lost()
            && **held
                == Snapshot {
                    seen,
                    ..Snapshot::clone(snapshot)
                }
    };
    let waited = tokio::time::timeout(SOON, attachment.snapshots.wait_for(same));
    let reached = waited.await.is_ok();
    assert!(reached, "serial {}", attachment.snapshots.borrow().serial);
}

pub(super) fn line(text: &str) -> LogRecord {
    LogRecord {
        source: LogSource::Ours,
        at: Some(start()),
        level: "info".into(),
        target: "set".into(),
        user: None,
        text: text.into(),
    }
}

#[tokio::test]
async fn whoever_attaches_holds_what_the_bridge_holds() {
    let stage = Stage::new();
    let (mut early, _) = stage.attach().await;
    for mode in [Mode::Paused, Mode::Writing, Mode::Paused] {
        let now = stage.publish(mode);
        reaches(&mut early, &now).await;
        let (mut late, _) = stage.attach().await;
        reaches(&mut late, &now).await;
        assert_eq!(late.clock.now(), start(), "by the bridge's clock");
    }
}

/// What one looks at once is not as old as what others were told last.
#[tokio::test]
async fn whoever_comes_begins_with_the_latest() {
    let stage = Stage::new();
    let (mut early, _) = stage.attach().await;
    reaches(&mut early, &stage.publish(Mode::Paused)).await;
    let untold = stage.publish(Mode::Writing);
    let (mut late, _) = stage.attach().await;
    assert_eq!(late.snapshots.borrow().serial, untold.serial);
    // Something else than both.
    let last = stage.publish(Mode::Observing(ObserveReason::Flag));
    for attachment in [&mut early, &mut late] {
        reaches(attachment, &last).await;
    }
}

/// A member that stands by shows the leader's picture by the leader's clock, and its own by its own.
#[tokio::test]
async fn a_clock_that_becomes_another_one_is_told() {
    let stage = Stage::new();
    let (mut attached, _) = stage.attach().await;
    for (moved, mode) in [
        (Duration::from_hours(1), Mode::Paused),
        (Duration::ZERO, Mode::Writing),
    ] {
        stage.shown.clock.follow(start() + moved);
        let now = stage.publish(mode);
        reaches(&mut attached, &now).await;
        assert_eq!(attached.clock.now(), start() + moved);
        let (late, _) = stage.attach().await;
        assert_eq!(late.clock.now(), start() + moved);
    }
}

#[tokio::test]
async fn the_log_of_before_and_of_now_arrives() {
    let stage = Stage::new();
    stage.shown.logs.push(line("before"));
    let (_attached, told) = stage.attach().await;
    let news = tokio::task::spawn_blocking(move || {
        let first = told.recv_timeout(SOON);
        (first, told)
    });
    let (first, told) = news.await.unwrap();
    assert_eq!(first, Ok(News::Line(line("before"))));
    stage.shown.logs.push(line("now"));
    let second = tokio::task::spawn_blocking(move || told.recv_timeout(SOON));
    assert_eq!(second.await.unwrap(), Ok(News::Line(line("now"))));
}

#[tokio::test]
async fn a_command_arrives_with_who_asked() {
    let mut stage = Stage::new();
    let (attached, told) = stage.attach().await;
    attached.commands.send(Command::PauseWriting).await.unwrap();
    let asked = tokio::time::timeout(SOON, stage.asked.recv()).await;
    let asked = asked.unwrap().unwrap();
    assert_eq!(asked.command, Command::PauseWriting);
    assert_eq!(asked.by.uid, rustix::process::geteuid().as_raw());
    assert_eq!(asked.by.pid, Some(std::process::id()));
    let answer = tokio::task::spawn_blocking(move || told.recv_timeout(SOON));
    assert_eq!(
        answer.await.unwrap(),
        Ok(News::Answer(Answer::Taken { id: 1 }))
    );
}

#[tokio::test]
async fn a_bridge_that_comes_back_is_found_again() {
    let mut stage = Stage::new();
    let (mut attached, _) = stage.attach().await;
    let before = stage.publish(Mode::Paused);
    reaches(&mut attached, &before).await;
    stage.server = None;
    let lost = attached.snapshots.wait_for(|it| it.seen.is_lost());
    assert!(tokio::time::timeout(SOON, lost).await.is_ok());
    assert_eq!(attached.snapshots.borrow().mode, Mode::Paused);
    assert!(!stage.path().exists(), "the socket is removed");
    let now = stage.publish(Mode::Writing);
    stage.open();
    reaches(&mut attached, &now).await;
    assert_eq!(
        attached.snapshots.borrow().seen,
        Seen::Attached { watchers: 1 }
    );
}

/// Somebody who speaks for themselves.
fn raw(stage: &Stage, says: &[u8]) -> UnixStream {
    let mut stream = UnixStream::connect(stage.path()).unwrap();
    stream.write_all(says).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

fn hello(protocol: u32) -> Vec<u8> {
    let version = "1".into();
    let mut line = Vec::new();
    let hello = Request::Hello {
        protocol,
        version,
        summary: false,
    };
    stream::write_line(&hello, &mut line).unwrap();
    line
}

/// Everything until the other side hangs up.
fn everything(mut stream: UnixStream) -> String {
    let mut text = String::new();
    match stream.read_to_string(&mut text) {
        // The other side hung up on what it had not read.
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        read => assert!(read.is_ok(), "{read:?}"),
    }
    text
}

#[tokio::test]
async fn bad_connections_are_cut_off_and_hurt_nobody() {
    let stage = Stage::new();
    let (mut good, _) = stage.attach().await;
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\n",
        b"{}\n",
        b"\xff\xfe\n",
        &[b'x'; 9_000],
    ] {
        let stream = raw(&stage, garbage);
        let text = tokio::task::spawn_blocking(|| everything(stream))
            .await
            .unwrap();
        assert_eq!(text, "", "a bridge says nothing to whom it does not know");
    }
    // Whoever says half a word and waits, and whoever takes the picture and reads none of it.
    let _half = raw(&stage, b"{\"hel");
    let _deaf: Vec<_> = (0..3).map(|_| raw(&stage, &hello(PROTOCOL))).collect();
    for n in 0..50 {
        let mode = if n % 2 == 0 {
            Mode::Paused
        } else {
            Mode::Writing
        };
        stage.publish(mode);
        stage.shown.logs.push(line(&"x".repeat(10_000)));
    }
    let last = stage.publish(Mode::Writing);
    reaches(&mut good, &last).await;
}

#[tokio::test]
async fn another_version_is_told_which_one_is_old() {
    let stage = Stage::new();
    let stream = raw(&stage, &hello(PROTOCOL + 1));
    let text = tokio::task::spawn_blocking(|| everything(stream))
        .await
        .unwrap();
    let frame = stream::read_line::<Frame>(text.trim_end().as_bytes()).unwrap();
    assert_eq!(
        frame,
        Frame::Refused(stream::Refusal::Protocol { ours: PROTOCOL })
    );
    for (theirs, upgrade) in [(0, "upgrade the bridge"), (99, "upgrade this lampfield")] {
        let words = AttachError::Protocol { theirs }.to_string();
        assert!(words.contains(upgrade), "{words}");
    }
}

#[tokio::test]
async fn too_many_are_turned_away_in_words_and_room_comes_back() {
    let stage = Stage::new();
    let inside: Vec<_> = (0..200).map(|_| raw(&stage, &hello(PROTOCOL))).collect();
    let texts = tokio::task::spawn_blocking(move || {
        let heads = inside.iter().map(|mut stream| {
            let mut head = [0; 20];
            let read = stream.read(&mut head).unwrap_or_default();
            String::from_utf8_lossy(&head[..read]).into_owned()
        });
        heads.collect::<Vec<_>>()
    });
    let texts = texts.await.unwrap();
    let turned_away = texts
        .iter()
        .filter(|text| text.starts_with("{\"refused\":{\"full\""))
        .count();
    assert_eq!(turned_away, 200 - server::CONNECTIONS);
    let mut attached = with_room(&stage).await;
    let now = stage.publish(Mode::Paused);
    reaches(&mut attached, &now).await;
}

/// Attached as soon as there is room: those before have hung up, the server may still be about to notice.
async fn with_room(stage: &Stage) -> Attachment {
    loop {
        match try_attach(stage).await {
            Ok(attached) => return attached,
            Err(AttachError::Full { .. }) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn ten_thousand_connections_hurt_nobody() {
    let stage = Stage::new();
    let (mut good, _) = stage.attach().await;
    for thousand in 0..10 {
        let path = stage.path();
        let storm = tokio::task::spawn_blocking(move || {
            for n in 0..1_000 {
                let mut stream = UnixStream::connect(&path).unwrap();
                // Whoever was turned away meanwhile can say nothing any more.
                let _ = stream.write_all([&b""[..], b"{\"hel", b"x\n"][n % 3]);
            }
        });
        let mode = [Mode::Paused, Mode::Writing][thousand % 2].clone();
        let now = stage.publish(mode);
        reaches(&mut good, &now).await;
        storm.await.unwrap();
    }
    let mut late = with_room(&stage).await;
    let now = stage.publish(Mode::Paused);
    reaches(&mut late, &now).await;
}

async fn try_attach(stage: &Stage) -> Result<Attachment, AttachError> {
    let clock = Arc::new(OtherClock::new(Arc::new(ManualClock::at(start()))));
    attach(&stage.path(), CommitStage::Whole, clock, Box::new(|_| {})).await
}

/// What listens there is something else: `says` is all that it says.
async fn attach_to(says: &'static [u8]) -> AttachError {
    let stage = Stage::closed();
    std::fs::create_dir(stage.path().parent().unwrap()).unwrap();
    let listener = std::os::unix::net::UnixListener::bind(stage.path()).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 8];
        stream.read_exact(&mut hello).unwrap();
        let _ = stream.write_all(says);
    });
    try_attach(&stage).await.err().expect("no bridge")
}

#[tokio::test]
async fn what_is_no_bridge_is_named() {
    let foreign = |error: &AttachError| matches!(error, AttachError::Foreign { .. });
    for says in [
        &b"220 mail.example ESMTP\r\n"[..],
        b"{\"rows\":[]}\n",
        b"\0\0\0\0\n",
    ] {
        let error = attach_to(says).await;
        assert!(foreign(&error), "{error}");
    }
    for hangs_up in [&b""[..], b"{\"welcome\":{\"protocol\":"] {
        let error = attach_to(hangs_up).await;
        assert!(matches!(error, AttachError::HungUp { .. }), "{error}");
    }
    let endless: &[u8] = Vec::leak(vec![b'x'; stream::LINE_LIMIT + 1]);
    let error = attach_to(endless).await;
    assert!(foreign(&error), "{error}");
    let stage = Stage::closed();
    let none = try_attach(&stage).await.err().expect("nobody");
    assert!(none.is_absence(), "{none}");
}

fn refusal(path: &Path, access: &Access) -> PlaceError {
    let opened = serve(path, access, Stage::closed().shown);
    opened.expect_err("refused")
}

#[test]
fn what_is_in_the_way_is_left_alone() {
    let stage = Stage::new();
    let taken = refusal(&stage.path(), &Access::default());
    assert!(matches!(taken, PlaceError::Taken { .. }), "{taken}");
    let file = stage.folder.path().join("file.sock");
    std::fs::write(&file, "mine").unwrap();
    let in_the_way = refusal(&file, &Access::default());
    assert!(
        matches!(in_the_way, PlaceError::InTheWay { .. }),
        "{in_the_way}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    let long = stage.folder.path().join("x".repeat(200));
    assert!(matches!(
        refusal(&long, &Access::default()),
        PlaceError::TooLong { .. }
    ));
    let access = Access {
        group: Some("no such group".to_owned()),
        operators: false,
    };
    let none = refusal(&stage.folder.path().join("other.sock"), &access);
    assert!(matches!(none, PlaceError::NoGroup { .. }), "{none}");
}

#[test]
fn a_folder_that_others_may_write_is_refused() {
    let stage = Stage::closed();
    let folder = stage.folder.path().join("open");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let open = refusal(&folder.join("a.sock"), &Access::default());
    assert!(matches!(open, PlaceError::OpenFolder { .. }), "{open}");
}

#[test]
fn a_socket_of_the_dead_is_replaced_and_ours_has_its_mode() {
    let mut stage = Stage::closed();
    std::fs::create_dir(stage.path().parent().unwrap()).unwrap();
    drop(std::os::unix::net::UnixListener::bind(stage.path()).unwrap());
    assert!(stage.path().exists());
    stage.open();
    let mode = std::fs::metadata(stage.path())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let shared = stage.folder.path().join("run/shared.sock");
    let access = Access {
        group: Some("root".to_owned()),
        operators: false,
    };
    // Only who is in the group may give it.
    if rustix::process::geteuid().is_root() {
        let _server = serve(&shared, &access, stage.shown.clone()).unwrap();
        let mode = std::fs::metadata(&shared).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
        let folder = stage.path().parent().unwrap().to_path_buf();
        for (mode, closed) in [(0o700, Some(folder.clone())), (0o710, None), (0o701, None)] {
            std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(place::closed_to(&shared, &access), closed, "{mode:o}");
        }
    }
}
