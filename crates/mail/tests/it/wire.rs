//! R108, on the wire: whatever stands in the values and templates, the server sees CRLF lines of decent length, one
//! mail, and nothing that ends it early.

use doorward_domain::mail::Message;
use doorward_mail::{Carrier as _, Composer, Outcome};
use mail_parser::MessageParser;

use crate::given::{asked_by, code_mail, composer, composer_with, mailer, now};
use crate::server::{Protection, Server};

const NASTY: [&str; 10] = [
    "a\nb",
    "a\rb",
    "\n.\n",
    "\r.\r",
    "\r\n.\r\nMAIL FROM:<eve@example.com>\r\n",
    "\n.\r\nQUIT\r\n",
    "\r\n\r\n",
    ".",
    "..",
    "\u{0}\u{1b}[2J\u{85}\u{2028}",
];

async fn bytes_on_the_wire(composer: &Composer, mails: Vec<doorward_domain::mail::NewMail>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let server = Server::start(Protection::None, &[]).await;
    let mut trip = mailer(&server.plain(), None).set_out();
    let mut meant = Vec::new();
    for mail in mails {
        let ready = composer.compose(&mail, now()).unwrap();
        let outcome = trip.carry(&ready, std::time::Duration::from_secs(20)).await;
        assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome:?}");
        meant.push(ready.bytes().to_vec());
    }
    trip.finish().await;
    let log = server.log();
    assert_eq!(log.count("MAIL FROM:<help@acme.example>"), meant.len());
    assert_eq!(
        log.count("MAIL") + log.count("RCPT") + log.count("DATA"),
        3 * meant.len(),
        "{:?}",
        log.commands
    );
    assert_eq!(log.raw.len(), meant.len());
    log.raw.into_iter().zip(meant).collect()
}

fn hold_to_r108(raw: &[u8], meant: &[u8]) {
    for (at, byte) in raw.iter().enumerate() {
        match byte {
            b'\n' => assert_eq!(raw.get(at.wrapping_sub(1)), Some(&b'\r'), "bare LF at {at}"),
            b'\r' => assert_eq!(raw.get(at + 1), Some(&b'\n'), "bare CR at {at}"),
            0 => panic!("NUL at {at}"),
            byte => assert!(byte.is_ascii(), "8-bit byte at {at}"),
        }
    }
    let text = std::str::from_utf8(raw).unwrap();
    let lines: Vec<&str> = text.strip_suffix("\r\n.\r\n").unwrap().split("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() <= 999), "a line too long");
    assert!(lines.iter().all(|line| *line != "."), "a lone dot inside");
    let unstuffed: Vec<&str> = lines
        .iter()
        .map(|line| line.strip_prefix('.').unwrap_or(line))
        .collect();
    assert_eq!(
        unstuffed.join("\r\n").as_bytes(),
        meant,
        "the server sees another mail than was composed"
    );
}

#[tokio::test]
async fn r108_values_of_other_people() {
    let mut mails = Vec::new();
    for (number, nasty) in (1..).zip(NASTY.into_iter().map(ToOwned::to_owned).chain([
        "x".repeat(5_000),
        "ا".repeat(5_000),
        "a ".repeat(2_000),
        ".\r\n".repeat(500),
    ])) {
        for language in ["en", "ar", nasty.as_str()] {
            let mut mail = code_mail(number);
            mail.sender.workspace_name.clone_from(&nasty);
            mail.sender.accent = Some(nasty.clone());
            language.clone_into(&mut mail.language);
            let mut asked_by = asked_by();
            asked_by.device.browser.clone_from(&nasty);
            asked_by.device.system.clone_from(&nasty);
            let long = format!("https://acme.example/{}", "x".repeat(3_000));
            mail.sender.sign_in_url.clone_from(&long);
            mail.message = Message::ResetLink {
                url: long,
                minutes: 60,
                asked_by,
            };
            mails.push(mail);
        }
    }
    for (raw, meant) in bytes_on_the_wire(&composer(), mails).await {
        hold_to_r108(&raw, &meant);
    }
}

#[tokio::test]
async fn r108_an_operators_template() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(".\n..\n.x\r\n\r.\r\n.\r{}\n\n.\n", "y".repeat(4_000));
    std::fs::write(directory.path().join("sign-in-code.txt"), &text).unwrap();
    std::fs::write(directory.path().join("sign-in-code.html"), &text).unwrap();
    let composer = composer_with(Some(directory.path().to_owned()));
    for (raw, meant) in bytes_on_the_wire(&composer, vec![code_mail(1)]).await {
        hold_to_r108(&raw, &meant);
        assert!(
            raw.windows(4).any(|window| window == b"\n..\r"),
            "no dot was stuffed: the test tests nothing"
        );
        let parsed = MessageParser::default().parse(&meant).unwrap();
        let body = parsed.body_text(0).unwrap().into_owned();
        let lines: Vec<&str> = body.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines[..5], [".", "..", ".x", ".", "."]);
    }
}
