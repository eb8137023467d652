//! A database that the version before left is brought to this one, whenever the server is killed meanwhile, and its people
//! sign in (G10).

use std::fs;
use std::time::Duration;

use doorward_tests::machine::workspace_root;
use doorward_tests::server::{Server, Setup};
use doorward_tests::smtp::SmtpDouble;
use reqwest::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{App, roomy, text};

const ADA: &str = "ada@acme.test";
/// The password of Ada and Mia there. The digest of it was the server's key.
const PASSWORD: &str = "a house of some age";

/// A server on a SQLite file as it was before there were second factors; it has not been started.
async fn old_house(mail: &SmtpDouble) -> Server {
    let server = roomy(Setup::new().mail(mail)).prepare();
    fs::write(server.folder().join("secret.key"), Sha256::digest(PASSWORD.as_bytes())).unwrap();
    let dump = workspace_root().join("tests/fixtures/before-second-factors.sql");
    let dump = fs::read_to_string(&dump).unwrap_or_else(|error| panic!("{}: {error}", dump.display()));
    fs::write(server.sqlite_file(), []).unwrap();
    let mut file = server.sqlite().await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(dump))
        .execute(&mut file)
        .await
        .unwrap();
    let steps: i64 = sqlx::query_scalar("SELECT count(*) FROM seaql_migrations")
        .fetch_one(&mut file)
        .await
        .unwrap();
    assert_eq!(steps, 8, "the fixture is the version before");
    server
}

fn app(server: &Server) -> App {
    App(server.browser(super::WORKSPACE))
}

async fn everybody_is_at_home(server: &Server) {
    let mut app = app(server);
    let token = app.token(ADA, PASSWORD).await;
    assert_eq!(app.check(&token).await, 200);
    app.with_password(ADA, "not the password").await.expect_status(401);
    let listed = server
        .cli(&["user", "list", "--workspace", "acme", "--json"])
        .expect_success();
    for email in ["owner@acme.test", ADA, "mia@acme.test", "bea@acme.test"] {
        assert!(listed.stdout.contains(email), "{email}: {}", listed.stdout);
    }
    let told = server
        .cli(&["explain", "--workspace", "acme", ADA])
        .expect_success()
        .stdout;
    assert!(
        told.contains("two-factor authentication off") && told.contains("wrong-password"),
        "{told}"
    );
}

#[tokio::test]
async fn a_database_of_the_version_before_is_brought_along_and_its_people_sign_in() {
    let mail = SmtpDouble::start();
    let mut server = old_house(&mail).await;
    server.start().await;
    everybody_is_at_home(&server).await;
    // What is new works for them: a second factor, a passkey, a further address, the operator's link, a time zone.
    let mut app = app(&server);
    let token = app.token(ADA, PASSWORD).await;
    let (mut phone, codes) = app.enrol(&token).await;
    app.add_passkey(&token, &format!("http://{}", server.host_of("acme")))
        .await;
    let body = json!({"email": "ada@second.test"});
    app.own(&token, Method::POST, "/api/v1/account/emails", Some(body))
        .await
        .expect_status(202);
    let body = json!({"time_zone": "Europe/Vienna"});
    app.own(&token, Method::PATCH, "/api/v1/account", Some(body))
        .await
        .expect_status(200);
    for code in [phone.next_code().await, codes[0].clone()] {
        let flow = app.half(ADA, PASSWORD).await;
        app.second_factor(&flow, &code).await.expect_status(200);
    }
    server
        .cli(&["recover", "--workspace", "acme", "mia@acme.test"])
        .expect_success();
    // The invitation of then was for the owner, whose code still comes.
    let flow = app.flow("bea@acme.test").await;
    let code = mail.wait_for_code("bea@acme.test", 0).await;
    let signed_in = app.verify(&flow, &code).await;
    assert!(matches!(signed_in.status.as_u16(), 200 | 401), "{}", signed_in.body());
    assert_eq!(
        text(&app.with_password("mia@acme.test", PASSWORD).await, "/user/role"),
        "admin"
    );
}

#[tokio::test]
async fn a_kill_in_the_middle_of_an_upgrade_is_mended_by_starting_again() {
    let mail = SmtpDouble::start();
    // From before the first statement to after the last.
    for pause in (0..12).map(|turn| Duration::from_millis(turn * 12)) {
        let mut server = old_house(&mail).await;
        server.start_without_waiting();
        tokio::time::sleep(pause).await;
        server.kill();
        server.start().await;
        let mut file = server.sqlite().await;
        let verdict: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut file)
            .await
            .unwrap();
        assert_eq!(verdict, "ok", "killed after {pause:?}");
        everybody_is_at_home(&server).await;
    }
}
