//! Users who signed in by device code, or are about to.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

/// Who signed in, or is about to.
#[derive(Debug, Default)]
pub(super) struct SignIns {
    pub(super) devices: FxHashMap<String, Device>,
    pub(super) refresh: FxHashMap<String, Consent>,
}

/// What a user consented to.
#[derive(Clone, Debug)]
pub(super) struct Consent {
    pub(super) upn: String,
    pub(super) scopes: BTreeSet<String>,
}

/// A sign-in that began.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) user_code: String,
    pub(super) scopes: BTreeSet<String>,
    pub(super) until: Timestamp,
    pub(super) decision: Decision,
}

/// What the user did with a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Pending,
    Approved(String),
    Declined,
}

impl SignIns {
    /// The user decides about every code that waits; whether any did.
    pub(super) fn decide(&mut self, decision: &Decision) -> bool {
        let waiting = self.devices.values_mut();
        let waiting = waiting.filter(|device| device.decision == Decision::Pending);
        waiting
            .map(|device| device.decision = decision.clone())
            .count()
            > 0
    }

    /// The codes that wait for their user.
    pub(super) fn waiting(&self) -> Vec<String> {
        let waiting = self.devices.values();
        let waiting = waiting.filter(|device| device.decision == Decision::Pending);
        waiting.map(|device| device.user_code.clone()).collect()
    }

    /// Everybody is signed out.
    pub(super) fn revoke(&mut self) {
        self.refresh.clear();
    }
}
