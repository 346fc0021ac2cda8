//! The dashboard in lines, for a pipe or a screen reader: what the header, the problems and each user
//! say, as one line whenever it changes. Fields have names, and no key is spoken of: there are none.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::glyphs::{ASCII, Glyphs, UTF8};
use super::problems::{self, Problem, Severity};
use super::time::clock_time;
use super::view::{coverage_words, mode_words};
use model::clock::{advance, shifted};
use model::presence::Lang;
use model::presence::UserName;
use model::snapshot::{ReadMark, Snapshot, UserRow};
use model::text::harmless;
use words::{Texts, ascii_texts, fill, texts};

/// How long the first lines wait for what a bridge learns at its start: a second, unless somebody is slow.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);

/// What was said already.
#[derive(Debug)]
pub struct Plain {
    texts: &'static Texts,
    glyphs: &'static Glyphs,
    zone: TimeZone,
    begin: Option<Begin>,
    head: String,
    problems: Vec<Problem>,
    /// Nothing before everybody was read once.
    users: Option<SaidUsers>,
}

/// The beginning of a bridge.
#[derive(Debug)]
struct Begin {
    /// Whose: process, and since when it runs.
    of: (u32, Timestamp),
    /// When it was first looked at.
    first: Timestamp,
    /// What it learns at its start is known, or was not waited for any longer.
    over: bool,
}

/// What was said of each user.
#[derive(Debug, Default)]
struct SaidUsers {
    /// The rows that were looked at last: which of them are the same is told by pointer.
    rows: Arc<Vec<Arc<UserRow>>>,
    said: HashMap<UserName, String>,
}

impl Plain {
    /// Nothing was said yet; times are shown in `zone`.
    #[must_use]
    pub fn new(lang: Lang, ascii: bool, zone: TimeZone) -> Self {
        Self {
            texts: if ascii {
                ascii_texts(lang)
            } else {
                texts(lang)
            },
            glyphs: if ascii { &ASCII } else { &UTF8 },
            zone,
            begin: None,
            head: String::new(),
            problems: Vec::new(),
            users: None,
        }
    }

    /// What is new in this snapshot, as lines without line ends: mode and coverage, problems that
    /// came (with their remedy) and problems that are over; each user once at the start, and whoever
    /// has changed since. At the start nothing for a moment: see [`Plain::due`].
    pub fn lines(&mut self, snapshot: &Snapshot, now: Timestamp) -> Vec<String> {
        if !self.begins(snapshot, now) {
            return Vec::new();
        }
        let mut said = Vec::new();
        self.head(snapshot, now, &mut said);
        self.problems(snapshot, now, &mut said);
        self.users(snapshot, &mut said);
        let at = shifted(now, snapshot.wall_ahead);
        said.iter().map(|text| self.saying(text, at)).collect()
    }

    /// A line about the dashboard itself, said at this time of day.
    #[must_use]
    pub fn saying(&self, text: &str, at: Timestamp) -> String {
        format!("{}  {}", clock_time(at, &self.zone), harmless(text))
    }

    /// When the first lines of a bridge are said at the latest: mode and coverage become known one after the
    /// other, and are one line. Nothing once they are said.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let begin = self.begin.as_ref().filter(|begin| !begin.over);
        begin.map(|begin| advance(begin.first, BEGINS_WITHIN))
    }

    /// Whether the beginning of this bridge is known: a cycle has ended, or something is wrong that keeps it
    /// from ending.
    fn begins(&mut self, snapshot: &Snapshot, now: Timestamp) -> bool {
        let bridge = &snapshot.tenant.bridge;
        let of = (bridge.pid, bridge.since);
        let known = self.begin.take().filter(|begin| begin.of == of);
        let begin = known.unwrap_or(Begin {
            of,
            first: now,
            over: false,
        });
        let over = begin.over
            || advance(begin.first, BEGINS_WITHIN) <= now
            || snapshot.poll.started_at.is_some()
            || self.is_in_trouble(snapshot, now);
        self.begin = Some(Begin { over, ..begin });
        over
    }

    fn is_in_trouble(&self, snapshot: &Snapshot, now: Timestamp) -> bool {
        let found = problems::find(snapshot, self.texts, now);
        found.iter().any(|it| it.severity != Severity::Hint)
    }

    /// Ages and countdowns are not said: they would change all the time.
    fn users(&mut self, snapshot: &Snapshot, said: &mut Vec<String>) {
        let read = |mark: ReadMark| mark.read_at.is_some() || mark.failures > 0;
        if self.users.is_none() && (snapshot.rows.is_empty() || !snapshot.reads.iter().all(read)) {
            return;
        }
        let (t, arrow) = (self.texts, self.glyphs.arrow);
        let users = self.users.get_or_insert_default();
        let before = std::mem::replace(&mut users.rows, Arc::clone(&snapshot.rows));
        let rows = snapshot.rows.iter().enumerate();
        let is_same = |at: usize, row| before.get(at).is_some_and(|old| Arc::ptr_eq(old, row));
        for (_, row) in rows.filter(|(at, row)| !is_same(*at, row)) {
            let text = user(row, t, arrow);
            if users.said.get(&row.user_name) != Some(&text) {
                said.push(text.clone());
                users.said.insert(row.user_name.clone(), text);
            }
        }
    }

    fn head(&mut self, snapshot: &Snapshot, now: Timestamp, said: &mut Vec<String>) {
        let demo = snapshot
            .tenant
            .demo
            .then(|| self.texts.header.demo.to_owned());
        let covered = snapshot.coverage.procall_users > 0;
        let coverage = coverage_words(snapshot, self.texts.header.coverage);
        let parts = [
            Some(self.texts.links.bridge.to_owned()),
            demo,
            mode_words(snapshot, now, self.texts),
            covered.then_some(coverage),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let head = parts.join("  ");
        if head != self.head {
            self.head.clone_from(&head);
            said.push(head);
        }
    }

    fn problems(&mut self, snapshot: &Snapshot, now: Timestamp, said: &mut Vec<String>) {
        let found = problems::find(snapshot, self.texts, now);
        let found = found.into_iter().filter(|problem| problem.user.is_none());
        let found: Vec<Problem> = found.collect();
        self.problems.retain(|before| {
            let still = found.iter().any(|it| it.is_still(before));
            if !still {
                let over = fill(self.texts.problems.over, &[("detail", &before.what)]);
                said.push(format!("{} {over}", self.glyphs.confirmed));
            }
            still
        });
        for problem in found {
            if self.problems.iter().any(|before| problem.is_still(before)) {
                continue;
            }
            let (warning, arrow) = (self.glyphs.warning, self.glyphs.arrow);
            said.push(format!(
                "{warning} {} {arrow} {}",
                problem.what, problem.remedy
            ));
            self.problems.push(problem);
        }
    }
}

/// What is known of a user, field by field; what there is nothing to say of is left out.
fn user(row: &UserRow, t: &Texts, arrow: &str) -> String {
    let r = &t.report;
    let teams = row.teams.as_ref().map(ToString::to_string);
    let lease = row.lease.as_deref();
    let lease = lease.map(|lease| {
        let word = words::lease_word(lease, t);
        format!("Busy/{}, {word}", lease.activity.as_str())
    });
    let note = row.odd_note().map(|note| words::note(note, t).0);
    let ours = row.teams_shows_our_call();
    let note = note.or_else(|| ours.then(|| t.detail.our_call.to_owned()));
    let fields = [
        (&r.user, Some(row.user_name.to_string())),
        (&r.name, Some(row.display_name.to_string())),
        (&r.teams, teams),
        (&r.procall, Some(words::in_procall(row, t, arrow))),
        (&r.lamp, Some(words::lamp(row.rule.lamp, t).to_owned())),
        (&t.detail.calls, calls(row, t)),
        (&r.lease, lease),
        (&r.note, note),
    ];
    let fields = fields.into_iter().filter_map(|(label, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some(format!("{label}: {value}"))
    });
    fields.collect::<Vec<_>>().join("; ")
}

/// The calls of both sides; nothing where there is none.
fn calls(row: &UserRow, t: &Texts) -> Option<String> {
    let of_procall = row.calls.iter().map(|call| {
        let state = if call.connected {
            &t.calls.connected
        } else {
            &t.calls.ringing
        };
        format!("{} {state}", words::call_name(call.kind, t))
    });
    let of_teams = row.has_teams_call().then(|| t.calls.in_teams.to_owned());
    let all: Vec<_> = of_procall.chain(of_teams).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
