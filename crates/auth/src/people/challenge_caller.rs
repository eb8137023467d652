//! The challenge to somebody who calls (C10): staff begins it, types the code that is read out to them, or takes it back.
//! They never see the code: it goes to a mailbox of the caller, and only a digest is kept.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::caller_challenge::{CallerAction, CallerChallenge, CallerEnd, CallerEvent, CallerWay};
use doorward_domain::ids::{CallerChallengeId, EmailId, FlowId, SecretId, UserId};
use doorward_domain::mail::{Message, NewMail};
use doorward_domain::one_time::{Link, LinkPurpose, LinkSubject};
use doorward_domain::ports::{BeginChallenge, ChallengeTried, EndChallenge, PortError, TryChallenge};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::Permission;
use doorward_domain::secret::{EmailCode, RawToken};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, User, UserEmail, UserStatus};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::{PersonError, admit_staff_mail, person_in_reach};
use crate::context::{Acting, Context, Recipient};

/// How the caller is to prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeBy {
    /// By a code to that address of theirs, which they proved before.
    Mailbox(EmailId),
    /// In a live session of theirs.
    Session,
    /// Not at all: it is announced, and waits.
    Delay,
}

/// A challenge that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerRequest {
    /// Whom it is about.
    pub user: UserId,
    /// What for.
    pub action: CallerAction,
    /// How.
    pub by: ChallengeBy,
}

/// Why nothing is done for somebody who calls.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallerError {
    /// Nobody here has that id, or they are deleted.
    #[error("nobody here has that id")]
    NobodyThere,
    /// They may do more than whoever acts (R97).
    #[error("the person has more rights than whoever acts")]
    OutOfReach,
    /// Whoever acts is that person: what is one's own is changed on one's own pages, with one's own proofs.
    #[error("nobody does this to themself; see the security page of your own account")]
    Oneself,
    /// Whoever acts lacks the permission.
    #[error("the permission is missing")]
    NotPermitted,
    /// There is no mailbox that would do.
    #[error("the person has no such proved mailbox")]
    NoMailbox,
    /// Too many mails went there.
    #[error("too many mails went to that address")]
    TryLater {
        /// When the next may go.
        retry_at: Option<Timestamp>,
    },
    /// There is no challenge that is open, of whoever acts, for this person and this very action (C10).
    #[error("no challenge is open for that")]
    NotOpen,
    /// Hashing failed.
    #[error(transparent)]
    Hasher(#[from] doorward_domain::ports::HasherError),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<PersonError> for CallerError {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::NobodyThere => Self::NobodyThere,
            PersonError::OutOfReach => Self::OutOfReach,
            PersonError::Port(error) => Self::Port(error),
        }
    }
}

/// The person, if whoever acts may do such things to them at all.
pub(crate) async fn caller_in_reach(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    user: UserId,
) -> Result<SignInRecord, CallerError> {
    let record = person_in_reach(context, acting, workspace, user).await?;
    if acting.actor == Actor::User(user) {
        return Err(CallerError::Oneself);
    }
    // What a key may do stands in its scopes.
    let is_key = matches!(acting.actor, Actor::ApiKey(_));
    if !is_key && !may(acting, Permission::SetPasswordsAndResetTwoFactor) {
        return Err(CallerError::NotPermitted);
    }
    if record.user.status == UserStatus::Deleted {
        return Err(CallerError::NobodyThere);
    }
    Ok(record)
}

fn may(acting: &Acting, permission: Permission) -> bool {
    acting.rights.permissions.contains(permission)
}

/// Begins a challenge.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    request: CallerRequest,
) -> Result<CallerChallenge, CallerError> {
    let now = context.now();
    let limits = &context.config.limits;
    let record = caller_in_reach(context, acting, workspace, request.user).await?;
    let user = &record.user;
    let mut begin = BeginChallenge {
        challenge: CallerChallenge {
            id: CallerChallengeId::random(context.entropy()),
            workspace: workspace.id,
            asked_by: acting.actor.clone(),
            user: user.id,
            action: request.action,
            way: CallerWay::Session,
            tries_left: limits.code_tries_per_attempt,
            created_at: now,
            expires_at: now.plus(limits.code_lifetime()),
            proved_at: None,
            ended: None,
        },
        code: None,
        links: Vec::new(),
        mails: Vec::new(),
    };
    let mut action = AuditAction::CallerChallengeBegun;
    match request.by {
        ChallengeBy::Session => {}
        ChallengeBy::Mailbox(id) => {
            let proved = user
                .emails
                .iter()
                .find(|email| email.id == id && email.verified_at.is_some());
            let email = proved.ok_or(CallerError::NoMailbox)?;
            let whom = (&email.address, Some(user.id));
            if let Err(retry_at) = admit_staff_mail(context, acting, workspace, whom, now).await? {
                return Err(CallerError::TryLater { retry_at });
            }
            let code = EmailCode::generate(context.entropy());
            begin.code = Some(code.digest(&context.config.code_key, bound_to(begin.challenge.id)));
            begin.challenge.way = CallerWay::Mailbox {
                address: email.address.key(),
            };
            let message = Message::CallerCode {
                code: code.expose(),
                minutes: limits.code_lifetime_seconds.div_ceil(60),
                action: request.action,
                at: now,
            };
            let mut mail = to_mailbox(context, workspace, user, email, message, now);
            mail.expires_at = Some(begin.challenge.expires_at);
            begin.mails.push(mail);
        }
        ChallengeBy::Delay => {
            if !may(acting, Permission::ActWithoutCallerChallenge) {
                return Err(CallerError::NotPermitted);
            }
            let due_at = now.plus(limits.caller_challenge_delay());
            begin.challenge.way = CallerWay::Delay { due_at };
            begin.challenge.expires_at = due_at.plus(limits.caller_challenge_delay());
            announce(context, workspace, user, &mut begin, due_at, now);
            if begin.mails.is_empty() {
                return Err(CallerError::NoMailbox);
            }
            action = AuditAction::CallerActionAnnounced;
        }
    }
    let challenge = begin.challenge.clone();
    let audit = context
        .audit_of(workspace.id, acting, Some(user.id), action, now)
        .with_detail(format!("{} by {}", challenge.action.as_str(), challenge.way.as_str()));
    context.ports.caller_challenges.begin(begin, audit).await?;
    Ok(challenge)
}

/// Tells every mailbox, each with a link of its own that stops it.
fn announce(
    context: &Context,
    workspace: &Workspace,
    user: &User,
    begin: &mut BeginChallenge,
    due_at: Timestamp,
    now: Timestamp,
) {
    for email in user.emails.iter().filter(|email| email.reaches_owner()) {
        let token = RawToken::generate(context.entropy());
        begin.links.push(Link {
            id: SecretId::sortable(context.entropy(), now),
            workspace: workspace.id,
            purpose: LinkPurpose::StopCallerAction,
            user: user.id,
            subject: LinkSubject::CallerAction {
                challenge: begin.challenge.id,
            },
            address: email.address.key(),
            digest: token.digest(),
            return_to: ReturnTo::default(),
            issued_at: now,
            expires_at: begin.challenge.expires_at,
        });
        let message = Message::CallerNotice {
            event: CallerEvent::Announced,
            action: begin.challenge.action,
            at: now,
            due_at: Some(due_at),
            stop_url: Some(context.url(workspace, &format!("/stop-request/{}", token.expose()))),
            forgot_password_url: context.url(workspace, "/forgot-password"),
        };
        begin
            .mails
            .push(to_mailbox(context, workspace, user, email, message, now));
    }
}

fn to_mailbox(
    context: &Context,
    workspace: &Workspace,
    user: &User,
    email: &UserEmail,
    message: Message,
    now: Timestamp,
) -> NewMail {
    let to = Recipient {
        address: email.address.clone(),
        reader: Some(user),
        language: &workspace.portal.language,
    };
    context.mail(workspace, to, message, None, now)
}

/// Mails that tell the person what became of it.
pub(crate) fn notices(
    context: &Context,
    workspace: &Workspace,
    user: &User,
    (event, action): (CallerEvent, CallerAction),
    now: Timestamp,
) -> Vec<NewMail> {
    let message = Message::CallerNotice {
        event,
        action,
        at: now,
        due_at: None,
        stop_url: None,
        forgot_password_url: context.url(workspace, "/forgot-password"),
    };
    context.notices(workspace, user, &workspace.portal.language, &message, now)
}

/// What the code of a challenge is bound to: the challenge, and by it asker, person and action.
fn bound_to(challenge: CallerChallengeId) -> FlowId {
    FlowId::from_uuid(challenge.as_uuid())
}

/// The challenge of that id, if it is about that person and whoever looks began it.
pub(crate) async fn look(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    user: UserId,
    id: CallerChallengeId,
) -> Result<Option<CallerChallenge>, PortError> {
    let found = context.ports.caller_challenges.find(workspace.id, id).await?;
    Ok(found.filter(|challenge| challenge.user == user && challenge.asked_by == acting.actor))
}

/// Tries the code that the caller read out.
pub(crate) async fn try_code(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    (user, id): (UserId, CallerChallengeId),
    typed: &str,
) -> Result<ChallengeTried, CallerError> {
    let now = context.now();
    caller_in_reach(context, acting, workspace, user).await?;
    if look(context, acting, workspace, user, id).await?.is_none() {
        return Err(CallerError::NobodyThere);
    }
    let code = EmailCode::parse(typed);
    let row = |action| context.audit_of(workspace.id, acting, Some(user), action, now);
    let tried = TryChallenge {
        workspace: workspace.id,
        id,
        asked_by: acting.actor.clone(),
        code: code.map(|code| code.digest(&context.config.code_key, bound_to(id))),
        now,
        open_until: now.plus(context.config.limits.fresh_proof_admin()),
        proved: row(AuditAction::CallerChallengeProved),
        failed: row(AuditAction::CallerChallengeFailed),
    };
    Ok(context.ports.caller_challenges.try_code(tried).await?)
}

/// What waits or is open about a person, whoever began it, newest first.
pub(crate) async fn under_way(
    context: &Context,
    workspace: &Workspace,
    user: UserId,
) -> Result<Vec<CallerChallenge>, PortError> {
    let now = context.now();
    context.ports.caller_challenges.of_person(workspace.id, user, now).await
}

/// Takes a challenge, or what was announced, back. Whoever may begin one may do so, not only who began this one. `false`
/// if there is nothing (any more).
pub(crate) async fn cancel(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    (user, id): (UserId, CallerChallengeId),
) -> Result<bool, CallerError> {
    let now = context.now();
    let record = caller_in_reach(context, acting, workspace, user).await?;
    let found = context.ports.caller_challenges.find(workspace.id, id).await?;
    let Some(challenge) = found.filter(|challenge| challenge.user == user) else {
        return Ok(false);
    };
    let told = matches!(challenge.way, CallerWay::Delay { .. });
    let what = (CallerEvent::Cancelled, challenge.action);
    let end = EndChallenge {
        workspace: workspace.id,
        id,
        user,
        how: CallerEnd::Cancelled,
        mails: if told {
            notices(context, workspace, &record.user, what, now)
        } else {
            Vec::new()
        },
        now,
    };
    let audit = context
        .audit_of(
            workspace.id,
            acting,
            Some(user),
            AuditAction::CallerChallengeCancelled,
            now,
        )
        .with_detail(challenge.action.as_str());
    Ok(context.ports.caller_challenges.end(end, audit).await?)
}
