//! Credentials of a provider that a workspace brings itself: keeping, listing and forgetting them (C3).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::CredentialsId;
use doorward_domain::own_provider::{ClientSecret, DraftProblem, OwnProvider, ProviderDraft, beyond_reach, misfits};
use doorward_domain::ports::{OwnProviderSaved, PortError, PortResult};
use doorward_domain::preview::Leaving;
use doorward_domain::provider::ProviderId;
use doorward_domain::role::{Rights, Role};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::preview_settings;
use crate::context::{Acting, Context};

/// Credentials that somebody typed. Whoever changes others of them need not type the secret again.
#[derive(Debug, Clone)]
pub struct TypedProvider {
    /// Which provider.
    pub id: ProviderId,
    /// What was said of it, by [`KEYS`](doorward_domain::own_provider::KEYS); empty values say nothing.
    pub values: std::collections::BTreeMap<String, String>,
    /// The secret; `None` for the one that is kept.
    pub secret: Option<ClientSecret>,
}

/// Why credentials were not kept.
#[derive(Debug, Error)]
pub enum KeepProviderError {
    /// They will not do; each thing to mend.
    #[error("the credentials will not do")]
    Problems(Vec<DraftProblem>),
    /// It says who people are, owners among them, and whoever asks reaches no owner (R97); the keys that do.
    #[error("that is for an owner to say")]
    BeyondReach(Vec<&'static str>),
    /// The workspace has as many of its own as it may.
    #[error("the workspace has as many providers of its own as it may")]
    TooMany,
    /// The workspace is gone.
    #[error("the workspace is gone")]
    Gone,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Keeps credentials, in place of those of the same provider.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    typed: TypedProvider,
) -> Result<OwnProvider, KeepProviderError> {
    let now = context.now();
    let (draft, name) = read(context, workspace, typed).await?;
    if !acting.rights.reach(Rights::of(Role::Owner)) {
        let kept = find(context, workspace, &draft.id).await?;
        let beyond = beyond_reach(kept.as_ref().map(|kept| &kept.draft), &draft);
        if !beyond.is_empty() {
            return Err(KeepProviderError::BeyondReach(beyond));
        }
    }
    let provider = OwnProvider {
        workspace: workspace.id,
        revision: CredentialsId::random(context.entropy()),
        draft,
        name,
        changed_at: now,
    };
    let audit = context
        .audit_of(workspace.id, acting, None, AuditAction::ProviderSaved, now)
        .with_detail(provider.draft.id.as_str());
    match context.ports.workspace_providers.save(provider.clone(), audit).await? {
        OwnProviderSaved::Saved => Ok(provider),
        OwnProviderSaved::TooMany => Err(KeepProviderError::TooMany),
        OwnProviderSaved::Gone => Err(KeepProviderError::Gone),
    }
}

/// What was typed as credentials, with the kept secret where none was typed, and the word on the button.
pub(crate) async fn read(
    context: &Context,
    workspace: &Workspace,
    typed: TypedProvider,
) -> Result<(ProviderDraft, String), KeepProviderError> {
    let given = typed.secret.clone().filter(|secret| !secret.expose().trim().is_empty());
    let secret = if let Some(secret) = given {
        secret
    } else {
        let kept = context.ports.workspace_providers.find(workspace.id, &typed.id).await?;
        let kept = kept.filter(|kept| is_for_the_same_client(&kept.draft, &typed));
        kept.map_or_else(|| ClientSecret::new(String::new()), |kept| kept.draft.secret)
    };
    let said = typed
        .values
        .into_iter()
        .map(|(key, value)| (key, value.trim().to_owned()));
    let draft = ProviderDraft {
        id: typed.id,
        values: said.filter(|(_, value)| !value.is_empty()).collect(),
        secret,
    };
    let mut problems = misfits(&draft);
    match context.ports.provider.read(&draft) {
        Ok(name) if problems.is_empty() => Ok((draft, name)),
        Ok(_) => Err(KeepProviderError::Problems(problems)),
        Err(more) => {
            problems.extend(more);
            Err(KeepProviderError::Problems(problems))
        }
    }
}

/// A secret that is kept goes only where it was meant to go: whoever changes an address that it is sent to, or whose it is,
/// has to know it.
fn is_for_the_same_client(kept: &ProviderDraft, typed: &TypedProvider) -> bool {
    const BINDING: [&str; 7] = [
        "kind",
        "client_id",
        "issuer",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "tenants",
    ];
    BINDING.into_iter().all(|key| {
        let said = |value: Option<&String>| value.map(|value| value.trim().to_owned()).unwrap_or_default();
        said(kept.values.get(key)) == said(typed.values.get(key))
    })
}

/// All credentials of the workspace's own, by id of the provider.
pub(crate) async fn list(context: &Context, workspace: &Workspace) -> PortResult<Vec<OwnProvider>> {
    context.ports.workspace_providers.list(workspace.id).await
}

/// The workspace's own credentials of a provider.
pub(crate) async fn find(
    context: &Context,
    workspace: &Workspace,
    provider: &ProviderId,
) -> PortResult<Option<OwnProvider>> {
    context.ports.workspace_providers.find(workspace.id, provider).await
}

/// Why credentials are not forgotten.
#[derive(Debug, Error)]
pub enum ForgetProviderError {
    /// Without them nobody who may change the settings would get in (R105).
    #[error("without the provider nobody who may change the settings would get in")]
    LastWayIn,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Forgets credentials. `false` if there are none.
pub(crate) async fn remove(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    provider: &ProviderId,
) -> Result<bool, ForgetProviderError> {
    let now = context.now();
    let mut without = workspace.clone();
    without.own_providers.retain(|own| own.id != *provider);
    // The server may have credentials for it too.
    let stays = context.ports.provider.offered(&without);
    if stays.iter().all(|left| left.id != *provider) {
        let leaving = Leaving {
            providers: [provider.clone()].into(),
            ..Leaving::default()
        };
        if preview_settings::shuts_everybody_out(context, workspace, leaving).await? {
            return Err(ForgetProviderError::LastWayIn);
        }
    }
    let audit = context
        .audit_of(workspace.id, acting, None, AuditAction::ProviderRemoved, now)
        .with_detail(provider.as_str());
    let kept = &context.ports.workspace_providers;
    Ok(kept.remove(workspace.id, provider, audit).await?)
}
