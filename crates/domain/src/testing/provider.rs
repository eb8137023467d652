//! Providers whose answers a test writes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::SeededEntropy;
use crate::ids::WorkspaceId;
use crate::own_provider::{DraftProblem, ProviderDraft};
use crate::ports::{Arrival, CallbackQuery, Departure, IdentityProvider, ProviderFault};
use crate::provider::{Arrived, ExternalIdentity, ProviderDescription, ProviderId, VouchedEmail};
use crate::secret::RawToken;
use crate::workspace::Workspace;

type Answer = Arc<dyn Fn() -> Result<Arrived, ProviderFault> + Send + Sync>;

/// Somebody who was sent to a [`ScriptedProvider`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentAway {
    /// To which one.
    pub provider: ProviderId,
    /// Where they are to come back to.
    pub callback: String,
    /// What comes back with them.
    pub state: String,
}

#[derive(Default)]
struct Script {
    offered: Vec<ProviderDescription>,
    down: bool,
    answers: HashMap<(ProviderId, String), Answer>,
    sent: Vec<SentAway>,
    came: Vec<CallbackQuery>,
}

/// Providers whose answers a test writes: whoever comes back with a `code` is whom the script says, and nobody else is
/// anybody. Without [`offer`](Self::offer) there is none. Clones share one script.
#[derive(Clone, Default)]
pub struct ScriptedProvider {
    script: Arc<Mutex<Script>>,
    entropy: SeededEntropy,
}

impl std::fmt::Debug for ScriptedProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedProvider").finish_non_exhaustive()
    }
}

impl ScriptedProvider {
    /// None yet.
    pub fn new() -> Self {
        Self {
            script: Arc::default(),
            entropy: SeededEntropy::new(77),
        }
    }

    /// Providers of these ids, each named after its id.
    ///
    /// # Panics
    /// If one is no id.
    #[must_use]
    pub fn offering(ids: &[&str]) -> Self {
        let provider = Self::new();
        for id in ids {
            provider.offer(id, id);
        }
        provider
    }

    /// Offers a provider; `name` is the word on its button.
    ///
    /// # Panics
    /// If that is no id.
    pub fn offer(&self, id: &str, name: &str) {
        let id = provider_id(id);
        let brand = id.brand();
        self.look().offered.push(ProviderDescription {
            id,
            name: name.to_owned(),
            brand,
        });
    }

    /// Takes all credentials away.
    pub fn offer_nothing(&self) {
        self.look().offered.clear();
    }

    /// From now on nobody can be sent to any of them, or can again.
    pub fn set_down(&self, down: bool) {
        self.look().down = down;
    }

    /// Whoever comes back with `code` is that person.
    pub fn knows(&self, code: &str, arrived: Arrived) {
        let provider = arrived.identity.provider.clone();
        self.answers(provider.as_str(), code, move || Ok(arrived.clone()));
    }

    /// What comes of `code` at that provider.
    ///
    /// # Panics
    /// If that is no id.
    pub fn answers(
        &self,
        provider: &str,
        code: &str,
        answer: impl Fn() -> Result<Arrived, ProviderFault> + Send + Sync + 'static,
    ) {
        let key = (provider_id(provider), code.to_owned());
        self.look().answers.insert(key, Arc::new(answer));
    }

    /// Everybody who was sent away, the first one first.
    pub fn sent_away(&self) -> Vec<SentAway> {
        self.look().sent.clone()
    }

    /// What everybody came back with whose round trip was good.
    pub fn came_back(&self) -> Vec<CallbackQuery> {
        self.look().came.clone()
    }

    fn look(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl IdentityProvider for ScriptedProvider {
    fn offered(&self, workspace: &Workspace) -> Vec<ProviderDescription> {
        let own = &workspace.own_providers;
        let mut all = self.look().offered.clone();
        all.retain(|known| own.iter().all(|own| own.id != known.id));
        all.extend(own.iter().cloned());
        all
    }

    /// Will do if it has a `client_id`.
    fn read(&self, draft: &ProviderDraft) -> Result<String, Vec<DraftProblem>> {
        if !draft.values.contains_key("client_id") {
            return Err(vec![DraftProblem {
                key: "client_id",
                says: "write the id that the provider gave you".to_owned(),
            }]);
        }
        let name = draft.values.get("name").cloned();
        Ok(name.unwrap_or_else(|| draft.id.to_string()))
    }

    async fn depart_on_trial(&self, draft: &ProviderDraft, callback: &str) -> Result<Departure, ProviderFault> {
        self.send_away(&draft.id, callback)
    }

    async fn depart(
        &self,
        _workspace: WorkspaceId,
        provider: &ProviderId,
        callback: &str,
    ) -> Result<Departure, ProviderFault> {
        self.send_away(provider, callback)
    }

    async fn arrive(&self, arrival: Arrival) -> Result<Arrived, ProviderFault> {
        let answer = {
            let mut script = self.look();
            script.came.push(arrival.query.clone());
            if arrival.query.error.is_some() {
                return Err(ProviderFault::Cancelled);
            }
            let key = arrival.query.code.map(|code| (arrival.trip.provider, code));
            key.and_then(|key| script.answers.get(&key).cloned())
        };
        match answer {
            Some(answer) => answer(),
            None => Err(ProviderFault::Unavailable {
                what: "token",
                source: None,
            }),
        }
    }
}

impl ScriptedProvider {
    fn send_away(&self, provider: &ProviderId, callback: &str) -> Result<Departure, ProviderFault> {
        let mut script = self.look();
        if script.down {
            return Err(ProviderFault::Unavailable {
                what: "discovery",
                source: None,
            });
        }
        let state = RawToken::generate(&self.entropy);
        script.sent.push(SentAway {
            provider: provider.clone(),
            callback: callback.to_owned(),
            state: state.expose(),
        });
        Ok(Departure {
            url: format!("https://{provider}.example/authorize?state={}", state.expose()),
            state,
            nonce: Some(RawToken::generate(&self.entropy)),
            verifier: RawToken::generate(&self.entropy),
        })
    }
}

/// Somebody at a provider: subject `subject`, with no email and no second factor. Issuer and tenant as that provider has
/// them.
///
/// # Panics
/// If that is no id.
pub fn arrived(provider: &str, subject: &str) -> Arrived {
    let (issuer, tenant) = match provider {
        "twitter" | "facebook" | "jwt" => (String::new(), ""),
        "microsoft" => ("https://login.microsoftonline.com/t1/v2.0".to_owned(), "t1"),
        other => (format!("https://{other}.example"), ""),
    };
    Arrived {
        identity: ExternalIdentity {
            provider: provider_id(provider),
            issuer,
            tenant: tenant.to_owned(),
            subject: subject.to_owned(),
        },
        email: None,
        name: None,
        second_factor: false,
    }
}

impl Arrived {
    /// The same, with an email that the provider says nothing of.
    #[must_use]
    pub fn saying(self, email: &str) -> Self {
        self.vouching(email, false, false)
    }

    /// The same, with an email that the provider says is proved, at a domain it is not authoritative for.
    #[must_use]
    pub fn verified(self, email: &str) -> Self {
        self.vouching(email, true, false)
    }

    /// The same, with a proved email at a domain that the provider is authoritative for.
    #[must_use]
    pub fn authoritative(self, email: &str) -> Self {
        self.vouching(email, true, true)
    }

    /// The same, with that name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    fn vouching(mut self, email: &str, verified: bool, authoritative: bool) -> Self {
        self.email = Some(VouchedEmail {
            address: super::address(email),
            verified,
            authoritative,
        });
        self
    }
}

#[expect(clippy::expect_used, reason = "a test that names no provider is to fail")]
fn provider_id(text: &str) -> ProviderId {
    ProviderId::parse(text).expect("an id of a provider")
}
