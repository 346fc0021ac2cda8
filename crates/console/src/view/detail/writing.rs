//! What we write to Teams for a user: calls, lease, verdict.

use super::Page;
use crate::columns::{call_name, lease_role, lease_word};
use crate::theme::Role;
use model::snapshot::{LeaseView, UserRow, Verdict};
use words::fill;

impl Page<'_> {
    pub(super) fn calls(&mut self, row: &UserRow) {
        let (ctx, t) = (self.ctx, self.ctx.t);
        let mut labels = std::iter::once(&*t.detail.calls).chain(std::iter::repeat(""));
        if let Some(since) = row.since.filter(|_| row.has_teams_call()) {
            let age = fill(&t.detail.since, &[("age", &ctx.age(since))]);
            let text = format!("{} {} {age}", t.calls.in_teams, ctx.clock(since));
            let label = labels.next().unwrap_or_default();
            self.labelled(label, vec![ctx.span(text, Role::Accent)]);
        } else if row.calls.is_empty() && row.is_on_the_phone() {
            let some = t.calls.some.clone();
            return self.labelled(&t.detail.calls, vec![ctx.span(some, Role::Accent)]);
        } else if row.calls.is_empty() {
            let none = t.calls.none.clone();
            return self.labelled(&t.detail.calls, vec![ctx.span(none, Role::Muted)]);
        }
        for (call, label) in row.calls.iter().zip(labels) {
            let state = if call.connected {
                &t.calls.connected
            } else {
                &t.calls.ringing
            };
            let since = fill(&t.detail.since, &[("age", &ctx.age(call.since))]);
            let name = call_name(call.kind, t);
            let text = format!("{name} {state} {} {since}", ctx.clock(call.since));
            let Some(heard) = call.stale_since else {
                self.labelled(label, vec![ctx.span(text, Role::Accent)]);
                continue;
            };
            let as_of = fill(&t.detail.call_stale, &[("age", &ctx.age(heard))]);
            self.labelled_and(label, vec![ctx.span(text, Role::Muted)], &as_of, Role::Bad);
        }
    }

    pub(super) fn lease(&mut self, lease: Option<&LeaseView>) {
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
        let mut text = words::verdict(lease.verdict, ctx.t).to_owned();
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
}
