//! The problems of a snapshot that are told of: one for a cause, whomever it concerns. Pure.

use jiff::{SignedDuration, Timestamp};
use model::cause::Cause;
use model::problem::{Problem, ProblemKind, Severity, find};
use model::snapshot::{Note, Snapshot};
use serde::{Deserialize, Serialize};

/// How bad, in the words that alerting systems share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Weight {
    /// Somebody should look.
    Warning,
    /// Something does not work.
    Error,
    /// Presence is carried in neither direction, or a side is not known any more.
    Critical,
}

impl Weight {
    /// Nothing where nobody need be told.
    pub(super) const fn of(severity: Severity) -> Option<Self> {
        match severity {
            Severity::Dead => Some(Self::Critical),
            Severity::Bad => Some(Self::Error),
            Severity::Warning => Some(Self::Warning),
            Severity::Hint => None,
        }
    }
}

/// One problem, by what it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    /// The same as long as it is the same problem, also in another process.
    pub(super) key: String,
    pub(super) weight: Weight,
    /// Without a user.
    pub(super) problem: Problem,
}

/// What is wrong at a moment, and how much of it can be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// The worst first.
    pub(super) findings: Vec<Finding>,
    /// Whether anything was polled yet: before that, nothing has ended.
    pub(super) whole: bool,
    /// Nothing is known of what is less bad: it may follow from what is wrong now, and is not found.
    pub(super) hidden: bool,
    /// How far the machine's clock is ahead of the bridge's.
    pub(super) ahead: SignedDuration,
}

impl Seen {
    /// What is seen of this snapshot now.
    pub(super) fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        let mut problems = find(snapshot, now);
        // What else is wrong the leader tells, whose picture this is.
        let stands_by = snapshot.mode.is_standby();
        problems.retain(|it| !stands_by || matches!(it.kind, ProblemKind::EngineLost { .. }));
        let of_graph = |it: &Problem| {
            it.severity == Severity::Dead && !matches!(it.kind, ProblemKind::ProcallSilent)
        };
        Self {
            hidden: stands_by || problems.iter().any(of_graph),
            findings: findings(problems),
            whole: snapshot.poll.started_at.is_some(),
            ahead: snapshot.wall_ahead,
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.findings.iter().any(|finding| finding.key == key)
    }
}

fn findings(problems: Vec<Problem>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for problem in problems {
        let Some(weight) = Weight::of(problem.severity).filter(|_| is_told(&problem.kind)) else {
            continue;
        };
        let key = key(&problem.kind);
        if let Some(same) = findings.iter_mut().find(|finding| finding.key == key) {
            same.weight = same.weight.max(weight);
            same.problem.affected += problem.affected;
            continue;
        }
        let problem = Problem {
            user: None,
            kind: problem.kind.without_names(),
            ..problem
        };
        findings.push(Finding {
            key,
            weight,
            problem,
        });
    }
    findings
}

/// Not what a user has chosen (a status that hides ours, one that changes all the time) or what
/// Microsoft knows of one alone; not single requests that failed while the others do not, which are
/// counted for a minute after every outage; and not that alerts reach nobody.
const fn is_told(kind: &ProblemKind) -> bool {
    match kind {
        ProblemKind::OfUsers(note) => matches!(
            note,
            Note::WriteFailing(_) | Note::NoEffect | Note::Obstacle(_) | Note::Stale
        ),
        ProblemKind::Errors(_) | ProblemKind::AlertsFail(_) => false,
        _ => true,
    }
}

fn key(kind: &ProblemKind) -> String {
    match kind {
        // One outage, of which more is known from request to request.
        ProblemKind::GraphDown(_) | ProblemKind::GraphSilent | ProblemKind::ReadFails { .. } => {
            "read_fails".to_owned()
        }
        ProblemKind::Permission(name) => format!("{}/{name}", kind.code()),
        ProblemKind::StandbyFails { member, .. } => format!("{}/{member}", kind.code()),
        ProblemKind::OfUsers(Note::WriteFailing(trouble)) => {
            format!("{}/{}", kind.code(), cause_name(&trouble.cause))
        }
        ProblemKind::OfUsers(Note::Obstacle(obstacle)) => {
            format!("{}/{obstacle:?}", kind.code()).to_lowercase()
        }
        _ => kind.code().to_owned(),
    }
}

/// Without its numbers, which change from answer to answer.
fn cause_name(cause: &Cause) -> String {
    use serde_json::Value;
    match serde_json::to_value(cause) {
        Ok(Value::String(name)) => name,
        Ok(Value::Object(only)) => only.into_iter().map(|(name, _)| name).collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::cause::Trouble;
    use model::presence::UserName;
    use model::snapshot::{ClusterView, EngineView, Link, LinkStatus, Links, Mode, ObserveReason};
    use model::source_fault::{ListFault, SourceFault};

    use super::*;

    fn of_user(name: &str, note: Note) -> Problem {
        Problem {
            kind: ProblemKind::OfUsers(note),
            severity: Severity::Bad,
            since: None,
            affected: 1,
            user: Some(UserName::new(name)),
        }
    }

    fn failing(status: u16) -> Note {
        let cause = Cause::Server {
            status: Some(status),
        };
        Note::WriteFailing(Arc::new(Trouble::new(cause, "could not")))
    }

    /// A list without a header line begins with a person.
    #[test]
    fn the_first_user_of_a_list_is_not_told_of() {
        let fault = SourceFault::Users {
            path: "users.csv".into(),
            why: ListFault::NoUserName {
                found: "Anna Doe, 12".into(),
            },
            kept: None,
        };
        let trouble = words::explained(Cause::Files([fault].into()));
        assert!(trouble.message.contains("Anna Doe"));
        let mut snapshot = Snapshot::empty(Arc::default(), Timestamp::UNIX_EPOCH);
        snapshot.links = Arc::new(Links {
            procall: Link {
                status: LinkStatus::Degraded,
                last_error: Some((Timestamp::UNIX_EPOCH, trouble)),
                ..Link::default()
            },
            ..Links::default()
        });
        let seen = Seen::of(&snapshot, Timestamp::UNIX_EPOCH);
        let told = format!("{:?}", seen.findings);
        assert!(
            told.contains("users.csv") && !told.contains("Anna"),
            "{told}"
        );
    }

    #[test]
    fn whoever_stands_by_tells_of_the_engine_alone() {
        let mut snapshot = Snapshot::empty(Arc::default(), Timestamp::UNIX_EPOCH);
        snapshot.links = Arc::new(Links {
            procall_silent_since: Some(Timestamp::UNIX_EPOCH),
            ..Links::default()
        });
        let codes = |snapshot: &Snapshot| {
            let seen = Seen::of(snapshot, Timestamp::UNIX_EPOCH);
            let codes: Vec<_> = seen.findings.into_iter().map(|it| it.key).collect();
            (codes, seen.hidden)
        };
        assert_eq!(codes(&snapshot).0, ["procall_silent"]);
        snapshot.mode = Mode::Observing(ObserveReason::Standby);
        let engine = EngineView::Lost {
            since: Timestamp::UNIX_EPOCH,
            trouble: "gone".into(),
        };
        snapshot.cluster = Some(Arc::new(ClusterView {
            leader: None,
            members: [].into(),
            fence: 0,
            engine,
        }));
        assert_eq!(codes(&snapshot), (vec!["engine_lost".to_owned()], true));
    }

    #[test]
    fn what_several_users_have_is_one_problem_without_a_name() {
        let found = findings(vec![
            of_user("anna@corp.example", Note::NoEffect),
            of_user("bert@corp.example", Note::NoEffect),
            of_user("carl@corp.example", failing(502)),
            of_user("dora@corp.example", failing(503)),
        ]);
        let told: Vec<_> = found
            .iter()
            .map(|it| (&*it.key, it.problem.affected, it.problem.user.is_none()))
            .collect();
        let expected = [("no_effect", 2, true), ("write_failing/server", 2, true)];
        assert_eq!(told, expected);
    }

    #[test]
    fn an_outage_is_one_problem_however_much_is_known_of_it() {
        let trouble = || Trouble::new(Cause::Server { status: None }, "503");
        let kinds = [
            ProblemKind::GraphSilent,
            ProblemKind::GraphDown(trouble()),
            ProblemKind::ReadFails {
                trouble: trouble(),
                down: false,
            },
        ];
        let keys = kinds.map(|kind| key(&kind));
        assert!(keys.iter().all(|key| key == "read_fails"), "{keys:?}");
    }

    #[test]
    fn a_status_that_somebody_chose_is_no_alert_nor_is_a_hint() {
        let mut hint = of_user("anna@corp.example", Note::NoEffect);
        hint.severity = Severity::Hint;
        let masked = of_user("anna@corp.example", Note::Masked("Away/Away".into()));
        let alerts = Problem {
            kind: ProblemKind::AlertsFail("refused".into()),
            user: None,
            ..hint.clone()
        };
        assert_eq!(findings(vec![hint, masked, alerts]), []);
    }
}
