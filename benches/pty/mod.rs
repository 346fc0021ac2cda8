//! lampfield's dashboard in a pty, and what is seen of it.

use std::path::Path;
use std::time::{Duration, Instant};

use lampfield::simulator::{Running, UCSERVER_ACCOUNT, UCSERVER_ADMIN};
use portable_pty::CommandBuilder;

use crate::screen::Screen;
use crate::site::{cpu_seconds, measured_program, resident, tick};
use crate::write_configuration;

const ROWS: u16 = 40;
const COLUMNS: u16 = 120;

const PATIENCE: Duration = Duration::from_mins(1);

/// Processor seconds, bytes and frames so far.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) cpu: f64,
    pub(crate) bytes: u64,
    pub(crate) frames: u64,
}

/// lampfield in a pty.
pub(crate) struct Dashboard {
    screen: Screen,
}

impl Dashboard {
    pub(crate) fn open(tenant: &Running, folder: &Path) -> Self {
        let config = write_configuration(tenant, folder);
        let mut command = CommandBuilder::new(measured_program());
        command.arg("--config");
        command.arg(&config);
        command.env("SECRET", &tenant.ready().client_secret);
        command.env("PASSWORD", UCSERVER_ACCOUNT.1);
        command.env("ADMIN_PASSWORD", UCSERVER_ADMIN.1);
        command.cwd(folder);
        Self {
            screen: Screen::open(command, ROWS, COLUMNS),
        }
    }

    pub(crate) fn until(&self, holds: impl Fn(&str) -> bool) {
        let begin = tick();
        while !holds(&self.screen.contents()) {
            assert!(begin.elapsed() < PATIENCE, "{}", self.screen.contents());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The row below the header of the table.
    pub(crate) fn first_row(&self) -> String {
        self.screen.with(|seen| {
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
        self.screen.with(|seen| seen.drawn_at)
    }

    pub(crate) fn figures(&self) -> Figures {
        let cpu = cpu_seconds(self.screen.pid());
        self.screen.with(|seen| Figures {
            cpu,
            bytes: seen.bytes,
            frames: seen.frames,
        })
    }

    pub(crate) fn resident(&self, line: &str) -> f64 {
        resident(self.screen.pid(), line)
    }
}
