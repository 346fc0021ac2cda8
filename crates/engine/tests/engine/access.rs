//! Who is let in: password, rights, TLS. No error holds the secret.

use engine::{Engine, Settings};
use model::cause::{Cause, CertificateFault, EngineFault};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::server::{FIRST, Redis, acquire, cause, free_port, settings};
use crate::shared::use_all;

const SECRET: &str = "hunter2-geheim";

/// What the crate and the page for administrators say that a user needs.
fn documented(text: &str) -> Vec<String> {
    let from = text.find("ACL SETUSER").unwrap();
    let line = text[from..].split("```").next().unwrap();
    let words = line.split_whitespace().filter(|word| *word != "//!");
    words.skip(2).map(str::to_owned).collect()
}

fn rights() -> Vec<String> {
    documented(include_str!("../../src/lib.rs"))
}

/// A user with these rights in place of any other.
fn set_user(redis: &Redis, rights: &[String]) {
    let _: i64 = redis.says("ACL DELUSER lampfield");
    let rights = rights.join(" ").replace(">PASSWORD", &format!(">{SECRET}"));
    let _: () = redis.says(&format!("ACL SETUSER {rights}"));
}

fn user(redis: &Redis, password: Option<&str>) -> Settings {
    Settings {
        password: password.map(Into::into),
        ..settings(&format!("redis://lampfield@127.0.0.1:{}", redis.port))
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_without_it() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    set_user(&redis, &rights());
    let refused = Cause::Engine(EngineFault::Password);
    for password in [Some("hunter2-falsch"), Some("")] {
        let asked = acquire(&Engine::new(user(&redis, password)), FIRST, 0).await;
        let why = asked.as_ref().unwrap_err();
        assert!(!format!("{why} {why:?}").contains("hunter2"));
        assert_eq!(cause(asked), refused);
    }
    let right = acquire(&Engine::new(user(&redis, Some(SECRET))), FIRST, 0).await;
    assert!(right.is_ok(), "{right:?}");
    // And where all need one, but none is given.
    let mut administrator = redis.administrator();
    let set = ["SET", "requirepass", SECRET];
    let _: () = redis::cmd("CONFIG")
        .arg(&set)
        .query(&mut administrator)
        .unwrap();
    assert_eq!(cause(acquire(&redis.engine(), FIRST, 0).await), refused);
}

#[tokio::test]
async fn the_documented_rights_are_enough_and_all_needed() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let rights = rights();
    let page = include_str!("../../../../docs/two-machines.md");
    assert_eq!(rights, documented(page));
    set_user(&redis, &rights);
    let _: () = redis.says("ACL LOG RESET");
    let engine = Engine::new(user(&redis, Some(SECRET)));
    Box::pin(use_all(&redis, &engine)).await;
    let denied: Vec<redis::Value> = redis.says("ACL LOG");
    assert!(denied.is_empty(), "{denied:?}");
    // And what is never used is not documented; `SELECT` is for another database than 0.
    let stats: String = redis.says("INFO commandstats");
    for right in rights.iter().filter_map(|right| right.strip_prefix('+')) {
        // Before 7.0 a command with parts is counted as one.
        let whole = right.split('|').next().unwrap_or(right);
        let used = |name| stats.contains(&format!("cmdstat_{name}:"));
        let used = used(right) || used(whole);
        assert!(used || right == "select", "{right}");
    }
    // What is not under the prefix is not theirs, nor any other command.
    let mut other = user(&redis, Some(SECRET));
    other.prefix = "other".into();
    let right = Cause::Engine(EngineFault::Right);
    assert_eq!(cause(acquire(&Engine::new(other), FIRST, 0).await), right);
}

/// Without any one of them something fails, and as a lack of rights.
#[tokio::test]
async fn a_right_that_is_lacking_is_told_as_such() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let lacks = |right: &str| -> Vec<String> {
        let rights = rights().into_iter();
        rights.filter(|it| it != right).collect()
    };
    for right in ["+evalsha", "+info", "+time", "+hset", "~lampfield:*"] {
        let _: () = redis.says("FLUSHALL");
        set_user(&redis, &lacks(right));
        let engine = Engine::new(user(&redis, Some(SECRET)));
        let why = cause(acquire(&engine, FIRST, 0).await);
        assert_eq!(why, Cause::Engine(EngineFault::Right), "{right}");
    }
}

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    Authority {
        pem,
        issuer: Issuer::new(params, key),
    }
}

/// A server with a certificate of this authority's, made out to `name`, and its port for TLS.
async fn encrypted(authority: &Authority, name: &str) -> Option<(Redis, u16)> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap().pem();
    speaks_tls(&certificate, &key.serialize_pem(), &authority.pem).await
}

async fn speaks_tls(certificate: &str, key: &str, anchor: &str) -> Option<(Redis, u16)> {
    // Read when the server starts, and not again.
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let port = free_port();
    let redis = Redis::with(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &file("cert", certificate),
        "--tls-key-file",
        &file("key", key),
        "--tls-ca-cert-file",
        &file("ca", anchor),
        "--tls-auth-clients",
        "no",
    ])
    .await?;
    Some((redis, port))
}

fn secure(port: u16, given: Option<&str>) -> Engine {
    Engine::new(Settings {
        ca_pem: given.map(|pem| pem.as_bytes().to_vec()),
        ..settings(&format!("rediss://127.0.0.1:{port}"))
    })
}

async fn fault(engine: &Engine) -> CertificateFault {
    match cause(acquire(engine, FIRST, 0).await) {
        Cause::Certificate { fault, .. } => fault,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn tls_trusts_an_authority_of_ones_own_and_nobody_else() {
    let ours = authority();
    let Some((redis, port)) = encrypted(&ours, "127.0.0.1").await else {
        return;
    };
    Box::pin(use_all(&redis, &secure(port, Some(&ours.pem)))).await;
    assert_eq!(
        fault(&secure(port, None)).await,
        CertificateFault::Unvouched
    );
    let other = secure(port, Some(&authority().pem));
    assert_eq!(fault(&other).await, CertificateFault::Unvouched);
    // TLS where none is spoken (Redis waits for the end of a line), and none where it is.
    assert!(
        acquire(&secure(redis.port, Some(&ours.pem)), FIRST, 0)
            .await
            .is_err()
    );
    let plain = Engine::new(settings(&format!("redis://127.0.0.1:{port}")));
    assert!(acquire(&plain, FIRST, 0).await.is_err());
}

/// Without any authority: what the server shows is what is configured.
#[tokio::test]
async fn a_servers_own_certificate_is_trusted_where_it_is_given() {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let Some((_redis, port)) = speaks_tls(&pem, &key, &pem).await else {
        return;
    };
    assert!(acquire(&secure(port, Some(&pem)), FIRST, 0).await.is_ok());
    assert_eq!(
        fault(&secure(port, None)).await,
        CertificateFault::Unvouched
    );
}

#[tokio::test]
async fn a_certificate_is_made_out_to_the_server() {
    let ours = authority();
    let Some((_redis, port)) = encrypted(&ours, "elsewhere.example").await else {
        return;
    };
    let engine = secure(port, Some(&ours.pem));
    assert_eq!(fault(&engine).await, CertificateFault::WrongName);
}
