//! Logs, request ids and metrics (E6).

use std::collections::BTreeSet;

use doorward_tests::browser::Browser;
use doorward_tests::server::Setup;
use serde_json::Value;

#[tokio::test]
async fn e6_metrics_answer_on_their_own_address_only() {
    let server = Setup::new().metrics().start().await;
    server.create_workspace("acme", "Acme");
    let mut ada = server.browser("acme");
    ada.visit("/sign-in").await.expect_status(200);
    for workspace in ["", "acme"] {
        server.browser(workspace).get("/metrics").await.expect_status(404);
    }
    let address = server.metrics_address().expect("metrics were asked for");
    let mut prometheus = Browser::new(address, &address.to_string());
    let metrics = prometheus.get("/metrics").await.expect_status(200);
    assert!(
        metrics
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/plain"))
    );
    let text = metrics.body();
    let counted = text
        .lines()
        .find(|line| line.starts_with("doorward_http_requests_total") && line.contains("route=\"/sign-in\""));
    assert!(
        counted.is_some_and(|line| line.contains("status=\"200\"") && line.ends_with(" 1")),
        "{text}"
    );
    // Nothing else is served there, and what strangers ask for makes no new label.
    prometheus.get("/sign-in").await.expect_status(404);
    ada.get("/made-up-by-a-stranger").await.expect_status(404);
    let text = prometheus.get("/metrics").await.body();
    assert!(
        text.contains("route=\"unmatched\"") && !text.contains("made-up"),
        "{text}"
    );
}

#[tokio::test]
async fn r102_logs_are_one_json_object_a_line_and_a_request_is_found_by_its_id() {
    let server = Setup::new()
        .env("DOORWARD_LOG__FORMAT", "json")
        .env("DOORWARD_LOG__FILTER", "debug,sqlx=warn,hyper=warn")
        .start()
        .await;
    server.create_workspace("acme", "Acme");
    let mut ada = server.browser("acme");
    let mut ids = BTreeSet::new();
    for path in [
        "/sign-in",
        "/api/v1/session",
        "/nothing-here",
        "/api/v1/nothing-here",
        "/healthz",
    ] {
        // One that a client invents is not taken over: it could stand for somebody else's request.
        let sent = [("x-request-id", "invented\u{9}by-me"), ("accept", "text/html")];
        let page = ada.send(reqwest::Method::GET, path, &sent, Vec::new()).await;
        let id = page
            .header("x-request-id")
            .unwrap_or_else(|| panic!("{path} has no id"))
            .to_owned();
        assert_eq!(id.len(), 36, "{path}: {id}");
        assert!(ids.insert(id), "{path} has an id that another request had");
    }
    let page = ada.visit("/sign-in").await;
    // What somebody types cannot make a line of its own.
    let forged = "eve@acme.test\r\n{\"level\":\"ERROR\",\"message\":\"forged\"}";
    let fields = [("Email address", forged), ("Password", "x\ny")];
    ada.submit(&page, "Sign in", &fields).await;

    let log = server.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}")))
        .collect();
    assert!(lines.len() > 5);
    for line in &lines {
        let object = line.as_object().unwrap_or_else(|| panic!("{line} is no object"));
        for key in ["timestamp", "level", "message", "target"] {
            assert!(object.contains_key(key), "{key} is not in {line}");
        }
        assert_ne!(line["message"], "forged");
    }
    for id in ids {
        assert!(log.contains(&id), "request {id} is in no line of the log");
    }
    assert!(!log.contains("invented"), "an id of a client stands in the log");
}
