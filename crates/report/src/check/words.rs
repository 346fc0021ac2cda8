//! Measures and flaws in words, on one line each.

use std::fmt::Display;

use super::measure::{Key, Measure};
use super::{Area, Checked, Flaw, Hop, State};
use model::cause::Trouble;
use model::text::harmless;
use words::{Texts, fill, short};

/// The value in words: a full sentence of its own.
pub(super) fn of_measure(measure: &Measure, t: &Texts) -> String {
    let c = &t.check;
    let n = format!("{:.0}", measure.value);
    let age = short(whole(measure.value));
    let template = match measure.key {
        Key::ReadAge => &c.read_age,
        Key::PollDuration => &c.poll_duration,
        Key::Errors => &c.errors,
        Key::Stale => &c.stale,
        Key::Matched => &c.matched,
        Key::Leases => &c.leases,
        Key::Unconfirmed => &c.unconfirmed,
        Key::Masked => &c.masked,
        Key::NoEffect => &c.no_effect,
        Key::Budget => &c.budget,
        Key::Throttled => &c.throttled,
        Key::Token => &c.token,
    };
    fill(template, &[("n", &n), ("age", &age)])
}

/// Never negative, and far from any limit.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
const fn whole(value: f64) -> u64 {
    value as u64
}

/// What is broken, and what to do.
pub(super) fn of_flaw(flaw: &Flaw, t: &Texts) -> (String, String) {
    let p = &t.problems;
    let with = |template: &str, why: &Trouble| fill(template, &[("detail", &words::trouble(why, t))]);
    let (what, remedy) = match flaw {
        Flaw::Hop { hop, down, why } => of_hop(*hop, *down, why.as_ref(), t),
        Flaw::GraphDown(why) => (with(&p.graph_down, why), &*p.graph_down_do),
        Flaw::Token(why) => (with(&p.token, why), &*p.token_do),
        Flaw::Directory(why) => (with(&p.directory, why), &*p.directory_do),
        Flaw::NoState(why) => (fill(&p.no_state, &[("detail", why)]), &*p.no_state_do),
        Flaw::Paused => (t.check.paused.clone(), &*t.check.paused_do),
        Flaw::NativeIntegration => (p.native.clone(), &*p.native_do),
    };
    (harmless(&what).into_owned(), remedy.to_owned())
}

fn of_hop<'t>(hop: Hop, down: bool, why: Option<&Trouble>, t: &'t Texts) -> (String, &'t str) {
    let (l, p) = (&t.links, &t.problems);
    let name = match hop {
        Hop::Entra => &l.entra,
        Hop::GraphRead => &l.graph_read,
        Hop::GraphWrite => &l.graph_write,
        Hop::Procall => &l.procall,
        Hop::Storage => &l.storage,
    };
    let detail = why.map_or_else(|| "?".to_owned(), |why| words::trouble(why, t));
    let values: [(&str, &dyn Display); 2] = [("hop", name), ("detail", &detail)];
    if down {
        (fill(&p.link_down, &values), &p.link_down_do)
    } else {
        (fill(&p.link_degraded, &values), &p.link_degraded_do)
    }
}

/// What is wrong in an area or at all, the worst first: state, what it is, what to do (where there is
/// something).
pub(super) fn findings(
    checked: &Checked,
    area: Option<Area>,
    t: &Texts,
) -> Vec<(State, String, Option<String>)> {
    let flaws = checked.flaws_of(area).map(|flaw| {
        let (what, remedy) = of_flaw(flaw, t);
        (flaw.state(), what, Some(remedy))
    });
    let measures = checked.measures_of(area);
    let measures = measures.map(|it| (it.state(), of_measure(it, t), None));
    let mut found: Vec<_> = flaws.chain(measures).collect();
    found.retain(|(state, ..)| *state != State::Ok);
    found.sort_by(|(a, ..), (b, ..)| b.cmp(a));
    found
}

/// One line: what is wrong, or the values where nothing is.
pub(super) fn summary(checked: &Checked, area: Option<Area>, t: &Texts) -> String {
    let found = findings(checked, area, t);
    if !found.is_empty() {
        let whats: Vec<_> = found.into_iter().map(|(_, what, _)| what).collect();
        return whats.join("; ");
    }
    let told = checked.measures_of(area).filter(|it| is_told(it, area));
    let told: Vec<_> = told.map(|it| of_measure(it, t)).collect();
    if told.is_empty() {
        return t.check.all_well.clone();
    }
    told.join("; ")
}

/// Of the whole only what everybody asks for.
fn is_told(measure: &Measure, area: Option<Area>) -> bool {
    area.is_some() || matches!(measure.key, Key::ReadAge | Key::Matched | Key::Leases)
}
