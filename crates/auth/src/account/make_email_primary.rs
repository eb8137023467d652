//! Making a proved address the primary one (A5, R48).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::EmailId;
use doorward_domain::mail::EmailNotice;
use doorward_domain::one_time::EmailChange;
use doorward_domain::ports::EmailChanged;
use doorward_domain::workspace::Workspace;

use super::email_notices;
use crate::context::{Caller, Context};
use crate::outcome::SignInError;

/// Makes it the primary one; all other sessions end.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
    id: EmailId,
) -> Result<EmailChanged, SignInError> {
    let now = context.now();
    let Some(user) = context.ports.users.find(workspace.id, proof.user()).await? else {
        return Ok(EmailChanged::Gone);
    };
    let Some(email) = user.emails.iter().find(|email| email.id == id) else {
        return Ok(EmailChanged::Gone);
    };
    if email.primary {
        return Ok(EmailChanged::Done);
    }
    if email.verified_at.is_none() {
        return Ok(EmailChanged::Unproved);
    }
    let Some(before) = user.primary_email() else {
        return Ok(EmailChanged::Gone);
    };
    let change = EmailChange::MadePrimary {
        address: email.address.clone(),
        before: before.address.clone(),
    };
    let notices = email_notices::notices(
        context,
        caller,
        workspace,
        &user,
        &change,
        EmailNotice::MadePrimary,
        now,
    );
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::EmailMadePrimary,
        Some(&caller.client),
        now,
    );
    Ok(context
        .ports
        .emails
        .make_primary(workspace.id, user.id, id, Some(proof.session()), notices, audit)
        .await?)
}
