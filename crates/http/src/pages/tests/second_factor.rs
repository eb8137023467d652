//! The second step of signing in (B11, B12, R69–R76), and setting it up on the way in.

use std::collections::BTreeSet;
use std::path::Path;

use doorward_domain::role::Role;
use doorward_domain::testing::{APP_SECRET, PASSWORD, Person, backup_code};
use http::Method;
use http::header::{CACHE_CONTROL, RETRY_AFTER};

use super::account::{app_code, between, key_of};
use super::house::{Answer, Browser, House, Plan};

const STEP: &str = "/sign-in/second-factor";
const SET_UP: &str = "/sign-in/second-factor/set-up";

/// Somebody whose first factor was right, on the way to a ticket: the browser, and the page of the second step.
async fn half_in(house: &House, email: &str) -> (Browser, Answer) {
    let mut browser = house.browser();
    let typed = [("email", email), ("password", PASSWORD)];
    let answer = browser
        .open_and_fill("/sign-in?return_to=/tickets/7%3Fa%3Db", "/sign-in", &typed)
        .await;
    assert!(
        answer.location().starts_with("/sign-in/second-factor"),
        "{}",
        answer.location()
    );
    assert!(
        answer
            .cookies()
            .iter()
            .all(|cookie| !cookie.starts_with("doorward_session")),
        "no session yet"
    );
    let page = browser.follow(&answer).await;
    (browser, page)
}

/// Not the code of any step near this instant.
fn wrong_code(house: &House) -> String {
    let right = app_code(house, &APP_SECRET);
    ["000000", "111111"]
        .into_iter()
        .find(|code| *code != right)
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn b11_a_code_of_the_app_opens_the_session_and_the_destination_survives() {
    let house = House::new().await;
    house.given.with_two_factor("jo@example.com");
    let (mut browser, page) = half_in(&house, "jo@example.com").await;
    page.shows(200, "<h1>Two-factor authentication</h1>");
    page.shows(200, ">Authentication code</label>");
    page.shows(200, ">Continue</button>");
    page.shows(200, "Lost your phone and your backup codes?");
    assert_eq!(page.headers[CACHE_CONTROL], "no-store");
    assert!(!page.body.contains("data-passkey="), "they have none");
    assert!(!browser.is_signed_in().await);
    let code = app_code(&house, &APP_SECRET);
    let typed = format!("{} {}", &code[..3], &code[3..]);
    let answer = browser.fill(&page, STEP, STEP, &[("code", &typed)]).await;
    assert_eq!(answer.location(), "/tickets/7?a=b");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn b12_the_same_field_takes_a_backup_code_once() {
    let house = House::new().await;
    house.given.with_two_factor("jo@example.com");
    let code = backup_code(0).expose().to_ascii_lowercase();
    let (mut browser, page) = half_in(&house, "jo@example.com").await;
    let answer = browser.fill(&page, STEP, STEP, &[("code", &code)]).await;
    assert_eq!(answer.location(), "/tickets/7?a=b");
    let (mut browser, page) = half_in(&house, "jo@example.com").await;
    let again = browser.fill(&page, STEP, STEP, &[("code", &code)]).await;
    again.shows(401, "data-reason=\"second-factor-wrong\"");
    again.shows(401, &house.last_help_code());
    again.shows(401, " data-backup ");
    let neither = browser.fill(&again, STEP, STEP, &[("code", "ABC2345")]).await;
    neither.shows(422, " data-backup ");
    let wrong = wrong_code(&house);
    let of_app = browser.fill(&neither, STEP, STEP, &[("code", &wrong)]).await;
    of_app.shows(401, "data-reason=\"second-factor-wrong\"");
    assert!(
        !of_app.body.contains(" data-backup "),
        "the field asks for what was typed last"
    );
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn r70_a_code_that_opened_one_session_opens_no_other() {
    let house = House::new().await;
    house.given.with_two_factor("jo@example.com");
    let code = app_code(&house, &APP_SECRET);
    let (mut first, page) = half_in(&house, "jo@example.com").await;
    let (mut second, other) = half_in(&house, "jo@example.com").await;
    first.fill(&page, STEP, STEP, &[("code", &code)]).await.location();
    let replayed = second.fill(&other, STEP, STEP, &[("code", &code)]).await;
    replayed.shows(401, "That code is not right, or was used already.");
    assert!(!second.is_signed_in().await);
    house.wait(30);
    let next = app_code(&house, &APP_SECRET);
    let answer = second.fill(&replayed, STEP, STEP, &[("code", &next)]).await;
    assert_eq!(answer.location(), "/tickets/7?a=b", "the attempt goes on");
}

#[tokio::test]
async fn r71_wrong_codes_are_counted_and_misshapen_ones_are_not() {
    let house = House::new().await;
    house.given.with_two_factor("jo@example.com");
    let (mut browser, page) = half_in(&house, "jo@example.com").await;
    for (typed, words) in [
        ("", "Enter the code from your app, or a backup code."),
        ("12345", "A code from the app has 6 digits"),
        ("ABC2345", "A code from the app has 6 digits"),
    ] {
        let unfit = browser.fill(&page, STEP, STEP, &[("code", typed)]).await;
        unfit.shows(422, words);
        assert_eq!(unfit.value_of("code"), None, "a code is never written back");
    }
    let wrong = wrong_code(&house);
    for _ in 0..5 {
        let refused = browser.fill(&page, STEP, STEP, &[("code", &wrong)]).await;
        refused.shows(401, "That code is not right, or was used already.");
        assert!(!refused.body.contains(&wrong));
    }
    let right = app_code(&house, &APP_SECRET);
    let waiting = browser.fill(&page, STEP, STEP, &[("code", &right)]).await;
    waiting.shows(429, "Too many attempts. Try again in 15 minutes.");
    assert!(waiting.headers.contains_key(RETRY_AFTER));
    let backup = browser
        .fill(&waiting, STEP, STEP, &[("code", &backup_code(3).expose())])
        .await;
    assert_eq!(backup.location(), "/tickets/7?a=b", "R75: the way out stays open");
}

#[tokio::test]
async fn an_attempt_that_is_over_begins_again_with_the_destination() {
    let house = House::new().await;
    house.given.with_two_factor("jo@example.com");
    let (mut browser, page) = half_in(&house, "jo@example.com").await;
    let code = app_code(&house, &APP_SECRET);
    let mut other = house.browser();
    other.get("/sign-in").await;
    let hidden = page.hidden(STEP);
    let flow = hidden.iter().find(|(name, _)| name == "flow").unwrap().1.clone();
    let foreign = other.get(&format!("{STEP}?flow={flow}&return_to=/tickets/7")).await;
    foreign.shows(410, "we have to begin again");
    foreign.shows(410, "value=\"/tickets/7\"".replace('/', "&#x2f;").as_str());
    house.wait(601);
    let late = browser.fill(&page, STEP, STEP, &[("code", &code)]).await;
    late.shows(410, "we have to begin again");
    assert_eq!(
        late.hidden("/sign-in")
            .iter()
            .find(|(name, _)| name == "return_to")
            .unwrap()
            .1,
        "/tickets/7?a=b"
    );
    for path in [STEP.to_owned(), format!("{STEP}?flow=nonsense"), SET_UP.to_owned()] {
        browser.get(&path).await.shows(410, "Sign in to Acme Help");
    }
}

#[tokio::test]
async fn r83_an_expired_form_tries_nothing() {
    let house = House::new().await;
    house.given.with_two_factor("jo@example.com");
    let (mut browser, page) = half_in(&house, "jo@example.com").await;
    let code = app_code(&house, &APP_SECRET);
    let flow = page
        .hidden(STEP)
        .into_iter()
        .find(|(name, _)| name == "flow")
        .unwrap()
        .1;
    let receipts = house.given.store.receipts().len();
    let expired = browser.post(STEP, &[("flow", &flow), ("code", &code)]).await;
    expired.shows(403, "This page was open for a while");
    assert_eq!(house.given.store.receipts().len(), receipts);
    let answer = browser.fill(&expired, STEP, STEP, &[("code", &code)]).await;
    assert_eq!(answer.location(), "/tickets/7?a=b");
}

/// Every address that the sources of the pages name, with something in the place of its parameters.
fn addresses() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("tests") {
                    folders.push(path);
                }
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for literal in code.split("\"/").skip(1) {
                let literal = literal.split('"').next().unwrap();
                let address = format!("/{literal}")
                    .replace("{token}", "c2VjcmV0")
                    .replace("{number}", "1");
                if !address.contains(['{', '}', ' ', '?']) {
                    found.insert(address);
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn r73_a_half_signed_in_browser_reaches_nothing_but_the_second_step() {
    let house = House::new().await;
    let jo = house.given.person(
        Person::customer(house.given.workspace.id, "jo@example.com")
            .role(Role::Owner)
            .also("two@example.com", false)
            .with_app()
            .with_backup_codes(10)
            .with_passkey("phone", true),
    );
    let addresses = addresses();
    for known in [
        "/",
        "/account/security",
        "/account/emails",
        STEP,
        "/recover/set-up/password",
    ] {
        assert!(addresses.contains(known), "{known} is crawled: {addresses:?}");
    }
    assert!(addresses.len() > 60, "{}", addresses.len());
    let version = house.given.store.credentials_version_of(jo.id);
    let factors = house.given.store.factors_of(jo.id);
    let wrong = wrong_code(&house);
    for address in &addresses {
        let (browser, page) = half_in(&house, "jo@example.com").await;
        let hidden = page.hidden(STEP);
        let fields: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain([
                ("code", wrong.as_str()),
                ("password", "another horse entirely"),
                ("new_password", "another horse entirely"),
                ("email", "eve@example.com"),
                ("name", "Eve"),
                ("id", "0193fcb8-0000-4000-8000-000000000001"),
            ])
            .collect();
        let flow = &hidden.iter().find(|(name, _)| name == "flow").unwrap().1;
        for method in [Method::GET, Method::POST] {
            let mut browser = browser.clone();
            // The attempt is no credential either, wherever it is shown.
            browser.jar.insert("doorward_session".to_owned(), flow.clone());
            let path = if method == Method::GET {
                format!("{address}?flow={flow}")
            } else {
                address.clone()
            };
            let form = (method == Method::POST).then_some(fields.as_slice());
            let answer = browser.send(method.clone(), &path, form).await;
            let what = format!("{method} {address}: {}", answer.status);
            assert!(!answer.body.contains("user-menu"), "{what} greets them");
            for cookie in answer.cookies() {
                let opened = cookie.starts_with("doorward_session=") && !cookie.contains("Max-Age=0");
                assert!(!opened, "{what} sets {cookie}");
            }
            if address.starts_with("/account/") && !address.ends_with("/codes") {
                let turned_away = answer.status.is_client_error()
                    || answer.headers["location"].to_str().unwrap().starts_with("/sign-in");
                assert!(turned_away, "{what}");
            }
            assert!(!browser.is_signed_in().await, "{what}");
        }
        house.wait(3_600);
    }
    assert_eq!(house.given.store.credentials_version_of(jo.id), version);
    assert_eq!(house.given.store.factors_of(jo.id), factors);
    assert!(house.given.store.sessions().is_empty());
    let people = house.given.store.people();
    let now = people.iter().find(|person| person.id == jo.id).unwrap();
    assert_eq!((&now.name, &now.emails), (&jo.name, &jo.emails));
}

#[tokio::test]
async fn r73_a_half_signed_in_browser_is_nobody_to_the_api() {
    let house = House::new().await;
    house.given.with_two_factor("jo@example.com");
    let (mut browser, page) = half_in(&house, "jo@example.com").await;
    let flow = page
        .hidden(STEP)
        .into_iter()
        .find(|(name, _)| name == "flow")
        .unwrap()
        .1;
    let document = browser.get("/api/v1/openapi.json").await;
    let document: serde_json::Value = serde_json::from_str(&document.body).unwrap();
    let mut seen = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        // What is told to anybody says nothing of anybody.
        let to_anybody = ["openapi.json", "/sign-in/methods", "/sign-in/help"]
            .iter()
            .any(|end| path.ends_with(end));
        if to_anybody || operations.get("get").is_none() {
            continue;
        }
        let path = path.replace(['{', '}'], "");
        for credential in [None, Some(format!("Bearer {flow}"))] {
            let mut browser = browser.clone();
            browser.extra = credential.map(|value| ("authorization", value)).into_iter().collect();
            let answer = browser.get(&path).await;
            assert!(
                answer.status.is_client_error(),
                "{path}: {} {}",
                answer.status,
                answer.body
            );
            assert!(!answer.body.contains("jo@example.com"), "{path}");
            seen += 1;
        }
    }
    assert!(seen >= 8, "{seen}");
}

fn required() -> Plan {
    Plan {
        change: |workspace| {
            workspace.security.customers.two_factor_required = true;
            workspace.security.staff.two_factor_required = true;
        },
        ..Plan::default()
    }
}

#[tokio::test]
async fn b11_where_it_is_required_it_is_set_up_on_the_way_in_and_the_destination_survives() {
    let house = House::with(required()).await;
    let jo = house.given.customer("jo@example.com");
    let (mut browser, page) = half_in(&house, "jo@example.com").await;
    page.shows(200, "<h1>Set up two-factor authentication</h1>");
    let begin = format!("{SET_UP}/begin");
    let begun = browser.fill(&page, &begin, &begin, &[]).await;
    let key_page = browser.follow(&begun).await;
    key_page.shows(200, "<svg");
    let hidden = page.hidden(&begin);
    let flow = &hidden.iter().find(|(name, _)| name == "flow").unwrap().1;
    let code_path = format!("{SET_UP}/code");
    let code_page = browser.get(&format!("{code_path}?flow={flow}")).await;
    code_page.shows(200, "Enable two-factor authentication");
    let refused = browser
        .fill(&code_page, &code_path, &code_path, &[("code", "000000")])
        .await;
    assert!([401, 422].contains(&refused.status.as_u16()));
    assert!(house.given.store.factors_of(jo.id).unwrap().app.is_none());
    assert!(!browser.is_signed_in().await);
    let code = app_code(&house, &key_of(&key_page));
    let on = browser
        .fill(&code_page, &code_path, &code_path, &[("code", &code)])
        .await;
    on.shows(200, "I have saved these codes");
    assert_eq!(on.body.matches("<li><code>").count(), 10);
    assert_eq!(on.headers[CACHE_CONTROL], "no-store");
    assert!(browser.is_signed_in().await);
    let form = between(&on.body, "method=\"get\"", "</form>").replace("&#x2f;", "/");
    assert!(form.contains("action=\"/sign-in\""), "{form}");
    assert!(form.contains("name=\"return_to\" value=\"/tickets/7?a=b\""), "{form}");
    let saved = browser.get("/sign-in?return_to=/tickets/7%3Fa%3Db").await;
    assert_eq!(saved.location(), "/tickets/7?a=b");
    let again = browser
        .fill(&code_page, &code_path, &code_path, &[("code", &code)])
        .await;
    assert!(!again.body.contains("<li><code>"), "codes are shown once");
}

#[tokio::test]
async fn each_second_step_leads_to_its_own_page() {
    let house = House::with(required()).await;
    house.given.with_two_factor("jo@example.com");
    house.given.customer("kim@example.com");
    let (mut browser, page) = half_in(&house, "jo@example.com").await;
    let flow = page
        .hidden(STEP)
        .into_iter()
        .find(|(name, _)| name == "flow")
        .unwrap()
        .1;
    let elsewhere = browser.get(&format!("{SET_UP}?flow={flow}")).await;
    assert!(elsewhere.location().starts_with(&format!("{STEP}?flow=")));
    let begin = format!("{SET_UP}/begin");
    let refused = browser.fill(&page, STEP, &begin, &[]).await;
    assert!(
        refused.location().starts_with(&format!("{STEP}?flow=")),
        "no new key for whoever has one"
    );
    let (mut browser, page) = half_in(&house, "kim@example.com").await;
    let flow = page
        .hidden(&begin)
        .into_iter()
        .find(|(name, _)| name == "flow")
        .unwrap()
        .1;
    let elsewhere = browser.get(&format!("{STEP}?flow={flow}")).await;
    assert!(elsewhere.location().starts_with(&format!("{SET_UP}?flow=")));
    let skipped = browser.fill(&page, &begin, STEP, &[("code", "123456")]).await;
    assert_eq!(skipped.status, 401, "{}", skipped.body);
    assert!(!browser.is_signed_in().await);
}
