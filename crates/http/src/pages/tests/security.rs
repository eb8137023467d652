//! C3, C7: the rules of the door looked at and saved, providers with credentials of one's own, how a workspace looks.

use doorward_domain::ports::{ProviderFault, TokenFault, Workspaces as _};
use doorward_domain::provider::ProviderId;
use doorward_domain::role::Audience;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::testing::{PASSWORD, arrived};
use doorward_domain::workspace::Workspace;

use super::house::{Answer, Browser, House};

const ADA: &str = "ada@example.com";
const SECURITY: &str = "/admin/security";
const PREVIEW: &str = "/admin/security/preview";
const PROVIDERS: &str = "/admin/security/providers";

/// The form of customers as a new workspace has it, every way in on.
const CUSTOMERS: [(&str, &str); 15] = [
    ("with_pw", "1"),
    ("with_code", "1"),
    ("with_passkey", "1"),
    ("provider.google", "1"),
    ("provider.microsoft", "1"),
    ("provider.facebook", "1"),
    ("provider.twitter", "1"),
    ("min_length", "12"),
    ("min_length_two_factor", "8"),
    ("session_idle", "7"),
    ("session_idle_unit", "days"),
    ("session_absolute", "30"),
    ("session_absolute_unit", "days"),
    ("sign_up", "open"),
    ("portal_links", "1"),
];
/// The form of staff as a new workspace has it.
const STAFF: [(&str, &str); 8] = [
    ("with_pw", "1"),
    ("with_passkey", "1"),
    ("min_length", "15"),
    ("min_length_two_factor", "8"),
    ("session_idle", "1"),
    ("session_idle_unit", "hours"),
    ("session_absolute", "24"),
    ("session_absolute_unit", "hours"),
];

fn but(
    form: &[(&'static str, &'static str)],
    changes: &[(&'static str, &'static str)],
) -> Vec<(&'static str, &'static str)> {
    let mut form: Vec<_> = form
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name))
        .copied()
        .collect();
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    form
}

async fn at_the_desk(house: &House) -> Browser {
    house.given.owner(ADA);
    let mut ada = house.browser();
    ada.sign_in(ADA, PASSWORD).await;
    ada
}

async fn workspace(house: &House) -> Workspace {
    let found = house.given.store.find(house.given.workspace.id).await.unwrap();
    found.unwrap()
}

async fn settings(house: &House) -> SecuritySettings {
    workspace(house).await.security
}

async fn fill(ada: &mut Browser, page: &Answer, to: &str, form: &[(&str, &str)]) -> Answer {
    ada.fill(page, SECURITY, to, form).await
}

#[tokio::test]
async fn c3_what_is_shown_is_what_holds_and_saving_it_changes_nothing() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let before = settings(&house).await;
    let page = ada.get(SECURITY).await;
    page.shows(200, "Preview changes");
    page.shows(200, "We recommend requiring two-factor authentication of staff");
    fill(&mut ada, &page, PREVIEW, &CUSTOMERS)
        .await
        .shows(200, "Nothing would change.");
    let saved = fill(&mut ada, &page, SECURITY, &CUSTOMERS).await;
    assert_eq!(saved.location(), "/admin/security?for=customers");
    let staff = ada.get("/admin/security?for=staff").await;
    fill(&mut ada, &staff, SECURITY, &STAFF).await;
    let after = settings(&house).await;
    for audience in [Audience::Customers, Audience::Staff] {
        for provider in ["google", "acme-sso"] {
            let provider = ProviderId::parse(provider).unwrap();
            assert_eq!(
                after.offers_provider(audience, &provider),
                before.offers_provider(audience, &provider),
                "{audience:?} {provider}"
            );
        }
    }
    let without = |mut settings: SecuritySettings| {
        settings.customers.providers = None;
        settings.staff.providers = None;
        settings
    };
    assert_eq!(without(after), without(before));
}

#[tokio::test]
async fn c3_whoever_takes_somebodys_last_way_in_is_shown_whose_and_asked() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut ada = at_the_desk(&house).await;
    let page = ada.get(SECURITY).await;
    let shut = but(&CUSTOMERS, &[("with_pw", ""), ("with_code", ""), ("with_passkey", "")]);
    let looked = fill(&mut ada, &page, PREVIEW, &shut).await;
    looked.shows(200, "1 person loses their last way in");
    looked.shows(200, "jo@example.com");
    assert_eq!(
        settings(&house).await,
        house.given.workspace.security,
        "looking changes nothing"
    );
    let asked = fill(&mut ada, &page, SECURITY, &shut).await;
    asked.shows(409, "Save the changes again if this is what you want.");
    assert!(settings(&house).await.customers.password, "not before it is confirmed");
    // What was confirmed is that change and no other.
    let another = but(&shut, &[("min_length", "13")]);
    fill(&mut ada, &asked, SECURITY, &another)
        .await
        .shows(409, "Save the changes again");
    assert!(settings(&house).await.customers.password);
    let saved = fill(&mut ada, &asked, SECURITY, &shut).await;
    assert_eq!(saved.status, 303);
    assert!(!settings(&house).await.customers.password);
    let list = fill(&mut ada, &page, "/admin/security/losing.csv", &CUSTOMERS).await;
    list.shows(200, "id,name,email,role,loses");
}

#[tokio::test]
async fn r105_a_change_that_shuts_every_admin_out_is_refused_and_says_what_to_do() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let page = ada.get("/admin/security?for=staff").await;
    let shut = but(&STAFF, &[("with_pw", ""), ("with_code", "")]);
    fill(&mut ada, &page, PREVIEW, &shut)
        .await
        .shows(200, "These changes are not saved.");
    fill(&mut ada, &page, SECURITY, &shut)
        .await
        .shows(409, "These changes are not saved.");
    assert!(settings(&house).await.staff.password);
    let none = but(&STAFF, &[("with_pw", ""), ("with_passkey", "")]);
    fill(&mut ada, &page, SECURITY, &none)
        .await
        .shows(422, "or no staff could sign in");
}

#[tokio::test]
async fn c3_somebody_elses_change_is_not_overwritten_and_nothing_typed_is_lost() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let page = ada.get(SECURITY).await;
    let meanwhile = but(&CUSTOMERS, &[("min_length", "20")]);
    fill(&mut ada, &page, SECURITY, &meanwhile).await;
    let mine = but(&CUSTOMERS, &[("session_idle", "3")]);
    let conflict = fill(&mut ada, &page, SECURITY, &mine).await;
    conflict.shows(409, "Somebody else changed the settings meanwhile");
    conflict.shows(409, "20 characters");
    assert_eq!(conflict.value_of("session_idle").as_deref(), Some("3"));
    let now = settings(&house).await.customers;
    assert_eq!((now.password_min_length, now.session_idle_seconds), (20, 7 * 86_400));
}

#[tokio::test]
async fn c3_each_misfit_is_told_at_its_field_and_nothing_is_saved() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let page = ada.get(SECURITY).await;
    for (field, value, told) in [
        ("min_length", "7", "Write a whole number from 8 to 64."),
        ("session_idle", "8", "Write a length from 1 minutes to 7 days."),
        ("sign_up", "domains", "Write mail domains separated by commas"),
        ("embedding", "http://help.example", "Write at most 20 addresses"),
    ] {
        let answer = fill(&mut ada, &page, SECURITY, &but(&CUSTOMERS, &[(field, value)])).await;
        answer.shows(422, told);
    }
    assert_eq!(settings(&house).await, house.given.workspace.security);
}

#[tokio::test]
async fn r84_pages_of_the_door_are_framed_by_whom_the_workspace_names_and_no_others_are() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let page = ada.get(SECURITY).await;
    fill(
        &mut ada,
        &page,
        SECURITY,
        &but(&CUSTOMERS, &[("embedding", "https://help.acme.example")]),
    )
    .await;
    let mut stranger = house.browser();
    for (path, expected) in [
        ("/sign-in", "frame-ancestors https://help.acme.example"),
        ("/sign-up", "frame-ancestors https://help.acme.example"),
        ("/backup-login", "frame-ancestors 'none'"),
        ("/", "frame-ancestors 'none'"),
    ] {
        let answer = stranger.get(path).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.ends_with(expected), "{path}: {policy}");
    }
    let policy = ada.get(SECURITY).await.headers["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
}

#[tokio::test]
async fn r99_saving_takes_a_fresh_proof() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let page = ada.get(SECURITY).await;
    house.wait(901);
    let changed = but(&CUSTOMERS, &[("min_length", "20")]);
    let asked = fill(&mut ada, &page, SECURITY, &changed).await;
    asked.shows(403, "Password");
    assert!(
        asked.body.contains("name=\"min_length\" value=\"20\""),
        "what was entered is carried"
    );
    assert_eq!(settings(&house).await, house.given.workspace.security);
}

const OWN: [(&str, &str); 3] = [("id", "acme-sso"), ("client_id", "ours"), ("secret", "hush-hush")];

#[tokio::test]
async fn c3_own_credentials_are_kept_and_the_secret_is_never_shown() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let page = ada.get("/admin/security/providers/new").await;
    page.shows(200, "Add a provider");
    let bad = ada.fill(&page, PROVIDERS, PROVIDERS, &[("id", "Acme SSO")]).await;
    bad.shows(422, "Write a short name");
    let missing = ada.fill(&page, PROVIDERS, PROVIDERS, &[("id", "acme-sso")]).await;
    missing.shows(422, "Write the client ID");
    let kept = ada.fill(&page, PROVIDERS, PROVIDERS, &OWN).await;
    assert_eq!(kept.location(), "/admin/security/providers/acme-sso");
    let page = ada.follow(&kept).await;
    page.shows(200, "Your workspace uses credentials of its own.");
    page.shows(200, "&#x2f;sign-in&#x2f;callback&#x2f;acme-sso");
    assert!(!page.body.contains("hush-hush"));
    ada.get(SECURITY).await.shows(200, "With credentials of your own.");
    ada.get("/sign-in").await;
    house
        .browser()
        .get("/sign-in")
        .await
        .shows(200, "Sign in with acme-sso");
    let remove = "/admin/security/providers/acme-sso/remove";
    let page = ada.get("/admin/security/providers/acme-sso").await;
    assert_eq!(ada.fill(&page, remove, remove, &[]).await.location(), SECURITY);
    assert_eq!(workspace(&house).await.own_providers, []);
}

#[tokio::test]
async fn c3_a_trial_shows_what_came_back_and_which_check_failed() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let page = ada.get("/admin/security/providers/new").await;
    let try_out = "/admin/security/providers/try";
    let who = arrived("acme-sso", "248289761001").verified("zoe@example.com");
    house.provider.knows("good", who);
    house
        .provider
        .answers("acme-sso", "bad", || Err(ProviderFault::Refused(TokenFault::Audience)));
    for (code, status, told) in [
        ("good", 200, "248289761001"),
        ("good", 200, "which does not speak for that domain"),
        ("bad", 422, "token-aud"),
    ] {
        let away = ada.fill(&page, PROVIDERS, try_out, &OWN).await;
        assert!(
            away.location().starts_with("https://acme-sso.example/"),
            "{}",
            away.location()
        );
        let state = house.provider.sent_away().pop().unwrap().state;
        let back = ada
            .get(&format!("/sign-in/callback/acme-sso?code={code}&state={state}"))
            .await;
        back.shows(status, told);
        back.shows(
            status,
            "Nobody was signed in, nothing was connected and nothing was saved.",
        );
    }
    assert_eq!(workspace(&house).await.own_providers, []);
}

#[tokio::test]
async fn c7_a_name_shows_on_the_next_page_and_a_misfit_is_told() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let page = ada.get("/admin/branding").await;
    let form = [
        ("name", "Acme & Söhne"),
        ("accent", "#ffee00"),
        ("corner_radius", "12"),
        ("language", "en"),
        ("language.en", "1"),
        ("language.ar", "1"),
        ("mail_name", "Acme Help"),
    ];
    let to = "/admin/branding";
    let saved = ada.fill(&page, to, to, &form).await;
    let next = ada.follow(&saved).await;
    next.shows(200, "Acme &amp; Söhne");
    next.shows(200, "--radius:12px");
    next.shows(200, "Your colour was made lighter or darker");
    let wrong = ada
        .fill(&page, to, to, &[("name", ""), ("accent", "yellow"), ("language", "en")])
        .await;
    wrong.shows(422, "Write a colour as #");
    assert_eq!(workspace(&house).await.name, "Acme & Söhne");
}

#[tokio::test]
async fn c7_links_stand_at_the_foot_and_hosts_are_of_ones_own() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let page = ada.get("/admin/workspace").await;
    let to = "/admin/workspace";
    let form = [
        ("hosts", "help.acme.example"),
        ("areas", "Tickets /tickets\nTop ideas /ideas"),
        ("privacy", "https://acme.example/privacy"),
        ("receipts_days", "30"),
        ("mail_days", "30"),
        ("audit_days", "400"),
    ];
    let wrong = but(
        &form,
        &[
            ("hosts", "localhost"),
            ("privacy", "javascript:alert(1)"),
            ("receipts_days", "0"),
        ],
    );
    let answer = ada.fill(&page, to, to, &wrong).await;
    answer.shows(422, "is no host name of your own");
    answer.shows(422, "Write an address that begins with https:");
    answer.shows(422, "Write a number of days from 7 to 730.");
    assert_eq!(ada.fill(&page, to, to, &form).await.location(), to);
    let kept = workspace(&house).await;
    assert_eq!(kept.hosts, ["help.acme.example"]);
    assert_eq!(kept.portal.areas[1].name, "Top ideas");
    assert_eq!(kept.portal.retention.receipts_days, 30);
    house
        .browser()
        .get("/sign-in")
        .await
        .shows(200, "href=\"https:&#x2f;&#x2f;acme.example&#x2f;privacy\"");
}

#[tokio::test]
async fn c7_a_logo_is_served_to_anybody_and_may_be_kept() {
    let house = House::new().await;
    let mut ada = at_the_desk(&house).await;
    let page = ada.get("/admin/branding").await;
    let hidden = page.hidden("/admin/branding/logo");
    let token = &hidden.iter().find(|(name, _)| name == "form_token").unwrap().1;
    ada.upload("/admin/branding/logo", token, b"<svg>")
        .await
        .shows(422, "picture");
    let gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
    assert_eq!(
        ada.upload("/admin/branding/logo", token, gif).await.location(),
        "/admin/branding"
    );
    let mut stranger = house.browser();
    let front = stranger.get("/sign-in").await;
    let address = front
        .body
        .split("&#x2f;brand&#x2f;logo?v=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let (status, headers, png) = stranger.fetch(&format!("/brand/logo?v={address}")).await;
    assert_eq!(
        (status.as_u16(), &headers["content-type"]),
        (200, &"image/png".parse().unwrap())
    );
    assert!(headers["cache-control"].to_str().unwrap().contains("immutable"));
    assert!(png.starts_with(b"\x89PNG"));
    let (_, headers, _) = stranger.fetch("/brand/logo?v=1").await;
    assert_eq!(headers["cache-control"], "no-store");
}
