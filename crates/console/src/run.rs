//! The loop: take what there is, update, draw once, sleep until something happens.

mod frames;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use jiff::Timestamp;

use super::background::QUESTION;
use super::canvas::Canvas;
use super::feed::{ConsoleError, ConsoleExit, ConsoleOptions, Feed, watch_feed};
use super::memory::Memory;
use super::msg::{Effect, Msg};
use super::new_file::write_new;
use super::opening::opening;
use super::state::State;
use super::term::{self, FrameSink, Guard, TerminalEnvironment, Wake};
use super::update::update;
use clocks::SystemClock;
use model::clock::{Clock, advance, elapsed};
use model::file_fault::FileRefusal;
use model::snapshot::Snapshot;
use words::Words;

/// Frames are at least this far apart; what a key does is shown at once.
const MIN_INTERVAL: Duration = Duration::from_millis(33);
/// Messages that wait for the loop.
const CHANNEL: usize = 256;
/// An answer of the terminal that comes later is none any more.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How long the end waits for an answer that is still out: a slow line's way there and back.
const HEAR_OUT: Duration = Duration::from_millis(250);

/// Runs the console on this thread until the administrator quits, a signal ends it or the
/// terminal is gone. The terminal is then as it was before; on SIGTERM, SIGHUP and hang-up, and
/// where the terminal takes nothing, the process itself ends two seconds later at the latest, so
/// end everything else by then.
///
/// # Errors
/// See [`ConsoleError`].
pub fn run(options: ConsoleOptions, feed: Feed) -> Result<ConsoleExit, ConsoleError> {
    // Our own theme without colours does what NO_COLOR asks for; crossterm's way of it would
    // reset the attributes as well.
    ratatui::crossterm::style::force_color_output(true);
    // The terminal's own time goes on where the feed's stands still.
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (to, from) = sync_channel(CHANNEL);
    let terminal = term::open(&clock, &to).map_err(ConsoleError::from_io)?;
    let guard = terminal.enter().map_err(ConsoleError::from_io)?;
    terminal.watch(&clock, &to).map_err(ConsoleError::Start)?;
    watch_feed(&feed, &to).map_err(ConsoleError::Start)?;
    let remembered = options.memory.clone();
    let configured = options.settings.columns.clone();
    let mut screen = Loop::new(options, feed, &guard, (terminal.sink(), clock), to);
    let before = Memory::from_state(&screen.state, configured.as_ref());
    let exit = screen.run(&from);
    screen.hear_out(&from, exit);
    let after = Memory::from_state(&screen.state, configured.as_ref());
    drop(screen);
    leave(guard, exit);
    if let Some(directory) = remembered.filter(|_| after != before) {
        after.keep(directory);
    }
    Ok(exit)
}

fn leave(guard: Guard, exit: ConsoleExit) {
    if !term::leave() {
        // Whatever is said from here on would wait for it as well.
        term::arm(exit.code());
    }
    drop(guard);
}

struct Loop<'a> {
    state: State,
    canvas: Canvas<FrameSink>,
    sink: FrameSink,
    guard: &'a Guard,
    feed: Feed,
    environment: TerminalEnvironment,
    /// Where this loop is woken.
    wakes: SyncSender<Wake>,
    /// The last snapshot that was taken. A serial would not tell: a bridge's last picture comes once
    /// more when the bridge has ended.
    taken: Option<Arc<Snapshot>>,
    /// Frames are this far apart now.
    interval: Duration,
    drawn_at: Option<Timestamp>,
    /// When the frame changes by itself.
    deadline: Option<Timestamp>,
    ending: Option<ConsoleExit>,
    writes_a_file: bool,
    /// The terminal's own time, which goes on where the feed's stands still.
    clock: Arc<dyn Clock>,
    /// The title that the window has; none: not ours.
    titled: Option<String>,
    titles: bool,
    /// When the terminal was asked for its background, until it has told it.
    asked_at: Option<Timestamp>,
}

impl<'a> Loop<'a> {
    fn new(
        options: ConsoleOptions,
        feed: Feed,
        guard: &'a Guard,
        (sink, clock): (FrameSink, Arc<dyn Clock>),
        wakes: SyncSender<Wake>,
    ) -> Self {
        let (environment, size) = (TerminalEnvironment::read(), term::size());
        let titles = options.settings.title.unwrap_or(true) && environment.takes_title();
        let state = opening(options, &environment, size, &feed);
        let mut canvas = Canvas::new(sink.clone(), size);
        let asks = state.look().colors && environment.can_be_asked();
        if asks {
            // With the first frame, which does not wait for the answer.
            canvas.carry(QUESTION.to_vec());
        }
        Self {
            titled: None,
            titles,
            asked_at: asks.then(|| clock.now()),
            clock,
            state,
            canvas,
            sink,
            guard,
            feed,
            environment,
            wakes,
            taken: None,
            interval: MIN_INTERVAL,
            drawn_at: None,
            deadline: None,
            ending: None,
            writes_a_file: false,
        }
    }

    fn run(&mut self, from: &Receiver<Wake>) -> ConsoleExit {
        self.report_mouse();
        let mut urgent = true;
        let mut dirty = true;
        loop {
            if let Some(exit) = self.ending {
                return exit;
            }
            let mut wait = self.wait(dirty, urgent);
            if wait == Some(Duration::ZERO) && !self.sink.is_free() {
                // It says when it is.
                wait = None;
            }
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
                Received::Nobody => return ConsoleExit::Quit,
            }
        }
    }

    /// How long to wait for messages; zero: draw now; none: until there is one.
    fn wait(&self, dirty: bool, urgent: bool) -> Option<Duration> {
        if urgent {
            return Some(Duration::ZERO);
        }
        // By the terminal's time: that of the past may stand still, or go backwards.
        let now = self.clock.now();
        let next_frame = self.drawn_at.map_or(now, |at| advance(at, self.interval));
        let next_frame = elapsed(now, next_frame);
        if dirty {
            return Some(next_frame);
        }
        // Never zero: a deadline that has come is a reason to draw, which `Nothing` says.
        let deadline = elapsed(self.feed.clock.now(), self.deadline?);
        Some(deadline.max(next_frame).max(Duration::from_millis(1)))
    }

    /// Takes this message and all that wait; whether one of them wants to be seen at once.
    fn take_all(&mut self, first: Wake, from: &Receiver<Wake>) -> bool {
        let mut urgent = false;
        let mut next = Some(first);
        // What was typed after the end is meant for somebody else.
        while let (Some(wake), None) = (next, self.ending) {
            urgent |= self.take(wake);
            next = from.try_recv().ok();
        }
        urgent
    }

    fn take(&mut self, wake: Wake) -> bool {
        let msg = match wake {
            Wake::Key(key) => Msg::Key(key),
            Wake::Paste(text) => Msg::Paste(text),
            Wake::Background(told) => {
                if !self.is_answer() {
                    return false;
                }
                Msg::Fitting(told.theme())
            }
            Wake::Pointer(pointer) => Msg::Pointer(pointer),
            Wake::Resize(size) => {
                self.canvas.invalidate(size);
                Msg::Resize(size.width, size.height)
            }
            Wake::Wrote(outcome) => {
                self.writes_a_file = false;
                Msg::Wrote(outcome)
            }
            Wake::BridgeEnded => Msg::BridgeEnded,
            Wake::News | Wake::Free => return false,
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
        let urgent = !matches!(msg, Msg::Resize(..) | Msg::Wrote(_) | Msg::BridgeEnded);
        self.update(msg);
        urgent
    }

    /// Whether what the terminal tells answers our question: once, and in time. Later it would change
    /// the colours under somebody's eyes.
    fn is_answer(&mut self) -> bool {
        let asked = self.asked_at.take();
        asked.is_some_and(|at| elapsed(at, self.clock.now()) <= ANSWER_WITHIN)
    }

    /// Whoever quits at once must not find the answer on the command line of the shell: it is waited
    /// for, a moment, as long as it may still come.
    fn hear_out(&mut self, from: &Receiver<Wake>, exit: ConsoleExit) {
        let Some(asked) = self.asked_at.filter(|_| exit != ConsoleExit::HungUp) else {
            return;
        };
        let until = advance(asked, ANSWER_WITHIN).min(advance(self.clock.now(), HEAR_OUT));
        loop {
            let left = elapsed(self.clock.now(), until);
            match receive(from, Some(left)) {
                Received::Message(Wake::Background(_)) | Received::Nothing | Received::Nobody => {
                    return;
                }
                Received::Message(_) => {}
            }
        }
    }

    fn update(&mut self, msg: Msg) {
        let now = self.feed.clock.now();
        for effect in update(&mut self.state, msg, now) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => self.ending = self.ending.or(Some(ConsoleExit::Quit)),
            Effect::Bell => self.canvas.tell(term::BELL),
            Effect::Notify(text) => {
                let bytes = term::notification(&text, self.environment.between);
                self.canvas.tell(&bytes);
            }
            Effect::Mouse(on) => self.canvas.tell(term::mouse(on)),
            Effect::Redraw => self.canvas.invalidate(term::size()),
            Effect::Suspend => term::suspend(),
            Effect::Copy(text) => {
                let bytes = term::osc52(&text, self.environment.between);
                self.canvas.carry(bytes);
            }
            Effect::Write { file, text } => self.write(file, text),
            Effect::Past(wish) => {
                let past = self.feed.past.as_ref();
                if past.is_none_or(|past| past.try_send(wish).is_err()) {
                    self.update(Msg::QueueFull);
                }
            }
            Effect::Send(command) => {
                if self.feed.commands.try_send(command).is_err() {
                    self.update(Msg::QueueFull);
                }
            }
        }
    }

    /// On a thread of its own: the disk may be a share that does not answer.
    fn write(&mut self, file: String, text: String) {
        if self.writes_a_file {
            let file = Words::same(file);
            let busy = Words::say(|t| t.errors.still_written, &[]);
            return self.update(Msg::Wrote(Err(file.because(&busy))));
        }
        let to = self.wakes.clone();
        let writing = std::thread::Builder::new()
            .name("export".into())
            .spawn(move || to.send(Wake::Wrote(write_new(&file, &text))));
        match writing {
            Ok(_) => self.writes_a_file = true,
            Err(why) => {
                let why = Words::of_refusal(&FileRefusal::of_thread(&why));
                self.update(Msg::Wrote(Err(why)));
            }
        }
    }
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
