//! `doorward hand-over …`: keys by which the company's own site hands people over, and what is wrong with a token (B18).

use std::io::Read as _;

use anyhow::{Context as _, bail};
use doorward_auth::Acting;
use doorward_auth::sign_in::hand_over::HandOverToken;
use doorward_auth::workspace::add_hand_over_key::{AddHandOverKeyError, NewHandOverKey};
use doorward_auth::workspace::check_hand_over_token::WouldOpen;
use doorward_domain::hand_over::{HandOverAlgorithm, MAX_HAND_OVER_TOKEN};
use doorward_domain::ids::HandOverKeyId;
use doorward_domain::role::{Audience, Role};
use doorward_domain::time_zone::rfc3339;

use super::{house, workspace};
use crate::cli::{HandOver, HandOverKeyCommand};
use crate::output::{aside, say};
use crate::settings::Flags;

const fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Customers => "customers",
        Audience::Staff => "staff",
    }
}

fn audience(text: &str) -> anyhow::Result<Audience> {
    let both = [Audience::Customers, Audience::Staff];
    let found = both.into_iter().find(|audience| audience_name(*audience) == text);
    found.with_context(|| format!("--audience {text}: write customers or staff"))
}

/// Runs it. A new shared secret stands alone on standard output.
///
/// # Errors
/// A token that does not pass, a key that will not do or is not there.
pub(crate) async fn run(flags: &Flags, command: &HandOver) -> anyhow::Result<()> {
    match command {
        HandOver::Check { workspace: slug } => check(flags, slug).await,
        HandOver::Key(HandOverKeyCommand::Add {
            workspace: slug,
            audience: whom,
            algorithm,
            public_key,
            highest_role,
        }) => {
            let algorithm = algorithm
                .as_deref()
                .map(|text| {
                    HandOverAlgorithm::parse(text)
                        .with_context(|| format!("--algorithm {text}: write HS256, HS384, HS512, RS256 or ES256"))
                })
                .transpose()?;
            let highest_role = highest_role
                .as_deref()
                .map(|text| Role::parse(text).with_context(|| format!("--highest-role {text}: there is no such role")))
                .transpose()?;
            let public_key = public_key
                .as_ref()
                .map(|path| {
                    std::fs::read_to_string(path)
                        .with_context(|| format!("--public-key {}: the file cannot be read", path.display()))
                })
                .transpose()?;
            let request = NewHandOverKey {
                audience: audience(whom)?,
                algorithm,
                public_key,
                highest_role,
            };
            add(flags, slug, request).await
        }
        HandOver::Key(HandOverKeyCommand::List { workspace: slug }) => {
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            for key in house.auth.workspaces().hand_over_keys(&workspace).await? {
                let state = key
                    .revoked_at
                    .map_or_else(|| "live".to_owned(), |at| format!("revoked {}", rfc3339(at)));
                say!(
                    "{}  {:9}  {}  at most {}  {}  {state}",
                    key.id,
                    audience_name(key.audience),
                    key.algorithm,
                    key.highest_role.as_str(),
                    rfc3339(key.created_at),
                );
            }
            Ok(())
        }
        HandOver::Key(HandOverKeyCommand::Revoke { workspace: slug, key }) => {
            let id: HandOverKeyId = key
                .parse()
                .with_context(|| format!("{key}: write the id of a key, as \"hand-over key list\" prints it"))?;
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            let workspaces = house.auth.workspaces();
            if !workspaces
                .revoke_hand_over_key(&Acting::operator(), &workspace, id)
                .await?
            {
                bail!("{slug} has no live key {key}");
            }
            say!("Tokens of the key {key} are refused from now on.");
            Ok(())
        }
    }
}

async fn add(flags: &Flags, slug: &str, request: NewHandOverKey) -> anyhow::Result<()> {
    let (_, house) = house(flags).await?;
    let workspace = workspace(&house, slug).await?;
    let audience = request.audience;
    let workspaces = house.auth.workspaces();
    let added = workspaces
        .add_hand_over_key(&Acting::operator(), &workspace, request)
        .await;
    let added = match added {
        Ok(added) => added,
        Err(AddHandOverKeyError::Port(error)) => return Err(error.into()),
        Err(error) => bail!("{error}"),
    };
    let whom = audience_name(audience);
    aside(format_args!(
        "Key {} for {whom}: {}, at most {}.",
        added.key.id,
        added.key.algorithm,
        added.key.highest_role.as_str(),
    ));
    if !workspace
        .security
        .audience(audience)
        .offers(doorward_domain::method::Method::HandOver)
    {
        aside(format_args!(
            "Hand-over is off for {whom}. To switch it on: doorward settings set --workspace {slug} {whom}.hand_over=true"
        ));
    }
    match added.secret {
        Some(secret) => {
            aside(format_args!(
                "The shared secret follows, once. Your site uses it as the text it is."
            ));
            say!("{}", secret.expose());
        }
        None => say!("{}", added.key.id),
    }
    Ok(())
}

async fn check(flags: &Flags, slug: &str) -> anyhow::Result<()> {
    let mut text = String::new();
    let most = u64::try_from(MAX_HAND_OVER_TOKEN).unwrap_or(u64::MAX).saturating_mul(4);
    let read = std::io::stdin().lock().take(most).read_to_string(&mut text);
    read.context("the token is not text; give it on standard input")?;
    let (_, house) = house(flags).await?;
    let workspace = workspace(&house, slug).await?;
    let token = HandOverToken::new(&text);
    let checked = house
        .auth
        .workspaces()
        .check_hand_over_token(&workspace, &token)
        .await?;
    if let Some(drift) = checked.drift_seconds {
        let way = match drift {
            0 => "at the same second as ours".to_owned(),
            ahead @ 1.. => format!("{ahead} s ahead of our clock"),
            behind => format!("{} s behind our clock", behind.unsigned_abs()),
        };
        aside(format_args!("iat is {way}."));
    }
    if let Some(wrong) = checked.wrong {
        bail!(
            "{}: {}; it should be {} ({})",
            wrong.field,
            wrong.was,
            wrong.should,
            wrong.reason
        );
    }
    match checked.would_open {
        Some(WouldOpen::Account(user)) => say!("It would sign in the person {user}."),
        Some(WouldOpen::NewAccount) | None => say!("It would sign in somebody new."),
    }
    Ok(())
}
