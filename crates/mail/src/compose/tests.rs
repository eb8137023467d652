use std::collections::BTreeSet;

use doorward_domain::client::Device;
use doorward_domain::mail::{AskedBy, EmailNotice, EmergencyDoor, SecurityEvent};
use doorward_domain::method::Method;
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

fn code_of(message: &Message) -> Option<&str> {
    match message {
        Message::SignInCode { code, .. }
        | Message::SignUpCode { code, .. }
        | Message::AlreadyRegistered { code, .. }
        | Message::FreshProofCode { code, .. }
        | Message::CallerCode { code, .. } => Some(code),
        _ => None,
    }
}

fn links_of(message: &Message) -> Vec<&str> {
    match message {
        Message::NoAccount { sign_up_url, .. } | Message::SignInReport { sign_up_url, .. } => {
            sign_up_url.as_deref().into_iter().collect()
        }
        Message::ResetLink { url, .. }
        | Message::ResetLinkByStaff { url, .. }
        | Message::Invite { url, .. }
        | Message::EmailProof { url, .. } => vec![url],
        Message::PasswordChanged {
            forgot_password_url, ..
        }
        | Message::AccountRestored {
            forgot_password_url, ..
        } => vec![forgot_password_url],
        Message::CodeNotOffered {
            open,
            forgot_password_url,
            ..
        } if open.contains(&Method::Password) => vec![forgot_password_url],
        Message::NewDevice { not_me_url, .. } => vec![not_me_url],
        Message::CallerNotice {
            stop_url,
            forgot_password_url,
            ..
        } => vec![stop_url.as_deref().unwrap_or(forgot_password_url)],
        Message::AccountDeleted { restore_url, .. } => restore_url.iter().map(String::as_str).collect(),
        Message::EmailChanged { revert_url, .. } => revert_url.iter().map(String::as_str).collect(),
        Message::SecurityNotice {
            what,
            security_url,
            forgot_password_url,
            ..
        } => match what {
            SecurityEvent::TwoFactorEnabled => vec![forgot_password_url],
            SecurityEvent::PasskeySuspected { .. } => vec![security_url],
            _ => vec![forgot_password_url, security_url],
        },
        _ => Vec::new(),
    }
}

/// Which of its kind's events a message tells of.
fn event_of(message: &Message) -> Option<&'static str> {
    match message {
        Message::EmailChanged { change, .. } => Some(change.as_str()),
        Message::SecurityNotice { what, .. } => Some(what.as_str()),
        Message::EmergencyDoor { door, .. } => Some(door.as_str()),
        Message::CallerNotice { event, .. } => Some(event.as_str()),
        _ => None,
    }
}

/// What staff asked to do, where a mail is about that.
fn action_of(message: &Message) -> Option<&'static str> {
    match message {
        Message::CallerCode { action, .. } | Message::CallerNotice { action, .. } => Some(action.as_str()),
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
            if let Some(code) = code_of(&message) {
                assert_eq!(lines[0], code, "{what}");
                assert!(html.contains(&format!(">{code}<")), "{what}");
                assert!(!composed.subject().contains(code), "{what}");
            }
            let expected: BTreeSet<&str> = links_of(&message)
                .into_iter()
                .chain(["https://acme.example/sign-in"])
                .collect();
            let found: BTreeSet<&str> = lines.iter().filter(|line| line.contains("://")).copied().collect();
            if !matches!(&message, Message::CodeNotOffered { .. }) {
                assert_eq!(found, expected, "{what}: {text}");
            }
            for link in expected {
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
    used.extend(samples().iter().map(|message| match event_of(message) {
        Some(event) => format!("{}-subject-{event}", message.kind()),
        None => format!("{}-subject", message.kind()),
    }));
    used.extend(report_keys());
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for said in text.split("say(\"").skip(1) {
            let (key, rest) = said.split_once('"').unwrap();
            if rest.starts_with(" ~ report.standing") {
                // Listed with the rest of the report.
            } else if rest.starts_with(" ~ action") {
                used.extend(
                    samples()
                        .iter()
                        .filter_map(action_of)
                        .map(|action| format!("{key}{action}")),
                );
            } else if rest.starts_with(" ~ what") {
                let events: Vec<&str> = samples()
                    .iter()
                    .filter(|message| key.starts_with(message.kind()))
                    .filter_map(event_of)
                    .collect();
                used.extend(events.into_iter().map(|event| format!("{key}{event}")));
            } else {
                used.insert(key.to_owned());
            }
        }
    }
    for language in [ENGLISH, arabic()] {
        let keys: BTreeSet<String> = catalogue.keys(&language).into_iter().map(ToOwned::to_owned).collect();
        assert_eq!(keys, used, "{language}");
    }
}

/// What is said of a report beside its template.
fn report_keys() -> Vec<String> {
    let standings = ["unknown", "closed", "open", "shut"].map(|standing| format!("report-text-{standing}"));
    let beside = [
        "report-second-factor-on",
        "report-second-factor-set-up",
        "report-waits",
        "report-mail",
        "how-to-open",
        "how-to-follow",
        "how-to-press",
        "how-to-fill",
        "how-to-read-code",
        "how-to-read-link",
        "how-to-at-provider",
        "how-to-answer-device",
        "how-to-at-company-site",
        "email-address",
        "password",
        "new-password",
        "sign-in-button",
        "sign-in-code-button",
        "sign-in-code",
        "sign-in-passkey-button",
        "sign-in-with",
        "forgot-password-link",
        "forgot-button",
        "reset-button",
        "sign-in-link",
        "continue",
    ];
    standings.into_iter().chain(beside.map(ToOwned::to_owned)).collect()
}

#[test]
fn every_shape_of_a_message_reads_differently() {
    let built_in = composer();
    for language in [ENGLISH, arabic()] {
        let mut texts = BTreeSet::new();
        let mut notices = BTreeSet::new();
        for message in samples() {
            let composed = built_in
                .compose(&sample_mail(message.clone(), &language).unwrap(), now())
                .unwrap();
            assert!(texts.insert(composed.text().to_owned()), "{}", composed.text());
            if event_of(&message).is_some() {
                notices.insert(composed.subject().to_owned());
            }
        }
        let events: BTreeSet<_> = samples().iter().filter_map(event_of).collect();
        assert_eq!(notices.len(), events.len(), "{language}: {notices:?}");
        assert_eq!(events.len(), 20);
    }
}

#[test]
fn a5_a_new_device_is_told_with_the_way_to_disown_it() {
    let composed = composer()
        .compose(
            &mail(Message::NewDevice {
                by: asked_by("Safari", "iPhone"),
                method: Method::EmailCode,
                not_me_url: "https://acme.example/not-me/0123456789abcdef".to_owned(),
            }),
            now(),
        )
        .unwrap();
    assert_eq!(composed.subject(), "New sign-in to your Acme account");
    let expected = "Somebody signed in to your Acme account on 22 November 2026 at 02:48 UTC, from Safari on iPhone, with an \
        emailed code. We haven’t seen this browser before. If it was you, there is nothing to do.\r\n\r\n\
        If this wasn’t you, tell us. That ends this sign-in, and you choose a new password next:\r\n\
        https://acme.example/not-me/0123456789abcdef\r\n\r\n\
        This mail is from Acme:\r\nhttps://acme.example/sign-in\r\n";
    assert_eq!(composed.text(), expected);
}

#[test]
fn a4_times_are_the_readers_own() {
    let built_in = composer();
    let date_in = |zone: Option<&str>, language: &LanguageTag, message: Message| {
        let mut mail = sample_mail(message, language).unwrap();
        mail.time_zone = zone.map(ToOwned::to_owned);
        let text = built_in.compose(&mail, now()).unwrap().text().to_owned();
        text.replace(['\u{2068}', '\u{2069}'], "")
    };
    let asked = || samples().into_iter().next().unwrap();
    let told = || Message::PasswordChanged {
        by: Some(asked_by("Firefox", "Linux")),
        at: now(),
        forgot_password_url: "https://acme.example/forgot-password".to_owned(),
    };
    for (zone, expected) in [
        (Some("Europe/Berlin"), "22 November 2026 at 03:48 CET"),
        (Some("America/Los_Angeles"), "21 November 2026 at 18:48 PST"),
        (Some("Asia/Kathmandu"), "22 November 2026 at 08:33 UTC+05:45"),
        (Some("Asia/Riyadh"), "22 November 2026 at 05:48 UTC+03:00"),
        (Some("UTC"), "22 November 2026 at 02:48 UTC"),
        (Some("Europe/Nowhere\r\nBcc: eve"), "22 November 2026 at 02:48 UTC"),
        (Some(""), "22 November 2026 at 02:48 UTC"),
        (None, "22 November 2026 at 02:48 UTC"),
    ] {
        for message in [asked(), told()] {
            let text = date_in(zone, &ENGLISH, message);
            assert!(text.contains(expected), "{zone:?}: {text}");
        }
    }
    let text = date_in(Some("Asia/Riyadh"), &arabic(), asked());
    assert!(text.contains("22 نوفمبر 2026 الساعة 05:48 UTC+03:00"), "{text}");
    let text = date_in(None, &arabic(), asked());
    assert!(text.contains("22 نوفمبر 2026 الساعة 02:48 بالتوقيت العالمي"), "{text}");
}

#[test]
fn b12_who_uses_a_backup_code_learns_how_many_are_left() {
    let text = |left: u32, language: &LanguageTag| {
        let message = security_notice(SecurityEvent::BackupCodeUsed { left });
        let composed = COMPOSER
            .compose(&sample_mail(message, language).unwrap(), now())
            .unwrap();
        composed.text().replace(['\u{2068}', '\u{2069}'], "")
    };
    for (left, english, in_arabic) in [
        (0, "None is left.", "لم يبقَ أي رمز."),
        (1, "One is left.", "بقي رمز واحد."),
        (2, "2 are left.", "بقي رمزان."),
        (3, "3 are left.", "بقيت 3 رموز."),
        (4, "4 are left.", "بقيت 4 رموز."),
        (9, "9 are left.", "بقيت 9 رموز."),
    ] {
        assert!(text(left, &ENGLISH).contains(english), "{left}");
        assert!(text(left, &arabic()).contains(in_arabic), "{left}");
        let asks = text(left, &ENGLISH)
            .contains("Whether this was you or not, make new ones while you can sign in:\r\nhttps://acme.example/account/security\r\n");
        assert_eq!(asks, left <= 3, "{left}");
    }
}

#[test]
fn a5_notices_of_addresses_name_the_one_address_and_what_undoing_does() {
    for (change, undone) in [
        (EmailNotice::Added, "removes the address again"),
        (EmailNotice::Verified, "removes the address again"),
        (
            EmailNotice::MadePrimary,
            "makes the address before it the primary one again",
        ),
        (EmailNotice::Removed, "adds the address again"),
    ] {
        let message = Message::EmailChanged {
            change,
            address: "j•••@e•••.com".to_owned(),
            by: asked_by("Firefox", "Linux"),
            revert_url: Some("https://acme.example/revert-email/0123456789abcdef".to_owned()),
            days: 1,
        };
        let composed = COMPOSER.compose(&mail(message), now()).unwrap();
        let text = composed.text();
        assert!(
            text.contains("j•••@e•••.com") && text.contains("from Firefox on Linux"),
            "{text}"
        );
        assert!(
            text.contains(undone) && text.contains("works once, for one day."),
            "{text}"
        );
    }
}

#[test]
fn r48_a_mailbox_that_has_no_say_is_told_without_a_link() {
    let message = Message::EmailChanged {
        change: EmailNotice::Removed,
        address: "j•••@e•••.com".to_owned(),
        by: asked_by("Firefox", "Linux"),
        revert_url: None,
        days: 7,
    };
    let composed = COMPOSER.compose(&mail(message), now()).unwrap();
    for part in [composed.text(), composed.html()] {
        assert!(part.contains("j•••@e•••.com"), "{part}");
        assert!(!part.contains("undo it") && !part.contains("works once"), "{part}");
    }
}

#[test]
fn b15_all_admins_learn_of_the_emergency_door_even_without_a_device() {
    for door in [
        EmergencyDoor::BackupSignIn,
        EmergencyDoor::RecoveryIssued,
        EmergencyDoor::RecoveryUsed,
    ] {
        for by in [Some(asked_by("Firefox", "Linux")), None] {
            let message = Message::EmergencyDoor {
                door,
                who: "Ada King".to_owned(),
                by,
                at: now(),
            };
            let composed = COMPOSER.compose(&mail(message), now()).unwrap();
            let text = composed.text();
            assert!(
                text.contains("Ada King") && text.contains("22 November 2026 at 02:48 UTC"),
                "{text}"
            );
            assert!(!composed.subject().contains("Ada"), "{}", composed.subject());
        }
    }
}

#[test]
fn r114_what_people_call_themselves_or_a_passkey_stays_a_name() {
    let hostile =
        "<b>x</b>\r\nABC2345\r\nhttps://evil.example/ {{ code }} & \u{202e}evil.example\u{2028}Bcc: eve@evil.example";
    let messages = [
        Message::EmailProof {
            url: "https://acme.example/verify-email/0123456789abcdef".to_owned(),
            hours: 24,
            account: hostile.to_owned(),
            asked_by: asked_by("Firefox", "Linux"),
        },
        Message::EmergencyDoor {
            door: EmergencyDoor::BackupSignIn,
            who: hostile.to_owned(),
            by: None,
            at: now(),
        },
        security_notice(SecurityEvent::PasskeyAdded {
            name: hostile.to_owned(),
        }),
        security_notice(SecurityEvent::PasskeyRemoved {
            name: hostile.to_owned(),
        }),
        security_notice(SecurityEvent::PasskeySuspected {
            name: hostile.to_owned(),
        }),
        Message::EmailChanged {
            change: EmailNotice::Removed,
            address: hostile.to_owned(),
            by: asked_by("Firefox", "Linux"),
            revert_url: Some("https://acme.example/revert-email/0123456789abcdef".to_owned()),
            days: 7,
        },
    ];
    for message in messages {
        let is_name = !matches!(message, Message::EmailChanged { .. });
        let composed = COMPOSER.compose(&mail(message), now()).unwrap();
        let (text, html) = (composed.text(), composed.html());
        assert!(!html.contains("<b>") && html.contains("&lt;b&gt;x"), "{html}");
        assert!(!composed.subject().contains("ABC2345"), "{}", composed.subject());
        for line in text.split("\r\n") {
            assert!(!line.starts_with("ABC2345") && !line.starts_with("Bcc"), "{text}");
            assert!(!line.contains("https://evil"), "{text}");
        }
        if is_name {
            assert!(
                !text.contains("evil.example") && text.contains("evil. example"),
                "{text}"
            );
        }
        assert!(!text.contains('\u{202e}'));
    }
}

fn asked_by(browser: &str, system: &str) -> AskedBy {
    AskedBy {
        at: now(),
        device: Device {
            browser: browser.to_owned(),
            system: system.to_owned(),
        },
    }
}

fn security_notice(what: SecurityEvent) -> Message {
    Message::SecurityNotice {
        what,
        by: asked_by("Firefox", "Linux"),
        security_url: "https://acme.example/account/security".to_owned(),
        forgot_password_url: "https://acme.example/forgot-password".to_owned(),
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
    let token = "0123456789abcdef";
    let mut secret_kinds = BTreeSet::new();
    for message in samples() {
        let composed = COMPOSER.compose(&mail(message.clone()), now()).unwrap();
        let link = links_of(&message).into_iter().find(|link| link.contains(token));
        let Some(secret) = code_of(&message).or(link.map(|_| token)) else {
            continue;
        };
        secret_kinds.insert(message.kind());
        let link = link.unwrap_or_default();
        assert!(!format!("{composed:?}").contains(secret));
        let kept = composed.fit_to_keep(&format!("554 looks like spam:\r\n{secret} {link}{}", "x".repeat(900)));
        assert!(
            kept.starts_with("554 looks like spam:  •••") && !kept.contains(secret),
            "{kept}"
        );
        assert!(kept.len() <= 503, "{}", kept.len());
    }
    let expected = [
        "account-deleted",
        "already-registered",
        "caller-code",
        "caller-notice",
        "email-changed",
        "email-proof",
        "fresh-proof-code",
        "invite",
        "new-device",
        "reset-link",
        "reset-link-by-staff",
        "sign-in-code",
        "sign-up-code",
    ];
    assert_eq!(secret_kinds, BTreeSet::from(expected));
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
        called in any_text(),
        zone in prop::option::of(any_text()),
        which in 0..samples().len(),
    ) {
        let mut mail = mail(samples().swap_remove(which));
        mail.sender.workspace_name = name;
        mail.sender.from = from.map(|name| format!("{name} <desk@other.example>"));
        mail.sender.accent = accent;
        mail.language = language;
        match &mut mail.message {
            Message::EmailProof { account, asked_by, .. } => {
                *account = called;
                asked_by.device = Device { browser, system };
            }
            Message::SignInCode { asked_by, .. } | Message::ResetLink { asked_by, .. } => {
                asked_by.device = Device { browser, system };
            }
            Message::SecurityNotice {
                what:
                    SecurityEvent::PasskeyAdded { name }
                    | SecurityEvent::PasskeyRemoved { name }
                    | SecurityEvent::PasskeySuspected { name },
                ..
            } => *name = called,
            Message::EmailChanged { address, .. } => *address = called,
            Message::EmergencyDoor { who, .. } => *who = called,
            _ => {}
        }
        mail.time_zone = zone;
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

#[test]
fn c5_each_mail_comes_back_to_an_address_of_its_own() {
    use doorward_domain::bounce::ReturnMark;
    use doorward_domain::email_address::EmailAddress;
    use doorward_domain::secret::CodeKey;
    let key = CodeKey::new([7; 32]);
    let address = |text: &str| EmailAddress::parse(text).unwrap();
    let composer = composer()
        .returning_to(address("bounces@acme.example"), key.clone())
        .unwrap();
    let mail = code_mail();
    let composed = composer.compose(&mail, mail.created_at).unwrap();
    let envelope = composed.envelope_from().to_string();
    assert!(
        envelope.starts_with("bounces+") && envelope.ends_with("@acme.example"),
        "{envelope}"
    );
    let mark = ReturnMark::find(&envelope).unwrap();
    assert_eq!(mark.mail, mail.id);
    assert!(mark.is_genuine(&key, &mail.to.key()));
    assert!(
        !String::from_utf8_lossy(composed.bytes()).contains(&envelope),
        "it stands in the envelope alone"
    );
    let long = address("a-name-that-is-too-long-for-it@acme.example");
    assert!(composer.returning_to(long, key).is_err());
}

/// Kinds that the mail log can be asked for are those that there are.
#[test]
fn c5_every_kind_of_mail_is_known_to_the_log() {
    let kinds: std::collections::BTreeSet<&str> = crate::samples::samples().iter().map(Message::kind).collect();
    let known: std::collections::BTreeSet<&str> = Message::KINDS.iter().copied().collect();
    assert_eq!(kinds, known);
}
