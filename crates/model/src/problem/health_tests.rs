use std::sync::Arc;

use rstest::rstest;

use super::tests::{ago, codes, fails, now, well, works};
use super::*;
use crate::cause::Cause;
use crate::snapshot::{Link, LinkStatus, Links, Snapshot};

#[test]
fn nothing_is_said_to_be_written_or_current_before_the_first_answer() {
    let snapshot = Snapshot::empty(Arc::default(), now());
    assert_eq!(reading(&snapshot, now()), Reading::Waiting);
    assert_eq!(writing(&snapshot, now()), Writing::Unknown);
    assert_eq!(token_state(&snapshot, now()), TokenState::None);
    assert_eq!(codes(&snapshot), Vec::<&str>::new());
}

#[test]
fn a_silent_procall_is_not_written_for() {
    let mut snapshot = well(3, &[]);
    let links = Arc::make_mut(&mut snapshot.links);
    links.procall_silent_since = Some(ago(90));
    links.procall = fails(LinkStatus::Down, Cause::Silent);
    assert_eq!(writing(&snapshot, now()), Writing::Cannot);
    assert_eq!(codes(&snapshot), ["procall_silent"]);
}

/// Reads have failed for a minute; the last write was accepted, and one failed, so many seconds ago.
#[rstest]
#[case::accepted_meanwhile(3, None, Writing::Yes)]
#[case::failed_before_that(3, Some(10), Writing::Yes)]
#[case::failed_after_that(3, Some(1), Writing::Cannot)]
#[case::too_long_ago_to_tell(40, None, Writing::Unknown)]
#[case::none_since_the_last_good_read(70, None, Writing::Cannot)]
fn whether_it_writes_while_no_read_is_answered_is_told_by_the_last_write(
    #[case] accepted: i64,
    #[case] failed: Option<i64>,
    #[case] expected: Writing,
) {
    let server = Cause::Server { status: Some(503) };
    let mut snapshot = well(3, &[Note::Stale]);
    Arc::make_mut(&mut snapshot.poll).last_good_at = Some(ago(60));
    snapshot.links = Arc::new(Links {
        graph_read: fails(LinkStatus::Down, server.clone()),
        graph_write: Link {
            last_ok: Some(ago(accepted)),
            last_error: failed.map(|at| (ago(at), Trouble::new(server.clone(), "as it said"))),
            ..works(accepted)
        },
        ..(*snapshot.links).clone()
    });
    assert_eq!(writing(&snapshot, now()), expected);
    Arc::make_mut(&mut snapshot.poll).down = Some(Trouble::new(server, "as it said"));
    let problem = match expected {
        Writing::Yes => "read_fails",
        _ => "graph_down",
    };
    assert_eq!(codes(&snapshot), [problem]);
}

#[test]
fn whoever_may_only_write_writes() {
    let cause = Cause::Permission {
        name: "Presence.Read.All".into(),
        delegated: false,
    };
    let mut snapshot = well(3, &[Note::Stale]);
    snapshot.links = Arc::new(Links {
        graph_read: fails(LinkStatus::Down, cause),
        ..(*snapshot.links).clone()
    });
    assert_eq!(writing(&snapshot, now()), Writing::Yes);
    assert_eq!(codes(&snapshot), ["read_fails"]);
}
