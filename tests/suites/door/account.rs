//! One's own account on its pages: profile (A4), addresses (A5), sessions (A7), password (R11), fresh proof in place, and what
//! the mails about them can undo.

use std::time::{Duration, Instant};

use doorward_tests::account::{enable_two_factor, security};
use doorward_tests::browser::{Browser, Page, fresh_password};
use reqwest::Method;
use serde_json::json;

use super::{ADA, House, app, as_owner, ask_code, ask_reset, limits, path_of, refuses, says, sign_in, until, who};

const SECOND: &str = "ada@second.test";
const OWNER: &str = "owner@acme.test";
const EVE: &str = "eve@evil.test";
const CONFIRM: &str = "Confirm that it’s you";

/// Ada, signed in with her password.
async fn ada(house: &House, password: &str) -> Browser {
    house.ada(password);
    signed_in(house, ADA, password).await
}

async fn signed_in(house: &House, email: &str, password: &str) -> Browser {
    let mut browser = house.browser();
    sign_in(&mut browser, email, password).await.expect_status(303);
    browser
}

/// Presses a button of a page of one's own account.
async fn press(browser: &mut Browser, path: &str, button: &str, typed: &[(&str, &str)]) -> Page {
    let page = browser.visit(path).await.expect_status(200);
    browser.submit(&page, button, typed).await
}

/// Follows a mailed link to its page, and presses the button there.
async fn follow_mail(browser: &mut Browser, link: &str, button: &str) -> Page {
    let page = browser.visit(&path_of(browser, link)).await;
    assert!(
        !page.path.contains(link.rsplit('/').next().unwrap_or("?")),
        "R36: the token has left the address"
    );
    browser.submit(&page, button, &[]).await
}

/// Adds an address and proves it.
async fn add(house: &House, browser: &mut Browser, email: &str) {
    let page = press(browser, "/account/emails", "Add", &[("Add an email address", email)]).await;
    says(&page, 200, "We have sent a message to that address.");
    let link = house.mail.wait_for_words(email, "/verify-email/").await.link();
    let done = follow_mail(&mut house.browser(), &link, "Confirm this address").await;
    says(&done, 200, "Your address is confirmed");
}

fn png(width: u32, height: u32, content: &[u8]) -> Vec<u8> {
    fn crc(bytes: &[u8]) -> u32 {
        let step =
            |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)));
        !bytes.iter().fold(u32::MAX, step)
    }
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        file.extend(u32::try_from(data.len()).expect("a small chunk").to_be_bytes());
        let body = [&kind[..], data].concat();
        file.extend(&body);
        file.extend(crc(&body).to_be_bytes());
    };
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    chunk(b"IHDR", &head);
    chunk(b"tEXt", b"Comment\0s3cr3t-place");
    // Stored, not compressed: zlib's head, one last block, its checksum.
    let length = u16::try_from(content.len()).expect("a small picture");
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in content {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    let data = [
        &[0x78, 0x01, 0x01][..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        content,
        &((high << 16) | low).to_be_bytes(),
    ]
    .concat();
    chunk(b"IDAT", &data);
    chunk(b"IEND", &[]);
    file
}

#[tokio::test]
async fn a4_name_language_and_time_zone_take_effect_on_the_next_page_and_mail() {
    let house = House::new().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    let page = browser.visit("/account/profile").await.expect_status(200);
    assert_eq!(page.html().heading(), "Your profile");
    assert_eq!(page.html().value("Full name").as_deref(), Some("Ada"));
    let typed = [
        ("Full name", "Ada Lovelace"),
        ("Language", "ar"),
        ("Time zone", "Asia/Kolkata"),
    ];
    let saved = browser.submit(&page, "Save", &typed).await.expect_status(200);
    let root = |page: &Page, name: &str| -> String {
        let html = page.html();
        let root = html.elements("html").next().and_then(|node| node.attribute(name));
        root.unwrap_or_default().to_owned()
    };
    assert_eq!(
        (root(&saved, "lang"), root(&saved, "dir")),
        ("ar".to_owned(), "rtl".to_owned())
    );
    let home = browser.visit("/").await.expect_status(200);
    assert_eq!(root(&home, "lang"), "ar", "whatever the browser prefers");
    assert!(
        home.html().has_button("Ada Lovelace"),
        "{:?}",
        home.html().button_names()
    );
    let security = browser.visit("/account/security").await.expect_status(200);
    let times = security.html().texts("time").join(" ");
    assert!(
        !times.is_empty() && !times.contains("UTC "),
        "times are in her zone: {times}"
    );
    ask_reset(&mut house.browser(), ADA).await.expect_status(200);
    let mail = house.mail.wait_for_words(ADA, "/reset-password/").await;
    assert!(
        !mail.text().contains("Open this link"),
        "in her language: {}",
        mail.text()
    );
    assert!(
        !mail.text().contains("UTC") || mail.text().contains("UTC+05:30"),
        "{}",
        mail.text()
    );
    let told = as_session(&mut browser, "/api/v1/account").await;
    assert_eq!(told.json()["time_zone"], "Asia/Kolkata", "{}", told.body());
    // What no list holds is refused at its field, and nothing is changed.
    let page = browser.visit("/account/profile").await.expect_status(200);
    let form = page.html();
    let token = form
        .elements("input")
        .find(|input| input.attribute("name") == Some("form_token"))
        .and_then(|input| input.attribute("value"))
        .expect("a form's token")
        .to_owned();
    for (language, zone) in [
        ("no language at all", "UTC"),
        ("ar", "Mars/Olympus"),
        ("ar", "../../etc/passwd"),
        ("\u{0}", "UTC"),
    ] {
        let fields = [
            ("form_token", token.as_str()),
            ("name", "Eve"),
            ("language", language),
            ("time_zone", zone),
        ];
        let told = browser.post("/account/profile", &fields).await;
        assert!(
            matches!(told.status.as_u16(), 400 | 422),
            "{language} {zone}: {}",
            told.status
        );
    }
    for name in ["", " ", "\u{202e}\u{0}"] {
        let fields = [
            ("form_token", token.as_str()),
            ("name", name),
            ("language", "ar"),
            ("time_zone", "UTC"),
        ];
        let told = browser.post("/account/profile", &fields).await;
        assert!(matches!(told.status.as_u16(), 400 | 422), "{name:?}: {}", told.status);
    }
    let told = as_session(&mut browser, "/api/v1/account").await;
    assert_eq!(told.json()["name"], "Ada Lovelace");
}

async fn as_session(browser: &mut Browser, path: &str) -> Page {
    browser
        .send(Method::GET, path, &[("sec-fetch-site", "same-origin")], Vec::new())
        .await
        .expect_status(200)
}

#[tokio::test]
async fn a4_a_picture_is_made_anew_and_what_is_none_is_refused() {
    let house = House::new().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    let page = browser.visit("/account/profile").await.expect_status(200);
    assert_eq!(
        browser.get("/account/picture").await.status,
        404,
        "initials until there is one"
    );
    let label = "Choose a picture";
    let bomb = png(60_000, 60_000, &[0; 64]);
    let wrong: [(&str, &str, Vec<u8>, u16); 7] = [
        ("words.txt", "text/plain", b"not a picture".to_vec(), 422),
        ("page.png", "image/png", b"<svg onload=alert(1)>".to_vec(), 422),
        (
            "picture.svg",
            "image/svg+xml",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            422,
        ),
        ("half.png", "image/png", png(8, 8, &[0; 72])[..60].to_vec(), 422),
        ("bomb.png", "image/png", bomb, 422),
        ("nothing.png", "image/png", Vec::new(), 422),
        ("large.png", "image/png", vec![0; 2 * 1024 * 1024 + 1], 413),
    ];
    for (name, kind, content, status) in wrong {
        let told = browser.upload(&page, "Upload", label, (name, kind, &content)).await;
        let near = [status, 413, 415, 422];
        assert!(near.contains(&told.status.as_u16()), "{name}: {}", told.status);
        assert_eq!(browser.get("/account/picture").await.status, 404, "{name}");
    }
    let told = browser
        .upload(&page, "Upload", label, ("huge.png", "image/png", &vec![0; 12 << 20]))
        .await;
    assert_eq!(told.status, 413);
    // One row of eight grey pixels, eight times: a filter byte before each row.
    let good = png(8, 8, &[0; 72]);
    browser
        .upload(&page, "Upload", label, ("me.png", "image/png", &good))
        .await
        .expect_status(303);
    let shown = browser.get("/account/picture").await.expect_status(200);
    assert_eq!(shown.header("content-type"), Some("image/png"));
    assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    assert_ne!(shown.bytes, good, "what was sent is not what is kept");
    let told = String::from_utf8_lossy(&shown.bytes).into_owned();
    assert!(
        !told.contains("s3cr3t-place"),
        "what a camera wrote beside the picture is gone"
    );
    let mut stranger = house.browser();
    assert_ne!(stranger.get("/account/picture").await.status, 200);
    let removed = press(&mut browser, "/account/profile", "Remove picture", &[]).await;
    assert_eq!(removed.status, 200);
    assert_eq!(browser.get("/account/picture").await.status, 404);
}

#[tokio::test]
async fn a5_an_address_is_added_proved_made_primary_and_removed() {
    let house = House::without_waits().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    let page = browser.visit("/account/emails").await.expect_status(200);
    assert_eq!(page.html().heading(), "Emails & notifications");
    assert!(page.html().text().contains("Your only address can’t be removed."));
    assert!(!page.html().has_button(&format!("Remove {ADA}")), "S58");
    // S56, S59: it signs nobody in before it is proved.
    let page = press(
        &mut browser,
        "/account/emails",
        "Add",
        &[("Add an email address", SECOND)],
    )
    .await;
    says(&page, 200, "Not confirmed yet.");
    assert!(
        !page.html().has_button("Make primary"),
        "an unproved address cannot become primary"
    );
    refuses(
        &sign_in(&mut house.browser(), SECOND, &password).await,
        401,
        super::INCORRECT,
    );
    let first = house.mail.wait_for_words(SECOND, "/verify-email/").await;
    assert!(
        house
            .mail
            .wait_for_subject(ADA, "An address was added")
            .await
            .text()
            .contains("undo it")
    );
    // R34: looking changes nothing.
    let mut scanner = house.browser();
    for _ in 0..5 {
        let path = path_of(&scanner, &first.link());
        scanner.send(Method::HEAD, &path, &[], Vec::new()).await;
        scanner.visit(&path).await.expect_status(200);
    }
    refuses(
        &sign_in(&mut house.browser(), SECOND, &password).await,
        401,
        super::INCORRECT,
    );
    let done = follow_mail(&mut house.browser(), &first.link(), "Confirm this address").await;
    says(&done, 200, "Your address is confirmed");
    // S59, S60: signs in with the same password, and with a code to it (B14: a code goes where it was asked for).
    assert_eq!(
        who(&mut signed_in(&house, SECOND, &password).await).await.as_deref(),
        Some(ADA)
    );
    let before = house.mail.codes_to(SECOND).await.len();
    let mut by_code = house.browser();
    let code_page = ask_code(&mut by_code, "/sign-in", SECOND).await.expect_status(200);
    let code = house.mail.wait_for_code(SECOND, before).await;
    by_code
        .submit_only(&code_page, "Continue", &[("Sign-in code", &code)])
        .await
        .expect_status(303);
    // A link is good once.
    let mut again = house.browser();
    let gone = again.visit(&path_of(&again, &first.link())).await;
    says(&gone, 410, "This link doesn’t work any more");
    // S57; a reset goes to the primary address, whichever was typed (B14).
    let page = press(&mut browser, "/account/emails", "Make primary", &[]).await;
    says(&page, 200, "Your primary address is changed.");
    assert!(
        !page.html().has_button(&format!("Remove {SECOND}")),
        "S55: never the primary"
    );
    assert_eq!(who(&mut by_code).await, None, "R38: all other sessions are over");
    ask_reset(&mut house.browser(), ADA).await.expect_status(200);
    house.mail.wait_for_words(SECOND, "/reset-password/").await;
    assert!(
        house
            .mail
            .every_mail_to(ADA)
            .await
            .iter()
            .all(|mail| !mail.text().contains("/reset-password/"))
    );
    // S55: the other one goes, and signs in no more, on the next request.
    let mut page = browser.submit(&page, &format!("Remove {ADA}"), &[]).await;
    if page.html().has_button("Do it anyway") {
        page = browser.submit(&page, "Do it anyway", &[]).await;
    }
    says(&page, 200, "The address is removed.");
    refuses(
        &sign_in(&mut house.browser(), ADA, &password).await,
        401,
        super::INCORRECT,
    );
    sign_in(&mut house.browser(), SECOND, &password)
        .await
        .expect_status(303);
    assert!(page.html().text().contains("Your only address can’t be removed."));
}

#[tokio::test]
async fn a5_a_taken_address_tells_its_mailbox_and_not_the_screen() {
    let house = House::new().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    house
        .server
        .create_person("acme", "bea@acme.test", "Bea", &fresh_password());
    let mut seen = Vec::new();
    for email in ["bea@acme.test", "nobody@acme.test"] {
        let page = browser.visit("/account/emails").await.expect_status(200);
        let moved = browser
            .submit_only(&page, "Add", &[("Add an email address", email)])
            .await;
        let page = browser.follow(moved.clone()).await;
        seen.push((
            moved.status,
            moved.location().map(str::to_owned),
            page.status,
            page.html().text().replace(email, "<address>"),
        ));
    }
    let (taken, free) = (&seen[0], &seen[1]);
    assert_eq!(taken.0, free.0);
    assert_eq!(taken.1, free.1);
    assert!(
        free.3.contains("<address>") && taken.3.contains("<address>"),
        "{seen:?}"
    );
    let mail = house.mail.wait_for_subject("bea@acme.test", "was not added").await;
    assert!(!mail.text().contains("/verify-email/"), "{}", mail.text());
    let again = press(&mut browser, "/account/emails", "Add", &[("Add an email address", ADA)]).await;
    assert_eq!(again.status, 409, "{}", again.html().text());
    for bad in [
        "",
        "ada",
        "ada@acme.test\r\nBcc: eve@evil.test",
        "a@b@c",
        "ada@acme.test,eve@evil.test",
    ] {
        let told = press(&mut browser, "/account/emails", "Add", &[("Add an email address", bad)]).await;
        assert_eq!(told.status, 422, "{bad:?}: {}", told.html().text());
    }
}

/// R48: somebody who sat down at Ada's computer adds an address of theirs, proves it, makes it primary and removes hers;
/// the first mail that she got undoes all of it.
#[tokio::test]
async fn r48_a_chain_of_changes_by_an_intruder_is_undone_from_the_owners_mailbox() {
    let house = House::new().await;
    let password = fresh_password();
    let mut intruder = ada(&house, &password).await;
    add(&house, &mut intruder, EVE).await;
    let page = press(&mut intruder, "/account/emails", "Make primary", &[]).await;
    let mut page = intruder.submit(&page, &format!("Remove {ADA}"), &[]).await;
    if page.html().has_button("Do it anyway") {
        page = intruder.submit(&page, "Do it anyway", &[]).await;
    }
    says(&page, 200, "The address is removed.");
    refuses(
        &sign_in(&mut house.browser(), ADA, &password).await,
        401,
        super::INCORRECT,
    );
    // Each change told her with a link of its own, good for seven days.
    for subject in ["An address was added", "new primary address", "An address was removed"] {
        let mail = house.mail.wait_for_subject(ADA, subject).await;
        assert!(mail.text().contains("7 days"), "{}", mail.text());
    }
    let link = house.mail.wait_for_subject(ADA, "An address was added").await.link();
    assert!(link.contains("/revert-email/"), "{link}");
    let mut hers = house.browser();
    for _ in 0..3 {
        hers.visit(&path_of(&hers, &link)).await.expect_status(200);
    }
    refuses(
        &sign_in(&mut house.browser(), ADA, &password).await,
        401,
        super::INCORRECT,
    );
    let done = follow_mail(&mut hers, &link, "Undo this change").await;
    says(&done, 200, "The change is undone");
    assert_eq!(who(&mut intruder).await, None, "everybody is signed out");
    refuses(
        &sign_in(&mut house.browser(), EVE, &password).await,
        401,
        super::INCORRECT,
    );
    // The reset goes to her, and the intruder's own links put nothing back.
    let reset = house.mail.wait_for_words(ADA, "/reset-password/").await.link();
    let fresh = fresh_password();
    let page = hers.visit(&path_of(&hers, &reset)).await.expect_status(200);
    hers.submit(&page, "Set password", &[("New password", &fresh)])
        .await
        .expect_status(200);
    for mail in house.mail.every_mail_to(EVE).await {
        for link in mail.text().lines().filter(|line| line.contains("/revert-email/")) {
            let mut theirs = house.browser();
            let page = theirs.visit(&path_of(&theirs, link.trim())).await;
            if page.html().has_button("Undo this change") {
                theirs.submit(&page, "Undo this change", &[]).await;
            }
        }
    }
    refuses(&sign_in(&mut house.browser(), EVE, &fresh).await, 401, super::INCORRECT);
    let mut back = signed_in(&house, ADA, &fresh).await;
    assert_eq!(who(&mut back).await.as_deref(), Some(ADA));
    let page = back.visit("/account/emails").await.expect_status(200);
    assert!(!page.html().text().contains(EVE), "{}", page.html().text());
}

/// The purposes of links are not each other's (R25): each token is tried at every address that takes one.
#[tokio::test]
async fn r25_a_link_of_one_kind_opens_no_page_of_another() {
    let house = House::new().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    press(
        &mut browser,
        "/account/emails",
        "Add",
        &[("Add an email address", SECOND)],
    )
    .await;
    ask_reset(&mut house.browser(), ADA).await.expect_status(200);
    // An owner's mailbox must not be worth what the operator's link is.
    ask_reset(&mut house.browser(), OWNER).await.expect_status(200);
    signed_in(&house, ADA, &password).await;
    let owner = house
        .server
        .cli(&["recover", "--workspace", "acme", OWNER])
        .expect_success();
    let token = |link: &str| link.trim().rsplit('/').next().unwrap_or_default().to_owned();
    let of = |mail: doorward_tests::smtp::Mail| token(&mail.link());
    let tokens = [
        (
            "verify-email",
            of(house.mail.wait_for_words(SECOND, "/verify-email/").await),
        ),
        (
            "revert-email",
            of(house.mail.wait_for_subject(ADA, "An address was added").await),
        ),
        (
            "reset-password",
            of(house.mail.wait_for_words(ADA, "/reset-password/").await),
        ),
        (
            "reset-password",
            of(house.mail.wait_for_words(OWNER, "/reset-password/").await),
        ),
        ("not-me", of(house.mail.wait_for_words(ADA, "/not-me/").await)),
        ("recover", token(&owner.stdout)),
    ];
    for (kind, token) in &tokens {
        assert!(token.len() >= 43, "{kind}: 256 bits (R31)");
        for page in ["verify-email", "revert-email", "reset-password", "not-me", "recover"] {
            let mut somebody = house.browser();
            let shown = somebody.visit(&format!("/{page}/{token}")).await;
            let expected = if page == *kind { 200 } else { 410 };
            assert_eq!(
                shown.status,
                expected,
                "a link of {kind} at /{page}: {}",
                shown.html().text()
            );
        }
    }
    // Nor does one open anything in another workspace.
    house.server.create_workspace("globex", "Globex");
    for (kind, token) in &tokens {
        let shown = house.server.browser("globex").visit(&format!("/{kind}/{token}")).await;
        assert_eq!(shown.status, 410, "{kind}");
    }
}

#[tokio::test]
async fn a7_sessions_are_listed_and_ended_and_are_over_on_the_next_request() {
    let house = House::new().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    let mut phone = house.browser();
    phone.always("user-agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1");
    sign_in(&mut phone, ADA, &password).await.expect_status(303);
    let app_token = house.token(&mut house.browser(), ADA, &password).await;
    let page = browser.visit("/account/security").await.expect_status(200);
    let said = page.html().text();
    for words in ["Firefox on Linux", "Safari on", "This one", "127.0.0.1"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // The first End is of the latest other session, whichever that is; pressing it twice leaves one.
    let page = browser.submit(&page, "End", &[]).await;
    says(&page, 200, "That session is ended.");
    let mut left = 0;
    if who(&mut phone).await.is_some() {
        left += 1;
    }
    let told = as_owner(&mut house.browser(), Method::GET, "/api/v1/session", &app_token, None).await;
    left += i32::from(told.status == 200);
    assert_eq!(left, 1);
    let page = browser.submit(&page, "End all other sessions", &[]).await;
    says(&page, 200, "All other sessions are ended.");
    assert!(!page.html().has_button("End"));
    for path in ["/api/v1/session", "/api/v1/forward-auth", "/api/v1/account"] {
        assert_eq!(phone.get(path).await.status, 401, "{path}");
        let told = as_owner(&mut house.browser(), Method::GET, path, &app_token, None).await;
        assert_eq!(told.status, 401, "{path}");
    }
    assert_eq!(who(&mut browser).await.as_deref(), Some(ADA), "this one stays");
    // Somebody else's session cannot be ended.
    let bea = fresh_password();
    house.server.create_person("acme", "bea@acme.test", "Bea", &bea);
    let beas = house.token(&mut house.browser(), "bea@acme.test", &bea).await;
    let listed = as_owner(
        &mut house.browser(),
        Method::GET,
        "/api/v1/account/sessions",
        &beas,
        None,
    )
    .await;
    let id = listed.json()["items"][0]["id"].as_str().expect("an id").to_owned();
    let token = house.token(&mut house.browser(), ADA, &password).await;
    let told = as_owner(
        &mut house.browser(),
        Method::DELETE,
        &format!("/api/v1/account/sessions/{id}"),
        &token,
        None,
    )
    .await;
    assert_eq!(told.status, 404);
    let told = as_owner(&mut house.browser(), Method::GET, "/api/v1/session", &beas, None).await;
    assert_eq!(told.status, 200);
}

#[tokio::test]
async fn r11_a_password_is_changed_with_the_old_one_and_ends_every_other_session() {
    let house = House::new().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    let mut other = signed_in(&house, ADA, &password).await;
    let fresh = fresh_password();
    let wrong = [
        ("Current password", "not the password"),
        ("New password", fresh.as_str()),
    ];
    let told = press(&mut browser, "/account/security", "Change password", &wrong).await;
    refuses(&told, 401, "That password is not right.");
    assert_eq!(who(&mut other).await.as_deref(), Some(ADA));
    for bad in ["short", "password1234", ADA] {
        let typed = [("Current password", password.as_str()), ("New password", bad)];
        let told = press(&mut browser, "/account/security", "Change password", &typed).await;
        assert_eq!(told.status, 422, "{bad}: {}", told.html().text());
    }
    let before = browser.cookies()["doorward_session"].value.clone();
    let right = [
        ("Current password", password.as_str()),
        ("New password", fresh.as_str()),
    ];
    press(&mut browser, "/account/security", "Change password", &right)
        .await
        .expect_status(200);
    assert_eq!(who(&mut other).await, None, "R38");
    assert_eq!(
        who(&mut browser).await.as_deref(),
        Some(ADA),
        "whoever changed it stays"
    );
    assert_ne!(
        browser.cookies()["doorward_session"].value,
        before,
        "R79: under a new token"
    );
    let mut old = house.browser();
    old.set_cookie("doorward_session", &before);
    assert_eq!(who(&mut old).await, None, "the old token is dead");
    refuses(
        &sign_in(&mut house.browser(), ADA, &password).await,
        401,
        super::INCORRECT,
    );
    sign_in(&mut house.browser(), ADA, &fresh).await.expect_status(303);
    let mail = house.mail.wait_for_subject(ADA, "password was changed").await;
    assert!(mail.text().contains("If this wasn’t you"), "{}", mail.text());
}

#[tokio::test]
async fn r11_who_has_no_password_sets_a_first_one() {
    let house = House::new().await;
    house.contact(ADA);
    let mut browser = house.browser();
    let page = ask_code(&mut browser, "/sign-in", ADA).await.expect_status(200);
    let code = house.mail.wait_for_code(ADA, 0).await;
    browser
        .submit_only(&page, "Continue", &[("Sign-in code", &code)])
        .await
        .expect_status(303);
    let page = browser.visit("/account/security").await.expect_status(200);
    says(&page, 200, "You have no password yet.");
    let mut page = page;
    if !page.html().field_names().contains(&"New password".to_owned()) {
        page = browser.submit(&page, "Set a password", &[]).await;
    }
    let password = fresh_password();
    browser
        .submit(&page, "Set a password", &[("New password", &password)])
        .await
        .expect_status(200);
    sign_in(&mut house.browser(), ADA, &password).await.expect_status(303);
}

/// A house whose proofs are fresh for ten seconds, and no longer.
async fn quick_house() -> House {
    House::with(|setup| limits(setup, &[("FRESH_PROOF_SECONDS", "10")])).await
}

/// The one mechanism before every sensitive change: in place, with what was being filled kept (R11, R72).
#[tokio::test]
async fn r11_a_fresh_proof_is_asked_in_place_and_keeps_the_form() {
    let house = quick_house().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    let signed_in_at = Instant::now();
    let bodies = browser.visit("/account/emails").await.expect_status(200);
    until(signed_in_at, Duration::from_secs(11)).await;
    let before = browser.cookies()["doorward_session"].value.clone();
    let typed = [("Add an email address", SECOND)];
    let asked = browser.submit_only(&bodies, "Add", &typed).await.expect_status(403);
    assert_eq!(asked.html().heading(), CONFIRM);
    assert_eq!(asked.header("cache-control"), Some("no-store"));
    assert!(
        house.mail.every_mail_to(SECOND).await.is_empty(),
        "nothing is done before"
    );
    let wrong = browser
        .submit_only(&asked, "Continue", &[("Password", "not the password")])
        .await;
    refuses(&wrong, 401, "");
    assert_eq!(wrong.html().heading(), CONFIRM);
    let done = browser.submit(&wrong, "Continue", &[("Password", &password)]).await;
    says(&done, 200, "We have sent a message to that address.");
    assert!(done.html().text().contains(SECOND), "the address that was typed first");
    house.mail.wait_for_words(SECOND, "/verify-email/").await;
    assert_ne!(
        browser.cookies()["doorward_session"].value,
        before,
        "R79: step-up renews the token"
    );
    let mut old = house.browser();
    old.set_cookie("doorward_session", &before);
    assert_eq!(who(&mut old).await, None);
    // Fresh now: the next change asks nothing. The same by a mailed code, for who lost the password.
    let page = press(&mut browser, "/account/security", "Enable", &[]).await;
    assert_ne!(page.html().heading(), CONFIRM);
    let proved_at = Instant::now();
    until(proved_at, Duration::from_secs(11)).await;
    let page = browser.visit("/account/security").await.expect_status(200);
    let asked = browser.submit_only(&page, "Enable", &[]).await.expect_status(403);
    if asked.html().has_button("Email me a code") {
        let sent = browser.submit_only(&asked, "Email me a code", &[]).await;
        let mail = house.mail.wait_for_subject(ADA, "confirmation code").await;
        let page = browser
            .submit(
                &sent,
                "Continue with this code",
                &[("Code from the email", &mail.code())],
            )
            .await
            .expect_status(200);
        assert_eq!(page.html().heading(), "Set up two-factor authentication");
    }
}

/// Each sensitive change asks, on pages and in JSON, and none is done without the proof.
#[tokio::test]
async fn r72_every_sensitive_change_asks_for_a_fresh_proof() {
    let house = quick_house().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    add(&house, &mut browser, SECOND).await;
    let factor = enable_two_factor(&mut browser).await;
    let token = house
        .token_with(&mut house.browser(), ADA, &password, &factor.codes[0])
        .await;
    house.passkey(&mut house.browser(), &token).await;
    let last = Instant::now();
    let listed = as_owner(
        &mut house.browser(),
        Method::GET,
        "/api/v1/account/emails",
        &token,
        None,
    )
    .await;
    let id = listed.json()["items"]
        .as_array()
        .and_then(|items| items.iter().find(|item| item["address"] == SECOND))
        .and_then(|item| item["id"].as_str())
        .expect("the second address")
        .to_owned();
    let listed = as_owner(
        &mut house.browser(),
        Method::GET,
        "/api/v1/account/security",
        &token,
        None,
    )
    .await;
    let passkey = listed.json()["passkeys"][0]["id"]
        .as_str()
        .expect("a passkey")
        .to_owned();
    until(last, Duration::from_secs(11)).await;
    let calls = [
        (
            Method::POST,
            "/api/v1/account/emails".to_owned(),
            Some(json!({"email": EVE})),
        ),
        (
            Method::POST,
            format!("/api/v1/account/emails/{id}/primary"),
            Some(json!({})),
        ),
        (
            Method::DELETE,
            format!("/api/v1/account/emails/{id}?confirmed=true"),
            None,
        ),
        (
            Method::PUT,
            "/api/v1/account/password".to_owned(),
            Some(json!({"password": fresh_password()})),
        ),
        (Method::POST, "/api/v1/account/two-factor".to_owned(), Some(json!({}))),
        (
            Method::DELETE,
            "/api/v1/account/two-factor?confirmed=true".to_owned(),
            None,
        ),
        (Method::POST, "/api/v1/account/backup-codes".to_owned(), Some(json!({}))),
        (
            Method::POST,
            "/api/v1/account/passkeys/options".to_owned(),
            Some(json!({})),
        ),
        (
            Method::DELETE,
            format!("/api/v1/account/passkeys/{passkey}?confirmed=true"),
            None,
        ),
    ];
    for (method, path, body) in calls {
        let told = as_owner(&mut house.browser(), method.clone(), &path, &token, body).await;
        assert_eq!(told.status, 403, "{method} {path}: {}", told.body());
        assert_eq!(
            told.json()["type"],
            "urn:doorward:problem:fresh-proof-required",
            "{method} {path}"
        );
        assert!(told.json()["ways"].as_array().is_some_and(|ways| !ways.is_empty()));
    }
    let pages = [
        ("/account/emails", "Make primary"),
        ("/account/emails", &*format!("Remove {SECOND}")),
        ("/account/security", "Disable"),
        ("/account/security", "New backup codes"),
        ("/account/security", "Add a passkey"),
        ("/account/security", "Remove Her phone"),
    ];
    for (path, button) in pages {
        let mut page = press(&mut browser, path, button, &[]).await;
        if page.html().has_button("Do it anyway") {
            page = browser.submit(&page, "Do it anyway", &[]).await;
        }
        assert_eq!(
            (page.status.as_u16(), page.html().heading()),
            (403, CONFIRM.to_owned()),
            "{button}"
        );
        let fields = page.html().field_names();
        assert!(
            fields.contains(&"Authentication code".to_owned()) && !fields.contains(&"Code from the email".to_owned()),
            "{button}: with two-factor authentication on, a mailbox is no proof: {fields:?}"
        );
    }
    // By a backup code, in place.
    let asked = press(&mut browser, "/account/security", "New backup codes", &[]).await;
    let typed = [("Authentication code", factor.codes[1].as_str())];
    let shown = browser
        .submit_only(&asked, "Continue with this code", &typed)
        .await
        .expect_status(200);
    assert_eq!(shown.html().texts("code").len(), 10);
    let listed = as_owner(
        &mut house.browser(),
        Method::GET,
        "/api/v1/account/emails",
        &token,
        None,
    )
    .await;
    assert!(!listed.body().contains(EVE), "nothing of it was done");
}

/// A sign-in from a browser not seen before is told by mail, and "this wasn't me" ends that session and starts a reset.
#[tokio::test]
async fn a_new_device_is_told_and_can_be_disowned() {
    let house = House::new().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    // The first sign-in of an account is news to nobody; the same browser again neither.
    let page = browser.visit("/").await;
    browser.submit(&page, "Sign out", &[]).await;
    sign_in(&mut browser, ADA, &password).await.expect_status(303);
    assert!(
        house
            .mail
            .every_mail_to(ADA)
            .await
            .iter()
            .all(|mail| !mail.is_of_new_device())
    );
    let mut stranger = signed_in(&house, ADA, &password).await;
    let mail = house.mail.wait_for_words(ADA, "/not-me/").await;
    assert_eq!(mail.subject(), "New sign-in to your Acme account");
    assert!(mail.text().contains("with your password"), "{}", mail.text());
    let mut hers = house.browser();
    hers.visit(&path_of(&hers, &mail.link())).await.expect_status(200);
    assert_eq!(
        who(&mut stranger).await.as_deref(),
        Some(ADA),
        "R34: looking changes nothing"
    );
    let done = follow_mail(&mut hers, &mail.link(), "This wasn’t me").await;
    says(&done, 200, "That sign-in is ended");
    assert_eq!(who(&mut stranger).await, None);
    assert_eq!(
        who(&mut browser).await.as_deref(),
        Some(ADA),
        "her own session goes on until she sets a password"
    );
    house.mail.wait_for_words(ADA, "/reset-password/").await;
    let gone = hers.visit(&path_of(&hers, &mail.link())).await;
    assert_eq!(gone.status, 410);
}

/// *Keep me signed in* is off on first use; with it the cookie outlives the browser (R81 holds all the same).
#[tokio::test]
async fn keep_me_signed_in_is_off_at_first_and_remembered() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    let page = browser.visit("/sign-in").await.expect_status(200);
    assert!(page.html().field_attribute("Keep me signed in", "checked").is_none());
    let typed = [("Email address", ADA), ("Password", password.as_str())];
    browser.submit_only(&page, "Sign in", &typed).await.expect_status(303);
    let cookie = browser.cookies()["doorward_session"].clone();
    assert!(!cookie.header.to_lowercase().contains("max-age"), "{}", cookie.header);
    let home = browser.visit("/").await;
    browser.submit(&home, "Sign out", &[]).await;
    let page = browser.visit("/sign-in").await.expect_status(200);
    let typed = [
        ("Email address", ADA),
        ("Password", password.as_str()),
        ("Keep me signed in", "on"),
    ];
    browser.submit_only(&page, "Sign in", &typed).await.expect_status(303);
    let cookie = browser.cookies()["doorward_session"].clone();
    assert!(cookie.header.contains("Max-Age=25"), "thirty days: {}", cookie.header);
    let home = browser.visit("/").await;
    browser.submit(&home, "Sign out", &[]).await;
    let page = browser.visit("/sign-in").await.expect_status(200);
    assert!(
        page.html().field_attribute("Keep me signed in", "checked").is_some(),
        "the last choice"
    );
}

/// The security page always says what still gets one in, and a change that leaves one way asks first.
#[tokio::test]
async fn ways_back_in_are_always_shown_and_a_last_but_one_is_not_given_up_unasked() {
    let house = House::new().await;
    let password = fresh_password();
    let mut browser = ada(&house, &password).await;
    let page = security(&mut browser).await;
    let said = page.html().text();
    for words in [
        "Ways back in",
        "Without your phone",
        "Without the mailbox of your primary address",
        "Without your password",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    add(&house, &mut browser, SECOND).await;
    let page = press(&mut browser, "/account/emails", &format!("Remove {SECOND}"), &[]).await;
    if page.status == 409 {
        says(&page, 409, "It can be done, but it changes what still gets you in.");
        let emails = browser.visit("/account/emails").await;
        assert!(emails.html().text().contains(SECOND), "nothing is done before");
        let done = browser.submit(&page, "Do it anyway", &[]).await;
        says(&done, 200, "The address is removed.");
    }
    let token = house.token(&mut house.browser(), ADA, &password).await;
    let told = as_owner(
        &mut house.browser(),
        Method::GET,
        "/api/v1/account/security",
        &token,
        None,
    )
    .await;
    assert!(
        told.json()["ways_back"]["without_password"].is_array(),
        "{}",
        told.body()
    );
}

/// Whoever is not signed in is led to the door, and back to the page afterwards (B13); nobody changes what is another's.
#[tokio::test]
async fn b13_the_pages_of_an_account_lead_strangers_to_the_door_and_back() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    for path in ["/account/profile", "/account/emails", "/account/security"] {
        let mut browser = house.browser();
        let page = browser.visit(path).await.expect_status(200);
        assert!(page.path.starts_with("/sign-in"), "{path} led to {}", page.path);
        let typed = [("Email address", ADA), ("Password", password.as_str())];
        let landed = browser.submit_only(&page, "Sign in", &typed).await.expect_status(303);
        assert_eq!(landed.location(), Some(path));
    }
    let bea = fresh_password();
    house.server.create_person("acme", "bea@acme.test", "Bea", &bea);
    let (mine, hers) = (
        house.token(&mut house.browser(), ADA, &password).await,
        house.token(&mut house.browser(), "bea@acme.test", &bea).await,
    );
    let mut machine = house.browser();
    house.passkey(&mut machine, &hers).await;
    let emails = as_owner(&mut machine, Method::GET, "/api/v1/account/emails", &hers, None).await;
    let email = emails.json()["items"][0]["id"].as_str().expect("an id").to_owned();
    let security = as_owner(&mut machine, Method::GET, "/api/v1/account/security", &hers, None).await;
    let passkey = security.json()["passkeys"][0]["id"].as_str().expect("an id").to_owned();
    for (method, path, body) in [
        (
            Method::POST,
            format!("/api/v1/account/emails/{email}/primary"),
            Some(json!({})),
        ),
        (
            Method::POST,
            format!("/api/v1/account/emails/{email}/proof"),
            Some(json!({})),
        ),
        (
            Method::DELETE,
            format!("/api/v1/account/emails/{email}?confirmed=true"),
            None,
        ),
        (
            Method::DELETE,
            format!("/api/v1/account/passkeys/{passkey}?confirmed=true"),
            None,
        ),
        (
            Method::PATCH,
            format!("/api/v1/account/passkeys/{passkey}"),
            Some(json!({"name": "mine"})),
        ),
    ] {
        let told = as_owner(&mut machine, method.clone(), &path, &mine, body).await;
        assert_eq!(told.status, 404, "{method} {path}: {}", told.body());
    }
    // A key of the portal application is nobody's session.
    let key = house.api_key("acme", "users:write");
    let told = as_owner(&mut machine, Method::GET, "/api/v1/account", &key, None).await;
    assert_eq!(told.status, 401, "{}", told.body());
}

/// A passkey or an address that is removed opens nothing on the very next request.
#[tokio::test]
async fn what_is_removed_opens_nothing_on_the_next_request() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut machine = house.browser();
    let token = house.token(&mut machine, ADA, &password).await;
    let mut device = house.passkey(&mut machine, &token).await;
    let asked = app(&mut machine, "/api/v1/sign-in/passkey/options", json!({}))
        .await
        .expect_status(200);
    let answer = device.answer(&asked.json()["options"]);
    let security = as_owner(&mut machine, Method::GET, "/api/v1/account/security", &token, None).await;
    let id = security.json()["passkeys"][0]["id"].as_str().expect("an id").to_owned();
    as_owner(
        &mut machine,
        Method::DELETE,
        &format!("/api/v1/account/passkeys/{id}?confirmed=true"),
        &token,
        None,
    )
    .await
    .expect_status(204);
    let body = json!({"ceremony": super::text(&asked, "/ceremony"), "answer": answer});
    super::refuses_app(
        &app(&mut machine, "/api/v1/sign-in/passkey", body).await,
        401,
        "passkey-wrong",
    );
    house.mail.wait_for_subject(ADA, "A passkey was removed").await;
}
