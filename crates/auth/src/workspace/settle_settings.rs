//! The end of a trial of settings (C3): for good, once an admin has come in under them; or undone, when its time is over or
//! an admin thinks better of it.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::WorkspaceId;
use doorward_domain::mail::Message;
use doorward_domain::ports::{PortError, PortResult};
use doorward_domain::provisional::Provisional;
use doorward_domain::role::Permission;
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::Door;
use doorward_domain::time::Timestamp;
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

/// Has settings on trial hold for good, if this sign-in shows that an admin gets in under them: just now, by the front door,
/// by somebody who may change them. What fails here takes nothing from the sign-in: the trial goes on, and the next one
/// ends it.
pub(crate) async fn confirm_by_sign_in(
    context: &Context,
    workspace: &Workspace,
    caller: &Caller,
    session: &SessionView,
    door: Door,
    now: Timestamp,
) {
    let Some(trial) = proved_by(workspace, session, door, now) else {
        return;
    };
    let (id, actor) = (workspace.id, Actor::User(session.user));
    let client = Some(&caller.client);
    let audit = context.audit(id, actor, None, AuditAction::SettingsConfirmed, client, now);
    let confirmed = context.ports.door_settings.confirm(id, trial.change, now, audit);
    if let Err(error) = confirmed.await {
        let error: &dyn std::error::Error = &error;
        tracing::warn!(error, "settings on trial could not be confirmed by a sign-in");
    }
}

/// The trial that a sign-in ends well. It was decided by the settings of the workspace as they are on trial.
fn proved_by<'w>(
    workspace: &'w Workspace,
    session: &SessionView,
    door: Door,
    now: Timestamp,
) -> Option<&'w Provisional> {
    workspace.provisional.as_ref().filter(|trial| {
        let may = session.permissions.contains(Permission::ManageSecuritySettings);
        may && door == Door::Front && session.workspace == workspace.id && !trial.is_over(now)
    })
}
