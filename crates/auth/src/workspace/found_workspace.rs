//! Making a workspace of one's own (C8): somebody whose mailbox is proved becomes its first owner. Nothing comes into being,
//! and no address is reserved, before that.

use std::time::Duration;

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::founding::{Founding, Ticket, TicketPurpose};
use doorward_domain::ids::{EmailId, FlowId, SecretId, UserId, WorkspaceId};
use doorward_domain::mail::{Message, NewMail};
use doorward_domain::one_time::{Link, LinkPurpose, LinkSubject};
use doorward_domain::password_rule::{PasswordContext, PasswordProblem, check_new_password};
use doorward_domain::ports::{
    FirstOwner, FoundingCode, FoundingTry, HasherError, NewUser, PortError, TryFoundingCode, WorkspaceCreated,
};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Audience, Role};
use doorward_domain::secret::{EmailCode, Password, RawToken};
use doorward_domain::settings::SecuritySettings;
use doorward_domain::throttle::{Admission, Charge, Standing};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{User, UserEmail, UserStatus, clean_name};
use doorward_domain::workspace::{Portal, Slug, Workspace};
use thiserror::Error;

use crate::context::{Caller, Context, Recipient, asked_by};
use crate::sign_in::redeem_code::slow_down_above_the_ceiling;

/// What a stranger typed, parsed.
#[derive(Debug, Clone)]
pub struct FoundWorkspace {
    /// The address of the workspace, as [`chosen_address`](doorward_domain::founding::chosen_address) reads it.
    pub slug: Slug,
    /// Its name, as [`chosen_name`](doorward_domain::founding::chosen_name) reads it.
    pub name: String,
    /// Their own name.
    pub person_name: String,
    /// Their address.
    pub address: EmailAddress,
    /// Their password.
    pub password: Password,
}

/// A workspace that is about to be made, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundingView {
    /// By which it goes on: the id that the workspace will have.
    pub id: WorkspaceId,
    /// What it is to be called and where it is to be, where that was said.
    pub wanted: Option<(Slug, String)>,
    /// Who it is made for: their name.
    pub person_name: String,
    /// Their address; whoever looks typed it, or has proved it.
    pub address: EmailAddress,
    /// Whether the mailbox is proved.
    pub proved: bool,
    /// When another code can be sent.
    pub resend_at: Timestamp,
}

/// A workspace that was made.
#[derive(Debug)]
pub struct FoundedWorkspace {
    /// It.
    pub workspace: Workspace,
    /// Its first owner.
    pub owner: UserId,
    /// The ticket with which its owner comes to it: once, within a minute, by a form that is sent to `arrive_at`.
    pub ticket: RawToken,
    /// Where.
    pub arrive_at: String,
}

/// Why no workspace is made, or not yet.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FoundWorkspaceError {
    /// The operator lets nobody make workspaces.
    #[error("nobody but the operator makes workspaces on this server")]
    Closed,
    /// Another workspace has that address, or one that looks like it.
    #[error("that address is taken, or looks like one that is")]
    Taken,
    /// The password will not do.
    #[error("the password will not do")]
    Password(Vec<PasswordProblem>),
    /// Too many workspaces, codes or tries.
    #[error("too many of them for now")]
    TooMany {
        /// When to come back, if that is known.
        retry_at: Option<Timestamp>,
    },
    /// It was not a code of this attempt.
    #[error("that is not the code")]
    CodeWrong {
        /// Tries that are left.
        tries_left: u32,
    },
    /// The code was right, and is past its life.
    #[error("the code has expired")]
    CodeExpired,
    /// There is nothing (any more) to go on with in this browser.
    #[error("there is nothing to go on with")]
    Over,
    /// Whoever is signed in has proved no address.
    #[error("no address of the account is proved")]
    NoProvedAddress,
    /// Hashing failed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Begins: keeps what a stranger typed, and sends a code to the mailbox.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: FoundWorkspace,
) -> Result<FoundingView, FoundWorkspaceError> {
    let now = context.now();
    admit(context, caller, now).await?;
    let person_name = clean_name(&request.person_name);
    let id = WorkspaceId::random(context.entropy());
    let workspace = to_be(id, request.slug, request.name, &caller.language, now);
    let settings = workspace.security.audience(Audience::Staff);
    let words = PasswordContext::new(&workspace, &person_name, std::slice::from_ref(&request.address));
    let problems = check_new_password(&request.password, settings, false, &words);
    if !problems.is_empty() {
        return Err(FoundWorkspaceError::Password(problems));
    }
    if is_taken(context, &workspace.slug).await? {
        return Err(FoundWorkspaceError::Taken);
    }
    charge(context, mail_charges(context, &request.address), now).await?;
    let password = context.ports.hasher.hash(request.password).await?;
    let code = new_code(context, caller, &workspace, &request.address, now);
    let founding = Founding {
        workspace: id,
        binding: caller.binding,
        wanted: Some((workspace.slug, workspace.name)),
        person_name,
        address: request.address,
        language: Some(caller.language.clone()),
        password: Some(password),
        from: None,
        wrong_tries: 0,
        last_sent_at: now,
        proved_at: None,
        created_at: now,
        expires_at: now.plus(context.config.limits.attempt_lifetime()),
    };
    let view = view_of(context, &founding);
    context.ports.foundings.begin(founding, Some(code)).await?;
    Ok(view)
}

/// What is about to be made; `None` if it is over, or another browser's.
pub(crate) async fn view(
    context: &Context,
    caller: &Caller,
    id: WorkspaceId,
) -> Result<Option<FoundingView>, FoundWorkspaceError> {
    let open = open(context, caller, id, context.now()).await?;
    Ok(open.map(|founding| view_of(context, &founding)))
}

/// Sends another code; the ones before stay good.
pub(crate) async fn send_again(
    context: &Context,
    caller: &Caller,
    id: WorkspaceId,
) -> Result<FoundingView, FoundWorkspaceError> {
    let now = context.now();
    let mut founding = open(context, caller, id, now).await?.ok_or(FoundWorkspaceError::Over)?;
    let Some((slug, name)) = founding.wanted.clone().filter(|_| founding.proved_at.is_none()) else {
        return Err(FoundWorkspaceError::Over);
    };
    charge(context, mail_charges(context, &founding.address), now).await?;
    let workspace = to_be(id, slug, name, &caller.language, now);
    let (code, mail) = new_code(context, caller, &workspace, &founding.address, now);
    if !context.ports.foundings.send_again(id, code, mail, now).await? {
        return Err(FoundWorkspaceError::Over);
    }
    founding.last_sent_at = now;
    Ok(view_of(context, &founding))
}

/// Proves the mailbox by a code, and makes the workspace.
pub(crate) async fn prove(
    context: &Context,
    caller: &Caller,
    id: WorkspaceId,
    typed: &str,
) -> Result<FoundedWorkspace, FoundWorkspaceError> {
    let now = context.now();
    let network = caller.client.network();
    let of_network = context.budgets().network_failure(&network);
    let charges = vec![context.budgets().network_try(&network), of_network.clone()];
    charge(context, charges, now).await?;
    let flow = FlowId::from_uuid(id.as_uuid());
    let tried = context
        .ports
        .foundings
        .try_code(TryFoundingCode {
            workspace: id,
            binding: caller.binding,
            digest: EmailCode::parse(typed).map(|code| code.digest(&context.config.code_key, flow)),
            max_tries: context.config.limits.code_tries_per_attempt,
            now,
        })
        .await?;
    let founding = match tried {
        FoundingTry::Proved(founding) => *founding,
        FoundingTry::Wrong { tries_left } => {
            slow_down_above_the_ceiling(context, now)
                .await
                .map_err(|error| match error {
                    crate::outcome::SignInError::Port(error) => FoundWorkspaceError::Port(error),
                    _ => FoundWorkspaceError::Over,
                })?;
            return Err(FoundWorkspaceError::CodeWrong { tries_left });
        }
        FoundingTry::Expired => {
            give_back(context, of_network).await?;
            return Err(FoundWorkspaceError::CodeExpired);
        }
        FoundingTry::Over => return Err(FoundWorkspaceError::Over),
    };
    give_back(context, of_network).await?;
    let Some((slug, name)) = founding.wanted.clone() else {
        return Err(FoundWorkspaceError::Over);
    };
    make(context, caller, founding, (slug, name), now).await
}

/// Makes the workspace of somebody whose mailbox is proved, at that address.
pub(crate) async fn found(
    context: &Context,
    caller: &Caller,
    id: WorkspaceId,
    wanted: (Slug, String),
) -> Result<FoundedWorkspace, FoundWorkspaceError> {
    let now = context.now();
    let network = caller.client.network();
    charge(context, vec![context.budgets().network_try(&network)], now).await?;
    let founding = open(context, caller, id, now).await?;
    let proved = founding.filter(|founding| founding.proved_at.is_some());
    let founding = proved.ok_or(FoundWorkspaceError::Over)?;
    make(context, caller, founding, wanted, now).await
}

/// Whether somebody may begin at all, counted on their network.
pub(super) async fn admit(context: &Context, caller: &Caller, now: Timestamp) -> Result<(), FoundWorkspaceError> {
    if !context.config.self_service {
        return Err(FoundWorkspaceError::Closed);
    }
    let of_network = context.budgets().founding_of_network(&caller.client.network());
    charge(context, vec![of_network], now).await
}

async fn open(
    context: &Context,
    caller: &Caller,
    id: WorkspaceId,
    now: Timestamp,
) -> Result<Option<Founding>, FoundWorkspaceError> {
    if !context.config.self_service {
        return Err(FoundWorkspaceError::Closed);
    }
    let found = context.ports.foundings.find(id).await?;
    Ok(found.filter(|founding| founding.is_open(caller.binding, &context.config.limits, now)))
}

fn view_of(context: &Context, founding: &Founding) -> FoundingView {
    let wait = Duration::from_secs(u64::from(context.config.limits.code_resend_wait_seconds));
    FoundingView {
        id: founding.workspace,
        wanted: founding.wanted.clone(),
        person_name: founding.person_name.clone(),
        address: founding.address.clone(),
        proved: founding.proved_at.is_some(),
        resend_at: founding.last_sent_at.plus(wait),
    }
}

async fn is_taken(context: &Context, slug: &Slug) -> Result<bool, PortError> {
    context.ports.foundings.has_like(slug).await
}

/// Counted for the whole server: there is no workspace yet whose budgets these could be.
async fn charge(context: &Context, charges: Vec<Charge>, now: Timestamp) -> Result<(), FoundWorkspaceError> {
    match context
        .ports
        .throttle
        .consume(WorkspaceId::SERVER, charges, now)
        .await?
    {
        Admission::Admitted => Ok(()),
        Admission::Exceeded { retry_at, .. } => Err(FoundWorkspaceError::TooMany { retry_at }),
    }
}

async fn give_back(context: &Context, charge: Charge) -> Result<(), PortError> {
    context.ports.throttle.refund(WorkspaceId::SERVER, vec![charge]).await
}

fn mail_charges(context: &Context, address: &EmailAddress) -> Vec<Charge> {
    let (budgets, key) = (context.budgets(), address.key());
    let mut charges = vec![budgets.code_wait(&key, &Standing::Stranger)];
    charges.extend(budgets.code_mails(&key, &Standing::Stranger));
    charges
}

fn to_be(id: WorkspaceId, slug: Slug, name: String, language: &str, now: Timestamp) -> Workspace {
    Workspace {
        id,
        slug,
        name,
        hosts: Vec::new(),
        portal: Portal {
            language: language.to_owned(),
            ..Portal::default()
        },
        security: SecuritySettings::default(),
        own_providers: Vec::new(),
        provisional: None,
        created_at: now,
    }
}

fn new_code(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    address: &EmailAddress,
    now: Timestamp,
) -> (FoundingCode, NewMail) {
    let life = context.config.limits.code_lifetime();
    let code = EmailCode::generate(context.entropy());
    let flow = FlowId::from_uuid(workspace.id.as_uuid());
    let message = Message::SignUpCode {
        code: code.expose().clone(),
        minutes: u32::try_from(life.as_secs() / 60).unwrap_or(u32::MAX).max(1),
        asked_by: asked_by(caller, now),
    };
    let to = Recipient {
        address: address.clone(),
        reader: None,
        language: &caller.language,
    };
    let mail = context.mail(workspace, to, message, Some(life), now);
    let code = FoundingCode {
        digest: code.digest(&context.config.code_key, flow),
        expires_at: now.plus(life),
    };
    (code, mail)
}

async fn make(
    context: &Context,
    caller: &Caller,
    founding: Founding,
    (slug, name): (Slug, String),
    now: Timestamp,
) -> Result<FoundedWorkspace, FoundWorkspaceError> {
    if !context.config.self_service {
        return Err(FoundWorkspaceError::Closed);
    }
    if is_taken(context, &slug).await? {
        return Err(taken(context, founding.workspace).await?);
    }
    let of_address = context.budgets().founding_of_address(&founding.address.key());
    charge(context, vec![of_address.clone()], now).await?;
    let language = founding.language.clone().unwrap_or_else(|| caller.language.clone());
    let workspace = to_be(founding.workspace, slug, name, &language, now);
    let owner = UserId::random(context.entropy());
    let row = |subject, action| {
        let client = Some(&caller.client);
        context.audit(workspace.id, Actor::User(owner), subject, action, client, now)
    };
    let first = FirstOwner {
        person: first_owner(context, &workspace, &founding, owner, now),
        audit: row(Some(owner), AuditAction::UserCreated),
    };
    let entry = row(None, AuditAction::WorkspaceCreated);
    let workspaces = &context.ports.workspaces;
    if workspaces.create(workspace.clone(), Some(first), entry).await? == WorkspaceCreated::Taken {
        give_back(context, of_address).await?;
        return Err(taken(context, founding.workspace).await?);
    }
    context.ports.foundings.end(founding.workspace).await?;
    if let Some((from, user)) = founding.from {
        let client = Some(&caller.client);
        let action = AuditAction::WorkspaceFounded;
        let mut entry = context.audit(from, Actor::User(user), Some(user), action, client, now);
        entry.detail = doorward_domain::audit::fit_detail(workspace.slug.as_str());
        context.ports.audit.append(entry).await?;
    }
    let ticket = RawToken::generate(context.entropy());
    let kept = Ticket {
        workspace: workspace.id,
        user: owner,
        purpose: TicketPurpose::Arrive,
        digest: ticket.digest(),
        password_chosen: founding.password.is_some(),
        expires_at: now.plus(context.config.limits.ticket_lifetime()),
    };
    context
        .ports
        .tickets
        .issue(kept, row(Some(owner), AuditAction::TicketIssued))
        .await?;
    Ok(FoundedWorkspace {
        arrive_at: context.url(&workspace, "/workspaces/arrive"),
        workspace,
        owner,
        ticket,
    })
}

/// What is told of an address that somebody has: if it is this very workspace, it was made a moment ago.
async fn taken(context: &Context, id: WorkspaceId) -> Result<FoundWorkspaceError, PortError> {
    Ok(match context.ports.workspaces.find(id).await? {
        Some(_made) => FoundWorkspaceError::Over,
        None => FoundWorkspaceError::Taken,
    })
}

/// The first owner: a person of the new workspace alone, whoever they are elsewhere. Who brought no password gets a link that
/// sets one.
fn first_owner(
    context: &Context,
    workspace: &Workspace,
    founding: &Founding,
    owner: UserId,
    now: Timestamp,
) -> NewUser {
    let user = User {
        id: owner,
        workspace: workspace.id,
        name: founding.person_name.clone(),
        role: Role::Owner,
        custom_role: None,
        status: UserStatus::Active,
        language: founding.language.clone(),
        time_zone: None,
        emails: vec![UserEmail {
            id: EmailId::random(context.entropy()),
            address: founding.address.clone(),
            primary: true,
            verified_at: Some(founding.proved_at.unwrap_or(now)),
        }],
        organisations: Vec::new(),
        has_password: founding.password.is_some(),
        picture_at: None,
        created_at: now,
        last_sign_in_at: None,
    };
    let invite = founding.password.is_none().then(|| {
        let token = RawToken::generate(context.entropy());
        let life = LinkPurpose::Invite.lifetime(&context.config.limits);
        let link = Link {
            id: SecretId::sortable(context.entropy(), now),
            workspace: workspace.id,
            purpose: LinkPurpose::Invite,
            subject: LinkSubject::Person,
            user: owner,
            address: founding.address.key(),
            digest: token.digest(),
            return_to: ReturnTo::default(),
            issued_at: now,
            expires_at: now.plus(life),
        };
        let message = Message::Invite {
            url: context.url(workspace, &format!("/reset-password/{}", token.expose())),
            days: u32::try_from(life.as_secs() / 86_400).unwrap_or(u32::MAX).max(1),
        };
        let to = Recipient {
            address: founding.address.clone(),
            reader: Some(&user),
            language: &workspace.portal.language,
        };
        (link, Some(context.mail(workspace, to, message, Some(life), now)))
    });
    NewUser {
        user,
        password: founding.password.clone(),
        invite,
    }
}
