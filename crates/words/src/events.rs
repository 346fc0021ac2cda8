//! The chain of causes in words: one sentence for each event of a user.

use std::fmt::Display;

use model::answer::{Failure, RequestId};
use model::presence::{CallKind, Lang};
use model::procall::PresenceStep;
use model::snapshot::{UserEventKind, UserRow, Verdict};

use crate::causes::told;
use crate::durations::measured;
use crate::fill::fill;
use crate::notes::procall;
use crate::texts::{Texts, texts};
use crate::tone::Tone;

/// The chain of causes of a user, oldest first, without times.
#[must_use]
pub fn chain_of_causes(row: &UserRow, lang: Lang) -> Vec<String> {
    let sentences = row.history.iter();
    sentences
        .map(|event| event_words(&event.kind, texts(lang)).0)
        .collect()
}

/// The sentence for what happened, and how it is to look.
#[must_use]
pub fn event_words(kind: &UserEventKind, t: &Texts) -> (String, Tone) {
    use UserEventKind as Kind;
    let e = &t.events;
    match kind {
        Kind::CallRinging(call) => (of_call(e.call_ringing, *call, t), Tone::Muted),
        Kind::CallConnected(call) => (of_call(e.call_connected, *call, t), Tone::Accent),
        Kind::CallEnded(call) => (of_call(e.call_ended, *call, t), Tone::Accent),
        Kind::LeaseOrdered(activity) => (
            of_lease(e.lease_ordered, activity.as_str(), None, t),
            Tone::Text,
        ),
        Kind::WouldWrite(Some(activity)) => (
            of_lease(e.would_write, activity.as_str(), None, t),
            Tone::Text,
        ),
        Kind::WouldWrite(None) => (e.would_clear.to_owned(), Tone::Text),
        Kind::LeaseAccepted(activity, id) => (
            of_lease(e.lease_accepted, activity.as_str(), id.as_ref(), t),
            Tone::Text,
        ),
        Kind::LeaseRenewed(activity, id) => (
            of_lease(e.lease_renewed, activity.as_str(), id.as_ref(), t),
            Tone::Text,
        ),
        Kind::LeaseCleared(id) => (of_lease(e.lease_cleared, "", id.as_ref(), t), Tone::Text),
        Kind::LeaseExpired => (e.lease_expired.to_owned(), Tone::Warning),
        Kind::LeaseAdopted(activity) => (
            of_lease(e.lease_adopted, activity.as_str(), None, t),
            Tone::Text,
        ),
        Kind::WriteFailed(failure) => (failed(failure, t), Tone::Bad),
        Kind::Verdict(verdict, after) => {
            let (template, role) = of_verdict(*verdict, t);
            (fill(template, &[("age", &measured(*after, t))]), role)
        }
        Kind::TeamsChanged(pair) => (fill(e.teams_changed, &[("detail", pair)]), Tone::Text),
        Kind::EchoHeld => (e.echo_held.to_owned(), Tone::Muted),
        Kind::EchoReleased => (e.echo_released.to_owned(), Tone::Text),
        Kind::ProcallSet(rule) => {
            let words = procall(rule.procall, t);
            let shown = &rule.shown.in_lang(t.lang);
            (
                fill(e.procall_set, &[("detail", &words), ("rule", &shown)]),
                Tone::Text,
            )
        }
        Kind::ProcallStep(step) => of_step(*step, t),
        Kind::BecameStale => (e.became_stale.to_owned(), Tone::Warning),
        Kind::BecameFresh => (e.became_fresh.to_owned(), Tone::Good),
        Kind::CallsStale => (e.calls_stale.to_owned(), Tone::Warning),
        Kind::CallsFresh => (e.calls_fresh.to_owned(), Tone::Good),
    }
}

/// A kind of call, in full words.
#[must_use]
pub fn call_words(kind: CallKind, t: &Texts) -> &str {
    match kind {
        CallKind::Tapi => t.calls.tapi,
        CallKind::Softphone => t.calls.softphone,
        CallKind::AvChat => t.calls.av_chat,
        CallKind::Meeting => t.calls.meeting,
        CallKind::Manual => t.calls.manual,
    }
}

fn of_call(template: &str, call: CallKind, t: &Texts) -> String {
    fill(template, &[("call", &call_words(call, t))])
}

fn of_lease(template: &str, activity: &str, id: Option<&RequestId>, t: &Texts) -> String {
    let request = id.map_or_else(String::new, |id| fill(t.events.request, &[("id", id)]));
    fill(template, &[("activity", &activity), ("request", &request)])
}

fn failed(failure: &Failure, t: &Texts) -> String {
    let words = fill(
        t.events.write_failed,
        &[(
            "detail",
            &told(&failure.cause, &failure.message, t) as &dyn Display,
        )],
    );
    match &failure.request_id {
        Some(id) => format!("{words}{}", fill(t.events.request, &[("id", id)])),
        None => words,
    }
}

fn of_step(step: PresenceStep, t: &Texts) -> (String, Tone) {
    let e = &t.events;
    let told = |template, presence| fill(template, &[("detail", &procall(presence, t))]);
    match step {
        PresenceStep::Accepted(presence) => (told(e.procall_accepted, presence), Tone::Text),
        PresenceStep::ReadBack(presence) => (told(e.procall_read_back, presence), Tone::Good),
        PresenceStep::TakenBack => (e.procall_taken_back.to_owned(), Tone::Text),
        PresenceStep::Gone => (e.procall_gone.to_owned(), Tone::Warning),
        PresenceStep::NotCarried => (e.procall_not_carried.to_owned(), Tone::Muted),
    }
}

fn of_verdict(verdict: Verdict, t: &Texts) -> (&str, Tone) {
    match verdict {
        Verdict::Pending => (t.events.pending, Tone::Muted),
        Verdict::Confirmed => (t.events.confirmed, Tone::Good),
        Verdict::Masked => (t.events.masked, Tone::Warning),
        Verdict::NoEffect => (t.events.no_effect, Tone::Bad),
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
        let say = |kind: &UserEventKind| event_words(kind, t).0;
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
