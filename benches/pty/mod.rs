//! lampfield's dashboard in a pty, and what is seen of it.

use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lampfield::simulator::{Running, UCSERVER_ACCOUNT, UCSERVER_ADMIN};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::site::{PROGRAM, cpu_seconds, resident, tick};
use crate::write_configuration;

const ROWS: u16 = 40;
const COLUMNS: u16 = 120;

const PATIENCE: Duration = Duration::from_mins(1);

/// What the pty has received.
struct Seen {
    parser: vt100::Parser,
    bytes: u64,
    frames: u64,
    drawn_at: Instant,
}

/// Processor seconds, bytes and frames so far.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) cpu: f64,
    pub(crate) bytes: u64,
    pub(crate) frames: u64,
}

/// lampfield in a pty.
pub(crate) struct Dashboard {
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    seen: Arc<Mutex<Seen>>,
}

impl Dashboard {
    pub(crate) fn open(tenant: &Running, folder: &Path) -> Self {
        let config = write_configuration(tenant, folder);
        let mut command = CommandBuilder::new(PROGRAM);
        command.arg("--config");
        command.arg(&config);
        command.env("TERM", "xterm-256color");
        command.env("SECRET", &tenant.ready().client_secret);
        command.env("PASSWORD", UCSERVER_ACCOUNT.1);
        command.env("ADMIN_PASSWORD", UCSERVER_ADMIN.1);
        command.cwd(folder);
        let size = PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let child = pair.slave.spawn_command(command).expect("it starts");
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(
                ROWS.try_into().expect("rows"),
                COLUMNS.try_into().expect("columns"),
                0,
            ),
            bytes: 0,
            frames: 0,
            drawn_at: tick(),
        }));
        let reader = pair.master.try_clone_reader().expect("its output");
        let to = Arc::clone(&seen);
        std::thread::spawn(move || watch(reader, &to));
        Self {
            child,
            _master: pair.master,
            seen,
        }
    }

    fn with<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn screen(&self) -> String {
        self.with(|seen| seen.parser.screen().contents())
    }

    pub(crate) fn until(&self, holds: impl Fn(&str) -> bool) {
        let begin = tick();
        while !holds(&self.screen()) {
            assert!(begin.elapsed() < PATIENCE, "{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The row below the header of the table.
    pub(crate) fn first_row(&self) -> String {
        self.with(|seen| {
            let mut rows = seen.parser.screen().rows(0, COLUMNS);
            rows.find(|row| row.starts_with('▌')).unwrap_or_default()
        })
    }

    /// The name in it.
    pub(crate) fn first_shown(&self) -> String {
        let row = self.first_row();
        let name = row.trim_start_matches(|c: char| !c.is_alphabetic());
        name.split("  ").next().unwrap_or_default().to_owned()
    }

    pub(crate) fn drawn_at(&self) -> Instant {
        self.with(|seen| seen.drawn_at)
    }

    fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    pub(crate) fn figures(&self) -> Figures {
        let cpu = cpu_seconds(self.pid());
        self.with(|seen| Figures {
            cpu,
            bytes: seen.bytes,
            frames: seen.frames,
        })
    }

    pub(crate) fn resident(&self, line: &str) -> f64 {
        resident(self.pid(), line)
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn watch(mut reader: Box<dyn Read + Send>, seen: &Mutex<Seen>) {
    let mut chunk = vec![0; 64 << 10];
    loop {
        let count = reader.read(&mut chunk).unwrap_or(0);
        let Some(new) = chunk.get(..count).filter(|new| !new.is_empty()) else {
            return;
        };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.parser.process(new);
        seen.drawn_at = tick();
        seen.bytes += u64::try_from(count).unwrap_or_default();
        let frames = new.windows(8).filter(|at| at == b"\x1b[?2026h").count();
        seen.frames += u64::try_from(frames).unwrap_or_default();
    }
}
