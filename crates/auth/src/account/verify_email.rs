//! Proving a further address by the link that was mailed to it (A5, R34, R47).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::mail::EmailNotice;
use doorward_domain::one_time::{EmailChange, Link, LinkPurpose, LinkState};
use doorward_domain::ports::EmailVerified;
use doorward_domain::secret::RawToken;
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{User, UserEmail, UserStatus};
use doorward_domain::workspace::Workspace;

use super::email_notices;
use crate::context::{Caller, Context};
use crate::outcome::SignInError;

/// What the page behind the link shows. Looking changes nothing (R34).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifyEmailPage {
    /// The button.
    Confirm {
        /// The address, masked.
        masked: String,
        /// The name of the account that it is to belong to.
        account: String,
    },
    /// The link opens nothing (any more).
    Gone,
}

/// How proving it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifiedEmail {
    /// It signs its owner in from now on.
    Verified {
        /// The address, masked.
        masked: String,
    },
    /// It belongs to another account here.
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
) -> Result<VerifyEmailPage, SignInError> {
    Ok(match claim(context, workspace, token).await? {
        Some((_, user, email)) => VerifyEmailPage::Confirm {
            masked: email.address.masked(),
            account: user.display_name(),
        },
        None => VerifyEmailPage::Gone,
    })
}

/// Proves the address.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<VerifiedEmail, SignInError> {
    let now = context.now();
    let by_network = vec![context.budgets().network_try(&caller.client.network())];
    if let Admission::Exceeded { retry_at, .. } = context.ports.throttle.consume(workspace.id, by_network, now).await? {
        return Ok(VerifiedEmail::TryLater { retry_at });
    }
    let Some((link, user, email)) = claim(context, workspace, token).await? else {
        return Ok(VerifiedEmail::Gone);
    };
    // Also one that somebody else has as a first address without having proved it: the account that the helpdesk knows
    // them by must not be pushed aside (A2).
    let owner = context
        .ports
        .users
        .find_for_sign_in(workspace.id, &email.address.key())
        .await?;
    if owner.is_some_and(|owner| owner.user.id != user.id) {
        return Ok(VerifiedEmail::TakenElsewhere);
    }
    let change = EmailChange::Added {
        address: email.address.clone(),
    };
    let notices = email_notices::notices(context, caller, workspace, &user, &change, EmailNotice::Verified, now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::EmailProved,
        Some(&caller.client),
        now,
    );
    let verified = context
        .ports
        .emails
        .verify(workspace.id, &link.digest, notices, now, audit)
        .await?;
    Ok(match verified {
        EmailVerified::Verified => VerifiedEmail::Verified {
            masked: email.address.masked(),
        },
        EmailVerified::TakenElsewhere => VerifiedEmail::TakenElsewhere,
        EmailVerified::LinkGone => VerifiedEmail::Gone,
    })
}

/// The live link, the account it is about and the address, if that is still there and unproved.
async fn claim(
    context: &Context,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<Option<(Link, User, UserEmail)>, SignInError> {
    let now = context.now();
    let state = context.ports.links.look(workspace.id, &token.digest(), now).await?;
    let LinkState::Live(link) = state else {
        return Ok(None);
    };
    if link.purpose != LinkPurpose::VerifyEmail {
        return Ok(None);
    }
    let user = context.ports.users.find(workspace.id, link.user).await?;
    let Some(user) = user.filter(|user| user.status == UserStatus::Active) else {
        return Ok(None);
    };
    let email = user.email(&link.address).filter(|email| email.verified_at.is_none());
    Ok(email.cloned().map(|email| (link, user, email)))
}
