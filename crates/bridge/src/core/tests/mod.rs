//! The rules of the design, a row a case, in a small language of their own ([`scene::Scene`]);
//! and properties over random interleavings in a simulated world ([`world`]).

mod calls;
mod checks;
mod commands;
mod farewell;
mod freshness;
mod leases;
mod line_values;
mod matching;
mod moves;
mod odd;
mod poll;
mod properties;
mod reading;
mod restart;
mod scene;
mod silence;
mod take_over;
mod teams;
mod verdicts;
mod watchers;
mod world;
mod world_calls;
mod world_command;
mod world_graph;
mod world_procall;
