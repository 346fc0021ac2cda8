//! `init`: the first setup. Asks for what no flag answers, tests it with the doctor's checks, and
//! writes everything at the end.

use std::fmt::Write as _;
use std::path::Path;

use eyre::Report;
use tokio::sync::watch;

use super::setup_files::{Written, write};
use super::setup_session::Session;
use crate::config::{Cli, Environment, Exit, Found, InitArgs, find};
use crate::setup::{Dialogue, Place, Question, judge, of_flags};
use crate::text::harmless_path;
use crate::wiring::output::{complain, complain_of, look, say, spoken};
use crate::wiring::prompt::is_terminal;
use crate::wiring::run_to_end;
use crate::wiring::signals::Signals;
use crate::words::{ProgramTexts, Words, fill};

/// Runs `lampfield init`; returns how the program ends.
pub(super) fn init(cli: &Cli, env: &Environment, args: &InitArgs) -> Result<Exit, Report> {
    if cli.global.demo {
        complain_of(&Words::say(|t| t.setup.demo, &[]));
        return Ok(Exit::Usage);
    }
    let root = rustix::process::geteuid().is_root();
    let place = Place::new(cli.global.config.as_deref(), env, root, attach::has_group);
    let Some(place) = place else {
        complain_of(&Words::say(|t| t.setup.no_home, &[]));
        return Ok(Exit::Usage);
    };
    let dialogue = Dialogue::new(of_flags(args, env));
    if let Some(why) = refusal(&dialogue, args, &place, env) {
        complain_of(&why);
        return Ok(Exit::Usage);
    }
    run_to_end(set_up(cli, env, args, &place, dialogue))
}

/// Why nothing is begun: nobody can be asked and an answer is missing, or one cannot be taken.
fn refusal(
    dialogue: &Dialogue,
    args: &InitArgs,
    place: &Place,
    env: &Environment,
) -> Option<Words> {
    if !dialogue.is_brief() {
        return (!is_terminal()).then(|| missing(&dialogue.missing()));
    }
    if place.file.exists() && !args.overwrite {
        let file = harmless_path(&place.file);
        return Some(Words::say(|t| t.setup.exists, &[("file", &file)]));
    }
    Question::all().find_map(|question| {
        let why = judge(question, dialogue.answers(), place, env).err()?;
        Some(Words::same(question.flag()).because(&why))
    })
}

fn missing(questions: &[Question]) -> Words {
    let flags: Vec<_> = questions.iter().map(|question| question.flag()).collect();
    Words::say(|t| t.setup.missing, &[("flags", &flags.join(", "))])
}

async fn set_up(
    cli: &Cli,
    env: &Environment,
    args: &InitArgs,
    place: &Place,
    dialogue: Dialogue,
) -> Result<Exit, Report> {
    let mut signals = Signals::listen()?;
    let (tell, stop) = watch::channel(None);
    tokio::spawn(async move {
        let exit = signals.end(None).await;
        // Nobody listens any more: it has ended by itself.
        let _ = tell.send(Some(exit));
    });
    let mut session = Session::begin((cli, env), place, dialogue, look(cli, env), stop)?;
    session.untested = args.untested;
    session.overwrites = args.overwrite;
    if let Err(exit) = session.talk().await {
        if exit != Exit::HangUp {
            complain_of(&Words::say(|t| t.setup.broken_off, &[]));
        }
        return Ok(exit);
    }
    match write(&session.files(), place, env)? {
        Written::All => say(&last_words(&session, place, env))?,
        Written::Faulty(faults) => {
            complain(&faults.report_in(spoken()));
            return Ok(Exit::Usage);
        }
    };
    Ok(session.verdict())
}

/// What was written, and the next command.
fn last_words(session: &Session<'_>, place: &Place, env: &Environment) -> String {
    let t = &ProgramTexts::in_lang(spoken()).setup;
    let files = session.files();
    let mut text = format!("\n{}\n", t.written);
    for file in &files {
        let _ = writeln!(text, "  {} ({:04o})", harmless_path(&file.path), file.mode);
    }
    if !place.service {
        return text + &fill(t.next, &[("flag", &flag_for(place, env))]) + "\n";
    }
    let lines = files.iter().filter_map(|file| credential_line(&file.path));
    for line in lines {
        text = text + &fill(t.load_credential, &[("line", &line)]) + "\n";
    }
    if session.unit_lacks_secret() {
        text = text + t.other_secret + "\n";
    }
    text = text + t.next_service + "\n";
    if let Some(group) = place.group {
        text = text + &fill(t.group, &[("group", &group)]) + "\n";
    }
    text
}

/// What the next command must be told, because it would not find this configuration by itself.
fn flag_for(place: &Place, env: &Environment) -> String {
    match find(None, env) {
        Ok(Found::File(found)) if env.directory().join(&found) == place.file => String::new(),
        _ => format!(" --config {}", harmless_path(&place.file)),
    }
}

/// What the unit must be told of a password that it does not hand to the service by itself.
fn credential_line(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    let is_password = name.ends_with("password");
    is_password.then(|| format!("LoadCredential={name}:{}", harmless_path(path)))
}
