//! Organisations.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::{OrganisationId, WorkspaceId};
use crate::organisation::{EmailDomain, ListedOrganisation, Organisation};

/// What a page of organisations is asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationQuery {
    /// Searched in names and domains, ignoring the case of ASCII letters; `None` for all.
    pub text: Option<String>,
    /// Only organisations after this name, in order of name.
    pub after: Option<String>,
    /// At most this many, 1 to 200.
    pub limit: u32,
}

/// How the making or a change of an organisation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganisationSaved {
    /// It is as it should be.
    Saved,
    /// Another organisation of the workspace has that name.
    NameTaken,
    /// Another organisation of the workspace has that domain.
    DomainTaken(EmailDomain),
    /// There is no such organisation to change.
    Gone,
}

/// Keeps organisations (A9).
///
/// # Contract
/// - Each write MUST be one transaction, with its audit row.
/// - No two organisations of a workspace MUST have one name or one domain, under any concurrency.
/// - Whoever proves an address, by whatever way, MUST belong to the organisation of its domain from that very write on; an
///   address that is only claimed MUST place nobody.
/// - `save` and `delete` MUST count in searches, and on the very next session check of each member on this node and within
///   a second elsewhere.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Organisations: Send + Sync {
    /// A page of organisations, in order of name.
    async fn list(&self, workspace: WorkspaceId, query: OrganisationQuery) -> PortResult<Vec<ListedOrganisation>>;

    /// The organisation of that id.
    async fn find(&self, workspace: WorkspaceId, id: OrganisationId) -> PortResult<Option<ListedOrganisation>>;

    /// Makes an organisation.
    async fn create(&self, organisation: Organisation, audit: AuditEntry) -> PortResult<OrganisationSaved>;

    /// Changes name and domains of an organisation. Nobody who is there already is moved.
    async fn change(&self, organisation: Organisation, audit: AuditEntry) -> PortResult<OrganisationSaved>;

    /// Removes an organisation; its members stay, without it. `false`, and no audit row, if there is none.
    async fn delete(&self, workspace: WorkspaceId, id: OrganisationId, audit: AuditEntry) -> PortResult<bool>;
}
