//! One's sessions (A7): see each, end one, end all others.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::SessionId;
use doorward_domain::session::{OwnSession, SessionView};
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context};
use crate::outcome::SignInError;

/// All live sessions of whoever this one belongs to, this one first, then by last use.
pub(crate) async fn list(
    context: &Context,
    workspace: &Workspace,
    session: &SessionView,
) -> Result<Vec<OwnSession>, SignInError> {
    let sessions = context
        .ports
        .own_sessions
        .list(workspace.id, session.user, context.now())
        .await?;
    let mut own: Vec<OwnSession> = sessions
        .into_iter()
        .map(|known| OwnSession {
            this: known.id == session.id,
            session: known,
        })
        .collect();
    own.sort_by_key(|known| !known.this);
    Ok(own)
}

/// Ends one of them. `false` if it is not theirs, or over.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    session: &SessionView,
    id: SessionId,
) -> Result<bool, SignInError> {
    let audit = ended(context, caller, workspace, session);
    Ok(context
        .ports
        .own_sessions
        .end(workspace.id, session.user, id, audit)
        .await?)
}

/// Ends all but this one, and says how many.
pub(crate) async fn end_others(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    session: &SessionView,
) -> Result<u64, SignInError> {
    let audit = ended(context, caller, workspace, session);
    Ok(context
        .ports
        .sessions
        .end_all(workspace.id, session.user, Some(session.id), audit)
        .await?)
}

fn ended(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    session: &SessionView,
) -> doorward_domain::audit::AuditEntry {
    context.audit(
        workspace.id,
        Actor::User(session.user),
        Some(session.user),
        AuditAction::SessionsEnded,
        Some(&caller.client),
        context.now(),
    )
}
