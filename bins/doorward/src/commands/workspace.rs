//! `doorward workspace …`.

use doorward_auth::workspace::create_workspace::CreateWorkspace;
use doorward_domain::audit::Actor;
use doorward_domain::user::clean_name;
use doorward_domain::workspace::{Portal, Slug};

use super::{address, house};
use crate::cli::Workspace;
use crate::output::say;
use crate::settings::Flags;

/// Runs it.
///
/// # Errors
/// A slug or address that will not do, or a slug that is taken.
pub(crate) async fn run(flags: &Flags, command: &Workspace) -> anyhow::Result<()> {
    let Workspace::Create {
        slug,
        name,
        owner_email,
    } = command;
    let slug = Slug::parse(slug)?;
    let owner = address(owner_email)?;
    let name = clean_name(name);
    anyhow::ensure!(!name.is_empty(), "--name: write what people call the workspace");
    let (_, house) = house(flags).await?;
    let request = CreateWorkspace {
        slug,
        name,
        owner,
        owner_password: None,
        portal: Portal::default(),
    };
    let created = house.auth.workspaces().create(Actor::Operator, request).await?;
    let config = house.auth.config();
    let origin = config
        .public_url
        .origin_of_workspace(&created.workspace, config.default_workspace.as_ref());
    say!("Workspace {} is at {origin}", created.workspace.name);
    if let Some(link) = created.owner.link {
        say!("Its owner sets a password here, once, within seven days:\n{link}");
    }
    Ok(())
}
