//! Credentials of providers that workspaces bring themselves.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::WorkspaceId;
use crate::own_provider::OwnProvider;
use crate::provider::ProviderId;

/// Whether credentials could be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnProviderSaved {
    /// They are, in place of those of the same provider, if there were any.
    Saved,
    /// The workspace has [`MAX_OWN_PROVIDERS`](crate::own_provider::MAX_OWN_PROVIDERS) already; nothing was written.
    TooMany,
    /// There is no such workspace.
    Gone,
}

/// Keeps credentials of providers, each workspace's own.
///
/// # Contract
/// - `save` and `remove` MUST be one transaction with the audit row, and with
///   [`Workspace::own_providers`](crate::workspace::Workspace): from the very call on after they have come back, the
///   workspace that is read names the providers that are kept, and no others. They MUST show in
///   [`Workspaces::edition`](super::Workspaces::edition).
/// - A workspace MUST never keep more than `MAX_OWN_PROVIDERS`, under any concurrency.
/// - The secret MUST be encrypted at rest.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait WorkspaceProviders: Send + Sync {
    /// Keeps credentials.
    async fn save(&self, provider: OwnProvider, audit: AuditEntry) -> PortResult<OwnProviderSaved>;

    /// The workspace's own credentials of a provider, if it has any.
    async fn find(&self, workspace: WorkspaceId, provider: &ProviderId) -> PortResult<Option<OwnProvider>>;

    /// All of a workspace's, by id of the provider.
    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<OwnProvider>>;

    /// Forgets credentials. `false` if there are none.
    async fn remove(&self, workspace: WorkspaceId, provider: &ProviderId, audit: AuditEntry) -> PortResult<bool>;
}

/// A house in which no workspace brings credentials of its own: for an embedder who needs none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoOwnProviders;

#[async_trait]
impl WorkspaceProviders for NoOwnProviders {
    async fn save(&self, _provider: OwnProvider, _audit: AuditEntry) -> PortResult<OwnProviderSaved> {
        Ok(OwnProviderSaved::Gone)
    }

    async fn find(&self, _workspace: WorkspaceId, _provider: &ProviderId) -> PortResult<Option<OwnProvider>> {
        Ok(None)
    }

    async fn list(&self, _workspace: WorkspaceId) -> PortResult<Vec<OwnProvider>> {
        Ok(Vec::new())
    }

    async fn remove(&self, _workspace: WorkspaceId, _provider: &ProviderId, _audit: AuditEntry) -> PortResult<bool> {
        Ok(false)
    }
}
