//! Providers that a workspace brings credentials for (C3).

use doorward_domain::own_provider::OwnProvider;
use doorward_domain::ports::PortError;
use doorward_domain::provider::{ProviderDescription, ProviderId};
use doorward_domain::session::SessionView;
use doorward_domain::workspace::Workspace;

use super::Auth;
use crate::context::{Acting, Caller, Context};
use crate::workspace::keep_provider::{self, ForgetProviderError, KeepProviderError, TypedProvider};
use crate::workspace::try_provider::{self, TrialBegun, TryProviderError};

impl Auth {
    /// Providers that a workspace brings credentials for.
    pub const fn providers(&self) -> ProviderDesk<'_> {
        ProviderDesk(&self.context)
    }
}

/// Credentials of providers, each workspace's own.
#[derive(Debug, Clone, Copy)]
pub struct ProviderDesk<'a>(&'a Context);

impl ProviderDesk<'_> {
    /// Every provider that has credentials, the server's or the workspace's own, whether it is switched on or not.
    pub fn offered(self, workspace: &Workspace) -> Vec<ProviderDescription> {
        self.0.ports.provider.offered(workspace)
    }

    /// The workspace's own credentials, by id of the provider.
    pub async fn list(self, workspace: &Workspace) -> Result<Vec<OwnProvider>, PortError> {
        keep_provider::list(self.0, workspace).await
    }

    /// The workspace's own credentials of one provider.
    pub async fn find(self, workspace: &Workspace, provider: &ProviderId) -> Result<Option<OwnProvider>, PortError> {
        keep_provider::find(self.0, workspace, provider).await
    }

    /// Keeps credentials, in place of those of the same provider.
    pub async fn keep(
        self,
        acting: &Acting,
        workspace: &Workspace,
        typed: TypedProvider,
    ) -> Result<OwnProvider, KeepProviderError> {
        keep_provider::run(self.0, acting, workspace, typed).await
    }

    /// Forgets credentials; the server's count again, if it has any. `false` if there are none.
    pub async fn forget(
        self,
        acting: &Acting,
        workspace: &Workspace,
        provider: &ProviderId,
    ) -> Result<bool, ForgetProviderError> {
        keep_provider::remove(self.0, acting, workspace, provider).await
    }

    /// Begins a round trip by credentials that are not kept. What comes back is taken in where every answer of a provider is,
    /// and told as [`SignInOutcome::Tried`](crate::SignInOutcome).
    pub async fn try_out(
        self,
        caller: &Caller,
        workspace: &Workspace,
        session: &SessionView,
        typed: TypedProvider,
    ) -> Result<TrialBegun, TryProviderError> {
        try_provider::begin(self.0, caller, workspace, session, typed).await
    }
}
