//! `GET /metrics` on a listener of its own, for Prometheus (E6).

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const UPKEEP_EVERY: Duration = Duration::from_secs(5);
const HEAD_TIME: Duration = Duration::from_secs(10);
const CONNECTIONS: usize = 16;

/// Serves the metrics of a recorder until stopped, and does the recorder's upkeep.
pub async fn serve(listener: TcpListener, recorder: PrometheusHandle, stop: CancellationToken) {
    let mut connections = tokio::task::JoinSet::new();
    let mut upkeep = tokio::time::interval(UPKEEP_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = upkeep.tick() => recorder.run_upkeep(),
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => { connections.spawn(speak(stream, recorder.clone())); }
                Err(error) => {
                    tracing::warn!(%error, "accept failed on the metrics address");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
}

/// Keeps the recorder's memory bounded where no metrics address is configured.
pub async fn upkeep(recorder: PrometheusHandle, stop: CancellationToken) {
    let mut every = tokio::time::interval(UPKEEP_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => recorder.run_upkeep(),
        }
    }
}

fn speak(stream: tokio::net::TcpStream, recorder: PrometheusHandle) -> impl Future<Output = ()> + Send {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let response = answer(&request, &recorder);
        async move { Ok::<_, Infallible>(response) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service);
    async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a metrics connection ended");
        }
    }
}

fn answer<B>(request: &Request<B>, recorder: &PrometheusHandle) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    let headers = response.headers_mut();
    headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        http::header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if request.uri().path() != "/metrics" {
        *response.status_mut() = StatusCode::NOT_FOUND;
    } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
        headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    } else {
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
        );
        *response.body_mut() = Full::new(Bytes::from(recorder.render()));
    }
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[tokio::test]
    async fn metrics_are_told_at_their_address_only() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || metrics::counter!("doorward_test_total").increment(3));
        let ask = |method: Method, path: &str| {
            answer(&Request::builder().method(method).uri(path).body(()).unwrap(), &handle)
        };
        let told = ask(Method::GET, "/metrics");
        assert_eq!(told.status(), 200);
        let body = told.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("doorward_test_total 3"));
        assert_eq!(ask(Method::GET, "/").status(), 404);
        assert_eq!(ask(Method::POST, "/metrics").status(), 405);
    }
}
