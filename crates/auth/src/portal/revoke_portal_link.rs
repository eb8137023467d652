//! Listing the personal portal links of somebody, and taking one back (B4, R40). From then on it opens the page that says
//! so, wherever it was sent.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::{PortalLinkId, UserId};
use doorward_domain::portal_link::PortalLink;
use doorward_domain::ports::PortError;
use doorward_domain::workspace::Workspace;

use super::{Whom, find};
use crate::context::Context;

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
    actor: Actor,
    workspace: &Workspace,
    user: UserId,
    id: PortalLinkId,
) -> Result<bool, PortError> {
    let now = context.now();
    let audit = context.audit(
        workspace.id,
        actor,
        Some(user),
        AuditAction::PortalLinkRevoked,
        None,
        now,
    );
    context
        .ports
        .portal_links
        .revoke(workspace.id, user, id, now, audit)
        .await
}
