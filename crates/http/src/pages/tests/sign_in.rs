//! B1, B13 and signing out.

use doorward_domain::testing::PASSWORD;
use http::Method;
use http::header::{LOCATION, RETRY_AFTER};

use super::house::{House, Plan};

#[tokio::test]
async fn b1_a_person_signs_in_and_lands_where_they_were_going() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get("/sign-in?return_to=/tickets/7?a=b%26c").await;
    page.shows(200, "Sign in to Acme Help");
    for control in [
        "Email address",
        "Password",
        ">Sign in<",
        "Email me a sign-in code",
        "Forgot password?",
    ] {
        page.shows(200, control);
    }
    page.shows(200, "Need an account? Sign up.");
    let typed = [("email", "Jo@Example.com"), ("password", PASSWORD)];
    let answer = browser.fill(&page, "/sign-in", "/sign-in", &typed).await;
    assert_eq!(answer.location(), "/tickets/7?a=b&c");
    assert!(browser.is_signed_in().await);
    let home = browser.get("/").await;
    home.shows(200, "<bdi>jo</bdi>");
    home.shows(200, "Sign out");
    assert!(!home.body.contains("class=\"sign-in\""));
    let on = browser.get("/sign-in?return_to=/tickets/8").await;
    assert_eq!(on.location(), "/tickets/8");
}

#[tokio::test]
async fn r80_cookies_are_host_only_and_the_session_goes_with_the_browser() {
    let house = House::with(Plan {
        public_url: "https://help.example",
        ..Plan::default()
    })
    .await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get("/sign-in").await;
    let [mark] = page.cookies()[..] else {
        panic!("one cookie: {:?}", page.cookies())
    };
    assert!(mark.starts_with("__Host-doorward_browser="));
    assert!(mark.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
    let typed = [("email", "jo@example.com"), ("password", PASSWORD)];
    let answer = browser.fill(&page, "/sign-in", "/sign-in", &typed).await;
    let [session, device, last_used] = answer.cookies()[..] else {
        panic!("three cookies: {:?}", answer.cookies())
    };
    assert!(last_used.starts_with("__Host-doorward_last_used=password; "));
    assert!(session.starts_with("__Host-doorward_session="));
    assert!(
        session.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
        "{session}"
    );
    assert!(device.starts_with("__Host-doorward_device="));
    assert!(device.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=31536000"));
    for cookie in answer.cookies() {
        assert!(!cookie.contains("Domain"));
    }
}

#[tokio::test]
async fn b13_a_wrong_password_keeps_address_and_destination_and_tells_a_help_code() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get("/sign-in?return_to=/tickets/7").await;
    let typed = [("email", "jo@example.com"), ("password", "not this one <b>")];
    let refused = browser.fill(&page, "/sign-in", "/sign-in", &typed).await;
    refused.shows(401, "Email address or password is incorrect.");
    refused.shows(401, &house.last_help_code());
    refused.shows(401, "data-reason=\"invalid-credentials\"");
    assert_eq!(refused.value_of("email").as_deref(), Some("jo@example.com"));
    assert_eq!(refused.value_of("password"), None);
    assert!(!refused.body.contains("not this one"));
    assert!(refused.cookies().is_empty());
    let typed = [("email", "jo@example.com"), ("password", PASSWORD)];
    let answer = browser.fill(&refused, "/sign-in", "/sign-in", &typed).await;
    assert_eq!(answer.location(), "/tickets/7");
}

#[tokio::test]
async fn r42_a_destination_elsewhere_becomes_the_home_page() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    for (said, expected) in [
        ("//evil.example", "/"),
        ("https://evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("%", "/"),
        ("http://acme.localhost:8080/tickets/7", "/tickets/7"),
        ("http://acme.localhost:8080.evil.example/", "/"),
        ("http://acme.localhost:8080@evil.example/", "/"),
        ("http://other.localhost:8080/x", "/"),
    ] {
        let mut browser = house.browser();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("return_to", said);
        let path = format!("/sign-in?{}", query.finish());
        let typed = [("email", "jo@example.com"), ("password", PASSWORD)];
        let answer = browser.open_and_fill(&path, "/sign-in", &typed).await;
        assert_eq!(answer.location(), expected, "{said}");
        // What a form says is no more trusted than what an address says.
        let mut browser = house.browser();
        let page = browser.get("/sign-in").await;
        let typed = [("email", "jo@example.com"), ("password", PASSWORD), ("return_to", said)];
        let answer = browser.fill(&page, "/sign-in", "/sign-in", &typed).await;
        assert_eq!(answer.location(), expected, "{said}");
    }
    let mut browser = house.browser();
    browser
        .get("/sign-in?return_to=/a&return_to=/b")
        .await
        .shows(200, "Sign in to");
}

#[tokio::test]
async fn empty_and_malformed_fields_are_told_each() {
    let house = House::new().await;
    let mut browser = house.browser();
    for (email, password, sentences) in [
        ("", "", vec!["Enter your email address.", "Enter your password."]),
        ("jo@", "x", vec!["Enter an email address like name@example.com."]),
        (
            "a@example.com, b@example.com",
            "x",
            vec!["Enter one email address only."],
        ),
        (
            "jo@example.com",
            &"x".repeat(257),
            vec!["Enter a password of at most 256 characters."],
        ),
    ] {
        let typed = [("email", email), ("password", password)];
        let answer = browser.open_and_fill("/sign-in", "/sign-in", &typed).await;
        for sentence in sentences {
            answer.shows(422, sentence);
        }
        assert_eq!(answer.value_of("email").unwrap_or_default(), email);
    }
    let page = browser.get("/sign-in").await;
    let typed = [("email", "nonsense"), ("password", "")];
    let answer = browser.fill(&page, "/sign-in", "/sign-in/code/send", &typed).await;
    answer.shows(422, "Enter an email address like name@example.com.");
    assert!(!answer.body.contains("Enter your password."));
    assert!(house.given.store.receipts().is_empty());
}

#[tokio::test]
async fn r94_too_many_tries_are_told_with_the_wait() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    for _ in 0..5 {
        assert_eq!(browser.sign_in("jo@example.com", "wrong").await.status, 401);
    }
    let refused = browser.sign_in("jo@example.com", PASSWORD).await;
    refused.shows(429, "Too many attempts. Try again in 1 minute.");
    refused.shows(429, "data-reason=\"try-later\"");
    let wait: u64 = refused.headers[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    house.wait(wait);
    assert_eq!(browser.sign_in("jo@example.com", PASSWORD).await.location(), "/");
}

#[tokio::test]
async fn r83_an_expired_form_keeps_what_was_typed_and_tries_nothing() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let typed = [("email", "jo@example.com"), ("password", PASSWORD)];
    for action in ["/sign-in", "/sign-in/code/send"] {
        let mut browser = house.browser();
        let page = browser.get("/sign-in?return_to=/tickets/7").await;
        browser.jar.clear();
        let expired = browser.fill(&page, "/sign-in", action, &typed).await;
        expired.shows(403, "This page was open for a while");
        assert_eq!(expired.value_of("email").as_deref(), Some("jo@example.com"));
        assert!(!expired.body.contains(PASSWORD));
        assert!(house.given.store.receipts().is_empty());
        let hidden = expired.hidden("/sign-in");
        assert!(hidden.contains(&("return_to".to_owned(), "/tickets/7".to_owned())));
    }
    let mut browser = house.browser();
    let page = browser.get("/sign-in?return_to=/tickets/7").await;
    browser.jar.clear();
    let expired = browser.fill(&page, "/sign-in", "/sign-in", &typed).await;
    let answer = browser.fill(&expired, "/sign-in", "/sign-in", &typed).await;
    assert_eq!(answer.location(), "/tickets/7");
}

#[tokio::test]
async fn r83_another_site_cannot_send_our_forms() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get("/sign-in").await;
    browser.extra = vec![("sec-fetch-site", "cross-site".to_owned())];
    let typed = [("email", "jo@example.com"), ("password", PASSWORD)];
    let refused = browser.fill(&page, "/sign-in", "/sign-in", &typed).await;
    refused.shows(403, "open to you");
    assert!(house.given.store.receipts().is_empty());
}

#[tokio::test]
async fn a3_a_right_password_over_an_unproved_mailbox_leads_to_the_code_page() {
    let house = House::new().await;
    house.given.unproved("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get("/sign-in?return_to=/tickets/7").await;
    let typed = [("email", "jo@example.com"), ("password", PASSWORD)];
    let sent = browser.fill(&page, "/sign-in", "/sign-in", &typed).await;
    assert!(sent.location().starts_with("/sign-in/code?flow="));
    let page = browser.follow(&sent).await;
    let code = house.code("jo@example.com");
    let answer = browser
        .fill(&page, "/sign-in/code", "/sign-in/code", &[("code", &code)])
        .await;
    assert_eq!(answer.location(), "/tickets/7");
}

#[tokio::test]
async fn r79_signing_in_again_ends_the_session_before() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get("/sign-in").await;
    browser.sign_in("jo@example.com", PASSWORD).await;
    let before = browser.clone();
    let typed = [("email", "jo@example.com"), ("password", PASSWORD)];
    let answer = browser.fill(&page, "/sign-in", "/sign-in", &typed).await;
    assert_eq!(answer.location(), "/");
    assert!(browser.is_signed_in().await);
    assert!(!before.clone().is_signed_in().await);
    assert_ne!(before.jar["doorward_session"], browser.jar["doorward_session"]);
    assert_eq!(before.jar["doorward_browser"], browser.jar["doorward_browser"]);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_cleans_the_browser() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    browser.sign_in("jo@example.com", PASSWORD).await;
    let home = browser.get("/").await;
    let stale = browser.clone();

    let refused = browser.post("/sign-out", &[]).await;
    refused.shows(403, "This page was open for a while");
    refused.shows(403, "<bdi>jo</bdi>");
    assert!(browser.is_signed_in().await);
    assert_eq!(browser.send(Method::GET, "/sign-out", None).await.status, 405);
    assert!(browser.is_signed_in().await);

    let out = browser.fill(&home, "/sign-out", "/sign-out", &[]).await;
    assert_eq!(out.location(), "/");
    assert_eq!(out.headers["clear-site-data"], "\"cache\", \"storage\"");
    assert_eq!(
        out.cookies(),
        [
            "doorward_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
            "doorward_notice=signed-out; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"
        ]
    );
    assert!(!stale.clone().is_signed_in().await);
    let out = browser.get("/").await;
    out.shows(200, "class=\"sign-in\"");
    out.shows(200, "You have signed out.");
    let later = browser.get("/").await;
    assert!(!later.body.contains("You have signed out."), "said once");
    let again = browser.fill(&home, "/sign-out", "/sign-out", &[]).await;
    assert_eq!(again.location(), "/");
}

#[tokio::test]
async fn r8_a_full_hashing_queue_and_a_store_that_is_away_say_come_back() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    house.hasher.set_busy(true);
    let busy = browser.sign_in("jo@example.com", PASSWORD).await;
    busy.shows(503, "Try again in a minute");
    assert!(busy.headers.contains_key(RETRY_AFTER));
    house.hasher.set_busy(false);
    let page = browser.get("/sign-in").await;
    house.given.store.set_away(true);
    let typed = [("email", "jo@example.com"), ("password", PASSWORD)];
    let away = browser.fill(&page, "/sign-in", "/sign-in", &typed).await;
    assert_eq!(away.status, 503);
    assert!(!away.headers.contains_key(LOCATION));
    house.given.store.set_away(false);
    assert_eq!(browser.sign_in("jo@example.com", PASSWORD).await.location(), "/");
}

#[tokio::test]
async fn only_ways_in_that_the_workspace_has_are_shown() {
    let house = House::with(Plan {
        change: |workspace| {
            workspace.security.customers.password = false;
            workspace.security.staff.password = false;
            workspace.security.sign_up = doorward_domain::settings::SignUpRule::Closed;
        },
        ..Plan::default()
    })
    .await;
    let page = house.browser().get("/sign-in").await;
    page.shows(200, "Email me a sign-in code");
    assert!(!page.body.contains("name=\"password\""));
    assert!(!page.body.contains("Forgot password?"));
    assert!(!page.body.contains("Sign up."));
}

#[tokio::test]
async fn pages_speak_the_browsers_language_then_the_workspaces() {
    let house = House::with(Plan {
        change: |workspace| workspace.portal.language = "ar".to_owned(),
        ..Plan::default()
    })
    .await;
    let mut browser = house.browser();
    browser
        .get("/sign-in")
        .await
        .shows(200, "<html lang=\"ar\" dir=\"rtl\">");
    browser.extra = vec![("accept-language", "en-GB,en;q=0.8".to_owned())];
    browser
        .get("/sign-in")
        .await
        .shows(200, "<html lang=\"en\" dir=\"ltr\">");
    browser
        .get("/nothing")
        .await
        .shows(404, "<html lang=\"en\" dir=\"ltr\">");
}
