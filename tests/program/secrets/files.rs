//! Files with keys that something has been done to.

use rstest::rstest;

use super::echo::From;
use super::site::{Site, shown_in};

/// 1Password/load-secrets-action#123, coollabsio/coolify#6384.
#[rstest]
#[case::in_one_line("")]
#[case::with_spaces(" ")]
#[case::with_letters("\\n")]
#[tokio::test(flavor = "multi_thread")]
async fn a_flattened_key_is_read_and_not_shown(#[case] line_end: &str) {
    let key = include_str!("../../keys/rsa_1.pem");
    let certificate = rcgen::generate_simple_self_signed(["x.example".to_owned()]).unwrap();
    let site = Site::exposing(From::GraphValues).await;
    let write = |name: &str, text: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = site.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, mode).unwrap();
    };
    let flat = |pem: &str| pem.lines().collect::<Vec<_>>().join(line_end);
    write("both.pem", &(flat(key) + &flat(&certificate.cert.pem())));
    write("key.pem", &flat(key));
    let place = site.folder.path().join("lampfield.toml");
    let text = std::fs::read_to_string(&place).unwrap();
    let files =
        "certificate_file = \"both.pem\"\nprivate_key_file = \"key.pem\"\nca_file = \"both.pem\"";
    let text = text.replace("client_secret_env = \"SECRET\"", files);
    std::fs::write(&place, text).unwrap();
    let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    for args in [&["config", "check"][..], &["snapshot"], &["doctor"]] {
        let said = site.said(args).await;
        let shown = shown_in(&said, &body);
        assert!(shown.is_none(), "{args:?} as {shown:?}: {said}");
        // They do not belong together; that this is seen means that both were read.
        let expected = if args[0] == "config" {
            "good"
        } else {
            "does not belong"
        };
        assert!(said.contains(expected), "{args:?}: {said}");
    }
}
