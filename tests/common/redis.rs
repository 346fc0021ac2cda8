//! A real Redis of a test's own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A server without a disk, on a port of loopback; killed where a test forgets it.
pub struct Redis {
    server: Child,
    pub port: u16,
}

impl Redis {
    /// Nothing, with a word in the test's output, where this machine has none.
    pub fn start() -> Option<Self> {
        let port = free_port();
        Some(Self {
            server: serve(port)?,
            port,
        })
    }

    /// `[cluster]` of a configuration that uses it.
    pub fn section(&self) -> String {
        format!("[cluster]\nurl = \"redis://127.0.0.1:{}/0\"\n", self.port)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.server), signal).unwrap();
    }

    /// Ends it at once and starts it anew, without anything that it knew.
    pub fn restart(&mut self) {
        self.end();
        self.server = serve(self.port).unwrap();
    }

    pub fn end(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.end();
    }
}

fn serve(port: u16) -> Option<Child> {
    let server = Command::new("redis-server")
        .args(["--port", &port.to_string()])
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if server.is_err() {
        println!("SKIPPED: there is no redis-server on this machine");
    }
    server.ok()
}

/// Free a moment ago, at least.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
