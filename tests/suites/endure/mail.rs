//! A mail server that is away, refuses, hangs or breaks off changes no page, and loses no mail (E3, SF6, R91, R110, R111).

use std::time::Duration;

use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::machine::wait_for;
use doorward_tests::mask::mask;
use doorward_tests::server::{Server, Setup};
use doorward_tests::smtp::{Fault, Moment, SmtpDouble};
use serde_json::Value;

use super::{Place, WORKSPACE, roomy};

/// The first wait after a failed try is ten seconds, give or take a fifth (R110); so much and a busy machine.
const AFTER_FIRST_WAIT: Duration = Duration::from_secs(40);

async fn place() -> Place {
    let place = Place::on_sqlite(roomy).await;
    for name in ["ada", "bea"] {
        place.create_person(&format!("{name}@acme.test"), &fresh_password());
    }
    place
}

/// Asks for a code on the sign-in page, on the way to a ticket.
async fn ask(server: &Server, email: &str) -> (Browser, Page) {
    let mut browser = server.browser(WORKSPACE);
    let page = browser
        .visit("/sign-in?return_to=%2Ftickets%2F7")
        .await
        .expect_status(200);
    let page = browser
        .submit(&page, "Email me a sign-in code", &[("Email address", email)])
        .await
        .expect_status(200);
    (browser, page)
}

async fn finish(browser: &mut Browser, page: &Page, code: &str) {
    let answer = browser.submit_only(page, "Continue", &[("Sign-in code", code)]).await;
    let answer = answer.expect_status(303);
    assert_eq!(answer.location(), Some("/tickets/7"), "B13");
}

/// What `doorward explain` says of the mails to an address, newest first.
fn mails_in_explain(server: &Server, email: &str) -> Vec<Value> {
    let told = server
        .cli(&["explain", "--workspace", WORKSPACE, email, "--json"])
        .expect_success();
    let document: Value = serde_json::from_str(&told.stdout).expect("explain --json is JSON");
    document["mails"].as_array().expect("mails").clone()
}

async fn mail_in_state(server: &Server, email: &str, state: &str) -> Value {
    wait_for(
        &format!("a mail to {email} that is {state}"),
        AFTER_FIRST_WAIT,
        || async {
            mails_in_explain(server, email)
                .into_iter()
                .find(|mail| mail["state"] == state)
        },
    )
    .await
}

async fn first_mail_within(mail: &SmtpDouble, email: &str, limit: Duration) -> doorward_tests::smtp::Mail {
    wait_for(&format!("mail to {email}"), limit, || async {
        mail.mails_to(email).await.into_iter().next()
    })
    .await
}

fn header_names(page: &Page) -> Vec<String> {
    let mut names: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
    names.sort();
    names
}

/// The whole of a sign-in by code while nobody answers at the mail server: the page is the one that people see on a good
/// day; when the mail server is back the mail comes, and its code opens the door.
#[tokio::test]
async fn mail_away_for_a_whole_sign_in_shows_nowhere_and_the_mail_comes() {
    let place = place().await;
    let server = place.node(0);
    let (_, good) = ask(server, "ada@acme.test").await;

    place.mail.go_away().await;
    let (mut browser, bad) = ask(server, "bea@acme.test").await;
    assert_eq!(good.status, bad.status);
    assert_eq!(header_names(&good), header_names(&bad));
    let masked = |page: &Page, name: &str, letter: &str| {
        let known = [(name, "<address>"), (letter, "<masked>")];
        mask(&page.body(), &known)
    };
    assert_eq!(
        masked(&good, "ada@acme.test", "a•••@a•••.test"),
        masked(&bad, "bea@acme.test", "b•••@a•••.test"),
        "the page with the mail server away is another"
    );
    // It was tried, and has to wait.
    let waiting = wait_for("a first try", Duration::from_secs(20), || async {
        let mails = mails_in_explain(server, "bea@acme.test");
        mails.into_iter().find(|mail| mail["attempts"].as_u64() > Some(0))
    })
    .await;
    assert_eq!(waiting["state"], "queued", "{waiting}");

    place.mail.come_back().await;
    let mail = first_mail_within(&place.mail, "bea@acme.test", AFTER_FIRST_WAIT).await;
    finish(&mut browser, &bad, &mail.code()).await;
    assert_eq!(place.mail.mails_to("bea@acme.test").await.len(), 1);
}

/// R111: greylisting (450, 451, 421) is waited out.
#[tokio::test]
async fn a_mail_that_is_put_off_is_sent_again() {
    let place = place().await;
    for (name, reply, moment) in [
        ("ada", "451 4.7.1 Greylisted, come back later", Moment::Recipient),
        ("bea", "421 4.3.2 Shutting down", Moment::Message),
    ] {
        let email = format!("{name}@acme.test");
        place
            .mail
            .fail(Fault::reply(moment, reply).times(1).only_for(&email))
            .await;
        let (mut browser, page) = ask(place.node(0), &email).await;
        let mail = first_mail_within(&place.mail, &email, AFTER_FIRST_WAIT).await;
        finish(&mut browser, &page, &mail.code()).await;
        let told = mail_in_state(place.node(0), &email, "delivered").await;
        assert_eq!(told["attempts"], 2, "{told}");
    }
}

/// R111: a refusal for good is not tried again, and whoever explains sees the server's own words; the page says nothing of
/// it.
#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_told_with_the_servers_words() {
    let place = place().await;
    let refusal = "550 5.1.1 No such mailbox here";
    place
        .mail
        .fail(Fault::reply(Moment::Recipient, refusal).only_for("ada@acme.test"))
        .await;
    ask(place.node(0), "ada@acme.test").await;
    let told = mail_in_state(place.node(0), "ada@acme.test", "refused").await;
    assert_eq!(told["attempts"], 1, "{told}");
    assert!(
        told["last_reply"].as_str().unwrap().contains("No such mailbox here"),
        "{told}"
    );
    let text = place
        .node(0)
        .cli(&["explain", "--workspace", WORKSPACE, "ada@acme.test"])
        .expect_success();
    assert!(text.stdout.contains("refused, 1 try "), "{}", text.stdout);
    assert!(text.stdout.contains("No such mailbox here"), "{}", text.stdout);

    // Later mail goes its way, and the refused one never does.
    place.mail.behave().await;
    ask(place.node(0), "bea@acme.test").await;
    place.mail.wait_for_mail("bea@acme.test").await;
    assert!(place.mail.mails_to("ada@acme.test").await.is_empty());
}

/// A mail server that falls silent holds up neither the pages nor, once it speaks again, the mail.
#[tokio::test]
async fn a_mail_server_that_hangs_holds_up_no_page() {
    let place = place().await;
    place.mail.fail(Fault::hang(Moment::Data)).await;
    for email in ["ada@acme.test", "bea@acme.test"] {
        let asked = std::time::Instant::now();
        ask(place.node(0), email).await;
        assert!(
            asked.elapsed() < Duration::from_secs(5),
            "{email} waited {:?}",
            asked.elapsed()
        );
    }
    wait_for("the server to begin a mail", Duration::from_secs(20), || async {
        let commands = place.mail.report().await.commands;
        commands.iter().any(|line| line.starts_with("DATA")).then_some(())
    })
    .await;
    place.mail.behave().await;
    for email in ["ada@acme.test", "bea@acme.test"] {
        first_mail_within(&place.mail, email, AFTER_FIRST_WAIT).await;
        assert_eq!(
            mails_in_explain(place.node(0), email)[0]["attempts"]
                .as_u64()
                .map(|n| n >= 1),
            Some(true)
        );
    }
}

/// R111: a connection that breaks off after the message is a try that may have worked: it is made again, once, with the
/// same Message-ID, so that the reader's mail program can tell.
#[tokio::test]
async fn a_connection_that_breaks_off_after_the_message_makes_one_copy_at_most() {
    let place = place().await;
    place.mail.fail(Fault::drop(Moment::Message).times(1)).await;
    let (mut browser, page) = ask(place.node(0), "ada@acme.test").await;
    let mail = first_mail_within(&place.mail, "ada@acme.test", AFTER_FIRST_WAIT).await;
    finish(&mut browser, &page, &mail.code()).await;
    mail_in_state(place.node(0), "ada@acme.test", "delivered").await;
    let report = place.mail.report().await;
    let copies: Vec<_> = report
        .mails
        .iter()
        .map(|mail| mail.header("Message-ID").unwrap())
        .collect();
    assert_eq!(copies.len(), 2, "{copies:?}");
    assert_eq!(copies[0], copies[1]);
}

/// R110: a code is never mailed past its life, however long the mail server was away.
#[tokio::test]
async fn a_code_is_not_mailed_past_its_life() {
    let place = Place::on_sqlite(|setup: Setup| roomy(setup).env("DOORWARD_LIMITS__CODE_LIFETIME_SECONDS", "3")).await;
    place.create_person("ada@acme.test", &fresh_password());
    place.mail.go_away().await;
    ask(place.node(0), "ada@acme.test").await;
    mail_in_state(place.node(0), "ada@acme.test", "expired").await;
    place.mail.come_back().await;
    // A newcomer's mail shows that the way is open again; had the old one waited, it would have come first.
    ask(place.node(0), "nobody@acme.test").await;
    place.mail.wait_for_mail("nobody@acme.test").await;
    assert!(place.mail.mails_to("ada@acme.test").await.is_empty());
}
