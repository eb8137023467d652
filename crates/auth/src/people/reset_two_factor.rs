//! *Reset two-factor authentication* (C2): app and backup codes of somebody who lost them are forgotten, passkeys too where
//! that is asked for. By staff, on the strength of an open challenge; or by the server, once it was announced long enough.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::caller_challenge::{CallerAction, CallerChallenge, CallerEnd, CallerEvent};
use doorward_domain::ids::{CallerChallengeId, UserId};
use doorward_domain::ports::{CallerEffect, CarryOut, EndChallenge, PortError};
use doorward_domain::role::Permission;
use doorward_domain::user::{SignInRecord, UserStatus};
use doorward_domain::workspace::Workspace;

use super::challenge_caller::{CallerError, caller_in_reach, look, notices};
use crate::context::{Acting, Context};

/// How many are done in one go.
const BATCH: u32 = 50;

/// Resets the second factor, on the strength of an open challenge. What it takes with it was settled when that began, and
/// told.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    (user, id): (UserId, CallerChallengeId),
) -> Result<(), CallerError> {
    let now = context.now();
    let record = caller_in_reach(context, acting, workspace, user).await?;
    let challenge = look(context, acting, workspace, user, id).await?;
    let open = challenge
        .filter(|challenge| challenge.action != CallerAction::SetPassword)
        .filter(|challenge| challenge.admits(&acting.actor, user, challenge.action, now));
    let challenge = open.ok_or(CallerError::NotOpen)?;
    let audit = context
        .audit_of(workspace.id, acting, Some(user), AuditAction::TwoFactorReset, now)
        .with_detail(challenge.action.as_str());
    let carry_out = carry_out(context, workspace, &record, &challenge);
    if context.ports.caller_challenges.carry_out(carry_out, audit).await? {
        Ok(())
    } else {
        Err(CallerError::NotOpen)
    }
}

fn carry_out(context: &Context, workspace: &Workspace, record: &SignInRecord, challenge: &CallerChallenge) -> CarryOut {
    let now = context.now();
    let what = (CallerEvent::Done, challenge.action);
    CarryOut {
        workspace: workspace.id,
        id: challenge.id,
        asked_by: challenge.asked_by.clone(),
        user: challenge.user,
        action: challenge.action,
        effect: CallerEffect::ResetTwoFactor {
            passkeys: challenge.action == CallerAction::ResetTwoFactorAndPasskeys,
        },
        notices: notices(context, workspace, &record.user, what, now),
        now,
    }
}

/// Does what was announced long enough, and says how many. Each is done once, whoever else is at it: the write itself settles
/// it. Nothing is done for whoever has lost the right to it in the meantime (R100).
pub(crate) async fn run_due(context: &Context) -> Result<u64, PortError> {
    let now = context.now();
    let mut done = 0;
    for challenge in context.ports.caller_challenges.due(now, BATCH).await? {
        let Some(workspace) = context.ports.workspaces.find(challenge.workspace).await? else {
            continue;
        };
        let record = context.ports.users.find_record(workspace.id, challenge.user).await?;
        let Some(record) = record.filter(|record| record.user.status != UserStatus::Deleted) else {
            continue;
        };
        let acting = Acting {
            actor: Actor::Server,
            rights: doorward_domain::role::Rights::OPERATOR,
            client: None,
        };
        let row = |action| {
            context
                .audit_of(workspace.id, &acting, Some(challenge.user), action, now)
                .with_detail(challenge.action.as_str())
        };
        if asker_still_may(context, &workspace, &challenge, &record).await? {
            let carry_out = carry_out(context, &workspace, &record, &challenge);
            let audit = row(AuditAction::TwoFactorReset);
            if context.ports.caller_challenges.carry_out(carry_out, audit).await? {
                done += 1;
            }
        } else {
            let what = (CallerEvent::Cancelled, challenge.action);
            let end = EndChallenge {
                workspace: workspace.id,
                id: challenge.id,
                user: challenge.user,
                how: CallerEnd::Cancelled,
                mails: notices(context, &workspace, &record.user, what, now),
                now,
            };
            let audit = row(AuditAction::CallerChallengeCancelled);
            context.ports.caller_challenges.end(end, audit).await?;
        }
    }
    Ok(done)
}

async fn asker_still_may(
    context: &Context,
    workspace: &Workspace,
    challenge: &CallerChallenge,
    record: &SignInRecord,
) -> Result<bool, PortError> {
    match challenge.asked_by {
        Actor::Operator => Ok(true),
        Actor::User(id) => {
            let asker = context.ports.users.find(workspace.id, id).await?;
            Ok(asker.is_some_and(|asker| {
                let permissions = asker.permissions();
                asker.status == UserStatus::Active
                    && permissions.contains(Permission::SetPasswordsAndResetTwoFactor)
                    && permissions.contains(Permission::ActWithoutCallerChallenge)
                    && asker.rights().reach(record.user.rights())
            }))
        }
        Actor::Anonymous | Actor::ApiKey(_) | Actor::ScimToken(_) | Actor::Server => Ok(false),
    }
}
