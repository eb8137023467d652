//! Mending what the sign-in check found (C4): only what the check offers for this very address now, only by whoever may, and
//! only on people within their reach (R97). What changes the door for everybody takes a fresh proof (R99).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::client::Device;
use doorward_domain::diagnosis::{Claim, Mend};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::{SecretId, UserId};
use doorward_domain::mail::{AskedBy, Message};
use doorward_domain::method::Method;
use doorward_domain::one_time::{Link, LinkPurpose, LinkSubject};
use doorward_domain::ports::{IssueLink, PortError, StatusSet};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Audience, Permission, Role, RoleChoice};
use doorward_domain::secret::RawToken;
use doorward_domain::throttle::{ThrottleKey, WaitKind};
use doorward_domain::time::Timestamp;
use doorward_domain::user::UserStatus;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::delete_person::{self, DeletePersonError};
use super::explain::{self, Looked};
use super::invite::{self, AddPersonError, InviteError, NewPerson};
use super::send_password_reset::{self, SendResetError};
use super::{PersonError, admit_staff_mail, person_in_reach};
use crate::context::{Acting, Context, Recipient};
use crate::logs::send_again::{self, SendAgainError};
use crate::portal::Whom;
use crate::portal::create_portal_link::{self, CreatePortalLinkError, NewPortalLink, PortalLinkRequest};
use crate::workspace::change_settings::{self, ChangeSettingsError, SettingChange};

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mended {
    /// A link to set a password is on its way to that address.
    ResetSent(EmailAddress),
    /// The account is enabled.
    Enabled,
    /// The account is restored.
    Restored,
    /// Waits were forgotten.
    WaitsCleared,
    /// A way in is switched on.
    Opened,
    /// The proof of that address is on its way.
    ProofSent(EmailAddress),
    /// A portal link was made, to be sent to them; its address is told here and never again.
    PortalLink(NewPortalLink),
    /// They have an account, and an invitation is on its way to that address.
    Invited(EmailAddress),
    /// A mail that did not arrive is tried now, or something fresh is on its way in its place.
    SentAgain,
}

/// Why nothing was done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MendError {
    /// The check does not offer it for that address, or not any more.
    #[error("this would not mend what is wrong with that address now")]
    NotOffered,
    /// It is done on a page of its own.
    #[error("this is done on a page of its own")]
    Elsewhere,
    /// Whoever asked may not.
    #[error("this takes the permission {}", .0.as_str())]
    Forbidden(Permission),
    /// It takes a fresh proof of who one is (R99).
    #[error("this takes a fresh proof of who you are")]
    NeedsFreshProof,
    /// The person is gone, or out of reach (R97).
    #[error(transparent)]
    Person(#[from] PersonError),
    /// Staff have sent that mailbox as many mails as they may in a day (R112).
    #[error("staff have sent as many mails to this address as they may in a day")]
    TooManyMails {
        /// When the next one may go.
        retry_at: Option<Timestamp>,
    },
    /// The settings cannot be changed so.
    #[error(transparent)]
    Settings(#[from] ChangeSettingsError),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Does what mends, by the name that the check gave it.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    address: &EmailAddress,
    wanted: &str,
    proof: Option<FreshProof>,
) -> Result<Mended, MendError> {
    let looked = explain::look(context, workspace, address).await?;
    let mut offered = looked.explanation.diagnosis.mends.iter();
    let mend = offered
        .find(|mend| mend.id() == wanted)
        .cloned()
        .ok_or(MendError::NotOffered)?;
    if !may(acting, &mend) {
        return Err(MendError::Forbidden(mend.permission()));
    }
    if !mend.is_done_at_once() {
        return Err(MendError::Elsewhere);
    }
    if mend.is_dangerous() && proof.is_none() && acting.actor != Actor::Operator {
        return Err(MendError::NeedsFreshProof);
    }
    match (mend, looked.record.as_ref().map(|record| record.user.id)) {
        (Mend::OpenMethod { audience, method }, _) => {
            let key = format!("{}.{}", name_of(audience), setting_of(method)?);
            open(context, acting, workspace, key).await
        }
        (Mend::OpenProvider { audience, provider }, _) => {
            open(
                context,
                acting,
                workspace,
                format!("{}.providers.{provider}", name_of(audience)),
            )
            .await
        }
        (Mend::OpenPortalLinks, _) => open(context, acting, workspace, "portal_links".to_owned()).await,
        (Mend::ClearWaits, user) => clear(context, acting, workspace, (&looked, user), false).await,
        (Mend::ClearNetworkWaits, user) => clear(context, acting, workspace, (&looked, user), true).await,
        (Mend::Invite, None) => invited(context, acting, workspace, address).await,
        (Mend::InviteAgain, Some(user)) => {
            let sent = invite::send(context, acting, workspace, user).await;
            sent.map(Mended::Invited).map_err(of_invitation)
        }
        (Mend::SendMailAgain { mail }, _) => {
            let sent = send_again::run(context, acting, workspace, mail).await;
            sent.map(|_| Mended::SentAgain).map_err(of_mail)
        }
        (Mend::ResendAddressProof, None) => match looked.explanation.claimed_by {
            Some(claim) => resend_proof(context, acting, workspace, claim, address).await,
            None => Err(MendError::NotOffered),
        },
        (Mend::SendPasswordReset, Some(user)) => {
            let sent = send_password_reset::run(context, acting, workspace, user).await;
            sent.map(Mended::ResetSent).map_err(of_reset)
        }
        (Mend::Enable, Some(user)) => {
            person_in_reach(context, acting, workspace, user).await?;
            let audit = context.audit_of(
                workspace.id,
                acting,
                Some(user),
                AuditAction::UserEnabled,
                context.now(),
            );
            let credentials = &context.ports.credentials;
            match credentials
                .set_status(workspace.id, user, UserStatus::Active, audit)
                .await?
            {
                StatusSet::Set => Ok(Mended::Enabled),
                StatusSet::NoSuchPerson | StatusSet::LastOwner => Err(MendError::Person(PersonError::NobodyThere)),
            }
        }
        (Mend::Restore, Some(user)) => match delete_person::restore(context, acting, workspace, user).await {
            Ok(()) => Ok(Mended::Restored),
            Err(DeletePersonError::Port(error)) => Err(MendError::Port(error)),
            Err(DeletePersonError::OutOfReach) => Err(MendError::Person(PersonError::OutOfReach)),
            Err(_) => Err(MendError::NotOffered),
        },
        (Mend::NewPortalLink, Some(user)) => {
            let request = PortalLinkRequest {
                whom: Whom::Id(user),
                return_to: ReturnTo::default(),
                life_seconds: None,
            };
            let made = create_portal_link::run(context, acting, workspace, request).await;
            made.map(Mended::PortalLink).map_err(|error| match error {
                CreatePortalLinkError::Port(error) => MendError::Port(error),
                CreatePortalLinkError::OutOfReach => MendError::Person(PersonError::OutOfReach),
                _ => MendError::NotOffered,
            })
        }
        _ => Err(MendError::NotOffered),
    }
}

/// An API key has no permissions of its own: its scope was asked at the door, and it reaches what that scope is about.
fn may(acting: &Acting, mend: &Mend) -> bool {
    match acting.actor {
        Actor::ApiKey(_) => mend.permission() == Permission::CreateAndUpdateUsersAndOrganizations,
        _ => acting.rights.permissions.contains(mend.permission()),
    }
}

const fn name_of(audience: Audience) -> &'static str {
    match audience {
        Audience::Customers => "customers",
        Audience::Staff => "staff",
    }
}

/// The key of the switch of a way in.
fn setting_of(method: Method) -> Result<&'static str, MendError> {
    Ok(match method {
        Method::Password => "password",
        Method::EmailCode => "email_code",
        Method::Passkey => "passkey",
        Method::HandOver => "hand_over",
        _ => return Err(MendError::NotOffered),
    })
}

async fn open(context: &Context, acting: &Acting, workspace: &Workspace, key: String) -> Result<Mended, MendError> {
    let change = SettingChange {
        key,
        value: "true".to_owned(),
    };
    change_settings::run(context, acting, workspace, &[change]).await?;
    Ok(Mended::Opened)
}

async fn clear(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    (looked, user): (&Looked, Option<UserId>),
    of_networks: bool,
) -> Result<Mended, MendError> {
    if let Some(user) = user {
        person_in_reach(context, acting, workspace, user).await?;
    }
    let keys: Vec<ThrottleKey> = looked
        .charges
        .iter()
        .filter(|(kind, _)| (*kind == WaitKind::Network) == of_networks)
        .map(|(_, charge)| charge.key.clone())
        .collect();
    let now = context.now();
    let what = if of_networks { "networks" } else { "address" };
    let audit = context
        .audit_of(workspace.id, acting, user, AuditAction::WaitsCleared, now)
        .with_detail(format!("{what}: {}", looked.explanation.address));
    context.ports.waits.forget(workspace.id, keys, audit).await?;
    Ok(Mended::WaitsCleared)
}

async fn invited(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    address: &EmailAddress,
) -> Result<Mended, MendError> {
    let wanted = NewPerson {
        address: address.clone(),
        name: String::new(),
        role: RoleChoice::BuiltIn(Role::Customer),
        organisations: Vec::new(),
        invite: true,
    };
    match invite::run(context, acting, workspace, wanted).await {
        Ok(_) => Ok(Mended::Invited(address.clone())),
        Err(AddPersonError::TooManyMails { retry_at }) => Err(MendError::TooManyMails { retry_at }),
        Err(AddPersonError::Port(error)) => Err(MendError::Port(error)),
        Err(_) => Err(MendError::NotOffered),
    }
}

fn of_invitation(error: InviteError) -> MendError {
    match error {
        InviteError::Person(error) => MendError::Person(error),
        InviteError::TooMany { retry_at } => MendError::TooManyMails { retry_at },
        InviteError::Port(error) => MendError::Port(error),
        _ => MendError::NotOffered,
    }
}

fn of_mail(error: SendAgainError) -> MendError {
    match error {
        SendAgainError::OutOfReach => MendError::Person(PersonError::OutOfReach),
        SendAgainError::TooMany { retry_at } => MendError::TooManyMails { retry_at },
        SendAgainError::Port(error) => MendError::Port(error),
        _ => MendError::NotOffered,
    }
}

fn of_reset(error: SendResetError) -> MendError {
    match error {
        SendResetError::Person(error) => MendError::Person(error),
        SendResetError::TooMany { retry_at } => MendError::TooManyMails { retry_at },
        SendResetError::Port(error) => MendError::Port(error),
        _ => MendError::NotOffered,
    }
}

/// Sends the proof of an address that its owner added once more; the link on its way stays good.
async fn resend_proof(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    claim: Claim,
    address: &EmailAddress,
) -> Result<Mended, MendError> {
    let now = context.now();
    let user = person_in_reach(context, acting, workspace, claim.user).await?.user;
    let stored = user.emails.iter().find(|email| email.id == claim.email);
    let to = stored.map_or_else(|| address.clone(), |email| email.address.clone());
    if let Err(retry_at) = admit_staff_mail(context, acting, workspace, (&to, Some(user.id)), now).await? {
        return Err(MendError::TooManyMails { retry_at });
    }
    let limits = &context.config.limits;
    let life = limits.email_proof_lifetime();
    let token = RawToken::generate(context.entropy());
    let link = Link {
        id: SecretId::sortable(context.entropy(), now),
        workspace: workspace.id,
        purpose: LinkPurpose::VerifyEmail,
        user: user.id,
        subject: LinkSubject::Person,
        address: to.key(),
        digest: token.digest(),
        return_to: ReturnTo::default(),
        issued_at: now,
        expires_at: now.plus(life),
    };
    let message = Message::EmailProof {
        url: context.url(workspace, &format!("/verify-email/{}", token.expose())),
        hours: limits.email_proof_lifetime_seconds.div_ceil(60 * 60),
        account: user.display_name(),
        asked_by: AskedBy {
            at: now,
            device: Device::of(""),
        },
    };
    let reader = Recipient {
        address: to.clone(),
        reader: None,
        language: user.language.as_deref().unwrap_or(&workspace.portal.language),
    };
    let mail = context.mail(workspace, reader, message, Some(life), now);
    let issue = IssueLink {
        link: Some(link),
        // As many as the owner can have under way by themself.
        live_links: 3_u32.saturating_mul(limits.emails_per_account),
        mail: Some(mail),
        receipt: None,
        audit: context.audit_of(workspace.id, acting, Some(user.id), AuditAction::CodeRequested, now),
    };
    context.ports.links.issue(issue).await?;
    Ok(Mended::ProofSent(to))
}
