//! The way to a server, which a test may cut, delay and halve.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// What happens to what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It passes.
    Open,
    /// Nothing gets in any more, and what there is breaks.
    Cut,
    /// Nothing comes back, and nothing breaks.
    Silent,
    /// Each answer waits for so long.
    Slow(Duration),
    /// Each byte comes by itself.
    Bytewise,
    /// Half of an answer comes, and then the end.
    Halved,
}

/// A port of loopback from which it goes on to a server.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    to: Arc<Mutex<u16>>,
    way: watch::Sender<Way>,
    /// Each time it grows, what there is breaks.
    cuts: watch::Sender<u32>,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            to: Arc::new(Mutex::new(port)),
            way: watch::Sender::new(Way::Open),
            cuts: watch::Sender::new(0),
        };
        let to = Arc::clone(&proxy.to);
        tokio::spawn(accept(
            listener,
            to,
            proxy.way.subscribe(),
            proxy.cuts.subscribe(),
        ));
        proxy
    }

    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
        if way == Way::Cut {
            self.cuts.send_modify(|cuts| *cuts += 1);
        }
    }

    /// From now on to another server; what there is breaks.
    pub(crate) fn lead_to(&self, port: u16) {
        *self.to.lock().unwrap() = port;
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn accept(
    listener: TcpListener,
    to: Arc<Mutex<u16>>,
    way: watch::Receiver<Way>,
    cuts: watch::Receiver<u32>,
) {
    while let Ok((client, _)) = listener.accept().await {
        if *way.borrow() == Way::Cut {
            continue;
        }
        let port = *to.lock().unwrap();
        let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else {
            continue;
        };
        // Each answer leaves at once.
        client.set_nodelay(true).unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let (way, mut cuts) = (way.clone(), cuts.clone());
        cuts.mark_unchanged();
        tokio::spawn(async move {
            tokio::select! {
                () = ask(from_client, to_server) => {}
                () = answer(from_server, to_client, way) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

async fn ask(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ = tokio::io::copy(&mut from, &mut to).await;
}

async fn answer(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: watch::Receiver<Way>) {
    let mut bytes = vec![0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let now = *way.borrow_and_update();
        let answer = &bytes[..count];
        match now {
            Way::Silent => {
                let _ = way.wait_for(|way| *way != Way::Silent).await;
            }
            Way::Slow(time) => sleep(time).await,
            _ => {}
        }
        let sent = match now {
            Way::Bytewise => send_bytewise(&mut to, answer).await,
            Way::Halved => {
                let _ = to.write_all(&answer[..count / 2]).await;
                return;
            }
            _ => to.write_all(answer).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn send_bytewise(to: &mut OwnedWriteHalf, answer: &[u8]) -> std::io::Result<()> {
    for byte in answer {
        to.write_all(&[*byte]).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}
