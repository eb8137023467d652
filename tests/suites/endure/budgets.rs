//! Budgets last over kills, nodes, resends and new attempts (G4, R22, R23, R89), and a stranger who spends them does not
//! lock the owner out (R26).

use doorward_tests::browser::{Page, fresh_password};
use doorward_tests::server::Setup;

use super::{Place, WORKSPACE, reason, text, wrong_code};

const ADA: &str = "ada@acme.test";

/// The product's own budgets for an address; only those of the network, which all tests share, are wider.
fn of_an_address(setup: Setup) -> Setup {
    [
        "FAILURES_PER_NETWORK_PER_MINUTE",
        "TRIES_PER_NETWORK_PER_MINUTE",
        "CODE_REQUESTS_PER_NETWORK_PER_HOUR",
        "RESETS_PER_NETWORK_PER_HOUR",
    ]
    .into_iter()
    .fold(setup, |setup, limit| {
        setup.env(&format!("DOORWARD_LIMITS__{limit}"), "10000")
    })
}

/// The same without waits between codes.
fn of_an_address_without_waits(setup: Setup) -> Setup {
    [
        ("CODE_RESEND_WAIT_SECONDS", "0"),
        ("CODE_RESEND_WAIT_NEXT_SECONDS", "0"),
        ("CODES_PER_ADDRESS_PER_15_MINUTES", "100"),
        ("CODES_PER_ADDRESS_PER_DAY", "100"),
        ("MAILS_PER_ADDRESS_PER_DAY", "100"),
    ]
    .into_iter()
    .fold(of_an_address(setup), |setup, (limit, value)| {
        setup.env(&format!("DOORWARD_LIMITS__{limit}"), value)
    })
}

fn is_refused_for_now(page: &Page) {
    assert_eq!(
        (page.status.as_u16(), reason(page).as_str()),
        (429, "try-later"),
        "{}",
        page.body()
    );
    assert!(page.header("retry-after").is_some(), "R94");
}

/// R89: five wrong passwords, over as many lives and nodes; the sixth try is told to wait, though it be right.
async fn wrong_passwords_add_up(mut place: Place) {
    let password = fresh_password();
    place.create_person(ADA, &password);
    for turn in 0..5 {
        let page = place.app(turn).with_password(ADA, "not the password").await;
        assert_eq!(page.status, 401, "wrong password {}: {}", turn + 1, page.body());
        place.node_mut(turn).restart().await;
    }
    for turn in 0..2 {
        is_refused_for_now(&place.app(turn).with_password(ADA, &password).await);
    }
}

#[tokio::test]
async fn wrong_passwords_add_up_over_restarts_on_sqlite() {
    wrong_passwords_add_up(Place::on_sqlite(of_an_address).await).await;
}

#[tokio::test]
async fn wrong_passwords_add_up_over_restarts_and_nodes() {
    wrong_passwords_add_up(Place::on_postgres(of_an_address).await).await;
}

/// R22: five wrong codes on one attempt, with a resend and kills between them; then no code of the attempt is good.
async fn wrong_codes_of_an_attempt_add_up(mut place: Place) {
    place.create_person(ADA, &fresh_password());
    let mut browser = place.node(0).browser(WORKSPACE);
    let page = browser.visit("/sign-in").await.expect_status(200);
    let mut page = browser
        .submit(&page, "Email me a sign-in code", &[("Email address", ADA)])
        .await
        .expect_status(200);
    let code = place.mail.wait_for_mail(ADA).await.code();
    for turn in 0..5 {
        if turn == 2 {
            page = browser.submit(&page, "Resend code", &[]).await.expect_status(200);
        }
        browser.at_node(place.node(turn).address());
        let wrong = wrong_code(&code);
        let told = browser.submit(&page, "Continue", &[("Sign-in code", &wrong)]).await;
        assert_eq!(told.status, 401, "wrong code {}: {}", turn + 1, told.html().text());
        if turn < 4 {
            page = told;
        }
        place.node_mut(turn).restart().await;
    }
    let codes = place.mail.wait_for_mails(ADA, 2).await;
    for mail in &codes {
        let told = browser
            .submit(&page, "Continue", &[("Sign-in code", &mail.code())])
            .await;
        assert_eq!(
            told.status,
            401,
            "a right code after the last try: {}",
            told.html().text()
        );
    }
}

#[tokio::test]
async fn wrong_codes_of_an_attempt_add_up_over_resends_and_restarts_on_sqlite() {
    wrong_codes_of_an_attempt_add_up(Place::on_sqlite(of_an_address_without_waits).await).await;
}

#[tokio::test]
async fn wrong_codes_of_an_attempt_add_up_over_resends_restarts_and_nodes() {
    wrong_codes_of_an_attempt_add_up(Place::on_postgres(of_an_address_without_waits).await).await;
}

/// R23: ten wrong codes in an hour, two in each of five attempts on changing nodes, with kills between; the eleventh try
/// is refused, though it be right, and a fresh attempt changes nothing.
async fn wrong_codes_of_an_account_add_up(mut place: Place) {
    place.create_person(ADA, &fresh_password());
    for attempt in 0..5 {
        let mut app = place.app(attempt);
        let flow = app.flow(ADA).await;
        let code = place.mail.wait_for_mails(ADA, attempt + 1).await[attempt].code();
        for _ in 0..2 {
            let page = app.verify(&flow, &wrong_code(&code)).await;
            assert_eq!(page.status, 401, "attempt {attempt}: {}", page.body());
        }
        place.node_mut(attempt).restart().await;
    }
    let mut app = place.app(1);
    let flow = app.flow(ADA).await;
    let code = place.mail.wait_for_mails(ADA, 6).await[5].code();
    is_refused_for_now(&app.verify(&flow, &code).await);
    is_refused_for_now(&place.app(0).verify(&flow, &code).await);
}

#[tokio::test]
async fn wrong_codes_of_an_account_add_up_over_attempts_and_restarts_on_sqlite() {
    wrong_codes_of_an_account_add_up(Place::on_sqlite(of_an_address_without_waits).await).await;
}

#[tokio::test]
async fn wrong_codes_of_an_account_add_up_over_attempts_restarts_and_nodes() {
    wrong_codes_of_an_account_add_up(Place::on_postgres(of_an_address_without_waits).await).await;
}

/// R27: the budget of mails for an address, three codes in a quarter of an hour, over kills.
#[tokio::test]
async fn code_mails_to_an_address_add_up_over_restarts() {
    let without_waits = |setup| {
        of_an_address(setup)
            .env("DOORWARD_LIMITS__CODE_RESEND_WAIT_SECONDS", "0")
            .env("DOORWARD_LIMITS__CODE_RESEND_WAIT_NEXT_SECONDS", "0")
    };
    let mut place = Place::on_sqlite(without_waits).await;
    for email in [ADA, "nobody@acme.test"] {
        for _ in 0..3 {
            place.app(0).ask_code(email).await.expect_status(202);
            place.node_mut(0).restart().await;
        }
        is_refused_for_now(&place.app(0).ask_code(email).await);
    }
}

/// R26: what a stranger can spend is closed for strangers; the owner has the code while the password waits.
#[tokio::test]
async fn an_owner_whose_password_is_closed_by_a_stranger_comes_in_by_code_or_on_a_known_device() {
    let place = Place::on_sqlite(of_an_address).await;
    let password = fresh_password();
    place.create_person(ADA, &password);
    let mut owner = place.app(0);
    let device = text(
        &owner.with_password(ADA, &password).await.expect_status(200),
        "/device_token",
    );

    let mut stranger = place.app(0);
    while stranger.with_password(ADA, "not the password").await.status == 401 {}
    is_refused_for_now(&stranger.with_password(ADA, &password).await);
    is_refused_for_now(&stranger.on_device(ADA, &password, "not a device").await);

    owner.on_device(ADA, &password, &device).await.expect_status(200);
    let flow = owner.flow(ADA).await;
    let code = place.mail.wait_for_mail(ADA).await.code();
    owner.verify(&flow, &code).await.expect_status(200);
    // A full success clears what the stranger had spent of this address's passwords.
    owner.with_password(ADA, &password).await.expect_status(200);
}

/// R26, the other way round: the codes are spent, by wrong tries and by requests for mail; the password stays open, and a
/// known device has codes of its own (R112).
#[tokio::test]
async fn an_owner_whose_codes_are_spent_by_a_stranger_comes_in_by_password_or_on_a_known_device() {
    let place = Place::on_sqlite(of_an_address_without_waits).await;
    let password = fresh_password();
    place.create_person(ADA, &password);
    let mut owner = place.app(0);
    let device = text(
        &owner.with_password(ADA, &password).await.expect_status(200),
        "/device_token",
    );

    let mut stranger = place.app(0);
    for _ in 0..5 {
        let flow = stranger.flow(ADA).await;
        for _ in 0..2 {
            stranger.verify(&flow, "AAAAAAA").await.expect_status(401);
        }
    }
    while stranger.ask_code(ADA).await.status == 202 {}
    let spent = place.mail.wait_for_mails(ADA, 6).await.len();

    owner.with_password(ADA, &password).await.expect_status(200);
    let body = serde_json::json!({"email": ADA, "device_token": device});
    let page = owner.post("/api/v1/sign-in/code", body).await.expect_status(202);
    let flow = text(&page, "/flow");
    let mails = doorward_tests::machine::wait_for("the mails", std::time::Duration::from_secs(20), || async {
        // The stranger's mails may still be on their way when the owner asks.
        let page = place.node(0).cli(&["explain", "--workspace", WORKSPACE, ADA, "--json"]);
        let queued = page.stdout.matches("\"queued\"").count();
        let mails = place.mail.mails_to(ADA).await;
        (queued == 0 && mails.len() > spent.min(100)).then_some(mails)
    })
    .await;
    let body = |code: &str| serde_json::json!({"flow": flow, "code": code, "device_token": device});
    let last = mails.last().unwrap().code();
    owner
        .post("/api/v1/sign-in/code/verify", body(&last))
        .await
        .expect_status(200);
}

/// R23, R89: after so many failures in a row that a way is closed for good, it opens again for who comes in another way.
#[tokio::test]
async fn ways_that_are_closed_for_good_open_again_for_who_comes_in_another_way() {
    let shape = |setup| {
        of_an_address_without_waits(setup)
            .env("DOORWARD_LIMITS__FAILURES_IN_A_ROW", "10")
            .env("DOORWARD_LIMITS__PASSWORD_FAILURES_BEFORE_WAIT", "100")
    };
    let mut place = Place::on_sqlite(shape).await;
    let password = fresh_password();
    place.create_person(ADA, &password);
    let mut app = place.app(0);
    for _ in 0..10 {
        app.with_password(ADA, "not the password").await.expect_status(401);
    }
    place.node_mut(0).restart().await;
    is_refused_for_now(&app.with_password(ADA, &password).await);
    let flow = app.flow(ADA).await;
    let code = place.mail.wait_for_mail(ADA).await.code();
    app.verify(&flow, &code).await.expect_status(200);
    app.with_password(ADA, &password).await.expect_status(200);
}
