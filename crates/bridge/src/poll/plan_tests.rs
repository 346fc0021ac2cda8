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
    #[values(FailureKind::Server, FailureKind::NotFound, FailureKind::Rejected)] kind: FailureKind,
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
