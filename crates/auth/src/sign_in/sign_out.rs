//! Signing out: the session is dead at once (G3).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::client::Client;
use doorward_domain::ids::UserId;
use doorward_domain::ports::PortError;
use doorward_domain::secret::TokenDigest;
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// Ends the session of that token; `false` if there was none.
pub(crate) async fn run(
    context: &Context,
    client: &Client,
    workspace: &Workspace,
    token: &TokenDigest,
    user: UserId,
) -> Result<bool, PortError> {
    let now = context.now();
    let audit = context.audit(
        workspace.id,
        Actor::User(user),
        Some(user),
        AuditAction::SignedOut,
        Some(client),
        now,
    );
    context.ports.sessions.end(workspace.id, token, audit).await
}
