//! Whom a ProCall user without an Entra user was probably meant to be: the account whose user
//! principal name nearly equals the user name.

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::identity::Upn;

/// So many names are compared letter by letter with those that begin alike; where more than that
/// have no Entra user, it is no slip of the pen.
const SEARCHES: usize = 500;

/// In shorter names one other letter is another name.
const SHORTEST: usize = 4;

/// The accounts that may have been meant, by what they have in common with a ProCall user.
pub(super) struct NearMisses<'a> {
    by_local_part: FxHashMap<String, Candidate<'a>>,
    by_name: FxHashMap<String, Candidate<'a>>,
    by_first_letter: FxHashMap<char, Vec<(String, &'a Upn)>>,
    searches_left: usize,
}

/// One account, or several that cannot be told apart.
#[derive(Clone, Copy)]
enum Candidate<'a> {
    One(&'a Upn),
    Several,
}

impl<'a> Candidate<'a> {
    const fn only(self) -> Option<&'a Upn> {
        match self {
            Self::One(upn) => Some(upn),
            Self::Several => None,
        }
    }
}

impl<'a> NearMisses<'a> {
    /// Of the accounts that belong to nobody yet, each with the name people know.
    pub(super) fn among(free: impl Iterator<Item = (&'a Upn, &'a str)>) -> Self {
        let mut it = Self {
            by_local_part: FxHashMap::default(),
            by_name: FxHashMap::default(),
            by_first_letter: FxHashMap::default(),
            searches_left: SEARCHES,
        };
        for (upn, name) in free {
            it.take(upn, name);
        }
        it
    }

    fn take(&mut self, upn: &'a Upn, name: &str) {
        let local = spelling(local_part(upn.as_str()));
        if let Some(first) = local.chars().next() {
            let alike = self.by_first_letter.entry(first).or_default();
            alike.push((local.clone(), upn));
        }
        put(&mut self.by_local_part, local, upn);
        put(&mut self.by_name, sorted_words(name), upn);
    }

    /// The one account that was probably meant: the same name in another domain or another
    /// spelling, the same display name, or one letter that is different.
    pub(super) fn of(&mut self, user_name: &str, name: &str) -> Option<Upn> {
        let local = spelling(local_part(user_name));
        let same = self.by_local_part.get(&local);
        let same = same.or_else(|| self.by_name.get(&sorted_words(name)));
        match same {
            Some(candidate) => candidate.only().cloned(),
            None => self.by_one_letter(&local),
        }
    }

    fn by_one_letter(&mut self, local: &str) -> Option<Upn> {
        if local.len() < SHORTEST || self.searches_left == 0 {
            return None;
        }
        self.searches_left -= 1;
        let alike = self.by_first_letter.get(&local.chars().next()?)?;
        let mut near = alike.iter().filter(|(other, _)| is_one_slip(local, other));
        let (_, upn) = near.next()?;
        near.next().is_none().then(|| (*upn).clone())
    }
}

fn put<'a>(to: &mut FxHashMap<String, Candidate<'a>>, key: String, upn: &'a Upn) {
    if key.is_empty() {
        return;
    }
    let place = to.entry(key).or_insert(Candidate::One(upn));
    if !matches!(place, Candidate::One(known) if *known == upn) {
        *place = Candidate::Several;
    }
}

/// `anna` of `anna@corp.example` and of `CORP\anna`.
fn local_part(name: &str) -> &str {
    let name = name.rsplit('\\').next().unwrap_or(name);
    name.split('@').next().unwrap_or(name)
}

/// Letters and digits only, without case and accents, umlauts as in a passport.
fn spelling(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfc().flat_map(char::to_lowercase) {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            c if c.is_ascii_alphanumeric() => out.push(c),
            c if c.is_ascii() => {}
            c => out.extend(c.nfd().filter(|part| !is_combining_mark(*part))),
        }
    }
    out
}

/// `Müller, Anna` and `Anna Müller` are the same.
fn sorted_words(name: &str) -> String {
    let mut words: Vec<String> = name.split([' ', ',']).map(spelling).collect();
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.join(" ")
}

/// Whether one letter too many, too few or wrong, or two that have changed places, make one of the
/// other.
fn is_one_slip(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = |(left, right): &(&char, &char)| left == right;
    let head = short.iter().zip(&long).take_while(same).count();
    let rest = |name| <[char]>::get(name, head..).unwrap_or_default();
    match (rest(&short), rest(&long)) {
        (short, [_, long @ ..]) if short.len() == long.len() => short == long,
        ([first, second, short @ ..], [third, fourth, long @ ..])
            if (first, second) == (fourth, third) =>
        {
            short == long
        }
        ([_, short @ ..], [_, long @ ..]) => short == long,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn near(user: &str, name: &str) -> Option<String> {
        let accounts = [
            ("anna.mueller@corp.example", "Anna Müller"),
            ("b.kowalski@corp.example", "Bernd Kowalski"),
            ("max.doppel@corp.example", "Max Doppel"),
            ("max.doppel@lab.example", "Max Doppel"),
            ("uwe.alt@corp.example", "Uwe Alt"),
        ];
        let accounts = accounts.map(|(upn, name)| (Upn::new(upn), name));
        let free = accounts.iter().map(|(upn, name)| (upn, *name));
        let near = NearMisses::among(free).of(user, name);
        near.map(|upn| upn.as_str().to_owned())
    }

    #[rstest]
    #[case::another_domain("anna.mueller@corp.local", "", Some("anna.mueller@corp.example"))]
    #[case::no_domain("CORP\\Anna.Mueller", "", Some("anna.mueller@corp.example"))]
    #[case::an_umlaut("anna.müller@corp.example", "", Some("anna.mueller@corp.example"))]
    #[case::another_separator("anna_mueller", "", Some("anna.mueller@corp.example"))]
    #[case::a_letter_less("anna.muller@corp.example", "", Some("anna.mueller@corp.example"))]
    #[case::changed_places("uwe.atl@corp.example", "", Some("uwe.alt@corp.example"))]
    #[case::the_name_people_know("bko", "Kowalski, Bernd", Some("b.kowalski@corp.example"))]
    #[case::two_that_may_be_meant("max.doppel", "Max Doppel", None)]
    #[case::somebody_else("lager.nord@corp.example", "Lager Nord", None)]
    #[case::too_short("uw", "", None)]
    fn who_was_meant(#[case] user: &str, #[case] name: &str, #[case] upn: Option<&str>) {
        assert_eq!(near(user, name).as_deref(), upn);
    }

    #[rstest]
    #[case("anna", "anna", false)]
    #[case("anna", "annas", true)]
    #[case("anna", "ana", true)]
    #[case("anna", "anne", true)]
    #[case("anna", "naan", false)]
    #[case("anna", "anan", true)]
    #[case("anna", "bella", false)]
    fn one_slip(#[case] a: &str, #[case] b: &str, #[case] near: bool) {
        assert_eq!(is_one_slip(a, b), near);
        assert_eq!(is_one_slip(b, a), near);
    }
}
