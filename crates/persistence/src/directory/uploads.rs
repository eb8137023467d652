//! Files of the directory that wait for somebody's word, sealed.

use async_trait::async_trait;
use doorward_domain::directory::DirectoryUpload;
use doorward_domain::ids::{DirectoryUploadId, UserId, WorkspaceId};
use doorward_domain::ports::{DirectoryUploads, FaultKind, PortError, PortResult};
use doorward_domain::time::Timestamp;

use crate::connect::Store;
use crate::fault::{Trouble, Unreadable};
use crate::keys::{OpenError, Place};
use crate::raw;

const TABLE: &str = "directory_uploads";
const FILE: &str = "file";

/// Files that wait.
#[derive(Debug, Clone)]
pub struct SeaDirectoryUploads {
    store: Store,
}

fn place(workspace: WorkspaceId, id: DirectoryUploadId) -> Place {
    Place {
        table: TABLE,
        column: FILE,
        row: id.as_uuid(),
        workspace: Some(workspace.as_uuid()),
    }
}

fn sealed_wrong(error: OpenError) -> Trouble {
    PortError::new(FaultKind::Corrupt, "directory_uploads.sealed", error).into()
}

impl SeaDirectoryUploads {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn keep_once(&self, upload: &DirectoryUpload) -> Result<(), Trouble> {
        let sealed = self
            .store
            .keys()
            .seal(place(upload.workspace, upload.id), upload.text.as_bytes())
            .map_err(sealed_wrong)?;
        let tx = self.store.write_tx().await?;
        raw::execute(
            &tx,
            "INSERT INTO directory_uploads (workspace_id, id, user_id, file, expires_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (workspace_id, user_id) DO UPDATE SET id = excluded.id, file = excluded.file, \
             expires_at = excluded.expires_at",
            [
                upload.workspace.as_uuid().into(),
                upload.id.as_uuid().into(),
                upload.by.as_uuid().into(),
                sealed.into(),
                upload.expires_at.as_micros().into(),
            ],
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn find_in(
        &self,
        (workspace, id): (WorkspaceId, DirectoryUploadId),
        by: UserId,
        now: Timestamp,
    ) -> Result<Option<DirectoryUpload>, Trouble> {
        let row = raw::one(
            self.store.reader(),
            "SELECT file, expires_at FROM directory_uploads \
             WHERE workspace_id = $1 AND id = $2 AND user_id = $3 AND expires_at > $4",
            [
                workspace.as_uuid().into(),
                id.as_uuid().into(),
                by.as_uuid().into(),
                now.as_micros().into(),
            ],
        )
        .await?;
        let Some(row) = row else { return Ok(None) };
        let sealed: Vec<u8> = row.try_get("", FILE)?;
        let plain = self
            .store
            .keys()
            .open(place(workspace, id), &sealed)
            .map_err(sealed_wrong)?;
        Ok(Some(DirectoryUpload {
            id,
            workspace,
            by,
            text: String::from_utf8(plain.to_vec()).map_err(|_text| Unreadable::new(TABLE, FILE))?,
            expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
        }))
    }

    async fn delete(&self, condition: &str, values: Vec<sea_orm::Value>) -> Result<u64, Trouble> {
        let tx = self.store.write_tx().await?;
        let sql = format!("DELETE FROM directory_uploads WHERE {condition}");
        let deleted = raw::execute(&tx, &sql, values).await?;
        tx.commit().await?;
        Ok(deleted)
    }
}

#[async_trait]
impl DirectoryUploads for SeaDirectoryUploads {
    async fn keep(&self, upload: DirectoryUpload) -> PortResult<()> {
        let kept = self.keep_once(&upload).await;
        kept.map_err(|trouble| trouble.at("directory_uploads.keep"))
    }

    async fn find(
        &self,
        workspace: WorkspaceId,
        upload: DirectoryUploadId,
        by: UserId,
        now: Timestamp,
    ) -> PortResult<Option<DirectoryUpload>> {
        let found = self.find_in((workspace, upload), by, now).await;
        found.map_err(|trouble| trouble.at("directory_uploads.find"))
    }

    async fn forget(&self, workspace: WorkspaceId, upload: DirectoryUploadId) -> PortResult<bool> {
        let values = vec![workspace.as_uuid().into(), upload.as_uuid().into()];
        let deleted = self.delete("workspace_id = $1 AND id = $2", values).await;
        let deleted = deleted.map_err(|trouble| trouble.at("directory_uploads.forget"))?;
        Ok(deleted > 0)
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let deleted = self.delete("expires_at <= $1", vec![now.as_micros().into()]).await;
        deleted.map_err(|trouble| trouble.at("directory_uploads.sweep"))
    }
}
