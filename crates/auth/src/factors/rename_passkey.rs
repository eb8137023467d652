//! Giving a passkey another name.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::{PasskeyId, UserId};
use doorward_domain::passkey::clean_passkey_name;
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context};
use crate::outcome::SignInError;

/// Names it. `false` if it is not theirs, or nothing was typed.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: UserId,
    id: PasskeyId,
    name: &str,
) -> Result<bool, SignInError> {
    let name = clean_passkey_name(name, "");
    if name.is_empty() {
        return Ok(false);
    }
    let audit = context.audit(
        workspace.id,
        Actor::User(user),
        Some(user),
        AuditAction::PasskeyRenamed,
        Some(&caller.client),
        context.now(),
    );
    Ok(context
        .ports
        .passkeys
        .rename(workspace.id, user, id, name, audit)
        .await?)
}
