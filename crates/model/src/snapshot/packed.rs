//! Events as bytes: how long after the one before (milliseconds), what kind, and what belongs to
//! it. Numbers take as many bytes as they need (seven bits each), small sets one byte.
//!
//! Only for memory: nothing of this is ever on disk or on the wire.

use std::sync::Arc;
use std::time::Duration;

use super::event::UserEventKind as Kind;
use super::lease::Verdict;
use crate::answer::{Failure, RequestId};
use crate::presence::{CallActivity, CallKind, Mapping, ProcallPresence, Rule, TeamsPresence};
use crate::procall::PresenceStep as Step;

const KINDS: [CallKind; 5] = [
    CallKind::Tapi,
    CallKind::Softphone,
    CallKind::AvChat,
    CallKind::Meeting,
    CallKind::Manual,
];

const ACTIVITIES: [CallActivity; 2] = [CallActivity::InACall, CallActivity::InAConferenceCall];

const VERDICTS: [Verdict; 4] = [
    Verdict::Pending,
    Verdict::Confirmed,
    Verdict::Masked,
    Verdict::NoEffect,
];

const PRESENCES: [ProcallPresence; 3] = [
    ProcallPresence::Unchanged,
    ProcallPresence::DoNotDisturb,
    ProcallPresence::BusyInACall,
];

/// Whether a `request-id` follows, and how.
const NO_ID: u8 = 0;
const GUID: u8 = 1;
const TEXT: u8 = 2;

/// Room for most events.
const ROOM: usize = 24;

/// Appends one event to those there are.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn after(packed: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(packed.len() + ROOM);
        bytes.extend_from_slice(packed);
        Self(bytes)
    }

    pub(super) fn bytes(self) -> Box<[u8]> {
        self.0.into()
    }

    pub(super) fn event(&mut self, after_ms: i64, kind: &Kind) {
        self.signed(after_ms);
        match kind {
            Kind::CallRinging(call) => self.tagged(0, place(&KINDS, call)),
            Kind::CallConnected(call) => self.tagged(1, place(&KINDS, call)),
            Kind::CallEnded(call) => self.tagged(2, place(&KINDS, call)),
            Kind::LeaseOrdered(activity) => self.tagged(3, place(&ACTIVITIES, activity)),
            Kind::WouldWrite(Some(activity)) => self.tagged(4, place(&ACTIVITIES, activity)),
            Kind::WouldWrite(None) => self.0.push(5),
            Kind::LeaseAccepted(activity, id) => {
                self.tagged(6, place(&ACTIVITIES, activity));
                self.id(id.as_ref());
            }
            Kind::LeaseRenewed(activity, id) => {
                self.tagged(7, place(&ACTIVITIES, activity));
                self.id(id.as_ref());
            }
            Kind::LeaseCleared(id) => {
                self.0.push(8);
                self.id(id.as_ref());
            }
            Kind::LeaseExpired => self.0.push(9),
            Kind::LeaseAdopted(activity) => self.tagged(10, place(&ACTIVITIES, activity)),
            Kind::WriteFailed(_) => self.0.push(11),
            Kind::Verdict(verdict, after) => {
                self.tagged(12, place(&VERDICTS, verdict));
                self.number(u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
            }
            Kind::TeamsChanged(presence) => self.presence(13, presence),
            Kind::EchoHeld => self.0.push(14),
            Kind::EchoReleased => self.0.push(15),
            Kind::ProcallSet(rule) => self.tagged(16, place_of_rule(rule)),
            Kind::BecameStale => self.0.push(17),
            Kind::BecameFresh => self.0.push(18),
            Kind::CallsStale => self.0.push(24),
            Kind::CallsFresh => self.0.push(25),
            Kind::ProcallStep(step) => self.step(*step),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Accepted(presence) => self.tagged(19, place(&PRESENCES, &presence)),
            Step::ReadBack(presence) => self.tagged(20, place(&PRESENCES, &presence)),
            Step::TakenBack => self.0.push(21),
            Step::Gone => self.0.push(22),
            Step::NotCarried => self.0.push(23),
        }
    }

    fn tagged(&mut self, tag: u8, value: u8) {
        self.0.extend([tag, value]);
    }

    fn presence(&mut self, tag: u8, presence: &TeamsPresence) {
        self.0.push(tag);
        for code in presence.codes() {
            self.number(u64::from(code));
        }
    }

    fn id(&mut self, id: Option<&RequestId>) {
        let Some(RequestId(id)) = id else {
            return self.0.push(NO_ID);
        };
        if let Some(guid) = id.guid() {
            self.0.push(GUID);
            self.0.extend_from_slice(guid.as_bytes());
            return;
        }
        let text = id.to_string();
        self.0.push(TEXT);
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Time goes backwards in tests alone; there it does so by a little.
    fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(low_bits(number) | 0x80);
            number >>= 7;
        }
        self.0.push(low_bits(number));
    }
}

/// The lowest seven bits.
const fn low_bits(number: u64) -> u8 {
    number.to_le_bytes()[0] & 0x7f
}

fn place<T: PartialEq>(all: &[T], one: &T) -> u8 {
    let at = all.iter().position(|it| it == one);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
}

fn place_of_rule(rule: &'static Rule) -> u8 {
    let rows = Mapping::built_in().teams_rows();
    let at = rows.iter().position(|row| std::ptr::eq(row, rule));
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

/// Takes events from the front.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(packed: &'a [u8]) -> Self {
        Self(packed)
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next event, and how long after the one before it happened; nothing at the end.
    pub(super) fn event(&mut self, failures: &mut &[Arc<Failure>]) -> Option<(i64, Kind)> {
        let after = self.signed()?;
        let kind = match self.byte()? {
            0 => Kind::CallRinging(self.one_of(&KINDS)?),
            1 => Kind::CallConnected(self.one_of(&KINDS)?),
            2 => Kind::CallEnded(self.one_of(&KINDS)?),
            3 => Kind::LeaseOrdered(self.one_of(&ACTIVITIES)?),
            4 => Kind::WouldWrite(Some(self.one_of(&ACTIVITIES)?)),
            5 => Kind::WouldWrite(None),
            6 => Kind::LeaseAccepted(self.one_of(&ACTIVITIES)?, self.id()?),
            7 => Kind::LeaseRenewed(self.one_of(&ACTIVITIES)?, self.id()?),
            8 => Kind::LeaseCleared(self.id()?),
            9 => Kind::LeaseExpired,
            10 => Kind::LeaseAdopted(self.one_of(&ACTIVITIES)?),
            11 => {
                let (first, rest) = failures.split_first()?;
                *failures = rest;
                Kind::WriteFailed(Arc::clone(first))
            }
            12 => {
                let verdict = self.one_of(&VERDICTS)?;
                Kind::Verdict(verdict, Duration::from_millis(self.number()?))
            }
            13 => Kind::TeamsChanged(self.presence()?),
            14 => Kind::EchoHeld,
            15 => Kind::EchoReleased,
            16 => Kind::ProcallSet(self.rule()?),
            17 => Kind::BecameStale,
            18 => Kind::BecameFresh,
            19 => Kind::ProcallStep(Step::Accepted(self.one_of(&PRESENCES)?)),
            20 => Kind::ProcallStep(Step::ReadBack(self.one_of(&PRESENCES)?)),
            21 => Kind::ProcallStep(Step::TakenBack),
            22 => Kind::ProcallStep(Step::Gone),
            23 => Kind::ProcallStep(Step::NotCarried),
            24 => Kind::CallsStale,
            25 => Kind::CallsFresh,
            _ => return None,
        };
        Some((after, kind))
    }

    fn presence(&mut self) -> Option<TeamsPresence> {
        let codes = [self.number()?, self.number()?];
        let [availability, activity] = codes.map(|code| u16::try_from(code).unwrap_or(u16::MAX));
        Some(TeamsPresence::of_codes([availability, activity]))
    }

    fn rule(&mut self) -> Option<&'static Rule> {
        let mapping = Mapping::built_in();
        let at = usize::from(self.byte()?);
        let unknown = || mapping.rule_for(None);
        Some(mapping.teams_rows().get(at).unwrap_or_else(unknown))
    }

    // The outer one: whether the bytes are there. The inner one: whether Microsoft sent an id.
    #[allow(clippy::option_option)]
    fn id(&mut self) -> Option<Option<RequestId>> {
        let id = match self.byte()? {
            GUID => {
                let guid = self.bytes(size_of::<uuid::Uuid>())?;
                uuid::Uuid::from_slice(guid).ok().map(Into::into)
            }
            TEXT => {
                let length = usize::try_from(self.number()?).ok()?;
                std::str::from_utf8(self.bytes(length)?)
                    .ok()
                    .map(Into::into)
            }
            _ => None,
        };
        Some(id.map(RequestId))
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(usize::from(self.byte()?)).copied()
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
}
