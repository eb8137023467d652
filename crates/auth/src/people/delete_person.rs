//! *Delete* (C2): the account is closed at once, for 30 days its deletion can be undone, and afterwards it is gone for good,
//! with all that tells whose it was.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::UserId;
use doorward_domain::mail::Message;
use doorward_domain::ports::{DeletePerson, PersonDeleted, PortError, RestorePerson};
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::{PersonError, is_last_way_in, person_in_reach};
use crate::context::{Acting, Context};

/// How many are removed in one go.
const BATCH: u32 = 50;

/// Why nobody is deleted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeletePersonError {
    /// Nobody here has that id, or they are deleted already.
    #[error("nobody here has that id")]
    NobodyThere,
    /// They may do more than whoever acts (R97).
    #[error("the person has more rights than whoever acts")]
    OutOfReach,
    /// Whoever acts is that person.
    #[error("one's own account is deleted on its security page")]
    Oneself,
    /// Nobody who owns the workspace would be left (A8).
    #[error("the last owner stays")]
    LastOwner,
    /// Without them nobody who may change the settings would get in (R105).
    #[error("without the person nobody who may change the settings would get in")]
    LastWayIn,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<PersonError> for DeletePersonError {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::NobodyThere => Self::NobodyThere,
            PersonError::OutOfReach => Self::OutOfReach,
            PersonError::Port(error) => Self::Port(error),
        }
    }
}

/// Deletes somebody, and says until when that can be undone.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    user: UserId,
) -> Result<Timestamp, DeletePersonError> {
    let now = context.now();
    let record = person_in_reach(context, acting, workspace, user).await?;
    if acting.actor == Actor::User(user) {
        return Err(DeletePersonError::Oneself);
    }
    if is_last_way_in(context, workspace, &record.user).await? {
        return Err(DeletePersonError::LastWayIn);
    }
    let until = now.plus(context.config.limits.deletion_undo());
    let message = Message::AccountDeleted {
        by: None,
        at: now,
        until,
        restore_url: None,
    };
    let delete = DeletePerson {
        workspace: workspace.id,
        user,
        link: None,
        notices: context.notices(workspace, &record.user, &workspace.portal.language, &message, now),
        now,
    };
    let audit = context.audit_of(workspace.id, acting, Some(user), AuditAction::UserDeleted, now);
    match context.ports.departures.delete(delete, audit).await? {
        PersonDeleted::Deleted => Ok(until),
        PersonDeleted::NoSuchPerson => Err(DeletePersonError::NobodyThere),
        PersonDeleted::LastOwner => Err(DeletePersonError::LastOwner),
    }
}

/// Undoes it.
pub(crate) async fn restore(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    user: UserId,
) -> Result<(), DeletePersonError> {
    let now = context.now();
    let record = person_in_reach(context, acting, workspace, user).await?;
    // Whoever removes for good comes round now and then, and the thirty days are over before that.
    let until = undone_until(context, workspace, user).await?;
    if until.is_none_or(|until| now > until) {
        return Err(DeletePersonError::NobodyThere);
    }
    let message = Message::AccountRestored {
        at: now,
        forgot_password_url: context.url(workspace, "/forgot-password"),
    };
    let restore = RestorePerson {
        workspace: workspace.id,
        user,
        token: None,
        notices: context.notices(workspace, &record.user, &workspace.portal.language, &message, now),
        now,
    };
    let audit = context.audit_of(workspace.id, acting, Some(user), AuditAction::UserRestored, now);
    if context.ports.departures.restore(restore, audit).await? {
        Ok(())
    } else {
        Err(DeletePersonError::NobodyThere)
    }
}

/// Until when the deletion of somebody can be undone; `None` where they are not deleted.
pub(crate) async fn undone_until(
    context: &Context,
    workspace: &Workspace,
    user: UserId,
) -> Result<Option<Timestamp>, PortError> {
    let deleted_at = context.ports.departures.deleted_at(workspace.id, user).await?;
    Ok(deleted_at.map(|at| at.plus(context.config.limits.deletion_undo())))
}

/// Removes for good whoever was deleted long enough ago, and says how many. Each is removed once, whoever else is at it.
pub(crate) async fn remove_due(context: &Context) -> Result<u64, PortError> {
    let now = context.now();
    let before = now.minus(context.config.limits.deletion_undo());
    let mut removed = 0;
    for (workspace, user) in context.ports.departures.due(before, BATCH).await? {
        let action = AuditAction::UserAnonymised;
        let audit = context.audit(workspace, Actor::Server, Some(user), action, None, now);
        if context.ports.departures.remove(workspace, user, before, audit).await? {
            removed += 1;
        }
    }
    Ok(removed)
}
