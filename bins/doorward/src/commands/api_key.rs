//! `doorward api-key …`.

use anyhow::bail;
use doorward_auth::Acting;
use doorward_auth::workspace::create_api_key::NewApiKey;
use doorward_domain::api_key::Scope;

use super::{house, workspace};
use crate::cli::ApiKey;
use crate::output::say;
use crate::settings::Flags;

/// Runs it.
///
/// # Errors
/// A scope that does not exist, or a workspace that does not.
pub(crate) async fn run(flags: &Flags, command: &ApiKey) -> anyhow::Result<()> {
    let ApiKey::Create {
        workspace: slug,
        scope,
        name,
    } = command;
    let mut scopes = Vec::new();
    for text in scope {
        let Some(scope) = Scope::parse(text) else {
            let known: Vec<&str> = Scope::ALL.into_iter().map(Scope::as_str).collect();
            bail!("--scope {text}: write one of {}", known.join(", "));
        };
        scopes.push(scope);
    }
    let wanted = NewApiKey {
        name: name.clone(),
        scopes,
    };
    let (_, house) = house(flags).await?;
    let workspace = workspace(&house, slug).await?;
    let (_, key) = house
        .auth
        .workspaces()
        .create_api_key(&Acting::operator(), &workspace, wanted)
        .await?;
    say!("{key}");
    Ok(())
}
