//! Finding the file and reading it.

use std::path::{Path, PathBuf};

use serde_spanned::Spanned;
use toml::de::DeTable;

use super::alerts::{self, Alerts};
use super::cluster::{self, Cluster};
use super::environment::Environment;
use super::fault::{Fault, Faults, Position, said};
use super::layer::Layer;
use super::model::{
    Attach, Config, ConsoleTable, History, Log, Metrics, Poll, Procall, Set, State, Tenant,
};
use super::reader::Reader;
use super::sites::{Configured, OF_MAIN, are_several, several};
use super::{procall, sections, tenant};
use files::{
    Distrust, OpenError, OpenRules, PrivateGroups, Trusted, decode, io_words, trust_found,
    with_line_ends,
};
use words::{Value, Words};

/// The file's name where it is searched for.
pub const FILE_NAME: &str = "lampfield.toml";

/// Where the service's configuration is.
pub const SERVICE_FOLDER: &str = "/etc/lampfield";

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The file that was found or named.
    File(PathBuf),
    /// No configuration anywhere: the demo.
    Nothing,
}

/// Searches: `--config`, `$LAMPFIELD_CONFIG`, `./lampfield.toml`,
/// `$XDG_CONFIG_HOME/lampfield/lampfield.toml`, `/etc/lampfield/lampfield.toml`.
///
/// A file that was only found is taken where nobody else can have put it there: see
/// [`trust_found`].
///
/// # Errors
/// Where a file was named (by flag or variable) that is not there, or one was found that is not
/// taken.
pub fn find(named: Option<&Path>, env: &Environment) -> Result<Found, Faults> {
    let variable = env.get("LAMPFIELD_CONFIG").map(Path::new);
    if let Some((file, by)) = named
        .map(|file| (file, "--config"))
        .or(variable.map(|file| (file, "LAMPFIELD_CONFIG")))
    {
        return found_as_named(file, by, env);
    }
    let here = Some(env.directory().join(FILE_NAME));
    let personal = personal_folder(env);
    let candidates = [
        here,
        personal.map(|directory| directory.join(FILE_NAME)),
        Some(Path::new(SERVICE_FOLDER).join(FILE_NAME)),
    ];
    // Whatever cannot be looked at (no permission) counts as there: reading it then says why.
    let is_there =
        |file: &PathBuf| !matches!(std::fs::metadata(file), Err(why) if is_absence(&why));
    let Some(found) = candidates.into_iter().flatten().find(is_there) else {
        return Ok(Found::Nothing);
    };
    let trusted = Trusted::of_us(env.get("SUDO_UID"));
    trust_found(&found, trusted, &PrivateGroups::of_system())
        .map_err(|why| distrusted(&found, &why))?;
    Ok(Found::File(found))
}

/// The folder of a user's own configuration; nothing where there is no home.
pub(crate) fn personal_folder(env: &Environment) -> Option<PathBuf> {
    env.xdg("XDG_CONFIG_HOME", ".config")
}

/// What a configuration says decides which file is sent as a secret, and to whom.
pub(super) fn distrusted(file: &Path, why: &Distrust) -> Faults {
    let message = match why {
        Distrust::System(why) => said(|t| t.faults.unreadable, &[("why", &io_words(why))]),
        why => said(
            |t| t.faults.distrusted,
            &[("why", &why.words()), ("file", &file.display())],
        ),
    };
    Fault::of_file(file, message).into()
}

fn is_absence(why: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(why.kind(), NotFound | NotADirectory)
}

fn found_as_named(file: &Path, by: &str, env: &Environment) -> Result<Found, Faults> {
    match std::fs::metadata(env.directory().join(file)) {
        Ok(_) => Ok(Found::File(file.to_owned())),
        Err(why) => {
            let values: [(&str, &dyn Value); 2] = [("why", &io_words(&why)), ("by", &by)];
            let message = said(|t| t.faults.unreadable_named, &values);
            Err(Fault::of_file(file, message).into())
        }
    }
}

/// Reads and checks a file, all but `[console]`.
///
/// # Errors
/// Everything that is wrong with it; where it holds several tenants, only what is wrong with the file
/// itself.
pub fn load(file: &Path, env: &Environment) -> Result<Configured, Faults> {
    load_all(file, env, |_| Vec::new())
}

/// Reads and checks a file; `console` names what is wrong with `[console]`, which only the console
/// knows.
///
/// # Errors
/// Like [`load`].
pub fn load_all(
    file: &Path,
    env: &Environment,
    console: impl Fn(&ConsoleTable) -> Vec<Fault>,
) -> Result<Configured, Faults> {
    let document = Document::read(file, env)?;
    let parsed = parse_all(&document, env, console);
    parsed.map_err(|faults| document.explained(faults))
}

/// `[console]` of a file, and nothing else of it: what the demo takes of a configuration.
///
/// # Errors
/// Where it cannot be read, or does not parse.
pub fn load_console(file: &Path, env: &Environment) -> Result<Option<ConsoleTable>, Faults> {
    let document = Document::read(file, env)?;
    let (root, syntax) = document.parsed();
    match Faults::from_list(syntax) {
        Some(faults) => Err(faults),
        None => Ok(sections::console(document.text(), root.get_ref())),
    }
}

/// A file of the configuration.
pub(super) struct Document {
    file: PathBuf,
    bytes: Vec<u8>,
    text: String,
}

impl Document {
    /// Reads it.
    ///
    /// # Errors
    /// Where it cannot be.
    pub(super) fn read(file: &Path, env: &Environment) -> Result<Self, Faults> {
        let bytes = OpenRules::named(&env.directory().join(file)).read();
        let bytes = bytes.map_err(|why| Fault::of_file(file, unreadable(&why)))?;
        let text = with_line_ends(&decode(&bytes)).into_owned();
        Ok(Self {
            file: file.to_owned(),
            bytes,
            text,
        })
    }

    fn of_text(file: &Path, text: &str) -> Self {
        Self {
            file: file.to_owned(),
            bytes: Vec::new(),
            text: text.to_owned(),
        }
    }

    /// Without a byte order mark.
    pub(super) fn text(&self) -> &str {
        self.text.strip_prefix('\u{feff}').unwrap_or(&self.text)
    }

    /// What stands in it, and what does not parse.
    pub(super) fn parsed(&self) -> (Spanned<DeTable<'_>>, Vec<Fault>) {
        let (root, errors) = DeTable::parse_recoverable(self.text());
        let fault = |error| syntax_fault(&self.file, self.text(), error);
        (root, errors.iter().map(fault).collect())
    }

    /// The same faults, or the encoding where that may be all that is wrong.
    pub(super) fn explained(&self, faults: Faults) -> Faults {
        let guessed = guessed_line(&self.bytes, &faults);
        guessed.map_or(faults, |line| {
            let message = said(|t| t.faults.not_utf8, &[("line", &line)]);
            Fault::of_file(&self.file, message).into()
        })
    }
}

fn unreadable(why: &OpenError) -> Words {
    said(|t| t.faults.unreadable, &[("why", &not_opened(why))])
}

/// Why a file that the configuration names, or it itself, was not opened.
pub(super) fn not_opened(why: &OpenError) -> Words {
    match why {
        OpenError::Kind(_) => said(|t| t.faults.no_file, &[]),
        why => why.words(),
    }
}

/// A faulty line whose encoding was guessed: then that may be all that is wrong with it.
fn guessed_line(bytes: &[u8], faults: &Faults) -> Option<usize> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let mut guessed = (1..)
        .zip(lines)
        .filter(|(_, line)| !line.contains(&0) && std::str::from_utf8(line).is_err())
        .map(|(number, _)| number);
    let is_faulty = |line: &usize| {
        let mut places = faults.all().iter().filter_map(|fault| fault.position);
        places.any(|place| place.line == *line)
    };
    guessed.find(is_faulty)
}

/// Checks the text of a configuration of one tenant, all but `[console]`; `file` is what the faults name and
/// where relative paths start.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(file: &Path, text: &str, env: &Environment) -> Result<Config, Faults> {
    parse_all(&Document::of_text(file, text), env, |_| Vec::new())?.chosen(file, None)
}

fn parse_all(
    document: &Document,
    env: &Environment,
    check_console: impl Fn(&ConsoleTable) -> Vec<Fault>,
) -> Result<Configured, Faults> {
    let (root, syntax) = document.parsed();
    let root = root.get_ref();
    let several_wanted = are_several(root);
    let main = Layer {
        file: &document.file,
        text: document.text(),
        root,
        start: 0,
        partial: !syntax.is_empty(),
        besides: if several_wanted { OF_MAIN } else { &[] },
    };
    let console = sections::console(main.text, root);
    let mut faults: Vec<_> = console.iter().flat_map(check_console).collect();
    if several_wanted {
        return match Faults::from_list(with_syntax(syntax, faults)) {
            Some(faults) => Err(faults),
            None => several(main, env).map(Configured::Several),
        };
    }
    let (found, wrong) = read(Reader::of_file(main, env), main);
    faults.extend(wrong);
    if let Some(faults) = Faults::from_list(with_syntax(syntax, faults)) {
        return Err(faults);
    }
    let config = found.ok_or_else(|| incomplete(main.file))?;
    Ok(Configured::One(Box::new(config)))
}

fn incomplete(file: &Path) -> Fault {
    Fault::of_file(file, said(|t| t.faults.incomplete, &[]))
}

/// One tenant, and what is wrong with it.
fn read(mut reader: Reader<'_>, main: Layer<'_>) -> (Option<Config>, Vec<Fault>) {
    let sections = Sections::read(&mut reader);
    let file = reader.env.directory().join(main.file);
    let (faults, _) = reader.finish();
    let console = sections::console(main.text, main.root);
    (sections.into_config(file, console), faults)
}

/// One tenant of several.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn of_layers(reader: Reader<'_>, main: Layer<'_>) -> Result<Config, Faults> {
    let (config, faults) = read(reader, main);
    match Faults::from_list(faults) {
        Some(faults) => Err(faults),
        None => Ok(config.ok_or_else(|| incomplete(main.file))?),
    }
}

/// What does not parse, once a line, and what is wrong on other lines. A broken line's value is a guess, and so
/// is the next one's: what was not closed goes on there.
fn with_syntax(mut syntax: Vec<Fault>, mut others: Vec<Fault>) -> Vec<Fault> {
    let line = |fault: &Fault| fault.position.map_or(0, |position| position.line);
    syntax.dedup_by_key(|fault| line(fault));
    let broken: Vec<_> = syntax.iter().map(line).collect();
    let is_guess = |line: usize| {
        broken
            .iter()
            .any(|broken| line == *broken || line == broken + 1)
    };
    others.retain(|fault| !is_guess(line(fault)));
    syntax.append(&mut others);
    syntax
}

/// Whether the parser stopped at an escape: a `\` stands there, just before a letter, or before
/// the digits after `\u`.
fn is_escape(text: &str, at: &std::ops::Range<usize>) -> bool {
    let near = text.as_bytes().get(at.start.saturating_sub(2)..at.end);
    near.is_some_and(|near| near.contains(&b'\\'))
}

/// The message of the TOML parser without its excerpt of the line: that may hold a secret.
fn syntax_fault(file: &Path, text: &str, error: &toml::de::Error) -> Fault {
    let offset = error.span().map_or(0, |span| span.start);
    let own = error.message().replace('\n', "; ");
    let message = if error.span().is_some_and(|span| is_escape(text, &span)) {
        // The parser's words do not say it to somebody who wrote a Windows path.
        said(|t| t.faults.backslash, &[("why", &own)])
    } else {
        said(|t| t.faults.not_toml, &[("why", &own)])
    };
    Fault {
        key: None,
        ..Fault::of_key(file, Position::at_offset(text, offset), "", message)
    }
}

struct Sections {
    tenant: Option<Tenant>,
    poll: Poll,
    set: Set,
    procall: Option<Procall>,
    log: Log,
    state: Option<State>,
    attach: Attach,
    metrics: Metrics,
    history: History,
    cluster: Option<Cluster>,
    alerts: Alerts,
}

impl Sections {
    fn read(reader: &mut Reader<'_>) -> Self {
        reader.refuse_unknown();
        Self {
            tenant: tenant::tenant(reader),
            poll: sections::poll(reader),
            set: sections::set(reader),
            procall: procall::procall(reader),
            log: sections::log(reader),
            state: sections::state(reader),
            attach: sections::attach(reader),
            metrics: sections::metrics(reader),
            history: sections::history(reader),
            cluster: cluster::cluster(reader),
            alerts: alerts::alerts(reader),
        }
    }

    fn into_config(self, file: PathBuf, console: Option<ConsoleTable>) -> Option<Config> {
        Some(Config {
            file: Some(file),
            site: None,
            tenant: self.tenant?,
            poll: self.poll,
            set: self.set,
            procall: self.procall?,
            log: self.log,
            state: self.state?,
            attach: self.attach,
            metrics: self.metrics,
            history: self.history,
            cluster: self.cluster,
            alerts: self.alerts,
            console,
        })
    }
}

#[cfg(test)]
mod tests;
