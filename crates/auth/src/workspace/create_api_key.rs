//! Making a key for the portal application (C9): shown once, stored as a digest.

use doorward_domain::api_key::{API_KEY_PREFIX, ApiKey, Scope};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::ApiKeyId;
use doorward_domain::ports::PortError;
use doorward_domain::secret::RawToken;
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// Makes a key with these scopes and hands it out, once.
pub(crate) async fn run(
    context: &Context,
    actor: Actor,
    workspace: &Workspace,
    scopes: Vec<Scope>,
) -> Result<(ApiKey, String), PortError> {
    let now = context.now();
    let token = RawToken::generate(context.entropy());
    let key = ApiKey {
        id: ApiKeyId::random(context.entropy()),
        workspace: workspace.id,
        digest: token.digest(),
        scopes,
        created_at: now,
        revoked_at: None,
    };
    let audit = context.audit(workspace.id, actor, None, AuditAction::ApiKeyCreated, None, now);
    context.ports.api_keys.create(key.clone(), audit).await?;
    Ok((key, format!("{API_KEY_PREFIX}{}", token.expose())))
}

/// The live key that was shown, if it is one of this workspace.
pub(crate) async fn find(context: &Context, workspace: &Workspace, shown: &str) -> Result<Option<ApiKey>, PortError> {
    let Some(token) = shown.strip_prefix(API_KEY_PREFIX).and_then(RawToken::parse) else {
        return Ok(None);
    };
    context.ports.api_keys.find(workspace.id, &token.digest()).await
}
