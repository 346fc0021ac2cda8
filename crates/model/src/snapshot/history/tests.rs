//! What goes into a history comes out again, and takes little room.

use std::time::Duration;

use proptest::prelude::*;

use super::super::lease::Verdict;
use super::*;
use crate::answer::{FailureKind, RequestId};
use crate::presence::{CallActivity, CallKind, Mapping, ProcallPresence, TeamsPresence};
use crate::procall::PresenceStep;

const IDS: [&str; 3] = [
    "7f1c2f0e-51c5-4a83-9d1e-0c6f6a4b2d11",
    // Not as a GUID is written: kept as it came.
    "7F1C2F0E-51C5-4A83-9D1E-0C6F6A4B2D11",
    "r-1 ü",
];

fn id() -> impl Strategy<Value = Option<RequestId>> {
    let some = (0..IDS.len()).prop_map(|at| Some(RequestId(IDS[at].into())));
    prop_oneof![Just(None), some]
}

fn activity() -> impl Strategy<Value = CallActivity> {
    prop_oneof![
        Just(CallActivity::InACall),
        Just(CallActivity::InAConferenceCall)
    ]
}

fn call() -> impl Strategy<Value = CallKind> {
    prop_oneof![
        Just(CallKind::Tapi),
        Just(CallKind::Softphone),
        Just(CallKind::AvChat),
        Just(CallKind::Meeting),
        Just(CallKind::Manual)
    ]
}

fn presence() -> impl Strategy<Value = TeamsPresence> {
    let word = prop_oneof![
        Just("Busy"),
        Just("InACall"),
        Just("FutureValue"),
        Just("futurevalue"),
        Just("")
    ];
    (word.clone(), word).prop_map(|(a, b)| TeamsPresence::parse(a, b))
}

fn step() -> impl Strategy<Value = PresenceStep> {
    let presence = prop_oneof![
        Just(ProcallPresence::DoNotDisturb),
        Just(ProcallPresence::BusyInACall),
        Just(ProcallPresence::Unchanged)
    ];
    prop_oneof![
        presence.clone().prop_map(PresenceStep::Accepted),
        presence.prop_map(PresenceStep::ReadBack),
        Just(PresenceStep::TakenBack),
        Just(PresenceStep::Gone),
        Just(PresenceStep::NotCarried)
    ]
}

fn kind() -> impl Strategy<Value = UserEventKind> {
    use UserEventKind as Kind;
    let rows = Mapping::built_in().teams_rows();
    let verdict = prop_oneof![
        Just(Verdict::Pending),
        Just(Verdict::Confirmed),
        Just(Verdict::Masked),
        Just(Verdict::NoEffect)
    ];
    prop_oneof![
        call().prop_map(Kind::CallRinging),
        call().prop_map(Kind::CallConnected),
        call().prop_map(Kind::CallEnded),
        activity().prop_map(Kind::LeaseOrdered),
        proptest::option::of(activity()).prop_map(Kind::WouldWrite),
        (activity(), id()).prop_map(|(activity, id)| Kind::LeaseAccepted(activity, id)),
        (activity(), id()).prop_map(|(activity, id)| Kind::LeaseRenewed(activity, id)),
        id().prop_map(Kind::LeaseCleared),
        activity().prop_map(Kind::LeaseAdopted),
        ".{0,9}".prop_map(|why| Kind::WriteFailed(Failure::new(FailureKind::Server, why).into())),
        (verdict, any::<u32>())
            .prop_map(|(verdict, ms)| Kind::Verdict(verdict, Duration::from_millis(ms.into()))),
        presence().prop_map(Kind::TeamsChanged),
        (0..rows.len()).prop_map(|at| Kind::ProcallSet((&rows[at]).into())),
        step().prop_map(Kind::ProcallStep),
        prop_oneof![
            Just(Kind::LeaseExpired),
            Just(Kind::EchoHeld),
            Just(Kind::EchoReleased),
            Just(Kind::BecameStale),
            Just(Kind::BecameFresh),
            Just(Kind::CallsStale),
            Just(Kind::CallsFresh)
        ],
    ]
}

#[test]
fn one_that_comes_later_takes_the_place_of_none_and_of_no_other() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let event = |second| UserEvent {
        at: at(second),
        kind: UserEventKind::LeaseExpired,
    };
    let [shown, late, later] = [vec![], vec![event(1)], vec![event(2)]].map(History::from_iter);
    assert_eq!(shown.put_late(History::default()), Ok(()));
    assert_eq!(shown.put_late(late.clone()), Ok(()));
    assert_eq!(shown, late);
    assert_eq!(shown.put_late(later.clone()), Err(later));
    assert_eq!(shown, late);
}

proptest! {
    #[test]
    fn the_last_events_come_out_as_they_went_in(
        events in proptest::collection::vec((-5_000_i64..4_000_000_000, kind()), 0..50),
    ) {
        let mut at = 1_790_000_000_000_i64;
        let mut all = Vec::new();
        for (after, kind) in events {
            at += after;
            all.push(UserEvent { at: Timestamp::from_millisecond(at).unwrap(), kind });
        }
        let history: History = all.iter().cloned().collect();
        let last = &all[all.len().saturating_sub(HISTORY_LENGTH)..];
        prop_assert_eq!(history.iter().collect::<Vec<_>>(), last);
        prop_assert_eq!(history.len(), last.len());
        let again: History = last.iter().cloned().collect();
        prop_assert_eq!(format!("{history:?}"), format!("{again:?}"));
    }
}

#[test]
fn a_busy_day_takes_little_room() {
    let id = || Some(RequestId(IDS[0].into()));
    let call = [
        UserEventKind::CallConnected(CallKind::Tapi),
        UserEventKind::LeaseOrdered(CallActivity::InACall),
        UserEventKind::LeaseAccepted(CallActivity::InACall, id()),
        UserEventKind::TeamsChanged(TeamsPresence::parse("Busy", "InACall")),
        UserEventKind::Verdict(Verdict::Confirmed, Duration::from_secs(3)),
        UserEventKind::EchoHeld,
        UserEventKind::LeaseRenewed(CallActivity::InACall, id()),
        UserEventKind::CallEnded(CallKind::Tapi),
        UserEventKind::LeaseCleared(id()),
    ];
    let minutes = (0..).map(|n| Timestamp::UNIX_EPOCH + Duration::from_mins(n));
    let events = call.into_iter().cycle().zip(minutes).take(100);
    let history: History = events.map(|(kind, at)| UserEvent { at, kind }).collect();
    assert_eq!(history.len(), HISTORY_LENGTH);
    let kept = history.0.into_inner().unwrap();
    assert!(kept.slice.len() < 250, "{} bytes", kept.slice.len());
}
