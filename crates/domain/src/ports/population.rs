//! Everybody of a workspace, as far as a preview of settings has to know them.

use async_trait::async_trait;

use super::error::PortResult;
use crate::email_address::EmailAddress;
use crate::ids::{UserId, WorkspaceId};
use crate::preview::Sketch;
use crate::role::Audience;

/// Which people a page is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationQuery {
    /// Whose.
    pub audience: Audience,
    /// Only people after this id, in order of id.
    pub after: Option<UserId>,
    /// Only people up to this id, itself included; `None` for no end.
    pub up_to: Option<UserId>,
    /// Whether to look into the directory; without it everybody's standing there is given as
    /// [`NoRecord`](crate::directory::DirectoryStanding::NoRecord).
    pub with_directory: bool,
    /// At most this many, 1 to [`MAX_POPULATION_PAGE`].
    pub limit: u32,
}

/// The most people of one page.
pub const MAX_POPULATION_PAGE: u32 = 20_000;

/// How a person is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPerson {
    /// Who.
    pub user: UserId,
    /// Their name; may be empty.
    pub name: String,
    /// Their primary address, if they have one.
    pub address: Option<EmailAddress>,
}

/// Reads everybody of a workspace, a page at a time.
///
/// # Contract
/// - `page` MUST give each person of the audience, whatever their status, once, in order of id, and nobody else.
/// - What it says of a person MUST be what [`Users`](super::Users) and [`Connections`](super::Connections) say: providers
///   are those that are connected and those of identities by which the helpdesk knew them (A1), each once, in order.
/// - What the directory says of an identity MUST be what [`Directory::match_arrival`](super::Directory) would say if it came
///   as it last came, with the address that was vouched for then; of several identities at one provider, the best.
/// - A page MUST be a fixed number of statements, however many people are on it.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Population: Send + Sync {
    /// A page of people.
    async fn page(&self, workspace: WorkspaceId, query: PopulationQuery) -> PortResult<Vec<Sketch>>;

    /// How those people are called, in order of id; of an id that nobody has, nothing. At most [`MAX_POPULATION_PAGE`] ids.
    async fn names(&self, workspace: WorkspaceId, users: Vec<UserId>) -> PortResult<Vec<NamedPerson>>;

    /// About how many people of that audience there are, for showing how far a preview has come.
    async fn estimate(&self, workspace: WorkspaceId, audience: Audience) -> PortResult<u64>;
}
