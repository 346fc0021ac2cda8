//! File, environment and flags become one validated [`Config`].
//!
//! In: the command line ([`Cli`]), the [`Environment`], and the file that [`find`] finds. Out: a
//! [`Config`] in which every value has been checked, or [`Faults`] that point at file, line,
//! column and key and say what is expected there. Nothing is half valid: either the whole
//! configuration holds or none of it is used.
//!
//! Secrets are read once, here, from the environment or a private file. They are
//! [`secrecy::SecretString`] from then on; no fault ever repeats one, not even when it was written
//! into the wrong key.

mod address;
mod alerts;
mod cli;
mod cli_words;
mod cloud;
mod cluster;
mod difference;
mod environment;
mod example;
mod fault;
mod keys;
mod layer;
mod load;
mod model;
mod procall;
mod reader;
mod secret;
mod secret_text;
mod sections;
mod sites;
mod tenant;
mod together;
mod ucserver;
mod unknown;

pub use alerts::{Alerts, Program, Webhook};
pub use cli::{
    AttachArgs, CheckArgs, CheckFormat, Cli, CliCommand, ColorArg, CompletionShell,
    CompletionsArgs, ConfigCommand, DoctorArgs, DoctorFormat, Exit, FleetArgs, FleetFormat, Global,
    InitArgs, MappingArgs, MappingFormat, MetricsArgs, NotRun, ReplayArgs, RunArgs, SimulatorArgs,
    SnapshotArgs, SnapshotFormat, SourceArgs, ThemeArg, WatchArgs, WatchFormat, WhyArgs, WhyFormat,
};
pub use cloud::{Cloud, ReadWith};
pub use cluster::{Cluster, EngineLost};
pub use difference::Difference;
pub use environment::Environment;
pub use example::{EXAMPLE, InitError, write_example};
pub use fault::{Fault, Faults, Position};
pub use keys::{KEYS, Key, keys_as_markdown};
pub(crate) use load::personal_folder;
pub use load::{FILE_NAME, Found, SERVICE_FOLDER, find, load, load_all, load_console, parse};
pub use model::{
    Attach, AttachSocket, Config, ConsoleTable, FileSourceConfig, Log, LogFormat, LogLevel,
    Metrics, Observe, Poll, Procall, Set, State, Tenant,
};
pub(crate) use secret_text::typed_secret;
pub use sites::{Configured, SiteConfig};
pub use ucserver::{UcConversation, UcServer, UcTrust, UcUsers};
