//! The terminal: what an administrator sees over SSH.
//!
//! In: the bridge's [`Snapshot`](model::snapshot::Snapshot) (latest wins), log lines, keys. Out:
//! [`Command`](model::command::Command)s, and frames.
//!
//! [`run()`] is one synchronous loop on the caller's thread, fed by one bounded channel: take all
//! messages, `update` the state (pure), let `view` fill a buffer (pure), write the difference with
//! one write. There is no tick: the view says when something it has drawn will change by itself,
//! and the loop sleeps until then. Idle costs nothing.

mod actions;
mod alerts;
mod ascii;
mod background;
mod by_name;
mod canvas;
mod columns;
mod drawing;
mod feed;
mod filter;
pub mod fixture;
mod fleet;
mod glyphs;
mod groups;
mod hops;
mod ignored;
mod input;
mod keys;
mod layout;
mod logs;
mod memory;
mod mirror;
mod msg;
mod new_file;
mod numbers;
mod opening;
mod order;
mod others;
mod others_list;
mod past;
mod pins;
mod plain;
mod pointer;
mod privacy;
mod problems;
mod prompts;
mod recall;
mod rendering;
mod run;
mod screen;
mod settings;
mod state;
mod term;
mod theme;
mod time;
mod update;
mod view;

pub use feed::{ConsoleError, ConsoleExit, ConsoleOptions, Feed};
pub use fleet::{FleetEnd, FleetSites, FleetView, run_fleet};
pub use ignored::Ignored;
pub use keys::markdown as keys_page;
pub use logs::{LogEntry, LogInbox, LogSource};
pub use past::{PastWish, SPEEDS};
pub use plain::Plain;
pub use rendering::Rendering;
pub use run::run;
pub use settings::{ConsoleSettings, SettingFault};
pub use theme::{ColorChoice, Depth, ThemeChoice, ThemeName};
