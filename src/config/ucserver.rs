//! `[ucserver]`: the UCServer that ProCall's users and calls come from.

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::fault::said;
use super::reader::Reader;
use super::secret::Privacy;
use model::presence::{ContactUri, UserName};
use tls::pem::Kind;
use words::{Value, Words};

const UCSERVER: &str = "ucserver";

/// `[ucserver]`: the source `ucserver`.
#[derive(Clone, Debug)]
pub struct UcServer {
    /// UCWeb, `https://ucserver.example:7225/`.
    pub url: Url,
    /// Which UCServer behind UCWeb; `local` where nothing else is said.
    pub ucsid: String,
    /// The user whose contacts and presence we see.
    pub user: String,
    /// The password of the account.
    pub password: SecretString,
    /// The administrator that may list all users, and its password.
    pub admin: Option<(String, SecretString)>,
    /// Whom to trust with the connection.
    pub trust: UcTrust,
    /// Where the list of users comes from.
    pub users: UcUsers,
    /// User names that are left alone.
    pub exclude: Vec<UserName>,
    /// Whether presence is written into ProCall.
    pub write_presence: bool,
    /// Write to Teams although estos' own Teams integration is active.
    pub despite_native: bool,
    /// How to talk to it.
    pub conversation: UcConversation,
}

/// How to talk to UCServer. What a live server wants here is not documented everywhere; the
/// defaults are what the material suggests (`docs/ucserver.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UcConversation {
    /// Hosts that it may redirect us to; the password goes nowhere else.
    pub redirect_hosts: Vec<String>,
    /// `clientappid` of the log-in.
    pub client_app_id: u32,
    /// Whether a login token replaces the password after the first log-in.
    pub reuse_token: bool,
    /// Between two signs of life: 5 s to 2 min.
    pub keep_alive: Duration,
    /// Contacts per subscription: 1 to 500.
    pub batch: u32,
    /// Subscriptions under way at a time: 1 to 16.
    pub parallel_batches: u32,
    /// Whether an update holds all calls of a user, not only those that changed.
    pub complete_call_lists: bool,
    /// Between two readings of the list and of everybody's presence: 1 min to 1 day.
    pub refresh: Duration,
    /// How long a presence in ProCall lasts that is not renewed: 2 min to 1 h.
    pub lease: Duration,
}

impl Default for UcConversation {
    fn default() -> Self {
        Self {
            redirect_hosts: Vec::new(),
            client_app_id: 15,
            reuse_token: true,
            keep_alive: Duration::from_secs(20),
            batch: 50,
            parallel_batches: 4,
            complete_call_lists: false,
            refresh: Duration::from_mins(30),
            lease: Duration::from_mins(10),
        }
    }
}

/// Whom to trust with the connection to UCServer. There is no "everybody".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UcTrust {
    /// The system's certificate authorities.
    System,
    /// These as well, PEM, one or more certificates.
    SystemAnd(String),
    /// Only the certificate (DER) with this SHA-256.
    Pinned([u8; 32]),
}

/// Where the list of UCServer's users comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UcUsers {
    /// The administrator's list.
    Admin,
    /// The administrative monitor groups.
    Monitor,
    /// The contacts that the configuration names.
    List(Vec<ContactUri>),
}

/// Reads the table; `None` where anything in it is wrong that has no default.
pub(super) fn ucserver(reader: &mut Reader<'_>) -> Option<UcServer> {
    for name in ["url", "user"] {
        if reader.spot(UCSERVER, name).is_none() {
            reader.missing(UCSERVER, name, &needed_by("source", "ucserver"));
        }
    }
    let url = reader.url(UCSERVER, "url").map(|(url, _)| url);
    let user = text(reader, "user");
    let ucsid = text(reader, "ucsid").unwrap_or_else(|| "local".to_owned());
    let password = password(reader, "password_env", "password_file");
    let admin_user = text(reader, "admin_user");
    let admin = admin(reader, admin_user);
    let trust = trust(reader);
    let users = users(reader, admin.is_some());
    let exclude = names(reader, "exclude");
    let exclude = exclude.iter().map(|name| UserName::new(name)).collect();
    let write_presence = reader.boolean(UCSERVER, "write_presence").unwrap_or(false);
    let despite_native = reader.boolean(UCSERVER, "despite_native").unwrap_or(false);
    Some(UcServer {
        url: url?,
        ucsid,
        user: user?,
        password: password?,
        admin,
        trust,
        users: users?,
        exclude,
        write_presence,
        despite_native,
        conversation: conversation(reader),
    })
}

/// How to talk to it; a wrong value leaves a fault behind and the default here.
fn conversation(reader: &mut Reader<'_>) -> UcConversation {
    let default = UcConversation::default();
    let lists = [("changes", false), ("complete", true)];
    UcConversation {
        redirect_hosts: names(reader, "redirect_hosts"),
        client_app_id: reader
            .integer(UCSERVER, "client_app_id")
            .unwrap_or(default.client_app_id),
        reuse_token: reader
            .boolean(UCSERVER, "reuse_token")
            .unwrap_or(default.reuse_token),
        keep_alive: time(reader, "keep_alive").unwrap_or(default.keep_alive),
        batch: reader.integer(UCSERVER, "batch").unwrap_or(default.batch),
        parallel_batches: reader
            .integer(UCSERVER, "parallel_batches")
            .unwrap_or(default.parallel_batches),
        complete_call_lists: reader
            .choice(UCSERVER, "call_lists", &lists)
            .unwrap_or(default.complete_call_lists),
        refresh: time(reader, "refresh").unwrap_or(default.refresh),
        lease: time(reader, "lease").unwrap_or(default.lease),
    }
}

fn time(reader: &mut Reader<'_>, name: &'static str) -> Option<Duration> {
    reader.duration(UCSERVER, name).map(|(time, _)| time)
}

/// Behind "missing": which other value asks for it.
fn needed_by(key: &str, value: &str) -> Words {
    said(
        |t| t.faults.missing_for,
        &[("key", &key), ("value", &value)],
    )
}

fn names(reader: &mut Reader<'_>, name: &'static str) -> Vec<String> {
    let list = reader.list(UCSERVER, name).map(|(list, _)| list);
    let list = list.unwrap_or_default().into_iter();
    list.map(str::to_owned).collect()
}

fn text(reader: &mut Reader<'_>, name: &'static str) -> Option<String> {
    reader.text(UCSERVER, name).map(|(text, _)| text.to_owned())
}

/// Exactly one of two keys gives the password.
fn password(
    reader: &mut Reader<'_>,
    env: &'static str,
    file: &'static str,
) -> Option<SecretString> {
    match (reader.spot(UCSERVER, env), reader.spot(UCSERVER, file)) {
        (None, None) => {
            let why = said(|t| t.faults.missing_or, &[("key", &file)]);
            reader.missing(UCSERVER, env, &why);
            None
        }
        (Some(_), None) => reader.secret_from_env(UCSERVER, env),
        (None, Some(_)) => reader.secret_from_file(UCSERVER, file),
        (Some(_), Some(second)) => {
            let values: [(&str, &dyn Value); 2] = [("one", &env), ("other", &file)];
            reader.fault(second, said(|t| t.faults.second_password, &values));
            None
        }
    }
}

/// The administrator, where one is named; a password without a name is a fault.
fn admin(reader: &mut Reader<'_>, user: Option<String>) -> Option<(String, SecretString)> {
    let (env, file) = ("admin_password_env", "admin_password_file");
    let given = reader.spot(UCSERVER, env).or(reader.spot(UCSERVER, file));
    let Some(user) = user else {
        if given.is_some() && reader.spot(UCSERVER, "admin_user").is_none() {
            let why = said(|t| t.faults.missing_password, &[]);
            reader.missing(UCSERVER, "admin_user", &why);
        }
        return None;
    };
    Some((user, password(reader, env, file)?))
}

#[derive(Clone, Copy)]
enum From {
    Admin,
    Monitor,
    List,
}

fn users(reader: &mut Reader<'_>, has_admin: bool) -> Option<UcUsers> {
    let contacts = reader.list(UCSERVER, "contacts");
    let choices = [
        ("admin", From::Admin),
        ("monitor", From::Monitor),
        ("list", From::List),
    ];
    let from = match reader.spot(UCSERVER, "users") {
        None if has_admin => From::Admin,
        None => From::Monitor,
        Some(_) => reader.choice(UCSERVER, "users", &choices)?,
    };
    match from {
        From::Monitor => Some(UcUsers::Monitor),
        From::Admin => {
            if reader.spot(UCSERVER, "admin_user").is_none() {
                reader.missing(UCSERVER, "admin_user", &needed_by("users", "admin"));
            }
            Some(UcUsers::Admin)
        }
        From::List => {
            let Some((contacts, _)) = contacts.filter(|(list, _)| !list.is_empty()) else {
                let values: [(&str, &dyn Value); 2] = [("key", &"users"), ("value", &"list")];
                let why = said(|t| t.faults.missing_or_empty, &values);
                reader.missing(UCSERVER, "contacts", &why);
                return None;
            };
            Some(UcUsers::List(
                contacts.into_iter().map(ContactUri::new).collect(),
            ))
        }
    }
}

/// The system's authorities, one more, or one certificate. Whatever is wrong leaves a fault.
fn trust(reader: &mut Reader<'_>) -> UcTrust {
    let anchor = reader.pem(UCSERVER, "ca_file", Kind::Certificate, Privacy::Public);
    let pin = pin(reader);
    let named = reader.spot(UCSERVER, "ca_file");
    if let (Some(_), Some(second)) = (named, reader.spot(UCSERVER, "pin_sha256")) {
        reader.fault_of(second, |t| t.faults.pin_beside_ca);
    }
    match (pin, anchor) {
        (Some(pin), _) => UcTrust::Pinned(pin),
        (None, Some(anchor)) => UcTrust::SystemAnd(anchor),
        (None, None) => UcTrust::System,
    }
}

fn pin(reader: &mut Reader<'_>) -> Option<[u8; 32]> {
    let (text, spot) = reader.text(UCSERVER, "pin_sha256")?;
    let pin = fingerprint(text);
    if pin.is_none() {
        reader.unexpected_of(spot, |t| t.faults.something_else);
    }
    pin
}

fn fingerprint(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !matches!(c, ':' | ' '))
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => high << 4 | low,
        _ => 0,
    });
    let even = digits.len().is_multiple_of(2);
    even.then(|| bytes.collect::<Vec<_>>())?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("AB", 32, ":", true)]
    #[case("0f", 32, "", true)]
    #[case("0f", 31, "", false)]
    #[case("0g", 32, "", false)]
    #[case("äb", 32, "", false)]
    fn a_fingerprint_has_32_bytes(
        #[case] byte: &str,
        #[case] count: usize,
        #[case] between: &str,
        #[case] taken: bool,
    ) {
        let text = vec![byte; count].join(between);
        assert_eq!(fingerprint(&text).is_some(), taken);
    }
}
