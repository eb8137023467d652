//! Changing one's password, or setting a first one (R11): with a fresh proof of who one is.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::mail::Message;
use doorward_domain::password_rule::{PasswordContext, PasswordProblem, check_new_password};
use doorward_domain::secret::Password;
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context, asked_by};
use crate::outcome::SignInError;

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedPassword {
    /// Set. All other sessions are ended, links and codes under way are void.
    Changed,
    /// The password will not do; nothing was changed.
    Problems(Vec<PasswordProblem>),
    /// The account is gone.
    Gone,
}

/// Sets a new password.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
    password: Password,
) -> Result<ChangedPassword, SignInError> {
    let now = context.now();
    let Some(record) = context.ports.users.find_record(workspace.id, proof.user()).await? else {
        return Ok(ChangedPassword::Gone);
    };
    let user = &record.user;
    let addresses: Vec<_> = user.emails.iter().map(|email| email.address.clone()).collect();
    let settings = workspace.security.audience(user.role.audience());
    let words = PasswordContext::new(workspace, &user.name, &addresses);
    let problems = check_new_password(&password, settings, record.factors.app, &words);
    if !problems.is_empty() {
        return Ok(ChangedPassword::Problems(problems));
    }
    context.admit_costly(caller, workspace.id).await?;
    let digest = context.ports.hasher.hash(password).await?;
    let message = Message::PasswordChanged {
        by: Some(asked_by(caller, now)),
        at: now,
        forgot_password_url: context.url(workspace, "/forgot-password"),
    };
    let notices = context.notices(workspace, user, &caller.language, &message, now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::PasswordSet,
        Some(&caller.client),
        now,
    );
    let set = context
        .ports
        .credentials
        .set_password(workspace.id, user.id, digest, Some(proof.session()), notices, audit)
        .await?;
    Ok(if set {
        ChangedPassword::Changed
    } else {
        ChangedPassword::Gone
    })
}
