//! `doorward recover`: the operator's link for somebody who runs a workspace and has no way in left (B15).

use doorward_auth::recovery::recover::RecoverError;
use doorward_domain::audit::Actor;

use super::{address, house, workspace};
use crate::output::{aside, say};
use crate::settings::Flags;

/// Runs it. The link stands alone on standard output.
///
/// # Errors
/// An address that nobody who runs the workspace has, or a workspace that does not exist.
pub(crate) async fn run(flags: &Flags, slug: &str, email: &str) -> anyhow::Result<()> {
    let address = address(email)?;
    let (_, house) = house(flags).await?;
    let workspace = workspace(&house, slug).await?;
    let link = match house
        .auth
        .recovery()
        .recover(Actor::Operator, &workspace, &address)
        .await
    {
        Ok(link) => link,
        Err(RecoverError::Port(error)) => return Err(error.into()),
        Err(error) => anyhow::bail!("{email}: {error}"),
    };
    let minutes = link.expires_at.since(house.auth.now()).as_secs().div_ceil(60);
    aside(format_args!(
        "Good once, within {minutes} minutes, for {email} in {slug}: it sets a new password and a new second factor.\n\
         Everybody who runs the workspace is told by mail. A link that was made before opens nothing any more."
    ));
    say!("{}", link.url);
    Ok(())
}
