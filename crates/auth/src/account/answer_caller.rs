//! The answer of whoever is called about: in a live session of theirs they say that it is them, or that it is not; by the link
//! in the mail they stop what was announced (C10).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::caller_challenge::{CallerAction, CallerChallenge, CallerEnd, CallerEvent};
use doorward_domain::ids::{CallerChallengeId, UserId};
use doorward_domain::one_time::{LinkPurpose, LinkState, LinkSubject};
use doorward_domain::ports::{EndChallenge, PortResult};
use doorward_domain::secret::RawToken;
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context};
use crate::outcome::SignInError;
use crate::people::challenge_caller::notices;

/// What the page of such a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopPage {
    /// It can be stopped.
    Confirm {
        /// What it is.
        action: CallerAction,
    },
    /// There is nothing (any more) to stop.
    Gone,
}

/// What came of stopping it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It will not happen.
    Done,
    /// There was nothing (any more) to stop.
    Gone,
    /// Too many tries from this network.
    TryLater {
        /// When to come back.
        retry_at: Option<Timestamp>,
    },
}

/// What staff asks of somebody at present.
pub(crate) async fn waiting(
    context: &Context,
    workspace: &Workspace,
    user: UserId,
) -> PortResult<Vec<CallerChallenge>> {
    let now = context.now();
    context.ports.caller_challenges.of_person(workspace.id, user, now).await
}

/// "Yes, it's me", in a session of that person. `false` if nothing waits for that (any more).
pub(crate) async fn confirm(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    (user, id): (UserId, CallerChallengeId),
) -> Result<bool, SignInError> {
    let now = context.now();
    let audit = context.audit(
        workspace.id,
        Actor::User(user),
        Some(user),
        AuditAction::CallerChallengeProved,
        Some(&caller.client),
        now,
    );
    let open_until = now.plus(context.config.limits.fresh_proof_admin());
    let port = &context.ports.caller_challenges;
    Ok(port.confirm(workspace.id, id, user, open_until, audit).await?)
}

/// "No": it is refused, whichever way it was to be proved, and all mailboxes learn it. `false` if there is nothing (any more).
pub(crate) async fn refuse(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    (user, id): (UserId, CallerChallengeId),
) -> Result<bool, SignInError> {
    let now = context.now();
    let found = context.ports.caller_challenges.find(workspace.id, id).await?;
    let Some(challenge) = found.filter(|challenge| challenge.user == user) else {
        return Ok(false);
    };
    let Some(person) = context.ports.users.find(workspace.id, user).await? else {
        return Ok(false);
    };
    let what = (CallerEvent::Refused, challenge.action);
    let end = EndChallenge {
        workspace: workspace.id,
        id,
        user,
        how: CallerEnd::Refused,
        mails: notices(context, workspace, &person, what, now),
        now,
    };
    let audit = context
        .audit(
            workspace.id,
            Actor::User(user),
            Some(user),
            AuditAction::CallerChallengeRefused,
            Some(&caller.client),
            now,
        )
        .with_detail(challenge.action.as_str());
    Ok(context.ports.caller_challenges.end(end, audit).await?)
}

/// Looks at the link that stops what was announced; changes nothing (R34).
pub(crate) async fn look(context: &Context, workspace: &Workspace, token: &RawToken) -> Result<StopPage, SignInError> {
    Ok(match live(context, workspace, token).await? {
        Some(challenge) => StopPage::Confirm {
            action: challenge.action,
        },
        None => StopPage::Gone,
    })
}

/// Stops it. The link needs no session: whoever reads the mailbox may say no.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<Stopped, SignInError> {
    let now = context.now();
    let by_network = vec![context.budgets().network_try(&caller.client.network())];
    if let Admission::Exceeded { retry_at, .. } = context.ports.throttle.consume(workspace.id, by_network, now).await? {
        return Ok(Stopped::TryLater { retry_at });
    }
    let Some(challenge) = live(context, workspace, token).await? else {
        return Ok(Stopped::Gone);
    };
    let whose = (challenge.user, challenge.id);
    Ok(if refuse(context, caller, workspace, whose).await? {
        Stopped::Done
    } else {
        Stopped::Gone
    })
}

async fn live(
    context: &Context,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<Option<CallerChallenge>, SignInError> {
    let now = context.now();
    let state = context.ports.links.look(workspace.id, &token.digest(), now).await?;
    let LinkState::Live(link) = state else {
        return Ok(None);
    };
    match (link.purpose, link.subject) {
        (LinkPurpose::StopCallerAction, LinkSubject::CallerAction { challenge }) => {
            let under_way = context
                .ports
                .caller_challenges
                .of_person(workspace.id, link.user, now)
                .await?;
            Ok(under_way.into_iter().find(|one| one.id == challenge))
        }
        _ => Ok(None),
    }
}
