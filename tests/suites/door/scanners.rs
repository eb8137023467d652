//! SD4, R34, R40: mail servers, chat programs and virus scanners open the links they see. Some fetch them, some press
//! everything on the page. No session opens for one of them, nothing is spent that the owner needs, and a code is mailed at most
//! once a wait. The same with a browser that runs scripts stands among the suites that come from outside.

use std::collections::BTreeSet;
use std::fs;

use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::machine::workspace_root;
use reqwest::Method;
use serde_json::json;

use super::{ADA, House, app, as_owner, ask_reset, path_of, sign_in, text, who};

/// What a link looks like after everything on its page was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// Just as before: its page still has this button.
    Untouched(&'static str),
    /// Pressing is the very act that the link is for; it is done, and the link is spent.
    Done,
}

/// A kind of link that leaves this house.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// The name of its purpose, as stored, or that of the portal link.
    pub(crate) name: &'static str,
    /// What pressing everything comes to. What that means for the owner stands in the documentation of portal links.
    pub(crate) after: After,
    /// The most codes that pressing everything mails within one wait.
    pub(crate) codes: usize,
}

/// Every kind of link, one row each.
pub(crate) const KINDS: [Kind; 10] = [
    row("portal-personal", After::Untouched("Send code"), 1),
    row("portal-shared", After::Untouched("Send code"), 0),
    row("reset-password", After::Untouched("Set password"), 0),
    row("invite", After::Untouched("Set password"), 0),
    row("verify-email", After::Done, 0),
    row("revert-email", After::Done, 0),
    row("not-me", After::Done, 0),
    row("recover", After::Done, 0),
    row("stop-caller-action", After::Done, 0),
    // The last one: until it is undone, there is no Ada.
    row("undo-deletion", After::Done, 0),
];

const fn row(name: &'static str, after: After, codes: usize) -> Kind {
    Kind { name, after, codes }
}

impl House {
    /// The path of a fresh link of that kind, for Ada; or for the owner, where only those who run the workspace get one.
    pub(crate) async fn link_of(&self, kind: Kind, password: &str) -> String {
        match kind.name {
            "portal-personal" => {
                let args = [
                    "portal-link",
                    "create",
                    "--workspace",
                    "acme",
                    "--email",
                    ADA,
                    "--to",
                    "/tickets",
                ];
                self.server.cli(&args).expect_success().stdout.trim().to_owned()
            }
            "portal-shared" => self.server.url("acme", "/portal?to=/tickets"),
            "reset-password" => {
                ask_reset(&mut self.browser(), ADA).await.expect_status(200);
                self.mail.wait_for_words(ADA, "/reset-password/").await.link()
            }
            "invite" => self.server.create_workspace("globex", "Globex"),
            "verify-email" | "revert-email" => {
                let second = format!("{}@acme.test", kind.name);
                let mut browser = self.browser();
                sign_in(&mut browser, ADA, password).await.expect_status(303);
                let page = browser.visit("/account/emails").await.expect_status(200);
                browser
                    .submit(&page, "Add", &[("Add an email address", &second)])
                    .await
                    .expect_status(200);
                match kind.name {
                    "verify-email" => self.mail.wait_for_words(&second, "/verify-email/").await.link(),
                    _ => self.mail.wait_for_words(ADA, "/revert-email/").await.link(),
                }
            }
            "not-me" => {
                for _ in 0..2 {
                    sign_in(&mut self.browser(), ADA, password).await.expect_status(303);
                }
                self.mail.wait_for_words(ADA, "/not-me/").await.link()
            }
            "recover" => {
                let args = ["recover", "--workspace", "acme", "owner@acme.test"];
                self.server.cli(&args).expect_success().stdout.trim().to_owned()
            }
            "stop-caller-action" => {
                let body = json!({"email": "owner@acme.test", "password": password});
                let mut machine = self.browser();
                let session = app(&mut machine, "/api/v1/sign-in/password", body).await;
                let token = text(&session.expect_status(200), "/session/token");
                let people = format!("/api/v1/users?q={ADA}");
                let listed = as_owner(&mut machine, Method::GET, &people, &token, None).await;
                let id = text(&listed.expect_status(200), "/items/0/id");
                let path = format!("/api/v1/users/{id}/caller-challenges");
                let wanted = json!({"action": "set-password", "by": "delay"});
                as_owner(&mut machine, Method::POST, &path, &token, Some(wanted))
                    .await
                    .expect_status(201);
                self.mail.wait_for_words(ADA, "/stop-request/").await.link()
            }
            "undo-deletion" => {
                let mut browser = self.browser();
                sign_in(&mut browser, ADA, password).await.expect_status(303);
                let page = browser.visit("/account/security").await.expect_status(200);
                let asked = browser.submit(&page, "Delete my account", &[]).await.expect_status(200);
                if asked.html().has_button("Delete my account") {
                    browser
                        .submit(&asked, "Delete my account", &[])
                        .await
                        .expect_status(200);
                }
                self.mail.wait_for_words(ADA, "/restore-account/").await.link()
            }
            other => panic!("no link of the kind {other} can be made"),
        }
    }

    /// A browser at the host that a link leads to.
    pub(crate) fn browser_for(&self, kind: Kind) -> Browser {
        self.server
            .browser(if kind.name == "invite" { "globex" } else { "acme" })
    }
}

/// Presses every button of a page and of those that follow, with whatever stands in the fields, and says how many that
/// were. Nobody may be signed in after any of them.
async fn press_everything(scanner: &mut Browser, first: Page, kind: Kind) -> usize {
    let mut pressed = BTreeSet::new();
    let mut open = vec![(first, 0)];
    while let Some((page, depth)) = open.pop() {
        for button in page.html().button_names() {
            let place = (
                page.path.split('?').next().unwrap_or_default().to_owned(),
                button.clone(),
            );
            if page.html().is_disabled(&button) || !pressed.insert(place) {
                continue;
            }
            let next = scanner.submit(&page, &button, &[]).await;
            assert!(next.status.as_u16() < 500, "{}: {button} on {}", kind.name, page.path);
            assert_eq!(who(scanner).await, None, "{}: {button} on {}", kind.name, page.path);
            if depth < 4 {
                open.push((next, depth + 1));
            }
        }
    }
    pressed.len()
}

/// The purposes of links, as their own source names them, and the two kinds of portal links.
fn purposes() -> BTreeSet<String> {
    let path = workspace_root().join("crates/domain/src/one_time.rs");
    let source = fs::read_to_string(&path).expect("the purposes of links");
    let names = source.split("pub const fn as_str(self)").nth(1).expect("their names");
    let names = names.split("\n    }\n").next().expect("an end");
    let mut found: BTreeSet<String> = names.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(found.len() >= 6, "{found:?}");
    found.extend(["portal-personal".to_owned(), "portal-shared".to_owned()]);
    found
}

#[test]
fn every_kind_of_link_has_a_row() {
    let rows: BTreeSet<String> = KINDS.iter().map(|kind| kind.name.to_owned()).collect();
    assert_eq!(
        rows,
        purposes(),
        "left: the rows here, right: crates/domain/src/one_time.rs"
    );
    let page = fs::read_to_string(workspace_root().join("docs/portal-links.md")).expect("the page of portal links");
    let table = page
        .split("## What a scanner can do")
        .nth(1)
        .expect("its section on scanners");
    let told = table.lines().filter(|line| line.starts_with("| ")).count() - 2;
    // A reset and an invitation share a row.
    assert_eq!(told, KINDS.len() - 1, "docs/portal-links.md has a row for each");
}

#[tokio::test]
async fn r34_fetching_a_link_changes_nothing_whatever_it_is_for() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    house.owner(&password).await;
    for kind in KINDS {
        let link = house.link_of(kind, &password).await;
        let path = path_of(&house.browser_for(kind), &link);
        let codes = house.mail.codes_to(ADA).await.len();
        let first = house.browser_for(kind).visit(&path).await.expect_status(200);
        for _ in 0..50 {
            // Without cookies, as fetchers come.
            let mut scanner = house.browser_for(kind);
            scanner.send(Method::HEAD, &path, &[], Vec::new()).await;
            let fetched = scanner.visit(&path).await;
            assert_eq!(fetched.status, 200, "{}", kind.name);
            assert_eq!(who(&mut scanner).await, None, "{}", kind.name);
            let again = scanner.send(Method::HEAD, &fetched.path, &[], Vec::new()).await;
            assert!(again.status.as_u16() < 400, "{}", kind.name);
        }
        let mut owner = house.browser_for(kind);
        let page = owner.visit(&path).await.expect_status(200);
        assert_eq!(page.html().text(), first.html().text(), "{}", kind.name);
        assert_eq!(house.mail.codes_to(ADA).await.len(), codes, "{}", kind.name);
    }
}

#[tokio::test]
async fn sd4_pressing_everything_opens_no_session_and_spends_nothing_but_what_it_is_the_act_of() {
    for kind in KINDS {
        // A house each: what one link does must not be taken for what another does.
        let house = House::new().await;
        let password = fresh_password();
        house.ada(&password);
        house.owner(&password).await;
        let link = house.link_of(kind, &password).await;
        let path = path_of(&house.browser_for(kind), &link);
        for _ in 0..5 {
            let mut scanner = house.browser_for(kind);
            let page = scanner.visit(&path).await;
            press_everything(&mut scanner, page, kind).await;
        }
        assert!(house.mail.codes_to(ADA).await.len() <= kind.codes, "{}", kind.name);
        let page = house.browser_for(kind).visit(&path).await;
        match kind.after {
            After::Untouched(button) => {
                assert_eq!(page.status, 200, "{}: {}", kind.name, page.html().text());
                assert!(page.html().has_button(button), "{}: {}", kind.name, page.html().text());
            }
            After::Done => assert_eq!(page.status, 410, "{}: {}", kind.name, page.html().text()),
        }
        // Ada gets in as always, whatever was pressed.
        let mut ada = house.browser();
        sign_in(&mut ada, ADA, &password).await.expect_status(303);
        assert_eq!(who(&mut ada).await.as_deref(), Some(ADA), "{}", kind.name);
    }
}

#[tokio::test]
async fn r40_the_owner_of_a_portal_link_gets_in_after_any_number_of_scanners() {
    let house = House::with(|setup| super::limits(setup, &[("CODE_RESEND_WAIT_SECONDS", "2")])).await;
    house.contact(ADA);
    let kind = KINDS[0];
    let path = path_of(&house.browser(), &house.link_of(kind, "").await);
    for _ in 0..10 {
        let mut scanner = house.browser();
        let page = scanner.visit(&path).await.expect_status(200);
        scanner.submit(&page, "Send code", &[]).await.expect_status(200);
        assert_eq!(who(&mut scanner).await, None);
    }
    house.mail.wait_for_code(ADA, 0).await;
    let scanned = house.mail.codes_to(ADA).await;
    assert_eq!(scanned.len(), 1, "R27");
    let mut owner = house.browser();
    let page = owner.visit(&path).await.expect_status(200);
    let page = owner.submit(&page, "Send code", &[]).await.expect_status(200);
    assert_eq!(page.html().heading(), "Check your email");
    let wrong = owner
        .submit_only(&page, "Continue", &[("Sign-in code", &scanned[0])])
        .await;
    assert_eq!(wrong.status, 401, "R25: the code of another browser");
    super::until(std::time::Instant::now(), std::time::Duration::from_millis(2_100)).await;
    let page = owner.visit(&page.path).await.expect_status(200);
    let page = owner.submit(&page, "Resend code", &[]).await.expect_status(200);
    let code = house.mail.wait_for_code(ADA, 1).await;
    let landed = owner.submit_only(&page, "Continue", &[("Sign-in code", &code)]).await;
    assert_eq!(landed.location(), Some("/tickets"), "{}", landed.html().text());
    assert_eq!(text(&owner.get("/api/v1/session").await, "/user/primary_email"), ADA);
}
