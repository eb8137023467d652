//! C4 over the wire: broken states, each made as it comes about, by pages, mails, the API and the command line. The page, the
//! API and `doorward explain` say the same of each, the first button is pressed, and a real sign-in works.

use std::collections::BTreeSet;
use std::fs;

use doorward_tests::authenticator_app::AuthenticatorApp;
use doorward_tests::browser::fresh_password;
use doorward_tests::machine::workspace_root;
use doorward_tests::smtp::{Fault, Moment};

use super::*;
use crate::outside::bounces;

const DESK: &str = "desk@acme.test";
const SCOPES: [&str; 4] = ["users:read", "users:write", "sign-in-check:read", "portal-links:write"];

/// How somebody comes in once it is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Password,
    PasswordAndApp,
    Code,
    /// By the link in the last mail, and the password that it sets.
    Link,
    /// By the code that comes to the very attempt that waits for one.
    SameAttempt,
    /// By the portal link that the page shows, and the code that it sends.
    PortalLink,
    /// By the link that proves an address.
    Proof,
    /// The button leads to a page of the console.
    Elsewhere,
}

/// What is broken; the verdict, the first trouble, the first mend; how they come in then.
type State = (&'static str, &'static str, &'static str, &'static str, Then);

const AT_THE_DOOR: &[State] = &[
    ("disabled", "shut", "disabled", "enable", Then::Password),
    ("disabled agent", "shut", "disabled", "enable", Then::Password),
    ("deleted", "shut", "deleted", "restore", Then::Password),
    (
        "contact who tried a password",
        "hindered",
        "no-password",
        "send-password-reset",
        Then::Link,
    ),
    (
        "agent without a password",
        "shut",
        "no-password",
        "send-password-reset",
        Then::Link,
    ),
    (
        "wrong password",
        "hindered",
        "wrong-password",
        "send-password-reset",
        Then::Link,
    ),
    (
        "password waits",
        "hindered",
        "password-wait",
        "clear-waits",
        Then::Password,
    ),
    ("code waits", "hindered", "code-wait", "clear-waits", Then::Code),
    (
        "too many codes asked for",
        "hindered",
        "mail-wait",
        "clear-waits",
        Then::Code,
    ),
    (
        "too many resets asked for",
        "hindered",
        "mail-wait",
        "clear-waits",
        Then::Password,
    ),
    (
        "second factor waits",
        "hindered",
        "second-factor-wait",
        "clear-waits",
        Then::PasswordAndApp,
    ),
    (
        "second factor not shown",
        "hindered",
        "second-factor-trouble",
        "reset-second-factor",
        Then::Elsewhere,
    ),
    (
        "second factor wrong",
        "hindered",
        "second-factor-trouble",
        "reset-second-factor",
        Then::Elsewhere,
    ),
    (
        "code wrong",
        "hindered",
        "code-trouble",
        "send-password-reset",
        Then::Link,
    ),
    (
        "code not used",
        "hindered",
        "code-on-its-way",
        "send-password-reset",
        Then::Link,
    ),
    (
        "reset asked for, not used",
        "hindered",
        "link-on-its-way",
        "send-password-reset",
        Then::Link,
    ),
    (
        "mailbox unproved, password right",
        "hindered",
        "mailbox-proof",
        "send-password-reset",
        Then::Link,
    ),
    (
        "customer at the backup door",
        "hindered",
        "backup-door",
        "send-password-reset",
        Then::Link,
    ),
];

const BY_MAIL: &[State] = &[
    (
        "portal link taken back",
        "hindered",
        "portal-link-dead",
        "new-portal-link",
        Then::PortalLink,
    ),
    (
        "address never proved",
        "unknown",
        "address-unproved",
        "resend-address-proof",
        Then::Proof,
    ),
    ("unknown", "unknown", "unknown-may-sign-up", "invite", Then::Link),
    (
        "mail refused",
        "hindered",
        "mail-refused",
        "send-password-reset",
        Then::Link,
    ),
    (
        "mail put off",
        "hindered",
        "mail-deferred",
        "send-mail-again",
        Then::Link,
    ),
    (
        "code refused by the mail server",
        "hindered",
        "mail-refused",
        "send-mail-again",
        Then::SameAttempt,
    ),
    (
        "mail came back",
        "hindered",
        "mail-refused",
        "send-password-reset",
        Then::Link,
    ),
    (
        "mail does not arrive",
        "hindered",
        "address-unreachable",
        "send-password-reset",
        Then::Link,
    ),
    (
        "invited, not used",
        "hindered",
        "invitation-on-its-way",
        "invite-again",
        Then::Link,
    ),
    (
        "invitation taken back",
        "hindered",
        "invitation-over",
        "invite-again",
        Then::Link,
    ),
    (
        "invitation refused by the mail server",
        "hindered",
        "mail-refused",
        "invite-again",
        Then::Link,
    ),
];

const BY_SETTINGS: &[State] = &[
    (
        "contact, codes off",
        "shut",
        "no-password",
        "send-password-reset",
        Then::Link,
    ),
    (
        "password waits, codes off",
        "shut",
        "password-wait",
        "clear-waits",
        Then::Password,
    ),
    (
        "code asked for, codes off",
        "hindered",
        "method-off",
        "send-password-reset",
        Then::Link,
    ),
    (
        "invitation taken back, codes off",
        "shut",
        "invitation-over",
        "invite-again",
        Then::Link,
    ),
    (
        "passwords off",
        "shut",
        "no-way-open",
        "open-method.customers.password",
        Then::Password,
    ),
    (
        "contact, all off",
        "shut",
        "no-way-open",
        "open-method.customers.email-code",
        Then::Code,
    ),
    (
        "passwords off for staff",
        "hindered",
        "method-off",
        "open-method.staff.password",
        Then::Password,
    ),
    ("unknown, sign-up closed", "unknown", "unknown", "invite", Then::Link),
    (
        "unknown, sign-up for other domains",
        "unknown",
        "unknown",
        "invite",
        Then::Link,
    ),
];

const NETWORK: &[State] = &[(
    "network waits",
    "hindered",
    "network-wait",
    "clear-network-waits",
    Then::Password,
)];

/// What is switched otherwise than in a new workspace, for that state.
fn settings_of(state: &str) -> &'static [&'static str] {
    match state {
        "passwords off" | "contact, all off" => &["customers.password=false", "customers.email_code=false"],
        "passwords off for staff" => &["staff.password=false", "staff.email_code=true"],
        "unknown, sign-up closed" => &["sign_up=closed"],
        "unknown, sign-up for other domains" => &["sign_up=elsewhere.test"],
        state if state.ends_with("codes off") => &["customers.email_code=false"],
        _ => &[],
    }
}

/// A message of the console, as its catalogue has it.
fn words(file: &str, key: &str) -> String {
    let path = workspace_root().join(format!("crates/http/locales/en/{file}.ftl"));
    let catalogue = fs::read_to_string(path).expect("a catalogue");
    let begins = format!("{key} = ");
    let line = catalogue.lines().find_map(|line| line.strip_prefix(&begins));
    line.unwrap_or_else(|| panic!("no message {key}")).to_owned()
}

/// What stands on the button of a mend.
fn button_of(mend: &str) -> String {
    let way = match mend.rsplit('.').next() {
        Some("password") => words("sign-in-check", "check-way-password"),
        Some("email-code") => words("sign-in-check", "check-way-email-code"),
        _ => String::new(),
    };
    let kind = mend.split('.').next().unwrap_or_default();
    words("sign-in-check", &format!("check-mend-{kind}")).replace("{ $way }", &way)
}

/// Somebody to whom something happens.
struct Somebody {
    state: &'static str,
    email: String,
    password: String,
    /// Where they try.
    browser: Browser,
    /// Where they stopped.
    page: Option<Page>,
    app: Option<AuthenticatorApp>,
}

/// The desk, the portal application, and the house that they stand in.
struct Office {
    house: House,
    desk: Browser,
    portal: Browser,
    key: String,
}

impl Office {
    async fn open(house: House) -> Self {
        let password = fresh_password();
        house.person(DESK, "owner", &password);
        let mut desk = house.browser();
        sign_in(&mut desk, DESK, &password).await.expect_status(303);
        let mut args = vec!["api-key", "create", "--workspace", WORKSPACE];
        args.extend(SCOPES.iter().flat_map(|scope| ["--scope", *scope]));
        Self {
            key: house.server.cli(&args).expect_success().stdout.trim().to_owned(),
            portal: house.browser(),
            desk,
            house,
        }
    }

    async fn call(&mut self, method: Method, path: &str, body: Option<Value>) -> Page {
        as_portal(&mut self.portal, method, path, &self.key, body).await
    }

    async fn id_of(&mut self, email: &str) -> String {
        let found = self.call(Method::GET, &format!("/api/v1/users?q={email}"), None).await;
        text(&found.expect_status(200), "/items/0/id")
    }

    fn set(&self, settings: &[&str]) {
        let mut args = vec!["settings", "set", "--workspace", WORKSPACE];
        args.extend(settings);
        self.house.server.cli(&args).expect_success();
    }

    /// Nothing but this and a later one is switched otherwise than in a new workspace.
    fn set_for(&self, state: &str) {
        self.set(&[
            "customers.password=true",
            "customers.email_code=true",
            "customers.passkey=false",
            "staff.password=true",
            "sign_up=open",
        ]);
        if !settings_of(state).is_empty() {
            self.set(settings_of(state));
        }
    }

    /// Mails to that address are answered so.
    async fn mails_are(&self, email: &str, reply: &str) {
        let fault = Fault::reply(Moment::Recipient, reply).only_for(email);
        self.house.mail.fail(fault).await;
    }

    async fn reset_link(&self, email: &str) -> doorward_tests::smtp::Mail {
        self.house.mail.wait_for_words(email, "/reset-password/").await
    }

    /// Who is there before anything goes wrong.
    fn somebody(&self, state: &'static str, number: usize) -> Somebody {
        let email = format!(
            "{}{number}@acme.test",
            state.split([' ', ',']).next().unwrap_or_default()
        );
        let password = fresh_password();
        let contact = |role: &str| {
            let args = [
                "user",
                "create",
                "--workspace",
                WORKSPACE,
                "--email",
                &email,
                "--name",
                "Ada",
                "--role",
                role,
                "--verified",
            ];
            self.house.server.cli(&args).expect_success();
        };
        match state {
            state if state.starts_with("unknown") || state.starts_with("invit") || state == "address never proved" => {}
            state if state.starts_with("contact") => contact("customer"),
            "agent without a password" => contact("agent"),
            "disabled agent" | "passwords off for staff" => self.house.person(&email, "agent", &password),
            "mailbox unproved, password right" => {
                let args = [
                    "user",
                    "create",
                    "--workspace",
                    WORKSPACE,
                    "--email",
                    &email,
                    "--password-stdin",
                ];
                self.house.server.cli_with_input(&args, &password).expect_success();
            }
            _ => self.house.person(&email, "customer", &password),
        }
        Somebody {
            state,
            browser: self.house.browser(),
            email,
            password,
            page: None,
            app: None,
        }
    }

    /// Makes it go wrong.
    async fn break_it(&mut self, who: &mut Somebody) {
        let (email, password) = (who.email.clone(), who.password.clone());
        let wrong = "not the password at all";
        match who.state {
            "disabled" | "disabled agent" => self.house.disable(&email),
            "deleted" => {
                let id = self.id_of(&email).await;
                let gone = self.call(Method::DELETE, &format!("/api/v1/users/{id}"), None).await;
                assert!(gone.status.is_success(), "{}", gone.body());
            }
            "contact who tried a password" | "wrong password" => {
                sign_in(&mut who.browser, &email, wrong).await;
            }
            "password waits" | "password waits, codes off" => {
                for _ in 0..6 {
                    sign_in(&mut self.house.browser(), &email, wrong).await;
                }
            }
            "network waits" => {
                for _ in 0..10 {
                    sign_in(&mut self.house.browser(), NOBODY, wrong).await;
                }
                assert_eq!(sign_in(&mut who.browser, &email, &password).await.status, 429);
            }
            "code waits" => {
                for attempt in 0..2 {
                    let mut page = ask_code(&mut who.browser, "/sign-in", &email).await;
                    let code = wrong_code(&self.house.mail.wait_for_code(&email, attempt).await);
                    for _ in 0..5 {
                        let told = [("Sign-in code", code.as_str())];
                        let answer = who.browser.submit(&page, "Continue", &told).await;
                        if answer.html().has_button("Continue") {
                            page = answer;
                        }
                    }
                }
            }
            "too many codes asked for" => {
                for _ in 0..4 {
                    ask_code(&mut self.house.browser(), "/sign-in", &email).await;
                }
            }
            "too many resets asked for" => {
                for _ in 0..4 {
                    ask_reset(&mut self.house.browser(), &email).await;
                }
            }
            "second factor waits" | "second factor not shown" | "second factor wrong" => {
                let mut phone = self.house.browser();
                let token = self.house.token(&mut phone, &email, &password).await;
                let (app, _) = self.house.enrol(&mut phone, &token).await;
                let moved = sign_in(&mut who.browser, &email, &password).await.expect_status(303);
                let page = who.browser.follow(moved).await.expect_status(200);
                let times = match who.state {
                    "second factor waits" => 6,
                    "second factor wrong" => 1,
                    _ => 0,
                };
                for _ in 0..times {
                    let code = app.wrong_code();
                    let told = [("Authentication code", code.as_str())];
                    who.browser.submit_only(&page, "Continue", &told).await;
                }
                who.app = Some(app);
            }
            "code wrong" => {
                let page = ask_code(&mut who.browser, "/sign-in", &email).await;
                let code = wrong_code(&self.house.mail.wait_for_mail(&email).await.code());
                let answer = who.browser.submit(&page, "Continue", &[("Sign-in code", &code)]).await;
                assert!(answer.help_code().is_some(), "{}", answer.html().text());
            }
            "code not used" | "code asked for, codes off" => {
                app(&mut who.browser, "/api/v1/sign-in/code", json!({ "email": email })).await;
            }
            "mailbox unproved, password right" | "passwords off for staff" => {
                sign_in(&mut who.browser, &email, &password).await;
            }
            "customer at the backup door" => {
                let page = who.browser.visit("/backup-login").await.expect_status(200);
                let told = [("Email address", email.as_str()), ("Password", password.as_str())];
                who.browser.submit(&page, "Sign in", &told).await;
            }
            "portal link taken back" => {
                let links = format!("/api/v1/users/{}/portal-links", self.id_of(&email).await);
                let made = self
                    .call(Method::POST, &links, Some(json!({})))
                    .await
                    .expect_status(201);
                let at = path_of(&who.browser, &text(&made, "/url"));
                let page = who.browser.visit(&at).await.expect_status(200);
                let path = format!("{links}/{}", text(&made, "/id"));
                self.call(Method::DELETE, &path, None).await.expect_status(204);
                // The page stood open while it was taken back.
                who.browser.submit(&page, "Send code", &[]).await;
            }
            "address never proved" => {
                // One more address of somebody who is there, typed by themself.
                let own = format!("own-{email}");
                self.house.person(&own, "customer", &password);
                sign_in(&mut who.browser, &own, &password).await.expect_status(303);
                let page = who.browser.visit("/account/emails").await.expect_status(200);
                let told = [("Add an email address", email.as_str())];
                who.browser.submit(&page, "Add", &told).await.expect_status(200);
                self.house.mail.wait_for_words(&email, "/verify-email/").await;
            }
            "reset asked for, not used" => {
                ask_reset(&mut who.browser, &email).await;
            }
            "mail refused" | "mail put off" => {
                let reply = if who.state == "mail refused" {
                    "550 5.1.1 no such mailbox"
                } else {
                    "451 4.7.1 greylisted"
                };
                self.mails_are(&email, reply).await;
                ask_reset(&mut who.browser, &email).await;
            }
            "code refused by the mail server" => {
                self.mails_are(&email, "550 5.7.1 not today").await;
                who.page = Some(ask_code(&mut who.browser, "/sign-in", &email).await);
            }
            "mail came back" => {
                ask_reset(&mut who.browser, &email).await;
                let mail = self.reset_link(&email).await;
                let report = bounces::report(&mail, "failed", "550 5.1.1 no such mailbox");
                let args = ["mail", "bounce", "--recipient", &mail.from];
                self.house.server.cli_with_input(&args, &report).expect_success();
            }
            "mail does not arrive" => {
                self.mails_are(&email, "550 5.1.1 no such mailbox").await;
                ask_reset(&mut who.browser, &email).await;
                self.wait_for_check(&email, |told| told["mails"][0]["state"] == "refused")
                    .await;
                self.house.mail.behave().await;
                // A server that takes the next one says nothing about its reader.
                let path = format!("/api/v1/users/{}/password-reset-email", self.id_of(&email).await);
                self.call(Method::POST, &path, None).await.expect_status(202);
                self.reset_link(&email).await;
                sign_in(&mut who.browser, &email, &password).await.expect_status(303);
            }
            state if state.starts_with("invit") => {
                let refused = state.ends_with("mail server");
                if refused {
                    self.mails_are(&email, "550 5.7.1 not today").await;
                }
                let body = json!({"email": email, "name": "Ada", "invite": true});
                let made = self
                    .call(Method::POST, "/api/v1/users", Some(body))
                    .await
                    .expect_status(201);
                if !refused {
                    self.reset_link(&email).await;
                }
                if state.contains("taken back") {
                    let page = format!("/admin/users/{}", text(&made, "/id"));
                    let page = self.desk.visit(&page).await.expect_status(200);
                    let back = words("people", "person-invitation-revoke");
                    self.desk.submit(&page, &back, &[]).await.expect_status(200);
                }
            }
            _ => {}
        }
    }

    async fn check_by_api(&self, email: &str) -> Value {
        let path = format!("/api/v1/sign-in-check?email={email}");
        let mut portal = self.house.browser();
        as_portal(&mut portal, Method::GET, &path, &self.key, None)
            .await
            .expect_status(200)
            .json()
    }

    /// The answer as soon as it is so: mails are sent beside the request that asks for them.
    async fn wait_for_check(&self, email: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let told = self.check_by_api(email).await;
            if is_so(&told) {
                return told;
            }
            assert!(Instant::now() < until, "the check of {email} says {told:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What the page, the API and the command line say; they agree. Answers the page and the id of the first mend.
    async fn ask_all_three(&mut self, who: &Somebody, state: &State) -> (Page, String) {
        let (name, verdict, trouble, mend, _) = *state;
        let kind = |told: &Value| told["troubles"][0]["kind"] == trouble;
        let told = self.wait_for_check(&who.email, kind).await;
        let id = told["mends"][0]["id"].as_str().unwrap_or_default().to_owned();
        let is_it = id == mend || id.strip_prefix(mend).is_some_and(|mail| mail.starts_with('.'));
        assert!(is_it && told["verdict"] == verdict, "{name}: {told:#}");
        let args = ["explain", "--workspace", WORKSPACE, "--json", &who.email];
        let printed = self.house.server.cli(&args).expect_success().stdout;
        let printed: Value = serde_json::from_str(&printed).expect("JSON");
        for part in ["verdict", "troubles", "mends", "ways_in", "reach", "sign_up"] {
            assert_eq!(
                printed[part], told[part],
                "{name}: {part}, by the command line and by the API"
            );
        }
        let page = format!("/admin/sign-in-check?email={}", who.email);
        let page = self.desk.visit(&page).await.expect_status(200);
        let html = page.html();
        let shown = html.elements("section").find_map(|node| node.attribute("data-verdict"));
        assert_eq!(shown, Some(verdict), "{name}");
        let sentence = words("sign-in-check", &format!("check-trouble-{trouble}"));
        assert_eq!(html.texts("h2").first(), Some(&sentence), "{name}");
        // C5: reachable or not beside each address, here and on the person's page.
        let reach = told["reach"].as_array().into_iter().flatten();
        let reach: Vec<&str> = reach.filter_map(|address| address["state"].as_str()).collect();
        assert_eq!(reach_on(&page), reach, "{name}");
        if let Some(id) = told["user"]["id"].as_str() {
            let person = self.desk.visit(&format!("/admin/users/{id}")).await.expect_status(200);
            assert_eq!(reach_on(&person), reach, "{name}");
        }
        if trouble == "address-unreachable" {
            assert_eq!(reach, ["unreachable"], "{name}");
        }
        (page, id)
    }

    /// Presses the first button: on the page, or by the API where a key may.
    async fn press(&mut self, page: &Page, who: &Somebody, id: &str, by_api: bool) -> Page {
        // A key reaches customers (R97), and not what is switched for all.
        let for_all = id.starts_with("open-method") || id == "clear-network-waits";
        let may = !for_all && !who.state.contains("agent");
        if by_api && may {
            let body = json!({"email": who.email, "mend": id});
            let done = self.call(Method::POST, "/api/v1/sign-in-check/mend", Some(body)).await;
            return done.expect_status(200);
        }
        let label = button_of(id);
        let done = self.desk.submit(page, &label, &[]).await;
        assert!(
            done.status.is_success(),
            "{} by {label:?}: {}",
            who.state,
            done.html().text()
        );
        done
    }

    async fn comes_in(&mut self, who: &mut Somebody, then: Then, done: &Page, mails_before: usize) {
        let (email, house) = (who.email.clone(), &self.house);
        let mut browser = house.browser();
        match then {
            Then::Password => {
                let landed = sign_in(&mut browser, &email, &who.password).await;
                assert_eq!(landed.status, 303, "{}: {}", who.state, landed.html().text());
            }
            Then::PasswordAndApp => {
                let moved = sign_in(&mut browser, &email, &who.password).await.expect_status(303);
                let page = browser.follow(moved).await.expect_status(200);
                // That of the half minute that begins next: this one's was spent in turning it on.
                let code = who
                    .app
                    .as_ref()
                    .expect("an app")
                    .code_of(AuthenticatorApp::step_now() + 1);
                let told = [("Authentication code", code.as_str())];
                browser.submit_only(&page, "Continue", &told).await.expect_status(303);
            }
            Then::Code => {
                let before = house.mail.codes_to(&email).await.len();
                let page = ask_code(&mut browser, "/sign-in", &email).await;
                let code = house.mail.wait_for_code(&email, before).await;
                browser.submit(&page, "Continue", &[("Sign-in code", &code)]).await;
            }
            Then::SameAttempt => {
                let code = house.mail.wait_for_mail(&email).await.code();
                let page = who.page.take().expect("a page that waits");
                who.browser.submit(&page, "Continue", &[("Sign-in code", &code)]).await;
                browser = std::mem::replace(&mut who.browser, browser);
            }
            Then::PortalLink => {
                let page = done.html();
                let link = page.texts("code").into_iter().find(|text| text.contains("/portal/"));
                let link = link.unwrap_or_else(|| text(done, "/portal_link"));
                let page = browser.visit(&path_of(&browser, &link)).await.expect_status(200);
                let page = browser.submit(&page, "Send code", &[]).await;
                let code = house.mail.wait_for_mail(&email).await.code();
                browser.submit(&page, "Continue", &[("Sign-in code", &code)]).await;
            }
            Then::Proof => {
                let proofs = || async {
                    let mails = house.mail.mails_to(&email).await;
                    (mails.len() > mails_before).then(|| mails[mails.len() - 1].link())
                };
                let link = wait_for("the proof once more", Duration::from_secs(20), proofs).await;
                let page = who
                    .browser
                    .visit(&path_of(&who.browser, &link))
                    .await
                    .expect_status(200);
                who.browser
                    .submit(&page, "Confirm this address", &[])
                    .await
                    .expect_status(200);
                sign_in(&mut browser, &email, &who.password).await.expect_status(303);
                assert_eq!(
                    who_is(&mut browser).await,
                    Some(format!("own-{email}")),
                    "{}",
                    who.state
                );
                return;
            }
            Then::Link => {
                let links = || async {
                    let mails = house.mail.mails_to(&email).await;
                    let link = mails.iter().rfind(|mail| mail.text().contains("/reset-password/"));
                    link.filter(|_| mails.len() > mails_before)
                        .map(doorward_tests::smtp::Mail::link)
                };
                let link = wait_for("a link that is new", Duration::from_secs(20), links).await;
                let page = browser.visit(&path_of(&browser, &link)).await.expect_status(200);
                let new = fresh_password();
                let told = [("New password", new.as_str())];
                browser.submit(&page, "Set password", &told).await.expect_status(200);
                browser = house.browser();
                let landed = sign_in(&mut browser, &email, &new).await;
                assert_eq!(landed.status, 303, "{}: {}", who.state, landed.html().text());
            }
            Then::Elsewhere => {
                let html = done.html();
                assert!(
                    html.text().contains(&email) || html.text().contains("Ada"),
                    "{}",
                    html.text()
                );
                return;
            }
        }
        assert_eq!(who_is(&mut browser).await.as_ref(), Some(&email), "{}", who.state);
    }

    /// Goes through those states, one person each.
    async fn go_through(&mut self, states: &[State]) {
        for (number, state) in states.iter().enumerate() {
            let (name, _, _, mend, then) = *state;
            self.set_for(name);
            let mut who = self.somebody(name, number);
            self.break_it(&mut who).await;
            let (page, id) = self.ask_all_three(&who, state).await;
            self.house.mail.behave().await;
            if then == Then::Elsewhere {
                let html = page.html();
                let link = html.link(&button_of(mend)).expect("a link").to_owned();
                let there = self.desk.visit(&link).await.expect_status(200);
                self.comes_in(&mut who, then, &there, 0).await;
                continue;
            }
            let mails = self.house.mail.mails_to(&who.email).await.len();
            let done = self.press(&page, &who, &id, number % 2 == 0).await;
            self.comes_in(&mut who, then, &done, mails).await;
        }
    }
}

/// Whether mail arrives at each address that a page shows.
fn reach_on(page: &Page) -> Vec<String> {
    let html = page.html();
    let told = html.elements("span").filter_map(|node| node.attribute("data-reach"));
    told.map(str::to_owned).collect()
}

async fn who_is(browser: &mut Browser) -> Option<String> {
    who(browser).await
}

async fn house() -> House {
    House::with(|setup| {
        let waits = [
            ("CODE_RESEND_WAIT_SECONDS", "0"),
            ("CODE_RESEND_WAIT_NEXT_SECONDS", "0"),
        ];
        limits(setup, &waits).env("DOORWARD_MAIL__BOUNCE_ADDRESS", "bounces@acme.test")
    })
    .await
}

#[tokio::test]
async fn c4_what_breaks_at_the_door_is_told_thrice_and_mended() {
    Office::open(house().await).await.go_through(AT_THE_DOOR).await;
}

#[tokio::test]
async fn c4_what_breaks_on_the_way_of_a_mail_is_told_thrice_and_mended() {
    Office::open(house().await).await.go_through(BY_MAIL).await;
}

#[tokio::test]
async fn c4_what_settings_break_is_told_thrice_and_mended() {
    Office::open(house().await).await.go_through(BY_SETTINGS).await;
    let narrow = |setup| limits(setup, &[("FAILURES_PER_NETWORK_PER_MINUTE", "10")]);
    Office::open(House::with(narrow).await).await.go_through(NETWORK).await;
}

#[test]
fn c4_there_are_at_least_thirty_of_them() {
    let all = [AT_THE_DOOR, BY_MAIL, BY_SETTINGS, NETWORK].concat();
    let names: BTreeSet<&str> = all.iter().map(|state| state.0).collect();
    assert!(names.len() == all.len() && names.len() >= 30, "{names:?}");
}
