//! *Add a person* and *Invite* (R33): somebody is made by their address, and, if wanted, sent a link with which they set
//! their first password. Whoever invites never sees the link. It can be sent again, which voids the one before, and taken
//! back.

use doorward_domain::audit::AuditAction;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{EmailId, OrganisationId, SecretId, UserId};
use doorward_domain::mail::{Message, NewMail};
use doorward_domain::one_time::{Link, LinkPurpose, LinkSubject};
use doorward_domain::ports::{Invitation, IssueLink, NewUser, PortError, UserCreated};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Audience, Permission, Rights, RoleChoice, RoleRef};
use doorward_domain::secret::RawToken;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{OrganisationRef, User, UserEmail, UserStatus, clean_name};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::{PersonError, admit_staff_mail, edit_person, person_in_reach};
use crate::context::{Acting, Context, Recipient};

/// Somebody to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// Their primary address; it is proved by its owner, not by whoever adds them.
    pub address: EmailAddress,
    /// Their name as typed; may be empty.
    pub name: String,
    /// Their role: at most what whoever adds them has (R97).
    pub role: RoleChoice,
    /// Names of their organisations.
    pub organisations: Vec<String>,
    /// Whether they are sent an invitation at once.
    pub invite: bool,
}

/// Why nobody is added.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AddPersonError {
    /// The role permits more than whoever gives it has.
    #[error("the role permits more than whoever gives it may do")]
    OutOfReach,
    /// There is no such role.
    #[error("there is no such role")]
    NoSuchRole,
    /// More organisations than one person has.
    #[error("these are too many organisations")]
    TooManyOrganisations,
    /// The address belongs to that person already (A2).
    #[error("the address belongs to a person already: {0}")]
    AddressTaken(UserId),
    /// Staff have sent that mailbox as many mails as they may in a day (R112). Nobody was added.
    #[error("staff have sent as many mails to this address as they may in a day")]
    TooManyMails {
        /// When the next one may go.
        retry_at: Option<Timestamp>,
    },
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Why no invitation is sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InviteError {
    /// There is nobody to invite.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// They have a password already: what they need is a reset mail.
    #[error("the person has a password already")]
    HasPassword,
    /// They may not come in.
    #[error("the account is disabled; enable it first")]
    Disabled,
    /// They have no address.
    #[error("the person has no email address")]
    NoMailbox,
    /// Staff have sent that mailbox as many mails as they may in a day (R112).
    #[error("staff have sent as many mails to this address as they may in a day")]
    TooMany {
        /// When the next one may go.
        retry_at: Option<Timestamp>,
    },
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Adds somebody.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    wanted: NewPerson,
) -> Result<User, AddPersonError> {
    let now = context.now();
    let (rights, own) = role(context, workspace, &wanted.role).await?;
    // Whoever joins the staff gets more than a customer's record: that takes the permission to give roles (R98).
    let joins_staff = rights.role.audience() == Audience::Staff || !rights.permissions.is_empty();
    if !acting.rights.reach(rights) || joins_staff && !acting.rights.permissions.contains(Permission::ManageWorkspace) {
        return Err(AddPersonError::OutOfReach);
    }
    let organisations = edit_person::organisations(context, &wanted.organisations);
    if organisations.len() > edit_person::MAX_ORGANISATIONS {
        return Err(AddPersonError::TooManyOrganisations);
    }
    let user = person(context, workspace, &wanted, (rights, own), organisations, now);
    if let Some(owner) = owner_of(context, workspace, &wanted.address).await? {
        return Err(AddPersonError::AddressTaken(owner));
    }
    let invite = if wanted.invite {
        let to = (&wanted.address, None);
        if let Err(retry_at) = admit_staff_mail(context, acting, workspace, to, now).await? {
            return Err(AddPersonError::TooManyMails { retry_at });
        }
        let (link, mail) = invitation(context, workspace, &user, &wanted.address, now);
        Some((link, Some(mail)))
    } else {
        None
    };
    let detail = match (wanted.invite, &user.custom_role) {
        (true, None) => format!("{}, invited", user.role.as_str()),
        (false, None) => user.role.as_str().to_owned(),
        (true, Some(own)) => format!("{}, invited", own.id),
        (false, Some(own)) => own.id.to_string(),
    };
    let audit = context
        .audit_of(workspace.id, acting, Some(user.id), AuditAction::UserCreated, now)
        .with_detail(detail);
    let new = NewUser {
        user: user.clone(),
        password: None,
        invite,
    };
    match context.ports.users.create(new, audit).await? {
        UserCreated::Created => Ok(user),
        UserCreated::AddressTaken(owner) => Err(AddPersonError::AddressTaken(owner)),
    }
}

/// Sends an invitation to somebody who is there and has no password yet; one that is under way is void then. Says where it
/// went.
pub(crate) async fn send(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: UserId,
) -> Result<EmailAddress, InviteError> {
    let now = context.now();
    let user = person_in_reach(context, acting, workspace, id).await?.user;
    if user.status != UserStatus::Active {
        return Err(InviteError::Disabled);
    }
    if user.has_password {
        return Err(InviteError::HasPassword);
    }
    let to = match user.primary_email() {
        Some(primary) => primary.address.clone(),
        None => return Err(InviteError::NoMailbox),
    };
    if let Err(retry_at) = admit_staff_mail(context, acting, workspace, (&to, Some(id)), now).await? {
        return Err(InviteError::TooMany { retry_at });
    }
    let (link, mail) = invitation(context, workspace, &user, &to, now);
    let issue = IssueLink {
        link: Some(link),
        live_links: 1,
        mail: Some(mail),
        receipt: None,
        audit: context.audit_of(workspace.id, acting, Some(id), AuditAction::InvitationSent, now),
    };
    context.ports.links.issue(issue).await?;
    Ok(to)
}

/// The invitation of somebody, if one is under way.
pub(crate) async fn under_way(
    context: &Context,
    workspace: &Workspace,
    id: UserId,
) -> Result<Option<Invitation>, PortError> {
    context.ports.roster.invitation(workspace.id, id, context.now()).await
}

/// Takes the invitations of somebody back. `false` if none was under way.
pub(crate) async fn revoke(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: UserId,
) -> Result<bool, PersonError> {
    let now = context.now();
    person_in_reach(context, acting, workspace, id).await?;
    let audit = context.audit_of(workspace.id, acting, Some(id), AuditAction::InvitationRevoked, now);
    Ok(context
        .ports
        .roster
        .revoke_invitations(workspace.id, id, now, audit)
        .await?)
}

async fn role(
    context: &Context,
    workspace: &Workspace,
    wanted: &RoleChoice,
) -> Result<(Rights, Option<RoleRef>), AddPersonError> {
    match wanted {
        RoleChoice::BuiltIn(role) => {
            let rights = Rights {
                role: *role,
                permissions: role.permissions(),
            };
            Ok((rights, None))
        }
        RoleChoice::Own(id) => {
            let own = context.ports.roles.find(workspace.id, *id).await?;
            let own = own.ok_or(AddPersonError::NoSuchRole)?;
            let rights = Rights {
                role: own.based_on,
                permissions: own.permissions,
            };
            let named = RoleRef {
                id: own.id,
                name: own.name,
                permissions: own.permissions,
            };
            Ok((rights, Some(named)))
        }
    }
}

async fn owner_of(
    context: &Context,
    workspace: &Workspace,
    address: &EmailAddress,
) -> Result<Option<UserId>, PortError> {
    let found = context
        .ports
        .users
        .find_for_sign_in(workspace.id, &address.key())
        .await?;
    Ok(found.map(|record| record.user.id))
}

fn person(
    context: &Context,
    workspace: &Workspace,
    wanted: &NewPerson,
    (rights, own): (Rights, Option<RoleRef>),
    organisations: Vec<(OrganisationId, String)>,
    now: Timestamp,
) -> User {
    User {
        id: UserId::random(context.entropy()),
        workspace: workspace.id,
        name: clean_name(&wanted.name),
        role: rights.role,
        custom_role: own,
        status: UserStatus::Active,
        language: None,
        time_zone: None,
        emails: vec![UserEmail {
            id: EmailId::random(context.entropy()),
            address: wanted.address.clone(),
            primary: true,
            verified_at: None,
        }],
        organisations: organisations
            .into_iter()
            .map(|(id, name)| OrganisationRef { id, name })
            .collect(),
        has_password: false,
        picture_at: None,
        created_at: now,
        last_sign_in_at: None,
    }
}

fn invitation(
    context: &Context,
    workspace: &Workspace,
    user: &User,
    to: &EmailAddress,
    now: Timestamp,
) -> (Link, NewMail) {
    const DAY_SECONDS: u32 = 24 * 60 * 60;
    let limits = &context.config.limits;
    let lifetime = LinkPurpose::Invite.lifetime(limits);
    let token = RawToken::generate(context.entropy());
    let link = Link {
        id: SecretId::sortable(context.entropy(), now),
        workspace: workspace.id,
        purpose: LinkPurpose::Invite,
        subject: LinkSubject::Person,
        user: user.id,
        address: to.key(),
        digest: token.digest(),
        return_to: ReturnTo::default(),
        issued_at: now,
        expires_at: now.plus(lifetime),
    };
    let message = Message::Invite {
        url: context.url(workspace, &format!("/reset-password/{}", token.expose())),
        days: limits.invite_lifetime_seconds.div_ceil(DAY_SECONDS),
    };
    let reader = Recipient {
        address: to.clone(),
        reader: Some(user),
        language: &workspace.portal.language,
    };
    let mail = context.mail(workspace, reader, message, Some(lifetime), now);
    (link, mail)
}
