//! The proxy that the environment names.

use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rstest::rstest;
use tempfile::TempDir;

use super::echo::{CLIENT_SECRET, From};
use super::site::configuration;
use crate::common::program::program;

/// A proxy that takes nobody, and what it was asked for.
async fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 8192];
            let length = stream.read(&mut head).await.unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            if head.is_empty() {
                continue;
            }
            kept.lock().unwrap().push(head);
            let refusal = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
            let _ = stream.write_all(refusal.as_bytes()).await;
        }
    });
    (at, asked)
}

/// A configuration for Microsoft's own hosts, which only a proxy could reach.
fn behind_a_proxy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = configuration(From::GraphValues, "https://127.0.0.1");
    let own = text.lines().filter(|line| !line.contains("https://127"));
    let text = own.collect::<Vec<_>>().join("\n");
    std::fs::write(folder.path().join("lampfield.toml"), text).unwrap();
    std::fs::write(
        folder.path().join("users.csv"),
        "user_name\nanna@corp.example\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("calls.jsonl"), "").unwrap();
    folder
}

async fn said_with_proxy(folder: &Path, args: &[&str], variable: (&str, &str)) -> String {
    let mut command = program(folder, args);
    command
        .env("SECRET", CLIENT_SECRET)
        .env(variable.0, variable.1);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// psf/requests#2846, #5097; microsoft/typed-rest-client#50; Kong/insomnia#2512.
#[rstest]
#[case("HTTPS_PROXY", "http://user:sEcr3t#1@HOST", "user:sEcr3t#1")]
#[case(
    "https_proxy",
    "http://CORP\\user:sEc@r3t/1?@HOST/",
    "CORP\\user:sEc@r3t/1?"
)]
#[case("ALL_PROXY", "\"http://user:sEcr3tä@HOST\" ", "user:sEcr3tä")]
#[case("all_proxy", "user:sEcr3t%231%@HOST", "user:sEcr3t#1%")]
#[tokio::test(flavor = "multi_thread")]
async fn an_odd_proxy_is_used_and_its_password_not_shown(
    #[case] variable: &str,
    #[case] value: &str,
    #[case] login: &str,
) {
    let (at, asked) = proxy().await;
    let folder = behind_a_proxy();
    let value = value.replace("HOST", &at);
    for args in [&["doctor"][..], &["snapshot"]] {
        let said = said_with_proxy(folder.path(), args, (variable, &value)).await;
        assert!(!said.contains("r3t"), "{said}");
    }
    let asked = asked.lock().unwrap().join("\n");
    assert!(
        asked.contains("CONNECT login.microsoftonline.com:443"),
        "{asked}"
    );
    let expected = format!("Basic {}", BASE64_STANDARD.encode(login));
    assert!(asked.contains(&expected), "{asked}");
}

#[rstest]
#[case("HTTPS_PROXY", "socks5://user:sEcr3t-9@127.0.0.1:1")]
#[case("https_proxy", "http://user:sEcr3t-9@127.0.0.1:port")]
#[case("ALL_PROXY", "user:sEcr3t-9@")]
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_cannot_be_used_is_named_and_not_passed_by(
    #[case] variable: &str,
    #[case] value: &str,
) {
    let folder = behind_a_proxy();
    for args in [
        &["doctor"][..],
        &["snapshot"],
        &["run", "--for", "1s"],
        &["watch"],
        &["login"],
        &["--plain"],
    ] {
        let said = said_with_proxy(folder.path(), args, (variable, value)).await;
        let named = format!("{variable} cannot be used");
        assert!(said.contains(&named), "{args:?}: {said}");
        assert!(!said.contains("sEcr3t"), "{said}");
        assert!(!said.contains("✓ Connection"), "{said}");
    }
}
