//! A real Redis of a test's own.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// A server without a disk, on a port of loopback; killed where a test forgets it.
pub struct Redis {
    server: Child,
    pub port: u16,
}

impl Redis {
    /// Nothing, with a word in the test's output, where this machine has none.
    pub fn start() -> Option<Self> {
        // A port that was free a moment ago may be somebody else's by now.
        for _ in 0..20 {
            let port = free_port();
            let mut server = serve(port)?;
            if listens(&mut server, port) {
                return Some(Self { server, port });
            }
        }
        panic!("no port for a Redis");
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
        for _ in 0..100 {
            self.server = serve(self.port).unwrap();
            if listens(&mut self.server, self.port) {
                return;
            }
        }
        panic!("the port {} is somebody else's now", self.port);
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

/// Whether it is this server that listens there, and not one that had the port first.
fn listens(server: &mut Child, port: u16) -> bool {
    for _ in 0..200 {
        if server.try_wait().unwrap().is_some() {
            return false;
        }
        let stream = TcpStream::connect(("127.0.0.1", port));
        if stream.is_ok_and(answers) {
            return server.try_wait().unwrap().is_none();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = server.kill();
    let _ = server.wait();
    false
}

fn answers(mut stream: TcpStream) -> bool {
    let mut answer = [0; 5];
    stream
        .set_read_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    stream.write_all(b"PING\r\n").is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer == *b"+PONG"
}

/// Free a moment ago, at least.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
