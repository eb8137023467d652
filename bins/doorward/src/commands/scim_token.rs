//! `doorward scim-token …`: tokens by which directories are synced (B9).

use anyhow::{Context as _, bail};
use doorward_auth::directory::create_scim_token::NewScimToken;
use doorward_domain::audit::Actor;
use doorward_domain::ids::ScimTokenId;
use doorward_domain::time_zone::rfc3339;

use super::directory::scope;
use super::{house, workspace};
use crate::cli::ScimToken;
use crate::output::{aside, say};
use crate::settings::Flags;

/// Runs it. A new or renewed token stands alone on standard output.
///
/// # Errors
/// A workspace or a token that is not there.
pub(crate) async fn run(flags: &Flags, command: &ScimToken) -> anyhow::Result<()> {
    match command {
        ScimToken::Create {
            workspace: slug,
            name,
            identities,
        } => {
            let wanted = NewScimToken {
                name: name.clone(),
                scope: scope(identities)?,
            };
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            let directory = house.auth.directory();
            let (token, shown) = directory
                .create_token(Actor::Operator, None, &workspace, wanted)
                .await?;
            let auth = house.auth.config();
            let origin = auth
                .public_url
                .origin_of_workspace(&workspace, auth.default_workspace.as_ref());
            aside(format_args!(
                "Address for the directory: {origin}/scim/v2\nTo take the token back: doorward scim-token revoke \
                 --workspace {slug} {}",
                token.id
            ));
            say!("{shown}");
        }
        ScimToken::List { workspace: slug } => {
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            for token in house.auth.directory().tokens(&workspace).await? {
                say!(
                    "{}  {:7}  {}  {:24}  {}",
                    token.id,
                    if token.revoked_at.is_some() { "revoked" } else { "live" },
                    rfc3339(token.created_at),
                    token.last_used_at.map_or_else(|| "never used".to_owned(), rfc3339),
                    token.name,
                );
            }
        }
        ScimToken::Renew { workspace: slug, token } => {
            let id = id(token)?;
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            let directory = house.auth.directory();
            let Some(shown) = directory.renew_token(Actor::Operator, None, &workspace, id).await? else {
                bail!("there is no token {token} in {slug}");
            };
            say!("{shown}");
        }
        ScimToken::Revoke { workspace: slug, token } => {
            let id = id(token)?;
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            let directory = house.auth.directory();
            if !directory.revoke_token(Actor::Operator, None, &workspace, id).await? {
                bail!("there is no token {token} in {slug}, or it was taken back before");
            }
            say!("The token {token} is refused from now on.");
        }
    }
    Ok(())
}

fn id(text: &str) -> anyhow::Result<ScimTokenId> {
    text.parse()
        .with_context(|| format!("{text}: write the id of a token, as \"scim-token list\" prints it"))
}
