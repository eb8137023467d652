//! The engine against a provider that owns its keys and tells lies: each requirement of the round trip, by its number.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects"
)]

mod bounds;
mod idp;
mod keys;
mod own;
mod round_trip;
mod social;
mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use doorward_domain::ids::{TripId, WorkspaceId};
use doorward_domain::ports::{Arrival, CallbackQuery, Departure, Entropy, IdentityProvider as _, ProviderFault};
use doorward_domain::provider::{Arrived, ProviderId, RoundTrip, TripPurpose};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::TokenDigest;
use doorward_domain::time::Timestamp;
use doorward_sso::{Limits, Options, ProviderConfig, Providers};
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::SecretString;
use uuid::Uuid;

use crate::idp::{Idp, NOW};

struct Dice;

impl Entropy for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        SystemRandom::new().fill(buffer).unwrap();
    }
}

fn workspace() -> WorkspaceId {
    WorkspaceId::from_uuid(Uuid::from_u128(1))
}

fn config(id: &str, pairs: &[(&str, &str)]) -> ProviderConfig {
    let mut values: BTreeMap<String, String> = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    values.insert("client_id".to_owned(), "client-1".to_owned());
    ProviderConfig::read(id, &values, Some(SecretString::from("secret-1"))).unwrap()
}

/// Limits of which the times are short, so that a test need not wait.
fn impatient() -> Options {
    Options {
        limits: Limits {
            metadata: Duration::from_millis(300),
            total: Duration::from_millis(600),
            ..Limits::default()
        },
        ..Options::default()
    }
}

/// One provider, and somebody who signs in with it.
struct Door {
    providers: Providers,
    id: ProviderId,
    callback: String,
    now: Timestamp,
}

impl Door {
    fn new(config: ProviderConfig) -> Self {
        Self::with(config, Options::default())
    }

    fn with(config: ProviderConfig, options: Options) -> Self {
        let id = config.id.clone();
        Self {
            callback: format!("https://acme.help.example/sign-in/callback/{id}"),
            providers: Providers::new(vec![config], options, Arc::new(Dice)).unwrap(),
            id,
            now: Timestamp::from_unix_seconds(NOW),
        }
    }

    fn to(idp: &Idp) -> Self {
        Self::new(config("acme", &[("issuer", &idp.base)]))
    }

    async fn depart(&self) -> Result<Departure, ProviderFault> {
        self.providers.depart(workspace(), &self.id, &self.callback).await
    }

    async fn arrive(&self, departure: Departure, query: CallbackQuery) -> Result<Arrived, ProviderFault> {
        let trip = RoundTrip {
            id: TripId::from_uuid(Uuid::from_u128(2)),
            workspace: workspace(),
            provider: self.id.clone(),
            state: departure.state.digest(),
            browser: TokenDigest::from_bytes([7; 32]),
            nonce: departure.nonce,
            verifier: departure.verifier,
            purpose: TripPurpose::SignIn,
            trial: None,
            return_to: ReturnTo::default(),
            created_at: self.now,
            expires_at: self.now.plus(Duration::from_mins(10)),
        };
        let arrival = Arrival {
            query,
            trip,
            callback: self.callback.clone(),
            now: self.now,
        };
        self.providers.arrive(arrival).await
    }

    /// There and back.
    async fn sign_in(&self, idp: &Idp) -> Result<Arrived, ProviderFault> {
        let departure = self.depart().await?;
        let query = idp.visit(&departure.url);
        self.arrive(departure, query).await
    }
}
