//! What the screen of all bridges shows, and what keys make of it. Pure.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Size;
use report::{FleetPlace, FleetRow, FleetSite, Look, fleet_rows, fleet_sum};

use crate::state::Appearance;

/// Lines that are no rows: the head, the titles, the sum, the keys.
pub(super) const OTHER_LINES: u16 = 4;

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
    /// What rows must have in a cell.
    pub(super) filter: String,
    /// The filter is being typed.
    pub(super) typing: bool,
    /// The bridge that is selected; rows change places under it.
    selected: Option<FleetPlace>,
    quits: bool,
}

impl FleetState {
    pub(super) const fn new(look: Appearance, size: Size) -> Self {
        Self {
            look,
            size,
            rows: None,
            sum: String::new(),
            filter: String::new(),
            typing: false,
            selected: None,
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

    /// The rows that the filter lets through.
    pub(super) fn shown(&self) -> Vec<&FleetRow> {
        let wanted = self.filter.to_lowercase();
        let has = |row: &&FleetRow| {
            let mut cells = row.cells.iter();
            wanted.is_empty() || cells.any(|cell| cell.to_lowercase().contains(&wanted))
        };
        self.rows.iter().flatten().filter(has).collect()
    }

    /// The place of the selected row among those that are shown.
    pub(super) fn at(&self) -> usize {
        let shown = self.shown();
        let is_it = |row: &&FleetRow| Some(&row.place) == self.selected.as_ref();
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
            KeyCode::Esc => self.filter.clear(),
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
                self.filter.clear();
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
                self.filter.clear();
            }
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Char(letter) => self.filter.push(letter),
            _ => {}
        }
    }

    /// Pasted text belongs to the filter alone.
    pub(super) fn type_in(&mut self, text: &str) {
        if self.typing {
            self.filter.extend(text.chars().filter(|c| !c.is_control()));
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
        self.selected = shown.get(to).map(|row| row.place.clone());
    }
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
            paint: None,
        }
    }

    pub(in crate::fleet) fn screen(rows: &[(&str, bool)]) -> FleetState {
        let zone = TimeZone::UTC;
        let look = Appearance::new(Lang::En, false, ThemeName::Mono, Depth::Sixteen, zone);
        let mut state = FleetState::new(look, Size::new(80, 6));
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
        assert_eq!(state.filter, "q");
        assert_eq!(state.press(ctrl_c), None);
        assert_eq!(state.press(ctrl_c), Some(Wish::Quit));
        assert_eq!(press(&mut state, "q"), Some(Wish::Quit));
    }
}
