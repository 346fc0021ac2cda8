//! The world's Graph and its set task: reads with lag and faults, writes that coalesce, fail, or
//! are carried out without an answer.

use std::sync::Arc;

use super::checks::check_what_a_read_did;
use super::moves::{Reads, Writes};
use super::scene::{id_of, pair, secs};
use super::world::{Flight, NAMES, World, who_is};
use crate::{ChunkRead, CycleEnd, Event, WriteOp, WriteOrder, WriteOutcome, WriteResult};
use graph::{Accepted, Failure, FailureKind, PresenceReading, RequestTiming};
use model::clock::advance;
use model::presence::{EntraId, Mapping, ProcallPresence};

impl World {
    pub(super) fn poll(&mut self) {
        let mut genuine = Vec::new();
        let mut readings = Vec::new();
        let sampled = self.now - jiff::SignedDuration::from_secs(self.lag.cast_signed());
        for id in self.polled.iter() {
            let who = NAMES
                .iter()
                .position(|name| id_of(name) == *id)
                .expect("a user");
            let (shown, without_us) = self.accounts[who].at(sampled);
            genuine.push(is_call(&without_us));
            let presence = match self.reads {
                Reads::Unknown => Some(pair("PresenceUnknown/PresenceUnknown")),
                Reads::Null => None,
                _ => Some(shown),
            };
            readings.push(PresenceReading {
                id: *id,
                presence,
                out_of_office: false,
            });
        }
        if self.reads == Reads::Missing {
            readings.clear();
        }
        let outcome = match self.reads {
            Reads::Fail => Err(Failure::new(FailureKind::Server, "500")),
            _ => Ok(readings),
        };
        let read = ChunkRead {
            cycle: self.cycle + 1,
            chunk: 0,
            asked: Arc::clone(&self.polled),
            timing: RequestTiming {
                scheduled: self.now,
                started: self.now,
                first_byte: None,
                finished: advance(self.now, secs(self.latency)),
            },
            outcome,
            unknown_values: Vec::new(),
        };
        self.reading.push((read, genuine));
    }

    pub(super) fn answer_reads(&mut self) {
        let now = self.now;
        let reading = std::mem::take(&mut self.reading);
        let (done, open) = reading
            .into_iter()
            .partition(|(read, _)| read.timing.finished <= now);
        self.reading = open;
        let done: Vec<(ChunkRead, Vec<bool>)> = done;
        for (read, genuine) in done {
            let timing = read.timing;
            let failed = u32::from(read.outcome.is_err());
            self.note_what_is_read(&read, &genuine);
            let effects = self.step(Event::Read(read.clone()));
            check_what_a_read_did(&read, &genuine, &effects);
            self.cycle += 1;
            self.step(Event::CycleEnded(CycleEnd {
                cycle: self.cycle,
                scheduled: timing.scheduled,
                started: timing.started,
                finished: timing.finished,
                requests: 1,
                errors: failed,
                next_at: self.next_poll,
            }));
        }
    }

    fn note_what_is_read(&mut self, read: &ChunkRead, genuine: &[bool]) {
        let Ok(readings) = &read.outcome else {
            return;
        };
        for (reading, genuine) in readings.iter().zip(genuine) {
            let rule = Mapping::built_in().rule_for(reading.presence.as_ref());
            // A call of our own says nothing of Teams: what was there before it stands.
            let own_call = rule.procall == ProcallPresence::BusyInACall && !genuine;
            if !rule.unknown && !own_call {
                self.last_read_a_call[who_is(reading.id)] = *genuine;
            }
        }
    }

    /// Takes back what was not sent yet.
    pub(super) fn withdraw(&mut self, id: EntraId) {
        let waiting = self.queued.iter().position(|it| it.entra_id == id);
        if let Some(order) = waiting.map(|at| self.queued.remove(at)) {
            self.withdrawn.push(order);
        }
    }

    pub(super) fn send(&mut self) {
        if self.writes == Writes::Held {
            return;
        }
        let busy: Vec<EntraId> = self.flying.iter().map(|it| it.order.entra_id).collect();
        let queued = std::mem::take(&mut self.queued);
        for order in queued {
            if busy.contains(&order.entra_id) {
                self.queued.push(order);
                continue;
            }
            self.check_sent(&order);
            let flight = self.take_off(order);
            self.flying.push(flight);
        }
    }

    pub(super) fn take_off(&self, order: WriteOrder) -> Flight {
        let (takes, outcome) = match self.writes {
            Writes::Work(takes) => (takes, accepted()),
            Writes::Refused(kind) => (0, WriteOutcome::Failed(Failure::new(kind, "refused"))),
            Writes::AnswerLost => (
                10,
                WriteOutcome::Failed(Failure::new(FailureKind::Timeout, "no answer")),
            ),
            Writes::Lost | Writes::Held => (
                10,
                WriteOutcome::Failed(Failure::new(FailureKind::Network, "lost")),
            ),
        };
        Flight {
            order,
            sent: self.now,
            answer_at: advance(self.now, secs(takes)),
            arrived: false,
            outcome,
        }
    }

    pub(super) fn answer_writes(&mut self) {
        let now = self.now;
        let flying = std::mem::take(&mut self.flying);
        let (landed, flying): (Vec<_>, Vec<_>) = flying
            .into_iter()
            .partition(|flight| flight.answer_at <= now);
        self.flying = flying;
        for flight in landed {
            self.arrive(&flight);
            if matches!(flight.outcome, WriteOutcome::Failed(_)) {
                let who = who_is(flight.order.entra_id);
                (self.idle_since[who], self.failed[who]) = (now, true);
            }
            self.step(Event::Written(WriteResult {
                order: flight.order,
                sent_at: Some(flight.sent),
                finished_at: now,
                outcome: flight.outcome,
            }));
        }
    }

    /// What flies has reached Teams, if it ever does; the answers are still to come.
    pub(super) fn land_all(&mut self) {
        let mut flying = std::mem::take(&mut self.flying);
        for flight in &mut flying {
            self.arrive(flight);
            flight.arrived = true;
        }
        self.flying = flying;
    }

    /// The write reaches Teams, if it does.
    pub(super) fn arrive(&mut self, flight: &Flight) {
        let applied = match &flight.outcome {
            WriteOutcome::Accepted(_) => true,
            WriteOutcome::Failed(failure) => failure.kind == FailureKind::Timeout,
            WriteOutcome::NotSent => false,
        };
        if !applied || flight.arrived {
            return;
        }
        let account = &mut self.accounts[who_is(flight.order.entra_id)];
        account.app = match flight.order.op {
            WriteOp::Clear => None,
            WriteOp::Set(it) | WriteOp::Renew(it) => Some((it, advance(self.now, secs(300)))),
        };
        account.note(self.now);
    }

    /// Coalesces as the set task does: a newer order replaces one that was not sent yet.
    pub(super) fn take_order(&mut self, order: WriteOrder) {
        self.check_order(&order);
        let same = |it: &WriteOrder| it.entra_id == order.entra_id;
        let replaced = self
            .queued
            .iter()
            .position(same)
            .map(|at| self.queued.remove(at));
        let flying = self
            .flying
            .iter()
            .any(|it| it.order.entra_id == order.entra_id);
        let needless = order.only_if_sent && replaced.is_some() && !flying;
        if needless {
            self.not_sent(order);
        } else {
            self.queued.push(order);
        }
        if let Some(replaced) = replaced {
            self.not_sent(replaced);
        }
    }

    pub(super) fn not_sent(&mut self, order: WriteOrder) {
        self.step(Event::Written(WriteResult {
            order,
            sent_at: None,
            finished_at: self.now,
            outcome: WriteOutcome::NotSent,
        }));
    }
}

fn is_call(presence: &model::presence::TeamsPresence) -> bool {
    Mapping::built_in().rule_for(Some(presence)).procall == ProcallPresence::BusyInACall
}

fn accepted() -> WriteOutcome {
    WriteOutcome::Accepted(Accepted {
        request_id: None,
        already_gone: false,
    })
}
