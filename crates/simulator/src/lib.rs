//! A tenant in a box: Entra and Microsoft Graph on loopback, a ProCall beside them, and people
//! who work there. It serves the demo and the tests.
//!
//! In: [`Options`] (size, seed, scenario), then whatever [`Control`] or its HTTP twin says.
//! Out: [`Ready`] (where everything is), users.csv and calls.jsonl, answers on a socket.
//!
//! Nothing of the clients is used here, not even their types: an error in one must not hide in
//! the other.
//!
//! # The files
//! | file | what it is for |
//! | --- | --- |
//! | `service`, `route`, `query`, `reply`, `wire`, `listener` | a request comes in, meets faults and checks, an answer goes out |
//! | `entra`, `entra_device`, `identity`, `assertion`, `scope`, `discovery` | tokens |
//! | `directory_api`, `user_json`, `filter` | `/users` and `/users/delta` |
//! | `presence_read`, `presence_write` | presences, sessions, what a user prefers |
//! | `presence_sessions` | how Teams makes one presence out of many sessions (pure) |
//! | `directory`, `user_presence` | every account, and its presence as JSON |
//! | `tenant`, `names` | who works here (pure, seeded) |
//! | `script`, `stage` | what people do as plain data, and doing it |
//! | `day`, `scenes`, `player` | a whole working day (pure, seeded), and playing it |
//! | `replay` | UCServer's side from a recording |
//! | `pbx` | the telephone side: users.csv, calls.jsonl, and events for a simulated UCServer |
//! | `upgrade` | from HTTP to the WebSocket |
//! | `ucserver` | a UCServer with UCWeb before it, as strict as estos' own decoder |
//! | `fault`, `faults`, `scenario`, `journal`, `control`, `control_http`, `control_guard` | what goes wrong, what was asked, who steers |

mod assertion;
mod call;
mod certificate;
mod clock;
mod control;
mod control_guard;
mod control_http;
mod day;
mod directory;
mod directory_api;
mod discovery;
mod entra;
mod entra_device;
mod entra_refusal;
mod entra_request;
mod fault;
mod faults;
mod filter;
mod identity;
mod journal;
mod listener;
mod names;
mod options;
mod pbx;
mod player;
mod presence_read;
mod presence_sessions;
mod presence_write;
mod query;
mod replay;
mod reply;
mod route;
mod running;
mod scenario;
mod scenes;
mod scope;
mod script;
mod service;
mod settings;
mod sign_ins;
mod stage;
mod switchboard;
mod tenant;
mod upgrade;
mod user_json;
mod user_presence;
mod wire;
mod world;

pub mod ucserver;

pub use control::{Control, Removal, SessionView, UserView};
pub use fault::{Fault, FaultKind, On, RetryAfter};
pub use journal::{Counters, Recorded, Verb, Write};
pub use options::{Options, Ready};
pub use pbx::PbxEvent;
pub use replay::Replay;
pub use running::{Running, StartError, start};
pub use scenario::{Scenario, ScenarioError, Script};
pub use script::{PbxCall, PbxKind, PbxState, Step, TeamsAct, Who};
pub use settings::{IdPolicy, RetryForm, Settings};
pub use switchboard::{UCSERVER_ACCOUNT, UCSERVER_ADMIN};
pub use tenant::Person;
pub use world::ControlError;
