//! A simulated tenant whose every answer is judged by the contract.

use lampfield::simulator::{Control, Options, Running, Scenario, start};
use serde_json::{Value, json};

use crate::contract_support::{Asked, Contract};

pub(crate) struct Tenant {
    pub(crate) running: Running,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
    pub(crate) contract: Contract,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) headers: reqwest::header::HeaderMap,
}

pub(crate) async fn open(users: usize) -> Option<Tenant> {
    let contract = Contract::load()?;
    let options = Options {
        users,
        scenario: Scenario::Quiet,
        ..Options::default()
    };
    let running = start(options).await.unwrap();
    lampfield::tls::install();
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let token = token(&running, &http).await;
    Some(Tenant {
        running,
        http,
        token,
        contract,
    })
}

pub(crate) async fn token(running: &Running, http: &reqwest::Client) -> String {
    let ready = running.ready();
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}/.default",
        ready.client_id,
        escaped(&ready.client_secret),
        escaped(&ready.authority),
    );
    let url = format!("{}/{}/oauth2/v2.0/token", ready.authority, ready.tenant_id);
    let request = http
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert!((3_600..=5_400).contains(&answer["expires_in"].as_u64().unwrap()));
    answer["access_token"].as_str().unwrap().to_owned()
}

fn escaped(raw: &str) -> String {
    let bytes: Vec<String> = raw.bytes().map(|b| format!("%{b:02X}")).collect();
    bytes.concat()
}

impl Tenant {
    pub(crate) fn control(&self) -> &Control {
        self.running.control()
    }

    pub(crate) fn id(&self, n: usize) -> String {
        self.control().matched()[n].entra_id.unwrap().to_string()
    }

    /// Sends without judging the request; judges the answer.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let url = format!("{}{path}", self.running.ready().authority);
        let mut request = self
            .http
            .request(method.parse().unwrap(), url)
            .bearer_auth(&self.token)
            .header("client-request-id", "11111111-2222-4333-8444-555555555555");
        if path.contains("$count") {
            request = request.header("consistencylevel", "eventual");
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let wrong = self.contract.response(method, path, status, &text);
        assert_eq!(wrong, Vec::<String>::new(), "{method} {path}: {text}");
        assert_eq!(
            headers["client-request-id"],
            "11111111-2222-4333-8444-555555555555"
        );
        for name in ["request-id", "date", "x-ms-ags-diagnostic"] {
            assert!(headers.contains_key(name), "{name}");
        }
        Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
            headers,
        }
    }

    /// Sends a request that the contract allows.
    pub(crate) async fn proper(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let text = body.as_ref().map(ToString::to_string).unwrap_or_default();
        let asked = Asked {
            method,
            path,
            consistency_level: path.contains("$count").then_some("eventual"),
            body: &text,
        };
        let wrong = self.contract.request(&asked);
        assert_eq!(wrong, Vec::<String>::new(), "{method} {path}: {text}");
        self.send(method, path, body).await
    }

    pub(crate) async fn set(&self, n: usize, availability: &str, activity: &str) -> Answer {
        let path = format!("/v1.0/users/{}/presence/setPresence", self.id(n));
        let body = json!({
            "sessionId": self.running.ready().client_id,
            "availability": availability,
            "activity": activity,
            "expirationDuration": "PT5M",
        });
        self.send("POST", &path, Some(body)).await
    }

    pub(crate) async fn read(&self, ids: &[String]) -> Answer {
        let path = "/v1.0/communications/getPresencesByUserId";
        self.send("POST", path, Some(json!({ "ids": ids }))).await
    }
}
