//! The screen of all bridges: a row each, the worst first. As everywhere, `update` and `view` are pure,
//! nothing is drawn that has not changed, and the terminal is left as it was.
//!
//! | file | what |
//! | --- | --- |
//! | `state` | what is shown, and what keys make of it (pure) |
//! | `view` | what it looks like (pure) |

mod state;
mod view;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use jiff::tz::TimeZone;
use report::{FleetPlace, FleetSite};
use tokio::sync::watch;

pub use self::state::FleetView;

use self::state::{FleetState, Wish};
use self::view::view;
use super::canvas::Canvas;
use super::feed::{ConsoleError, ConsoleExit, ConsoleOptions, nudge, wait_for};
use super::state::Appearance;
use super::term::{self, FrameSink, Guard, TerminalEnvironment, Wake};
use super::theme::ThemeName;
use clocks::SystemClock;
use model::clock::Clock;

/// Messages that wait for the loop.
const CHANNEL: usize = 256;

/// All bridges as they are seen now; nothing before the first look.
pub type FleetSites = Arc<Vec<FleetSite>>;

/// How the screen ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FleetEnd {
    /// As any console.
    Exit(ConsoleExit),
    /// To look at the bridge of this place, and come back to this view.
    Open(FleetPlace, FleetView),
}

/// Runs the screen on this thread until the administrator quits or opens a bridge, a signal ends it or
/// the terminal is gone. The terminal is then as it was before. It begins with `view`.
///
/// # Errors
/// See [`ConsoleError`].
pub fn run_fleet(
    options: &ConsoleOptions,
    sites: watch::Receiver<Option<FleetSites>>,
    view: FleetView,
) -> Result<FleetEnd, ConsoleError> {
    ratatui::crossterm::style::force_color_output(true);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (to, from) = sync_channel(CHANNEL);
    let terminal = term::open(&clock, &to).map_err(ConsoleError::from_io)?;
    let guard = terminal.enter().map_err(ConsoleError::from_io)?;
    terminal.watch(&clock, &to).map_err(ConsoleError::Start)?;
    watch_sites(sites.clone(), to).map_err(ConsoleError::Start)?;
    let state = FleetState::new(look(options), term::size(), view);
    let mut screen = Screen {
        canvas: Canvas::new(terminal.sink(), state.size),
        sink: terminal.sink(),
        state,
        sites,
    };
    let end = screen.run(&from, &guard);
    drop(screen);
    if !term::leave() {
        let code = match &end {
            FleetEnd::Exit(exit) => exit.code(),
            FleetEnd::Open(..) => ConsoleExit::HungUp.code(),
        };
        term::arm(code);
    }
    drop(guard);
    Ok(end)
}

fn look(options: &ConsoleOptions) -> Appearance {
    let env = TerminalEnvironment::read();
    let theme = if env.has_colors(options.color) {
        env.background()
    } else {
        ThemeName::Mono
    };
    let ascii = options.ascii || !env.utf8;
    let mut look = Appearance::new(options.lang, ascii, theme, env.depth(), TimeZone::system());
    look.fit(theme);
    look.choose(options.theme.or(options.settings.theme).unwrap_or_default());
    look
}

fn watch_sites(
    mut sites: watch::Receiver<Option<FleetSites>>,
    to: SyncSender<Wake>,
) -> io::Result<()> {
    let watching = std::thread::Builder::new().name("fleet".into());
    let watching = watching.spawn(move || {
        while wait_for(sites.changed()).is_ok() {
            nudge(&to);
        }
    });
    watching.map(drop)
}

struct Screen {
    state: FleetState,
    canvas: Canvas<FrameSink>,
    sink: FrameSink,
    sites: watch::Receiver<Option<FleetSites>>,
}

impl Screen {
    fn run(&mut self, from: &Receiver<Wake>, guard: &Guard) -> FleetEnd {
        loop {
            let latest = self.sites.borrow_and_update().clone();
            if let Some(sites) = latest {
                self.state.take(&sites);
            }
            // A frame waits until the terminal has taken the one before.
            if self.sink.is_free() && self.draw().is_err() {
                term::arm(ConsoleExit::HungUp.code());
                return FleetEnd::Exit(ConsoleExit::HungUp);
            }
            let Ok(wake) = from.recv() else {
                return FleetEnd::Exit(ConsoleExit::Quit);
            };
            if let Some(end) = self.take(wake, guard) {
                return end;
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let state = &self.state;
        self.canvas.draw(|buf| (view(state, buf), ())).map(drop)
    }

    fn take(&mut self, wake: Wake, guard: &Guard) -> Option<FleetEnd> {
        match wake {
            Wake::Key(key) => match self.state.press(key)? {
                Wish::Quit => return Some(FleetEnd::Exit(ConsoleExit::Quit)),
                Wish::Open(place) => {
                    let view = self.state.view.clone();
                    return Some(FleetEnd::Open(place, view));
                }
                Wish::Redraw => self.canvas.invalidate(term::size()),
                Wish::Suspend => term::suspend(),
            },
            Wake::Paste(text) => self.state.type_in(&text),
            Wake::Resize(size) => self.resize(size),
            Wake::Stop => {
                term::stop();
                self.come_back(guard);
            }
            Wake::Continued => self.come_back(guard),
            Wake::End(exit) => return Some(FleetEnd::Exit(exit)),
            Wake::Background(_)
            | Wake::Pointer(_)
            | Wake::Free
            | Wake::News
            | Wake::Wrote(_)
            | Wake::BridgeEnded => {}
        }
        None
    }

    fn come_back(&mut self, guard: &Guard) {
        let _ = guard.enter_again();
        self.resize(term::size());
    }

    fn resize(&mut self, size: ratatui::layout::Size) {
        self.canvas.invalidate(size);
        self.state.size = size;
    }
}
