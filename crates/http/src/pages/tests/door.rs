//! *Keep me signed in*, passkeys at the door (B10, R76), and the backup sign-in (B15).

use doorward_domain::role::Role;
use doorward_domain::testing::{APP_SECRET, PASSWORD, Person};
use doorward_domain::workspace::Workspace;
use http::header::CACHE_CONTROL;

use super::account::app_code;
use super::house::{Answer, Browser, House, Plan};
use super::parity::{assert_alike, seen};

const BACKUP: &str = "/backup-login";
const OPTIONS: &str = "/sign-in/passkey/options";
const PASSKEY: &str = "/sign-in/passkey";

fn session_cookie(answer: &Answer) -> String {
    let cookies = answer.cookies();
    let session = cookies.iter().find(|cookie| cookie.starts_with("doorward_session="));
    (*session.unwrap_or_else(|| panic!("no session: {cookies:?}"))).to_owned()
}

fn is_ticked(page: &Answer) -> bool {
    let rest = page.body.split("<input id=\"keep\"").nth(1).unwrap();
    rest.split('>').next().unwrap().contains("checked")
}

#[tokio::test]
async fn keeping_signed_in_is_off_at_first_and_remembered_by_the_browser() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get("/sign-in").await;
    page.shows(200, "Keep me signed in");
    assert!(!is_ticked(&page));
    let plain = browser.sign_in("jo@example.com", PASSWORD).await;
    assert!(
        !session_cookie(&plain).contains("Max-Age"),
        "{}",
        session_cookie(&plain)
    );
    assert!(!browser.jar.contains_key("doorward_keep"));

    browser.jar.remove("doorward_session");
    let typed = [("email", "jo@example.com"), ("password", PASSWORD), ("keep", "1")];
    let kept = browser.open_and_fill("/sign-in", "/sign-in", &typed).await;
    let expires_at = house
        .given
        .store
        .sessions()
        .iter()
        .map(|session| session.expires_at)
        .max();
    let life = expires_at.unwrap().since(house.now()).as_secs();
    assert!(
        session_cookie(&kept).ends_with(&format!("; Max-Age={life}")),
        "R81: {kept:?}"
    );
    assert_eq!(browser.jar["doorward_keep"], "1");

    browser.jar.remove("doorward_session");
    assert!(is_ticked(&browser.get("/sign-in").await));
    let wrong = browser.sign_in("jo@example.com", "not this one").await;
    assert!(!is_ticked(&wrong), "as it was sent");
    let plain = browser.sign_in("jo@example.com", PASSWORD).await;
    assert!(
        !session_cookie(&plain).contains("Max-Age=2"),
        "{}",
        session_cookie(&plain)
    );
    assert!(!browser.jar.contains_key("doorward_keep"), "the last choice counts");
}

#[tokio::test]
async fn keeping_signed_in_holds_on_whichever_step_the_session_opens() {
    let house = House::new().await;
    house.given.with_two_factor("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get("/sign-in").await;
    let typed = [("email", "jo@example.com"), ("password", ""), ("keep", "1")];
    let sent = browser.fill(&page, "/sign-in", "/sign-in/code/send", &typed).await;
    let page = browser.follow(&sent).await;
    let code = house.code("jo@example.com");
    let half = browser
        .fill(&page, "/sign-in/code", "/sign-in/code", &[("code", &code)])
        .await;
    let page = browser.follow(&half).await;
    let step = "/sign-in/second-factor";
    let code = app_code(&house, &APP_SECRET);
    let opened = browser.fill(&page, step, step, &[("code", &code)]).await;
    assert!(session_cookie(&opened).contains("; Max-Age="), "{opened:?}");
}

#[tokio::test]
async fn nobody_is_kept_signed_in_who_was_not_asked() {
    let house = House::new().await;
    house.given.owner("own@example.com");
    let mut browser = house.browser();
    browser.get("/sign-in").await;
    browser.jar.insert("doorward_keep".to_owned(), "1".to_owned());
    let typed = [("email", "own@example.com"), ("password", PASSWORD)];
    let opened = browser.open_and_fill(BACKUP, BACKUP, &typed).await;
    assert!(!session_cookie(&opened).contains("Max-Age"), "{opened:?}");
    let mut browser = house.browser();
    browser.get("/sign-up").await;
    browser.jar.insert("doorward_keep".to_owned(), "1".to_owned());
    let typed = [("name", "Kim"), ("email", "kim@example.com"), ("password", PASSWORD)];
    let sent = browser.open_and_fill("/sign-up", "/sign-up", &typed).await;
    let page = browser.follow(&sent).await;
    let verify = "/sign-up/verify";
    let code = house.code("kim@example.com");
    let opened = browser.fill(&page, verify, verify, &[("code", &code)]).await;
    assert!(!session_cookie(&opened).contains("Max-Age"), "{opened:?}");
}

fn without_passkeys(workspace: &mut Workspace) {
    workspace.security.customers.passkey = false;
    workspace.security.staff.passkey = false;
}

#[tokio::test]
async fn b10_the_button_waits_for_its_script_and_for_the_workspace() {
    let house = House::new().await;
    let page = house.browser().get("/sign-in").await;
    page.shows(200, ">Sign in with a passkey</button>");
    page.shows(200, "autocomplete=\"username webauthn\"");
    page.shows(200, "&#x2f;passkeys.");
    let form = page.body.split("data-passkey=\"get\"").next().unwrap();
    let form = form.rsplit("<form").next().unwrap();
    assert!(
        form.contains(" hidden"),
        "not seen before the script knows that it works: {form}"
    );
    let house = House::with(Plan {
        change: without_passkeys,
        ..Plan::default()
    })
    .await;
    let page = house.browser().get("/sign-in").await;
    assert!(!page.body.contains("passkey"), "{}", page.body);
}

async fn ceremony(browser: &mut Browser, body: &str) -> serde_json::Value {
    let answer = browser.post_json(OPTIONS, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn r76_a_challenge_is_for_this_host_this_browser_and_one_answer() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.get("/sign-in?return_to=/tickets/7").await;
    let begun = ceremony(&mut browser, r#"{"return_to":"/tickets/7"}"#).await;
    assert_eq!(begun["options"]["publicKey"]["rpId"], "acme.localhost");
    assert_eq!(begun["options"]["publicKey"]["userVerification"], "required");
    assert_eq!(
        begun["options"]["publicKey"]["allowCredentials"],
        serde_json::json!([]),
        "R90"
    );
    let id = begun["ceremony"].as_str().unwrap();
    let mut refusals = Vec::new();
    for answer in ["", "null", "{}", "{\"id\":1}", "\"<script>\""] {
        let begun = ceremony(&mut browser, "{}").await;
        let id = begun["ceremony"].as_str().unwrap().to_owned();
        let typed = [("ceremony", id.as_str()), ("answer", answer)];
        let hidden = page.hidden(PASSKEY);
        let (token, back) = (&hidden[0], ("return_to", "/tickets/7"));
        let fields = [(token.0.as_str(), token.1.as_str()), back, typed[0], typed[1]];
        let refused = browser.post(PASSKEY, &fields).await;
        refused.shows(401, "That passkey didn’t work here.");
        refused.shows(401, &house.last_help_code());
        refused.shows(401, "value=\"&#x2f;tickets&#x2f;7\"");
        assert!(!refused.body.contains("<script>\""), "{answer}");
        refusals.push(refused);
    }
    let hidden = page.hidden(PASSKEY);
    let token = (hidden[0].0.as_str(), hidden[0].1.as_str());
    let unknown = browser
        .post(PASSKEY, &[token, ("ceremony", "x"), ("answer", "{}")])
        .await;
    assert_eq!(unknown.status, 400);
    let mut other = house.browser();
    let page = other.get("/sign-in").await;
    let hidden = page.hidden(PASSKEY);
    let token = (hidden[0].0.as_str(), hidden[0].1.as_str());
    let stolen = other.post(PASSKEY, &[token, ("ceremony", id), ("answer", "{}")]).await;
    assert_eq!(stolen.status, 401);
    assert_eq!(
        house.given.store.ceremonies().len(),
        1,
        "another browser spends nothing"
    );
}

#[tokio::test]
async fn r83_challenges_are_asked_for_by_this_sites_json_alone() {
    let house = House::new().await;
    let mut browser = house.browser();
    browser.get("/sign-in").await;
    let plain = browser.post(OPTIONS, &[("autofill", "true")]).await;
    assert_eq!(plain.status, 415, "no form can ask");
    for unfit in ["{", "[]", "{\"autofill\":1}", "{\"eve\":1}"] {
        assert!(
            browser.post_json(OPTIONS, unfit).await.status.is_client_error(),
            "{unfit}"
        );
    }
    assert_eq!(browser.get(OPTIONS).await.status, 405, "a GET changes nothing");
    browser.site = "cross-site";
    let foreign = browser.post_json(OPTIONS, "{}").await;
    assert_eq!(foreign.status, 403);
    let foreign = browser.post(PASSKEY, &[("ceremony", "x")]).await;
    assert_eq!(foreign.status, 403);
    assert!(house.given.store.ceremonies().is_empty());
    let mut root = house.browser_at("localhost");
    assert_eq!(
        root.post_json(OPTIONS, "{}").await.status,
        404,
        "no workspace, no challenge"
    );
}

#[tokio::test]
async fn r73_no_challenge_for_the_second_step_of_somebody_else() {
    let house = House::new().await;
    house.given.person(
        Person::customer(house.given.workspace.id, "jo@example.com")
            .with_app()
            .with_passkey("phone", true),
    );
    let mut browser = house.browser();
    let half = browser.sign_in("jo@example.com", PASSWORD).await;
    let page = browser.follow(&half).await;
    page.shows(
        200,
        "data-options=\"&#x2f;sign-in&#x2f;second-factor&#x2f;passkey&#x2f;options\""
            .replace("&#x2f;", "/")
            .as_str(),
    );
    let hidden = page.hidden("/sign-in/second-factor");
    let flow = &hidden.iter().find(|(name, _)| name == "flow").unwrap().1;
    let body = format!("{{\"flow\":\"{flow}\"}}");
    let options = "/sign-in/second-factor/passkey/options";
    let mut other = house.browser();
    other.get("/sign-in").await;
    assert_eq!(other.post_json(options, &body).await.status, 410);
    assert_eq!(browser.post_json(options, "{\"flow\":\"x\"}").await.status, 410);
    house.wait(601);
    assert_eq!(browser.post_json(options, &body).await.status, 410, "over");
}

fn everything_off(workspace: &mut Workspace) {
    for audience in [&mut workspace.security.customers, &mut workspace.security.staff] {
        audience.password = false;
        audience.email_code = false;
        audience.passkey = false;
    }
}

#[tokio::test]
async fn b15_the_backup_sign_in_works_with_every_method_off() {
    let house = House::with(Plan {
        change: everything_off,
        ..Plan::default()
    })
    .await;
    house.given.person(
        Person::customer(house.given.workspace.id, "own@example.com")
            .role(Role::Owner)
            .with_app(),
    );
    let mut browser = house.browser();
    browser
        .get("/sign-in")
        .await
        .shows(200, "Signing in is switched off here");
    let page = browser.get(&format!("{BACKUP}?return_to=/admin")).await;
    page.shows(200, "<h1>Backup sign-in for administrators</h1>");
    page.shows(200, ">Sign in</button>");
    let typed = [("email", "own@example.com"), ("password", PASSWORD)];
    let half = browser.fill(&page, BACKUP, BACKUP, &typed).await;
    assert!(half.location().starts_with("/sign-in/second-factor?flow="));
    assert!(!browser.is_signed_in().await);
    assert_eq!(
        house.given.store.messages_to("own@example.com").len(),
        1,
        "told as soon as the password is right"
    );
    let page = browser.follow(&half).await;
    let step = "/sign-in/second-factor";
    let code = app_code(&house, &APP_SECRET);
    let opened = browser.fill(&page, step, step, &[("code", &code)]).await;
    assert_eq!(opened.location(), "/admin");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn b15_an_owner_without_a_second_factor_is_led_to_set_one_up() {
    let house = House::with(Plan {
        change: everything_off,
        ..Plan::default()
    })
    .await;
    house.given.owner("own@example.com");
    let mut browser = house.browser();
    let typed = [("email", "own@example.com"), ("password", PASSWORD)];
    let opened = browser.open_and_fill(BACKUP, BACKUP, &typed).await;
    assert_eq!(opened.location(), "/account/security/two-factor");
}

#[tokio::test]
async fn b15_nothing_leads_to_the_backup_sign_in() {
    let house = House::new().await;
    let mut browser = house.browser();
    for path in ["/", "/sign-in", "/sign-up", "/forgot-password", "/nowhere"] {
        assert!(!browser.get(path).await.body.contains("backup-login"), "{path}");
    }
    house.given.owner("own@example.com");
    browser.sign_in("own@example.com", PASSWORD).await;
    for path in ["/", "/account/profile", "/account/security", "/account/emails"] {
        assert!(!browser.get(path).await.body.contains("backup-login"), "{path}");
    }
}

#[tokio::test]
async fn r9_whoever_may_not_use_the_backup_sign_in_is_refused_like_a_wrong_password() {
    let house = House::new().await;
    house.given.customer("known@example.com");
    house.given.without_password("keyle@example.com");
    house.given.disabled("kicke@example.com");
    house.given.agent("knigh@example.com");
    let people = [
        "knobo@example.com",
        "known@example.com",
        "keyle@example.com",
        "kicke@example.com",
        "knigh@example.com",
    ];
    let mut all = Vec::new();
    for (n, email) in people.iter().enumerate() {
        let mut browser = house.browser();
        browser.peer = format!("198.51.100.{n}:40000").parse().unwrap();
        browser.get(BACKUP).await;
        let mut tries = Vec::new();
        for password in [PASSWORD, "not this one", PASSWORD, "", PASSWORD] {
            let before = house.hasher.checks();
            let answer = browser
                .open_and_fill(BACKUP, BACKUP, &[("email", email), ("password", password)])
                .await;
            let hashed = house.hasher.checks() - before;
            assert_eq!(hashed, u32::from(!password.is_empty()), "{email}");
            tries.push(seen(&answer, &[email, &house.last_help_code()]));
            assert!(!browser.is_signed_in().await, "{email}");
        }
        all.push(tries);
    }
    assert_eq!(all[0][0].0, 401);
    assert_alike(&people, &all);
    assert!(
        house.given.store.outbox().is_empty(),
        "nobody is told of a try that opens nothing"
    );
}
