//! What is said at the end of the program.

use model::presence::UserName;
use model::snapshot::{Mode, ObserveReason, Seen, Snapshot};

use crate::both::Words;

/// So many users are named; of more only their number is.
const NAMED: usize = 20;

/// Which leases stay in Teams, and what becomes of them.
#[must_use]
pub fn left_behind(names: &[UserName]) -> Words {
    let mut list: Vec<_> = names.iter().take(NAMED).map(UserName::as_str).collect();
    if names.len() > NAMED {
        list.push("...");
    }
    let users = list.join(", ");
    Words::say(
        |t| t.commands.left_behind,
        &[("n", &names.len()), ("users", &users)],
    )
}

/// What has ended with a console, and what goes on without it: by the last picture that it showed. `left`
/// of the leases could not be given back.
#[must_use]
pub fn console_left(last: &Snapshot, left: usize) -> Words {
    let goes_on = |pid: u32| Words::say(|t| t.commands.console_goes_on, &[("pid", &pid)]);
    match (last.seen, &last.mode) {
        (Seen::Attached { .. }, _) => goes_on(last.tenant.bridge.pid),
        (Seen::ThroughEngine, _) => {
            let name = &last.tenant.bridge.host;
            Words::say(|t| t.commands.console_goes_on_at, &[("host", name)])
        }
        (Seen::Lost { .. }, _) => Words::say(|t| t.commands.console_lost, &[]),
        (Seen::Own, Mode::Observing(ObserveReason::OtherWriter { pid: Some(pid) })) => {
            Words::say(|t| t.commands.console_other_writes, &[("pid", pid)])
        }
        (Seen::Past(_), _) | (Seen::Own, Mode::Observing(_)) => {
            Words::say(|t| t.commands.console_observed, &[])
        }
        (Seen::Own, Mode::Writing | Mode::Paused) => cleared(last.leases.held, left),
    }
}

fn cleared(held: usize, left: usize) -> Words {
    if held == 0 {
        return Words::say(|t| t.commands.console_nothing, &[]);
    }
    let n = held.saturating_sub(left);
    Words::say(|t| t.commands.console_cleared, &[("n", &n)])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use model::snapshot::{BridgeView, TenantView};
    use rstest::rstest;

    use super::*;
    use crate::Lang;

    const OTHER: Mode = Mode::Observing(ObserveReason::OtherWriter { pid: Some(7) });
    const ATTACHED: Seen = Seen::Attached { watchers: 1 };
    const LOST: Seen = Seen::Lost {
        since: Timestamp::UNIX_EPOCH,
    };

    #[rstest]
    #[case(ATTACHED, Mode::Writing, 4, 0, "the service (PID 4711) goes on")]
    #[case(LOST, Mode::Writing, 4, 0, "had ended before")]
    #[case(Seen::Own, Mode::Writing, 4, 0, "4 calls were cleared")]
    #[case(Seen::Own, Mode::Writing, 4, 3, "1 call was cleared")]
    #[case(Seen::Own, Mode::Paused, 2, 0, "2 calls were cleared")]
    #[case(Seen::Own, Mode::Writing, 2, 2, "0 calls were cleared")]
    #[case(Seen::Own, Mode::Writing, 0, 0, "showed no call of theirs")]
    #[case(Seen::Own, OTHER, 0, 0, "the lampfield that writes (PID 7) goes on")]
    #[case(Seen::Own, Mode::Observing(ObserveReason::Flag), 0, 0, "only observed")]
    fn what_ends_and_what_goes_on_is_said(
        #[case] seen: Seen,
        #[case] mode: Mode,
        #[case] held: usize,
        #[case] left: usize,
        #[case] wanted: &str,
    ) {
        let bridge = BridgeView {
            pid: 4711,
            ..BridgeView::default()
        };
        let tenant = TenantView {
            bridge,
            ..TenantView::default()
        };
        let mut last = Snapshot::empty(Arc::new(tenant), Timestamp::UNIX_EPOCH);
        (last.seen, last.mode, last.leases.held) = (seen, mode, held);
        let said = console_left(&last, left);
        assert!(said.in_lang(Lang::En).contains(wanted), "{said:?}");
    }
}
