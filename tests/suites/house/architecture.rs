//! The arrows between the crates, and the rooms of the technologies, as `docs/` draws them.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use doorward_tests::machine::workspace_root;
use serde_json::Value;

/// Each package, and the packages of this workspace that it may use. What is not here may not be.
const ARROWS: &[(&str, &[&str])] = &[
    ("doorward-domain", &[]),
    ("doorward-auth", &["doorward-domain"]),
    ("doorward-mail", &["doorward-domain"]),
    ("doorward-sso", &["doorward-domain"]),
    ("doorward-persistence", &["doorward-domain", "doorward-migrations"]),
    ("doorward-migrations", &[]),
    ("doorward-http", &["doorward-domain", "doorward-auth"]),
    (
        "doorward",
        &[
            "doorward-domain",
            "doorward-auth",
            "doorward-mail",
            "doorward-sso",
            "doorward-persistence",
            "doorward-migrations",
            "doorward-http",
        ],
    ),
    ("doorward-load", &[]),
    ("doorward-tests", &[]),
    ("xtask", &[]),
];

/// Each technology, and the packages in which it may stand.
const ROOMS: &[(&[&str], &[&str])] = &[
    (
        &["sea-orm", "sea-orm-migration"],
        &["doorward-persistence", "doorward-migrations"],
    ),
    (
        &["sqlx"],
        &[
            "doorward-persistence",
            "doorward-migrations",
            "doorward-load",
            "doorward-tests",
        ],
    ),
    (
        &["hyper", "hyper-util", "axum", "axum-extra", "tower", "tower-http"],
        &["doorward-http", "doorward", "doorward-load", "doorward-tests"],
    ),
    (&["lettre"], &["doorward-mail"]),
    (&["argon2"], &["doorward-auth", "doorward-load"]),
    (&["totp-rs"], &["doorward-auth", "doorward-load", "doorward-tests"]),
    (&["webauthn-rs", "qrcode", "image"], &["doorward-auth"]),
    (&["jiff"], &["doorward-domain"]),
    (&["oauth2", "openidconnect"], &["doorward-sso"]),
    (&["minijinja"], &["doorward-http", "doorward-mail"]),
    (&["anyhow"], &["doorward", "doorward-load", "xtask", "doorward-tests"]),
    (&["clap", "figment2"], &["doorward", "doorward-load"]),
    (
        &["tokio"],
        &[
            "doorward-auth",
            "doorward-mail",
            "doorward-sso",
            "doorward-persistence",
            "doorward-http",
            "doorward",
            "doorward-load",
            "doorward-tests",
        ],
    ),
];

/// Features that tests switch on, and nothing else may.
const FOR_TESTS: &[&str] = &["mocks", "testing"];

/// A dependency as a manifest states it.
#[derive(Debug)]
struct Dependency {
    name: String,
    /// Whether only tests see it: a development dependency, or one behind a feature of [`FOR_TESTS`].
    is_for_tests: bool,
    features: Vec<String>,
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// Whether a package switches this optional dependency on by features of [`FOR_TESTS`] only.
fn is_behind_test_features(package: &Value, dependency: &str) -> bool {
    let features = package["features"].as_object().expect("there are features");
    let named = [format!("dep:{dependency}"), dependency.to_owned()];
    let mut switches = features
        .iter()
        .filter(|(_, what)| texts(what).iter().any(|word| named.contains(word)))
        .peekable();
    switches.peek().is_some() && switches.all(|(feature, _)| FOR_TESTS.contains(&feature.as_str()))
}

fn packages() -> BTreeMap<String, Vec<Dependency>> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(workspace_root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let mut packages = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("there are packages") {
        let dependencies = package["dependencies"]
            .as_array()
            .expect("there is a list")
            .iter()
            .map(|dependency| {
                let name = dependency["name"].as_str().expect("a dependency has a name").to_owned();
                let is_hidden = dependency["optional"] == true && is_behind_test_features(package, &name);
                let is_for_tests = dependency["kind"] == "dev" || is_hidden;
                Dependency {
                    name,
                    is_for_tests,
                    features: texts(&dependency["features"]),
                }
            });
        packages.insert(
            package["name"].as_str().expect("a package has a name").to_owned(),
            dependencies.collect(),
        );
    }
    packages
}

#[test]
fn packages_see_only_what_the_drawing_lets_them_see() {
    let drawn: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut faults = Vec::new();
    for (package, dependencies) in packages() {
        let Some(allowed) = drawn.get(package.as_str()) else {
            faults.push(format!("{package} is in no drawing"));
            continue;
        };
        for dependency in dependencies
            .iter()
            .filter(|dependency| drawn.contains_key(dependency.name.as_str()))
        {
            let is_own = dependency.name == package;
            // The examples of the core show it with whatever adapters they like; they compile with its tests only.
            let is_example = package == "doorward-auth" && dependency.is_for_tests;
            if !is_own && !is_example && !allowed.contains(&dependency.name.as_str()) {
                faults.push(format!("{package} must not see {}", dependency.name));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "arrows that are not drawn:\n  {}",
        faults.join("\n  ")
    );
}

#[test]
fn every_drawn_package_is_there() {
    let there: BTreeSet<String> = packages().into_keys().collect();
    let missing: Vec<&str> = ARROWS
        .iter()
        .map(|(package, _)| *package)
        .filter(|name| !there.contains(*name))
        .collect();
    assert!(missing.is_empty(), "drawn and not there: {missing:?}");
}

#[test]
fn technologies_stay_in_their_rooms() {
    let mut faults = Vec::new();
    for (package, dependencies) in packages() {
        // What tests of a package use is not part of what it is.
        for dependency in dependencies.iter().filter(|dependency| !dependency.is_for_tests) {
            let room = ROOMS
                .iter()
                .find(|(technologies, _)| technologies.contains(&dependency.name.as_str()));
            if let Some((_, allowed)) = room
                && !allowed.contains(&package.as_str())
            {
                faults.push(format!("{} has no place in {package}", dependency.name));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "technologies outside their rooms:\n  {}",
        faults.join("\n  ")
    );
}

#[test]
fn what_is_for_tests_is_in_no_product() {
    let mut faults = Vec::new();
    for (package, dependencies) in packages() {
        for dependency in dependencies.iter().filter(|dependency| !dependency.is_for_tests) {
            for feature in dependency
                .features
                .iter()
                .filter(|feature| FOR_TESTS.contains(&feature.as_str()))
            {
                faults.push(format!("{package} takes {} with {feature}", dependency.name));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "test doubles in products:\n  {}",
        faults.join("\n  ")
    );
}
