//! Removing an address (A5, R49): any but the only one, and never the primary one.

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

/// Removes it: from the next request on it signs nobody in, and all other sessions end. A claim that was never proved is
/// removed without a word to anybody: it never opened anything.
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
        return Ok(EmailChanged::Primary);
    }
    let notices = if email.verified_at.is_some() {
        let change = EmailChange::Removed {
            address: email.address.clone(),
        };
        email_notices::notices(context, caller, workspace, &user, &change, EmailNotice::Removed, now)
    } else {
        Vec::new()
    };
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::EmailRemoved,
        Some(&caller.client),
        now,
    );
    Ok(context
        .ports
        .emails
        .remove(workspace.id, user.id, id, Some(proof.session()), notices, audit)
        .await?)
}
