//! Personal portal links (B4): making, listing and taking back. Opening one stands with the ways to sign in, which it
//! leads to.

pub mod create_portal_link;
pub mod revoke_portal_link;

use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::UserId;
use doorward_domain::ports::PortResult;
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// How a person is named by whoever makes a link for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// By their id.
    Id(UserId),
    /// By an address of theirs, as on the sign-in page.
    Address(EmailAddress),
}

async fn find(context: &Context, workspace: &Workspace, whom: &Whom) -> PortResult<Option<User>> {
    let users = &context.ports.users;
    match whom {
        Whom::Id(id) => users.find(workspace.id, *id).await,
        Whom::Address(address) => {
            let found = users.find_for_sign_in(workspace.id, &address.key()).await?;
            Ok(found.map(|record| record.user))
        }
    }
}
