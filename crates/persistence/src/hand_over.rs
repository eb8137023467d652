//! Keys of hand-over, sealed, and tokens that were used.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::hand_over::{
    HandOverAlgorithm, HandOverKey, HandOverMaterial, MAX_LIVE_KEYS, PublicKeyMaterial, SharedSecret,
};
use doorward_domain::ids::{HandOverKeyId, WorkspaceId};
use doorward_domain::ports::{FaultKind, HandOverKeyAdded, HandOverKeys, PortError, PortResult};
use doorward_domain::role::{Audience, Role};
use doorward_domain::secret::TokenDigest;
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait as _, DbBackend, QueryResult};
use uuid::Uuid;

use crate::connect::Store;
use crate::fault::{Trouble, Unreadable, fault};
use crate::keys::{KeyRing, OpenError, Place};
use crate::{raw, records};

const TABLE: &str = "hand_over_keys";
const MATERIAL: &str = "material";
const COLUMNS: &str = "id, audience, algorithm, material, highest_role, created_at, revoked_at";

/// The keys of hand-over.
#[derive(Debug, Clone)]
pub struct SeaHandOverKeys {
    store: Store,
}

fn place(workspace: WorkspaceId, id: HandOverKeyId) -> Place {
    Place {
        table: TABLE,
        column: MATERIAL,
        row: id.as_uuid(),
        workspace: Some(workspace.as_uuid()),
    }
}

fn sealed_wrong(error: OpenError) -> Trouble {
    PortError::new(FaultKind::Corrupt, "hand_over.sealed", error).into()
}

const fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Customers => "customers",
        Audience::Staff => "staff",
    }
}

fn audience(name: &str) -> Option<Audience> {
    [Audience::Customers, Audience::Staff]
        .into_iter()
        .find(|audience| audience_name(*audience) == name)
}

fn bytes_of(material: &HandOverMaterial) -> &[u8] {
    match material {
        HandOverMaterial::Secret(secret) => secret.expose().as_bytes(),
        HandOverMaterial::Public(key) => key.as_bytes(),
    }
}

fn material(algorithm: HandOverAlgorithm, plain: &[u8]) -> Option<HandOverMaterial> {
    Some(match algorithm {
        HandOverAlgorithm::Hs256 | HandOverAlgorithm::Hs384 | HandOverAlgorithm::Hs512 => {
            let text = std::str::from_utf8(plain).ok()?;
            HandOverMaterial::Secret(SharedSecret::from_stored(text.to_owned()))
        }
        HandOverAlgorithm::Rs256 => HandOverMaterial::Public(PublicKeyMaterial::Rsa(plain.to_vec())),
        HandOverAlgorithm::Es256 => HandOverMaterial::Public(PublicKeyMaterial::P256(plain.to_vec())),
    })
}

fn key(row: &QueryResult, workspace: WorkspaceId, keys: &KeyRing) -> Result<HandOverKey, Trouble> {
    let id = HandOverKeyId::from_uuid(row.try_get("", "id")?);
    let named = |column: &'static str| row.try_get::<String>("", column);
    let unreadable = |column: &'static str| Unreadable::new(TABLE, column);
    let algorithm = HandOverAlgorithm::parse(&named("algorithm")?).ok_or(unreadable("algorithm"))?;
    let sealed: Vec<u8> = row.try_get("", MATERIAL)?;
    let plain = keys.open(place(workspace, id), &sealed).map_err(sealed_wrong)?;
    let revoked_at: Option<i64> = row.try_get("", "revoked_at")?;
    Ok(HandOverKey {
        id,
        workspace,
        audience: audience(&named("audience")?).ok_or(unreadable("audience"))?,
        algorithm,
        material: material(algorithm, &plain).ok_or(unreadable(MATERIAL))?,
        highest_role: Role::parse(&named("highest_role")?).ok_or(unreadable("highest_role"))?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        revoked_at: revoked_at.map(Timestamp::from_micros),
    })
}

impl SeaHandOverKeys {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Seals anew, with the newest key of the ring, what was sealed with an older one, and says how many keys that were
    /// (R116). There are a handful to a workspace, so one transaction takes them all.
    ///
    /// # Errors
    /// If the store is away, or a key does not open with any key of the ring.
    pub async fn reseal(&self) -> PortResult<u64> {
        let resealed = async {
            let tx = self.store.write_tx().await?;
            let rows = raw::all(&tx, "SELECT workspace_id, id, material FROM hand_over_keys", []).await?;
            let keys = self.store.keys();
            let mut resealed = 0;
            for row in &rows {
                let (workspace, id): (Uuid, Uuid) = (row.try_get("", "workspace_id")?, row.try_get("", "id")?);
                let old: Vec<u8> = row.try_get("", MATERIAL)?;
                if keys.is_newest(&old) {
                    continue;
                }
                let place = place(WorkspaceId::from_uuid(workspace), HandOverKeyId::from_uuid(id));
                let plain = keys.open(place, &old).map_err(sealed_wrong)?;
                let new = keys.seal(place, &plain).map_err(sealed_wrong)?;
                resealed += raw::execute(
                    &tx,
                    "UPDATE hand_over_keys SET material = $3 WHERE workspace_id = $1 AND id = $2",
                    [workspace.into(), id.into(), new.into()],
                )
                .await?;
            }
            tx.commit().await?;
            Ok(resealed)
        };
        resealed
            .await
            .map_err(|trouble: Trouble| trouble.at("hand_over_keys.reseal"))
    }

    async fn add_once(&self, key: &HandOverKey, audit: &AuditEntry) -> Result<HandOverKeyAdded, Trouble> {
        let sealed = self
            .store
            .keys()
            .seal(place(key.workspace, key.id), bytes_of(&key.material))
            .map_err(sealed_wrong)?;
        let tx = self.store.write_tx().await?;
        // Whoever adds keys to one workspace takes turns, so that no two of them count the same live ones.
        if tx.get_database_backend() == DbBackend::Postgres {
            let turn = "SELECT 1 AS one FROM workspaces WHERE workspace_id = $1 FOR NO KEY UPDATE";
            raw::one(&tx, turn, [key.workspace.as_uuid().into()]).await?;
        }
        let live = raw::all(
            &tx,
            "SELECT id FROM hand_over_keys WHERE workspace_id = $1 AND audience = $2 AND revoked_at IS NULL",
            [key.workspace.as_uuid().into(), audience_name(key.audience).into()],
        )
        .await?;
        if live.len() >= MAX_LIVE_KEYS {
            tx.rollback().await?;
            return Ok(HandOverKeyAdded::TooMany);
        }
        raw::execute(
            &tx,
            "INSERT INTO hand_over_keys (workspace_id, id, audience, algorithm, material, highest_role, created_at, \
             revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            [
                key.workspace.as_uuid().into(),
                key.id.as_uuid().into(),
                audience_name(key.audience).into(),
                key.algorithm.as_str().into(),
                sealed.into(),
                key.highest_role.as_str().into(),
                key.created_at.as_micros().into(),
                key.revoked_at.map(Timestamp::as_micros).into(),
            ],
        )
        .await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(HandOverKeyAdded::Added)
    }
}

#[async_trait]
impl HandOverKeys for SeaHandOverKeys {
    async fn add(&self, key: HandOverKey, audit: AuditEntry) -> PortResult<HandOverKeyAdded> {
        self.add_once(&key, &audit)
            .await
            .map_err(|trouble| trouble.at("hand_over_keys.add"))
    }

    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<HandOverKey>> {
        let found = async {
            let rows = raw::all(
                self.store.reader(),
                &format!("SELECT {COLUMNS} FROM hand_over_keys WHERE workspace_id = $1 ORDER BY created_at, id"),
                [workspace.as_uuid().into()],
            )
            .await?;
            let keys = rows.iter().map(|row| key(row, workspace, self.store.keys()));
            keys.collect::<Result<Vec<_>, Trouble>>()
        };
        found
            .await
            .map_err(|trouble: Trouble| trouble.at("hand_over_keys.list"))
    }

    async fn revoke(
        &self,
        workspace: WorkspaceId,
        id: HandOverKeyId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let revoked = async {
            let tx = self.store.write_tx().await?;
            let revoked = raw::execute(
                &tx,
                "UPDATE hand_over_keys SET revoked_at = $3 WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL",
                [workspace.as_uuid().into(), id.as_uuid().into(), now.as_micros().into()],
            )
            .await?;
            if revoked == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            records::insert_audit(&tx, &audit).await?;
            tx.commit().await?;
            Ok(true)
        };
        revoked.await.map_err(fault("hand_over_keys.revoke"))
    }

    async fn redeem_token(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        expires_at: Timestamp,
    ) -> PortResult<bool> {
        raw::write(
            &self.store,
            "INSERT INTO hand_over_tokens (workspace_id, digest, expires_at) SELECT $1, $2, $3 WHERE NOT EXISTS \
             (SELECT 1 FROM hand_over_forgotten WHERE workspace_id = $1 AND until >= $3) ON CONFLICT DO NOTHING",
            [
                workspace.as_uuid().into(),
                token.as_bytes().to_vec().into(),
                expires_at.as_micros().into(),
            ],
        )
        .await
        .map(|inserted| inserted == 1)
        .map_err(fault("hand_over_keys.redeem_token"))
    }

    async fn is_redeemed(&self, workspace: WorkspaceId, token: &TokenDigest) -> PortResult<bool> {
        raw::one(
            self.store.reader(),
            "SELECT 1 AS one FROM hand_over_tokens WHERE workspace_id = $1 AND digest = $2",
            [workspace.as_uuid().into(), token.as_bytes().to_vec().into()],
        )
        .await
        .map(|found| found.is_some())
        .map_err(fault("hand_over_keys.is_redeemed"))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let swept = async {
            // First what is going to be forgotten, so that nothing is forgotten of which that is not known.
            raw::write(
                &self.store,
                "INSERT INTO hand_over_forgotten (workspace_id, until) SELECT workspace_id, MAX(expires_at) \
                 FROM hand_over_tokens WHERE expires_at <= $1 GROUP BY workspace_id \
                 ON CONFLICT (workspace_id) DO UPDATE SET until = excluded.until \
                 WHERE excluded.until > hand_over_forgotten.until",
                [now.as_micros().into()],
            )
            .await?;
            raw::sweep(
                &self.store,
                ("hand_over_tokens", "workspace_id, digest"),
                "expires_at <= $1 AND expires_at <= (SELECT until FROM hand_over_forgotten \
                 WHERE hand_over_forgotten.workspace_id = hand_over_tokens.workspace_id)",
                &[now.as_micros().into()],
            )
            .await
        };
        swept.await.map_err(fault("hand_over_keys.sweep"))
    }
}
