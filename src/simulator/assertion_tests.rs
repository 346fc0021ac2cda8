use jsonwebtoken::{EncodingKey, Header};
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

const AUDIENCE: &str = "http://127.0.0.1:1/t/oauth2/v2.0/token";

struct Signer {
    certificate_pem: String,
    key_pem: String,
}

fn signer() -> Signer {
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
        .unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["lampfield".into()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    Signer {
        certificate_pem: certificate.pem(),
        key_pem: key.serialize_pem(),
    }
}

fn claims(now: i64) -> Value {
    json!({"aud": AUDIENCE, "iss": "app", "sub": "app", "jti": "1", "nbf": now, "exp": now + 300})
}

impl Signer {
    fn identity(&self) -> Identity {
        let certificate = Certificate::from_pem(&self.certificate_pem).unwrap();
        Identity::new("s".into(), Some(certificate), &[], 1)
    }

    fn sign(&self, algorithm: Algorithm, claims: &Value) -> String {
        let certificate = Certificate::from_pem(&self.certificate_pem).unwrap();
        let mut header = Header::new(algorithm);
        match algorithm {
            Algorithm::PS256 => header.x5t_s256 = Some(certificate.thumbprint),
            _ => header.x5t = Some("c2hhMQ".into()),
        }
        let key = EncodingKey::from_rsa_pem(self.key_pem.as_bytes()).unwrap();
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }
}

fn verdict(identity: &mut Identity, assertion: &str, second: i64) -> Result<(), Refusal> {
    let now = Timestamp::from_second(second).unwrap();
    check(identity, assertion, &[AUDIENCE.into()], "app", now)
}

#[rstest]
#[case(Algorithm::PS256)]
#[case(Algorithm::RS256)]
fn a_good_assertion_is_good_for_once(#[case] algorithm: Algorithm) {
    let signer = signer();
    let mut identity = signer.identity();
    let assertion = signer.sign(algorithm, &claims(1_000));
    assert_eq!(verdict(&mut identity, &assertion, 1_010), Ok(()));
    assert_eq!(
        verdict(&mut identity, &assertion, 1_011),
        Err(BAD_ASSERTION)
    );
}

#[test]
fn a_foreign_or_wrongly_timed_assertion_is_refused() {
    let (signer, stranger) = (signer(), signer());
    let mut identity = signer.identity();
    let forged = stranger.sign(Algorithm::RS256, &claims(1_000));
    assert_eq!(verdict(&mut identity, &forged, 1_010), Err(BAD_SIGNATURE));
    let unnamed = stranger.sign(Algorithm::PS256, &claims(1_000));
    assert_eq!(verdict(&mut identity, &unnamed, 1_010), Err(BAD_SIGNATURE));
    let good = signer.sign(Algorithm::PS256, &claims(1_000));
    for (second, expected) in [
        (699, Err(BAD_TIME)),
        (1_600, Err(BAD_TIME)),
        (1_599, Ok(())),
    ] {
        assert_eq!(verdict(&mut identity, &good, second), expected, "{second}");
    }
    for (field, value) in [("aud", "elsewhere"), ("iss", "other"), ("sub", "other")] {
        let mut wrong = claims(1_000);
        wrong[field] = value.into();
        wrong["jti"] = field.into();
        let assertion = signer.sign(Algorithm::PS256, &wrong);
        assert_eq!(
            verdict(&mut identity, &assertion, 1_010),
            Err(BAD_ASSERTION),
            "{field}"
        );
    }
}
