//! From text to an expression. Never recursive over the input: nothing that is typed can exhaust
//! the stack.

use super::{Comparison, Expr, Field, Kind, Number, Pattern};

/// What does not read, and where: byte offsets into the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilterError {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) problem: FilterProblem,
}

/// What is wrong with a filter; [`FilterError`] adds the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FilterProblem {
    /// `"` without an end.
    Unclosed,
    /// `!` or `|` with nothing after it.
    Nothing,
    /// The word before `:` or a comparison is no field.
    NoField(String),
    /// What follows a comparison is no number.
    NoNumber,
    /// `is:` something that nothing is.
    NoKind(String),
    /// Not a regular expression.
    Regex,
}

impl std::fmt::Display for FilterProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unclosed => f.write_str("\" … ?"),
            Self::Nothing => f.write_str("… ?"),
            Self::NoField(word) => write!(f, "{word}? {}", words(Field::ALL, Number::ALL)),
            Self::NoNumber => f.write_str("100, 250ms, 5s, 2m"),
            Self::NoKind(word) => {
                let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
                write!(f, "is:{word}? {}", kinds.join(" "))
            }
            Self::Regex => f.write_str("~regex ?"),
        }
    }
}

fn words(fields: &[Field], numbers: &[Number]) -> String {
    let fields = fields.iter().map(|field| field.word());
    let numbers = numbers.iter().map(|number| number.word());
    fields.chain(numbers).collect::<Vec<_>>().join(" ")
}

/// Longest compiled size of a regular expression: typing must not make the machine slow.
const REGEX_SIZE: usize = 1 << 18;

/// A regular expression, without case unless it has an upper-case letter.
pub(crate) fn pattern(text: &str) -> Result<Pattern, regex::Error> {
    regex::RegexBuilder::new(text)
        .case_insensitive(!text.chars().any(char::is_uppercase))
        .size_limit(REGEX_SIZE)
        .build()
        .map(Pattern)
}

/// Reads a filter.
pub(crate) fn parse(text: &str) -> Result<Expr, FilterError> {
    let mut reader = Reader { text, at: 0 };
    let mut any = Vec::new();
    let mut all = Vec::new();
    loop {
        reader.skip_space();
        if reader.at_end() {
            break;
        }
        if let Some(bar) = reader.take('|') {
            if all.is_empty() {
                return Err(reader.error(bar, FilterProblem::Nothing));
            }
            any.push(joined(std::mem::take(&mut all)));
            reader.skip_space();
            if reader.at_end() {
                return Err(reader.error(bar, FilterProblem::Nothing));
            }
            continue;
        }
        all.push(reader.term()?);
    }
    if any.is_empty() && all.is_empty() {
        return Ok(Expr::All);
    }
    any.push(joined(all));
    if any.len() == 1 {
        return Ok(any.pop().unwrap_or(Expr::All));
    }
    Ok(Expr::Or(any))
}

fn joined(mut all: Vec<Expr>) -> Expr {
    if all.len() == 1 {
        return all.pop().unwrap_or(Expr::All);
    }
    Expr::And(all)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes this character; where it stood.
    fn take(&mut self, wanted: char) -> Option<usize> {
        let start = self.at;
        (self.peek() == Some(wanted)).then(|| {
            self.at += wanted.len_utf8();
            start
        })
    }

    fn error(&self, start: usize, problem: FilterProblem) -> FilterError {
        let end = self.at.max(start);
        FilterError {
            start,
            end,
            problem,
        }
    }

    /// One word, perhaps with `!` before it. Two `!` cancel out in meaning but not in form, so
    /// only one is read.
    fn term(&mut self) -> Result<Expr, FilterError> {
        let Some(bang) = self.take('!') else {
            return self.atom();
        };
        match self.peek() {
            None | Some('!' | '|') => Err(self.error(bang, FilterProblem::Nothing)),
            Some(c) if c.is_whitespace() => Err(self.error(bang, FilterProblem::Nothing)),
            Some(_) => Ok(Expr::Not(Box::new(self.atom()?))),
        }
    }

    fn atom(&mut self) -> Result<Expr, FilterError> {
        let start = self.at;
        if self.take('~').is_some() {
            let text = self.word(false)?;
            return pattern(&text)
                .map(Expr::Regex)
                .map_err(|_| self.error(start, FilterProblem::Regex));
        }
        if self.peek() == Some('"') {
            return Ok(Expr::Text(self.word(true)?));
        }
        let word = self.word(true)?;
        match self.peek() {
            Some(':') => self.field(start, &word),
            Some('<' | '>' | '=') => self.comparison(start, &word),
            _ => Ok(Expr::Text(word)),
        }
    }

    fn field(&mut self, start: usize, word: &str) -> Result<Expr, FilterError> {
        self.take(':');
        let value = self.word(false)?;
        if word.eq_ignore_ascii_case("is") {
            return Kind::from_word(&value)
                .map(Expr::Is)
                .ok_or_else(|| self.error(start, FilterProblem::NoKind(value)));
        }
        Field::from_word(word)
            .map(|field| Expr::Field(field, value))
            .ok_or_else(|| self.error(start, FilterProblem::NoField(word.to_owned())))
    }

    fn comparison(&mut self, start: usize, word: &str) -> Result<Expr, FilterError> {
        let how = match self.peek() {
            Some('<') => Comparison::Less,
            Some('>') => Comparison::Greater,
            _ => Comparison::Equal,
        };
        self.at += 1;
        let value = self.word(false)?;
        let Some(number) = Number::from_word(word) else {
            return Err(self.error(start, FilterProblem::NoField(word.to_owned())));
        };
        quantity(number, &value)
            .map(|value| Expr::Compare(number, how, value))
            .ok_or_else(|| self.error(start, FilterProblem::NoNumber))
    }

    /// A word up to the next space or `|`, or a quoted one; with `operators`, `:` and
    /// comparisons end it too.
    fn word(&mut self, operators: bool) -> Result<String, FilterError> {
        if self.peek() == Some('"') {
            return self.quoted();
        }
        let ends = |c: char| {
            c.is_whitespace() || c == '|' || (operators && matches!(c, ':' | '<' | '>' | '='))
        };
        let rest = self.rest();
        let word = rest.split(ends).next().unwrap_or_default().to_owned();
        self.at += word.len();
        Ok(word)
    }

    fn quoted(&mut self) -> Result<String, FilterError> {
        let start = self.at;
        self.take('"');
        let mut word = String::new();
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(word),
                '\\' => {
                    if let Some(next) = self.peek() {
                        self.at += next.len_utf8();
                        word.push(next);
                    }
                }
                c => word.push(c),
            }
        }
        Err(self.error(start, FilterProblem::Unclosed))
    }
}

/// A number with its unit; durations without one are milliseconds for the latency, else seconds.
fn quantity(number: Number, text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let value: u64 = digits.parse().ok()?;
    let unit = text.get(digits.len()..).unwrap_or_default();
    let factor = match (number.is_duration(), unit) {
        (false, "") | (true, "ms") => 1,
        (true, "") if number == Number::Latency => 1,
        (true, "" | "s") => 1_000,
        (true, "m" | "min") => 60_000,
        _ => return None,
    };
    value.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn text(word: &str) -> Expr {
        Expr::Text(word.to_owned())
    }

    #[rstest]
    #[case("", Expr::All)]
    #[case("anna", text("anna"))]
    #[case("anna busy", Expr::And(vec![text("anna"), text("busy")]))]
    #[case("a | b c", Expr::Or(vec![text("a"), Expr::And(vec![text("b"), text("c")])]))]
    #[case("!bot", Expr::Not(Box::new(text("bot"))))]
    #[case("teams:dnd", Expr::Field(Field::Teams, "dnd".into()))]
    #[case("lat>100", Expr::Compare(Number::Latency, Comparison::Greater, 100))]
    #[case("age>10s", Expr::Compare(Number::Age, Comparison::Greater, 10_000))]
    #[case("lease<1m", Expr::Compare(Number::Lease, Comparison::Less, 60_000))]
    #[case("is:lease", Expr::Is(Kind::Lease))]
    #[case("\"a b\"", text("a b"))]
    #[case("user:anna@corp.example", Expr::Field(Field::User, "anna@corp.example".into()))]
    fn filters_read(#[case] typed: &str, #[case] expr: Expr) {
        assert_eq!(parse(typed), Ok(expr));
    }

    #[rstest]
    #[case("anna lat>", 5, 9, FilterProblem::NoNumber)]
    #[case("colour:red", 0, 10, FilterProblem::NoField("colour".into()))]
    #[case("a \"b", 2, 4, FilterProblem::Unclosed)]
    #[case("a |", 2, 3, FilterProblem::Nothing)]
    #[case("is:happy", 0, 8, FilterProblem::NoKind("happy".into()))]
    #[case("~[", 0, 2, FilterProblem::Regex)]
    #[case("calls>3s", 0, 8, FilterProblem::NoNumber)]
    fn an_error_names_its_place(
        #[case] typed: &str,
        #[case] start: usize,
        #[case] end: usize,
        #[case] problem: FilterProblem,
    ) {
        assert_eq!(
            parse(typed),
            Err(FilterError {
                start,
                end,
                problem
            })
        );
    }
}
