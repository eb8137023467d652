//! A directory from a file that is sent to the console (B9). It is kept, sealed, until whoever sent it has seen what it would
//! do and says that it is meant (R62): it is sent once, whichever node is asked next.

use doorward_domain::directory::DirectoryUpload;
use doorward_domain::directory::run::Plan;
use doorward_domain::ids::{DirectoryUploadId, UserId};
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;

use super::import_directory::{self, Import, ImportError, Imported};
use crate::context::{Acting, Context};

/// A file that waits for somebody's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// By which it goes on.
    pub id: DirectoryUploadId,
    /// What it would do, now.
    pub plan: Plan,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// Keeps a file that can be used, and says what it would do. What the same person sent before is forgotten.
pub(crate) async fn run(
    context: &Context,
    by: UserId,
    workspace: &Workspace,
    text: String,
) -> Result<Uploaded, ImportError> {
    let plan = import_directory::dry_run(context, workspace, &text).await?;
    let now = context.now();
    let upload = DirectoryUpload {
        id: DirectoryUploadId::random(context.entropy()),
        workspace: workspace.id,
        by,
        text,
        expires_at: now.plus(context.config.limits.directory_upload_lifetime()),
    };
    let (id, expires_at) = (upload.id, upload.expires_at);
    context.ports.directory_uploads.keep(upload).await?;
    Ok(Uploaded { id, plan, expires_at })
}

/// What a file that waits would do, now; `None` if there is none of that id that this person sent.
pub(crate) async fn look(
    context: &Context,
    by: UserId,
    workspace: &Workspace,
    id: DirectoryUploadId,
) -> Result<Option<Uploaded>, ImportError> {
    let Some(upload) = find(context, by, workspace, id).await? else {
        return Ok(None);
    };
    let plan = import_directory::dry_run(context, workspace, &upload.text).await?;
    Ok(Some(Uploaded {
        id,
        plan,
        expires_at: upload.expires_at,
    }))
}

/// Takes a file in that waits, as long as it makes no more records inactive than were agreed to; `None` if there is none of
/// that id that this person sent.
pub(crate) async fn take_in(
    context: &Context,
    (acting, by): (&Acting, UserId),
    workspace: &Workspace,
    id: DirectoryUploadId,
    agreed: usize,
) -> Result<Option<Imported>, ImportError> {
    let Some(upload) = find(context, by, workspace, id).await? else {
        return Ok(None);
    };
    let import = Import {
        text: upload.text,
        scope: None,
        dry_run: false,
        agreed: Some(agreed),
    };
    let imported = import_directory::run(context, acting, workspace, import).await?;
    if matches!(imported, Imported::Committed(..)) {
        // Whoever presses twice takes the same file in twice, and the second time it changes nothing.
        context.ports.directory_uploads.forget(workspace.id, id).await?;
    }
    Ok(Some(imported))
}

/// Forgets a file that waits; `false` if there is none of that id that this person sent.
pub(crate) async fn forget(
    context: &Context,
    by: UserId,
    workspace: &Workspace,
    id: DirectoryUploadId,
) -> Result<bool, ImportError> {
    if find(context, by, workspace, id).await?.is_none() {
        return Ok(false);
    }
    Ok(context.ports.directory_uploads.forget(workspace.id, id).await?)
}

async fn find(
    context: &Context,
    by: UserId,
    workspace: &Workspace,
    id: DirectoryUploadId,
) -> Result<Option<DirectoryUpload>, ImportError> {
    let now = context.now();
    Ok(context.ports.directory_uploads.find(workspace.id, id, by, now).await?)
}
