//! Which stored secrets were sealed with a key that is gone.

use doorward_domain::ports::PortResult;
use sea_orm::DbErr;

use crate::connect::Store;
use crate::fault::fault;
use crate::raw;

/// Secrets that do not open with any key of the ring, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LostSecrets {
    /// Authenticator apps that are on.
    pub apps: u64,
    /// Keys of hand-over.
    pub hand_over_keys: u64,
    /// Client secrets of workspaces' own providers.
    pub provider_secrets: u64,
    /// Mails that are still to be sent.
    pub mails: u64,
}

impl LostSecrets {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl Store {
    /// Counts the stored secrets whose key the ring does not have (any more), by the id of the key that stands in front of
    /// each: nothing is opened.
    ///
    /// # Errors
    /// If the store is away.
    pub async fn lost_secrets(&self) -> PortResult<LostSecrets> {
        let counted = async {
            Ok::<_, DbErr>(LostSecrets {
                apps: self.lost_in("user_factors", "app_secret").await?,
                hand_over_keys: self.lost_in("hand_over_keys", "material").await?,
                provider_secrets: self.lost_in("workspace_providers", "secret").await?,
                mails: self.lost_in("outbox", "payload").await?,
            })
        };
        counted.await.map_err(fault("keys.lost"))
    }

    async fn lost_in(&self, table: &str, column: &str) -> Result<u64, DbErr> {
        let key_id = format!("substr({column}, 2, 4)");
        let sql = format!(
            "SELECT {key_id} AS key_id, COUNT(*) AS sealed FROM {table} WHERE {column} IS NOT NULL GROUP BY {key_id}"
        );
        let mut lost = 0;
        for row in raw::all(self.reader(), &sql, []).await? {
            let key: Vec<u8> = row.try_get("", "key_id")?;
            let sealed: i64 = row.try_get("", "sealed")?;
            if !self.keys().has(&key) {
                lost += u64::try_from(sealed).unwrap_or_default();
            }
        }
        Ok(lost)
    }
}
