//! C3: settings by API: looked at ahead, guarded, and on trial; with the server as it is shipped.

use std::time::{Duration, Instant};

use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::postgres::TestDatabase;
use doorward_tests::server::{Server, Setup};
use doorward_tests::smtp::SmtpDouble;
use reqwest::Method;
use serde_json::{Value, json};

use super::{House, WORKSPACE, as_portal, limits, sign_in, text, until, wide_network};

const ADMIN: &str = "admin@acme.test";
const SETTINGS: &str = "/api/v1/settings";
/// How long a trial is here.
const TRIAL: Duration = Duration::from_secs(4);

fn short_trial(setup: Setup) -> Setup {
    limits(setup, &[("SETTINGS_TRIAL_SECONDS", "4")])
}

fn create(server: &Server, email: &str, role: &str, password: &str) {
    let args = [
        "user",
        "create",
        "--workspace",
        WORKSPACE,
        "--email",
        email,
        "--role",
        role,
        "--verified",
        "--password-stdin",
    ];
    server.cli_with_input(&args, password).expect_success();
}

/// A portal application that may change settings.
struct Portal {
    browser: Browser,
    key: String,
}

impl Portal {
    fn of(server: &Server, at: &Server) -> Self {
        let args = [
            "api-key",
            "create",
            "--workspace",
            WORKSPACE,
            "--scope",
            "settings:write",
        ];
        Self {
            browser: Browser::new(at.address(), &server.host_of(WORKSPACE)),
            key: server.cli(&args).expect_success().stdout.trim().to_owned(),
        }
    }

    async fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> Page {
        as_portal(&mut self.browser, method, path, &self.key, body).await
    }

    async fn read(&mut self) -> Value {
        self.ask(Method::GET, SETTINGS, None).await.expect_status(200).json()
    }

    /// Opens emailed codes for the staff, which is on trial then.
    async fn open_codes(&mut self) -> Instant {
        let began = Instant::now();
        let body = json!({"settings": {"staff": {"email_code": true}}});
        let answer = self
            .ask(Method::PATCH, SETTINGS, Some(body))
            .await
            .expect_status(200)
            .json();
        assert_eq!(answer.pointer("/settings/staff/email_code"), Some(&json!(true)));
        assert!(
            answer.pointer("/on_trial/until").is_some_and(Value::is_string),
            "{answer}"
        );
        began
    }

    async fn assert_codes(&mut self, open: bool) {
        let settings = self.read().await;
        assert_eq!(
            settings.pointer("/settings/staff/email_code"),
            Some(&json!(open)),
            "{settings}"
        );
        assert_eq!(settings.pointer("/on_trial"), Some(&Value::Null), "{settings}");
    }
}

#[tokio::test]
async fn c3_a_change_undoes_itself_though_the_server_was_killed_meanwhile() {
    let mut house = House::with(short_trial).await;
    create(&house.server, ADMIN, "admin", &fresh_password());
    let mut portal = Portal::of(&house.server, &house.server);
    let began = portal.open_codes().await;
    house.server.kill();
    until(began, TRIAL + Duration::from_millis(200)).await;
    house.server.start().await;
    Portal::of(&house.server, &house.server).assert_codes(false).await;
    house.mail.wait_for_subject(ADMIN, "changed back").await;
}

#[tokio::test]
async fn c3_an_admin_who_signs_in_keeps_it() {
    let house = House::with(short_trial).await;
    let password = fresh_password();
    create(&house.server, ADMIN, "admin", &password);
    let mut portal = Portal::of(&house.server, &house.server);
    let began = portal.open_codes().await;
    sign_in(&mut house.browser(), ADMIN, &password).await.expect_status(303);
    portal.assert_codes(true).await;
    until(began, TRIAL + Duration::from_millis(200)).await;
    portal.assert_codes(true).await;
}

#[tokio::test]
async fn c3_a_change_undoes_itself_on_every_node_of_one_database() {
    let (mail, database) = (SmtpDouble::start(), TestDatabase::create().await);
    let setup = || short_trial(wide_network(Setup::new().mail(&mail).database(&database)));
    let first = setup().start().await;
    first.create_workspace(WORKSPACE, "Acme");
    let mut second = setup().start_beside(&first).await;
    create(&first, ADMIN, "admin", &fresh_password());
    let (mut here, mut there) = (Portal::of(&first, &first), Portal::of(&first, &second));
    let began = here.open_codes().await;
    until(began, Duration::from_secs(2)).await;
    let elsewhere = there.read().await;
    assert_eq!(
        elsewhere.pointer("/settings/staff/email_code"),
        Some(&json!(true)),
        "{elsewhere}"
    );
    until(began, TRIAL + Duration::from_millis(200)).await;
    here.assert_codes(false).await;
    there.assert_codes(false).await;
    mail.wait_for_subject(ADMIN, "changed back").await;
    second.stop();
}

#[tokio::test]
async fn r105_what_shuts_every_admin_out_is_refused_with_names_by_api_and_command() {
    let house = House::new().await;
    create(&house.server, ADMIN, "admin", &fresh_password());
    let mut portal = Portal::of(&house.server, &house.server);
    let before = portal.read().await;
    // Passkeys stay on, and nobody of the staff has one.
    let body = json!({"settings": {"staff.password": false}});
    let refused = portal.ask(Method::PATCH, SETTINGS, Some(body.clone())).await;
    assert_eq!(refused.status, 409, "{}", refused.body());
    assert_eq!(text(&refused, "/locked_out/who"), "every-admin");
    assert_eq!(text(&refused, "/locked_out/admins/0/email"), ADMIN);
    assert_eq!(portal.read().await, before);
    let preview = portal
        .ask(Method::POST, "/api/v1/settings/preview", Some(body))
        .await
        .expect_status(200);
    assert_eq!(text(&preview, "/refused/who"), "every-admin");

    let set = ["settings", "set", "--workspace", WORKSPACE, "staff.password=false"];
    let said = house.server.cli(&set);
    assert!(!said.status.success());
    assert!(said.stderr.contains(ADMIN), "{}", said.stderr);
    assert_eq!(portal.read().await, before);
    let forced = [&set[..], &["--even-if-locked-out"]].concat();
    house.server.cli(&forced).expect_success();
    assert_eq!(
        portal.read().await.pointer("/settings/staff/password"),
        Some(&json!(false))
    );
}

#[tokio::test]
async fn c3_two_changes_at_a_time_do_not_undo_each_other() {
    let house = House::new().await;
    let mut portal = Portal::of(&house.server, &house.server);
    let read = portal.ask(Method::GET, SETTINGS, None).await.expect_status(200);
    let version = text(&read, "/version");
    assert_eq!(read.header("etag"), Some(format!("\"{version}\"").as_str()));
    let change = |key: &str| Some(json!({"version": version, "settings": {key: false}}));
    portal
        .ask(Method::PATCH, SETTINGS, change("customers.email_code"))
        .await
        .expect_status(200);
    let stale = portal.ask(Method::PATCH, SETTINGS, change("customers.passkey")).await;
    assert_eq!(stale.status, 409, "{}", stale.body());
    let now = portal.read().await;
    assert_eq!(
        now.pointer("/version").and_then(Value::as_str),
        Some(text(&stale, "/version").as_str())
    );
    assert_eq!(now.pointer("/settings/customers/email_code"), Some(&json!(false)));
    assert_eq!(now.pointer("/settings/customers/passkey"), Some(&json!(true)));
    let nonsense = Some(json!({"settings": {"staff.password_min_length": 4, "staff.pasword": true}}));
    let refused = portal.ask(Method::PATCH, SETTINGS, nonsense).await;
    assert_eq!(refused.status, 422, "{}", refused.body());
    let problems = refused
        .json()
        .pointer("/problems")
        .and_then(Value::as_array)
        .map(Vec::len);
    assert_eq!(problems, Some(2), "{}", refused.body());
}

#[tokio::test]
async fn r103_who_would_lose_their_last_way_in_is_counted_and_listed() {
    let house = House::new().await;
    house
        .server
        .create_person(WORKSPACE, "eve@acme.test", "=HYPERLINK(\"x\"), Eve", &fresh_password());
    house
        .server
        .create_person(WORKSPACE, "ada@acme.test", "Ada", &fresh_password());
    let mut portal = Portal::of(&house.server, &house.server);
    let body = || Some(json!({"settings": {"customers": {"password": false, "email_code": false}}}));
    let preview = portal
        .ask(Method::POST, "/api/v1/settings/preview", body())
        .await
        .expect_status(200)
        .json();
    let customers = preview.pointer("/customers").expect("customers");
    assert_eq!(customers.pointer("/lose_last"), Some(&json!(2)), "{preview}");
    assert_eq!(
        customers.pointer("/ways/password"),
        Some(&json!({"gain": 0, "keep": 0, "lose": 2})),
        "{preview}"
    );
    assert_eq!(preview.pointer("/staff/looked_at"), Some(&json!(false)));
    let list = portal
        .ask(Method::POST, "/api/v1/settings/preview/list", body())
        .await
        .expect_status(200);
    let lines: Vec<String> = list.body().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0], "id,name,email,role,loses");
    let eve = "\"'=HYPERLINK(\"\"x\"\"), Eve\",eve@acme.test,customer,password email-code";
    assert!(lines.iter().any(|line| line.ends_with(eve)), "{lines:?}");
    let list = portal
        .ask(Method::POST, "/api/v1/settings/preview/list?format=jsonl", body())
        .await
        .expect_status(200);
    let names: Vec<Value> = list
        .body()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["name"].clone())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&json!("Ada")), "{names:?}");
    let settings = portal.read().await;
    assert_eq!(
        settings.pointer("/settings/customers/password"),
        Some(&json!(true)),
        "nothing was changed"
    );
}
