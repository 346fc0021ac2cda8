//! What the console knows: the snapshot, what of it is shown, and where the administrator is.

mod appearance;
mod problems;
mod selection;
mod shown;

use std::sync::Arc;

use jiff::Timestamp;
use ratatui::layout::Size;

pub(crate) use self::appearance::Appearance;
use super::alerts::Alerts;
use super::columns::{Arrangement, WidthClass};
use super::filter::{Expr, Sight};
use super::keys::Scope;
use super::layout::Areas;
use super::logs::{LogPane, LogSource};
use super::order::{Order, Sort};
use super::others::{self, Place};
use super::others_list::OthersList;
use super::problems::Problem;
pub(crate) use super::prompts::{
    Detour, Filter, List, Menu, Offer, Palette, Prompt, Prompted, Question, StatusLine,
};
pub(crate) use super::screen::{Focus, LogFocus, LogSize, Screen};
use super::settings::NamedFilter;
use super::theme::ThemeChoice;
use model::presence::UserName;
use model::snapshot::{Mode, PastView, Seen, Snapshot};

/// Everything the view draws from.
// The switches are independent of each other: each is one key or one fact.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug)]
pub(crate) struct State {
    look: Appearance,
    pub(crate) size: Size,
    live: Arc<Snapshot>,
    frozen: Option<(Arc<Snapshot>, Timestamp)>,
    pub(crate) order: Order,
    pub(crate) sort: Sort,
    pub(crate) filter: Filter,
    /// Who is found beside the rows.
    pub(crate) found: Vec<Place>,
    pub(crate) others: OthersList,
    pub(crate) selected: Option<UserName>,
    /// Where the selected user is among the shown rows.
    pub(crate) selected_at: usize,
    /// The first line of the table on the screen, below the lines that stay.
    pub(crate) top: usize,
    pub(crate) screens: Vec<Screen>,
    /// How far the front screen is scrolled.
    pub(crate) scroll: usize,
    pub(crate) focus: Focus,
    pub(crate) log_size: LogSize,
    pub(crate) detour: Option<Detour>,
    pub(crate) ours: LogPane,
    pub(crate) followed: LogPane,
    pub(crate) prompt: Option<Prompt>,
    pub(crate) menu: Option<Menu>,
    pub(crate) palette: Option<Palette>,
    pub(crate) columns: Arrangement,
    /// What is searched for in the help.
    pub(crate) help_search: String,
    /// The chosen one of the problems.
    pub(crate) problem_at: usize,
    /// Whether somebody has begun to walk through them.
    pub(crate) walking: bool,
    pub(crate) private: bool,
    pub(crate) observe: bool,
    pub(crate) notice: Option<StatusLine>,
    pub(crate) question: Option<Question>,
    pub(crate) problems: Vec<Problem>,
    /// The bridge has ended.
    pub(crate) ended: bool,
    /// There is a recording to look back into.
    pub(crate) looks_back: bool,
    /// The screen that has opened this one comes back when it ends.
    pub(crate) comes_back: bool,
    /// The last live picture, while a moment of the past is shown.
    before_past: Option<Arc<Snapshot>>,
    pub(crate) slow_terminal: bool,
    /// What rings, and how.
    pub(crate) alerts: Alerts,
    /// When it rang last.
    pub(crate) rang_at: Option<Timestamp>,
    /// The terminal reports the mouse.
    pub(crate) mouse: bool,
    pub(crate) explorer: Explorer,
    /// The theme that somebody has chosen by key, to be remembered.
    pub(crate) kept_theme: Option<ThemeChoice>,
}

/// tui-logger's widget state; it does not know how to be debugged.
#[derive(Default)]
pub(crate) struct Explorer(pub(crate) tui_logger::TuiWidgetState);

impl std::fmt::Debug for Explorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Explorer")
    }
}

impl State {
    /// Before anything is known.
    pub(crate) fn new(look: Appearance, size: Size, snapshot: Arc<Snapshot>) -> Self {
        Self {
            look,
            size,
            live: snapshot,
            frozen: None,
            order: Order::default(),
            sort: Sort::default(),
            filter: Filter::default(),
            found: Vec::new(),
            others: OthersList::default(),
            selected: None,
            selected_at: 0,
            top: 0,
            screens: Vec::new(),
            scroll: 0,
            focus: Focus::default(),
            log_size: LogSize::default(),
            detour: None,
            ours: LogPane::default(),
            followed: LogPane::default(),
            prompt: None,
            menu: None,
            palette: None,
            columns: Arrangement::default(),
            help_search: String::new(),
            problem_at: 0,
            walking: false,
            private: false,
            observe: false,
            notice: None,
            question: None,
            problems: Vec::new(),
            ended: false,
            looks_back: false,
            comes_back: false,
            before_past: None,
            slow_terminal: false,
            alerts: Alerts::default(),
            rang_at: None,
            mouse: false,
            explorer: Explorer::default(),
            kept_theme: None,
        }
    }

    pub(crate) fn look(&self) -> &Appearance {
        &self.look
    }

    /// How it looks, to be changed.
    pub(crate) fn look_mut(&mut self) -> &mut Appearance {
        &mut self.look
    }

    /// Where everything goes on a screen of this size.
    pub(crate) fn areas(&self) -> Areas {
        Areas::for_size(self.size, self.log_size, self.focus)
    }

    /// The snapshot on the screen: the pinned one while frozen.
    pub(crate) fn snapshot(&self) -> &Arc<Snapshot> {
        self.frozen
            .as_ref()
            .map_or(&self.live, |(pinned, _)| pinned)
    }

    /// The latest snapshot, also while another one is frozen on the screen, or one of the past.
    pub(crate) fn latest(&self) -> &Snapshot {
        self.before_past.as_ref().unwrap_or(&self.live)
    }

    /// The moment of the past that is shown.
    pub(crate) fn past(&self) -> Option<&PastView> {
        self.snapshot().seen.past()
    }

    /// Not frozen any more.
    pub(crate) fn thaw(&mut self, now: Timestamp) {
        if self.is_frozen() {
            self.toggle_freeze(now);
        }
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// The moment on the screen: the pinned one while frozen.
    pub(crate) fn shown_at(&self, now: Timestamp) -> Timestamp {
        self.frozen.as_ref().map_or(now, |(_, at)| *at)
    }

    /// Takes a newer snapshot.
    pub(crate) fn take(&mut self, snapshot: Arc<Snapshot>, now: Timestamp) {
        let before = std::mem::replace(&mut self.live, snapshot);
        self.cross_over(before);
        if self.frozen.is_none() {
            self.reorder(now);
        }
    }

    /// From live to the past, or back: what was said was about another time, and each has its log.
    fn cross_over(&mut self, before: Arc<Snapshot>) {
        match (before.seen.past(), self.live.seen.past()) {
            (None, Some(_)) => self.before_past = Some(before),
            (Some(_), None) => {
                self.before_past = None;
                self.ours.leave_past();
                self.followed.leave_past();
            }
            _ => return,
        }
        self.notice = None;
    }

    /// Freezes, or goes on.
    pub(crate) fn toggle_freeze(&mut self, now: Timestamp) {
        self.frozen = match self.frozen {
            None => Some((Arc::clone(&self.live), now)),
            Some(_) => None,
        };
        self.reorder(now);
    }

    /// Sorts, filters and looks for problems afresh.
    pub(crate) fn reorder(&mut self, now: Timestamp) {
        let snapshot = Arc::clone(self.snapshot());
        self.look_through(&snapshot, now, |order, state, sight| {
            order.update(&snapshot, state.sort, &state.filter.expr, sight);
        });
        self.find_problems(&snapshot, self.shown_at(now));
        self.find_selected();
    }

    /// Filters afresh. Order and problems of the snapshot do not change with the filter, and a
    /// keystroke waits for this.
    pub(crate) fn refilter(&mut self, now: Timestamp) {
        if !self.order.covers(self.snapshot()) {
            return self.reorder(now);
        }
        let snapshot = Arc::clone(self.snapshot());
        self.look_through(&snapshot, now, |order, state, sight| {
            order.filter(&snapshot, &state.filter.expr, sight);
        });
        self.find_selected();
    }

    /// Looks through rows, as they are shown, and through those without a row.
    fn look_through(
        &mut self,
        snapshot: &Snapshot,
        now: Timestamp,
        look: impl FnOnce(&mut Order, &Self, &Sight<'_>),
    ) {
        let mut order = std::mem::take(&mut self.order);
        let drawing = self.drawing(now);
        let class = WidthClass::for_width(self.areas().table.width);
        let sight = Sight {
            now: drawing.now,
            interval: snapshot.poll.interval,
            drawn: Some((&drawing, class)),
        };
        look(&mut order, self, &sight);
        self.order = order;
        self.found.clear();
        if self.filter.expr != Expr::All {
            let others = others::all(snapshot);
            let found = others.filter(|other| self.filter.expr.looks_for(*other));
            self.found.extend(found.map(|other| other.place));
        }
    }

    /// The filters with a name: those of the configuration, then those that were saved here.
    pub(crate) fn named_filters(&self) -> impl Iterator<Item = &NamedFilter> {
        self.look.filters.iter().chain(&self.filter.saved)
    }

    /// The front screen; none: the table.
    pub(crate) fn screen(&self) -> Option<Screen> {
        self.screens.last().copied()
    }

    /// Whose keys hold.
    pub(crate) fn scope(&self) -> Scope {
        match (self.screen(), self.focus) {
            (Some(_), _) => Scope::Screen,
            (None, Focus::Log(_)) => Scope::Log,
            (None, Focus::Table) => Scope::Table,
        }
    }

    /// The columns on the screen, in their order.
    pub(crate) fn shown_columns(&self) -> Vec<usize> {
        let table = self.areas().table.width.saturating_sub(1);
        let shown = self.columns.shown(table, WidthClass::for_width(table + 1));
        shown.iter().map(|(column, _)| *column).collect()
    }

    /// Whether the bridge writes at all.
    pub(crate) fn is_observing(&self) -> bool {
        self.observe || matches!(self.snapshot().mode, Mode::Observing(_))
    }

    /// How many leases would be cleared with this process: none where another process is the bridge.
    pub(crate) fn leases_that_end_with_us(&self) -> usize {
        let latest = self.latest();
        match (latest.seen, &latest.mode) {
            (Seen::Own, Mode::Writing | Mode::Paused) if !self.ended => latest.leases.held,
            _ => 0,
        }
    }

    /// The least severe level that the bridge records, where it says so.
    pub(crate) fn recorded_level(&self) -> Option<tracing::Level> {
        self.snapshot().tenant.log_level.as_deref()?.parse().ok()
    }

    /// The pane that this line belongs into.
    pub(crate) fn pane_mut(&mut self, source: LogSource) -> &mut LogPane {
        match source {
            LogSource::Ours => &mut self.ours,
            LogSource::UcServer => &mut self.followed,
        }
    }

    /// The pane with the focus; ours where the table has it.
    pub(crate) fn focused_pane(&mut self) -> &mut LogPane {
        match self.focus {
            Focus::Log(LogFocus::Followed) => &mut self.followed,
            _ => &mut self.ours,
        }
    }
}
