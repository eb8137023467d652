//! Signing in with a provider: B6–B8, R52, R57, R65, R84.

use doorward_domain::ports::{Connections, ProviderFault, TokenFault};
use doorward_domain::provider::Arrived;
use doorward_domain::settings::{ProviderRule, SignUpRule};
use doorward_domain::testing::{APP_SECRET, PASSWORD, Person, arrived};
use doorward_domain::workspace::Workspace;
use http::Method;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};

use super::account::app_code;
use super::house::{Answer, Browser, House, Plan};

const JO: &str = "jo@example.com";
const BUTTON: &str = "/sign-in/with/google";

async fn house() -> House {
    with(|_| {}).await
}

async fn with(change: fn(&mut Workspace)) -> House {
    let house = House::with(Plan {
        change,
        ..Plan::default()
    })
    .await;
    house.provider.offer("google", "Google");
    house.provider.offer("acme-sso", "Acme Staff");
    house
}

fn directory(workspace: &mut Workspace) {
    workspace.security.directory.required = true;
    workspace.security.directory.ask = Some("Write to it@acme.example.".to_owned());
}

/// Presses the button on the page at `path`; where the provider was told to send them back to, with `state`.
async fn leave(house: &House, browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await;
    let sent = browser.fill(&page, BUTTON, BUTTON, &[]).await;
    assert!(
        sent.location().starts_with("https://google.example/authorize?state="),
        "{}",
        sent.location()
    );
    let sent = house.provider.sent_away().pop().unwrap();
    assert_eq!(sent.callback, "http://acme.localhost:8080/sign-in/callback/google");
    format!("/sign-in/callback/google?state={}", sent.state)
}

/// Comes back as a browser does: a link of another site was followed.
async fn come_back(browser: &mut Browser, address: &str) -> Answer {
    browser.site = "cross-site";
    let answer = browser.get(address).await;
    browser.site = "same-origin";
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
    assert_eq!(answer.headers[REFERRER_POLICY], "no-referrer");
    answer
}

/// There and back, as whoever has `code`.
async fn sign_in_as(house: &House, browser: &mut Browser, who: Arrived) -> Answer {
    house.provider.knows("good", who);
    let back = leave(house, browser, "/sign-in?return_to=/tickets/7?a=b").await;
    come_back(browser, &format!("{back}&code=good")).await
}

#[tokio::test]
async fn b6_each_provider_that_is_open_has_a_button_with_its_mark() {
    let house = house().await;
    let page = house.browser().get("/sign-in").await;
    for shown in [
        ">Sign in with Google</span></button>",
        ">Sign in with Acme Staff</span></button>",
    ] {
        page.shows(200, shown);
    }
    assert_eq!(
        page.body.matches("class=\"brand-mark\"").count(),
        1,
        "the other one has no mark"
    );
    house
        .browser()
        .get("/sign-up")
        .await
        .shows(200, ">Sign in with Google<");
    house.provider.offer_nothing();
    let without = house.browser().get("/sign-in").await;
    assert!(!without.body.contains("Sign in with Google"));
    let only_one = with(|workspace| {
        let google = doorward_domain::provider::ProviderId::parse("google").unwrap();
        let mut rule = ProviderRule::Only(std::collections::BTreeSet::new());
        rule.switch(google, true);
        workspace.security.customers.providers = Some(rule);
    })
    .await;
    let page = only_one.browser().get("/sign-in").await;
    assert!(page.body.contains("Sign in with Google") && !page.body.contains("Acme Staff"));
}

#[tokio::test]
async fn b6_somebody_signs_in_and_lands_where_they_were_going() {
    let house = house().await;
    let mut browser = house.browser();
    let who = arrived("google", "1").authoritative("ada@example.com").named("Ada");
    let answer = sign_in_as(&house, &mut browser, who).await;
    assert_eq!(answer.location(), "/tickets/7?a=b");
    assert!(browser.is_signed_in().await);
    let session = browser.get("/api/v1/session").await;
    session.shows(200, "\"method\":\"provider\"");
    session.shows(200, "\"primary_email\":\"ada@example.com\"");
}

#[tokio::test]
async fn r84_a_browser_is_led_on_by_a_page_since_no_form_of_ours_may_lead_elsewhere() {
    let house = house().await;
    let mut browser = house.browser();
    let page = browser.get("/sign-in?return_to=/tickets/7").await;
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("form-action 'self';"), "{policy}");
    browser.extra.push(("sec-fetch-mode", "navigate".to_owned()));
    let on = browser.fill(&page, BUTTON, BUTTON, &[]).await;
    let state = house.provider.sent_away().pop().unwrap().state;
    on.shows(200, "<h1>On to Google</h1>");
    assert_eq!(
        on.headers["refresh"],
        format!("0;url=https://google.example/authorize?state={state}")
    );
    let link = format!("href=\"https:&#x2f;&#x2f;google.example&#x2f;authorize?state={state}\"");
    on.shows(200, &link);
    assert_eq!(on.headers[REFERRER_POLICY], "no-referrer");
    assert_eq!(on.headers[CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn the_choice_to_be_kept_signed_in_survives_the_round_trip() {
    let house = house().await;
    house.provider.knows("good", arrived("google", "1").authoritative(JO));
    for (said, kept) in [("1", true), ("0", false), ("", false)] {
        let mut browser = house.browser();
        let page = browser.get("/sign-in").await;
        let mut fields = page.hidden(BUTTON);
        fields.retain(|(name, _)| name != "keep");
        fields.push(("keep".to_owned(), said.to_owned()));
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        browser.post(BUTTON, &fields).await.location();
        let state = house.provider.sent_away().pop().unwrap().state;
        let answer = come_back(
            &mut browser,
            &format!("/sign-in/callback/google?code=good&state={state}"),
        )
        .await;
        let session = answer
            .cookies()
            .into_iter()
            .find(|cookie| cookie.starts_with("doorward_session="));
        assert_eq!(session.unwrap().contains("Max-Age"), kept, "{said:?}");
    }
}

#[tokio::test]
async fn the_way_that_was_used_last_is_marked_and_nothing_else() {
    let house = house().await;
    house.given.customer(JO);
    let mut browser = house.browser();
    let page = browser.get("/sign-in").await;
    assert!(!page.body.contains("Last used"));
    let entered = browser.sign_in(JO, PASSWORD).await;
    entered.location();
    assert_eq!(browser.jar["doorward_last_used"], "password");
    let out = |jar: &mut std::collections::BTreeMap<String, String>| jar.remove("doorward_session").unwrap();
    out(&mut browser.jar);
    let page = browser.get("/sign-in").await;
    assert_eq!(page.body.matches("Last used").count(), 1);
    let last = page.body.split("aria-describedby=\"last-used\"").nth(1).unwrap();
    assert!(last.starts_with(">Sign in</button>"), "{last}");
    sign_in_as(
        &house,
        &mut browser,
        arrived("google", "1").authoritative("ada@example.com"),
    )
    .await
    .location();
    assert_eq!(browser.jar["doorward_last_used"], "provider.google");
    out(&mut browser.jar);
    let page = browser.get("/sign-in").await;
    assert_eq!(page.body.matches("Last used").count(), 1);
    let last = page.body.split("aria-describedby=\"last-used\"").nth(1).unwrap();
    assert!(
        last.split("</button>").next().unwrap().contains("Sign in with Google"),
        "{last}"
    );
    browser.jar.insert("doorward_last_used".to_owned(), "<b>".to_owned());
    assert!(!browser.get("/sign-in").await.body.contains("Last used"));
}

#[tokio::test]
async fn a_refused_round_trip_ends_at_the_other_ways_in_with_the_destination() {
    let house = house().await;
    house.given.customer(JO);
    house
        .provider
        .answers("google", "bad", || Err(ProviderFault::Refused(TokenFault::Signature)));
    for (back, reason, sentence) in [
        (
            "error=access_denied",
            "provider-cancelled",
            "The sign-in was cancelled there",
        ),
        ("code=unheard-of", "provider-unavailable", "It doesn’t answer just now."),
        (
            "code=bad",
            "provider-answer-wrong",
            "The answer that came back can’t be used",
        ),
    ] {
        let mut browser = house.browser();
        let address = leave(&house, &mut browser, "/sign-in?return_to=/tickets/7").await;
        let refused = come_back(&mut browser, &format!("{address}&{back}")).await;
        refused.shows(401, sentence);
        refused.shows(401, &format!("data-reason=\"{reason}\""));
        refused.shows(401, &house.last_help_code());
        refused.shows(401, ">Sign in with Acme Staff<");
        let state = house.provider.sent_away().pop().unwrap().state;
        for secret in [state.as_str(), "unheard-of", "access_denied"] {
            assert!(!refused.body.contains(secret), "{back}");
        }
        assert!(!browser.is_signed_in().await);
        let typed = [("email", JO), ("password", PASSWORD)];
        let other = browser.fill(&refused, "/sign-in", "/sign-in", &typed).await;
        assert_eq!(other.location(), "/tickets/7");
    }
    house.provider.set_down(true);
    let mut browser = house.browser();
    let page = browser.get("/sign-in?return_to=/tickets/7").await;
    let refused = browser.fill(&page, BUTTON, BUTTON, &[]).await;
    refused.shows(401, "It doesn’t answer just now.");
    let again = refused.hidden(BUTTON);
    assert!(
        again.contains(&("return_to".to_owned(), "/tickets/7".to_owned())),
        "{again:?}"
    );
}

#[tokio::test]
async fn r52_an_answer_is_good_once_and_in_the_browser_that_left_only() {
    let house = house().await;
    house.provider.knows("good", arrived("google", "1").authoritative(JO));
    let mut browser = house.browser();
    let back = leave(&house, &mut browser, "/sign-in?return_to=/tickets/7").await;
    let back = format!("{back}&code=good");
    let mut other = house.browser();
    other.get("/sign-in").await;
    let foreign = come_back(&mut other, &back).await;
    foreign.shows(410, "data-reason=\"session-expired\"");
    assert!(!other.is_signed_in().await);
    let mut blank = house.browser();
    come_back(&mut blank, &back).await.shows(410, "this attempt is over");
    let head = browser.send(Method::HEAD, &back, None).await;
    assert_eq!(head.status, 405, "nothing is spent by looking");
    let other_provider = back.replace("/google", "/acme-sso");
    come_back(&mut browser.clone(), &other_provider)
        .await
        .shows(410, "this attempt is over");
    assert_eq!(come_back(&mut browser, &back).await.location(), "/tickets/7");
    let loaded_again = come_back(&mut browser, &back).await;
    assert_eq!(loaded_again.location(), "/tickets/7", "they are in already");
    browser.jar.remove("doorward_session");
    let spent = come_back(&mut browser, &back).await;
    spent.shows(410, "this attempt is over");
    assert!(
        spent
            .hidden("/sign-in")
            .contains(&("return_to".to_owned(), "/tickets/7".to_owned()))
    );
}

#[tokio::test]
async fn an_address_that_is_none_leads_to_the_buttons_or_nowhere() {
    let house = house().await;
    let mut browser = house.browser();
    let on = browser.get("/sign-in/with/google?return_to=/tickets/7").await;
    assert_eq!(on.location(), "/sign-in?return_to=%2Ftickets%2F7");
    assert_eq!(browser.get("/sign-in/callback/No%20Provider").await.status, 404);
    assert_eq!(browser.get("/sign-in/callback/google").await.status, 410);
    let page = browser.get("/sign-in").await;
    let unknown = browser.fill(&page, BUTTON, "/sign-in/with/nobody", &[]).await;
    unknown.shows(403, "data-reason=\"method-off\"");
    let stale = browser
        .post(BUTTON, &[("form_token", "old"), ("return_to", "/tickets/7")])
        .await;
    stale.shows(403, "This page was open for a while");
    assert!(
        stale
            .hidden(BUTTON)
            .contains(&("return_to".to_owned(), "/tickets/7".to_owned()))
    );
    assert!(house.provider.sent_away().is_empty());
}

#[tokio::test]
async fn b7_without_an_email_that_counts_there_is_one_more_step_and_then_it_signs_in() {
    let house = house().await;
    let owner = house.given.customer(JO);
    let mut browser = house.browser();
    let answer = sign_in_as(&house, &mut browser, arrived("google", "1").verified(JO)).await;
    assert!(
        answer.location().starts_with("/sign-in/email?held="),
        "{}",
        answer.location()
    );
    assert!(!browser.is_signed_in().await);
    let page = browser.follow(&answer).await;
    page.shows(200, "<h1>One more step</h1>");
    page.shows(200, ">Email address</label>");
    page.shows(200, ">Continue</button>");
    assert_eq!(page.value_of("email").as_deref(), Some(JO));
    let stranger = house.browser().get(answer.location()).await;
    stranger.shows(410, "this attempt is over");
    assert!(!stranger.body.contains(JO));
    for (typed, error) in [("", "Enter your email address."), ("jo@", "email-error")] {
        let wrong = browser
            .fill(&page, "/sign-in/email", "/sign-in/email", &[("email", typed)])
            .await;
        wrong.shows(422, error);
    }
    let sent = browser
        .fill(&page, "/sign-in/email", "/sign-in/email", &[("email", JO)])
        .await;
    assert!(
        sent.location().starts_with("/sign-in/code?held="),
        "{}",
        sent.location()
    );
    let code_page = browser.follow(&sent).await;
    code_page.shows(200, "Check your email");
    assert!(
        code_page.body.contains("/sign-in/email?held="),
        "the way back to the address"
    );
    let wrong = house.wrong_code(JO);
    let again = browser
        .fill(&code_page, "/sign-in/code", "/sign-in/code", &[("code", &wrong)])
        .await;
    again.shows(401, "data-reason=\"code-wrong\"");
    house.wait(31);
    let resent = browser
        .fill(&again, "/sign-in/code/resend", "/sign-in/code/resend", &[])
        .await;
    let code_page = browser.follow(&resent).await;
    code_page.shows(200, "We have sent a new code.");
    let code = house.code(JO);
    let done = browser
        .fill(&code_page, "/sign-in/code", "/sign-in/code", &[("code", &code)])
        .await;
    assert_eq!(done.location(), "/tickets/7?a=b");
    browser
        .get("/api/v1/session")
        .await
        .shows(200, "\"method\":\"provider\"");
    let connected = house
        .given
        .store
        .find(house.given.workspace.id, &arrived("google", "1").identity)
        .await
        .unwrap();
    assert_eq!(connected, Some(owner.id));
    browser.jar.remove("doorward_session");
    let at_once = sign_in_as(&house, &mut browser, arrived("google", "1")).await;
    assert_eq!(at_once.location(), "/tickets/7?a=b");
}

#[tokio::test]
async fn r59_the_second_factor_is_asked_for_after_a_provider_too() {
    let house = house().await;
    house
        .given
        .person(Person::customer(house.given.workspace.id, JO).with_app());
    let mut browser = house.browser();
    let answer = sign_in_as(&house, &mut browser, arrived("google", "1").authoritative(JO)).await;
    assert!(
        answer.location().starts_with("/sign-in/second-factor?flow="),
        "{}",
        answer.location()
    );
    assert!(!browser.is_signed_in().await);
    let page = browser.follow(&answer).await;
    let code = app_code(&house, &APP_SECRET);
    let path = "/sign-in/second-factor";
    let done = browser.fill(&page, path, path, &[("code", &code)]).await;
    assert_eq!(done.location(), "/tickets/7?a=b");
    assert_eq!(browser.jar["doorward_last_used"], "provider.google");
}

#[tokio::test]
async fn b8_the_rule_of_the_directory_is_told_beforehand_and_explained_to_whoever_it_keeps_out() {
    let house = with(directory).await;
    let mut browser = house.browser();
    let page = browser.get("/sign-in").await;
    page.shows(200, "Signing in this way is for people in our directory.");
    page.shows(200, "Write to it@acme.example.");
    browser.get("/sign-up").await.shows(200, "for people in our directory");
    let refused = sign_in_as(&house, &mut browser, arrived("google", "1").authoritative(JO)).await;
    refused.shows(403, "data-reason=\"not-in-directory\"");
    refused.shows(
        403,
        "We looked for your email address, and for your account at the provider, in our directory.",
    );
    refused.shows(403, "It has not been filled yet.");
    refused.shows(403, "Write to it@acme.example.");
    refused.shows(403, &house.last_help_code());
    assert!(!refused.body.contains("nearly"));
    assert!(!browser.is_signed_in().await);
    let unvouched = sign_in_as(&house, &mut house.browser(), arrived("google", "2").saying(JO)).await;
    unvouched.shows(403, "We looked for your account at the provider in our directory.");
}

#[tokio::test]
async fn a_closed_account_and_a_closed_sign_up_are_told_to_whoever_has_shown_who_they_are() {
    let house = with(|workspace| workspace.security.sign_up = SignUpRule::Closed).await;
    house.given.disabled(JO);
    let mut browser = house.browser();
    let disabled = sign_in_as(&house, &mut browser, arrived("google", "1").authoritative(JO)).await;
    disabled.shows(403, "Your account here is closed.");
    let stranger = sign_in_as(
        &house,
        &mut browser,
        arrived("google", "2").authoritative("ada@example.com"),
    )
    .await;
    stranger.shows(403, "data-reason=\"sign-up-closed\"");
}
