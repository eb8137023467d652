//! Reading the audit log (C6).

use doorward_domain::audit_log::{AuditQuery, AuditRow};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::UserId;
use doorward_domain::ports::PortResult;
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// A page of rows, newest first.
pub(crate) async fn run(context: &Context, workspace: &Workspace, query: AuditQuery) -> PortResult<Vec<AuditRow>> {
    context.ports.audit_log.page(workspace.id, query).await
}

/// The person that a filter names, by id or by an address that signs them in. `None` where there is nobody.
pub(crate) async fn person(context: &Context, workspace: &Workspace, named: &str) -> PortResult<Option<UserId>> {
    if let Ok(id) = named.parse::<UserId>() {
        return Ok(Some(id));
    }
    let Ok(address) = EmailAddress::parse(named) else {
        return Ok(None);
    };
    let found = context
        .ports
        .users
        .find_for_sign_in(workspace.id, &address.key())
        .await?;
    Ok(found.map(|record| record.user.id))
}
