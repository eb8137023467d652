//! B6–B8, A6: signing in with Google, Microsoft, Facebook, X and any OpenID provider, at counterparts that answer as these
//! do; each refusal with its reason; and who comes first at an address that is somebody else's.

use std::time::Duration;

use doorward_tests::account::enable_two_factor;
use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::providers::{
    Abroad, Answer, Call, Counterpart, Facebook, Failure, Flavour, Honest, Lie, Person, SECRET, Scripted, X, come_back,
    leave, round_trip,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::directory::Syncer;
use super::{
    ADA, House, TICKET, TO_TICKET, as_portal, ask_code, ask_sign_up, path_of, refuses, says, sign_in, text, who,
    without_waits,
};

const X_BUTTON: &str = "Sign in with X";
const SSO: &str = "acme-sso";
const SSO_BUTTON: &str = "Sign in with Acme SSO";
/// The provider's word counts for people of Acme.
const FOR_ACME: &str = "authoritative_for = [\"acme.test\"]";
const NOBODY_YET: &str = "grace@acme.test";
const MALLORY: &str = "mallory@evil.test";

const UNUSABLE: &str = "The answer that came back can’t be used, so we couldn’t sign you in.";
const AWAY: &str = "It doesn’t answer just now.";
const GIVEN_UP: &str = "The sign-in was cancelled there, so nothing has happened.";
const OVER: &str = "This has taken a while";

/// Ada, at a provider.
fn ada() -> Person {
    Person::new("2244994945").named("Ada King").email(ADA, true)
}

fn somebody(subject: &str) -> Person {
    Person::new(subject).named("Somebody")
}

async fn house_with(providers: &[(&str, &dyn Counterpart, &str)]) -> House {
    House::with(|setup| {
        let setup = without_waits(setup);
        providers
            .iter()
            .fold(setup, |setup, (id, provider, more)| setup.provider(id, *provider, more))
    })
    .await
}

/// From the sign-in page on the way to the ticket, to a provider and back.
async fn come_by(browser: &mut Browser, abroad: &mut Abroad, button: &str, answer: Answer<'_>) -> Page {
    let page = browser.visit(TO_TICKET).await.expect_status(200);
    round_trip(browser, abroad, &page, button, answer).await
}

/// The same at a provider that asks nothing.
async fn come(browser: &mut Browser, button: &str) -> Page {
    come_by(browser, &mut Abroad::new(), button, Answer::As("")).await
}

/// The answer leads to the ticket, and this is who is in.
async fn is_in(browser: &mut Browser, moved: &Page, email: &str) {
    assert_eq!(moved.status, 303, "{}: {}", moved.path, moved.html().text());
    assert_eq!(moved.location(), Some(TICKET), "B13");
    assert_eq!(who(browser).await.as_deref(), Some(email));
}

/// The answer leads to *One more step*, and nobody is in; answers the page.
async fn one_more_step(browser: &mut Browser, moved: Page) -> Page {
    assert_eq!(who(browser).await, None, "nobody is in before the mailbox is proved");
    let page = browser.follow(moved).await.expect_status(200);
    assert_eq!(page.html().heading(), "One more step", "{}", page.html().text());
    assert!(page.path.starts_with("/sign-in/email?"), "{}", page.path);
    page
}

/// Types an address there, and the code that is mailed to it; answers what came, redirect not followed.
async fn prove(house: &House, browser: &mut Browser, page: &Page, email: &str) -> Page {
    let before = house.mail.mails_to(email).await.len();
    let typed = [("Email address", email)];
    let page = browser.submit(page, "Continue", &typed).await.expect_status(200);
    assert_eq!(page.html().heading(), "Check your email");
    let code = house.mail.wait_for_mails(email, before + 1).await[before].code();
    browser.submit_only(&page, "Continue", &[("Sign-in code", &code)]).await
}

async fn user_id(browser: &mut Browser) -> String {
    text(&browser.get("/api/v1/session").await.expect_status(200), "/user/id")
}

/// What the receipt of a refusal says was really the matter.
async fn reason_of(house: &House, help_code: &str) -> String {
    let mut database = house.server.sqlite().await;
    let found: (String,) = sqlx::query_as("SELECT outcome FROM receipts WHERE help_code IN (?1, ?2)")
        .bind(help_code)
        .bind(help_code.replace('-', ""))
        .fetch_one(&mut database)
        .await
        .unwrap_or_else(|error| panic!("no receipt of {help_code}: {error}"));
    let outcome: Value = serde_json::from_str(&found.0).expect("an outcome is JSON");
    let private = outcome.pointer("/private").and_then(Value::as_str);
    private.unwrap_or_else(|| panic!("no refusal: {outcome}")).to_owned()
}

/// Asserts that somebody was refused for this reason, on a page that keeps every other way open and where they were going.
async fn refused_for(house: &House, browser: &mut Browser, told: &Page, sentence: &str, reason: &str) {
    assert!(
        told.status.is_client_error() || told.status.is_server_error(),
        "{}",
        told.status
    );
    let code = refuses(told, told.status.as_u16(), sentence);
    assert_eq!(reason_of(house, &code).await, reason);
    let html = told.html();
    assert!(
        html.has_button("Sign in"),
        "no other way is open: {:?}",
        html.button_names()
    );
    assert_eq!(who(browser).await, None);
}

fn set(house: &House, settings: &[&str]) {
    let mut args = vec!["settings", "set", "--workspace", "acme"];
    args.extend(settings);
    house.server.cli(&args).expect_success();
}

/// Changes a rule of the workspace where it is stored, and starts the server again.
async fn rule(house: &mut House, pointer: &str, value: Value) {
    let mut database = house.server.sqlite().await;
    let (text,): (String,) = sqlx::query_as("SELECT security FROM workspaces WHERE slug = 'acme'")
        .fetch_one(&mut database)
        .await
        .expect("the workspace is there");
    let mut rules: Value = serde_json::from_str(&text).expect("its rules are JSON");
    *rules.pointer_mut(pointer).expect("there is such a rule") = value;
    sqlx::query("UPDATE workspaces SET security = ?1 WHERE slug = 'acme'")
        .bind(rules.to_string())
        .execute(&mut database)
        .await
        .expect("rules can be changed");
    drop(database);
    house.server.restart().await;
}

/// The names of the providers that are connected, as their owner sees them.
async fn connected(browser: &mut Browser) -> Vec<String> {
    let page = browser.visit("/account/connections").await.expect_status(200);
    assert_eq!(page.html().heading(), "Connected accounts");
    let buttons = page.html().button_names().into_iter();
    buttons
        .filter_map(|name| name.strip_prefix("Disconnect ").map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn b6_google_signs_in_whom_it_is_authoritative_for_and_links_the_account_that_proved_the_same_address() {
    let google = Honest::start(Flavour::Google, &[ada()]);
    let house = house_with(&[("google", &google, FOR_ACME)]).await;
    let password = fresh_password();
    house.ada(&password);
    let (mut browser, mut abroad) = (house.browser(), Abroad::new());
    let answer = Answer::As("2244994945");
    let moved = come_by(&mut browser, &mut abroad, "Sign in with Google", answer).await;
    is_in(&mut browser, &moved, ADA).await;
    assert_eq!(connected(&mut browser).await, ["Google"]);
    assert_eq!(house.accounts_of(ADA), 1);

    // From elsewhere, where Google asks again; and the password still opens the same account.
    let mut elsewhere = house.browser();
    let moved = come_by(&mut elsewhere, &mut Abroad::new(), "Sign in with Google", answer).await;
    is_in(&mut elsewhere, &moved, ADA).await;
    assert_eq!(user_id(&mut elsewhere).await, user_id(&mut browser).await);
    let mut typed = house.browser();
    sign_in(&mut typed, ADA, &password).await.expect_status(303);
    assert_eq!(user_id(&mut typed).await, user_id(&mut browser).await);
    assert!(
        !house.server.log().contains(SECRET),
        "the client's secret stands in the log"
    );
}

#[tokio::test]
async fn b6_microsoft_makes_the_account_of_somebody_whose_domains_owner_vouches() {
    let grace = Person::new("AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ")
        .named("Grace Hopper")
        .claim("email", json!(NOBODY_YET))
        .claim("xms_edov", json!(true));
    let microsoft = Honest::start(Flavour::Microsoft, std::slice::from_ref(&grace));
    let house = house_with(&[("microsoft", &microsoft, FOR_ACME)]).await;
    let mut browser = house.browser();
    let answer = Answer::As(&grace.subject);
    let moved = come_by(&mut browser, &mut Abroad::new(), "Sign in with Microsoft", answer).await;
    is_in(&mut browser, &moved, NOBODY_YET).await;
    let session = browser.get("/api/v1/session").await.expect_status(200);
    assert_eq!(text(&session, "/user/name"), "Grace Hopper");
    assert_eq!(text(&session, "/user/role"), "customer");

    // R58: without the word of the domain's owner an email is a hint.
    let eve = Person::new("eve").claim("email", json!(ADA));
    let microsoft = Honest::start(Flavour::Microsoft, &[eve]);
    let house = house_with(&[("microsoft", &microsoft, FOR_ACME)]).await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let moved = come_by(
        &mut browser,
        &mut Abroad::new(),
        "Sign in with Microsoft",
        Answer::As("eve"),
    )
    .await;
    one_more_step(&mut browser, moved).await;
}

#[tokio::test]
async fn r58_people_of_a_tenant_that_is_not_listed_stay_outside() {
    let microsoft = Honest::start(Flavour::Microsoft, &[ada()]);
    let listed = "tenants = [\"11111111-2222-3333-4444-555555555555=acme.test\"]";
    let house = house_with(&[("microsoft", &microsoft, listed)]).await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let answer = Answer::As("2244994945");
    let told = come_by(&mut browser, &mut Abroad::new(), "Sign in with Microsoft", answer).await;
    refused_for(&house, &mut browser, &told, UNUSABLE, "token-tid").await;
}

#[tokio::test]
async fn b7_facebook_fills_in_the_one_more_step_and_what_is_typed_there_counts() {
    let facebook = Facebook::start(&[somebody("10216778").email(NOBODY_YET, true)]);
    let house = house_with(&[("facebook", &facebook, FOR_ACME)]).await;
    let (mut browser, mut abroad) = (house.browser(), Abroad::new());
    let answer = Answer::As("10216778");
    let moved = come_by(&mut browser, &mut abroad, "Sign in with Facebook", answer).await;
    let page = one_more_step(&mut browser, moved).await;
    assert_eq!(
        page.html().value("Email address").as_deref(),
        Some(NOBODY_YET),
        "R58: a hint"
    );
    assert_eq!(
        house.accounts_of(NOBODY_YET),
        0,
        "nothing is made before the mailbox is proved"
    );
    let moved = prove(&house, &mut browser, &page, "hopper@acme.test").await;
    is_in(&mut browser, &moved, "hopper@acme.test").await;
    assert_eq!(house.accounts_of(NOBODY_YET), 0);
    assert_eq!(
        facebook.asked(),
        [Call::Token, Call::Inspect, Call::Userinfo],
        "R58: whose token it is, is asked before who it is of"
    );

    let mut elsewhere = house.browser();
    let moved = come_by(&mut elsewhere, &mut Abroad::new(), "Sign in with Facebook", answer).await;
    is_in(&mut elsewhere, &moved, "hopper@acme.test").await;
    assert_eq!(house.accounts_of("@acme.test"), 2, "the owner and Grace");
}

#[tokio::test]
async fn b7_x_leads_to_one_more_step_and_to_the_account_that_the_mailbox_has() {
    let x = X::start(&[somebody("1"), somebody("2")]);
    let house = house_with(&[("twitter", &x, "")]).await;
    let password = fresh_password();
    house.ada(&password);
    let mut signed_in = house.browser();
    sign_in(&mut signed_in, ADA, &password).await.expect_status(303);

    let mut browser = house.browser();
    let moved = come_by(&mut browser, &mut Abroad::new(), X_BUTTON, Answer::As("1")).await;
    let page = one_more_step(&mut browser, moved).await;
    assert_eq!(
        page.html().value("Email address").unwrap_or_default(),
        "",
        "X gives no email"
    );
    let moved = prove(&house, &mut browser, &page, ADA).await;
    is_in(&mut browser, &moved, ADA).await;
    assert_eq!(user_id(&mut browser).await, user_id(&mut signed_in).await);
    assert_eq!(connected(&mut browser).await, ["X"]);

    // Known from now on; and the other person at X is somebody else.
    let mut again = house.browser();
    let moved = come_by(&mut again, &mut Abroad::new(), X_BUTTON, Answer::As("1")).await;
    is_in(&mut again, &moved, ADA).await;
    let mut other = house.browser();
    let moved = come_by(&mut other, &mut Abroad::new(), X_BUTTON, Answer::As("2")).await;
    one_more_step(&mut other, moved).await;
}

/// B16: what the page after *One more step* says is the same for every address.
#[tokio::test]
async fn b16_one_more_step_tells_nobody_who_has_an_account() {
    let x = X::start(&[somebody("1"), somebody("2")]);
    let house = house_with(&[("twitter", &x, "")]).await;
    house.ada(&fresh_password());
    let mut seen = Vec::new();
    for (subject, email) in [("1", ADA), ("2", "abc@acme.test")] {
        let mut browser = house.browser();
        let moved = come_by(&mut browser, &mut Abroad::new(), X_BUTTON, Answer::As(subject)).await;
        let page = one_more_step(&mut browser, moved).await;
        let page = browser.submit(&page, "Continue", &[("Email address", email)]).await;
        seen.push((page.status, page.html().text()));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn b6_any_openid_provider_links_only_where_both_sides_are_proved() {
    let sso = Honest::start(Flavour::Plain, &[ada()]);
    // Nobody said that its word counts for any domain.
    let house = house_with(&[(SSO, &sso, "")]).await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let answer = Answer::As("2244994945");
    let moved = come_by(&mut browser, &mut Abroad::new(), SSO_BUTTON, answer).await;
    let page = one_more_step(&mut browser, moved).await;
    assert_eq!(page.html().value("Email address").as_deref(), Some(ADA));
    let moved = prove(&house, &mut browser, &page, ADA).await;
    is_in(&mut browser, &moved, ADA).await;

    // R57: an address that is here, and that nobody proved, is no other side.
    let sso = Scripted::start(somebody("3").email("new@acme.test", true));
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    house.contact("new@acme.test");
    let mut browser = house.browser();
    let moved = come(&mut browser, SSO_BUTTON).await;
    let page = one_more_step(&mut browser, moved).await;
    let moved = prove(&house, &mut browser, &page, "new@acme.test").await;
    is_in(&mut browser, &moved, "new@acme.test").await;
    assert_eq!(house.accounts_of("new@acme.test"), 1, "A2: never a second account");
}

/// R57: the second factor of the account is asked for before the identity is connected, and ever after.
#[tokio::test]
async fn b11_the_second_factor_comes_first_and_after_a_provider_too() {
    let x = X::start(&[somebody("1")]);
    let house = house_with(&[("twitter", &x, "")]).await;
    let password = fresh_password();
    house.ada(&password);
    let mut home = house.browser();
    sign_in(&mut home, ADA, &password).await.expect_status(303);
    let mut factor = enable_two_factor(&mut home).await;

    let mut browser = house.browser();
    let moved = come_by(&mut browser, &mut Abroad::new(), X_BUTTON, Answer::As("1")).await;
    let page = one_more_step(&mut browser, moved).await;
    let moved = prove(&house, &mut browser, &page, ADA).await;
    let page = browser.follow(moved).await.expect_status(200);
    assert_eq!(page.html().heading(), "Two-factor authentication");
    assert_eq!(who(&mut browser).await, None);
    assert_eq!(
        connected(&mut home).await,
        Vec::<String>::new(),
        "not before the second factor"
    );
    let code = factor.phone.next_code().await;
    let typed = [("Authentication code", code.as_str())];
    let moved = browser.submit_only(&page, "Continue", &typed).await;
    is_in(&mut browser, &moved, ADA).await;
    assert_eq!(connected(&mut browser).await, ["X"]);

    let mut again = house.browser();
    let moved = come_by(&mut again, &mut Abroad::new(), X_BUTTON, Answer::As("1")).await;
    let page = again.follow(moved).await.expect_status(200);
    assert_eq!(page.html().heading(), "Two-factor authentication", "R59");
    assert_eq!(who(&mut again).await, None);
    let typed = [("Authentication code", factor.codes[0].as_str())];
    let moved = again.submit_only(&page, "Continue", &typed).await;
    is_in(&mut again, &moved, ADA).await;
}

/// R59: a provider's word that two factors were shown counts where the workspace says so, and only if it is given.
#[tokio::test]
async fn r59_a_provider_spares_the_second_factor_only_where_the_workspace_takes_its_word() {
    let sso = Scripted::start(ada().with_two_factors());
    let mut house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    let password = fresh_password();
    house.ada(&password);
    let mut home = house.browser();
    sign_in(&mut home, ADA, &password).await.expect_status(303);
    enable_two_factor(&mut home).await;
    let asked = async |house: &House| {
        let mut browser = house.browser();
        let moved = come(&mut browser, SSO_BUTTON).await.expect_status(303);
        let is_in = who(&mut browser).await.is_some();
        let to = moved.location().unwrap_or_default();
        assert_eq!(is_in, !to.contains("second-factor"), "{to}");
        !is_in
    };
    assert!(asked(&house).await, "by default its word is not taken");
    rule(&mut house, "/customers/second_factor_from", json!([SSO])).await;
    assert!(!asked(&house).await);
    sso.be(ada());
    assert!(asked(&house).await, "it did not say so this time");
    rule(&mut house, "/customers/second_factor_from", json!([])).await;
    rule(&mut house, "/staff/second_factor_from", json!([SSO])).await;
    sso.be(ada().with_two_factors());
    assert!(asked(&house).await, "its word counts for others");
}

/// A1: whom the helpdesk knew by X or Facebook before any sign-in is found by that.
#[tokio::test]
async fn a1_a_contact_whom_the_helpdesk_knew_by_x_or_facebook_is_found_by_it() {
    let (x, facebook) = (X::start(&[somebody("77")]), Facebook::start(&[somebody("88")]));
    let house = house_with(&[("twitter", &x, ""), ("facebook", &facebook, "")]).await;
    let key = house.api_key("acme", "users:write");
    for (kind, subject, button, email) in [
        ("x", "77", X_BUTTON, "x77@acme.test"),
        ("facebook", "88", "Sign in with Facebook", "f88@acme.test"),
    ] {
        let contact = json!({
            "identity": {"kind": kind, "subject": subject}, "name": "Ada", "organisations": ["Analytical Engines"],
        });
        let path = "/api/v1/users/by-identity";
        let made = as_portal(&mut house.browser(), Method::PUT, path, &key, Some(contact)).await;
        let id = text(&made.expect_status(201), "/id");
        let mut browser = house.browser();
        let moved = come_by(&mut browser, &mut Abroad::new(), button, Answer::As(subject)).await;
        let page = one_more_step(&mut browser, moved).await;
        let moved = prove(&house, &mut browser, &page, email).await;
        is_in(&mut browser, &moved, email).await;
        assert_eq!(user_id(&mut browser).await, id, "{kind}: the account with its history");
        let mut again = house.browser();
        let moved = come_by(&mut again, &mut Abroad::new(), button, Answer::As(subject)).await;
        is_in(&mut again, &moved, email).await;
        assert_eq!(user_id(&mut again).await, id);
    }
}

#[tokio::test]
async fn r55_each_bad_token_is_refused_for_its_own_reason() {
    let sso = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    house.ada(&fresh_password());
    for (lie, reason) in [
        (Lie::Signature, "token-signature"),
        (Lie::Unsigned, "token-alg"),
        (Lie::Symmetric, "token-alg"),
        (Lie::Issuer, "token-iss"),
        (Lie::Audience, "token-aud"),
        (Lie::Nonce, "token-nonce"),
        (Lie::NoSubject, "token-sub"),
        (Lie::AccessTokenHash, "token-at_hash"),
        (Lie::NoIdToken, "token-malformed"),
        (Lie::Ahead(600), "clock-drift"),
    ] {
        sso.lie(lie.clone());
        let mut browser = house.browser();
        let told = come(&mut browser, SSO_BUTTON).await;
        refused_for(&house, &mut browser, &told, UNUSABLE, reason).await;
    }
    assert!(!house.server.log().contains(SECRET));

    // The way on: from the page of a refusal, by code, to where they were going.
    sso.lie(Lie::Nonce);
    let mut browser = house.browser();
    let told = come(&mut browser, SSO_BUTTON).await;
    let page = browser
        .submit(&told, "Email me a sign-in code", &[("Email address", ADA)])
        .await;
    let code = house.mail.wait_for_mail(ADA).await.code();
    let moved = browser.submit_only(&page, "Continue", &[("Sign-in code", &code)]).await;
    is_in(&mut browser, &moved, ADA).await;
    // And the same provider, when it tells the truth.
    sso.behave();
    let mut browser = house.browser();
    let moved = come(&mut browser, SSO_BUTTON).await;
    is_in(&mut browser, &moved, ADA).await;
}

#[tokio::test]
async fn r53_no_code_goes_to_a_provider_that_another_answered_for() {
    let sso = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    house.ada(&fresh_password());
    for lie in [
        Lie::MixUp("https://sso.evil.test".to_owned()),
        Lie::MixUp(format!("{}/", sso.issuer())),
        Lie::Nameless,
    ] {
        sso.lie(lie);
        let mut browser = house.browser();
        let told = come(&mut browser, SSO_BUTTON).await;
        refused_for(&house, &mut browser, &told, UNUSABLE, "provider-mix-up").await;
    }
    assert!(!sso.asked().contains(&Call::Token), "{:?}", sso.asked());

    // One provider's answer at another's address is nobody's.
    let other = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME), ("other", &other, FOR_ACME)]).await;
    sso.behave();
    let mut browser = house.browser();
    let page = browser.visit("/sign-in").await.expect_status(200);
    let there = leave(&mut browser, &page, SSO_BUTTON).await;
    let back = Abroad::new().go(&there, Answer::As("")).await;
    let told = come_back(&mut browser, &back.replace("callback/acme-sso", "callback/other")).await;
    refused_for(&house, &mut browser, &told, OVER, "flow-over").await;
    assert!(!other.asked().contains(&Call::Token), "{:?}", other.asked());
}

#[tokio::test]
async fn r65_a_provider_that_is_away_ends_at_a_page_with_the_other_ways() {
    let sso = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    house.ada(&fresh_password());
    for failure in [Failure::Broken, Failure::NotJson, Failure::Endless] {
        sso.fail(Call::Token, failure);
        let mut browser = house.browser();
        let told = come(&mut browser, SSO_BUTTON).await;
        refused_for(&house, &mut browser, &told, AWAY, "provider-unavailable").await;
    }
    sso.behave();
    for (error, sentence, reason) in [
        ("access_denied", GIVEN_UP, "provider-cancelled"),
        ("temporarily_unavailable", AWAY, "provider-unavailable"),
        ("server_error", AWAY, "provider-unavailable"),
    ] {
        sso.lie(Lie::Error(error));
        let mut browser = house.browser();
        let told = come(&mut browser, SSO_BUTTON).await;
        refused_for(&house, &mut browser, &told, sentence, reason).await;
    }
    sso.lie(Lie::NoCode);
    let mut browser = house.browser();
    let told = come(&mut browser, SSO_BUTTON).await;
    refused_for(&house, &mut browser, &told, AWAY, "provider-unavailable").await;
    sso.behave();
    let mut browser = house.browser();
    let moved = come(&mut browser, SSO_BUTTON).await;
    is_in(&mut browser, &moved, ADA).await;
}

/// R65: ten seconds in all; meanwhile everybody else comes and goes.
#[tokio::test]
async fn r65_a_provider_that_hangs_is_given_up_and_holds_up_nobody() {
    let (sso, x) = (Scripted::start(ada()), X::start(&[somebody("1")]));
    let house = house_with(&[(SSO, &sso, FOR_ACME), ("twitter", &x, "")]).await;
    let password = fresh_password();
    house.ada(&password);
    sso.fail(Call::Token, Failure::Hang);
    let mut waiting = house.browser();
    let hung = tokio::spawn(async move {
        let began = std::time::Instant::now();
        let told = come(&mut waiting, SSO_BUTTON).await;
        (waiting, told, began.elapsed())
    });
    for _ in 0..3 {
        let began = std::time::Instant::now();
        let mut browser = house.browser();
        sign_in(&mut browser, ADA, &password).await.expect_status(303);
        let mut browser = house.browser();
        let moved = come_by(&mut browser, &mut Abroad::new(), X_BUTTON, Answer::As("1")).await;
        one_more_step(&mut browser, moved).await;
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    }
    let (mut waiting, told, took) = hung.await.expect("nobody panicked");
    refused_for(&house, &mut waiting, &told, AWAY, "provider-unavailable").await;
    assert!(
        (Duration::from_secs(3)..Duration::from_secs(20)).contains(&took),
        "{took:?}"
    );
}

#[tokio::test]
async fn r54_keys_that_change_between_leaving_and_coming_back_are_read_anew() {
    let sso = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let moved = come(&mut browser, SSO_BUTTON).await;
    is_in(&mut browser, &moved, ADA).await;
    sso.rotate_in_mid_flow();
    let mut browser = house.browser();
    let moved = come(&mut browser, SSO_BUTTON).await;
    is_in(&mut browser, &moved, ADA).await;
}

#[tokio::test]
async fn facebook_and_x_refuse_as_they_do() {
    let (facebook, x) = (Facebook::start(&[somebody("88")]), X::start(&[somebody("77")]));
    let house = house_with(&[("facebook", &facebook, ""), ("twitter", &x, "")]).await;
    for button in ["Sign in with Facebook", X_BUTTON] {
        let mut browser = house.browser();
        let told = come_by(&mut browser, &mut Abroad::new(), button, Answer::Cancel).await;
        refused_for(&house, &mut browser, &told, GIVEN_UP, "provider-cancelled").await;
    }
    facebook.give_tokens_of_another_app();
    let mut browser = house.browser();
    let told = come_by(
        &mut browser,
        &mut Abroad::new(),
        "Sign in with Facebook",
        Answer::As("88"),
    )
    .await;
    refused_for(&house, &mut browser, &told, UNUSABLE, "token-app_id").await;
    assert!(
        !facebook.asked().contains(&Call::Userinfo),
        "who it is of was asked of another app's token"
    );
    facebook.behave();
    for call in [Call::Token, Call::Inspect, Call::Userinfo] {
        facebook.fail(call, Failure::Broken);
        let mut browser = house.browser();
        let told = come_by(
            &mut browser,
            &mut Abroad::new(),
            "Sign in with Facebook",
            Answer::As("88"),
        )
        .await;
        refused_for(&house, &mut browser, &told, AWAY, "provider-unavailable").await;
        facebook.behave();
    }
    for call in [Call::Token, Call::Userinfo] {
        x.fail(call, Failure::Endless);
        let mut browser = house.browser();
        let told = come_by(&mut browser, &mut Abroad::new(), X_BUTTON, Answer::As("77")).await;
        refused_for(&house, &mut browser, &told, AWAY, "provider-unavailable").await;
        x.behave();
    }
}

/// R52: of any number of callbacks with the same state, at the same instant, one is looked at.
#[tokio::test]
async fn r52_race_of_parallel_callbacks_with_one_state_one_wins() {
    let sso = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    house.ada(&fresh_password());
    for _ in 0..5 {
        let mut browser = house.browser();
        let page = browser.visit(TO_TICKET).await.expect_status(200);
        let there = leave(&mut browser, &page, SSO_BUTTON).await;
        let back = Abroad::new().go(&there, Answer::As("")).await;
        let exchanges = sso.asked().iter().filter(|call| **call == Call::Token).count();
        let mut racing = JoinSet::new();
        for _ in 0..12 {
            let (mut browser, back) = (browser.clone(), back.clone());
            racing.spawn(async move {
                let answer = come_back(&mut browser, &back).await;
                (answer.status.as_u16(), who(&mut browser).await)
            });
        }
        let ended = racing.join_all().await;
        let winners = ended.iter().filter(|(_, who)| who.is_some()).count();
        assert_eq!(winners, 1, "{ended:?}");
        assert!(
            ended.iter().all(|(status, who)| who.is_some() == (*status == 303)),
            "{ended:?}"
        );
        let more = sso.asked().iter().filter(|call| **call == Call::Token).count() - exchanges;
        assert_eq!(more, 1, "one exchange");
    }
}

/// R52: a round trip belongs to a browser, is good once, and ends.
#[tokio::test]
async fn r52_a_callback_is_good_in_its_browser_once_and_for_ten_minutes() {
    let sso = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let page = browser.visit(TO_TICKET).await.expect_status(200);
    let there = leave(&mut browser, &page, SSO_BUTTON).await;
    let back = Abroad::new().go(&there, Answer::As("")).await;

    // Login by a stranger's link: somebody else's answer, in a browser of one's own.
    let mut stranger = house.browser();
    stranger.visit("/sign-in").await.expect_status(200);
    let told = come_back(&mut stranger, &back).await;
    refused_for(&house, &mut stranger, &told, OVER, "flow-over").await;
    let mut bare = house.browser();
    let told = come_back(&mut bare, &back).await;
    refused_for(&house, &mut bare, &told, OVER, "flow-over").await;
    for broken in [
        back.replace("state=", "was="),
        back.replace("state=", "state=x"),
        format!("{}?code=a-code", back.split('?').next().unwrap_or_default()),
    ] {
        let told = come_back(&mut browser.clone(), &broken).await;
        refused_for(&house, &mut browser, &told, OVER, "flow-over").await;
    }
    assert!(!sso.asked().contains(&Call::Token), "{:?}", sso.asked());

    // None of that took anything from whoever it belongs to.
    let mut second = browser.clone();
    let moved = come_back(&mut browser, &back).await;
    is_in(&mut browser, &moved, ADA).await;
    let told = come_back(&mut second, &back).await;
    refused_for(&house, &mut second, &told, OVER, "flow-over").await;
    // Loaded again where it worked, it leads on.
    let again = come_back(&mut browser, &back).await;
    is_in(&mut browser, &again, ADA).await;

    let mut late = house.browser();
    let page = late.visit(TO_TICKET).await.expect_status(200);
    let there = leave(&mut late, &page, SSO_BUTTON).await;
    let back = Abroad::new().go(&there, Answer::As("")).await;
    let mut database = house.server.sqlite().await;
    // As if it had begun ten minutes earlier: nothing but time differs.
    sqlx::query("UPDATE round_trips SET expires_at = expires_at - 600000000, created_at = created_at - 600000000")
        .execute(&mut database)
        .await
        .expect("round trips can be aged");
    let told = come_back(&mut late, &back).await;
    refused_for(&house, &mut late, &told, OVER, "flow-over").await;
    // The destination survives.
    let page = late
        .submit(&told, "Email me a sign-in code", &[("Email address", ADA)])
        .await;
    let code = house.mail.wait_for_mail(ADA).await.code();
    let moved = late.submit_only(&page, "Continue", &[("Sign-in code", &code)]).await;
    is_in(&mut late, &moved, ADA).await;
}

/// R60: a closed account stays closed, and whoever has shown that it is theirs is told so.
#[tokio::test]
async fn r60_a_disabled_account_is_entered_by_no_provider() {
    let sso = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    house.ada(&fresh_password());
    for turn in 0..2 {
        if turn == 1 {
            let enable = ["user", "enable", "--workspace", "acme", "--email", ADA];
            house.server.cli(&enable).expect_success();
            let mut browser = house.browser();
            let moved = come(&mut browser, SSO_BUTTON).await;
            is_in(&mut browser, &moved, ADA).await;
        }
        // The first time it is not connected yet, the second time it is.
        house.disable(ADA);
        let mut browser = house.browser();
        let told = come(&mut browser, SSO_BUTTON).await;
        let sentence = "Your account here is closed.";
        refused_for(&house, &mut browser, &told, sentence, "user-disabled").await;
        let said = house.explain(ADA);
        assert!(said.contains("user-disabled"), "{said}");
    }
}

#[tokio::test]
async fn c3_a_provider_is_switched_for_customers_and_for_staff() {
    let sso = Scripted::start(ada());
    let mut house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    house.ada(&fresh_password());
    house.person("gus@acme.test", "agent", &fresh_password());
    let offered = async |house: &House| {
        let page = house.browser().visit("/sign-in").await.expect_status(200);
        page.html().has_button(SSO_BUTTON)
    };
    assert!(offered(&house).await, "on for customers of a new workspace");
    sso.be(somebody("9").email("gus@acme.test", true));
    let mut browser = house.browser();
    let told = come(&mut browser, SSO_BUTTON).await;
    let off = "Your workspace doesn’t allow this way of signing in.";
    let code = told
        .help_code()
        .unwrap_or_else(|| panic!("{off}: {}", told.html().text()));
    assert_eq!(reason_of(&house, &code).await, "method-off-staff", "off for its staff");
    rule(
        &mut house,
        "/staff/providers",
        json!({"rule": "only", "providers": [SSO]}),
    )
    .await;
    let mut browser = house.browser();
    let moved = come(&mut browser, SSO_BUTTON).await;
    is_in(&mut browser, &moved, "gus@acme.test").await;

    // Switched off while somebody is away.
    sso.be(ada());
    let mut away = house.browser();
    let page = away.visit(TO_TICKET).await.expect_status(200);
    let there = leave(&mut away, &page, SSO_BUTTON).await;
    let back = Abroad::new().go(&there, Answer::As("")).await;
    rule(
        &mut house,
        "/customers/providers",
        json!({"rule": "only", "providers": []}),
    )
    .await;
    rule(&mut house, "/staff/providers", json!(null)).await;
    let told = come_back(&mut away, &back).await;
    let code = told.help_code().unwrap_or_else(|| panic!("{}", told.html().text()));
    assert_eq!(reason_of(&house, &code).await, "method-off-customers");
    assert_eq!(who(&mut away).await, None);
    assert!(!offered(&house).await);
}

/// The way that a browser used last is marked on its sign-in page.
#[tokio::test]
async fn b6_the_button_that_this_browser_used_last_is_marked() {
    let (sso, x) = (Scripted::start(ada()), X::start(&[]));
    let house = house_with(&[(SSO, &sso, FOR_ACME), ("twitter", &x, "")]).await;
    house.ada(&fresh_password());
    let mut browser = house.browser();
    let page = browser.visit("/sign-in").await.expect_status(200);
    assert!(!page.html().text().contains("Last used"), "nothing was used yet");
    let moved = come(&mut browser, SSO_BUTTON).await;
    is_in(&mut browser, &moved, ADA).await;
    browser.forget_cookie("doorward_session");
    let page = browser.visit("/sign-in").await.expect_status(200);
    let body = page.body();
    assert_eq!(body.matches("Last used").count(), 1);
    let form = body
        .split("<form")
        .find(|form| form.contains("Last used"))
        .expect("a form with the mark");
    assert!(form.contains("/sign-in/with/acme-sso"), "{form}");
}

#[tokio::test]
async fn a6_an_identity_is_connected_and_disconnected_from_the_profile() {
    let x = X::start(&[somebody("1")]);
    let house = house_with(&[("twitter", &x, "")]).await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, &password).await.expect_status(303);
    let page = browser.visit("/account/connections").await.expect_status(200);
    let back = round_trip(&mut browser, &mut Abroad::new(), &page, "Connect X", Answer::Cancel).await;
    says(&back, back.status.as_u16(), GIVEN_UP);
    assert_eq!(connected(&mut browser).await, Vec::<String>::new());

    let page = browser.visit("/account/connections").await.expect_status(200);
    let moved = round_trip(&mut browser, &mut Abroad::new(), &page, "Connect X", Answer::As("1")).await;
    let page = browser.follow(moved).await.expect_status(200);
    assert!(page.path.starts_with("/account/connections"), "{}", page.path);
    says(&page, 200, "Your account is connected.");
    assert_eq!(connected(&mut browser).await, ["X"]);
    let told = house.mail.wait_for_words(ADA, "X").await;
    assert!(
        told.subject().contains("connected") || told.text().contains("connected"),
        "{}",
        told.text()
    );

    let mut by_x = house.browser();
    let moved = come_by(&mut by_x, &mut Abroad::new(), X_BUTTON, Answer::As("1")).await;
    is_in(&mut by_x, &moved, ADA).await;

    // Another account cannot have it.
    house
        .server
        .create_person("acme", "grace@acme.test", "Grace", &password);
    let mut grace = house.browser();
    sign_in(&mut grace, "grace@acme.test", &password)
        .await
        .expect_status(303);
    let page = grace.visit("/account/connections").await.expect_status(200);
    let told = round_trip(&mut grace, &mut Abroad::new(), &page, "Connect X", Answer::As("1")).await;
    let told = grace.follow(told).await;
    let taken = "That account is connected to another account here already.";
    says(&told, told.status.as_u16(), taken);
    assert_eq!(connected(&mut grace).await, Vec::<String>::new());

    let page = browser.visit("/account/connections").await.expect_status(200);
    let page = browser.submit(&page, "Disconnect X", &[]).await;
    says(&page, 200, "The account is disconnected.");
    assert_eq!(connected(&mut browser).await, Vec::<String>::new());
    let promised = page.html().text().contains("signed out everywhere else");
    assert!(!promised || who(&mut by_x).await.is_none(), "what the page says is so");
    let mut stranger = house.browser();
    let moved = come_by(&mut stranger, &mut Abroad::new(), X_BUTTON, Answer::As("1")).await;
    one_more_step(&mut stranger, moved).await;
}

/// R57, R52: an answer that was asked for by one session connects nothing in another.
#[tokio::test]
async fn r57_a_connection_is_made_only_in_the_session_that_asked_for_it() {
    let sso = Scripted::start(somebody("9"));
    let house = house_with(&[(SSO, &sso, "")]).await;
    let password = fresh_password();
    house.ada(&password);
    house.server.create_person("acme", MALLORY, "Mallory", &password);
    let mut mallory = house.browser();
    sign_in(&mut mallory, MALLORY, &password).await.expect_status(303);
    let page = mallory.visit("/account/connections").await.expect_status(200);
    let there = leave(&mut mallory, &page, "Connect Acme SSO").await;
    let back = Abroad::new().go(&there, Answer::As("")).await;

    // Mallory has Ada open the answer.
    let mut ada = house.browser();
    sign_in(&mut ada, ADA, &password).await.expect_status(303);
    come_back(&mut ada, &back).await;
    assert_eq!(connected(&mut ada).await, Vec::<String>::new());
    // Or signs out, and Ada in, in the same browser.
    mallory.forget_cookie("doorward_session");
    sign_in(&mut mallory, ADA, &password).await.expect_status(303);
    come_back(&mut mallory, &back).await;
    assert_eq!(connected(&mut mallory).await, Vec::<String>::new());
    assert_eq!(who(&mut mallory).await.as_deref(), Some(ADA));
}

/// A6: never the last way in.
#[tokio::test]
async fn a6_the_last_way_in_stays_connected() {
    let sso = Scripted::start(somebody("9").email(NOBODY_YET, true));
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    let mut browser = house.browser();
    let moved = come(&mut browser, SSO_BUTTON).await;
    is_in(&mut browser, &moved, NOBODY_YET).await;
    // With either of them a mailbox gets in.
    set(&house, &["customers.email_code=false", "customers.password=false"]);
    let page = browser.visit("/account/connections").await.expect_status(200);
    let told = browser.submit(&page, "Disconnect Acme SSO", &[]).await;
    says(
        &told,
        told.status.as_u16(),
        "Nothing else would get you in, so it stays connected.",
    );
    assert_eq!(connected(&mut browser).await, ["Acme SSO"]);
    let mut again = house.browser();
    let moved = come(&mut again, SSO_BUTTON).await;
    is_in(&mut again, &moved, NOBODY_YET).await;
}

/// Pre-hijacking, the first of five: an account with a password that waits at the owner's address.
#[tokio::test]
async fn r57_an_account_that_an_attacker_prepared_is_not_theirs_when_the_owner_arrives() {
    let sso = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    let known = fresh_password();
    let mut attacker = house.browser();
    let verify = ask_sign_up(&mut attacker, ADA, &known).await.expect_status(200);
    house.mail.wait_for_mail(ADA).await;

    let mut owner = house.browser();
    let moved = come(&mut owner, SSO_BUTTON).await;
    if moved.location() == Some(TICKET) {
        is_in(&mut owner, &moved, ADA).await;
    } else {
        let page = one_more_step(&mut owner, moved).await;
        let moved = prove(&house, &mut owner, &page, ADA).await;
        is_in(&mut owner, &moved, ADA).await;
    }
    let told = sign_in(&mut house.browser(), ADA, &known).await;
    assert_eq!(told.status, 401, "the prepared password is worth nothing");
    assert_eq!(house.accounts_of(ADA), 1);
    assert_eq!(who(&mut attacker).await, None);
    attacker
        .submit_only(&verify, "Continue", &[("Verification code", "ABCDEFG")])
        .await;
    assert_eq!(who(&mut attacker).await, None);
}

/// The second: an identity of the attacker's, waiting for the owner's address.
#[tokio::test]
async fn r57_an_identity_that_an_attacker_prepared_is_not_connected_when_the_owner_arrives() {
    let (sso, x) = (Scripted::start(ada()), X::start(&[somebody("666")]));
    let house = house_with(&[(SSO, &sso, FOR_ACME), ("twitter", &x, "")]).await;
    let mut attacker = house.browser();
    let moved = come_by(&mut attacker, &mut Abroad::new(), X_BUTTON, Answer::As("666")).await;
    let page = one_more_step(&mut attacker, moved).await;
    let waiting = attacker
        .submit(&page, "Continue", &[("Email address", ADA)])
        .await
        .expect_status(200);
    house.mail.wait_for_mail(ADA).await;

    let mut owner = house.browser();
    let moved = come(&mut owner, SSO_BUTTON).await;
    is_in(&mut owner, &moved, ADA).await;
    assert_eq!(connected(&mut owner).await, ["Acme SSO"]);
    for typed in ["ABCDEFG", "2345678"] {
        attacker
            .submit_only(&waiting, "Continue", &[("Sign-in code", typed)])
            .await;
        assert_eq!(who(&mut attacker).await, None);
    }
    let mut again = house.browser();
    let moved = come_by(&mut again, &mut Abroad::new(), X_BUTTON, Answer::As("666")).await;
    one_more_step(&mut again, moved).await;
    assert_eq!(connected(&mut owner).await, ["Acme SSO"]);
}

/// The third: the owner's address as an unproved one of the attacker's account, and a change on its way.
#[tokio::test]
async fn r57_an_address_that_an_attacker_claimed_leads_the_owner_to_their_own_account() {
    let sso = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    let password = fresh_password();
    house.server.create_person("acme", MALLORY, "Mallory", &password);
    let mut mallory = house.browser();
    sign_in(&mut mallory, MALLORY, &password).await.expect_status(303);
    let page = mallory.visit("/account/emails").await.expect_status(200);
    mallory
        .submit(&page, "Add", &[("Add an email address", ADA)])
        .await
        .expect_status(200);
    let link = house.mail.wait_for_words(ADA, "/verify-email/").await.link();

    let mut owner = house.browser();
    let moved = come(&mut owner, SSO_BUTTON).await;
    let moved = if moved.location() == Some(TICKET) {
        moved
    } else {
        let page = one_more_step(&mut owner, moved).await;
        prove(&house, &mut owner, &page, ADA).await
    };
    is_in(&mut owner, &moved, ADA).await;
    assert_ne!(user_id(&mut owner).await, user_id(&mut mallory).await);
    // The change that was on its way arrives nowhere, whoever opens its link.
    for browser in [&mut mallory.clone(), &mut house.browser()] {
        let page = browser.visit(&path_of(browser, &link)).await;
        if page.html().has_button("Confirm this address") {
            browser.submit(&page, "Confirm this address", &[]).await;
        }
    }
    let session = mallory.get("/api/v1/session").await.expect_status(200);
    assert_eq!(text(&session, "/user/primary_email"), MALLORY);
    let mut again = house.browser();
    let moved = come(&mut again, SSO_BUTTON).await;
    is_in(&mut again, &moved, ADA).await;
    assert_eq!(user_id(&mut again).await, user_id(&mut owner).await);
}

/// The fourth: a session that the attacker kept open.
#[tokio::test]
async fn r57_no_session_and_no_attempt_that_an_attacker_kept_open_is_the_owners_after_they_arrive() {
    let (sso, x) = (Scripted::start(ada()), X::start(&[somebody("666")]));
    let house = house_with(&[(SSO, &sso, FOR_ACME), ("twitter", &x, "")]).await;
    house.contact(ADA);
    // Every attempt that can be begun at the owner's address without the mailbox.
    let mut attempts = Vec::new();
    let mut browser = house.browser();
    let page = ask_code(&mut browser, "/sign-in", ADA).await.expect_status(200);
    attempts.push((browser, page, "Sign-in code"));
    let mut browser = house.browser();
    let page = ask_sign_up(&mut browser, ADA, &fresh_password())
        .await
        .expect_status(200);
    attempts.push((browser, page, "Verification code"));
    let mut browser = house.browser();
    let moved = come_by(&mut browser, &mut Abroad::new(), X_BUTTON, Answer::As("666")).await;
    let page = one_more_step(&mut browser, moved).await;
    let page = browser
        .submit(&page, "Continue", &[("Email address", ADA)])
        .await
        .expect_status(200);
    attempts.push((browser, page, "Sign-in code"));

    let mut owner = house.browser();
    let moved = come(&mut owner, SSO_BUTTON).await;
    let page = one_more_step(&mut owner, moved).await;
    let moved = prove(&house, &mut owner, &page, ADA).await;
    is_in(&mut owner, &moved, ADA).await;
    for (mut browser, page, label) in attempts {
        assert_eq!(who(&mut browser).await, None, "{label}");
        browser.submit_only(&page, "Continue", &[(label, "ABCDEFG")]).await;
        assert_eq!(who(&mut browser).await, None, "{label}");
    }
    let page = owner.visit("/account/security").await.expect_status(200);
    assert!(
        !page.html().has_button("End all other sessions"),
        "there is no other session"
    );
    assert_eq!(connected(&mut owner).await, ["Acme SSO"]);
}

/// The fifth: a second factor that is the attacker's, and a provider that vouches for whatever it is told.
#[tokio::test]
async fn r57_a_second_factor_that_an_attacker_prepared_never_stands_before_the_owner() {
    let sso = Scripted::start(ada());
    let anybody = Scripted::start(Person::new("mallory").email(ADA, true));
    let house = house_with(&[(SSO, &sso, FOR_ACME), ("anybody", &anybody, "")]).await;
    let password = fresh_password();
    house.server.create_person("acme", MALLORY, "Mallory", &password);
    let mut mallory = house.browser();
    sign_in(&mut mallory, MALLORY, &password).await.expect_status(303);
    let page = mallory.visit("/account/emails").await.expect_status(200);
    mallory
        .submit(&page, "Add", &[("Add an email address", ADA)])
        .await
        .expect_status(200);
    enable_two_factor(&mut mallory).await;
    // Whatever that provider says of Ada's address, its word counts for nobody.
    let mut attacker = house.browser();
    let moved = come(&mut attacker, "Sign in with anybody").await;
    one_more_step(&mut attacker, moved).await;

    let mut owner = house.browser();
    let moved = come(&mut owner, SSO_BUTTON).await;
    let moved = if moved.location() == Some(TICKET) {
        moved
    } else {
        let page = one_more_step(&mut owner, moved).await;
        prove(&house, &mut owner, &page, ADA).await
    };
    is_in(&mut owner, &moved, ADA).await;
    assert_ne!(user_id(&mut owner).await, user_id(&mut mallory).await);
    let mut attacker = house.browser();
    let moved = come(&mut attacker, "Sign in with anybody").await;
    one_more_step(&mut attacker, moved).await;
}

#[tokio::test]
async fn b8_single_sign_on_admits_whom_an_active_record_of_the_directory_names() {
    let sso = Scripted::start(ada());
    let house = house_with(&[(SSO, &sso, FOR_ACME)]).await;
    house.ada(&fresh_password());
    let ask = "directory.ask=Ask the front desk.";
    set(&house, &["directory.required=true", ask]);
    let mut browser = house.browser();
    let page = browser.visit(TO_TICKET).await.expect_status(200);
    assert!(
        page.html().text().contains("Ask the front desk."),
        "it is said beforehand"
    );
    let told = come(&mut browser, SSO_BUTTON).await;
    refused_for(
        &house,
        &mut browser,
        &told,
        "couldn’t find you in it",
        "directory-no-record",
    )
    .await;
    assert!(told.html().text().contains("Ask the front desk."));

    let mut syncer = Syncer::new(&house, "acme", "Entra ID");
    let record = syncer.new_user(ADA).await;
    let moved = come(&mut browser, SSO_BUTTON).await;
    is_in(&mut browser, &moved, ADA).await;

    let off = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": false}],
    });
    let path = format!("/Users/{record}");
    syncer.ask(Method::PATCH, &path, Some(off)).await.expect_status(200);
    assert_eq!(who(&mut browser).await, None, "R61: out at the very next request");
    let mut other = house.browser();
    let told = come(&mut other, SSO_BUTTON).await;
    refused_for(
        &house,
        &mut other,
        &told,
        "couldn’t find you in it",
        "directory-inactive",
    )
    .await;
}
