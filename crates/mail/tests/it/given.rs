//! Mails and mailers for the tests.

use std::path::PathBuf;
use std::time::Duration;

use doorward_domain::client::Device;
use doorward_domain::ids::{MailId, WorkspaceId};
use doorward_domain::mail::{AskedBy, Message, NewMail, Sender};
use doorward_domain::testing::{FixedClock, address};
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::FootLinks;
use doorward_mail::{
    ComposedMail, Composer, ComposerConfig, FromMailbox, LettreMailer, SmtpConfig, SmtpTimeouts, SmtpUrl,
};
use uuid::Uuid;

pub(crate) const CODE: &str = "QX7H2KM";

pub(crate) fn composer_with(overrides: Option<PathBuf>) -> Composer {
    let from = FromMailbox::parse("Acme Help <help@acme.example>").unwrap();
    let host = "acme.example".to_owned();
    Composer::new(ComposerConfig { from, host, overrides }).unwrap()
}

pub(crate) fn composer() -> Composer {
    composer_with(None)
}

pub(crate) fn sender() -> Sender {
    Sender {
        workspace_name: "Acme".to_owned(),
        sign_in_url: "https://acme.example/sign-in".to_owned(),
        accent: None,
        from: None,
        from_name: None,
        links: FootLinks::default(),
    }
}

pub(crate) fn asked_by() -> AskedBy {
    let device = Device {
        browser: "Firefox".to_owned(),
        system: "Linux".to_owned(),
    };
    AskedBy {
        at: FixedClock::START,
        device,
    }
}

/// A code mail, good for ten minutes; the number makes its id and its address.
pub(crate) fn code_mail(number: u128) -> NewMail {
    NewMail {
        id: MailId::from_uuid(Uuid::from_u128(number)),
        workspace: WorkspaceId::SERVER,
        to: address(&format!("ada{number}@example.com")),
        user: None,
        sender: sender(),
        message: Message::SignInCode {
            code: CODE.to_owned(),
            minutes: 10,
            asked_by: asked_by(),
        },
        language: "en".to_owned(),
        time_zone: None,
        expires_at: Some(FixedClock::START.plus(Duration::from_mins(10))),
        created_at: FixedClock::START,
    }
}

/// A notice: no end but the four days.
pub(crate) fn notice(number: u128) -> NewMail {
    NewMail {
        message: Message::AccountDisabled { asked_by: asked_by() },
        expires_at: None,
        ..code_mail(number)
    }
}

pub(crate) fn composed(number: u128) -> ComposedMail {
    composer().compose(&code_mail(number), now()).unwrap()
}

pub(crate) const fn now() -> Timestamp {
    FixedClock::START
}

/// A mailer that waits as long as a loaded machine may need.
pub(crate) fn mailer(url: &str, root_certificates: Option<&str>) -> LettreMailer {
    LettreMailer::new(SmtpConfig {
        root_certificates: root_certificates.map(ToOwned::to_owned),
        ..SmtpConfig::new(SmtpUrl::parse(url).unwrap(), "acme.example")
    })
    .unwrap()
}

/// A mailer for servers that do not answer.
pub(crate) fn hasty_mailer(url: &str) -> LettreMailer {
    LettreMailer::new(SmtpConfig {
        timeouts: SmtpTimeouts {
            connect: Duration::from_millis(800),
            command: Duration::from_millis(800),
            content: Duration::from_millis(1200),
        },
        ..SmtpConfig::new(SmtpUrl::parse(url).unwrap(), "acme.example")
    })
    .unwrap()
}
