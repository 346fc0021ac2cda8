//! `doctor --record`: what UCServer and lampfield say to each other, redacted, on a file, and what
//! it settles. At a terminal it leads through ten steps at the phone.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eyre::Report;
use tokio::sync::{mpsc, watch};

use super::recording_file::{FileTrouble, NoFile, RecordingFile};
use crate::clock::{Clock, advance};
use crate::config::{Cli, DoctorArgs, DoctorFormat, Environment, Exit, Procall, UcServer};
use crate::doctor::{Listening, Stop, rows_json, rows_text, seen_text, step_text, stopped};
use crate::presence::UserName;
use crate::report::Look;
use crate::trace::{Recorder, Redactor, Step};
use crate::wiring::output::{Printer, complain, look};
use crate::wiring::signals::Signals;
use crate::wiring::site::Site;
use crate::wiring::{configuration, nothing_configured, run_to_end};
use crate::words::{self, fill, recording_texts};

/// Without a terminal it records for so long where nobody says how long.
const SILENT: Duration = Duration::from_mins(10);
/// What is not told so long after a step was done does not belong to it.
const LATE: Duration = Duration::from_secs(2);
/// Where something of a step was told, the rest of it comes within this time.
const REST: Duration = Duration::from_millis(300);
/// How long the disk may take for the last lines.
const LAST_LINES: Duration = Duration::from_secs(10);

/// Runs `lampfield doctor --record FILE`; returns how the program ends.
pub(super) fn record(
    cli: &Cli,
    env: &Environment,
    args: &DoctorArgs,
    path: &Path,
) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let look = look(cli, env);
    run_to_end(async {
        let stop = ended_by_signal()?;
        let site = Site::open(config, cli).await?;
        let exit = match &site.config.procall {
            Procall::UcServer(server) => {
                record_server(server, Arc::clone(&site.clock), args, path, &look, stop).await
            }
            Procall::File(_) => {
                complain(&format!(
                    "lampfield: {}",
                    recording_texts().only_ucserver.in_lang(look.lang)
                ));
                Ok(Exit::Usage)
            }
        };
        site.close().await;
        exit
    })
}

fn ended_by_signal() -> Result<Stop, Report> {
    let mut signals = Signals::listen()?;
    let (tell, stop) = watch::channel(None);
    tokio::spawn(async move {
        let exit = signals.end(None).await;
        // Nobody listens any more: it has ended by itself.
        let _ = tell.send(Some(exit));
    });
    Ok(stop)
}

async fn record_server(
    server: &UcServer,
    clock: Arc<dyn Clock>,
    args: &DoctorArgs,
    path: &Path,
    look: &Look,
    stop: Stop,
) -> Result<Exit, Report> {
    let file = match RecordingFile::make(path) {
        Ok(file) => file,
        Err(why) => return Ok(no_file(path, &why, look)),
    };
    let lines = file.clone();
    let redactor = Redactor::new(clock.now());
    let version = env!("CARGO_PKG_VERSION");
    let recorder = Recorder::begin(version, Arc::clone(&clock), redactor, move |line| {
        lines.take(line);
    });
    let recorder = Arc::new(recorder);
    let listening = Listening::start(
        server,
        Arc::clone(&recorder) as _,
        Arc::clone(&clock),
        args.write,
    )?;
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let guided = is_terminal && args.format == DoctorFormat::Table;
    let mut session = Session {
        recorder,
        listening,
        look,
        out: Printer::start()?,
        stop,
        for_: args.for_.or((!guided).then_some(SILENT)),
        clock,
        quiet: args.format == DoctorFormat::Json,
        path,
    };
    let is_over = session.run(args, guided).await;
    session.close(file, args.format, is_over).await
}

fn no_file(path: &Path, why: &NoFile, look: &Look) -> Exit {
    let texts = recording_texts();
    let file = path.display();
    let text = match why {
        NoFile::Exists => fill(texts.exists.in_lang(look.lang), &[("file", &file)]),
        NoFile::Other(why) => fill(
            texts.no_file.in_lang(look.lang),
            &[("file", &file), ("why", &why.in_lang(look.lang))],
        ),
    };
    complain(&format!("lampfield: {text}"));
    Exit::Usage
}

/// A recording under way.
struct Session<'a> {
    recorder: Arc<Recorder>,
    listening: Listening,
    look: &'a Look,
    out: Printer,
    stop: Stop,
    for_: Option<Duration>,
    clock: Arc<dyn Clock>,
    /// Only the last word is printed: it is for a program.
    quiet: bool,
    path: &'a Path,
}

/// Why a recording is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// All is done, or the time is up, or somebody has had enough.
    Done,
    /// The server never showed anything.
    NoServer,
}

/// What somebody at the terminal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Done,
    LeftOut,
    Enough,
}

impl Session<'_> {
    async fn run(&mut self, args: &DoctorArgs, guided: bool) -> Over {
        let texts = recording_texts();
        let file = self.path.display().to_string();
        self.tell(&texts.begin, &[("file", &file)]).await;
        let (clock, mut stop) = (Arc::clone(&self.clock), self.stop.clone());
        let end = self.for_.map(|time| advance(clock.now(), time));
        let time_is_up = async {
            match end {
                Some(end) => clock.reach(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            over = self.lead(args, guided) => over,
            _ = stopped(&mut stop) => Over::Done,
            () = time_is_up => self.at_the_end(),
        }
    }

    fn at_the_end(&self) -> Over {
        if self.listening.users == 0 && !self.listening.is_up {
            return Over::NoServer;
        }
        Over::Done
    }

    async fn lead(&mut self, args: &DoctorArgs, guided: bool) -> Over {
        self.listening.until_told().await;
        if self.tell_trouble().await {
            return Over::NoServer;
        }
        if let Some(user) = args.user.as_deref().filter(|_| args.write) {
            self.write(user).await;
        }
        if !guided {
            return self.only_listen().await;
        }
        let users = self.listening.users;
        self.tell(&recording_texts().ready, &[("users", &users)])
            .await;
        self.steps().await;
        Over::Done
    }

    /// Whether something is wrong; what, is said once.
    async fn tell_trouble(&mut self) -> bool {
        let Some(trouble) = self.listening.trouble.take() else {
            return false;
        };
        let why = words::trouble(&trouble, self.look.texts());
        self.tell(&recording_texts().trouble, &[("why", &why)])
            .await;
        true
    }

    async fn only_listen(&mut self) -> Over {
        let time = self.for_.unwrap_or(SILENT);
        let time = format!("{} s", time.as_secs());
        self.tell(&recording_texts().silent, &[("time", &time)])
            .await;
        loop {
            self.listening.next().await;
        }
    }

    async fn write(&mut self, user: &str) {
        let texts = recording_texts();
        self.tell(&texts.write_told, &[("user", &user)]).await;
        let name = UserName::new(user);
        let done = self
            .listening
            .set_and_take_back(&name, self.clock.now())
            .await;
        let text = if done {
            &texts.write_done
        } else {
            &texts.write_failed
        };
        self.tell(text, &[]).await;
    }

    async fn steps(&mut self) {
        let mut answers = answers();
        for (at, step) in Step::ALL.into_iter().enumerate() {
            self.recorder.step(step, None);
            self.listening.understood.clear();
            self.say(step_text(at + 1, step, self.look)).await;
            let answer = self.wait_for(&mut answers).await;
            if answer == Answer::Done {
                self.settle().await;
            }
            let seen = self.recorder.since_step();
            self.recorder.step(step, Some(answer == Answer::Done));
            if answer == Answer::Enough {
                return;
            }
            self.tell_trouble().await;
            if answer == Answer::Done {
                let said = seen_text(&self.listening.understood, &seen, self.look);
                self.say(said).await;
            }
        }
    }

    /// Waits for what is still to be told of a step.
    async fn settle(&mut self) {
        let mut waited = Duration::ZERO;
        while waited < LATE && self.recorder.since_step().is_empty() {
            self.listening.for_a_while(REST).await;
            waited += REST;
        }
        self.listening.for_a_while(REST).await;
    }

    async fn wait_for(&mut self, answers: &mut mpsc::Receiver<Answer>) -> Answer {
        loop {
            tokio::select! {
                answer = answers.recv() => return answer.unwrap_or(Answer::Enough),
                () = self.listening.next() => {}
            }
        }
    }

    async fn close(
        self,
        file: RecordingFile,
        format: DoctorFormat,
        over: Over,
    ) -> Result<Exit, Report> {
        self.listening.end().await;
        let trouble = file.close(LAST_LINES).await;
        let (rows, lines) = (self.recorder.rows(), self.recorder.lines());
        let text = match format {
            DoctorFormat::Table => {
                let table = rows_text(&rows, self.look);
                format!("\n{table}\n{}", ended(self.path, lines, self.look))
            }
            DoctorFormat::Json => rows_json(&rows, lines, self.look.lang)?,
        };
        complain_of(&trouble, self.look);
        self.out.print(text).await;
        self.out.last_words();
        let ended = *self.stop.borrow();
        Ok(match (over, ended) {
            (_, Some(exit @ (Exit::Terminated | Exit::HangUp))) => exit,
            (Over::NoServer, _) => Exit::Failure,
            _ if trouble.ended.is_some() => Exit::Failure,
            _ => Exit::Ok,
        })
    }

    async fn tell(
        &self,
        text: &words::BothTexts,
        values: &[(&str, &(dyn std::fmt::Display + Sync))],
    ) {
        let values: Vec<_> = values
            .iter()
            .map(|(name, value)| (*name, *value as &dyn std::fmt::Display))
            .collect();
        let text = fill(text.in_lang(self.look.lang), &values);
        drop(values);
        let text = self.look.worded(text);
        self.say(format!("{text}\n")).await;
    }

    async fn say(&self, text: String) {
        if !self.quiet {
            self.out.print(text).await;
        }
    }
}

fn ended(path: &Path, lines: u64, look: &Look) -> String {
    let text = recording_texts().ended.in_lang(look.lang);
    let file = path.display();
    format!("{}\n", fill(text, &[("file", &file), ("lines", &lines)]))
}

fn complain_of(trouble: &FileTrouble, look: &Look) {
    let texts = recording_texts();
    if let Some((line, why)) = &trouble.ended {
        let text = fill(
            texts.disk.in_lang(look.lang),
            &[("line", line), ("why", &why.in_lang(look.lang))],
        );
        complain(&format!("lampfield: {text}"));
    }
    if trouble.lost > 0 {
        let text = fill(
            texts.lost_lines.in_lang(look.lang),
            &[("lines", &trouble.lost)],
        );
        complain(&format!("lampfield: {text}"));
    }
}

/// What is typed, a line each. The thread waits for the terminal; the end of the program does not
/// wait for it.
fn answers() -> mpsc::Receiver<Answer> {
    let (tell, answers) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            let Ok(line) = line else { return };
            let answer = match line.trim().to_lowercase().as_str() {
                "s" => Answer::LeftOut,
                "q" => Answer::Enough,
                _ => Answer::Done,
            };
            if tell.blocking_send(answer).is_err() {
                return;
            }
        }
    });
    answers
}
