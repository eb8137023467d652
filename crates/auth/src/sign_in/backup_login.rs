//! The emergency door of those who run a workspace (B15, R106, SD6): password and second factor, whatever the settings
//! say, with mail, providers and the network outside down.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::mail::{EmergencyDoor, Message};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::Permission;
use doorward_domain::sign_in::{Door, Proofs, Refusal, Rule};
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, UserStatus};
use doorward_domain::workspace::Workspace;

use super::finish::{after_the_door, refused};
use super::typed_password::{self, Looked};
use super::with_password::PasswordSignIn;
use super::{Completed, complete, refuse};
use crate::context::{Caller, Context, asked_by};
use crate::outcome::{SignInError, SignInOutcome};

const NAME: &str = "backup-login";

/// Signs one of those in who run the workspace. Everybody else is refused as with a wrong password, after the same work
/// (R9); the same budgets count as at the front door.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: PasswordSignIn,
) -> Result<SignInOutcome, SignInError> {
    let PasswordSignIn {
        workspace,
        address,
        password,
        return_to,
    } = request;
    let typed = typed_password::look_at(context, caller, (NAME, Door::Backup), (&workspace, &address), password);
    let looked = match typed.await? {
        Ok(looked) => looked,
        Err(turned_away) => return Ok(turned_away),
    };
    let facts = looked.facts(&workspace, &address);
    let Looked {
        record,
        proof,
        rehash,
        of_network,
        of_address,
        clears,
        now,
        ..
    } = looked;
    let workspace = &workspace;
    if proof.is_some()
        && let Some(record) = &record
        && record.user.permissions().contains(Permission::UseBackupSignIn)
        && record.user.status == UserStatus::Active
    {
        announce(context, caller, workspace, record, now).await?;
    }
    let has_app = record.as_ref().is_some_and(|record| record.factors.app);
    let proofs = Proofs {
        password: proof,
        ..Proofs::default()
    };
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: record.as_ref(),
        return_to: after_the_door(Door::Backup, has_app, return_to),
        rehash,
        flow: None,
        refunds: vec![of_network],
        clears,
        notices: Vec::new(),
        now,
    };
    match complete(context, &facts, proofs, completed).await? {
        Ok(outcome) => {
            if let SignInOutcome::SecondStep(_) = outcome {
                context.ports.throttle.refund(workspace.id, vec![of_address]).await?;
            }
            Ok(outcome)
        }
        Err(_unproved) => {
            let refusal = Refusal::new(PublicReason::InvalidCredentials, PrivateReason::EmailUnproved);
            let whom = (Some(address.key()), None);
            let saw = "a further address, never proved";
            let attempt = refused(NAME, workspace, caller, whom, refusal, Rule::EmailProved, saw);
            refuse(context, attempt, refusal, None, None, now).await
        }
    }
}

/// SD6: told to everybody who runs the workspace as soon as the password is right, before any further step.
async fn announce(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    record: &SignInRecord,
    now: Timestamp,
) -> Result<(), SignInError> {
    let message = Message::EmergencyDoor {
        door: EmergencyDoor::BackupSignIn,
        who: record.user.display_name(),
        by: Some(asked_by(caller, now)),
        at: now,
    };
    let user = record.user.id;
    let charge = context.budgets().emergency_announcement(user);
    // Beyond the budget the audit log alone tells of it.
    let mails = match context.ports.throttle.consume(workspace.id, vec![charge], now).await? {
        Admission::Admitted => context.announcement(workspace, &message, &caller.language, now).await?,
        Admission::Exceeded { .. } => Vec::new(),
    };
    let entry = context.audit(
        workspace.id,
        Actor::User(user),
        Some(user),
        AuditAction::BackupSignIn,
        Some(&caller.client),
        now,
    );
    Ok(context.ports.audit.announce(entry, mails).await?)
}
