//! Undoing a change of addresses by the link that told of it (R48), for seven days.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::EmailId;
use doorward_domain::mail::EmailNotice;
use doorward_domain::one_time::{EmailChange, Link, LinkPurpose, LinkState, LinkSubject};
use doorward_domain::ports::EmailReverted;
use doorward_domain::secret::RawToken;
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::UserStatus;
use doorward_domain::workspace::Workspace;

use super::email_notices::subject;
use crate::context::{Caller, Context};
use crate::outcome::SignInError;
use crate::recovery::request_reset;

/// What the page behind the link shows. Looking changes nothing (R34).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevertEmailPage {
    /// The button.
    Confirm {
        /// What was changed.
        change: EmailNotice,
        /// The address that it was about, masked.
        masked: String,
    },
    /// The link opens nothing (any more).
    Gone,
}

/// How undoing it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevertedEmail {
    /// Undone. All sessions are ended, and a reset link is on its way to the primary address.
    Reverted {
        /// That address, masked; `None` where no link could be sent.
        masked: Option<String>,
    },
    /// The address belongs to another account by now.
    TakenElsewhere,
    /// The link opens nothing (any more).
    Gone,
    /// Too many tries from this network.
    TryLater {
        /// When to come back.
        retry_at: Option<Timestamp>,
    },
}

/// Looks at the link.
pub(crate) async fn look(
    context: &Context,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<RevertEmailPage, SignInError> {
    Ok(match live(context, workspace, token).await? {
        Some((_, change)) => RevertEmailPage::Confirm {
            change: match change {
                EmailChange::Added { .. } => EmailNotice::Added,
                EmailChange::MadePrimary { .. } => EmailNotice::MadePrimary,
                EmailChange::Removed { .. } => EmailNotice::Removed,
            },
            masked: subject(&change).masked(),
        },
        None => RevertEmailPage::Gone,
    })
}

/// Undoes the change. Whoever made it may know the password, so a reset is started as well.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<RevertedEmail, SignInError> {
    let now = context.now();
    let by_network = vec![context.budgets().network_try(&caller.client.network())];
    if let Admission::Exceeded { retry_at, .. } = context.ports.throttle.consume(workspace.id, by_network, now).await? {
        return Ok(RevertedEmail::TryLater { retry_at });
    }
    let Some((link, _)) = live(context, workspace, token).await? else {
        return Ok(RevertedEmail::Gone);
    };
    let audit = context.audit(
        workspace.id,
        Actor::User(link.user),
        Some(link.user),
        AuditAction::EmailReverted,
        Some(&caller.client),
        now,
    );
    let restored = EmailId::random(context.entropy());
    let reverted = context
        .ports
        .emails
        .revert(workspace.id, &link.digest, restored, now, audit)
        .await?;
    Ok(match reverted {
        EmailReverted::LinkGone => RevertedEmail::Gone,
        EmailReverted::TakenElsewhere => RevertedEmail::TakenElsewhere,
        EmailReverted::Reverted(_) => {
            let user = context.ports.users.find(workspace.id, link.user).await?;
            let masked = match user.filter(|user| user.status == UserStatus::Active) {
                Some(user) => request_reset::send_link(context, caller, workspace, &user, now).await?,
                None => None,
            };
            RevertedEmail::Reverted { masked }
        }
    })
}

async fn live(
    context: &Context,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<Option<(Link, EmailChange)>, SignInError> {
    let now = context.now();
    let state = context.ports.links.look(workspace.id, &token.digest(), now).await?;
    Ok(match state {
        LinkState::Live(link) if link.purpose == LinkPurpose::RevertEmail => match link.subject.clone() {
            LinkSubject::Change { change } => Some((link, change)),
            LinkSubject::Person | LinkSubject::Session { .. } | LinkSubject::CallerAction { .. } => None,
        },
        _ => None,
    })
}
