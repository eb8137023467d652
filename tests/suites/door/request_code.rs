//! B2, the first half: asking for a code.

use std::time::Duration;

use doorward_tests::browser::fresh_password;
use serde_json::json;

use super::{ADA, House, NOBODY, app, ask_code, refuses, refuses_app, says, text};

#[tokio::test]
async fn b2_the_page_says_where_the_code_went_and_when_another_can_be_asked_for() {
    let house = House::new().await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let page = ask_code(&mut browser, "/sign-in", ADA).await;
    says(&page, 200, "We have sent a message to a•••@a•••.test.");
    let html = page.html();
    assert_eq!(html.heading(), "Check your email");
    assert_eq!(html.field_names(), ["Sign-in code"]);
    assert_eq!(
        html.field_attribute("Sign-in code", "autocomplete"),
        Some("one-time-code")
    );
    assert!(html.has_button("Continue"));
    assert!(html.is_disabled("Resend code"), "during the wait");
    assert!(
        html.text().contains("You can ask for another code in "),
        "{}",
        html.text()
    );
    assert!(html.link("Use another address").is_some());
    assert!(!page.body().contains(ADA), "the address is masked");

    let mail = house.mail.wait_for_mail(ADA).await;
    assert_eq!(mail.subject(), "Your Acme sign-in code");
    assert_eq!(mail.code().len(), 7);
    assert!(mail.text().contains("If this wasn’t you"), "{}", mail.text());
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert!(mail.html().contains(&mail.code()));
}

#[tokio::test]
async fn b16_an_unknown_address_gets_a_mail_that_says_so_and_how_to_get_an_account() {
    let house = House::new().await;
    let page = ask_code(&mut house.browser(), "/sign-in", NOBODY).await;
    says(&page, 200, "We have sent a message to n•••@a•••.test.");
    let mail = house.mail.wait_for_mail(NOBODY).await;
    assert_eq!(mail.subject(), "No Acme account for this address");
    assert_eq!(mail.link(), house.server.url("acme", "/sign-up"));
}

#[tokio::test]
async fn r27_inside_the_wait_asking_again_shows_the_same_page_and_sends_nothing() {
    let house = House::new().await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let first = ask_code(&mut browser, "/sign-in", ADA).await.expect_status(200);
    let again = ask_code(&mut browser, "/sign-in", ADA).await.expect_status(200);
    assert_eq!(again.path, first.path, "the attempt goes on");
    assert!(again.html().is_disabled("Resend code"));
    let other = app(&mut house.browser(), "/api/v1/sign-in/code", json!({"email": ADA})).await;
    assert_eq!(text(&other.clone().expect_status(202), "/outcome"), "code_sent");
    let wait = other.json()["resend_in"].as_u64().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    // The outbox is looked at when a mail is promised, so a second one would come as fast as the first.
    house.mail.wait_for_mail(ADA).await;
    assert_eq!(mails_after(&house, ADA, Duration::from_millis(700)).await, 1);
}

#[tokio::test]
async fn r27_the_fourth_code_in_a_quarter_of_an_hour_is_refused_known_address_or_not() {
    let house = House::with(|setup| {
        setup
            .env("DOORWARD_LIMITS__CODE_RESEND_WAIT_SECONDS", "0")
            .env("DOORWARD_LIMITS__CODE_RESEND_WAIT_NEXT_SECONDS", "0")
    })
    .await;
    house.ada(&fresh_password());
    for email in [ADA, NOBODY] {
        for _ in 0..3 {
            ask_code(&mut house.browser(), "/sign-in", email)
                .await
                .expect_status(200);
        }
        let page = ask_code(&mut house.browser(), "/sign-in", email).await;
        refuses(&page, 429, "Too many attempts. Try again in 15 minutes.");
        assert!(page.header("retry-after").is_some());
        let page = app(&mut house.browser(), "/api/v1/sign-in/code", json!({"email": email})).await;
        refuses_app(&page, 429, "try-later");
        house.mail.wait_for_mails(email, 3).await;
        assert_eq!(mails_after(&house, email, Duration::from_millis(300)).await, 3);
    }
}

/// How many mails there are to an address once no more come.
async fn mails_after(house: &House, email: &str, quiet: Duration) -> usize {
    super::until(std::time::Instant::now(), quiet).await;
    house.mail.mails_to(email).await.len()
}
