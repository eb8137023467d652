//! Round trips to providers, and who came back from one and has one more step to take. Nonce and verifier are sealed.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{TripId, WorkspaceId};
use doorward_domain::own_provider::{ClientSecret, ProviderDraft};
use doorward_domain::ports::{FaultKind, PortError, PortResult, RoundTrips, TripTaken};
use doorward_domain::provider::{HeldArrival, ProviderId, RoundTrip};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{RawToken, TokenDigest};
use doorward_domain::sign_in::Receipt;
use doorward_domain::time::Timestamp;
use sea_orm::QueryResult;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::connect::Store;
use crate::fault::{Trouble, Unreadable, fault};
use crate::keys::{OpenError, Place};
use crate::retry::retried;
use crate::{raw, records};

const TABLE: &str = "round_trips";

/// How long a trip, and what is held, is remembered after its end: a late answer is told that it is late.
const REMEMBERED: Duration = Duration::from_hours(1);

/// The round trips.
#[derive(Debug, Clone)]
pub struct SeaRoundTrips {
    store: Store,
}

/// What is sealed of a trip.
#[derive(Serialize, Deserialize)]
struct Secrets {
    nonce: Option<String>,
    verifier: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trial: Option<Trial>,
}

/// Credentials on trial; which provider they are of stands in the row.
#[derive(Serialize, Deserialize)]
struct Trial {
    values: BTreeMap<String, String>,
    secret: String,
}

/// What was sealed of a trip, read.
struct Opened {
    nonce: Option<RawToken>,
    verifier: RawToken,
    trial: Option<Box<ProviderDraft>>,
}

impl Drop for Secrets {
    fn drop(&mut self) {
        self.nonce.zeroize();
        self.verifier.zeroize();
        if let Some(trial) = &mut self.trial {
            trial.secret.zeroize();
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Unsealable {
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error("the content cannot be written or read as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the content is no token")]
    Token,
}

fn place_of(workspace: WorkspaceId, id: TripId) -> Place {
    Place {
        table: TABLE,
        column: "secrets",
        row: id.as_uuid(),
        workspace: Some(workspace.as_uuid()),
    }
}

fn no_json(place: &'static str) -> impl Fn(serde_json::Error) -> PortError {
    move |error| PortError::new(FaultKind::Misuse, place, error)
}

impl SeaRoundTrips {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    fn seal(&self, trip: &RoundTrip) -> Result<Vec<u8>, Unsealable> {
        let secrets = Secrets {
            nonce: trip.nonce.as_ref().map(RawToken::expose),
            verifier: trip.verifier.expose(),
            trial: trip.trial.as_ref().map(|draft| Trial {
                values: draft.values.clone(),
                secret: draft.secret.expose().to_owned(),
            }),
        };
        let plain = Zeroizing::new(serde_json::to_vec(&secrets)?);
        Ok(self.store.keys().seal(place_of(trip.workspace, trip.id), &plain)?)
    }

    fn open(
        &self,
        workspace: WorkspaceId,
        id: TripId,
        provider: &ProviderId,
        sealed: &[u8],
    ) -> Result<Opened, Unsealable> {
        let plain = self.store.keys().open(place_of(workspace, id), sealed)?;
        let mut secrets: Secrets = serde_json::from_slice(&plain)?;
        let token = |text: &str| RawToken::parse(text).ok_or(Unsealable::Token);
        let nonce = secrets.nonce.as_deref().map(token).transpose()?;
        let verifier = token(&secrets.verifier)?;
        let trial = secrets.trial.take().map(|trial| {
            Box::new(ProviderDraft {
                id: provider.clone(),
                values: trial.values,
                secret: ClientSecret::new(trial.secret),
            })
        });
        Ok(Opened { nonce, verifier, trial })
    }

    fn trip(
        &self,
        row: &QueryResult,
        (workspace, provider): (WorkspaceId, &ProviderId),
        (state, browser): (TokenDigest, TokenDigest),
    ) -> Result<RoundTrip, Trouble> {
        let id = TripId::from_uuid(row.try_get("", "id")?);
        let purpose: String = row.try_get("", "purpose")?;
        let return_to: String = row.try_get("", "return_to")?;
        let sealed: Vec<u8> = row.try_get("", "secrets")?;
        let Opened { nonce, verifier, trial } = self
            .open(workspace, id, provider, &sealed)
            .map_err(|error| PortError::new(FaultKind::Corrupt, "round_trips.take", error))?;
        Ok(RoundTrip {
            id,
            workspace,
            provider: provider.clone(),
            state,
            browser,
            nonce,
            verifier,
            purpose: serde_json::from_str(&purpose).map_err(|_json| Unreadable::new(TABLE, "purpose"))?,
            trial,
            return_to: ReturnTo::parse(&return_to),
            created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
            expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
        })
    }

    async fn take_once(
        &self,
        (workspace, provider): (WorkspaceId, &ProviderId),
        (state, browser): (&TokenDigest, &TokenDigest),
        now: Timestamp,
    ) -> Result<TripTaken, Trouble> {
        let values = || -> [sea_orm::Value; 5] {
            [
                workspace.as_uuid().into(),
                provider.as_str().into(),
                state.as_bytes().to_vec().into(),
                browser.as_bytes().to_vec().into(),
                now.as_micros().into(),
            ]
        };
        let tx = self.store.write_tx().await?;
        let taken = raw::one(
            &tx,
            "UPDATE round_trips SET taken_at = $5 WHERE workspace_id = $1 AND provider = $2 AND state_digest = $3 \
             AND browser = $4 AND taken_at IS NULL AND expires_at > $5 \
             RETURNING id, secrets, purpose, return_to, created_at, expires_at",
            values(),
        )
        .await?;
        if let Some(row) = taken {
            tx.commit().await?;
            let trip = self.trip(&row, (workspace, provider), (*state, *browser))?;
            return Ok(TripTaken::Taken(Box::new(trip)));
        }
        let known = raw::one(
            &tx,
            "SELECT return_to, taken_at FROM round_trips WHERE workspace_id = $1 AND provider = $2 \
             AND state_digest = $3 AND browser = $4",
            values().into_iter().take(4),
        )
        .await?;
        tx.rollback().await?;
        let Some(row) = known else {
            return Ok(TripTaken::Unknown);
        };
        let return_to: String = row.try_get("", "return_to")?;
        let return_to = ReturnTo::parse(&return_to);
        Ok(match row.try_get::<Option<i64>>("", "taken_at")? {
            Some(_) => TripTaken::Spent(return_to),
            None => TripTaken::Expired(return_to),
        })
    }

    async fn hold_once(
        &self,
        held: &HeldArrival,
        arrived: &str,
        receipt: &Receipt,
        audit: &AuditEntry,
    ) -> Result<(), Trouble> {
        let tx = self.store.write_tx().await?;
        raw::execute(
            &tx,
            "INSERT INTO held_arrivals (workspace_id, id, browser, arrived, return_to, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            [
                held.workspace.as_uuid().into(),
                held.id.as_uuid().into(),
                held.browser.as_bytes().to_vec().into(),
                arrived.into(),
                held.return_to.as_str().into(),
                held.expires_at.as_micros().into(),
            ],
        )
        .await?;
        records::insert_receipt(&tx, receipt).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn read_held(
        &self,
        workspace: WorkspaceId,
        id: TripId,
        browser: &TokenDigest,
        now: Timestamp,
    ) -> Result<Option<HeldArrival>, Trouble> {
        let row = raw::one(
            self.store.reader(),
            "SELECT arrived, return_to, expires_at FROM held_arrivals WHERE workspace_id = $1 AND id = $2 \
             AND browser = $3 AND expires_at > $4",
            [
                workspace.as_uuid().into(),
                id.as_uuid().into(),
                browser.as_bytes().to_vec().into(),
                now.as_micros().into(),
            ],
        )
        .await?;
        let Some(row) = row else { return Ok(None) };
        let arrived: String = row.try_get("", "arrived")?;
        let return_to: String = row.try_get("", "return_to")?;
        Ok(Some(HeldArrival {
            id,
            workspace,
            browser: *browser,
            arrived: serde_json::from_str(&arrived).map_err(|_json| Unreadable::new("held_arrivals", "arrived"))?,
            return_to: ReturnTo::parse(&return_to),
            expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
        }))
    }
}

#[async_trait]
impl RoundTrips for SeaRoundTrips {
    async fn begin(&self, trip: RoundTrip) -> PortResult<()> {
        const PLACE: &str = "round_trips.begin";
        let sealed = self
            .seal(&trip)
            .map_err(|error| PortError::new(FaultKind::Corrupt, PLACE, error))?;
        let purpose = serde_json::to_string(&trip.purpose).map_err(no_json(PLACE))?;
        raw::write(
            &self.store,
            "INSERT INTO round_trips (workspace_id, id, provider, state_digest, browser, secrets, purpose, return_to, \
             created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            [
                trip.workspace.as_uuid().into(),
                trip.id.as_uuid().into(),
                trip.provider.as_str().into(),
                trip.state.as_bytes().to_vec().into(),
                trip.browser.as_bytes().to_vec().into(),
                sealed.into(),
                purpose.into(),
                trip.return_to.as_str().into(),
                trip.created_at.as_micros().into(),
                trip.expires_at.as_micros().into(),
            ],
        )
        .await
        .map(|_rows| ())
        .map_err(fault(PLACE))
    }

    async fn take(
        &self,
        workspace: WorkspaceId,
        provider: &ProviderId,
        state: &TokenDigest,
        browser: &TokenDigest,
        now: Timestamp,
    ) -> PortResult<TripTaken> {
        retried!(
            "round_trips.take",
            self.take_once((workspace, provider), (state, browser), now)
        )
    }

    async fn hold(&self, held: HeldArrival, receipt: Receipt, audit: AuditEntry) -> PortResult<()> {
        const PLACE: &str = "round_trips.hold";
        let arrived = serde_json::to_string(&held.arrived).map_err(no_json(PLACE))?;
        retried!(PLACE, self.hold_once(&held, &arrived, &receipt, &audit))
    }

    async fn held(
        &self,
        workspace: WorkspaceId,
        id: TripId,
        browser: &TokenDigest,
        now: Timestamp,
    ) -> PortResult<Option<HeldArrival>> {
        self.read_held(workspace, id, browser, now)
            .await
            .map_err(|trouble| trouble.at("round_trips.held"))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let forgotten = [now.minus(REMEMBERED).as_micros().into()];
        let mut swept = 0;
        for table in ["round_trips", "held_arrivals"] {
            swept += raw::sweep(&self.store, (table, "workspace_id, id"), "expires_at < $1", &forgotten)
                .await
                .map_err(fault("round_trips.sweep"))?;
        }
        Ok(swept)
    }
}
