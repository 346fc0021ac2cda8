//! The bridge that runs already: what it says of itself.

use std::time::Duration;

use super::finding::{Finding, Words, say};
use model::snapshot::Mode;
use report::check::{Area, Checked, State, area_sentence, whose};
use words::{Lang, texts};

/// What was seen of the bridge of this tenant.
#[derive(Debug)]
pub enum SeenBridge {
    /// None runs here.
    Nobody,
    /// It cannot be seen.
    Hidden {
        /// Why.
        why: Words,
        /// Somebody has named its socket, so there should be one.
        was_named: bool,
    },
    /// One is there and has shown nothing for so long.
    Silent(Duration),
    /// Its picture.
    Picture(Box<Checked>),
}

/// Whose picture it is, whether it writes, and what stands there of polls, users, leases, links and
/// token: what it has seen for hours is truer than what is tried here once.
#[must_use]
pub fn bridge(seen: &SeenBridge) -> Finding {
    match seen {
        SeenBridge::Nobody => Finding::ok(say(|t| t.bridge.nobody, &[])),
        SeenBridge::Hidden { why, was_named } => hidden(why.clone(), *was_named),
        SeenBridge::Silent(within) => {
            let silent = say(|t| t.bridge.silent, &[("n", &within.as_secs())]);
            hidden(silent, true)
        }
        SeenBridge::Picture(checked) => picture(checked),
    }
}

fn hidden(why: Words, failed: bool) -> Finding {
    let advice = say(|t| t.bridge.hidden_do, &[]);
    if failed {
        return Finding::failed(why, advice);
    }
    Finding::warning(why, advice)
}

fn picture(checked: &Checked) -> Finding {
    let message = in_both(|lang| whose(&checked.snapshot, texts(lang)));
    let advice = || say(|t| t.bridge.broken_do, &[]);
    let finding = match checked.state(None) {
        State::Ok => Finding::ok(message),
        State::Warning | State::Unknown => Finding::warning(message, advice()),
        State::Critical => Finding::failed(message, advice()),
    };
    let areas = Area::ALL.into_iter();
    let areas = areas.map(|area| in_both(|lang| area_sentence(checked, area, texts(lang))));
    areas.fold(finding.with(mode(&checked.snapshot.mode)), Finding::with)
}

fn mode(mode: &Mode) -> Words {
    match mode {
        Mode::Writing => say(|t| t.bridge.writing, &[]),
        Mode::Observing(_) => say(|t| t.bridge.observing, &[]),
        Mode::Paused => say(|t| t.bridge.paused, &[]),
    }
}

fn in_both(said: impl Fn(Lang) -> String) -> Words {
    Words::new(said(Lang::De), said(Lang::En))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use rstest::rstest;

    use super::super::finding::Status;
    use super::*;
    use model::snapshot::{BridgeView, Seen, Snapshot, TenantView};
    use report::check::Thresholds;

    /// Of a bridge that has just read its users, of whom there are none.
    fn seen(change: impl FnOnce(&mut Snapshot)) -> SeenBridge {
        let now = Timestamp::UNIX_EPOCH + Duration::from_hours(1);
        let tenant = TenantView {
            bridge: BridgeView {
                pid: 4711,
                host: "gate".into(),
                since: Timestamp::UNIX_EPOCH,
                ..BridgeView::default()
            },
            ..TenantView::default()
        };
        let mut snapshot = Snapshot::empty(Arc::new(tenant), now);
        snapshot.seen = Seen::Attached { watchers: 1 };
        Arc::make_mut(&mut snapshot.poll).cycle = 7;
        change(&mut snapshot);
        let checked = Checked::new(Arc::new(snapshot), now, &Thresholds::default());
        SeenBridge::Picture(Box::new(checked))
    }

    fn lines(finding: &Finding) -> Vec<&str> {
        let details = finding.details.iter();
        details.map(|words| words.in_lang(Lang::En)).collect()
    }

    #[rstest]
    #[case::well(|_: &mut Snapshot| {}, Status::Ok)]
    #[case::no_effect(|s: &mut Snapshot| s.leases.no_effect = 2, Status::Warning)]
    #[case::silent(|s: &mut Snapshot| Arc::make_mut(&mut s.links).procall_silent_since = Some(Timestamp::UNIX_EPOCH), Status::Failed)]
    fn it_is_told_as_it_sees_itself(#[case] change: fn(&mut Snapshot), #[case] status: Status) {
        let finding = bridge(&seen(change));
        assert_eq!(finding.status, status, "{finding:?}");
        let message = finding.message.in_lang(Lang::De);
        assert!(message.contains("Prozess 4711 auf gate"), "{message}");
        assert_eq!(finding.details.len(), 1 + Area::ALL.len());
    }

    #[test]
    fn who_writes_and_what_became_of_the_leases() {
        let finding = bridge(&seen(|snapshot| {
            snapshot.leases.held = 3;
            snapshot.leases.confirmed = 2;
        }));
        let lines = lines(&finding);
        assert!(lines[0].contains("writes to Teams"), "{lines:?}");
        let leases = lines.iter().find(|line| line.starts_with("leases: "));
        assert!(
            leases.unwrap().contains("leases: 3; confirmed: 2"),
            "{lines:?}"
        );
    }

    #[test]
    fn one_that_was_named_should_be_there() {
        let hidden = |was_named| {
            bridge(&SeenBridge::Hidden {
                why: Words::same("x"),
                was_named,
            })
        };
        assert_eq!(hidden(true).status, Status::Failed);
        assert_eq!(hidden(false).status, Status::Warning);
        assert_eq!(bridge(&SeenBridge::Nobody).status, Status::Ok);
        let silent = bridge(&SeenBridge::Silent(Duration::from_secs(10)));
        assert_eq!(silent.status, Status::Failed);
        assert!(silent.message.in_lang(Lang::En).contains("10 s"));
    }
}
