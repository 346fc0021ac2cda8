//! One contact: what UCServer said about it, merged, and the calls that follow from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::call::{Call, Calls};
use super::settings::CallLists;
use super::wire::{AbsentState, Presence, RemoteContact, bits};
use crate::CallState;
use model::presence::CallKind;
use model::procall::{ShownPresence, ShownState};

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
    /// A call that the list holds, or held, is not understood.
    unread: bool,
    /// The flag "in a call" was raised by an event, and calls are not shown to us: what Teams does
    /// may come with another event, or, on a server of the older form, with none.
    unchecked: bool,
    /// ProCall says "in a call", and no call explains it: not only until the next message.
    puzzling: bool,
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
    /// `eCallState`; nothing while only the call itself is known.
    state: Option<i64>,
    /// `eJournalCallType`; 0, a telephone call, where it is not said.
    journal: i64,
}

impl Contact {
    /// Everything anew, from the result of a subscription.
    pub(crate) fn from_snapshot(presence: Presence) -> Self {
        let mut contact = Self::default();
        contact.merge(presence, CallLists::Complete);
        // One message has said both: nothing more is to be waited for.
        contact.puzzling = contact.lacks_call();
        contact.unchecked = false;
        contact
    }

    /// Takes over what changed; what is not named stays.
    pub(crate) fn merge(&mut self, update: Presence, lists: CallLists) {
        let calls_or_rings = |state| state & (bits::CALL | bits::RINGING) != 0;
        let is_quiet = update.state.is_some_and(|state| !calls_or_rings(state));
        let raised = self.state & bits::CALL == 0;
        take(&mut self.state, update.state);
        self.unchecked = self.state & bits::CALL != 0 && (raised || self.unchecked);
        let may_use = |rights| rights & bits::USE_TEAMS != 0;
        self.teams_right = update.static_rights2().map(may_use).or(self.teams_right);
        if let Some(absent) = update.absent {
            let absent = absent.after(self.absent());
            self.absent = (!absent.is_nothing()).then(|| Box::new(absent));
        }
        let may_set = |features| features & bits::MAY_SET_ABSENT != 0;
        self.may_set_absent = update.features.map(may_set).or(self.may_set_absent);
        if let Some(remote) = update.remote {
            merge_remote(self.remote.get_or_insert_default(), remote);
        }
        if let Some(calls) = update.calls {
            self.merge_calls(&calls, lists);
        }
        if is_quiet {
            self.unread = false;
        }
        self.puzzling = self.lacks_call() && (self.puzzling || self.unread);
    }

    /// What ProCall shows of the user; nothing where it says nothing that we know.
    pub(crate) const fn shows(&self) -> Option<ShownPresence> {
        let state = match self.state & bits::STATE {
            bits::AVAILABLE => ShownState::Available,
            bits::BUSY => ShownState::Busy,
            bits::ABSENT => ShownState::Absent,
            bits::DO_NOT_DISTURB => ShownState::DoNotDisturb,
            _ if self.state & bits::OFFLINE != 0 => ShownState::Offline,
            _ => return None,
        };
        Some(ShownPresence {
            state,
            in_a_call: self.state & (bits::CALL | bits::CONFERENCING) != 0,
        })
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

    fn merge_calls(&mut self, calls: &Calls, lists: CallLists) {
        let known = self.calls.get_or_insert_default();
        if lists == CallLists::Complete && calls.is_list {
            known.retain(|key, _| calls.iter().any(|call| call.key() == Some(key)));
            self.unread = false;
        }
        for call in calls.iter() {
            merge_call(known, call);
        }
        let stateless = |call: &Call| {
            let part = call.key().and_then(|key| known.get(key));
            part.is_some_and(|part| part.state.is_none())
        };
        self.unread |= calls.has_keyless || calls.iter().any(stateless);
    }

    /// The calls that last or ring: section 6 of the connector's specification. Where the list is
    /// not shown, or not understood, the flag counts in its place.
    pub(crate) fn calls(&self) -> Vec<SeenCall> {
        let known = self.calls.iter().flatten();
        let mut seen: Vec<_> = known.filter_map(|(key, call)| call.seen(key)).collect();
        if self.calls.is_none() || self.unread {
            seen.extend(self.call_by_flag(&seen));
        }
        if self.state & bits::CONFERENCING != 0 {
            seen.push(SeenCall {
                key: MEETING.into(),
                kind: CallKind::Meeting,
                state: CallState::Connected,
            });
        }
        seen
    }

    /// The flag is all there is beside the calls `seen`. It is not believed while Teams itself
    /// has a call, for then it may be Teams' own call coming back.
    fn call_by_flag(&self, seen: &[SeenCall]) -> Option<SeenCall> {
        let talks = seen.iter().any(|call| call.state == CallState::Connected);
        let state = if self.state & bits::CALL != 0 && !talks {
            if self.wants_check() {
                CallState::Ringing
            } else {
                CallState::Connected
            }
        } else if self.state & bits::RINGING != 0 && seen.is_empty() {
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

    fn talks(&self) -> bool {
        self.calls.iter().flatten().any(|(_, call)| call.lasts())
    }

    /// Whether a list of calls was shown, but none that explains the flag "in a call".
    fn lacks_call(&self) -> bool {
        self.calls.is_some()
            && self.state & (bits::CALL | bits::CONFERENCING) == bits::CALL
            && !self.talks()
            && !teams_may_be_calling(self.absent())
    }

    /// Whether the list of calls and the flag contradict each other: an update may have been
    /// lost, or is still to come.
    pub(crate) fn in_doubt(&self) -> bool {
        let unflagged = self.state & (bits::CALL | bits::CONFERENCING) == 0;
        (unflagged && self.talks()) || (self.lacks_call() && !self.puzzling)
    }

    /// Whether the list of calls holds, or held, one that is not understood.
    pub(crate) const fn has_unread_calls(&self) -> bool {
        self.unread
    }

    /// Whether the flag is all there is, and it is to be read again, with what Teams does, before it
    /// is believed.
    pub(crate) fn wants_check(&self) -> bool {
        self.unchecked && self.calls.is_none() && !teams_may_be_calling(self.absent())
    }

    /// It cannot be read again: the flag has to do.
    pub(crate) const fn believe_flag(&mut self) {
        self.unchecked = false;
    }

    /// Whether ProCall says "in a call" and no call is understood: one in Teams that estos' own
    /// integration brings, or one in a form that we do not know.
    pub(crate) const fn is_puzzling(&self) -> bool {
        self.puzzling
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
        matches!(self.state, Some(32 | 64 | 128))
    }

    fn seen(self, key: &str) -> Option<SeenCall> {
        let state = match self.state? {
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
    let Some(key) = call.key() else {
        return;
    };
    let mut part = known.get(key).copied().unwrap_or_default();
    part.state = call.state.or(part.state);
    take(&mut part.journal, call.journal);
    if matches!(part.state, Some(1 | 256)) {
        known.remove(key);
    } else {
        known.insert(key.to_owned(), part);
    }
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
#[path = "contact_tests.rs"]
mod tests;
