//! What the other addresses of an account are told of a change, with a link of its own that undoes it for each that may
//! (A5, R48).

use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::SecretId;
use doorward_domain::mail::{EmailNotice, Message};
use doorward_domain::one_time::{EmailChange, Link, LinkPurpose, LinkSubject};
use doorward_domain::ports::RevertNotice;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{User, UserEmail};
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context, Recipient, asked_by};

/// One notice for every proved address of `user` but the one that the change is about; for a removal for that one too.
pub(super) fn notices(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: &User,
    change: &EmailChange,
    kind: EmailNotice,
    now: Timestamp,
) -> Vec<RevertNotice> {
    let about = subject(change);
    let of_removal = kind == EmailNotice::Removed;
    user.emails
        .iter()
        .filter(|email| email.verified_at.is_some() && (of_removal || email.address.key() != about.key()))
        .map(|email| notice(context, caller, workspace, user, email, change, kind, now))
        .collect()
}

/// The address that a change is about.
pub(super) const fn subject(change: &EmailChange) -> &EmailAddress {
    match change {
        EmailChange::Added { address }
        | EmailChange::MadePrimary { address, .. }
        | EmailChange::Removed { address } => address,
    }
}

#[expect(clippy::too_many_arguments, reason = "one call, next to what it is made from")]
fn notice(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: &User,
    to: &UserEmail,
    change: &EmailChange,
    kind: EmailNotice,
    now: Timestamp,
) -> RevertNotice {
    let limits = &context.config.limits;
    let undo = user
        .may_undo(to, limits.email_revert_lifetime(), now)
        .then(|| RawToken::generate(context.entropy()));
    let link = undo.as_ref().map(|token| Link {
        id: SecretId::sortable(context.entropy(), now),
        workspace: workspace.id,
        purpose: LinkPurpose::RevertEmail,
        user: user.id,
        subject: LinkSubject::Change { change: change.clone() },
        address: to.address.key(),
        digest: token.digest(),
        return_to: ReturnTo::default(),
        issued_at: now,
        expires_at: now.plus(limits.email_revert_lifetime()),
    });
    let message = Message::EmailChanged {
        change: kind,
        address: subject(change).masked(),
        by: asked_by(caller, now),
        revert_url: undo.map(|token| context.url(workspace, &format!("/revert-email/{}", token.expose()))),
        days: limits.email_revert_lifetime_seconds.div_ceil(24 * 60 * 60),
    };
    let recipient = Recipient {
        address: to.address.clone(),
        reader: Some(user),
        language: &caller.language,
    };
    RevertNotice {
        link,
        mail: context.mail(workspace, recipient, message, None, now),
    }
}
