//! Taking the audit log out as a file (C6), a page at a time: a log of millions of rows is never held as a whole.

use doorward_domain::audit::AuditAction;
use doorward_domain::audit_log::{AuditFilter, AuditPlace, AuditQuery, AuditRow, MAX_AUDIT_PAGE};
use doorward_domain::ports::PortResult;
use doorward_domain::workspace::Workspace;

use crate::context::{Acting, Context};

/// An export under way: whoever began it takes page after page.
#[derive(Debug, Clone)]
pub struct AuditExport {
    context: Context,
    workspace: Workspace,
    filter: AuditFilter,
    after: Option<AuditPlace>,
    over: bool,
}

/// Begins an export, and writes down that it was. What was written from then on is no part of it.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    mut filter: AuditFilter,
) -> PortResult<AuditExport> {
    let now = context.now();
    let entry = context.audit_of(workspace.id, acting, None, AuditAction::AuditExported, now);
    context.ports.audit.append(entry).await?;
    filter.until = Some(filter.until.map_or(now, |until| until.min(now)));
    Ok(AuditExport {
        context: context.clone(),
        workspace: workspace.clone(),
        filter,
        after: None,
        over: false,
    })
}

impl AuditExport {
    /// The next rows, newest first; none when all were given.
    ///
    /// # Errors
    /// A database that cannot be read. The same rows can be asked for again.
    pub async fn next(&mut self) -> PortResult<Vec<AuditRow>> {
        if self.over {
            return Ok(Vec::new());
        }
        let query = AuditQuery {
            filter: self.filter.clone(),
            after: self.after,
            limit: MAX_AUDIT_PAGE,
        };
        let rows = self.context.ports.audit_log.page(self.workspace.id, query).await?;
        self.over = rows.len() < usize::try_from(MAX_AUDIT_PAGE).unwrap_or(usize::MAX);
        self.after = rows.last().map(|row| AuditPlace::of(&row.entry)).or(self.after);
        Ok(rows)
    }
}
