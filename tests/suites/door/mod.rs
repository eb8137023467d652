//! The front door as people and apps meet it: every way in and every refusal, on pages without JavaScript and as JSON; and
//! what stands at the door with bad intent.

mod access;
mod account;
mod attacks;
mod audit;
mod bad_input;
mod broken_states;
mod caller_challenge;
mod claim;
mod destination;
mod directory;
pub(crate) mod hand_over;
mod headers;
mod mail_log;
mod parity;
mod providers;
mod recovery;
mod redeem_code;
mod request_code;
mod request_reset;
mod reset_password;
mod routes;
pub(crate) mod scanners;
mod second_factor;
mod settings;
mod sign_in_check;
mod sign_out;
mod sign_up;
mod with_password;
mod workspaces;
mod workspaces_new;

use std::time::{Duration, Instant};

use doorward_tests::browser::{Browser, Page};
use doorward_tests::machine::wait_for;
use doorward_tests::server::{Server, Setup};
use doorward_tests::smtp::SmtpDouble;
use reqwest::Method;
use serde_json::{Value, json};

/// The workspace of these suites, and its name.
const WORKSPACE: &str = "acme";
const NAME: &str = "Acme";
const ADA: &str = "ada@acme.test";
const NOBODY: &str = "nobody@acme.test";
/// Where a person was going, in most of these tests.
const TICKET: &str = "/tickets/4711?view=full";
/// The same as the sign-in page's address carries it.
const TO_TICKET: &str = "/sign-in?return_to=%2Ftickets%2F4711%3Fview%3Dfull";

/// The one message for every failed B1 (contract 3).
const INCORRECT: &str = "Email address or password is incorrect.";
const FORM_EXPIRED: &str = "This page was open for a while, so nothing was sent.";

/// A server with one workspace, and its mail server.
pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) mail: SmtpDouble,
}

impl House {
    /// With the product's own budgets for an address and waits; only those of the network, which everybody on loopback
    /// shares, are wider.
    pub(crate) async fn new() -> Self {
        Self::with(|setup| setup).await
    }

    /// The same without a wait between codes.
    async fn without_waits() -> Self {
        Self::with(without_waits).await
    }

    async fn with(shape: impl FnOnce(Setup) -> Setup) -> Self {
        let mail = SmtpDouble::start();
        let server = shape(wide_network(Setup::new().mail(&mail))).start().await;
        server.create_workspace(WORKSPACE, NAME);
        Self { server, mail }
    }

    fn browser(&self) -> Browser {
        self.server.browser(WORKSPACE)
    }

    /// A customer called Ada, whose mailbox is proved.
    pub(crate) fn ada(&self, password: &str) {
        self.server.create_person(WORKSPACE, ADA, "Ada", password);
    }

    /// Somebody whom the helpdesk knows and who never signed in (A1).
    fn contact(&self, email: &str) {
        let args = [
            "user",
            "create",
            "--workspace",
            WORKSPACE,
            "--email",
            email,
            "--name",
            "Ada",
        ];
        self.server.cli(&args).expect_success();
    }

    fn disable(&self, email: &str) {
        let args = ["user", "disable", "--workspace", WORKSPACE, "--email", email];
        self.server.cli(&args).expect_success();
    }

    fn explain(&self, email: &str) -> String {
        self.server
            .cli(&["explain", "--workspace", WORKSPACE, email])
            .expect_success()
            .stdout
    }

    /// How many people have this address.
    fn accounts_of(&self, email: &str) -> usize {
        let listed = self
            .server
            .cli(&["user", "list", "--workspace", WORKSPACE, "--json"])
            .expect_success();
        listed.stdout.lines().filter(|line| line.contains(email)).count()
    }

    fn api_key(&self, workspace: &str, scope: &str) -> String {
        let args = ["api-key", "create", "--workspace", workspace, "--scope", scope];
        self.server.cli(&args).expect_success().stdout.trim().to_owned()
    }
}

fn wide_network(setup: Setup) -> Setup {
    limits(
        setup,
        &[
            ("FAILURES_PER_NETWORK_PER_MINUTE", "10000000"),
            ("TRIES_PER_NETWORK_PER_MINUTE", "10000000"),
            ("CODE_REQUESTS_PER_NETWORK_PER_HOUR", "10000000"),
            ("SIGN_UPS_PER_NETWORK_PER_HOUR", "10000000"),
            ("RESETS_PER_NETWORK_PER_HOUR", "10000000"),
            ("MAILS_PER_DOMAIN_PER_HOUR", "10000000"),
        ],
    )
}

fn without_waits(setup: Setup) -> Setup {
    limits(
        setup,
        &[
            ("CODE_RESEND_WAIT_SECONDS", "0"),
            ("CODE_RESEND_WAIT_NEXT_SECONDS", "0"),
            ("CODES_PER_ADDRESS_PER_15_MINUTES", "1000"),
            ("CODES_PER_ADDRESS_PER_DAY", "10000"),
            ("RESETS_PER_ADDRESS_PER_15_MINUTES", "1000"),
            ("MAILS_PER_ADDRESS_PER_DAY", "10000"),
            ("MAILS_PER_WORKSPACE_PER_HOUR", "10000000"),
        ],
    )
}

fn limits(setup: Setup, all: &[(&str, &str)]) -> Setup {
    all.iter().fold(setup, |setup, (limit, value)| {
        setup.env(&format!("DOORWARD_LIMITS__{limit}"), value)
    })
}

/// Opens the sign-in page and signs in; answers what came, redirect not followed.
async fn sign_in(browser: &mut Browser, email: &str, password: &str) -> Page {
    let page = browser.visit("/sign-in").await.expect_status(200);
    let typed = [("Email address", email), ("Password", password)];
    browser.submit_only(&page, "Sign in", &typed).await
}

/// Opens the sign-in page on the way somewhere and asks for a code; answers the code page.
async fn ask_code(browser: &mut Browser, from: &str, email: &str) -> Page {
    let page = browser.visit(from).await.expect_status(200);
    let typed = [("Email address", email)];
    browser.submit(&page, "Email me a sign-in code", &typed).await
}

/// Asks for a reset link; answers the page after it.
async fn ask_reset(browser: &mut Browser, email: &str) -> Page {
    let page = browser.visit("/forgot-password").await.expect_status(200);
    browser
        .submit(&page, "Send reset email", &[("Email address", email)])
        .await
}

/// Fills in the sign-up form; answers the page after it.
async fn ask_sign_up(browser: &mut Browser, email: &str, password: &str) -> Page {
    let page = browser.visit("/sign-up").await.expect_status(200);
    let typed = [
        ("Full name", "Ada King"),
        ("Email address", email),
        ("Password", password),
    ];
    browser.submit(&page, "Sign up", &typed).await
}

/// Who is signed in, by the primary address; nothing when nobody is.
async fn who(browser: &mut Browser) -> Option<String> {
    let page = browser.get("/api/v1/session").await;
    if page.status == 401 {
        return None;
    }
    Some(text(&page.expect_status(200), "/user/primary_email"))
}

/// The path of a mailed link that stands on this host.
fn path_of(browser: &Browser, link: &str) -> String {
    browser.path_on_host("/", link)
}

/// A text of a JSON answer.
fn text(page: &Page, pointer: &str) -> String {
    let document = page.json();
    let found = document.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("{} answered no {pointer}: {document}", page.path))
        .to_owned()
}

/// Posts JSON.
async fn app(browser: &mut Browser, path: &str, body: Value) -> Page {
    browser.json(Method::POST, path, &body).await
}

/// Asserts that a page refuses: its status, its sentence, and a help code of the form XXXX-XXXX behind it (C4). Answers
/// the help code.
fn refuses(page: &Page, status: u16, sentence: &str) -> String {
    assert_eq!(page.status, status, "{}: {}", page.path, page.html().text());
    assert!(
        page.html().text().contains(sentence),
        "{sentence:?} is not on {}: {}",
        page.path,
        page.html().text()
    );
    let code = page
        .help_code()
        .unwrap_or_else(|| panic!("no help code on {}: {}", page.path, page.html().text()));
    let halves: Vec<usize> = code.split('-').map(str::len).collect();
    assert_eq!(halves, [4, 4], "{code}");
    code
}

/// Asserts that a problem document refuses for this public reason, with a help code (contract 4).
fn refuses_app(page: &Page, status: u16, reason: &str) {
    assert_eq!(page.status, status, "{}: {}", page.path, page.body());
    assert_eq!(
        page.header("content-type"),
        Some("application/problem+json"),
        "{}",
        page.path
    );
    assert_eq!(text(page, "/outcome"), "refused");
    assert_eq!(text(page, "/reason"), reason);
    assert_eq!(text(page, "/help_code").len(), 9);
}

fn says(page: &Page, status: u16, sentence: &str) {
    assert_eq!(page.status, status, "{}: {}", page.path, page.html().text());
    let text = page.html().text();
    assert!(text.contains(sentence), "{sentence:?} is not on {}: {text}", page.path);
}

/// A well-formed code that is not `right`.
fn wrong_code(right: &str) -> String {
    let first = if right.starts_with('A') { 'B' } else { 'A' };
    format!("{first}{}", &right[1..])
}

/// Until this much time has gone since `from`: what is tested is that something ends by itself.
async fn until(from: Instant, time: Duration) {
    wait_for("time to go by", time + Duration::from_secs(5), || async {
        (from.elapsed() >= time).then_some(())
    })
    .await;
}

/// The body of a request for a contact by its address.
fn contact_body(email: &str) -> Value {
    json!({"identity": {"kind": "email", "address": email}, "name": "Ada", "organisations": ["Analytical Engines"]})
}

/// Sends a request of whoever holds this session.
async fn as_owner(browser: &mut Browser, method: Method, path: &str, token: &str, body: Option<Value>) -> Page {
    let header = format!("Bearer {token}");
    let mut headers = vec![("authorization", header.as_str()), ("accept", "application/json")];
    let body = body.map_or_else(Vec::new, |body| {
        headers.push(("content-type", "application/json"));
        body.to_string().into_bytes()
    });
    browser.send(method, path, &headers, body).await
}

/// Sends a request as the portal application does.
async fn as_portal(browser: &mut Browser, method: Method, path: &str, key: &str, body: Option<Value>) -> Page {
    let header = format!("Bearer {key}");
    let headers = [
        ("authorization", header.as_str()),
        ("content-type", "application/json"),
        ("accept", "application/json"),
    ];
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    browser.send(method, path, &headers, body).await
}
