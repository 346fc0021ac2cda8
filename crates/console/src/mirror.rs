//! Log lines for tui-logger's explorer.

use super::logs::{LogEntry, LogSource};

/// Gives a line to tui-logger, for its explorer. No thread of tui-logger's own runs: its mover
/// would wake the process a hundred times a second.
pub(super) fn mirror(line: &LogEntry) {
    let level = match line.level {
        tracing::Level::ERROR => log::Level::Error,
        tracing::Level::WARN => log::Level::Warn,
        tracing::Level::INFO => log::Level::Info,
        tracing::Level::DEBUG => log::Level::Debug,
        _ => log::Level::Trace,
    };
    let target = match line.source {
        LogSource::Ours => &*line.target,
        LogSource::UcServer => "ucserver",
    };
    let user = line.user.as_ref().map_or("", |user| user.as_str());
    tui_logger::Drain::new().log(
        &log::Record::builder()
            .level(level)
            .target(target)
            .args(format_args!("{user} {}", line.text))
            .build(),
    );
    tui_logger::move_events();
}
