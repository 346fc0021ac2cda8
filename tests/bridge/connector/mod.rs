//! The connector to UCServer against the simulated UCServer, over real sockets.

mod bench;
mod faults;
mod let_go;
mod log_in;
mod odd_frames;
mod presence_in;
mod presence_out;
mod random;
mod recorded;
mod recordings;
mod silence;
mod simulator;
mod speed;
mod strict;
mod trust;
