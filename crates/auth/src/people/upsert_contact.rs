//! A contact that the portal application knows, before its owner ever signs in (A1).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::{EmailId, OrganisationId, UserId};
use doorward_domain::ports::{ContactUpsert, PortError};
use doorward_domain::user::{ContactIdentity, User, clean_name};
use doorward_domain::workspace::Workspace;

use crate::context::{Acting, Context};

/// What the portal application says of a contact.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Where.
    pub workspace: Workspace,
    /// By which they are known.
    pub identity: ContactIdentity,
    /// Their name, if known.
    pub name: Option<String>,
    /// Names of their organisations.
    pub organisations: Vec<String>,
}

/// Finds or makes the person, and says whether they were made. Verifies nothing; whoever may do more than whoever acts is
/// found, and left as they are (R97).
pub(crate) async fn run(context: &Context, acting: &Acting, contact: Contact) -> Result<(User, bool), PortError> {
    let now = context.now();
    let audit = context.audit_of(contact.workspace.id, acting, None, AuditAction::UserUpdated, now);
    let upsert = ContactUpsert {
        workspace: contact.workspace.id,
        identity: contact.identity,
        name: contact
            .name
            .map(|name| clean_name(&name))
            .filter(|name| !name.is_empty()),
        new_user: UserId::random(context.entropy()),
        new_email: EmailId::random(context.entropy()),
        organisations: contact
            .organisations
            .iter()
            .map(|name| (OrganisationId::random(context.entropy()), clean_name(name)))
            .filter(|(_, name)| !name.is_empty())
            .collect(),
        now,
        rights: acting.rights,
    };
    context.ports.users.upsert_contact(upsert, audit).await
}
