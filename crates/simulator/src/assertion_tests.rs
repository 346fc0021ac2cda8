use rstest::rstest;
use serde_json::{Value, json};
use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use super::*;
use crate::certificate::Certificate;

const AUDIENCE: &str = "http://127.0.0.1:1/t/oauth2/v2.0/token";

struct Signer {
    certificate_pem: String,
    key_pem: String,
}

fn signer() -> Signer {
    signer_with(include_str!("../../../tests/keys/rsa_1.pem"))
}

fn signer_with(key_pem: &str) -> Signer {
    let key = rcgen::KeyPair::from_pem(key_pem).unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["lampfield".into()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    Signer {
        certificate_pem: certificate.pem(),
        key_pem: key_pem.to_owned(),
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

    fn sign(&self, scheme: SignatureScheme, claims: &Value) -> String {
        let certificate = Certificate::from_pem(&self.certificate_pem).unwrap();
        let header = match scheme {
            SignatureScheme::RSA_PSS_SHA256 => {
                json!({"alg": "PS256", "x5t#S256": certificate.thumbprint})
            }
            _ => json!({"alg": "RS256", "x5t": "c2hhMQ"}),
        };
        let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let key = PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).unwrap();
        let key = tls::provider().key_provider.load_private_key(key);
        let scheme = key.unwrap().choose_scheme(&[scheme]).unwrap();
        let signature = scheme.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn verdict(identity: &mut Identity, assertion: &str, second: i64) -> Result<(), Refusal> {
    let now = Timestamp::from_second(second).unwrap();
    check(identity, assertion, &[AUDIENCE.into()], "app", now)
}

#[rstest]
#[case(SignatureScheme::RSA_PSS_SHA256)]
#[case(SignatureScheme::RSA_PKCS1_SHA256)]
fn a_good_assertion_is_good_for_once(#[case] scheme: SignatureScheme) {
    let signer = signer();
    let mut identity = signer.identity();
    let assertion = signer.sign(scheme, &claims(1_000));
    assert_eq!(verdict(&mut identity, &assertion, 1_010), Ok(()));
    assert_eq!(
        verdict(&mut identity, &assertion, 1_011),
        Err(BAD_ASSERTION)
    );
}

#[test]
fn a_foreign_or_wrongly_timed_assertion_is_refused() {
    let stranger = signer_with(include_str!("../../../tests/keys/rsa_2.pem"));
    let signer = signer();
    let mut identity = signer.identity();
    let forged = stranger.sign(SignatureScheme::RSA_PKCS1_SHA256, &claims(1_000));
    assert_eq!(verdict(&mut identity, &forged, 1_010), Err(BAD_SIGNATURE));
    let unnamed = stranger.sign(SignatureScheme::RSA_PSS_SHA256, &claims(1_000));
    assert_eq!(verdict(&mut identity, &unnamed, 1_010), Err(BAD_SIGNATURE));
    let good = signer.sign(SignatureScheme::RSA_PSS_SHA256, &claims(1_000));
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
        let assertion = signer.sign(SignatureScheme::RSA_PSS_SHA256, &wrong);
        assert_eq!(
            verdict(&mut identity, &assertion, 1_010),
            Err(BAD_ASSERTION),
            "{field}"
        );
    }
}
