//! Taking back a key of hand-over (B18), for good: the next token that it signed is refused.

use doorward_domain::audit::AuditAction;
use doorward_domain::hand_over::HandOverKey;
use doorward_domain::ids::HandOverKeyId;
use doorward_domain::ports::PortError;
use doorward_domain::workspace::Workspace;

use crate::context::{Acting, Context};

/// All keys of a workspace, revoked ones too, oldest first.
pub(crate) async fn list(context: &Context, workspace: &Workspace) -> Result<Vec<HandOverKey>, PortError> {
    context.ports.hand_over_keys.list(workspace.id).await
}

/// Takes one back. `false` if there is no live one of that id.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: HandOverKeyId,
) -> Result<bool, PortError> {
    let now = context.now();
    let audit = context.audit_of(workspace.id, acting, None, AuditAction::HandOverKeyRevoked, now);
    context.ports.hand_over_keys.revoke(workspace.id, id, now, audit).await
}
