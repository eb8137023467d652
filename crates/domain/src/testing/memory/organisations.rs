use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::audit::AuditEntry;
use crate::email_address::EmailKey;
use crate::ids::{OrganisationId, UserId, WorkspaceId};
use crate::organisation::{ListedOrganisation, Organisation};
use crate::ports::{OrganisationQuery, OrganisationSaved, Organisations, PortResult};
use crate::time::Timestamp;
use crate::user::OrganisationRef;

impl State {
    /// The organisation of that name, made if it is not there.
    pub(super) fn organisation_of(
        &mut self,
        workspace: WorkspaceId,
        wanted: &OrganisationRef,
        now: Timestamp,
    ) -> OrganisationId {
        let known = self
            .organisations
            .values()
            .find(|known| known.workspace == workspace && known.name == wanted.name);
        if let Some(known) = known {
            return known.id;
        }
        let made = Organisation {
            id: wanted.id,
            workspace,
            name: wanted.name.clone(),
            domains: Vec::new(),
            created_at: now,
        };
        self.organisations.insert(made.id, made);
        wanted.id
    }

    /// Puts somebody who has just proved an address into the organisation of its domain.
    pub(super) fn place(&mut self, workspace: WorkspaceId, user: UserId, proved: &EmailKey) {
        let placing = self.organisations.values().find(|organisation| {
            let mut domains = organisation.domains.iter();
            organisation.workspace == workspace && domains.any(|domain| domain.as_str() == proved.domain())
        });
        let Some(placing) = placing.map(|organisation| OrganisationRef {
            id: organisation.id,
            name: organisation.name.clone(),
        }) else {
            return;
        };
        if let Some(person) = self.person_mut(workspace, user)
            && person.user.organisations.iter().all(|known| known.id != placing.id)
        {
            person.user.organisations.push(placing);
            person
                .user
                .organisations
                .sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        }
    }

    fn listed(&self, organisation: &Organisation) -> ListedOrganisation {
        let members = self.people.values().filter(|person| {
            let mut theirs = person.user.organisations.iter();
            theirs.any(|known| known.id == organisation.id)
        });
        ListedOrganisation {
            organisation: organisation.clone(),
            members: u64::try_from(members.count()).unwrap_or(u64::MAX),
        }
    }

    /// What stands in the way of an organisation of that name and with those domains.
    fn in_the_way(&self, wanted: &Organisation) -> Option<OrganisationSaved> {
        let others = || {
            self.organisations
                .values()
                .filter(|other| other.workspace == wanted.workspace && other.id != wanted.id)
        };
        if others().any(|other| other.name == wanted.name) {
            return Some(OrganisationSaved::NameTaken);
        }
        let mut domains = wanted.domains.iter();
        let taken = domains.find(|domain| others().any(|other| other.domains.contains(domain)));
        taken.map(|domain| OrganisationSaved::DomainTaken(domain.clone()))
    }
}

#[async_trait]
impl Organisations for MemoryStore {
    async fn list(&self, workspace: WorkspaceId, query: OrganisationQuery) -> PortResult<Vec<ListedOrganisation>> {
        let state = self.state("organisations.list")?;
        let text = query.text.as_ref().map(|text| text.to_ascii_lowercase());
        let says = |organisation: &Organisation, text: &str| {
            let mut domains = organisation.domains.iter();
            organisation.name.to_ascii_lowercase().contains(text)
                || domains.any(|domain| domain.as_str().contains(text))
        };
        let mut found: Vec<&Organisation> = state
            .organisations
            .values()
            .filter(|organisation| organisation.workspace == workspace)
            .filter(|organisation| query.after.as_ref().is_none_or(|after| organisation.name > *after))
            .filter(|organisation| text.as_ref().is_none_or(|text| says(organisation, text)))
            .collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found.truncate(usize::try_from(query.limit.clamp(1, 200)).unwrap_or(200));
        Ok(found
            .into_iter()
            .map(|organisation| state.listed(organisation))
            .collect())
    }

    async fn find(&self, workspace: WorkspaceId, id: OrganisationId) -> PortResult<Option<ListedOrganisation>> {
        let state = self.state("organisations.find")?;
        let found = state
            .organisations
            .get(&id)
            .filter(|found| found.workspace == workspace);
        Ok(found.map(|organisation| state.listed(organisation)))
    }

    async fn create(&self, organisation: Organisation, audit: AuditEntry) -> PortResult<OrganisationSaved> {
        let mut state = self.state("organisations.create")?;
        state.admit_audit(&audit, "organisations.create")?;
        if let Some(in_the_way) = state.in_the_way(&organisation) {
            return Ok(in_the_way);
        }
        state.organisations.insert(organisation.id, organisation);
        state.audit.push(audit);
        Ok(OrganisationSaved::Saved)
    }

    async fn change(&self, organisation: Organisation, audit: AuditEntry) -> PortResult<OrganisationSaved> {
        let mut state = self.state("organisations.change")?;
        state.admit_audit(&audit, "organisations.change")?;
        let known = state.organisations.get(&organisation.id);
        let Some(created_at) = known
            .filter(|known| known.workspace == organisation.workspace)
            .map(|known| known.created_at)
        else {
            return Ok(OrganisationSaved::Gone);
        };
        if let Some(in_the_way) = state.in_the_way(&organisation) {
            return Ok(in_the_way);
        }
        for person in state.people.values_mut() {
            let mut theirs = person.user.organisations.iter_mut();
            if let Some(known) = theirs.find(|known| known.id == organisation.id) {
                known.name.clone_from(&organisation.name);
            }
        }
        let organisation = Organisation {
            created_at,
            ..organisation
        };
        state.organisations.insert(organisation.id, organisation);
        state.audit.push(audit);
        Ok(OrganisationSaved::Saved)
    }

    async fn delete(&self, workspace: WorkspaceId, id: OrganisationId, audit: AuditEntry) -> PortResult<bool> {
        let mut state = self.state("organisations.delete")?;
        state.admit_audit(&audit, "organisations.delete")?;
        let known = state
            .organisations
            .get(&id)
            .is_some_and(|known| known.workspace == workspace);
        if !known {
            return Ok(false);
        }
        state.organisations.remove(&id);
        for person in state.people.values_mut() {
            person.user.organisations.retain(|known| known.id != id);
        }
        state.audit.push(audit);
        Ok(true)
    }
}
