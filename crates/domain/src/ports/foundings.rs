//! Workspaces that are about to be made by people themselves (C8).

use async_trait::async_trait;

use super::error::PortResult;
use crate::founding::Founding;
use crate::ids::WorkspaceId;
use crate::mail::NewMail;
use crate::secret::TokenDigest;
use crate::sign_in::Binding;
use crate::time::Timestamp;
use crate::workspace::Slug;

/// A code that proves the mailbox of a first owner, by its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundingCode {
    /// HMAC-SHA-256 (R29).
    pub digest: TokenDigest,
    /// When its life ends (R21).
    pub expires_at: Timestamp,
}

/// A try to prove the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TryFoundingCode {
    /// Of the workspace to be.
    pub workspace: WorkspaceId,
    /// Whose browser or app this is.
    pub binding: Binding,
    /// HMAC of what was typed; `None` if it is not even of the form of a code, which counts as wrong.
    pub digest: Option<TokenDigest>,
    /// Wrong tries that end it (R22).
    pub max_tries: u32,
    /// When.
    pub now: Timestamp,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundingTry {
    /// The mailbox is proved.
    Proved(Box<Founding>),
    /// Not one of its codes. The try is counted.
    Wrong {
        /// Tries that are left.
        tries_left: u32,
    },
    /// Right, but past its life. Not counted.
    Expired,
    /// Past its life, out of tries, or not this browser's: there is nothing to go on with.
    Over,
}

/// Keeps what is about to become a workspace.
///
/// # Contract
/// - `begin` and `send_again` MUST each be one transaction with the mail.
/// - `try_code` MUST count a try before it compares, and give it back unless the code is wrong: of any number of parallel
///   tries no more than `max_tries` wrong ones are ever compared. Once out of tries, a right code is `Over`. A right code MUST
///   be `Proved` as long as it lives, again and again: what is made by it is settled by [`Workspaces`](super::Workspaces).
/// - What another browser began MUST be `Over` to whoever tries, and counts nothing.
/// - `has_like` MUST compare by [`skeleton`](crate::founding::skeleton).
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Foundings: Send + Sync {
    /// Begins one; with a code and the mail that carries it, unless the mailbox is proved already.
    async fn begin(&self, founding: Founding, code: Option<(FoundingCode, NewMail)>) -> PortResult<()>;

    /// The one of that workspace to be.
    async fn find(&self, workspace: WorkspaceId) -> PortResult<Option<Founding>>;

    /// Sends another code; those before stay good. `false` if there is no such founding.
    async fn send_again(
        &self,
        workspace: WorkspaceId,
        code: FoundingCode,
        mail: NewMail,
        now: Timestamp,
    ) -> PortResult<bool>;

    /// Tries a code.
    async fn try_code(&self, attempt: TryFoundingCode) -> PortResult<FoundingTry>;

    /// Whether a workspace has an address that looks like that one.
    async fn has_like(&self, slug: &Slug) -> PortResult<bool>;

    /// Ends it, once the workspace is made.
    async fn end(&self, workspace: WorkspaceId) -> PortResult<()>;

    /// Removes what is over, and says how much.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
