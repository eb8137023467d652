//! R96: what the console's table permits opens, and does what its button says, with everything there that an address names;
//! and where what it names is of another workspace, it is as if nobody had it.

use std::collections::BTreeSet;

use doorward_auth::Acting;
use doorward_auth::directory::create_scim_token::NewScimToken;
use doorward_auth::people::challenge_caller::{CallerRequest, ChallengeBy};
use doorward_auth::portal::Whom;
use doorward_auth::portal::create_portal_link::PortalLinkRequest;
use doorward_auth::workspace::add_hand_over_key::NewHandOverKey;
use doorward_auth::workspace::create_api_key::NewApiKey;
use doorward_auth::workspace::create_role::WantedRole;
use doorward_auth::workspace::keep_provider::TypedProvider;
use doorward_domain::audit::Actor;
use doorward_domain::caller_challenge::CallerAction;
use doorward_domain::mail_log::{MailFilter, MailQuery};
use doorward_domain::own_provider::ClientSecret;
use doorward_domain::provider::ProviderId;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Audience, Permissions, Role};
use doorward_domain::testing::{Given, PASSWORD, Person};
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;
use http::Method;

use super::house::{Answer, Browser, House};
use crate::pages::admin::access::{Row, TABLE};

const NOBODY: &str = "00000000-0000-4000-8000-00000000dead";

/// Where things are made, by whom, about whom.
struct Maker<'a> {
    house: &'a House,
    workspace: &'a Workspace,
    host: Option<&'a str>,
    owner: &'a User,
    jo: &'a User,
}

/// By an owner of the house's own workspace.
fn here<'a>(house: &'a House, owner: &'a User, jo: &'a User) -> Maker<'a> {
    Maker {
        house,
        workspace: &house.given.workspace,
        host: None,
        owner,
        jo,
    }
}

impl Maker<'_> {
    fn by_owner(&self) -> Acting {
        Acting {
            actor: Actor::User(self.owner.id),
            rights: self.owner.rights(),
            client: None,
        }
    }

    /// A name that nothing had before.
    fn name(&self) -> String {
        format!("Number {}", self.house.given.store.audit_rows().len())
    }

    /// What an address calls `{name}`, made if it has to be.
    async fn made(&self, name: &str, path: &str) -> String {
        let (auth, workspace, by) = (&self.house.auth, self.workspace, self.by_owner());
        match (name, path) {
            ("id", path) if path.contains("/mail/") => {
                auth.staff().send_password_reset(&by, workspace, self.jo.id).await.ok();
                let query = MailQuery {
                    filter: MailFilter::default(),
                    after: None,
                    limit: 1,
                };
                let mails = auth.logs().mails(workspace, query).await.unwrap();
                mails.first().unwrap().id.to_string()
            }
            ("id", _) => self.jo.id.to_string(),
            ("session", _) => {
                let mut browser = match self.host {
                    Some(host) => self.house.browser_at(host),
                    None => self.house.browser(),
                };
                let email = self.jo.primary_email().unwrap().address.to_string();
                browser.sign_in(&email, PASSWORD).await.location();
                let sessions = auth.staff().sessions(workspace, self.jo.id).await.unwrap();
                sessions.first().unwrap().id.to_string()
            }
            ("link", _) => {
                let request = PortalLinkRequest {
                    whom: Whom::Id(self.jo.id),
                    return_to: ReturnTo::default(),
                    life_seconds: None,
                };
                let made = auth.portal_links().create(&by, workspace, request).await;
                made.unwrap().id.to_string()
            }
            ("challenge", _) => {
                let request = CallerRequest {
                    user: self.jo.id,
                    action: CallerAction::SetPassword,
                    by: ChallengeBy::Session,
                };
                let begun = auth.callers().challenge(&by, workspace, request).await;
                begun.unwrap().id.to_string()
            }
            ("provider", _) => {
                let id = if self.host.is_some() { "other-sso" } else { "acme-sso" };
                let typed = TypedProvider {
                    id: ProviderId::parse(id).unwrap(),
                    values: [("client_id".to_owned(), "doorward".to_owned())].into(),
                    secret: Some(ClientSecret::new("hush".to_owned())),
                };
                auth.providers().keep(&by, workspace, typed).await.unwrap();
                id.to_owned()
            }
            ("scim_token", _) => {
                let wanted = NewScimToken {
                    name: self.name(),
                    scope: None,
                };
                let made = auth.directory().create_token(by.actor, None, workspace, wanted).await;
                made.unwrap().0.id.to_string()
            }
            ("key", path) if path.contains("/hand-over/") => {
                let keys = auth.workspaces().hand_over_keys(workspace).await.unwrap();
                if let Some(live) = keys.iter().find(|key| key.is_live()) {
                    return live.id.to_string();
                }
                let wanted = NewHandOverKey {
                    audience: Audience::Customers,
                    algorithm: None,
                    public_key: None,
                    highest_role: None,
                };
                let added = auth.workspaces().add_hand_over_key(&by, workspace, wanted).await;
                added.unwrap().key.id.to_string()
            }
            ("key", _) => {
                let made = auth
                    .workspaces()
                    .create_api_key(&by, workspace, NewApiKey::default())
                    .await;
                made.unwrap().0.id.to_string()
            }
            ("organisation", _) => {
                let name = self.name();
                let made = auth.organisations().create(&by, workspace, (&name, &[])).await;
                made.unwrap().id.to_string()
            }
            ("role", _) => {
                let wanted = WantedRole {
                    name: self.name(),
                    based_on: Role::Agent,
                    permissions: Permissions::NONE,
                };
                auth.roles()
                    .create(&by, workspace, wanted)
                    .await
                    .unwrap()
                    .id
                    .to_string()
            }
            // They come in by syncing and by files, which have suites of their own.
            ("record" | "upload", _) => NOBODY.to_owned(),
            (name, path) => panic!("say what {{{name}}} of {path} is"),
        }
    }
}

fn names(path: &'static str) -> Vec<&'static str> {
    let opened = path.split('{').skip(1);
    opened.map(|rest| rest.split('}').next().unwrap()).collect()
}

/// A signed-in browser, and the token of its forms.
async fn signed_in(house: &House, user: &User) -> (Browser, String) {
    let mut browser = house.browser();
    let email = user.primary_email().unwrap().address.to_string();
    browser.sign_in(&email, PASSWORD).await.location();
    let hidden = browser.get("/account/profile").await.hidden("/account/profile");
    let token = hidden.into_iter().find(|(name, _)| name == "form_token");
    (browser, token.unwrap().1)
}

async fn ask(browser: &Browser, token: &str, row: &Row, path: &str) -> Answer {
    // A clone, so that no answer signs the browser out for the next.
    let mut browser = browser.clone();
    let mut form = vec![("form_token", token), ("confirmed", "1")];
    form.extend(typed(row));
    let form = (row.method != "GET").then_some(form.as_slice());
    let method = Method::from_bytes(row.method.as_bytes()).unwrap();
    browser.send(method, path, form).await
}

/// What is typed into the form behind a button.
fn typed(row: &Row) -> Vec<(&'static str, &'static str)> {
    match row.path {
        "/admin/users" => vec![("email", "new@example.com"), ("role", "customer")],
        "/admin/users/{id}/edit" => vec![("name", "Jo")],
        "/admin/users/{id}/role" => vec![("role", "collaborator")],
        "/admin/organisations" => vec![("name", "Globex")],
        "/admin/organisations/{organisation}" => vec![("name", "Initech")],
        "/admin/roles" => vec![("name", "Auditor"), ("based_on", "agent")],
        "/admin/roles/{role}" => vec![("name", "Reader")],
        "/admin/sign-in-check/mend" => vec![("email", "jo@example.com"), ("mend", "send-password-reset")],
        "/admin/branding" | "/admin/workspace" => vec![("name", "Acme")],
        _ => Vec::new(),
    }
}

/// What else a request that is let in may come to, beside a page or the way to one: each is told on its page.
fn named(row: &Row) -> &'static [u16] {
    match (row.method, row.path) {
        // Nothing of that kind is there.
        ("GET", "/admin/users/{id}/picture") => &[404],
        (_, path) if path.contains("{record}") => &[404],
        (_, path) if path.contains("{upload}") => &[410],
        // They take a file.
        ("POST", "/admin/branding/logo" | "/admin/directory/upload") => &[415],
        _ => &[200, 201, 303, 409, 422],
    }
}

#[tokio::test]
async fn r96_what_the_table_permits_opens_for_an_owner() {
    let house = House::new().await;
    let owner = house.given.owner("owner@example.com");
    let jo = house.given.customer("jo@example.com");
    let (browser, token) = signed_in(&house, &owner).await;
    let mut wrong = Vec::new();
    for row in TABLE {
        let maker = here(&house, &owner, &jo);
        let mut path = row.path.to_owned();
        for name in names(row.path) {
            path = path.replace(&format!("{{{name}}}"), &maker.made(name, row.path).await);
        }
        let answer = ask(&browser, &token, row, &path).await;
        let status = answer.status.as_u16();
        let expected = named(row);
        let opens = row.method != "GET" || !expected.contains(&200) || status == 200;
        // What waits for a caller is a page that says so.
        let is_state = row.path.ends_with("/carry-out") && answer.body.contains("<h1");
        let told = !matches!(status, 409 | 422) || is_told(&answer.body) || is_state;
        if !expected.contains(&status) || !opens || !told {
            wrong.push(format!("{} {}: {status} {:.400}", row.method, row.path, answer.body));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a page says what is wrong.
fn is_told(page: &str) -> bool {
    ["role=\"alert\"", "class=\"problem\"", "class=\"field-error\""]
        .into_iter()
        .any(|mark| page.contains(mark))
}

/// Each id in each address, of another workspace, beside ids that are all right: answered as one that nobody has.
#[tokio::test]
async fn r96_each_id_of_another_workspace_is_as_if_nobody_had_it() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "other").await;
    let owner = house.given.owner("owner@example.com");
    let jo = house.given.customer("jo@example.com");
    let their_owner = elsewhere.owner("owner@other.example");
    let mut eve = Person::customer(elsewhere.workspace.id, "eve@other.example");
    eve.user.name = "Eve Elsewhere".to_owned();
    let eve = elsewhere.person(eve);
    let (browser, token) = signed_in(&house, &owner).await;
    let mut tried = BTreeSet::new();
    for row in TABLE.iter().filter(|row| row.path.contains('{')) {
        for about in names(row.path) {
            let here = here(&house, &owner, &jo);
            let there = Maker {
                house: &house,
                workspace: &elsewhere.workspace,
                host: Some("other.localhost"),
                owner: &their_owner,
                jo: &eve,
            };
            // The form of a provider is there for each that could be.
            if about == "provider" && row.method == "GET" {
                continue;
            }
            let theirs = there.made(about, row.path).await;
            if theirs == NOBODY {
                continue;
            }
            let mut path = row.path.to_owned();
            for name in names(row.path).into_iter().filter(|name| *name != about) {
                path = path.replace(&format!("{{{name}}}"), &here.made(name, row.path).await);
            }
            let nobody = if about == "provider" { "nobody-sso" } else { NOBODY };
            for id in [nobody, theirs.as_str()] {
                let answer = ask(&browser, &token, row, &path.replace(&format!("{{{about}}}"), id)).await;
                let shown = format!("{} {} {id}: {}\n{}", row.method, row.path, answer.status, answer.body);
                assert_eq!(answer.status, 404, "{shown}");
                assert!(
                    !answer.body.contains("Elsewhere") && !answer.body.contains("eve@"),
                    "{shown}"
                );
            }
            tried.insert(about);
        }
        house.wait(2);
    }
    let expected = [
        "challenge",
        "id",
        "key",
        "link",
        "organisation",
        "provider",
        "role",
        "scim_token",
        "session",
    ];
    assert_eq!(tried.into_iter().collect::<Vec<_>>(), expected);
}

/// Names of the fields of a page.
fn fields(page: &str) -> BTreeSet<String> {
    let named = page.split(" name=\"").skip(1);
    named
        .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
        .collect()
}

/// Whatever an owner types into whichever form of the console, they are told clearly, and nothing breaks; what they typed
/// comes back as text.
#[tokio::test]
async fn r2_no_form_of_the_console_breaks_whatever_is_typed_into_it() {
    let house = House::new().await;
    let owner = house.given.owner("owner@example.com");
    let jo = house.given.customer("jo@example.com");
    let (mut browser, token) = signed_in(&house, &owner).await;
    let mut known = BTreeSet::new();
    for row in TABLE.iter().filter(|row| row.method == "GET") {
        let mut path = row.path.to_owned();
        for name in names(row.path) {
            path = path.replace(
                &format!("{{{name}}}"),
                &here(&house, &owner, &jo).made(name, row.path).await,
            );
        }
        known.extend(fields(&browser.get(&path).await.body));
    }
    for own in ["form_token", "confirmed"] {
        known.remove(own);
    }
    assert!(known.len() > 40, "{known:?}");
    let typed = [
        String::new(),
        "\"><img src=x onerror=alert(1)>".to_owned(),
        "x".repeat(400),
        "\u{202e}\r\nBcc: evil@evil.example".to_owned(),
        "-1".to_owned(),
        "99999999999999999999999".to_owned(),
        "=1+1".to_owned(),
        "00000000-0000-4000-8000-00000000dead".to_owned(),
    ];
    let mut wrong = Vec::new();
    for (number, row) in TABLE.iter().filter(|row| row.method == "POST").enumerate() {
        let jo = house.given.customer(&format!("jo{number}@example.com"));
        for typed in &typed {
            let mut path = row.path.to_owned();
            for name in names(row.path) {
                path = path.replace(
                    &format!("{{{name}}}"),
                    &here(&house, &owner, &jo).made(name, row.path).await,
                );
            }
            let mut form = vec![("form_token", token.as_str()), ("confirmed", "1")];
            form.extend(known.iter().map(|name| (name.as_str(), typed.as_str())));
            // A clone, so that no answer signs the browser out for the next.
            let answer = browser.clone().send(Method::POST, &path, Some(&form)).await;
            let status = answer.status.as_u16();
            let clear = [200, 201, 303, 400, 404, 409, 410, 415, 422, 429].contains(&status);
            let told = status != 422 || is_told(&answer.body);
            if !clear || !told || answer.body.contains("<img src=x") {
                wrong.push(format!("{} {typed:.40}: {status} {:.400}", row.path, answer.body));
            }
        }
        house.wait(1);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
