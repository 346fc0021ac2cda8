//! Which requests a cycle needs: chunks, one retry, then bisection. Pure.
//!
//! One bad id must never hurt the others (design, rule 5): a chunk that Graph refuses is tried
//! once more and then split in two until the id that spoils it stands alone. An outage looks the
//! same at first - every part fails - and Microsoft asks for fewer requests then, not for more. So
//! what follows a failure waits until something else is answered; where nothing is, a few probes
//! are sent one at a time, and then the cycle is over.

use std::collections::VecDeque;
use std::sync::Arc;

use super::outage::{CycleVerdict, Outlook};
use graph::FailureKind;
use model::limits::IDS_PER_REQUEST;
use model::presence::EntraId;

/// Probes that a cycle may cost in which nothing at all was answered: the halves of one chunk.
const PROBES_OF_AN_OUTAGE: u32 = 2;

/// So many times as many failures as answers a cycle may have in which ids are found guilty: while
/// one is isolated, every second part is well.
const BAD_TO_GOOD: usize = 4;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which chunk of the cycle it belongs to.
    pub(super) chunk: usize,
    /// Who is asked for.
    pub(super) ids: Arc<[EntraId]>,
    step: Step,
    /// Which split it comes from.
    split: Option<usize>,
    /// Something else had been answered before this was asked: if it fails, that is no outage
    /// which ends just now.
    after_good: bool,
}

/// How far the search for a bad id has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing is searched for.
    First,
    /// The whole chunk again.
    Retry,
    /// One half of what failed.
    Half,
    /// An id that failed alone, once more.
    Last,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Answered.
    Good,
    /// Failed.
    Bad(FailureKind),
}

#[derive(Clone, Debug, Default)]
struct ChunkRecord {
    ids: usize,
    good_parts: usize,
}

/// The plan of one cycle.
#[derive(Debug)]
pub(super) struct Plan {
    waiting: VecDeque<Part>,
    /// What follows failures, the deepest first: to find one bad id is more than to come nearer to
    /// ten. It waits until something is answered.
    extras: VecDeque<Part>,
    /// Something was answered since the last failure.
    free: bool,
    /// Who is asked for once the first request is answered.
    held_back: Vec<EntraId>,
    chunks: Vec<ChunkRecord>,
    outlook: Outlook,
    under_way: usize,
    good: usize,
    /// Failures that any id may have caused, or an outage.
    outage_like: usize,
    /// Probes that failed since something was answered.
    failed_probes: u32,
    /// Parts that failed and were answered when asked again: no id is at fault.
    flakes: u32,
    /// Halves that were answered, by split.
    splits: Vec<u8>,
    /// Retries and halves that were sent.
    extra: usize,
    /// Something that failed was not followed to its end.
    unresolved: bool,
    suspects: Vec<Suspect>,
}

/// An id that failed alone.
#[derive(Debug)]
struct Suspect {
    chunk: usize,
    id: EntraId,
    kind: FailureKind,
}

impl Plan {
    /// Chunks of at most [`IDS_PER_REQUEST`], in order. Where Graph did not answer last time, some ids
    /// first, and the others only once those are answered.
    pub(super) fn new(ids: &[EntraId], outlook: Outlook) -> Self {
        let mut plan = Self {
            waiting: VecDeque::new(),
            extras: VecDeque::new(),
            free: false,
            held_back: Vec::new(),
            chunks: Vec::new(),
            outlook,
            under_way: 0,
            good: 0,
            outage_like: 0,
            failed_probes: 0,
            flakes: 0,
            splits: Vec::new(),
            extra: 0,
            unresolved: false,
            suspects: Vec::new(),
        };
        match outlook.probe(ids.len()) {
            Some(probe) => {
                plan.add(ids.get(probe.clone()).unwrap_or_default());
                let others = ids.iter().enumerate();
                let others = others.filter(|(at, _)| !probe.contains(at));
                plan.held_back = others.map(|(_, id)| *id).collect();
            }
            None => plan.add(ids),
        }
        plan
    }

    fn add(&mut self, ids: &[EntraId]) {
        for ids in ids.chunks(IDS_PER_REQUEST) {
            self.waiting.push_back(Part {
                chunk: self.chunks.len(),
                ids: ids.into(),
                step: Step::First,
                split: None,
                after_good: false,
            });
            self.chunks.push(ChunkRecord {
                ids: ids.len(),
                ..ChunkRecord::default()
            });
        }
    }

    /// The next request, if one may be sent now. None does not mean the end: what is under way
    /// may fail.
    pub(super) fn next(&mut self) -> Option<Part> {
        let part = self.waiting.pop_front().or_else(|| self.next_extra())?;
        self.under_way += 1;
        self.extra += usize::from(part.step != Step::First);
        let after_good = self.good > 0;
        Some(Part { after_good, ..part })
    }

    /// Where nothing is under way and nothing was answered since the last failure, one alone: to
    /// see whether anything is.
    fn next_extra(&mut self) -> Option<Part> {
        let may = self.free || (self.under_way == 0 && self.may_probe());
        if may { self.extras.pop_front() } else { None }
    }

    fn may_probe(&self) -> bool {
        self.failed_probes < self.most_probes()
    }

    fn most_probes(&self) -> u32 {
        if self.good > 0 {
            self.outlook.probes()
        } else if self.outlook.is_down() {
            0
        } else {
            PROBES_OF_AN_OUTAGE
        }
    }

    /// Whether no request waits. With none under way the cycle is over.
    pub(super) fn is_done(&self) -> bool {
        let no_extra = self.extras.is_empty() || !(self.free || self.may_probe());
        self.waiting.is_empty() && no_extra
    }

    /// A request ended without any answer at all, not even a failure.
    pub(super) fn lost(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Takes note of how a request ended; more requests may wait afterwards.
    pub(super) fn ended(&mut self, part: &Part, ending: Ending) {
        self.under_way = self.under_way.saturating_sub(1);
        match ending {
            Ending::Good => self.succeeded(part),
            Ending::Bad(kind) => self.failed(part, kind),
        }
    }

    /// The ids that alone make a request fail while others are answered. Where nobody of a chunk
    /// is answered, or few of all, it is not the ids' fault: a wrong address, a proxy, an outage
    /// that begins, a service that answers now and then.
    pub(super) fn quarantine(&self) -> Vec<(EntraId, FailureKind)> {
        let is_well = |chunk: usize| {
            let record = self.chunks.get(chunk);
            record.is_some_and(|record| record.good_parts > 0 || record.ids == 1)
        };
        let believable = !self.is_flaky() && self.outage_like <= self.good * BAD_TO_GOOD;
        let suspects = self.suspects.iter().filter(|_| believable);
        let guilty = suspects.filter(|one| is_well(one.chunk));
        guilty.map(|one| (one.id, one.kind)).collect()
    }

    /// What the next cycle is to know of this one and those before.
    pub(super) fn outlook(&self) -> Outlook {
        self.outlook
            .after(self.verdict())
            .paid(self.extra, self.chunks.len())
    }

    fn verdict(&self) -> CycleVerdict {
        match (self.good, self.outage_like) {
            (0, 0) => return CycleVerdict::Nothing,
            (0, _) => return CycleVerdict::Down,
            _ => {}
        }
        if self.is_flaky() {
            return CycleVerdict::Flaky;
        }
        if self.unresolved || !self.extras.is_empty() {
            return CycleVerdict::Unresolved;
        }
        CycleVerdict::Good
    }

    fn is_flaky(&self) -> bool {
        self.flakes >= self.outlook.flakes()
    }

    fn succeeded(&mut self, part: &Part) {
        self.good += 1;
        self.failed_probes = 0;
        self.free = true;
        if let Some(record) = self.chunks.get_mut(part.chunk) {
            record.good_parts += 1;
        }
        self.flakes += u32::from(self.is_flake(part));
        let others = std::mem::take(&mut self.held_back);
        self.add(&others);
        if self.is_flaky() {
            // What fails now and then is not found by asking more often.
            self.extras.clear();
        }
    }

    /// Whether this answer shows that the failure before it was no id's fault.
    fn is_flake(&mut self, part: &Part) -> bool {
        let Some(answered) = part.split.and_then(|split| self.splits.get_mut(split)) else {
            return part.step == Step::Retry;
        };
        *answered += u8::from(part.step == Step::Half);
        part.step == Step::Last || *answered == 2
    }

    fn failed(&mut self, part: &Part, kind: FailureKind) {
        let id_or_outage = may_be_an_ids_fault(kind);
        self.outage_like += usize::from(id_or_outage || kind == FailureKind::Timeout);
        if !std::mem::replace(&mut self.free, false) {
            self.failed_probes += u32::from(part.step != Step::First);
        }
        if !id_or_outage {
            return;
        }
        let more = self.follow(part, kind);
        if self.extra + more.len() > self.outlook.extra() || self.is_flaky() {
            self.unresolved |= !more.is_empty();
            return;
        }
        // The other half first: one of the two is well where one id is at fault.
        let other = self.extras.front();
        let is_other = part.split.is_some() && other.is_some_and(|one| one.split == part.split);
        let at = usize::from(is_other);
        for one in more.into_iter().rev() {
            self.extras.insert(at.min(self.extras.len()), one);
        }
    }

    /// What is to be asked after this failure.
    fn follow(&mut self, part: &Part, kind: FailureKind) -> Vec<Part> {
        let again = |step| Part {
            step,
            ..part.clone()
        };
        if part.step == Step::First && self.good > 0 {
            return vec![again(Step::Retry)];
        }
        if let [id] = *part.ids {
            if part.step != Step::Last {
                return vec![again(Step::Last)];
            }
            self.suspect(part, id, kind);
            return Vec::new();
        }
        let (left, right) = part.ids.split_at(part.ids.len() / 2);
        let split = Some(self.splits.len());
        self.splits.push(0);
        let halves = [left, right].map(|ids| Part {
            ids: ids.into(),
            split,
            ..again(Step::Half)
        });
        halves.into()
    }

    /// One id failed alone, and again. Asked before anything was answered, it may have met the
    /// end of an outage: then it is no suspect.
    fn suspect(&mut self, part: &Part, id: EntraId, kind: FailureKind) {
        let chunk = part.chunk;
        if part.after_good {
            self.suspects.push(Suspect { chunk, id, kind });
        }
    }
}

/// Whether asking for fewer ids could help. A throttle, a lost network or a missing permission
/// concerns everybody: the next cycle tries again.
const fn may_be_an_ids_fault(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Rejected | FailureKind::NotFound | FailureKind::Server | FailureKind::Garbled
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;

    fn people(count: u128) -> Vec<EntraId> {
        (1..=count).map(|n| EntraId(Uuid::from_u128(n))).collect()
    }

    /// Plays a cycle against a Graph that fails every request with one of the `bad` ids in it.
    /// Returns the number of requests, who was read, who goes to quarantine.
    fn play(
        ids: &[EntraId],
        bad: impl Fn(&EntraId) -> bool,
        kind: FailureKind,
    ) -> (usize, Vec<EntraId>, Vec<EntraId>) {
        play_after(&mut Outlook::default(), ids, bad, kind)
    }

    /// The same, after other cycles.
    fn play_after(
        outlook: &mut Outlook,
        ids: &[EntraId],
        bad: impl Fn(&EntraId) -> bool,
        kind: FailureKind,
    ) -> (usize, Vec<EntraId>, Vec<EntraId>) {
        let mut plan = Plan::new(ids, *outlook);
        let (mut requests, mut read) = (0, Vec::new());
        while let Some(part) = plan.next() {
            requests += 1;
            if part.ids.iter().any(&bad) {
                plan.ended(&part, Ending::Bad(kind));
            } else {
                read.extend(part.ids.iter().copied());
                plan.ended(&part, Ending::Good);
            }
        }
        let quarantined = plan.quarantine().into_iter().map(|(id, _)| id).collect();
        *outlook = plan.outlook();
        (requests, read, quarantined)
    }

    #[rstest]
    #[case(0, 0)]
    #[case(1, 1)]
    #[case(650, 1)]
    #[case(651, 2)]
    #[case(20_000, 31)]
    fn chunks_hold_at_most_650(#[case] users: u128, #[case] requests: usize) {
        let ids = people(users);
        let (sent, read, _) = play(&ids, |_| false, FailureKind::Server);
        assert_eq!((sent, read.len()), (requests, ids.len()));
    }

    #[rstest]
    #[case(FailureKind::Rejected)]
    #[case(FailureKind::NotFound)]
    #[case(FailureKind::Server)]
    fn one_bad_id_of_650_is_isolated_within_21_extra_requests(#[case] kind: FailureKind) {
        let ids = people(650);
        let bad = ids[417];
        let (requests, mut read, quarantined) = play(&ids, |id| *id == bad, kind);
        assert!(requests <= 1 + 1 + 20, "{requests} requests");
        assert_eq!(quarantined, [bad]);
        read.sort();
        let others: Vec<_> = ids.iter().copied().filter(|id| *id != bad).collect();
        assert_eq!(read, others);
    }

    #[test]
    fn an_outage_costs_few_requests_and_quarantines_nobody() {
        let ids = people(650);
        let (requests, read, quarantined) = play(&ids, |_| true, FailureKind::Server);
        assert!(requests <= 3, "{requests} requests");
        assert!(read.is_empty() && quarantined.is_empty());
    }

    #[rstest]
    #[case(1)]
    #[case(8)]
    fn where_everybody_is_refused_nobody_is_quarantined(
        #[case] users: u128,
        #[values(FailureKind::Server, FailureKind::NotFound, FailureKind::Rejected)]
        kind: FailureKind,
    ) {
        let (_, _, quarantined) = play(&people(users), |_| true, kind);
        assert!(quarantined.is_empty());
    }

    /// Whatever the number of users and of requests at once.
    #[rstest]
    fn an_outage_that_ends_or_begins_quarantines_nobody(
        #[values(1, 8, 12, 656)] users: u128,
        #[values(true, false)] ends: bool,
        #[values(1, 2, 3, 4, 7, 10, 12)] after: usize,
        #[values(1, 4, 8)] parallel: usize,
    ) {
        let mut plan = Plan::new(&people(users), Outlook::default());
        let (mut asked, mut under_way) = (0, VecDeque::new());
        loop {
            while under_way.len() < parallel
                && let Some(part) = plan.next()
            {
                asked += 1;
                under_way.push_back((part, (asked <= after) == ends));
            }
            // The answers come in the reverse order: a failure takes longer.
            let Some((part, fails)) = under_way.pop_back() else {
                break;
            };
            let ending = if fails {
                Ending::Bad(FailureKind::Server)
            } else {
                Ending::Good
            };
            plan.ended(&part, ending);
        }
        assert_eq!(plan.quarantine(), []);
    }

    #[test]
    fn a_bad_id_in_a_chunk_of_its_own_or_beside_one_other_is_found() {
        for (users, bad) in [(651, 650), (2, 0), (2, 1), (3, 0)] {
            let ids = people(users);
            let bad = ids[bad];
            let (_, _, quarantined) = play(&ids, |id| *id == bad, FailureKind::Server);
            assert_eq!(quarantined, [bad], "{users} users");
        }
    }

    #[rstest]
    #[case(FailureKind::Throttled)]
    #[case(FailureKind::Network)]
    #[case(FailureKind::Timeout)]
    #[case(FailureKind::Permission)]
    #[case(FailureKind::Credentials)]
    #[case(FailureKind::Unauthorized)]
    #[case(FailureKind::ForeignHost)]
    fn what_concerns_everybody_is_not_bisected(#[case] kind: FailureKind) {
        let (requests, _, quarantined) = play(&people(1_300), |_| true, kind);
        assert_eq!((requests, quarantined.len()), (2, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Up to three bad ids anywhere: within two cycles all of them are found and nobody else.
        #[test]
        fn a_few_bad_ids_are_found_and_nobody_else(bad in prop::collection::btree_set(1u128..1_500, 0..4)) {
            let mut ids = people(1_500);
            let is_bad = |id: &EntraId| bad.contains(&id.0.as_u128());
            let mut found = Vec::new();
            for _ in 0..2 {
                let (_, _, quarantined) = play(&ids, is_bad, FailureKind::Server);
                ids.retain(|id| !quarantined.contains(id));
                found.extend(quarantined);
            }
            found.sort();
            let expected: Vec<_> = bad.iter().map(|n| EntraId(Uuid::from_u128(*n))).collect();
            prop_assert_eq!(found, expected);
        }
    }

    /// Requests of each cycle, and who was found, while `fails` decides.
    fn cycles(
        count: usize,
        ids: &[EntraId],
        kind: FailureKind,
        mut fails: impl FnMut(usize) -> bool,
    ) -> (Vec<usize>, Vec<EntraId>) {
        let (mut outlook, mut found, mut requests) = (Outlook::default(), Vec::new(), Vec::new());
        for cycle in 0..count {
            let sent = std::cell::Cell::new(0);
            let mut plan = Plan::new(ids, outlook);
            while let Some(part) = plan.next() {
                sent.set(sent.get() + 1);
                let ending = if fails(cycle) {
                    Ending::Bad(kind)
                } else {
                    Ending::Good
                };
                plan.ended(&part, ending);
            }
            found.extend(plan.quarantine().into_iter().map(|(id, _)| id));
            outlook = plan.outlook();
            requests.push(sent.get());
        }
        (requests, found)
    }

    /// Graph is down for everybody: two probes more in the first cycle, one request in each later
    /// one, the usual number once it is back.
    #[rstest]
    #[case(3, 1)]
    #[case(650, 1)]
    #[case(2_600, 4)]
    #[case(20_000, 31)]
    fn an_outage_is_no_storm(
        #[case] users: u128,
        #[case] usual: usize,
        #[values(
            FailureKind::Server,
            FailureKind::NotFound,
            FailureKind::Garbled,
            FailureKind::Timeout
        )]
        kind: FailureKind,
    ) {
        let (requests, found) = cycles(6, &people(users), kind, |cycle| (1..5).contains(&cycle));
        let probes = if kind == FailureKind::Timeout { 0 } else { 2 };
        assert_eq!(requests[..5], [usual, usual + probes, 1, 1, 1]);
        assert!(requests[5] <= usual + 1, "{requests:?}");
        assert_eq!(found, []);
    }

    /// Half of all requests fail, or nine of ten, whatever they ask for.
    #[rstest]
    #[case::every_second(2)]
    #[case::nine_of_ten(10)]
    fn a_flaky_service_is_not_asked_much_more_often(
        #[case] one_of: u64,
        #[values(1_300, 2_600, 20_000)] users: u128,
    ) {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let ids = people(users);
        let usual = ids.len().div_ceil(IDS_PER_REQUEST);
        let (requests, found) = cycles(200, &ids, FailureKind::Server, |_| {
            !random().is_multiple_of(one_of)
        });
        let mean = requests.iter().sum::<usize>() / requests.len();
        assert!(mean <= 2 * usual + 1, "{mean} in place of {usual}");
        assert!(found.len() < 20, "{}", found.len());
    }

    /// Every chunk holds a bad id, so that every request of a cycle fails as in an outage.
    #[rstest]
    #[case::only_chunk(650, 2)]
    #[case::only_chunk_many(650, 12)]
    #[case::each_of_four(2_600, 40)]
    #[case::small_site(3, 1)]
    fn bad_ids_everywhere_are_found_all_the_same(#[case] users: u128, #[case] bad: u128) {
        let mut ids = people(users);
        let step = users / bad;
        let is_bad = |id: &EntraId| (id.0.as_u128() - 1).is_multiple_of(step);
        let expected = ids.iter().filter(|id| is_bad(id)).count();
        let (mut outlook, mut found) = (Outlook::default(), 0);
        for cycle in 0..600 {
            let kind = FailureKind::Server;
            let (requests, _, quarantined) = play_after(&mut outlook, &ids, is_bad, kind);
            let usual = ids.len().div_ceil(IDS_PER_REQUEST);
            assert!(requests <= usual + 66, "{requests} in cycle {cycle}");
            ids.retain(|id| !quarantined.contains(id));
            found += quarantined.len();
        }
        assert_eq!(found, expected);
    }
}
