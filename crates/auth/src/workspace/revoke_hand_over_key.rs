//! Taking back a key of hand-over (B18), for good: the next token that it signed is refused.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::hand_over::HandOverKey;
use doorward_domain::ids::HandOverKeyId;
use doorward_domain::ports::PortError;
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// All keys of a workspace, revoked ones too, oldest first.
pub(crate) async fn list(context: &Context, workspace: &Workspace) -> Result<Vec<HandOverKey>, PortError> {
    context.ports.hand_over_keys.list(workspace.id).await
}

/// Takes one back. `false` if there is no live one of that id.
pub(crate) async fn run(
    context: &Context,
    actor: Actor,
    workspace: &Workspace,
    id: HandOverKeyId,
) -> Result<bool, PortError> {
    let now = context.now();
    let audit = context.audit(workspace.id, actor, None, AuditAction::HandOverKeyRevoked, None, now);
    context.ports.hand_over_keys.revoke(workspace.id, id, now, audit).await
}
