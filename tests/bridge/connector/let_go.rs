//! Another lampfield writes from now on: what is set in ProCall is that one's.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lampfield::presence::MatchKey;
use lampfield::presence::ProcallPresence::{DoNotDisturb, Unchanged};
use lampfield::procall::ucserver::UcServerSettings;
use lampfield::procall::{PresenceOrder, SharedLedger, Told};
use lampfield::simulator::ucserver::{
    SimulatedUcServer,
    UcServerVersion::{self, Mixed, V1, V2},
};
use rstest::rstest;

use super::bench::{ANNA, BERND, Bench, on_server, server, settings};

fn writing(server: &SimulatedUcServer, folder: &Path) -> UcServerSettings {
    UcServerSettings {
        write_presence: true,
        ledger: Some(folder.join("procall.jsonl")),
        ..settings(server)
    }
}

/// What was set is let go of.
async fn set_and_let_go(server: &SimulatedUcServer, settings: UcServerSettings) -> Bench {
    let bench = Bench::up(settings).await;
    bench.wish(ANNA, DoNotDisturb).await;
    is_shown(server, ANNA).await;
    bench.order(PresenceOrder::LetGo).await;
    bench
}

async fn is_shown(server: &SimulatedUcServer, user: &str) {
    on_server(server, "do not disturb", |s| {
        s.manual(user).map(|manual| manual.state) == Some(3)
    })
    .await;
}

#[rstest]
#[tokio::test]
async fn what_is_let_go_of_is_neither_renewed_nor_taken_back(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let (server, folder) = (server(version).await, tempfile::tempdir().unwrap());
    let settings = UcServerSettings {
        lease: Duration::from_millis(1_200),
        ..writing(&server, folder.path())
    };
    let bench = set_and_let_go(&server, settings).await;
    // Orders are obeyed in turn: when this one is, Anna was let go of.
    bench.wish(BERND, DoNotDisturb).await;
    is_shown(&server, BERND).await;
    let ends = server.manual(ANNA).map(|manual| manual.until);
    on_server(&server, "over", |s| {
        let shown = s.manual(ANNA);
        assert!(shown.is_none_or(|manual| Some(manual.until) == ends));
        s.manual(ANNA).is_none()
    })
    .await;
    assert_eq!(server.counts().absent_reset, 0);
}

/// A program that hands over and ends: the order is there when it is told to end.
#[rstest]
#[tokio::test]
async fn the_end_takes_back_nothing_that_was_let_go_of(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let (server, folder) = (server(version).await, tempfile::tempdir().unwrap());
    let bench = set_and_let_go(&server, writing(&server, folder.path())).await;
    bench.stop().await;
    is_shown(&server, ANNA).await;
    assert_eq!(server.counts().absent_reset, 0);
}

/// By its ledger it knows again what it had set itself.
#[rstest]
#[tokio::test]
async fn whoever_writes_again_knows_what_it_had_set(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let (server, folder) = (server(version).await, tempfile::tempdir().unwrap());
    let bench = set_and_let_go(&server, writing(&server, folder.path())).await;
    bench.wish(ANNA, Unchanged).await;
    on_server(&server, "taken back", |s| s.manual(ANNA).is_none()).await;
    assert_eq!(server.counts().absent_reset, 1);
}

/// A run that comes to show nothing; the order is there when it is told to end.
#[rstest]
#[tokio::test]
async fn the_end_takes_back_what_is_recalled(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let (server, folder) = (server(version).await, tempfile::tempdir().unwrap());
    let bench = set_and_let_go(&server, writing(&server, folder.path())).await;
    bench.stop().await;
    let bench = Bench::up(writing(&server, folder.path())).await;
    bench.order(PresenceOrder::Recall).await;
    bench.stop().await;
    assert!(server.manual(ANNA).is_none());
    assert_eq!(server.counts().absent_reset, 1);
    assert_eq!(server.violations(), [""; 0]);
}

/// What several machines share, in memory.
struct Shared {
    entries: Mutex<BTreeMap<String, Vec<u8>>>,
    takes: AtomicBool,
}

impl Shared {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            entries: Mutex::default(),
            takes: AtomicBool::new(true),
        })
    }

    fn is_empty(&self) -> bool {
        self.entries.lock().unwrap().is_empty()
    }
}

impl SharedLedger for Shared {
    fn entries(&self) -> Told<Vec<Vec<u8>>> {
        let entries = self.entries.lock().unwrap().values().cloned().collect();
        Box::pin(std::future::ready(entries))
    }

    fn keep(&self, user: &MatchKey, entry: Vec<u8>, kept: Duration) -> Told<bool> {
        // Not until when: that is a time of the server's clock.
        assert_eq!(kept, Duration::from_mins(10));
        let takes = self.takes.load(Ordering::SeqCst);
        if takes {
            let user = user.as_str().to_owned();
            self.entries.lock().unwrap().insert(user, entry);
        }
        Box::pin(std::future::ready(takes))
    }

    fn forget(&self, user: &MatchKey) {
        self.entries.lock().unwrap().remove(user.as_str());
    }
}

#[rstest]
#[tokio::test]
async fn another_machine_takes_back_what_the_first_one_has_set(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let (server, shared) = (server(version).await, Shared::new());
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [first, second] = [0, 1].map(|at| writing(&server, folders[at].path()));
    let first = Bench::sharing(first, Arc::clone(&shared) as _).await;
    first.wish(ANNA, DoNotDisturb).await;
    is_shown(&server, ANNA).await;
    first.order(PresenceOrder::LetGo).await;
    let second = Bench::sharing(second, Arc::clone(&shared) as _).await;
    second.wish(ANNA, Unchanged).await;
    on_server(&server, "taken back", |s| s.manual(ANNA).is_none()).await;
    let counts = server.counts();
    assert_eq!((counts.absent_set, counts.absent_reset), (1, 1));
    second.stop().await;
    assert!(shared.is_empty(), "it is over for everybody");
}

/// A machine that does not know yet that another one writes: the ledger does.
#[rstest]
#[tokio::test]
async fn what_the_ledger_of_all_does_not_take_is_not_set(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let (server, shared) = (server(version).await, Shared::new());
    let folder = tempfile::tempdir().unwrap();
    let settings = writing(&server, folder.path());
    let bench = Bench::sharing(settings, Arc::clone(&shared) as _).await;
    bench.wish(ANNA, DoNotDisturb).await;
    is_shown(&server, ANNA).await;
    shared.takes.store(false, Ordering::SeqCst);
    bench.wish(BERND, DoNotDisturb).await;
    // What comes later is done: whatever was to be sent before it has been.
    bench.wish(ANNA, Unchanged).await;
    on_server(&server, "taken back", |s| s.manual(ANNA).is_none()).await;
    bench.stop().await;
    assert_eq!(server.counts().absent_set, 1);
    assert!(server.manual(BERND).is_none());
}
