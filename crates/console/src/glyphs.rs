//! Every sign that is not a letter, twice: for UTF-8 terminals and for ASCII ones.

use model::presence::Lamp;
use model::snapshot::{LeasePhase, LeaseView, LinkStatus, UserRow, Verdict};
use report::{MASKED, NO_EFFECT};

/// One set of signs. All are one cell wide.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Glyphs {
    /// Marks the selected row.
    pub(crate) selected: &'static str,
    /// Marks a row that stays on top.
    pub(crate) pinned: &'static str,
    /// The lamp, red: also readable without colour.
    pub(crate) red: &'static str,
    /// The lamp, yellow.
    pub(crate) yellow: &'static str,
    /// The lamp, neutral.
    pub(crate) neutral: &'static str,
    /// The lamp of somebody whose call in Teams is the one that we have written.
    pub(crate) our_call: &'static str,
    /// The call rings; it is not connected.
    pub(crate) ringing: &'static str,
    /// The source is silent: the call may have ended.
    pub(crate) unsure: &'static str,
    /// The last good read is fresh.
    pub(crate) alive: &'static str,
    /// It is not.
    pub(crate) dead: &'static str,
    /// Something is wrong.
    pub(crate) warning: &'static str,
    /// A read has seen the lease.
    pub(crate) confirmed: &'static str,
    /// None has yet.
    pub(crate) pending: &'static str,
    /// Something hides it.
    pub(crate) masked: &'static str,
    /// Nothing came of it.
    pub(crate) no_effect: &'static str,
    /// It would be set.
    pub(crate) observed: &'static str,
    /// It is being set.
    pub(crate) setting: &'static str,
    /// It is being cleared.
    pub(crate) clearing: &'static str,
    /// It has just ended.
    pub(crate) settling: &'static str,
    /// Text was cut here.
    pub(crate) cut: &'static str,
    /// Between two things on one line.
    pub(crate) dot: &'static str,
    /// Leads from cause to effect.
    pub(crate) arrow: &'static str,
    /// A level line.
    pub(crate) rule: &'static str,
    /// An upright line.
    pub(crate) upright: &'static str,
    /// A hop that works: an end of it.
    pub(crate) node: &'static str,
    /// A hop that was not used yet.
    pub(crate) node_idle: &'static str,
    /// A hop that is broken.
    pub(crate) node_down: &'static str,
    /// The wire of a hop that works.
    pub(crate) wire: &'static str,
    /// The wire of a hop that partly fails.
    pub(crate) wire_degraded: &'static str,
    /// The wire of a hop that is broken.
    pub(crate) wire_down: &'static str,
    /// The sign beside the heading of an ascending sort.
    pub(crate) ascending: &'static str,
    /// The sign beside the heading of a descending sort.
    pub(crate) descending: &'static str,
    /// A gauge, filled.
    pub(crate) full: &'static str,
    /// A gauge, empty.
    pub(crate) void: &'static str,
    /// Rising steps of a sparkline.
    pub(crate) steps: [&'static str; 8],
    /// The Enter key.
    pub(crate) enter: &'static str,
    /// The space bar.
    pub(crate) space: &'static str,
}

/// For terminals that speak UTF-8. No emoji and no characters of ambiguous width.
pub(crate) static UTF8: Glyphs = Glyphs {
    selected: "▌",
    pinned: "◆",
    red: "●",
    yellow: "◐",
    neutral: "○",
    our_call: "◊",
    ringing: "»",
    unsure: "?",
    alive: "◉",
    dead: "◌",
    warning: "▲",
    confirmed: "✓",
    pending: "↻",
    masked: MASKED.utf8,
    no_effect: NO_EFFECT.utf8,
    observed: "◦",
    setting: "↑",
    clearing: "↓",
    settling: "~",
    cut: "…",
    dot: "·",
    arrow: "→",
    rule: "─",
    upright: "│",
    node: "▪",
    node_idle: "▫",
    node_down: "✗",
    wire: "──",
    wire_degraded: "╌╌",
    wire_down: "  ",
    ascending: "▴",
    descending: "▾",
    full: "█",
    void: "░",
    steps: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    enter: "⏎",
    space: "␣",
};

/// For the others.
pub(crate) static ASCII: Glyphs = Glyphs {
    selected: ">",
    pinned: "%",
    red: "R",
    yellow: "Y",
    neutral: "N",
    our_call: "C",
    ringing: ")",
    unsure: "?",
    alive: "*",
    dead: "x",
    warning: "!",
    confirmed: "+",
    pending: "w",
    masked: MASKED.ascii,
    no_effect: NO_EFFECT.ascii,
    observed: "o",
    setting: "^",
    clearing: "v",
    settling: "~",
    cut: ".",
    dot: "|",
    arrow: "->",
    rule: "-",
    upright: "|",
    node: "@",
    node_idle: "_",
    node_down: "X",
    wire: "--",
    wire_degraded: "..",
    wire_down: "  ",
    ascending: "/",
    descending: "\\",
    full: "#",
    void: ".",
    steps: [" ", ".", ":", "-", "=", "+", "*", "#"],
    enter: "Enter",
    space: "Space",
};

impl Glyphs {
    /// The sign of a lamp.
    pub(crate) const fn lamp(&self, lamp: Lamp) -> &'static str {
        match lamp {
            Lamp::Neutral => self.neutral,
            Lamp::Red => self.red,
            Lamp::Yellow => self.yellow,
        }
    }

    /// The sign of a user's lamp: one of its own where Teams shows our call, for the lamp stays what it
    /// was then.
    pub(crate) fn lamp_of(&self, row: &UserRow) -> &'static str {
        if row.teams_shows_our_call() {
            return self.our_call;
        }
        self.lamp(row.rule.lamp)
    }

    /// The sign of a verdict.
    pub(crate) const fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Pending => self.pending,
            Verdict::Confirmed => self.confirmed,
            Verdict::Masked => self.masked,
            Verdict::NoEffect => self.no_effect,
        }
    }

    /// The sign of a lease: its verdict while it is held, its phase otherwise.
    pub(crate) const fn lease(&self, lease: &LeaseView) -> &'static str {
        match lease.phase {
            LeasePhase::Observed => self.observed,
            LeasePhase::Setting => self.setting,
            LeasePhase::Held => self.verdict(lease.verdict),
            LeasePhase::Clearing => self.clearing,
            LeasePhase::Settling => self.settling,
        }
    }

    /// Both ends and the wire of a hop.
    pub(crate) const fn hop(&self, status: LinkStatus) -> (&'static str, &'static str) {
        match status {
            LinkStatus::Idle => (self.node_idle, self.wire),
            LinkStatus::Up => (self.node, self.wire),
            LinkStatus::Degraded => (self.node, self.wire_degraded),
            LinkStatus::Down => (self.node_down, self.wire_down),
        }
    }

    /// `part` of `whole` as one step of a sparkline.
    pub(crate) fn step(&self, part: u128, whole: u128) -> &'static str {
        let last = self.steps.len() - 1;
        let at = usize::try_from(part.saturating_mul(last as u128) / whole.max(1)).unwrap_or(last);
        self.steps.get(at.min(last)).copied().unwrap_or(" ")
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn the_ascii_twin_is_ascii() {
        assert!(format!("{ASCII:?}").is_ascii());
    }

    #[test]
    fn lamps_and_verdicts_differ_without_colour() {
        for glyphs in [&UTF8, &ASCII] {
            let lamps = [glyphs.red, glyphs.yellow, glyphs.neutral];
            let verdicts = [
                Verdict::Pending,
                Verdict::Confirmed,
                Verdict::Masked,
                Verdict::NoEffect,
            ]
            .map(|verdict| glyphs.verdict(verdict));
            for set in [&lamps[..], &verdicts[..]] {
                for (at, sign) in set.iter().enumerate() {
                    assert_eq!(sign.width(), 1);
                    assert!(!set[..at].contains(sign), "{sign} twice");
                }
            }
        }
    }

    #[test]
    fn a_sparkline_reaches_from_the_lowest_to_the_highest_step() {
        assert_eq!(UTF8.step(0, 100), "▁");
        assert_eq!(UTF8.step(100, 100), "█");
        assert_eq!(UTF8.step(5, 0), "█");
    }
}
