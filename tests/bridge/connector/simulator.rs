//! The simulated server by itself, asked by a plain HTTP client: what section by section a real
//! UCWeb is said to answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lampfield::simulator::ucserver::UcServerVersion::V2;
use lampfield::simulator::ucserver::{Level, SimulatedUcServer, UcFaults};
use reqwest::{Client, RequestBuilder, Response};
use rstest::rstest;
use serde_json::{Value, json};

use super::bench::{server, server_of, users};

fn client() -> Client {
    lampfield::tls::install();
    Client::builder().no_proxy().build().unwrap()
}

fn create(server: &SimulatedUcServer, password: &str) -> RequestBuilder {
    let basic = STANDARD.encode(format!("lampfield:{password}"));
    client()
        .post(format!(
            "{}/ws/client/createsession?clientappid=15",
            server.url()
        ))
        .header("Authorization", format!("Basic {basic}"))
        .header("X-ucsid", "local")
        .json(&json!({"negotiate": {"iClientProtocolVersion": 70}}))
}

async fn json_of(answer: Response) -> Value {
    answer.json().await.unwrap()
}

async fn session(server: &SimulatedUcServer) -> String {
    let answer = create(server, "lampfield").send().await.unwrap();
    let body = json_of(answer).await;
    body["sessionid"].as_str().unwrap().to_owned()
}

async fn call(server: &SimulatedUcServer, session: &str, name: &str, argument: Value) -> Value {
    let request = client()
        .post(format!("{}/ws/client/{name}", server.url()))
        .header("X-ucsessionid", session)
        .header("X-ucsid", "local")
        .json(&argument);
    json_of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn the_version_is_told_without_a_log_in() {
    let server = server(V2).await;
    let url = format!("{}/ws/client/ucserverversion", server.url());
    let answer = client().get(&url).send().await.unwrap();
    assert_eq!(json_of(answer).await["ucserverprotocolversion"], 70);
    let other = client().get(format!("{url}?ucsid=other"));
    let answer = other.send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert_eq!(json_of(answer).await["error"]["iErrorDetail"], 119);
}

#[tokio::test]
async fn a_session_is_simple_or_names_the_own_contact() {
    let server = server(V2).await;
    let simple = create(&server, "lampfield").header("X-simple", "1");
    let body = json_of(simple.send().await.unwrap()).await;
    assert_eq!(body.as_object().unwrap().len(), 1);
    assert_eq!(body["sessionid"].as_str().unwrap().len(), 32);
    let body = json_of(create(&server, "lampfield").send().await.unwrap()).await;
    assert_eq!(body["ownContact"]["u8sContactId"], "sip:lampfield");
}

#[tokio::test]
async fn a_wrong_password_is_challenged_or_told() {
    let server = server(V2).await;
    let answer = create(&server, "wrong").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let offers = answer.headers()["www-authenticate"].to_str().unwrap();
    assert_eq!(offers, "Negotiate, NTLM, Basic");
    let quiet = create(&server, "wrong").header("X-no401", "1");
    let answer = quiet.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(json_of(answer).await["error"]["iErrorDetail"], 101);
}

#[rstest]
#[case(103)]
#[case(107)]
#[case(129)]
#[tokio::test]
async fn a_log_in_can_be_made_to_fail(#[case] code: i64) {
    let server = server(V2).await;
    server.set_faults(UcFaults {
        login_error: Some(code),
        ..UcFaults::default()
    });
    let answer = create(&server, "lampfield").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(json_of(answer).await["error"]["iErrorDetail"], code);
}

#[rstest]
#[case("/ws/client/websocket")]
#[case("/ws/client/websocket/")]
#[tokio::test]
async fn the_socket_opens_for_a_live_session_only(#[case] path: &str) {
    let server = server(V2).await;
    let open = |id: &str| {
        client()
            .get(format!("{}{path}?x-ucsessionid={id}", server.url()))
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    assert_eq!(open("nonsense").send().await.unwrap().status(), 401);
    let id = session(&server).await;
    let answer = open(&id).send().await.unwrap();
    assert_eq!(answer.status(), 101);
    // RFC 6455, section 1.3.
    let accept = &answer.headers()["sec-websocket-accept"];
    assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[tokio::test]
async fn an_unknown_operation_and_a_bad_argument_are_rejected() {
    let server = server(V2).await;
    let id = session(&server).await;
    let body = call(&server, &id, "asnOfTheFuture", json!({})).await;
    assert_eq!(body["reject"]["invokeProblem"], 1);
    let body = call(
        &server,
        &id,
        "asnGetAndSubscribePresenceV2",
        json!({"seqContactIDs": 7}),
    )
    .await;
    assert_eq!(body["reject"]["invokeProblem"], 2);
    let body = call(&server, "gone", "asnGetLoggedInContactV2", json!({})).await;
    assert_eq!(body["reject"]["invokeProblem"], 8);
    let counts = server.counts();
    assert_eq!((counts.unknown_operations, counts.bad_arguments), (1, 1));
}

#[rstest]
#[case(Level::None, None, false)]
#[case(Level::Public, Some(false), false)]
#[case(Level::Business, Some(true), false)]
#[case(Level::Team, Some(true), true)]
#[case(Level::Personal, Some(true), true)]
#[tokio::test]
async fn the_level_decides_what_is_shown(
    #[case] level: Level,
    #[case] calls: Option<bool>,
    #[case] may_set: bool,
) {
    let mut people = users();
    people[0].level = level;
    let server = server_of(V2, people).await;
    let id = session(&server).await;
    let contact = "sip:anna@corp.example";
    let argument = json!({"seqContactIDs": [contact], "bDontRequestPermissions": true});
    let body = call(&server, &id, "asnGetAndSubscribePresenceV2", argument).await;
    let shown = body["seqSubscribedPresence"].get(0);
    assert_eq!(shown.map(|one| one.get("seqCalls").is_some()), calls);
    let feature = shown.and_then(|one| one["iContactFeatureSet"].as_i64());
    assert_eq!(feature.is_some_and(|set| set & 2048 != 0), may_set);
    let absent = json!({"absentstate": {"u8sContactId": contact, "eAbsentState": 3}});
    let body = call(&server, &id, "asnSetUserAbsentState", absent).await;
    assert_eq!(body["bSuccess"] == true, may_set);
}

#[tokio::test]
async fn a_question_for_permission_is_noticed() {
    let server = server(V2).await;
    let id = session(&server).await;
    let argument = json!({"seqContactIDs": ["sip:anna@corp.example"]});
    call(&server, &id, "asnGetAndSubscribePresenceV2", argument).await;
    assert_eq!(server.counts().challenges, 1);
}

#[tokio::test]
async fn a_direct_call_logs_in_by_itself_and_a_token_opens_a_session() {
    let server = server(V2).await;
    let basic = STANDARD.encode("lampfield:lampfield");
    let direct = client()
        .post(format!("{}/ws/direct/asnGetUserTokenV2", server.url()))
        .header("Authorization", format!("Basic {basic}"))
        .json(&json!({"iType": 1, "iTTL": 60}));
    let token = json_of(direct.send().await.unwrap()).await["sToken"]
        .as_str()
        .unwrap()
        .to_owned();
    let opened = client()
        .post(format!("{}/ws/client/createsession", server.url()))
        .header("X-ucsid", "local")
        .header("x-uctoken", token)
        .send();
    assert_eq!(opened.await.unwrap().status(), 200);
    assert_eq!(server.counts().token_logins, 1);
}

fn everybody() -> Value {
    json!({"iActiveUsersOnly": 1, "iFilterOnlineState": 0})
}

#[tokio::test]
async fn only_the_administrator_lists_profiles() {
    let server = server(V2).await;
    let id = session(&server).await;
    let refused = call(&server, &id, "asnAdminGetUserProfiles", everybody()).await;
    assert_eq!(refused["error"]["iErrorDetail"], 2);
    let wrong = json!({"u8sAdminUsername": "admin", "adminPassword": {"u8sAdminPassword": "x"}});
    assert_eq!(
        call(&server, &id, "asnAdminLogin", wrong).await["result"],
        1
    );
    let right =
        json!({"u8sAdminUsername": "admin", "adminPassword": {"u8sAdminPassword": "admin"}});
    assert_eq!(
        call(&server, &id, "asnAdminLogin", right).await["result"],
        0
    );
    let listed = call(&server, &id, "asnAdminGetUserProfiles", everybody()).await;
    assert_eq!(listed["userProfiles"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_line_and_a_note_follow_the_rights() {
    let mut people = users();
    people[1].level = Level::Business;
    let server = server_of(V2, people).await;
    let id = session(&server).await;
    let all = json!({"typeofLines": 2, "attachChangeNotify": 0});
    let lines = call(&server, &id, "asnCtiEnumPhoneLines", all).await;
    let line = |at: usize| lines["seqLines"][at]["u8sLinePhoneNumber"].clone();
    let quiet = |line| json!({"u8sLinePhoneNumber": line, "bDoNotDisturb": true});
    let name = "asnCtiLineSetDoNotDisturb";
    let done = call(&server, &id, name, quiet(line(0))).await;
    assert_eq!(done, json!({}));
    let denied = call(&server, &id, name, quiet(line(1))).await;
    assert_eq!(denied["error"]["iErrorDetail"], 2);
    let invalid = call(&server, &id, name, quiet(json!("tel:none"))).await;
    assert_eq!(invalid["error"]["iErrorDetail"], 3);
    let note = json!({"customnote": {"u8sContactID": "sip:anna@corp.example",
        "u8sUsername": "Anna", "u8sNote": "back at 3"}});
    let done = call(&server, &id, "asnCustomNoteSet", note).await;
    assert_eq!(done, json!({}));
    let argument =
        json!({"seqContactIDs": ["sip:anna@corp.example"], "bDontRequestPermissions": true});
    let body = call(&server, &id, "asnGetAndSubscribePresenceV2", argument).await;
    let anna = &body["seqSubscribedPresence"][0];
    assert_eq!(anna["seqPhoneLines"][0]["iDoNotDisturb"], 1);
    assert_eq!(anna["asnCustomNote"]["u8sNote"], "back at 3");
    assert_eq!(anna["iPresenceState"], 0x1000_0001);
}
