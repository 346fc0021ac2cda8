//! Entra's refusals in German: the twin of the table that the English words come from.

use graph;

/// AADSTS numbers, why, what to do.
type Row = (&'static [u64], &'static str, &'static str);

const GERMAN: &[Row] = &[
    (
        &[7_000_215],
        "der geheime Clientschlüssel ist falsch",
        "Wurde die ID des Schlüssels statt seines Werts kopiert? Unter „Zertifikate & Geheimnisse“ einen neuen anlegen",
    ),
    (
        &[7_000_222],
        "der geheime Clientschlüssel ist abgelaufen",
        "Unter „Zertifikate & Geheimnisse“ einen neuen anlegen",
    ),
    (
        &[700_016],
        "der Mandant kennt die Anwendung nicht",
        "client_id, tenant_id und cloud prüfen; hat ein Administrator zugestimmt?",
    ),
    (
        &[90_002],
        "es gibt keinen solchen Mandanten",
        "tenant_id und cloud auf einen Schreibfehler prüfen",
    ),
    (
        &[700_027],
        "die Signatur des Zertifikats gilt nicht",
        "Dieses Zertifikat unter „Zertifikate & Geheimnisse“ hochladen; gehört der Schlüssel dazu, und ist es abgelaufen?",
    ),
    (
        &[700_024],
        "die Signatur gilt zu dieser Zeit nicht",
        "Die Uhr dieses Rechners geht falsch: stellen (NTP)",
    ),
    (
        &[700_030, 50_012],
        "das Zertifikat oder seine Signatur wird nicht angenommen",
        "Dieses Zertifikat unter „Zertifikate & Geheimnisse“ hochladen oder ein neues erstellen",
    ),
    (
        &[7_000_218],
        "die Anwendung braucht einen Schlüssel oder ein Zertifikat",
        "Eines davon konfigurieren oder für die Anmeldung per Gerätecode „Öffentliche Clientflows zulassen“ einschalten",
    ),
    (
        &[700_025],
        "ein öffentlicher Client darf keinen Schlüssel senden",
        "Die Anwendung als vertraulichen Client (Web) registrieren",
    ),
    (
        &[70_011, 28_002, 700_022],
        "der angefragte Bereich (scope) gilt nicht",
        "graph_base muss den Graph-Host dieser Cloud nennen",
    ),
    (
        &[500_011, 650_057],
        "die Cloud des Mandanten kennt diesen Graph-Host nicht",
        "cloud, authority und graph_base prüfen: sie müssen zusammengehören",
    ),
    (
        &[65_001, 90_094],
        "ein Administrator hat nicht zugestimmt",
        "Unter „API-Berechtigungen“ die Administratorzustimmung erteilen",
    ),
    (
        &[7_000_112, 70_001],
        "die Anwendung ist im Mandanten deaktiviert",
        "Unter „Unternehmensanwendungen“, Eigenschaften, aktivieren",
    ),
    (
        &[53_003, 53_000, 50_005, 530_032],
        "eine Richtlinie für bedingten Zugriff (Conditional Access) verbietet es",
        "Wer die Richtlinien verwaltet, muss die Anwendung ausnehmen",
    ),
    (
        &[700_082, 70_008, 70_043],
        "die Anmeldung ist zu alt",
        "Neu anmelden: lampfield login",
    ),
    (
        &[90_038, 900_432, 900_382],
        "der Mandant liegt in einer anderen nationalen Cloud",
        "cloud auf die Cloud des Mandanten setzen",
    ),
    (
        &[9_001_023],
        "das Token muss bei einem bestimmten Mandanten angefragt werden",
        "tenant_id auf die GUID oder Domäne des Mandanten setzen",
    ),
    (
        &[90_055, 90_024, 90_006, 90_033, 90_012],
        "Entra ist überlastet oder nicht erreichbar",
        "Es später noch einmal versuchen",
    ),
];

/// Why and what to do, in German and English; nothing for a number that nobody explains.
pub(super) struct Explained {
    pub(super) de: (&'static str, &'static str),
    pub(super) en: (&'static str, &'static str),
}

pub(super) fn explained(code: u64) -> Option<Explained> {
    let en = graph::aadsts_in_words(code)?;
    let row = GERMAN.iter().find(|(codes, ..)| codes.contains(&code));
    let de = row.map_or(en, |(_, why, advice)| (*why, *advice));
    Some(Explained { de, en })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_explained_in_english_is_explained_in_german() {
        let german: Vec<_> = GERMAN.iter().flat_map(|(codes, ..)| *codes).collect();
        for code in &german {
            let found = explained(**code).expect("English has it");
            assert_ne!(found.de.0, found.en.0, "{code}");
        }
        for code in graph::explained_aadsts() {
            assert!(german.contains(&&code), "{code} has no German words");
        }
    }
}
