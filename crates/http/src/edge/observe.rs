//! What is logged and counted of a request: method, matched route, status and time. Never a path as it was asked (it
//! may hold a token), a query, a cookie, a header or a body (R37).

use std::time::Duration;

use axum::extract::MatchedPath;
use http::{Method, StatusCode};
use metrics::{Counter, Histogram, Unit};

/// Requests answered, by method, route and status.
pub const REQUESTS: &str = "doorward_http_requests_total";
/// Time from the head of a request to the head of its answer, in seconds.
pub const LATENCY: &str = "doorward_http_request_seconds";
/// Requests that ended in a panic.
pub const PANICS: &str = "doorward_http_panics_total";

/// The label of requests that no route took.
pub const UNMATCHED: &str = "unmatched";

/// Describes the metrics to the recorder; once a process, after the recorder is installed.
pub fn describe() {
    metrics::describe_counter!(REQUESTS, Unit::Count, "Requests answered, by method, route and status");
    metrics::describe_histogram!(LATENCY, Unit::Seconds, "Time to answer a request, by method and route");
    metrics::describe_counter!(PANICS, Unit::Count, "Requests that ended in a panic");
}

/// The route's pattern, such as `/reset-password/{token}`.
pub(crate) fn route_of(matched: Option<&MatchedPath>) -> &str {
    matched.map_or(UNMATCHED, MatchedPath::as_str)
}

/// One of the known methods; any other would let strangers make up labels.
pub(crate) fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

pub(crate) fn count(method: &Method, route: &str, status: StatusCode, latency: Duration) {
    let method = method_label(method);
    metrics::counter!(REQUESTS, "method" => method, "route" => route.to_owned(), "status" => status.as_u16().to_string())
        .increment(1);
    metrics::histogram!(LATENCY, "method" => method, "route" => route.to_owned()).record(latency.as_secs_f64());
}

/// The handles of one route of the narrow path, taken once so that counting costs no look-up.
#[derive(Clone)]
pub(crate) struct RouteMeter {
    granted: Counter,
    refused: Counter,
    failed: Counter,
    other: Counter,
    latency: Histogram,
}

impl std::fmt::Debug for RouteMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RouteMeter").finish_non_exhaustive()
    }
}

impl RouteMeter {
    pub(crate) fn new(route: &'static str) -> Self {
        let counter =
            |status: &'static str| metrics::counter!(REQUESTS, "method" => "GET", "route" => route, "status" => status);
        Self {
            granted: counter("200"),
            refused: counter("401"),
            failed: counter("503"),
            other: counter("302"),
            latency: metrics::histogram!(LATENCY, "method" => "GET", "route" => route),
        }
    }

    pub(crate) fn count(&self, status: StatusCode, latency: Duration) {
        match status.as_u16() {
            200 => &self.granted,
            401 => &self.refused,
            503 => &self.failed,
            _ => &self.other,
        }
        .increment(1);
        self.latency.record(latency.as_secs_f64());
    }
}
