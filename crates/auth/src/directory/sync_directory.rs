//! A directory that syncs itself by SCIM (B9): users and groups made, replaced, patched and removed, each seen by its own
//! token only (R63).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::client::Client;
use doorward_domain::directory::{DirectoryGroup, DirectorySource, ScimToken};
use doorward_domain::ids::{DirectoryGroupId, DirectoryRecordId};
use doorward_domain::ports::{EntryId, EntryQuery, GroupQuery, Listed, ListedRecord, PortError, RecordQuery, Stored};
use doorward_domain::scim::resource::{self, Place};
use doorward_domain::scim::{ScimError, ScimFault, patch, schema};
use serde_json::Value;
use thiserror::Error;

use crate::context::Context;

/// How often a change is tried where others change the same entry.
const TRIES: u32 = 5;

/// What an entry is to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// That, and nothing of what it was.
    Whole(Value),
    /// What it is, changed by these operations.
    Patched(Value),
}

/// A change that a client asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A new user.
    NewUser(Value),
    /// A user becomes something else.
    User(DirectoryRecordId, Wanted),
    /// A new group.
    NewGroup(Value),
    /// A group becomes something else.
    Group(DirectoryGroupId, Wanted),
    /// An entry goes.
    Remove(EntryId),
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Synced {
    /// The user as it is now.
    User(Box<ListedRecord>),
    /// The group as it is now.
    Group(Box<DirectoryGroup>),
    /// It is gone.
    Removed,
}

/// Why a change was not made.
#[derive(Debug, Error)]
pub enum SyncError {
    /// The request cannot be done as it stands.
    #[error(transparent)]
    Unfit(#[from] ScimError),
    /// There is no such entry of this token's.
    #[error("there is no such entry")]
    Unknown,
    /// It is not of the version any more that the client knows.
    #[error("the entry has changed")]
    Stale,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// One client at work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtWork<'a> {
    pub(crate) context: &'a Context,
    pub(crate) token: &'a ScimToken,
    pub(crate) client: &'a Client,
}

/// Users of a token.
pub(crate) async fn users(
    context: &Context,
    token: &ScimToken,
    query: RecordQuery,
) -> Result<Listed<ListedRecord>, PortError> {
    let source = DirectorySource::Scim(token.id);
    context.ports.directory.records(token.workspace, source, query).await
}

/// Groups of a token.
pub(crate) async fn groups(
    context: &Context,
    token: &ScimToken,
    query: GroupQuery,
) -> Result<Listed<DirectoryGroup>, PortError> {
    let source = DirectorySource::Scim(token.id);
    context.ports.directory.groups(token.workspace, source, query).await
}

/// Makes a change; with `only_at`, only while the entry is of that version.
pub(crate) async fn run(
    context: &Context,
    token: &ScimToken,
    client: &Client,
    change: Change,
    only_at: Option<i64>,
) -> Result<Synced, SyncError> {
    let at_work = AtWork { context, token, client };
    match change {
        Change::NewUser(body) => at_work.new_user(body).await,
        Change::NewGroup(body) => at_work.new_group(body).await,
        Change::User(id, wanted) => at_work.change_user(id, wanted, only_at).await,
        Change::Group(id, wanted) => at_work.change_group(id, wanted, only_at).await,
        Change::Remove(entry) => at_work.remove(entry, only_at).await,
    }
}

impl AtWork<'_> {
    fn source(self) -> DirectorySource {
        DirectorySource::Scim(self.token.id)
    }

    fn audit(self) -> doorward_domain::audit::AuditEntry {
        let now = self.context.now();
        let actor = Actor::ScimToken(self.token.id);
        let action = AuditAction::DirectoryChanged;
        self.context
            .audit(self.token.workspace, actor, None, action, Some(self.client), now)
    }

    fn new_place<I>(self, id: I) -> Place<I> {
        let now = self.context.now();
        Place {
            id,
            workspace: self.token.workspace,
            source: self.source(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    async fn user(self, id: DirectoryRecordId) -> Result<ListedRecord, SyncError> {
        let mut found = users(self.context, self.token, EntryQuery::one(id)).await?;
        found.entries.pop().ok_or(SyncError::Unknown)
    }

    async fn group(self, id: DirectoryGroupId) -> Result<DirectoryGroup, SyncError> {
        let mut found = groups(self.context, self.token, EntryQuery::one(id)).await?;
        found.entries.pop().ok_or(SyncError::Unknown)
    }

    async fn new_user(self, body: Value) -> Result<Synced, SyncError> {
        let attributes = resource::read(&schema::USERS, body)?;
        let id = DirectoryRecordId::sortable(self.context.entropy(), self.context.now());
        let record = resource::record(attributes, self.new_place(id), self.token.scope.clone())?;
        done(&self.context.ports.directory.put_record(record, self.audit()).await?)?;
        Ok(Synced::User(Box::new(self.user(id).await?)))
    }

    async fn new_group(self, body: Value) -> Result<Synced, SyncError> {
        let attributes = resource::read(&schema::GROUPS, body)?;
        let id = DirectoryGroupId::sortable(self.context.entropy(), self.context.now());
        let group = resource::group(&attributes, self.new_place(id))?;
        done(&self.context.ports.directory.put_group(group, self.audit()).await?)?;
        Ok(Synced::Group(Box::new(self.group(id).await?)))
    }

    async fn change_user(
        self,
        id: DirectoryRecordId,
        wanted: Wanted,
        only_at: Option<i64>,
    ) -> Result<Synced, SyncError> {
        let (whole, operations) = match wanted {
            Wanted::Whole(body) => (Some(resource::read(&schema::USERS, body)?), Vec::new()),
            Wanted::Patched(body) => (None, patch::read(&schema::USERS, &body)?),
        };
        for _ in 0..TRIES {
            let before = self.user(id).await?;
            if only_at.is_some_and(|only_at| only_at != before.record.version) {
                return Err(SyncError::Stale);
            }
            let attributes = match &whole {
                Some(whole) => whole.clone(),
                None => patch::apply(&schema::USERS, before.record.attributes.clone(), operations.clone())?,
            };
            if attributes == before.record.attributes {
                return Ok(Synced::User(Box::new(before)));
            }
            let place = Place {
                version: before.record.version + 1,
                created_at: before.record.created_at,
                ..self.new_place(id)
            };
            let record = resource::record(attributes, place, self.token.scope.clone())?;
            match self.context.ports.directory.put_record(record, self.audit()).await? {
                Stored::Stale => {}
                stored => {
                    done(&stored)?;
                    return Ok(Synced::User(Box::new(self.user(id).await?)));
                }
            }
        }
        Err(SyncError::Stale)
    }

    async fn change_group(
        self,
        id: DirectoryGroupId,
        wanted: Wanted,
        only_at: Option<i64>,
    ) -> Result<Synced, SyncError> {
        let (whole, operations) = match wanted {
            Wanted::Whole(body) => (Some(resource::read(&schema::GROUPS, body)?), Vec::new()),
            Wanted::Patched(body) => (None, patch::read(&schema::GROUPS, &body)?),
        };
        for _ in 0..TRIES {
            let before = self.group(id).await?;
            if only_at.is_some_and(|only_at| only_at != before.version) {
                return Err(SyncError::Stale);
            }
            let attributes = match &whole {
                Some(whole) => whole.clone(),
                None => patch::apply(&schema::GROUPS, resource::of_group(&before), operations.clone())?,
            };
            let place = Place {
                version: before.version + 1,
                created_at: before.created_at,
                ..self.new_place(id)
            };
            let group = resource::group(&attributes, place)?;
            let same = group.external_id == before.external_id
                && group.display_name == before.display_name
                && group.members == before.members;
            if same {
                return Ok(Synced::Group(Box::new(before)));
            }
            match self.context.ports.directory.put_group(group, self.audit()).await? {
                Stored::Stale => {}
                stored => {
                    done(&stored)?;
                    return Ok(Synced::Group(Box::new(self.group(id).await?)));
                }
            }
        }
        Err(SyncError::Stale)
    }

    async fn remove(self, entry: EntryId, only_at: Option<i64>) -> Result<Synced, SyncError> {
        let directory = &self.context.ports.directory;
        let removed = directory.remove(self.token.workspace, self.source(), entry, only_at, self.audit());
        done(&removed.await?)?;
        Ok(Synced::Removed)
    }
}

fn done(stored: &Stored) -> Result<(), SyncError> {
    match stored {
        Stored::Done(_) => Ok(()),
        Stored::Taken => Err(ScimError::new(ScimFault::Uniqueness, "another user has that `userName`").into()),
        Stored::NoSuchMember => {
            Err(ScimError::new(ScimFault::InvalidValue, "`members` names somebody who is no user here").into())
        }
        Stored::Unknown => Err(SyncError::Unknown),
        Stored::Stale => Err(SyncError::Stale),
    }
}
