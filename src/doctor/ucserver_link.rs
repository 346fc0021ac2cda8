//! Why UCServer's UCWeb cannot be reached, and what helps.

use super::finding::Words;
use model::cause::{Cause, CertificateFault};

/// What the configuration gives to know UCWeb's certificate by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nothing: the system's authorities.
    Nothing,
    /// `ca_file`.
    File,
    /// `pin_sha256`.
    Fingerprint,
}

/// What the cause means here, and what to do.
pub(super) fn link(cause: &Cause, given: Given) -> (Words, Words) {
    match cause {
        Cause::Certificate { fault, .. } => certificate(*fault, given),
        Cause::NotUcweb(_) => (
            Words::new(
                "dort antwortet etwas, aber kein UCWeb; das Kennwort wurde nicht gesendet",
                "something answers there, but no UCWeb; the password was not sent",
            ),
            Words::new(
                "[ucserver] url prüfen: Host und Port (7225 mit TLS); ein Proxy davor muss /ws/ durchlassen",
                "Check [ucserver] url: host and port (7225 with TLS); a proxy in front must let /ws/ through",
            ),
        ),
        Cause::NoTls(_) => (
            Words::new("dieser Port spricht kein TLS", "this port speaks no TLS"),
            Words::new(
                "[ucserver] url prüfen: UCWeb hat zwei Ports, 7225 mit TLS und 7224 ohne",
                "Check [ucserver] url: UCWeb has two ports, 7225 with TLS and 7224 without",
            ),
        ),
        _ => (
            Words::new("UCWeb ist nicht erreichbar", "UCWeb cannot be reached"),
            Words::new(
                "[ucserver] url prüfen (Port 7225 mit TLS), die Firewall dazwischen und ob UCWeb in UCServer eingeschaltet ist",
                "Check [ucserver] url (port 7225 with TLS), the firewall in between and whether UCWeb is switched on in UCServer",
            ),
        ),
    }
}

/// What is wrong with the certificate, and what helps that is not done already.
fn certificate(fault: CertificateFault, given: Given) -> (Words, Words) {
    match fault {
        CertificateFault::NotPinned => (
            Words::new(
                "UCWeb zeigt ein anderes Zertifikat als das mit pin_sha256 festgelegte",
                "UCWeb shows another certificate than the one that pin_sha256 names",
            ),
            Words::new(
                "Wurde es erneuert? Den Fingerabdruck am Server selbst vergleichen, dann den alten durch ihn ersetzen; stimmt er dort nicht, sitzt jemand dazwischen",
                "Was it renewed? Compare the fingerprint on the server itself, then replace the old one by it; if it differs there, somebody is in between",
            ),
        ),
        CertificateFault::WrongName => (
            Words::new(
                "das Zertifikat von UCWeb ist auf einen anderen Namen ausgestellt",
                "UCWeb's certificate is made out to another name",
            ),
            Words::new(
                "[ucserver] url auf einen Namen setzen, der im Zertifikat steht; mit pin_sha256 gilt genau dieses Zertifikat unter jedem Namen",
                "Set [ucserver] url to a name that stands in the certificate; with pin_sha256 exactly this certificate is taken under any name",
            ),
        ),
        CertificateFault::WrongTime => (
            Words::new(
                "das Zertifikat von UCWeb gilt zu dieser Zeit nicht",
                "UCWeb's certificate is not valid at this time",
            ),
            Words::new(
                "Die Uhr dieses Rechners prüfen, sonst das Zertifikat in UCServer erneuern; mit pin_sha256 gilt genau dieses Zertifikat zu jeder Zeit",
                "Check this machine's clock, otherwise renew the certificate in UCServer; with pin_sha256 exactly this certificate is taken at any time",
            ),
        ),
        CertificateFault::Unvouched | CertificateFault::Other => (
            Words::new(
                "dem Zertifikat von UCWeb wird nicht getraut",
                "UCWeb's certificate is not trusted",
            ),
            untrusted(given),
        ),
    }
}

fn untrusted(given: Given) -> Words {
    match given {
        Given::Nothing => Words::new(
            "[ucserver] ca_file oder pin_sha256 setzen: UCServer bringt ein selbst unterschriebenes Zertifikat mit",
            "Set [ucserver] ca_file or pin_sha256: UCServer brings a self-signed certificate",
        ),
        // What is set already is not what helps.
        Given::File => Words::new(
            "Die angegebene Datei ist weder dieses Zertifikat noch seine Zertifizierungsstelle: das Zertifikat am Server selbst neu ausgeben lassen, oder statt der Datei pin_sha256 setzen (sein Fingerabdruck, am Server verglichen)",
            "The file that is given is neither this certificate nor its authority: export the certificate anew on the server itself, or set pin_sha256 in its place (the fingerprint, compared on the server)",
        ),
        Given::Fingerprint => Words::new(
            "Das Zertifikat am Server selbst ansehen: es lässt sich so nicht benutzen; ein neues erstellen",
            "Look at the certificate on the server itself: it cannot be used as it is; make a new one",
        ),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use model::presence::Lang;

    #[rstest]
    #[case(CertificateFault::Unvouched, Given::Nothing, "ca_file or pin_sha256")]
    #[case(CertificateFault::Unvouched, Given::File, "pin_sha256")]
    #[case(CertificateFault::Unvouched, Given::Fingerprint, "make a new one")]
    #[case(CertificateFault::WrongName, Given::File, "url")]
    #[case(CertificateFault::WrongTime, Given::File, "clock")]
    fn a_certificate_that_is_refused_is_no_riddle(
        #[case] fault: CertificateFault,
        #[case] given: Given,
        #[case] do_: &str,
    ) {
        let cause = Cause::Certificate {
            host: "uc".into(),
            fault,
            given: given != Given::Nothing,
        };
        let (_, advice) = link(&cause, given);
        for lang in [Lang::De, Lang::En] {
            let said = advice.in_lang(lang);
            assert!(given != Given::File || !said.contains("ca_file"), "{said}");
            assert!(
                given != Given::Fingerprint || !said.contains("pin_sha256"),
                "{said}"
            );
        }
        assert!(advice.in_lang(Lang::En).contains(do_), "{advice:?}");
    }
}
