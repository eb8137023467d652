//! *Send again* (C5): never the mail as it was, whose content is wiped, but something fresh that serves the same end.

use doorward_domain::audit::AuditAction;
use doorward_domain::client::Device;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{FlowId, MailId, SecretId, UserId};
use doorward_domain::mail::{AskedBy, Message};
use doorward_domain::mail_log::{Carries, MailStory, SendAgain};
use doorward_domain::ports::{NewCode, PortError, SendCode};
use doorward_domain::secret::EmailCode;
use doorward_domain::sign_in::{PendingSignIn, ReceiptOutcome, Rule};
use doorward_domain::time::Timestamp;
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::send_test_mail::{self, TestMailError};
use crate::context::{Acting, Attempt, Caller, Context, Recipient, allowed};
use crate::people::admit_staff_mail;
use crate::people::send_password_reset::{self, SendResetError};

/// Why nothing is sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendAgainError {
    /// There is no such mail here.
    #[error("there is no such mail")]
    NoSuchMail,
    /// Nothing fresh can take its place; what is in its way.
    #[error("nothing can take the place of this mail")]
    Impossible(SendAgain),
    /// Whoever it is for may do more than who wants to send it (R97).
    #[error("the person may do more than who acts")]
    OutOfReach,
    /// Staff have sent that mailbox as many mails as they may in a day (R112).
    #[error("staff have sent as many mails to this address as they may in a day")]
    TooMany {
        /// When the next one may go.
        retry_at: Option<Timestamp>,
    },
    /// The person cannot be sent a link.
    #[error(transparent)]
    Reset(SendResetError),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<SendResetError> for SendAgainError {
    fn from(error: SendResetError) -> Self {
        match error {
            SendResetError::TooMany { retry_at } => Self::TooMany { retry_at },
            SendResetError::Port(error) => Self::Port(error),
            other => Self::Reset(other),
        }
    }
}

impl From<TestMailError> for SendAgainError {
    fn from(error: TestMailError) -> Self {
        match error {
            TestMailError::TooMany { retry_at } => Self::TooMany { retry_at },
            TestMailError::NoMailbox => Self::Impossible(SendAgain::NewTest),
            TestMailError::Port(error) => Self::Port(error),
        }
    }
}

/// Sends something fresh in place of a mail, and says what it was.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: MailId,
) -> Result<SendAgain, SendAgainError> {
    let now = context.now();
    let found = context.ports.mail_log.find(workspace.id, id, now).await?;
    let story = found.ok_or(SendAgainError::NoSuchMail)?;
    let what = SendAgain::of(&story);
    if !what.is_possible() {
        return Err(SendAgainError::Impossible(what));
    }
    let person = match story.user {
        Some(user) => context.ports.users.find(workspace.id, user).await?,
        None => None,
    };
    if person
        .as_ref()
        .is_some_and(|person| !acting.rights.reach(person.rights()))
    {
        return Err(SendAgainError::OutOfReach);
    }
    match (what, story.carries, story.user) {
        (SendAgain::TryNow, _, subject) => {
            let entry = context
                .audit_of(workspace.id, acting, subject, AuditAction::MailSentAgain, now)
                .with_detail(what.as_str());
            if !context.ports.mail_log.try_now(workspace.id, id, entry).await? {
                // It was sent, or given up, at this very moment.
                return Err(SendAgainError::Impossible(SendAgain::Wiped));
            }
        }
        (SendAgain::NewResetLink, _, Some(user)) => {
            send_password_reset::run(context, acting, workspace, user).await?;
        }
        (SendAgain::NewCode, Carries::Code { flow, .. }, _) => {
            let again = Again {
                acting,
                workspace,
                story: &story,
                person: person.as_ref(),
            };
            new_code(context, again, flow, now).await?;
        }
        (SendAgain::NewTest, _, _) => {
            send_test_mail::run(context, acting, workspace).await?;
        }
        _ => return Err(SendAgainError::Impossible(SendAgain::Wiped)),
    }
    Ok(what)
}

struct Again<'a> {
    acting: &'a Acting,
    workspace: &'a Workspace,
    story: &'a MailStory,
    person: Option<&'a User>,
}

/// A further code of the same attempt, under the same budget of guesses. It works only in the browser that began it (R25):
/// whoever sends it learns nothing and can do nothing with it.
async fn new_code(context: &Context, again: Again<'_>, flow: FlowId, now: Timestamp) -> Result<(), SendAgainError> {
    let Again {
        acting,
        workspace,
        story,
        person,
    } = again;
    let over = || SendAgainError::Impossible(SendAgain::AttemptIsOver);
    let flow = context.ports.flows.find(workspace.id, flow).await?.ok_or_else(over)?;
    if flow.ended_at.is_some() || now >= flow.expires_at {
        return Err(over());
    }
    let to: EmailAddress = flow.email.clone();
    let subject: Option<UserId> = story.user;
    if let Err(retry_at) = admit_staff_mail(context, acting, workspace, (&to, subject), now).await? {
        return Err(SendAgainError::TooMany { retry_at });
    }
    let limits = &context.config.limits;
    let life = limits.code_lifetime();
    let code = EmailCode::generate(context.entropy());
    let new = NewCode {
        id: SecretId::sortable(context.entropy(), now),
        digest: code.digest(&context.config.code_key, flow.id),
        expires_at: now.plus(life),
    };
    let message = Message::SignInCode {
        code: code.expose(),
        minutes: limits.code_lifetime_seconds.div_ceil(60),
        // The reader asked for it when the attempt began; from what is not kept.
        asked_by: AskedBy {
            at: flow.created_at,
            device: Device {
                browser: String::new(),
                system: String::new(),
            },
        },
    };
    let reader = Recipient {
        address: to.clone(),
        reader: person,
        language: &workspace.portal.language,
    };
    let mail = context.mail(workspace, reader, message, Some(life), now);
    let Some(client) = acting.client.clone() else {
        // A receipt tells from where: the command line sends no codes.
        return Err(over());
    };
    let caller = Caller {
        client,
        binding: flow.binding,
        device: None,
        language: workspace.portal.language.clone(),
        previous_session: None,
    };
    let (receipt, _) = context.account_for(
        Attempt {
            name: "send-again",
            workspace: workspace.id,
            caller: &caller,
            address: Some(to.key()),
            user: subject,
            action: AuditAction::MailSentAgain,
            outcome: ReceiptOutcome::Sent,
            findings: vec![allowed(Rule::Budget, "sent by staff")],
        },
        now,
    );
    let audit = context
        .audit_of(workspace.id, acting, subject, AuditAction::MailSentAgain, now)
        .with_detail(SendAgain::NewCode.as_str());
    let send = SendCode {
        flow: PendingSignIn {
            last_sent_at: now,
            ..flow
        },
        code: Some(new),
        live_codes: limits.codes_live_per_attempt,
        mail: Some(mail),
        receipt,
        audit,
    };
    context.ports.flows.send_code(send).await?;
    Ok(())
}
