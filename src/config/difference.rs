//! What a new configuration changes, and what of that a running bridge can take over. One row a part.

use secrecy::{ExposeSecret as _, SecretString};

use super::model::{Config, Procall};
use graph::Credential;

/// What is different in a new configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// What can be taken over.
    pub new: Vec<&'static str>,
    /// What holds from the next start on.
    pub later: Vec<&'static str>,
}

impl Difference {
    /// How the application proves who it is: a new token is asked for with it.
    pub const CREDENTIAL: &str = "the credential of [tenant]";

    /// From the configuration in force to a new one.
    #[must_use]
    pub fn between(old: &Config, new: &Config) -> Self {
        let differ = |parts: &[Part]| {
            let different = parts.iter().filter(|part| (part.differs)(old, new));
            different.map(|part| part.name).collect()
        };
        Self {
            new: differ(CHANGEABLE),
            later: differ(FIXED),
        }
    }
}

struct Part {
    name: &'static str,
    differs: fn(&Config, &Config) -> bool,
}

macro_rules! parts {
    ($($(#[$doc:meta])* $list:ident { $($name:expr => $part:expr;)* })*) => {
        $($(#[$doc])* const $list: &[Part] = &[$(Part {
            name: $name,
            differs: |old, new| {
                let part = $part;
                part(old) != part(new)
            },
        },)*];)*
    };
}

parts! {
    /// A running bridge takes these over.
    CHANGEABLE {
        "poll.interval" => |c: &Config| c.poll.interval;
        Difference::CREDENTIAL => |c: &Config| credential(&c.tenant.credential);
        "log.level" => |c: &Config| c.log.level;
        "[metrics]" => |c: &Config| c.metrics.clone();
        "[alerts]" => |c: &Config| c.alerts.clone();
    }
    /// What a running bridge is made of.
    FIXED {
        "tenant.tenant_id" => |c: &Config| c.tenant.tenant_id.clone();
        "tenant.client_id" => |c: &Config| c.tenant.client_id;
        "tenant.authority" => |c: &Config| c.tenant.authority.clone();
        "tenant.graph_base" => |c: &Config| c.tenant.graph_base.clone();
        "tenant.ca_file" => |c: &Config| c.tenant.ca_pem.clone();
        "tenant.read_with" => |c: &Config| c.tenant.read_with;
        "poll.requests_per_30s" => |c: &Config| c.poll.requests_per_30s;
        "set.enabled" => |c: &Config| c.set.observe;
        "set.renew_before" => |c: &Config| c.set.renew_before;
        "[procall]" => |c: &Config| procall(&c.procall);
        "[ucserver]" => |c: &Config| ucserver(&c.procall);
        "log.directory" => |c: &Config| c.log.directory.clone();
        "log.max_size_mb" => |c: &Config| c.log.max_size_mb;
        "log.keep" => |c: &Config| c.log.keep;
        "log.archive" => |c: &Config| c.log.archive;
        "log.format" => |c: &Config| c.log.format;
        "log.system_log" => |c: &Config| c.log.system_log;
        "log.follow" => |c: &Config| c.log.follow.clone();
        "state.directory" => |c: &Config| c.state.directory.clone();
        "[attach]" => |c: &Config| c.attach.clone();
        "[history]" => |c: &Config| c.history;
        "[cluster]" => |c: &Config| c.cluster.clone();
    }
}

/// Compared and never shown.
fn credential(credential: &Credential) -> [Vec<u8>; 2] {
    match credential {
        Credential::Secret(secret) => [bytes(secret), Vec::new()],
        Credential::Certificate {
            certificate_pem,
            private_key_pem,
        } => [bytes(private_key_pem), certificate_pem.clone()],
    }
}

fn bytes(secret: &SecretString) -> Vec<u8> {
    secret.expose_secret().as_bytes().to_vec()
}

/// The source, and its files.
fn procall(procall: &Procall) -> Option<super::model::FileSourceConfig> {
    match procall {
        Procall::File(files) => Some(files.clone()),
        Procall::UcServer(_) => None,
    }
}

/// All of it: its `Debug` has everything but the passwords.
fn ucserver(procall: &Procall) -> Option<(String, Vec<u8>, Vec<u8>)> {
    let Procall::UcServer(server) = procall else {
        return None;
    };
    let admin = server.admin.as_ref().map(|(_, password)| bytes(password));
    let shown = format!("{server:?}");
    Some((shown, bytes(&server.password), admin.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rstest::rstest;

    use super::*;
    use crate::config::{Environment, parse};

    const SITE: &str = r#"
[tenant]
tenant_id = "contoso.example"
client_id = "11111111-2222-3333-4444-555555555555"
client_secret_env = "SECRET"
[poll]
interval = "5s"
[set]
enabled = true
[procall]
source = "ucserver"
[ucserver]
url = "https://ucserver.example:7225"
user = "lampfield"
password_env = "PASSWORD"
[log]
level = "info"
[state]
directory = "state"
"#;

    fn config(text: &str, secrets: [&str; 2]) -> Config {
        let [secret, password] = secrets;
        let variables = [("SECRET", secret), ("PASSWORD", password)];
        let environment = Environment::new("/site", variables);
        parse(Path::new("lampfield.toml"), text, &environment).unwrap()
    }

    const SECRETS: [&str; 2] = ["abcdefgh~ijklmnop", "8Kq#first-Zw41"];

    #[rstest]
    #[case::nothing("", "", &[], &[])]
    #[case::interval("\"5s\"", "\"9s\"", &["poll.interval"], &[])]
    #[case::level("\"info\"", "\"debug\"", &["log.level"], &[])]
    #[case::metrics("[state]", "[metrics]\nlisten = \"[::1]:1\"\n[state]", &["[metrics]"], &[])]
    #[case::alerts("[state]", "[alerts]\nafter = \"5s\"\n[state]", &["[alerts]"], &[])]
    #[case::tenant("contoso.example", "fabrikam.example", &[], &["tenant.tenant_id"])]
    #[case::observing("enabled = true", "enabled = false", &[], &["set.enabled"])]
    #[case::server("ucserver.example", "other.example", &[], &["[ucserver]"])]
    #[case::history("[state]", "[history]\nkeep = \"0s\"\n[state]", &[], &["[history]"])]
    #[case::two("interval = \"5s\"", "interval = \"6s\"\nrequests_per_30s = 90",
        &["poll.interval"], &["poll.requests_per_30s"])]
    fn what_is_different_is_named(
        #[case] old: &str,
        #[case] by: &str,
        #[case] new: &[&'static str],
        #[case] later: &[&'static str],
    ) {
        let changed = SITE.replacen(old, by, 1);
        let found = Difference::between(&config(SITE, SECRETS), &config(&changed, SECRETS));
        assert_eq!((&*found.new, &*found.later), (new, later));
    }

    /// Said where it is of another name, or where there is but one value.
    const ELSEWHERE: [&str; 6] = [
        "tenant.client_secret_env",
        "tenant.client_secret_file",
        "tenant.certificate_file",
        "tenant.private_key_file",
        "tenant.cloud",
        "set.expiration",
    ];

    #[test]
    fn nothing_that_is_configured_changes_without_a_word() {
        let rows = CHANGEABLE.iter().chain(FIXED);
        let rows: Vec<_> = rows.map(|part| part.name).collect();
        for key in crate::config::KEYS {
            let (path, section) = (key.path(), format!("[{}]", key.section));
            let said = rows.iter().any(|row| *row == path || *row == section);
            assert!(said != ELSEWHERE.contains(&&*path), "{path}");
        }
    }

    #[test]
    fn a_new_secret_is_taken_over_and_a_new_password_of_ucserver_later() {
        let old = config(SITE, SECRETS);
        let secret = config(SITE, ["qrstuvwx~yzabcdef", SECRETS[1]]);
        let found = Difference::between(&old, &secret);
        assert_eq!(found.new, ["the credential of [tenant]"]);
        assert!(found.later.is_empty());
        let password = config(SITE, [SECRETS[0], "8Kq#other-Yv52"]);
        assert_eq!(Difference::between(&old, &password).later, ["[ucserver]"]);
    }
}
