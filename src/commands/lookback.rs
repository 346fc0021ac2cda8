//! Between whatever feeds a console and the console: live pictures go through, and at somebody's wish
//! a recording takes their place. On a thread of its own, for the recording is read from disk.

mod past;

use std::sync::Arc;
use std::time::Duration;

use history::{Place, ReadError, Recording};
use jiff::{SignedDuration, Timestamp};
use model::clock::shifted;
use model::snapshot::{PastView, Seen};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use words::{Value, Words};

pub(super) use past::Archive;

use past::Past;

use super::dashboard::entry;
use super::recorded::{left_out_words, outside};
use crate::bridge::Snapshot;
use crate::clocks::PastClock;
use crate::console::{Feed, LogInbox, PastWish};

/// Wishes that wait.
const WISHES: usize = 64;

/// While time goes by in the past, it is shown so often.
const TICK: Duration = Duration::from_millis(100);

/// To another moment of a recording.
type Step = fn(&mut Recording, Place) -> Option<Place>;

const EVENT: Step = Recording::next_event;
const EVENT_BEFORE: Step = Recording::event_before;
const PROBLEM: Step = Recording::next_problem;
const PROBLEM_BEFORE: Step = Recording::problem_before;

/// The same feed, with the past behind it.
///
/// # Errors
/// When the system has no thread for it.
pub(super) fn with_past(
    feed: Feed,
    archive: Archive,
    runtime: &tokio::runtime::Handle,
) -> std::io::Result<Feed> {
    let first = Arc::clone(&feed.snapshots.borrow());
    let clock = Arc::new(PastClock::new(feed.clock));
    start(
        Source {
            live: Some(feed.snapshots),
            archive,
            first,
        },
        (clock, feed.logs, feed.commands),
        None,
        runtime,
    )
}

/// What is shown.
pub(super) struct Source {
    /// Nothing: there is only the past.
    pub(super) live: Option<watch::Receiver<Arc<Snapshot>>>,
    pub(super) archive: Archive,
    /// What is shown until something else is.
    pub(super) first: Arc<Snapshot>,
}

type Around = (
    Arc<PastClock>,
    LogInbox,
    mpsc::Sender<crate::bridge::Command>,
);

/// Starts the thread; with a recording and a moment, in the past.
pub(super) fn start(
    source: Source,
    (clock, logs, commands): Around,
    begins: Option<(Recording, Timestamp)>,
    runtime: &tokio::runtime::Handle,
) -> std::io::Result<Feed> {
    let (publish, snapshots) = watch::channel(source.first);
    let (past, wishes) = mpsc::channel(WISHES);
    let mut lookback = Lookback {
        publish,
        live: source.live,
        archive: source.archive,
        wishes,
        clock: Arc::clone(&clock),
        logs: logs.clone(),
        past: None,
        has_said_left_out: false,
    };
    if let Some((recording, moment)) = begins {
        lookback.begin(recording, moment);
    }
    let runtime = runtime.clone();
    std::thread::Builder::new()
        .name("lookback".to_owned())
        .spawn(move || runtime.block_on(lookback.run()))?;
    Ok(Feed {
        snapshots,
        commands,
        logs,
        clock,
        past: Some(past),
    })
}

struct Lookback {
    publish: watch::Sender<Arc<Snapshot>>,
    live: Option<watch::Receiver<Arc<Snapshot>>>,
    archive: Archive,
    wishes: mpsc::Receiver<PastWish>,
    clock: Arc<PastClock>,
    logs: LogInbox,
    past: Option<Past>,
    has_said_left_out: bool,
}

impl Lookback {
    /// Until the console has ended, or the live pictures while they are shown.
    async fn run(mut self) {
        loop {
            let plays = self.past.as_ref().filter(|past| past.speed > 0);
            let tick = plays.map(|past| past.ticked + TICK);
            tokio::select! {
                wish = self.wishes.recv() => match wish {
                    Some(wish) => self.take(wish),
                    None => return,
                },
                going_on = next_live(&mut self.live), if self.past.is_none() => {
                    let Some(latest) = going_on else { return };
                    self.publish.send_replace(latest);
                }
                () = sleep_until(tick.unwrap_or_else(Instant::now)), if tick.is_some() => self.tick(),
            }
        }
    }

    fn take(&mut self, wish: PastWish) {
        let done = match wish {
            PastWish::Live => {
                self.go_live();
                Ok(())
            }
            wish if self.past.is_none() => self.open(wish),
            wish => self.step(wish),
        };
        if let Err(why) = done {
            self.logs.say(self.words(&why));
        }
    }

    fn words(&self, why: &ReadError) -> Words {
        let place = self.archive.place.display();
        let values: [(&str, &dyn Value); 2] = [("place", &place), ("why", &why.words())];
        Words::of_replay(|t| t.unreadable, &values)
    }

    fn go_live(&mut self) {
        let Some(live) = &mut self.live else { return };
        self.past = None;
        self.clock.live();
        self.publish
            .send_replace(Arc::clone(&live.borrow_and_update()));
    }

    /// From live to the last moment, or to where the wish leads from there.
    fn open(&mut self, wish: PastWish) -> Result<(), ReadError> {
        let mut recording = self.archive.open()?;
        let last = recording.last()?;
        let moment = recording.time(last)?;
        self.say_left_out(&recording);
        self.past = Some(Past::new(recording, last, moment)?);
        match wish {
            PastWish::Begin => self.show(),
            wish => self.step(wish)?,
        }
        Ok(())
    }

    /// Says once what of the recording is not shown.
    fn say_left_out(&mut self, recording: &Recording) {
        let left_out = recording.other_version();
        if let Some(left_out) = left_out.filter(|_| !self.has_said_left_out) {
            self.has_said_left_out = true;
            self.logs.say(left_out_words(&left_out));
        }
    }

    /// In the past from the start.
    fn begin(&mut self, mut recording: Recording, moment: Timestamp) {
        self.say_left_out(&recording);
        let past = recording
            .at(moment)
            .and_then(|place| Past::new(recording, place, moment));
        match past {
            Ok(past) => {
                self.past = Some(past);
                self.show();
            }
            Err(why) => self.logs.say(self.words(&why)),
        }
    }

    fn step(&mut self, wish: PastWish) -> Result<(), ReadError> {
        let Some(past) = &mut self.past else {
            return Ok(());
        };
        match wish {
            PastWish::To(moment) => return self.go_to(moment),
            PastWish::Begin | PastWish::Live => return Ok(()),
            PastWish::Play => past.play_or_stop(),
            PastWish::Faster => past.faster(),
            PastWish::Event { forward } => return self.go(forward, (EVENT, EVENT_BEFORE)),
            PastWish::Problem { forward } => return self.go(forward, (PROBLEM, PROBLEM_BEFORE)),
        }
        self.show();
        Ok(())
    }

    /// To the next moment of a kind, or the one before.
    fn go(&mut self, forward: bool, (next, before): (Step, Step)) -> Result<(), ReadError> {
        let grows = self.live.is_some();
        let Some(past) = &mut self.past else {
            return Ok(());
        };
        let step = if forward { next } else { before };
        let mut place = step(&mut past.recording, past.place);
        if place.is_none() && forward && grows {
            past.read_anew(&self.archive)?;
            place = step(&mut past.recording, past.place);
        }
        let Some(place) = place else {
            self.logs.say(if forward {
                Words::of_replay(|t| t.no_later, &[])
            } else {
                Words::of_replay(|t| t.no_earlier, &[])
            });
            return Ok(());
        };
        past.speed = 0;
        past.moment = past.recording.time(place)?;
        self.jump(place)
    }

    /// As near to `moment` as the recording comes.
    fn go_to(&mut self, moment: Timestamp) -> Result<(), ReadError> {
        let Some(past) = &mut self.past else {
            return Ok(());
        };
        let (first, last) = (past.recording.first(), past.recording.last()?);
        let (first, last) = (past.recording.time(first)?, past.recording.time(last)?);
        if let Some(words) = outside((first, last), moment) {
            self.logs.say(words);
        }
        past.moment = moment.clamp(first, last);
        let place = past.recording.at(past.moment)?;
        self.jump(place)
    }

    /// First who is where, which is there at once, then everything.
    fn jump(&mut self, place: Place) -> Result<(), ReadError> {
        let Some(past) = &mut self.past else {
            return Ok(());
        };
        past.shown = past.recording.glance(place)?;
        self.publish_past();
        if let Some(past) = &mut self.past {
            past.go(place)?;
        }
        self.show();
        Ok(())
    }

    fn tick(&mut self) {
        let Some(past) = &mut self.past else { return };
        let archive = &self.archive;
        let done = past.tick(archive, self.live.is_some());
        match done {
            Ok(true) => {}
            Ok(false) => {
                past.speed = 0;
                self.logs.say(Words::of_replay(|t| t.at_end, &[]));
            }
            Err(why) => {
                past.speed = 0;
                self.logs.say(self.words(&why));
            }
        }
        self.show();
    }

    /// The moment with its log.
    fn show(&mut self) {
        self.publish_past();
        let Some(past) = &mut self.past else { return };
        if let Some(lines) = past.log.take() {
            let moment = past.moment;
            let lines = lines.into_iter().map(|line| entry(line, moment));
            self.logs.show_past(lines.collect());
        }
    }

    fn publish_past(&mut self) {
        let live = self.live.is_some();
        let Some(past) = &mut self.past else { return };
        let lack = past.recording.lack_at(past.moment).ok().flatten();
        let mut shown = Snapshot::clone(&past.shown);
        shown.seen = Seen::Past(PastView {
            moment: past.moment,
            speed: past.speed,
            lack,
            live,
        });
        let ahead = SignedDuration::ZERO.saturating_sub(shown.wall_ahead);
        // Where nothing is known what is shown is the last that was: nothing of it is as old as this moment, and no
        // poll was late for it.
        let (of, speed) = lack.map_or((past.moment, past.speed), |lack| (lack.from, 0));
        self.clock.show(shifted(of, ahead), speed);
        self.publish.send_replace(Arc::new(shown));
    }
}

/// The next live picture; nothing where there will be none.
async fn next_live(live: &mut Option<watch::Receiver<Arc<Snapshot>>>) -> Option<Arc<Snapshot>> {
    let Some(live) = live else {
        return std::future::pending().await;
    };
    live.changed().await.ok()?;
    Some(Arc::clone(&live.borrow_and_update()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use history::{Lines, Recorder, Settings};

    use super::*;
    use crate::clocks::ManualClock;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    /// A picture now and one in ten minutes; in between no bridge ran.
    fn recorded(folder: &Path) -> Archive {
        let place = folder.join("history");
        for second in [0, 600] {
            let settings = Settings {
                folder: place.clone(),
                stem: "corp.example".into(),
                keep: Duration::from_hours(24),
                max_bytes: 1 << 20,
                names: true,
            };
            let shown = Arc::new(Snapshot::empty(Arc::default(), at(second)));
            let mut recorder = Recorder::new(settings);
            let lines = Lines {
                new: Vec::new(),
                last: &Vec::new,
            };
            recorder.record(&shown, lines, at(second)).unwrap();
        }
        Archive { place, stem: None }
    }

    #[rstest::rstest]
    #[case::shown(600, 600, false)]
    #[case::between(300, 0, true)]
    fn what_is_shown_where_nothing_was_recorded_is_as_old_as_it_was(
        #[case] moment: i64,
        #[case] clock: i64,
        #[case] lacks: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let archive = recorded(folder.path());
        let recording = archive.open().unwrap();
        let source = Source {
            live: None,
            archive,
            first: Arc::new(Snapshot::empty(Arc::default(), at(0))),
        };
        let live = Arc::new(ManualClock::at(at(9_999)));
        let past = Arc::new(PastClock::new(live));
        let (commands, _) = mpsc::channel(1);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let around = (past, LogInbox::new(), commands);
        let begins = Some((recording, at(moment)));
        let feed = start(source, around, begins, runtime.handle()).unwrap();
        let seen = feed.snapshots.borrow().seen;
        let seen = seen.past().unwrap();
        assert_eq!((seen.moment, seen.lack.is_some()), (at(moment), lacks));
        assert_eq!(feed.clock.now(), at(clock));
    }
}
