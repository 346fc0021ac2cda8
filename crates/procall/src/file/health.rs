//! What is wrong with the files right now, gathered from the threads that read and write.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::cause::{Cause, Trouble};
use model::source_fault::{SourceFault, SourceWarning};

use crate::ProcallEvent;

/// What can be wrong independently of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Users,
    Calls,
    Out,
    OutFull,
}

/// What is wrong right now. Only the reader tells the bridge, so that a trouble and its end
/// never arrive in the wrong order.
#[derive(Clone, Default)]
pub(super) struct Health {
    wrong: Arc<Mutex<BTreeMap<Part, SourceFault>>>,
    /// What is to be said once.
    warnings: Arc<Mutex<Vec<SourceWarning>>>,
}

impl Health {
    /// Notes what is wrong with one part, or that nothing is.
    pub(super) fn set(&self, part: Part, fault: Option<SourceFault>) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            Some(fault) => wrong.insert(part, fault),
            None => wrong.remove(&part),
        };
    }

    /// Notes something that is said once.
    pub(super) fn warn(&self, warning: SourceWarning) {
        let warnings = self.warnings.lock();
        let mut warnings = warnings.unwrap_or_else(PoisonError::into_inner);
        warnings.push(warning);
    }

    /// What is to be said once.
    pub(super) fn take_warnings(&self) -> Vec<SourceWarning> {
        let warnings = self.warnings.lock();
        std::mem::take(&mut *warnings.unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether users or calls cannot be read.
    pub(super) fn has_trouble_of_input(&self) -> bool {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.keys().any(|part| *part != Part::Out)
    }

    /// How things stand: [`ProcallEvent::Up`] or [`ProcallEvent::Trouble`].
    pub(super) fn as_event(&self) -> ProcallEvent {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.is_empty() {
            return ProcallEvent::Up;
        }
        ProcallEvent::Trouble(trouble(wrong.values().cloned()))
    }
}

/// The files cannot be used, for these reasons.
pub(super) fn trouble(faults: impl IntoIterator<Item = SourceFault>) -> Trouble {
    words::explained(Cause::Files(faults.into_iter().collect()))
}
