//! Making a token by which a directory is synced (B9, R63): shown once, stored as a digest.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::client::Client;
use doorward_domain::directory::{IdentityScope, MAX_TOKEN_NAME, SCIM_TOKEN_PREFIX, ScimToken};
use doorward_domain::ids::ScimTokenId;
use doorward_domain::ports::PortError;
use doorward_domain::secret::RawToken;
use doorward_domain::user::clean_name;
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// A token that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewScimToken {
    /// What those who run the workspace call it.
    pub name: String,
    /// Whose people its records will speak of.
    pub scope: Option<IdentityScope>,
}

/// Makes a token and hands it out, once.
pub(crate) async fn run(
    context: &Context,
    actor: Actor,
    client: Option<&Client>,
    workspace: &Workspace,
    wanted: NewScimToken,
) -> Result<(ScimToken, String), PortError> {
    let now = context.now();
    let secret = RawToken::generate(context.entropy());
    let token = ScimToken {
        id: ScimTokenId::random(context.entropy()),
        workspace: workspace.id,
        name: clean_name(&wanted.name).chars().take(MAX_TOKEN_NAME).collect(),
        scope: wanted.scope,
        digest: secret.digest(),
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    let audit = context.audit(workspace.id, actor, None, AuditAction::ScimTokenCreated, client, now);
    context.ports.scim_tokens.issue(token.clone(), audit).await?;
    Ok((token, shown(&secret)))
}

/// A token as it is handed out.
pub(super) fn shown(secret: &RawToken) -> String {
    format!("{SCIM_TOKEN_PREFIX}{}", secret.expose())
}

/// The live token that was shown, if it is one of this workspace; notes its use.
pub(crate) async fn find(
    context: &Context,
    workspace: &Workspace,
    shown: &str,
) -> Result<Option<ScimToken>, PortError> {
    let Some(secret) = shown.strip_prefix(SCIM_TOKEN_PREFIX).and_then(RawToken::parse) else {
        return Ok(None);
    };
    let tokens = &context.ports.scim_tokens;
    let found = tokens.find(workspace.id, &secret.digest()).await?;
    if let Some(token) = &found {
        tokens.note_use(workspace.id, token.id, context.now()).await?;
    }
    Ok(found)
}
