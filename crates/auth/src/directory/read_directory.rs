//! Reading the synced directory (B8, B9): its records, page by page or by a text, one of them with all that stands around it,
//! and the near misses of an address that has none.

use doorward_domain::directory::DirectoryRecord;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::DirectoryRecordId;
use doorward_domain::ports::{BookQuery, BookedRecord, PortError};
use doorward_domain::time::Timestamp;
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// Most near misses that are told.
pub const MAX_NEAR: u32 = 20;

/// Some records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryPage {
    /// They.
    pub records: Vec<DirectoryRecord>,
    /// Behind which the next page begins, if there is one.
    pub next: Option<DirectoryRecordId>,
    /// Where an address was looked for that no record holds: records with the same local part at another domain.
    pub near: Vec<DirectoryRecord>,
    /// When the directory was last changed; `None` if it never was.
    pub synced_at: Option<Timestamp>,
}

/// A record, and whom it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The record and its groups.
    pub booked: BookedRecord,
    /// The accounts that it names, whether it is active or not.
    pub accounts: Vec<User>,
}

/// Reads one page.
pub(crate) async fn run(
    context: &Context,
    workspace: &Workspace,
    query: BookQuery,
) -> Result<DirectoryPage, PortError> {
    let book = &context.ports.directory_book;
    let looked_for = query
        .text
        .as_deref()
        .filter(|_| query.after.is_none())
        .and_then(|text| EmailAddress::parse(text).ok())
        .map(|address| address.key());
    let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let one_more = BookQuery {
        limit: query.limit.saturating_add(1),
        ..query
    };
    let mut records = book.page(workspace.id, one_more).await?;
    let more = records.len() > wanted;
    records.truncate(wanted);
    let near = match looked_for {
        Some(key)
            if !records
                .iter()
                .any(|record| record.emails.iter().any(|email| email.address.key() == key)) =>
        {
            book.near(workspace.id, &key, MAX_NEAR).await?
        }
        _ => Vec::new(),
    };
    Ok(DirectoryPage {
        next: records.last().filter(|_| more).map(|record| record.id),
        near,
        synced_at: book.synced_at(workspace.id).await?,
        records,
    })
}

/// One record; `None` if there is none of that id.
pub(crate) async fn record(
    context: &Context,
    workspace: &Workspace,
    id: DirectoryRecordId,
) -> Result<Option<DirectoryEntry>, PortError> {
    let Some(booked) = context.ports.directory_book.find(workspace.id, id).await? else {
        return Ok(None);
    };
    let mut accounts = Vec::with_capacity(booked.names.len());
    for user in &booked.names {
        accounts.extend(context.ports.users.find(workspace.id, *user).await?);
    }
    Ok(Some(DirectoryEntry { booked, accounts }))
}
