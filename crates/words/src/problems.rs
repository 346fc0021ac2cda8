//! What is wrong, in one sentence, and what to do.

use std::fmt::Display;

use jiff::Timestamp;
use model::cause::{Cause, Trouble};
use model::problem::{LateBy, Problem, ProblemKind, Severity};

use crate::causes::cause;
use crate::durations::{measured, short};
use crate::fill::fill;
use crate::notes::note;
use crate::texts::Texts;

/// One sentence for what is wrong, with how many it affects, and what to do. Names no key: it is
/// read where there are none, too. Harmless text.
#[must_use]
pub fn problem(problem: &Problem, now: Timestamp, t: &Texts) -> (String, String) {
    let (what, remedy) = sentence(problem, now, t);
    // What is said of all users says how many they are; what is said of one names the user.
    let counted = matches!(problem.kind, ProblemKind::GraphSilent);
    if problem.affected == 0 || counted || problem.user.is_some() {
        return (what, remedy);
    }
    let values: [(&str, &dyn Display); 2] = [("n", &problem.affected), ("detail", &what)];
    let template = match problem.kind {
        ProblemKind::OfUsers(_) => &t.problems.several,
        _ => &t.problems.affecting,
    };
    (fill(template, &values), remedy)
}

fn sentence(problem: &Problem, now: Timestamp, t: &Texts) -> (String, String) {
    let p = &t.problems;
    match &problem.kind {
        ProblemKind::NoToken(trouble) => told(trouble, (p.token, p.token_do), t),
        ProblemKind::GraphDown(trouble) => told(trouble, (p.graph_down, p.graph_down_do), t),
        ProblemKind::TokenNotRenewed { trouble, ends } => renewal(trouble.as_ref(), *ends, now, t),
        ProblemKind::ProcallFails(trouble) => procall_fails(trouble, t),
        ProblemKind::ReadFails { trouble, down } => hop(t.links.graph_read, trouble, *down, t),
        ProblemKind::WriteFails { trouble, down } => hop(t.links.graph_write, trouble, *down, t),
        ProblemKind::StorageFails(trouble) => {
            let down = problem.severity <= Severity::Bad;
            hop(t.links.storage, trouble, down, t)
        }
        ProblemKind::EngineLost { trouble, alone } => engine_lost(trouble, *alone, t),
        ProblemKind::StandbyFails { member, trouble } => standby_fails(member, trouble, t),
        ProblemKind::AlertsFail(trouble) => told(trouble, (p.alerts, p.alerts_do), t),
        ProblemKind::NoState(trouble) => told(trouble, (p.no_state, p.no_state_do), t),
        ProblemKind::Directory(trouble) => told(trouble, (p.directory, p.directory_do), t),
        ProblemKind::OfUsers(it) => {
            let (what, remedy) = note(it, t);
            (what, remedy.to_owned())
        }
        ProblemKind::Late(late, by) => lateness(&measured(*late, t), *by, t),
        _ => plain(problem, now, t),
    }
}

/// What takes values only, and no cause.
fn plain(problem: &Problem, now: Timestamp, t: &Texts) -> (String, String) {
    let p = &t.problems;
    let age = short(problem.since.map_or(0, |since| seconds(since, now)));
    let say = |what: &str, values: &[(&str, &dyn Display)], remedy: &str| {
        (fill(what, values), fill(remedy, values))
    };
    match &problem.kind {
        ProblemKind::GraphSilent => say(
            p.dead,
            &[("age", &age), ("n", &problem.affected)],
            p.dead_do,
        ),
        ProblemKind::ProcallSilent => say(p.procall_silent, &[("age", &age)], p.procall_silent_do),
        ProblemKind::Throttled { until, total } => {
            let left = short(seconds(now, *until));
            say(p.throttled, &[("age", &left), ("n", total)], p.throttled_do)
        }
        ProblemKind::Permission(name) => say(p.permission, &[("detail", name)], p.permission_do),
        ProblemKind::OtherWriter { pid } => {
            let pid = pid.map_or_else(|| "?".to_owned(), |pid| pid.to_string());
            say(p.other_writer, &[("pid", &pid)], p.other_writer_do)
        }
        ProblemKind::NoLeader => say(p.no_leader, &[], p.no_leader_do),
        ProblemKind::NobodyLeads(n) => say(p.nobody_leads, &[("n", n)], p.nobody_leads_do),
        ProblemKind::NativeIntegration => say(p.native, &[], p.native_do),
        ProblemKind::Nobody => say(p.nobody, &[], p.nobody_do),
        ProblemKind::Errors(n) => say(p.errors, &[("n", n)], p.errors_do),
        ProblemKind::Skew(n) => say(p.skew, &[("n", n)], p.skew_do),
        ProblemKind::Unmatched(n) => say(p.unmatched, &[("n", n)], p.unmatched_do),
        ProblemKind::UnknownValues(values) => {
            let values = values.join(", ");
            say(
                p.unknown_values,
                &[("detail", &values)],
                p.unknown_values_do,
            )
        }
        ProblemKind::OddRecords(records) => {
            let records: Vec<_> = records
                .iter()
                .map(|(name, n)| format!("{name} ({n}x)"))
                .collect();
            let records = records.join(", ");
            say(p.odd_records, &[("detail", &records)], p.odd_records_do)
        }
        _ => (String::new(), String::new()),
    }
}

/// From whole second to whole second, as every age on a screen is counted.
fn seconds(earlier: Timestamp, later: Timestamp) -> u64 {
    u64::try_from(later.as_second() - earlier.as_second()).unwrap_or(0)
}

/// What is said of a cause: its own remedy where it has one, otherwise the general one.
fn told(trouble: &Trouble, (what, remedy): (&str, &str), t: &Texts) -> (String, String) {
    let (detail, own) = explained(trouble, t);
    let what = fill(what, &[("detail", &detail)]);
    (what, own.unwrap_or_else(|| remedy.to_owned()))
}

fn standby_fails(member: &str, trouble: &Trouble, t: &Texts) -> (String, String) {
    let p = &t.problems;
    let (detail, own) = explained(trouble, t);
    let values: [(&str, &dyn Display); 2] = [("member", &member), ("detail", &detail)];
    let remedy = own.unwrap_or_else(|| p.standby_fails_do.to_owned());
    (fill(p.standby_fails, &values), remedy)
}

/// What happens meanwhile is more important than the remedy of the cause, which stands in the log.
fn engine_lost(trouble: &Trouble, alone: bool, t: &Texts) -> (String, String) {
    let p = &t.problems;
    let meanwhile = if alone {
        &p.engine_lost_alone_do
    } else {
        &p.engine_lost_do
    };
    let (what, remedy) = told(trouble, (p.engine_lost, ""), t);
    let remedy = format!("{remedy} {meanwhile}");
    (what, remedy.trim_start().to_owned())
}

fn explained(trouble: &Trouble, t: &Texts) -> (String, Option<String>) {
    if trouble.cause == Cause::Unexplained {
        return (trouble.message.to_string(), None);
    }
    let (what, remedy) = cause(&trouble.cause, t);
    (what, Some(remedy))
}

fn hop(hop: &str, trouble: &Trouble, down: bool, t: &Texts) -> (String, String) {
    let p = &t.problems;
    let (what, remedy) = if down {
        (p.link_down, p.link_down_do)
    } else {
        (p.link_degraded, p.link_degraded_do)
    };
    let (detail, own) = explained(trouble, t);
    let values: [(&str, &dyn Display); 2] = [("hop", &hop), ("detail", &detail)];
    (
        fill(what, &values),
        own.unwrap_or_else(|| remedy.to_owned()),
    )
}

/// UCServer is spoken to directly: no proxy stands in between.
fn procall_fails(trouble: &Trouble, t: &Texts) -> (String, String) {
    let (what, remedy) = hop(t.links.procall, trouble, true, t);
    if trouble.cause.is_unreachable() {
        return (what, t.problems.procall_unreachable_do.to_owned());
    }
    (what, remedy)
}

fn renewal(
    trouble: Option<&Trouble>,
    ends: Timestamp,
    now: Timestamp,
    t: &Texts,
) -> (String, String) {
    let p = &t.problems;
    let age = short(seconds(now, ends));
    let Some(trouble) = trouble else {
        let what = fill(p.token_soon, &[("age", &age)]);
        return (what, p.token_soon_do.to_owned());
    };
    let (detail, own) = explained(trouble, t);
    let values: [(&str, &dyn Display); 2] = [("age", &age), ("detail", &detail)];
    (
        fill(p.token_not_renewed, &values),
        own.unwrap_or_else(|| p.token_do.to_owned()),
    )
}

fn lateness(age: &str, by: LateBy, t: &Texts) -> (String, String) {
    let p = &t.problems;
    match by {
        LateBy::Machine => (fill(p.late, &[("age", &age)]), p.late_do.to_owned()),
        LateBy::Budget => (
            fill(p.late_budget, &[("age", &age)]),
            p.late_budget_do.to_owned(),
        ),
        LateBy::SlowAnswers(slowest) => {
            let took = measured(slowest, t);
            let values: [(&str, &dyn Display); 2] = [("age", &age), ("took", &took)];
            (fill(p.late_slow, &values), p.late_slow_do.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use model::presence::{Lang, UserName};
    use model::snapshot::Note;
    use rstest::rstest;

    use super::*;
    use crate::texts;

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_439_047).unwrap()
    }

    fn of(kind: ProblemKind, affected: usize) -> Problem {
        Problem {
            kind,
            severity: Severity::Bad,
            since: Some(now()),
            affected,
            user: None,
        }
    }

    fn said(kind: ProblemKind, affected: usize, lang: Lang) -> String {
        problem(&of(kind, affected), now(), texts(lang)).0
    }

    fn every_kind() -> Vec<ProblemKind> {
        let trouble = || Trouble::new(Cause::Server { status: Some(503) }, "503");
        let (down, ends) = (true, now());
        vec![
            ProblemKind::NoToken(trouble()),
            ProblemKind::GraphDown(trouble()),
            ProblemKind::GraphSilent,
            ProblemKind::Throttled {
                until: ends,
                total: 3,
            },
            ProblemKind::ProcallSilent,
            ProblemKind::ProcallFails(trouble()),
            ProblemKind::TokenNotRenewed {
                trouble: None,
                ends,
            },
            ProblemKind::TokenNotRenewed {
                trouble: Some(trouble()),
                ends,
            },
            ProblemKind::Permission("Presence.Read.All"),
            ProblemKind::ReadFails {
                trouble: trouble(),
                down,
            },
            ProblemKind::WriteFails {
                trouble: "odd".into(),
                down: false,
            },
            ProblemKind::StorageFails("disk full".into()),
            ProblemKind::AlertsFail("odd".into()),
            ProblemKind::OtherWriter { pid: None },
            ProblemKind::NoState("read-only".into()),
            ProblemKind::EngineLost {
                trouble: trouble(),
                alone: false,
            },
            ProblemKind::EngineLost {
                trouble: trouble(),
                alone: true,
            },
            ProblemKind::StandbyFails {
                member: "two:77".into(),
                trouble: trouble(),
            },
            ProblemKind::NoLeader,
            ProblemKind::NobodyLeads(0),
            ProblemKind::NativeIntegration,
            ProblemKind::Nobody,
            ProblemKind::Late(Duration::from_secs(3), LateBy::Machine),
            ProblemKind::Late(Duration::from_secs(3), LateBy::Budget),
            ProblemKind::Late(
                Duration::from_secs(3),
                LateBy::SlowAnswers(Duration::from_secs(8)),
            ),
            ProblemKind::Errors(1),
            ProblemKind::Skew(40),
            ProblemKind::Directory(trouble()),
            ProblemKind::Unmatched(1),
            ProblemKind::UnknownValues(vec!["Odd".into()]),
            ProblemKind::OddRecords(vec![("a user".into(), 2)]),
            ProblemKind::OfUsers(Note::Stale),
        ]
    }

    /// Monitoring, an alert and a plain line have no keys.
    #[rstest]
    fn every_problem_has_a_sentence_and_a_remedy_without_a_key(
        #[values(Lang::De, Lang::En)] lang: Lang,
    ) {
        for kind in every_kind() {
            let (what, remedy) = problem(&of(kind.clone(), 2), now(), texts(lang));
            assert!(
                what.len() > 10 && remedy.len() > 10,
                "{kind:?}: {what} {remedy}"
            );
            assert!(
                !what.contains('{') && !remedy.contains('{'),
                "{what} {remedy}"
            );
            for key in ["(t)", "(T)", "(-)", "Press ", " drücken"] {
                assert!(!remedy.contains(key), "{key} in {remedy}");
            }
        }
    }

    #[rstest]
    #[case(
        ProblemKind::Errors(1),
        0,
        "1 failed request in",
        "1 fehlgeschlagene Anfrage in"
    )]
    #[case(
        ProblemKind::Errors(2),
        0,
        "2 failed requests in",
        "2 fehlgeschlagene Anfragen in"
    )]
    #[case(
        ProblemKind::Unmatched(1),
        0,
        "1 ProCall user is not",
        "1 ProCall-Benutzer ist nicht"
    )]
    #[case(
        ProblemKind::Unmatched(2),
        0,
        "2 ProCall users are not",
        "2 ProCall-Benutzer sind nicht"
    )]
    #[case(
        ProblemKind::ProcallSilent,
        1,
        "; 1 user affected",
        "; 1 Benutzer betroffen"
    )]
    #[case(
        ProblemKind::ProcallSilent,
        31,
        "; 31 users affected",
        "; 31 Benutzer betroffen"
    )]
    #[case(ProblemKind::OfUsers(Note::Stale), 3, "3 users: ", "3 Benutzer: ")]
    fn numbers_and_words_go_together(
        #[case] kind: ProblemKind,
        #[case] affected: usize,
        #[case] english: &str,
        #[case] german: &str,
    ) {
        for (lang, wanted) in [(Lang::En, english), (Lang::De, german)] {
            let said = said(kind.clone(), affected, lang);
            assert!(said.contains(wanted), "{said}");
        }
    }

    #[test]
    fn what_is_one_users_own_is_not_counted() {
        let failing = Note::WriteFailing(Arc::new("403".into()));
        let one = Problem {
            user: Some(UserName::new("anna@corp.example")),
            ..of(ProblemKind::OfUsers(failing), 1)
        };
        let (what, _) = problem(&one, now(), texts(Lang::En));
        assert_eq!(what, "The last write to Teams failed: 403");
    }
}
