//! `/healthz` and `/readyz`, which answer on any host.

use std::borrow::Cow;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode};
use tokio_util::sync::CancellationToken;

use crate::body::AppBody;

/// Why the server cannot take requests now; told to whoever asks, so it names no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotReady(pub Cow<'static, str>);

/// Says whether requests can be answered: database reachable, migrations current.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Asks once; within a second or so.
    async fn check(&self) -> Result<(), NotReady>;
}

/// The answer, if the path is one of the two.
pub(crate) async fn answer(
    method: &Method,
    path: &str,
    readiness: &dyn Readiness,
    draining: &CancellationToken,
) -> Option<(Response<AppBody>, &'static str)> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    match path {
        "/healthz" => Some((told(Ok(())), "/healthz")),
        "/readyz" => {
            let ready = if draining.is_cancelled() {
                Err(NotReady(Cow::Borrowed("stopping")))
            } else {
                readiness.check().await
            };
            Some((told(ready), "/readyz"))
        }
        _ => None,
    }
}

fn told(ready: Result<(), NotReady>) -> Response<AppBody> {
    let (status, body) = match ready {
        Ok(()) => (StatusCode::OK, Bytes::from_static(b"{\"status\":\"ok\"}")),
        Err(NotReady(reason)) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Bytes::from(serde_json::json!({"status": "unavailable", "reason": reason}).to_string()),
        ),
    };
    let mut response = Response::new(AppBody::whole(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
