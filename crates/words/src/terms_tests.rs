//! What must hold of the terms in all texts: one word for one thing, and words that go with their
//! numbers.

use model::presence::Lang;

use crate::entries::tests::every_text;

/// What is called otherwise, with the word that holds for it. The terms are those of estos' and
/// Microsoft's own German interfaces.
const OTHERWISE: [(Lang, &str, &str); 24] = [
    (Lang::De, "Urteil", "Prüfergebnis"),
    (Lang::De, "festgehalten", "nicht übernommen"),
    (Lang::De, "von Hand", "manuell"),
    (Lang::De, "scheitert", "fehlgeschlagen"),
    (Lang::De, "beauftragt", "angefordert"),
    (Lang::De, "Bereich", "Fenster, Quelle"),
    (
        Lang::De,
        "Nichts stimmt nicht",
        "Alles in Ordnung, Probleme",
    ),
    (Lang::De, " offen ", "nicht zugeordnet"),
    (Lang::De, "Verspätung", "Verzug"),
    (Lang::De, "zu spät", "Verzug"),
    (Lang::De, "nicht stören", "Nicht stören"),
    (Lang::De, "Dashboard", "Konsole"),
    (Lang::De, "beobachtet nur", "liest nur"),
    (Lang::De, "schaut nur zu", "liest nur"),
    (Lang::De, "das Protokoll von UC", "das Log von"),
    (Lang::De, "rotokolliert", "ins Log"),
    (Lang::De, "im Protokoll", "im Log"),
    (Lang::De, "ANGEHALTEN", "EINGEFROREN"),
    (Lang::De, "gesperrte Konten", "deaktivierte Konten"),
    (
        Lang::De,
        "ein Geheimnis",
        "geheimer Clientschlüssel, Kennwort",
    ),
    (Lang::En, "held back", "ignored"),
    (Lang::En, "by hand", "manual, manually"),
    (Lang::En, "ordered", "requested"),
    (Lang::En, "nothing to do that with", "No function here"),
];

#[test]
fn one_thing_has_one_word() {
    let mut wrong = Vec::new();
    for (lang, word, instead) in OTHERWISE {
        let texts = every_text(lang).into_iter();
        let named = texts.filter(|(_, text)| text.contains(word));
        wrong.extend(named.map(|(name, text)| format!("{name}: {word} is {instead}: {text}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The plurals that stand beside numbers. "Fehler" and "Benutzer" are the same for one.
const PLURALS: [&str; 22] = [
    "requests",
    "users",
    "lines",
    "leases",
    "calls",
    "errors",
    "changes",
    "warnings",
    "faults",
    "days",
    "minutes",
    "reads",
    "echoes",
    "Anfragen",
    "Abfragen",
    "Zeilen",
    "Leases",
    "Gespräche",
    "Änderungen",
    "Warnungen",
    "Tage",
    "Minuten",
];

/// `1 requests` is no English and `1 Anfragen` no German: a word beside a number is written
/// `{n|one|other}`. A number that is a limit or a sum is not looked at, nor a text that is only said of several.
#[test]
fn a_word_beside_a_number_has_both_forms() {
    let wrong: Vec<_> = [Lang::De, Lang::En].into_iter().flat_map(unbowed).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn unbowed(lang: Lang) -> Vec<String> {
    const LIMITS: [&str; 4] = ["limit", "used", "matched", "all"];
    let texts = every_text(lang);
    let of_several = |name: &str| name.ends_with("several") || name.ends_with("_full");
    let texts_of_any = texts.iter().filter(|(name, _)| !of_several(name));
    let pairs = texts_of_any.flat_map(|text| PLURALS.map(|plural| (*text, plural)));
    let wrong = pairs.filter_map(|((name, text), plural)| {
        let (before, _) = text.split_once(&format!("}} {plural}"))?;
        let place = before.rsplit('{').next()?;
        let limit = LIMITS.contains(&place) || place.contains('|');
        (!limit).then(|| format!("{name}: {{{place}}} {plural}: {text}"))
    });
    wrong.collect()
}
