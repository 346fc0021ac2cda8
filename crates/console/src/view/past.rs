//! What the header and the footer say of the past: nobody may take it for the present.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bar::Bar;
use super::context::Context;
use super::footer::hint;
use crate::keys::Action;
use crate::theme::Role;
use model::snapshot::{Lack, Missing, PastView};
use report::cells::width;
use words::fill;

/// From here on there is room for the date beside everything else, in cells.
const WIDE: u16 = 110;

/// From here on there is room for the date, where nothing is missing.
const MIDDLE: u16 = 60;

/// The badge with the moment, how it goes on, and what is missing there.
pub(super) fn badge(ctx: &Context<'_>, past: &PastView, bar: &mut Bar) {
    let t = &ctx.t.replay;
    let columns = ctx.state.size.width;
    let dated = columns >= WIDE || (columns >= MIDDLE && past.lack.is_none());
    let form = if dated {
        "%Y-%m-%d %H:%M:%S"
    } else {
        "%H:%M:%S"
    };
    let text = format!(" {} {} ", t.badge, time(ctx, past.moment, form));
    bar.left(0, [ctx.span(text, Role::Badge)]);
    let speed = if past.speed == 0 {
        t.paused.to_owned()
    } else {
        fill(t.speed, &[("n", &past.speed)])
    };
    bar.left(1, [ctx.span(speed, Role::Warning)]);
    if let Some(lack) = &past.lack {
        bar.left(1, [ctx.span(lack_words(ctx, lack), Role::Bad)]);
    }
}

fn time(ctx: &Context<'_>, at: Timestamp, form: &str) -> String {
    let at = at.to_zoned(ctx.state.look().zone.clone());
    at.strftime(form).to_string()
}

fn lack_words(ctx: &Context<'_>, lack: &Lack) -> String {
    let t = &ctx.t.replay;
    let what = match lack.why {
        Missing::Damaged => t.is_damaged,
        Missing::NotRecorded => t.is_not_recorded,
    };
    match lack.to {
        None => what.to_owned(),
        Some(to) => {
            let until = fill(t.until, &[("at", &time(ctx, to, "%H:%M:%S"))]);
            format!("{what} {until}")
        }
    }
}

/// Where there is no header: at the end of the line at the foot.
pub(super) fn over(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) {
    let Some(past) = ctx.state.past().filter(|_| area.height > 0) else {
        return;
    };
    let moment = time(ctx, past.moment, "%H:%M:%S");
    let text = format!(" {} {moment} ", ctx.t.replay.badge);
    let room = usize::from(area.width);
    let x = area
        .right()
        .saturating_sub(u16::try_from(width(&text)).unwrap_or(u16::MAX));
    buf.set_stringn(x.max(area.x), area.y, text, room, ctx.style(Role::Badge));
}

/// Whether an action has no place among the keys at the foot: it cannot be done in the past, or stands
/// there already.
pub(super) const fn hides(action: Action) -> bool {
    action.is_command() || matches!(action, Action::Past | Action::Freeze)
}

/// The keys that move through the past.
pub(super) fn keys(ctx: &Context<'_>, past: &PastView, bar: &mut Bar) {
    let t = &ctx.t.replay;
    let look = ctx.state.look();
    let key = |action| look.keymap.first(action, ctx.glyphs).unwrap_or_default();
    let both = |a, b| format!("{} {}", key(a), key(b));
    if past.live {
        bar.left(0, hint(ctx, &key(Action::Past), t.key_live));
    }
    bar.left(1, hint(ctx, &key(Action::PastTime), t.key_time));
    let events = both(Action::PastEventBefore, Action::PastEvent);
    bar.left(1, hint(ctx, &events, t.key_event));
    let problems = both(Action::PastProblemBefore, Action::PastProblem);
    bar.left(2, hint(ctx, &problems, t.key_problem));
    let play = if past.speed == 0 {
        &t.key_play
    } else {
        &t.key_stop
    };
    bar.left(1, hint(ctx, &key(Action::Freeze), play));
    bar.left(3, hint(ctx, &key(Action::PastFaster), t.key_faster));
}
