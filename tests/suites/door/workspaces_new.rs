//! C8: somebody makes a workspace of their own, with the server as it is shipped.

use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::server::{Server, Setup};
use doorward_tests::smtp::SmtpDouble;

use super::{ADA, says, sign_in, who, wide_network};

const NEW: &str = "/workspaces/new";

struct Base {
    server: Server,
    mail: SmtpDouble,
}

impl Base {
    async fn new(self_service: bool) -> Self {
        let mail = SmtpDouble::start();
        let mut setup = wide_network(Setup::new().mail(&mail));
        if self_service {
            setup = setup.table("[workspaces]\nself_service = \"on\"");
        }
        let server = setup.start().await;
        server.create_workspace("acme", "Acme");
        Self { server, mail }
    }

    fn at_base(&self) -> Browser {
        self.server.browser("")
    }
}

fn hidden(page: &Page, name: &str) -> String {
    let html = page.html();
    let fields = html.submission("Continue", &[]).fields;
    let found = fields.into_iter().find(|(known, _)| *known == *name);
    found.unwrap_or_else(|| panic!("no {name}")).1.clone()
}

/// Sends the form of a page that leads to another host, as a browser would: from there, with the cookies of here.
async fn cross(page: &Page, to: &mut Browser, path: &str) -> Page {
    let (ticket, workspace) = (hidden(page, "ticket"), hidden(page, "workspace"));
    post_ticket(to, path, &ticket, &workspace).await
}

async fn post_ticket(to: &mut Browser, path: &str, ticket: &str, workspace: &str) -> Page {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("ticket", ticket)
        .append_pair("workspace", workspace)
        .finish();
    let headers = [
        ("sec-fetch-site", "cross-site"),
        ("origin", "http://elsewhere.example"),
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    to.send(reqwest::Method::POST, path, &headers, body.into_bytes()).await
}

#[tokio::test]
async fn c8_a_stranger_makes_a_workspace_and_is_its_owner() {
    let base = Base::new(true).await;
    let mut browser = base.at_base();
    let root = browser.get("/").await.expect_status(200);
    assert_eq!(root.html().link("Create your own workspace"), Some(NEW));
    let page = browser.get(NEW).await.expect_status(200);
    assert_eq!(page.html().heading(), "Create your own workspace");
    let fields = ["Workspace name", "Address", "Full name", "Email address", "Password"];
    assert_eq!(page.html().field_names(), fields);
    let password = fresh_password();
    let typed = |address: &'static str| {
        [
            ("Workspace name", "Beta Help"),
            ("Address", address),
            ("Full name", "Ada"),
            ("Email address", ADA),
            ("Password", password.as_str()),
        ]
    };
    for (address, told) in [
        ("acme", "This address is taken"),
        ("ac-me", "This address is taken"),
        ("www", "This address is reserved"),
        ("support", "This address is reserved"),
        ("a.b", "Use 3 to 40 letters"),
    ] {
        let again = browser.submit_only(&page, "Create workspace", &typed(address)).await;
        says(&again, 422, told);
        assert!(!again.body().contains(&password), "a password is shown back");
    }
    let code_page = browser.submit(&page, "Create workspace", &typed("Beta")).await;
    says(&code_page, 200, "We have sent a message to a•••@a•••.test.");
    let mail = base.mail.wait_for_mail(ADA).await;
    assert_eq!(mail.subject(), "Your Beta Help verification code");
    let unknown = base.server.browser("beta").get("/").await;
    assert_eq!(unknown.status.as_u16(), 404, "nothing is made yet");
    let wrong = browser
        .submit_only(&code_page, "Continue", &[("Verification code", "2222222")])
        .await;
    says(&wrong, 422, "This is not the code");
    let mut thief = base.at_base();
    thief.get(NEW).await;
    let stolen = thief.get(&code_page.path).await;
    assert_eq!(stolen.status.as_u16(), 410, "another browser");
    let made = browser
        .submit_only(&code_page, "Continue", &[("Verification code", &mail.code())])
        .await;
    says(&made, 200, "Beta Help is ready");
    let policy = made.header("content-security-policy").unwrap_or_default().to_owned();
    assert!(
        policy.contains(&format!("form-action 'self' {}", base.server.url("beta", ""))),
        "{policy}"
    );
    assert_eq!(made.header("referrer-policy"), Some("no-referrer"));

    let mut there = base.server.browser("beta");
    let arrived = cross(&made, &mut there, "/workspaces/arrive").await.expect_status(303);
    assert_eq!(arrived.location(), Some("/"));
    assert_eq!(who(&mut there).await.as_deref(), Some(ADA));
    let role = there.get("/api/v1/session").await.json()["user"]["role"].clone();
    assert_eq!(role, "owner");
    // Once, and nowhere else.
    let mut again = base.server.browser("beta");
    assert_eq!(
        cross(&made, &mut again, "/workspaces/arrive").await.location(),
        Some("/sign-in")
    );
    assert_eq!(who(&mut again).await, None);
    assert!(
        !base.server.log().contains(&hidden(&made, "ticket")),
        "no ticket in the log"
    );
    sign_in(&mut base.server.browser("beta"), ADA, &password)
        .await
        .expect_status(303);
}

#[tokio::test]
async fn c8_a_customer_becomes_owner_there_and_stays_customer_here() {
    let base = Base::new(true).await;
    let password = fresh_password();
    base.server.create_person("acme", ADA, "Ada", &password);
    let mut stranger = base.server.browser("acme");
    let sent_on = stranger.get(NEW).await.expect_status(303);
    assert_eq!(sent_on.location(), Some(base.server.url("", NEW).as_str()));
    let mut here = base.server.browser("acme");
    sign_in(&mut here, ADA, &password).await.expect_status(303);
    let asked = here.get(NEW).await.expect_status(200);
    let crossing = here.submit_only(&asked, "Continue", &[]).await.expect_status(200);
    let ticket = hidden(&crossing, "ticket");
    let mut at_base = base.at_base();
    // It signs nobody in, is of no other workspace, and leads nowhere else.
    let mut evil = base.server.browser("acme");
    post_ticket(&mut evil, "/workspaces/arrive", &ticket, "acme").await;
    assert_eq!(who(&mut evil).await, None);
    base.server.create_workspace("globex", "Globex");
    for foreign in ["globex", "https://evil.example", ""] {
        let refused = post_ticket(&mut at_base, "/workspaces/new/ticket", &ticket, foreign).await;
        assert_eq!(refused.status.as_u16(), 410, "{foreign}");
    }
    let presented = cross(&crossing, &mut at_base, "/workspaces/new/ticket")
        .await
        .expect_status(303);
    let to = presented.location().unwrap_or_default().to_owned();
    assert!(to.starts_with("/workspaces/new?founding="), "{to}");
    let mut thief = base.at_base();
    let replayed = cross(&crossing, &mut thief, "/workspaces/new/ticket").await;
    assert_eq!(replayed.status.as_u16(), 410);
    assert_eq!(thief.get(&to).await.status.as_u16(), 410, "another browser");
    let form = at_base.get(&to).await.expect_status(200);
    says(&form, 200, ADA);
    assert_eq!(form.html().field_names(), ["Workspace name", "Address"]);
    let wanted = [("Workspace name", "Beta Help"), ("Address", "beta")];
    let made = at_base.submit_only(&form, "Create workspace", &wanted).await;
    says(&made, 200, "Beta Help is ready");
    let mut there = base.server.browser("beta");
    let arrived = cross(&made, &mut there, "/workspaces/arrive").await.expect_status(303);
    let set_up = arrived.location().unwrap_or_default().to_owned();
    assert!(set_up.starts_with("/recover/set-up?flow="), "{set_up}");
    there.get(&set_up).await.expect_status(200);
    let role = here.get("/api/v1/session").await.json()["user"]["role"].clone();
    assert_eq!(role, "customer");
}

#[tokio::test]
async fn c8_where_it_is_closed_the_page_says_so() {
    let base = Base::new(false).await;
    let mut browser = base.at_base();
    let root = browser.get("/").await.expect_status(200);
    assert_eq!(root.html().link("Create your own workspace"), None);
    says(&browser.get(NEW).await, 403, "only the operator creates workspaces");
    let refused = post_ticket(&mut browser, "/workspaces/new/ticket", "x", "acme").await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
}
