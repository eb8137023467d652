//! Deleting one's own account: with a fresh proof, and with 30 days to undo it by the link that is mailed.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::SecretId;
use doorward_domain::mail::Message;
use doorward_domain::one_time::{Link, LinkPurpose, LinkState, LinkSubject};
use doorward_domain::ports::{DeletePerson, PersonDeleted, RestorePerson};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context, Recipient, asked_by};
use crate::outcome::SignInError;
use crate::people::is_last_way_in;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletedAccount {
    /// Deleted; until then it can be undone.
    Deleted {
        /// Until when.
        until: Timestamp,
    },
    /// The last owner of a workspace stays (A8).
    LastOwner,
    /// Without them nobody who may change the settings would get in (R105).
    LastWayIn,
    /// There is no such account (any more).
    Gone,
}

/// How undoing it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoredAccount {
    /// The account is back.
    Restored,
    /// The link undoes nothing (any more).
    Gone,
    /// Too many tries from this network.
    TryLater {
        /// When to come back.
        retry_at: Option<Timestamp>,
    },
}

/// Deletes the account of the session that the proof is of.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
) -> Result<DeletedAccount, SignInError> {
    let now = context.now();
    if proof.workspace() != workspace.id {
        return Ok(DeletedAccount::Gone);
    }
    let Some(user) = context.ports.users.find(workspace.id, proof.user()).await? else {
        return Ok(DeletedAccount::Gone);
    };
    if is_last_way_in(context, workspace, &user).await? {
        return Ok(DeletedAccount::LastWayIn);
    }
    let until = now.plus(context.config.limits.deletion_undo());
    let message = |restore_url| Message::AccountDeleted {
        by: Some(asked_by(caller, now)),
        at: now,
        until,
        restore_url,
    };
    let mut notices = Vec::new();
    let mut link = None;
    for email in user.emails.iter().filter(|email| email.reaches_owner()) {
        // One link, in the mail to the primary address: the others are told, and cannot bring it back.
        let restore_url = email.primary.then(|| {
            let token = RawToken::generate(context.entropy());
            link = Some(Link {
                id: SecretId::sortable(context.entropy(), now),
                workspace: workspace.id,
                purpose: LinkPurpose::UndoDeletion,
                user: user.id,
                subject: LinkSubject::Person,
                address: email.address.key(),
                digest: token.digest(),
                return_to: ReturnTo::default(),
                issued_at: now,
                expires_at: until,
            });
            context.url(workspace, &format!("/restore-account/{}", token.expose()))
        });
        let to = Recipient {
            address: email.address.clone(),
            reader: Some(&user),
            language: &caller.language,
        };
        notices.push(context.mail(workspace, to, message(restore_url), None, now));
    }
    let delete = DeletePerson {
        workspace: workspace.id,
        user: user.id,
        link,
        notices,
        now,
    };
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::UserDeleted,
        Some(&caller.client),
        now,
    );
    Ok(match context.ports.departures.delete(delete, audit).await? {
        PersonDeleted::Deleted => DeletedAccount::Deleted { until },
        PersonDeleted::LastOwner => DeletedAccount::LastOwner,
        PersonDeleted::NoSuchPerson => DeletedAccount::Gone,
    })
}

/// Whether the link still undoes a deletion; looking changes nothing (R34).
pub(crate) async fn look(context: &Context, workspace: &Workspace, token: &RawToken) -> Result<bool, SignInError> {
    Ok(live(context, workspace, token).await?.is_some())
}

/// Undoes it.
pub(crate) async fn restore(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<RestoredAccount, SignInError> {
    let now = context.now();
    let by_network = vec![context.budgets().network_try(&caller.client.network())];
    if let Admission::Exceeded { retry_at, .. } = context.ports.throttle.consume(workspace.id, by_network, now).await? {
        return Ok(RestoredAccount::TryLater { retry_at });
    }
    let Some(link) = live(context, workspace, token).await? else {
        return Ok(RestoredAccount::Gone);
    };
    let Some(user) = context.ports.users.find(workspace.id, link.user).await? else {
        return Ok(RestoredAccount::Gone);
    };
    let message = Message::AccountRestored {
        at: now,
        forgot_password_url: context.url(workspace, "/forgot-password"),
    };
    let restore = RestorePerson {
        workspace: workspace.id,
        user: user.id,
        token: Some(link.digest),
        notices: context.notices(workspace, &user, &caller.language, &message, now),
        now,
    };
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::UserRestored,
        Some(&caller.client),
        now,
    );
    Ok(if context.ports.departures.restore(restore, audit).await? {
        RestoredAccount::Restored
    } else {
        RestoredAccount::Gone
    })
}

async fn live(context: &Context, workspace: &Workspace, token: &RawToken) -> Result<Option<Link>, SignInError> {
    let now = context.now();
    let state = context.ports.links.look(workspace.id, &token.digest(), now).await?;
    Ok(match state {
        LinkState::Live(link) if link.purpose == LinkPurpose::UndoDeletion => Some(link),
        _ => None,
    })
}
