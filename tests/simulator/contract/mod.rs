//! The simulator against Microsoft's contract: every request that is sent here and every
//! answer, by schema and not by eye.
mod tenant;

use std::time::Duration;

use lampfield::simulator::{Fault, FaultKind, On, Removal, TeamsAct};
use serde_json::json;
use tenant::{Answer, Tenant, open, token};

#[tokio::test]
async fn a_lease_is_set_read_back_and_cleared() {
    let Some(tenant) = open(25).await else { return };
    let (id, app) = (tenant.id(0), tenant.running.ready().client_id.clone());
    let set = format!("/v1.0/users/{id}/presence/setPresence");
    let body = json!({"sessionId": app, "availability": "Busy", "activity": "InACall", "expirationDuration": "PT5M"});
    let answer = tenant.proper("POST", &set, Some(body)).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    for path in [
        format!("/v1.0/users/{id}/presence"),
        format!("/v1.0/communications/presences/{id}"),
    ] {
        let answer = tenant.proper("GET", &path, None).await;
        assert_eq!(answer.body["activity"], "InACall");
    }
    let path = "/v1.0/communications/getPresencesByUserId";
    let answer = tenant
        .proper("POST", path, Some(json!({ "ids": [id] })))
        .await;
    assert_eq!(answer.body["value"][0]["availability"], "Busy");
    let clear = format!("/v1.0/users/{id}/presence/clearPresence");
    let body = Some(json!({ "sessionId": app }));
    assert_eq!(
        tenant.proper("POST", &clear, body.clone()).await.status,
        200
    );
    assert_eq!(tenant.proper("POST", &clear, body).await.status, 404);
    assert_eq!(tenant.control().writes().len(), 3);
}

#[tokio::test]
async fn the_directory_lists_counts_and_tells_changes() {
    let Some(tenant) = open(250).await else {
        return;
    };
    let select = "$select=id,userPrincipalName,displayName,accountEnabled,userType,assignedPlans";
    let mut path = format!("/v1.0/users?{select}&$top=100");
    let (mut users, mut pages, mut empty) = (Vec::new(), 0, 0);
    loop {
        let answer = tenant.proper("GET", &path, None).await;
        let page = answer.body["value"].as_array().unwrap().clone();
        (pages, empty) = (pages + 1, empty + u32::from(page.is_empty()));
        users.extend(page);
        let Some(next) = answer.body["@odata.nextLink"].as_str() else {
            break;
        };
        path = next
            .strip_prefix(&tenant.running.ready().authority)
            .unwrap()
            .to_owned();
    }
    assert_eq!((pages, empty), (4, 1), "an empty page in the middle");
    let counted = tenant.proper("GET", "/v1.0/users/$count", None).await;
    assert_eq!(counted.text, users.len().to_string());
    let upn = users[0]["userPrincipalName"].as_str().unwrap();
    let one = tenant
        .proper("GET", &format!("/v1.0/users/{upn}"), None)
        .await;
    assert_eq!(one.body["id"], users[0]["id"]);
    let missing = tenant.send("GET", "/v1.0/users/nobody@x", None).await;
    assert_eq!(missing.body["error"]["code"], "Request_ResourceNotFound");
    let path = "/v1.0/users?$select=id,department&$top=20";
    let answer = tenant.proper("GET", path, None).await;
    let page = answer.body["value"].as_array().unwrap();
    let known = |user: &serde_json::Value| user["department"].is_string();
    assert!(page.iter().any(known) && page.iter().any(|user| user["department"].is_null()));
    let unknown = "/v1.0/users?$select=id,departement";
    let wrong = tenant.send("GET", unknown, None).await;
    assert_eq!(wrong.status, 400);
    let wrong = tenant.send("GET", "/v1.0/users?$top=1000", None).await;
    assert_eq!(
        wrong.body["error"]["message"],
        "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."
    );
}

#[tokio::test]
async fn delta_tells_what_changed_and_asks_for_a_resync() {
    let Some(tenant) = open(30).await else { return };
    let first = "/v1.0/users/delta?$select=id,userPrincipalName";
    let answer = tenant.proper("GET", first, None).await;
    let link = |answer: &Answer| {
        let link = answer.body["@odata.deltaLink"].as_str().unwrap();
        link.strip_prefix(&tenant.running.ready().authority)
            .unwrap()
            .to_owned()
    };
    let path = link(&answer);
    let quiet = tenant.proper("GET", &path, None).await;
    assert_eq!(quiet.body["value"], json!([]));
    let gone = tenant.id(3);
    let control = tenant.control();
    control.remove_account(&gone, Removal::Restorable).unwrap();
    control.add_account("neu@nordlicht.example", "Neu");
    let answer = tenant.proper("GET", &link(&quiet), None).await;
    let told = answer.body["value"].as_array().unwrap();
    let removed = told.iter().find(|u| u["id"] == gone.as_str()).unwrap();
    assert_eq!(removed["@removed"]["reason"], "changed");
    assert!(
        told.iter()
            .any(|u| u["userPrincipalName"] == "neu@nordlicht.example")
    );
    assert_eq!(told.len(), 3, "one is told twice");
    for (kind, status, code) in [
        (FaultKind::ResyncGone, 410, "resyncRequired"),
        (FaultKind::SyncStateNotFound, 400, "syncStateNotFound"),
    ] {
        control.fault(Fault::new(kind).on(On::Delta).times(1));
        let answer = tenant.proper("GET", &path, None).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.body["error"]["code"], code);
        assert_eq!(answer.headers.contains_key("location"), status == 410);
    }
    control.advance(Duration::from_hours(8 * 24));
    let fresh = token(&tenant.running, &tenant.http).await;
    let tenant = Tenant {
        token: fresh,
        ..tenant
    };
    assert_eq!(tenant.proper("GET", &path, None).await.status, 400);
}

#[tokio::test]
async fn what_a_person_chooses_by_hand_masks_the_lease() {
    let Some(tenant) = open(25).await else { return };
    let id = tenant.id(1);
    let upn = tenant.control().matched()[1].upn.clone().unwrap();
    assert_eq!(tenant.set(1, "Busy", "InACall").await.status, 200);
    let prefer = format!("/v1.0/users/{id}/presence/setUserPreferredPresence");
    let body = json!({"availability": "BeRightBack", "activity": "BeRightBack", "expirationDuration": "P1D"});
    tenant.proper("POST", &prefer, Some(body)).await;
    assert_eq!(
        tenant.control().current(&upn).unwrap(),
        ("BeRightBack", "BeRightBack")
    );
    let message = format!("/v1.0/users/{id}/presence/setStatusMessage");
    let body =
        json!({"statusMessage": {"message": {"content": "Bin im Café ☕", "contentType": "text"}}});
    tenant.proper("POST", &message, Some(body)).await;
    let seen = tenant.read(std::slice::from_ref(&id)).await;
    let status = &seen.body["value"][0]["statusMessage"];
    assert_eq!(status["message"]["content"], "Bin im Café ☕");
    let unprefer = format!("/v1.0/users/{id}/presence/clearUserPreferredPresence");
    tenant.proper("POST", &unprefer, Some(json!({}))).await;
    assert_eq!(tenant.control().current(&upn).unwrap().1, "InACall");
}

#[tokio::test]
async fn every_state_that_teams_can_show_conforms() {
    let Some(tenant) = open(25).await else { return };
    let upn = tenant.control().matched()[2].upn.clone().unwrap();
    for act in [
        r#"{"do":"call"}"#,
        r#"{"do":"conference"}"#,
        r#"{"do":"present"}"#,
        r#"{"do":"idle"}"#,
        r#"{"do":"hang_up"}"#,
        r#"{"do":"out_of_office","message":"Bis Montag"}"#,
        r#"{"do":"appointment","meeting":true}"#,
        r#"{"do":"manual","availability":"Offline"}"#,
        r#"{"do":"manual","availability":"DoNotDisturb"}"#,
        r#"{"do":"sign_out"}"#,
    ] {
        let act: TeamsAct = serde_json::from_str(act).unwrap();
        tenant.control().teams(&upn, &act).unwrap();
        let (availability, activity) = tenant.control().current(&upn).unwrap();
        let seen = tenant.read(&[tenant.id(2)]).await;
        assert_eq!(seen.body["value"][0]["availability"], availability);
        assert_eq!(seen.body["value"][0]["activity"], activity);
    }
}

/// The prose says `AvailableInactive`, the schema does not know it: the one known difference.
#[tokio::test]
async fn only_the_faded_activity_is_outside_the_schema() {
    let Some(tenant) = open(25).await else { return };
    let id = tenant.id(0);
    let upn = tenant.control().matched()[0].upn.clone().unwrap();
    let sign_out = TeamsAct::SignOut;
    tenant.control().teams(&upn, &sign_out).unwrap();
    tenant.set(0, "Available", "Available").await;
    tenant.control().advance(Duration::from_secs(301));
    let path = format!("/v1.0/users/{id}/presence");
    let url = format!("{}{path}", tenant.running.ready().authority);
    let set = format!("/v1.0/users/{id}/presence/setPresence");
    let body = json!({"sessionId": tenant.running.ready().client_id, "availability": "Available", "activity": "Available", "expirationDuration": "PT1H"});
    tenant.proper("POST", &set, Some(body)).await;
    tenant.control().advance(Duration::from_secs(301));
    let request = tenant.http.get(url).bearer_auth(&tenant.token);
    let text = request.send().await.unwrap().text().await.unwrap();
    let wrong = tenant.contract.response("GET", &path, 200, &text);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].contains("AvailableInactive"), "{wrong:?}");
    tenant.control().advance(Duration::from_mins(5));
    assert_eq!(
        tenant.read(&[id]).await.body["value"][0]["activity"],
        "Away"
    );
}

#[tokio::test]
async fn what_the_contract_forbids_is_refused() {
    let Some(tenant) = open(25).await else { return };
    for (availability, activity) in [("Busy", "Busy"), ("DoNotDisturb", "DoNotDisturb")] {
        assert_eq!(tenant.set(0, availability, activity).await.status, 400);
    }
    let path = format!("/v1.0/users/{}/presence/setPresence", tenant.id(0));
    let app = tenant.running.ready().client_id.clone();
    for (session, duration) in [
        (app.as_str(), "PT4M"),
        (app.as_str(), "PT5H"),
        ("11111111-2222-4333-8444-555555555555", "PT5M"),
    ] {
        let body = json!({"sessionId": session, "availability": "Busy", "activity": "InACall", "expirationDuration": duration});
        assert_eq!(tenant.send("POST", &path, Some(body)).await.status, 400);
    }
    let many: Vec<String> = vec![tenant.id(0); 651];
    assert_eq!(tenant.read(&many).await.status, 400);
    assert_eq!(tenant.read(&["anna@x".into()]).await.status, 400);
    assert_eq!(tenant.read(&[]).await.status, 400);
}

#[tokio::test]
async fn every_fault_with_a_json_body_conforms() {
    let Some(tenant) = open(25).await else { return };
    for status in [400, 401, 403, 404, 429, 500, 502, 503, 504] {
        let fault = Fault::new(FaultKind::status(status)).on(On::Presences);
        tenant.control().fault(fault.times(1));
        let answer = tenant.read(&[tenant.id(0)]).await;
        assert_eq!(answer.status, status);
        if status == 403 {
            assert_eq!(answer.body["error"]["message"], "");
        }
    }
}

#[tokio::test]
async fn the_recorded_requests_of_a_client_are_judged() {
    let Some(tenant) = open(25).await else { return };
    tenant.proper("GET", "/v1.0/users?$top=999", None).await;
    tenant.set(0, "Busy", "InACall").await;
    tenant.read(&[tenant.id(0), tenant.id(1)]).await;
    let judge = |tenant: &Tenant| -> Vec<Vec<String>> {
        let requests = tenant.control().requests();
        let judged = requests.iter().map(|r| tenant.contract.recorded(r));
        judged.collect()
    };
    let verdicts = judge(&tenant);
    assert_eq!(verdicts.len(), 4, "the token, and three calls");
    assert!(verdicts.iter().all(Vec::is_empty), "{verdicts:?}");
    // And the judge sees what is wrong.
    tenant.control().forget_requests();
    tenant.set(0, "Busy", "Busy").await;
    tenant.read(&["no-guid".into()]).await;
    tenant.send("GET", "/v1.0/users?$top=1000", None).await;
    let verdicts = judge(&tenant);
    assert_eq!(verdicts.len(), 3);
    assert!(
        verdicts.iter().all(|wrong| !wrong.is_empty()),
        "{verdicts:?}"
    );
}
