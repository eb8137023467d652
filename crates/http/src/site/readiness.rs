//! Whether the store can be used, as `/readyz` asks.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::ports::{SchemaState, StoreHealth};

use crate::health::{NotReady, Readiness};

/// A store that says nothing for so long counts as away.
const PATIENCE: Duration = Duration::from_secs(1);

/// Readiness by the store's own word.
pub(super) struct StoreReadiness(Arc<dyn StoreHealth>);

impl StoreReadiness {
    pub(super) fn new(health: Arc<dyn StoreHealth>) -> Self {
        Self(health)
    }
}

#[async_trait]
impl Readiness for StoreReadiness {
    async fn check(&self) -> Result<(), NotReady> {
        let reason: Cow<'static, str> = match tokio::time::timeout(PATIENCE, self.0.schema()).await {
            Ok(Ok(SchemaState::Current)) => return Ok(()),
            Ok(Ok(SchemaState::Behind(pending))) => format!("the database lacks {pending} migrations").into(),
            Ok(Ok(SchemaState::Ahead)) => Cow::Borrowed("the database is newer than this version"),
            Ok(Err(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the database is not ready");
                Cow::Borrowed("the database cannot be reached")
            }
            Err(_) => Cow::Borrowed("the database does not answer"),
        };
        Err(NotReady(reason))
    }
}

#[cfg(test)]
mod tests {
    use doorward_domain::ports::{FaultKind, MockStoreHealth, PortError, PortResult};

    use super::*;

    async fn told(answer: impl FnOnce() -> PortResult<SchemaState> + Send + 'static) -> Result<(), String> {
        let mut health = MockStoreHealth::new();
        health.expect_schema().return_once(answer);
        let checked = StoreReadiness::new(Arc::new(health)).check().await;
        checked.map_err(|NotReady(reason)| reason.into_owned())
    }

    #[tokio::test]
    async fn the_reason_is_told_and_the_error_is_not() {
        assert_eq!(told(|| Ok(SchemaState::Current)).await, Ok(()));
        let behind = told(|| Ok(SchemaState::Behind(2))).await.unwrap_err();
        assert_eq!(behind, "the database lacks 2 migrations");
        assert!(told(|| Ok(SchemaState::Ahead)).await.unwrap_err().contains("newer"));
        let away = told(|| {
            Err(PortError::new(
                FaultKind::Unavailable,
                "health.schema",
                "postgres://u:p@db",
            ))
        })
        .await;
        assert_eq!(away.unwrap_err(), "the database cannot be reached");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_counts_as_away() {
        struct Silent;

        #[async_trait]
        impl StoreHealth for Silent {
            async fn schema(&self) -> PortResult<SchemaState> {
                std::future::pending().await
            }
        }

        let checked = StoreReadiness::new(Arc::new(Silent)).check().await;
        assert_eq!(checked.unwrap_err().0, "the database does not answer");
    }
}
