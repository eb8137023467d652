//! The body of a request, read whole under its cap and its time (R2), and the body of a response.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, SizeHint};

use crate::config::BODY_TIMEOUT;
use crate::problem::{Fault, FaultKind};

/// How much of a refused body is still taken in, so that the client gets to read the refusal instead of a reset
/// connection.
const DRAIN_BYTES: usize = 32 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// The body of a response: one piece, or whatever the router made.
#[derive(Debug)]
pub enum AppBody {
    /// One piece in memory.
    Whole(Full<Bytes>),
    /// The router's.
    Routed(axum::body::Body),
}

impl AppBody {
    /// A body of one piece.
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self::Whole(Full::new(bytes.into()))
    }
}

impl Body for AppBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Routed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Routed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Routed(body) => body.size_hint(),
        }
    }
}

/// Marks a request whose body was larger than its address takes and was dropped, where the handler tells so by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Oversized;

/// Reads a request body whole, up to `cap` bytes.
pub(crate) async fn read<B>(headers: &HeaderMap, body: B, cap: usize) -> Result<Bytes, Fault>
where
    B: Body<Data = Bytes> + Unpin,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > cap as u64) {
        if !headers.contains_key(EXPECT) {
            drain(body).await;
        }
        return Err(too_large(cap));
    }
    let mut body = body;
    let mut collected = Vec::with_capacity(announced.and_then(|n| usize::try_from(n).ok()).unwrap_or(0));
    let reading = async {
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Broken::Off)?.into_data() else {
                continue;
            };
            if collected.len() + data.len() > cap {
                return Err(Broken::TooLarge);
            }
            collected.extend_from_slice(&data);
        }
        Ok(())
    };
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Err(_) => Err(Fault::new(FaultKind::Timeout).detail("The request body did not arrive within 30 seconds.")),
        Ok(Ok(())) => Ok(Bytes::from(collected)),
        Ok(Err(Broken::TooLarge)) => {
            drain(body).await;
            Err(too_large(cap))
        }
        Ok(Err(Broken::Off)) => Err(Fault::new(FaultKind::BadRequest).detail("The request body broke off.")),
    }
}

enum Broken {
    TooLarge,
    Off,
}

fn too_large(cap: usize) -> Fault {
    Fault::new(FaultKind::BodyTooLarge).detail(format!("A request body may have at most {cap} bytes."))
}

async fn drain<B: Body<Data = Bytes> + Unpin>(mut body: B) {
    let mut left = DRAIN_BYTES;
    let draining = async {
        while left > 0 {
            let Some(Ok(frame)) = body.frame().await else { break };
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
        }
    };
    // However it ends, the answer is the same refusal.
    drop(tokio::time::timeout(DRAIN_TIME, draining).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BODY_CAP_BYTES;

    #[tokio::test]
    async fn a_body_up_to_the_cap_is_read() {
        let read_of = async |length: usize| {
            read(
                &HeaderMap::new(),
                Full::new(Bytes::from(vec![b'a'; length])),
                BODY_CAP_BYTES,
            )
            .await
            .map(|body| body.len())
        };
        assert_eq!(read_of(0).await, Ok(0));
        assert_eq!(read_of(BODY_CAP_BYTES).await, Ok(BODY_CAP_BYTES));
        assert_eq!(
            read_of(BODY_CAP_BYTES + 1).await.unwrap_err().kind(),
            FaultKind::BodyTooLarge
        );
    }

    #[tokio::test]
    async fn an_announced_giant_is_refused_by_its_length() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, http::HeaderValue::from(10_000_000));
        let refused = read(&headers, Full::new(Bytes::from_static(b"a")), BODY_CAP_BYTES)
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), FaultKind::BodyTooLarge);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_given_up() {
        struct Never;
        impl Body for Never {
            type Data = Bytes;
            type Error = std::convert::Infallible;
            fn poll_frame(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<Frame<Bytes>, std::convert::Infallible>>> {
                Poll::Pending
            }
        }
        let refused = read(&HeaderMap::new(), Never, BODY_CAP_BYTES).await.unwrap_err();
        assert_eq!(refused.kind(), FaultKind::Timeout);
    }
}
