//! The step after a temporary password (C2): its owner chooses one of their own, before anything else. Then the sign-in goes
//! on as it would have with that one: mailbox and second factor are asked for as ever.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::FlowId;
use doorward_domain::mail::Message;
use doorward_domain::password_rule::{PasswordContext, PasswordProblem, check_new_password};
use doorward_domain::ports::PasswordCheck;
use doorward_domain::secret::Password;
use doorward_domain::sign_in::{FirstStepProven, Proofs, Step};
use doorward_domain::workspace::Workspace;

use super::complete_second_factor::{over, under_way};
use super::finish::MailboxUnproved;
use super::request_code::{MailboxProofRequest, send_mailbox_proof};
use super::{Completed, complete};
use crate::context::{Caller, Context, asked_by};
use crate::outcome::{SignInError, SignInOutcome};

const NAME: &str = "replace-temporary-password";

/// What was chosen.
#[derive(Debug, Clone)]
pub struct ReplacedPassword {
    /// Where.
    pub workspace: Workspace,
    /// The attempt.
    pub flow: FlowId,
    /// The new password.
    pub password: Password,
}

/// What came of it.
#[derive(Debug)]
pub enum Replaced {
    /// It is set, and the sign-in went on.
    Set(Box<SignInOutcome>),
    /// The password will not do; nothing was changed.
    Problems(Vec<PasswordProblem>),
    /// It is the temporary one again; nothing was changed.
    SameAgain,
}

/// Sets the password, and goes on.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: ReplacedPassword,
) -> Result<Replaced, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    context.admit_costly(caller, workspace.id).await?;
    let at = under_way(context, caller, workspace, request.flow, now).await?;
    let at = at.filter(|at| {
        let until = at.record.password_temporary_until;
        at.first.step == Step::SetPassword && until.is_some_and(|until| now < until)
    });
    let Some(mut at) = at else {
        return Ok(Replaced::Set(Box::new(over(context, caller, workspace, now).await?)));
    };
    let user = &at.record.user;
    let addresses: Vec<_> = user.emails.iter().map(|email| email.address.clone()).collect();
    let settings = workspace.security.audience(user.role.audience());
    let words = PasswordContext::new(workspace, &user.name, &addresses);
    let problems = check_new_password(&request.password, settings, at.record.factors.app, &words);
    if !problems.is_empty() {
        return Ok(Replaced::Problems(problems));
    }
    let hasher = &context.ports.hasher;
    let same = hasher
        .check(request.password.clone(), at.record.password.clone())
        .await?;
    if matches!(same, PasswordCheck::Match { .. }) {
        return Ok(Replaced::SameAgain);
    }
    let digest = hasher.hash(request.password).await?;
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
        AuditAction::TemporaryPasswordReplaced,
        Some(&caller.client),
        now,
    );
    let set = context
        .ports
        .credentials
        .set_password(workspace.id, user.id, digest, None, notices, audit);
    let set = set.await?;
    let record = context.ports.users.find_record(workspace.id, user.id).await?;
    let Some(record) = record.filter(|_| set) else {
        return Ok(Replaced::Set(Box::new(over(context, caller, workspace, now).await?)));
    };
    at.record = record;
    let facts = at.facts(workspace);
    let proofs = Proofs {
        first_step: FirstStepProven::from_pending(&at.flow),
        ..Proofs::default()
    };
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: Some(&at.record),
        return_to: at.flow.return_to.clone(),
        rehash: None,
        flow: Some(at.flow.id),
        refunds: Vec::new(),
        clears: at.first.clears.clone(),
        notices: Vec::new(),
        now,
    };
    let outcome = match complete(context, &facts, proofs, completed).await? {
        Ok(outcome) => outcome,
        Err(MailboxUnproved { findings }) => {
            let proof = MailboxProofRequest {
                name: NAME,
                workspace,
                address: at.flow.email.clone(),
                return_to: at.flow.return_to.clone(),
                record: Some(at.record),
                findings,
            };
            send_mailbox_proof(context, caller, proof, now).await?
        }
    };
    Ok(Replaced::Set(Box::new(outcome)))
}
