//! What people are told of a provider.

use doorward_domain::provider::{ProviderDescription, ProviderId};
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// The provider as it is named to people; by its id, where it has no credentials any more.
pub(crate) fn describe(context: &Context, workspace: &Workspace, id: &ProviderId) -> ProviderDescription {
    let all = context.ports.provider.offered(workspace);
    let known = all.into_iter().find(|provider| provider.id == *id);
    known.unwrap_or_else(|| ProviderDescription {
        id: id.clone(),
        name: id.to_string(),
        brand: id.brand(),
    })
}
