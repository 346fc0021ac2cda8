//! Who may write: what we were told of the writer lock, what ProCall says of the integration of its
//! own, what the administrator wants, and whether the program ends.

use model::snapshot::{Mode, ObserveReason};

/// What may be written for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permit {
    /// Whatever the calls ask for: set, renew, clear.
    Write,
    /// Only the end of a lease: a clear puts things right.
    ClearOnly,
    /// The same for as long as ProCall is not heard: nobody knows which calls last.
    Unheard,
    /// Nothing: somebody else writes.
    Nothing,
}

/// What we were last told.
#[derive(Debug)]
enum Told {
    /// Nothing of the writer lock yet: we write.
    Nothing,
    /// The writer lock is ours; only then can it be lost.
    LockIsOurs,
    /// To observe only, and why.
    Observe(ObserveReason),
}

/// Whether we write, and what.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // each by somebody else's word
pub(super) struct Permission {
    told: Told,
    /// estos' own Teams integration is active: two bridges would echo each other.
    native: bool,
    /// By the administrator, for everybody.
    paused: bool,
    /// ProCall is not heard: which calls last is not known.
    unheard: bool,
    stopping: bool,
    /// Another member of the cluster is to lead as soon as nothing of ours is under way.
    handing_over: bool,
}

impl Permission {
    /// The permission at the start.
    pub(super) fn new(mode: Mode) -> Self {
        let (told, paused) = match mode {
            Mode::Writing => (Told::Nothing, false),
            Mode::Observing(reason) => (Told::Observe(reason), false),
            Mode::Paused => (Told::Nothing, true),
        };
        Self {
            told,
            native: false,
            paused,
            unheard: false,
            stopping: false,
            handing_over: false,
        }
    }

    /// Whether we write, as it is shown.
    pub(super) fn mode(&self) -> Mode {
        match (self.observes(), self.paused) {
            (Some(reason), _) => Mode::Observing(reason.clone()),
            (None, true) => Mode::Paused,
            (None, false) => Mode::Writing,
        }
    }

    /// Why we only observe, if we do. What we were told goes before what ProCall says.
    pub(super) fn observes(&self) -> Option<&ObserveReason> {
        match &self.told {
            Told::Observe(reason) => Some(reason),
            _ => self.native.then_some(&ObserveReason::NativeIntegration),
        }
    }

    /// Whether another lampfield writes for this tenant.
    pub(super) const fn other_writer(&self) -> bool {
        matches!(
            self.told,
            Told::Observe(
                ObserveReason::OtherWriter { .. }
                    | ObserveReason::Standby
                    | ObserveReason::EngineLost
            )
        )
    }

    /// Observing means writing nothing, to neither side; only where merely the *set* side is off
    /// (switched off, no ledger) does ProCall go on learning what Teams shows.
    pub(super) fn may_tell_procall(&self) -> bool {
        matches!(
            self.observes(),
            None | Some(ObserveReason::Config | ObserveReason::NoState(_))
        )
    }

    /// What may be written for a user who is paused, or not.
    pub(super) fn permit(&self, user_paused: bool) -> Permit {
        if self.observes().is_some() || self.handing_over {
            return Permit::Nothing;
        }
        if self.paused || self.stopping || user_paused {
            return Permit::ClearOnly;
        }
        if self.unheard {
            return Permit::Unheard;
        }
        Permit::Write
    }

    /// Whether the writer lock is ours.
    pub(super) const fn holds_lock(&self) -> bool {
        matches!(self.told, Told::LockIsOurs)
    }

    /// From now on only observing; the writer lock, if it was ours, is lost.
    pub(super) fn observe(&mut self, reason: ObserveReason) {
        self.told = Told::Observe(reason);
    }

    /// The writer lock is ours; why we observed until now, if we did.
    pub(super) fn take_lock(&mut self) -> Option<ObserveReason> {
        match std::mem::replace(&mut self.told, Told::LockIsOurs) {
            Told::Observe(reason) => Some(reason),
            Told::Nothing | Told::LockIsOurs => None,
        }
    }

    /// estos' own integration is active, or not; whether that is new.
    pub(super) const fn set_native(&mut self, active: bool) -> bool {
        std::mem::replace(&mut self.native, active) != active
    }

    /// The administrator pauses writing or resumes it; whether that is new.
    pub(super) const fn pause(&mut self, paused: bool) -> bool {
        std::mem::replace(&mut self.paused, paused) != paused
    }

    /// ProCall is not heard any more; whether that is new.
    pub(super) const fn lose_calls(&mut self) -> bool {
        !std::mem::replace(&mut self.unheard, true)
    }

    /// ProCall has told all calls; whether it was not heard until now.
    pub(super) const fn know_calls(&mut self) -> bool {
        std::mem::replace(&mut self.unheard, false)
    }

    /// Whether ProCall is not heard.
    pub(super) const fn is_unheard(&self) -> bool {
        self.unheard
    }

    /// The program ends: nothing new is written any more.
    pub(super) const fn stop(&mut self) {
        self.stopping = true;
        self.handing_over = false;
    }

    /// Another member is to lead as soon as nothing of ours is under way.
    pub(super) const fn hand_over(&mut self) {
        self.handing_over = true;
    }

    /// Whether the program ends.
    pub(super) const fn is_stopping(&self) -> bool {
        self.stopping
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// What happens to it.
    type Happens = fn(&mut Permission);
    const NOTHING: Happens = |_| ();
    const PAUSE: Happens = |it| _ = it.pause(true);
    const RESUME: Happens = |it| _ = it.pause(false);
    const UNHEARD: Happens = |it| _ = it.lose_calls();
    const HEARD_AGAIN: Happens = |it| _ = (it.lose_calls(), it.know_calls());
    const NATIVE: Happens = |it| _ = it.set_native(true);
    const NATIVE_AND_LOCK: Happens = |it| _ = (it.set_native(true), it.take_lock());

    #[rstest]
    #[case::writing(Mode::Writing, NOTHING, Permit::Write, Mode::Writing)]
    #[case::paused(Mode::Paused, NOTHING, Permit::ClearOnly, Mode::Paused)]
    #[case::resumed(Mode::Paused, RESUME, Permit::Write, Mode::Writing)]
    #[case::unheard(Mode::Writing, UNHEARD, Permit::Unheard, Mode::Writing)]
    #[case::unheard_and_paused(Mode::Paused, UNHEARD, Permit::ClearOnly, Mode::Paused)]
    #[case::heard_again(Mode::Writing, HEARD_AGAIN, Permit::Write, Mode::Writing)]
    #[case::stopping(Mode::Writing, Permission::stop, Permit::ClearOnly, Mode::Writing)]
    #[case::observing(
        Mode::Observing(ObserveReason::Flag),
        PAUSE,
        Permit::Nothing,
        Mode::Observing(ObserveReason::Flag)
    )]
    #[case::native(
        Mode::Writing,
        NATIVE,
        Permit::Nothing,
        Mode::Observing(ObserveReason::NativeIntegration)
    )]
    #[case::what_we_were_told_goes_before_what_procall_says(
        Mode::Observing(ObserveReason::Config),
        NATIVE,
        Permit::Nothing,
        Mode::Observing(ObserveReason::Config)
    )]
    #[case::the_lock_does_not_help_against_estos_own_integration(
        Mode::Observing(ObserveReason::Config),
        NATIVE_AND_LOCK,
        Permit::Nothing,
        Mode::Observing(ObserveReason::NativeIntegration)
    )]
    fn what_may_be_written(
        #[case] start: Mode,
        #[case] happens: Happens,
        #[case] permit: Permit,
        #[case] mode: Mode,
    ) {
        let mut permission = Permission::new(start);
        happens(&mut permission);
        assert_eq!(permission.permit(false), permit);
        assert_eq!(permission.mode(), mode);
        assert_ne!(permission.permit(true), Permit::Write);
    }

    #[test]
    fn only_a_lock_that_is_ours_can_be_lost() {
        let mut permission = Permission::new(Mode::Writing);
        assert!(!permission.holds_lock());
        let other = ObserveReason::OtherWriter { pid: Some(7) };
        permission.observe(other.clone());
        assert!(permission.other_writer() && !permission.holds_lock());
        assert_eq!(permission.take_lock(), Some(other));
        assert!(permission.holds_lock() && !permission.other_writer());
        assert_eq!(permission.take_lock(), None);
        permission.observe(ObserveReason::NoState("gone".into()));
        assert!(!permission.holds_lock() && permission.may_tell_procall());
    }
}
