//! Making a key for the portal application (C9): shown once, stored as a digest.

use doorward_domain::api_key::{API_KEY_PREFIX, ApiKey, Scope};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::ApiKeyId;
use doorward_domain::ports::PortError;
use doorward_domain::secret::RawToken;
use doorward_domain::user::clean_name;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::{Acting, Context};

/// A key as its maker wants it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewApiKey {
    /// What people call it; may be empty.
    pub name: String,
    /// What it may do; nothing, if empty.
    pub scopes: Vec<Scope>,
}

/// Why there is no key.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CreateApiKeyError {
    /// It may do what its maker may not (R97).
    #[error("the scope {} is for what whoever acts may not do", .0.as_str())]
    BeyondOwn(Scope),
    /// A key makes no key.
    #[error("a key makes no key")]
    ByKey,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Makes a key with these scopes and hands it out, once.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    wanted: NewApiKey,
) -> Result<(ApiKey, String), CreateApiKeyError> {
    if matches!(acting.actor, Actor::ApiKey(_)) {
        return Err(CreateApiKeyError::ByKey);
    }
    let mut scopes = wanted.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    let lacks = |scope: &&Scope| !acting.rights.permissions.contains(scope.permission());
    if let Some(beyond) = scopes.iter().find(lacks) {
        return Err(CreateApiKeyError::BeyondOwn(*beyond));
    }
    let now = context.now();
    let token = RawToken::generate(context.entropy());
    let shown = format!("{API_KEY_PREFIX}{}", token.expose());
    let last = shown.char_indices().nth_back(3).map_or(0, |(at, _)| at);
    let key = ApiKey {
        id: ApiKeyId::random(context.entropy()),
        workspace: workspace.id,
        name: clean_name(&wanted.name),
        last_four: shown.get(last..).unwrap_or_default().to_owned(),
        digest: token.digest(),
        scopes,
        created_by: acting.actor.clone(),
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    let names: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    let audit = context
        .audit_of(workspace.id, acting, None, AuditAction::ApiKeyCreated, now)
        .with_detail(format!("{}: {}", key.name, names.join(" ")));
    context.ports.api_keys.create(key.clone(), audit).await?;
    Ok((key, shown))
}

/// The live key that was shown, if it is one of this workspace. The day of its use is noted, once a day.
pub(crate) async fn find(context: &Context, workspace: &Workspace, shown: &str) -> Result<Option<ApiKey>, PortError> {
    let Some(token) = shown.strip_prefix(API_KEY_PREFIX).and_then(RawToken::parse) else {
        return Ok(None);
    };
    let keys = &context.ports.api_keys;
    let found = keys.find(workspace.id, &token.digest()).await?;
    if let Some(key) = &found {
        let now = context.now();
        if key
            .last_used_at
            .is_none_or(|at| at < doorward_domain::api_key::day_of(now))
        {
            keys.note_use(workspace.id, key.id, now).await?;
        }
    }
    Ok(found)
}
