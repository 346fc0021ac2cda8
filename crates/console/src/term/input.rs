//! The keyboard, on a thread of its own.

use std::io;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyEventKind};

use super::Wake;

/// After an error of the terminal: long enough not to spin until the hang-up thread has seen it.
const AFTER_ERROR: Duration = Duration::from_millis(200);

/// Reads until nobody listens any more.
pub(super) fn watch(to: SyncSender<Wake>) -> io::Result<()> {
    std::thread::Builder::new()
        .name("input".into())
        .spawn(move || {
            loop {
                let Ok(event) = event::read() else {
                    std::thread::sleep(AFTER_ERROR);
                    continue;
                };
                let wake = wake(event);
                if wake.is_some_and(|wake| to.send(wake).is_err()) {
                    return;
                }
            }
        })
        .map(drop)
}

fn wake(event: Event) -> Option<Wake> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Wake::Key(key)),
        Event::Paste(text) => Some(Wake::Paste(text)),
        Event::Resize(width, height) => Some(Wake::Resize(width, height)),
        _ => None,
    }
}
