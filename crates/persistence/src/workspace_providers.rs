//! Credentials of providers that workspaces bring themselves; their secrets are sealed.

use std::collections::BTreeMap;

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{CredentialsId, WorkspaceId};
use doorward_domain::own_provider::{ClientSecret, MAX_OWN_PROVIDERS, OwnProvider, ProviderDraft};
use doorward_domain::ports::{FaultKind, OwnProviderSaved, PortError, PortResult, WorkspaceProviders};
use doorward_domain::provider::{ProviderDescription, ProviderId};
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::connect::Store;
use crate::fault::{Trouble, Unreadable};
use crate::keys::{KeyRing, OpenError, Place};
use crate::workspaces::{changing, lock};
use crate::{raw, records};

const TABLE: &str = "workspace_providers";
const COLUMNS: &str = "provider, revision, name, facts, secret, changed_at";

/// The credentials of providers that workspaces bring themselves.
#[derive(Debug, Clone)]
pub struct SeaWorkspaceProviders {
    store: Store,
}

/// The revision stands for the row, so that no sealed secret can be put in the place of an older one.
fn place(workspace: WorkspaceId, revision: CredentialsId) -> Place {
    Place {
        table: TABLE,
        column: "secret",
        row: revision.as_uuid(),
        workspace: Some(workspace.as_uuid()),
    }
}

fn sealed_wrong(error: OpenError) -> Trouble {
    PortError::new(FaultKind::Corrupt, "workspace_providers.sealed", error).into()
}

fn own(row: &QueryResult, workspace: WorkspaceId, keys: &KeyRing) -> Result<OwnProvider, Trouble> {
    let unreadable = |column: &'static str| Unreadable::new(TABLE, column);
    let revision = CredentialsId::from_uuid(row.try_get("", "revision")?);
    let sealed: Vec<u8> = row.try_get("", "secret")?;
    let plain = keys.open(place(workspace, revision), &sealed).map_err(sealed_wrong)?;
    let secret = std::str::from_utf8(&plain).map_err(|_text| unreadable("secret"))?;
    let provider: String = row.try_get("", "provider")?;
    let facts: String = row.try_get("", "facts")?;
    Ok(OwnProvider {
        workspace,
        revision,
        draft: ProviderDraft {
            id: ProviderId::parse(&provider).map_err(|_text| unreadable("provider"))?,
            values: serde_json::from_str(&facts).map_err(|_json| unreadable("facts"))?,
            secret: ClientSecret::new(secret.to_owned()),
        },
        name: row.try_get("", "name")?,
        changed_at: Timestamp::from_micros(row.try_get("", "changed_at")?),
    })
}

fn json(value: &BTreeMap<String, String>) -> Result<String, Unreadable> {
    serde_json::to_string(value).map_err(|_never| Unreadable::new(TABLE, "facts"))
}

/// Names the providers in their workspace, as they are kept.
async fn name_in_workspace(tx: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<(), Trouble> {
    let rows = raw::all(
        tx,
        "SELECT provider, name FROM workspace_providers WHERE workspace_id = $1",
        [workspace.as_uuid().into()],
    )
    .await?;
    let mut described = Vec::with_capacity(rows.len());
    for row in &rows {
        let provider: String = row.try_get("", "provider")?;
        let id = ProviderId::parse(&provider).map_err(|_text| Unreadable::new(TABLE, "provider"))?;
        described.push(ProviderDescription {
            brand: id.brand(),
            id,
            name: row.try_get("", "name")?,
        });
    }
    described.sort_by(|one, other| one.id.cmp(&other.id));
    let named = serde_json::to_string(&described).map_err(|_never| Unreadable::new("workspaces", "own_providers"))?;
    raw::execute(
        tx,
        "UPDATE workspaces SET own_providers = $2 WHERE workspace_id = $1",
        [workspace.as_uuid().into(), named.into()],
    )
    .await?;
    Ok(())
}

impl SeaWorkspaceProviders {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Seals anew, with the newest key of the ring, what was sealed with an older one, and says how many secrets that were
    /// (R116).
    ///
    /// # Errors
    /// If the store is away, or a secret does not open with any key of the ring.
    pub async fn reseal(&self) -> PortResult<u64> {
        let resealed = async {
            let tx = self.store.write_tx().await?;
            let sql = "SELECT workspace_id, provider, revision, secret FROM workspace_providers";
            let rows = raw::all(&tx, sql, []).await?;
            let keys = self.store.keys();
            let mut resealed = 0;
            for row in &rows {
                let (workspace, revision): (Uuid, Uuid) =
                    (row.try_get("", "workspace_id")?, row.try_get("", "revision")?);
                let old: Vec<u8> = row.try_get("", "secret")?;
                if keys.is_newest(&old) {
                    continue;
                }
                let place = place(WorkspaceId::from_uuid(workspace), CredentialsId::from_uuid(revision));
                let plain = keys.open(place, &old).map_err(sealed_wrong)?;
                let new = keys.seal(place, &plain).map_err(sealed_wrong)?;
                let provider: String = row.try_get("", "provider")?;
                resealed += raw::execute(
                    &tx,
                    "UPDATE workspace_providers SET secret = $4 \
                     WHERE workspace_id = $1 AND provider = $2 AND revision = $3",
                    [workspace.into(), provider.into(), revision.into(), new.into()],
                )
                .await?;
            }
            tx.commit().await?;
            Ok(resealed)
        };
        resealed
            .await
            .map_err(|trouble: Trouble| trouble.at("workspace_providers.reseal"))
    }

    async fn save_once(&self, provider: &OwnProvider, audit: &AuditEntry) -> Result<OwnProviderSaved, Trouble> {
        let workspace = provider.workspace;
        let sealed = self
            .store
            .keys()
            .seal(
                place(workspace, provider.revision),
                provider.draft.secret.expose().as_bytes(),
            )
            .map_err(sealed_wrong)?;
        let tx = self.store.write_tx().await?;
        if !lock(&tx, workspace).await? {
            tx.rollback().await?;
            return Ok(OwnProviderSaved::Gone);
        }
        raw::execute(
            &tx,
            "INSERT INTO workspace_providers (workspace_id, provider, revision, name, facts, secret, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace_id, provider) DO UPDATE SET \
             revision = excluded.revision, name = excluded.name, facts = excluded.facts, secret = excluded.secret, \
             changed_at = excluded.changed_at",
            [
                workspace.as_uuid().into(),
                provider.draft.id.as_str().into(),
                provider.revision.as_uuid().into(),
                provider.name.as_str().into(),
                json(&provider.draft.values)?.into(),
                sealed.into(),
                provider.changed_at.as_micros().into(),
            ],
        )
        .await?;
        let kept = raw::all(
            &tx,
            "SELECT provider FROM workspace_providers WHERE workspace_id = $1",
            [workspace.as_uuid().into()],
        )
        .await?;
        if kept.len() > MAX_OWN_PROVIDERS {
            tx.rollback().await?;
            return Ok(OwnProviderSaved::TooMany);
        }
        name_in_workspace(&tx, workspace).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(OwnProviderSaved::Saved)
    }

    async fn remove_once(
        &self,
        workspace: WorkspaceId,
        provider: &ProviderId,
        audit: &AuditEntry,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        lock(&tx, workspace).await?;
        let removed = raw::execute(
            &tx,
            "DELETE FROM workspace_providers WHERE workspace_id = $1 AND provider = $2",
            [workspace.as_uuid().into(), provider.as_str().into()],
        )
        .await?;
        if removed == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        name_in_workspace(&tx, workspace).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn find_once(&self, workspace: WorkspaceId, provider: &ProviderId) -> Result<Option<OwnProvider>, Trouble> {
        let row = raw::one(
            self.store.reader(),
            &format!("SELECT {COLUMNS} FROM workspace_providers WHERE workspace_id = $1 AND provider = $2"),
            [workspace.as_uuid().into(), provider.as_str().into()],
        )
        .await?;
        row.map(|row| own(&row, workspace, self.store.keys())).transpose()
    }

    async fn list_once(&self, workspace: WorkspaceId) -> Result<Vec<OwnProvider>, Trouble> {
        let rows = raw::all(
            self.store.reader(),
            &format!("SELECT {COLUMNS} FROM workspace_providers WHERE workspace_id = $1"),
            [workspace.as_uuid().into()],
        )
        .await?;
        let all = rows.iter().map(|row| own(row, workspace, self.store.keys()));
        let mut all = all.collect::<Result<Vec<_>, Trouble>>()?;
        all.sort_by(|one, other| one.draft.id.cmp(&other.draft.id));
        Ok(all)
    }
}

#[async_trait]
impl WorkspaceProviders for SeaWorkspaceProviders {
    async fn save(&self, provider: OwnProvider, audit: AuditEntry) -> PortResult<OwnProviderSaved> {
        changing(
            &self.store,
            "workspace_providers.save",
            self.save_once(&provider, &audit),
        )
        .await
    }

    async fn find(&self, workspace: WorkspaceId, provider: &ProviderId) -> PortResult<Option<OwnProvider>> {
        self.find_once(workspace, provider)
            .await
            .map_err(|trouble| trouble.at("workspace_providers.find"))
    }

    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<OwnProvider>> {
        self.list_once(workspace)
            .await
            .map_err(|trouble| trouble.at("workspace_providers.list"))
    }

    async fn remove(&self, workspace: WorkspaceId, provider: &ProviderId, audit: AuditEntry) -> PortResult<bool> {
        changing(
            &self.store,
            "workspace_providers.remove",
            self.remove_once(workspace, provider, &audit),
        )
        .await
    }
}
