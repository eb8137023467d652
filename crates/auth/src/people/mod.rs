//! The hand of the operator and of the portal application on people, and the answer to "why can't they sign in?".

pub mod bar_person;
pub mod challenge_caller;
pub mod create_user;
pub mod delete_person;
pub mod edit_person;
pub mod explain;
pub mod give_role;
pub mod invite;
pub mod mend;
pub mod reset_two_factor;
pub mod send_password_reset;
pub mod set_password;
pub mod set_status;
pub mod set_temporary_password;
pub mod sign_out_everywhere;
pub mod upsert_contact;

use doorward_domain::audit::AuditAction;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::UserId;
use doorward_domain::ports::{PortError, PortResult};
use doorward_domain::preview::Leaving;
use doorward_domain::role::{Permission, Role};
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, User, UserStatus};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::{Acting, Context};
use crate::workspace::preview_settings;

/// Why nothing is done to somebody, whatever it is.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PersonError {
    /// Nobody here has that id.
    #[error("nobody here has that id")]
    NobodyThere,
    /// They may do more than whoever acts (R97).
    #[error("the person has more rights than whoever acts")]
    OutOfReach,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The person of that id, if whoever acts may do anything to them (R97).
pub(crate) async fn person_in_reach(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: UserId,
) -> Result<SignInRecord, PersonError> {
    let record = context.ports.users.find_record(workspace.id, id).await?;
    let record = record.ok_or(PersonError::NobodyThere)?;
    if acting.rights.reach(record.user.rights()) {
        Ok(record)
    } else {
        Err(PersonError::OutOfReach)
    }
}

/// Whether nobody who may change the settings would get in any more without that person, though somebody does now (R105).
/// Two admins who each take the other away at the same moment are not seen by it; the last owner stays even then.
pub(crate) async fn is_last_way_in(context: &Context, workspace: &Workspace, user: &User) -> PortResult<bool> {
    if !user.permissions().contains(Permission::ManageSecuritySettings) {
        return Ok(false);
    }
    if user.role == Role::Owner {
        let owners = context.ports.users.with_roles(workspace.id, vec![Role::Owner]).await?;
        let another = |other: &User| other.id != user.id && other.status == UserStatus::Active;
        if !owners.iter().any(another) {
            // Who stays whoever else gets in; the store says so.
            return Ok(false);
        }
    }
    let leaving = Leaving {
        people: [user.id].into(),
        ..Leaving::default()
    };
    preview_settings::shuts_everybody_out(context, workspace, leaving).await
}

/// Counts a mail that staff are about to send to somebody (R112); where there have been too many, says when the next may go,
/// and writes it down.
pub(crate) async fn admit_staff_mail(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    (to, whose): (&EmailAddress, Option<UserId>),
    now: Timestamp,
) -> PortResult<Result<(), Option<Timestamp>>> {
    let charge = context.budgets().staff_mail(&to.key());
    match context.ports.throttle.consume(workspace.id, vec![charge], now).await? {
        Admission::Admitted => Ok(Ok(())),
        Admission::Exceeded { reason, retry_at } => {
            let mut entry = context.audit_of(workspace.id, acting, whose, AuditAction::LimitHit, now);
            reason.as_str().clone_into(&mut entry.outcome);
            context.ports.audit.append(entry).await?;
            Ok(Err(retry_at))
        }
    }
}
