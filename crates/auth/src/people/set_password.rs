//! Setting a password by the operator's hand. All sessions of the person end with it (G3).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::mail::Message;
use doorward_domain::password_rule::{PasswordContext, PasswordProblem, check_new_password};
use doorward_domain::ports::{HasherError, PortError};
use doorward_domain::secret::Password;
use doorward_domain::throttle::Standing;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::Context;

/// Why no password was set.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetPasswordError {
    /// Nobody here has that address.
    #[error("nobody here has that address")]
    NoSuchPerson,
    /// The password will not do.
    #[error("the password will not do")]
    Password(Vec<PasswordProblem>),
    /// Hashing failed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Sets the password of whoever has that address, tells all their verified mailboxes, and ends their sessions.
pub(crate) async fn run(
    context: &Context,
    actor: Actor,
    workspace: &Workspace,
    address: &EmailAddress,
    password: Password,
) -> Result<(), SetPasswordError> {
    let now = context.now();
    let record = context
        .ports
        .users
        .find_for_sign_in(workspace.id, &address.key())
        .await?;
    let Some(record) = record else {
        return Err(SetPasswordError::NoSuchPerson);
    };
    let user = &record.user;
    let addresses: Vec<EmailAddress> = user.emails.iter().map(|email| email.address.clone()).collect();
    let settings = workspace.security.audience(user.role.audience());
    let words = PasswordContext::new(workspace, &user.name, &addresses);
    let problems = check_new_password(&password, settings, record.factors.app, &words);
    if !problems.is_empty() {
        return Err(SetPasswordError::Password(problems));
    }
    let digest = context.ports.hasher.hash(password).await?;
    let message = Message::PasswordChanged {
        by: None,
        at: now,
        forgot_password_url: context.url(workspace, "/forgot-password"),
    };
    let notices = context.notices(workspace, user, &workspace.portal.language, &message, now);
    let audit = context.audit(workspace.id, actor, Some(user.id), AuditAction::PasswordSet, None, now);
    if !context
        .ports
        .credentials
        .set_password(workspace.id, user.id, digest, None, notices, audit)
        .await?
    {
        return Err(SetPasswordError::NoSuchPerson);
    }
    let keys = addresses
        .iter()
        .map(|address| {
            context
                .budgets()
                .password_failure(&address.key(), &Standing::Stranger)
                .key
        })
        .collect();
    context.ports.throttle.clear(workspace.id, keys).await?;
    Ok(())
}
