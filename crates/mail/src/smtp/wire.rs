//! The bytes between us and the mail server: plain or TLS, written down where asked for.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::conversation::{Conversation, Speaker};

/// Longest line of a reply, in bytes. lettre measures a line when it has ended; this holds before.
const MAX_REPLY_LINE_BYTES: usize = 16 * 1024;

/// The connection itself.
pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Where a conversation is written down; nowhere, unless somebody asked for it.
#[derive(Clone, Default)]
pub(super) struct Tape(Option<Arc<Mutex<Conversation>>>);

impl Tape {
    pub(super) fn running() -> Self {
        Self(Some(Arc::default()))
    }

    pub(super) fn heard(&self, speaker: Speaker, bytes: &[u8]) {
        if let Some(conversation) = &self.0 {
            conversation
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .heard(speaker, bytes);
        }
    }

    pub(super) fn note(&self, text: &str) {
        self.heard(Speaker::Note, text.as_bytes());
        self.heard(Speaker::Note, b"\n");
    }

    /// What was written down so far.
    pub(super) fn conversation(&self) -> Conversation {
        let taped = self
            .0
            .as_ref()
            .map(|taped| taped.lock().unwrap_or_else(PoisonError::into_inner).clone());
        taped.unwrap_or_default().finished()
    }
}

/// A connection as lettre gets it: first what the server said before (the greeting, which lettre waits for, although
/// we have read it already), then the connection.
pub(super) struct Line {
    wire: Wire,
    said_before: io::Cursor<Vec<u8>>,
    peer: SocketAddr,
    tape: Tape,
    /// Bytes of the server's since its last line end.
    unended: usize,
}

impl Line {
    pub(super) fn new(wire: Wire, said_before: Vec<u8>, peer: SocketAddr, tape: Tape) -> Self {
        Self {
            wire,
            said_before: io::Cursor::new(said_before),
            peer,
            tape,
            unended: 0,
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let position = usize::try_from(self.said_before.position()).unwrap_or(usize::MAX);
        if let Some(rest) = self
            .said_before
            .get_ref()
            .get(position..)
            .filter(|rest| !rest.is_empty())
        {
            let portion = rest.get(..buffer.remaining()).unwrap_or(rest).to_vec();
            buffer.put_slice(&portion);
            self.said_before
                .set_position(u64::try_from(position + portion.len()).unwrap_or(u64::MAX));
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Wire::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buffer),
        })?;
        let heard = buffer.filled().get(before..).unwrap_or_default();
        self.tape.heard(Speaker::Server, heard);
        let unended = heard.iter().rev().take_while(|byte| **byte != b'\n').count();
        let unended = if unended == heard.len() {
            self.unended + unended
        } else {
            unended
        };
        self.unended = unended;
        if unended > MAX_REPLY_LINE_BYTES {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "a line without end")));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Wire::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
        })?;
        self.tape
            .heard(Speaker::Client, bytes.get(..written).unwrap_or_default());
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
