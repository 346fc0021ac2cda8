//! The dashboard in lines, for a pipe or a screen reader: what the header, the problems and each user
//! say, as one line whenever it changes. Fields have names, and no key is spoken of: there are none.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::glyphs::{ASCII, Glyphs, UTF8};
use super::problems::{self, Problem};
use super::time::clock_time;
use super::view::{coverage_words, mode_words};
use model::clock::shifted;
use model::presence::Lang;
use model::presence::UserName;
use model::snapshot::{ReadMark, Snapshot, UserRow};
use model::text::harmless;
use words::{Texts, ascii_texts, fill, texts};

/// What was said already.
#[derive(Debug)]
pub struct Plain {
    texts: &'static Texts,
    glyphs: &'static Glyphs,
    zone: TimeZone,
    head: String,
    problems: Vec<Problem>,
    /// Nothing before everybody was read once.
    users: Option<SaidUsers>,
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
            head: String::new(),
            problems: Vec::new(),
            users: None,
        }
    }

    /// What is new in this snapshot, as lines without line ends: mode and coverage, problems that
    /// came (with their remedy) and problems that are over; each user once at the start, and whoever
    /// has changed since.
    pub fn lines(&mut self, snapshot: &Snapshot, now: Timestamp) -> Vec<String> {
        let mut said = Vec::new();
        self.head(snapshot, now, &mut said);
        self.problems(snapshot, now, &mut said);
        self.users(snapshot, &mut said);
        let at = clock_time(shifted(now, snapshot.wall_ahead), &self.zone);
        let line = |text: String| format!("{at}  {}", harmless(&text));
        said.into_iter().map(line).collect()
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
        let demo = snapshot.tenant.demo.then(|| self.texts.header.demo.clone());
        let covered = snapshot.coverage.procall_users > 0;
        let coverage = coverage_words(snapshot, &self.texts.header.coverage);
        let parts = [
            Some(self.texts.links.bridge.clone()),
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
                let over = fill(&self.texts.problems.over, &[("detail", &before.what)]);
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
    let note = note.or_else(|| ours.then(|| t.detail.our_call.clone()));
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
    let of_teams = row.has_teams_call().then(|| t.calls.in_teams.clone());
    let all: Vec<_> = of_procall.chain(of_teams).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use model::presence::TeamsPresence;
    use model::snapshot::{Mode, PollView};
    use ratatui::crossterm::event::KeyCode;

    fn plain() -> Plain {
        Plain::new(Lang::En, true, TimeZone::UTC)
    }

    #[test]
    fn mode_and_coverage_come_first_and_once() {
        let mut plain = plain();
        let snapshot = fixture::snapshot();
        let lines = plain.lines(&snapshot, fixture::now());
        assert_eq!(
            lines[0],
            "13:04:07  lampfield  WRITING  19 users = 12 matched + 6 unmatched + 1 excluded"
        );
        assert!(
            lines
                .iter()
                .any(|line| line.contains("write fails now and then")),
            "{lines:?}"
        );
        let users = lines.iter().filter(|line| line.contains("@corp.example"));
        assert_eq!(users.count(), 12, "{lines:#?}");
        assert!(plain.lines(&snapshot, fixture::now()).is_empty());
    }

    fn of<'a>(lines: &'a [String], user: &str) -> Vec<&'a str> {
        let named = lines.iter().filter(|line| line.contains(user));
        named.map(|line| line.split_once("  ").unwrap().1).collect()
    }

    #[test]
    fn each_user_is_said_once_with_a_name_for_every_field() {
        let lines = plain().lines(&fixture::snapshot(), fixture::now());
        assert_eq!(
            of(&lines, "bernd.kowalski"),
            [
                "User: bernd.kowalski@corp.example; Name: Bernd Kowalski; Teams: Busy/InACall; \
              ProCall: busy, in a call; Lamp: neutral; Calls: TAPI connected; \
              Lease: Busy/InACall, confirmed; \
              Note: Teams shows our call: the lamp stays as it was"
            ]
        );
        assert_eq!(
            of(&lines, "zoe.nguyen").len(),
            1,
            "and so is everybody else: {lines:#?}"
        );
    }

    #[test]
    fn nobody_is_said_before_everybody_was_read() {
        let mut plain = plain();
        let mut early = fixture::snapshot();
        let whole = early.clone();
        let mut marks: Vec<_> = early.reads.iter().collect();
        marks[3] = ReadMark::default();
        early.reads = Arc::new(marks.into_iter().collect());
        let lines = plain.lines(&early, fixture::now());
        assert!(of(&lines, "@corp.example").is_empty(), "{lines:?}");
        let lines = plain.lines(&whole, fixture::now());
        assert_eq!(of(&lines, "@corp.example").len(), 12);
    }

    #[test]
    fn whoever_changes_is_said_anew_and_whoever_is_only_older_is_not() {
        let mut plain = plain();
        let mut snapshot = fixture::snapshot();
        plain.lines(&snapshot, fixture::now());
        let change = |snapshot: &mut Snapshot, at: usize, change: fn(&mut UserRow)| {
            change(Arc::make_mut(&mut Arc::make_mut(&mut snapshot.rows)[at]));
        };
        change(&mut snapshot, 0, |row| row.since = None);
        change(&mut snapshot, 1, |row| {
            row.lease.as_mut().unwrap().renewals += 1;
        });
        assert!(plain.lines(&snapshot, fixture::now()).is_empty());
        change(&mut snapshot, 0, |row| {
            row.teams = Some(TeamsPresence::parse("Away", "Away"));
        });
        let lines = plain.lines(&snapshot, fixture::now());
        assert_eq!((lines.len(), of(&lines, "Teams: Away/Away").len()), (1, 1));
    }

    /// There are no keys where there is no screen: neither what is wrong nor what to do names one.
    #[test]
    fn no_key_is_spoken_of() {
        let keys: Vec<char> = crate::keys::BINDINGS
            .iter()
            .flat_map(|row| row.keys)
            .filter_map(|key| match key.1 {
                KeyCode::Char(c) if key.0.is_empty() => Some(c),
                _ => None,
            })
            .collect();
        for lang in [Lang::De, Lang::En] {
            let t = texts(lang);
            let of_problems = [t.problems.all(), t.causes.all(), t.aadsts.all()].concat();
            let notes = t.advice.all().into_iter().chain(t.obstacles.all());
            let notes = notes.filter(|(name, _)| !name.ends_with("_do"));
            for (name, text) in of_problems.into_iter().chain(notes) {
                let without_values = text.split('{').map(|part| match part.split_once('}') {
                    Some((_, rest)) => rest,
                    None => part,
                });
                let text: String = without_values.collect();
                // Letters of the shell, not of the console.
                let text = text.replace("ulimit -n", "").replace("ulimit -u", "");
                let alone = |word: &str| {
                    let mut letters = word.chars();
                    letters.next().filter(|_| letters.next().is_none())
                };
                let words = text.split(|c: char| !c.is_alphanumeric());
                let spoken = words.filter_map(alone).find(|c| keys.contains(c));
                assert_eq!(spoken, None, "{lang:?} {name}: {text}");
                let mut words = text.split(|c: char| !c.is_alphanumeric());
                let named = words.find(|word| ["Enter", "Esc", "Space"].contains(word));
                assert_eq!(named, None, "{lang:?} {name}: {text}");
                for sign in ["(+)", "(-)", "(!)", "(?)"] {
                    assert!(!text.contains(sign), "{lang:?} {name}: {text}");
                }
            }
        }
    }

    #[test]
    fn trouble_is_said_when_it_comes_and_when_it_is_over_not_every_second() {
        let mut plain = plain();
        let good = fixture::snapshot();
        plain.lines(&good, fixture::now());
        let mut dead = good.clone();
        let silence = |seconds| PollView {
            last_good_at: Some(fixture::now() - jiff::SignedDuration::from_secs(seconds)),
            ..(*good.poll).clone()
        };
        dead.poll = Arc::new(silence(40));
        dead.mode = Mode::Paused;
        let lines = plain.lines(&dead, fixture::now());
        assert!(lines[0].contains("PAUSED"), "{lines:?}");
        assert!(
            lines[1].contains(
                "! No good answer from Graph for 40s; the values of all 12 users are old -> Network"
            ),
            "{lines:?}"
        );
        dead.poll = Arc::new(silence(95));
        assert!(plain.lines(&dead, fixture::now()).is_empty());
        let lines = plain.lines(&good, fixture::now());
        assert!(
            lines[1].contains("over: No good answer from Graph"),
            "{lines:?}"
        );
    }
}
