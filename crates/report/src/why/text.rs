//! For people: the lines of the console's page.

use jiff::Timestamp;

use crate::cells::{Align, fit, width, wrap};
use crate::find::Person;
use crate::look::{Look, Paint};
use model::clock::{elapsed, shifted};
use model::presence::{ProcallUser, UnmatchedUser};
use model::snapshot::{Note, Snapshot, UserRow};
use model::text::harmless;
use words::{Fact, Texts, Times, Tone, fill};

/// So many users are listed where several are meant.
const LISTED: usize = 20;

/// Everything about the user of the row at `at`: what is odd and what to do, the facts, the chain of
/// causes. Nothing where there is no such row.
#[must_use]
pub fn why_text(snapshot: &Snapshot, at: usize, now: Timestamp, look: &Look) -> Option<String> {
    let row = snapshot.rows.get(at)?;
    let mut page = Page::new(snapshot, now, look);
    page.who(&row.display_name, row.user_name.as_str(), &row.phone);
    page.notes(
        row.notes.iter().filter(|note| !note.is_usual()),
        warning(look),
    );
    page.facts(at, row);
    page.notes(row.notes.iter().filter(|note| note.is_usual()), dot(look));
    page.chain(row);
    Some(page.text)
}

/// Why a user is not matched, which account was probably meant, and what to do.
#[must_use]
pub fn unmatched_text(user: &UnmatchedUser, look: &Look) -> String {
    let t = look.spelled_texts();
    let (why, remedy) = words::unmatched(user.reason, t);
    let near = user.near.as_ref().map(|upn| {
        let upn = harmless(upn.as_str());
        fill(t.unmatched.near, &[("upn", &upn)])
    });
    let why = near.map_or_else(|| why.to_owned(), |near| format!("{why}: {near}"));
    without_row(&user.procall, t.why.unmatched, (&why, remedy), look)
}

/// That an administrator took a user out, and what that means.
#[must_use]
pub fn excluded_text(user: &ProcallUser, look: &Look) -> String {
    let t = look.spelled_texts();
    let why = (t.unmatched.excluded, t.unmatched.excluded_do);
    without_row(user, t.why.excluded, why, look)
}

fn without_row(user: &ProcallUser, head: &str, (why, remedy): (&str, &str), look: &Look) -> String {
    let head = fill(head, &[("name", &harmless(&user.display_name))]);
    let who = look.paint(Some(Paint::Title), &head);
    let (name, arrow) = (harmless(user.user_name.as_str()), arrow(look));
    format!("{who}\n{name}\n\n{why}\n{arrow} {remedy}\n")
}

/// Whom somebody may have meant.
#[must_use]
pub fn people_text(people: &[Person<'_>], look: &Look) -> String {
    let t = look.spelled_texts();
    let listed = people.iter().take(LISTED);
    let mut lines: Vec<String> = listed.map(|person| person_line(person, t)).collect();
    if people.len() > LISTED {
        let more = fill(t.why.more, &[("n", &(people.len() - LISTED))]);
        lines.push(format!("  {more}\n"));
    }
    lines.concat()
}

fn person_line(person: &Person<'_>, t: &Texts) -> String {
    let out = person.excluded.then_some(t.unmatched.excluded);
    let reason = person.unmatched.map(|reason| words::unmatched(reason, t).0);
    let reason = reason.or(out);
    let reason = reason.map_or_else(String::new, |why| format!("  ({why})"));
    let (name, shown) = (harmless(person.user_name), harmless(person.display_name));
    format!("  {name}  {shown}{reason}\n")
}

const fn arrow(look: &Look) -> &'static str {
    if look.ascii { "->" } else { "→" }
}

const fn dot(look: &Look) -> &'static str {
    if look.ascii { "-" } else { "·" }
}

const fn warning(look: &Look) -> &'static str {
    if look.ascii { "!" } else { "▲" }
}

struct Page<'a> {
    snapshot: &'a Snapshot,
    now: Timestamp,
    look: &'a Look,
    t: &'static Texts,
    text: String,
}

impl<'a> Page<'a> {
    fn new(snapshot: &'a Snapshot, now: Timestamp, look: &'a Look) -> Self {
        Self {
            snapshot,
            now,
            look,
            t: look.spelled_texts(),
            text: String::new(),
        }
    }

    fn say(&mut self, line: &str) {
        self.text += line.trim_end();
        self.text += "\n";
    }

    fn who(&mut self, shown: &str, name: &str, phone: &str) {
        let title = self.look.paint(Some(Paint::Title), &harmless(shown));
        self.say(&title);
        let phone = harmless(phone);
        let rest = if phone.is_empty() {
            harmless(name).into_owned()
        } else {
            format!("{} {} {phone}", harmless(name), dot(self.look))
        };
        self.say(&rest);
        self.say("");
    }

    fn notes<'n>(&mut self, notes: impl Iterator<Item = &'n Note>, sign: &str) {
        let before = self.text.len();
        for note in notes {
            let (what, remedy) = words::note(note, self.t);
            let paint = (!note.is_usual()).then_some(Paint::Yellow);
            self.wrapped(&format!("{sign} "), &what, paint);
            self.wrapped(&format!("{} ", arrow(self.look)), remedy, None);
        }
        if self.text.len() > before {
            self.say("");
        }
    }

    fn facts(&mut self, at: usize, row: &UserRow) {
        let read = self.snapshot.read_mark(at);
        let stale = read.is_stale(self.now, self.snapshot.poll.interval);
        for fact in words::facts(row, read, stale, self.t, self) {
            self.fact(fact);
        }
        self.say("");
    }

    fn fact(&mut self, fact: Fact<'_>) {
        let parts = fact.parts.iter();
        let parts: String = parts
            .map(|(words, tone)| self.toned(words, *tone))
            .collect();
        let beside = fact.beside.filter(|(words, _)| !words.is_empty());
        let beside = beside.map_or_else(String::new, |(words, tone)| self.toned(&words, tone));
        let room = words::label_width(self.t);
        let label = fit(fact.label, room, Align::Left, "");
        self.say(&format!("{label}{parts}  {beside}"));
        for (words, tone) in fact.more {
            self.wrapped(&" ".repeat(room), &words, paint(tone));
        }
    }

    fn chain(&mut self, row: &UserRow) {
        let heading = self.look.paint(Some(Paint::Title), self.t.detail.chain);
        self.say(&heading);
        if row.history.is_empty() {
            self.say(self.t.detail.chain_empty);
        }
        for event in row.history.iter() {
            let (words, tone) = words::event_words(&event.kind, self.t);
            let start = format!("{} {} ", self.clock(event.at), arrow(self.look));
            self.wrapped(&start, &self.worded(&words), paint(tone));
        }
    }

    /// In as many lines as the terminal needs, below each other after the start of the first.
    fn wrapped(&mut self, start: &str, words: &str, paint: Option<Paint>) {
        let indent = width(start);
        let room = self.look.width.unwrap_or(usize::MAX).saturating_sub(indent);
        for (at, line) in wrap(&harmless(words), room).into_iter().enumerate() {
            let line = self.look.paint(paint, &line);
            if at == 0 {
                self.say(&format!("{start}{line}"));
            } else {
                self.say(&format!("{:indent$}{line}", ""));
            }
        }
    }

    fn toned(&self, words: &str, tone: Tone) -> String {
        self.look.paint(paint(tone), &harmless(words))
    }
}

const fn paint(tone: Tone) -> Option<Paint> {
    match tone {
        Tone::Text | Tone::Accent => None,
        Tone::Muted => Some(Paint::Stale),
        Tone::Good => Some(Paint::Good),
        Tone::Warning => Some(Paint::Yellow),
        Tone::Bad => Some(Paint::Red),
    }
}

impl Times for Page<'_> {
    fn age(&self, since: Timestamp) -> String {
        words::short(elapsed(since, self.now).as_secs())
    }

    fn countdown(&self, until: Timestamp) -> String {
        words::countdown(elapsed(self.now, until).as_secs())
    }

    fn clock(&self, at: Timestamp) -> String {
        let at = shifted(at, self.snapshot.wall_ahead);
        let at = at.to_zoned(self.look.zone.clone());
        at.strftime("%H:%M:%S").to_string()
    }

    fn dot(&self) -> &'static str {
        dot(self.look)
    }

    fn worded(&self, text: &str) -> String {
        self.look.worded(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::{Found, find_user};
    use crate::fixture;
    use model::presence::Lang;

    fn text(lang: Lang, ascii: bool) -> String {
        let look = Look {
            lang,
            ascii,
            ..Look::default()
        };
        why_text(&fixture::snapshot(), 0, fixture::now(), &look).unwrap()
    }

    #[test]
    fn the_chain_of_causes_of_a_call() {
        insta::assert_snapshot!(text(Lang::En, false));
    }

    #[test]
    fn the_german_chain_of_causes_of_a_call() {
        insta::assert_snapshot!(text(Lang::De, false));
    }

    #[test]
    fn on_a_terminal_words_stay_whole() {
        let look = |width| Look {
            width,
            ..Look::default()
        };
        let text = |width| why_text(&fixture::snapshot(), 0, fixture::now(), &look(width)).unwrap();
        let (narrow, wide) = (text(Some(60)), text(None));
        let words = |text: &str| {
            let words = text.split_whitespace();
            words.map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(narrow.lines().all(|line| width(line) <= 60), "{narrow}");
        assert!(wide.lines().any(|line| width(line) > 60), "{wide}");
        assert_eq!(words(&narrow), words(&wide));
    }

    #[test]
    fn with_ascii_nothing_else_is_printed_but_names() {
        let text = text(Lang::De, true);
        let (name, rest) = text.split_once('\n').unwrap();
        assert_eq!(name, "Anna Müller");
        assert!(rest.is_ascii(), "{rest}");
    }

    #[test]
    fn an_odd_user_says_first_what_is_odd_and_what_to_do() {
        let look = Look::default();
        let text = why_text(&fixture::snapshot(), 2, fixture::now(), &look).unwrap();
        let odd = text.lines().nth(3).unwrap();
        assert!(odd.starts_with("▲ ") && odd.contains("Away/Away"), "{odd}");
        assert!(text.lines().nth(4).unwrap().starts_with("→ "));
    }

    #[test]
    fn a_lease_that_was_cleared_is_told_from_one_that_never_was() {
        let mut snapshot = fixture::snapshot();
        let text =
            |snapshot: &Snapshot| why_text(snapshot, 1, fixture::now(), &Look::default()).unwrap();
        let cleared = "none: manually cleared until the next call";
        assert!(!text(&snapshot).contains(cleared));
        let rows = std::sync::Arc::make_mut(&mut snapshot.rows);
        std::sync::Arc::make_mut(&mut rows[1]).cleared = true;
        assert!(text(&snapshot).contains(cleared));
    }

    #[test]
    fn a_name_that_would_do_harm_does_none() {
        let look = Look::default();
        let text = why_text(&fixture::snapshot(), 5, fixture::now(), &look).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
    }

    #[test]
    fn an_unmatched_user_is_explained() {
        let snapshot = fixture::snapshot();
        let Found::Unmatched(user) = find_user(&snapshot, "gast") else {
            panic!("unmatched");
        };
        insta::assert_snapshot!(unmatched_text(user, &Look::default()));
    }

    #[test]
    fn the_account_that_was_probably_meant_is_named() {
        let snapshot = fixture::snapshot();
        let text = unmatched_text(&snapshot.unmatched[0], &Look::default());
        assert!(text.contains("nearly gerd@corp.example"), "{text}");
    }

    #[test]
    fn one_who_was_taken_out_is_explained() {
        let snapshot = fixture::snapshot();
        let look = Look {
            lang: Lang::De,
            ..Look::default()
        };
        let text = excluded_text(&snapshot.excluded[0], &look);
        assert!(text.starts_with("Foyer ist ausgenommen"), "{text}");
        assert!(
            text.contains("→ In ProCall von der Administration ausgenommen"),
            "{text}"
        );
    }

    #[test]
    fn several_are_listed_and_the_rest_counted() {
        let snapshot = fixture::snapshot();
        let Found::Several(people) = find_user(&snapshot, "corp.example") else {
            panic!("several");
        };
        let many: Vec<_> = people.iter().copied().cycle().take(25).collect();
        let text = people_text(&many, &Look::default());
        assert_eq!(text.lines().count(), 21);
        assert!(text.contains("5 more"), "{text}");
    }
}
