//! What the console begins with: what the command line, the configuration, the memory and the
//! environment say, in this order.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::feed::{ConsoleOptions, Feed};
use super::memory::Memory;
use super::state::{Appearance, State};
use super::term::TerminalEnvironment;
use super::theme::ThemeName;

/// The state before the first frame.
pub(super) fn opening(
    options: ConsoleOptions,
    env: &TerminalEnvironment,
    size: Size,
    feed: &Feed,
) -> State {
    let ConsoleOptions {
        settings, memory, ..
    } = options;
    let configured = settings.columns.clone();
    let (mouse, alerts, alert_by) = (settings.mouse, settings.alerts.clone(), settings.alert_by);
    let theme = if env.has_colors(options.color) {
        env.background()
    } else {
        ThemeName::Mono
    };
    let mut look = Appearance::new(
        options.lang,
        options.ascii || !env.utf8,
        theme,
        env.depth(),
        TimeZone::system(),
    );
    look.fit(theme);
    look.choose(settings.theme.unwrap_or_default());
    let look = look.with(settings);
    let snapshot = Arc::clone(&feed.snapshots.borrow());
    let mut state = State::new(look, size, snapshot);
    state.observe = options.observe;
    state.comes_back = options.comes_back;
    state.looks_back = feed.past.is_some();
    if let Some(memory) = memory.as_deref().and_then(Memory::load) {
        memory.restore(&mut state);
    }
    if let Some(theme) = options.theme {
        state.look_mut().choose(theme);
    }
    state.mouse = mouse;
    state.alerts.events = alerts.unwrap_or(state.alerts.events);
    state.alerts.way = alert_by.unwrap_or(state.alerts.way);
    if let Some(columns) = configured {
        state.columns = columns;
    }
    state
}
