//! Removing an organisation (A9). Its members stay, without it.

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::OrganisationId;
use doorward_domain::ports::PortError;
use doorward_domain::workspace::Workspace;

use super::create_organisation::told;
use crate::context::{Acting, Context};

/// Removes an organisation; `false` if there is none of that id.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: OrganisationId,
) -> Result<bool, PortError> {
    let Some(known) = context.ports.organisations.find(workspace.id, id).await? else {
        return Ok(false);
    };
    let audit = context
        .audit_of(
            workspace.id,
            acting,
            None,
            AuditAction::OrganisationDeleted,
            context.now(),
        )
        .with_detail(told(&known.organisation));
    context.ports.organisations.delete(workspace.id, id, audit).await
}
