//! The same poll by others, in a process of their own: Microsoft's SDK for Python.

#![allow(unreachable_pub)]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

/// A Python that has the SDK: `run.sh` names it. Without it, nothing is compared.
const PYTHON: &str = "LAMPFIELD_PEER_PYTHON";

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/presence.py");

/// Rounds of each: one of the SDK's takes most of a minute.
const ROUNDS: [(&str, &str, usize); 2] = [
    ("sdk", "Microsoft's SDK for Python", 2),
    ("httpx", "httpx and json (Python)", 10),
];

/// The rounds of one peer.
pub struct Peer {
    pub name: &'static str,
    pub walls: Vec<Duration>,
    /// Of all rounds.
    pub cpu: Duration,
}

#[derive(Deserialize)]
struct Said {
    wall: Vec<f64>,
    cpu: Vec<f64>,
    read: Vec<usize>,
}

/// Lets the peers poll `ids`; none where no Python is named.
pub fn poll(
    graph_base: &str,
    token: &str,
    ids: &[String],
    chunk: usize,
    at_once: usize,
) -> Vec<Peer> {
    let Ok(python) = std::env::var(PYTHON) else {
        println!("no peers: benches/peers/run.sh compares with them");
        return Vec::new();
    };
    let rounds: serde_json::Map<_, _> = ROUNDS
        .iter()
        .map(|(way, _, rounds)| ((*way).to_owned(), json!(rounds)))
        .collect();
    let task = json!({
        "graph_base": graph_base, "token": token, "ids": ids,
        "chunk": chunk, "parallel": at_once, "rounds": rounds,
    });
    let mut said = run(&python, &task);
    let peers = ROUNDS.iter().map(|(way, name, _)| {
        let said = Said::deserialize(said[*way].take()).expect("what it has measured");
        let all = said.read.iter().all(|read| *read == ids.len());
        assert!(all, "{name} read {:?} of {}", said.read, ids.len());
        Peer {
            name,
            walls: said.wall.into_iter().map(Duration::from_secs_f64).collect(),
            cpu: said.cpu.into_iter().map(Duration::from_secs_f64).sum(),
        }
    });
    peers.collect()
}

fn run(python: &str, task: &Value) -> Value {
    let mut process = Command::new(python)
        .arg(PROGRAM)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut stdin = process.stdin.take().expect("its stdin is ours");
    stdin
        .write_all(task.to_string().as_bytes())
        .expect("it listens");
    drop(stdin);
    let out = process.wait_with_output().expect("it ends");
    assert!(out.status.success(), "the peers failed: {}", out.status);
    serde_json::from_slice(&out.stdout).expect("JSON")
}
