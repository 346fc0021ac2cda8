//! The thread that reads: looks at both files again and again and tells the bridge what is new.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;

use super::calls::{self, CurrentCalls};
use super::file_watch::{FileWatch, Wake};
use super::liveness::Liveness;
use super::settled_file::{Look, SettledFile};
use super::strangers::Strangers;
use super::users::{self, ParsedUsers};
use super::{FileSettings, Health, Part};
use crate::mark::ListMark;
use crate::{CallEvent, ProcallEvent};
use files::{LineSplitter, Tail, TailStep, TextKind, TextLine};
use model::text::harmless_path;

/// Longest line of `calls.jsonl` that is read, in bytes; a real one has about 100.
const LINE_LIMIT: usize = 64 * 1024;

/// The last event counts although its line end is missing once it has stood so long: there are
/// writers who put the line end before each event, or none behind the last.
const MOMENT: Duration = Duration::from_millis(500);

/// So many broken lines are named at one look; the rest is counted.
const NAMED: usize = 20;

/// Nobody listens any more.
struct Deaf;

/// What one look found.
#[derive(Clone, Copy, Default)]
struct Looked {
    /// The list of users is about to change.
    settling: bool,
    /// `calls.jsonl` has new bytes.
    grew: bool,
    /// Its last line has no end yet.
    standing: bool,
}

/// Reads both files.
pub(super) struct Reader {
    users: SettledFile,
    users_path: PathBuf,
    calls: Option<CallsFile>,
    events: mpsc::Sender<ProcallEvent>,
    health: Health,
    life: Liveness,
    /// The list in force.
    list: Option<ListMark>,
    /// Whether the bridge knows the calls that last.
    calls_told: bool,
    /// How things stood when the bridge was told last.
    told: Option<ProcallEvent>,
    /// Users of calls who are in no list.
    strangers: Strangers,
    /// Lines to be named, held until the bridge has users and calls.
    warnings: Vec<String>,
}

impl Reader {
    pub(super) fn new(
        settings: &FileSettings,
        events: mpsc::Sender<ProcallEvent>,
        health: Health,
        life: Liveness,
    ) -> Self {
        Self {
            users: SettledFile::new(&settings.users_file),
            users_path: settings.users_file.clone(),
            calls: settings.events_file.as_deref().map(CallsFile::new),
            events,
            health,
            life,
            list: None,
            calls_told: false,
            told: None,
            strangers: Strangers::default(),
            warnings: Vec::new(),
        }
    }

    /// Looks until told to stop, or until nobody listens: at `calls.jsonl` when the watch reports a change or
    /// else at this pace, at `users.csv` once in `users_every` looks.
    pub(super) fn run(mut self, pace: Duration, users_every: u32, mut watch: FileWatch) {
        let mut until_users = 0;
        let mut rested = Duration::ZERO;
        loop {
            watch.arm();
            let Ok(looked) = self.look(until_users == 0, rested) else {
                return;
            };
            if looked.grew {
                watch.found_change();
            }
            until_users = match (looked.settling, until_users) {
                (true, _) => 0,
                (false, 0) => users_every,
                (false, looks) => looks - 1,
            };
            let rest = if watch.is_trusted() && !looked.settling && !looked.standing {
                pace.saturating_mul(users_every)
            } else {
                pace
            };
            let woken = watch.wait(rest);
            rested = if woken == Wake::Time {
                rest
            } else {
                Duration::ZERO
            };
            match woken {
                Wake::Stop => return,
                // So long a rest is as long as all the looks in between.
                Wake::Time if rest > pace => until_users = 0,
                Wake::Time | Wake::Change => {}
            }
        }
    }

    /// Looks once, having rested so long.
    fn look(&mut self, at_users: bool, rested: Duration) -> Result<Looked, Deaf> {
        let settling = at_users && self.look_at_users()?;
        let (grew, standing) = self.look_at_calls(rested)?;
        self.tell_warnings()?;
        self.tell_health()?;
        Ok(Looked {
            settling,
            grew,
            standing,
        })
    }

    /// Returns whether the file is settling.
    fn look_at_users(&mut self) -> Result<bool, Deaf> {
        let read = match self.users.look() {
            Look::Same => return Ok(false),
            Look::Settling => return Ok(true),
            Look::Read(read) => read,
        };
        let list = read
            .map_err(|error| format!("it cannot be read: {error} ([procall] users_file)"))
            .and_then(|bytes| users::parse(&bytes).map_err(|error| error.to_string()));
        match list {
            Ok(list) => self.take_users(list)?,
            Err(why) => self.keep_users(&why),
        }
        Ok(false)
    }

    fn take_users(&mut self, list: ParsedUsers) -> Result<(), Deaf> {
        self.warn_of(&self.users_path.clone(), list.warnings, 0);
        if list.users.is_empty() {
            self.keep_users("none of its lines could be read");
            return Ok(());
        }
        self.health.set(Part::Users, None);
        let mark = ListMark::from_users(&list.users);
        if self.list == Some(mark) {
            return Ok(());
        }
        self.list = Some(mark);
        self.strangers.know(&list.users);
        self.tell(ProcallEvent::Users(list.users))
    }

    fn keep_users(&self, why: &str) {
        let meanwhile = match &self.list {
            Some(list) => format!("the last good list of {} users stays in force", list.users),
            None => "until there is a list, nobody is matched".to_owned(),
        };
        let path = harmless_path(&self.users_path);
        self.health
            .set(Part::Users, Some(format!("{path}: {why}; {meanwhile}")));
    }

    /// Returns whether the file has new bytes, and whether its last line has no end.
    fn look_at_calls(&mut self, rested: Duration) -> Result<(bool, bool), Deaf> {
        let Some(mut file) = self.calls.take() else {
            self.life.looked(true);
            return self.tell_no_calls().map(|()| (false, false));
        };
        let wanted = self.calls_told;
        // Each call at once: whoever is ten thousand lines behind keeps none of them in memory.
        let mut deaf = false;
        let mut strangers = std::mem::take(&mut self.strangers);
        let news = file.look(rested, &mut |event| {
            if wanted {
                strangers.meet(&event.user_name);
                deaf = deaf || self.tell(ProcallEvent::Call(event)).is_err();
            }
        });
        let gone = !news.good && self.life.is_silent();
        if self.life.looked(news.good) {
            // What was told is stale: all of it is told anew, and that it works.
            self.calls_told = false;
            self.told = None;
        }
        let all = (self.list.is_some() && !self.calls_told && news.trouble.is_none())
            .then(|| file.current.all());
        for call in all.iter().flatten() {
            strangers.meet(&call.user_name);
        }
        let path = file.path.clone();
        self.warn_of(&path, strangers.named(), 0);
        self.strangers = strangers;
        self.warn_of(&path, news.warnings, news.more);
        self.calls = Some(file);
        let trouble = news.trouble.or_else(|| gone.then(|| is_gone(&path)));
        self.health.set(Part::Calls, trouble);
        if let Some(all) = all {
            self.calls_told = true;
            self.tell(ProcallEvent::Calls(all))?;
        }
        if deaf {
            return Err(Deaf);
        }
        Ok((news.grew, news.standing))
    }

    /// Without a file of calls nobody is ever on the phone.
    fn tell_no_calls(&mut self) -> Result<(), Deaf> {
        if self.calls_told || self.list.is_none() {
            return Ok(());
        }
        self.calls_told = true;
        self.tell(ProcallEvent::Calls(Vec::new()))
    }

    fn warn_of(&mut self, path: &Path, lines: Vec<String>, unnamed: usize) {
        let more = unnamed + lines.len().saturating_sub(NAMED);
        let path = harmless_path(path);
        let named = lines.into_iter().take(NAMED);
        self.warnings
            .extend(named.map(|line| format!("{path} {line}")));
        if more > 0 {
            self.warnings
                .push(format!("{path}: {more} more lines of this kind"));
        }
    }

    fn tell_warnings(&mut self) -> Result<(), Deaf> {
        if !self.calls_told && self.told.is_none() {
            return Ok(());
        }
        self.warnings.extend(self.health.take_warnings());
        std::mem::take(&mut self.warnings)
            .into_iter()
            .try_for_each(|warning| self.tell(ProcallEvent::Warning(warning.into())))
    }

    /// Says how things stand, where that changed: all is well only once users and calls are told.
    fn tell_health(&mut self) -> Result<(), Deaf> {
        let now = self.health.as_event();
        // Users and calls say that the source works, and would take back what is said before them.
        let too_early = !self.calls_told && !self.health.has_trouble_of_input();
        if too_early || self.told.as_ref() == Some(&now) {
            return Ok(());
        }
        self.told = Some(now.clone());
        self.tell(now)
    }

    fn tell(&self, event: ProcallEvent) -> Result<(), Deaf> {
        self.events.blocking_send(event).map_err(|_| Deaf)
    }
}

/// What one look at `calls.jsonl` found.
#[derive(Default)]
struct CallsNews {
    /// The first broken lines, named; how many more there are.
    warnings: Vec<String>,
    more: usize,
    trouble: Option<String>,
    /// Whether it can be read; one that was never there need not be.
    good: bool,
    grew: bool,
    /// A line without an end may be whole in a moment.
    standing: bool,
}

/// `calls.jsonl` and the calls that last.
struct CallsFile {
    path: PathBuf,
    tail: Tail,
    lines: LineSplitter,
    current: CurrentCalls,
    /// How long the last line, which has no end yet, has stood as it is; nothing where it was looked
    /// at since.
    standing: Option<Duration>,
    /// Whether its absence was mentioned, or it was there.
    known: bool,
    /// Whether it was there.
    was_there: bool,
}

impl CallsFile {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            tail: Tail::new(path),
            lines: LineSplitter::new(TextKind::Bytes, LINE_LIMIT),
            current: CurrentCalls::default(),
            standing: None,
            known: false,
            was_there: false,
        }
    }

    /// Takes what is new, and hands the events out one by one.
    fn look(&mut self, rested: Duration, hand_out: &mut dyn FnMut(CallEvent)) -> CallsNews {
        let mut news = CallsNews::default();
        let Self { lines, current, .. } = self;
        let mut take = |line: TextLine<'_>| {
            read(line, &mut |event| match event {
                Ok(event) => {
                    current.take(&event);
                    hand_out(event);
                }
                Err(_) if news.warnings.len() >= NAMED => news.more += 1,
                Err(why) => news
                    .warnings
                    .push(format!("line {} left out: {why}", line.number)),
            });
        };
        let mut grew = false;
        let looked = self.tail.look(&mut |step| match step {
            TailStep::Bytes(bytes) => {
                grew = true;
                lines.feed(bytes, &mut take);
            }
            TailStep::Replaced => lines.finish(&mut take),
            TailStep::Began | TailStep::Truncated => {
                // A line that was not finished is gone, unless nothing but its end was missing.
                if calls::is_whole(&lines.unfinished()) {
                    lines.take_unfinished(&mut take);
                }
                lines.forget();
            }
        });
        self.standing = match (grew, self.standing) {
            (true, _) => Some(Duration::ZERO),
            (false, stood) => stood.map(|stood| stood + rested),
        };
        if self.standing.is_some_and(|stood| stood >= MOMENT) {
            self.standing = None;
            if calls::is_whole(&lines.unfinished()) {
                lines.take_unfinished(&mut take);
            }
        }
        news.standing = self.standing.is_some() && lines.is_unfinished();
        news.grew = grew;
        self.was_there |= matches!(looked, Ok(true));
        news.good = match looked {
            Ok(there) => there || grew || !self.was_there,
            Err(_) => false,
        };
        match looked {
            Ok(false) if !self.known => {
                let absent = "does not exist yet: no call is known until it does";
                news.warnings.push(absent.to_owned());
                self.known = true;
            }
            Ok(there) => self.known |= there,
            Err(error) => {
                let path = harmless_path(&self.path);
                news.trouble = Some(format!(
                    "{path} cannot be read: {error}; it is [procall] events_file, and calls are not noticed until it can"
                ));
            }
        }
        news
    }
}

/// The file of calls was there, and has been gone for too long for a rotation.
fn is_gone(path: &Path) -> String {
    let path = harmless_path(path);
    format!(
        "{path} is gone; it is [procall] events_file, and calls are not noticed until it is back"
    )
}

fn read(line: TextLine<'_>, take: &mut dyn FnMut(Result<CallEvent, String>)) {
    if line.dropped > 0 {
        let length = line.length;
        return take(Err(format!(
            "it is {length} bytes long, more than {LINE_LIMIT} are not read"
        )));
    }
    calls::events_in(line.text, take);
}
