//! The port: plain, or with a certificate that can be changed while the server runs.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

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

pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

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
        // Costs a few milliseconds if it fails.
        let _ = stream.set_nodelay(true);
        let acceptor = acceptor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let ready = ready.clone();
        tokio::spawn(async move {
            let connection: Box<dyn Duplex> = match acceptor {
                None => Box::new(stream),
                Some(acceptor) => match acceptor.accept(stream).await {
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

/// The acceptor for a certificate.
pub(super) fn acceptor(certificate: &ServerCertificate) -> io::Result<TlsAcceptor> {
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(certificate.certificate_pem.as_bytes()).collect();
    let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.as_bytes());
    let provider = tls::provider();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(
            chain.map_err(io::Error::other)?,
            key.map_err(io::Error::other)?,
        )
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
