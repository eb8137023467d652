//! The end of a trial of settings (C3): for good, once an admin has come in under them; or undone, when its time is over or
//! an admin thinks better of it.

use doorward_domain::audit::{Actor, AuditAction, AuditEntry};
use doorward_domain::ids::{AuditId, WorkspaceId};
use doorward_domain::mail::Message;
use doorward_domain::ports::{PortError, PortResult};
use doorward_domain::role::Permission;
use doorward_domain::sign_in::Door;
use doorward_domain::time::Timestamp;
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;

use crate::context::{Acting, Caller, Context};

/// Workspaces that are settled in one step.
const BATCH: u32 = 100;

/// Writes down what has undone itself, in every workspace, and tells the admins; says how many there were.
pub(crate) async fn run(context: &Context) -> PortResult<u64> {
    let mut settled = 0;
    for workspace in context.ports.door_settings.overdue(context.now(), BATCH).await? {
        settled += u64::from(settle(context, workspace).await?);
    }
    Ok(settled)
}

/// The same, of one workspace; says whether there was anything.
pub(crate) async fn settle(context: &Context, id: WorkspaceId) -> PortResult<bool> {
    let now = context.now();
    let Some(workspace) = context.ports.workspaces.find(id).await? else {
        return Ok(false);
    };
    let Some(over) = workspace.provisional.clone().filter(|trial| trial.is_over(now)) else {
        return Ok(false);
    };
    let workspace = workspace.at(now);
    let message = Message::SettingsReverted { at: over.since };
    let mails = context
        .announcement(&workspace, &message, &workspace.portal.language, now)
        .await?;
    let audit = context.audit(id, Actor::Server, None, AuditAction::SettingsReverted, None, now);
    context
        .ports
        .door_settings
        .revert(id, over.change, false, audit, mails)
        .await
}

/// Puts back what held before the trial, at once; says whether there was one.
pub(crate) async fn undo(context: &Context, acting: &Acting, workspace: &Workspace) -> Result<bool, PortError> {
    let now = context.now();
    let Some(trial) = &workspace.provisional else {
        return Ok(false);
    };
    let audit = context.audit_of(workspace.id, acting, None, AuditAction::SettingsReverted, now);
    let settings = &context.ports.door_settings;
    settings
        .revert(workspace.id, trial.change, true, audit, Vec::new())
        .await
}

/// The settings on trial that hold for good once this person has come in by that door: by the front one, and as somebody who
/// may change them. They were let in by the settings of the workspace as they are on trial.
pub(crate) fn confirmed_by_sign_in(
    context: &Context,
    workspace: &Workspace,
    caller: &Caller,
    user: &User,
    door: Door,
    now: Timestamp,
) -> Option<(AuditId, AuditEntry)> {
    let trial = workspace.provisional.as_ref().filter(|trial| !trial.is_over(now))?;
    let may = user.permissions().contains(Permission::ManageSecuritySettings);
    if !may || door != Door::Front || user.workspace != workspace.id {
        return None;
    }
    let (actor, action) = (Actor::User(user.id), AuditAction::SettingsConfirmed);
    let audit = context.audit(workspace.id, actor, None, action, Some(&caller.client), now);
    Some((trial.change, audit))
}
