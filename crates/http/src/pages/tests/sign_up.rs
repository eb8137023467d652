//! A3: making an account by oneself.

use std::sync::atomic::Ordering;

use doorward_domain::settings::SignUpRule;
use doorward_domain::testing::PASSWORD;

use super::house::{House, Plan};

const VERIFY: &str = "/sign-up/verify";

fn typed<'a>(name: &'a str, email: &'a str, password: &'a str) -> [(&'a str, &'a str); 3] {
    [("name", name), ("email", email), ("password", password)]
}

#[tokio::test]
async fn a3_an_account_comes_into_being_when_the_mailbox_is_proved() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.get("/sign-up?return_to=/tickets/7").await;
    for control in [
        "Create your account",
        "Full name",
        "Email address",
        "Password",
        ">Sign up<",
    ] {
        page.shows(200, control);
    }
    let fields = typed("Jo Doe", "jo@example.com", PASSWORD);
    let sent = browser.fill(&page, "/sign-up", "/sign-up", &fields).await;
    assert!(sent.location().starts_with("/sign-up/verify?flow="));
    assert_eq!(house.promised.load(Ordering::Relaxed), 1);
    assert!(house.given.store.people().is_empty());
    let page = browser.follow(&sent).await;
    page.shows(200, "Verification code");
    let wrong = house.wrong_code("jo@example.com");
    let refused = browser.fill(&page, VERIFY, VERIFY, &[("code", &wrong)]).await;
    refused.shows(401, "4 more tries");
    house.wait(31);
    let again = format!("{VERIFY}/resend");
    let resent = browser.fill(&refused, &again, &again, &[]).await;
    let page = browser.follow(&resent).await;
    let code = house.code("jo@example.com");
    let answer = browser.fill(&page, VERIFY, VERIFY, &[("code", &code)]).await;
    assert_eq!(answer.location(), "/tickets/7");
    browser.get("/").await.shows(200, "Jo Doe");
}

#[tokio::test]
async fn what_will_not_do_is_told_at_its_field_and_nothing_typed_is_lost() {
    let house = House::new().await;
    let mut browser = house.browser();
    for (fields, sentences) in [
        (
            typed("", "", ""),
            vec!["Enter your name.", "Enter your email address.", "Enter a new password."],
        ),
        (typed(" \t ", "jo@example.com", PASSWORD), vec!["Enter your name."]),
        (
            typed("Jo\u{7}", "jo@example.com", PASSWORD),
            vec!["Enter a name without control characters."],
        ),
        (
            typed("Jo", "jo@example.com", "short"),
            vec!["Enter a password of at least 12 characters."],
        ),
        (
            typed("Jo", "jo@example.com", "password1234"),
            vec!["That password is on a list of common passwords"],
        ),
    ] {
        let answer = browser.open_and_fill("/sign-up", "/sign-up", &fields).await;
        for sentence in sentences {
            answer.shows(422, sentence);
        }
        assert_eq!(answer.value_of("email").unwrap_or_default(), fields[1].1);
        assert_eq!(answer.value_of("password"), None);
    }
    let long = "x".repeat(201);
    let answer = browser
        .open_and_fill("/sign-up", "/sign-up", &typed(&long, "jo@example.com", PASSWORD))
        .await;
    answer.shows(422, "Enter a name of at most 200 characters.");
    assert_eq!(answer.value_of("name"), Some(long));
    assert!(house.given.store.flows().is_empty());
    assert!(house.given.store.outbox().is_empty());
}

#[tokio::test]
async fn r83_an_expired_form_keeps_name_and_address() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.get("/sign-up?return_to=/tickets/7").await;
    browser.jar.clear();
    let fields = typed("Jo Doe", "jo@example.com", PASSWORD);
    let expired = browser.fill(&page, "/sign-up", "/sign-up", &fields).await;
    expired.shows(403, "This page was open for a while");
    assert_eq!(expired.value_of("name").as_deref(), Some("Jo Doe"));
    assert_eq!(expired.value_of("email").as_deref(), Some("jo@example.com"));
    assert!(!expired.body.contains(PASSWORD));
    assert!(house.given.store.flows().is_empty());
    let sent = browser.fill(&expired, "/sign-up", "/sign-up", &fields).await;
    assert!(sent.location().ends_with("&return_to=%2Ftickets%2F7"));
}

#[tokio::test]
async fn a_closed_workspace_says_so() {
    let house = House::with(Plan {
        change: |workspace| workspace.security.sign_up = SignUpRule::Closed,
        ..Plan::default()
    })
    .await;
    let mut browser = house.browser();
    browser
        .get("/sign-up")
        .await
        .shows(403, "New accounts can’t be made here.");
    let page = browser.get("/forgot-password").await;
    let mut fields = page.hidden("/forgot-password");
    for (name, value) in typed("Jo", "jo@example.com", PASSWORD) {
        fields.push((name.to_owned(), value.to_owned()));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let refused = browser.post("/sign-up", &fields).await;
    refused.shows(403, "data-reason=\"sign-up-closed\"");
    refused.shows(403, &house.last_help_code());
}

#[tokio::test]
async fn sign_up_for_some_domains_names_them() {
    let house = House::with(Plan {
        change: |workspace| {
            workspace.security.sign_up = SignUpRule::Domains {
                domains: vec!["acme.example".to_owned()],
            };
        },
        ..Plan::default()
    })
    .await;
    let mut browser = house.browser();
    browser.get("/sign-up").await.shows(200, "acme.example");
    let refused = browser
        .open_and_fill("/sign-up", "/sign-up", &typed("Jo", "jo@example.com", PASSWORD))
        .await;
    refused.shows(403, "data-reason=\"sign-up-closed\"");
    let sent = browser
        .open_and_fill("/sign-up", "/sign-up", &typed("Jo", "jo@acme.example", PASSWORD))
        .await;
    assert!(sent.location().starts_with(VERIFY));
}

#[tokio::test]
async fn an_attempt_that_is_over_leads_back_to_the_form() {
    let house = House::new().await;
    let mut browser = house.browser();
    let fields = typed("Jo Doe", "jo@example.com", PASSWORD);
    let sent = browser
        .open_and_fill("/sign-up?return_to=/t", "/sign-up", &fields)
        .await;
    house.wait(1_801);
    let over = browser.follow(&sent).await;
    over.shows(410, "This has taken a while");
    assert_eq!(over.value_of("email").as_deref(), Some("jo@example.com"));
    let sent = browser.fill(&over, "/sign-up", "/sign-up", &fields).await;
    assert!(sent.location().ends_with("&return_to=%2Ft"));
}
