//! The simulated server over its sockets: as strict as estos' own decoder, on every kind of it.

use futures_util::{SinkExt, StreamExt};
use lampfield::simulator::ucserver::{
    BusyPlace, Medium, RedirectPlace, SimulatedUcServer, UcFault, UcFaultKind, UcFaults,
    UcServerVersion::{self, Mixed, V1, V2},
};
use reqwest::{Client, Response};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::bench::{ANNA, on_server, server};

const CONTACT: &str = "sip:anna@corp.example";

fn client() -> Client {
    lampfield::tls::install();
    Client::builder().no_proxy().build().unwrap()
}

async fn create(server: &SimulatedUcServer, body: Value) -> Response {
    let request = client()
        .post(format!("{}/ws/client/createsession", server.url()))
        .basic_auth("lampfield", Some("lampfield"))
        .header("X-ucsid", "local")
        .json(&body);
    request.send().await.unwrap()
}

fn negotiate() -> Value {
    json!({"negotiate": {"iClientProtocolVersion": 70}})
}

async fn session(server: &SimulatedUcServer) -> String {
    let body: Value = create(server, negotiate()).await.json().await.unwrap();
    body["sessionid"].as_str().unwrap().to_owned()
}

/// A client of the test, which sends whatever the test wants.
struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    async fn open(server: &SimulatedUcServer, session: &str) -> Result<Self, String> {
        let host = server.url().replace("http://", "");
        let stream = TcpStream::connect(&host).await.unwrap();
        let url = format!("ws://{host}/ws/client/websocket?x-ucsessionid={session}");
        let opened = tokio_tungstenite::client_async(url, stream).await;
        opened
            .map(|(socket, _)| Self(socket))
            .map_err(|e| e.to_string())
    }

    async fn send(&mut self, message: &Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    async fn next(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.0.next().await.unwrap().unwrap() {
                let mut wrapped: Value = serde_json::from_str(&text).unwrap();
                return wrapped[0].take();
            }
        }
    }

    /// A request, and what comes back.
    async fn ask(&mut self, id: u64, name: &str, argument: Value) -> Value {
        self.send(
            &json!({"invoke": {"invokeID": 1, "operationID": id, "operationName": name,
            "argument": argument}}),
        )
        .await;
        self.next().await
    }

    async fn event(&mut self, id: u64, name: &str, argument: Value) {
        self.send(&json!({"invoke": {"invokeID": 99_999, "operationID": id,
            "operationName": name, "argument": argument}}))
            .await;
    }
}

#[tokio::test]
async fn a_missing_member_is_refused_with_its_name_and_counted() {
    let server = server(V2).await;
    let id = session(&server).await;
    let mut socket = Socket::open(&server, &id).await.unwrap();
    let refused = socket
        .ask(
            2913,
            "asnAdminGetUserProfiles",
            json!({"iActiveUsersOnly": 1}),
        )
        .await;
    assert_eq!(refused["reject"]["reject"]["invokeProblem"], 2);
    let why = "argument.iFilterOnlineState is missing";
    assert_eq!(refused["reject"]["details"], why);
    socket.event(1706, "asnTransportKeepAlive", json!({})).await;
    socket
        .event(1706, "asnTransportKeepAlive", json!({"dummy": null}))
        .await;
    on_server(&server, "the good one", |s| s.counts().keep_alives == 1).await;
    assert_eq!(
        server.violations(),
        [
            "asnAdminGetUserProfiles: argument.iFilterOnlineState is missing",
            "asnTransportKeepAlive: argument.dummy is missing",
        ]
    );
    let body = create(&server, json!({"negotiate": {}})).await;
    assert_eq!(body.status(), 400);
    assert_eq!(
        (server.counts().violations, server.counts().bad_arguments),
        (3, 1)
    );
}

/// By its number, whatever name goes with it.
#[tokio::test]
async fn an_operation_is_found_by_its_number() {
    let server = server(V1).await;
    let id = session(&server).await;
    let mut socket = Socket::open(&server, &id).await.unwrap();
    let contacts = json!({"seqContactIDs": [CONTACT], "bDontRequestPermissions": true});
    let newer = socket
        .ask(4505, "asnGetAndSubscribePresence", contacts.clone())
        .await;
    assert_eq!(newer["reject"]["reject"]["invokeProblem"], 1);
    let older = socket.ask(0, "asnGetAndSubscribePresence", contacts).await;
    let shown = &older["result"]["result"]["result"]["seqSubscribedPresence"][0];
    assert_eq!(shown["asnAbsentState"]["iAbsentState"], 0);
    let known = socket
        .ask(4503, "whatever", json!({"seqContactIDs": []}))
        .await;
    assert_eq!(known["result"]["result"]["result"]["iResult"], 0);
}

/// Nothing comes back: what comes next is the answer to the next question.
#[tokio::test]
async fn a_log_off_is_an_event() {
    let server = server(V2).await;
    let id = session(&server).await;
    let mut socket = Socket::open(&server, &id).await.unwrap();
    assert_eq!(server.counts().sessions, 1);
    socket.event(1001, "asnLogoff", json!({})).await;
    let next = socket.ask(1008, "asnGetLoggedInContactV2", json!({})).await;
    assert_eq!(
        next["reject"]["reject"]["invokeProblem"], 8,
        "the session is over"
    );
    let counts = server.counts();
    assert_eq!(
        (counts.sessions, counts.log_offs, counts.violations),
        (0, 1, 0)
    );
}

#[rstest]
#[tokio::test]
async fn the_result_of_a_reset_is_empty(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let id = session(&server).await;
    let mut socket = Socket::open(&server, &id).await.unwrap();
    let name = match version {
        V1 => "asnAbsentStateReset",
        V2 | Mixed => "asnResetUserAbsentState",
    };
    let done = socket.ask(0, name, json!({"u8sContactId": CONTACT})).await;
    let result = done["result"]["result"]["result"].as_object().unwrap();
    assert_eq!(result.keys().collect::<Vec<_>>(), ["_type"]);
}

#[tokio::test]
async fn a_session_whose_socket_is_refused_stays_until_it_is_destroyed() {
    let server = server(V2).await;
    server.set_faults(UcFaults {
        refuse_sockets: true,
        ..UcFaults::default()
    });
    let id = session(&server).await;
    assert!(Socket::open(&server, &id).await.is_err());
    assert_eq!(server.counts().sessions, 1);
    let url = format!("{}/ws/client/destroysession?ucsessionid={id}", server.url());
    assert_eq!(client().get(url).send().await.unwrap().status(), 200);
    assert_eq!(server.counts().sessions, 0);
}

/// UCWeb still answers and holds the socket, but nobody is behind it.
#[rstest]
#[tokio::test]
async fn a_ucserver_that_is_gone_leaves_the_socket_and_takes_the_sessions(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = std::sync::Arc::new(server(version).await);
    let id = session(&server).await;
    let mut socket = Socket::open(&server, &id).await.unwrap();
    let contacts = json!({"seqContactIDs": [CONTACT], "bDontRequestPermissions": true});
    socket.ask(0, "asnGetAndSubscribePresence", contacts).await;
    server.fault(UcFault::new(UcFaultKind::Gone));
    assert_eq!(server.counts().sessions, 0);
    server.start_call(ANNA, Medium::Tapi, false);
    socket
        .event(1706, "asnTransportKeepAlive", json!({"dummy": null}))
        .await;
    let refused = socket.ask(4503, "", json!({"seqContactIDs": []})).await;
    assert_eq!(
        refused["reject"]["reject"]["invokeProblem"], 8,
        "no event came before it"
    );
    assert_eq!(
        (server.counts().keep_alives, server.counts().events),
        (0, 0)
    );
    assert_eq!(create(&server, negotiate()).await.status(), 502);
    server.clear_faults();
    assert_eq!(create(&server, negotiate()).await.status(), 200);
}

/// Where each version is said to write it, unless a place is set.
#[rstest]
#[case(V1, None, "/optionalParams/ServerBusyTimeout")]
#[case(Mixed, None, "/optionalParams/ServerBusyTimeout")]
#[case(V2, None, "/serverBusy/iRetryInSeconds")]
#[case(V2, Some(BusyPlace::Negotiation), "/busy/iServerBusyTimeout")]
#[tokio::test]
async fn busy_stands_where_it_stands(
    #[case] version: UcServerVersion,
    #[case] place: Option<BusyPlace>,
    #[case] path: &str,
) {
    let server = server(version).await;
    server.set_faults(UcFaults {
        busy: Some(42),
        busy_place: place,
        params: Some(lampfield::simulator::ucserver::ParamsForm::Map),
        ..UcFaults::default()
    });
    let body: Value = create(&server, negotiate()).await.json().await.unwrap();
    assert_eq!(body.pointer(path), Some(&json!(42)), "{body:#}");
    assert!(body.get("sessionid").is_none());
}

#[rstest]
#[case(V1, None, 400, "/error/optionalParams/HomeServer")]
#[case(V2, None, 200, "/serverRedirect/u8sRedirectTo")]
#[case(
    V2,
    Some(RedirectPlace::LogonError),
    400,
    "/error/optionalParams/HomeServer"
)]
#[tokio::test]
async fn the_home_server_stands_where_it_stands(
    #[case] version: UcServerVersion,
    #[case] place: Option<RedirectPlace>,
    #[case] status: u16,
    #[case] path: &str,
) {
    let server = server(version).await;
    server.set_faults(UcFaults {
        redirect: Some("uc2.example".to_owned()),
        redirect_place: place,
        params: Some(lampfield::simulator::ucserver::ParamsForm::Map),
        ..UcFaults::default()
    });
    let answer = create(&server, negotiate()).await;
    assert_eq!(answer.status(), status);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body.pointer(path), Some(&json!("uc2.example")), "{body:#}");
}

#[tokio::test]
async fn basic_can_be_switched_off_and_the_version_be_a_text() {
    let server = server(V1).await;
    server.set_faults(UcFaults {
        negotiate_only: true,
        version_as_text: true,
        ..UcFaults::default()
    });
    let answer = create(&server, negotiate()).await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "Negotiate");
    let url = format!("{}/ws/client/ucserverversion", server.url());
    let told: Value = client()
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(told["ucserverprotocolversion"], "70");
}

/// A token is taken from its header, and else from the address; the answer says the time.
#[rstest]
#[case(Some("x-uctoken"))]
#[case(None)]
#[tokio::test]
async fn a_token_opens_a_session(#[case] header: Option<&str>) {
    let server = server(V1).await;
    let id = session(&server).await;
    let mut socket = Socket::open(&server, &id).await.unwrap();
    let answer = socket.ask(0, "asnGetUserToken", json!({})).await;
    let token = answer["result"]["result"]["result"]["sToken"].clone();
    let token = token.as_str().unwrap();
    let url = format!("{}/ws/client/createsession", server.url());
    let request = match header {
        Some(name) => client().post(url).header(name, token),
        None => client().post(format!("{url}?token={token}")),
    };
    let made = request.header("X-ucsid", "local").send().await.unwrap();
    let body: Value = made.json().await.unwrap();
    assert!(body["stServerTime"].as_str().unwrap().ends_with('Z'));
    assert_eq!(server.counts().token_logins, 1);
}
