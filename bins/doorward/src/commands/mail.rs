//! `doorward mail test`: one mail, and the whole conversation with the mail server. `doorward mail bounce`: a mail that came
//! back, as a mail server pipes it.

use std::io::Read as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use doorward_auth::logs::take_bounce::BounceTaken;
use doorward_domain::audit::Actor;
use doorward_domain::bounce::{BounceReport, MAX_REPORT_BYTES};
use doorward_domain::ids::{MailId, WorkspaceId};
use doorward_domain::mail::{Message, NewMail, Sender};
use doorward_domain::ports::Clock as _;
use doorward_mail::{Carrier as _, FileCarrier, LettreMailer, Outcome};

use doorward_persistence::Station;

use super::address;
use crate::cli::Mail;
use crate::mailing;
use crate::output::say;
use crate::settings::{Flags, Mode, Settings, Transport};
use crate::surroundings::{SystemClock, SystemEntropy};
use crate::wiring::{self, Migrate};

/// Exit codes that mail servers understand (`sysexits.h`). On any other than [`TEMPORARY`](sysexits::TEMPORARY) they throw a
/// report away for good, since nobody is told of a report that cannot be delivered. So whatever is wrong on this side, a
/// configuration that will not do included, says "later": the report waits in their queue until it is mended.
mod sysexits {
    /// What came in is not of its form.
    pub(super) const DATA: u8 = 65;
    /// The addressee is not known.
    pub(super) const NO_USER: u8 = 67;
    /// Try again later.
    pub(super) const TEMPORARY: u8 = 75;
}

#[expect(clippy::print_stderr, reason = "a mail server keeps what a pipe command says there")]
fn failed(code: u8, error: &impl std::fmt::Display) -> ExitCode {
    eprintln!("doorward: {error}");
    ExitCode::from(code)
}

/// Takes a report of a mail that came back from standard input, as a mail server pipes it.
async fn bounce(flags: &Flags, recipient: Option<&str>) -> ExitCode {
    let settings = match Settings::load(flags, Mode::Command) {
        Ok(settings) => settings,
        Err(problems) => return failed(sysexits::TEMPORARY, &problems),
    };
    crate::logging::start(settings.log_format, "warn");
    let mut message = Vec::new();
    let most = u64::try_from(MAX_REPORT_BYTES).unwrap_or(u64::MAX);
    if let Err(error) = std::io::stdin().lock().take(most).read_to_end(&mut message) {
        return failed(sysexits::TEMPORARY, &error);
    }
    // Whoever pipes must get rid of all of it, else it takes this for a failure.
    if let Err(error) = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()) {
        return failed(sysexits::TEMPORARY, &error);
    }
    let report = match BounceReport::read(&message, recipient) {
        Ok(report) => report,
        Err(error) => return failed(sysexits::DATA, &error),
    };
    let house = match wiring::build(&settings, Station::Command, Migrate::No).await {
        Ok(house) => house,
        Err(error) => return failed(sysexits::TEMPORARY, &format!("{error:#}")),
    };
    let taken = house.auth.logs().take_bounce(Actor::Server, None, report).await;
    house.store.close().await;
    match taken {
        Ok(BounceTaken::Recorded | BounceTaken::Known) => ExitCode::SUCCESS,
        Ok(BounceTaken::NotOurs) => failed(
            sysexits::NO_USER,
            &"this report came to no return address of a mail that was sent from here",
        ),
        Err(error) => failed(sysexits::TEMPORARY, &error),
    }
}

/// Runs it. Exit code 0 when the mail was taken, 1 otherwise.
///
/// # Errors
/// A mail configuration that cannot be used.
pub(crate) async fn run(flags: &Flags, command: &Mail) -> anyhow::Result<ExitCode> {
    let to = match command {
        Mail::Test { address: to } => address(to)?,
        Mail::Bounce { recipient } => return Ok(bounce(flags, recipient.as_deref()).await),
    };
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
    let composed = mailing::composer(&settings, None)?.compose(&mail, now)?;
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
            let (Outcome::Delivered { reply } | Outcome::Deferred { reply, .. } | Outcome::Refused { reply }) =
                &outcome;
            say!("{}: {reply}", settings.mail.directory.display());
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
