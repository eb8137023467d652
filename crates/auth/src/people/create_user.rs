//! Making a person by the operator's hand (A1, R104).

use doorward_domain::audit::{Actor, AuditAction, AuditEntry};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{EmailId, SecretId, UserId};
use doorward_domain::one_time::{Link, LinkPurpose, LinkSubject};
use doorward_domain::password_rule::{PasswordContext, PasswordProblem, check_new_password};
use doorward_domain::ports::{FirstOwner, HasherError, NewUser, PortError, UserCreated};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::Role;
use doorward_domain::secret::{Password, RawToken};
use doorward_domain::user::{User, UserEmail, UserStatus, clean_name};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::Context;

/// A person to be made.
#[derive(Debug, Clone)]
pub struct CreateUser {
    /// Where.
    pub workspace: Workspace,
    /// Primary address.
    pub address: EmailAddress,
    /// Name; may be empty.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Whether the operator vouches for the mailbox.
    pub verified: bool,
    /// First password, if one is given.
    pub password: Option<Password>,
    /// Whether to make a link with which the person sets their first password; it is printed, not mailed.
    pub with_link: bool,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedUser {
    /// The person.
    pub user: User,
    /// The set-password link, if one was asked for: shown once.
    pub link: Option<String>,
}

/// Why nobody was made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CreateUserError {
    /// The address belongs to that person already.
    #[error("the address belongs to a person already: {0}")]
    AddressTaken(UserId),
    /// The password will not do.
    #[error("the password will not do")]
    Password(Vec<PasswordProblem>),
    /// Hashing failed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// A person who is ready to be stored.
pub(crate) struct Prepared {
    new: NewUser,
    link: Option<String>,
    audit: AuditEntry,
}

impl Prepared {
    /// The person as the one with whom a workspace begins, and what is told of them once it is made.
    pub(crate) fn into_first_owner(self) -> (FirstOwner, CreatedUser) {
        let created = CreatedUser {
            user: self.new.user.clone(),
            link: self.link,
        };
        let owner = FirstOwner {
            person: self.new,
            audit: self.audit,
        };
        (owner, created)
    }
}

/// Makes a person.
pub(crate) async fn run(context: &Context, actor: Actor, request: CreateUser) -> Result<CreatedUser, CreateUserError> {
    let prepared = prepare(context, actor, request).await?;
    store(context, prepared).await
}

/// Everything that can be wrong with the person but an address that is taken; writes nothing.
pub(crate) async fn prepare(context: &Context, actor: Actor, request: CreateUser) -> Result<Prepared, CreateUserError> {
    let now = context.now();
    let workspace = &request.workspace;
    let name = clean_name(&request.name);
    let password = match request.password {
        None => None,
        Some(password) => {
            let settings = workspace.security.audience(request.role.audience());
            let words = PasswordContext::new(workspace, &name, std::slice::from_ref(&request.address));
            let problems = check_new_password(&password, settings, false, &words);
            if !problems.is_empty() {
                return Err(CreateUserError::Password(problems));
            }
            Some(context.ports.hasher.hash(password).await?)
        }
    };
    let id = UserId::random(context.entropy());
    let user = User {
        id,
        workspace: workspace.id,
        name,
        role: request.role,
        custom_role: None,
        status: UserStatus::Active,
        language: None,
        time_zone: None,
        emails: vec![UserEmail {
            id: EmailId::random(context.entropy()),
            address: request.address.clone(),
            primary: true,
            verified_at: request.verified.then_some(now),
        }],
        organisations: Vec::new(),
        picture_at: None,
        has_password: password.is_some(),
        created_at: now,
        last_sign_in_at: None,
    };
    let token = request.with_link.then(|| RawToken::generate(context.entropy()));
    let invite = token.as_ref().map(|token| {
        let link = Link {
            id: SecretId::sortable(context.entropy(), now),
            workspace: workspace.id,
            purpose: LinkPurpose::Invite,
            subject: LinkSubject::Person,
            user: id,
            address: request.address.key(),
            digest: token.digest(),
            return_to: ReturnTo::default(),
            issued_at: now,
            expires_at: now.plus(LinkPurpose::Invite.lifetime(&context.config.limits)),
        };
        (link, None)
    });
    let link = token.map(|token| context.url(workspace, &format!("/reset-password/{}", token.expose())));
    let audit = context.audit(workspace.id, actor, Some(id), AuditAction::UserCreated, None, now);
    let new = NewUser { user, password, invite };
    Ok(Prepared { new, link, audit })
}

/// Stores a person.
async fn store(context: &Context, prepared: Prepared) -> Result<CreatedUser, CreateUserError> {
    let Prepared { new, link, audit } = prepared;
    let user = new.user.clone();
    match context.ports.users.create(new, audit).await? {
        UserCreated::Created => Ok(CreatedUser { user, link }),
        UserCreated::AddressTaken(owner) => Err(CreateUserError::AddressTaken(owner)),
    }
}
