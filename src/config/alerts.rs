//! `[alerts]`: who is told when a problem begins and ends.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use super::address::secret_url;
use super::fault::said;
use super::reader::{At, Reader, Spot};
use model::redact;

const ALERTS: &str = "alerts";

/// Parts of an address that are shorter give nothing away.
const SHORTEST_SECRET: usize = 8;

/// `[alerts]`: who is told when a problem begins, gets worse and ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alerts {
    /// A program with its arguments; it reads the alert from stdin.
    pub command: Option<Program>,
    /// Where the same is posted.
    pub webhook: Option<Webhook>,
    /// How long a problem must last before it is told, and be gone before its end is: up to a day.
    pub after: Duration,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            command: None,
            webhook: None,
            after: Duration::from_mins(1),
        }
    }
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// A path, or a name that is looked for in `PATH`.
    pub name: String,
    /// What it is given.
    pub arguments: Vec<String>,
}

/// An address to post to. Whoever knows it may post there, so its `Debug` ends with the host.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook(Url);

impl Webhook {
    /// With everything behind the host: for the request alone.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/…", self.0.origin().ascii_serialization())
    }
}

/// Reads the table.
pub(super) fn alerts(reader: &mut Reader<'_>) -> Alerts {
    let after = reader.duration(ALERTS, "after").map(|(after, _)| after);
    Alerts {
        command: command(reader),
        webhook: webhook(reader),
        after: after.unwrap_or(Alerts::default().after),
    }
}

/// A name without a slash is looked for in `PATH`; any other is a path like every one of the file.
fn command(reader: &mut Reader<'_>) -> Option<Program> {
    let (words, spot) = reader.list(ALERTS, "command")?;
    let Some((name, arguments)) = words.split_first() else {
        reader.unexpected_of(spot, |t| t.faults.no_program);
        return None;
    };
    let name = if name.contains('/') {
        reader.resolve(name, spot).to_string_lossy().into_owned()
    } else {
        (*name).to_owned()
    };
    Some(Program {
        name,
        arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
    })
}

fn webhook(reader: &mut Reader<'_>) -> Option<Webhook> {
    let spots = ["webhook", "webhook_env", "webhook_file"].map(|name| reader.spot(ALERTS, name));
    if let [_, second, ..] = *spots.into_iter().flatten().collect::<Vec<_>>() {
        reader.fault_of(second, |t| t.faults.second_webhook);
        return None;
    }
    let [written, variable, file] = spots;
    if written.is_some() {
        return of_the_file(reader);
    }
    let (secret, spot) = match (variable, file) {
        (Some(spot), _) => (reader.unhidden_from_env(ALERTS, "webhook_env")?, spot),
        (None, Some(spot)) => (reader.unhidden_from_file(ALERTS, "webhook_file")?, spot),
        (None, None) => return None,
    };
    elsewhere(reader, (&secret, spot))
}

fn of_the_file(reader: &mut Reader<'_>) -> Option<Webhook> {
    let (text, spot) = reader.text(ALERTS, "webhook")?;
    let url = secret_url(text).map_err(|why| reader.unexpected(spot, &why));
    url.ok().map(hidden)
}

/// What stands in a variable or in a file; nothing where secrets are not read.
fn elsewhere(reader: &mut Reader<'_>, (secret, spot): At<&SecretString>) -> Option<Webhook> {
    let text = secret.expose_secret().trim();
    if text.is_empty() {
        return None;
    }
    let url = secret_url(text).map_err(|why| not_one(reader, spot, &why));
    url.ok().map(hidden)
}

fn not_one(reader: &mut Reader<'_>, spot: Spot, why: &words::Words) {
    let held = said(|t| t.faults.webhook_at, &[("why", why)]);
    reader.fault(spot, held);
}

/// From now on no text shows what is secret of it. Words of the path are no secret, and the texts stay
/// readable.
fn hidden(url: Url) -> Webhook {
    let path = url.path().split('/');
    let query = url.query().unwrap_or_default().split(['&', '=']);
    for part in path.chain(query) {
        if part.len() >= SHORTEST_SECRET && part.contains(|c: char| c.is_ascii_digit()) {
            redact::hide(part);
        }
    }
    Webhook(url)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rstest::rstest;

    use super::*;
    use crate::config::{Environment, Faults, parse};
    use model::presence::Lang;

    const SITE: &str = r#"
[tenant]
tenant_id = "contoso.example"
client_id = "11111111-2222-3333-4444-555555555555"
client_secret_env = "SECRET"
[procall]
source = "ucserver"
[ucserver]
url = "https://ucserver.example:7225"
user = "lampfield"
password_env = "PASSWORD"
[state]
directory = "state"
[alerts]
"#;

    const HOOK: &str = "https://hooks.example/services/T04/aZ81kQ55mPx3?sig=q7Rt-92xLw%3D";

    fn read(lines: &str, hook: &str) -> Result<Alerts, Faults> {
        let variables = [
            ("SECRET", "abcdefgh~ijklmnop"),
            ("PASSWORD", "8Kq#first-Zw41"),
            ("HOOK", hook),
        ];
        let env = Environment::new("/site", variables);
        let config = parse(
            Path::new("lampfield.toml"),
            &format!("{SITE}{lines}\n"),
            &env,
        );
        config.map(|config| config.alerts)
    }

    fn fault(lines: &str, hook: &str) -> String {
        read(lines, hook).unwrap_err().in_lang(Lang::En)
    }

    #[test]
    fn nobody_is_told_unless_somebody_is_named() {
        assert_eq!(read("", "").unwrap(), Alerts::default());
        assert_eq!(Alerts::default().after, Duration::from_mins(1));
    }

    #[test]
    fn an_address_may_come_from_three_places_and_is_never_shown() {
        let written = read(&format!("webhook = \"{HOOK}\""), "").unwrap();
        let variable = read("webhook_env = \"HOOK\"", &format!(" {HOOK}\n")).unwrap();
        assert_eq!(written, variable);
        assert_eq!(written.webhook.as_ref().unwrap().url().as_str(), HOOK);
        let shown = format!("{written:?}");
        assert!(shown.contains("https://hooks.example/…"), "{shown}");
        assert!(!shown.contains("services"), "{shown}");
        let told = redact::redacted("posted to hooks.example with sig=q7Rt-92xLw%3D");
        assert!(told.starts_with("posted to hooks.example with "), "{told}");
        assert!(!told.contains("q7Rt"), "{told}");
    }

    #[rstest]
    #[case::plain("http://hooks.example/8f14e45f", "http to another machine")]
    #[case::no_url("8f14e45fceea167a", "no URL")]
    #[case::login("https://me:8f14e45fceea@hooks.example/", "user name or password")]
    #[case::other("ftp://hooks.example/8f14e45f", "not https")]
    fn an_address_that_would_be_heard_by_others_is_refused(#[case] url: &str, #[case] why: &str) {
        for told in [
            fault(&format!("webhook = \"{url}\""), ""),
            fault("webhook_env = \"HOOK\"", url),
        ] {
            assert!(told.contains(why), "{told}");
            assert!(!told.contains("8f14e45f"), "{told}");
        }
    }

    #[rstest]
    #[case("webhook = \"http://127.0.0.1:9/x\"")]
    #[case("webhook = \"https://hooks.example/x?api-version=1&sig=a\"")]
    fn these_are_taken(#[case] line: &str) {
        assert!(read(line, "").unwrap().webhook.is_some());
    }

    #[rstest]
    #[case::two(
        "webhook = \"https://a.example\"\nwebhook_env = \"HOOK\"",
        "a second address"
    )]
    #[case::empty("command = []", "an empty list")]
    #[case::no_list("command = \"/bin/tell\"", "a list of a program")]
    #[case::too_long("after = \"25h\"", "from \"0s\" to \"24h\"")]
    fn what_cannot_be_meant_is_refused(#[case] lines: &str, #[case] why: &str) {
        let told = fault(lines, "https://b.example");
        assert!(told.contains(why), "{told}");
    }

    #[rstest]
    #[case("[\"tell\", \"--now\"]", "tell")]
    #[case("[\"bin/tell\", \"--now\"]", "/site/bin/tell")]
    #[case("[\"/bin/tell\", \"--now\"]", "/bin/tell")]
    fn a_program_is_found_as_everything_else_is(#[case] list: &str, #[case] name: &str) {
        let command = read(&format!("command = {list}"), "").unwrap().command;
        let program = Program {
            name: name.to_owned(),
            arguments: vec!["--now".to_owned()],
        };
        assert_eq!(command, Some(program));
    }
}
