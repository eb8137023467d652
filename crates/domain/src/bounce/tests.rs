use proptest::prelude::*;

use super::*;

const KEY: CodeKey = CodeKey::new([7; 32]);

fn mail() -> MailId {
    MailId::from_uuid(uuid::Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef))
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn return_address() -> String {
    let mark = ReturnMark::of(&KEY, mail(), &address("jo@example.com").key());
    mark.address(&address("bounces@acme.example")).unwrap()
}

fn report(to: &str, action: &str, more: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered\r\n\
         Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"a/b=c\"\r\n\r\n\
         This is a report.\r\n--a/b=c\r\nContent-Type: text/plain\r\n\r\nAction: failed\r\nNo such user.\r\n\
         --a/b=c\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; jo@example.com\r\nAction: {action}\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1\r\n <jo@example.com>: no such user{more}\r\n\r\n\
         --a/b=c\r\nContent-Type: message/rfc822\r\n\r\nSubject: Your code\r\n\r\nABC2345\r\n--a/b=c--\r\n"
    )
}

#[test]
fn c5_a_report_is_read_and_leads_to_its_mail() {
    for line in ["\r\n", "\n"] {
        let text = report(&return_address(), "failed", "").replace("\r\n", line);
        let read = BounceReport::read(text.as_bytes(), None).unwrap();
        assert_eq!(read.returned, Returned::Failed);
        assert_eq!(read.words, "5.1.1 550 5.1.1 <jo@example.com>: no such user");
        let mark = read.mark.unwrap();
        assert_eq!(mark.mail, mail());
        assert!(mark.is_genuine(&KEY, &address("jo@example.com").key()));
        assert!(!mark.is_genuine(&KEY, &address("mo@example.com").key()));
        assert!(!mark.is_genuine(&CodeKey::new([8; 32]), &address("jo@example.com").key()));
    }
    let late = BounceReport::read(report("x@y.example", "Delayed", "").as_bytes(), Some(&return_address()));
    let late = late.unwrap();
    assert_eq!(
        (late.returned, late.mark.map(|mark| mark.mail)),
        (Returned::Delayed, Some(mail()))
    );
}

#[test]
fn c5_what_is_no_report_of_a_failure_is_told_apart() {
    let to = return_address();
    let plain = format!("To: {to}\r\nSubject: Out of office\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n");
    assert_eq!(BounceReport::read(plain.as_bytes(), None), Err(NotAReport::Form));
    for action in ["delivered", "relayed", "expanded", ""] {
        let read = BounceReport::read(report(&to, action, "").as_bytes(), None);
        assert_eq!(read, Err(NotAReport::Nothing), "{action}");
    }
    assert_eq!(BounceReport::read(b"", None), Err(NotAReport::Form));
}

#[test]
fn r113_the_words_of_a_server_repeat_no_code_and_no_link() {
    let more = " (ABC2345) see https://acme.example/reset-password/TOKEN BLOCKED a\u{0}\u{1b}[31mb";
    let read = BounceReport::read(report(&return_address(), "failed", more).as_bytes(), None).unwrap();
    assert_eq!(
        read.words,
        "5.1.1 550 5.1.1 <jo@example.com>: no such user ••• see ••• BLOCKED a [31mb"
    );
    let long = BounceReport::told("", Returned::Failed, "5.0.0", &"é ".repeat(2_000)).words;
    assert!(long.len() <= MAX_WORDS + 4 && long.ends_with('…'));
}

#[test]
fn c5_the_return_address_fits_an_envelope() {
    assert!(return_address().split('@').next().unwrap().len() <= 64);
    let mark = ReturnMark::of(&KEY, mail(), &address("jo@example.com").key());
    let long = format!("{}@acme.example", "b".repeat(MAX_LOCAL_BYTES + 1));
    assert_eq!(mark.address(&address(&long)), None);
    let upper = return_address().to_uppercase();
    assert_eq!(ReturnMark::find(&upper), Some(mark), "some servers change the case");
    for cut in [
        "",
        "+",
        "bounces+0123@acme.example",
        &return_address().replace('@', "."),
    ] {
        assert_eq!(ReturnMark::find(cut), None);
    }
}

proptest! {
    /// Nothing that comes in makes the reader fall over, and a mark that was not made here is never genuine.
    #[test]
    fn c5_hostile_messages_change_nothing(
        before in prop::collection::vec(any::<u8>(), 0..200), cut in 0..1_200_usize, mac in "[0-9a-f]{16}",
    ) {
        let _ = BounceReport::read(&before, None);
        let whole = report(&return_address(), "failed", "").into_bytes();
        let mut message = whole.get(..cut.min(whole.len())).unwrap().to_vec();
        message.extend_from_slice(&before);
        let _ = BounceReport::read(&message, None);
        let forged = format!("bounces+{}-{mac}@acme.example", mail().as_uuid().simple());
        let mark = ReturnMark::find(&forged).unwrap();
        prop_assert_eq!(mark.is_genuine(&KEY, &address("jo@example.com").key()), forged == return_address());
    }
}

/// A message as a mail server makes it: its outer header, and the parts of its `multipart/report`, each with its own.
fn message(header: &[&str], boundary: &str, parts: &[&str]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| format!("--{boundary}\n{part}\n")).collect();
    format!("{}\n\n{}--{boundary}--\n", header.join("\n"), parts.concat())
}

/// Postfix: the report names the queue, words are folded.
fn postfix(action: &str, status: &str, words: &str) -> String {
    let header = [
        "Return-Path: <>",
        "Received: by mx.acme.example (Postfix) id 5D2C11C0059; Sun, 22 Nov 2026 10:00:01 +0000 (UTC)",
        "From: MAILER-DAEMON@mx.acme.example (Mail Delivery System)",
        "Subject: Undelivered Mail Returned to Sender",
        &format!("To: {}", return_address()),
        "Auto-Submitted: auto-replied",
        "Content-Type: multipart/report; report-type=delivery-status;",
        "\tboundary=\"3F0A11C0042.1795341601/mx.acme.example\"",
    ];
    let status = format!(
        "Content-Description: Delivery report\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.acme.example\nX-Postfix-Queue-ID: 3F0A11C0042\n\
         X-Postfix-Sender: rfc822; doorward@acme.example\nArrival-Date: Sun, 22 Nov 2026 10:00:00 +0000 (UTC)\n\n\
         Final-Recipient: rfc822; jo@example.com\nOriginal-Recipient: rfc822;jo@example.com\nAction: {action}\n\
         Status: {status}\nRemote-MTA: dns; mx.example.com\nDiagnostic-Code: {words}\n"
    );
    let notice = "Content-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\nI'm sorry.\n";
    let returned =
        "Content-Description: Undelivered Message Headers\nContent-Type: text/rfc822-headers\n\nSubject: Code\n";
    message(
        &header,
        "3F0A11C0042.1795341601/mx.acme.example",
        &[notice, &status, returned],
    )
}

/// Exim: no quotation marks, the action stands first, the address of the envelope in a field of its own.
fn exim() -> String {
    let header = [
        "From MAILER-DAEMON Sun Nov 22 10:00:01 2026",
        "Return-path: <>",
        &format!("Envelope-to: {}", return_address()),
        "X-Failed-Recipients: jo@example.com",
        "Auto-Submitted: auto-replied",
        "From: Mail Delivery System <Mailer-Daemon@mx.acme.example>",
        "To: bounces@acme.example",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=1795341601-eximdsn-1804289383",
        "MIME-Version: 1.0",
    ];
    let status = "Content-type: message/delivery-status\n\nReporting-MTA: dns; mx.acme.example\n\n\
                  Action: failed\nFinal-Recipient: rfc822;jo@example.com\nStatus: 5.0.0\n\
                  Remote-MTA: dns; mx.example.com\nDiagnostic-Code: smtp; 550 5.1.1 Unrouteable address\n";
    message(
        &header,
        "1795341601-eximdsn-1804289383",
        &[
            "Content-type: text/plain; charset=us-ascii\n\nThis message was created automatically.\n",
            status,
        ],
    )
}

/// Exchange: what people read is a multipart of its own, words hold semicolons.
fn exchange() -> String {
    let header = [
        "From: postmaster@example.com",
        &format!("To: {}", return_address()),
        "Content-Type: multipart/report; report-type=delivery-status;",
        "\tboundary=\"b1a2c3d4-0001\"",
        "X-MS-Exchange-Message-Is-Ndr:",
        "Subject: Undeliverable: Your Acme sign-in code",
    ];
    let people = "Content-Type: multipart/alternative; differences=Content-Type;\n\tboundary=\"b1a2c3d4-0002\"\n\n\
                  --b1a2c3d4-0002\nContent-Type: text/plain; charset=\"utf-8\"\n\nAction: delayed\n\
                  --b1a2c3d4-0002\nContent-Type: text/html; charset=\"utf-8\"\nContent-Transfer-Encoding: base64\n\nPGI+\n\
                  --b1a2c3d4-0002--\n";
    let status = "Content-Type: message/delivery-status\n\nReporting-MTA: dns;MX1.example.com\n\
                  Received-From-MTA: dns;mx.acme.example\nArrival-Date: Sun, 22 Nov 2026 10:00:00 +0000\n\n\
                  Final-Recipient: rfc822;jo@example.com\nAction: failed\nStatus: 5.1.10\n\
                  Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address\n \
                  lookup\n";
    message(
        &header,
        "b1a2c3d4-0001",
        &[people, status, "Content-Type: message/rfc822\n\nSubject: Code\n"],
    )
}

/// Gmail: the reply has several lines and a link, which is not kept; the boundary stands first.
fn gmail() -> String {
    let header = [
        &format!("Delivered-To: {}", return_address()),
        "Auto-Submitted: auto-replied",
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "To: bounces@acme.example",
        "X-Failed-Recipients: jo@example.com",
        "Content-Type: multipart/report; boundary=\"000000000000d1e2f3\"; report-type=delivery-status",
    ];
    let people = "Content-Type: multipart/related; boundary=\"000000000000d1e2f4\"\n\n--000000000000d1e2f4\n\
                  Content-Type: text/plain; charset=\"UTF-8\"\n\n** Address not found **\n--000000000000d1e2f4\n\
                  Content-Type: image/png; name=\"icon.png\"\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n\
                  --000000000000d1e2f4--\n";
    let status = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; googlemail.com\n\
                  Arrival-Date: Sun, 22 Nov 2026 02:00:00 -0800 (PST)\nX-Original-Message-ID: <1@acme.example>\n\n\
                  Final-Recipient: rfc822; jo@example.com\nAction: failed\nStatus: 5.1.1\n\
                  Remote-MTA: dns; gmail-smtp-in.l.google.com. (192.0.2.27, the server for the domain)\n\
                  Diagnostic-Code: smtp; 550-5.1.1 There is no such account. Look for typos\n 550 5.1.1  at \
                  https://support.example/mail/?p=NoSuchUser - gsmtp\nLast-Attempt-Date: Sun, 22 Nov 2026 02:00:01 -0800 (PST)\n";
    message(
        &header,
        "000000000000d1e2f3",
        &[people, status, "Content-Type: message/rfc822\n\nSubject: Code\n"],
    )
}

/// sendmail: quotation marks with a slash, reports of its own delays.
fn sendmail(action: &str, status: &str) -> String {
    let header = [
        "Return-Path: <MAILER-DAEMON@mx.acme.example>",
        "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.acme.example>",
        &format!("To: <{}>", return_address()),
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status;",
        "\tboundary=\"8BMA01xs001.1795341601/mx.acme.example\"",
        "Auto-Submitted: auto-generated (failure)",
    ];
    let part = format!(
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.acme.example\nReceived-From-MTA: DNS; localhost\n\
         Arrival-Date: Sun, 22 Nov 2026 10:00:00 GMT\n\nFinal-Recipient: RFC822; jo@example.com\n\
         X-Actual-Recipient: RFC822; jo@mail.example.com\nAction: {action}\nStatus: {status}\nRemote-MTA: DNS; mx.example.com\n\
         Diagnostic-Code: SMTP; 550 5.1.1 <jo@example.com>... User unknown\nLast-Attempt-Date: Sun, 22 Nov 2026 10:00:01 GMT\n"
    );
    message(
        &header,
        "8BMA01xs001.1795341601/mx.acme.example",
        &[
            "\nThe original message was received at Sun, 22 Nov 2026 10:00:00 GMT\n",
            &part,
        ],
    )
}

#[test]
fn c5_reports_of_the_common_mail_servers_are_understood() {
    use Returned::{Delayed, Failed};
    let unknown =
        "smtp; 550 5.1.1\n    <jo@example.com>: Recipient address rejected: User unknown in virtual mailbox table";
    let rejected =
        "5.1.1 550 5.1.1 <jo@example.com>: Recipient address rejected: User unknown in virtual mailbox table";
    let late = "X-Postfix; connect to mx.example.com[192.0.2.9]:25: Connection timed out";
    let cases = [
        ("Postfix", postfix("failed", "5.1.1", unknown), Failed, rejected),
        (
            "Postfix, a warning",
            postfix("delayed", "4.4.1", late),
            Delayed,
            "4.4.1 connect to mx.example.com[192.0.2.9]:25: Connection timed out",
        ),
        (
            "Postfix, given up after days of trying",
            postfix("failed", "4.4.1", late),
            Failed,
            "4.4.1 connect to mx.example.com[192.0.2.9]:25: Connection timed out",
        ),
        ("Exim", exim(), Failed, "5.0.0 550 5.1.1 Unrouteable address"),
        (
            "Exchange",
            exchange(),
            Failed,
            "5.1.10 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        ),
        (
            "Gmail",
            gmail(),
            Failed,
            "5.1.1 550-5.1.1 There is no such account. Look for typos 550 5.1.1 at ••• - gsmtp",
        ),
        (
            "sendmail",
            sendmail("failed", "5.1.1"),
            Failed,
            "5.1.1 550 5.1.1 <jo@example.com>... User unknown",
        ),
        (
            "sendmail, with comments",
            sendmail("failed (bad address)", "5.1.1"),
            Failed,
            "5.1.1 550 5.1.1 <jo@example.com>... User unknown",
        ),
        (
            "words without their type",
            postfix("failed", "5.2.2", "552 mailbox full; try again next week"),
            Failed,
            "5.2.2 552 mailbox full; try again next week",
        ),
        (
            "one mailbox behind the address is late, another is gone",
            postfix("delayed", "4.2.2", "smtp; 452 4.2.2 full").replace(
                "452 4.2.2 full\n",
                "452 4.2.2 full\n\nFinal-Recipient: rfc822; jo@elsewhere.example\nAction: failed\nStatus: 5.1.1\n\
                 Diagnostic-Code: smtp; 550 gone\n",
            ),
            Failed,
            "5.1.1 550 gone",
        ),
    ];
    for (server, text, returned, words) in cases {
        // As the wire has it, and as a pipe hands it over.
        for text in [text.replace('\n', "\r\n"), text] {
            let read = BounceReport::read(text.as_bytes(), None).unwrap_or_else(|error| panic!("{server}: {error}"));
            assert_eq!((read.returned, read.words.as_str()), (returned, words), "{server}");
            let mark = read.mark.unwrap_or_else(|| panic!("{server}: no mark"));
            assert!(mark.is_genuine(&KEY, &address("jo@example.com").key()), "{server}");
        }
    }
}

#[test]
fn c5_what_else_comes_to_a_return_address_is_told_apart() {
    let to = format!("To: {}", return_address());
    let kind = |kind: &str| format!("Content-Type: multipart/report; report-type={kind}; boundary=x");
    let other = |report_type: &str, part: &str| {
        let header = [to.as_str(), &kind(report_type)];
        let part =
            format!("Content-Type: {part}\n\nAction: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; jo@example.com\n");
        message(&header, "x", &["Content-Type: text/plain\n\nRead.\n", &part])
    };
    let text = |subject: &str, body: &str| format!("{to}\nSubject: {subject}\n\n{body}\n");
    let cases = [
        (
            "qmail, whose report is a text",
            text(
                "failure notice",
                "Hi. This is the qmail-send program.\n\n<jo@example.com>:\n550 no such user",
            ),
            NotAReport::Form,
        ),
        (
            "an older Exim, whose report is a text",
            format!(
                "X-Failed-Recipients: jo@example.com\n{}",
                text("failed", "  jo@example.com\n    550 no")
            ),
            NotAReport::Form,
        ),
        (
            "somebody is away",
            format!(
                "Auto-Submitted: auto-replied (vacation)\n{}",
                text("Away", "Action: failed")
            ),
            NotAReport::Form,
        ),
        (
            "it was read",
            other("disposition-notification", "message/disposition-notification"),
            NotAReport::Form,
        ),
        (
            "somebody called it spam",
            other("feedback-report", "message/feedback-report"),
            NotAReport::Form,
        ),
        (
            "a report that somebody forwards",
            message(
                &[&to, "Content-Type: multipart/mixed; boundary=x"],
                "x",
                &[&format!("Content-Type: message/rfc822\n\n{}", exim())],
            ),
            NotAReport::Form,
        ),
        (
            "it arrived",
            postfix("delivered", "2.0.0", "smtp; 250 OK"),
            NotAReport::Nothing,
        ),
        (
            "it was passed on",
            sendmail("relayed (to non-DSN-aware mailer)", "2.0.0"),
            NotAReport::Nothing,
        ),
        ("it went to a list", sendmail("expanded", "2.0.0"), NotAReport::Nothing),
        (
            "failing is not failed",
            sendmail("failing", "5.0.0"),
            NotAReport::Nothing,
        ),
    ];
    for (what, text, not) in cases {
        assert_eq!(
            BounceReport::read(text.as_bytes(), Some(&return_address())),
            Err(not),
            "{what}"
        );
    }
}

#[test]
fn c5_a_report_without_a_return_address_of_ours_leads_nowhere() {
    let plain = postfix("failed", "5.1.1", "smtp; 550 no").replace(&return_address(), "bounces@acme.example");
    let read = BounceReport::read(plain.as_bytes(), Some("bounces@acme.example")).unwrap();
    assert_eq!(read.mark, None);
    // Nor one that only what it returns has in it, which whoever forges it can write.
    let returned = plain.replace("Subject: Code", &format!("Return-Path: <{}>", return_address()));
    assert_ne!(returned, plain);
    assert_eq!(BounceReport::read(returned.as_bytes(), None).unwrap().mark, None);
}
