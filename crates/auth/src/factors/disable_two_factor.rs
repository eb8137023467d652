//! Turning two-factor authentication off (R72, R77).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context};
use crate::outcome::SignInError;

/// Turns it off: the backup codes go with it, and all other sessions end. `false` if it was not on.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
) -> Result<bool, SignInError> {
    let now = context.now();
    let Some(user) = context.ports.users.find(workspace.id, proof.user()).await? else {
        return Ok(false);
    };
    let notices = context.security_notices(workspace, &user, caller, SecurityEvent::TwoFactorDisabled, now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::TwoFactorDisabled,
        Some(&caller.client),
        now,
    );
    Ok(context
        .ports
        .factors
        .disable_app(workspace.id, user.id, Some(proof.session()), notices, audit)
        .await?)
}
