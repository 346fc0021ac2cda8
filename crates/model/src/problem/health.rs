//! Whether anything is read, written and heard right now, whatever is wrong with it.

use jiff::Timestamp;

use crate::cause::{Cause, Trouble};
use crate::snapshot::{LinkStatus, Mode, STALE_INTERVALS, Snapshot};

/// How reading presence goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Nothing has been asked yet.
    Waiting,
    /// Values are current; the last good answer came then.
    Good(Timestamp),
    /// Nothing answers: since then, where anything ever did.
    NoAnswer(Option<Timestamp>),
}

/// Whether something could be written to Teams now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// It is written.
    Yes,
    /// It should be, but it cannot.
    Cannot,
    /// It is not yet known.
    Unknown,
    /// It is not meant to: the mode says why.
    No,
}

/// What is known of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// None was asked for yet, or none was given.
    None,
    /// Graph takes it, until then.
    Valid(Timestamp),
    /// It has ended.
    Expired,
    /// It has not ended, but Graph does not take it.
    Refused,
}

/// The last good answer, where Graph has been silent for longer than a value holds. Of a bridge that is not heard any
/// more it is not known.
#[must_use]
pub fn silent_since(snapshot: &Snapshot, now: Timestamp) -> Option<Timestamp> {
    let unheard = snapshot.seen.is_lost() || snapshot.is_cut_off_from_leader();
    aged_since(snapshot, now).filter(|_| !unheard)
}

/// The last good answer, where it is older than a value holds.
fn aged_since(snapshot: &Snapshot, now: Timestamp) -> Option<Timestamp> {
    let last = snapshot.poll.last_good_at?;
    is_aged(last, snapshot, now).then_some(last)
}

/// Whether that is longer ago than a value holds.
fn is_aged(at: Timestamp, snapshot: &Snapshot, now: Timestamp) -> bool {
    let limit = snapshot.poll.interval.saturating_mul(STALE_INTERVALS);
    // As ages are shown: from whole second to whole second.
    let age = now.as_second().saturating_sub(at.as_second());
    u64::try_from(age).is_ok_and(|age| age > limit.as_secs())
}

/// How reading goes.
#[must_use]
pub fn reading(snapshot: &Snapshot, now: Timestamp) -> Reading {
    let poll = &snapshot.poll;
    let failed = blocked(snapshot, now).is_some()
        || poll.down.is_some()
        || snapshot.links.graph_read.status == LinkStatus::Down;
    match poll.last_good_at {
        Some(last) if failed || aged_since(snapshot, now).is_some() => {
            Reading::NoAnswer(Some(last))
        }
        Some(last) => Reading::Good(last),
        None if failed || poll.cycle > 0 => Reading::NoAnswer(None),
        None => Reading::Waiting,
    }
}

/// Whether something is written.
#[must_use]
pub fn writing(snapshot: &Snapshot, now: Timestamp) -> Writing {
    if snapshot.mode != Mode::Writing {
        return Writing::No;
    }
    let links = &snapshot.links;
    let throttled = snapshot.budget.throttled_until;
    let cannot = throttled.is_some_and(|until| until > now)
        || links.procall_silent_since.is_some()
        || links.graph_write.status == LinkStatus::Down
        || blocked(snapshot, now).is_some();
    if cannot {
        return Writing::Cannot;
    }
    match reading(snapshot, now) {
        Reading::Waiting => Writing::Unknown,
        Reading::Good(_) => Writing::Yes,
        // Whoever may not read may write all the same.
        Reading::NoAnswer(_) if is_refused_right(last_read_trouble(snapshot)) => Writing::Yes,
        Reading::NoAnswer(since) => written_since(snapshot, since, now),
    }
}

/// Whether something can be written while no read is answered: as the last write went, where one was sent meanwhile.
fn written_since(snapshot: &Snapshot, since: Option<Timestamp>, now: Timestamp) -> Writing {
    let link = &snapshot.links.graph_write;
    let failed = link.last_error.as_ref().map(|(at, _)| *at);
    match link.last_ok {
        Some(taken) if Some(taken) > since.max(failed) => {
            if is_aged(taken, snapshot, now) {
                Writing::Unknown
            } else {
                Writing::Yes
            }
        }
        _ => Writing::Cannot,
    }
}

fn is_refused_right(trouble: Option<&Trouble>) -> bool {
    trouble.is_some_and(|trouble| matches!(trouble.cause, Cause::Permission { .. }))
}

/// What is known of the token.
#[must_use]
pub fn token_state(snapshot: &Snapshot, now: Timestamp) -> TokenState {
    match snapshot.token.expires_at {
        None => TokenState::None,
        Some(ends) if ends <= now => TokenState::Expired,
        Some(_) if blocked(snapshot, now).is_some() => TokenState::Refused,
        Some(ends) => TokenState::Valid(ends),
    }
}

/// Why there is no token that Graph takes, if there is none.
pub(super) fn blocked(snapshot: &Snapshot, now: Timestamp) -> Option<Trouble> {
    let token = &snapshot.token;
    let holds = token.expires_at.is_some_and(|ends| ends > now);
    let refused = last_read_trouble(snapshot).filter(|trouble| is_of_token(&trouble.cause));
    match &token.failure {
        // Renewing fails beside a token that still holds.
        Some(_) if holds && refused.is_none() => None,
        Some(failure) => Some(failure.trouble()),
        None => refused.cloned(),
    }
}

/// Whether it says that there is no token, or that it is not taken.
pub(super) const fn is_of_token(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Entra { .. }
            | Cause::EntraError { .. }
            | Cause::CannotSign
            | Cause::SignInFile(_)
            | Cause::Token { .. }
    )
}

/// How the last request for presence failed, where none has been answered since.
pub(super) fn last_read_trouble(snapshot: &Snapshot) -> Option<&Trouble> {
    let link = &snapshot.links.graph_read;
    let newest = link.last_error.as_ref();
    let newest = newest.filter(|(at, _)| link.last_ok.is_none_or(|ok| *at >= ok));
    let newest = newest.filter(|_| link.status != LinkStatus::Up);
    newest
        .map(|(_, trouble)| trouble)
        .or(snapshot.poll.down.as_ref())
}
