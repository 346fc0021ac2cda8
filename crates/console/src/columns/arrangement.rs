//! Which columns are shown, and in which order.

use words::Words;

use super::{COLUMNS, Column, WidthClass};

/// Whether a column is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    /// Where the terminal is wide enough for it.
    Auto,
    /// Shown at every width.
    Always,
    /// Shown at no width.
    Never,
}

/// All columns in the order of the screen; each stands in it once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrangement(Vec<(usize, Show)>);

impl Default for Arrangement {
    fn default() -> Self {
        Self((0..COLUMNS.len()).map(|at| (at, Show::Auto)).collect())
    }
}

/// What goes first when there is no room.
const DISPENSABLE: [&str; 9] = [
    "user",
    "phone",
    "department",
    "since",
    "poll",
    "age",
    "note",
    "call",
    "procall",
];

fn position(id: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| column.id == id)
}

fn id(at: usize) -> &'static str {
    COLUMNS.get(at).map_or("", |column| column.id)
}

impl Arrangement {
    /// These columns, in this order, and no others. `+phone`: also that one; `-age`: not that one;
    /// `=note`: where there is room. With marks only, the columns that are not named stay.
    ///
    /// # Errors
    /// What is wrong with the names.
    pub(crate) fn of_names<S: AsRef<str>>(names: &[S]) -> Result<Self, Words> {
        let mut places = Vec::new();
        let mut exact = false;
        for name in names.iter().map(AsRef::as_ref) {
            let marked = [('+', Show::Always), ('-', Show::Never), ('=', Show::Auto)]
                .into_iter()
                .find_map(|(mark, show)| Some((name.strip_prefix(mark)?, show)));
            exact |= marked.is_none();
            let (plain, show) = marked.unwrap_or((name, Show::Always));
            let at = position(plain).ok_or_else(|| unknown(plain))?;
            if places.iter().any(|(other, _)| *other == at) {
                return Err(Words::of_config(
                    |t| t.console.column_twice,
                    &[("name", &plain)],
                ));
            }
            places.push((at, show));
        }
        let in_order = exact || places.len() == COLUMNS.len();
        if !in_order && places.iter().all(|(_, show)| *show != Show::Auto) {
            return Self::marked(&places);
        }
        let rest = if exact { Show::Never } else { Show::Auto };
        for at in 0..COLUMNS.len() {
            if !places.iter().any(|(other, _)| *other == at) {
                places.push((at, rest));
            }
        }
        Self(places).with_one()
    }

    /// All columns where they belong, some of them shown or hidden at every width.
    fn marked(marks: &[(usize, Show)]) -> Result<Self, Words> {
        let Self(mut all) = Self::default();
        for (at, show) in &mut all {
            if let Some((_, mark)) = marks.iter().find(|(other, _)| other == at) {
                *show = *mark;
            }
        }
        Self(all).with_one()
    }

    fn with_one(self) -> Result<Self, Words> {
        if self.0.iter().all(|(_, show)| *show == Show::Never) {
            return Err(Words::of_config(
                |t| t.console.no_column_left,
                &[("names", &known())],
            ));
        }
        Ok(self)
    }

    /// The same as [`Arrangement::of_names`] reads it.
    pub(crate) fn names(&self) -> Vec<String> {
        let mark = |show: &Show| match show {
            Show::Auto => '=',
            Show::Always => '+',
            Show::Never => '-',
        };
        let named = |(at, show): &(usize, Show)| format!("{}{}", mark(show), id(*at));
        self.0.iter().map(named).collect()
    }

    /// The columns in their order.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(column, _)| *column)
    }

    /// Shows the column at this place of the order, or hides it. The last one stays.
    pub(crate) fn toggle(&mut self, place: usize, shown: &[usize]) {
        let Some((column, show)) = self.0.get_mut(place) else {
            return;
        };
        if !shown.contains(column) {
            *show = Show::Always;
        } else if shown.len() > 1 {
            *show = Show::Never;
        }
    }

    /// Moves the column at this place by one; where it is now.
    pub(crate) fn shift(&mut self, place: usize, later: bool) -> usize {
        let to = if later {
            (place + 1).min(self.0.len().saturating_sub(1))
        } else {
            place.saturating_sub(1)
        };
        if place < self.0.len() {
            self.0.swap(place, to);
        }
        to
    }

    /// Which columns are shown in a table of this width, and how wide each is.
    pub(crate) fn shown(&self, width: u16, class: WidthClass) -> Vec<(usize, u16)> {
        let mut shown: Vec<Shown> = self
            .0
            .iter()
            .filter_map(|(column, show)| Shown::for_class(*column, *show, class))
            .collect();
        while taken(&shown) > width && shown.len() > 2 {
            let missing = taken(&shown) - width;
            if !has_dispensable(&shown) && shrink(&mut shown, missing) {
                break;
            }
            drop_least(&mut shown);
        }
        let left = width.saturating_sub(taken(&shown));
        spread(&mut shown, left);
        shown.iter().map(|it| (it.column, it.width)).collect()
    }
}

fn unknown(name: &str) -> Words {
    Words::of_config(
        |t| t.console.no_column,
        &[("name", &name), ("names", &known())],
    )
}

fn known() -> String {
    let ids: Vec<&str> = COLUMNS.iter().map(|column| column.id).collect();
    ids.join(", ")
}

struct Shown {
    column: usize,
    width: u16,
    wanted: bool,
}

impl Shown {
    fn for_class(column: usize, show: Show, class: WidthClass) -> Option<Self> {
        let widths = COLUMNS.get(column)?.widths;
        let of_class = match class {
            WidthClass::Narrow => widths[0],
            WidthClass::Medium => widths[1],
            WidthClass::Wide => widths[2],
        };
        let width = match show {
            Show::Never => 0,
            Show::Auto => of_class,
            Show::Always if of_class > 0 => of_class,
            Show::Always => widths.into_iter().find(|width| *width > 0).unwrap_or(1),
        };
        (width > 0).then_some(Self {
            column,
            width,
            wanted: show == Show::Always,
        })
    }
}

fn taken(shown: &[Shown]) -> u16 {
    shown.iter().map(|it| it.width + 1).sum()
}

/// Columns that are narrower before one that matters goes, and how narrow.
const SHRINKS: [(&str, u16); 2] = [("name", 12), ("teams", 12)];

fn has_dispensable(shown: &[Shown]) -> bool {
    let mut all = shown.iter().filter(|it| !it.wanted);
    all.any(|it| DISPENSABLE.contains(&id(it.column)))
}

/// Makes room for so many cells more, if that can be; else nothing changes.
fn shrink(shown: &mut [Shown], mut missing: u16) -> bool {
    let least = |it: &Shown| {
        let (_, least) = SHRINKS.iter().find(|(name, _)| *name == id(it.column))?;
        Some(it.width.saturating_sub(*least))
    };
    if shown.iter().filter_map(least).sum::<u16>() < missing {
        return false;
    }
    for it in shown {
        let given = least(it).unwrap_or(0).min(missing);
        it.width -= given;
        missing -= given;
    }
    true
}

/// What nobody asked for goes before what somebody wants.
fn drop_least(shown: &mut Vec<Shown>) {
    let least = DISPENSABLE.iter().find_map(|name| {
        shown
            .iter()
            .position(|it| !it.wanted && id(it.column) == *name)
    });
    match least {
        Some(at) => {
            shown.remove(at);
        }
        None => {
            shown.pop();
        }
    }
}

fn spread(shown: &mut [Shown], left: u16) {
    let share = |at: usize| COLUMNS.get(at).map_or(0, |column: &Column| column.grows);
    let shares: u16 = shown.iter().map(|it| share(it.column)).sum();
    if shares == 0 {
        return;
    }
    let mut rest = left;
    for it in shown.iter_mut() {
        let more = (left * share(it.column) / shares).min(rest);
        it.width += more;
        rest -= more;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn shown(names: &[&str], width: u16) -> Vec<&'static str> {
        let arrangement = Arrangement::of_names(names).unwrap();
        let shown = arrangement.shown(width, WidthClass::for_width(width));
        shown.iter().map(|(at, _)| id(*at)).collect()
    }

    #[rstest]
    #[case(&["name", "phone", "lease"], 79, &["name", "phone", "lease"])]
    #[case(&["-procall", "-poll", "-call"], 79, &["lamp", "name", "teams", "lease", "age", "note"])]
    #[case(&["+phone", "-teams"], 79, &["lamp", "name", "phone", "procall", "call", "lease", "age", "note"])]
    #[case(&["+age"], 39, &["lamp", "name", "teams", "lease", "age"])]
    #[case(&["=lamp"], 39, &["lamp", "name", "teams", "lease"])]
    #[case(&["-lamp"], 36, &["name", "teams", "lease"])]
    fn names_say_what_is_shown(#[case] names: &[&str], #[case] width: u16, #[case] ids: &[&str]) {
        assert_eq!(shown(names, width), ids);
    }

    #[rstest]
    #[case(&["name", "salary"], "there is no column \"salary\"; there are lamp, name")]
    #[case(&["name", "name"], "name stands there twice")]
    #[case(&["-lamp", "-name", "-user", "-phone", "-department", "-since", "-teams", "-procall", "-call", "-lease", "-poll", "-age", "-note"], "no column is left")]
    fn what_cannot_be_is_said(#[case] names: &[&str], #[case] why: &str) {
        let error = Arrangement::of_names(names).unwrap_err();
        let error = error.in_lang(words::Lang::En);
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn the_last_column_stays() {
        let mut arrangement = Arrangement::of_names(&["name"]).unwrap();
        arrangement.toggle(0, &[1]);
        assert_eq!(arrangement.shown(79, WidthClass::Narrow).len(), 1);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_never_wider_than_the_table(
            moves in prop::collection::vec((0_usize..12, any::<bool>(), any::<bool>()), 0..20),
            width in 20_u16..300,
        ) {
            let mut arrangement = Arrangement::default();
            for (place, toggle, later) in moves {
                if toggle {
                    let shown: Vec<usize> = arrangement
                        .shown(width, WidthClass::for_width(width)).iter().map(|(at, _)| *at).collect();
                    arrangement.toggle(place, &shown);
                } else {
                    arrangement.shift(place, later);
                }
            }
            let read = Arrangement::of_names(&arrangement.names());
            prop_assert_eq!(read.as_ref(), Ok(&arrangement));
            let shown = arrangement.shown(width, WidthClass::for_width(width));
            prop_assert!(!shown.is_empty());
            if shown.len() > 2 {
                prop_assert!(shown.iter().map(|(_, cells)| cells + 1).sum::<u16>() <= width);
            }
        }
    }
}
