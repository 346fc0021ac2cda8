//! From both lists to who is matched. Users that stay matched keep everything that is known of
//! them; the others are let go in order.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use tracing::Level;

use super::super::event::Effect;
use super::super::line::{LineValues, LogTarget};
use super::Core;
use super::user::User;
use graph::Failure;
use model::packed_list::PackedList;
use model::presence::{
    Coverage, EntraId, EntraUser, Lamp, Mapping, MatchedUser, Matching, ProcallPresence,
    ProcallUser,
};
use model::snapshot::{ReadMark, UserEventKind};

/// A matched user on the way from the old roster to the new one, with its read mark.
struct Member {
    user: User,
    mark: ReadMark,
}

impl Member {
    /// Whether it goes by this name.
    fn is(&self, found: &MatchedUser) -> bool {
        self.user.key() == found.procall.user_name.key()
    }
}

/// What to do where coverage is zero.
const NOBODY_MATCHED: &str = "nobody is matched, so that nothing is read or written: a user name in \
    ProCall must be the user principal name of exactly one user in Entra";

impl Core {
    pub(super) fn take_users(&mut self, users: Vec<ProcallUser>, now: Timestamp) {
        self.roster.take_procall(users);
        self.procall_up(now);
        self.rematch(now);
    }

    pub(super) fn take_directory(
        &mut self,
        users: PackedList<EntraUser>,
        full: bool,
        now: Timestamp,
    ) {
        self.tenant.directory_read(users.len(), full, now);
        self.roster.take_entra(users);
        self.rematch(now);
    }

    pub(super) fn directory_failed(&mut self, failure: Failure) {
        let meanwhile = if self.roster.has_directory() {
            "the directory stays as it was"
        } else {
            "there is no directory yet, nobody is matched"
        };
        let message = format!("{meanwhile}: {failure}");
        // It is tried again every minute at the latest: said again is only what is new.
        let values = LineValues::from(&failure);
        let known = self.tenant.directory_failed(failure);
        let level = if known { Level::DEBUG } else { Level::WARN };
        self.log_of(values, level, LogTarget::Directory, None, message);
    }

    pub(super) fn quarantine(&mut self, id: EntraId, failure: &Failure, now: Timestamp) {
        if !self.roster.quarantine(id) {
            return;
        }
        let name = self.roster.user(id).map(|user| user.name().clone());
        let message = format!(
            "Graph fails whenever {id} is asked for, so it is asked alone once an hour: {}",
            failure.message
        );
        let name = name.as_ref();
        self.log_of(failure, Level::WARN, LogTarget::Poll, name, message);
        self.rematch(now);
    }

    pub(super) fn release(&mut self, id: EntraId, now: Timestamp) {
        if !self.roster.release(id) {
            return;
        }
        let message = format!("Graph answers for {id} again");
        self.log(Level::INFO, LogTarget::Poll, None, message);
        self.rematch(now);
    }

    fn rematch(&mut self, now: Timestamp) {
        let Some(matching) = self.roster.matching() else {
            return;
        };
        if !matching.matched.is_empty() {
            self.alarms
                .check_freshness_at(model::clock::advance(now, self.settings.interval));
        }
        let gone = self.place_members(&matching.matched, now);
        self.publish_matching(matching);
        for user in self.roster.let_go(gone) {
            self.let_go(&user, now);
        }
        if let Some(ids) = self.roster.poll_other() {
            self.out.push(Effect::PollSet(ids));
        }
        self.reconcile_all(now);
    }

    /// Gives every matched user a place; returns those who have none any more.
    fn place_members(&mut self, matched: &[MatchedUser], now: Timestamp) -> Vec<User> {
        let old_rows = self.rows.shown();
        // To be asked while the users are where they were.
        let places = matched.iter().map(|it| self.roster.index_of(it.entra_id));
        let places: Vec<_> = places.collect();
        let mut before = self.take_members();
        let mut rows = Vec::with_capacity(matched.len());
        let mut reads = Vec::with_capacity(matched.len());
        let mut users = Vec::with_capacity(matched.len());
        for (ix, (found, place)) in matched.iter().zip(places).enumerate() {
            let member = place.and_then(|at| before.get_mut(at)?.take_if(|it| it.is(found)));
            let mut member = member.unwrap_or_else(|| self.new_user(found, now));
            member.user.rename(found);
            let row = member.user.row();
            if old_rows.get(ix).is_none_or(|old| !Arc::ptr_eq(old, row)) {
                self.out.push(Effect::Changed(ix));
            }
            rows.push(Arc::clone(row));
            reads.push(member.mark);
            users.push(member.user);
        }
        self.rows.replace(rows);
        self.last_reads.replace(reads.into_iter());
        self.roster.place(users);
        before
            .into_iter()
            .flatten()
            .map(|member| member.user)
            .collect()
    }

    fn take_members(&mut self) -> Vec<Option<Member>> {
        self.refresh_rows();
        let users = self.roster.take_users();
        let marks = self.last_reads.marks();
        let members = users.into_iter().zip(marks.iter());
        members
            .map(|(user, mark)| Some(Member { user, mark }))
            .collect()
    }

    fn new_user(&self, found: &MatchedUser, now: Timestamp) -> Member {
        let mut user = User::new(found, now);
        if let Some(lease) = self.leases.get(user.id()) {
            if let Some(until) = lease.settles_until() {
                user.hold_echo_until(until);
            }
            if let Some(activity) = lease.adopted() {
                user.record(now, UserEventKind::LeaseAdopted(activity));
            }
        }
        user.show(self.row_of(&user));
        Member {
            mark: ReadMark::default(),
            user,
        }
    }

    fn publish_matching(&mut self, matching: Matching) {
        if !self.roster.publish(matching) {
            return;
        }
        let coverage = self.roster.coverage();
        let message = coverage_words(&coverage);
        self.log(Level::INFO, LogTarget::Directory, None, message);
        if coverage.matched == 0 {
            self.log(Level::WARN, LogTarget::Directory, None, NOBODY_MATCHED);
        }
    }

    /// A user is not matched any more. What we made of the presence in ProCall is taken back: nobody else
    /// would ever lift it.
    fn let_go(&mut self, user: &User, now: Timestamp) {
        let Some(told) = user.told() else {
            return;
        };
        let untouched = told.procall == ProcallPresence::Unchanged && told.lamp == Lamp::Neutral;
        if untouched {
            return;
        }
        let rule = Mapping::built_in().rule_for(None);
        self.tell_procall(user.name().clone(), rule, now);
        self.log_presence(user.name(), || {
            "not matched any more: ProCall keeps its own presence".to_owned()
        });
    }
}

fn coverage_words(coverage: &Coverage) -> String {
    let mut words = format!(
        "{} ProCall users = {} matched + {} excluded",
        coverage.procall_users, coverage.matched, coverage.excluded
    );
    for (reason, count) in &coverage.unmatched {
        // Writing into a String cannot fail.
        let _ = write!(words, " + {count} {}", reason.as_str());
    }
    words
}
