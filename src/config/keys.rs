//! Every key of the configuration file in one table: it drives the checks, the suggestions for
//! misspelt keys, the messages that say what is expected, and the tables of README.md.

use std::fmt::Write as _;

/// A key of the configuration file.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// The table it stands in.
    pub section: &'static str,
    /// The name, without the section.
    pub name: &'static str,
    /// What it takes: goes behind "expected" in a fault.
    pub expected: &'static str,
    /// What holds without it, in words.
    pub default: &'static str,
    /// What it is for.
    pub about: &'static str,
}

impl Key {
    /// `section.name`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

/// Tables whose content somebody else checks.
pub(super) const FOREIGN_SECTIONS: &[&str] = &["console"];

/// Keys that people write a secret into, and what they should use instead.
pub(super) const LITERAL_SECRETS: &[(&str, &str, &str)] = &[
    (
        "tenant",
        "client_secret",
        "client_secret_env or client_secret_file",
    ),
    (
        "tenant",
        "secret",
        "client_secret_env or client_secret_file",
    ),
    ("ucserver", "password", "password_env or password_file"),
    (
        "ucserver",
        "admin_password",
        "admin_password_env or admin_password_file",
    ),
];

macro_rules! keys {
    ($($section:ident { $($name:ident: $expected:literal, $default:literal, $about:literal;)* })*) => {
        /// All keys, in the order of the example file.
        pub const KEYS: &[Key] = &[$($(Key {
            section: stringify!($section),
            name: stringify!($name),
            expected: $expected,
            default: $default,
            about: $about,
        },)*)*];
    };
}

keys! {
    tenant {
        tenant_id: "the tenant's GUID or one of its domains, for example \"contoso.onmicrosoft.com\"", "required",
            "Which tenant (Entra admin centre, Overview).";
        client_id: "the application (client) id, a GUID", "required",
            "Which app registration; also the sessionId of everything that is written.";
        client_secret_env: "the name of an environment variable that holds the client secret", "one credential is required",
            "Credential 1: the client secret, from the environment.";
        client_secret_file: "the path of a file (mode 0600) that holds the client secret", "one credential is required",
            "Credential 2: the client secret, from a private file.";
        certificate_file: "the path of a PEM file with the certificate that the app registration knows", "one credential is required",
            "Credential 3: a certificate; goes with private_key_file.";
        private_key_file: "the path of a PEM file (mode 0600) with the certificate's private key, not encrypted", "one credential is required",
            "Credential 3: its private key.";
        cloud: "\"global\", \"us-gov-l4\" or \"us-gov-l5\"", "\"global\"",
            "Which of Microsoft's clouds. GCC is \"global\", GCC High \"us-gov-l4\", DoD \"us-gov-l5\". Presence does not exist in China.";
        authority: "an https URL without a path, for example \"https://login.microsoftonline.com\" (http only on loopback)", "the cloud's",
            "Where tokens come from, if not from the cloud's own host.";
        graph_base: "an https URL with the version, for example \"https://graph.microsoft.com/v1.0\" (http only on loopback)", "the cloud's",
            "Where Graph is, if not on the cloud's own host.";
        ca_file: "the path of a PEM file with certificates", "none",
            "Trusted beside the system's certificate authorities, for a proxy that opens TLS.";
        read_with: "\"application\" or \"delegated\"", "\"application\"",
            "Whose permission presence is read with: the application's, or that of the user who signed in with lampfield login. Everything else stays the application's.";
    }
    poll {
        interval: "a duration from \"1s\" to \"10m\"", "\"5s\"",
            "How often the presence of all matched users is read.";
        requests_per_30s: "a whole number from 1 to 10000", "1500",
            "Microsoft's documented limit of requests in 30 seconds; lampfield stays below 80 % of it.";
    }
    set {
        enabled: "true or false", "true",
            "Write calls to Teams. false: observe, that is, only show what would be written.";
        expiration: "\"5m\", the only value that holds", "\"5m\"",
            "How long Teams keeps a presence that is not renewed.";
        renew_before: "a duration from \"10s\" to less than set.expiration", "\"2m\"",
            "How long before its end a lease is renewed while the call lasts.";
    }
    procall {
        source: "\"file\" or \"ucserver\"", "\"file\"",
            "Where ProCall's users and calls come from.";
        users_file: "the path of a readable CSV file", "required with source = \"file\"",
            "The users; header line user_name,display_name,phone[,excluded].";
        events_file: "the path of a file", "none",
            "The calls, one JSON object a line; followed as it grows.";
        presence_out: "the path of a file in a directory that exists", "none",
            "Every ProCall presence change and lamp, one JSON object a line.";
    }
    ucserver {
        url: "an https URL, for example \"https://ucserver.example:7225\" (http only on loopback)", "required with source = \"ucserver\"",
            "UCServer's web service (UCWeb).";
        ucsid: "the id of the UCServer behind UCWeb", "\"local\"",
            "Which UCServer, where one UCWeb serves several.";
        user: "a UCServer user name", "required with source = \"ucserver\"",
            "The user that lampfield signs in as.";
        password_env: "the name of an environment variable that holds the password", "one password is required",
            "Its password, from the environment.";
        password_file: "the path of a file (mode 0600) that holds the password", "one password is required",
            "Its password, from a private file.";
        admin_user: "the name of a UCServer administrator", "none",
            "Only for users = \"admin\": may list all users.";
        admin_password_env: "the name of an environment variable that holds the administrator's password", "none",
            "The administrator's password, from the environment.";
        admin_password_file: "the path of a file (mode 0600) that holds the administrator's password", "none",
            "The administrator's password, from a private file.";
        ca_file: "the path of a PEM file with certificates", "none",
            "Trusted beside the system's certificate authorities, for UCServer's self-signed default.";
        pin_sha256: "64 hexadecimal digits, colons allowed: the SHA-256 fingerprint of the server's certificate", "none",
            "Instead of ca_file: only this certificate is taken, whoever signed it.";
        users: "\"admin\", \"monitor\" or \"list\"", "\"admin\" with admin_user, else \"monitor\"",
            "Where the list of users comes from: the administrator's list, the monitor groups, or contacts.";
        contacts: "a list of SIP URIs, for example [\"sip:anna@contoso.com\"]", "[]",
            "Only for users = \"list\": the users.";
        exclude: "a list of user names, for example [\"lift@contoso.com\"]", "[]",
            "Users that are left alone, as with excluded in users_file.";
        write_presence: "true or false", "false",
            "Write what Teams says into ProCall.";
        despite_native: "true or false", "false",
            "Write to Teams although estos' own Teams integration is active on this UCServer. Both at once fight each other.";
        lease: "a duration from \"2m\" to \"1h\"", "\"10m\"",
            "How long ProCall keeps a presence that lampfield does not renew.";
        refresh: "a duration from \"1m\" to \"24h\"", "\"30m\"",
            "How often the list of users and everybody's presence are read anew.";
        redirect_hosts: "a list of host names, for example [\"ucserver2.example\"]", "[]",
            "Other UCServers that this one may send lampfield to (ProCall DataCenter); the password goes nowhere else.";
        reuse_token: "true or false", "true",
            "Log in again with a login token of UCServer instead of the password. To be confirmed on a live server, as all below.";
        client_app_id: "a whole number from 1 to 999", "15",
            "What lampfield calls itself at the log-in (clientappid).";
        keep_alive: "a duration from \"5s\" to \"30s\"", "\"20s\"",
            "How often a sign of life is sent.";
        batch: "a whole number from 1 to 500", "50",
            "Contacts in one subscription.";
        parallel_batches: "a whole number from 1 to 16", "4",
            "Subscriptions under way at a time.";
        call_lists: "\"changes\" or \"complete\"", "\"changes\"",
            "What the list of calls in an update holds.";
    }
    log {
        directory: "the path of a directory", "\"logs\"",
            "Where ExternalServiceProvider_YYYY-MM-DD[_N].log is written; made when needed.";
        level: "\"trace\", \"debug\", \"info\", \"warn\" or \"error\"", "\"info\"",
            "The least that is logged.";
        max_size_mb: "a whole number from 1 to 1024", "10",
            "Size of one log file in MiB; then the next one is begun.";
        keep: "a whole number from 1 to 1000", "5",
            "How many log files are kept.";
        archive: "true or false", "false",
            "Never delete a log file.";
        system_log: "true or false", "true",
            "What an operator must know goes to journald or syslog as well (never in the demo).";
        follow: "a file name pattern, for example \"/var/log/ucserver/*.log\"", "none",
            "A real UCServer's log to show in the second log pane: the newest file that matches.";
    }
    state {
        directory: "the path of a directory", "$XDG_STATE_HOME/lampfield, else ~/.local/state/lampfield",
            "The leases on disk and the writer lock; made when needed.";
    }
    attach {
        socket: "the path of a socket, or \"\" for none", "$RUNTIME_DIRECTORY/lampfield.sock, else $XDG_RUNTIME_DIR/lampfield/TENANT.sock, else TENANT.sock in state.directory",
            "Where a running bridge lets consoles in other processes look at it.";
        group: "the name or number of a Unix group", "none",
            "Who may look at a running bridge beside its owner and root.";
        operators: "true or false", "false",
            "Whether that group may also command: pause, clear, poll at another interval.";
    }
}

/// The key `section.name`.
pub(super) fn key(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter()
        .find(|key| key.section == section && key.name == name)
}

/// The tables of the file, in the order of the example, foreign ones last.
pub(super) fn sections() -> Vec<&'static str> {
    let mut sections: Vec<_> = KEYS.iter().map(|key| key.section).collect();
    sections.extend(FOREIGN_SECTIONS);
    sections.dedup();
    sections
}

/// The candidate that `typed` most likely means: at most a third of its letters may differ.
pub(super) fn nearest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let typed = typed.to_lowercase().replace('-', "_");
    let limit = (typed.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&typed, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// All keys as Markdown tables: those of README.md.
#[must_use]
pub fn keys_as_markdown() -> String {
    let mut page = String::new();
    let mut section = "";
    for key in KEYS {
        if key.section != section {
            section = key.section;
            let _ = write!(
                page,
                "\n### `[{section}]`\n\n| key | takes | default | what for |\n| --- | --- | --- | --- |\n"
            );
        }
        let Key {
            name,
            expected,
            default,
            about,
            ..
        } = key;
        let _ = writeln!(page, "| `{name}` | {expected} | {default} | {about} |");
    }
    page
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("tenat_id", Some("tenant_id"))]
    #[case("client-id", Some("client_id"))]
    #[case("Cloud", Some("cloud"))]
    #[case("clowd", Some("cloud"))]
    #[case("colours", None)]
    #[case("x", None)]
    fn misspelt_keys_find_their_key(#[case] typed: &str, #[case] meant: Option<&str>) {
        let names = KEYS.iter().map(|key| key.name);
        assert_eq!(nearest(typed, names), meant);
    }

    #[test]
    fn the_readme_has_every_key() {
        let readme = include_str!("../../README.md");
        let (_, rest) = readme
            .split_once("<!-- keys -->\n")
            .expect("a mark where they begin");
        let (keys, _) = rest
            .split_once("<!-- /keys -->")
            .expect("a mark where they end");
        assert_eq!(keys, keys_as_markdown());
    }

    #[test]
    fn no_key_stands_twice() {
        let mut paths: Vec<_> = KEYS.iter().map(Key::path).collect();
        paths.sort();
        let all = paths.len();
        paths.dedup();
        assert_eq!(paths.len(), all);
    }
}
