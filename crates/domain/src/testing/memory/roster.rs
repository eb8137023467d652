//! What staff say of people.

use async_trait::async_trait;

use super::MemoryStore;
use crate::audit::AuditEntry;
use crate::ids::{UserId, WorkspaceId};
use crate::one_time::LinkPurpose;
use crate::ports::{Invitation, PersonChange, PortResult, Roster};
use crate::time::Timestamp;
use crate::user::{OrganisationRef, User};

#[async_trait]
impl Roster for MemoryStore {
    async fn edit(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        change: PersonChange,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<Option<User>> {
        let mut state = self.state("roster.edit")?;
        state.admit_audit(&audit, "roster.edit")?;
        if state.person(workspace, user).is_none() {
            return Ok(None);
        }
        let organisations = change.organisations.map(|wanted| {
            let mut organisations: Vec<OrganisationRef> = wanted
                .into_iter()
                .map(|(new, name)| {
                    let wanted = OrganisationRef { id: new, name };
                    let id = state.organisation_of(workspace, &wanted, now);
                    OrganisationRef { id, ..wanted }
                })
                .collect();
            organisations.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
            organisations
        });
        let Some(person) = state.person_mut(workspace, user) else {
            return Ok(None);
        };
        if let Some(name) = change.name {
            person.user.name = name;
        }
        if let Some(language) = change.language {
            person.user.language = language;
        }
        if let Some(time_zone) = change.time_zone {
            person.user.time_zone = time_zone;
        }
        if let Some(organisations) = organisations {
            person.user.organisations = organisations;
        }
        let user = person.user.clone();
        state.audit.push(audit);
        Ok(Some(user))
    }

    async fn invitation(&self, workspace: WorkspaceId, user: UserId, now: Timestamp) -> PortResult<Option<Invitation>> {
        let state = self.state("roster.invitation")?;
        let live = state.links.iter().filter(|kept| {
            kept.link.workspace == workspace
                && kept.link.user == user
                && kept.link.purpose == LinkPurpose::Invite
                && kept.is_live(now)
        });
        Ok(live.max_by_key(|kept| kept.link.issued_at).map(|kept| Invitation {
            sent_at: kept.link.issued_at,
            expires_at: kept.link.expires_at,
        }))
    }

    async fn revoke_invitations(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("roster.revoke_invitations")?;
        state.admit_audit(&audit, "roster.revoke_invitations")?;
        let mut revoked = false;
        for kept in &mut state.links {
            let theirs = kept.link.workspace == workspace && kept.link.user == user;
            if theirs && kept.link.purpose == LinkPurpose::Invite && kept.is_live(now) {
                kept.voided = true;
                revoked = true;
            }
        }
        if revoked {
            state.audit.push(audit);
        }
        Ok(revoked)
    }
}
