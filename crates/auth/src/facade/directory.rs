//! The synced directory, as those see it who run the workspace (B8, B9).

use doorward_domain::ids::{DirectoryRecordId, DirectoryUploadId, UserId};
use doorward_domain::ports::{BookQuery, PortError};
use doorward_domain::workspace::Workspace;

use super::DirectoryDesk;
use crate::context::Acting;
use crate::directory::import_directory::{self, Import, ImportError, Imported};
use crate::directory::read_directory::{self, DirectoryEntry, DirectoryPage};
use crate::directory::upload_directory::{self, Uploaded};

impl DirectoryDesk<'_> {
    /// Makes a run over a file.
    pub async fn import(self, acting: &Acting, workspace: &Workspace, import: Import) -> Result<Imported, ImportError> {
        import_directory::run(self.0, acting, workspace, import).await
    }

    /// Keeps a file until whoever sent it says that it is meant, and says what it would do.
    pub async fn upload(self, by: UserId, workspace: &Workspace, text: String) -> Result<Uploaded, ImportError> {
        upload_directory::run(self.0, by, workspace, text).await
    }

    /// What a file that waits would do; `None` if this person sent none of that id, or it is forgotten.
    pub async fn uploaded(
        self,
        by: UserId,
        workspace: &Workspace,
        id: DirectoryUploadId,
    ) -> Result<Option<Uploaded>, ImportError> {
        upload_directory::look(self.0, by, workspace, id).await
    }

    /// Takes a file in that waits, as long as it makes no more than `agreed` records inactive; `None` as for
    /// [`uploaded`](Self::uploaded).
    pub async fn take_in(
        self,
        who: (&Acting, UserId),
        workspace: &Workspace,
        id: DirectoryUploadId,
        agreed: usize,
    ) -> Result<Option<Imported>, ImportError> {
        upload_directory::take_in(self.0, who, workspace, id, agreed).await
    }

    /// Forgets a file that waits; `false` if this person sent none of that id.
    pub async fn forget_upload(
        self,
        by: UserId,
        workspace: &Workspace,
        id: DirectoryUploadId,
    ) -> Result<bool, ImportError> {
        upload_directory::forget(self.0, by, workspace, id).await
    }

    /// Some records of every source, with the near misses of an address that none of them holds.
    pub async fn page(self, workspace: &Workspace, query: BookQuery) -> Result<DirectoryPage, PortError> {
        read_directory::run(self.0, workspace, query).await
    }

    /// One record, and the accounts that it names.
    pub async fn record(
        self,
        workspace: &Workspace,
        id: DirectoryRecordId,
    ) -> Result<Option<DirectoryEntry>, PortError> {
        read_directory::record(self.0, workspace, id).await
    }
}
