//! What the command line can do, one file a command.

pub(crate) mod api_key;
pub(crate) mod audit;
pub(crate) mod directory;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod hand_over;
pub(crate) mod mail;
pub(crate) mod portal_link;
pub(crate) mod recover;
pub(crate) mod reseal;
pub(crate) mod run;
pub(crate) mod scim_token;
pub(crate) mod settings;
pub(crate) mod user;
pub(crate) mod workspace;

use anyhow::{Context as _, bail};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::password_rule::PasswordProblem;
use doorward_domain::workspace::{Slug, Workspace};
use doorward_persistence::Station;

use crate::settings::{Flags, Mode, Settings};
use crate::wiring::{self, House, Migrate};

/// The house as a command beside a server sees it.
pub(crate) async fn house(flags: &Flags) -> anyhow::Result<(Settings, House)> {
    let settings = Settings::load(flags, Mode::Command)?;
    crate::logging::start(settings.log_format, "warn");
    let house = wiring::build(&settings, Station::Command, Migrate::No).await?;
    Ok((settings, house))
}

/// The workspace of that slug.
pub(crate) async fn workspace(house: &House, slug: &str) -> anyhow::Result<Workspace> {
    let parsed = Slug::parse(slug).with_context(|| format!("--workspace {slug}"))?;
    match house.auth.ports().workspaces.find_by_slug(&parsed).await? {
        Some(workspace) => Ok(workspace.at(house.auth.now())),
        None => bail!(
            "there is no workspace \"{slug}\"; make it with: doorward workspace create {slug} --name … --owner-email …"
        ),
    }
}

/// An address from the command line.
pub(crate) fn address(text: &str) -> anyhow::Result<EmailAddress> {
    EmailAddress::parse(text).with_context(|| format!("\"{text}\""))
}

/// Problems of a password as sentences for the operator.
pub(crate) fn password_problems(problems: &[PasswordProblem]) -> String {
    let sentences: Vec<String> = problems
        .iter()
        .map(|problem| match problem {
            PasswordProblem::TooShort { min } => format!("it needs at least {min} characters"),
            PasswordProblem::Common => "it is one of those that are tried first".to_owned(),
            PasswordProblem::Context => "it is little more than a name or an address".to_owned(),
            _ => "it breaks a rule of the workspace".to_owned(),
        })
        .collect();
    format!("that password will not do: {}", sentences.join("; "))
}
