//! A snapshot without names, for a recording that must not have any: pseudonyms stand in, and texts
//! of other programs, which may name somebody, are left out.
//!
//! The pseudonyms come from a key that only this process has and that ends with it: nobody can go back
//! from one to a name, and after the next start everybody has another one.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use model::answer::{Failure, TokenView};
use model::cause::Trouble;
use model::presence::{EntraId, ProcallUser, UnmatchedUser, UserName};
use model::snapshot::{
    ChunkView, ClusterView, DirectoryView, EngineView, History, Link, Links, Mode, Note,
    ObserveReason, PollView, Snapshot, UserEvent, UserEventKind, UserRow,
};
use uuid::Uuid;

/// Takes the names out, and remembers what came of each part: what has not changed stays the same
/// part.
#[derive(Default)]
pub(super) struct Hush {
    key: RandomState,
    rows: Kept<Vec<Arc<UserRow>>>,
    unmatched: Kept<Vec<UnmatchedUser>>,
    excluded: Kept<Vec<ProcallUser>>,
    poll: Kept<PollView>,
    directory: Kept<DirectoryView>,
    links: Kept<Links>,
}

/// A part as it came, and what was made of it.
struct Kept<T>(Option<(Arc<T>, Arc<T>)>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Kept<T> {
    fn of(&mut self, new: &Arc<T>, quiet: impl FnOnce(&T, Option<(&T, &T)>) -> T) -> Arc<T> {
        if let Some((from, hushed)) = &self.0
            && Arc::ptr_eq(from, new)
        {
            return Arc::clone(hushed);
        }
        let before = self.0.as_ref().map(|(from, hushed)| (&**from, &**hushed));
        let hushed = Arc::new(quiet(new, before));
        self.0 = Some((Arc::clone(new), Arc::clone(&hushed)));
        hushed
    }
}

impl Hush {
    /// The same without names.
    pub(super) fn hushed(&mut self, of: &Snapshot) -> Arc<Snapshot> {
        let key = &self.key;
        // Every member is named here: a new one is looked at before it gets to disk.
        let Snapshot {
            serial,
            at,
            started_at,
            tenant,
            seen,
            mode,
            rows,
            reads,
            unmatched,
            excluded,
            coverage,
            poll,
            budget,
            leases,
            echoes_suppressed,
            directory,
            token,
            links,
            clock_skew_ms,
            wall_ahead,
            unknown_values: _,
            odd_records: _,
            log_lines_lost,
            cluster,
        } = of.clone();
        Arc::new(Snapshot {
            serial,
            at,
            started_at,
            tenant,
            seen,
            mode: quiet_mode(mode),
            rows: self.rows.of(&rows, |new, old| quiet_rows(key, new, old)),
            reads,
            unmatched: self.unmatched.of(&unmatched, |all, _| {
                all.iter().map(|user| quiet_unmatched(key, user)).collect()
            }),
            excluded: self.excluded.of(&excluded, |all, _| {
                all.iter().map(|user| quiet_user(key, user)).collect()
            }),
            coverage,
            poll: self.poll.of(&poll, |poll, _| quiet_poll(poll)),
            budget,
            leases,
            echoes_suppressed,
            directory: self.directory.of(&directory, |view, _| DirectoryView {
                failure: view.failure.as_deref().map(quiet_failure).map(Arc::new),
                ..view.clone()
            }),
            token: TokenView {
                failure: token.failure.as_ref().map(quiet_failure),
                ..token
            },
            links: self.links.of(&links, |links, _| quiet_links(links)),
            clock_skew_ms,
            wall_ahead,
            unknown_values: Arc::default(),
            odd_records: Arc::default(),
            log_lines_lost,
            cluster: cluster.as_deref().map(quiet_cluster),
        })
    }
}

fn pseudonym(key: &RandomState, user: &UserName) -> UserName {
    let number = key.hash_one(user.as_str());
    UserName::new(&format!("user-{:012x}", number >> 16))
}

fn quiet_id(key: &RandomState, id: EntraId) -> EntraId {
    let half = |part: u8| key.hash_one((part, id));
    EntraId(Uuid::from_u64_pair(half(0), half(1)))
}

type Rows = Vec<Arc<UserRow>>;

fn quiet_rows(key: &RandomState, new: &Rows, old: Option<(&Rows, &Rows)>) -> Rows {
    let place = |at: usize| {
        let (from, made) = old?;
        from.get(at).zip(made.get(at))
    };
    let rows = new.iter().enumerate();
    let rows = rows.map(|(at, row)| match place(at) {
        Some((from, made)) if Arc::ptr_eq(from, row) => Arc::clone(made),
        _ => Arc::new(quiet_row(key, row)),
    });
    rows.collect()
}

fn quiet_row(key: &RandomState, row: &UserRow) -> UserRow {
    UserRow {
        user_name: pseudonym(key, &row.user_name),
        display_name: "".into(),
        phone: "".into(),
        entra_id: quiet_id(key, row.entra_id),
        // One that has it alone is known by it.
        department: None,
        notes: row.notes.iter().map(quiet_note).collect(),
        history: row.history.iter().map(quiet_event).collect::<History>(),
        ..row.clone()
    }
}

fn quiet_note(note: &Note) -> Note {
    match note {
        Note::WriteFailing(trouble) => Note::WriteFailing(Arc::new(quiet_trouble(trouble))),
        note => note.clone(),
    }
}

fn quiet_event(event: UserEvent) -> UserEvent {
    match event.kind {
        UserEventKind::WriteFailed(failure) => UserEvent {
            kind: UserEventKind::WriteFailed(Arc::new(quiet_failure(&failure))),
            ..event
        },
        _ => event,
    }
}

fn quiet_unmatched(key: &RandomState, user: &UnmatchedUser) -> UnmatchedUser {
    UnmatchedUser {
        procall: quiet_user(key, &user.procall),
        reason: user.reason,
        near: None,
    }
}

fn quiet_user(key: &RandomState, user: &ProcallUser) -> ProcallUser {
    ProcallUser {
        user_name: pseudonym(key, &user.user_name),
        display_name: "".into(),
        phone: "".into(),
        excluded: user.excluded,
    }
}

/// The cause says what kind of failure it is; its words may name somebody.
fn quiet_failure(failure: &Failure) -> Failure {
    Failure {
        message: "".into(),
        ..failure.clone()
    }
}

fn quiet_trouble(trouble: &Trouble) -> Trouble {
    Trouble::new(trouble.cause.without_paths(), "")
}

fn quiet_poll(poll: &PollView) -> PollView {
    let chunks = poll.chunks.iter().map(|chunk| ChunkView {
        failure: chunk.failure.as_deref().map(quiet_failure).map(Arc::new),
        ..chunk.clone()
    });
    PollView {
        down: poll.down.as_ref().map(quiet_trouble),
        chunks: chunks.collect(),
        ..poll.clone()
    }
}

fn quiet_links(links: &Links) -> Links {
    Links {
        entra: quiet_link(&links.entra),
        graph_read: quiet_link(&links.graph_read),
        graph_write: quiet_link(&links.graph_write),
        procall: quiet_link(&links.procall),
        procall_silent_since: links.procall_silent_since,
        storage: quiet_link(&links.storage),
        alerts: quiet_link(&links.alerts),
    }
}

fn quiet_link(link: &Link) -> Link {
    let last_error = link.last_error.as_ref();
    Link {
        last_error: last_error.map(|(at, trouble)| (*at, quiet_trouble(trouble))),
        ..link.clone()
    }
}

fn quiet_cluster(view: &ClusterView) -> Arc<ClusterView> {
    let mut quiet = view.clone();
    if let EngineView::Lost { trouble, .. } = &mut quiet.engine {
        *trouble = quiet_trouble(trouble);
    }
    Arc::new(quiet)
}

/// A path may be that of somebody's home.
fn quiet_mode(mode: Mode) -> Mode {
    match mode {
        Mode::Observing(ObserveReason::NoState(trouble)) => {
            Mode::Observing(ObserveReason::NoState(quiet_trouble(&trouble)))
        }
        mode => mode,
    }
}
