//! A quiet tenant and a bare HTTP client on it.

#![allow(dead_code, unreachable_pub)] // shared: each test file uses the part it needs

use lampfield::simulator::{Fault, Options, Running, Scenario, Settings, start};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

pub struct Bench {
    pub running: Running,
    pub http: Client,
    pub token: String,
}

pub async fn bench(settings: Settings) -> Bench {
    let options = Options {
        users: 30,
        scenario: Scenario::Quiet,
        settings,
        ..Options::default()
    };
    opened(options).await
}

pub async fn opened(options: Options) -> Bench {
    let running = start(options).await.unwrap();
    lampfield::tls::install();
    let http = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let mut bench = Bench {
        running,
        http,
        token: String::new(),
    };
    bench.sign_in().await;
    bench
}

impl Bench {
    pub async fn sign_in(&mut self) {
        let answer = self.ask_token(&[]).await;
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let token = body["access_token"].as_str().unwrap_or_default();
        token.clone_into(&mut self.token);
    }

    /// Asks for a token, some fields replaced.
    pub async fn ask_token(&self, other: &[(&str, &str)]) -> Response {
        let ready = self.running.ready();
        let scope = format!("{}/.default", ready.authority);
        let mut tenant = ready.tenant_id.as_str();
        let mut form = [
            ("grant_type", "client_credentials"),
            ("client_id", &ready.client_id),
            ("client_secret", &ready.client_secret),
            ("scope", &scope),
        ];
        for (name, value) in other {
            match form.iter_mut().find(|field| field.0 == *name) {
                Some(field) => field.1 = value,
                None => tenant = value,
            }
        }
        let fields = form.iter().map(|(n, v)| format!("{n}={}", escaped(v)));
        let body = fields.collect::<Vec<_>>().join("&");
        self.http
            .post(format!("{}/{tenant}/oauth2/v2.0/token", ready.authority))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response, reqwest::Error> {
        let url = format!("{}{path}", self.running.ready().graph_base);
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        request.send().await
    }

    pub fn id(&self, n: usize) -> String {
        let matched = self.running.control().matched();
        matched[n].entra_id.unwrap().to_string()
    }

    pub async fn read(&self, ids: &[String]) -> Result<Response, reqwest::Error> {
        let body = json!({ "ids": ids });
        self.try_send(
            Method::POST,
            "/communications/getPresencesByUserId",
            Some(body),
        )
        .await
    }

    pub async fn values(&self, ids: &[String]) -> Vec<Value> {
        let text = self.read(ids).await.unwrap().text().await.unwrap();
        let body: Value = serde_json::from_str(&text).unwrap();
        body["value"].as_array().unwrap().clone()
    }

    pub fn fault(&self, fault: Fault) {
        self.running.control().fault(fault);
    }
}

pub fn escaped(raw: &str) -> String {
    let bytes: Vec<String> = raw.bytes().map(|b| format!("%{b:02X}")).collect();
    bytes.concat()
}
