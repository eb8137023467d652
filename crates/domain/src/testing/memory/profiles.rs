use async_trait::async_trait;

use super::MemoryStore;
use crate::audit::AuditEntry;
use crate::ids::{UserId, WorkspaceId};
use crate::picture::Picture;
use crate::ports::{PortResult, Profiles};
use crate::user::Profile;

#[async_trait]
impl Profiles for MemoryStore {
    async fn save(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        profile: Profile,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("profiles.save")?;
        state.admit_audit(&audit, "profiles.save")?;
        let Some(person) = state.person_mut(workspace, user) else {
            return Ok(false);
        };
        person.user.name = profile.name;
        person.user.language = profile.language;
        person.user.time_zone = profile.time_zone;
        state.audit.push(audit);
        Ok(true)
    }

    async fn set_picture(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        picture: Option<Picture>,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("profiles.set_picture")?;
        state.admit_audit(&audit, "profiles.set_picture")?;
        let Some(person) = state.person_mut(workspace, user) else {
            return Ok(false);
        };
        person.user.picture_at = picture.as_ref().map(|picture| picture.set_at);
        person.picture = picture;
        state.audit.push(audit);
        Ok(true)
    }

    async fn picture(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Option<Picture>> {
        let state = self.state("profiles.picture")?;
        Ok(state.person(workspace, user).and_then(|person| person.picture.clone()))
    }
}
