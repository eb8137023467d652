//! Every address that the server has: pages as the router's source lists them, the API as its own document does.

use std::fs;

use doorward_tests::browser::Browser;
use doorward_tests::machine::workspace_root;

/// An address and one of its methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: String,
}

/// The pages.
pub(super) fn pages() -> Vec<Route> {
    let file = workspace_root().join("crates/http/src/pages/mod.rs");
    let source = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut routes = Vec::new();
    for part in source.split(".route(").skip(1) {
        let part = part.split(".fallback(").next().unwrap_or_default();
        let path = part.split('"').nth(1).expect("a route has an address").to_owned();
        for (call, method) in [("get(", "GET"), ("post(", "POST")] {
            if part.contains(call) {
                routes.push(Route {
                    method,
                    path: path.clone(),
                });
            }
        }
    }
    assert!(routes.len() > 20, "the pages' routes cannot be read: {routes:?}");
    routes
}

/// The API.
pub(super) async fn api(browser: &mut Browser) -> Vec<Route> {
    let document = browser.get("/api/v1/openapi.json").await.expect_status(200).json();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (name, method) in [
            ("get", "GET"),
            ("post", "POST"),
            ("put", "PUT"),
            ("delete", "DELETE"),
            ("patch", "PATCH"),
        ] {
            if methods.get(name).is_some() {
                routes.push(Route {
                    method,
                    path: path.clone(),
                });
            }
        }
    }
    assert!(routes.len() > 10, "{routes:?}");
    routes
}

/// The address with something in place of its parameters.
pub(super) fn filled(path: &str) -> String {
    path.replace("{token}", "A1b2C3d4")
        .replace("{id}", "0193fcb8-0000-4000-8000-000000000001")
        .replace("{number}", "1")
}
