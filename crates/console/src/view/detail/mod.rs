//! Why? Everything about one user: both raw values, the rule, the lease with its verdict, what to
//! do, and the chain of causes.

mod causes;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::context::Context;
use crate::columns::{lamp_role, lease_role};
use crate::theme::Role;
use model::snapshot::UserRow;
use report::cells::{width, wrap};
use words::{Fact, Sign};

/// From this width on the chain of causes stands beside the facts.
const TWO_FROM: usize = 118;

/// Beside the table, where there is room.
pub(super) fn beside(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) {
    if area.width < 12 {
        return;
    }
    for y in area.top()..area.bottom() {
        buf.set_string(area.x, y, ctx.glyphs.upright, ctx.style(Role::Muted));
    }
    let inner = Rect {
        x: area.x + 2,
        width: area.width - 3,
        ..area
    };
    let room = usize::from(inner.height);
    let mut lines = lines(ctx, usize::from(inner.width), true);
    // What is as it should be goes first. The newest links of the chain matter most: when the rest
    // does not fit either, its middle goes.
    if lines.len() > room {
        lines = self::lines(ctx, usize::from(inner.width), false);
    }
    let (head, tail) = split(&lines, room);
    for (line, y) in head.iter().chain(tail).zip(inner.top()..inner.bottom()) {
        buf.set_line(inner.x, y, line, inner.width);
    }
}

fn split<'a, 'b>(lines: &'a [Line<'b>], room: usize) -> (&'a [Line<'b>], &'a [Line<'b>]) {
    if lines.len() <= room {
        return (lines, &[]);
    }
    let tail = room / 3;
    let (head, _) = lines.split_at(room - tail);
    let (_, tail) = lines.split_at(lines.len() - tail);
    (head, tail)
}

/// All lines for the selected user, with or without what is as it should be.
fn lines(ctx: &Context<'_>, room: usize, usual: bool) -> Vec<Line<'static>> {
    let Some((index, row)) = ctx.state.selected_row() else {
        let text = match ctx.state.selected {
            Some(_) => ctx.t.detail.gone,
            None => ctx.t.detail.nobody,
        };
        return vec![Line::from(ctx.span(text, Role::Muted))];
    };
    let mut page = Page {
        ctx,
        room,
        lines: Vec::new(),
    };
    page.who(row);
    page.odd(&row.notes);
    page.facts(index, row);
    if usual {
        page.usual(&row.notes);
    }
    page.chain(row);
    page.lines
}

/// The same on a screen of its own: where it is wide, the chain of causes beside the facts.
pub(super) fn page(ctx: &Context<'_>, room: usize) -> Vec<Line<'static>> {
    let Some((index, row)) = ctx.state.selected_row().filter(|_| room >= TWO_FROM) else {
        return lines(ctx, room, true);
    };
    let part = |room| Page {
        ctx,
        room,
        lines: Vec::new(),
    };
    let mut head = part(room);
    head.who(row);
    head.odd(&row.notes);
    let half = room / 2 - 1;
    let (mut facts, mut chain) = (part(half - 1), part(room - half - 3));
    facts.facts(index, row);
    facts.usual(&row.notes);
    chain.chain(row);
    // The heading of the chain stands level with the first fact.
    chain.lines.remove(0);
    head.lines
        .extend(beside_each_other(ctx, facts.lines, chain.lines, half));
    head.lines
}

fn beside_each_other(
    ctx: &Context<'_>,
    left: Vec<Line<'static>>,
    right: Vec<Line<'static>>,
    half: usize,
) -> impl Iterator<Item = Line<'static>> {
    let count = left.len().max(right.len());
    let upright = ctx.span(format!("{} ", ctx.glyphs.upright), Role::Muted);
    let fill =
        |lines: Vec<Line<'static>>| lines.into_iter().chain(std::iter::repeat(Line::default()));
    fill(left)
        .zip(fill(right))
        .take(count)
        .map(move |(mut left, right)| {
            let gap = half.saturating_sub(left.width());
            left.spans
                .extend([Span::raw(" ".repeat(gap)), upright.clone()]);
            left.spans.extend(right.spans);
            left
        })
}

struct Page<'a> {
    ctx: &'a Context<'a>,
    room: usize,
    lines: Vec<Line<'static>>,
}

impl Page<'_> {
    fn facts(&mut self, index: usize, row: &UserRow) {
        let (ctx, snapshot) = (self.ctx, self.ctx.state.snapshot());
        let read = snapshot.read_mark(index);
        let stale = read.is_stale(ctx.now, snapshot.poll.interval);
        for fact in words::facts(row, read, stale, ctx.t, &**ctx) {
            self.fact(fact);
        }
    }

    fn fact(&mut self, fact: Fact<'_>) {
        let ctx = self.ctx;
        let sign = fact.sign.map(|sign| match sign {
            Sign::Lamp(row) => (ctx.glyphs.lamp_of(row), lamp_role(row.rule.lamp)),
            Sign::Lease(lease) => (ctx.glyphs.lease(lease), lease_role(lease)),
        });
        let sign = sign.map(|(sign, role)| ctx.span(format!("{sign} "), role));
        let parts = fact.parts.into_iter();
        let parts = parts.map(|(text, tone)| ctx.span(text, Role::of(tone)));
        let spans = sign.into_iter().chain(parts).collect();
        match fact.beside {
            Some((text, tone)) => self.labelled_and(fact.label, spans, &text, Role::of(tone)),
            None => self.labelled(fact.label, spans),
        }
        for (text, tone) in fact.more {
            self.more(&text, Role::of(tone));
        }
    }

    fn labelled(&mut self, label: &str, spans: Vec<Span<'static>>) {
        let room = words::label_width(self.ctx.t);
        let label = report::cells::fit(label, room, report::cells::Align::Left, "");
        let mut line = vec![self.ctx.span(label, Role::Muted)];
        line.extend(spans);
        self.lines.push(Line::from(line));
    }

    /// The same with something more to say: on the next lines where it does not fit.
    fn labelled_and(&mut self, label: &str, mut spans: Vec<Span<'static>>, text: &str, role: Role) {
        let taken: usize =
            words::label_width(self.ctx.t) + spans.iter().map(Span::width).sum::<usize>();
        let fits = taken + 2 + width(text) <= self.room;
        if fits && !text.is_empty() {
            spans.push(self.ctx.span(format!("  {text}"), role));
        }
        self.labelled(label, spans);
        if !fits {
            self.more(text, role);
        }
    }

    fn more(&mut self, text: &str, role: Role) {
        let room = self.room.saturating_sub(words::label_width(self.ctx.t));
        for line in wrap(text, room) {
            self.labelled("", vec![self.ctx.span(line, role)]);
        }
    }

    fn heading(&mut self, text: &str) {
        self.lines.push(Line::default());
        self.lines
            .push(Line::from(self.ctx.span(text.to_owned(), Role::Heading)));
    }

    fn who(&mut self, row: &UserRow) {
        let state = self.ctx.state;
        let name = self.ctx.cut(&state.shown_name(row), self.room);
        self.lines
            .push(Line::from(self.ctx.span(name, Role::Title)));
        let department = row.department.as_deref().unwrap_or_default();
        let rest = [
            state.shown_user(&row.user_name),
            state.names().phone(row),
            department.to_owned(),
        ];
        let rest: Vec<String> = rest.into_iter().filter(|text| !text.is_empty()).collect();
        let separator = format!(" {} ", self.ctx.glyphs.dot);
        let rest = self.ctx.cut(&rest.join(&separator), self.room);
        self.lines
            .push(Line::from(self.ctx.span(rest, Role::Muted)));
        self.lines.push(Line::default());
    }
}
