//! The thread that reads: looks at both files again and again and tells the bridge what is new.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::calls_file::{CallsFile, NAMED};
use super::file_watch::{FileWatch, Wake};
use super::health::{Health, Part};
use super::liveness::Liveness;
use super::settled_file::{Look, SettledFile};
use super::strangers::Strangers;
use super::users::{self, ParsedUsers};
use super::{FileSettings, path_of};
use crate::ProcallEvent;
use crate::mark::ListMark;
use files::io_refusal;
use model::source_fault::{ListFault, OddLine, SourceFault, SourceWarning};

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
    warnings: Vec<SourceWarning>,
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
            .map_err(|error| ListFault::Unread(io_refusal(&error)))
            .and_then(|bytes| users::parse(&bytes));
        match list {
            Ok(list) => self.take_users(list)?,
            Err(why) => self.keep_users(why),
        }
        Ok(false)
    }

    fn take_users(&mut self, list: ParsedUsers) -> Result<(), Deaf> {
        self.warn_of(&path_of(&self.users_path), list.warnings, 0);
        if list.users.is_empty() {
            self.keep_users(ListFault::NoLine);
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

    fn keep_users(&self, why: ListFault) {
        let kept = self.list.as_ref();
        let kept = kept.map(|list| u32::try_from(list.users).unwrap_or(u32::MAX));
        let path = path_of(&self.users_path);
        let fault = SourceFault::Users { path, why, kept };
        self.health.set(Part::Users, Some(fault));
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
        let path = path_of(&file.path);
        self.warn_of_strangers(&path, strangers.named());
        self.strangers = strangers;
        self.warn_of(&path, news.lines, news.more);
        self.warnings.extend(news.warning);
        self.calls = Some(file);
        let trouble = news
            .trouble
            .or_else(|| gone.then_some(SourceFault::CallsGone { path }));
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

    fn warn_of(&mut self, path: &Arc<str>, lines: Vec<OddLine>, unnamed: usize) {
        let more = unnamed + lines.len().saturating_sub(NAMED);
        let named = lines.into_iter().take(NAMED);
        self.warnings.extend(named.map(|line| SourceWarning::Line {
            path: Arc::clone(path),
            line,
        }));
        self.warn_of_more(path, more);
    }

    fn warn_of_strangers(&mut self, path: &Arc<str>, users: Vec<Arc<str>>) {
        let more = users.len().saturating_sub(NAMED);
        let named = users.into_iter().take(NAMED);
        self.warnings
            .extend(named.map(|user| SourceWarning::Stranger {
                path: Arc::clone(path),
                user,
            }));
        self.warn_of_more(path, more);
    }

    fn warn_of_more(&mut self, path: &Arc<str>, count: usize) {
        if count > 0 {
            let path = Arc::clone(path);
            self.warnings.push(SourceWarning::MoreLines { path, count });
        }
    }

    fn tell_warnings(&mut self) -> Result<(), Deaf> {
        if !self.calls_told && self.told.is_none() {
            return Ok(());
        }
        self.warnings.extend(self.health.take_warnings());
        std::mem::take(&mut self.warnings)
            .into_iter()
            .try_for_each(|warning| self.tell(ProcallEvent::Warning(warning)))
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
