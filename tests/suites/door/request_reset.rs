//! B14, the first half: asking for a link that sets a new password.

use doorward_tests::browser::fresh_password;
use serde_json::json;

use super::{ADA, House, NOBODY, app, ask_reset, refuses, refuses_app, says, text};

#[tokio::test]
async fn b14_forgot_password_mails_a_link_to_whoever_has_an_account() {
    let house = House::new().await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let door = browser.visit("/sign-in").await;
    let link = door.html().link("Forgot password?").expect("the link").to_owned();
    let page = browser.visit(&link).await.expect_status(200);
    assert_eq!(page.html().heading(), "Forgot your password?");
    let sent = browser
        .submit(&page, "Send reset email", &[("Email address", ADA)])
        .await;
    says(&sent, 200, "We have sent a message to a•••@a•••.test.");
    assert!(!sent.body().contains(ADA));
    let mail = house.mail.wait_for_mail(ADA).await;
    assert_eq!(mail.subject(), "Choose a new password for Acme");
    let start = house.server.url("acme", "/reset-password/");
    let token = mail
        .link()
        .strip_prefix(&start)
        .expect("R35: a link of this workspace")
        .to_owned();
    assert_eq!(token.len(), 43, "R31: 256 bits");

    let told = ask_reset(&mut house.browser(), NOBODY).await;
    says(&told, 200, "We have sent a message to n•••@a•••.test.");
    let mail = house.mail.wait_for_mail(NOBODY).await;
    assert_eq!(mail.subject(), "No Acme account for this address");
}

#[tokio::test]
async fn r39_one_request_names_one_address() {
    let house = House::new().await;
    let mut browser = house.browser();
    for several in [
        "ada@acme.test,eve@evil.test",
        "ada@acme.test;eve@evil.test",
        "ada@acme.test eve@evil.test",
    ] {
        let told = ask_reset(&mut browser, several).await;
        says(&told, 422, "Enter one email address only.");
        let told = app(&mut browser, "/api/v1/password-reset", json!({"email": several})).await;
        assert_eq!(told.status, 422, "{}", told.body());
    }
    let told = app(
        &mut browser,
        "/api/v1/password-reset",
        json!({"email": [ADA, "eve@evil.test"]}),
    )
    .await;
    assert_eq!(told.status, 422, "{}", told.body());
    let page = browser.visit("/forgot-password").await;
    let form = page.html().submission("Send reset email", &[("Email address", ADA)]);
    let mut fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    fields.push(("email", "eve@evil.test"));
    assert_eq!(browser.post("/forgot-password", &fields).await.status, 400);
    assert!(house.mail.report().await.mails.is_empty());
}

#[tokio::test]
async fn r89_the_fourth_reset_in_a_quarter_of_an_hour_is_refused_known_address_or_not() {
    let house = House::new().await;
    house.ada(&fresh_password());
    for email in [ADA, NOBODY] {
        for _ in 0..3 {
            ask_reset(&mut house.browser(), email).await.expect_status(200);
        }
        let told = ask_reset(&mut house.browser(), email).await;
        refuses(&told, 429, "Too many attempts. Try again in 15 minutes.");
        assert!(told.header("retry-after").is_some());
        let told = app(&mut house.browser(), "/api/v1/password-reset", json!({"email": email})).await;
        refuses_app(&told, 429, "try-later");
    }
}

#[tokio::test]
async fn b14_an_app_asks_for_a_link() {
    let house = House::new().await;
    house.ada(&fresh_password());
    for email in [ADA, NOBODY] {
        let told = app(&mut house.browser(), "/api/v1/password-reset", json!({"email": email})).await;
        let masked = format!("{}•••@a•••.test", &email[..1]);
        assert_eq!(text(&told.expect_status(202), "/sent_to"), masked);
        house.mail.wait_for_mail(email).await;
    }
}
