//! *Disable* and *Enable* (C2): staff bar somebody, or let them in again. Barred, they get in by no pathway, and their
//! sessions are over at once (R60, G3).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::UserId;
use doorward_domain::ports::{PortError, StatusSet};
use doorward_domain::user::UserStatus;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::{PersonError, is_last_way_in, person_in_reach};
use crate::context::{Acting, Context};

/// Why somebody stands as before.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BarPersonError {
    /// There is nobody to bar.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// They are the last owner who may come in (R97).
    #[error("the person is the last owner who may sign in")]
    LastOwner,
    /// Without them nobody who may change the settings would get in (R105).
    #[error("without the person nobody who may change the settings would get in")]
    LastWayIn,
    /// They are deleted: what brings them back is undoing that.
    #[error("the person is deleted")]
    Deleted,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Bars a person, or lets them in again.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: UserId,
    barred: bool,
) -> Result<(), BarPersonError> {
    let user = person_in_reach(context, acting, workspace, id).await?.user;
    if user.status == UserStatus::Deleted {
        return Err(BarPersonError::Deleted);
    }
    if barred && is_last_way_in(context, workspace, &user).await? {
        return Err(BarPersonError::LastWayIn);
    }
    let (status, action) = if barred {
        (UserStatus::Disabled, AuditAction::UserDisabled)
    } else {
        (UserStatus::Active, AuditAction::UserEnabled)
    };
    let audit = context.audit_of(workspace.id, acting, Some(id), action, context.now());
    let credentials = &context.ports.credentials;
    match credentials.set_status(workspace.id, id, status, audit).await? {
        StatusSet::Set => Ok(()),
        StatusSet::LastOwner => Err(BarPersonError::LastOwner),
        StatusSet::NoSuchPerson => Err(BarPersonError::Person(PersonError::NobodyThere)),
    }
}
