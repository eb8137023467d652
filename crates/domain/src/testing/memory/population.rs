use async_trait::async_trait;

use super::{MemoryStore, Person, State};
use crate::audit::AuditEntry;
use crate::directory::{DirectoryRecord, DirectoryStanding};
use crate::ids::{AuditId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::ports::{
    DoorSettings, MAX_POPULATION_PAGE, NamedPerson, Population, PopulationQuery, PortResult, SettingsSaved,
    SettingsToSave,
};
use crate::preview::{Shape, Sketch};
use crate::provider::{ExternalIdentity, ProviderId};
use crate::provisional::SettingsVersion;
use crate::role::Audience;
use crate::time::Timestamp;
use crate::user::ContactIdentity;

impl State {
    fn sketch(&self, person: &Person, with_directory: bool) -> Sketch {
        let user = &person.user;
        let mut providers = std::collections::BTreeMap::new();
        let mut name = |provider: ProviderId, standing: DirectoryStanding| {
            let best = providers.entry(provider).or_insert(standing);
            *best = standing.max(*best);
        };
        for connection in &self.connections {
            let theirs = connection.workspace == user.workspace && connection.user == user.id;
            if !theirs || connection.identity.provider.is_hand_over() {
                continue;
            }
            let standing = if with_directory {
                self.standing(user.workspace, &connection.identity, connection.vouched.as_ref())
            } else {
                DirectoryStanding::NoRecord
            };
            name(connection.identity.provider.clone(), standing);
        }
        for identity in &person.identities {
            let (provider, subject) = match identity {
                ContactIdentity::Email { .. } => continue,
                ContactIdentity::X { subject } => ("twitter", subject),
                ContactIdentity::Facebook { subject } => ("facebook", subject),
            };
            let Ok(provider) = ProviderId::parse(provider) else {
                continue;
            };
            // The helpdesk knows the subject alone, and so does not say of which issuer.
            let named = self.records_of(user.workspace).filter(|record| {
                let scope = record.scope.as_ref().is_some_and(|scope| scope.provider == provider);
                scope && record.external_id.as_ref() == Some(subject)
            });
            let standing = if with_directory {
                judge(named)
            } else {
                DirectoryStanding::NoRecord
            };
            name(provider, standing);
        }
        Sketch {
            user: user.id,
            own_permissions: user.custom_role.as_ref().map(|own| own.permissions),
            shape: Shape {
                role: user.role,
                status: user.status,
                has_password: person.password.is_some(),
                password_temporary_until: person.password_temporary_until,
                has_address: user.primary_email().is_some(),
                app: person.factors.app.is_some(),
                passkey: self
                    .passkeys
                    .iter()
                    .any(|passkey| passkey.workspace == user.workspace && passkey.user == user.id),
                providers: providers.into_iter().collect(),
            },
        }
    }

    fn standing(
        &self,
        workspace: WorkspaceId,
        identity: &ExternalIdentity,
        vouched: Option<&crate::email_address::EmailKey>,
    ) -> DirectoryStanding {
        let by_identity = self.records_of(workspace).filter(|record| record.names(identity));
        match judge(by_identity) {
            DirectoryStanding::NoRecord => judge(self.records_of(workspace).filter(|record| {
                vouched.is_some_and(|vouched| record.emails.iter().any(|email| email.address.key() == *vouched))
            })),
            found => found,
        }
    }
}

fn judge<'r>(records: impl Iterator<Item = &'r DirectoryRecord>) -> DirectoryStanding {
    records
        .map(|record| {
            if record.active {
                DirectoryStanding::Active
            } else {
                DirectoryStanding::Inactive
            }
        })
        .max()
        .unwrap_or(DirectoryStanding::NoRecord)
}

#[async_trait]
impl Population for MemoryStore {
    async fn page(&self, workspace: WorkspaceId, query: PopulationQuery) -> PortResult<Vec<Sketch>> {
        let state = self.state("population.page")?;
        let limit = usize::try_from(query.limit.clamp(1, MAX_POPULATION_PAGE)).unwrap_or(usize::MAX);
        let people = state.people.values().filter(|person| {
            person.user.workspace == workspace
                && person.user.role.audience() == query.audience
                && query.after.is_none_or(|after| person.user.id > after)
                && query.up_to.is_none_or(|up_to| person.user.id <= up_to)
        });
        Ok(people
            .take(limit)
            .map(|person| state.sketch(person, query.with_directory))
            .collect())
    }

    async fn names(&self, workspace: WorkspaceId, users: Vec<UserId>) -> PortResult<Vec<NamedPerson>> {
        let state = self.state("population.names")?;
        let people = state.people.values();
        Ok(people
            .filter(|person| person.user.workspace == workspace && users.contains(&person.user.id))
            .map(|person| NamedPerson {
                user: person.user.id,
                name: person.user.name.clone(),
                address: person.user.primary_email().map(|email| email.address.clone()),
            })
            .collect())
    }

    async fn estimate(&self, workspace: WorkspaceId, audience: Audience) -> PortResult<u64> {
        let state = self.state("population.estimate")?;
        let people = state.people.values();
        let counted = people
            .filter(|person| person.user.workspace == workspace && person.user.role.audience() == audience)
            .count();
        Ok(u64::try_from(counted).unwrap_or(u64::MAX))
    }
}

#[async_trait]
impl DoorSettings for MemoryStore {
    async fn save(
        &self,
        workspace: WorkspaceId,
        change: SettingsToSave,
        audit: AuditEntry,
    ) -> PortResult<SettingsSaved> {
        const PLACE: &str = "door_settings.save";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let Some(kept) = state.workspaces.get_mut(&workspace) else {
            return Ok(SettingsSaved::Unknown);
        };
        let holds = kept.clone().at(change.now);
        let pending = holds.provisional.as_ref().map(|pending| pending.change);
        if SettingsVersion::of(&holds.security) != change.from || pending != change.pending {
            return Ok(SettingsSaved::Changed);
        }
        kept.security = change.settings;
        kept.provisional = change.provisional;
        state.audit.push(audit);
        state.edition += 1;
        Ok(SettingsSaved::Saved)
    }

    async fn revert(
        &self,
        workspace: WorkspaceId,
        change: AuditId,
        at_once: bool,
        audit: AuditEntry,
        mails: Vec<NewMail>,
    ) -> PortResult<bool> {
        const PLACE: &str = "door_settings.revert";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let Some(kept) = state.workspaces.get_mut(&workspace) else {
            return Ok(false);
        };
        let reverted = kept
            .provisional
            .take_if(|pending| pending.change == change && (at_once || pending.is_over(audit.at)));
        let Some(reverted) = reverted else {
            return Ok(false);
        };
        kept.security = *reverted.previous;
        for mail in mails {
            state.put_mail(mail);
        }
        state.audit.push(audit);
        state.edition += 1;
        Ok(true)
    }

    async fn overdue(&self, now: Timestamp, limit: u32) -> PortResult<Vec<WorkspaceId>> {
        let state = self.state("door_settings.overdue")?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let all = state.workspaces.values().filter(|workspace| workspace.is_overdue(now));
        Ok(all.take(limit).map(|workspace| workspace.id).collect())
    }
}
