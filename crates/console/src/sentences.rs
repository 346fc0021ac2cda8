//! The chain of causes in words: one sentence for each event of a user.

use std::fmt::Display;

use super::theme::Role;
use super::time::measured;
use model::answer::RequestId;
use model::presence::{CallKind, Lang};
use model::procall::PresenceStep;
use model::snapshot::{UserEventKind, UserRow, Verdict};
use words::{Texts, fill, texts};

/// The chain of causes of a user as the screen "Why?" tells it, oldest first, without times.
#[must_use]
pub fn chain_of_causes(row: &UserRow, lang: Lang) -> Vec<String> {
    let t = texts(lang);
    let sentences = row.history.iter();
    sentences
        .map(|event| sentence(&event.kind, t, lang).0)
        .collect()
}

/// The sentence, and how it is coloured.
pub(crate) fn sentence(kind: &UserEventKind, t: &Texts, lang: Lang) -> (String, Role) {
    use UserEventKind as Kind;
    let e = &t.events;
    match kind {
        Kind::CallRinging(call) => (of_call(&e.call_ringing, *call, t), Role::Muted),
        Kind::CallConnected(call) => (of_call(&e.call_connected, *call, t), Role::Accent),
        Kind::CallEnded(call) => (of_call(&e.call_ended, *call, t), Role::Accent),
        Kind::LeaseOrdered(activity) => (
            of_lease(&e.lease_ordered, activity.as_str(), None, t),
            Role::Text,
        ),
        Kind::WouldWrite(Some(activity)) => (
            of_lease(&e.would_write, activity.as_str(), None, t),
            Role::Text,
        ),
        Kind::WouldWrite(None) => (e.would_clear.clone(), Role::Text),
        Kind::LeaseAccepted(activity, id) => (
            of_lease(&e.lease_accepted, activity.as_str(), id.as_ref(), t),
            Role::Text,
        ),
        Kind::LeaseRenewed(activity, id) => (
            of_lease(&e.lease_renewed, activity.as_str(), id.as_ref(), t),
            Role::Text,
        ),
        Kind::LeaseCleared(id) => (of_lease(&e.lease_cleared, "", id.as_ref(), t), Role::Text),
        Kind::LeaseExpired => (e.lease_expired.clone(), Role::Warning),
        Kind::LeaseAdopted(activity) => (
            of_lease(&e.lease_adopted, activity.as_str(), None, t),
            Role::Text,
        ),
        Kind::WriteFailed(failure) => (failed(failure, t), Role::Bad),
        Kind::Verdict(verdict, after) => {
            let (template, role) = of_verdict(*verdict, t);
            (fill(template, &[("age", &measured(*after, t))]), role)
        }
        Kind::TeamsChanged(pair) => (fill(&e.teams_changed, &[("detail", pair)]), Role::Text),
        Kind::EchoHeld => (e.echo_held.clone(), Role::Muted),
        Kind::EchoReleased => (e.echo_released.clone(), Role::Text),
        Kind::ProcallSet(rule) => {
            let words = words::procall(rule.procall, t);
            let shown = &rule.shown.in_lang(lang);
            (
                fill(&e.procall_set, &[("detail", &words), ("rule", &shown)]),
                Role::Text,
            )
        }
        Kind::ProcallStep(step) => of_step(*step, t),
        Kind::BecameStale => (e.became_stale.clone(), Role::Warning),
        Kind::BecameFresh => (e.became_fresh.clone(), Role::Good),
        Kind::CallsStale => (e.calls_stale.clone(), Role::Warning),
        Kind::CallsFresh => (e.calls_fresh.clone(), Role::Good),
    }
}

/// A kind of call, in full words.
pub(crate) fn call_words(kind: CallKind, t: &Texts) -> &str {
    match kind {
        CallKind::Tapi => &t.calls.tapi,
        CallKind::Softphone => &t.calls.softphone,
        CallKind::AvChat => &t.calls.av_chat,
        CallKind::Meeting => &t.calls.meeting,
        CallKind::Manual => &t.calls.manual,
    }
}

fn of_call(template: &str, call: CallKind, t: &Texts) -> String {
    fill(template, &[("call", &call_words(call, t))])
}

fn of_lease(template: &str, activity: &str, id: Option<&RequestId>, t: &Texts) -> String {
    let request = id.map_or_else(String::new, |id| fill(&t.events.request, &[("id", id)]));
    fill(template, &[("activity", &activity), ("request", &request)])
}

fn failed(failure: &model::answer::Failure, t: &Texts) -> String {
    let words = fill(
        &t.events.write_failed,
        &[(
            "detail",
            &words::told(&failure.cause, &failure.message, t) as &dyn Display,
        )],
    );
    match &failure.request_id {
        Some(id) => format!("{words}{}", fill(&t.events.request, &[("id", id)])),
        None => words,
    }
}

fn of_step(step: PresenceStep, t: &Texts) -> (String, Role) {
    let e = &t.events;
    let told = |template, presence| fill(template, &[("detail", &words::procall(presence, t))]);
    match step {
        PresenceStep::Accepted(presence) => (told(&e.procall_accepted, presence), Role::Text),
        PresenceStep::ReadBack(presence) => (told(&e.procall_read_back, presence), Role::Good),
        PresenceStep::TakenBack => (e.procall_taken_back.clone(), Role::Text),
        PresenceStep::Gone => (e.procall_gone.clone(), Role::Warning),
        PresenceStep::NotCarried => (e.procall_not_carried.clone(), Role::Muted),
    }
}

fn of_verdict(verdict: Verdict, t: &Texts) -> (&str, Role) {
    match verdict {
        Verdict::Pending => (&t.events.pending, Role::Muted),
        Verdict::Confirmed => (&t.events.confirmed, Role::Good),
        Verdict::Masked => (&t.events.masked, Role::Warning),
        Verdict::NoEffect => (&t.events.no_effect, Role::Bad),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use model::presence::CallActivity;

    #[test]
    fn the_chain_reads_as_sentences() {
        let t = texts(Lang::En);
        let say = |kind: &UserEventKind| sentence(kind, t, Lang::En).0;
        let id = RequestId("42".into());
        assert_eq!(
            say(&UserEventKind::CallConnected(CallKind::Tapi)),
            "TAPI call connected"
        );
        assert_eq!(
            say(&UserEventKind::LeaseAccepted(
                CallActivity::InACall,
                Some(id)
            )),
            "Graph accepted Busy/InACall (request-id 42)"
        );
        assert_eq!(
            say(&UserEventKind::Verdict(
                Verdict::Confirmed,
                Duration::from_millis(3_100)
            )),
            "read back: confirmed after 3.1s"
        );
    }
}
