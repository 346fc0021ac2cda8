//! Every request that a busy bridge sends is held against Microsoft's contract, by schema.

use std::collections::BTreeSet;

use crate::common::*;
use crate::contract_support::Contract;
use lampfield::simulator::Settings;

#[tokio::test]
async fn every_request_of_a_busy_bridge_keeps_to_the_contract() {
    let Some(contract) = Contract::load() else {
        return;
    };
    let mut stage = Setting {
        users: 700,
        tenant: Settings {
            everyone_matches: true,
            recorded_requests: 100_000,
            ..Settings::default()
        },
        ..Setting::default()
    }
    .open()
    .await;
    stage.until_read().await;
    for (who, kind) in [(ANNA, Tapi), (BERT, Meeting), (CARL, AvChat)] {
        stage.call(who, kind, Connected);
    }
    stage
        .until("leases", |snapshot| snapshot.leases.confirmed == 3)
        .await;
    stage.pass(MINUTE * 3 + SECOND);
    stage
        .until_row(ANNA, "renewed", |row| {
            row.lease.as_ref().is_some_and(|lease| lease.renewals == 1)
        })
        .await;
    for (who, kind) in [(ANNA, Tapi), (BERT, Meeting), (CARL, AvChat)] {
        stage.call(who, kind, Ended);
    }
    stage
        .until_true("cleared", || stage.answered("clear", 200) == 3)
        .await;
    stage
        .until_passing(MINUTE, "the changes of the directory", || {
            stage.answered("delta", 200) >= 2
        })
        .await;
    let requests = stage.control().requests();
    let seen: BTreeSet<_> = requests.iter().map(|request| request.endpoint).collect();
    for endpoint in ["token", "users", "delta", "presences", "set", "clear"] {
        assert!(seen.contains(endpoint), "{endpoint} is not in {seen:?}");
    }
    for request in &requests {
        let wrong = contract.recorded(request);
        assert!(
            wrong.is_empty(),
            "{} {}: {wrong:?}",
            request.method,
            request.path
        );
        assert!(request.client_request_id.is_some(), "{request:?}");
    }
}
