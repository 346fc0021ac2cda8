//! Random hours at the phone, on every kind of server, with sockets and sessions that are lost:
//! whatever happened, the connector knows in the end what the server knows, takes back what it has
//! set, leaves no session behind, and has asked nothing that estos' own decoder would throw for.

use std::collections::BTreeMap;
use std::time::Duration;

use lampfield::presence::CallKind;
use lampfield::presence::ProcallPresence::{BusyInACall, DoNotDisturb, Unchanged};
use lampfield::procall::CallState;
use lampfield::procall::ucserver::UcServerSettings;
use lampfield::simulator::ucserver::{
    CallId, CallPhase, Medium, SimulatedUcServer, UcFaults,
    UcServerVersion::{self, Mixed, V1, V2},
};
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rstest::rstest;

use super::bench::{ANNA, BERND, Bench, Told, on_server, server, settings};

/// Acts between two looks at whether both agree.
const BURST: usize = 12;
const BURSTS: usize = 12;

/// What goes on, as the test has made it happen.
#[derive(Default)]
struct Phones {
    calls: Vec<(&'static str, CallId, CallKind, CallState)>,
    meets: BTreeMap<&'static str, bool>,
}

impl Phones {
    /// Kinds and states of the calls of a user, in order.
    fn of(&self, user: &str) -> Vec<String> {
        let calls = self.calls.iter().filter(|(name, ..)| *name == user);
        let mut calls: Vec<_> = calls
            .map(|(_, _, kind, state)| format!("{kind:?} {state:?}"))
            .collect();
        if self.meets.get(user) == Some(&true) {
            calls.push(format!(
                "{:?} {:?}",
                CallKind::Meeting,
                CallState::Connected
            ));
        }
        calls.sort();
        calls
    }

    fn are_those_of(&self, told: &Told) -> bool {
        [ANNA, BERND].iter().all(|user| {
            let calls = told.calls_of(user).into_iter();
            let mut calls: Vec<_> = calls
                .map(|(kind, state)| format!("{kind:?} {state:?}"))
                .collect();
            calls.sort();
            calls == self.of(user)
        })
    }

    fn begin(&mut self, server: &SimulatedUcServer, die: &mut ChaCha8Rng, user: &'static str) {
        let media = [
            (Medium::Tapi, CallKind::Tapi),
            (Medium::Softphone, CallKind::Softphone),
            (Medium::AvChat, CallKind::AvChat),
            (Medium::Mobile, CallKind::Tapi),
        ];
        let (medium, kind) = *media.choose(die).unwrap();
        let call = server.start_call(user, medium, die.r#gen());
        self.calls.push((user, call, kind, CallState::Ringing));
    }

    fn go_on(&mut self, server: &SimulatedUcServer, die: &mut ChaCha8Rng) {
        if self.calls.is_empty() {
            return;
        }
        let at = die.gen_range(0..self.calls.len());
        let phases = [
            CallPhase::Connected,
            CallPhase::Hold,
            CallPhase::Conferenced,
        ];
        server.move_call(&self.calls[at].1, *phases.choose(die).unwrap());
        self.calls[at].3 = CallState::Connected;
    }

    fn end(&mut self, server: &SimulatedUcServer, die: &mut ChaCha8Rng) {
        if self.calls.is_empty() {
            return;
        }
        let at = die.gen_range(0..self.calls.len());
        server.end_call(&self.calls.remove(at).1);
    }
}

async fn something_happens(
    phones: &mut Phones,
    (server, bench): (&SimulatedUcServer, &Bench),
    die: &mut ChaCha8Rng,
) {
    let user = *[ANNA, BERND].choose(die).unwrap();
    match die.gen_range(0..22) {
        0..=5 if phones.calls.len() < 5 => phones.begin(server, die, user),
        0..=9 => phones.go_on(server, die),
        10..=13 => phones.end(server, die),
        14 => {
            let meets = !phones.meets.get(user).unwrap_or(&false);
            phones.meets.insert(user, meets);
            server.set_meeting(user, meets);
        }
        15 => server.set_client(user, die.r#gen(), die.r#gen()),
        16 => server.drop_sockets(),
        17 => server.invalidate_sessions(),
        18 => server.set_faults(UcFaults {
            duplicate_events: die.r#gen(),
            reorder_answers: die.r#gen(),
            refuse_sockets: die.gen_bool(0.3),
            not_attached: die.gen_bool(0.3),
            ..UcFaults::default()
        }),
        _ => {
            let wishes = [DoNotDisturb, BusyInACall, Unchanged];
            bench.wish(user, *wishes.choose(die).unwrap()).await;
        }
    }
}

#[rstest]
#[tokio::test]
async fn both_sides_agree_whatever_happened(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
    #[values(11, 23, 30)] seed: u64,
) {
    let server = server(version).await;
    let mut bench = Bench::up(UcServerSettings {
        write_presence: true,
        keep_alive: Duration::from_millis(100),
        ..settings(&server)
    })
    .await;
    let mut die = ChaCha8Rng::seed_from_u64(seed);
    let mut phones = Phones::default();
    for burst in 0..BURSTS {
        for _ in 0..BURST {
            something_happens(&mut phones, (&server, &bench), &mut die).await;
        }
        server.set_faults(UcFaults::default());
        let what = format!(
            "burst {burst}: {:?} {:?}",
            phones.of(ANNA),
            phones.of(BERND)
        );
        bench.until(&what, |told| phones.are_those_of(told)).await;
    }
    for user in [ANNA, BERND] {
        bench.wish(user, Unchanged).await;
        on_server(&server, "taken back", |s| s.manual(user).is_none()).await;
    }
    bench.stop().await;
    assert_eq!(server.violations(), [""; 0]);
    let counts = server.counts();
    assert_eq!((counts.challenges, counts.sessions), (0, 0), "{counts:?}");
}
