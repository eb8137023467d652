use std::collections::BTreeSet;

use mail_parser::{MessageParser, MimeHeaders, PartType};
use proptest::prelude::*;

use super::*;

const ENGLISH: LanguageTag = LanguageTag::ENGLISH;

fn arabic() -> LanguageTag {
    LanguageTag::parse("ar").unwrap()
}

fn config(overrides: Option<PathBuf>) -> ComposerConfig {
    ComposerConfig {
        from: FromMailbox::parse("Acme Help <help@acme.example>").unwrap(),
        host: "acme.example".to_owned(),
        overrides,
    }
}

fn composer() -> Composer {
    Composer::new(config(None)).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_795_315_703)
}

fn mail(message: Message) -> NewMail {
    sample_mail(message, &ENGLISH).unwrap()
}

fn code_mail() -> NewMail {
    mail(samples().into_iter().next().unwrap())
}

fn link_of(message: &Message) -> Option<&str> {
    match message {
        Message::NoAccount { sign_up_url, .. } => sign_up_url.as_deref(),
        Message::ResetLink { url, .. } | Message::Invite { url, .. } => Some(url),
        Message::PasswordChanged {
            forgot_password_url, ..
        } => Some(forgot_password_url),
        Message::CodeNotOffered {
            open,
            forgot_password_url,
            ..
        } if open.contains(&Method::Password) => Some(forgot_password_url),
        _ => None,
    }
}

#[test]
fn every_mail_keeps_to_the_contract_in_every_language() {
    let built_in = composer();
    for language in [ENGLISH, arabic()] {
        for message in samples() {
            let mail = sample_mail(message.clone(), &language).unwrap();
            let composed = built_in.compose(&mail, now()).unwrap();
            let what = format!("{} in {language}", message.kind());
            let (text, html) = (composed.text(), composed.html());
            assert!(composed.subject().contains("Acme"), "{what}: {}", composed.subject());
            let lines: Vec<&str> = text.split("\r\n").collect();
            if let Message::SignInCode { code, .. }
            | Message::SignUpCode { code, .. }
            | Message::AlreadyRegistered { code, .. } = &message
            {
                assert_eq!(lines[0], code, "{what}");
                assert!(html.contains(&format!(">{code}<")), "{what}");
                assert!(!composed.subject().contains(code.as_str()), "{what}");
            }
            for link in link_of(&message).into_iter().chain(["https://acme.example/sign-in"]) {
                assert!(lines.contains(&link), "{what}: {text}");
                assert!(
                    html.contains(&format!("href=\"{}\"", link.replace('/', "&#x2f;"))),
                    "{what}: {html}"
                );
            }
            assert_eq!(
                text.matches("://").count(),
                lines.iter().filter(|line| line.contains("://")).count()
            );
            assert!(html.contains(&format!(
                "<html lang=\"{language}\" dir=\"{}\">",
                language.direction().as_str()
            )));
            for remote in [
                "<img", "src=", "@import", "url(", "<script", "<link", "<iframe", "<form",
            ] {
                assert!(!html.contains(remote), "{what}: {remote}");
            }
            for wrong in ["none", "undefined", "{{", "{%", "{ $", "{$"] {
                assert!(!text.contains(wrong), "{what}: {wrong} in {text}");
            }
            assert!(
                !text.contains("\r\n\r\n\r\n") && text.ends_with("\r\n") && !text.starts_with("\r\n"),
                "{what}"
            );
        }
    }
}

#[test]
fn r114_a_mail_says_which_site_when_and_from_what_device() {
    let composed = composer().compose(&code_mail(), now()).unwrap();
    let expected = "ABC2345\r\n\r\n\
        Enter this code to sign in to Acme. It works once, for 10 minutes.\r\n\r\n\
        Asked for on 22 November 2026 at 02:48 UTC, from Firefox on Android.\r\n\r\n\
        If this wasn’t you, do nothing: whoever asked can’t use the code without seeing this mail. Never \
        give it to anyone, even if they say they work for Acme.\r\n\r\n\
        This mail is from Acme:\r\nhttps://acme.example/sign-in\r\n";
    assert_eq!(composed.text(), expected);
    assert_eq!(composed.subject(), "Your Acme sign-in code");
}

#[test]
fn the_words_have_no_gaps_and_none_is_left_over() {
    let built_in = composer();
    let catalogue = built_in.texts.catalogue();
    assert_eq!(catalogue.gaps(), []);
    let mut used: BTreeSet<String> = ["date", "device-known", "device-unknown", "asked", "method-other"]
        .into_iter()
        .map(ToOwned::to_owned)
        .collect();
    used.extend(Method::ALL.iter().map(|method| format!("method-{}", method.as_str())));
    used.extend(samples().iter().map(|message| format!("{}-subject", message.kind())));
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        used.extend(
            text.split("say(\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .map(ToOwned::to_owned),
        );
    }
    for language in [ENGLISH, arabic()] {
        let keys: BTreeSet<String> = catalogue.keys(&language).into_iter().map(ToOwned::to_owned).collect();
        assert_eq!(keys, used, "{language}");
    }
}

#[test]
fn r109_the_header_is_exactly_this() {
    let composed = composer().compose(&code_mail(), now()).unwrap();
    let headers = composed.headers();
    let of = |name: &str| {
        let mut found = headers.iter().filter(|(field, _)| field == name);
        let value = found.next().unwrap().1.clone();
        assert!(found.next().is_none(), "{name} twice");
        value
    };
    assert_eq!(of("From"), "\"Acme Help\" <help@acme.example>");
    assert_eq!(of("To"), "ada@example.com");
    assert_eq!(of("Subject"), "Your Acme sign-in code");
    assert_eq!(of("Date"), "Sun, 22 Nov 2026 02:48:23 +0000");
    assert_eq!(of("Message-ID"), "<00000000-0000-0000-0000-000000000000@acme.example>");
    assert_eq!(of("Auto-Submitted"), "auto-generated");
    assert_eq!(of("X-Auto-Response-Suppress"), "All");
    assert_eq!(of("MIME-Version"), "1.0");
    assert!(of("Content-Type").starts_with("multipart/alternative;"));
    assert_eq!(headers.len(), 9, "{headers:?}");
    assert_eq!(
        composed.bytes(),
        composer().compose(&code_mail(), now()).unwrap().bytes()
    );
}

#[test]
fn a_workspaces_own_sender_is_shown_and_bounces_still_come_to_the_operator() {
    let mut mail = code_mail();
    mail.sender.from = Some("شركة <desk@other.example>".to_owned());
    let composed = composer().compose(&mail, now()).unwrap();
    assert_eq!(composed.from(), "شركة <desk@other.example>");
    assert_eq!(composed.envelope_from().to_string(), "help@acme.example");
    let parsed = MessageParser::default().parse(composed.bytes()).unwrap();
    assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some("شركة"));
}

#[test]
fn r107_senders_that_could_leave_their_line_are_refused() {
    for wrong in [
        "",
        "Acme",
        "<>",
        "Acme <>",
        "Acme <help@acme.example",
        "help@acme.example>",
        "Acme <help@acme.example>\r\nBcc: eve@example.com",
        "Acme\r\nBcc: eve@example.com <help@acme.example>",
        "Acme\u{0} <help@acme.example>",
        "Acme\u{2028} <help@acme.example>",
        "Acme <help@acme.example, eve@example.com>",
        "Acme <help@acme.example> <eve@example.com>",
        "Acme <he lp@acme.example>",
        "Acme <help@@acme.example>",
        "Acme <hélp@acme.example>",
        "Acme <\"a b\"@acme.example>",
    ] {
        assert_eq!(FromMailbox::parse(wrong), Err(FromMailboxError), "{wrong:?}");
        let mut mail = code_mail();
        mail.sender.from = Some(wrong.to_owned());
        assert!(
            matches!(composer().compose(&mail, now()), Err(ComposeError::From)),
            "{wrong:?}"
        );
    }
    for (fine, shown) in [
        ("help@acme.example", "help@acme.example"),
        (
            "\"Acme, Inc. \\\"Help\\\"\" <help@acme.example>",
            "Acme, Inc. \"Help\" <help@acme.example>",
        ),
        ("doorward@localhost", "doorward@localhost"),
    ] {
        assert_eq!(FromMailbox::parse(fine).unwrap().to_string(), shown);
    }
}

#[test]
fn values_that_are_not_of_their_form_are_refused_and_not_repeated() {
    let refused = |change: &dyn Fn(&mut NewMail)| {
        let mut mail = code_mail();
        change(&mut mail);
        let error = composer().compose(&mail, now()).unwrap_err();
        assert!(
            matches!(error, ComposeError::Texts(TextsError::Value { .. })),
            "{error:?}"
        );
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
    };
    for url in [
        "javascript:SECRET",
        "https://",
        "https://a.example/SECRET x",
        "https://a.example/\r\nSECRET",
        "//SECRET",
        "https://user@SECRET.example/",
        "https://a.example/\"onclick=SECRET",
    ] {
        refused(&|mail| url.clone_into(&mut mail.sender.sign_in_url));
        refused(&|mail| {
            mail.message = Message::Invite {
                url: url.to_owned(),
                days: 7,
            }
        });
    }
    for code in ["", "SECRET\r\nBcc: x", "<b>SECRET</b>", "SECRET SECRET"] {
        refused(&|mail| {
            if let Message::SignInCode { code: place, .. } = &mut mail.message {
                code.clone_into(place);
            }
        });
    }
}

#[test]
fn names_of_other_people_are_escaped_and_stay_in_their_line() {
    let mut mail = code_mail();
    mail.sender.workspace_name = "<b>A</b>&\"'\r\n\r\nZZZ9999\r\nhttps://evil.example/ {{ code }}".to_owned();
    if let Message::SignInCode { asked_by, .. } = &mut mail.message {
        asked_by.device.browser = "<img src=x>\r\nCode: ZZZ9999".to_owned();
    }
    let composed = composer().compose(&mail, now()).unwrap();
    assert!(!composed.html().contains("<b>A") && !composed.html().contains("<img"));
    assert!(
        composed
            .html()
            .contains("&lt;b&gt;A&lt;&#x2f;b&gt;&amp;&quot;&#x27; ZZZ9999"),
        "{}",
        composed.html()
    );
    assert!(
        composed
            .text()
            .split("\r\n")
            .all(|line| !line.starts_with("ZZZ") && !line.starts_with("Code"))
    );
    assert!(!composed.text().contains("https://evil") && composed.text().contains("{{ code }}"));
    assert_eq!(composed.text().split("\r\n").next(), Some("ABC2345"));
}

#[test]
fn r37_nothing_secret_shows_in_debug_or_in_a_servers_echo() {
    let link = "https://acme.example/reset-password/0123456789abcdef";
    for (message, secret) in [
        (
            Message::Invite {
                url: link.to_owned(),
                days: 7,
            },
            "0123456789abcdef",
        ),
        (samples().into_iter().next().unwrap(), "ABC2345"),
    ] {
        let composed = composer().compose(&mail(message), now()).unwrap();
        assert!(!format!("{composed:?}").contains(secret));
        let kept = composed.fit_to_keep(&format!("554 looks like spam:\r\n{secret} {link}{}", "x".repeat(900)));
        assert!(
            kept.starts_with("554 looks like spam:  •••") && !kept.contains(secret),
            "{kept}"
        );
        assert!(kept.len() <= 503, "{}", kept.len());
    }
}

#[test]
fn r108_only_fit_bytes_pass() {
    for (bytes, fault) in [
        (&b"a\nb\r\n"[..], "a bare line feed"),
        (b"\n", "a bare line feed"),
        (b"a\rb\r\n", "a bare carriage return"),
        (b"a\r\r\n", "a bare carriage return"),
        (b"a\r", "a bare carriage return"),
        (b"a\0\r\n", "a NUL byte"),
        ("ä\r\n".as_bytes(), "a byte that is not ASCII"),
        (&[b'x'; 999], "a line of more than 998 bytes"),
    ] {
        assert!(
            matches!(check_wire(bytes), Err(ComposeError::Unfit(found)) if found == fault),
            "{fault}"
        );
    }
    check_wire(&[[b'x'; 998].as_slice(), b"\r\n", &[b'x'; 998], b"\r\n"].concat()).unwrap();
}

#[test]
fn an_operators_template_comes_first_and_its_mistakes_are_told_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("test.txt");
    std::fs::write(&place, "Hello from {{ workspace }}\n.\n.\nbye").unwrap();
    let overridden = Composer::new(config(Some(directory.path().to_owned()))).unwrap();
    let composed = overridden.compose(&mail(Message::Test), now()).unwrap();
    assert_eq!(composed.text(), "Hello from Acme\r\n.\r\n.\r\nbye\r\n");
    assert!(composed.html().contains("Mail works"));
    for wrong in [
        &b"{{ nowhere }}"[..],
        b"{% if %}",
        b"{{ say('nowhere') }}",
        b"{% include '../secret.txt' %}",
        b"{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}",
        b"\xff",
    ] {
        std::fs::write(&place, wrong).unwrap();
        let error = Composer::new(config(Some(directory.path().to_owned()))).unwrap_err();
        assert!(error.to_string().contains("`test.txt`"), "{error} for {wrong:?}");
    }
}

#[test]
fn hosts_that_are_none_are_refused() {
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let fine = ComposerConfig {
            host: host.to_owned(),
            ..config(None)
        };
        let composed = Composer::new(fine).unwrap().compose(&code_mail(), now()).unwrap();
        let parsed = MessageParser::default().parse(composed.bytes()).unwrap();
        assert_eq!(parsed.message_id().unwrap().rsplit('@').next(), Some(host));
    }
    for host in ["", "a b", "a>\r\nBcc: x", "ä.example", "::1", "[x]"] {
        let wrong = ComposerConfig {
            host: host.to_owned(),
            ..config(None)
        };
        assert!(matches!(Composer::new(wrong), Err(ComposeError::Host)), "{host:?}");
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        Just("\r\n.\r\n".to_owned()),
        Just("\r\nBcc: eve@example.com\r\n\r\n".to_owned()),
        Just("\n.\n".to_owned()),
        Just("\r".to_owned()),
        Just("\u{0}".to_owned()),
        Just("=?utf-8?q?=0d=0aBcc:=20eve@example.com?=".to_owned()),
        Just("--=_00000000000000000000000000000000--".to_owned()),
        Just("x".repeat(1_500)),
        Just("<script>\"'&".to_owned()),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

static COMPOSER: std::sync::LazyLock<Composer> = std::sync::LazyLock::new(composer);

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r107_whatever_people_write_it_is_one_mail_to_one_recipient(
        name in any_text(),
        from in prop::option::of(any_text()),
        browser in any_text(),
        system in any_text(),
        accent in prop::option::of(any_text()),
        language in any_text(),
        which in 0..samples().len(),
    ) {
        let mut mail = mail(samples().swap_remove(which));
        mail.sender.workspace_name = name;
        mail.sender.from = from.map(|name| format!("{name} <desk@other.example>"));
        mail.sender.accent = accent;
        mail.language = language;
        if let Message::SignInCode { asked_by, .. } | Message::ResetLink { asked_by, .. } = &mut mail.message {
            asked_by.device = Device { browser, system };
        }
        let composed = match COMPOSER.compose(&mail, now()) {
            Err(error) => {
                prop_assert!(matches!(error, ComposeError::From), "{:?}", error);
                return Ok(());
            }
            Ok(composed) => composed,
        };
        check_wire(composed.bytes()).unwrap();
        let parsed = MessageParser::default().parse(composed.bytes()).unwrap();
        let names: Vec<&str> = parsed.headers().iter().map(mail_parser::Header::name).collect();
        prop_assert_eq!(names, [
            "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version",
            "Content-Type",
        ]);
        let to: Vec<_> = parsed.to().unwrap().iter().map(|to| (to.name(), to.address())).collect();
        prop_assert_eq!(to, [(None, Some("ada@example.com"))]);
        let from: Vec<_> = parsed.from().unwrap().iter().map(|from| from.address()).collect();
        let expected = if mail.sender.from.is_some() { "desk@other.example" } else { "help@acme.example" };
        prop_assert_eq!(from, [Some(expected)]);
        prop_assert_eq!(parsed.subject().unwrap().trim(), composed.subject().trim());
        prop_assert_eq!(parsed.parts.len(), 3);
        prop_assert_eq!(composed.envelope_to().to_string(), "ada@example.com");
        prop_assert_eq!(&parsed.body_text(0).unwrap().replace("\r\n", "\n"), &composed.text().replace("\r\n", "\n"));
        for part in &parsed.parts[1..] {
            let encoding = part.content_transfer_encoding().unwrap();
            prop_assert!(matches!(encoding, "base64" | "quoted-printable"), "{}", encoding);
            prop_assert!(matches!(part.body, PartType::Text(_) | PartType::Html(_)));
        }
    }
}
