//! New backup codes, which void the old ones (B12).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::second_factor::BackupCode;
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context};
use crate::outcome::SignInError;

/// Makes ten new codes, to be shown once; `None` if two-factor authentication is not on.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
) -> Result<Option<Vec<BackupCode>>, SignInError> {
    let now = context.now();
    let record = context.ports.users.find_record(workspace.id, proof.user()).await?;
    let Some(record) = record.filter(|record| record.factors.app) else {
        return Ok(None);
    };
    let user = &record.user;
    context.admit_costly(caller, workspace.id).await?;
    let (codes, backup) = super::new_backup_codes(context).await?;
    let notices = context.security_notices(workspace, user, caller, SecurityEvent::BackupCodesRenewed, now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::BackupCodesRenewed,
        Some(&caller.client),
        now,
    );
    let renewed = context
        .ports
        .factors
        .replace_backup_codes(workspace.id, user.id, backup, notices, audit)
        .await?;
    if renewed {
        let keys = context
            .budgets()
            .backup_code_failures(user.id)
            .into_iter()
            .map(|charge| charge.key)
            .collect();
        context.ports.throttle.clear(workspace.id, keys).await?;
    }
    Ok(renewed.then_some(codes))
}
