//! The way of a presence, hop by hop, each with its state, last success, last error and latency.
//! Where there is room, the latency of the last polls and what the log says of trouble.

use std::fmt::Display;

use jiff::Timestamp;
use ratatui::text::{Line, Span};

use super::context::Context;
use super::header::{hop_role, sparkline};
use super::hop::{Hop, hops_of};
use super::{history, log};
use crate::hops::{self, Station, WAY};
use crate::theme::Role;
use model::snapshot::{Link, LinkStatus};
use report::cells::{Align, fit, width, wrap};
use words::fill;

/// Cells of the names of stations, and of hops with the wire before them.
const NAME: usize = 22;
/// Cells before the words below a hop.
const INDENT: usize = 4;
/// From this width on the latencies of the last polls stand beside the hop.
const SPARK_FROM: usize = 110;
const SPARK: usize = 40;
/// Lines of the chart, and the least that must be left for it.
const CHART: usize = 8;
const CHART_FROM: usize = CHART + 6;

/// All lines of the page; the chart and the troubles only where `height` leaves room for them.
pub(super) fn lines(ctx: &Context<'_>, room: usize, height: usize) -> Vec<Line<'static>> {
    let mut page = Page {
        ctx,
        room,
        lines: Vec::new(),
    };
    page.summary();
    page.way();
    page.lines.push(Line::default());
    page.head();
    for station in WAY {
        page.station(station);
    }
    page.chart(height);
    page.trouble(height);
    page.lines
}

struct Page<'a> {
    ctx: &'a Context<'a>,
    room: usize,
    lines: Vec<Line<'static>>,
}

impl Page<'_> {
    fn status(&self, station: Station) -> LinkStatus {
        let state = self.ctx.state;
        hops::status(station, state.snapshot(), state.ended, self.ctx.now)
    }

    /// In one sentence: which hop is broken, or that none is.
    fn summary(&mut self) {
        let l = &self.ctx.t.links;
        let mut said = Vec::new();
        for (status, template, role) in [
            (LinkStatus::Down, &l.broken, Role::Bad),
            (LinkStatus::Degraded, &l.shaky, Role::Warning),
        ] {
            for station in WAY {
                let hops = hops_of(self.ctx, station).into_iter();
                let roots = hops.filter(|hop| hop.follows.is_none());
                for hop in roots.filter(|hop| hop.link.status == status) {
                    let name = format!("{}, {}", self.name(station), hop.name);
                    let values: [(&str, &dyn Display); 2] =
                        [("hop", &name), ("detail", &self.latest(&hop))];
                    said.push((fill(template, &values), role));
                }
            }
        }
        if said.is_empty() {
            said.push((l.all_well.to_owned(), Role::Good));
        }
        for (text, role) in said {
            for line in wrap(&text, self.room) {
                self.lines.push(Line::from(self.ctx.span(line, role)));
            }
        }
    }

    /// What is wrong with a hop, in one word or the server's.
    fn latest(&self, hop: &Hop) -> String {
        if let Some(since) = hop.silent_since.filter(|_| hop.polled) {
            return self.silence(since);
        }
        let silence = hop.silent_since.map(|since| self.silence(since));
        let trouble = hop.link.last_error.as_ref().map(|(_, trouble)| {
            let told = words::trouble(trouble, self.ctx.t);
            self.ctx.state.shown_words(&told).into_owned()
        });
        let said: Vec<_> = silence.into_iter().chain(trouble).collect();
        said.join("; ")
    }

    fn silence(&self, since: Timestamp) -> String {
        fill(self.ctx.t.links.silent, &[("age", &self.ctx.age(since))])
    }

    fn name(&self, station: Station) -> &'static str {
        let l = &self.ctx.t.links;
        match station {
            Station::TeamsClient => l.client,
            Station::Graph => l.graph,
            Station::Entra => l.entra,
            Station::Bridge => l.bridge,
            Station::Procall => l.procall,
            Station::Log => l.log,
        }
    }

    /// All stations on one line, where it fits.
    fn way(&mut self) {
        let ctx = self.ctx;
        let mut spans = Vec::new();
        for (at, station) in WAY.into_iter().enumerate() {
            let status = self.status(station);
            let (node, wire) = ctx.glyphs.hop(status);
            if at > 0 {
                spans.push(ctx.span(format!(" {wire} "), hop_role(status)));
            }
            spans.push(ctx.span(format!("{node} "), hop_role(status)));
            spans.push(ctx.span(self.name(station).to_owned(), name_role(status)));
        }
        if spans.iter().map(Span::width).sum::<usize>() <= self.room {
            self.lines.push(Line::from(spans));
        }
    }

    /// What the columns of the hops are.
    fn head(&mut self) {
        let l = &self.ctx.t.links;
        let text = format!(
            "{}{}{}",
            " ".repeat(NAME),
            fit(l.state, self.state_room(), Align::Left, ""),
            self.columns(l.last_ok, l.latency)
        );
        self.lines
            .push(Line::from(self.ctx.span(text, Role::Muted)));
    }

    /// Room for the longest of the four words, and two cells.
    fn state_room(&self) -> usize {
        let l = &self.ctx.t.links;
        let words = [&l.idle, &l.up, &l.degraded, &l.down];
        words.map(|word| width(word)).into_iter().max().unwrap_or(0) + 2
    }

    fn station(&mut self, station: Station) {
        let ctx = self.ctx;
        let status = self.status(station);
        let (node, _) = ctx.glyphs.hop(status);
        let name = fit(self.name(station), NAME - 2, Align::Left, ctx.glyphs.cut);
        let detail = ctx.cut(&self.detail(station), self.room.saturating_sub(NAME));
        self.lines.push(Line::from(vec![
            ctx.span(format!("{node} "), hop_role(status)),
            ctx.span(name, name_role(status)),
            ctx.span(detail, Role::Muted),
        ]));
        for hop in hops_of(self.ctx, station) {
            self.hop(&hop);
        }
    }

    /// Where a station is; of the Teams client, when something last came from there.
    fn detail(&self, station: Station) -> String {
        let snapshot = self.ctx.state.snapshot();
        let tenant = &snapshot.tenant;
        match station {
            Station::TeamsClient => self.client(),
            Station::Graph => tenant.graph_host.to_string(),
            Station::Entra => tenant.authority_host.to_string(),
            Station::Bridge => tenant.name().to_owned(),
            Station::Procall => tenant.procall.to_string(),
            Station::Log => String::new(),
        }
    }

    fn client(&self) -> String {
        let (ctx, l) = (self.ctx, &self.ctx.t.links);
        let Some((at, row)) = hops::last_change(ctx.state.snapshot()) else {
            return l.client_none.to_owned();
        };
        let user = ctx.state.shown_name(row);
        fill(l.client_change, &[("age", &ctx.age(at)), ("user", &user)])
    }

    fn hop(&mut self, hop: &Hop) {
        let ctx = self.ctx;
        let (l, link) = (&ctx.t.links, &hop.link);
        let role = hop_role(link.status);
        let word = match link.status {
            LinkStatus::Idle => &l.idle,
            LinkStatus::Up => &l.up,
            LinkStatus::Degraded => &l.degraded,
            LinkStatus::Down => &l.down,
        };
        let (node, _) = ctx.glyphs.hop(link.status);
        let wire = wire(ctx, link.status);
        let name_room = NAME - INDENT;
        let mut spans = vec![
            ctx.span(format!("{wire} {node} "), role),
            ctx.span(
                fit(hop.name, name_room, Align::Left, ctx.glyphs.cut),
                name_role(link.status),
            ),
            ctx.span(fit(word, self.state_room(), Align::Left, ""), role),
        ];
        spans.extend(self.last_ok(link));
        if hop.polled && self.room >= SPARK_FROM {
            spans.push(Span::raw("  "));
            spans.push(sparkline(ctx, SPARK));
        }
        self.lines.push(Line::from(spans));
        let fails = matches!(link.status, LinkStatus::Down | LinkStatus::Degraded);
        if let Some(root) = hop.follows.filter(|_| fails) {
            let text = fill(l.follows, &[("hop", &root)]);
            return self.below(link, &text, Role::Muted);
        }
        if let Some(since) = hop.silent_since {
            self.below(link, &self.silence(since), Role::Bad);
        }
        self.last_error(link);
    }

    /// When it last worked, and how long it took: this at least as wide as its heading.
    fn columns(&self, last: &str, latency: &str) -> String {
        let room = width(self.ctx.t.links.latency).max(6);
        let last = fit(last, 15, Align::Left, "");
        last + &fit(latency, room, Align::Right, "")
    }

    /// Nothing for a hop that was not used yet: it has neither.
    fn last_ok(&self, link: &Link) -> Option<Span<'static>> {
        let ctx = self.ctx;
        let l = &ctx.t.links;
        if link.last_ok.is_none() && matches!(link.status, LinkStatus::Idle | LinkStatus::Up) {
            return None;
        }
        let last = link.last_ok.map_or_else(
            || l.never.to_owned(),
            |at| fill(l.ago, &[("age", &ctx.age(at))]),
        );
        let latency = link
            .latency
            .map_or_else(String::new, |took| ctx.measured(took));
        Some(ctx.span(self.columns(&last, &latency), Role::Text))
    }

    fn last_error(&mut self, link: &Link) {
        let ctx = self.ctx;
        let Some((at, trouble)) = &link.last_error else {
            return;
        };
        let told = words::trouble(trouble, ctx.t);
        let text = format!(
            "{} {} ({}): {words}",
            ctx.t.links.last_error,
            ctx.clock(*at),
            ctx.age(*at),
            words = ctx.state.shown_words(&told)
        );
        let role = match link.status {
            LinkStatus::Up => Role::Muted,
            _ => Role::Warning,
        };
        self.below(link, &text, role);
    }

    fn below(&mut self, link: &Link, text: &str, role: Role) {
        let wire = wire(self.ctx, link.status);
        for line in wrap(text, self.room.saturating_sub(INDENT)) {
            self.lines.push(Line::from(vec![
                self.ctx.span(format!("{wire}   "), hop_role(link.status)),
                self.ctx.span(line, role),
            ]));
        }
    }

    /// The latency of the last polls.
    fn chart(&mut self, height: usize) {
        let ctx = self.ctx;
        if height < self.lines.len() + CHART_FROM {
            return;
        }
        self.heading(ctx.t.poll.history);
        let chart = history::lines(ctx, self.room, CHART, |cycle| cycle.slowest);
        self.lines.extend(chart);
    }

    /// The last warnings and errors of our log, as many as there is room for.
    fn trouble(&mut self, height: usize) {
        let ctx = self.ctx;
        let left = height.saturating_sub(self.lines.len() + 2);
        if left == 0 {
            return;
        }
        let lines = log::trouble(ctx, self.room, left);
        self.heading(ctx.t.links.trouble);
        if lines.is_empty() {
            let none = ctx.span(ctx.t.links.trouble_none, Role::Muted);
            self.lines.push(Line::from(none));
        }
        self.lines.extend(lines);
    }

    fn heading(&mut self, text: &str) {
        self.lines.push(Line::default());
        self.lines
            .push(Line::from(self.ctx.span(text.to_owned(), Role::Heading)));
    }
}

/// What is broken stands out with its name.
const fn name_role(status: LinkStatus) -> Role {
    match status {
        LinkStatus::Down => Role::Bad,
        LinkStatus::Degraded => Role::Warning,
        LinkStatus::Idle | LinkStatus::Up => Role::Text,
    }
}

/// The line that leads on; there is none where a hop is broken.
fn wire<'a>(ctx: &Context<'a>, status: LinkStatus) -> &'a str {
    match status {
        LinkStatus::Down => " ",
        _ => ctx.glyphs.upright,
    }
}
