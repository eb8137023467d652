//! Mails that do not arrive (C5): refused in the conversation, or taken and sent back later, as a mail server pipes it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use doorward_tests::browser::fresh_password;
use doorward_tests::machine::wait_for;
use doorward_tests::server::{CliOutput, Server, Setup};
use doorward_tests::smtp::{Fault, Mail, Moment, SmtpDouble};
use serde_json::Value;

const WORKSPACE: &str = "acme";
const JO: &str = "jo@customer.test";

/// A server whose mails come back to addresses of their own, with a key that reads the mail log.
async fn house(mail: &SmtpDouble) -> (Server, String) {
    let server = Setup::new()
        .mail(mail)
        .env("DOORWARD_MAIL__BOUNCE_ADDRESS", "bounces@acme.test")
        .start()
        .await;
    server.create_workspace(WORKSPACE, "Acme");
    server.create_person(WORKSPACE, JO, "Jo", &fresh_password());
    let args = ["api-key", "create", "--workspace", WORKSPACE, "--scope", "mail:read"];
    let key = server.cli(&args).expect_success().stdout.trim().to_owned();
    (server, key)
}

async fn ask_code(server: &Server, email: &str) {
    let mut browser = server.browser(WORKSPACE);
    let page = browser.visit("/sign-in").await;
    let page = browser
        .submit(&page, "Email me a sign-in code", &[("Email address", email)])
        .await;
    page.expect_status(200);
}

/// The story of the newest mail to an address, as the mail log tells it.
async fn story(server: &Server, key: &str, to: &str) -> Value {
    let mut portal = server.browser(WORKSPACE);
    portal.always("authorization", &format!("Bearer {key}"));
    let listed = portal
        .get(&format!("/api/v1/mail?to={to}"))
        .await
        .expect_status(200)
        .json();
    let id = listed
        .pointer("/items/0/id")
        .and_then(Value::as_str)
        .expect("a mail")
        .to_owned();
    portal
        .get(&format!("/api/v1/mail/{id}"))
        .await
        .expect_status(200)
        .json()
}

/// The same, as soon as its state is that one.
async fn story_in_state(server: &Server, key: &str, to: &str, state: &str) -> Value {
    wait_for(
        &format!("a mail to {to} that is {state}"),
        Duration::from_secs(20),
        || async {
            let story = story(server, key, to).await;
            (story["state"] == state).then_some(story)
        },
    )
    .await
}

/// Each event with the words that came with it.
fn events(story: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = story["events"].as_array().expect("events");
    all.iter()
        .map(|event| (text(&event["event"]), text(&event["reply"])))
        .collect()
}

/// What a mail server of the other side sends back to the envelope's sender (RFC 3464).
pub(crate) fn report(of: &Mail, action: &str, words: &str) -> String {
    let status = words.split(' ').nth(1).expect("an enhanced status code");
    format!(
        "From: Mail Delivery System <MAILER-DAEMON@mx.customer.test>\r\nTo: {}\r\nAuto-Submitted: auto-replied\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"part\"\r\n\r\n\
         --part\r\nContent-Type: text/plain\r\n\r\nIt was not delivered.\r\n\
         --part\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.test\r\n\r\n\
         Final-Recipient: rfc822; {}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {words}\r\n\r\n\
         --part\r\nContent-Type: message/rfc822\r\n\r\n{}\r\n--part--\r\n",
        of.from,
        of.to.concat(),
        String::from_utf8(of.bytes()).expect("our mails are ASCII")
    )
}

/// Hands a message to a mail server, from nobody, as reports are sent.
fn send(to: &SmtpDouble, recipient: &str, message: &str) {
    let stream = TcpStream::connect(("127.0.0.1", to.port())).expect("the mail server answers");
    let mut replies = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut talk = |line: &str, expected: &str| {
        let mut stream = &stream;
        stream.write_all(line.as_bytes()).expect("the mail server listens");
        loop {
            let mut reply = String::new();
            replies.read_line(&mut reply).expect("the mail server answers");
            assert!(reply.starts_with(expected), "{line:?} is answered {reply:?}");
            if reply.as_bytes().get(3) == Some(&b' ') {
                return;
            }
        }
    };
    talk("", "220");
    talk("EHLO mx.customer.test\r\n", "250");
    talk("MAIL FROM:<>\r\n", "250");
    talk(&format!("RCPT TO:<{recipient}>\r\n"), "250");
    talk("DATA\r\n", "354");
    talk(&format!("{message}.\r\n"), "250");
    talk("QUIT\r\n", "221");
}

/// What the mail server of the return addresses does with a message that comes in: pipes it into the command, with the
/// envelope's recipient.
fn pipe(server: &Server, mail: &Mail) -> CliOutput {
    let message = String::from_utf8(mail.bytes()).expect("ASCII");
    server.cli_with_input(&["mail", "bounce", "--recipient", &mail.to.concat()], &message)
}

#[tokio::test]
async fn c5_what_the_mail_server_refuses_stands_in_the_timeline_in_its_own_words() {
    let mail = SmtpDouble::start();
    let (server, key) = house(&mail).await;
    for (name, moment, words) in [
        ("at-rcpt", Moment::Recipient, "550 5.1.1 No such mailbox here"),
        ("at-data", Moment::Data, "554 5.7.1 Not from you"),
        ("at-end", Moment::Message, "552 5.2.2 Mailbox full"),
    ] {
        let to = format!("{name}@customer.test");
        mail.fail(Fault::reply(moment, words).only_for(&to)).await;
        ask_code(&server, &to).await;
        let told = story_in_state(&server, &key, &to, "refused").await;
        assert_eq!(told["last_reply"], words);
        assert_eq!(events(&told), [("refused".to_owned(), words.to_owned())]);
        assert_eq!(
            told.pointer("/reachability/state"),
            Some(&"unreachable".into()),
            "{told}"
        );
        assert_eq!(told.pointer("/reachability/why"), Some(&words.into()), "{told}");
    }
}

#[tokio::test]
async fn c5_a_mail_that_was_taken_and_comes_back_is_told_in_its_timeline() {
    let (mail, back) = (SmtpDouble::start(), SmtpDouble::start());
    let (server, key) = house(&mail).await;
    ask_code(&server, JO).await;
    let sent = mail.wait_for_mail(JO).await;
    assert!(
        sent.from.starts_with("bounces+") && sent.from.ends_with("@acme.test"),
        "a return address of its own: {}",
        sent.from
    );
    story_in_state(&server, &key, JO, "delivered").await;

    // A day later it is late: that is no failure.
    let late = "451 4.4.1 mx.customer.test does not answer";
    send(&back, &sent.from, &report(&sent, "delayed", late));
    let came = back.wait_for_mail(&sent.from).await;
    pipe(&server, &came).expect_success();
    let told = story(&server, &key, JO).await;
    assert_eq!(told["state"], "delivered");
    assert_eq!(
        events(&told).last(),
        Some(&("delayed".to_owned(), format!("4.4.1 {late}")))
    );
    assert_ne!(
        told.pointer("/reachability/state"),
        Some(&"unreachable".into()),
        "{told}"
    );

    // Then it is given up.
    let gone = "550 5.1.1 <jo@customer.test>: no such user";
    send(&back, &sent.from, &report(&sent, "failed", gone));
    let came = back.wait_for_mails(&sent.from, 2).await.remove(1);
    pipe(&server, &came).expect_success();
    let told = story(&server, &key, JO).await;
    assert_eq!(told["state"], "bounced");
    let names: Vec<String> = events(&told).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["delivered", "delayed", "bounced"]);
    let words = format!("5.1.1 {gone}");
    assert_eq!(
        events(&told).last().map(|(_, reply)| reply.clone()),
        Some(words.clone())
    );
    assert_eq!(
        told.pointer("/reachability/state"),
        Some(&"unreachable".into()),
        "{told}"
    );
    assert_eq!(
        told.pointer("/reachability/why"),
        Some(&words.as_str().into()),
        "{told}"
    );
    // What comes twice is taken twice and told once.
    pipe(&server, &came).expect_success();
    assert_eq!(story(&server, &key, JO).await, told);
    // The report returned the whole mail; its code stands nowhere.
    let code = sent.code();
    let explained = server
        .cli(&["explain", "--workspace", WORKSPACE, JO])
        .expect_success()
        .stdout;
    assert!(explained.contains("no such user"), "{explained}");
    assert!(!explained.contains(&code) && !told.to_string().contains(&code), "R113");
}

#[tokio::test]
async fn c5_what_else_comes_to_the_pipe_changes_nothing() {
    let mail = SmtpDouble::start();
    let (server, key) = house(&mail).await;
    ask_code(&server, JO).await;
    let sent = mail.wait_for_mail(JO).await;
    let before = story_in_state(&server, &key, JO, "delivered").await;
    let genuine = report(&sent, "failed", "550 5.1.1 no such user");
    let bounce =
        |recipient: &str, message: &str| server.cli_with_input(&["mail", "bounce", "--recipient", recipient], message);
    let (mark, domain) = sent.from.split_once('@').expect("an address");
    let (id, mac) = mark.rsplit_once('-').expect("a mark");
    let guessed: String = mac.chars().rev().collect();
    for (what, recipient, message, code, says) in [
        (
            "somebody is away",
            sent.from.clone(),
            "Subject: Away\n\nAction: failed\n".to_owned(),
            65,
            "no delivery report",
        ),
        (
            "it arrived",
            sent.from.clone(),
            genuine.replace("Action: failed", "Action: delivered"),
            65,
            "nothing that failed",
        ),
        (
            "nothing at all",
            sent.from.clone(),
            String::new(),
            65,
            "no delivery report",
        ),
        (
            "a guessed mark",
            format!("{id}-{guessed}@{domain}"),
            genuine.replace(&sent.from, "bounces@acme.test"),
            67,
            "no return address",
        ),
        (
            "no mark",
            "bounces@acme.test".to_owned(),
            genuine.replace(&sent.from, "bounces@acme.test"),
            67,
            "no return address",
        ),
    ] {
        let told = bounce(&recipient, &message);
        assert_eq!(told.status.code(), Some(code), "{what}: {}", told.stderr);
        assert!(
            told.stderr.contains(says) && told.stdout.is_empty(),
            "{what}: {}",
            told.stderr
        );
    }
    assert_eq!(story(&server, &key, JO).await, before);
    // A report that returns a whole album is read to its end, or the mail server takes the closed pipe for a failure.
    let album = format!("{genuine}{}", "album\r\n".repeat(500_000));
    assert_eq!(bounce(&sent.from, &album).status.code(), Some(0));
    assert_eq!(story(&server, &key, JO).await["state"], "bounced");
}

#[tokio::test]
async fn c5_a_report_that_cannot_be_taken_now_is_taken_later() {
    let mail = SmtpDouble::start();
    let (mut server, key) = house(&mail).await;
    ask_code(&server, JO).await;
    let sent = mail.wait_for_mail(JO).await;
    story_in_state(&server, &key, JO, "delivered").await;
    server.stop();
    let message = report(&sent, "failed", "550 5.1.1 no such user");
    let bounce = || server.cli_with_input(&["mail", "bounce"], &message);
    let assert_later = |why: &str| {
        let told = bounce();
        assert_eq!(told.status.code(), Some(75), "{why}: {}", told.stderr);
        assert!(
            told.stderr.contains(why) && told.stdout.is_empty(),
            "{why}: {}",
            told.stderr
        );
    };
    let (key_file, configuration) = (
        server.folder().join("secret.key"),
        server.folder().join("doorward.toml"),
    );

    let (database, aside) = (server.sqlite_file(), server.folder().join("aside.db"));
    fs::rename(&database, &aside).unwrap();
    assert_later("database");
    assert!(!database.exists(), "nothing is made in the place of what is away");
    fs::rename(&aside, &database).unwrap();

    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_later("secret_key_file");
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).unwrap();

    let right = fs::read_to_string(&configuration).unwrap();
    fs::write(&configuration, format!("listn = \"127.0.0.1:1\"\n{right}")).unwrap();
    assert_later("did you mean listen?");
    fs::write(&configuration, right).unwrap();

    let taken = bounce();
    assert_eq!(taken.status.code(), Some(0), "{}", taken.stderr);
    server.start().await;
    assert_eq!(story(&server, &key, JO).await["state"], "bounced");
}
