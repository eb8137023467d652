//! The synced directory, and the tokens by which it is synced.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::audit::AuditEntry;
use crate::directory::{
    DirectoryAttribute, DirectoryFacts, DirectoryGroup, DirectoryMatch, DirectoryRecord, DirectorySource,
    MAX_NEAR_MISSES, ScimToken,
};
use crate::ids::{ScimTokenId, UserId, WorkspaceId};
use crate::ports::{
    Directory, EntryId, FaultKind, GroupQuery, Listed, ListedRecord, PortError, PortResult, RecordQuery, RunChanges,
    RunCommitted, ScimTokens, Stored,
};
use crate::provider::Arrived;
use crate::scim::select::fold;
use crate::secret::TokenDigest;
use crate::time::Timestamp;

impl State {
    pub(super) fn records_of(&self, workspace: WorkspaceId) -> impl Iterator<Item = &DirectoryRecord> {
        self.directory_records
            .values()
            .filter(move |record| record.workspace == workspace)
    }

    /// Why a record cannot be stored, if it cannot.
    fn record_trouble(&self, record: &DirectoryRecord) -> Option<Stored> {
        let before = self
            .directory_records
            .get(&record.id)
            .filter(|before| before.workspace == record.workspace && before.source == record.source);
        match before {
            None if record.version != 1 => return Some(Stored::Unknown),
            Some(before) if before.version + 1 != record.version => return Some(Stored::Stale),
            _ => {}
        }
        let name = fold(&record.user_name);
        let mut others = self.records_of(record.workspace);
        others
            .any(|other| other.source == record.source && other.id != record.id && fold(&other.user_name) == name)
            .then_some(Stored::Taken)
    }

    /// Whom a record names: by a proved address, or by an identity.
    pub(super) fn named_by(&self, record: &DirectoryRecord) -> BTreeSet<UserId> {
        let by_address = record
            .emails
            .iter()
            .filter_map(|email| self.verified_on(record.workspace, &email.address.key()));
        let by_identity = self
            .connections
            .iter()
            .filter(|connection| {
                connection.workspace == record.workspace
                    && record.external_id.as_ref() == Some(&connection.identity.subject)
                    && record
                        .scope
                        .as_ref()
                        .is_some_and(|scope| scope.holds(&connection.identity))
            })
            .map(|connection| connection.user);
        let vouched = self.connections.iter().filter(|connection| {
            let mut keys = record.emails.iter().map(|email| email.address.key());
            connection.workspace == record.workspace && keys.any(|key| connection.vouched.as_ref() == Some(&key))
        });
        let by_vouched = vouched.map(|connection| connection.user);
        by_address.chain(by_identity).chain(by_vouched).collect()
    }

    /// Of people who are named by a record no more, those whom no active record names.
    fn unnamed(&self, workspace: WorkspaceId, people: &BTreeSet<UserId>) -> BTreeSet<UserId> {
        let active = self.records_of(workspace).filter(|record| record.active);
        let named: BTreeSet<UserId> = active.flat_map(|record| self.named_by(record)).collect();
        people.difference(&named).copied().collect()
    }

    fn end_for(&mut self, people: &BTreeSet<UserId>, workspace: WorkspaceId, now: Timestamp) {
        for user in people {
            if let Some(person) = self.person_mut(workspace, *user) {
                person.credentials_version += 1;
            }
            self.end_sessions(workspace, *user, None);
            self.end_second_steps(workspace, *user, now);
        }
    }

    /// Stores a record of which is known that it can be, and says whose sessions are to end by it, and whom it names no
    /// more.
    fn store_record(&mut self, mut record: DirectoryRecord) -> (BTreeSet<UserId>, BTreeSet<UserId>) {
        let before = self.directory_records.get(&record.id).cloned();
        if let Some(before) = &before {
            record.created_at = before.created_at;
        }
        let was_active = before.as_ref().is_some_and(|before| before.active);
        let named_before: BTreeSet<UserId> = before.iter().flat_map(|before| self.named_by(before)).collect();
        let names = self.named_by(&record);
        let (ends, let_go) = match (was_active, record.active) {
            (true, false) => (&named_before | &names, BTreeSet::new()),
            (false, false) => (&names - &named_before, BTreeSet::new()),
            (true, true) => (BTreeSet::new(), &named_before - &names),
            (false, true) => (BTreeSet::new(), BTreeSet::new()),
        };
        self.directory_records.insert(record.id, record);
        (ends, let_go)
    }

    fn committed(&mut self, people: &BTreeSet<UserId>, audit: AuditEntry) -> Vec<UserId> {
        let workspace = audit.workspace;
        self.end_for(people, workspace, audit.at);
        self.directory_synced.insert(workspace, audit.at);
        self.audit.push(audit);
        people.iter().copied().collect()
    }
}

#[async_trait]
impl Directory for MemoryStore {
    async fn match_arrival(&self, workspace: WorkspaceId, arrived: &Arrived) -> PortResult<DirectoryFacts> {
        let state = self.state("directory.match_arrival")?;
        let email = arrived
            .email
            .as_ref()
            .map(|email| (email.address.key(), email.authoritative));
        let authoritative = email.as_ref().filter(|(_, counts)| *counts).map(|(key, _)| key.clone());
        let by_identity = state
            .records_of(workspace)
            .filter(|record| record.names(&arrived.identity));
        let by_email = state.records_of(workspace).filter(|record| {
            let mut keys = record.emails.iter().map(|email| email.address.key());
            authoritative
                .as_ref()
                .is_some_and(|wanted| keys.any(|key| key == *wanted))
        });
        let judge = |by: DirectoryAttribute, found: Vec<&DirectoryRecord>| {
            let any = !found.is_empty();
            match found.iter().any(|record| record.active) {
                true => Some(DirectoryMatch::Active { by }),
                false if any => Some(DirectoryMatch::Inactive { by }),
                false => None,
            }
        };
        let found = judge(DirectoryAttribute::Identity, by_identity.collect())
            .or_else(|| judge(DirectoryAttribute::Email, by_email.collect()));
        let found = found.unwrap_or_else(|| {
            let local = email
                .as_ref()
                .and_then(|(key, _)| key.as_str().split_once('@'))
                .map(|(local, _)| local);
            let near = state.records_of(workspace).filter(|record| {
                let mut keys = record.emails.iter().map(|email| email.address.key());
                local.is_some_and(|local| {
                    keys.any(|key| key.as_str().split_once('@').is_some_and(|(other, _)| other == local))
                })
            });
            let mut compared = vec![DirectoryAttribute::Identity];
            compared.extend(authoritative.iter().map(|_| DirectoryAttribute::Email));
            DirectoryMatch::NoRecord {
                compared,
                near_misses: u32::try_from(near.count()).unwrap_or(u32::MAX).min(MAX_NEAR_MISSES),
            }
        });
        Ok(DirectoryFacts {
            found,
            synced_at: state.directory_synced.get(&workspace).copied(),
        })
    }

    async fn records(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        query: RecordQuery,
    ) -> PortResult<Listed<ListedRecord>> {
        let state = self.state("directory.records")?;
        let meets = |record: &&DirectoryRecord| {
            record.source == source
                && query.id.is_none_or(|id| record.id == id)
                && query.after.is_none_or(|after| record.id > after)
                && query
                    .filter
                    .as_ref()
                    .is_none_or(|filter| filter.holds(&|test| test.holds(record)))
        };
        let found: Vec<&DirectoryRecord> = state.records_of(workspace).filter(meets).collect();
        Ok(Listed {
            total: u64::try_from(found.len()).unwrap_or(u64::MAX),
            entries: found
                .into_iter()
                .skip(usize::try_from(query.offset).unwrap_or(usize::MAX))
                .take(usize::try_from(query.limit).unwrap_or(usize::MAX))
                .map(|record| ListedRecord {
                    groups: state.groups_of(record.id),
                    record: record.clone(),
                })
                .collect(),
        })
    }

    async fn put_record(&self, record: DirectoryRecord, audit: AuditEntry) -> PortResult<Stored> {
        const PLACE: &str = "directory.put_record";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        if let Some(trouble) = state.record_trouble(&record) {
            return Ok(trouble);
        }
        let workspace = record.workspace;
        let (mut people, let_go) = state.store_record(record);
        people.append(&mut state.unnamed(workspace, &let_go));
        Ok(Stored::Done(state.committed(&people, audit)))
    }

    async fn groups(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        query: GroupQuery,
    ) -> PortResult<Listed<DirectoryGroup>> {
        let state = self.state("directory.groups")?;
        let meets = |group: &&DirectoryGroup| {
            group.workspace == workspace
                && group.source == source
                && query.id.is_none_or(|id| group.id == id)
                && query.after.is_none_or(|after| group.id > after)
                && query
                    .filter
                    .as_ref()
                    .is_none_or(|filter| filter.holds(&|test| test.holds(group)))
        };
        let found: Vec<&DirectoryGroup> = state.directory_groups.values().filter(meets).collect();
        Ok(Listed {
            total: u64::try_from(found.len()).unwrap_or(u64::MAX),
            entries: found
                .into_iter()
                .skip(usize::try_from(query.offset).unwrap_or(usize::MAX))
                .take(usize::try_from(query.limit).unwrap_or(usize::MAX))
                .cloned()
                .collect(),
        })
    }

    async fn put_group(&self, mut group: DirectoryGroup, audit: AuditEntry) -> PortResult<Stored> {
        const PLACE: &str = "directory.put_group";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let before = state
            .directory_groups
            .get(&group.id)
            .filter(|before| before.workspace == group.workspace && before.source == group.source);
        match before {
            None if group.version != 1 => return Ok(Stored::Unknown),
            Some(before) if before.version + 1 != group.version => return Ok(Stored::Stale),
            Some(before) => group.created_at = before.created_at,
            None => {}
        }
        let known = group.members.iter().all(|member| {
            let record = state.directory_records.get(member);
            record.is_some_and(|record| record.workspace == group.workspace && record.source == group.source)
        });
        if !known {
            return Ok(Stored::NoSuchMember);
        }
        state.directory_groups.insert(group.id, group);
        Ok(Stored::Done(state.committed(&BTreeSet::new(), audit)))
    }

    async fn remove(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        entry: EntryId,
        only_at: Option<i64>,
        audit: AuditEntry,
    ) -> PortResult<Stored> {
        const PLACE: &str = "directory.remove";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let theirs = |of: (WorkspaceId, DirectorySource)| of == (workspace, source);
        let version = match entry {
            EntryId::Record(id) => {
                let record = state.directory_records.get(&id);
                record
                    .filter(|record| theirs((record.workspace, record.source)))
                    .map(|record| record.version)
            }
            EntryId::Group(id) => {
                let group = state.directory_groups.get(&id);
                group
                    .filter(|group| theirs((group.workspace, group.source)))
                    .map(|group| group.version)
            }
        };
        let Some(version) = version else {
            return Ok(Stored::Unknown);
        };
        if only_at.is_some_and(|only_at| only_at != version) {
            return Ok(Stored::Stale);
        }
        let mut people = BTreeSet::new();
        match entry {
            EntryId::Record(id) => {
                if let Some(record) = state.directory_records.remove(&id)
                    && record.active
                {
                    people = state.named_by(&record);
                }
                for group in state.directory_groups.values_mut() {
                    group.members.retain(|member| *member != id);
                }
            }
            EntryId::Group(id) => {
                state.directory_groups.remove(&id);
            }
        }
        Ok(Stored::Done(state.committed(&people, audit)))
    }

    async fn commit_run(&self, run: RunChanges, audit: AuditEntry) -> PortResult<RunCommitted> {
        const PLACE: &str = "directory.commit_run";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let mut all = run.create.iter().chain(&run.update);
        if all.any(|record| record.workspace != run.workspace || record.source != run.source) {
            return Err(PortError::bare(FaultKind::Misuse, PLACE));
        }
        let before = state.directory_records.clone();
        let (mut people, mut let_go) = (BTreeSet::new(), BTreeSet::new());
        for record in run.create.into_iter().chain(run.update) {
            if state.record_trouble(&record).is_some() {
                state.directory_records = before;
                return Ok(RunCommitted::Stale);
            }
            let (mut ends, mut gone) = state.store_record(record);
            people.append(&mut ends);
            let_go.append(&mut gone);
        }
        people.append(&mut state.unnamed(run.workspace, &let_go));
        Ok(RunCommitted::Committed(state.committed(&people, audit)))
    }
}

#[async_trait]
impl ScimTokens for MemoryStore {
    async fn issue(&self, token: ScimToken, audit: AuditEntry) -> PortResult<()> {
        const PLACE: &str = "scim_tokens.issue";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        state.scim_tokens.push(token);
        state.audit.push(audit);
        Ok(())
    }

    async fn find(&self, workspace: WorkspaceId, digest: &TokenDigest) -> PortResult<Option<ScimToken>> {
        let state = self.state("scim_tokens.find")?;
        let mut tokens = state.scim_tokens.iter();
        Ok(tokens
            .find(|token| token.workspace == workspace && token.digest == *digest && token.revoked_at.is_none())
            .cloned())
    }

    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<ScimToken>> {
        let state = self.state("scim_tokens.list")?;
        let tokens = state.scim_tokens.iter().filter(|token| token.workspace == workspace);
        let mut tokens: Vec<ScimToken> = tokens.cloned().collect();
        tokens.sort_by_key(|token| (token.created_at, token.id));
        Ok(tokens)
    }

    async fn renew(
        &self,
        workspace: WorkspaceId,
        token: ScimTokenId,
        digest: TokenDigest,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        const PLACE: &str = "scim_tokens.renew";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let mut tokens = state.scim_tokens.iter_mut();
        let Some(kept) = tokens.find(|kept| kept.workspace == workspace && kept.id == token) else {
            return Ok(false);
        };
        kept.digest = digest;
        kept.revoked_at = None;
        state.audit.push(audit);
        Ok(true)
    }

    async fn revoke(&self, workspace: WorkspaceId, token: ScimTokenId, audit: AuditEntry) -> PortResult<bool> {
        const PLACE: &str = "scim_tokens.revoke";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let mut tokens = state.scim_tokens.iter_mut();
        let live = tokens.find(|kept| kept.workspace == workspace && kept.id == token && kept.revoked_at.is_none());
        let Some(kept) = live else {
            return Ok(false);
        };
        kept.revoked_at = Some(audit.at);
        state.audit.push(audit);
        Ok(true)
    }

    async fn note_use(&self, workspace: WorkspaceId, token: ScimTokenId, now: Timestamp) -> PortResult<()> {
        let mut state = self.state("scim_tokens.note_use")?;
        let mut tokens = state.scim_tokens.iter_mut();
        if let Some(kept) = tokens.find(|kept| kept.workspace == workspace && kept.id == token)
            && kept
                .last_used_at
                .is_none_or(|noted| now.since(noted) >= Duration::from_mins(1))
        {
            kept.last_used_at = Some(now);
        }
        Ok(())
    }
}
