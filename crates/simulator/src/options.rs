//! What a caller chooses before the tenant opens, and what it gets told once it is open.

use std::path::PathBuf;

use serde::Serialize;

use super::listener::ServerCertificate;
use super::replay::Replay;
use super::scenario::Scenario;
use super::settings::Settings;
use super::ucserver::UcServerVersion;

/// How the tenant is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Users that ProCall lists (lines of users.csv).
    pub users: usize,
    /// Same seed, same tenant and same day.
    pub seed: u64,
    /// Port of Entra, Graph and the control on 127.0.0.1; 0 = any free one.
    pub graph_port: u16,
    /// Port of the UCServer on 127.0.0.1; 0 = any free one, `None` = there is no UCServer.
    pub ucserver_port: Option<u16>,
    /// With a certificate Entra and Graph speak https, HTTP/2 first, as Microsoft's do; `None` = plain HTTP/1.
    pub server_certificate: Option<ServerCertificate>,
    /// The UCServer says what a recording says, and its users are those of the recording.
    pub replay: Option<Replay>,
    /// Which of estos' interfaces that UCServer speaks.
    pub ucserver_version: UcServerVersion,
    /// What happens by itself.
    pub scenario: Scenario,
    /// Where users.csv and calls.jsonl go; `None` = an own folder, removed at the end.
    pub directory: Option<PathBuf>,
    /// Everything that Microsoft leaves open or that differs between tenants.
    pub settings: Settings,
    /// The certificate (PEM) registered for the app; `None` = only the secret works.
    pub certificate_pem: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            users: 40,
            seed: 7,
            graph_port: 0,
            server_certificate: None,
            ucserver_port: None,
            replay: None,
            ucserver_version: UcServerVersion::default(),
            scenario: Scenario::Day,
            directory: None,
            settings: Settings::default(),
            certificate_pem: None,
        }
    }
}

/// What a client needs to know to use the tenant; one JSON line.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// `http://127.0.0.1:PORT/v1.0`
    pub graph_base: String,
    /// `http://127.0.0.1:PORT`
    pub authority: String,
    /// The tenant's GUID.
    pub tenant_id: String,
    /// The app's GUID.
    pub client_id: String,
    /// The app's secret; it opens nothing but this simulator.
    pub client_secret: String,
    /// Where the tenant is steered: `http://127.0.0.1:PORT/_control`
    pub control: String,
    /// users.csv; calls.jsonl lies beside it.
    pub users_file: String,
    /// The simulated UCServer, where there is one.
    pub ucserver: Option<String>,
    /// The account that may log in there.
    pub ucserver_user: Option<String>,
    /// Its password; it opens nothing but this simulator.
    pub ucserver_password: Option<String>,
}

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ready")
            .field("graph_base", &self.graph_base)
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .field("client_secret", &"***")
            .field("users_file", &self.users_file)
            .field("ucserver", &self.ucserver)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_has_exactly_its_keys() {
        let ready = Ready {
            graph_base: String::new(),
            authority: String::new(),
            tenant_id: String::new(),
            client_id: String::new(),
            client_secret: "geheim".into(),
            control: String::new(),
            users_file: String::new(),
            ucserver: None,
            ucserver_user: None,
            ucserver_password: Some("geheim".into()),
        };
        assert_eq!(
            serde_json::to_string(&ready).unwrap(),
            r#"{"graph_base":"","authority":"","tenant_id":"","client_id":"","client_secret":"geheim","control":"","users_file":"","ucserver":null,"ucserver_user":null,"ucserver_password":"geheim"}"#
        );
        assert!(!format!("{ready:?}").contains("geheim"));
    }
}
