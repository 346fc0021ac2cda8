//! Measures and flaws in words, on one line each.

use std::fmt::Display;
use std::time::Duration;

use super::flaw::state;
use super::key::{Key, Unit};
use super::measure::Measure;
use super::{Area, Blind, Checked, State};
use model::cause::Trouble;
use model::clock::shifted;
use model::problem::{Flaw, Hop};
use model::snapshot::{Seen, Snapshot};
use model::text::harmless;
use words::{Texts, fill, measured, short};

/// So much of one line is read.
const LINE_LIMIT: usize = 600;

/// The value in words: a full sentence of its own.
pub(super) fn of_measure(measure: &Measure, t: &Texts) -> String {
    let c = &t.check;
    let template = match measure.key {
        Key::Uptime => &c.uptime,
        Key::ReadAge => &c.read_age,
        Key::Latency => &c.latency,
        Key::Late => &c.late,
        Key::Errors => &c.errors,
        Key::Stale => &c.stale,
        Key::Matched => &c.matched,
        Key::Unmatched => &c.unmatched,
        Key::UnmatchedPercent => &c.unmatched_percent,
        Key::Leases => &c.leases,
        Key::Confirmed => &c.confirmed,
        Key::Unconfirmed => &c.unconfirmed,
        Key::Masked => &c.masked,
        Key::NoEffect => &c.no_effect,
        Key::Silence if measure.value <= 0.0 => &c.heard,
        Key::Silence => &c.silence,
        Key::Budget => &c.budget,
        Key::Throttled if measure.value <= 0.0 => &c.not_throttled,
        Key::Throttled => &c.throttled,
        Key::Token if measure.value < 0.0 => &c.token_ended,
        Key::Token => &c.token,
        Key::Skew => &c.skew,
    };
    let long = Duration::try_from_secs_f64(measure.value.abs()).unwrap_or_default();
    let age = match measure.key.unit() {
        Unit::Latency => measured(long, t),
        _ => short(long.as_secs()),
    };
    let n = format!("{:.0}", measure.value);
    fill(template, &[("n", &n), ("age", &age)])
}

/// What is broken.
pub(super) fn of_flaw(flaw: &Flaw, t: &Texts) -> String {
    let p = &t.problems;
    let because =
        |template: &str, why: &Trouble| fill(template, &[("detail", &words::trouble(why, t))]);
    let what = match flaw {
        Flaw::NoCycle => t.check.no_cycle.to_owned(),
        Flaw::GraphDown(why) => because(p.graph_down, why),
        Flaw::Token(why) => because(p.token, why),
        Flaw::Permission(name) => fill(p.permission, &[("detail", name)]),
        Flaw::NoUsers => t.check.no_users.to_owned(),
        Flaw::NobodyMatched => p.nobody.to_owned(),
        Flaw::Hop { hop, down, why } => of_hop(*hop, *down, why.as_ref(), t),
        Flaw::Directory(why) => because(p.directory, why),
        Flaw::NoState(why) => because(p.no_state, why),
        Flaw::Paused => t.check.paused.to_owned(),
        Flaw::NativeIntegration => p.native.to_owned(),
        Flaw::EngineLost { why, .. } => because(p.engine_lost, why),
        Flaw::StandbyFails { member, why } => {
            let why = words::trouble(why, t);
            fill(p.standby_fails, &[("member", member), ("detail", &why)])
        }
        Flaw::NobodyLeads(n) => fill(p.nobody_leads, &[("n", n)]),
    };
    harmless(&what).into_owned()
}

fn of_hop(hop: Hop, down: bool, why: Option<&Trouble>, t: &Texts) -> String {
    let (l, p) = (&t.links, &t.problems);
    let name = match hop {
        Hop::Entra => &l.entra,
        Hop::GraphRead => &l.graph_read,
        Hop::GraphWrite => &l.graph_write,
        Hop::Procall => &l.procall,
        Hop::Storage => &l.storage,
        Hop::Alerts => &l.alerts,
    };
    let detail = why.map_or_else(|| "?".to_owned(), |why| words::trouble(why, t));
    let template = if down { &p.link_down } else { &p.link_degraded };
    let values: [(&str, &dyn Display); 2] = [("hop", name), ("detail", &detail)];
    fill(template, &values)
}

/// What is wrong in an area or at all, the worst first.
pub(super) fn findings(checked: &Checked, area: Option<Area>, t: &Texts) -> Vec<(State, String)> {
    let flaws = checked.flaws_of(area);
    let flaws = flaws.map(|flaw| (state(flaw), of_flaw(flaw, t)));
    let measures = checked.measures_of(area);
    let measures = measures.map(|it| (it.state(), of_measure(it, t)));
    let mut found: Vec<_> = flaws.chain(measures).collect();
    found.retain(|(state, _)| *state != State::Ok);
    found.sort_by_key(|(state, _)| std::cmp::Reverse(state.weight()));
    found
}

/// One line: what is wrong, or the values where nothing is.
pub(super) fn summary(checked: &Checked, area: Option<Area>, t: &Texts) -> String {
    let found = findings(checked, area, t);
    if !found.is_empty() {
        let whats: Vec<_> = found.into_iter().map(|(_, what)| what).collect();
        return line(&whats.join("; "));
    }
    let told = checked.measures_of(area).filter(|it| is_told(it, area));
    let told: Vec<_> = told.map(|it| of_measure(it, t)).collect();
    if told.is_empty() {
        return t.check.all_well.to_owned();
    }
    line(&told.join("; "))
}

/// What there is to say of an area, after its name.
#[must_use]
pub fn area_sentence(checked: &Checked, area: Area, t: &Texts) -> String {
    let summary = summary(checked, Some(area), t);
    format!("{}: {summary}", area_word(area, t))
}

/// What an area is called.
pub(super) fn area_word(area: Area, t: &Texts) -> &str {
    let c = &t.check;
    match area {
        Area::Bridge => c.bridge,
        Area::Reading => c.reading,
        Area::Users => c.users,
        Area::Leases => c.lease_area,
        Area::Links => c.links,
        Area::Access => c.access,
    }
}

/// Of the whole only what everybody asks for.
fn is_told(measure: &Measure, area: Option<Area>) -> bool {
    area.is_some() || matches!(measure.key, Key::ReadAge | Key::Matched | Key::Leases)
}

/// Why there is nothing to see, on one line.
pub(super) fn of_blind(blind: &Blind, t: &Texts) -> String {
    line(blind.why.in_lang(t.lang))
}

/// Whose picture it is, in one sentence.
#[must_use]
pub fn whose(snapshot: &Snapshot, t: &Texts) -> String {
    if snapshot.seen == Seen::Own {
        return t.check.own.to_owned();
    }
    let bridge = &snapshot.tenant.bridge;
    let since = format!("{:.0}", shifted(bridge.since, snapshot.wall_ahead));
    let values: [(&str, &dyn Display); 3] = [
        ("pid", &bridge.pid),
        ("host", &bridge.host),
        ("since", &since),
    ];
    line(&fill(t.attach.attached, &values))
}

fn line(text: &str) -> String {
    let text = harmless(text);
    match text.char_indices().nth(LINE_LIMIT) {
        Some((end, _)) => format!("{} ...", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}
