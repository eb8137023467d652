//! "This wasn't me": the link in the mail about a sign-in from a browser not seen before. It ends that session, and those
//! that were opened since, and starts a reset.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::SessionId;
use doorward_domain::one_time::{Link, LinkPurpose, LinkState, LinkSubject};
use doorward_domain::ports::{EndedSessions, RedeemLink};
use doorward_domain::secret::RawToken;
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::UserStatus;
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context};
use crate::outcome::SignInError;
use crate::recovery::request_reset;

/// What the page behind the link shows. Looking changes nothing (R34).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisownPage {
    /// The button.
    Confirm {
        /// When the sign-in was that it is about.
        at: Timestamp,
    },
    /// The link opens nothing (any more).
    Gone,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disowned {
    /// The session is over, with those opened since, and a reset link is on its way to the primary address.
    Done {
        /// That address, masked; `None` where no link could be sent.
        masked: Option<String>,
    },
    /// The link opens nothing (any more).
    Gone,
    /// Too many tries from this network.
    TryLater {
        /// When to come back.
        retry_at: Option<Timestamp>,
    },
}

/// Looks at the link.
pub(crate) async fn look(
    context: &Context,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<DisownPage, SignInError> {
    Ok(match live(context, workspace, token).await? {
        Some((link, _)) => DisownPage::Confirm { at: link.issued_at },
        None => DisownPage::Gone,
    })
}

/// Ends the session and starts the reset.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<Disowned, SignInError> {
    let now = context.now();
    let by_network = vec![context.budgets().network_try(&caller.client.network())];
    if let Admission::Exceeded { retry_at, .. } = context.ports.throttle.consume(workspace.id, by_network, now).await? {
        return Ok(Disowned::TryLater { retry_at });
    }
    let Some((link, session)) = live(context, workspace, token).await? else {
        return Ok(Disowned::Gone);
    };
    let audit = |action| {
        context.audit(
            workspace.id,
            Actor::User(link.user),
            Some(link.user),
            action,
            Some(&caller.client),
            now,
        )
    };
    let user = context.ports.users.find(workspace.id, link.user).await?;
    let reset = user
        .filter(|user| user.status == UserStatus::Active)
        .and_then(|user| request_reset::link_for(context, caller, workspace, &user, now));
    let (issues, masked) = reset.unzip();
    let redeem = RedeemLink {
        workspace: workspace.id,
        token: link.digest,
        purpose: LinkPurpose::NotMe,
        now,
        // With that session go those opened since: whoever signs in again from the same browser is not new there any more,
        // and no mail tells of it.
        ends: Some(EndedSessions {
            session,
            since: link.issued_at,
            audit: audit(AuditAction::SessionsEnded),
        }),
        begins: None,
        issues,
        mails: Vec::new(),
        receipt: None,
        audit: vec![audit(AuditAction::SessionDisowned)],
    };
    Ok(if context.ports.links.redeem(redeem).await? {
        Disowned::Done { masked }
    } else {
        Disowned::Gone
    })
}

async fn live(
    context: &Context,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<Option<(Link, SessionId)>, SignInError> {
    let now = context.now();
    let state = context.ports.links.look(workspace.id, &token.digest(), now).await?;
    Ok(match state {
        LinkState::Live(link) if link.purpose == LinkPurpose::NotMe => match link.subject {
            LinkSubject::Session { session } => Some((link, session)),
            LinkSubject::Person | LinkSubject::Change { .. } | LinkSubject::CallerAction { .. } => None,
        },
        _ => None,
    })
}
