//! Values in texts, and the right form of a word beside a number.

/// `template` with every `{name}` replaced, and every `{name|one|other}` by the word that goes with
/// the number `name`: `{n} {n|request|requests}`. German and English have these two forms.
#[must_use]
pub fn fill(template: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((place, tail)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        let (name, forms) = parts(place);
        let value = values.iter().find(|(known, _)| *known == name);
        match (value, forms) {
            (Some((_, value)), None) => filled.push_str(&value.to_string()),
            (Some((_, value)), Some((one, other))) => {
                filled.push_str(if value.to_string() == "1" { one } else { other });
            }
            (None, _) => filled.push_str(name),
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

/// The name of a value, and the two forms of the word that goes with it.
fn parts(place: &str) -> (&str, Option<(&str, &str)>) {
    match place.split_once('|') {
        Some((name, forms)) => (name, forms.split_once('|')),
        None => (place, None),
    }
}

/// The names of the values in a text, as often as they stand in it.
pub(crate) fn names(template: &str) -> impl Iterator<Item = &str> {
    let places = template.split('{').skip(1);
    places.filter_map(|part| Some(parts(part.split_once('}')?.0).0))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn values_are_filled_in_and_never_filled_again() {
        assert_eq!(fill("{a} of {b}", &[("a", &"{b}"), ("b", &2)]), "{b} of 2");
        assert_eq!(fill("open { brace", &[]), "open { brace");
    }

    #[rstest]
    #[case(0, "0 requests")]
    #[case(1, "1 request")]
    #[case(2, "2 requests")]
    #[case(21, "21 requests")]
    fn a_word_has_the_form_that_goes_with_its_number(#[case] n: u32, #[case] said: &str) {
        let text = "{n} {n|request|requests}";
        assert_eq!(fill(text, &[("n", &n)]), said);
        assert_eq!(names(text).collect::<Vec<_>>(), ["n", "n"]);
    }
}
