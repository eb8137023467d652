//! A small HTTP server in a thread of its own, which can also hang and answer without end.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};

use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use url::form_urlencoded;

use crate::machine::Port;

/// How much an answer without end gives at once.
const CHUNK: &[u8] = &[b' '; 64 * 1024];

/// A request as it came.
#[derive(Debug)]
pub(super) struct Asked {
    /// Its method.
    pub(super) method: String,
    /// Its path.
    pub(super) path: String,
    /// What stands in its query and, if it is a form, in its body; of two values the last.
    pub(super) values: BTreeMap<String, String>,
    /// Its headers.
    pub(super) headers: HeaderMap,
}

impl Asked {
    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// What stands behind this scheme in `Authorization`.
    pub(super) fn authorization(&self, scheme: &str) -> Option<&str> {
        let value = self.headers.get("authorization")?.to_str().ok()?;
        let (own, rest) = value.split_once(' ')?;
        own.eq_ignore_ascii_case(scheme).then_some(rest)
    }

    async fn read(request: Request<Incoming>) -> Self {
        let (parts, body) = request.into_parts();
        let body = body
            .collect()
            .await
            .map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let mut values: BTreeMap<String, String> = form_urlencoded::parse(query).into_owned().collect();
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            values.extend(form_urlencoded::parse(&body).into_owned());
        }
        Self {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            values,
            headers: parts.headers,
        }
    }
}

/// What comes back.
#[derive(Debug)]
pub(super) enum Reply {
    /// Status, headers and body.
    Whole(u16, Vec<(HeaderName, String)>, Vec<u8>),
    /// A body that never ends.
    Endless,
    /// Nothing, while the connection stays open.
    Hang,
}

impl Reply {
    pub(super) fn json(status: u16, document: &Value) -> Self {
        let kind = (CONTENT_TYPE, "application/json".to_owned());
        Self::Whole(status, vec![kind], document.to_string().into_bytes())
    }

    pub(super) fn page(status: u16, title: &str, body: &str) -> Self {
        let page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
             <body><main><h1>{title}</h1>{body}</main></body></html>"
        );
        let kind = (CONTENT_TYPE, "text/html; charset=utf-8".to_owned());
        Self::Whole(status, vec![kind], page.into_bytes())
    }

    pub(super) fn redirect(address: &str) -> Self {
        Self::Whole(302, vec![(LOCATION, address.to_owned())], Vec::new())
    }
}

/// A server that stops when this is dropped.
pub(super) struct Listening {
    port: Port,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening")
            .field("port", &self.port.number())
            .finish_non_exhaustive()
    }
}

impl Listening {
    /// Answers every request by `answer`, on a port of its own.
    pub(super) fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let port = Port::take();
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let address = port.address();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be made");
            runtime.block_on(async {
                let listener = TcpListener::bind(address).await.expect("the port is free");
                ready.send(()).expect("somebody waits");
                tokio::select! {
                    () = accept(listener, Arc::new(answer)) => {}
                    _ = stopped => {}
                }
            });
            // Connections that hang go with their runtime.
        });
        is_ready.recv().expect("the server says when it is ready");
        Self {
            port,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Its address as a literal (`http://127.0.0.1:20001`).
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.port.address())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Whatever it panicked with stands in the test's output already.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, answer: Arc<impl Fn(&Asked) -> Reply + Send + Sync + 'static>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let answer = Arc::clone(&answer);
        tokio::spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let answer = Arc::clone(&answer);
                async move {
                    let asked = Asked::read(request).await;
                    Ok::<_, Infallible>(respond(answer(&asked)).await)
                }
            });
            // A client that hangs up, as it must on an answer without end, is no news.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn respond(reply: Reply) -> Response<Either<Full<Bytes>, Spaces>> {
    match reply {
        Reply::Hang => std::future::pending().await,
        Reply::Endless => {
            let mut response = Response::new(Either::Right(Spaces));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Reply::Whole(status, headers, body) => {
            let mut response = Response::new(Either::Left(Full::new(Bytes::from(body))));
            *response.status_mut() = StatusCode::from_u16(status).expect("a status");
            for (name, value) in headers {
                let value = HeaderValue::try_from(value).expect("a header's value");
                response.headers_mut().append(name, value);
            }
            response
        }
    }
}

/// Spaces for ever: the beginning of a JSON document that never comes.
#[derive(Debug)]
struct Spaces;

impl Body for Spaces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(CHUNK)))))
    }
}
