//! Examples of every kind of message, for the check at the start and for tests.

use doorward_domain::caller_challenge::{CallerAction, CallerEvent};
use doorward_domain::client::Device;
use doorward_domain::how_to::{GuideWay, steps_of};
use doorward_domain::mail::{AskedBy, EmailNotice, EmergencyDoor, Message, SecurityEvent};
use doorward_domain::method::Method;
use doorward_domain::provider::ProviderId;
use doorward_domain::report::{MailFate, MailSort, ReportStanding, ReportedMail, ReportedSecondFactor, SignInReport};
use doorward_domain::role::Audience;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::time::Timestamp;

const AT: Timestamp = Timestamp::from_unix_seconds(1_795_315_703);

/// Every kind of message, in each shape that its template tells apart.
pub(crate) fn samples() -> Vec<Message> {
    let mut all = codes();
    all.extend(answers());
    all.extend(reports());
    all.extend(notices());
    all.extend(callers());
    all.push(Message::Test);
    all
}

fn asked(browser: &str, system: &str) -> AskedBy {
    AskedBy {
        at: AT,
        device: Device {
            browser: browser.to_owned(),
            system: system.to_owned(),
        },
    }
}

fn known() -> AskedBy {
    asked("Firefox", "Android")
}

fn link(path: &str) -> String {
    format!("https://acme.example/{path}")
}

fn callers() -> Vec<Message> {
    let mut all = Vec::new();
    for action in CallerAction::ALL {
        all.push(Message::CallerCode {
            code: "ABC2345".to_owned(),
            minutes: 10,
            action,
            at: AT,
        });
        for event in [
            CallerEvent::Announced,
            CallerEvent::Refused,
            CallerEvent::Cancelled,
            CallerEvent::Done,
        ] {
            let announced = event == CallerEvent::Announced;
            all.push(Message::CallerNotice {
                event,
                action,
                at: AT,
                due_at: announced.then_some(AT),
                stop_url: announced.then(|| link("stop-request/0123456789abcdef")),
                forgot_password_url: link("forgot-password"),
            });
        }
    }
    for (by, restore_url) in [
        (None, None),
        (Some(known()), None),
        (Some(known()), Some(link("restore-account/0123456789abcdef"))),
    ] {
        all.push(Message::AccountDeleted {
            by,
            at: AT,
            until: AT,
            restore_url,
        });
    }
    all.push(Message::AccountRestored {
        at: AT,
        forgot_password_url: link("forgot-password"),
    });
    all
}

fn codes() -> Vec<Message> {
    let code = || "ABC2345".to_owned();
    vec![
        Message::SignInCode {
            code: code(),
            minutes: 10,
            asked_by: known(),
        },
        Message::SignInCode {
            code: code(),
            minutes: 1,
            asked_by: asked("", ""),
        },
        Message::SignUpCode {
            code: code(),
            minutes: 2,
            asked_by: asked("", "Windows"),
        },
        Message::AlreadyRegistered {
            code: code(),
            minutes: 10,
            asked_by: known(),
        },
        Message::FreshProofCode {
            code: code(),
            minutes: 10,
            asked_by: known(),
        },
    ]
}

fn answers() -> Vec<Message> {
    vec![
        Message::NoAccount {
            sign_up_url: Some(link("sign-up")),
            asked_by: known(),
        },
        Message::NoAccount {
            sign_up_url: None,
            asked_by: known(),
        },
        Message::CodeNotOffered {
            open: vec![Method::Password],
            forgot_password_url: link("forgot-password"),
            asked_by: known(),
        },
        Message::CodeNotOffered {
            open: Method::ALL.to_vec(),
            forgot_password_url: link("forgot-password"),
            asked_by: known(),
        },
        Message::CodeNotOffered {
            open: Vec::new(),
            forgot_password_url: link("forgot-password"),
            asked_by: known(),
        },
        Message::AccountDisabled { asked_by: known() },
        Message::SignUpClosed { asked_by: known() },
        Message::ResetLink {
            url: link("reset-password/0123456789abcdef"),
            minutes: 60,
            asked_by: known(),
        },
        Message::ResetLinkByStaff {
            url: link("reset-password/0123456789abcdef"),
            minutes: 60,
        },
        Message::Invite {
            url: link("reset-password/0123456789abcdef"),
            days: 7,
        },
        Message::EmailProof {
            url: link("verify-email/0123456789abcdef"),
            hours: 24,
            account: "Ada King".to_owned(),
            asked_by: known(),
        },
        Message::EmailBelongsElsewhere { asked_by: known() },
    ]
}

fn notices() -> Vec<Message> {
    let password_changed = |by: Option<AskedBy>| Message::PasswordChanged {
        by,
        at: AT,
        forgot_password_url: link("forgot-password"),
    };
    let mut all = vec![password_changed(Some(known())), password_changed(None)];
    all.extend(Method::ALL.map(|method| Message::NewDevice {
        by: known(),
        method,
        not_me_url: link("not-me/0123456789abcdef"),
    }));
    let changes = [
        EmailNotice::Added,
        EmailNotice::Verified,
        EmailNotice::MadePrimary,
        EmailNotice::Removed,
    ];
    all.extend(changes.map(|change| Message::EmailChanged {
        change,
        address: "j•••@e•••.com".to_owned(),
        by: known(),
        revert_url: Some(link("revert-email/0123456789abcdef")),
        days: 7,
    }));
    all.extend(security_events().into_iter().map(|what| Message::SecurityNotice {
        what,
        by: known(),
        security_url: link("account/security"),
        forgot_password_url: link("forgot-password"),
    }));
    let doors = [
        (EmergencyDoor::BackupSignIn, Some(known())),
        (EmergencyDoor::RecoveryIssued, None),
        (EmergencyDoor::RecoveryUsed, Some(known())),
    ];
    all.push(Message::SettingsReverted { at: AT });
    all.extend(doors.map(|(door, by)| Message::EmergencyDoor {
        door,
        who: "Ada King".to_owned(),
        by,
        at: AT,
    }));
    all
}

/// Reports of every standing, with every way in, mail and step that there is a sentence for.
fn reports() -> Vec<Message> {
    let mail = |sort, fate| ReportedMail { sort, at: AT, fate };
    let provider = || {
        ProviderId::parse("acme-sso").map_or(GuideWay::Password, |id| GuideWay::Provider {
            id,
            name: "Acme SSO".to_owned(),
        })
    };
    let settings = SecuritySettings::default();
    let steps = |way: &GuideWay| steps_of(way, &settings, Audience::Customers);
    let report = |standing, open, second_factor, mails, next| SignInReport {
        standing,
        open,
        second_factor,
        waits_until: (standing == ReportStanding::Shut).then_some(AT),
        mails,
        next,
    };
    let none = ReportedSecondFactor::None;
    let all = [
        report(ReportStanding::Unknown, Vec::new(), none, Vec::new(), Vec::new()),
        report(ReportStanding::Closed, Vec::new(), none, Vec::new(), Vec::new()),
        report(
            ReportStanding::Shut,
            Vec::new(),
            none,
            vec![
                mail(MailSort::Code, MailFate::Refused),
                mail(MailSort::Notice, MailFate::Expired),
            ],
            Vec::new(),
        ),
        report(
            ReportStanding::Open,
            vec![
                GuideWay::Password,
                GuideWay::EmailCode,
                provider(),
                GuideWay::Passkey,
                GuideWay::HandOver,
            ],
            ReportedSecondFactor::On { backup_codes_left: 9 },
            vec![
                mail(MailSort::Code, MailFate::Delivered),
                mail(MailSort::Link, MailFate::Deferred),
                mail(MailSort::Answer, MailFate::OnItsWay),
            ],
            steps(&GuideWay::EmailCode),
        ),
        report(
            ReportStanding::Open,
            vec![GuideWay::Password],
            ReportedSecondFactor::SetUp,
            Vec::new(),
            steps(&GuideWay::NewPassword),
        ),
        report(
            ReportStanding::Open,
            vec![provider()],
            none,
            Vec::new(),
            steps(&provider()),
        ),
        report(
            ReportStanding::Open,
            vec![GuideWay::Passkey],
            none,
            Vec::new(),
            steps(&GuideWay::Passkey),
        ),
        report(
            ReportStanding::Open,
            vec![GuideWay::HandOver],
            none,
            Vec::new(),
            steps(&GuideWay::HandOver),
        ),
    ];
    all.into_iter()
        .map(|report| Message::SignInReport {
            sign_up_url: (report.standing == ReportStanding::Unknown).then(|| link("sign-up")),
            report: Box::new(report),
            asked_by: known(),
        })
        .collect()
}

fn security_events() -> Vec<SecurityEvent> {
    let name = || "Ada’s laptop".to_owned();
    let mut all: Vec<SecurityEvent> = [9, 3, 1, 0].map(|left| SecurityEvent::BackupCodeUsed { left }).into();
    all.extend([
        SecurityEvent::TwoFactorEnabled,
        SecurityEvent::TwoFactorDisabled,
        SecurityEvent::BackupCodesRenewed,
        SecurityEvent::PasskeyAdded { name: name() },
        SecurityEvent::PasskeyRemoved { name: name() },
        SecurityEvent::PasskeySuspected { name: name() },
        SecurityEvent::IdentityConnected {
            provider: "Google".to_owned(),
        },
        SecurityEvent::IdentityDisconnected {
            provider: "Google".to_owned(),
        },
    ]);
    all
}
