//! R111: what each answer of a mail server, and each silence, leads to.

use std::time::{Duration, Instant};

use doorward_mail::{Carrier as _, LettreMailer, Outcome, SmtpConfig, SmtpSetupError, SmtpUrl, Speaker, Trouble};
use tokio::net::TcpListener;

use crate::given::{CODE, composed, hasty_mailer, mailer};
use crate::server::{Act, Protection, Server};

const LONG: Duration = Duration::from_secs(20);

async fn carry(mailer: &LettreMailer) -> Outcome {
    let mut trip = mailer.set_out();
    let outcome = trip.carry(&composed(1), LONG).await;
    trip.finish().await;
    outcome
}

async fn outcome_of(acts: &[(&'static str, Act)]) -> Outcome {
    let server = Server::start(Protection::None, acts).await;
    carry(&mailer(&server.plain(), None)).await
}

async fn hasty_outcome_of(acts: &[(&'static str, Act)]) -> Outcome {
    let server = Server::start(Protection::None, acts).await;
    carry(&hasty_mailer(&server.plain())).await
}

fn trouble_of(outcome: &Outcome) -> Option<Trouble> {
    match outcome {
        Outcome::Deferred { trouble, .. } => *trouble,
        other => panic!("not deferred: {other:?}"),
    }
}

#[tokio::test]
async fn a_batch_goes_over_one_connection_with_the_servers_own_words() {
    let server = Server::start(Protection::None, &[]).await;
    let mailer = mailer(&server.plain(), None);
    let mut trip = mailer.set_out();
    for number in 1..=3 {
        let outcome = trip.carry(&composed(number), LONG).await;
        let reply = "250 2.0.0 queued as 42".to_owned();
        assert_eq!(outcome, Outcome::Delivered { reply });
    }
    trip.finish().await;
    let log = server.log();
    assert_eq!(log.connections, 1);
    let first_two: Vec<&str> = log.commands.iter().take(4).map(String::as_str).collect();
    let expected = [
        "EHLO acme.example",
        "MAIL FROM:<help@acme.example>",
        "RCPT TO:<ada1@example.com>",
        "DATA",
    ];
    assert_eq!(first_two, expected);
    assert_eq!((log.count("RCPT"), log.count("QUIT"), log.raw.len()), (3, 1, 3));
    assert_eq!(log.mails()[1].as_bytes(), composed(2).bytes());
}

#[tokio::test]
async fn r111_4xx_is_deferred_and_5xx_refused_at_every_verb_that_names_the_mail() {
    for verb in ["MAIL", "RCPT", "DATA", "content"] {
        for text in [
            "450 4.2.0 greylisted\r\n",
            "451 4.7.1 try again\r\n",
            "421 4.3.2 shutting down\r\n",
        ] {
            let reply = text.trim_end().to_owned();
            let expected = Outcome::Deferred { reply, trouble: None };
            assert_eq!(outcome_of(&[(verb, Act::Say(text))]).await, expected, "{verb}");
        }
        for text in ["550 5.1.1 no such mailbox\r\n", "552-5.2.2 over\r\n552 5.2.2 quota\r\n"] {
            let outcome = outcome_of(&[(verb, Act::Say(text))]).await;
            let reply = if text.starts_with("550") {
                "550 5.1.1 no such mailbox"
            } else {
                "552 5.2.2 over quota"
            };
            assert_eq!(
                outcome,
                Outcome::Refused {
                    reply: reply.to_owned()
                },
                "{verb}"
            );
        }
        for text in [
            "530 5.7.0 x\r\n",
            "534 5.7.9 x\r\n",
            "535 5.7.8 x\r\n",
            "538 5.7.11 x\r\n",
        ] {
            let outcome = outcome_of(&[(verb, Act::Say(text))]).await;
            assert_eq!(trouble_of(&outcome), Some(Trouble::Credentials), "{verb} {text}");
        }
    }
}

#[tokio::test]
async fn a_refusal_before_any_mail_is_named_is_the_operators_and_refuses_no_mail() {
    for verb in ["greeting", "EHLO"] {
        assert_eq!(
            trouble_of(&outcome_of(&[(verb, Act::Say("554 5.7.1 go away\r\n"))]).await),
            Some(Trouble::Rejected)
        );
        assert_eq!(
            trouble_of(&outcome_of(&[(verb, Act::Say("421 4.3.2 busy\r\n"))]).await),
            None
        );
    }
}

#[tokio::test]
async fn the_connection_goes_on_after_a_refusal() {
    let server = Server::start(
        Protection::None,
        &[("RCPT", Act::Once("550 5.1.1 no such mailbox\r\n"))],
    )
    .await;
    let mailer = mailer(&server.plain(), None);
    let mut trip = mailer.set_out();
    assert!(matches!(trip.carry(&composed(1), LONG).await, Outcome::Refused { .. }));
    assert!(matches!(
        trip.carry(&composed(2), LONG).await,
        Outcome::Delivered { .. }
    ));
    let log = server.log();
    assert_eq!((log.connections, log.count("RSET"), log.raw.len()), (1, 1, 1));
    assert!(log.mails()[0].contains("To: ada2@example.com"));
}

#[tokio::test]
async fn a_server_that_stops_answering_costs_no_more_than_the_time_limit() {
    for verb in ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"] {
        let begun = Instant::now();
        let outcome = hasty_outcome_of(&[(verb, Act::Hang)]).await;
        assert_eq!(trouble_of(&outcome), Some(Trouble::Timeout), "{verb}");
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{verb}: {:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test]
async fn a_reply_of_one_byte_at_a_time_is_no_reply() {
    for verb in ["greeting", "RCPT", "content"] {
        let outcome = hasty_outcome_of(&[(verb, Act::Trickle("250 2.0.0 very well then, since you ask\r\n"))]).await;
        assert_eq!(trouble_of(&outcome), Some(Trouble::Timeout), "{verb}");
    }
}

#[tokio::test]
async fn after_a_silence_the_next_mail_gets_a_connection_of_its_own() {
    let server = Server::start(Protection::None, &[("MAIL", Act::Hang)]).await;
    let mailer = hasty_mailer(&server.plain());
    let mut trip = mailer.set_out();
    for number in 1..=2 {
        assert_eq!(
            trouble_of(&trip.carry(&composed(number), LONG).await),
            Some(Trouble::Timeout)
        );
        assert_eq!(server.log().connections, usize::try_from(number).unwrap());
    }
}

#[tokio::test]
async fn a_try_ends_when_its_time_is_over_and_begins_nothing_after_that() {
    let server = Server::start(Protection::None, &[("RCPT", Act::Trickle("250"))]).await;
    let mailer = mailer(&server.plain(), None);
    let mut trip = mailer.set_out();
    let begun = Instant::now();
    let outcome = trip.carry(&composed(1), Duration::from_millis(300)).await;
    assert_eq!(trouble_of(&outcome), Some(Trouble::Timeout));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let outcome = mailer.set_out().carry(&composed(1), Duration::ZERO).await;
    assert_eq!(trouble_of(&outcome), Some(Trouble::Timeout));
    assert_eq!(server.log().connections, 1);
}

#[tokio::test]
async fn hanging_up_is_deferred_wherever_it_happens() {
    for verb in ["greeting", "EHLO", "MAIL", "RCPT", "DATA"] {
        assert_eq!(
            trouble_of(&outcome_of(&[(verb, Act::HangUp)]).await),
            Some(Trouble::Connection),
            "{verb}"
        );
    }
    // After the mail itself it may even have been taken: no alarm, another try.
    assert_eq!(trouble_of(&outcome_of(&[("content", Act::HangUp)]).await), None);
}

#[tokio::test]
async fn garbage_is_deferred_and_an_alarm() {
    for verb in ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"] {
        for text in [
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            "\u{1}\u{2}\r\n",
            "25\r\n",
            "999 ?\r\n",
        ] {
            let outcome = outcome_of(&[(verb, Act::Say(text))]).await;
            assert_eq!(
                trouble_of(&outcome),
                Some(Trouble::Protocol),
                "{verb} {text:?}: {outcome:?}"
            );
        }
    }
    for verb in ["MAIL", "content"] {
        assert_eq!(
            trouble_of(&outcome_of(&[(verb, Act::Flood)]).await),
            Some(Trouble::Protocol),
            "{verb}"
        );
    }
}

#[tokio::test]
async fn a_yes_at_the_wrong_place_is_not_taken_for_one() {
    let server = Server::start(Protection::None, &[("DATA", Act::Say("250 ok\r\n"))]).await;
    let outcome = carry(&mailer(&server.plain(), None)).await;
    assert_eq!(trouble_of(&outcome), Some(Trouble::Protocol));
    assert_eq!(server.log().raw, Vec::<Vec<u8>>::new());
    for verb in ["MAIL", "RCPT", "content"] {
        let outcome = outcome_of(&[(verb, Act::Say("354 go on\r\n"))]).await;
        assert_eq!(trouble_of(&outcome), Some(Trouble::Protocol), "{verb}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_once_a_batch() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mailer = mailer(&format!("smtp://127.0.0.1:{port}?tls=none"), None);
    let mut trip = mailer.set_out();
    for number in 1..=20 {
        assert_eq!(
            trouble_of(&trip.carry(&composed(number), LONG).await),
            Some(Trouble::Connection)
        );
    }
}

#[tokio::test]
async fn starttls_protects_everything_that_matters() {
    let server = Server::start(Protection::StartTls, &[]).await;
    let url = format!("smtp://user:hunter22@localhost:{}", server.port);
    assert!(matches!(
        carry(&mailer(&url, Some(&server.certificate))).await,
        Outcome::Delivered { .. }
    ));
    let commands = server.log().commands;
    assert_eq!(
        commands[..3],
        ["EHLO acme.example", "STARTTLS", "TLS EHLO acme.example"]
    );
    assert!(
        commands[2..].iter().all(|line| line.starts_with("TLS ")),
        "{commands:?}"
    );
    assert!(commands[3].starts_with("TLS AUTH PLAIN "), "{commands:?}");
}

#[tokio::test]
async fn implicit_tls_works_and_needs_a_trusted_certificate() {
    let server = Server::start(Protection::Implicit, &[]).await;
    let url = format!("smtps://user:hunter22@localhost:{}", server.port);
    assert!(matches!(
        carry(&mailer(&url, Some(&server.certificate))).await,
        Outcome::Delivered { .. }
    ));
    assert!(server.log().commands.iter().all(|line| line.starts_with("TLS ")));
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_for_another_host_gets_no_mail() {
    let other = Server::start(Protection::None, &[]).await;
    for protection in [Protection::StartTls, Protection::Implicit] {
        let server = Server::start(protection, &[]).await;
        let scheme = if protection == Protection::Implicit {
            "smtps"
        } else {
            "smtp"
        };
        let url = |host: &str| format!("{scheme}://user:hunter22@{host}:{}", server.port);
        let outcome = carry(&mailer(&url("localhost"), Some(&other.certificate))).await;
        assert_eq!(trouble_of(&outcome), Some(Trouble::Tls), "{outcome:?}");
        let outcome = carry(&mailer(&url("127.0.0.1"), Some(&server.certificate))).await;
        assert_eq!(trouble_of(&outcome), Some(Trouble::Tls), "{outcome:?}");
        assert_eq!(server.log().count("MAIL") + server.log().count("AUTH"), 0);
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_mail_only_where_that_was_allowed_and_never_credentials() {
    for protection in [Protection::None, Protection::StartTls] {
        let acts = [("STARTTLS", Act::Say("454 4.7.0 not now\r\n"))];
        let server = Server::start(protection, &acts).await;
        let url = |user: &str, tls: &str| format!("smtp://{user}localhost:{}?tls={tls}", server.port);
        let with = |url: String| mailer(&url, Some(&server.certificate));
        let outcome = carry(&with(url("", "required"))).await;
        let expected = (protection == Protection::None).then_some(Trouble::Tls);
        assert_eq!(trouble_of(&outcome), expected, "{outcome:?}");
        let outcome = carry(&with(url("user:hunter22@", "opportunistic"))).await;
        assert_eq!(trouble_of(&outcome), Some(Trouble::Tls), "{outcome:?}");
        assert_eq!(server.log().count("MAIL") + server.log().count("AUTH"), 0);
        assert!(matches!(
            carry(&with(url("", "opportunistic"))).await,
            Outcome::Delivered { .. }
        ));
    }
}

#[tokio::test]
async fn r111_replies_put_in_before_starttls_end_the_connection() {
    for tls in ["required", "opportunistic"] {
        for (verb, text) in [
            ("STARTTLS", "220 go ahead\r\n250-mail.example\r\n250 AUTH PLAIN\r\n"),
            ("STARTTLS", "220 go ahead\r\n2"),
            ("greeting", "220 mail.example\r\n250-x\r\n250 STARTTLS\r\n"),
            ("EHLO", "250 STARTTLS\r\n220 go ahead\r\n"),
        ] {
            let server = Server::start(Protection::StartTls, &[(verb, Act::Say(text))]).await;
            let url = format!("smtp://user:hunter22@localhost:{}?tls={tls}", server.port);
            let outcome = carry(&mailer(&url, Some(&server.certificate))).await;
            assert_eq!(trouble_of(&outcome), Some(Trouble::Protocol), "{verb}: {outcome:?}");
            let log = server.log();
            assert_eq!(log.count("AUTH") + log.count("MAIL"), 0, "{:?}", log.commands);
        }
    }
}

#[tokio::test]
async fn credentials_that_are_not_taken_are_an_alarm_and_refuse_no_mail() {
    for (text, trouble) in [
        ("535 5.7.8 no\r\n", Some(Trouble::Credentials)),
        ("534 5.7.9 no\r\n", Some(Trouble::Credentials)),
        ("550 5.7.1 no\r\n", Some(Trouble::Rejected)),
        ("454 4.7.0 later\r\n", None),
    ] {
        let server = Server::start(Protection::Implicit, &[("AUTH", Act::Say(text))]).await;
        let url = format!("smtps://user:hunter22@localhost:{}", server.port);
        let outcome = carry(&mailer(&url, Some(&server.certificate))).await;
        assert_eq!(trouble_of(&outcome), trouble, "{outcome:?}");
    }
    let acts = [("EHLO", Act::Say("250-mail.example\r\n250 AUTH GSSAPI\r\n"))];
    let server = Server::start(Protection::Implicit, &acts).await;
    let url = format!("smtps://user:hunter22@localhost:{}", server.port);
    let outcome = carry(&mailer(&url, Some(&server.certificate))).await;
    assert_eq!(trouble_of(&outcome), Some(Trouble::Credentials), "{outcome:?}");
}

#[tokio::test]
async fn an_echo_of_the_mail_in_a_refusal_keeps_its_code_secret() {
    let outcome = outcome_of(&[("content", Act::Say("554 5.7.1 spam: QX7H2KM\r\n"))]).await;
    let reply = "554 5.7.1 spam: •••".to_owned();
    assert_eq!(outcome, Outcome::Refused { reply });
}

#[tokio::test]
async fn a_test_mail_shows_the_conversation_with_the_credentials_masked() {
    let server = Server::start(Protection::StartTls, &[("RCPT", Act::Say("450 4.2.0 later\r\n"))]).await;
    let url = format!("smtp://user:hunter22@localhost:{}", server.port);
    let report = mailer(&url, Some(&server.certificate)).send_test(&composed(1)).await;
    let reply = "450 4.2.0 later".to_owned();
    assert_eq!(report.outcome, Outcome::Deferred { reply, trouble: None });
    let shown = report.conversation.to_string();
    let expected = format!(
        "* connecting to localhost, port {}\nS: 220 mail.example ESMTP\nC: EHLO acme.example\nS: 250-mail.example\n\
         S: 250-STARTTLS\nS: 250-AUTH PLAIN LOGIN\nS: 250 8BITMIME\nC: STARTTLS\nS: 220 go ahead\n\
         * TLSv1_3, certificate trusted\nC: EHLO acme.example\nS: 250-mail.example\nS: 250-AUTH PLAIN LOGIN\n\
         S: 250 8BITMIME\nC: AUTH PLAIN •••\nS: 235 2.7.0 welcome\nC: MAIL FROM:<help@acme.example>\nS: 250 2.1.0 ok\n\
         C: RCPT TO:<ada1@example.com>\nS: 450 4.2.0 later\nC: RSET\nS: 250 2.0.0 ok\n* 450 4.2.0 later\nC: QUIT\n\
         S: 221 bye\n",
        server.port
    );
    assert_eq!(shown, expected);
    let server = Server::start(Protection::None, &[]).await;
    let report = mailer(&server.plain(), None).send_test(&composed(1)).await;
    assert!(matches!(report.outcome, Outcome::Delivered { .. }));
    let lines = report.conversation.lines();
    assert!(
        lines
            .iter()
            .any(|line| line.speaker == Speaker::Client && line.text.starts_with("Message-ID: "))
    );
    assert!(report.conversation.to_string().contains(CODE));
}

#[test]
fn names_and_certificates_that_are_none_are_told_at_the_start() {
    let set_up = |hello_name: &str, pem: Option<&str>| {
        LettreMailer::new(SmtpConfig {
            root_certificates: pem.map(ToOwned::to_owned),
            ..SmtpConfig::new(SmtpUrl::parse("smtps://mail.example.com").unwrap(), hello_name)
        })
    };
    for name in ["", "a b", "a\r\nMAIL FROM:<x>", "::1"] {
        let pem = rcgen::generate_simple_self_signed(["localhost".to_owned()])
            .unwrap()
            .cert
            .pem();
        assert!(
            matches!(set_up(name, Some(&pem)), Err(SmtpSetupError::HelloName)),
            "{name:?}"
        );
        for fine in ["acme.example", "127.0.0.1", "[::1]"] {
            set_up(fine, Some(&pem)).unwrap();
        }
    }
    for pem in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        assert!(
            matches!(set_up("acme.example", Some(pem)), Err(SmtpSetupError::RootCertificates)),
            "{pem:?}"
        );
    }
}
