//! Names that people in a German company have: umlauts, apostrophes, hyphens, and whatever
//! people put behind their display name.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

const FIRST: [&str; 64] = [
    "Anna",
    "Björn",
    "Céline",
    "Dörte",
    "Emre",
    "Françoise",
    "Günther",
    "Håkon",
    "Ines",
    "Jörg",
    "Käthe",
    "Lukas",
    "Märta",
    "Noël",
    "Özlem",
    "Paweł",
    "Quirin",
    "Renée",
    "Sören",
    "Thekla",
    "Uğur",
    "Věra",
    "Wiebke",
    "Xaver",
    "Yasemin",
    "Zoë",
    "Aurélie",
    "Birgit",
    "Christian",
    "Dagmar",
    "Elif",
    "Friedrich",
    "Gudrun",
    "Hannelore",
    "Ignacio",
    "Jürgen",
    "Katharina",
    "Lothar",
    "Miłosz",
    "Nadja",
    "Oskar",
    "Petra",
    "Ruth",
    "Sinéad",
    "Torben",
    "Ulrike",
    "Volker",
    "Walburga",
    "Frauke",
    "Zdeněk",
    "Alois",
    "Beate",
    "Claudia",
    "Detlef",
    "Erika",
    "Florian",
    "Gisela",
    "Henning",
    "Ilse",
    "Jakub",
    "Klaus",
    "Leonie",
    "Matthias",
    "Nils",
];

const LAST: [&str; 80] = [
    "Müller",
    "Schäfer",
    "O'Connor",
    "Weiß",
    "Größer",
    "Kowalski",
    "Yılmaz",
    "D'Angelo",
    "Böhm",
    "Straßburger",
    "Jäger",
    "Krüger",
    "Lévêque",
    "Nuñez",
    "Østergaard",
    "Pröll",
    "Çelik",
    "Rößler",
    "Schönberg",
    "Tønnesen",
    "Übelhör",
    "van der Veen",
    "Wójcik",
    "Žižek",
    "Köhler",
    "Hübner",
    "Groß",
    "Süß",
    "Vogel",
    "Fuchs",
    "Meyer-Lüdenscheidt",
    "Brückner",
    "Dvořák",
    "Engelhardt",
    "Fröhlich",
    "Götz",
    "Hahn",
    "Ibsen",
    "Jansen",
    "Kühn",
    "Lindström",
    "Mäkinen",
    "Neumann",
    "Ó Briain",
    "Petrović",
    "Quandt",
    "Richter",
    "Schmidt",
    "Thälmann",
    "Unger",
    "Vögele",
    "Wagner",
    "Zimmermann",
    "Ackermann",
    "Bäcker",
    "Claßen",
    "Dürr",
    "Eßer",
    "Falk",
    "Grünewald",
    "Hölzl",
    "Ilić",
    "Jörgensen",
    "Kästner",
    "Löwe",
    "Mayr",
    "Nowak",
    "Oppermann",
    "Pfäffle",
    "Rübsam",
    "Schröder",
    "Töpfer",
    "Ulbricht",
    "Vietinghoff",
    "Wünsche",
    "Zöllner",
    "Hoffmann",
    "Becker",
    "Schulz",
    "Lange",
];

const BEHIND: [&str; 6] = [" 🎧", " 🚀", " (Homeoffice 🏡)", " 🐝", " – IT 💡", " ☎️"];

/// The domain of every account.
pub(super) const DOMAIN: &str = "nordlicht.example";

/// A person's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) given: &'static str,
    pub(super) surname: &'static str,
    /// What is shown; sometimes with something behind it.
    pub(super) display: String,
    /// The part of the UPN before the domain: ASCII, apostrophes allowed.
    pub(super) alias: String,
}

/// Somebody; `n` makes aliases unique once the names repeat.
pub(super) fn somebody(n: usize, rng: &mut ChaCha8Rng) -> Name {
    let given = FIRST.get(n % FIRST.len()).copied().unwrap_or("Anna");
    // Not drawn: counted, so that the alias is unique as soon as it carries the round.
    let turn = n / FIRST.len();
    let pick = n.wrapping_mul(7).wrapping_add(turn.wrapping_mul(11)) % LAST.len();
    let surname = LAST.get(pick).copied().unwrap_or("Müller");
    let mut display = format!("{given} {surname}");
    if rng.gen_bool(0.12) {
        display.push_str(BEHIND.choose(rng).copied().unwrap_or_default());
    }
    let mut alias = format!("{}.{}", plain(given), plain(surname));
    if turn > 0 {
        alias.push_str(&(turn + 1).to_string());
    }
    Name {
        given,
        surname,
        display,
        alias,
    }
}

/// `name` in the letters a UPN may have.
fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    for c in name.to_lowercase().chars() {
        match c {
            'ä' | 'æ' => out.push_str("ae"),
            'ö' | 'ø' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'å' | 'á' | 'à' | 'â' => out.push('a'),
            'é' | 'è' | 'ê' | 'ë' | 'ě' => out.push('e'),
            'í' | 'ı' => out.push('i'),
            'ó' | 'ô' => out.push('o'),
            'ç' | 'ć' | 'č' => out.push('c'),
            'ñ' | 'ń' => out.push('n'),
            'ł' => out.push('l'),
            'ř' => out.push('r'),
            'ğ' => out.push('g'),
            'ž' | 'ź' | 'ż' => out.push('z'),
            c if c.is_ascii_alphanumeric() || matches!(c, '\'' | '-') => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn aliases_are_ascii_and_unique_up_to_20_000() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut seen = std::collections::HashSet::new();
        for n in 0..20_000 {
            let name = somebody(n, &mut rng);
            assert!(name.alias.is_ascii(), "{}", name.alias);
            assert!(seen.insert(name.alias), "{n}");
        }
    }

    #[test]
    fn names_are_as_colourful_as_in_life() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let names: Vec<_> = (0..60).map(|n| somebody(n, &mut rng)).collect();
        assert!(names.iter().any(|n| n.alias.contains('\'')));
        assert!(names.iter().any(|n| n.display.contains('ö')));
        assert!(
            names
                .iter()
                .any(|n| n.display.chars().any(|c| c > '\u{2000}'))
        );
    }
}
