//! The last cycles as a chart: a column each, as high as what is measured of it.

use std::time::Duration;

use ratatui::text::{Line, Span};

use super::context::Context;
use crate::theme::Role;
use model::snapshot::CycleView;
use report::cells::{Align, fit, width};

/// Steps of one line.
const STEPS: u128 = 8;
/// Cells of the scale at the left.
const SCALE: usize = 7;

/// The chart, and the times of its first and last column below it.
pub(super) fn lines(
    ctx: &Context<'_>,
    room: usize,
    height: usize,
    of: fn(&CycleView) -> Duration,
) -> Vec<Line<'static>> {
    let cycles = &ctx.state.snapshot().poll.cycles;
    let first = cycles.len().saturating_sub(room.saturating_sub(SCALE + 1));
    let shown: Vec<&CycleView> = cycles.iter().skip(first).collect();
    let Some(highest) = shown.iter().map(|cycle| of(cycle)).max() else {
        return Vec::new();
    };
    let whole = highest.as_millis().max(1);
    let mut lines: Vec<Line<'static>> = (0..height)
        .rev()
        .map(|level| {
            let scale = match level {
                0 => ctx.measured(Duration::ZERO),
                level if level + 1 == height => ctx.measured(highest),
                _ => String::new(),
            };
            let mut line = vec![ctx.span(scaled(ctx, &scale), Role::Muted)];
            line.extend(shown.iter().map(|cycle| {
                let steps = (of(cycle).as_millis() * STEPS * height as u128).div_ceil(whole);
                cell(ctx, cycle, level, steps)
            }));
            Line::from(line)
        })
        .collect();
    lines.extend(times(ctx, &shown));
    lines
}

fn scaled(ctx: &Context<'_>, text: &str) -> String {
    format!(
        "{}{}",
        fit(text, SCALE - 1, Align::Right, ""),
        ctx.glyphs.upright
    )
}

/// What of the column of a cycle is in this line; a cycle with errors stands on their sign.
fn cell(ctx: &Context<'_>, cycle: &CycleView, level: usize, steps: u128) -> Span<'static> {
    if level == 0 && cycle.errors > 0 {
        return ctx.span(ctx.glyphs.no_effect, Role::Bad);
    }
    // Every cycle has its column, also one that took no time.
    let here = steps
        .max(1)
        .saturating_sub(level as u128 * STEPS)
        .min(STEPS);
    let sign = match here {
        0 => " ",
        here => ctx.glyphs.step(here - 1, STEPS - 1),
    };
    ctx.span(sign, Role::Accent)
}

fn times(ctx: &Context<'_>, shown: &[&CycleView]) -> Option<Line<'static>> {
    let (first, last) = (shown.first()?, shown.last()?);
    let (from, to) = (ctx.clock(first.started), ctx.clock(last.started));
    let gap = shown.len().saturating_sub(width(&from) + width(&to)).max(2);
    let text = format!("{}{from}{}{to}", " ".repeat(SCALE), " ".repeat(gap));
    Some(Line::from(ctx.span(text, Role::Muted)))
}
