//! What rings, and how: off until somebody chooses.

use std::collections::BTreeSet;

/// What may ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AlertEvent {
    /// A problem that was not there before.
    Problem,
    /// Presence is carried no more: a side is gone, or the bridge has ended.
    Outage,
    /// The call or the presence of a pinned user.
    Pinned,
}

/// How it rings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AlertWay {
    /// The bell of the terminal.
    #[default]
    Bell,
    /// A notification, where the terminal knows OSC 9.
    Notification,
}

/// What rings, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alerts {
    pub(crate) events: BTreeSet<AlertEvent>,
    pub(crate) way: AlertWay,
}

impl AlertEvent {
    /// All of them, in the order of the list.
    pub(crate) const ALL: [Self; 3] = [Self::Problem, Self::Outage, Self::Pinned];

    /// The name in settings.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Outage => "outage",
            Self::Pinned => "pinned",
        }
    }

    /// The event of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name)
    }
}

impl AlertWay {
    /// All of them, in the order of the list.
    pub(crate) const ALL: [Self; 2] = [Self::Bell, Self::Notification];

    /// The name in settings.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Bell => "bell",
            Self::Notification => "osc9",
        }
    }

    /// The way of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == name)
    }
}

impl Alerts {
    /// Chooses the line of the list at this place: an event on or off, or a way.
    pub(crate) fn choose(&mut self, at: usize) {
        let events = AlertEvent::ALL.len();
        if let Some(event) = AlertEvent::ALL.get(at) {
            if !self.events.remove(event) {
                self.events.insert(*event);
            }
        } else if let Some(way) = at.checked_sub(events).and_then(|at| AlertWay::ALL.get(at)) {
            self.way = *way;
        }
    }
}
