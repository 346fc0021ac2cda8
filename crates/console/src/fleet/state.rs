//! What the screen of all bridges shows, and what keys make of it. Pure.

use std::cmp::Ordering;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Size;
use report::{FleetPlace, FleetRow, FleetSite, Look, fleet_rows, fleet_sum};
use serde::{Deserialize, Serialize};

use crate::state::Appearance;

/// Lines that are no rows: the head, the titles, the sum, the keys.
pub(super) const OTHER_LINES: u16 = 4;

/// Which rows are wanted, and in which order: what comes back with the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FleetView {
    /// What rows must have in a cell.
    filter: String,
    /// By which column they are sorted; the worst first where by none.
    sort: Option<usize>,
    /// The other way round.
    reversed: bool,
    /// The bridge that is selected; rows change places under it.
    selected: Option<FleetPlace>,
}

/// What a key asks for beyond the screen itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Quit,
    Open(FleetPlace),
    Redraw,
    Suspend,
}

/// The state of the screen.
#[derive(Debug)]
pub(super) struct FleetState {
    pub(super) look: Appearance,
    pub(super) size: Size,
    /// Nothing before the first look.
    pub(super) rows: Option<Vec<FleetRow>>,
    pub(super) sum: String,
    pub(super) view: FleetView,
    /// The filter is being typed.
    pub(super) typing: bool,
    quits: bool,
}

impl FleetState {
    pub(super) const fn new(look: Appearance, size: Size, view: FleetView) -> Self {
        Self {
            look,
            size,
            rows: None,
            sum: String::new(),
            view,
            typing: false,
            quits: false,
        }
    }

    /// All bridges as they are seen now.
    pub(super) fn take(&mut self, sites: &[FleetSite]) {
        let look = Look {
            lang: self.look.lang,
            ascii: self.look.ascii,
            ..Look::default()
        };
        self.sum = fleet_sum(sites, self.look.texts);
        self.rows = Some(fleet_rows(sites, &look));
    }

    /// The rows that the filter lets through, in the order that is wanted.
    pub(super) fn shown(&self) -> Vec<&FleetRow> {
        let wanted = self.view.filter.to_lowercase();
        let has = |row: &&FleetRow| {
            let mut cells = row.cells.iter();
            wanted.is_empty() || cells.any(|cell| cell.to_lowercase().contains(&wanted))
        };
        let mut shown: Vec<_> = self.rows.iter().flatten().filter(has).collect();
        if let Some(column) = self.view.sort {
            shown.sort_by(|a, b| by_column(column, a, b));
        }
        if self.view.reversed {
            shown.reverse();
        }
        shown
    }

    /// What rows must have in a cell.
    pub(super) fn filter(&self) -> &str {
        &self.view.filter
    }

    /// The column that the rows are sorted by, and whether the other way round.
    pub(super) const fn sorted(&self) -> (Option<usize>, bool) {
        (self.view.sort, self.view.reversed)
    }

    /// By the next column, after the last one by none.
    fn sort(&mut self) {
        let columns = self.rows.iter().flatten().map(|row| row.cells.len()).next();
        let last = columns.unwrap_or(0).checked_sub(1);
        self.view.sort = match self.view.sort {
            None => last.map(|_| 0),
            at if at == last => None,
            Some(at) => Some(at + 1),
        };
    }

    /// The place of the selected row among those that are shown.
    pub(super) fn at(&self) -> usize {
        let shown = self.shown();
        let is_it = |row: &&FleetRow| Some(&row.place) == self.view.selected.as_ref();
        shown.iter().position(is_it).unwrap_or(0)
    }

    /// How many rows there is room for.
    pub(super) fn room(&self) -> usize {
        self.size.height.saturating_sub(OTHER_LINES).max(1).into()
    }

    pub(super) fn press(&mut self, key: KeyEvent) -> Option<Wish> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return self.control(key.code);
        }
        self.quits = false;
        if self.typing {
            self.typed(key.code);
            return None;
        }
        match key.code {
            KeyCode::Char('q') => return Some(Wish::Quit),
            KeyCode::Enter => return self.open(),
            KeyCode::Char('/') => self.typing = true,
            KeyCode::Char('o') => self.sort(),
            KeyCode::Char('O') => self.view.reversed ^= true,
            KeyCode::Esc => self.view.filter.clear(),
            KeyCode::Down | KeyCode::Char('j') => self.go(1),
            KeyCode::Up | KeyCode::Char('k') => self.go(-1),
            KeyCode::PageDown => self.go(self.page()),
            KeyCode::PageUp => self.go(-self.page()),
            KeyCode::Home | KeyCode::Char('g') => self.go(isize::MIN),
            KeyCode::End | KeyCode::Char('G') => self.go(isize::MAX),
            _ => {}
        }
        None
    }

    fn control(&mut self, code: KeyCode) -> Option<Wish> {
        match code {
            // Twice it always ends, whatever is being typed.
            KeyCode::Char('c') if self.quits || !self.typing => Some(Wish::Quit),
            KeyCode::Char('c') => {
                (self.typing, self.quits) = (false, true);
                self.view.filter.clear();
                None
            }
            KeyCode::Char('l') => Some(Wish::Redraw),
            KeyCode::Char('z') => Some(Wish::Suspend),
            _ => None,
        }
    }

    fn typed(&mut self, code: KeyCode) {
        match code {
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => {
                self.typing = false;
                self.view.filter.clear();
            }
            KeyCode::Backspace => drop(self.view.filter.pop()),
            KeyCode::Char(letter) => self.view.filter.push(letter),
            _ => {}
        }
    }

    /// Pasted text belongs to the filter alone.
    pub(super) fn type_in(&mut self, text: &str) {
        if self.typing {
            self.view
                .filter
                .extend(text.chars().filter(|c| !c.is_control()));
        }
    }

    /// One that is not seen cannot be opened.
    fn open(&self) -> Option<Wish> {
        let shown = self.shown();
        let row = shown.get(self.at()).filter(|row| row.seen)?;
        Some(Wish::Open(row.place.clone()))
    }

    fn page(&self) -> isize {
        isize::try_from(self.room()).unwrap_or(isize::MAX)
    }

    fn go(&mut self, by: isize) {
        let (at, shown) = (self.at(), self.shown());
        let last = shown.len().saturating_sub(1);
        let to = at.saturating_add_signed(by).min(last);
        self.view.selected = shown.get(to).map(|row| row.place.clone());
    }
}

/// Numbers by their size, anything else as it is read; who has nothing there last.
fn by_column(column: usize, a: &FleetRow, b: &FleetRow) -> Ordering {
    let number = |row: &FleetRow| row.numbers.get(column).copied().flatten();
    let text = |row: &FleetRow| row.cells.get(column).map(|cell| cell.to_lowercase());
    let empty = |row: &FleetRow| text(row).is_none_or(|text| text.is_empty());
    let numbers = number(a).cmp(&number(b));
    empty(a)
        .cmp(&empty(b))
        .then(numbers)
        .then_with(|| text(a).cmp(&text(b)))
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::tz::TimeZone;
    use model::presence::Lang;
    use rstest::rstest;

    use super::*;
    use crate::theme::{Depth, ThemeName};

    pub(in crate::fleet) fn row(socket: &str, seen: bool) -> FleetRow {
        let mut cells: [String; 9] = std::array::from_fn(|_| String::new());
        cells[0] = if seen { "writing" } else { "not seen" }.to_owned();
        cells[1] = format!("{socket}.example");
        FleetRow {
            place: FleetPlace::Socket(socket.into()),
            seen,
            cells,
            numbers: [None; 9],
            paint: None,
        }
    }

    pub(in crate::fleet) fn screen(rows: &[(&str, bool)]) -> FleetState {
        let zone = TimeZone::UTC;
        let look = Appearance::new(Lang::En, false, ThemeName::Mono, Depth::Sixteen, zone);
        let mut state = FleetState::new(look, Size::new(80, 6), FleetView::default());
        state.rows = Some(rows.iter().map(|(name, seen)| row(name, *seen)).collect());
        state
    }

    fn press(state: &mut FleetState, keys: &str) -> Option<Wish> {
        let code = |key| match key {
            '\n' => KeyCode::Enter,
            '\x1b' => KeyCode::Esc,
            key => KeyCode::Char(key),
        };
        let keys = keys.chars().map(|key| KeyEvent::from(code(key)));
        keys.map(|key| state.press(key)).last().flatten()
    }

    #[rstest]
    #[case::first("\n", Some("b"))]
    #[case::down("j\n", Some("c"))]
    #[case::not_beyond_the_end("jjjj\n", Some("d"))]
    #[case::and_back("Gk\n", Some("c"))]
    #[case::filtered("/C.EX\n\n", Some("c"))]
    #[case::the_filter_is_gone("/c.ex\x1b\n", Some("b"))]
    #[case::nobody("/nobody\n\n", None)]
    fn enter_opens_the_selected_one(#[case] keys: &str, #[case] opened: Option<&str>) {
        let mut state = screen(&[("b", true), ("c", true), ("d", true)]);
        let wish = opened.map(|socket| Wish::Open(FleetPlace::Socket(socket.into())));
        assert_eq!(press(&mut state, keys), wish);
    }

    #[test]
    fn one_that_is_not_seen_is_not_opened() {
        let mut state = screen(&[("a", false), ("b", true)]);
        assert_eq!(press(&mut state, "\n"), None);
    }

    #[test]
    fn the_selection_stays_with_its_bridge() {
        let mut state = screen(&[("a", true), ("b", true)]);
        press(&mut state, "j");
        state.rows = Some(vec![row("b", true), row("a", true)]);
        assert_eq!(
            press(&mut state, "\n"),
            Some(Wish::Open(FleetPlace::Socket("b".into())))
        );
    }

    #[test]
    fn ctrl_c_ends_it_and_twice_whatever_is_typed() {
        let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        let mut state = screen(&[("a", true)]);
        press(&mut state, "/q");
        assert_eq!(state.view.filter, "q");
        assert_eq!(state.press(ctrl_c), None);
        assert_eq!(state.press(ctrl_c), Some(Wish::Quit));
        assert_eq!(press(&mut state, "q"), Some(Wish::Quit));
    }

    #[rstest]
    #[case::the_worst_first("", ["c", "a", "b"])]
    #[case::by_tenant("oo", ["a", "b", "c"])]
    #[case::the_other_way_round("ooO", ["c", "b", "a"])]
    #[case::by_users_as_numbers("ooooo", ["b", "c", "a"])]
    #[case::by_all_columns_in_turn("oooooooooo", ["c", "a", "b"])]
    fn keys_sort(#[case] keys: &str, #[case] expected: [&str; 3]) {
        let mut state = screen(&[("c", true), ("a", true), ("b", true)]);
        for (row, users) in state.rows.iter_mut().flatten().zip([9, 100, 8]) {
            (row.numbers[4], row.cells[4]) = (Some(users), users.to_string());
        }
        press(&mut state, keys);
        let places: Vec<_> = state.shown().iter().map(|row| row.place.name()).collect();
        assert_eq!(places, expected);
    }

    /// Whoever has opened a bridge comes back to where it was.
    #[test]
    fn filter_sort_and_selection_come_back() {
        let rows = [("b", true), ("a", true), ("c", false)];
        let mut state = screen(&rows);
        press(&mut state, "/example\nooj");
        let kept = serde_json::to_string(&state.view).unwrap();
        let mut again = screen(&rows);
        again.view = serde_json::from_str(&kept).unwrap();
        assert_eq!(press(&mut again, "\n"), press(&mut state, "\n"));
        assert_eq!(again.view, state.view);
    }
}
