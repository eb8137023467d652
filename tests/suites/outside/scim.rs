//! SCIM as another program understands it: every check of scim2-tester, none left out (B9).

use std::process::Command;

use doorward_tests::machine::workspace_root;
use doorward_tests::server::Setup;
use serde_json::Value;

/// What a check can end in, and that the server passed it: optional behaviour that the server does not have is skipped by
/// name.
const PASSED: [&str; 3] = ["SUCCESS", "COMPLIANT", "ACCEPTABLE"];

#[tokio::test]
async fn b9_the_whole_check_of_scim2_tester_passes() {
    let python = workspace_root().join("target/tools/python/bin/python");
    assert!(python.exists(), "run `cargo xtask setup`: it installs the SCIM checks");
    let server = Setup::new().start().await;
    server.create_workspace("acme", "Acme");
    let made = server.cli(&["scim-token", "create", "--workspace", "acme", "--name", "tester"]);
    let token = made.expect_success().stdout.trim().to_owned();

    let (node, host) = (server.address().to_string(), server.host_of("acme"));
    let checked = tokio::task::spawn_blocking(move || {
        Command::new(python)
            .arg(workspace_root().join("tests/python/scim_check.py"))
            .args([&node, &host, &token])
            .output()
            .unwrap()
    });
    let checked = checked.await.unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&checked.stdout).into_owned(),
        String::from_utf8_lossy(&checked.stderr).into_owned(),
    );
    assert!(checked.status.success(), "{out}\n{err}");
    let results: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed: Vec<String> = results
        .iter()
        .filter(|result| {
            let status = result["status"].as_str().unwrap();
            // Searching users and groups together is optional, and there is none (501).
            let skipped = status == "SKIPPED" && result["check"] == "search_with_attributes";
            !PASSED.contains(&status) && !skipped
        })
        .map(Value::to_string)
        .collect();
    assert!(failed.is_empty(), "{}\n{}", failed.join("\n"), server.log());
    let of = |kind: &str| results.iter().filter(|result| result["resource"] == kind).count();
    assert!(
        of("User") > 60 && of("Group") > 12,
        "{} and {} checks",
        of("User"),
        of("Group")
    );
}
