//! B1: address and password.

use doorward_tests::browser::fresh_password;
use serde_json::json;

use super::{ADA, House, INCORRECT, NOBODY, app, refuses, refuses_app, says, sign_in, text, who};

#[tokio::test]
async fn b1_a_right_password_signs_in_and_the_portal_behind_knows_who_it_is() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();

    let home = browser.visit("/").await.expect_status(200);
    assert_eq!(home.html().heading(), "Acme");
    let door = home
        .html()
        .link("Sign in")
        .expect("Sign in at the top right")
        .to_owned();
    let door = browser.visit(&door).await.expect_status(200);
    let page = door.html();
    assert_eq!(page.heading(), "Sign in to Acme");
    assert_eq!(page.field_names(), ["Email address", "Password", "Keep me signed in"]);
    assert_eq!(page.button_names(), ["Sign in", "Email me a sign-in code"]);
    assert!(page.link("Forgot password?").is_some());
    assert!(page.link("Need an account? Sign up.").is_some());
    assert_eq!(
        page.field_attribute("Password", "autocomplete"),
        Some("current-password")
    );

    let typed = [("Email address", ADA), ("Password", password.as_str())];
    let answer = browser.submit_only(&door, "Sign in", &typed).await.expect_status(303);
    let session = &browser.cookies()["doorward_session"];
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(session.has(attribute), "R80 {attribute}: {}", session.header);
    }
    assert!(
        !session.header.to_ascii_lowercase().contains("domain="),
        "{}",
        session.header
    );
    assert!(session.value.len() >= 43, "R78: 256 bits");

    let home = browser.follow(answer).await.expect_status(200);
    assert!(home.html().has_button("Ada"), "{:?}", home.html().button_names());
    assert!(home.html().has_button("Sign out"));
    assert_eq!(home.html().link("Sign in"), None);
    assert_eq!(who(&mut browser).await.as_deref(), Some(ADA));
}

#[tokio::test]
async fn b1_every_failure_has_one_message_and_a_help_code_that_leads_to_its_receipt() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    house.contact("keyless@acme.test");
    house.server.create_person("acme", "gone@acme.test", "Gone", &password);
    house.disable("gone@acme.test");
    for (email, typed, private) in [
        (ADA, "not the password", "wrong-password"),
        (NOBODY, password.as_str(), "unknown-address"),
        ("keyless@acme.test", password.as_str(), "no-password"),
        ("keyless@acme.test", " ", "no-password"),
        ("gone@acme.test", password.as_str(), "user-disabled"),
    ] {
        let mut browser = house.browser();
        let page = sign_in(&mut browser, email, typed).await;
        let help_code = refuses(&page, 401, INCORRECT);
        assert_eq!(page.html().value("Email address").as_deref(), Some(email));
        assert!(!page.body().contains(&password), "a password is never shown again");
        assert!(!browser.cookies().contains_key("doorward_session"));
        let told = house.explain(email);
        assert!(
            told.lines()
                .any(|line| line.contains(&help_code) && line.contains(private)),
            "{help_code} {private}: {told}"
        );
        refuses_app(
            &app(
                &mut house.browser(),
                "/api/v1/sign-in/password",
                json!({"email": email, "password": typed}),
            )
            .await,
            401,
            "invalid-credentials",
        );
    }
}

#[tokio::test]
async fn b1_what_was_not_filled_in_is_said_at_its_field() {
    let house = House::new().await;
    let mut browser = house.browser();
    let long = "x".repeat(257);
    for (email, password, sentence) in [
        ("", "something", "Enter your email address."),
        ("ada", "something", "Enter an email address like name@example.com."),
        (ADA, "", "Enter your password."),
        (ADA, long.as_str(), "Enter a password of at most 256 characters."),
    ] {
        says(&sign_in(&mut browser, email, password).await, 422, sentence);
    }
}

#[tokio::test]
async fn b1_an_app_gets_a_token_that_the_session_check_knows() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    let body = json!({"email": ADA, "password": password, "return_to": "/tickets/7"});
    let page = app(&mut browser, "/api/v1/sign-in/password", body)
        .await
        .expect_status(200);
    assert_eq!(text(&page, "/outcome"), "signed_in");
    assert_eq!(text(&page, "/user/primary_email"), ADA);
    assert_eq!(text(&page, "/workspace/slug"), "acme");
    assert_eq!(text(&page, "/return_to"), "/tickets/7");
    assert!(!text(&page, "/session/expires_at").is_empty());
    let bearer = format!("Bearer {}", text(&page, "/session/token"));
    let mut elsewhere = house.browser();
    assert_eq!(who(&mut elsewhere).await, None);
    elsewhere.always("authorization", &bearer);
    assert_eq!(who(&mut elsewhere).await.as_deref(), Some(ADA));
}

#[tokio::test]
async fn r89_after_five_wrong_passwords_the_page_says_how_long_to_wait_known_address_or_not() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    for email in [ADA, NOBODY] {
        let mut browser = house.browser();
        for _ in 0..5 {
            refuses(&sign_in(&mut browser, email, "not the password").await, 401, INCORRECT);
        }
        let page = sign_in(&mut browser, email, &password).await;
        refuses(&page, 429, "Too many attempts. Try again in 1 minute.");
        let wait: u64 = page.header("retry-after").expect("R94").parse().expect("seconds");
        assert!((1..=30).contains(&wait), "{wait}");
        // The way that is left (R26).
        ask_and_sign_in_by_code(&house, email).await;
    }
}

async fn ask_and_sign_in_by_code(house: &House, email: &str) {
    let mut browser = house.browser();
    let page = super::ask_code(&mut browser, "/sign-in", email)
        .await
        .expect_status(200);
    if email != ADA {
        return;
    }
    let code = house.mail.wait_for_mail(email).await.code();
    let landed = browser.submit(&page, "Continue", &[("Sign-in code", &code)]).await;
    assert_eq!(landed.expect_status(200).path, "/");
}
