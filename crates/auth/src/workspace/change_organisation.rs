//! Giving an organisation another name or other email domains (A9). Nobody who is there already is moved by it.

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::OrganisationId;
use doorward_domain::organisation::Organisation;
use doorward_domain::workspace::Workspace;

use super::create_organisation::{OrganisationError, checked, settled, told};
use crate::context::{Acting, Context};

/// Changes an organisation.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: OrganisationId,
    (name, domains): (&str, &[String]),
) -> Result<Organisation, OrganisationError> {
    let known = context.ports.organisations.find(workspace.id, id).await?;
    let known = known.ok_or(OrganisationError::Gone)?.organisation;
    let (name, domains) = checked(name, domains)?;
    let organisation = Organisation { name, domains, ..known };
    let audit = context
        .audit_of(
            workspace.id,
            acting,
            None,
            AuditAction::OrganisationChanged,
            context.now(),
        )
        .with_detail(told(&organisation));
    settled(context.ports.organisations.change(organisation.clone(), audit).await?)?;
    Ok(organisation)
}
