//! B14, the second half: choosing a new password by the mailed link.

use std::time::{Duration, Instant};

use doorward_tests::browser::{Browser, Page, fresh_password};
use serde_json::json;

use super::{ADA, House, INCORRECT, app, ask_reset, path_of, refuses, refuses_app, says, sign_in, until, who};

const OVER: &str = "It has been used, it is too old, or part of it is missing. A new one takes a minute.";

async fn open(browser: &mut Browser, link: &str) -> Page {
    let path = path_of(browser, link);
    browser.visit(&path).await
}

#[tokio::test]
async fn b14_a_new_password_ends_every_session_and_voids_every_link() {
    let house = House::without_waits().await;
    let (old, new) = (fresh_password(), fresh_password());
    house.ada(&old);
    let mut elsewhere = house.browser();
    sign_in(&mut elsewhere, ADA, &old).await.expect_status(303);
    for _ in 0..2 {
        ask_reset(&mut house.browser(), ADA).await.expect_status(200);
    }
    let mails = house.mail.wait_for_mails(ADA, 2).await;
    let links = [mails[0].link(), mails[1].link()];

    // Whatever a mail scanner does changes nothing (R34), and the token leaves the address bar at once (R36).
    let mut scanner = house.browser();
    for _ in 0..5 {
        let path = path_of(&scanner, &links[0]);
        let moved = scanner.get(&path).await.expect_status(303);
        assert_eq!(moved.location(), Some("/reset-password"));
        assert_eq!(moved.header("referrer-policy"), Some("no-referrer"));
        let page = scanner.follow(moved).await.expect_status(200);
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let headers = [("sec-fetch-site", "none")];
        scanner.send(reqwest::Method::HEAD, &path, &headers, Vec::new()).await;
    }
    assert_eq!(who(&mut elsewhere).await.as_deref(), Some(ADA));

    let mut browser = house.browser();
    let page = open(&mut browser, &links[0]).await.expect_status(200);
    assert_eq!(page.html().heading(), "Choose a new password");
    assert_eq!(page.html().field_names(), ["New password"]);
    assert_eq!(
        page.html().field_attribute("New password", "autocomplete"),
        Some("new-password")
    );
    let told = browser
        .submit_only(&page, "Set password", &[("New password", "short")])
        .await;
    says(&told, 422, "Enter a password of at least 12 characters.");
    let done = browser.submit(&page, "Set password", &[("New password", &new)]).await;
    says(&done, 200, "Codes sent to a•••@a•••.test");
    assert_eq!(done.html().heading(), "Your password is set");
    assert_eq!(who(&mut browser).await, None, "R38: one signs in normally afterwards");
    assert_eq!(who(&mut elsewhere).await, None, "R38: every other session is over");

    refuses(&sign_in(&mut house.browser(), ADA, &old).await, 401, INCORRECT);
    sign_in(&mut house.browser(), ADA, &new).await.expect_status(303);
    let notice = house.mail.wait_for_mails(ADA, 3).await;
    assert_eq!(notice[2].subject(), "Your Acme password was changed");
    let told = open(&mut house.browser(), &links[1]).await;
    says(&told, 410, OVER);
}

#[tokio::test]
async fn b14_a_link_that_is_spent_too_old_cut_off_or_made_up_is_told_on_one_page() {
    let house = House::with(|setup| setup.env("DOORWARD_LIMITS__RESET_LINK_LIFETIME_SECONDS", "4")).await;
    house.ada(&fresh_password());
    ask_reset(&mut house.browser(), ADA).await.expect_status(200);
    let link = house.mail.wait_for_mail(ADA).await.link();
    let arrived = Instant::now();
    let mut holder = house.browser();
    let form = open(&mut holder, &link).await.expect_status(200);

    let cut = &link[..link.len() - 5];
    let forged = format!("{}{}", cut, "AAAAA");
    for link in [cut, &forged] {
        says(&open(&mut house.browser(), link).await, 410, OVER);
    }
    says(&house.browser().visit("/reset-password").await, 410, OVER);
    until(arrived, Duration::from_secs(4)).await;
    let told = open(&mut house.browser(), &link).await;
    says(&told, 410, OVER);
    assert!(told.html().link("Get a new link").is_some());
    let told = holder
        .submit_only(&form, "Set password", &[("New password", &fresh_password())])
        .await;
    says(&told, 410, OVER);
}

#[tokio::test]
async fn b14_an_app_sets_a_new_password_once() {
    let house = House::new().await;
    let new = fresh_password();
    house.ada(&fresh_password());
    let mut browser = house.browser();
    app(&mut browser, "/api/v1/password-reset", json!({"email": ADA}))
        .await
        .expect_status(202);
    let link = house.mail.wait_for_mail(ADA).await.link();
    let token = link.rsplit('/').next().expect("a token");
    let body = json!({"token": token, "password": new});
    let set = app(&mut browser, "/api/v1/password-reset/confirm", body.clone()).await;
    assert_eq!(set.status, 204, "{}", set.body());
    let again = app(&mut browser, "/api/v1/password-reset/confirm", body).await;
    refuses_app(&again, 410, "link-invalid");
    sign_in(&mut house.browser(), ADA, &new).await.expect_status(303);
}
