//! Two lampfields of one tenant on a UCServer: each has a session of its own, one writes.

use std::time::Duration;

use lampfield::simulator::ucserver::UcServerVersion::{self, V1, V2};
use lampfield::simulator::ucserver::{Counts, SimulatedUcServer};
use lampfield::simulator::{PbxKind, PbxState, TeamsAct};
use rstest::rstest;
use rustix::process::Signal;

use super::{LEADS, Pair, STANDS_BY, of_first};
use crate::common::eventually;
use crate::common::program::{Site, Started};
use crate::common::redis::Redis;

pub(super) const DO_NOT_DISTURB: i64 = 3;

/// The first two users: the one calls, the other presents.
const CALLS: usize = 0;
const PRESENTS: usize = 1;

impl Pair {
    /// On a UCServer.
    pub(super) async fn on(users: usize, version: UcServerVersion) -> Option<Self> {
        let redis = Redis::start()?;
        let keys = format!("users = \"monitor\"\n{}", of_first(&redis));
        let site = Site::with_ucserver(users, version, &keys).await;
        Some(Self::new(site, redis))
    }

    pub(super) fn server(&self) -> &SimulatedUcServer {
        self.site.tenant.ucserver().unwrap()
    }

    /// Both run, each with a session of its own, and know of each other.
    async fn both(&self) -> (Started, Started) {
        let first = self.first();
        first.until_says(LEADS).await;
        let second = self.second();
        self.until_stands_by(&second).await;
        self.until_both_are_members("b.toml").await;
        (first, second)
    }

    async fn until_stands_by(&self, member: &Started) {
        member.until_says(STANDS_BY).await;
        member.until_says("ProCall users =").await;
        let of_both = || self.server().counts().subscribed == 8;
        assert!(eventually(of_both).await, "{:?}", self.server().counts());
    }

    fn softphone(&self, state: PbxState) {
        let control = self.site.tenant.control();
        control
            .call(&self.name(CALLS), PbxKind::Softphone, state)
            .unwrap();
    }

    async fn until_in_teams(&self, activity: &str) {
        let (control, name) = (self.site.tenant.control(), self.name(CALLS));
        let shown = || control.user(&name).unwrap().activity == activity;
        assert!(eventually(shown).await, "{:?}", control.user(&name));
    }

    fn in_teams(&self, act: &TeamsAct) {
        let control = self.site.tenant.control();
        let upn = control.user(&self.name(PRESENTS)).unwrap().upn;
        control.teams(&upn, act).unwrap();
    }

    /// How often it was set and taken back once ProCall shows it, or nothing.
    async fn until_shown(&self, state: Option<i64>) -> (u64, u64) {
        let name = self.name(PRESENTS);
        let shown = || self.server().manual(&name).map(|manual| manual.state) == state;
        assert!(eventually(shown).await, "{:?}", self.server().counts());
        self.written()
    }

    fn written(&self) -> (u64, u64) {
        let Counts {
            absent_set,
            absent_reset,
            ..
        } = self.server().counts();
        (absent_set, absent_reset)
    }

    pub(super) fn says_nothing_wrong(&self) {
        let counts = self.server().counts();
        assert_eq!((counts.challenges, counts.bad_arguments), (0, 0));
        assert_eq!(self.server().violations(), [""; 0]);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stands_by_takes_over_with_the_session_that_it_holds(
    #[values(V1, V2)] version: UcServerVersion,
) {
    let Some(pair) = Pair::on(4, version).await else {
        return;
    };
    let (first, mut second) = pair.both().await;
    // Both hear of all that is going on; one writes, to Teams and to ProCall.
    pair.softphone(PbxState::Connected);
    pair.in_teams(&TeamsAct::Present);
    pair.until_in_teams("InACall").await;
    assert_eq!(pair.until_shown(Some(DO_NOT_DISTURB)).await, (1, 0));
    let logins = pair.server().counts().logins;

    first.signal(Signal::KILL);
    second.until_says(LEADS).await;
    second.until_says("1 adopted, ").await;
    pair.softphone(PbxState::Ended);
    pair.in_teams(&TeamsAct::HangUp);
    pair.until_in_teams("Available").await;
    assert_eq!(pair.until_shown(None).await, (1, 1));
    assert_eq!(pair.server().counts().logins, logins, "it had its session");

    // With an end in good order nothing is taken back that is still wanted.
    pair.in_teams(&TeamsAct::Present);
    assert_eq!(pair.until_shown(Some(DO_NOT_DISTURB)).await, (2, 1));
    let again = pair.first();
    pair.until_stands_by(&again).await;
    pair.until_both_are_members("b.toml").await;
    second.signal(Signal::TERM);
    second.end().await;
    again.until_says(LEADS).await;
    assert_eq!(pair.until_shown(Some(DO_NOT_DISTURB)).await, (2, 1));
    pair.in_teams(&TeamsAct::HangUp);
    assert_eq!(pair.until_shown(None).await, (2, 2));
    pair.says_nothing_wrong();
}

/// It would go on renewing what it has set, and nobody would take it back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_wakes_up_late_lets_go_of_what_it_has_set_in_procall() {
    let Some(pair) = Pair::on(4, V2).await else {
        return;
    };
    let (first, second) = pair.both().await;
    pair.in_teams(&TeamsAct::Present);
    assert_eq!(pair.until_shown(Some(DO_NOT_DISTURB)).await, (1, 0));

    first.signal(Signal::STOP);
    second.until_says(LEADS).await;
    pair.in_teams(&TeamsAct::HangUp);
    assert_eq!(pair.until_shown(None).await, (1, 1));
    first.signal(Signal::CONT);
    first.until_says(STANDS_BY).await;
    pair.in_teams(&TeamsAct::Present);
    assert_eq!(pair.until_shown(Some(DO_NOT_DISTURB)).await, (2, 1));
    pair.in_teams(&TeamsAct::HangUp);
    assert_eq!(pair.until_shown(None).await, (2, 2));
    pair.says_nothing_wrong();
}

/// Whoever stood by takes the lead once more where the other one has just handed over.
#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_that_end_together_leave_nothing_on_either_side(
    #[values([0, 1], [1, 0])] order: [usize; 2],
    #[values(0, 20)] apart_ms: u64,
) {
    let Some(pair) = Pair::on(4, V2).await else {
        return;
    };
    let (first, second) = pair.both().await;
    pair.softphone(PbxState::Connected);
    pair.in_teams(&TeamsAct::Present);
    pair.until_in_teams("InACall").await;
    assert_eq!(pair.until_shown(Some(DO_NOT_DISTURB)).await, (1, 0));
    let mut members = [first, second];
    for at in order {
        members[at].signal(Signal::TERM);
        tokio::time::sleep(Duration::from_millis(apart_ms)).await;
    }
    for member in &mut members {
        assert_eq!(member.end().await.code(), Some(143));
    }
    let control = pair.site.tenant.control();
    let caller = control.user(&pair.name(CALLS)).unwrap();
    let set = pair.server().manual(&pair.name(PRESENTS));
    let said = members.map(|it| it.err_text()).join("\n---\n");
    assert_eq!(caller.activity, "Available", "{said}");
    assert_eq!(set.map(|manual| manual.state), None, "{said}");
    pair.says_nothing_wrong();
}
