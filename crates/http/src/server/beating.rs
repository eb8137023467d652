//! An answer that keeps its connection busy until it is out.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::bounded_io::Beat;
use crate::body::AppBody;

/// The body of an answer. The request it belongs to is under way until its last piece was taken, however long that takes to
/// be made: a connection rests only afterwards.
#[derive(Debug)]
pub(super) struct Beating {
    body: AppBody,
    beat: Option<Beat>,
}

impl Beating {
    pub(super) fn new(body: AppBody, beat: Beat) -> Self {
        let beat = (!body.is_end_stream()).then_some(beat);
        Self { body, beat }
    }
}

impl Body for Beating {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        // Now, and not when it is dropped: what is written next begins the rest.
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) || this.body.is_end_stream() {
            this.beat = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
