//! `doorward mail test`: one mail, and the whole conversation with the mail server.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use doorward_domain::ids::{MailId, WorkspaceId};
use doorward_domain::mail::{Message, NewMail, Sender};
use doorward_domain::ports::Clock as _;
use doorward_mail::{Carrier as _, FileCarrier, LettreMailer, Outcome};

use super::address;
use crate::cli::Mail;
use crate::mailing;
use crate::output::say;
use crate::settings::{Flags, Mode, Settings, Transport};
use crate::surroundings::{SystemClock, SystemEntropy};

/// Runs it. Exit code 0 when the mail was taken, 1 otherwise.
///
/// # Errors
/// A mail configuration that cannot be used.
pub(crate) async fn run(flags: &Flags, command: &Mail) -> anyhow::Result<ExitCode> {
    let Mail::Test { address: to } = command;
    let to = address(to)?;
    let settings = Settings::load(flags, Mode::Command)?;
    crate::logging::start(settings.log_format, "warn");
    let now = SystemClock.now();
    let origin = settings.public_url.origin_of(settings.public_url.base_host());
    let mail = NewMail {
        id: MailId::sortable(&SystemEntropy, now),
        workspace: WorkspaceId::SERVER,
        to,
        user: None,
        sender: Sender {
            workspace_name: "Doorward".to_owned(),
            sign_in_url: origin,
            accent: None,
            from: None,
            from_name: None,
            links: doorward_domain::workspace::FootLinks::default(),
        },
        message: Message::Test,
        language: "en".to_owned(),
        time_zone: None,
        expires_at: None,
        created_at: now,
    };
    let composed = mailing::composer(&settings)?.compose(&mail, now)?;
    match settings.mail.transport {
        Transport::Smtp => {
            let report = LettreMailer::new(mailing::smtp(&settings)?)?.send_test(&composed).await;
            crate::output::text(format_args!("{}", report.conversation))?;
            let taken = matches!(report.outcome, Outcome::Delivered { .. });
            say!(
                "{}",
                if taken {
                    "The mail server took the message."
                } else {
                    "The mail server did not take the message."
                }
            );
            Ok(if taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Transport::File => {
            let carrier = FileCarrier::new(&settings.mail.directory).context("mail.directory")?;
            let mut trip = carrier.set_out();
            let outcome = trip.carry(&composed, Duration::from_secs(30)).await;
            trip.finish().await;
            say!("{outcome:?}");
            Ok(if matches!(outcome, Outcome::Delivered { .. }) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Transport::Mailbox => {
            say!("mail.transport is \"mailbox\": mails stay in the running server's memory, at /dev/mailbox");
            Ok(ExitCode::FAILURE)
        }
    }
}
