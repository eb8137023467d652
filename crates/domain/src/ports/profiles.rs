//! What people change of their own profile (A4).

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::{UserId, WorkspaceId};
use crate::picture::Picture;
use crate::user::Profile;

/// Keeps profiles.
///
/// # Contract
/// - What is saved here MUST be what the very next session check tells.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Profiles: Send + Sync {
    /// Saves name, language and time zone. `false` if there is no such person.
    async fn save(&self, workspace: WorkspaceId, user: UserId, profile: Profile, audit: AuditEntry)
    -> PortResult<bool>;

    /// Sets or removes the picture. `false` if there is no such person.
    async fn set_picture(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        picture: Option<Picture>,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// The picture, if there is one.
    async fn picture(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Option<Picture>>;
}
