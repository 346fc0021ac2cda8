//! UCServer: whether it answers, lets us in, shows presence.

use super::finding::{Finding, Words, say};
use super::ucserver_link::{Given, link};
use model::cause::{Cause, Trouble};
use procall::ucserver::{Barrier, BarrierKind};
use procall::{Obstacle, UserFacts};
use words::Value;

/// So many names are shown of those with an obstacle.
const NAMED: usize = 3;

/// UCWeb answers, with the protocol's version.
#[must_use]
pub fn version(label: &str, answered: Result<u64, &Barrier>, given: Given) -> Finding {
    match answered {
        Ok(version) => Finding::ok(say(
            |t| t.ucserver.answers,
            &[("server", &label), ("version", &version)],
        )),
        Err(barrier) => barred(barrier, given),
    }
}

/// The one try to log in.
#[must_use]
pub fn admission(user: &str, tried: Result<(), &Barrier>, given: Given) -> Finding {
    match tried {
        Ok(()) => Finding::ok(say(|t| t.ucserver.logged_in, &[("user", &user)])),
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
        BarrierKind::BasicOff => Finding::failed(
            say(|t| t.ucserver.basic_off, &[]),
            say(|t| t.ucserver.basic_off_do, &[]),
        )
        .with(in_full(barrier)),
        BarrierKind::Busy => {
            let (message, _) = Words::of_cause(&barrier.cause);
            let advice = say(|t| t.ucserver.busy_do, &[]);
            Finding::failed(message, advice).with(in_full(barrier))
        }
        BarrierKind::Redirected => {
            let (message, _) = Words::of_cause(&barrier.cause);
            let advice = say(|t| t.ucserver.redirected_do, &[]);
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
        101 | 109 => say(|t| t.ucserver.one_attempt_do, &[("what", &remedy)]),
        _ => remedy,
    };
    Finding::failed(message, advice)
}

/// Whether UCServer shows the presence of those whom it lists.
#[must_use]
pub fn subscription(users: usize, facts: &[UserFacts], live: bool) -> Finding {
    if !live {
        return Finding::failed(
            say(|t| t.ucserver.subscription_late, &[]),
            say(|t| t.ucserver.subscription_late_do, &[]),
        );
    }
    let hidden = with(facts, Obstacle::NotVisible);
    if hidden.is_empty() {
        return Finding::ok(say(|t| t.ucserver.all_shown, &[("count", &users)]));
    }
    let count = hidden.len();
    let message = say(
        |t| t.ucserver.not_shown,
        &[("count", &count), ("names", &names(&hidden))],
    );
    let advice = say(|t| t.ucserver.not_shown_do, &[]);
    if count >= users {
        Finding::failed(message, advice)
    } else {
        Finding::warning(message, advice)
    }
}

/// What our account may see of calls and whether they are understood, and of those whose Teams
/// right was read who has none. Everything that is wrong is said; the first is the finding.
#[must_use]
pub fn rights(facts: &[UserFacts]) -> Finding {
    let wrong = [
        (Obstacle::CallsHidden, hidden as Told),
        (Obstacle::CallNotUnderstood, not_understood),
        (Obstacle::MayNotSetPresence, may_not_set),
    ];
    let mut warnings = wrong.into_iter().filter_map(|(obstacle, told)| {
        let users = with(facts, obstacle);
        (!users.is_empty()).then(|| told(users.len(), &names(&users)))
    });
    let Some((message, advice)) = warnings.next() else {
        return Finding::ok(no_hidden_calls(facts));
    };
    let first = Finding::warning(message, advice);
    warnings.fold(first, |finding, (message, _)| finding.with(message))
}

/// So many users, with these names: what is wrong, and what to do.
type Told = fn(usize, &str) -> (Words, Words);

fn hidden(count: usize, names: &str) -> (Words, Words) {
    let values: [(&str, &dyn Value); 2] = [("count", &count), ("names", &names)];
    (
        say(|t| t.ucserver.calls_hidden, &values),
        say(|t| t.ucserver.calls_hidden_do, &[]),
    )
}

fn not_understood(count: usize, names: &str) -> (Words, Words) {
    let values: [(&str, &dyn Value); 2] = [("count", &count), ("names", &names)];
    (
        say(|t| t.ucserver.not_understood, &values),
        say(|t| t.ucserver.not_understood_do, &[]),
    )
}

fn may_not_set(count: usize, names: &str) -> (Words, Words) {
    let values: [(&str, &dyn Value); 2] = [("count", &count), ("names", &names)];
    (
        say(|t| t.ucserver.may_not_set, &values),
        say(|t| t.ucserver.may_not_set_do, &[]),
    )
}

/// The Teams right is only spoken of where it was read.
fn no_hidden_calls(facts: &[UserFacts]) -> Words {
    let read = facts.iter().filter_map(|fact| fact.teams_right);
    let (count, without) = (read.clone().count(), read.filter(|right| !right).count());
    if count == 0 {
        return say(|t| t.ucserver.rights_unread, &[]);
    }
    say(
        |t| t.ucserver.rights,
        &[("without", &without), ("count", &count)],
    )
}

/// estos' own Teams integration.
#[must_use]
pub fn native(seen: bool, overruled: bool) -> Finding {
    if !seen {
        return Finding::ok(say(|t| t.ucserver.native_unseen, &[]));
    }
    let message = if overruled {
        say(|t| t.ucserver.native_overruled, &[])
    } else {
        say(|t| t.ucserver.native, &[])
    };
    Finding::warning(message, say(|t| t.ucserver.native_do, &[]))
}

/// The settings make no connector.
#[must_use]
pub fn unusable(why: &Words) -> Finding {
    Finding::failed(
        say(|t| t.ucserver.unusable, &[("why", why)]),
        say(|t| t.ucserver.unusable_do, &[]),
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
    #[case(BarrierKind::Refused(111), "code 111", "account")]
    #[case(BarrierKind::Refused(113), "code 113", "account")]
    #[case(BarrierKind::BasicOff, "not wrong", "Allow Basic")]
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
            shows: None,
            obstacles: vec![Obstacle::NotVisible],
        };
        let facts = [hidden];
        assert_eq!(subscription(2, &facts, true).status, Status::Warning);
        assert_eq!(subscription(1, &facts, true).status, Status::Failed);
        assert_eq!(subscription(1, &[], true).status, Status::Ok);
        assert_eq!(subscription(1, &[], false).status, Status::Failed);
    }

    fn fact(teams_right: Option<bool>, obstacles: &[Obstacle]) -> UserFacts {
        UserFacts {
            user_name: UserName::new("anna"),
            teams_right,
            shows: None,
            obstacles: obstacles.to_vec(),
        }
    }

    #[rstest]
    #[case::not_read(&[], "does not show the Teams right")]
    #[case::read_of_none(&[fact(None, &[])], "does not show the Teams right")]
    #[case::all_have_it(&[fact(Some(true), &[]), fact(None, &[])], "0 of 1 user without")]
    #[case::one_has_none(&[fact(Some(true), &[]), fact(Some(false), &[])], "1 of 2 users without")]
    fn the_teams_right_is_spoken_of_where_it_was_read(
        #[case] facts: &[UserFacts],
        #[case] says: &str,
    ) {
        let finding = rights(facts);
        assert_eq!(finding.status, Status::Ok);
        let said = finding.message.in_lang(Lang::En);
        assert!(said.contains(says), "{said}");
    }

    #[rstest]
    #[case(Obstacle::CallsHidden, "are hidden: anna", "Business")]
    #[case(
        Obstacle::CallNotUnderstood,
        "no call of the list explains",
        "odd record"
    )]
    #[case(
        Obstacle::MayNotSetPresence,
        "may not be set: anna",
        "Team or Personal"
    )]
    fn what_is_in_the_way_of_calls_is_named(
        #[case] obstacle: Obstacle,
        #[case] says: &str,
        #[case] do_: &str,
    ) {
        let finding = rights(&[fact(Some(true), &[obstacle])]);
        assert_eq!(finding.status, Status::Warning);
        let said = finding.message.in_lang(Lang::En);
        assert!(said.contains(says), "{said}");
        let advice = finding.advice.unwrap();
        assert!(advice.in_lang(Lang::En).contains(do_), "{advice:?}");
    }

    #[test]
    fn everything_that_is_in_the_way_is_said() {
        let both = [Obstacle::MayNotSetPresence, Obstacle::CallNotUnderstood];
        let finding = rights(&[fact(None, &both)]);
        let said = finding.message.in_lang(Lang::En);
        assert!(said.contains("no call of the list explains"), "{said}");
        assert_eq!(finding.details.len(), 1);
    }
}
