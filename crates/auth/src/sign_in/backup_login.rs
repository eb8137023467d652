//! The emergency door of those who run a workspace (B15, R106, SD6): password and second factor, whatever the settings
//! say, with mail, providers and the network outside down.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::mail::{EmergencyDoor, Message};
use doorward_domain::method::Method;
use doorward_domain::ports::{HasherError, PasswordCheck};
use doorward_domain::role::Permission;
use doorward_domain::sign_in::{Door, PasswordVerified, PersonFacts, Proofs, SignInFacts};
use doorward_domain::throttle::Admission;
use doorward_domain::user::{SignInRecord, UserStatus};
use doorward_domain::workspace::Workspace;

use super::finish::{after_the_door, cleared_by_success, over_budget, refused};
use super::with_password::PasswordSignIn;
use super::{Completed, complete, refuse};
use crate::context::{Caller, Context, asked_by};
use crate::outcome::{SignInError, SignInOutcome};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::sign_in::{Refusal, Rule};
use doorward_domain::time::Timestamp;

const NAME: &str = "backup-login";

/// Signs one of those in who run the workspace. Everybody else is refused as with a wrong password, after the same work
/// (R9); the same budgets count as at the front door.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: PasswordSignIn,
) -> Result<SignInOutcome, SignInError> {
    let place = context.ports.hasher.reserve()?;
    let now = context.now();
    let workspace = &request.workspace;
    let key = request.address.key();
    let standing = context.standing(caller, workspace.id, &key);
    let network = caller.client.network();
    let budgets = context.budgets();
    let of_network = budgets.network_failure(&network);
    let of_address = budgets.password_failure(&key, &standing);
    let charges = vec![budgets.network_try(&network), of_network.clone(), of_address.clone()];
    if let Admission::Exceeded { reason, retry_at } = context
        .ports
        .throttle
        .consume(workspace.id, charges.clone(), now)
        .await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, Some(&request.address), None, reason);
        return refuse(context, attempt, refusal, retry_at, None, now).await;
    }
    let record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    let digest = record.as_ref().and_then(|record| record.password.clone());
    let check = match context.ports.hasher.check(request.password, digest).await {
        Err(HasherError::Busy) => {
            context.ports.throttle.refund(workspace.id, charges).await?;
            return Err(HasherError::Busy.into());
        }
        checked => checked?,
    };
    drop(place);
    let proof = record
        .as_ref()
        .and_then(|record| PasswordVerified::from_check(record.user.id, &check));
    if proof.is_some()
        && let Some(record) = &record
        && record.user.permissions().contains(Permission::UseBackupSignIn)
        && record.user.status == UserStatus::Active
    {
        announce(context, caller, workspace, record, now).await?;
    }
    let has_app = record.as_ref().is_some_and(|record| record.factors.app);
    let facts = SignInFacts {
        workspace: workspace.id,
        settings: workspace.security.clone(),
        method: Method::Password,
        door: Door::Backup,
        address: Some(request.address.clone()),
        arrival: None,
        person: record.as_ref().map(|record| PersonFacts::of(record, &request.address)),
    };
    let proofs = Proofs {
        password: proof,
        ..Proofs::default()
    };
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: record.as_ref(),
        return_to: after_the_door(Door::Backup, has_app, request.return_to),
        rehash: match check {
            PasswordCheck::Match { rehash } => rehash,
            PasswordCheck::Mismatch => None,
        },
        flow: None,
        refunds: vec![of_network],
        clears: cleared_by_success(context, &key, &standing),
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
            let whom = (Some(key), None);
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
