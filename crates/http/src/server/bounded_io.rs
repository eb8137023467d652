//! A connection with a clock: a head that dribbles, a client that rests too long, and an answer that nobody reads all
//! end it. It also adds the security headers to the few refusals that hyper writes by itself (R84).

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Limits;

/// What is spoken over a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// HTTP/1.1, one request after the other.
    Http1,
    /// HTTP/2, requests side by side.
    Http2,
}

/// How many requests of a connection are with the application.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    under_way: AtomicUsize,
    begun: AtomicUsize,
}

/// One request under way; ends when dropped.
#[derive(Debug)]
pub(super) struct Beat(Arc<Pulse>);

impl Pulse {
    pub(super) fn begin(self: &Arc<Self>) -> Beat {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        self.begun.fetch_add(1, Ordering::AcqRel);
        Beat(Arc::clone(self))
    }

    fn at_rest(&self) -> bool {
        self.under_way.load(Ordering::Acquire) == 0
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What the next bytes belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing of the next request is here.
    Resting,
    /// The head of a request has begun, or is due since the connection was made.
    InHead { since: Instant },
}

/// The connection.
#[derive(Debug)]
pub(super) struct BoundedIo<IO> {
    io: IO,
    protocol: Protocol,
    limits: Limits,
    pulse: Arc<Pulse>,
    phase: Phase,
    resting_since: Option<Instant>,
    /// How many requests had begun when the phase was last looked at.
    begun: usize,
    read_timer: Pin<Box<Sleep>>,
    write_timer: Option<Pin<Box<Sleep>>>,
    raw_headers: Arc<[u8]>,
    /// Bytes that were accepted from hyper and still have to go out.
    owed: Vec<u8>,
}

impl<IO> BoundedIo<IO> {
    pub(super) fn new(io: IO, protocol: Protocol, limits: Limits, pulse: Arc<Pulse>, raw_headers: Arc<[u8]>) -> Self {
        let now = Instant::now();
        Self {
            io,
            protocol,
            limits,
            pulse,
            phase: Phase::InHead { since: now },
            resting_since: None,
            begun: 0,
            read_timer: Box::pin(sleep_until(now + limits.header)),
            write_timer: None,
            raw_headers,
            owed: Vec::new(),
        }
    }

    /// A request that has begun ends the head it came with.
    fn settle(&mut self) {
        let begun = self.pulse.begun.load(Ordering::Acquire);
        if begun != self.begun {
            self.begun = begun;
            self.phase = Phase::Resting;
            self.resting_since = None;
        }
    }

    /// Called where nothing can be read now: ends the connection if that has lasted too long.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.settle();
        if !self.pulse.at_rest() {
            return Poll::Pending;
        }
        let deadline = match self.phase {
            Phase::InHead { since } => since + self.limits.header,
            Phase::Resting => *self.resting_since.get_or_insert_with(Instant::now) + self.limits.idle,
        };
        if self.read_timer.deadline() != deadline {
            self.read_timer.as_mut().reset(deadline);
        }
        ready!(self.read_timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn saw_bytes(&mut self) {
        self.settle();
        if !self.pulse.at_rest() {
            return;
        }
        match self.protocol {
            Protocol::Http1 => {
                if self.phase == Phase::Resting {
                    self.phase = Phase::InHead { since: Instant::now() };
                }
            }
            Protocol::Http2 => self.phase = Phase::Resting,
        }
        self.resting_since = None;
    }

    /// Whether these bytes are a refusal of hyper's own: an error status line, an empty body, and none of our headers.
    fn is_raw_refusal(&self, buffer: &[u8]) -> bool {
        let refused = [
            &b"HTTP/1.1 400 "[..],
            b"HTTP/1.1 414 ",
            b"HTTP/1.1 431 ",
            b"HTTP/1.0 400 ",
        ];
        self.protocol == Protocol::Http1
            && refused.iter().any(|line| buffer.starts_with(line))
            && buffer.ends_with(b"\r\n\r\n")
            && !buffer
                .windows(HEADER_OF_OURS.len())
                .any(|window| window.eq_ignore_ascii_case(HEADER_OF_OURS))
    }
}

const HEADER_OF_OURS: &[u8] = b"\r\nx-request-id:";

impl<IO: AsyncWrite + Unpin> BoundedIo<IO> {
    fn stalled<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.write_timer = None;
            return polled;
        }
        let deadline = Instant::now() + self.limits.write_stall;
        let timer = self.write_timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn pay(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.owed.is_empty() {
            let written = Pin::new(&mut self.io).poll_write(cx, &self.owed);
            let written = ready!(self.stalled(cx, written))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.owed.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    /// Takes hyper's refusal over and puts our headers before its last line break.
    fn take_over(&mut self, buffer: &[u8]) {
        let head = buffer.strip_suffix(b"\r\n").unwrap_or(buffer);
        self.owed.extend_from_slice(head);
        self.owed.extend_from_slice(&self.raw_headers);
        self.owed.extend_from_slice(b"\r\n");
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for BoundedIo<IO> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        match Pin::new(&mut this.io).poll_read(cx, buffer) {
            Poll::Ready(result) => {
                if buffer.filled().len() > before {
                    this.saw_bytes();
                }
                Poll::Ready(result)
            }
            Poll::Pending => this.wait(cx),
        }
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for BoundedIo<IO> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.pay(cx))?;
        if this.is_raw_refusal(buffer) {
            this.take_over(buffer);
            // What cannot go out now goes out with the flush that follows.
            if let Poll::Ready(Err(error)) = this.pay(cx) {
                return Poll::Ready(Err(error));
            }
            return Poll::Ready(Ok(buffer.len()));
        }
        let polled = Pin::new(&mut this.io).poll_write(cx, buffer);
        this.stalled(cx, polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(first) = buffers.iter().find(|buffer| !buffer.is_empty())
            && this.is_raw_refusal(first)
        {
            return Pin::new(this).poll_write(cx, first);
        }
        ready!(this.pay(cx))?;
        let polled = Pin::new(&mut this.io).poll_write_vectored(cx, buffers);
        this.stalled(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.pay(cx))?;
        let polled = Pin::new(&mut this.io).poll_flush(cx);
        ready!(this.stalled(cx, polled))?;
        // After an answer hyper does not ask for bytes again before it is woken, so this is where the wait begins.
        match this.wait(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.pay(cx))?;
        let polled = Pin::new(&mut this.io).poll_shutdown(cx);
        this.stalled(cx, polled)
    }
}
