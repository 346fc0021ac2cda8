//! lampfield carries presence between Microsoft Teams (Microsoft Graph) and estos ProCall
//! Enterprise (UCServer), and shows in a terminal why every lamp shows what it shows.
//!
//! # The house
//! | room | what it is for | may use |
//! | --- | --- | --- |
//! | [`presence`] | what a presence is, the two mappings, who matches whom | nothing: pure |
//! | [`bridge`] | the state machine (pure), the tasks around it, [`bridge::Snapshot`] and [`bridge::Command`] | `graph`, `procall`, `presence` |
//! | [`graph`] | Microsoft's side: token, directory, presence read and write, budget | `presence` |
//! | [`procall`] | ProCall's side: one trait, and the sources behind it | `presence` |
//! | [`esplog`] | the ExternalServiceProvider log: ours is written, a UCServer's is followed | nothing |
//! | [`console`] | the terminal: state, update (pure), view (pure), keys, life-cycle | `bridge`, `esplog` |
//! | [`report`] | the same snapshot for scripts: table, JSON, CSV, lines | `bridge` |
//! | [`simulator`] | a tenant in a box: Entra and Graph on loopback | nothing of the clients |
//! | [`config`] | file, environment and flags become one validated configuration | `presence`, the credential of `graph` |
//! | [`files`] | text files that others write: while they grow, whatever their encoding; whose our own are | nothing |
//! | [`redact`] | every secret of the process, and texts without them | nothing |
//! | [`clock`], [`text`] | the only place that reads a clock; untrusted text made harmless | `redact` |
//! | [`pem`], [`tls`] | certificates and keys in PEM, however the file has lost its line ends; TLS and whom to trust | `text` |
//!
//! Arrows point one way: `main -> {console, report} -> bridge -> {graph, procall} -> presence`.
//!
//! # The flow
//! Teams to ProCall: poll task -> [`graph`] -> [`bridge::Event::Read`] -> core: freshness, echo,
//! verdicts, mapping -> [`bridge::Effect::SetProcall`] -> procall task -> snapshot.
//!
//! ProCall to Teams: procall task -> [`bridge::Event::Procall`] -> core: lease wanted ->
//! [`bridge::Effect::Write`] -> set task (budget) -> [`bridge::Event::Written`] -> next poll ->
//! verdict -> snapshot.

pub mod bridge;
pub mod clock;
pub mod config;
pub mod console;
pub mod esplog;
pub mod files;
pub mod graph;
pub mod pem;
pub mod presence;
pub mod procall;
pub mod redact;
pub mod report;
pub mod simulator;
pub mod text;
pub mod tls;
