//! What every sign means: one meaning each, and all of them in the help.

use ratatui::text::Line;

use super::context::Context;
use crate::glyphs::Glyphs;
use crate::theme::Role;
use report::cells::{Align, fit};
use words::{SignTexts, Texts};

/// From this width on two of them stand in a line.
const TWO_FROM: usize = 72;
/// Cells of the sign.
const SIGN: usize = 4;

/// A sign and what it means.
type Sign = (fn(&Glyphs) -> &'static str, fn(&SignTexts) -> &str);

/// All signs that stand for something. A failure has one sign wherever it is: a lease without effect,
/// a hop that is broken, a poll without an answer.
static SIGNS: &[Sign] = &[
    (|g| g.red, |t| t.red),
    (|g| g.yellow, |t| t.yellow),
    (|g| g.neutral, |t| t.neutral),
    (|g| g.our_call, |t| t.our_call),
    (|g| g.ringing, |t| t.ringing),
    (|g| g.unsure, |t| t.unsure),
    (|_| "-", |t| t.none),
    (|g| g.arrow, |t| t.arrow),
    (|g| g.pending, |t| t.pending),
    (|g| g.confirmed, |t| t.confirmed),
    (|g| g.masked, |t| t.masked),
    (|g| g.no_effect, |t| t.failed),
    (|g| g.observed, |t| t.observed),
    (|g| g.setting, |t| t.setting),
    (|g| g.clearing, |t| t.clearing),
    (|g| g.settling, |t| t.settling),
    (|g| g.alive, |t| t.alive),
    (|g| g.dead, |t| t.dead),
    (|g| g.node, |t| t.node),
    (|g| g.node_idle, |t| t.node_idle),
    (|g| g.wire_degraded, |t| t.wire_degraded),
    (|g| g.warning, |t| t.warning),
    (|g| g.ascending, |t| t.ascending),
    (|g| g.descending, |t| t.descending),
    (|g| g.selected, |t| t.selected),
    (|g| g.pinned, |t| t.pinned),
    (|g| g.cut, |t| t.cut),
];

/// The lines of the help.
pub(super) fn lines(ctx: &Context<'_>, room: usize) -> Vec<Line<'static>> {
    let in_a_line = if room >= TWO_FROM { 2 } else { 1 };
    let cells = room / in_a_line;
    let line = |signs: &[Sign]| {
        let spans = signs.iter().flat_map(|(sign, meaning)| {
            let sign = fit(sign(ctx.glyphs), SIGN, Align::Left, "");
            let meaning = fit(
                meaning(of_help(ctx.t)),
                cells.saturating_sub(SIGN),
                Align::Left,
                ctx.glyphs.cut,
            );
            [ctx.span(sign, Role::Key), ctx.span(meaning, Role::Text)]
        });
        Line::from(spans.collect::<Vec<_>>())
    };
    SIGNS.chunks(in_a_line).map(line).collect()
}

const fn of_help(t: &Texts) -> &SignTexts {
    &t.signs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glyphs::{ASCII, UTF8};

    #[test]
    fn every_sign_has_one_meaning() {
        for glyphs in [&UTF8, &ASCII] {
            let signs: Vec<_> = SIGNS.iter().map(|(sign, _)| sign(glyphs)).collect();
            for (at, sign) in signs.iter().enumerate() {
                assert!(!signs[..at].contains(sign), "{sign} twice");
            }
        }
    }

    /// What is not listed draws lines and gauges, or names a key. A new sign does not compile here
    /// before it is in one of the two.
    #[test]
    fn every_sign_stands_in_the_help() {
        for glyphs in [&UTF8, &ASCII] {
            let Glyphs {
                selected,
                pinned,
                red,
                yellow,
                neutral,
                our_call,
                ringing,
                unsure,
                alive,
                dead,
                warning,
                confirmed,
                pending,
                masked,
                no_effect,
                observed,
                setting,
                clearing,
                settling,
                cut,
                dot: _,
                arrow,
                rule: _,
                upright: _,
                node,
                node_idle,
                node_down,
                wire: _,
                wire_degraded,
                wire_down: _,
                ascending,
                descending,
                full: _,
                void: _,
                steps: _,
                enter: _,
                space: _,
            } = glyphs;
            let meant = [
                selected,
                pinned,
                red,
                yellow,
                neutral,
                our_call,
                ringing,
                unsure,
                alive,
                dead,
                warning,
                confirmed,
                pending,
                masked,
                no_effect,
                observed,
                setting,
                clearing,
                settling,
                cut,
                arrow,
                node,
                node_idle,
                node_down,
                wire_degraded,
                ascending,
                descending,
            ];
            for sign in meant {
                let listed = SIGNS.iter().any(|(listed, _)| listed(glyphs) == *sign);
                assert!(listed, "{sign}");
            }
        }
    }
}
