//! Another host: whoever connects to it has been lured away.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};

/// Listens on its own port and keeps what it is sent.
pub struct Trap {
    port: u16,
    caught: Arc<Mutex<Vec<String>>>,
}

impl Trap {
    pub fn set() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let caught = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&caught);
        // Ends with the test program.
        std::thread::spawn(move || {
            for line in listener.incoming() {
                let mut line = line.unwrap();
                let mut bytes = [0; 4096];
                let read = line.read(&mut bytes).unwrap_or(0);
                let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
                kept.lock().unwrap().push(text);
                let _ = line.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            }
        });
        Self { port, caught }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn is_empty(&self) {
        let caught = self.caught.lock().unwrap();
        assert!(caught.is_empty(), "{caught:?}");
    }
}
