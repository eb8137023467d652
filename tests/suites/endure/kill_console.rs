//! What those who run a workspace do is done or not done, whenever the server or the command is killed: settings, previews,
//! files of a directory (C3, B9, SF1).

use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorward_tests::machine::random_bytes;
use doorward_tests::server::Server;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{App, Place, WORKSPACE, roomy};

const SETTINGS: &str = "/api/v1/settings";

/// Somewhere between no time and an eighth of a second.
fn a_moment() -> Duration {
    Duration::from_millis(u64::from(random_bytes::<1>()[0]) / 2)
}

fn key(server: &Server) -> String {
    let args = [
        "api-key",
        "create",
        "--workspace",
        WORKSPACE,
        "--scope",
        "settings:write",
    ];
    server.cli(&args).expect_success().stdout.trim().to_owned()
}

/// A portal application that changes two settings at a time, always to the same, and previews in between, until the server
/// is gone.
fn change_without_pause(app: &App, kept: &Arc<AtomicU64>) -> JoinSet<()> {
    let mut busy = JoinSet::new();
    for turn in 0..3_u64 {
        let (mut app, kept) = (app.clone(), Arc::clone(kept));
        busy.spawn(async move {
            for number in 0.. {
                let on = (number + turn) % 2 == 0;
                let change = json!({"settings": {"customers.hand_over": on, "customers.two_factor_required": on}});
                let headers = [("content-type", "application/json")];
                let (method, path) = match turn {
                    0 => (Method::POST, "/api/v1/settings/preview"),
                    _ => (Method::PATCH, SETTINGS),
                };
                let answer = app
                    .0
                    .try_send(method, path, &headers, change.to_string().into_bytes())
                    .await;
                let Ok(page) = answer else { return };
                // Two who change at once: one of them is told that the other was first.
                assert!(matches!(page.status.as_u16(), 200 | 409), "{}", page.body());
                if turn > 0 && page.status == reqwest::StatusCode::OK {
                    kept.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    busy
}

#[tokio::test]
async fn c3_settings_are_changed_whole_and_with_their_audit_row_or_not_at_all_under_kills() {
    const KILLS: u64 = 6;
    let mut place = Place::on_sqlite(roomy).await;
    let bearer = format!("Bearer {}", key(place.node(0)));
    let kept = Arc::new(AtomicU64::new(0));
    for life in 0..KILLS {
        let mut app = place.app(0);
        app.0.always("authorization", &bearer);
        let mut busy = change_without_pause(&app, &kept);
        tokio::time::sleep(Duration::from_millis(150) + a_moment()).await;
        place.node_mut(0).kill();
        while let Some(ended) = busy.join_next().await {
            ended.unwrap();
        }
        place.node_mut(0).start().await;
        let mut app = place.app(0);
        app.0.always("authorization", &bearer);
        let read = app.0.get(SETTINGS).await.expect_status(200).json();
        let of = |name: &str| {
            read.pointer(&format!("/settings/customers/{name}"))
                .cloned()
                .unwrap_or(Value::Null)
        };
        assert!(of("hand_over").is_boolean(), "{read}");
        assert_eq!(of("hand_over"), of("two_factor_required"), "life {life}: half a change");
        assert_eq!(read["on_trial"], Value::Null, "{read}");
    }
    let mut file = place.node(0).sqlite().await;
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit WHERE action LIKE 'settings%'")
        .fetch_one(&mut file)
        .await
        .unwrap();
    let (rows, kept) = (u64::try_from(rows).unwrap(), kept.load(Ordering::Relaxed));
    assert!(kept > KILLS, "hardly anything was changed: {kept}");
    // What was answered has its row; a kill may catch a change between its commit and its answer, in each of two hands.
    assert!(
        (kept..=kept + 2 * KILLS).contains(&rows),
        "{kept} changes answered, {rows} rows"
    );
    place.node(0).cli(&["audit", "verify"]).expect_success();
}

#[tokio::test]
async fn b9_a_file_is_taken_in_whole_or_not_at_all_though_the_command_is_killed() {
    const LINES: i64 = 4_000;
    let mut place = Place::on_sqlite(roomy).await;
    let server = place.node(0);
    let file = server.folder().join("people.csv");
    let mut text = "email,display_name\n".to_owned();
    for number in 0..LINES {
        let _ = writeln!(text, "person-{number}@acme.test,Person {number}");
    }
    fs::write(&file, text).unwrap();
    let args = ["directory", "import", file.to_str().unwrap(), "--workspace", WORKSPACE];
    let mut database = server.sqlite().await;
    let mut count = async || -> i64 {
        let records = sqlx::query_scalar("SELECT COUNT(*) FROM directory_records");
        records.fetch_one(&mut database).await.unwrap()
    };
    let mut killed = 0;
    // Each time a little later, until one is quicker than its killer.
    for step in 1..200_u64 {
        let mut command = server.command(&args);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(60 * step)).await;
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
        let there = count().await;
        assert!(
            there == 0 || there == LINES,
            "{there} of {LINES} records after kill {step}"
        );
        if there == LINES {
            break;
        }
        // Whoever is left behind holds up nobody.
        server.browser("").get("/readyz").await.expect_status(200);
    }
    assert!(killed > 1, "it was never caught at work");
    server.cli(&args).expect_success();
    assert_eq!(count().await, LINES);
    place.node_mut(0).restart().await;
    place.node(0).cli(&["audit", "verify"]).expect_success();
}
