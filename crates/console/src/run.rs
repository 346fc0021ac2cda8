//! The loop: take what there is, update, draw once, sleep until something happens.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::canvas::Canvas;
use super::feed::{ConsoleError, Exit, Feed, Options, watch_feed};
use super::logs::LogEntry;
use super::memory::Memory;
use super::msg::{Effect, Msg};
use super::state::{Look, State};
use super::term::{self, Environment, Guard, Wake};
use super::update::update;
use super::view::view;
use model::clock::{advance, elapsed};

/// Frames are at least this far apart; what a key does is shown at once.
const MIN_INTERVAL: Duration = Duration::from_millis(33);
/// A frame that takes longer to leave comes from a slow line: fewer follow.
const SLOW_FRAME: Duration = Duration::from_millis(100);
/// Frames are never further apart than this because of a slow line.
const MAX_INTERVAL: Duration = Duration::from_secs(1);
/// Messages that wait for the loop.
const CHANNEL: usize = 256;

/// Runs the console on this thread until the administrator quits, a signal ends it or the
/// terminal is gone. The terminal is then as it was before; on SIGTERM, SIGHUP and hang-up the
/// process itself ends two seconds later at the latest, so end everything else by then.
///
/// # Errors
/// See [`ConsoleError`].
pub fn run(options: Options, feed: Feed) -> Result<Exit, ConsoleError> {
    // Our own theme without colours does what NO_COLOR asks for; crossterm's way of it would
    // reset the attributes as well.
    ratatui::crossterm::style::force_color_output(true);
    let environment = Environment::read();
    let guard = Guard::enter().map_err(ConsoleError::NoTerminal)?;
    let (to, from) = sync_channel(CHANNEL);
    term::watch(&to).map_err(ConsoleError::Start)?;
    watch_feed(&feed, &to).map_err(ConsoleError::Start)?;
    let writer = guard.writer().map_err(ConsoleError::Start)?;
    let size = term::size();
    let remembered = options.memory.clone();
    let configured = options.settings.columns.clone();
    let mut screen = Loop {
        state: first_state(options, &environment, size, &feed),
        canvas: Canvas::new(writer, size),
        guard: &guard,
        feed,
        environment,
        serial: None,
        interval: MIN_INTERVAL,
        drawn_at: None,
        deadline: None,
        ending: None,
    };
    let before = Memory::of(&screen.state, configured.as_ref());
    let exit = screen.run(&from);
    let after = Memory::of(&screen.state, configured.as_ref());
    drop(screen);
    if let Some(directory) = remembered.filter(|_| after != before) {
        // Nothing is lost that one key does not bring back.
        let _ = after.save(&directory);
    }
    Ok(exit)
}

fn first_state(options: Options, env: &Environment, size: Size, feed: &Feed) -> State {
    let Options {
        settings, memory, ..
    } = options;
    let configured = settings.columns.clone();
    let look = Look::new(
        options.lang,
        options.ascii || env.is_ascii(),
        env.theme(settings.theme.unwrap_or_default(), options.color),
        env.depth(),
        TimeZone::system(),
    )
    .with(settings);
    let snapshot = Arc::clone(&feed.snapshots.borrow());
    let mut state = State::new(look, size, snapshot);
    state.observe = options.observe;
    if let Some(memory) = memory.as_deref().and_then(Memory::load) {
        memory.restore(&mut state);
    }
    if let Some(columns) = configured {
        state.columns = columns;
    }
    state
}

struct Loop<'a> {
    state: State,
    canvas: Canvas<std::fs::File>,
    guard: &'a Guard,
    feed: Feed,
    environment: Environment,
    /// The last picture that was taken.
    serial: Option<u64>,
    /// Frames are this far apart now.
    interval: Duration,
    drawn_at: Option<Timestamp>,
    /// When the picture changes by itself.
    deadline: Option<Timestamp>,
    ending: Option<Exit>,
}

impl Loop<'_> {
    fn run(&mut self, from: &Receiver<Wake>) -> Exit {
        let mut urgent = true;
        let mut dirty = true;
        loop {
            if let Some(exit) = self.ending {
                return exit;
            }
            let wait = self.wait(dirty, urgent);
            if wait == Some(Duration::ZERO) {
                self.news();
                if let Some(exit) = self.draw() {
                    return exit;
                }
                (urgent, dirty) = (false, false);
                continue;
            }
            match receive(from, wait) {
                Received::Nothing => dirty = true,
                Received::Message(first) => {
                    dirty = true;
                    urgent |= self.take_all(first, from);
                }
                Received::Nobody => return Exit::Quit,
            }
        }
    }

    /// How long to wait for messages; zero: draw now; none: until there is one.
    fn wait(&self, dirty: bool, urgent: bool) -> Option<Duration> {
        let now = self.feed.clock.now();
        if urgent {
            return Some(Duration::ZERO);
        }
        let next_frame = self.drawn_at.map_or(now, |at| advance(at, self.interval));
        let at = if dirty {
            next_frame
        } else {
            self.deadline?.max(next_frame)
        };
        if dirty {
            return Some(elapsed(now, at));
        }
        // Never zero: a deadline that has come is a reason to draw, which `Nothing` says.
        Some(elapsed(now, at).max(Duration::from_millis(1)))
    }

    /// Takes this message and all that wait; whether one of them wants to be seen at once.
    fn take_all(&mut self, first: Wake, from: &Receiver<Wake>) -> bool {
        let mut urgent = false;
        let mut next = Some(first);
        while let Some(wake) = next {
            urgent |= self.take(wake);
            next = from.try_recv().ok();
        }
        urgent
    }

    fn take(&mut self, wake: Wake) -> bool {
        let msg = match wake {
            Wake::Key(key) => Msg::Key(key),
            Wake::Paste(text) => Msg::Paste(text),
            Wake::Resize(width, height) => {
                self.canvas.invalidate(Size { width, height });
                Msg::Resize(width, height)
            }
            Wake::BridgeEnded => Msg::BridgeEnded,
            Wake::News => return false,
            Wake::Stop => {
                term::stop();
                self.come_back();
                return true;
            }
            Wake::Continued => {
                self.come_back();
                return true;
            }
            Wake::End(exit) => {
                self.ending = self.ending.or(Some(exit));
                return false;
            }
        };
        let urgent = matches!(msg, Msg::Key(_) | Msg::Paste(_));
        self.update(msg);
        urgent
    }

    fn update(&mut self, msg: Msg) {
        let now = self.feed.clock.now();
        for effect in update(&mut self.state, msg, now) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => self.ending = self.ending.or(Some(Exit::Quit)),
            Effect::Redraw => self.canvas.invalidate(term::size()),
            Effect::Suspend => term::suspend(),
            Effect::Copy(text) => {
                let bytes = term::osc52(&text, self.environment.tmux);
                // A terminal that does not take it does not take the next frame either.
                let _ = self.canvas.send(&bytes);
            }
            Effect::Write { file, text } => {
                let outcome = write_new(&file, &text);
                self.update(Msg::Wrote(outcome));
            }
            Effect::Send(command) => {
                if self.feed.commands.try_send(command).is_err() {
                    self.update(Msg::QueueFull);
                }
            }
        }
    }

    /// Takes the terminal again; the shell has written on it meanwhile, or its size has changed.
    fn come_back(&mut self) {
        let _ = self.guard.enter_again();
        let size = term::size();
        self.canvas.invalidate(size);
        self.update(Msg::Resize(size.width, size.height));
    }

    /// The latest picture and all log lines: only before a frame, so that a busy bridge costs no
    /// more than the frames do.
    fn news(&mut self) {
        let latest = Arc::clone(&self.feed.snapshots.borrow_and_update());
        if self.serial != Some(latest.serial) {
            self.serial = Some(latest.serial);
            self.update(Msg::Snapshot(latest));
        }
        let (lines, dropped) = self.feed.logs.take();
        if dropped > 0 {
            self.update(Msg::LogDropped(dropped));
        }
        for line in lines {
            mirror(&line);
            self.update(Msg::Log(line));
        }
    }

    /// Draws a frame; a reason to end, where the terminal does not take it.
    fn draw(&mut self) -> Option<Exit> {
        let now = self.feed.clock.now();
        let state = &self.state;
        let drawn = self.canvas.draw(|buf| {
            let drawn = view(state, now, buf);
            (drawn.cursor, drawn.deadline)
        });
        let after = self.feed.clock.now();
        let Ok((written, deadline)) = drawn else {
            term::arm(Exit::HungUp);
            return Some(Exit::HungUp);
        };
        self.deadline = deadline;
        self.drawn_at = Some(after);
        if written {
            self.pace(elapsed(now, after));
        }
        None
    }

    /// Fewer frames on a slow line, more again when it is faster.
    fn pace(&mut self, took: Duration) {
        let before = self.interval;
        self.interval = if took > SLOW_FRAME {
            (self.interval * 2).min(MAX_INTERVAL)
        } else {
            (self.interval / 2).max(MIN_INTERVAL)
        };
        let slow = self.interval > MIN_INTERVAL;
        if slow != (before > MIN_INTERVAL) {
            self.update(Msg::SlowTerminal(slow));
        }
    }
}

/// Writes a file that only its owner may read; never over one that is there. Where it is.
fn write_new(file: &str, text: &str) -> Result<String, String> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let said = |error: std::io::Error| format!("{file}: {error}");
    let place = std::path::absolute(file).map_err(said)?;
    let mut to = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&place)
        .map_err(said)?;
    to.write_all(text.as_bytes()).map_err(said)?;
    Ok(model::text::harmless(&place.to_string_lossy()).into_owned())
}

enum Received {
    Message(Wake),
    /// The time is up.
    Nothing,
    /// Nobody can send any more.
    Nobody,
}

fn receive(from: &Receiver<Wake>, wait: Option<Duration>) -> Received {
    let Some(wait) = wait else {
        return from.recv().map_or(Received::Nobody, Received::Message);
    };
    match from.recv_timeout(wait) {
        Ok(wake) => Received::Message(wake),
        Err(RecvTimeoutError::Timeout) => Received::Nothing,
        Err(RecvTimeoutError::Disconnected) => Received::Nobody,
    }
}

/// Gives a line to tui-logger, for its explorer. No thread of tui-logger's own runs: its mover
/// would wake the process a hundred times a second.
fn mirror(line: &LogEntry) {
    let level = match line.level {
        tracing::Level::ERROR => log::Level::Error,
        tracing::Level::WARN => log::Level::Warn,
        tracing::Level::INFO => log::Level::Info,
        tracing::Level::DEBUG => log::Level::Debug,
        _ => log::Level::Trace,
    };
    let target = match line.source {
        super::LogSource::Ours => &*line.target,
        super::LogSource::UcServer => "ucserver",
    };
    let user = line.user.as_ref().map_or("", |user| user.as_str());
    tui_logger::Drain::new().log(
        &log::Record::builder()
            .level(level)
            .target(target)
            .args(format_args!("{user} {}", line.text))
            .build(),
    );
    tui_logger::move_events();
}
