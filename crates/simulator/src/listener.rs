//! The port: plain, or with a certificate that can be changed while the server runs.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use super::wire::{Line, Wire};

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub struct ServerCertificate {
    /// The certificate to present, in PEM.
    pub certificate_pem: String,
    /// Its private key.
    pub key_pem: String,
}

impl std::fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerCertificate").finish_non_exhaustive()
    }
}

/// The certificate in force; nothing: plain http.
pub(super) type Acceptor = Arc<Mutex<Option<TlsAcceptor>>>;

/// A connection, plain or encrypted.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {
    /// The wire that it goes over.
    fn wire(&self) -> &Wire;
}

impl Duplex for Wire {
    fn wire(&self) -> &Wire {
        self
    }
}

impl Duplex for TlsStream<Wire> {
    fn wire(&self) -> &Wire {
        self.get_ref().0
    }
}

type Connection = (Box<dyn Duplex>, SocketAddr);

/// Accepts connections; a client that dawdles over its handshake holds nobody up.
pub(super) struct Port {
    address: SocketAddr,
    ready: mpsc::Receiver<Connection>,
    task: tokio::task::JoinHandle<()>,
}

impl Port {
    pub(super) fn new(listener: TcpListener, acceptor: Acceptor) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(16);
        let task = tokio::spawn(accept_all(listener, acceptor, sender));
        Ok(Self {
            address,
            ready,
            task,
        })
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept_all(
    mut listener: TcpListener,
    acceptor: Acceptor,
    ready: mpsc::Sender<Connection>,
) {
    loop {
        let (stream, from) = Listener::accept(&mut listener).await;
        // Answers are written whole: waiting for more costs a few milliseconds, where this fails.
        let _ = stream.set_nodelay(true);
        let wire = Wire::from(stream);
        let acceptor = acceptor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let ready = ready.clone();
        tokio::spawn(async move {
            let connection: Box<dyn Duplex> = match acceptor {
                None => Box::new(wire),
                Some(acceptor) => match acceptor.accept(wire).await {
                    Ok(stream) => Box::new(stream),
                    Err(_) => return,
                },
            };
            let _ = ready.send((connection, from)).await;
        });
    }
}

impl Listener for Port {
    type Io = Box<dyn Duplex>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Connection {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, Port>> for Line {
    fn connect_info(stream: IncomingStream<'_, Port>) -> Self {
        stream.io().wire().line()
    }
}

/// The acceptor for a certificate, and what is spoken over it, the best first (ALPN); where nothing is said, HTTP/1.
pub(super) fn acceptor(
    certificate: &ServerCertificate,
    protocols: &[&[u8]],
) -> io::Result<TlsAcceptor> {
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(certificate.certificate_pem.as_bytes()).collect();
    let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.as_bytes());
    let provider = tls::provider();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(
            chain.map_err(io::Error::other)?,
            key.map_err(io::Error::other)?,
        )
        .map_err(io::Error::other)?;
    config.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
    Ok(TlsAcceptor::from(Arc::new(config)))
}
