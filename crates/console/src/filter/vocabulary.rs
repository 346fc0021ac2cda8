//! Words that stand for something: what the lamps, presences, calls, leases and notes of a row are
//! called, in files, on the screen and in both languages.

use std::collections::BTreeSet;

use super::needle::Needle;
use super::subject::Subject;
use crate::columns::{abbreviated, note_word, pair};
use crate::others::{self, Other};
use model::presence::{
    CallKind, Lamp, Mapping, ProcallPresence, TeamsPresence, Tooltip, UnmatchedReason,
};
use model::snapshot::{CallView, Snapshot, Verdict};
use words::{Lang, Texts, call_name, call_words, lease_word, texts};

/// What Tab knows: the words of the screen's language, and who there is.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) t: &'a Texts,
    pub(crate) snapshot: &'a Snapshot,
}

/// In shorter words half of all presences begin.
const SHORTEST_PRESENCE: usize = 4;

fn in_both(needle: &Needle, word: impl Fn(&'static Texts) -> &'static str) -> bool {
    let mut langs = [Lang::En, Lang::De].into_iter();
    langs.any(|lang| needle.is_in_word(word(texts(lang))))
}

/// Whether the cell has it, or the words for what Teams shows.
pub(super) fn teams_has(it: &Subject<'_>, needle: &Needle) -> bool {
    shows_pair(it, needle) || is_called(it.row.teams.as_ref(), needle)
}

/// The same, where a word may be the beginning of a name.
pub(super) fn teams_shows(it: &Subject<'_>, needle: &Needle) -> bool {
    let long = needle.text().chars().count() >= SHORTEST_PRESENCE;
    shows_pair(it, needle) || (long && is_called(it.row.teams.as_ref(), needle))
}

fn shows_pair(it: &Subject<'_>, needle: &Needle) -> bool {
    let Some(teams) = &it.row.teams else {
        return needle.is_whole() && it.shows("teams", needle);
    };
    let values = [teams.availability.as_str(), teams.activity.as_str()];
    let has = |value: &str| {
        let short = abbreviated(value);
        needle.is_in(value) || (short.len() < value.len() && needle.is_in(short))
    };
    if values.into_iter().any(has) {
        return true;
    }
    let joined = needle.is_regex() || needle.text().contains('/');
    joined && {
        use crate::columns::WidthClass::{Narrow, Wide};
        let forms = [teams.to_string(), pair(teams, Narrow), pair(teams, Wide)];
        forms.iter().any(|form| needle.is_in_word(form))
    }
}

/// Whether it is in a word for what Teams shows.
const CALLED: u8 = 1;
/// Whether it is in a word for this presence in ProCall.
const fn held_bit(presence: ProcallPresence) -> u8 {
    match presence {
        ProcallPresence::Unchanged => 2,
        ProcallPresence::DoNotDisturb => 4,
        ProcallPresence::BusyInACall => 8,
    }
}

/// Whether it may stand in a cell that has words of ours, numbers and signs.
const OURS: u8 = 16;

/// Whether the cell of this column shows it. Hardly any name is in a word of ours: then no cell has
/// to be made for it.
fn cell_shows(it: &Subject<'_>, column: &str, needle: &Needle) -> bool {
    words_with(needle) & OURS != 0 && it.shows(column, needle)
}

fn may_be_ours(needle: &Needle) -> bool {
    // With ASCII a single letter may be a sign.
    let text = needle.text();
    let is_name = text.chars().nth(1).is_some() && text.chars().all(char::is_alphabetic);
    if needle.is_whole() || !is_name {
        return true;
    }
    [Lang::En, Lang::De].map(texts).into_iter().any(|t| {
        let words = [
            t.calls.all(),
            t.notes.all(),
            t.phases.all(),
            t.verdicts.all(),
        ];
        let mut words = words.into_iter().flatten().chain(t.procall.all());
        words.any(|(_, word)| needle.is_in_word(word))
    })
}

/// The words that do not depend on a row, looked through once.
fn words_with(needle: &Needle) -> u8 {
    needle.known(|| {
        let ours = if may_be_ours(needle) { OURS } else { 0 };
        let mut rules = Mapping::built_in().teams_rows().iter();
        let called = rules.any(|rule| is_in_shown(needle, &rule.shown));
        let held = PROCALL.into_iter().filter(|it| is_in_procall(needle, *it));
        let called = if called { CALLED } else { 0 };
        held.fold(ours | called, |all, it| all | held_bit(it))
    })
}

fn is_in_shown(needle: &Needle, shown: &Tooltip) -> bool {
    needle.is_in_word(&shown.de) || needle.is_in_word(&shown.en)
}

/// What Teams itself calls it, in both languages. Hardly any word is one: then no row has to be
/// looked up.
fn is_called(teams: Option<&TeamsPresence>, needle: &Needle) -> bool {
    let some = words_with(needle) & CALLED != 0;
    let shown = |it| &Mapping::built_in().rule_for(Some(it)).shown;
    some && teams.is_some_and(|it| is_in_shown(needle, shown(it)))
}

const PROCALL: [ProcallPresence; 3] = [
    ProcallPresence::BusyInACall,
    ProcallPresence::DoNotDisturb,
    ProcallPresence::Unchanged,
];

fn is_in_procall(needle: &Needle, presence: ProcallPresence) -> bool {
    needle.is_in_word(presence.as_str())
        || in_both(needle, |t| words::procall(presence, t))
        || in_both(needle, |t| short_procall(presence, t))
}

/// What the presence in ProCall is called.
pub(super) fn procall_has(it: &Subject<'_>, needle: &Needle) -> bool {
    words_with(needle) & held_bit(it.row.procall) != 0 || cell_shows(it, "procall", needle)
}

fn short_procall(presence: ProcallPresence, t: &Texts) -> &str {
    match presence {
        ProcallPresence::Unchanged => t.procall.short_unchanged,
        ProcallPresence::DoNotDisturb => t.procall.short_do_not_disturb,
        ProcallPresence::BusyInACall => t.procall.short_busy_in_a_call,
    }
}

/// What the lamp is called, its sign, and what ProCall says of it.
pub(super) fn lamp_has(it: &Subject<'_>, needle: &Needle) -> bool {
    let rule = it.row.rule;
    needle.is_in_word(rule.lamp.as_str())
        || in_both(needle, |t| words::lamp(rule.lamp, t))
        || needle.is_in_word(&rule.tooltip.de)
        || needle.is_in_word(&rule.tooltip.en)
        || has_lamp_sign(it, needle)
}

/// Whether it is the lamp as it is drawn.
pub(super) fn has_lamp_sign(it: &Subject<'_>, needle: &Needle) -> bool {
    let one = needle.text().chars().nth(1).is_none();
    one && it.cell("lamp").is_some_and(|cell| needle.is_sign(&cell))
}

/// What the calls are called, and whether they ring.
pub(super) fn call_has(it: &Subject<'_>, needle: &Needle) -> bool {
    let has = |call: &CallView| {
        needle.is_in_word(call.kind.as_str())
            || in_both(needle, |t| call_name(call.kind, t))
            || in_both(needle, |t| call_words(call.kind, t))
            || in_both(needle, |t| state_of_call(call.connected, t))
    };
    it.row.calls.iter().any(has) || cell_shows(it, "call", needle)
}

fn state_of_call(connected: bool, t: &Texts) -> &str {
    if connected {
        t.calls.connected
    } else {
        t.calls.ringing
    }
}

/// What the lease sets, and how it stands.
pub(super) fn lease_has(it: &Subject<'_>, needle: &Needle) -> bool {
    let has = it.row.lease.as_ref().is_some_and(|lease| {
        needle.is_in_word(lease.activity.as_str()) || in_both(needle, |t| lease_word(lease, t))
    });
    has || cell_shows(it, "lease", needle)
}

/// What the polls say of a lease that is held.
pub(super) fn verdict_has(it: &Subject<'_>, needle: &Needle) -> bool {
    it.held_verdict().is_some_and(|verdict| {
        needle.is_in_word(verdict.as_str()) || in_both(needle, |t| words::verdict(verdict, t))
    })
}

/// What is odd.
pub(super) fn note_has(it: &Subject<'_>, needle: &Needle) -> bool {
    let mut notes = it.row.notes.iter();
    notes.any(|note| needle.is_in_word(note.code()) || in_both(needle, |t| note_word(note, t)))
        || cell_shows(it, "note", needle)
}

/// The rule of the mapping.
pub(super) fn rule_has(it: &Subject<'_>, needle: &Needle) -> bool {
    let rule = it.row.rule;
    needle.is_in_word(&rule.name)
        || needle.is_in_word(&rule.shown.de)
        || needle.is_in_word(&rule.shown.en)
}

/// Why there is no row.
pub(super) fn reason_has(other: Other<'_>, needle: &Needle) -> bool {
    needle.is_in_word(other.code()) || in_both(needle, |t| other.why(t).0)
}

pub(super) fn none(_: &Known<'_>) -> Vec<String> {
    Vec::new()
}

pub(super) fn names(known: &Known<'_>) -> Vec<String> {
    let rows = known.snapshot.rows.iter().map(|row| &*row.display_name);
    let others = others::all(known.snapshot).map(|other| &*other.procall.display_name);
    sorted(rows.chain(others))
}

pub(super) fn users(known: &Known<'_>) -> Vec<String> {
    let rows = known.snapshot.rows.iter().map(|row| row.user_name.as_str());
    let others = others::all(known.snapshot).map(|other| other.procall.user_name.as_str());
    sorted(rows.chain(others))
}

pub(super) fn departments(known: &Known<'_>) -> Vec<String> {
    let rows = known.snapshot.rows.iter();
    sorted(rows.filter_map(|row| row.department.as_deref()))
}

fn sorted<'a>(all: impl Iterator<Item = &'a str>) -> Vec<String> {
    let all: BTreeSet<&str> = all.filter(|text| !text.is_empty()).collect();
    all.into_iter().map(str::to_owned).collect()
}

fn listed<'a>(all: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    all.into_iter().map(str::to_owned).collect()
}

/// What there is now, and what Teams calls it.
pub(super) fn teams(known: &Known<'_>) -> Vec<String> {
    let rows = known.snapshot.rows.iter();
    let pairs = rows.filter_map(|row| row.teams.as_ref());
    let values = pairs.flat_map(|pair| [pair.availability.as_str(), pair.activity.as_str()]);
    let mut all = sorted(values);
    let shown = Mapping::built_in().teams_rows().iter();
    all.extend(shown.map(|rule| rule.shown.in_lang(known.t.lang).to_owned()));
    all
}

pub(super) fn procall(known: &Known<'_>) -> Vec<String> {
    listed(PROCALL.map(|presence| words::procall(presence, known.t)))
}

pub(super) fn lamps(known: &Known<'_>) -> Vec<String> {
    let all = [Lamp::Red, Lamp::Yellow, Lamp::Neutral];
    let own = all.map(|lamp| words::lamp(lamp, known.t));
    listed(own.into_iter().chain(all.map(Lamp::as_str)))
}

pub(super) fn calls(known: &Known<'_>) -> Vec<String> {
    use CallKind::{AvChat, Manual, Meeting, Softphone, Tapi};
    let kinds = [Tapi, Softphone, AvChat, Meeting, Manual];
    let states = [true, false].map(|connected| state_of_call(connected, known.t));
    listed(
        kinds
            .map(|kind| call_name(kind, known.t))
            .into_iter()
            .chain(states),
    )
}

const VERDICTS: [Verdict; 4] = [
    Verdict::Confirmed,
    Verdict::Masked,
    Verdict::NoEffect,
    Verdict::Pending,
];

pub(super) fn verdicts(known: &Known<'_>) -> Vec<String> {
    let own = VERDICTS.map(|verdict| words::verdict(verdict, known.t));
    listed(own.into_iter().chain(VERDICTS.map(Verdict::as_str)))
}

pub(super) fn leases(known: &Known<'_>) -> Vec<String> {
    let phases = &known.t.phases;
    let phases = [
        phases.observed,
        phases.setting,
        phases.clearing,
        phases.settling,
    ];
    let own = VERDICTS.map(|verdict| words::verdict(verdict, known.t));
    listed(own.into_iter().chain(phases))
}

pub(super) fn notes(known: &Known<'_>) -> Vec<String> {
    let all = known.t.notes.all().into_iter();
    all.map(|(_, word)| word.to_owned()).collect()
}

pub(super) fn rules(_: &Known<'_>) -> Vec<String> {
    let all = Mapping::built_in().teams_rows().iter();
    listed(all.map(|rule| &*rule.name))
}

pub(super) fn reasons(_: &Known<'_>) -> Vec<String> {
    let all = UnmatchedReason::ALL
        .into_iter()
        .map(UnmatchedReason::as_str);
    listed(all.chain(["excluded"]))
}
