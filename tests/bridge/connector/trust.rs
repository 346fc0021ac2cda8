//! Certificates: the pinned one, one's own authority, and nothing else.

use lampfield::procall::ucserver::{Trust, UcServerSettings};
use lampfield::simulator::ucserver::{ServerCertificate, SimulatedUcServer, UcServerScene};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rstest::rstest;
use sha2::{Digest, Sha256};

use super::bench::{Bench, settings, start, users};

fn self_signed() -> (ServerCertificate, [u8; 32]) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = ServerCertificate {
        certificate_pem: made.cert.pem(),
        key_pem: made.signing_key.serialize_pem(),
    };
    (certificate, Sha256::digest(made.cert.der()).into())
}

async fn secure(certificate: &ServerCertificate) -> SimulatedUcServer {
    start(UcServerScene {
        certificate: Some(certificate.clone()),
        ..UcServerScene::new(users())
    })
    .await
}

fn trusting(server: &SimulatedUcServer, trust: Trust) -> UcServerSettings {
    UcServerSettings {
        trust,
        ..settings(server)
    }
}

#[tokio::test]
async fn the_pinned_certificate_is_taken_and_no_other() {
    let (certificate, fingerprint) = self_signed();
    let server = secure(&certificate).await;
    let mut bench = Bench::up(trusting(&server, Trust::Pinned(fingerprint))).await;
    assert_eq!(bench.told.users.len(), 2);

    let (other, other_fingerprint) = self_signed();
    server.use_certificate(&other).unwrap();
    server.drop_sockets();
    let first: String = format!("{:02X}:{:02X}", other_fingerprint[0], other_fingerprint[1]);
    bench
        .until("refused", |told| {
            told.troubles
                .iter()
                .any(|text| text.contains("not the pinned one") && text.contains(&first))
        })
        .await;
    assert_eq!(server.counts().logins, 1, "no secret went to the other one");
    server.use_certificate(&certificate).unwrap();
    bench.until("up again", |told| told.up == 2).await;
}

#[tokio::test]
async fn ones_own_authority_is_taken() {
    let (certificate, _) = self_signed();
    let server = secure(&certificate).await;
    let trust = Trust::SystemAnd {
        ca_pem: certificate.certificate_pem.clone(),
    };
    let bench = Bench::up(trusting(&server, trust)).await;
    assert_eq!(bench.told.users.len(), 2);
}

/// What `openssl req -x509` makes says that it is an authority: seanmonstar/reqwest#2041,
/// lightningnetwork/lnd#5450.
#[rstest]
#[case::an_authority(IsCa::Ca(BasicConstraints::Unconstrained))]
#[case::no_authority(IsCa::ExplicitNoCa)]
#[tokio::test]
async fn a_servers_own_certificate_is_taken_whatever_it_says_of_itself(#[case] is_ca: IsCa) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = is_ca;
    let certificate = ServerCertificate {
        certificate_pem: params.self_signed(&key).unwrap().pem(),
        key_pem: key.serialize_pem(),
    };
    let server = secure(&certificate).await;
    let trust = Trust::SystemAnd {
        ca_pem: certificate.certificate_pem.clone(),
    };
    let bench = Bench::up(trusting(&server, trust)).await;
    assert_eq!(bench.told.users.len(), 2);
}

#[tokio::test]
async fn an_unknown_certificate_is_refused() {
    let (certificate, _) = self_signed();
    let server = secure(&certificate).await;
    let mut bench = Bench::run(trusting(&server, Trust::System));
    bench
        .until("refused", |told| {
            told.troubles
                .iter()
                .any(|text| text.to_lowercase().contains("certificate"))
        })
        .await;
    let counts = server.counts();
    assert_eq!((counts.logins, counts.refused_logins), (0, 0));
}
