//! *Sign out everywhere* (C2): staff end the sessions of somebody, all of them or one. Whoever holds one is out from the
//! very next request on (G3).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::{SessionId, UserId};
use doorward_domain::workspace::Workspace;

use super::{PersonError, person_in_reach};
use crate::context::{Acting, Context};

/// Ends all sessions of a person, and says how many.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: UserId,
) -> Result<u64, PersonError> {
    person_in_reach(context, acting, workspace, id).await?;
    let audit = context.audit_of(
        workspace.id,
        acting,
        Some(id),
        AuditAction::SessionsEnded,
        context.now(),
    );
    Ok(context.ports.sessions.end_all(workspace.id, id, None, audit).await?)
}

/// Ends one session of a person. `false` if it is not theirs, or over.
pub(crate) async fn end_one(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: UserId,
    session: SessionId,
) -> Result<bool, PersonError> {
    person_in_reach(context, acting, workspace, id).await?;
    let audit = context
        .audit_of(
            workspace.id,
            acting,
            Some(id),
            AuditAction::SessionsEnded,
            context.now(),
        )
        .with_detail(format!("session {session}"));
    Ok(context.ports.own_sessions.end(workspace.id, id, session, audit).await?)
}
