//! Making a personal portal link (B4, R40): for one contact, into one place of the portal. Its address is told once; only
//! a digest of its token is stored.

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::PortalLinkId;
use doorward_domain::portal_link::{LifeOutOfBounds, PortalLink, life};
use doorward_domain::ports::PortError;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::time::Timestamp;
use doorward_domain::user::UserStatus;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::{Whom, find};
use crate::context::{Acting, Context};

/// A link that is wanted.
#[derive(Debug, Clone)]
pub struct PortalLinkRequest {
    /// The contact that it names.
    pub whom: Whom,
    /// Where it leads.
    pub return_to: ReturnTo,
    /// Its life in seconds; the usual one where none is named.
    pub life_seconds: Option<u64>,
}

/// A link, to be sent to its contact by whoever asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPortalLink {
    /// Its id, to take it back by.
    pub id: PortalLinkId,
    /// Its address. Told here and never again.
    pub url: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Why no link is made.
#[derive(Debug, Error)]
pub enum CreatePortalLinkError {
    /// Nobody here has that id or address.
    #[error("nobody in this workspace has that address or id")]
    NobodyThere,
    /// They may do more than whoever acts (R97).
    #[error("the person has more rights than whoever acts")]
    OutOfReach,
    /// There is no mailbox that a code could go to.
    #[error("the person has no email address, so no code could be sent")]
    NoAddress,
    /// The account is disabled (R60).
    #[error("the account is disabled; enable it first")]
    Disabled,
    /// The workspace has portal links switched off.
    #[error("portal links are switched off in this workspace (portal_links)")]
    SwitchedOff,
    /// The life that was asked for is none.
    #[error(transparent)]
    Life(#[from] LifeOutOfBounds),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Makes a link.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    request: PortalLinkRequest,
) -> Result<NewPortalLink, CreatePortalLinkError> {
    let now = context.now();
    let life = life(request.life_seconds, &context.config.limits)?;
    if !workspace.security.portal_links {
        return Err(CreatePortalLinkError::SwitchedOff);
    }
    let user = find(context, workspace, &request.whom)
        .await?
        .ok_or(CreatePortalLinkError::NobodyThere)?;
    if !acting.rights.reach(user.rights()) {
        return Err(CreatePortalLinkError::OutOfReach);
    }
    if user.status != UserStatus::Active {
        return Err(CreatePortalLinkError::Disabled);
    }
    if user.primary_email().is_none() {
        return Err(CreatePortalLinkError::NoAddress);
    }
    let token = RawToken::generate(context.entropy());
    let link = PortalLink {
        id: PortalLinkId::sortable(context.entropy(), now),
        workspace: workspace.id,
        user: user.id,
        digest: token.digest(),
        return_to: request.return_to,
        created_by: acting.actor.clone(),
        created_at: now,
        expires_at: now.plus(life),
        revoked_at: None,
    };
    let made = NewPortalLink {
        id: link.id,
        url: context.url(workspace, &format!("/portal/{}", token.expose())),
        expires_at: link.expires_at,
    };
    let audit = context.audit_of(workspace.id, acting, Some(user.id), AuditAction::PortalLinkCreated, now);
    context.ports.portal_links.create(link, audit).await?;
    Ok(made)
}
