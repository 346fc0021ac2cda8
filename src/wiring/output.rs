//! stdout and stderr, where perhaps nobody listens, or nobody reads any more.
//!
//! What is said while something runs goes through a [`Sink`]: nothing waits for whoever reads it.
//! What a command was started for (a table, a finding) is waited for, when nothing runs any more.

use std::io::{self, ErrorKind, IsTerminal, Write as _};
use std::sync::OnceLock;
use std::time::Duration;

use super::said::Told;
use super::secrecy::panic_text;
use crate::words::{Lang, Words, spelled};

use crate::config::{Cli, Environment, Exit};
use crate::redact::redacted;
use crate::report::Look;
use crate::sink::{Blocking, Gone, Sink};
use eyre::Report;
use jiff::tz::TimeZone;

/// So many bytes may wait for whoever reads stderr: some 7,000 lines.
const WAITING_ON_STDERR: usize = 1 << 20;

/// So many bytes may wait for whoever reads stdout: what is more waits before it, and is told anew
/// where it is too much.
const WAITING_ON_STDOUT: usize = 64 << 10;

/// How long the end of the program waits for whoever reads stderr.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How long what goes to stdout waits for what was said on stderr before it.
const IN_ORDER: Duration = Duration::from_millis(100);

/// The language of stdout and stderr: as the streams, there is one of them for the process.
static SPOKEN: OnceLock<Lang> = OnceLock::new();

/// A terminal has only ASCII, as the locale says.
static ASCII: OnceLock<bool> = OnceLock::new();

/// Nothing where the system has no thread for it.
static STDERR: OnceLock<Option<Sink<String>>> = OnceLock::new();

/// Prints to stdout and waits for whoever reads it: for commands that have nothing else to do any
/// more. A reader that went away (`| head`) is no failure.
pub(crate) fn say(text: &str) -> Result<Exit, Report> {
    print(text).map(|_| Exit::Ok)
}

/// Prints to stdout and waits for whoever reads it; whether anybody still does.
pub(crate) fn print(text: &str) -> Result<bool, Report> {
    let _ = said_within(IN_ORDER);
    let mut out = Blocking(io::stdout());
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(why) if why.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(why) => Err(Told::over(|t| t.errors.stdout, why).into()),
    }
}

/// How reports look on this stdout.
pub(crate) fn look(cli: &Cli, env: &Environment) -> Look {
    let terminal = std::io::stdout().is_terminal();
    let columns = ratatui::crossterm::terminal::size()
        .ok()
        .map(|(columns, _)| columns.into());
    Look {
        width: columns.filter(|_| terminal),
        lang: cli.lang(env),
        color: cli.global.color.is_on(
            terminal && !env.is_dumb_terminal(),
            env.get("NO_COLOR").is_some(),
        ),
        ascii: cli.global.ascii || is_ascii(&io::stdout()),
        zone: TimeZone::system(),
    }
}

/// Says something on stderr and waits for nobody.
pub(crate) fn complain(text: &str) {
    let line = in_its_letters(format!("{}\n", redacted(text)), &io::stderr());
    match stderr() {
        Some(stderr) => stderr.say(line),
        None => drop(io::stderr().write_all(line.as_bytes())),
    }
}

/// Says something of ours on stderr, in the language of whoever reads it, and waits for nobody.
pub(crate) fn complain_of(words: &Words) {
    complain(&format!("lampfield: {}", words.in_lang(spoken())));
}

/// Prints a sentence of ours to stdout and waits for whoever reads it.
pub(crate) fn say_of(words: &Words) -> Result<Exit, Report> {
    let sentence = format!("{}\n", words.in_lang(spoken()));
    say(&in_its_letters(sentence, &io::stdout()))
}

/// From here on stdout and stderr are in this language, as far as the terminal has the letters for it.
pub(crate) fn speak(lang: Lang, env: &Environment) {
    // Set once: nobody changes the language of a running command.
    let _ = SPOKEN.set(lang);
    let _ = ASCII.set(env.is_ascii_terminal());
}

/// Whether this stream is a terminal that has only ASCII.
pub(crate) fn is_ascii(stream: &impl IsTerminal) -> bool {
    ASCII.get() == Some(&true) && stream.is_terminal()
}

fn in_its_letters(text: String, stream: &impl IsTerminal) -> String {
    if is_ascii(stream) {
        return spelled(&text);
    }
    text
}

/// The language of whoever reads stdout and stderr.
pub(crate) fn spoken() -> Lang {
    SPOKEN.get().copied().unwrap_or_default()
}

/// Waits a moment for whoever reads stderr: at the end of the program.
pub(crate) fn last_words() {
    // What does not get there in time is lost: the end waits for nobody.
    let _ = said_within(LAST_WORDS);
}

/// Says a panic as everything else on stderr: whoever panics must not wait there for ever.
pub(crate) fn hook_panics() {
    std::panic::set_hook(Box::new(|panic| {
        complain(&panic_text(panic));
        // A panic may be the end of the program.
        let _ = said_within(IN_ORDER);
    }));
}

fn said_within(time: Duration) -> bool {
    let said = STDERR.get().and_then(Option::as_ref);
    said.is_none_or(|stderr| stderr.flush(time))
}

fn stderr() -> Option<&'static Sink<String>> {
    let start = || {
        let out = Blocking(io::stderr());
        Sink::of_text("stderr", WAITING_ON_STDERR, out, dropped).ok()
    };
    STDERR.get_or_init(start).as_ref()
}

fn dropped(lines: u64) -> String {
    let words = Words::say(|t| t.commands.dropped, &[("n", &lines)]);
    format!("lampfield: {}\n", words.in_lang(spoken()))
}

/// stdout of a command that goes on: nothing waits for whoever reads it but the task that prints.
pub(crate) struct Printer(Sink<String>);

impl Printer {
    /// # Errors
    /// When the system has no more threads.
    pub(crate) fn start() -> Result<Self, Report> {
        let out = Blocking(io::stdout());
        // Nothing is dropped here: whoever prints waits for room.
        let sink = Sink::of_text("stdout", WAITING_ON_STDOUT, out, dropped);
        let sink = sink.map_err(|why| Told::over(|t| t.errors.stdout, why))?;
        Ok(Self(sink))
    }

    /// Prints as soon as there is room; whether anybody still reads.
    pub(crate) async fn print(&self, text: String) -> bool {
        let weight = text.len();
        self.0.hand_over(text, weight).await != Err(Gone)
    }

    /// Prints and waits until it is read, or until `ended`; whether anybody still reads.
    pub(crate) async fn print_until(&self, text: String, ended: impl Future) -> bool {
        let printed = async {
            let heard = text.is_empty() || self.print(text).await;
            heard && self.0.written().await.is_ok()
        };
        tokio::select! {
            biased;
            heard = printed => heard,
            _ = ended => true,
        }
    }

    /// Waits a moment for whoever reads: at the end of the program.
    pub(crate) fn last_words(&self) {
        let _ = self.0.flush(LAST_WORDS);
    }
}
