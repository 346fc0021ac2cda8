//! The page of the users without a row: what of them is listed, in which order, and who is chosen.

use super::columns::compare_text;
use super::filter::{Expr, FilterError, parse};
use super::others::{self, Other};
use model::snapshot::Snapshot;
use words::Texts;

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OtherSort {
    /// In groups, each with what to do.
    #[default]
    Reason,
    Name,
    User,
}

impl OtherSort {
    /// What it is called.
    pub(crate) fn title(self, t: &Texts) -> &str {
        match self {
            Self::Reason => t.unmatched.by_reason,
            Self::Name => t.columns.name,
            Self::User => t.columns.user,
        }
    }
}

/// The list.
#[derive(Debug)]
pub(crate) struct OthersList {
    /// The chosen one, counted from the first.
    pub(crate) at: usize,
    /// What is searched for: a filter.
    pub(crate) search: String,
    expr: Expr,
    /// Why it does not read; the last good one is in force.
    pub(crate) error: Option<FilterError>,
    pub(crate) sort: OtherSort,
    pub(crate) reversed: bool,
}

impl Default for OthersList {
    fn default() -> Self {
        Self {
            at: 0,
            search: String::new(),
            expr: Expr::All,
            error: None,
            sort: OtherSort::default(),
            reversed: false,
        }
    }
}

impl OthersList {
    /// Searches for this from the first on.
    pub(crate) fn search_for(&mut self, text: &str) {
        text.clone_into(&mut self.search);
        self.at = 0;
        match parse(text) {
            Ok(expr) => (self.expr, self.error) = (expr, None),
            Err(error) => self.error = Some(error),
        }
    }

    /// What does not read is not kept.
    pub(crate) fn keep_what_reads(&mut self) {
        if self.error.take().is_some() {
            self.search = self.expr.to_string();
        }
    }

    /// Sorts by the next value.
    pub(crate) const fn sort_by_next(&mut self) {
        self.reversed = false;
        self.sort = match self.sort {
            OtherSort::Reason => OtherSort::Name,
            OtherSort::Name => OtherSort::User,
            OtherSort::User => OtherSort::Reason,
        };
    }

    /// Who is listed, in the order of the screen.
    pub(crate) fn listed<'a>(&self, snapshot: &'a Snapshot) -> Vec<Other<'a>> {
        let mut listed: Vec<Other<'a>> = others::all(snapshot)
            .filter(|other| self.expr.fits(*other))
            .collect();
        match self.sort {
            OtherSort::Reason => {}
            OtherSort::Name => listed.sort_by(|a, b| {
                compare_text(&a.procall.display_name, &b.procall.display_name)
                    .then_with(|| a.procall.user_name.cmp(&b.procall.user_name))
            }),
            OtherSort::User => listed.sort_by(|a, b| a.procall.user_name.cmp(&b.procall.user_name)),
        }
        if self.reversed {
            listed.reverse();
        }
        listed
    }

    /// The chosen one, or the last one where there are fewer now.
    pub(crate) fn chosen<'a>(&self, snapshot: &'a Snapshot) -> Option<Other<'a>> {
        let listed = self.listed(snapshot);
        let at = self.at.min(listed.len().checked_sub(1)?);
        listed.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::fixture;

    #[rstest]
    #[case(
        "",
        OtherSort::Reason,
        false,
        "lager.nord empfang max.doppel extern.gast uwe.alt fax tuer"
    )]
    #[case(
        "",
        OtherSort::Reason,
        true,
        "tuer fax uwe.alt extern.gast max.doppel empfang lager.nord"
    )]
    #[case(
        "",
        OtherSort::Name,
        false,
        "empfang extern.gast fax lager.nord max.doppel tuer uwe.alt"
    )]
    #[case(
        "",
        OtherSort::User,
        true,
        "uwe.alt tuer max.doppel lager.nord fax extern.gast empfang"
    )]
    #[case("gast", OtherSort::Reason, false, "extern.gast")]
    #[case(
        "!is:excluded !fax",
        OtherSort::User,
        false,
        "empfang extern.gast lager.nord max.doppel uwe.alt"
    )]
    #[case("is:excluded", OtherSort::Reason, false, "tuer")]
    fn the_list(
        #[case] search: &str,
        #[case] sort: OtherSort,
        #[case] reversed: bool,
        #[case] users: &str,
    ) {
        let mut list = OthersList {
            sort,
            reversed,
            ..OthersList::default()
        };
        list.search_for(search);
        let snapshot = fixture::snapshot();
        let listed = list.listed(&snapshot);
        let names = listed.iter().map(|it| it.procall.user_name.as_str());
        let names: Vec<_> = names.filter_map(|name| name.split('@').next()).collect();
        assert_eq!(names.join(" "), users);
    }
}
