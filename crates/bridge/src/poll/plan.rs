//! Which requests a cycle needs: chunks, one retry, then bisection. Pure.
//!
//! One bad id must never hurt the others (design, rule 5): a chunk that Graph refuses is tried
//! once more and then split in two until the id that spoils it stands alone. An outage looks the
//! same at first - every part fails - so the splitting stops when nothing succeeds.

use std::collections::VecDeque;
use std::sync::Arc;

use graph::{FailureKind, MAX_IDS};
use model::presence::EntraId;

/// Parts of one chunk that may fail without a single success before it is taken for an outage:
/// halves, quarters and eighths all failing would need a bad id in every eighth.
const OUTAGE_AFTER: usize = 14;

/// Most extra requests that one chunk may cost in a cycle; what is not isolated by then goes on
/// in the next cycle, without the ids that are in quarantine by then.
const MOST_EXTRA: usize = 64;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which chunk of the cycle it belongs to.
    pub(super) chunk: usize,
    /// Who is asked for.
    pub(super) ids: Arc<[EntraId]>,
    /// The same ids have failed before in this cycle.
    retry: bool,
    /// Something else had been answered before this was asked: if it fails, that is no outage
    /// which ends just now.
    after_good: bool,
    /// The last try of an id that failed alone while nothing had been answered yet.
    last_try: bool,
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
    extra: usize,
    failed_parts: usize,
    good_parts: usize,
}

/// The plan of one cycle.
#[derive(Debug)]
pub(super) struct Plan {
    waiting: VecDeque<Part>,
    chunks: Vec<ChunkRecord>,
    good: usize,
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
    /// Chunks of at most [`MAX_IDS`], in order.
    pub(super) fn new(ids: &[EntraId]) -> Self {
        let parts: VecDeque<_> = ids
            .chunks(MAX_IDS)
            .enumerate()
            .map(|(chunk, ids)| Part {
                chunk,
                ids: ids.into(),
                retry: false,
                after_good: false,
                last_try: false,
            })
            .collect();
        let record = |part: &Part| ChunkRecord {
            ids: part.ids.len(),
            ..ChunkRecord::default()
        };
        let chunks = parts.iter().map(record).collect();
        Self {
            waiting: parts,
            chunks,
            good: 0,
            suspects: Vec::new(),
        }
    }

    /// The next request, if one waits. None does not mean the end: what is under way may fail.
    pub(super) fn next(&mut self) -> Option<Part> {
        let part = self.waiting.pop_front()?;
        let after_good = self.good > 0;
        Some(Part { after_good, ..part })
    }

    /// Whether no request waits. With none under way the cycle is over.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes note of how a request ended; more requests may wait afterwards.
    pub(super) fn ended(&mut self, part: Part, ending: Ending) {
        match ending {
            Ending::Good => self.succeeded(part.chunk),
            Ending::Bad(kind) => self.failed(part, kind),
        }
    }

    /// The ids that alone make a request fail while others are answered. Where nobody of a chunk
    /// is answered it is not the ids' fault: a wrong address, a proxy, an outage that begins.
    pub(super) fn quarantine(self) -> Vec<(EntraId, FailureKind)> {
        let is_well = |chunk: usize| {
            let record = self.chunks.get(chunk);
            record.is_some_and(|record| record.good_parts > 0 || record.ids == 1)
        };
        let guilty = self.suspects.iter().filter(|one| is_well(one.chunk));
        guilty.map(|one| (one.id, one.kind)).collect()
    }

    fn succeeded(&mut self, chunk: usize) {
        self.good += 1;
        if let Some(record) = self.chunks.get_mut(chunk) {
            record.good_parts += 1;
        }
    }

    fn failed(&mut self, part: Part, kind: FailureKind) {
        let Some(record) = self.chunks.get_mut(part.chunk) else {
            return;
        };
        record.failed_parts += 1;
        let is_outage = record.good_parts == 0 && record.failed_parts > OUTAGE_AFTER;
        if !may_be_an_ids_fault(kind) || is_outage || record.extra >= MOST_EXTRA {
            return;
        }
        let whole_chunk = record.failed_parts == 1;
        if whole_chunk && !part.retry {
            record.extra += 1;
            self.waiting.push_back(Part {
                retry: true,
                ..part
            });
            return;
        }
        let [only] = *part.ids else {
            record.extra += 2;
            let (left, right) = part.ids.split_at(part.ids.len() / 2);
            for half in [left, right] {
                self.waiting.push_back(Part {
                    chunk: part.chunk,
                    ids: half.into(),
                    retry: true,
                    ..part
                });
            }
            return;
        };
        self.suspect(part, only, kind);
    }

    /// One id failed alone. Asked before anything was answered, it may have met the end of an
    /// outage: then it is asked once more, last of all.
    fn suspect(&mut self, part: Part, id: EntraId, kind: FailureKind) {
        let chunk = part.chunk;
        if part.after_good {
            self.suspects.push(Suspect { chunk, id, kind });
        } else if !part.last_try {
            self.waiting.push_back(Part {
                last_try: true,
                ..part
            });
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
        let mut plan = Plan::new(ids);
        let (mut requests, mut read) = (0, Vec::new());
        while let Some(part) = plan.next() {
            requests += 1;
            if part.ids.iter().any(&bad) {
                plan.ended(part, Ending::Bad(kind));
            } else {
                read.extend(part.ids.iter().copied());
                plan.ended(part, Ending::Good);
            }
        }
        let quarantined = plan.quarantine().into_iter().map(|(id, _)| id).collect();
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
        assert!(requests <= 2 * OUTAGE_AFTER + 2, "{requests} requests");
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
        let mut plan = Plan::new(&people(users));
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
            plan.ended(part, ending);
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
}
