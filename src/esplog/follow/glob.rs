//! Matches file names against `*` (anything) and `?` (one character). Pure.

/// Whether `name` matches `pattern`, whatever the case: UCServer's files come from Windows.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let (mut at, mut in_pattern) = (0, 0);
    // Where to go on when the last star has to take one character more.
    let mut retry: Option<(usize, usize)> = None;
    while let Some(c) = name.get(at) {
        match pattern.get(in_pattern) {
            Some('*') => {
                retry = Some((in_pattern + 1, at));
                in_pattern += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == c => {
                in_pattern += 1;
                at += 1;
            }
            _ => {
                let Some((behind_star, taken)) = retry else {
                    return false;
                };
                retry = Some((behind_star, taken + 1));
                (in_pattern, at) = (behind_star, taken + 1);
            }
        }
    }
    pattern.iter().skip(in_pattern).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "*ExternalServiceProvider*",
        "ExternalServiceProvider_2026-11-23.log",
        true
    )]
    #[case("*externalserviceprovider*.log", "x_ExternalServiceProvider.LOG", true)]
    #[case("*ExternalServiceProvider*.log", "ctisrv.log", false)]
    #[case("a?c", "abc", true)]
    #[case("a?c", "ac", false)]
    #[case("*a*b", "aabab", true)]
    #[case("*a*b", "aabac", false)]
    #[case("", "", true)]
    #[case("*", "", true)]
    #[case("plain.log", "plain.log", true)]
    #[case("plain.log", "plain.log2", false)]
    fn names_are_matched(#[case] pattern: &str, #[case] name: &str, #[case] yes: bool) {
        assert_eq!(matches(pattern, name), yes);
    }

    proptest::proptest! {
        #[test]
        fn stars_around_a_piece_find_it(before: String, piece: String, after: String) {
            let name = format!("{before}{piece}{after}");
            let quoted: String = piece.chars().map(|c| if c == '*' { '?' } else { c }).collect();
            let same_when_lowered = name.to_lowercase()
                == format!("{}{}{}", before.to_lowercase(), piece.to_lowercase(), after.to_lowercase());
            proptest::prop_assume!(same_when_lowered);
            let pattern = format!("*{quoted}*");
            proptest::prop_assert!(matches(&pattern, &name));
        }
    }
}
