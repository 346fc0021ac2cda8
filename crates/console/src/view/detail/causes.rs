//! What is odd about a user, and the chain of causes.

use ratatui::text::Line;

use super::Page;
use crate::theme::Role;
use model::procall::Obstacle;
use model::snapshot::{Note, UserRow};
use report::cells::{width, wrap};
use words::fill;

/// Whether it is as it should be: a held echo, or a presence that somebody has set by hand in
/// ProCall.
fn is_fact(note: &Note) -> bool {
    note.is_usual() || matches!(note, Note::Obstacle(Obstacle::ForeignPresence))
}

impl Page<'_> {
    /// What is odd and what to do, before all the facts: it is what somebody came for.
    pub(super) fn odd(&mut self, notes: &[Note]) {
        let roots = &self.ctx.roots;
        let odd = notes.iter().filter(|note| !is_fact(note));
        let (follow, odd): (Vec<_>, Vec<_>) = odd.partition(|note| roots.hide(note));
        if odd.is_empty() && follow.is_empty() {
            return;
        }
        if !follow.is_empty() {
            self.root();
        }
        let warning = self.ctx.glyphs.warning;
        for note in odd {
            self.note(note, warning, Role::Text);
        }
        self.lines.push(Line::default());
    }

    /// What is wrong with the whole, from which follows what is odd about the user.
    fn root(&mut self) {
        let ctx = self.ctx;
        let Some(root) = ctx.state.problems.first() else {
            return;
        };
        let what = ctx.state.shown_words(&root.what);
        let text = fill(ctx.t.problems.follows, &[("detail", &what)]);
        self.bullet(ctx.glyphs.warning, &text, Role::Bad);
        self.bullet(ctx.glyphs.arrow, &root.remedy, Role::Text);
    }

    /// What is as it should be is said quietly, after the facts.
    pub(super) fn usual(&mut self, notes: &[Note]) {
        let dot = self.ctx.glyphs.dot;
        let usual = notes.iter().filter(|note| is_fact(note));
        usual.for_each(|note| self.note(note, dot, Role::Muted));
    }

    fn note(&mut self, note: &Note, sign: &str, rest: Role) {
        let ctx = self.ctx;
        let (what, remedy) = words::note(note, ctx.t);
        let what = ctx.state.shown_words(&what);
        self.bullet(sign, &what, crate::columns::note_role(note));
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

    pub(super) fn chain(&mut self, row: &UserRow) {
        let ctx = self.ctx;
        self.heading(ctx.t.detail.chain);
        if row.history.is_empty() {
            let empty = ctx.t.detail.chain_empty.to_owned();
            self.lines.push(Line::from(ctx.span(empty, Role::Muted)));
        }
        for event in row.history.iter() {
            let (text, tone) = words::event_words(&event.kind, ctx.t);
            let text = ctx.worded(&text);
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
                    ctx.span(line, Role::of(tone)),
                ]));
            }
        }
    }
}
