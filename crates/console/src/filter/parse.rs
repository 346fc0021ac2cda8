//! From text to an expression. Never recursive over the input: nothing that is typed can exhaust
//! the stack.

use super::fault::{FilterError, FilterProblem};
use super::fields::{Field, plain};
use super::kinds::Kind;
use super::quantity::{NoQuantity, Quantity};
use super::{Comparison, Expr, Needle};
use words::{Lang, texts};

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
            reader.skip_space();
            if all.is_empty() || reader.at_end() {
                reader.at = bar + 1;
                return Err(reader.error(bar, FilterProblem::Nothing("|")));
            }
            any.push(joined(std::mem::take(&mut all)));
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

/// `is`, in any language.
fn is_is(word: &str) -> bool {
    let wanted = plain(word);
    let mut langs = [Lang::En, Lang::De].into_iter();
    langs.any(|lang| plain(texts(lang).fields.is) == wanted)
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
            Some(c) if c != '!' && c != '|' && !c.is_whitespace() => {
                Ok(Expr::Not(Box::new(self.atom()?)))
            }
            _ => Err(self.error(bang, FilterProblem::Nothing("!"))),
        }
    }

    fn atom(&mut self) -> Result<Expr, FilterError> {
        let start = self.at;
        if matches!(self.peek(), Some('~' | '"')) {
            return self.needle(start).map(Expr::Text);
        }
        let word = self.word(true)?;
        let operator = matches!(self.peek(), Some(':' | '<' | '>' | '='));
        if !operator || !is_word(&word) {
            // What begins like no field is a text: a time, an arrow.
            let text = word + &self.word(false)?;
            return Ok(Expr::Text(Needle::new(&text)));
        }
        if self.take(':').is_some() {
            return self.field(start, &word);
        }
        self.comparison(start, &word)
    }

    /// A text, a quoted one, or `~` and a regular expression.
    fn needle(&mut self, start: usize) -> Result<Needle, FilterError> {
        let regex = self.take('~').is_some();
        let quoted = self.peek() == Some('"');
        let text = self.word(false)?;
        if !regex {
            return Ok(Needle::new(&text));
        }
        if text.is_empty() && !quoted {
            return Err(self.error(start, FilterProblem::Nothing("~")));
        }
        Needle::regex(&text).ok_or_else(|| self.error(start, FilterProblem::Regex))
    }

    fn field(&mut self, start: usize, word: &str) -> Result<Expr, FilterError> {
        let quoted = self.peek() == Some('"');
        let before = self.at;
        if is_is(word) {
            return self.kind(start);
        }
        let needle = self.needle(start)?;
        let Some(field) = Field::from_word(word) else {
            return Err(self.error(start, FilterProblem::NoField(word.to_owned())));
        };
        if self.at == before && !quoted {
            return Err(self.error(start, FilterProblem::NoValue(word.to_owned())));
        }
        if field.0.measure.is_some() && field.0.column.is_none() {
            return self.compared(start, (word, field), Comparison::Equal, needle.text());
        }
        Ok(Expr::Field(field, needle))
    }

    fn kind(&mut self, start: usize) -> Result<Expr, FilterError> {
        let value = self.word(false)?;
        if value.is_empty() {
            return Err(self.error(start, FilterProblem::NoKindYet));
        }
        Kind::from_word(&value)
            .map(Expr::Is)
            .ok_or_else(|| self.error(start, FilterProblem::NoKind(value)))
    }

    fn comparison(&mut self, start: usize, word: &str) -> Result<Expr, FilterError> {
        let rest = self.rest();
        let how = Comparison::ALL
            .into_iter()
            .find(|it| rest.starts_with(it.sign()));
        let how = how.unwrap_or(Comparison::Equal);
        self.at += how.sign().len();
        let value = self.word(false)?;
        let Some(field) = Field::from_word(word) else {
            return Err(self.error(start, FilterProblem::NoField(word.to_owned())));
        };
        self.compared(start, (word, field), how, &value)
    }

    fn compared(
        &self,
        start: usize,
        (word, field): (&str, Field),
        how: Comparison,
        value: &str,
    ) -> Result<Expr, FilterError> {
        let Some(measure) = field.0.measure else {
            return Err(self.error(start, FilterProblem::NotComparable(word.to_owned())));
        };
        let problem = match Quantity::read(value, measure.unit) {
            Ok(than) => return Ok(Expr::Compare(field, how, than)),
            Err(NoQuantity::NoNumber) => FilterProblem::NoNumber(field, value.to_owned()),
            Err(NoQuantity::NoUnit) => FilterProblem::NoUnit(field, value.to_owned()),
        };
        Err(self.error(start, problem))
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

/// Whether it could be a field: letters only.
fn is_word(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_alphabetic)
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::filter::quantity::Unit;

    fn text(word: &str) -> Expr {
        Expr::Text(Needle::new(word))
    }

    fn field(word: &str) -> Field {
        Field::from_word(word).unwrap()
    }

    fn has(word: &str, text: &str) -> Expr {
        Expr::Field(field(word), Needle::new(text))
    }

    fn compare(word: &str, how: Comparison, value: &str) -> Expr {
        let unit = field(word).0.measure.unwrap().unit;
        Expr::Compare(field(word), how, Quantity::read(value, unit).unwrap())
    }

    #[rstest]
    #[case("", Expr::All)]
    #[case("anna", text("anna"))]
    #[case("anna busy", Expr::And(vec![text("anna"), text("busy")]))]
    #[case("a | b c", Expr::Or(vec![text("a"), Expr::And(vec![text("b"), text("c")])]))]
    #[case("!bot", Expr::Not(Box::new(text("bot"))))]
    #[case("teams:dnd", has("teams", "dnd"))]
    #[case("lat>100ms", compare("lat", Comparison::Greater, "100ms"))]
    #[case("age>10s", compare("age", Comparison::Greater, "10s"))]
    #[case("age>=1m30s", compare("age", Comparison::AtLeast, "1m30s"))]
    #[case("alter<=5m", compare("age", Comparison::AtMost, "5m"))]
    #[case("lease<1m", compare("lease", Comparison::Less, "1m"))]
    #[case("lease=4:38", compare("lease", Comparison::Equal, "4:38"))]
    #[case("calls:1", compare("calls", Comparison::Equal, "1"))]
    #[case("calls>1", compare("calls", Comparison::Greater, "1"))]
    #[case("is:lease", Expr::Is(Kind::Lease))]
    #[case("ist:verdeckt", Expr::Is(Kind::Masked))]
    #[case("\"a b\"", text("a b"))]
    #[case("user:anna@corp.example", has("user", "anna@corp.example"))]
    #[case("Busy/InACall", text("Busy/InACall"))]
    #[case("4:38", text("4:38"))]
    #[case("->", text("->"))]
    #[case("LAMPE:rot", has("lamp", "rot"))]
    #[case("prüfergebnis:verdeckt", has("verdict", "verdeckt"))]
    #[case("pruefergebnis:verdeckt", has("verdict", "verdeckt"))]
    #[case("procall:\"do not disturb\"", has("procall", "do not disturb"))]
    fn filters_read(#[case] typed: &str, #[case] expr: Expr) {
        assert_eq!(parse(typed), Ok(expr));
    }

    #[rstest]
    #[case(
        "anna lat>",
        5,
        9,
        FilterProblem::NoNumber(field("lat"), String::new())
    )]
    #[case("lat>soon", 0, 8, FilterProblem::NoNumber(field("lat"), "soon".into()))]
    #[case("lat>100", 0, 7, FilterProblem::NoUnit(field("lat"), "100".into()))]
    #[case("teams>3", 0, 7, FilterProblem::NotComparable("teams".into()))]
    #[case("colour:red", 0, 10, FilterProblem::NoField("colour".into()))]
    #[case("anna teams:", 5, 11, FilterProblem::NoValue("teams".into()))]
    #[case("a \"b", 2, 4, FilterProblem::Unclosed)]
    #[case("a |", 2, 3, FilterProblem::Nothing("|"))]
    #[case("| a", 0, 1, FilterProblem::Nothing("|"))]
    #[case("a !", 2, 3, FilterProblem::Nothing("!"))]
    #[case("~", 0, 1, FilterProblem::Nothing("~"))]
    #[case("is:", 0, 3, FilterProblem::NoKindYet)]
    #[case("is:happy", 0, 8, FilterProblem::NoKind("happy".into()))]
    #[case("~[", 0, 2, FilterProblem::Regex)]
    #[case("calls>3s", 0, 8, FilterProblem::NoNumber(field("calls"), "3s".into()))]
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

    #[rstest]
    #[case("lat>100", "100ms", "100ms")]
    #[case("age>90", "90s", "90s")]
    #[case("age>", "1m30s", "1m30s")]
    #[case("calls>x", "expected a whole number", "ganze Zahl")]
    #[case("lamp:", "lamp", "lamp")]
    #[case("colour:red", "name user phone", "name user phone")]
    #[case("is:happy", "call lease wrong", "call lease wrong")]
    #[case("a \"b", "closing", "schließende")]
    fn an_error_says_what_is_missing(#[case] typed: &str, #[case] en: &str, #[case] de: &str) {
        let problem = parse(typed).unwrap_err().problem;
        for (lang, wanted) in [(Lang::En, en), (Lang::De, de)] {
            let said = problem.said(texts(lang));
            assert!(said.contains(wanted), "{said}");
        }
    }

    #[test]
    fn a_unit_is_named_for_every_duration() {
        for row in crate::filter::FIELDS {
            let Some(measure) = row.measure.filter(|it| it.unit != Unit::Count) else {
                continue;
            };
            let problem = parse(&format!("{}>5", row.word)).unwrap_err().problem;
            let wanted = format!("5{}", measure.unit.sign());
            assert!(
                problem.said(texts(Lang::En)).contains(&wanted),
                "{problem:?}"
            );
        }
    }
}
