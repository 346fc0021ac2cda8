//! `[cluster]`: several lampfields for one tenant, on several machines.

use engine::{ServerUrl, UrlError};
use secrecy::{ExposeSecret as _, SecretString};

use super::fault::said;
use super::reader::Reader;
use super::secret::Privacy;
use tls::pem::Kind;
use words::{Value, Words};

/// The table.
pub(super) const CLUSTER: &str = "cluster";

/// `[cluster]`: the server on which the members agree, and what becomes of a leader without it.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Where it is.
    pub url: ServerUrl,
    /// The password that it takes.
    pub password: Option<SecretString>,
    /// Whom to trust besides the system, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// What all its keys begin with.
    pub prefix: String,
    /// What a leader does that loses it.
    pub engine_lost: EngineLost,
}

impl Cluster {
    /// What the keys begin with where the configuration does not say.
    pub const PREFIX: &str = "lampfield";
}

impl PartialEq for Cluster {
    fn eq(&self, other: &Self) -> bool {
        let password = |it: &Self| it.password.as_ref().map(|it| it.expose_secret().to_owned());
        let rest = |it: &Self| {
            (
                it.url.clone(),
                it.ca_pem.clone(),
                it.prefix.clone(),
                it.engine_lost,
            )
        };
        rest(self) == rest(other) && password(self) == password(other)
    }
}

/// What a leader does that loses the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineLost {
    /// It writes no longer: another one may lead.
    #[default]
    Observe,
    /// It goes on writing, although another one may do so as well.
    Alone,
}

impl EngineLost {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Observe, Self::Alone];

    /// The name in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Alone => "alone",
        }
    }
}

/// Reads `[cluster]`; nothing without a URL, for then there is one machine.
pub(super) fn cluster(reader: &mut Reader<'_>) -> Option<Cluster> {
    let url = url(reader);
    let password = password(reader);
    let anchor = reader.pem(CLUSTER, "ca_file", Kind::Certificate, Privacy::Public);
    let prefix = prefix(reader);
    let choices = EngineLost::ALL.map(|choice| (choice.as_str(), choice));
    let engine_lost = reader.choice(CLUSTER, "engine_lost", &choices);
    Some(Cluster {
        url: url?,
        password,
        ca_pem: anchor.map(String::into_bytes),
        prefix,
        engine_lost: engine_lost.unwrap_or_default(),
    })
}

/// What stands there is never repeated: somebody may have written a password into it.
fn url(reader: &mut Reader<'_>) -> Option<ServerUrl> {
    let (text, spot) = reader.text(CLUSTER, "url")?;
    match text.parse() {
        Ok(url) => Some(url),
        Err(why) => {
            reader.unexpected(spot, &wrong_url(why));
            None
        }
    }
}

fn wrong_url(why: UrlError) -> Words {
    match why {
        UrlError::Password => said(|t| t.faults.url_with_login, &[]),
        UrlError::Other => said(|t| t.faults.no_engine_url, &[]),
    }
}

fn password(reader: &mut Reader<'_>) -> Option<SecretString> {
    let (env, file) = ("password_env", "password_file");
    match (reader.spot(CLUSTER, env), reader.spot(CLUSTER, file)) {
        (_, None) => reader.secret_from_env(CLUSTER, env),
        (None, Some(_)) => reader.secret_from_file(CLUSTER, file),
        (Some(_), Some(second)) => {
            let values: [(&str, &dyn Value); 2] = [("one", &env), ("other", &file)];
            reader.fault(second, said(|t| t.faults.second_password, &values));
            None
        }
    }
}

/// Braces would move the keys to other places of a Redis that has several.
fn prefix(reader: &mut Reader<'_>) -> String {
    let Some((text, spot)) = reader.text(CLUSTER, "prefix") else {
        return Cluster::PREFIX.to_owned();
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    if !text.chars().all(plain) {
        reader.unexpected(spot, &format!("\"{text}\"").into());
    }
    text.to_owned()
}
