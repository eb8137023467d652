//! An answer that is written while it is made.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::Frame;
use tokio::sync::mpsc;

/// Parts that may wait for a slow reader.
const WAITING: usize = 4;

/// Where the parts of an answer are put. It waits for whoever reads, and says when nobody does any more. An error breaks the
/// answer off, so that half of it is not taken for the whole.
pub(crate) type LineSender = mpsc::Sender<io::Result<Bytes>>;

/// A body, and where its parts are put; it ends when the sender is dropped.
pub(crate) fn body() -> (LineSender, Body) {
    let (sender, parts) = mpsc::channel(WAITING);
    (sender, Body::new(Lines(parts)))
}

struct Lines(mpsc::Receiver<io::Result<Bytes>>);

impl hyper::body::Body for Lines {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|part| part.map(|part| part.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn parts_arrive_in_order_and_an_error_breaks_off() {
        let (sender, body) = body();
        sender.send(Ok(Bytes::from_static(b"a"))).await.unwrap();
        sender.send(Ok(Bytes::from_static(b"b"))).await.unwrap();
        drop(sender);
        assert_eq!(body.collect().await.unwrap().to_bytes(), "ab");

        let (sender, body) = super::body();
        sender.send(Ok(Bytes::from_static(b"a"))).await.unwrap();
        sender.send(Err(io::ErrorKind::Other.into())).await.unwrap();
        drop(sender);
        assert!(body.collect().await.is_err());
    }
}
