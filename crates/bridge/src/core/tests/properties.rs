//! What must hold whatever happens in whatever order: polls with lag and faults, calls, writes
//! that fail or are applied without an answer, statuses set by hand, lists that lose people in the
//! middle of a call, a machine that sleeps, crashes and restarts, a second writer, estos' own Teams
//! integration, a ProCall that is dead for a while, commands. The checks themselves are in [`super::checks`].

use proptest::prelude::*;

use super::moves::{Move, Procall, Reads, Writes};
use super::teams::{Client, Preferred};
use super::world::{NAMES, World};
use graph::FailureKind;
use model::presence::CallKind;
use procall::CallState;

fn who() -> impl Strategy<Value = usize> {
    0..NAMES.len()
}

fn kind() -> impl Strategy<Value = CallKind> {
    prop_oneof![
        4 => Just(CallKind::Tapi),
        1 => Just(CallKind::AvChat),
        2 => Just(CallKind::Meeting),
        1 => Just(CallKind::Manual),
    ]
}

fn state() -> impl Strategy<Value = CallState> {
    prop_oneof![
        1 => Just(CallState::Ringing),
        4 => Just(CallState::Connected),
        4 => Just(CallState::Ended),
        1 => Just(CallState::Busy),
    ]
}

fn client() -> impl Strategy<Value = Client> {
    prop_oneof![
        Just(Client::SignedOut),
        Just(Client::Available),
        Just(Client::Away),
        Just(Client::Appointment),
        Just(Client::Call),
        Just(Client::Conference),
        Just(Client::Presenting),
    ]
}

fn preferred() -> impl Strategy<Value = Option<Preferred>> {
    prop_oneof![
        4 => Just(None),
        1 => Just(Some(Preferred::Available)),
        1 => Just(Some(Preferred::Away)),
        1 => Just(Some(Preferred::DoNotDisturb)),
        1 => Just(Some(Preferred::OffWork)),
    ]
}

fn writes() -> impl Strategy<Value = Writes> {
    prop_oneof![
        5 => (0_u64..=1).prop_map(Writes::Work),
        1 => Just(Writes::Refused(FailureKind::Throttled)),
        1 => Just(Writes::Refused(FailureKind::Permission)),
        1 => Just(Writes::AnswerLost),
        1 => Just(Writes::Lost),
        1 => Just(Writes::Held),
    ]
}

fn reads() -> impl Strategy<Value = Reads> {
    prop_oneof![
        5 => Just(Reads::Work),
        1 => Just(Reads::Fail),
        1 => Just(Reads::Missing),
        1 => Just(Reads::Unknown),
        1 => Just(Reads::Null),
    ]
}

fn procall() -> impl Strategy<Value = Procall> {
    prop_oneof![
        1 => Just(Procall::Broken),
        1 => Just(Procall::Mute),
        2 => Just(Procall::Back),
    ]
}

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        12 => (1_u64..12).prop_map(Move::Wait),
        2 => (20_u64..320).prop_map(Move::Wait),
        1 => (1_u64..900).prop_map(Move::Sleep),
        10 => (who(), 0_usize..2, kind(), state())
            .prop_map(|(who, key, kind, state)| Move::Call(who, key, kind, state)),
        3 => (who(), client()).prop_map(|(who, client)| Move::Client(who, client)),
        2 => (who(), preferred()).prop_map(|(who, it)| Move::Preferred(who, it)),
        3 => writes().prop_map(Move::Writes),
        2 => reads().prop_map(Move::Reads),
        2 => (0_u64..=12, 0_u64..=8).prop_map(|(lag, latency)| Move::Lag(lag, latency)),
        1 => Just(Move::Refresh),
        1 => Just(Move::Resync),
        2 => any::<bool>().prop_map(Move::Restart),
        1 => prop::sample::subsequence(vec![0, 1, 2], 0..=3).prop_map(Move::Directory),
        1 => prop::sample::subsequence(vec![0, 1, 2], 0..=3).prop_map(Move::Users),
        1 => who().prop_map(Move::Quarantine),
        1 => who().prop_map(Move::Release),
        1 => any::<bool>().prop_map(Move::Pause),
        1 => (who(), any::<bool>()).prop_map(|(who, on)| Move::PauseUser(who, on)),
        1 => who().prop_map(Move::ClearLease),
        1 => Just(Move::ClearAllLeases),
        2 => any::<bool>().prop_map(Move::Other),
        1 => any::<bool>().prop_map(Move::Native),
        3 => procall().prop_map(Move::Procall),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// No state that came from Teams is written to Teams; no own call is mapped; no lease
    /// outlives its call while Graph answers; none is set or renewed after it; the ledger knows
    /// of every session; nothing is written while observing; nothing is set or renewed for a source
    /// that has been dead longer than three signs of life; unknown, missing and failed reads change nothing; the counts add up.
    /// And when everything has calmed down, Teams shows the calls and the lamps show Teams.
    #[test]
    fn whatever_happens(ties in any::<bool>(), moves in prop::collection::vec(a_move(), 1..120)) {
        let mut world = World::new(ties);
        for what in &moves {
            world.make(what);
        }
        world.calm_down();
        world.check_calls_are_shown();
        world.hang_up_all();
        world.wait(60);
        world.check_lamps_are_true();
    }
}
