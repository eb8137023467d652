//! Disabling and enabling somebody. Disabled, they get in by no pathway, and their sessions are over at once (R60, G3).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::UserId;
use doorward_domain::ports::{PortError, StatusSet};
use doorward_domain::user::UserStatus;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::Context;

/// Why somebody stands as before.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetStatusError {
    /// They are the last owner who may come in (R97).
    #[error("the person is the last owner who may sign in: make somebody else an owner first")]
    LastOwner,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Sets the status of whoever has that address; `None` if nobody has.
pub(crate) async fn run(
    context: &Context,
    actor: Actor,
    workspace: &Workspace,
    address: &EmailAddress,
    status: UserStatus,
) -> Result<Option<UserId>, SetStatusError> {
    let now = context.now();
    let record = context
        .ports
        .users
        .find_for_sign_in(workspace.id, &address.key())
        .await?;
    let Some(record) = record else {
        return Ok(None);
    };
    let action = match status {
        UserStatus::Active => AuditAction::UserEnabled,
        UserStatus::Disabled | UserStatus::Deleted => AuditAction::UserDisabled,
    };
    let id = record.user.id;
    let audit = context.audit(workspace.id, actor, Some(id), action, None, now);
    let credentials = &context.ports.credentials;
    match credentials.set_status(workspace.id, id, status, audit).await? {
        StatusSet::Set => Ok(Some(id)),
        StatusSet::LastOwner => Err(SetStatusError::LastOwner),
        StatusSet::NoSuchPerson => Ok(None),
    }
}
