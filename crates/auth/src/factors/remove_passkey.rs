//! Removing a passkey: it opens nothing from the next request on, and all other sessions end (R77, R82).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::PasskeyId;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context};
use crate::outcome::SignInError;

/// Removes it. `false` if it is not theirs.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
    id: PasskeyId,
) -> Result<bool, SignInError> {
    let now = context.now();
    let Some(user) = context.ports.users.find(workspace.id, proof.user()).await? else {
        return Ok(false);
    };
    let passkeys = context.ports.passkeys.list(workspace.id, user.id).await?;
    let Some(passkey) = passkeys.into_iter().find(|passkey| passkey.id == id) else {
        return Ok(false);
    };
    let what = SecurityEvent::PasskeyRemoved { name: passkey.name };
    let notices = context.security_notices(workspace, &user, caller, what, now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::PasskeyRemoved,
        Some(&caller.client),
        now,
    );
    Ok(context
        .ports
        .passkeys
        .remove(workspace.id, user.id, id, Some(proof.session()), notices, audit)
        .await?)
}
