//! UCServer: whether it answers, lets us in, shows presence.

use super::finding::{Finding, Words, say};
use super::ucserver_link::{Given, link};
use model::cause::{Cause, Trouble};
use procall::ucserver::{Barrier, BarrierKind};
use procall::{Obstacle, UserFacts};

/// So many names are shown of those with an obstacle.
const NAMED: usize = 3;

/// UCWeb answers, with the protocol's version.
#[must_use]
pub fn version(label: &str, answered: Result<u64, &Barrier>, given: Given) -> Finding {
    match answered {
        Ok(version) => Finding::ok(say(
            |t| &t.ucserver.answers,
            &[("server", &label), ("version", &version)],
        )),
        Err(barrier) => barred(barrier, given),
    }
}

/// The one try to log in.
#[must_use]
pub fn admission(user: &str, tried: Result<(), &Barrier>, given: Given) -> Finding {
    match tried {
        Ok(()) => Finding::ok(say(|t| &t.ucserver.logged_in, &[("user", &user)])),
        Err(barrier) => barred(barrier, given),
    }
}

fn barred(barrier: &Barrier, given: Given) -> Finding {
    match barrier.kind {
        // What they say is what the message says already.
        BarrierKind::NotAttached => {
            let (message, advice) = Words::of_cause(&Cause::NotAttached);
            Finding::failed(message, advice)
        }
        BarrierKind::Refused(code) | BarrierKind::HeldBack(code) => refused(code),
        BarrierKind::Busy => {
            let (message, _) = Words::of_cause(&barrier.cause);
            let advice = say(|t| &t.ucserver.busy_do, &[]);
            Finding::failed(message, advice).with(in_full(barrier))
        }
        BarrierKind::Redirected => {
            let (message, _) = Words::of_cause(&barrier.cause);
            let advice = say(|t| &t.ucserver.redirected_do, &[]);
            Finding::failed(message, advice).with(in_full(barrier))
        }
        BarrierKind::Link => {
            let (message, advice) = link(&barrier.cause, given);
            Finding::failed(message, advice).with(in_full(barrier))
        }
    }
}

/// The log's sentence; in German what the cause is called.
fn in_full(barrier: &Barrier) -> Words {
    let message = barrier.message.as_str();
    Words::told(&Trouble::new(barrier.cause.clone(), message))
}

fn refused(code: i64) -> Finding {
    let (message, remedy) = Words::of_cause(&Cause::LogIn { code });
    let advice = match code {
        101 | 109 => say(|t| &t.ucserver.one_attempt_do, &[("what", &remedy)]),
        _ => remedy,
    };
    Finding::failed(message, advice)
}

/// Whether UCServer shows the presence of those whom it lists.
#[must_use]
pub fn subscription(users: usize, facts: &[UserFacts], live: bool) -> Finding {
    if !live {
        return Finding::failed(
            say(|t| &t.ucserver.subscription_late, &[]),
            say(|t| &t.ucserver.subscription_late_do, &[]),
        );
    }
    let hidden = with(facts, Obstacle::NotVisible);
    if hidden.is_empty() {
        return Finding::ok(say(|t| &t.ucserver.all_shown, &[("count", &users)]));
    }
    let count = hidden.len();
    let message = say(
        |t| &t.ucserver.not_shown,
        &[("count", &count), ("names", &names(&hidden))],
    );
    let advice = say(|t| &t.ucserver.not_shown_do, &[]);
    if count >= users {
        Finding::failed(message, advice)
    } else {
        Finding::warning(message, advice)
    }
}

/// What our account may see of calls, and who has the Teams right.
#[must_use]
pub fn rights(facts: &[UserFacts]) -> Finding {
    let hidden = with(facts, Obstacle::CallsHidden);
    if !hidden.is_empty() {
        return Finding::warning(
            say(
                |t| &t.ucserver.calls_hidden,
                &[("count", &hidden.len()), ("names", &names(&hidden))],
            ),
            say(|t| &t.ucserver.calls_hidden_do, &[]),
        );
    }
    let unset = with(facts, Obstacle::MayNotSetPresence);
    if !unset.is_empty() {
        return Finding::warning(
            say(
                |t| &t.ucserver.may_not_set,
                &[("count", &unset.len()), ("names", &names(&unset))],
            ),
            say(|t| &t.ucserver.may_not_set_do, &[]),
        );
    }
    let without = |fact: &&UserFacts| fact.teams_right == Some(false);
    let count = facts.iter().filter(without).count();
    Finding::ok(say(|t| &t.ucserver.rights, &[("count", &count)]))
}

/// estos' own Teams integration.
#[must_use]
pub fn native(seen: bool, overruled: bool) -> Finding {
    if !seen {
        return Finding::ok(say(|t| &t.ucserver.native_unseen, &[]));
    }
    let message = if overruled {
        say(|t| &t.ucserver.native_overruled, &[])
    } else {
        say(|t| &t.ucserver.native, &[])
    };
    Finding::warning(message, say(|t| &t.ucserver.native_do, &[]))
}

/// The settings make no connector.
#[must_use]
pub fn unusable(why: &Words) -> Finding {
    Finding::failed(
        say(|t| &t.ucserver.unusable, &[("why", why)]),
        say(|t| &t.ucserver.unusable_do, &[]),
    )
}

fn with(facts: &[UserFacts], obstacle: Obstacle) -> Vec<&UserFacts> {
    let has = |fact: &&UserFacts| fact.obstacles.contains(&obstacle);
    facts.iter().filter(has).collect()
}

fn names(facts: &[&UserFacts]) -> String {
    let named: Vec<_> = facts
        .iter()
        .take(NAMED)
        .map(|fact| fact.user_name.as_str())
        .collect();
    let more = if facts.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::doctor::Status;
    use model::presence::{Lang, UserName};

    #[rstest]
    #[case(BarrierKind::Refused(101), "wrong password", "one attempt")]
    #[case(BarrierKind::Refused(129), "is locked", "Unlock")]
    #[case(BarrierKind::HeldBack(103), "no licence", "licence")]
    #[case(BarrierKind::NotAttached, "under this ucsid", "ucsid")]
    #[case(BarrierKind::Link, "cannot be reached", "7225")]
    fn what_keeps_us_out_says_what_to_do(
        #[case] kind: BarrierKind,
        #[case] says: &str,
        #[case] do_: &str,
    ) {
        let barrier = Barrier {
            kind,
            cause: Cause::Unexplained,
            message: "x".into(),
        };
        let finding = admission("svc", Err(&barrier), Given::Nothing);
        let said = finding.message.in_lang(Lang::En);
        assert!(said.contains(says), "{said}");
        let advice = finding.advice.unwrap();
        assert!(advice.in_lang(Lang::En).contains(do_), "{advice:?}");
    }

    #[test]
    fn hidden_users_are_counted() {
        let hidden = UserFacts {
            user_name: UserName::new("anna"),
            teams_right: None,
            obstacles: vec![Obstacle::NotVisible],
        };
        let facts = [hidden];
        assert_eq!(subscription(2, &facts, true).status, Status::Warning);
        assert_eq!(subscription(1, &facts, true).status, Status::Failed);
        assert_eq!(subscription(1, &[], true).status, Status::Ok);
        assert_eq!(subscription(1, &[], false).status, Status::Failed);
    }
}
