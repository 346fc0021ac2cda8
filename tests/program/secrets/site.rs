//! A folder with a configuration, the server that it names, and what must not be seen of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use axum::Router;
use tempfile::TempDir;

use super::echo::{ALL, CLIENT_SECRET, Echo, From, PASSWORD, access_token, serve};
use crate::common::notations::{notations, shows, shows_piece};
use crate::common::program::program;

/// A folder with a configuration, and the server that it names.
pub(super) struct Site {
    pub(super) folder: TempDir,
    pub(super) echo: Arc<Echo>,
}

impl Site {
    pub(super) async fn exposing(from: From) -> Self {
        let echo = Arc::new(Echo {
            from,
            next: AtomicUsize::new(0),
            secrets: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(serve).with_state(Arc::clone(&echo));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let folder = tempfile::tempdir().unwrap();
        let users = "user_name,display_name\nanna@corp.example,Anna\n";
        std::fs::write(folder.path().join("users.csv"), users).unwrap();
        std::fs::write(folder.path().join("calls.jsonl"), "").unwrap();
        let text = configuration(from, &base);
        std::fs::write(folder.path().join("lampfield.toml"), text).unwrap();
        Self { folder, echo }
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = program(self.folder.path(), args);
        command
            .arg("--config")
            .arg(self.folder.path().join("lampfield.toml"));
        command
            .env("SECRET", CLIENT_SECRET)
            .env("PASSWORD", PASSWORD);
        command
    }

    /// What a command said, to its end.
    pub(super) async fn said(&self, args: &[&str]) -> String {
        let mut command = self.command(args);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text(&output.stdout) + &text(&output.stderr)
    }

    /// Everything that was written into the folder, except where a token is kept on purpose.
    pub(super) fn written(&self) -> BTreeMap<PathBuf, String> {
        let mut written = BTreeMap::new();
        collect(self.folder.path(), &mut written);
        written.retain(|path, _| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            !name.starts_with("sign-in-") && name != "lampfield.toml" && name != "users.csv"
        });
        written
    }

    pub(super) fn assert_hidden(&self, output: &str, text: &str) {
        let sent = self.echo.secrets.lock().unwrap().clone();
        let token = access_token();
        let signature = token.rsplit('.').next().unwrap();
        let known = ALL
            .iter()
            .map(ToString::to_string)
            .chain([signature.to_owned()]);
        for secret in sent.into_iter().chain(known) {
            // Its first part is the same in every token.
            let secret = secret
                .strip_prefix("eyJ")
                .map_or(secret.as_str(), |_| signature);
            let shown = shown_in(text, secret);
            assert!(
                shown.is_none(),
                "{output} shows {secret:?} as {shown:?}:\n{text}"
            );
        }
    }
}

/// The notation in which the secret, or enough of it, stands in the text.
pub(super) fn shown_in(text: &str, secret: &str) -> Option<&'static str> {
    if shows(text, secret) {
        return Some("as it is");
    }
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let found = notations(secret).into_iter().find(|(_, spelt)| {
        let spelt: Vec<char> = spelt.chars().filter(|c| !c.is_whitespace()).collect();
        // Eight characters of the secret take at least eleven in every notation but the plain ones.
        let piece = (spelt.len() / 2).clamp(11, 40);
        shows_piece(&squeezed, &spelt, piece)
    });
    found.map(|(name, _)| name)
}

pub(super) fn collect(folder: &Path, written: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, written);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            written.insert(path, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

pub(super) fn configuration(from: From, base: &str) -> String {
    let read_with = match from {
        From::RefreshToken => "delegated",
        _ => "application",
    };
    let procall = match from {
        From::UcServerRedirect | From::UcServerError => format!(
            "source = \"ucserver\"\n[ucserver]\nurl = \"{base}\"\nuser = \"svc\"\npassword_env = \"PASSWORD\""
        ),
        _ => "users_file = \"users.csv\"\nevents_file = \"calls.jsonl\"\npresence_out = \"procall.jsonl\""
            .to_owned(),
    };
    format!(
        r#"
[tenant]
tenant_id = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
client_id = "00001111-aaaa-2222-bbbb-3333cccc4444"
client_secret_env = "SECRET"
authority = "{base}"
graph_base = "{base}/v1.0"
read_with = "{read_with}"
[poll]
interval = "1s"
[procall]
{procall}
[log]
directory = "logs"
level = "debug"
system_log = false
[state]
directory = "state"
"#
    )
}
