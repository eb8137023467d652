//! `doorward portal-link …`: personal portal links of one person (B4).

use anyhow::{Context as _, bail};
use doorward_auth::Acting;
use doorward_auth::portal::Whom;
use doorward_auth::portal::create_portal_link::{CreatePortalLinkError, PortalLinkRequest};
use doorward_domain::ids::PortalLinkId;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::time_zone::rfc3339;

use super::{address, house, workspace};
use crate::cli::PortalLink;
use crate::output::{aside, say};
use crate::settings::Flags;

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// Runs it. A new link stands alone on standard output.
///
/// # Errors
/// An address that nobody has, a link that is not there, a life or a path that will not do, portal links that are off.
pub(crate) async fn run(flags: &Flags, command: &PortalLink) -> anyhow::Result<()> {
    match command {
        PortalLink::Create { whom, to, days } => {
            let return_to = ReturnTo::parse(to);
            if return_to.is_home() && to != "/" {
                bail!("--to {to}: write a path of the portal, such as /tickets");
            }
            let email = &whom.email;
            let address = address(email)?;
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, &whom.workspace).await?;
            let request = PortalLinkRequest {
                whom: Whom::Address(address),
                return_to,
                life_seconds: days.map(|days| u64::from(days).saturating_mul(SECONDS_OF_A_DAY)),
            };
            let made = house.auth.portal_links();
            let made = match made.create(&Acting::operator(), &workspace, request).await {
                Ok(made) => made,
                Err(CreatePortalLinkError::Port(error)) => return Err(error.into()),
                Err(error) => bail!("{email}: {error}"),
            };
            aside(format_args!(
                "Names {email} and signs nobody in: whoever opens it can have a code sent to that address.\n\
                 Good until {}. To take it back: doorward portal-link revoke --workspace {} --email {email} {}",
                rfc3339(made.expires_at),
                whom.workspace,
                made.id,
            ));
            say!("{}", made.url);
        }
        PortalLink::List { whom } => {
            let address = address(&whom.email)?;
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, &whom.workspace).await?;
            let portal_links = house.auth.portal_links();
            let Some(links) = portal_links.list(&workspace, &Whom::Address(address)).await? else {
                bail!("nobody in {} has the address {}", whom.workspace, whom.email);
            };
            let now = house.auth.now();
            for link in links {
                say!(
                    "{}  {:7}  {}  {}  {}",
                    link.id,
                    link.state(now).as_str(),
                    rfc3339(link.created_at),
                    rfc3339(link.expires_at),
                    link.return_to.as_str(),
                );
            }
        }
        PortalLink::Revoke { whom, link } => {
            let id: PortalLinkId = link
                .parse()
                .with_context(|| format!("{link}: write the id of a link, as \"portal-link list\" prints it"))?;
            let address = address(&whom.email)?;
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, &whom.workspace).await?;
            let key = address.key();
            let Some(record) = house.auth.ports().users.find_for_sign_in(workspace.id, &key).await? else {
                bail!("nobody in {} has the address {}", whom.workspace, whom.email);
            };
            let portal_links = house.auth.portal_links();
            if !portal_links
                .revoke(&Acting::operator(), &workspace, record.user.id, id)
                .await?
            {
                bail!(
                    "{} has no link {link} in {}, or it was taken back before",
                    whom.email,
                    whom.workspace
                );
            }
            say!("The link {link} opens nothing any more.");
        }
    }
    Ok(())
}
