//! Why? Everything about one user: both raw values, the rule, the lease with its verdict, what to
//! do, and the chain of causes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::context::Context;
use crate::bridge::{LeaseView, Note, ReadMark, UserRow, Verdict};
use crate::console::cells::{width, wrap};
use crate::console::columns::{call_name, lamp_role, lease_role, lease_word, verdict_word};
use crate::console::problems::advice;
use crate::console::sentences::{procall_words, sentence};
use crate::console::texts::{fill, spoken};
use crate::console::theme::Role;
use crate::presence::Lamp;

/// Cells of the labels at the left.
const LABEL: usize = 10;
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
    let lines = lines(ctx, usize::from(inner.width));
    // The newest links of the chain matter most: when it does not fit, its middle goes.
    let room = usize::from(inner.height);
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

/// All lines for the selected user.
pub(super) fn lines(ctx: &Context<'_>, room: usize) -> Vec<Line<'static>> {
    let Some((index, row)) = ctx.state.selected_row() else {
        let text = match ctx.state.selected {
            Some(_) => &ctx.t.detail.gone,
            None => &ctx.t.detail.nobody,
        };
        return vec![Line::from(ctx.span(text.clone(), Role::Muted))];
    };
    let mut page = Page {
        ctx,
        room,
        lines: Vec::new(),
    };
    page.who(row);
    page.odd(&row.notes);
    page.facts(index, row);
    page.chain(row);
    page.lines
}

/// The same on a screen of its own: where it is wide, the chain of causes beside the facts.
pub(super) fn page(ctx: &Context<'_>, room: usize) -> Vec<Line<'static>> {
    let Some((index, row)) = ctx.state.selected_row().filter(|_| room >= TWO_FROM) else {
        return lines(ctx, room);
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

/// Whether Teams shows the call that we have written, held back from ProCall.
fn is_ours(row: &UserRow) -> bool {
    row.notes.contains(&Note::EchoHeld)
}

struct Page<'a> {
    ctx: &'a Context<'a>,
    room: usize,
    lines: Vec<Line<'static>>,
}

impl Page<'_> {
    fn facts(&mut self, index: usize, row: &UserRow) {
        let read = self.ctx.state.snapshot().read_mark(index);
        self.teams(row, read);
        self.rule(row);
        self.calls(row);
        self.lease(row.lease.as_deref());
        self.usual(&row.notes);
    }

    fn labelled(&mut self, label: &str, spans: Vec<Span<'static>>) {
        let label =
            crate::console::cells::fit(label, LABEL, crate::console::cells::Align::Left, "");
        let mut line = vec![self.ctx.span(label, Role::Muted)];
        line.extend(spans);
        self.lines.push(Line::from(line));
    }

    fn more(&mut self, text: &str, role: Role) {
        for line in wrap(text, self.room.saturating_sub(LABEL)) {
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
        let rest = [state.shown_user(&row.user_name), state.shown_phone(row)];
        let rest: Vec<String> = rest.into_iter().filter(|text| !text.is_empty()).collect();
        let separator = format!(" {} ", self.ctx.glyphs.dot);
        let rest = self.ctx.cut(&rest.join(&separator), self.room);
        self.lines
            .push(Line::from(self.ctx.span(rest, Role::Muted)));
        self.lines.push(Line::default());
    }

    fn teams(&mut self, row: &UserRow, read: ReadMark) {
        let (ctx, d) = (self.ctx, &self.ctx.t.detail);
        let value = row
            .teams
            .as_ref()
            .map_or_else(|| d.teams_none.clone(), ToString::to_string);
        let mut spans = vec![ctx.span(value, Role::Text)];
        if let Some(since) = row.since {
            let since = fill(&d.since, &[("age", &ctx.age(since))]);
            spans.push(ctx.span(format!("  {since}"), Role::Muted));
        }
        if is_ours(row) {
            spans.push(ctx.span(format!("  {}", d.ours), Role::Accent));
        }
        if row.out_of_office {
            spans.push(ctx.span(format!("  {}", d.out_of_office), Role::Warning));
        }
        self.labelled(&d.teams, spans);
        let read_text = match read.read_at {
            Some(at) => format!(
                "{} {}  {}",
                ctx.clock(at),
                ctx.age(at),
                ctx.measured(read.latency)
            ),
            None => d.read_never.clone(),
        };
        let stale = read.is_stale(ctx.now, ctx.state.snapshot().poll.interval);
        let role = if stale { Role::Bad } else { Role::Text };
        self.labelled(&d.read, vec![ctx.span(read_text, role)]);
        if read.failures > 0 {
            self.more(&fill(&d.failures, &[("n", &read.failures)]), Role::Warning);
        }
    }

    fn rule(&mut self, row: &UserRow) {
        let (ctx, d, rule) = (self.ctx, &self.ctx.t.detail, row.rule);
        let shown = spoken(&rule.shown, ctx.lang).to_owned();
        self.labelled(&d.rule, vec![ctx.span(shown, Role::Text)]);
        let origin = if rule.open {
            &d.rule_open
        } else {
            &d.rule_estos
        };
        self.more(&format!("{} ({origin})", rule.name), Role::Muted);
        if is_ours(row) {
            self.more(&d.rule_held, Role::Muted);
        }
        if rule.by_outlook {
            self.more(&d.by_outlook, Role::Muted);
        }
        let l = &ctx.t.lamps;
        let colour = match rule.lamp {
            Lamp::Neutral => &l.neutral,
            Lamp::Red => &l.red,
            Lamp::Yellow => &l.yellow,
        };
        let tooltip = spoken(&rule.tooltip, ctx.lang);
        self.labelled(
            &d.lamp,
            vec![
                ctx.span(
                    format!("{} ", ctx.glyphs.lamp(rule.lamp)),
                    lamp_role(rule.lamp),
                ),
                ctx.span(format!("{colour}, \"{tooltip}\""), Role::Text),
            ],
        );
        let mut procall = vec![ctx.span(procall_words(row.procall, ctx.t).to_owned(), Role::Text)];
        if let Some(since) = row.procall_since {
            let since = fill(&d.since, &[("age", &ctx.age(since))]);
            procall.push(ctx.span(format!("  {since}"), Role::Muted));
        }
        if row.teams_right == Some(true) {
            let right = format!("  {} {}", ctx.glyphs.dot, d.teams_right);
            procall.push(ctx.span(right, Role::Muted));
        }
        self.labelled(&d.procall, procall);
        if row.teams_right == Some(false) {
            self.more(&d.teams_right_none, Role::Warning);
        }
    }

    fn calls(&mut self, row: &UserRow) {
        let (ctx, t) = (self.ctx, self.ctx.t);
        if row.calls.is_empty() {
            let none = t.calls.none.clone();
            return self.labelled(&t.detail.calls, vec![ctx.span(none, Role::Muted)]);
        }
        for (at, call) in row.calls.iter().enumerate() {
            let label = if at == 0 { &*t.detail.calls } else { "" };
            let state = if call.connected {
                &t.calls.connected
            } else {
                &t.calls.ringing
            };
            let since = fill(&t.detail.since, &[("age", &ctx.age(call.since))]);
            let name = call_name(call.kind, t);
            let text = format!("{name} {state} {} {since}", ctx.clock(call.since));
            self.labelled(label, vec![ctx.span(text, Role::Accent)]);
        }
    }

    fn lease(&mut self, lease: Option<&LeaseView>) {
        let (ctx, d) = (self.ctx, &self.ctx.t.detail);
        let Some(lease) = lease else {
            let none = d.lease_none.clone();
            return self.labelled(&d.lease, vec![ctx.span(none, Role::Muted)]);
        };
        let sign = ctx.glyphs.lease(lease);
        let word = lease_word(lease, ctx.t);
        let text = format!("{sign} Busy/{}  {word}", lease.activity.as_str());
        self.labelled(&d.lease, vec![ctx.span(text, lease_role(lease))]);
        let left = ctx.countdown(lease.expires_at);
        let set = fill(&d.set, &[("at", &ctx.clock(lease.set_at))]);
        let ends = fill(
            &d.expires,
            &[("at", &ctx.clock(lease.expires_at)), ("age", &left)],
        );
        self.more(&format!("{set} {} {ends}", ctx.glyphs.dot), Role::Text);
        let mut renewals = fill(&d.renewals, &[("n", &lease.renewals)]);
        if let Some(renew) = lease.renew_at {
            let renews = fill(&d.renews, &[("age", &ctx.countdown(renew))]);
            renewals = format!("{renewals} {} {renews}", ctx.glyphs.dot);
        }
        self.more(&renewals, Role::Muted);
        self.verdict(lease);
    }

    fn verdict(&mut self, lease: &LeaseView) {
        let (ctx, d) = (self.ctx, &self.ctx.t.detail);
        let mut text = verdict_word(lease.verdict, ctx.t).to_owned();
        if let Some(after) = lease.verdict_after {
            let after = fill(&d.verdict_after, &[("age", &ctx.measured(after))]);
            text = format!("{text} {after}");
        }
        self.labelled(&d.verdict, vec![ctx.span(text, lease_role(lease))]);
        if let (Verdict::Masked, Some(by)) = (lease.verdict, &lease.masked_by) {
            self.more(&fill(&d.masked_by, &[("detail", by)]), Role::Warning);
        }
        if let Some(id) = &lease.request_id {
            self.more(&format!("{} {id}", d.request_id), Role::Muted);
        }
    }

    /// What is odd and what to do, before all the facts: it is what somebody came for.
    fn odd(&mut self, notes: &[Note]) {
        let mut odd = notes.iter().filter(|note| !note.is_usual()).peekable();
        if odd.peek().is_none() {
            return;
        }
        let warning = self.ctx.glyphs.warning;
        odd.for_each(|note| self.note(note, warning, Role::Text));
        self.lines.push(Line::default());
    }

    /// What is as it should be is said quietly, after the facts.
    fn usual(&mut self, notes: &[Note]) {
        let dot = self.ctx.glyphs.dot;
        let usual = notes.iter().filter(|note| note.is_usual());
        usual.for_each(|note| self.note(note, dot, Role::Muted));
    }

    fn note(&mut self, note: &Note, sign: &str, rest: Role) {
        let ctx = self.ctx;
        let (what, remedy) = advice(note, ctx.t);
        let what = ctx.state.shown_words(&what);
        self.bullet(sign, &what, crate::console::columns::note_role(note));
        self.bullet(ctx.glyphs.arrow, remedy, rest);
    }

    fn bullet(&mut self, sign: &str, text: &str, role: Role) {
        let indent = width(sign) + 1;
        for (at, line) in wrap(text, self.room.saturating_sub(indent))
            .into_iter()
            .enumerate()
        {
            let start = if at == 0 {
                format!("{sign} ")
            } else {
                " ".repeat(indent)
            };
            self.lines
                .push(Line::from(self.ctx.span(format!("{start}{line}"), role)));
        }
    }

    fn chain(&mut self, row: &UserRow) {
        let ctx = self.ctx;
        self.heading(&ctx.t.detail.chain);
        if row.history.is_empty() {
            let empty = ctx.t.detail.chain_empty.clone();
            self.lines.push(Line::from(ctx.span(empty, Role::Muted)));
        }
        for event in row.history.iter() {
            let (text, role) = sentence(&event.kind, ctx.t, ctx.lang);
            let text = ctx.state.shown_words(&text);
            let at = ctx.clock(event.at);
            let start = format!("{at} {} ", ctx.glyphs.arrow);
            let indent = width(&start);
            for (n, line) in wrap(&text, self.room.saturating_sub(indent))
                .into_iter()
                .enumerate()
            {
                let start = if n == 0 {
                    start.clone()
                } else {
                    " ".repeat(indent)
                };
                self.lines.push(Line::from(vec![
                    ctx.span(start, Role::Muted),
                    ctx.span(line, role),
                ]));
            }
        }
    }
}
