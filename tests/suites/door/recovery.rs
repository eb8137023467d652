//! B15: the doors that no setting closes, the backup sign-in and the operator's link, and that they open nothing else.

use doorward_tests::account::{enable_two_factor, set_up};
use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::mask::mask;
use reqwest::Method;
use serde_json::json;

use super::routes::{self, Route, filled};
use super::{ADA, House, INCORRECT, NOBODY, app, limits, path_of, refuses, says, sign_in, who};

const OWNER: &str = "owner@acme.test";
const ADMIN: &str = "mia@acme.test";

async fn backup(browser: &mut Browser, email: &str, password: &str) -> Page {
    let page = browser.visit("/backup-login").await.expect_status(200);
    assert_eq!(page.html().heading(), "Backup sign-in for administrators");
    let typed = [("Email address", email), ("Password", password)];
    browser.submit_only(&page, "Sign in", &typed).await
}

fn set(house: &House, settings: &[&str]) {
    let mut args = vec!["settings", "set", "--workspace", "acme"];
    args.extend(settings);
    house.server.cli(&args).expect_success();
}

/// A house with an owner, an admin, an agent and Ada, all with this password.
async fn staffed() -> (House, String) {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    house.owner(&password).await;
    house.person(ADMIN, "admin", &password);
    house.person("gus@acme.test", "agent", &password);
    (house, password)
}

#[tokio::test]
async fn b15_the_backup_door_lets_admins_in_whatever_is_switched_off_and_down() {
    let (house, password) = staffed().await;
    set(
        &house,
        &[
            "customers.password=false",
            "customers.email_code=false",
            "customers.passkey=false",
        ],
    );
    set(
        &house,
        &["--even-if-locked-out", "staff.email_code=false", "staff.password=false"],
    );
    house.mail.go_away().await;
    let door = house.browser().visit("/sign-in").await.expect_status(200);
    assert!(
        !door.html().has_button("Sign in"),
        "nothing is offered there: {:?}",
        door.html().button_names()
    );
    let body = json!({"email": OWNER, "password": password});
    let told = app(&mut house.browser(), "/api/v1/sign-in/password", body).await;
    assert!(matches!(told.status.as_u16(), 401 | 403), "{}", told.body());
    for email in [OWNER, ADMIN] {
        let mut browser = house.browser();
        let landed = backup(&mut browser, email, &password).await.expect_status(303);
        let mut page = browser.follow(landed).await;
        if page.html().heading() == "Set up two-factor authentication" {
            // SD6: without a second factor one enters on the password and is led to set one up.
            page = browser.submit(&page, "Set up now", &[]).await;
            page = set_up(&mut browser, page, None).await.1;
        }
        assert_eq!(who(&mut browser).await.as_deref(), Some(email), "{}", page.path);
    }
    // Told to all who run the workspace as soon as the password was right, once mail is back.
    house.mail.come_back().await;
    for email in [OWNER, ADMIN] {
        let mail = house
            .mail
            .wait_for_subject(email, "The backup sign-in of Acme was used")
            .await;
        assert!(mail.text().contains("All admins get this mail."), "{}", mail.text());
    }
    for email in [ADA, "gus@acme.test"] {
        let mails = house.mail.every_mail_to(email).await;
        assert!(mails.iter().all(|mail| !mail.subject().contains("backup sign-in")));
    }
}

#[tokio::test]
async fn b15_with_a_second_factor_the_backup_door_asks_for_it() {
    let (house, password) = staffed().await;
    let mut browser = house.browser();
    sign_in(&mut browser, OWNER, &password).await.expect_status(303);
    let mut factor = enable_two_factor(&mut browser).await;
    let mut browser = house.browser();
    let landed = backup(&mut browser, OWNER, &password).await.expect_status(303);
    let page = browser.follow(landed).await.expect_status(200);
    assert_eq!(page.html().heading(), "Two-factor authentication");
    assert_eq!(who(&mut browser).await, None);
    house.mail.wait_for_subject(ADMIN, "backup sign-in").await;
    let wrong = [("Authentication code", factor.phone.wrong_code())];
    let wrong = wrong.each_ref().map(|(label, code)| (*label, code.as_str()));
    let told = browser.submit_only(&page, "Continue", &wrong).await;
    refuses(&told, 401, "That code is not right");
    let code = factor.phone.next_code().await;
    browser
        .submit_only(&told, "Continue", &[("Authentication code", &code)])
        .await
        .expect_status(303);
    assert_eq!(who(&mut browser).await.as_deref(), Some(OWNER));
}

/// Everybody else is told there what a wrong password is told, and nothing links to the page.
#[tokio::test]
async fn b15_nobody_else_comes_in_by_the_backup_door_or_learns_of_it() {
    let (house, password) = staffed().await;
    let mut seen = Vec::new();
    for (email, password) in [
        (NOBODY, password.as_str()),
        (ADA, &password),
        ("gus@acme.test", &password),
        (OWNER, "not the password"),
        (ADMIN, "not the password"),
    ] {
        let mut browser = house.browser();
        let told = backup(&mut browser, email, password).await;
        refuses(&told, 401, INCORRECT);
        assert_eq!(who(&mut browser).await, None);
        seen.push(mask(&told.body(), &[(email, "<address>")]));
    }
    for other in &seen[1..] {
        assert_eq!(&seen[0], other);
    }
    for mails in [
        house.mail.every_mail_to(OWNER).await,
        house.mail.every_mail_to(ADMIN).await,
    ] {
        assert!(
            mails.iter().all(|mail| !mail.subject().contains("backup sign-in")),
            "nobody came in"
        );
    }
    for path in ["/", "/sign-in", "/sign-up", "/forgot-password", "/nothing"] {
        let page = house.browser().visit(path).await;
        assert!(!page.body().contains("backup-login"), "{path} links to the backup door");
    }
}

/// One throttle for both doors (R89, R95, R106).
#[tokio::test]
async fn r95_the_backup_door_and_the_front_door_share_their_budgets() {
    let (house, password) = staffed().await;
    for turn in 0..5 {
        let mut browser = house.browser();
        let told = if turn % 2 == 0 {
            backup(&mut browser, OWNER, "not the password").await
        } else {
            sign_in(&mut browser, OWNER, "not the password").await
        };
        assert_eq!(told.status, 401, "try {turn}");
    }
    refuses(
        &backup(&mut house.browser(), OWNER, &password).await,
        429,
        "Too many attempts.",
    );
    refuses(
        &sign_in(&mut house.browser(), OWNER, &password).await,
        429,
        "Too many attempts.",
    );
}

fn recover(house: &House, email: &str) -> String {
    let made = house
        .server
        .cli(&["recover", "--workspace", "acme", email])
        .expect_success();
    let link = made.stdout.trim().to_owned();
    assert!(
        link.starts_with("http") && !link.contains(char::is_whitespace),
        "alone on standard output: {}",
        made.stdout
    );
    link
}

/// Opens the operator's link and presses its button; answers the page that follows.
async fn recovered(house: &House, browser: &mut Browser, link: &str) -> Page {
    let page = browser.visit(&path_of(browser, link)).await.expect_status(200);
    assert_eq!(page.html().heading(), "Get back in");
    assert!(!page.path.contains(link.rsplit('/').next().unwrap_or("?")), "R36");
    assert!(
        house
            .server
            .log()
            .lines()
            .all(|line| !line.contains(link.rsplit('/').next().unwrap_or("?")))
    );
    browser.submit(&page, "Continue", &[]).await
}

#[tokio::test]
async fn b15_the_operators_link_sets_a_password_and_a_second_factor_and_nothing_else() {
    let (mut house, password) = staffed().await;
    let mut browser = house.browser();
    sign_in(&mut browser, OWNER, &password).await.expect_status(303);
    let lost = enable_two_factor(&mut browser).await;
    let link = recover(&house, OWNER);
    for email in [OWNER, ADMIN] {
        house.mail.wait_for_subject(email, "A recovery link was made").await;
    }
    // Nothing of it is in a node: it is killed between each two steps.
    house.server.restart().await;
    let mut scanner = house.browser();
    for _ in 0..3 {
        scanner.visit(&path_of(&scanner, &link)).await.expect_status(200);
    }
    let mut fresh_browser = house.browser();
    let page = recovered(&house, &mut fresh_browser, &link).await.expect_status(200);
    house
        .mail
        .wait_for_subject(ADMIN, "A recovery link of Acme was used")
        .await;
    assert_eq!(who(&mut fresh_browser).await, None, "it opens no session");
    house.server.restart().await;
    crawl(&house, &mut fresh_browser, &page).await;
    let gone = house.browser().visit(&path_of(&browser, &link)).await;
    says(&gone, 410, "This link doesn’t work any more");

    let new = fresh_password();
    let page = fresh_browser
        .submit(&page, "Set password", &[("New password", &new)])
        .await
        .expect_status(200);
    assert_eq!(who(&mut browser).await, None, "all sessions are over");
    let key = fresh_browser
        .submit(&page, "Set up two-factor authentication again", &[])
        .await
        .expect_status(200);
    let (mut factor, page) = set_up(&mut fresh_browser, key, Some(&lost.phone)).await;
    assert_eq!(page.html().heading(), "Get back in", "{}", page.path);
    let door = fresh_browser
        .submit(&page, "Continue to sign in", &[])
        .await
        .expect_status(200);
    assert!(door.path.starts_with("/sign-in"), "{}", door.path);
    assert_eq!(who(&mut fresh_browser).await, None, "she signs in as always");
    let typed = [("Email address", OWNER), ("Password", new.as_str())];
    let step = fresh_browser.submit(&door, "Sign in", &typed).await.expect_status(200);
    let old = lost.codes[0].clone();
    let told = fresh_browser
        .submit_only(&step, "Continue", &[("Authentication code", &old)])
        .await;
    refuses(&told, 401, "That code is not right");
    let code = factor.phone.next_code().await;
    fresh_browser
        .submit_only(&told, "Continue", &[("Authentication code", &code)])
        .await
        .expect_status(303);
    assert_eq!(who(&mut fresh_browser).await.as_deref(), Some(OWNER));
    refuses(&sign_in(&mut house.browser(), OWNER, &password).await, 401, INCORRECT);
}

/// The attempt reaches its own pages and no other (R73).
async fn crawl(house: &House, browser: &mut Browser, page: &Page) {
    let flow = page
        .path
        .split("flow=")
        .nth(1)
        .and_then(|rest| rest.split('&').next())
        .expect("the attempt stands in the address")
        .to_owned();
    let form = page.html().submission("Continue to sign in", &[]).fields;
    for Route { method, path } in routes::pages() {
        if path.starts_with("/recover") || path == "/sign-out" {
            continue;
        }
        let path = filled(&path);
        let told = if method == "GET" {
            browser.visit(&format!("{path}?flow={flow}")).await
        } else {
            let mut fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
            fields.extend([
                ("name", "Eve"),
                ("new_password", "another password entirely"),
                ("email", "eve@evil.test"),
                ("code", "000000"),
            ]);
            browser.post(&path, &fields).await
        };
        assert!(!told.status.is_server_error(), "{method} {path}: {}", told.status);
        if path.starts_with("/account") {
            let away = told.location().is_some_and(|to| to.starts_with("/sign-in"));
            let elsewhere = told.path.starts_with("/sign-in") || told.status.is_client_error();
            assert!(
                away || elsewhere,
                "{method} {path} was reached: {} {:?}",
                told.status,
                told.location()
            );
        }
        assert!(!told.body().contains("Edit profile"), "{method} {path} greets somebody");
        assert_eq!(who(browser).await, None, "{method} {path} signed in");
    }
    let mut machine = house.browser();
    for Route { method, path } in routes::api(&mut machine).await {
        if method == "GET" && path.ends_with("openapi.json") {
            continue;
        }
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let body = json!({"flow": flow, "code": "000000", "password": "another password entirely"});
        let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
        for client in [&mut machine, &mut *browser] {
            let body = if method == Method::GET {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            };
            let told = client.send(method.clone(), &filled(&path), &headers, body).await;
            let harmless = told.status == 202
                || path == "/api/v1/sign-in/passkey/options"
                || path == "/api/v1/sign-in/methods"
                || path == "/api/v1/sign-in/help";
            assert!(
                told.status.is_client_error() || harmless,
                "{method} {path}: {} {}",
                told.status,
                told.body()
            );
        }
    }
    // Another browser with the attempt's number has nothing.
    let stolen = house.browser().visit(&page.path).await;
    assert_ne!(stolen.status, 200, "{}", stolen.html().text());
}

#[tokio::test]
async fn b15_the_operators_link_is_for_those_who_run_the_workspace_and_good_once() {
    let (house, _) = staffed().await;
    for email in [ADA, "gus@acme.test", NOBODY, "nonsense"] {
        let told = house.server.cli(&["recover", "--workspace", "acme", email]);
        assert!(!told.status.success(), "{email}");
        assert!(
            told.stdout.trim().is_empty() && !told.stderr.trim().is_empty(),
            "{email}: {told:?}"
        );
    }
    assert!(
        !house
            .server
            .cli(&["recover", "--workspace", "nowhere", OWNER])
            .status
            .success()
    );
    house.disable(ADMIN);
    assert!(
        !house
            .server
            .cli(&["recover", "--workspace", "acme", ADMIN])
            .status
            .success()
    );
    // Only the newest counts.
    let (first, second) = (recover(&house, OWNER), recover(&house, OWNER));
    let mut browser = house.browser();
    let gone = browser.visit(&path_of(&browser, &first)).await;
    assert_eq!(gone.status, 410, "{}", gone.html().text());
    recovered(&house, &mut browser, &second).await.expect_status(200);
    let gone = house.browser().visit(&path_of(&browser, &second)).await;
    assert_eq!(gone.status, 410);
    let bad = house.browser().visit("/recover/A1b2C3d4").await;
    assert_eq!(bad.status, 410);
    let told = app(
        &mut house.browser(),
        "/api/v1/password-reset/confirm",
        json!({
            "token": second.rsplit('/').next().unwrap_or_default(), "password": fresh_password(),
        }),
    )
    .await;
    assert!(told.status.is_client_error(), "R25: {}", told.body());
}

#[tokio::test]
async fn r106_the_operators_link_runs_out() {
    let house = House::with(|setup| limits(setup, &[("RECOVER_LINK_LIFETIME_SECONDS", "60")])).await;
    let link = recover(&house, OWNER);
    let mut browser = house.browser();
    browser.visit(&path_of(&browser, &link)).await.expect_status(200);
    let mut database = house.server.sqlite().await;
    // As if it had been made an hour ago: nothing but time differs.
    let moved = sqlx::query("UPDATE links SET expires_at = expires_at - 3600000000 WHERE purpose = 'recover'")
        .execute(&mut database)
        .await
        .expect("links can be aged")
        .rows_affected();
    assert_eq!(moved, 1);
    let gone = browser.visit(&path_of(&browser, &link)).await;
    says(&gone, 410, "This link doesn’t work any more");
}
