//! Credentials that a workspace brings: they go before the server's, reach no further than the public, and are tried without
//! being kept (C3, R54).

use doorward_domain::ids::CredentialsId;
use doorward_domain::own_provider::{ClientSecret, OwnProvider, ProviderDraft};
use doorward_domain::ports::{OwnProviderSaved, WorkspaceProviders as _, Workspaces as _};
use doorward_domain::testing::{MemoryStore, audit};
use doorward_domain::workspace::Workspace;

use super::*;

struct House {
    store: MemoryStore,
    workspace: Workspace,
    providers: Providers,
}

/// As an operator sets it who has providers in a network of their own, as these are.
fn private() -> Options {
    Options {
        allow_private_networks: true,
        ..Options::default()
    }
}

impl House {
    async fn new(server: Vec<ProviderConfig>, options: Options) -> Self {
        let store = MemoryStore::new();
        let workspace = doorward_domain::testing::workspace("acme");
        let row = audit(
            workspace.id,
            doorward_domain::audit::AuditAction::WorkspaceCreated,
            now(),
        );
        store.create(workspace.clone(), None, row).await.unwrap();
        let providers = Providers::new(server, options, Arc::new(Dice)).unwrap();
        Self {
            providers: providers.with_own(Arc::new(store.clone())),
            store,
            workspace,
        }
    }

    async fn keep(&self, draft: ProviderDraft, revision: u128) {
        let own = OwnProvider {
            workspace: self.workspace.id,
            revision: CredentialsId::from_uuid(Uuid::from_u128(revision)),
            name: self.providers.read(&draft).unwrap_or_else(|_| "Unread".to_owned()),
            draft,
            changed_at: now(),
        };
        let row = audit(
            self.workspace.id,
            doorward_domain::audit::AuditAction::ProviderSaved,
            now(),
        );
        assert_eq!(self.store.save(own, row).await.unwrap(), OwnProviderSaved::Saved);
    }

    async fn depart(&self) -> Result<Departure, ProviderFault> {
        self.providers.depart(self.workspace.id, &acme(), CALLBACK).await
    }

    async fn back(
        &self,
        departure: Departure,
        query: CallbackQuery,
        trial: Option<ProviderDraft>,
    ) -> Result<Arrived, ProviderFault> {
        let trip = RoundTrip {
            id: TripId::from_uuid(Uuid::from_u128(2)),
            workspace: self.workspace.id,
            provider: acme(),
            state: departure.state.digest(),
            browser: TokenDigest::from_bytes([7; 32]),
            nonce: departure.nonce,
            verifier: departure.verifier,
            purpose: TripPurpose::SignIn,
            trial: trial.map(Box::new),
            return_to: ReturnTo::default(),
            created_at: now(),
            expires_at: now().plus(Duration::from_mins(10)),
        };
        let arrival = Arrival {
            query,
            trip,
            callback: CALLBACK.to_owned(),
            now: now(),
        };
        self.providers.arrive(arrival).await
    }
}

const CALLBACK: &str = "https://acme.help.example/sign-in/callback/acme";

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(NOW)
}

fn acme() -> ProviderId {
    ProviderId::parse("acme").unwrap()
}

fn draft(issuer: &str) -> ProviderDraft {
    let values = [("client_id", "client-1"), ("issuer", issuer), ("name", "Ours")];
    ProviderDraft {
        id: acme(),
        values: values.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        secret: ClientSecret::new("secret-1".to_owned()),
    }
}

#[tokio::test]
async fn c3_own_credentials_win_over_the_servers_and_a_change_counts_at_once() {
    let (servers, ours, later) = (Idp::start().await, Idp::start().await, Idp::start().await);
    let server = vec![config("acme", &[("issuer", &servers.base), ("name", "The server's")])];
    let house = House::new(server, private()).await;
    assert!(house.depart().await.unwrap().url.starts_with(&servers.base));
    for (idp, revision) in [(&ours, 1), (&later, 2)] {
        house.keep(draft(&idp.base), revision).await;
        let departure = house.depart().await.unwrap();
        assert!(departure.url.starts_with(&idp.base), "{}", departure.url);
        let query = idp.visit(&departure.url);
        let arrived = house.back(departure, query, None).await.unwrap();
        assert_eq!(arrived.identity.issuer, idp.base);
        house.depart().await.unwrap();
        assert_eq!(
            idp.asked("/.well-known/openid-configuration"),
            1,
            "what is known of it is remembered"
        );
    }
    let workspace = house.store.find_by_slug(&house.workspace.slug).await.unwrap().unwrap();
    let names: Vec<String> = house
        .providers
        .offered(&workspace)
        .into_iter()
        .map(|one| one.name)
        .collect();
    assert_eq!(names, ["Ours"]);
    let row = audit(
        workspace.id,
        doorward_domain::audit::AuditAction::ProviderRemoved,
        now(),
    );
    assert!(house.store.remove(workspace.id, &acme(), row).await.unwrap());
    assert!(house.depart().await.unwrap().url.starts_with(&servers.base));
}

#[tokio::test]
async fn c3_another_workspace_has_none_of_them() {
    let ours = Idp::start().await;
    let house = House::new(Vec::new(), private()).await;
    house.keep(draft(&ours.base), 1).await;
    house.depart().await.unwrap();
    let elsewhere = house.providers.depart(workspace(), &acme(), CALLBACK).await;
    assert!(matches!(elsewhere, Err(ProviderFault::Unknown)), "{elsewhere:?}");
    let other = doorward_domain::testing::workspace("globex");
    assert_eq!(house.providers.offered(&other), []);
}

#[tokio::test]
async fn c3_a_trial_goes_by_what_is_on_trial_and_by_nothing_that_is_kept() {
    let (kept, tried) = (Idp::start().await, Idp::start().await);
    let house = House::new(Vec::new(), private()).await;
    house.keep(draft(&kept.base), 1).await;
    let departure = house
        .providers
        .depart_on_trial(&draft(&tried.base), CALLBACK)
        .await
        .unwrap();
    assert!(departure.url.starts_with(&tried.base));
    let query = tried.visit(&departure.url);
    let arrived = house.back(departure, query, Some(draft(&tried.base))).await.unwrap();
    assert_eq!(arrived.identity.issuer, tried.base);
    assert!(house.depart().await.unwrap().url.starts_with(&kept.base));
}

#[tokio::test]
async fn r54_a_workspace_looks_at_nothing_but_the_public() {
    let here = Idp::start().await;
    let house = House::new(Vec::new(), Options::default()).await;
    for issuer in [
        here.base.as_str(),
        "https://localhost",
        "https://127.0.0.1",
        "http://sso.example",
    ] {
        let problems = house.providers.read(&draft(issuer)).unwrap_err();
        assert!(
            problems.iter().any(|problem| problem.key == "issuer"),
            "{issuer}: {problems:?}"
        );
        // Nor where they were kept under another rule, or are tried.
        house.keep(draft(issuer), 1).await;
        assert!(house.depart().await.is_err(), "{issuer}");
        assert!(
            house.providers.depart_on_trial(&draft(issuer), CALLBACK).await.is_err(),
            "{issuer}"
        );
    }
    for issuer in ["https://10.0.0.1", "https://169.254.169.254", "https://192.168.1.1"] {
        let tried = house.providers.depart_on_trial(&draft(issuer), CALLBACK).await;
        assert!(
            matches!(tried, Err(ProviderFault::Unavailable { .. })),
            "{issuer}: {tried:?}"
        );
    }
    assert_eq!(here.asked("/.well-known/openid-configuration"), 0, "nobody came");
}
