//! People.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::email_address::EmailKey;
use crate::ids::{EmailId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::one_time::Link;
use crate::people_search::UserFilter;
use crate::role::{Rights, Role};
use crate::secret::PasswordDigest;
use crate::time::Timestamp;
use crate::user::{ContactIdentity, SignInRecord, User};

/// A person to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The person; `has_password` is ignored, `emails` holds at most the primary one.
    pub user: User,
    /// Hash of the first password, if there is one.
    pub password: Option<PasswordDigest>,
    /// A set-password link to store with them, and the mail that carries it, if it goes by mail.
    pub invite: Option<(Link, Option<NewMail>)>,
}

/// Whether a person could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserCreated {
    /// They were.
    Created,
    /// The address belongs to this person already, proved or as their primary one (A2: never a second account).
    AddressTaken(UserId),
}

/// A contact that the portal application knows (A1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactUpsert {
    /// Workspace.
    pub workspace: WorkspaceId,
    /// By which they are found or made.
    pub identity: ContactIdentity,
    /// Name to set: on a new person always, on an existing one only where theirs is empty.
    pub name: Option<String>,
    /// Id for a new person.
    pub new_user: UserId,
    /// Id for a new address.
    pub new_email: EmailId,
    /// Names of organisations to be in; unknown ones are made.
    pub organisations: Vec<(crate::ids::OrganisationId, String)>,
    /// How far the hand reaches that does it: somebody beyond it is found, and left as they are (R97).
    pub rights: Rights,
    /// When.
    pub now: Timestamp,
}

/// What a page of people is asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserQuery {
    /// Searched in name, addresses, identities and organisations as [`TextTest`](crate::people_search::TextTest) has it;
    /// `None` for everybody.
    pub text: Option<String>,
    /// Whom to leave out.
    pub filter: UserFilter,
    /// Only people after this id, in order of id.
    pub after: Option<UserId>,
    /// At most this many, 1 to 201: a page of 200, and one more that tells whether there is another page.
    pub limit: u32,
}

/// Reads and makes people.
///
/// # Contract
/// - `find_for_sign_in` MUST find the person on whom the address is verified, or else the one whose *primary* address
///   it is; an unproved secondary address finds nobody (R47).
/// - `create` MUST be atomic: person, address, password, link, mail and audit row, or none; parallel calls for one
///   address make one person.
/// - `upsert_contact` MUST find by the same rule as `find_for_sign_in`, never verify an address, and make at most one
///   person per identity under any concurrency.
/// - `search` MUST look in the name, each address, each identity by which the helpdesk knows the person, subject and label
///   of each connection, and each organisation, as they are now.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Users: Send + Sync {
    /// All that the sign-in rules need of whoever has that address, in one read.
    async fn find_for_sign_in(&self, workspace: WorkspaceId, address: &EmailKey) -> PortResult<Option<SignInRecord>>;

    /// The same, by id.
    async fn find_record(&self, workspace: WorkspaceId, id: UserId) -> PortResult<Option<SignInRecord>>;

    /// The person of that id.
    async fn find(&self, workspace: WorkspaceId, id: UserId) -> PortResult<Option<User>>;

    /// A page of people, in order of id.
    async fn search(&self, workspace: WorkspaceId, query: UserQuery) -> PortResult<Vec<User>>;

    /// Everybody whose role is one of these, active or not, in order of id: the few who run a workspace.
    async fn with_roles(&self, workspace: WorkspaceId, roles: Vec<Role>) -> PortResult<Vec<User>>;

    /// Makes a person.
    async fn create(&self, new: NewUser, audit: AuditEntry) -> PortResult<UserCreated>;

    /// Finds or makes a contact, and says whether it was made; see [`ContactUpsert::rights`].
    async fn upsert_contact(&self, contact: ContactUpsert, audit: AuditEntry) -> PortResult<(User, bool)>;
}
