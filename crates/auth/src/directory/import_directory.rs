//! A run over a whole directory from a file (B9): a report by line, all or nothing, and held back where it would remove
//! many (R62).

use doorward_domain::audit::AuditAction;
use doorward_domain::directory::run::{Plan, Setting, plan};
use doorward_domain::directory::table::{self, LineFault, Row, TableFault};
use doorward_domain::directory::{DirectoryRecord, DirectorySource, IdentityScope};
use doorward_domain::ids::DirectoryRecordId;
use doorward_domain::ports::{EntryQuery, PortError, RunCommitted};
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::{Acting, Context};

/// How often a run is planned anew where others change the same records.
const TRIES: u32 = 5;
/// Records read at once.
const PAGE: u32 = 1_000;

/// A file to be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What stands in it.
    pub text: String,
    /// Whose people it speaks of: then `external_id` is their subject there.
    pub scope: Option<IdentityScope>,
    /// Only say what it would do.
    pub dry_run: bool,
    /// Somebody has said that it is meant, as long as it removes no more than so many (R62).
    pub agreed: Option<usize>,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// Nothing was done: what it would do.
    Planned(Plan),
    /// Nothing was done: it would remove more than a fifth, and more than ten, and wants to be confirmed.
    HeldBack(Plan),
    /// It was done; how many people's sessions ended by it.
    Committed(Plan, usize),
}

/// Why nothing was done.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be used.
    #[error(transparent)]
    Table(#[from] TableFault),
    /// Records were changed by somebody else all the while.
    #[error("the records are being changed by somebody else; try again")]
    Stale,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Makes a run.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    import: Import,
) -> Result<Imported, ImportError> {
    let rows = table::read(&import.text)?;
    for _ in 0..TRIES {
        let now = context.now();
        let planned = planned(context, workspace, (import.scope.as_ref(), &rows), now).await?;
        if import.dry_run {
            return Ok(Imported::Planned(planned));
        }
        let agreed = import.agreed.is_some_and(|agreed| planned.removed <= agreed);
        if planned.needs_word() && !agreed {
            let audit = context.audit_of(workspace.id, acting, None, AuditAction::DirectoryHeldBack, now);
            context.ports.audit.append(audit).await?;
            return Ok(Imported::HeldBack(planned));
        }
        let audit = context.audit_of(workspace.id, acting, None, AuditAction::DirectoryChanged, now);
        let committed = context.ports.directory.commit_run(planned.changes.clone(), audit);
        if let RunCommitted::Committed(ended) = committed.await? {
            return Ok(Imported::Committed(planned, ended.len()));
        }
    }
    Err(ImportError::Stale)
}

/// What a file would do, now.
pub(super) async fn dry_run(context: &Context, workspace: &Workspace, text: &str) -> Result<Plan, ImportError> {
    let rows = table::read(text)?;
    planned(context, workspace, (None, &rows), context.now()).await
}

async fn planned(
    context: &Context,
    workspace: &Workspace,
    (scope, rows): (Option<&IdentityScope>, &[Row]),
    now: Timestamp,
) -> Result<Plan, ImportError> {
    let setting = Setting {
        workspace: workspace.id,
        source: DirectorySource::File,
        scope: scope.cloned(),
        now,
    };
    let there = everybody(context, workspace).await?;
    let new_id = || DirectoryRecordId::sortable(context.entropy(), now);
    plan(&setting, there, rows.to_vec(), new_id)
        .map_err(|(line, error)| TableFault::Lines(vec![(line, LineFault::Value(error))]).into())
}

/// All records of earlier files, walked through by a cursor that stands however much is removed meanwhile (R62).
async fn everybody(context: &Context, workspace: &Workspace) -> Result<Vec<DirectoryRecord>, PortError> {
    let mut all: Vec<DirectoryRecord> = Vec::new();
    loop {
        let query = EntryQuery::behind(all.last().map(|record| record.id), PAGE);
        let page = context
            .ports
            .directory
            .records(workspace.id, DirectorySource::File, query);
        let page = page.await?.entries;
        let is_last = page.len() < PAGE as usize;
        all.extend(page.into_iter().map(|listed| listed.record));
        if is_last {
            return Ok(all);
        }
    }
}
