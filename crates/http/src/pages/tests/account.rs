//! The pages of one's own account: A4, A5, A7, B10–B12, and the fresh proof before each sensitive change (R11, R72).

use std::sync::atomic::Ordering;

use doorward_domain::ids::SessionId;
use doorward_domain::role::Role;
use doorward_domain::testing::{APP_SECRET, PASSWORD, Person};
use http::Method;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER};

use super::house::{Answer, Browser, House};

const SECURITY: &str = "/account/security";
const EMAILS: &str = "/account/emails";
const PROFILE: &str = "/account/profile";
const TWO_FACTOR: &str = "/account/security/two-factor";
const CODE: &str = "/account/security/two-factor/code";
const CODES: &str = "/account/security/two-factor/codes";
const NEW: &str = "another horse entirely";
/// Longer than a sign-in counts as a fresh proof (R11).
const STALE: u64 = 301;

/// Every address of the area that a form is sent to.
const FORMS: [&str; 20] = [
    PROFILE,
    "/account/picture/remove",
    EMAILS,
    "/account/emails/resend",
    "/account/emails/primary",
    "/account/emails/remove",
    "/account/connections/with/google",
    "/account/connections/disconnect",
    "/account/security/password",
    "/account/security/password/begin",
    "/account/security/passkeys",
    "/account/security/passkeys/new",
    "/account/security/passkeys/rename",
    "/account/security/passkeys/remove",
    "/account/security/sessions/end",
    "/account/security/sessions/end-others",
    TWO_FACTOR,
    CODE,
    "/account/security/two-factor/disable",
    "/account/security/two-factor/new-codes",
];

async fn signed_in(house: &House, email: &str) -> Browser {
    let mut browser = house.browser();
    let entered = browser.sign_in(email, PASSWORD).await;
    assert_eq!(entered.location(), "/");
    browser
}

/// The code that an app with `key` shows now, by an implementation of the RFCs that is not ours.
pub(super) fn app_code(house: &House, key: &[u8]) -> String {
    let generator = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::from(key.to_vec()))
        .with_account_name("jo")
        .with_issuer(Some("acme"))
        .build()
        .unwrap();
    let now = house.now().as_unix_seconds();
    generator.generate(u64::try_from(now).unwrap()).to_string()
}

pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before} in {text}"));
    rest.split(after).next().unwrap()
}

pub(super) fn key_of(page: &Answer) -> Vec<u8> {
    let shown = between(&page.body, "id=\"app-key\">", "<").replace(' ', "");
    data_encoding::BASE32_NOPAD.decode(shown.as_bytes()).unwrap()
}

fn session_of(browser: &Browser) -> String {
    browser.jar["doorward_session"].clone()
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_the_door_and_back() {
    let house = House::new().await;
    let mut browser = house.browser();
    for page in [SECURITY, EMAILS, PROFILE] {
        let sent = browser.get(page).await;
        let expected = format!("/sign-in?return_to={}", page.replace('/', "%2F"));
        assert_eq!(sent.location(), expected);
    }
    for form in FORMS {
        let sent = browser.post(form, &[("id", "x")]).await;
        assert!(
            sent.location().starts_with("/sign-in?return_to=%2Faccount%2F"),
            "{form}"
        );
    }
    assert_eq!(browser.get("/account/picture").await.status, 404);
}

/// An address as the links of the rail write it.
fn escaped(path: &str) -> String {
    path.replace('/', "&#x2f;")
}

#[tokio::test]
async fn the_pages_are_kept_nowhere_and_lead_to_each_other() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = signed_in(&house, "jo@example.com").await;
    for (page, heading) in [
        (SECURITY, "<h1>Security</h1>"),
        (EMAILS, "<h1>Emails &amp; notifications</h1>"),
        (PROFILE, "<h1>Your profile</h1>"),
    ] {
        let shown = browser.get(page).await;
        shown.shows(200, heading);
        assert_eq!(shown.headers[CACHE_CONTROL], "no-store", "{page}");
        for link in [SECURITY, EMAILS, PROFILE] {
            shown.shows(200, &format!("href=\"{}\"", escaped(link)));
        }
        shown.shows(200, &format!("href=\"{}\" aria-current=\"page\"", escaped(page)));
    }
    let profile = browser.get(PROFILE).await;
    profile.shows(200, ">Manage two-factor authentication</a>");
    browser.get("/").await.shows(200, ">Edit profile</a>");
}

#[tokio::test]
async fn s14_to_s22_two_factor_is_turned_on_step_by_step() {
    for role in [Role::Customer, Role::Collaborator, Role::Agent] {
        let house = House::new().await;
        let person = Person::customer(house.given.workspace.id, "jo@example.com").role(role);
        let jo = house.given.person(person);
        let mut browser = signed_in(&house, "jo@example.com").await;
        let page = browser.get(SECURITY).await;
        page.shows(200, ">Manage two-factor authentication</h2>");
        page.shows(200, ">Enable</button>");
        let begun = browser.fill(&page, TWO_FACTOR, TWO_FACTOR, &[]).await;
        assert_eq!(begun.location(), TWO_FACTOR);
        let key = browser.follow(&begun).await;
        key.shows(200, "role=\"img\" aria-label=\"QR code");
        key.shows(200, "<svg");
        key.shows(200, "href=\"otpauth:");
        key.shows(200, ">Next</button>");
        assert!(!key.body.contains("<?xml"));
        let secret = key_of(&key);
        assert_eq!(secret.len(), 20);
        assert!(
            house
                .given
                .store
                .factors_of(jo.id)
                .is_some_and(|factors| factors.app.is_none())
        );

        let next = browser.get(CODE).await;
        next.shows(200, ">Enter authentication code</label>");
        next.shows(200, ">Enable two-factor authentication</button>");
        let right = app_code(&house, &secret);
        let wrong = if right == "123456" { "654321" } else { "123456" };
        browser
            .fill(&next, CODE, CODE, &[("code", "12345")])
            .await
            .shows(422, "The code has 6 digits.");
        let refused = browser.fill(&next, CODE, CODE, &[("code", wrong)]).await;
        refused.shows(401, "That code is not right. Wait for the app’s next code");
        refused.shows(401, &house.last_help_code());
        assert!(
            house
                .given
                .store
                .factors_of(jo.id)
                .is_some_and(|factors| factors.app.is_none())
        );

        let codes = browser.fill(&next, CODE, CODE, &[("code", &right)]).await;
        codes.shows(200, "Two-factor authentication is on.");
        for button in ["Copy", "Download", "Print", "I have saved these codes"] {
            codes.shows(200, &format!(">{button}</button>"));
        }
        assert_eq!(codes.body.matches("<li><code>").count(), 10);
        assert_eq!(codes.headers[CACHE_CONTROL], "no-store");
        assert!(
            house
                .given
                .store
                .factors_of(jo.id)
                .is_some_and(|factors| factors.app.is_some())
        );
        let first = between(&codes.body, "<li><code>", "<").to_owned();
        assert!(!browser.get(SECURITY).await.body.contains(&first), "shown this once");
        browser.get(SECURITY).await.shows(200, "You have 10 backup codes left.");
        assert_eq!(
            browser.get(TWO_FACTOR).await.location(),
            SECURITY,
            "the key is not shown again"
        );

        let mut elsewhere = house.browser();
        let half = elsewhere.sign_in("jo@example.com", PASSWORD).await;
        assert!(half.location().starts_with("/sign-in/second-factor?flow="));
        assert!(!elsewhere.is_signed_in().await);
    }
}

#[tokio::test]
async fn b12_the_codes_come_back_as_a_file_and_nothing_else_does() {
    let house = House::new().await;
    house.given.with_two_factor("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get("/sign-in").await;
    let token = page
        .hidden("/sign-in")
        .into_iter()
        .find(|(name, _)| name == "form_token")
        .unwrap()
        .1;
    let names: Vec<String> = (1..=11).map(|n| format!("code{n}")).collect();
    let form = |count: usize, value: &'static str| {
        let mut fields: Vec<(&str, &str)> = names.iter().take(count).map(|name| (name.as_str(), value)).collect();
        fields.push(("form_token", token.as_str()));
        fields
    };
    let file = browser.post(CODES, &form(10, "abcde-fghjk-mnp")).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.headers[CONTENT_TYPE], "text/plain; charset=utf-8");
    assert_eq!(
        file.headers[CONTENT_DISPOSITION],
        "attachment; filename=\"backup-codes.txt\""
    );
    assert_eq!(file.headers[CACHE_CONTROL], "no-store");
    assert_eq!(file.body.matches("ABCDE-FGHJK-MNP\r\n").count(), 10);
    for unfit in [
        form(9, "abcde-fghjk-mnp"),
        form(11, "abcde-fghjk-mnp"),
        form(10, "<script>alert(1)</script>"),
        form(10, ""),
    ] {
        assert_eq!(browser.post(CODES, &unfit).await.status, 422);
    }
    let mut forged = form(10, "abcde-fghjk-mnp");
    forged.pop();
    assert_eq!(browser.post(CODES, &forged).await.status, 403);
}

#[tokio::test]
async fn r72_nothing_sensitive_is_done_without_a_fresh_proof_and_the_form_is_kept() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, "jo@example.com")
        .also("second@example.com", true)
        .with_passkey("Phone", true);
    let jo = house.given.person(person);
    let (second, passkey) = (
        jo.emails[1].id.to_string(),
        house.given.store.passkeys()[0].id.to_string(),
    );
    let mut browser = signed_in(&house, "jo@example.com").await;
    let token = browser.get(SECURITY).await.hidden(TWO_FACTOR).remove(0).1;
    house.wait(STALE);
    let sensitive: [(&str, &[(&str, &str)]); 8] = [
        (TWO_FACTOR, &[]),
        (CODE, &[("code", "123456")]),
        ("/account/security/two-factor/disable", &[("confirmed", "1")]),
        ("/account/security/two-factor/new-codes", &[]),
        ("/account/security/passkeys/new", &[("name", "Laptop")]),
        (
            "/account/security/passkeys/remove",
            &[("id", &passkey), ("confirmed", "1")],
        ),
        ("/account/emails/primary", &[("id", &second)]),
        ("/account/emails/remove", &[("id", &second), ("confirmed", "1")]),
    ];
    for (address, fields) in sensitive {
        let mut form = fields.to_vec();
        form.push(("form_token", &token));
        let asked = browser.post(address, &form).await;
        asked.shows(403, "<h1>Confirm that it’s you</h1>");
        let kept = asked.hidden(address);
        for (name, value) in fields {
            assert!(
                kept.iter().any(|(known, kept)| known == name && kept == value),
                "{address} {name}"
            );
        }
    }
    assert_eq!(browser.get(TWO_FACTOR).await.status, 403, "looking at a key as well");
    let after = house
        .given
        .store
        .people()
        .into_iter()
        .find(|known| known.id == jo.id)
        .unwrap();
    assert_eq!(after.emails, jo.emails);
    assert_eq!(house.given.store.passkeys().len(), 1);
    assert!(
        house
            .given
            .store
            .factors_of(jo.id)
            .is_none_or(|factors| factors.pending.is_none())
    );
}

#[tokio::test]
async fn r79_a_proof_in_place_does_what_was_asked_and_renews_the_session() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let mut browser = signed_in(&house, "jo@example.com").await;
    house.wait(STALE);
    let page = browser.get(EMAILS).await;
    let asked = browser
        .fill(&page, EMAILS, EMAILS, &[("email", "new@example.com")])
        .await;
    asked.shows(403, "Confirm that it’s you");
    let empty = browser.fill(&asked, EMAILS, EMAILS, &[("proof_password", "")]).await;
    empty.shows(422, "Enter your password.");
    let wrong = browser
        .fill(&empty, EMAILS, EMAILS, &[("proof_password", "not my horse")])
        .await;
    wrong.shows(401, "That password is not right.");
    wrong.shows(401, &house.last_help_code());
    assert!(!wrong.body.contains("not my horse"));
    assert!(house.given.store.messages_to("new@example.com").is_empty());

    let (old, mut thief) = (session_of(&browser), browser.clone());
    let done = browser
        .fill(&wrong, EMAILS, EMAILS, &[("proof_password", PASSWORD)])
        .await;
    assert_eq!(done.location(), EMAILS);
    assert_ne!(session_of(&browser), old);
    assert!(
        browser.is_signed_in().await && !thief.is_signed_in().await,
        "the old token is dead"
    );
    browser
        .follow(&done)
        .await
        .shows(200, "We have sent a message to that address.");
    let person = house
        .given
        .store
        .people()
        .into_iter()
        .find(|known| known.id == jo.id)
        .unwrap();
    assert_eq!(person.emails.len(), 2);
    let once = browser.get(EMAILS).await;
    assert!(!once.body.contains("role=\"status\""), "said once");
}

#[tokio::test]
async fn a_proof_by_mail_counts_only_where_no_second_factor_is_on() {
    let house = House::new().await;
    house.given.without_password("jo@example.com");
    let mut browser = house.browser();
    let asked = browser.ask_code("/sign-in", "jo@example.com").await;
    let page = browser.follow(&asked).await;
    let code = house.code("jo@example.com");
    browser
        .fill(&page, "/sign-in/code", "/sign-in/code", &[("code", &code)])
        .await
        .location();
    house.wait(STALE);

    let page = browser.get(SECURITY).await;
    page.shows(200, "You have no password yet.");
    assert!(
        !page.body.contains("name=\"new_password\""),
        "first the proof, then the password"
    );
    let begin = "/account/security/password/begin";
    let asked = browser.fill(&page, begin, begin, &[]).await;
    asked.shows(403, ">Email me a code</button>");
    assert!(!asked.body.contains("proof_password"));
    let sent = browser.fill(&asked, begin, begin, &[]).await;
    sent.shows(403, "We have sent a message to");
    let right = house.code("jo@example.com");
    let wrong = house.wrong_code("jo@example.com");
    let refused = browser.fill(&sent, begin, begin, &[("proof_email_code", &wrong)]).await;
    refused.shows(401, "That code is not right.");
    let done = browser
        .fill(&refused, begin, begin, &[("proof_email_code", &right)])
        .await;
    assert_eq!(done.location(), SECURITY);
    let page = browser.follow(&done).await;
    let set = "/account/security/password";
    let done = browser.fill(&page, set, set, &[("new_password", NEW)]).await;
    browser.follow(&done).await.shows(200, "Your new password is set.");
    let mut elsewhere = house.browser();
    assert_eq!(elsewhere.sign_in("jo@example.com", NEW).await.location(), "/");
}

#[tokio::test]
async fn r11_the_present_password_changes_the_password_and_ends_the_other_sessions() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut elsewhere = signed_in(&house, "jo@example.com").await;
    let mut browser = signed_in(&house, "jo@example.com").await;
    let set = "/account/security/password";
    let page = browser.get(SECURITY).await;
    page.shows(200, "at least 12 characters");
    let both = browser
        .fill(&page, set, set, &[("current_password", ""), ("new_password", "")])
        .await;
    both.shows(422, "Enter your current password.");
    both.shows(422, "Enter a new password.");
    let wrong = [("current_password", "not my horse"), ("new_password", NEW)];
    let refused = browser.fill(&page, set, set, &wrong).await;
    refused.shows(401, "That password is not right.");
    assert!(!refused.body.contains(NEW));
    let short = [("current_password", PASSWORD), ("new_password", "short")];
    let unfit = browser.fill(&page, set, set, &short).await;
    unfit.shows(422, "Enter a password of at least 12 characters.");
    assert!(elsewhere.is_signed_in().await && browser.is_signed_in().await);

    let right = [("current_password", PASSWORD), ("new_password", NEW)];
    let done = browser.fill(&page, set, set, &right).await;
    browser.follow(&done).await.shows(200, "Your new password is set.");
    assert!(!elsewhere.is_signed_in().await && browser.is_signed_in().await);
    assert_eq!(house.browser().sign_in("jo@example.com", NEW).await.location(), "/");
}

#[tokio::test]
async fn a_change_that_leaves_one_way_in_is_told_before_it_is_made() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, "jo@example.com")
        .without_password()
        .with_passkey("Phone", true);
    house.given.person(person);
    let id = house.given.store.passkeys()[0].id.to_string();
    let mut browser = house.browser();
    let asked = browser.ask_code("/sign-in", "jo@example.com").await;
    let page = browser.follow(&asked).await;
    let code = house.code("jo@example.com");
    browser
        .fill(&page, "/sign-in/code", "/sign-in/code", &[("code", &code)])
        .await
        .location();
    let remove = "/account/security/passkeys/remove";
    let page = browser.get(SECURITY).await;
    page.shows(200, ">Ways back in</h2>");
    let told = browser.fill(&page, remove, remove, &[]).await;
    told.shows(409, "Only one thing gets you in.");
    assert_eq!(house.given.store.passkeys().len(), 1);
    assert!(told.hidden(remove).contains(&("id".to_owned(), id)));
    let done = browser.fill(&told, remove, remove, &[]).await;
    browser.follow(&done).await.shows(200, "The passkey is removed.");
    assert!(house.given.store.passkeys().is_empty());
}

#[tokio::test]
async fn turning_two_factor_off_and_new_codes() {
    let house = House::new().await;
    let jo = house.given.person(
        Person::customer(house.given.workspace.id, "jo@example.com")
            .with_app()
            .with_backup_codes(3),
    );
    let mut browser = house.browser();
    let half = browser.sign_in("jo@example.com", PASSWORD).await;
    let page = browser.follow(&half).await;
    let second = "/sign-in/second-factor";
    let code = app_code(&house, &APP_SECRET);
    browser.fill(&page, second, second, &[("code", &code)]).await.location();
    let page = browser.get(SECURITY).await;
    page.shows(200, "You have 3 backup codes left. Make new ones");
    page.shows(200, ">Disable</button>");
    let renew = "/account/security/two-factor/new-codes";
    let codes = browser.fill(&page, renew, renew, &[]).await;
    codes.shows(200, "The old ones don’t work any more.");
    assert_eq!(codes.body.matches("<li><code>").count(), 10);
    browser.get(SECURITY).await.shows(200, "You have 10 backup codes left.");

    house.wait(STALE);
    let disable = "/account/security/two-factor/disable";
    let asked = browser.fill(&page, disable, disable, &[]).await;
    asked.shows(403, "Confirm that it’s you");
    assert!(
        !asked.body.contains("Email me a code"),
        "a mailbox does not stand in for it"
    );
    let code = app_code(&house, &APP_SECRET);
    let mut form = asked.hidden(disable);
    form.retain(|(name, _)| name != "proof");
    let mut fields: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.extend([("proof", "second-factor"), ("proof_code", code.as_str())]);
    let done = browser.post(disable, &fields).await;
    browser
        .follow(&done)
        .await
        .shows(200, "Two-factor authentication is off.");
    assert!(
        house
            .given
            .store
            .factors_of(jo.id)
            .is_none_or(|factors| factors.app.is_none())
    );
    let again = browser.fill(&page, disable, disable, &[]).await;
    again.shows(409, "Two-factor authentication is not on");
}

#[tokio::test]
async fn a7_sessions_are_listed_and_ended_and_nobody_elses() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    house.given.customer("eve@example.com");
    let mut other = signed_in(&house, "jo@example.com").await;
    let mut eve = signed_in(&house, "eve@example.com").await;
    let mut browser = house.browser();
    browser.extra = vec![(
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0".to_owned(),
    )];
    browser.sign_in("jo@example.com", PASSWORD).await.location();
    let page = browser.get(SECURITY).await;
    page.shows(200, "Firefox");
    page.shows(200, "This one");
    page.shows(200, "192.0.2.10");
    let end = "/account/security/sessions/end";
    let sessions = house.given.store.sessions();
    let eves = sessions
        .iter()
        .find(|known| Some(known.user) != page_user(&house, "jo@example.com"))
        .unwrap();
    let mut form = page.hidden(end);
    for (name, value) in &mut form {
        if name == "id" {
            *value = eves.id.to_string();
        }
    }
    let fields: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser
        .post(end, &fields)
        .await
        .shows(410, "That session was over already.");
    assert!(eve.is_signed_in().await);

    let done = browser.fill(&page, end, end, &[]).await;
    browser.follow(&done).await.shows(200, "That session is ended.");
    assert!(!other.is_signed_in().await && browser.is_signed_in().await);
    let mut third = signed_in(&house, "jo@example.com").await;
    let page = browser.get(SECURITY).await;
    let others = "/account/security/sessions/end-others";
    let done = browser.fill(&page, others, others, &[]).await;
    browser.follow(&done).await.shows(200, "All other sessions are ended.");
    assert!(!third.is_signed_in().await && browser.is_signed_in().await && eve.is_signed_in().await);
}

fn page_user(house: &House, email: &str) -> Option<doorward_domain::ids::UserId> {
    let people = house.given.store.people();
    let person = people
        .iter()
        .find(|known| known.emails.iter().any(|own| own.address.as_str() == email));
    person.map(|person| person.id)
}

#[tokio::test]
async fn ending_this_very_session_signs_out() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = signed_in(&house, "jo@example.com").await;
    let token = browser.get(SECURITY).await.hidden(TWO_FACTOR).remove(0).1;
    let own: SessionId = house.given.store.sessions()[0].id;
    let form = [("form_token", token.as_str()), ("id", &own.to_string())];
    let ended = browser.post("/account/security/sessions/end", &form).await;
    assert_eq!(ended.location(), "/");
    assert!(!browser.jar.contains_key("doorward_session"));
}

#[tokio::test]
async fn a4_a_profile_takes_effect_at_once() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = signed_in(&house, "jo@example.com").await;
    let page = browser.get(PROFILE).await;
    for label in [
        ">Full name</label>",
        ">Language</label>",
        ">Time zone</label>",
        ">Save</button>",
    ] {
        page.shows(200, label);
    }
    let wrong = [("name", " "), ("language", "en"), ("time_zone", "Mars/Olympus")];
    let unfit = browser.fill(&page, PROFILE, PROFILE, &wrong).await;
    unfit.shows(422, "Enter your name.");
    unfit.shows(422, "Choose a time zone from the list.");
    let saved = [
        ("name", "Jo Müller"),
        ("language", "ar"),
        ("time_zone", "Asia/Kathmandu"),
    ];
    let done = browser.fill(&page, PROFILE, PROFILE, &saved).await;
    let page = browser.follow(&done).await;
    page.shows(200, "dir=\"rtl\"");
    page.shows(200, "حُفظ ملفك الشخصي.");
    page.shows(200, "Jo Müller");
    let security = browser.get(SECURITY).await;
    security.shows(200, "UTC+05:45");
}

#[tokio::test]
async fn a4_a_picture_is_uploaded_within_its_limits_and_seen_by_its_owner_only() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    house.given.customer("eve@example.com");
    let mut browser = signed_in(&house, "jo@example.com").await;
    let token = browser.get(PROFILE).await.hidden(PROFILE).remove(0).1;
    assert_eq!(browser.get("/account/picture").await.status, 404);
    let png = one_pixel();
    for (file, token, status, words) in [
        (
            b"<svg onload=alert(1)>".to_vec(),
            token.as_str(),
            422,
            "That file is not a picture we can use.",
        ),
        (
            png[..png.len() - 20].to_vec(),
            &token,
            422,
            "That picture can’t be read.",
        ),
        (Vec::new(), &token, 422, "Choose a picture first."),
        (vec![0; 2 * 1024 * 1024 + 1], &token, 413, "That file is too large."),
        (vec![0; 5 * 1024 * 1024], &token, 413, "That file is too large."),
        (png.clone(), "", 403, "This page was open for a while"),
    ] {
        let refused = browser.upload("/account/picture", token, &file).await;
        refused.shows(status, words);
    }
    assert_eq!(browser.get("/account/picture").await.status, 404);
    let done = browser.upload("/account/picture", &token, &png).await;
    let page = browser.follow(&done).await;
    page.shows(200, "Your picture is saved.");
    page.shows(200, "src=\"&#x2f;account&#x2f;picture?");
    let (status, headers, body) = browser.fetch("/account/picture").await;
    assert_eq!(
        (status.as_u16(), headers[CONTENT_TYPE].to_str().unwrap()),
        (200, "image/png")
    );
    assert_eq!(headers[CACHE_CONTROL], "no-store");
    assert!(body.starts_with(b"\x89PNG") && body != png, "written anew");
    let mut eve = signed_in(&house, "eve@example.com").await;
    assert_eq!(eve.get("/account/picture").await.status, 404);
    let remove = "/account/picture/remove";
    let done = browser.fill(&page, remove, remove, &[]).await;
    browser.follow(&done).await.shows(200, "Your picture is removed.");
    assert_eq!(browser.get("/account/picture").await.status, 404);
    // Only this address takes so much, and only from somebody with a session.
    assert_eq!(browser.upload(PROFILE, &token, &[0].repeat(70_000)).await.status, 413);
    assert_eq!(
        house
            .browser()
            .upload("/account/picture", &token, &[0].repeat(70_000))
            .await
            .status,
        413
    );
}

/// A picture of one white pixel.
fn one_pixel() -> Vec<u8> {
    data_encoding::BASE64
        .decode(b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==")
        .unwrap()
}

#[tokio::test]
async fn a5_addresses_are_added_proved_made_primary_and_removed() {
    let house = House::new().await;
    house.given.person(
        Person::customer(house.given.workspace.id, "jo@example.com")
            .also("second@example.com", true)
            .also("claimed@example.com", false),
    );
    let mut browser = signed_in(&house, "jo@example.com").await;
    let page = browser.get(EMAILS).await;
    for exact in [
        ">Primary</span>",
        ">Make primary</button>",
        ">Resend proof</button>",
        "aria-label=\"Remove second@example.com\"",
        ">Add an email address</label>",
        ">Add</button>",
    ] {
        page.shows(200, exact);
    }
    assert!(!page.body.contains("Remove jo@example.com"), "never the primary one");
    for (typed, status, words) in [
        ("", 422, "Enter your email address."),
        ("a@b.example, c@d.example", 422, "Enter one email address only."),
        ("JO@example.com", 409, "That address is on your account already."),
    ] {
        let refused = browser.fill(&page, EMAILS, EMAILS, &[("email", typed)]).await;
        refused.shows(status, words);
        assert_eq!(refused.value_of("email").unwrap_or_default(), typed);
    }
    let before = house.promised.load(Ordering::Relaxed);
    let done = browser
        .fill(&page, EMAILS, EMAILS, &[("email", "third@example.com")])
        .await;
    browser.follow(&done).await.shows(200, "third@example.com");
    assert!(house.promised.load(Ordering::Relaxed) > before);
    assert!(house.link("third@example.com").starts_with("/verify-email/"));
    let resend = "/account/emails/resend";
    let done = browser.fill(&page, resend, resend, &[]).await;
    assert_eq!(done.location(), EMAILS);
    let soon = browser.fill(&page, resend, resend, &[]).await;
    soon.shows(429, "Too many attempts. Try again in 1 minute.");
    assert!(soon.headers.contains_key(RETRY_AFTER));

    let primary = "/account/emails/primary";
    let done = browser.fill(&page, primary, primary, &[]).await;
    browser
        .follow(&done)
        .await
        .shows(200, "Your primary address is changed.");
    let page = browser.get(EMAILS).await;
    page.shows(200, "aria-label=\"Remove jo@example.com\"");
    assert!(!page.body.contains("Remove second@example.com"));
}

#[tokio::test]
async fn a5_what_may_not_be_removed_is_not_and_is_told() {
    let house = House::new().await;
    let jo = house
        .given
        .person(Person::customer(house.given.workspace.id, "jo@example.com").also("claimed@example.com", false));
    let eve = house
        .given
        .person(Person::customer(house.given.workspace.id, "eve@example.com").also("e@example.com", true));
    let mut browser = signed_in(&house, "jo@example.com").await;
    let token = browser.get(EMAILS).await.hidden(EMAILS).remove(0).1;
    let (own, claimed, eves) = (
        jo.emails[0].id.to_string(),
        jo.emails[1].id.to_string(),
        eve.emails[1].id.to_string(),
    );
    for (address, id, status, words) in [
        (
            "/account/emails/remove",
            &own,
            409,
            "Your primary address can’t be removed.",
        ),
        (
            "/account/emails/primary",
            &claimed,
            409,
            "That address is not confirmed yet.",
        ),
        (
            "/account/emails/remove",
            &eves,
            410,
            "That address is not on your account any more.",
        ),
        (
            "/account/emails/primary",
            &eves,
            410,
            "That address is not on your account any more.",
        ),
        (
            "/account/emails/resend",
            &eves,
            410,
            "That address is not on your account any more.",
        ),
    ] {
        let form = [("form_token", token.as_str()), ("id", id), ("confirmed", "1")];
        browser.post(address, &form).await.shows(status, words);
    }
    let known = house.given.store.people();
    for person in [&jo, &eve] {
        let after = known.iter().find(|known| known.id == person.id).unwrap();
        assert_eq!(after.emails, person.emails);
    }
}

#[tokio::test]
async fn a_passkey_is_asked_for_by_a_form_named_and_nobody_elses_is_touched() {
    let house = House::new().await;
    house
        .given
        .person(Person::customer(house.given.workspace.id, "jo@example.com").with_passkey("<phone>", true));
    house
        .given
        .person(Person::customer(house.given.workspace.id, "eve@example.com").with_passkey("Eve's", true));
    let eves = house
        .given
        .store
        .passkeys()
        .into_iter()
        .find(|known| known.name == "Eve's")
        .unwrap();
    let mut browser = signed_in(&house, "jo@example.com").await;
    let page = browser.get(SECURITY).await;
    page.shows(200, "&lt;phone&gt;");
    let new = "/account/security/passkeys/new";
    let asked = browser.fill(&page, new, new, &[]).await;
    asked.shows(200, "data-passkey=\"create\"");
    asked.shows(200, "passkeys.");
    assert_eq!(house.given.store.ceremonies().len(), 1);
    let add = "/account/security/passkeys";
    let silent = browser.fill(&asked, add, add, &[("name", "x")]).await;
    silent.shows(422, "The passkey could not be added.");
    let mut form = asked.hidden(add);
    form.retain(|(name, _)| name != "answer");
    let mut fields: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.extend([("answer", "{\"id\":\"AAAA\"}"), ("name", "Laptop")]);
    let failed = browser.post(add, &fields).await;
    failed.shows(422, "The passkey could not be added.");
    assert_eq!(failed.value_of("name").as_deref(), Some("Laptop"));
    assert_eq!(house.given.store.passkeys().len(), 2);

    let rename = "/account/security/passkeys/rename";
    let id = house
        .given
        .store
        .passkeys()
        .into_iter()
        .find(|known| known.name == "<phone>")
        .unwrap()
        .id;
    let token = page.hidden(new).remove(0).1;
    let form = |id: &'static str, name: &'static str| {
        [
            ("form_token", token.clone()),
            ("id", id.to_owned()),
            ("name", name.to_owned()),
        ]
    };
    let mut named = form("", "My phone");
    named[1].1 = id.to_string();
    let pairs: Vec<(&str, &str)> = named.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = browser.post(rename, &pairs).await;
    browser.follow(&done).await.shows(200, "My phone");
    named[1].1 = eves.id.to_string();
    let pairs: Vec<(&str, &str)> = named.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.post(rename, &pairs).await.location(), SECURITY);
    assert_eq!(
        browser
            .post("/account/security/passkeys/remove", &pairs)
            .await
            .location(),
        SECURITY
    );
    assert!(house.given.store.passkeys().contains(&eves));
}

#[tokio::test]
async fn r83_an_expired_form_changes_nothing() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, "jo@example.com")
        .also("second@example.com", true)
        .with_passkey("Phone", true);
    let jo = house.given.person(person);
    let mut browser = signed_in(&house, "jo@example.com").await;
    let (email, passkey) = (
        jo.emails[1].id.to_string(),
        house.given.store.passkeys()[0].id.to_string(),
    );
    let session = house.given.store.sessions()[0].id.to_string();
    let mails = house.given.store.outbox().len();
    for form in FORMS {
        let id = if form.contains("passkeys") {
            &passkey
        } else if form.contains("sessions") {
            &session
        } else {
            &email
        };
        let fields = [
            ("form_token", "forged"),
            ("id", id.as_str()),
            ("name", "Eve"),
            ("email", "eve@example.com"),
            ("current_password", PASSWORD),
            ("new_password", NEW),
            ("code", "123456"),
            ("confirmed", "1"),
        ];
        browser
            .post(form, &fields)
            .await
            .shows(403, "This page was open for a while");
    }
    assert!(browser.is_signed_in().await);
    let after = house
        .given
        .store
        .people()
        .into_iter()
        .find(|known| known.id == jo.id)
        .unwrap();
    assert_eq!((after.emails, after.name), (jo.emails, jo.name));
    assert_eq!(house.given.store.passkeys()[0].name, "Phone");
    assert_eq!(house.given.store.outbox().len(), mails);
}

#[tokio::test]
async fn a_challenge_for_a_proof_is_for_scripts_of_this_very_page() {
    let house = House::new().await;
    house
        .given
        .person(Person::customer(house.given.workspace.id, "jo@example.com").with_passkey("Phone", true));
    let mut browser = signed_in(&house, "jo@example.com").await;
    let form = browser.post("/account/confirm/passkey", &[]).await;
    assert_eq!(form.status, 415, "a form of another site cannot claim JSON");
    assert_eq!(
        browser.send(Method::GET, "/account/confirm/passkey", None).await.status,
        405
    );
    assert!(house.given.store.ceremonies().is_empty());
}
