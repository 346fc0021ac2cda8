//! The connector to UCServer against the simulated UCServer, over real sockets.

mod bench;
mod faults;
mod log_in;
mod presence_in;
mod presence_out;
mod recorded;
mod recordings;
mod simulator;
mod speed;
mod trust;
