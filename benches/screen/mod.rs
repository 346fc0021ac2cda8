//! A program in a pty, and what is seen of it.

// Every benchmark uses another part of it.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::site::tick;

/// What the pty has received.
pub(crate) struct Seen {
    pub(crate) parser: vt100::Parser,
    pub(crate) bytes: u64,
    pub(crate) frames: u64,
    pub(crate) drawn_at: Instant,
}

/// A program in a pty; killed when it is dropped.
pub(crate) struct Screen {
    pub(crate) began: Instant,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    seen: Arc<Mutex<Seen>>,
}

impl Screen {
    pub(crate) fn open(mut command: CommandBuilder, rows: u16, cols: u16) -> Self {
        command.env("TERM", "xterm-256color");
        let size = PtySize {
            rows,
            cols,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let (height, width) = (rows.try_into(), cols.try_into());
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(height.expect("rows"), width.expect("columns"), 0),
            bytes: 0,
            frames: 0,
            drawn_at: tick(),
        }));
        let reader = pair.master.try_clone_reader().expect("its output");
        let to = Arc::clone(&seen);
        std::thread::spawn(move || watch(reader, &to));
        let began = tick();
        Self {
            began,
            child: pair.slave.spawn_command(command).expect("it starts"),
            master: pair.master,
            seen,
        }
    }

    pub(crate) fn keyboard(&self) -> Box<dyn Write + Send> {
        self.master.take_writer().expect("its input")
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn contents(&self) -> String {
        self.with(|seen| seen.parser.screen().contents())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }
}

impl Drop for Screen {
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
