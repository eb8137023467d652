//! The accept loop: connections counted before they are accepted, each bounded in time, all of them ended in order.

mod beating;
mod bounded_io;
mod tls;

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use beating::Beating;
use bounded_io::{BoundedIo, Protocol, Pulse};
pub use tls::{CertificateFiles, TlsError, TlsIdentity};

/// Bounds of connections; each holds for every connection by itself.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time for the head of a request to arrive once it began, and for the first one after connecting.
    pub header: Duration,
    /// Time a connection may rest between requests.
    pub idle: Duration,
    /// Time a client may leave an answer unread.
    pub write_stall: Duration,
    /// Time for a TLS handshake.
    pub handshake: Duration,
    /// Connections at once, over all listen addresses; more wait in the backlog.
    pub connections: usize,
    /// Time that requests under way are given when the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            write_stall: Duration::from_secs(30),
            handshake: Duration::from_secs(10),
            connections: 10_000,
            drain: Duration::from_secs(10),
        }
    }
}

/// Listen addresses, bound but not yet served.
#[derive(Debug)]
pub struct Bound {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

/// An address could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct BindError {
    /// The address as configured.
    pub address: SocketAddr,
    #[source]
    source: io::Error,
}

impl Bound {
    /// Binds every address; port 0 takes a free one.
    pub async fn bind(addresses: &[SocketAddr]) -> Result<Self, BindError> {
        let mut bound = Self {
            listeners: Vec::new(),
            addresses: Vec::new(),
        };
        for &address in addresses {
            let failed = |source| BindError { address, source };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            bound.addresses.push(listener.local_addr().map_err(failed)?);
            bound.listeners.push(listener);
        }
        Ok(bound)
    }

    /// The addresses as bound, in the order asked for.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves until `stop` is cancelled, then lets requests under way finish within [`Limits::drain`].
    pub async fn serve(self, app: App, limits: Limits, tls: Option<Arc<TlsIdentity>>, stop: CancellationToken) {
        let serving = Arc::new(Serving::new(app, limits, tls));
        let graceful = GracefulShutdown::new();
        accept_loop(self.listeners, &serving, &graceful, stop).await;
        if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
            tracing::warn!("some connections were still busy at the end of the drain time and were cut");
            serving.cut.cancel();
        }
    }
}

/// What every connection needs.
struct Serving {
    app: App,
    limits: Limits,
    tls: Option<Arc<TlsIdentity>>,
    permits: Arc<Semaphore>,
    /// Cancelled when the drain time is over.
    cut: CancellationToken,
    http1: auto::Builder<TokioExecutor>,
    http2: auto::Builder<TokioExecutor>,
    raw_headers: Arc<[u8]>,
}

impl Serving {
    fn new(app: App, limits: Limits, tls: Option<Arc<TlsIdentity>>) -> Self {
        let mut http1 = auto::Builder::new(TokioExecutor::new()).http1_only();
        http1
            .http1()
            .timer(TokioTimer::new())
            // Head and idle times are two figures, and hyper knows one for both: `BoundedIo` keeps them.
            .header_read_timeout(None)
            .max_buf_size(32 * 1024)
            .max_headers(64);
        let mut http2 = auto::Builder::new(TokioExecutor::new()).http2_only();
        http2
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(100)
            .max_header_list_size(32 * 1024);
        Self {
            raw_headers: app.raw_headers().into(),
            app,
            limits,
            tls,
            permits: Arc::new(Semaphore::new(limits.connections)),
            cut: CancellationToken::new(),
            http1,
            http2,
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        // Small answers go out at once instead of waiting for the client's acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let Some(identity) = &self.tls else {
            return self.speak(stream, peer, Protocol::Http1, watcher).await;
        };
        match tokio::time::timeout(self.limits.handshake, identity.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                let protocol = if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    Protocol::Http2
                } else {
                    Protocol::Http1
                };
                self.speak(stream, peer, protocol, watcher).await;
            }
            Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
        }
    }

    async fn speak<IO>(&self, io: IO, peer: SocketAddr, protocol: Protocol, watcher: Watcher)
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let pulse = Arc::new(Pulse::default());
        let io = BoundedIo::new(
            io,
            protocol,
            self.limits,
            Arc::clone(&pulse),
            Arc::clone(&self.raw_headers),
        );
        let app = self.app.clone();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let beat = pulse.begin();
            let answer = app.clone().handle(request, peer);
            async move {
                let response = answer.await;
                Ok::<_, std::convert::Infallible>(response.map(|body| Beating::new(body, beat)))
            }
        });
        let builder = match protocol {
            Protocol::Http1 => &self.http1,
            Protocol::Http2 => &self.http2,
        };
        let connection = builder.serve_connection(TokioIo::new(io), service);
        if let Err(error) = watcher.watch(connection.into_owned()).await {
            tracing::debug!(%peer, error = &*error as &dyn std::error::Error, "connection ended");
        }
    }
}

/// The next connection on any of the listeners; they take turns at being asked first.
async fn accept_any(listeners: &[TcpListener], turn: &mut usize) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|cx| {
        let (front, back) = listeners.split_at((*turn).min(listeners.len()));
        for (at, listener) in back.iter().chain(front).enumerate() {
            if let Poll::Ready(accepted) = listener.poll_accept(cx) {
                *turn = (*turn + at + 1) % listeners.len();
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    })
    .await
}

async fn accept_loop(
    listeners: Vec<TcpListener>,
    serving: &Arc<Serving>,
    graceful: &GracefulShutdown,
    stop: CancellationToken,
) {
    let mut turn = 0;
    let mut stopped = pin!(stop.cancelled());
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&serving.permits).acquire_owned() => match permit {
                Ok(permit) => permit,
                Err(_) => return,
            },
            () = &mut stopped => return,
        };
        let (stream, peer) = tokio::select! {
            accepted = accept_any(&listeners, &mut turn) => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    // Out of file descriptors, mostly: give connections time to end.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stopped => return,
        };
        let (serving, watcher) = (Arc::clone(serving), graceful.watcher());
        tokio::spawn(async move {
            let cut = serving.cut.clone();
            tokio::select! {
                () = serving.connection(stream, peer, watcher) => {}
                () = cut.cancelled() => {}
            }
            drop(permit);
        });
    }
}

#[cfg(test)]
mod tests;
