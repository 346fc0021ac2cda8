//! One contact: what UCServer said about it, merged, and the calls that follow from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::settings::CallLists;
use super::wire::{AbsentState, Call, Presence, RemoteContact, bits};
use crate::CallState;
use model::presence::CallKind;

/// The key of a ProCall Meeting among the calls of a user.
const MEETING: &str = "meeting";
/// The key of a call of which only the flag is visible.
const FLAG_ONLY: &str = "call";

/// A call as the bridge is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenCall {
    /// The connection id.
    pub(crate) key: Arc<str>,
    /// The kind of the call.
    pub(crate) kind: CallKind,
    /// Ringing or connected.
    pub(crate) state: CallState,
}

/// What is known of a contact.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contact {
    state: i64,
    /// By connection id; nothing while no list of calls was ever shown to us.
    calls: Option<BTreeMap<String, CallPart>>,
    /// The manual presence; nothing where there is none, as for most of the 20,000.
    absent: Option<Box<AbsentState>>,
    may_set_absent: Option<bool>,
    teams_right: Option<bool>,
    /// Names and number; nothing where the list of users has them all.
    remote: Option<Box<RemoteContact>>,
}

static NO_ABSENCE: AbsentState = AbsentState::NOTHING;

#[derive(Clone, Copy, Debug, Default)]
struct CallPart {
    state: i64,
    journal: i64,
}

impl Contact {
    /// Everything anew, from the result of a subscription.
    pub(crate) fn from_snapshot(presence: Presence) -> Self {
        let mut contact = Self::default();
        contact.merge(presence, CallLists::Complete);
        contact
    }

    /// Takes over what changed; what is not named stays.
    pub(crate) fn merge(&mut self, update: Presence, lists: CallLists) {
        take(&mut self.state, update.state);
        if let Some(absent) = update.absent {
            self.absent = (!absent.is_nothing()).then(|| Box::new(absent));
        }
        let may_set = |features| features & bits::MAY_SET_ABSENT != 0;
        self.may_set_absent = update.features.map(may_set).or(self.may_set_absent);
        let may_use = |rights| rights & bits::USE_TEAMS != 0;
        self.teams_right = update.static_rights2.map(may_use).or(self.teams_right);
        if let Some(remote) = update.remote {
            merge_remote(self.remote.get_or_insert_default(), remote);
        }
        if let Some(calls) = update.calls {
            self.merge_calls(calls, lists);
        }
    }

    /// The manual presence.
    pub(crate) fn absent(&self) -> &AbsentState {
        self.absent.as_deref().unwrap_or(&NO_ABSENCE)
    }

    /// Names and number, as far as they are shown and the list of users does not have them.
    pub(crate) fn remote(&self) -> Option<&RemoteContact> {
        self.remote.as_deref()
    }

    /// Changes what is kept of names and number; forgets it where nothing is left.
    pub(crate) fn keep_of_remote(&mut self, keep: impl FnOnce(&mut RemoteContact)) {
        let Some(remote) = &mut self.remote else {
            return;
        };
        keep(remote);
        if **remote == RemoteContact::default() {
            self.remote = None;
        }
    }

    fn merge_calls(&mut self, calls: Vec<Call>, lists: CallLists) {
        let known = self.calls.get_or_insert_default();
        if lists == CallLists::Complete {
            let named: Vec<_> = calls.iter().filter_map(call_key).collect();
            known.retain(|key, _| named.contains(key));
        }
        for call in calls {
            merge_call(known, &call);
        }
    }

    /// The calls that last or ring: section 6 of the connector's specification.
    pub(crate) fn calls(&self) -> Vec<SeenCall> {
        let mut seen: Vec<_> = match &self.calls {
            Some(calls) => calls
                .iter()
                .filter_map(|(key, call)| call.seen(key))
                .collect(),
            None => self.call_by_flag().into_iter().collect(),
        };
        if self.state & bits::CONFERENCING != 0 {
            seen.push(SeenCall {
                key: MEETING.into(),
                kind: CallKind::Meeting,
                state: CallState::Connected,
            });
        }
        seen
    }

    /// Our rights show no calls: the flag is all there is. It is not believed while Teams itself
    /// has a call, for then it may be Teams' own call coming back.
    fn call_by_flag(&self) -> Option<SeenCall> {
        let state = if self.state & bits::CALL != 0 {
            CallState::Connected
        } else if self.state & bits::RINGING != 0 {
            CallState::Ringing
        } else {
            return None;
        };
        let believed = !teams_may_be_calling(self.absent());
        believed.then(|| SeenCall {
            key: FLAG_ONLY.into(),
            kind: CallKind::Tapi,
            state,
        })
    }

    /// Whether the list of calls and the flag contradict each other: an update may have been
    /// lost. A flag without a call is none: it may come from Teams.
    pub(crate) fn in_doubt(&self) -> bool {
        let talking = |calls: &BTreeMap<_, CallPart>| calls.values().any(|call| call.lasts());
        self.calls.as_ref().is_some_and(talking)
            && self.state & (bits::CALL | bits::CONFERENCING) == 0
    }

    /// Whether there is a call that our rights do not show. A list that was never sent is no
    /// proof: whether an empty one is left out is to be confirmed on a live server.
    pub(crate) const fn hides_calls(&self) -> bool {
        self.calls.is_none() && self.state & (bits::CALL | bits::RINGING) != 0
    }

    /// Whether we may set the manual presence; so long as the server does not say, we may not.
    pub(crate) fn may_set_absent(&self) -> bool {
        self.may_set_absent.unwrap_or(false)
    }

    /// Whether the user has the Teams right, where the server says.
    pub(crate) const fn teams_right(&self) -> Option<bool> {
        self.teams_right
    }

    /// Whether estos' own Teams integration shows something for this contact.
    pub(crate) fn shows_native(&self) -> bool {
        native_states(self.absent()).any(|state| state & bits::STATE != 0)
    }
}

impl CallPart {
    /// Connected, in a conference or on hold.
    const fn lasts(self) -> bool {
        matches!(self.state, 32 | 64 | 128)
    }

    fn seen(self, key: &str) -> Option<SeenCall> {
        let state = match self.state {
            2 | 4 | 8 | 512 => CallState::Ringing,
            _ if self.lasts() => CallState::Connected,
            _ => return None,
        };
        Some(SeenCall {
            key: key.into(),
            kind: kind_of(self.journal)?,
            state,
        })
    }
}

/// The kind by `eJournalCallType`. Messages are no calls; what nobody documented is one.
const fn kind_of(journal: i64) -> Option<CallKind> {
    match journal {
        1..=3 | 9 | 10 => Some(CallKind::AvChat),
        7 => Some(CallKind::Softphone),
        4 | 8 => None,
        _ => Some(CallKind::Tapi),
    }
}

fn merge_call(known: &mut BTreeMap<String, CallPart>, call: &Call) {
    let Some(key) = call_key(call) else {
        return;
    };
    let mut part = known.get(&key).copied().unwrap_or_default();
    take(&mut part.state, call.state);
    take(&mut part.journal, call.journal);
    if matches!(part.state, 1 | 256) {
        known.remove(&key);
    } else {
        known.insert(key, part);
    }
}

fn call_key(call: &Call) -> Option<String> {
    call.connection.as_ref().or(call.tracker.as_ref()).cloned()
}

/// Teams' states as the native integration shows them. That they use the bits of the presence
/// state is the likeliest reading, to be confirmed on a live server.
fn native_states(absent: &AbsentState) -> impl Iterator<Item = i64> {
    let external = absent.external.as_deref().unwrap_or_default();
    external
        .iter()
        .filter(|one| one.kind.unwrap_or(0) == 0)
        .filter_map(|one| one.state)
}

/// As the coding is not confirmed, every busy state of Teams counts as a possible call.
fn teams_may_be_calling(absent: &AbsentState) -> bool {
    let busy = |state: i64| {
        state & (bits::CALL | bits::CONFERENCING) != 0
            || matches!(state & bits::STATE, bits::BUSY | bits::DO_NOT_DISTURB)
    };
    native_states(absent).any(busy)
}

fn merge_remote(known: &mut RemoteContact, update: RemoteContact) {
    known.user_name = update.user_name.or(known.user_name.take());
    known.display_name = update.display_name.or(known.display_name.take());
    known.phone = update.phone.or(known.phone.take());
}

fn take<T>(known: &mut T, update: Option<T>) {
    if let Some(update) = update {
        *known = update;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const CALL: i64 = bits::CALL;

    fn contact(presence: serde_json::Value) -> Contact {
        Contact::from_snapshot(serde_json::from_value(presence).unwrap())
    }

    fn with_call(state: i64, journal: i64) -> Contact {
        contact(json!({"iPresenceState": CALL | 2, "seqCalls":
            [{"u8sConnectionID": "c1", "eCallState": state, "eJournalCallType": journal}]}))
    }

    fn only(contact: &Contact) -> Option<(CallKind, CallState)> {
        let calls = contact.calls();
        assert!(calls.len() < 2, "{calls:?}");
        calls.first().map(|call| (call.kind, call.state))
    }

    #[rstest]
    #[case::unknown(0, None)]
    #[case::destroyed(1, None)]
    #[case::offering(2, Some(CallState::Ringing))]
    #[case::dialing(4, Some(CallState::Ringing))]
    #[case::ringback(8, Some(CallState::Ringing))]
    #[case::busy_tone(16, None)]
    #[case::connected(32, Some(CallState::Connected))]
    #[case::conferenced(64, Some(CallState::Connected))]
    #[case::hold(128, Some(CallState::Connected))]
    #[case::disconnected(256, None)]
    #[case::prepare(512, Some(CallState::Ringing))]
    #[case::of_the_future(4096, None)]
    fn a_call_is_connected_only_while_somebody_talks(
        #[case] state: i64,
        #[case] expected: Option<CallState>,
    ) {
        assert_eq!(only(&with_call(state, 0)).map(|(_, state)| state), expected);
    }

    #[rstest]
    #[case::tapi(0, Some(CallKind::Tapi))]
    #[case::video(1, Some(CallKind::AvChat))]
    #[case::audio(2, Some(CallKind::AvChat))]
    #[case::both(3, Some(CallKind::AvChat))]
    #[case::message(4, None)]
    #[case::mobile(5, Some(CallKind::Tapi))]
    #[case::softphone(7, Some(CallKind::Softphone))]
    #[case::sms(8, None)]
    #[case::screen(9, Some(CallKind::AvChat))]
    #[case::of_the_future(77, Some(CallKind::Tapi))]
    fn the_journal_type_names_the_kind(#[case] journal: i64, #[case] kind: Option<CallKind>) {
        assert_eq!(only(&with_call(32, journal)).map(|(kind, _)| kind), kind);
    }

    #[test]
    fn a_meeting_is_seen_by_its_flag() {
        let meeting = contact(json!({"iPresenceState": bits::CONFERENCING | 2, "seqCalls": []}));
        assert_eq!(
            only(&meeting),
            Some((CallKind::Meeting, CallState::Connected))
        );
    }

    #[rstest]
    #[case::list_is_empty(json!({"iPresenceState": CALL | 2, "seqCalls": []}), None)]
    #[case::no_list(json!({"iPresenceState": CALL | 2}), Some(CallState::Connected))]
    #[case::no_list_ringing(
        json!({"iPresenceState": bits::RINGING | 1}),
        Some(CallState::Ringing)
    )]
    #[case::no_list_teams_calls(
        json!({"iPresenceState": CALL | 2, "asnAbsentState":
            {"externalPresenceStates": [{"iState": CALL | 2, "eType": 0}]}}),
        None
    )]
    #[case::no_list_teams_free(
        json!({"iPresenceState": CALL | 2, "asnAbsentState":
            {"externalPresenceStates": [{"iState": 1, "eType": 0}]}}),
        Some(CallState::Connected)
    )]
    fn the_call_flag_counts_only_without_a_list_and_without_a_teams_call(
        #[case] presence: serde_json::Value,
        #[case] expected: Option<CallState>,
    ) {
        assert_eq!(only(&contact(presence)).map(|(_, state)| state), expected);
    }

    #[test]
    fn an_update_changes_only_what_it_names() {
        let mut anna = contact(json!({"iPresenceState": 1, "iContactFeatureSet": 2048,
            "asnRemoteContact": {"u8sDisplayName": "Anna"}, "seqCalls": []}));
        let update = json!({"seqCalls": [{"u8sConnectionID": "c1", "eCallState": 2}]});
        anna.merge(serde_json::from_value(update).unwrap(), CallLists::Changes);
        let update = json!({"iPresenceState": CALL | 2,
            "seqCalls": [{"u8sConnectionID": "c2", "eCallState": 32}]});
        anna.merge(serde_json::from_value(update).unwrap(), CallLists::Changes);
        assert_eq!(anna.calls().len(), 2);
        assert!(anna.may_set_absent());
        assert_eq!(anna.remote().unwrap().display_name.as_deref(), Some("Anna"));
        let update = json!({"seqCalls": [{"u8sConnectionID": "c2", "eCallState": 32}]});
        anna.merge(serde_json::from_value(update).unwrap(), CallLists::Complete);
        assert_eq!(anna.calls().len(), 1);
    }

    #[test]
    fn a_call_without_the_flag_is_in_doubt() {
        let mut anna = with_call(32, 0);
        assert!(!anna.in_doubt());
        let update = serde_json::from_value(json!({"iPresenceState": 1})).unwrap();
        anna.merge(update, CallLists::Changes);
        assert!(anna.in_doubt());
    }
}
