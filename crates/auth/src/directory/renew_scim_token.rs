//! Giving a token for syncing another secret (R63): the old one is dead at once, and the records stay with the token. A
//! token that was taken back comes to life again by it.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::client::Client;
use doorward_domain::ids::ScimTokenId;
use doorward_domain::ports::PortError;
use doorward_domain::secret::RawToken;
use doorward_domain::workspace::Workspace;

use super::create_scim_token::shown;
use crate::context::Context;

/// Renews a token and hands the new secret out, once; `None` if there is no such token.
pub(crate) async fn run(
    context: &Context,
    actor: Actor,
    client: Option<&Client>,
    workspace: &Workspace,
    token: ScimTokenId,
) -> Result<Option<String>, PortError> {
    let now = context.now();
    let secret = RawToken::generate(context.entropy());
    let audit = context.audit(workspace.id, actor, None, AuditAction::ScimTokenCreated, client, now);
    let renewed = context
        .ports
        .scim_tokens
        .renew(workspace.id, token, secret.digest(), audit)
        .await?;
    Ok(renewed.then(|| shown(&secret)))
}
