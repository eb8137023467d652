//! Every address that the server has: pages as the sources of their router list them, the API as its own document does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use doorward_tests::browser::Browser;
use doorward_tests::machine::workspace_root;

/// An address and one of its methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: String,
}

/// The pages: whatever the sources of pages give to a router, addresses by name among them.
pub(super) fn pages() -> Vec<Route> {
    let sources = sources();
    let mut routes = Vec::new();
    for (own, source) in &sources {
        for part in source.split(".route(").skip(1) {
            let part = part.split(".fallback(").next().unwrap_or_default();
            let part = part.split("\n}").next().unwrap_or_default();
            let address = part.split(',').next().unwrap_or_default().trim();
            let path = match address.strip_prefix('"') {
                Some(text) => text.trim_end_matches('"').to_owned(),
                None => constant(&sources, own, address),
            };
            for (call, method) in [("get(", "GET"), ("post(", "POST")] {
                if part.contains(call) {
                    routes.push(Route {
                        method,
                        path: path.clone(),
                    });
                }
            }
        }
    }
    assert!(
        routes.len() > 70,
        "the pages' routes cannot be read: {} of them",
        routes.len()
    );
    routes
}

/// The sources of the pages by the names of their modules.
fn sources() -> BTreeMap<String, String> {
    fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
        for path in fs::read_dir(folder)
            .expect("the pages' sources")
            .flatten()
            .map(|entry| entry.path())
        {
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default()
                .to_owned();
            if path.is_dir() {
                if stem != "tests" {
                    walk(&path, &format!("{prefix}{stem}::"), found);
                }
            } else {
                let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                found.insert(format!("{prefix}{stem}"), text);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&workspace_root().join("crates/http/src/pages"), "", &mut found);
    found
}

/// The text of a constant that a source names, as `NAME`, `module::NAME` or `super::module::NAME`.
fn constant(sources: &BTreeMap<String, String>, own: &str, named: &str) -> String {
    let parts: Vec<&str> = named.split("::").filter(|part| *part != "super").collect();
    let name = parts.last().copied().unwrap_or_default();
    let module = parts.len().checked_sub(2).and_then(|at| parts.get(at)).copied();
    let is_there = |place: &str| match module {
        Some(module) => place == module || place.ends_with(&format!("::{module}")),
        None => place == own,
    };
    let mark = format!("const {name}: &str = \"");
    let found: Vec<&str> = sources
        .iter()
        .filter(|(place, _)| is_there(place))
        .filter_map(|(_, source)| source.split(&mark).nth(1)?.split('"').next())
        .collect();
    match found.as_slice() {
        [one] => (*one).to_owned(),
        all => panic!("the address {named} of {own} cannot be read: {all:?}"),
    }
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
    let mut path = path
        .replace("{token}", "A1b2C3d4")
        .replace("{provider}", "google")
        .replace("{number}", "1");
    // All others are ids.
    while let Some((before, rest)) = path.split_once('{') {
        let (_, after) = rest.split_once('}').expect("a parameter ends");
        path = format!("{before}0193fcb8-0000-4000-8000-000000000001{after}");
    }
    path
}
