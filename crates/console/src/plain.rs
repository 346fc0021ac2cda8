//! The dashboard in lines, for a pipe or a screen reader: what the header and the problems say, as
//! one line whenever it changes.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::glyphs::{ASCII, Glyphs, UTF8};
use super::problems::{self, Problem};
use super::time::clock_time;
use super::view::{coverage_words, mode_words};
use model::clock::shifted;
use model::presence::Lang;
use model::snapshot::Snapshot;
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
        }
    }

    /// What is new in this snapshot, as lines without line ends: mode and coverage, problems that
    /// came (with their remedy) and problems that are over. Users are left to the lines of their
    /// changes.
    pub fn lines(&mut self, snapshot: &Snapshot, now: Timestamp) -> Vec<String> {
        let mut said = Vec::new();
        self.head(snapshot, now, &mut said);
        self.problems(snapshot, now, &mut said);
        let at = clock_time(shifted(now, snapshot.wall_ahead), &self.zone);
        let line = |text: String| format!("{at}  {}", harmless(&text));
        said.into_iter().map(line).collect()
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fixture;
    use model::snapshot::{Mode, PollView};

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
        assert!(
            !lines.iter().any(|line| line.contains("@corp.example")),
            "{lines:?}"
        );
        assert!(plain.lines(&snapshot, fixture::now()).is_empty());
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
