//! Listing the personal portal links of somebody, and taking one back (B4, R40). From then on it opens the page that says
//! so, wherever it was sent.

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::{PortalLinkId, UserId};
use doorward_domain::portal_link::PortalLink;
use doorward_domain::ports::PortError;
use doorward_domain::workspace::Workspace;

use super::{Whom, find};
use crate::context::{Acting, Context};
use crate::people::{PersonError, person_in_reach};

/// The most links that a list shows.
const LISTED: u32 = 200;

/// The newest links of somebody, whatever became of them, newest first; `None` if nobody is named so.
pub(crate) async fn list(
    context: &Context,
    workspace: &Workspace,
    whom: &Whom,
) -> Result<Option<Vec<PortalLink>>, PortError> {
    let Some(user) = find(context, workspace, whom).await? else {
        return Ok(None);
    };
    let links = context.ports.portal_links.of_person(workspace.id, user.id, LISTED);
    links.await.map(Some)
}

/// Takes a link of somebody back. `false` if they have none of that id, or it was taken back before.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    user: UserId,
    id: PortalLinkId,
) -> Result<bool, PersonError> {
    let now = context.now();
    person_in_reach(context, acting, workspace, user).await?;
    let audit = context.audit_of(workspace.id, acting, Some(user), AuditAction::PortalLinkRevoked, now);
    let links = &context.ports.portal_links;
    Ok(links.revoke(workspace.id, user, id, now, audit).await?)
}
