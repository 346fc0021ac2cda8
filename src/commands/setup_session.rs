//! The dialogue of `init` at its terminal: asks, judges, tests, until everything is known.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eyre::Report;

use super::doctor::Progress;
use crate::config::{Cli, Config, DoctorArgs, DoctorFormat, Environment, Exit, parse};
use crate::doctor::{CheckContext, CheckName, Stop, plan, stopped, wrapped};
use crate::presence::EntraUser;
use crate::report::Look;
use crate::setup::{
    Answer, Choice, Dialogue, Kind, NewFile, Place, Question, Stage, Step, files_to_write, judge,
    taken_as, tried,
};
use crate::text::{harmless, harmless_path};
use crate::wiring::output::{Printer, complain_of, spoken};
use crate::wiring::prompt::{Silence, broken_off, line};
use crate::wiring::site::Site;
use crate::words::{Value, Words};

/// What is done where a check failed.
const AFTER_FAILURE: &[Choice] = &[
    Choice {
        word: "change",
        said: |t| t.setup.failed_change,
    },
    Choice {
        word: "again",
        said: |t| t.setup.failed_again,
    },
    Choice {
        word: "anyway",
        said: |t| t.setup.failed_anyway,
    },
];

/// What is done where a file is there already.
const OVER_A_FILE: &[Choice] = &[
    Choice {
        word: "stop",
        said: |t| t.setup.exists_stop,
    },
    Choice {
        word: "replace",
        said: |t| t.setup.exists_replace,
    },
];

/// Where the text of a choice begins.
const CHOICE_INDENT: usize = 5;

/// The secret beside the configuration that the unit hands to the service.
const OF_UNIT: &str = "client-secret";

/// One setup.
pub(super) struct Session<'a> {
    cli: &'a Cli,
    env: &'a Environment,
    place: &'a Place,
    look: Look,
    out: Printer,
    stop: Stop,
    dialogue: Dialogue,
    progress: Progress,
    entra: Arc<Vec<EntraUser>>,
    /// Nothing is tested.
    pub(super) untested: bool,
    /// Whatever is there already is replaced.
    pub(super) overwrites: bool,
    /// A check failed, and somebody went on all the same.
    doubtful: bool,
}

impl<'a> Session<'a> {
    /// # Errors
    /// When the system has no more threads.
    pub(super) fn begin(
        (cli, env): (&'a Cli, &'a Environment),
        place: &'a Place,
        dialogue: Dialogue,
        look: Look,
        stop: Stop,
    ) -> Result<Self, Report> {
        Ok(Self {
            cli,
            env,
            place,
            progress: Progress::new(DoctorFormat::Table, look.clone()),
            look,
            out: Printer::start()?,
            stop,
            dialogue,
            entra: Arc::default(),
            untested: false,
            overwrites: false,
            doubtful: false,
        })
    }

    /// Until everything is known; nothing is written.
    ///
    /// # Errors
    /// How the program ends instead.
    pub(super) async fn talk(&mut self) -> Result<(), Exit> {
        if !self.dialogue.is_brief() {
            let file = harmless_path(&self.place.file);
            self.tell(&Words::say(|t| t.setup.welcome, &[("file", &file)]))
                .await?;
        }
        self.ask_to_replace(std::slice::from_ref(&self.place.file))
            .await?;
        loop {
            match self.dialogue.next() {
                Step::Ask(question) => self.ask(question).await?,
                Step::Test(stage) => self.test(stage).await?,
                Step::Write => break,
            }
        }
        let paths: Vec<_> = self.files().into_iter().map(|file| file.path).collect();
        self.ask_to_replace(&paths).await
    }

    /// What is to be written.
    pub(super) fn files(&self) -> Vec<NewFile> {
        files_to_write(self.dialogue.answers(), self.cli.global.observe, self.place)
    }

    /// Whether the unit hands the service another credential than the one that is used.
    pub(super) fn unit_lacks_secret(&self) -> bool {
        let answers = self.dialogue.answers();
        let handed = self.place.beside(OF_UNIT);
        let named = answers.said(Question::SecretFile).map(Path::new);
        let is_handed = named == Some(&handed) && answers.is(Question::Credential, "file");
        !is_handed && !answers.is(Question::Credential, "typed")
    }

    pub(super) const fn verdict(&self) -> Exit {
        if self.doubtful {
            Exit::Failure
        } else {
            Exit::Ok
        }
    }

    /// Nothing is overwritten without being asked.
    async fn ask_to_replace(&mut self, paths: &[PathBuf]) -> Result<(), Exit> {
        let there: Vec<_> = paths.iter().filter(|path| path.exists()).collect();
        if there.is_empty() || self.overwrites {
            return Ok(());
        }
        let names: Vec<_> = there.iter().map(|path| harmless_path(path)).collect();
        let names = names.join(", ");
        if self.dialogue.is_brief() {
            complain_of(&Words::say(|t| t.setup.exists, &[("file", &names)]));
            return Err(Exit::Usage);
        }
        let question = Words::say(|t| t.setup.exists_ask, &[("file", &names)]);
        if self.choose(&question, OVER_A_FILE).await? == "stop" {
            return Err(Exit::Usage);
        }
        self.overwrites = true;
        Ok(())
    }

    async fn ask(&mut self, question: Question) -> Result<(), Exit> {
        let prompt = self.prompt(question);
        let _silence = match question.kind() {
            Kind::Hidden(_) => Some(Silence::begin().ok_or(Exit::Failure)?),
            _ => None,
        };
        let said = self.hear(prompt).await?;
        let before = said
            .trim()
            .is_empty()
            .then(|| self.dialogue.as_before(question));
        let answer = before
            .flatten()
            .or_else(|| taken_as(question, &said, self.env));
        let Some(answer) = answer else {
            return self.tell(&wanted(question)).await;
        };
        self.take(question, answer).await
    }

    async fn take(&mut self, question: Question, answer: Answer) -> Result<(), Exit> {
        self.dialogue.answer(question, answer);
        let judged = judge(question, self.dialogue.answers(), self.place, self.env);
        if let Err(why) = judged {
            self.dialogue.refuse(question);
            self.tell(&Words::say(|t| t.setup.refused, &[("why", &why)]))
                .await?;
        }
        Ok(())
    }

    fn prompt(&self, question: Question) -> String {
        let text = Words::say(question.text(), &[]);
        let choices = match question.kind() {
            Kind::OneOf(choices) => choices,
            _ => &[],
        };
        let suggestion = match choices
            .iter()
            .position(|choice| Some(choice.word) == self.dialogue.suggestion(question))
        {
            Some(at) => Some((at + 1).to_string()),
            None => self
                .dialogue
                .suggestion(question)
                .map(|said| harmless(said).into_owned()),
        };
        let kept = self.dialogue.has_secret(question).then(|| {
            Words::say(|t| t.setup.as_before, &[])
                .in_lang(spoken())
                .to_owned()
        });
        let suggestion = suggestion.or(kept);
        asked(&text, choices, suggestion.as_deref(), &self.look)
    }

    /// One of several.
    async fn choose(&mut self, question: &Words, of: &[Choice]) -> Result<&'static str, Exit> {
        loop {
            let said = self
                .hear(asked(question, of, Some("1"), &self.look))
                .await?;
            let said = said.trim();
            let number = if said.is_empty() {
                Ok(1)
            } else {
                said.parse::<usize>()
            };
            let at = number.ok().and_then(|number| number.checked_sub(1));
            if let Some(choice) = at.and_then(|at| of.get(at)) {
                return Ok(choice.word);
            }
            self.tell(&one_to(of.len())).await?;
        }
    }

    async fn test(&mut self, stage: Stage) -> Result<(), Exit> {
        if self.untested || self.goes_well(stage).await? {
            self.dialogue.pass(stage);
            return Ok(());
        }
        if self.dialogue.is_brief() {
            return Err(Exit::Failure);
        }
        let question = Words::say(|t| t.setup.failed_ask, &[]);
        match self.choose(&question, AFTER_FAILURE).await? {
            "change" => self.dialogue.change(stage),
            "anyway" => {
                self.doubtful = true;
                self.dialogue.pass(stage);
            }
            _ => {}
        }
        Ok(())
    }

    /// The doctor's checks of what is known by now.
    async fn goes_well(&mut self, stage: Stage) -> Result<bool, Exit> {
        let (text, env) = tried(self.dialogue.answers(), self.env);
        self.say("\n".to_owned()).await?;
        match parse(&self.place.file, &text, &env) {
            Ok(config) => self.examine(config, checks(stage)).await,
            Err(faults) => {
                let first = faults.all().first().map(|fault| fault.message.clone());
                self.tell(&first.unwrap_or_default()).await?;
                Ok(false)
            }
        }
    }

    async fn examine(&mut self, config: Config, wanted: &[CheckName]) -> Result<bool, Exit> {
        let config = config.with_flags(self.cli.global.observe, None);
        let site = match Site::open(Some(config), self.cli).await {
            Ok(site) => site,
            Err(why) => {
                super::tell(&why);
                return Err(Exit::Failure);
            }
        };
        let args = DoctorArgs::default();
        let mut names = plan(&site.config, &args);
        names.retain(|name| wanted.contains(name));
        self.progress.course().forget(&names);
        let context = CheckContext::new(&site, &args, self.env, self.look.lang, self.stop.clone());
        let mut context = context.with_entra(Arc::clone(&self.entra));
        let (out, stop) = (&self.out, self.stop.clone());
        let ended = self
            .progress
            .go_through(&names, &mut context, out, stop)
            .await;
        self.entra = context.entra();
        drop(context);
        site.close().await;
        match ended {
            Some(exit) => Err(broken_off(Some(exit))),
            None => Ok(!self.progress.course().hinders(&names)),
        }
    }

    async fn tell(&mut self, words: &Words) -> Result<(), Exit> {
        self.say(wrapped(words, "", 0, &self.look) + "\n").await
    }

    /// Prints, as soon as somebody reads it.
    async fn say(&mut self, text: String) -> Result<(), Exit> {
        let text = self.look.worded(text);
        let mut stop = self.stop.clone();
        let heard = self.out.print_until(text, stopped(&mut stop)).await;
        let ended = *stop.borrow();
        match ended {
            None if heard => Ok(()),
            ended => Err(broken_off(ended)),
        }
    }

    async fn hear(&mut self, prompt: String) -> Result<String, Exit> {
        self.say(prompt).await?;
        line(self.stop.clone()).await
    }
}

/// What is made once the answers of a stage are there; those that do not apply are left out.
const fn checks(stage: Stage) -> &'static [CheckName] {
    use CheckName as C;
    match stage {
        Stage::Tenant => &[
            C::Credential,
            C::Dns,
            C::Connection,
            C::Clock,
            C::Token,
            C::Permissions,
            C::Directory,
        ],
        Stage::UcWeb => &[C::UcServer],
        Stage::Source => &[
            C::UcLogIn,
            C::Users,
            C::Subscription,
            C::Rights,
            C::NativeTeams,
            C::Coverage,
            C::Presence,
        ],
    }
}

/// A question as it stands on the screen.
fn asked(question: &Words, choices: &[Choice], suggestion: Option<&str>, look: &Look) -> String {
    let mut text = format!("\n{}\n", wrapped(question, "", 0, look));
    for (number, choice) in (1..).zip(choices) {
        let said = wrapped(&Words::say(choice.said, &[]), "", CHOICE_INDENT, look);
        let _ = writeln!(text, "  {number}  {said}");
    }
    if let Some(suggestion) = suggestion {
        let _ = write!(text, "[{suggestion}] ");
    }
    text + "> "
}

/// What would be an answer.
fn wanted(question: Question) -> Words {
    match question.kind() {
        Kind::OneOf(choices) => one_to(choices.len()),
        _ => Words::say(|t| t.setup.needed, &[]),
    }
}

fn one_to(n: usize) -> Words {
    let values: [(&str, &dyn Value); 1] = [("n", &n)];
    Words::say(|t| t.setup.one_to, &values)
}
