//! The list of all actions, with the key beside each.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Style;

use super::context::Context;
use super::dialog::{Frame, frame};
use crate::actions::{Offer, matching};
use crate::theme::Role;
use report::cells::{Align, fit, width};

/// Cells of the keys at the left.
const KEYS: usize = 12;

/// Draws it, if it is open; where the cursor stands.
pub(super) fn draw(ctx: &Context<'_>, buf: &mut Buffer) -> Option<Position> {
    let palette = ctx.state.palette.as_ref()?;
    let offers = matching(ctx.state, &palette.input.text());
    let mut lines: Vec<(String, Style)> = offers.iter().map(|offer| line(ctx, offer)).collect();
    let t = &ctx.t.menu;
    if lines.is_empty() {
        lines.push((t.no_action.to_owned(), ctx.style(Role::Muted)));
    }
    let area = frame(
        ctx,
        &Frame {
            title: t.actions,
            keys: t.actions_keys,
            typed: Some(format!(": {}", palette.input.text())),
            lines,
            chosen: (!offers.is_empty()).then_some(palette.at),
            // The box stays where it is while the list shortens.
            tall: true,
        },
        buf,
    )?;
    let x = usize::from(area.x) + 2 + width(palette.input.before());
    let x = u16::try_from(x).unwrap_or(u16::MAX);
    Some(Position::new(x.min(area.right().saturating_sub(1)), area.y))
}

fn line(ctx: &Context<'_>, offer: &Offer) -> (String, Style) {
    let keys = fit(&offer.keys, KEYS, Align::Left, ctx.glyphs.cut);
    let role = if offer.possible {
        Role::Text
    } else {
        Role::Muted
    };
    let place = offer.place.as_ref();
    let place = place.map_or_else(String::new, |place| format!("{place}: "));
    (format!("{keys} {place}{}", offer.what), ctx.style(role))
}
