//! lampfield carries presence between Microsoft Teams (Microsoft Graph) and estos ProCall
//! Enterprise (UCServer), and shows in a terminal why every lamp shows what it shows.
//!
//! # The house
//! The walls are crates, so that the compiler keeps them. This one is the program: command line,
//! configuration, reports, log; the others are:
//!
//! | crate | what it is for | may use |
//! | --- | --- | --- |
//! | `model` | what everybody speaks of: presence, both mappings, matching, the snapshot, commands, failures | nothing: pure |
//! | `words` | every sentence that people read, in German and English | `model` |
//! | `report` | the snapshot for scripts and the shell: table, JSON, CSV, lines, *why?*, *check* for monitoring; text measured in terminal cells | `model`, `words` |
//! | `clocks` | the machine's clock, one that tests move, waiting for either, and chance | `model` |
//! | `files` | the one way to open a file; text files that others write, while they grow, whatever their encoding | `words` |
//! | `tls` | the one cryptography under TLS, whom to trust, certificates and keys in PEM | `model`, `words` |
//! | `graph` | Microsoft's side: token, directory, presence read and write, budget | `model`, `words`, `clocks`, `tls` |
//! | `trace` | a recording of UCServer's protocol: redacted where it is made, read again, what it settles | `model`, `json` |
//! | `procall` | ProCall's side: one trait, and the sources behind it | `model`, `words`, `clocks`, `files`, `tls`, `trace` |
//! | `stream` | the snapshot as frames: the whole picture first, then what changed (pure) | `model` |
//! | `attach` | the local socket by which a bridge shows itself, and those who look | `stream`, `clocks`, `files`, `model` |
//! | `history` | what a bridge has shown, on disk: recorded, and read again whatever happened to it | `stream`, `files`, `words`, `model` |
//! | `bridge` | the state machine (pure), the tasks around it, the ledger, the member of a cluster | `graph`, `procall`, `engine`, `stream`, `files`, `clocks`, `words`, `model` |
//! | `cluster` | which of several machines writes: the election (pure) | `model` |
//! | `engine` | Redis or Valkey, on which several machines agree | `cluster`, `tls`, `model` |
//! | `console` | the terminal: state, update (pure), view (pure), keys, life-cycle | `model`, `words`, `report`, `files`, `clocks`: no network, no bridge |
//! | `simulator` | a tenant in a box: Entra, Graph and UCServer on loopback | `model`, `clocks`, `files`, `tls`, `trace`: no client |
//!
//! Pictures and generated pages are made by `xtask`.
//!
//! | room of this crate | what it is for |
//! | --- | --- |
//! | [`commands`] | what the command line asks for, one file a command |
//! | [`config`] | file, environment and flags become one validated configuration |
//! | [`esplog`] | the ExternalServiceProvider log: ours is written, a UCServer's is followed; the system's log, the journal |
//! | [`doctor`] | the checks, and what they found, in words |
//! | `monitoring` | what a running bridge tells Prometheus |
//! | `setup` | the first setup: questions, and what the answers become |
//! | [`sink`] | what leaves the process for a person, by threads that nobody waits for |
//! | `wiring` | a configuration becomes running parts; stdout, stderr, signals |
//!
//! # The flow
//! Teams to ProCall: poll task -> [`graph`] -> [`bridge::Event::Read`] -> core: freshness, echo,
//! verdicts, mapping -> [`bridge::Effect::SetProcall`] -> procall task -> snapshot.
//!
//! ProCall to Teams: procall task -> [`bridge::Event::Procall`] -> core: lease wanted ->
//! [`bridge::Effect::Write`] -> set task (budget) -> [`bridge::Event::Written`] -> next poll ->
//! verdict -> snapshot.
//!
//! To the eyes: snapshot -> own console; snapshot -> `stream` -> socket -> a console in another process,
//! `snapshot`, `watch`, `why`, `check`, `metrics`; snapshot -> `monitoring` -> file, HTTP; snapshot ->
//! `stream` -> recording.

pub mod commands;
pub mod config;
pub mod doctor;
pub mod esplog;
mod monitoring;
mod setup;
pub mod sink;
mod wiring;

// Whole-program tests and benches reach every room through one name.
pub use model::{cause, clock, presence, redact, text};
#[cfg(feature = "simulator")]
pub use simulator;
pub use {
    attach, bridge, clocks, console, files, graph, history, procall, report, tls, trace, words,
};
