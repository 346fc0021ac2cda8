//! Counts as people write them.

use words::Texts;

/// A count with its thousands apart, by the sign of the language: `1,204`, `1.204`.
pub(crate) fn grouped(count: usize, t: &Texts) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push_str(t.numbers.group);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use model::presence::Lang;
    use words::texts;

    #[rstest]
    #[case(0, "0", "0")]
    #[case(999, "999", "999")]
    #[case(1_204, "1,204", "1.204")]
    #[case(20_000, "20,000", "20.000")]
    #[case(1_000_000, "1,000,000", "1.000.000")]
    fn thousands_stand_apart(#[case] count: usize, #[case] en: &str, #[case] de: &str) {
        assert_eq!(grouped(count, texts(Lang::En)), en);
        assert_eq!(grouped(count, texts(Lang::De)), de);
    }
}
