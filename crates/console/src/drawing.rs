//! What is drawn with, whatever is drawn: the moment, words, signs, styles. It also notes when the
//! next of the durations that were drawn will read differently.

use std::cell::Cell;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::style::Style;
use ratatui::text::Span;

use crate::glyphs::Glyphs;
use crate::privacy::Names;
use crate::theme::{Role, Theme};
use crate::time::{self, seconds_between};
use model::clock::shifted;
use model::problem::Roots;
use words::Texts;
use words::spelled;

/// The moment, the words, the signs and the styles of one frame.
#[derive(Debug)]
pub(crate) struct Drawing<'a> {
    /// The moment that is drawn: pinned while frozen.
    pub(crate) now: Timestamp,
    pub(crate) t: &'static Texts,
    pub(crate) glyphs: &'static Glyphs,
    pub(crate) theme: &'a Theme,
    /// What of a person may be shown.
    pub(crate) names: Names,
    pub(crate) zone: &'a TimeZone,
    /// How far the machine's clock is ahead of the time in the snapshot.
    pub(crate) wall_ahead: SignedDuration,
    /// What the rest follows from.
    pub(crate) roots: Roots,
    /// Nothing but ASCII is drawn.
    pub(crate) ascii: bool,
    /// Time stands still: nothing drawn changes by itself.
    pub(crate) frozen: bool,
    /// When the frame changes by itself; nothing: never.
    pub(crate) deadline: Cell<Option<Timestamp>>,
}

impl Drawing<'_> {
    pub(crate) fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    pub(crate) fn span(&self, text: impl Into<String>, role: Role) -> Span<'static> {
        Span::styled(text.into(), self.style(role))
    }

    pub(crate) fn cut(&self, text: &str, limit: usize) -> String {
        report::cells::cut(text, limit, self.glyphs.cut).into_owned()
    }

    /// Words of the mapping, spelled out where there is only ASCII.
    pub(crate) fn worded(&self, text: &str) -> String {
        if self.ascii {
            return spelled(text);
        }
        text.to_owned()
    }

    /// How long ago, in at most three cells.
    pub(crate) fn age(&self, since: Timestamp) -> String {
        let seconds = seconds_between(since, self.now);
        self.changes_in(time::short_grows_in(seconds));
        time::short(seconds)
    }

    /// How long until, in at most three cells.
    pub(crate) fn left(&self, until: Timestamp) -> String {
        let seconds = seconds_between(self.now, until);
        if seconds > 0 {
            self.changes_in(time::short_shrinks_in(seconds));
        }
        time::short(seconds)
    }

    /// How long until, to the second.
    pub(crate) fn countdown(&self, until: Timestamp) -> String {
        let seconds = seconds_between(self.now, until);
        if seconds > 0 {
            self.changes_in(1);
        }
        time::countdown(seconds)
    }

    /// Whether `at` is less than `seconds` ago: something that is marked for a moment.
    pub(crate) fn just_now(&self, at: Timestamp, seconds: u64) -> bool {
        let young = self.is_younger(at, seconds);
        if young {
            self.changes_in(seconds - seconds_between(at, self.now));
        }
        young
    }

    /// The same of something that is not drawn itself.
    pub(crate) fn is_younger(&self, at: Timestamp, seconds: u64) -> bool {
        seconds_between(at, self.now) < seconds
    }

    /// A measured duration, with the decimal sign of the language.
    pub(crate) fn measured(&self, duration: Duration) -> String {
        time::measured(duration, self.t)
    }

    /// Whether `at` lies in the future; the frame changes when it has come.
    pub(crate) fn not_yet(&self, at: Timestamp) -> bool {
        let left = seconds_between(self.now, at);
        if left > 0 {
            self.changes_in(left);
        }
        left > 0
    }

    /// Time of day of something in the snapshot.
    pub(crate) fn clock(&self, at: Timestamp) -> String {
        self.wall_clock(shifted(at, self.wall_ahead))
    }

    /// Time of day of something that was written down with the machine's time.
    pub(crate) fn wall_clock(&self, at: Timestamp) -> String {
        time::clock_time(at, self.zone)
    }

    /// Something drawn changes in so many whole seconds.
    fn changes_in(&self, seconds: u64) {
        if self.frozen {
            return;
        }
        let whole = Timestamp::from_second(self.now.as_second()).unwrap_or(self.now);
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let Ok(at) = whole.checked_add(SignedDuration::from_secs(seconds)) else {
            return;
        };
        self.wake_at(at);
    }

    /// The frame changes at this moment.
    pub(crate) fn wake_at(&self, at: Timestamp) {
        let earlier = self.deadline.get().is_none_or(|now| at < now);
        if earlier {
            self.deadline.set(Some(at));
        }
    }

    /// The earliest moment at which the frame changes by itself; none: never.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.deadline.get()
    }
}

impl words::Times for Drawing<'_> {
    fn age(&self, since: Timestamp) -> String {
        Drawing::age(self, since)
    }

    fn countdown(&self, until: Timestamp) -> String {
        Drawing::countdown(self, until)
    }

    fn clock(&self, at: Timestamp) -> String {
        Drawing::clock(self, at)
    }

    fn dot(&self) -> &str {
        self.glyphs.dot
    }

    fn worded(&self, text: &str) -> String {
        Drawing::worded(self, text)
    }
}
