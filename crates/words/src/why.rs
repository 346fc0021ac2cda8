//! What is known of a user, line by line: both raw values, the rule, the lamp, ProCall, the calls,
//! the lease with its verdict. The console draws it, `lampfield why` prints it.

use jiff::Timestamp;

use model::presence::{CallKind, ProcallPresence};
use model::procall::{ShownPresence, ShownState};
use model::snapshot::{CallView, LeasePhase, LeaseView, Note, ReadMark, UserRow, Verdict};

use crate::durations::measured;
use crate::fill::fill;
use crate::notes::{lamp, procall, verdict};
use crate::texts::Texts;
use crate::tone::Tone;

/// Cells of the labels, at least.
const LABEL: usize = 9;

/// How times and signs are told where it is shown: in which zone, as of which moment.
pub trait Times {
    /// How long ago, in at most three cells.
    fn age(&self, since: Timestamp) -> String;
    /// How long until, to the second.
    fn countdown(&self, until: Timestamp) -> String;
    /// The time of day.
    fn clock(&self, at: Timestamp) -> String;
    /// What stands between two things on one line.
    fn dot(&self) -> &str;
    /// Words of the mapping, spelled out where there is only ASCII.
    fn worded(&self, text: &str) -> String;
}

/// One thing that is known of a user.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact<'a> {
    /// What it is; empty where it goes on from the fact before.
    pub label: &'a str,
    /// The sign before it.
    pub sign: Option<Sign<'a>>,
    /// Its words, one after the other with nothing in between.
    pub parts: Vec<(String, Tone)>,
    /// What stands beside it where there is room and below it where there is not; empty where there
    /// is nothing to say there.
    pub beside: Option<(String, Tone)>,
    /// What stands below it.
    pub more: Vec<(String, Tone)>,
}

/// A sign before a fact. Each place draws its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sign<'a> {
    /// The lamp of this user.
    Lamp(&'a UserRow),
    /// The lease.
    Lease(&'a LeaseView),
}

impl<'a> Fact<'a> {
    fn new(label: &'a str, text: impl Into<String>, tone: Tone) -> Self {
        Self {
            label,
            sign: None,
            parts: vec![(text.into(), tone)],
            beside: None,
            more: Vec::new(),
        }
    }

    fn and(mut self, text: &str, tone: Tone) -> Self {
        self.parts.push((format!("  {text}"), tone));
        self
    }

    fn below(mut self, text: impl Into<String>, tone: Tone) -> Self {
        self.more.push((text.into(), tone));
        self
    }
}

/// Cells that the labels of the facts take: the longest one and a gap.
#[must_use]
pub fn label_width(t: &Texts) -> usize {
    let d = &t.detail;
    let labels = [
        &d.teams, &d.read, &d.rule, &d.lamp, &d.procall, &d.calls, &d.lease, &d.verdict,
    ];
    let longest = labels.map(|label| label.chars().count()).into_iter().max();
    longest.unwrap_or(0).max(LABEL) + 1
}

/// Everything that is known of a user but the notes and the history.
#[must_use]
pub fn facts<'a>(
    row: &'a UserRow,
    read: ReadMark,
    stale: bool,
    t: &'a Texts,
    times: &impl Times,
) -> Vec<Fact<'a>> {
    let mut facts = vec![
        teams(row, t, times),
        last_read(read, stale, t, times),
        rule(row, t, times),
        shown_lamp(row, t, times),
        shown_in_procall(row, t, times),
    ];
    facts.extend(calls(row, t, times));
    facts.extend(lease(row, t, times));
    facts
}

/// Whether Teams shows the call that we have written, held back from ProCall.
fn is_ours(row: &UserRow) -> bool {
    row.notes.contains(&Note::EchoHeld)
}

fn since(at: Timestamp, t: &Texts, times: &impl Times) -> String {
    fill(t.detail.since, &[("age", &times.age(at))])
}

fn teams<'a>(row: &UserRow, t: &'a Texts, times: &impl Times) -> Fact<'a> {
    let d = &t.detail;
    let value = row.teams.as_ref();
    let value = value.map_or_else(|| d.teams_none.to_owned(), ToString::to_string);
    let mut fact = Fact::new(d.teams, value, Tone::Text);
    if let Some(at) = row.since {
        fact = fact.and(&since(at.into(), t, times), Tone::Muted);
    }
    if row.out_of_office {
        fact = fact.and(d.out_of_office, Tone::Warning);
    }
    let ours = if is_ours(row) { d.ours } else { "" };
    fact.beside = Some((ours.to_owned(), Tone::Accent));
    fact
}

fn last_read<'a>(read: ReadMark, stale: bool, t: &'a Texts, times: &impl Times) -> Fact<'a> {
    let d = &t.detail;
    let text = match read.read_at {
        Some(at) => {
            let took = measured(read.latency, t);
            format!("{} {}  {took}", times.clock(at), times.age(at))
        }
        None => d.read_never.to_owned(),
    };
    let fact = Fact::new(d.read, text, if stale { Tone::Bad } else { Tone::Text });
    if read.failures == 0 {
        return fact;
    }
    fact.below(fill(d.failures, &[("n", &read.failures)]), Tone::Warning)
}

fn rule<'a>(row: &UserRow, t: &'a Texts, times: &impl Times) -> Fact<'a> {
    let (d, rule) = (&t.detail, row.rule);
    let shown = times.worded(rule.shown.in_lang(t.lang));
    let origin = if rule.open {
        &d.rule_open
    } else {
        &d.rule_estos
    };
    let mut fact = Fact::new(d.rule, shown, Tone::Text);
    fact = fact.below(format!("{} ({origin})", rule.name), Tone::Muted);
    if is_ours(row) {
        fact = fact.below(d.rule_held, Tone::Muted);
    }
    if rule.by_outlook {
        fact = fact.below(d.by_outlook, Tone::Muted);
    }
    fact
}

fn shown_lamp<'a>(row: &'a UserRow, t: &'a Texts, times: &impl Times) -> Fact<'a> {
    let colour = lamp(row.rule.lamp, t);
    let tooltip = times.worded(row.rule.tooltip.in_lang(t.lang));
    let text = format!("{colour}, \"{tooltip}\"");
    let fact = Fact {
        sign: Some(Sign::Lamp(row)),
        ..Fact::new(t.detail.lamp, text, Tone::Text)
    };
    if row.teams_shows_our_call() {
        return fact.below(t.detail.our_call, Tone::Accent);
    }
    fact
}

fn shown_in_procall<'a>(row: &UserRow, t: &'a Texts, times: &impl Times) -> Fact<'a> {
    let d = &t.detail;
    let shown = in_procall(row, t, &times.worded("→"));
    let mut fact = Fact::new(d.procall, shown, Tone::Text);
    // Since when Teams changes it: of what ProCall shows by itself nobody knows since when.
    if let Some(at) = row
        .procall_since
        .filter(|_| row.in_procall().made.is_some())
    {
        fact = fact.and(&since(at.into(), t, times), Tone::Muted);
    }
    let right = match row.teams_right {
        Some(true) => format!("{} {}", times.dot(), d.teams_right),
        _ => String::new(),
    };
    fact.beside = Some((right, Tone::Muted));
    if row.teams_right == Some(false) {
        fact = fact.below(d.teams_right_none, Tone::Warning);
    }
    fact
}

/// What ProCall shows by itself, and what Teams makes of it.
#[must_use]
pub fn in_procall(row: &UserRow, t: &Texts, arrow: &str) -> String {
    let shown = row.in_procall();
    let made = shown.made.map(|made| procall(made, t));
    match (shown.own.map(|own| procall_shows(own, t)), made) {
        (Some(own), Some(made)) => format!("{own} {arrow} {made}"),
        (Some(own), None) => own.to_owned(),
        (None, Some(made)) => format!("{arrow} {made}"),
        (None, None) => procall(ProcallPresence::Unchanged, t).to_owned(),
    }
}

/// What ProCall shows, in full words.
fn procall_shows(own: ShownPresence, t: &Texts) -> &str {
    match own.state {
        _ if own.in_a_call => procall(ProcallPresence::BusyInACall, t),
        ShownState::DoNotDisturb => procall(ProcallPresence::DoNotDisturb, t),
        ShownState::Available => t.procall.available,
        ShownState::Busy => t.procall.busy,
        ShownState::Absent => t.procall.absent,
        ShownState::Offline => t.procall.offline,
    }
}

/// The calls of both sides.
fn calls<'a>(row: &UserRow, t: &'a Texts, times: &impl Times) -> Vec<Fact<'a>> {
    let label = t.detail.calls;
    let of_teams = row.since.filter(|_| row.has_teams_call());
    let mut facts = Vec::new();
    if let Some(at) = of_teams.map(Timestamp::from) {
        let began = times.clock(at);
        let text = format!("{} {began} {}", t.calls.in_teams, since(at, t, times));
        facts.push(Fact::new(label, text, Tone::Accent));
    } else if row.calls.is_empty() && row.is_on_the_phone() {
        return vec![Fact::new(label, t.calls.some, Tone::Accent)];
    } else if row.calls.is_empty() {
        return vec![Fact::new(label, t.calls.none, Tone::Muted)];
    }
    let label = if of_teams.is_some() { "" } else { label };
    facts.extend(procall_calls(label, &row.calls, t, times));
    facts
}

fn procall_calls<'a>(
    label: &'a str,
    calls: &[CallView],
    t: &'a Texts,
    times: &impl Times,
) -> Vec<Fact<'a>> {
    let calls = calls.iter().enumerate();
    let facts = calls.map(|(at, call)| {
        let state = if call.connected {
            &t.calls.connected
        } else {
            &t.calls.ringing
        };
        let (name, began) = (call_name(call.kind, t), times.clock(call.since));
        let text = format!("{name} {state} {began} {}", since(call.since, t, times));
        let label = if at == 0 { label } else { "" };
        let Some(heard) = call.stale_since else {
            return Fact::new(label, text, Tone::Accent);
        };
        let as_of = fill(t.detail.call_stale, &[("age", &times.age(heard))]);
        Fact {
            beside: Some((as_of, Tone::Bad)),
            ..Fact::new(label, text, Tone::Muted)
        }
    });
    facts.collect()
}

fn lease<'a>(row: &'a UserRow, t: &'a Texts, times: &impl Times) -> Vec<Fact<'a>> {
    let d = &t.detail;
    let Some(lease) = row.lease.as_deref() else {
        if row.cleared {
            return vec![Fact::new(d.lease, d.lease_none_cleared, Tone::Text)];
        }
        return vec![Fact::new(d.lease, d.lease_none, Tone::Muted)];
    };
    let word = lease_word(lease, t);
    let text = format!("Busy/{}  {word}", lease.activity.as_str());
    let ends = [
        ("at", &times.clock(lease.expires_at) as _),
        ("age", &times.countdown(lease.expires_at) as _),
    ];
    let set = fill(d.set, &[("at", &times.clock(lease.set_at))]);
    let ends = format!("{set} {} {}", times.dot(), fill(d.expires, &ends));
    let mut renewals = fill(d.renewals, &[("n", &lease.renewals)]);
    if let Some(renew) = lease.renew_at {
        let renews = fill(d.renews, &[("age", &times.countdown(renew))]);
        renewals = format!("{renewals} {} {renews}", times.dot());
    }
    let held = Fact::new(d.lease, text, lease_tone(lease));
    let held = Fact {
        sign: Some(Sign::Lease(lease)),
        ..held.below(ends, Tone::Text).below(renewals, Tone::Muted)
    };
    vec![held, read_back(lease, t)]
}

fn read_back<'a>(lease: &LeaseView, t: &'a Texts) -> Fact<'a> {
    let d = &t.detail;
    let mut text = verdict(lease.verdict, t).to_owned();
    if let Some(after) = lease.verdict_after {
        let after = fill(d.verdict_after, &[("age", &measured(after, t))]);
        text = format!("{text} {after}");
    }
    let mut fact = Fact::new(d.verdict, text, lease_tone(lease));
    if let (Verdict::Masked, Some(by)) = (lease.verdict, &lease.masked_by) {
        fact = fact.below(fill(d.masked_by, &[("detail", by)]), Tone::Warning);
    }
    if let Some(id) = &lease.request_id {
        fact = fact.below(format!("{} {id}", d.request_id), Tone::Muted);
    }
    fact
}

/// What a lease is, in one word.
#[must_use]
pub fn lease_word<'t>(lease: &LeaseView, t: &'t Texts) -> &'t str {
    match lease.phase {
        LeasePhase::Observed => t.phases.observed,
        LeasePhase::Setting => t.phases.setting,
        LeasePhase::Clearing => t.phases.clearing,
        LeasePhase::Settling => t.phases.settling,
        LeasePhase::Held => verdict(lease.verdict, t),
    }
}

/// How a lease is to look.
#[must_use]
pub const fn lease_tone(lease: &LeaseView) -> Tone {
    match (lease.phase, lease.verdict) {
        (LeasePhase::Held, Verdict::Confirmed) => Tone::Good,
        (LeasePhase::Held, Verdict::Masked) => Tone::Warning,
        (LeasePhase::Held, Verdict::NoEffect) => Tone::Bad,
        (LeasePhase::Held, Verdict::Pending) => Tone::Accent,
        _ => Tone::Muted,
    }
}

/// A kind of call, in one word.
#[must_use]
pub fn call_name(kind: CallKind, t: &Texts) -> &str {
    match kind {
        CallKind::Tapi => t.calls.short_tapi,
        CallKind::Softphone => t.calls.short_softphone,
        CallKind::AvChat => t.calls.short_av_chat,
        CallKind::Meeting => t.calls.short_meeting,
        CallKind::Manual => t.calls.short_manual,
    }
}
