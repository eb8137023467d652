//! Taking a key of the portal application back (C9): dead at once.

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::ApiKeyId;
use doorward_domain::ports::PortError;
use doorward_domain::workspace::Workspace;

use crate::context::{Acting, Context};

/// Takes a key back; `false` if there is no live one of that id. Whoever may take keys back may take any: a key that gets
/// out has to die whoever made it.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: ApiKeyId,
) -> Result<bool, PortError> {
    let audit = context
        .audit_of(workspace.id, acting, None, AuditAction::ApiKeyRevoked, context.now())
        .with_detail(id.to_string());
    context.ports.api_keys.revoke(workspace.id, id, audit).await
}
