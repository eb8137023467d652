//! Making an organisation, with the email domains that place people in it (A9).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::OrganisationId;
use doorward_domain::organisation::{EmailDomain, MAX_DOMAINS, Organisation};
use doorward_domain::ports::{OrganisationSaved, PortError};
use doorward_domain::user::clean_name;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::{Acting, Context};

/// Why an organisation is not as it was wanted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OrganisationError {
    /// It has no name.
    #[error("an organisation needs a name")]
    NoName,
    /// Another organisation has the name.
    #[error("another organisation has that name")]
    NameTaken,
    /// This is no domain of mail addresses.
    #[error("not a domain of mail addresses: {0}")]
    NoDomain(String),
    /// Another organisation has the domain.
    #[error("another organisation has the domain {0}")]
    DomainTaken(EmailDomain),
    /// There are more than [`MAX_DOMAINS`].
    #[error("there are too many domains")]
    TooManyDomains,
    /// There is no such organisation.
    #[error("there is no such organisation")]
    Gone,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Name and domains as they are kept.
pub(crate) fn checked(name: &str, domains: &[String]) -> Result<(String, Vec<EmailDomain>), OrganisationError> {
    let name = clean_name(name);
    if name.is_empty() {
        return Err(OrganisationError::NoName);
    }
    let read = |typed: &String| EmailDomain::parse(typed).map_err(|_| OrganisationError::NoDomain(typed.clone()));
    let mut read = domains.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    read.sort();
    read.dedup();
    if read.len() > MAX_DOMAINS {
        return Err(OrganisationError::TooManyDomains);
    }
    Ok((name, read))
}

/// What the audit log tells of an organisation.
pub(crate) fn told(organisation: &Organisation) -> String {
    let domains: Vec<&str> = organisation.domains.iter().map(EmailDomain::as_str).collect();
    format!("{}: {}", organisation.name, domains.join(" "))
}

/// An organisation as it should be now, or why it is not.
pub(crate) fn settled(saved: OrganisationSaved) -> Result<(), OrganisationError> {
    match saved {
        OrganisationSaved::Saved => Ok(()),
        OrganisationSaved::NameTaken => Err(OrganisationError::NameTaken),
        OrganisationSaved::DomainTaken(domain) => Err(OrganisationError::DomainTaken(domain)),
        OrganisationSaved::Gone => Err(OrganisationError::Gone),
    }
}

/// Makes an organisation.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    (name, domains): (&str, &[String]),
) -> Result<Organisation, OrganisationError> {
    let now = context.now();
    let (name, domains) = checked(name, domains)?;
    let organisation = Organisation {
        id: OrganisationId::random(context.entropy()),
        workspace: workspace.id,
        name,
        domains,
        created_at: now,
    };
    let audit = context
        .audit_of(workspace.id, acting, None, AuditAction::OrganisationCreated, now)
        .with_detail(told(&organisation));
    settled(context.ports.organisations.create(organisation.clone(), audit).await?)?;
    Ok(organisation)
}
