//! Taking a token for syncing back: it is refused from the next request on. Its records stay as they are.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::client::Client;
use doorward_domain::ids::ScimTokenId;
use doorward_domain::ports::PortError;
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// Takes a token back; `false` if there is no such live token.
pub(crate) async fn run(
    context: &Context,
    actor: Actor,
    client: Option<&Client>,
    workspace: &Workspace,
    token: ScimTokenId,
) -> Result<bool, PortError> {
    let now = context.now();
    let audit = context.audit(workspace.id, actor, None, AuditAction::ScimTokenRevoked, client, now);
    context.ports.scim_tokens.revoke(workspace.id, token, audit).await
}
