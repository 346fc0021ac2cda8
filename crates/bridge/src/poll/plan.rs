//! Which requests a cycle needs: chunks, one retry, then bisection. Pure.
//!
//! One bad id must never hurt the others (design, rule 5): a chunk that Graph refuses is tried
//! once more and then split in two until the id that spoils it stands alone. An outage looks the
//! same at first - every part fails - and Microsoft asks for fewer requests then, not for more. So
//! what follows a failure waits until something else is answered; where nothing is, a few probes
//! are sent one at a time, and then the cycle is over.

use std::collections::VecDeque;

use super::outage::{CycleVerdict, Outlook};
use super::part::{Ending, Part, Step, may_be_an_ids_fault};
use graph::FailureKind;
use model::limits::IDS_PER_REQUEST;
use model::presence::EntraId;

/// Probes that a cycle may cost in which nothing at all was answered: the halves of one chunk.
const PROBES_OF_AN_OUTAGE: u32 = 2;

/// So many times as many failures as answers a cycle may have in which ids are found guilty: while
/// one is isolated, every second part is well.
const BAD_TO_GOOD: usize = 4;

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

/// How many requests it takes to ask for these.
pub(super) fn chunks(ids: &[EntraId]) -> usize {
    ids.len().div_ceil(IDS_PER_REQUEST)
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

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
