//! A small service that embeds the door: its own main, its own adapters, no Doorward server.
//!
//! It uses the in-memory store that the domain crate brings for tests, so that it runs anywhere:
//! `cargo run -p doorward-auth --example embed`. A real service puts its own adapters behind the same ports.

use std::sync::Arc;

use doorward_auth::engine::argon2::{Argon2Hasher, HashCost, HasherSettings, Peppers};
use doorward_auth::people::create_user::CreateUser;
use doorward_auth::sign_in::with_password::PasswordSignIn;
use doorward_auth::workspace::create_workspace::CreateWorkspace;
use doorward_auth::{Auth, AuthConfig, Caller, Ports, SignInOutcome};
use doorward_domain::audit::Actor;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::limits::Limits;
use doorward_domain::policy::PolicySet;
use doorward_domain::ports::NoProviders;
use doorward_domain::public_url::PublicUrl;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::Role;
use doorward_domain::secret::{CodeKey, Password};
use doorward_domain::sign_in::Binding;
use doorward_domain::testing::{FixedClock, MemoryStore, SecretsOnly, SeededEntropy, client};
use doorward_domain::workspace::{Portal, Slug};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it does")]
async fn main() -> Result<(), Failure> {
    let auth = wire()?;

    let workspace = CreateWorkspace {
        slug: Slug::parse("acme")?,
        name: "Acme Help".to_owned(),
        owner: EmailAddress::parse("owner@acme.example")?,
        owner_password: None,
        portal: Portal::default(),
    };
    let workspace = auth.workspaces().create(Actor::Operator, workspace).await?.workspace;
    let person = CreateUser {
        workspace: workspace.clone(),
        address: EmailAddress::parse("jo@example.com")?,
        name: "Jo".to_owned(),
        role: Role::Customer,
        verified: true,
        password: Some(Password::parse("seven quiet lanterns")?),
        with_link: false,
    };
    auth.people().create(Actor::Operator, person).await?;

    let caller = Caller {
        client: client(),
        binding: Binding::Bearer,
        device: None,
        language: "en".to_owned(),
        previous_session: None,
    };
    for typed in ["a wrong guess, sadly", "seven quiet lanterns"] {
        let request = PasswordSignIn {
            workspace: workspace.clone(),
            address: EmailAddress::parse("jo@example.com")?,
            password: Password::parse(typed)?,
            return_to: ReturnTo::default(),
        };
        match auth.sign_in().with_password(&caller, request).await? {
            SignInOutcome::SignedIn(signed_in) => {
                let seen = auth.sessions().check(&signed_in.token.digest()).await?;
                println!(
                    "signed in: {}",
                    seen.map(|session| session.name.clone()).unwrap_or_default()
                );
            }
            SignInOutcome::Refused(refused) => println!("refused: {} ({})", refused.reason, refused.help_code),
            other => println!("one more step: {other:?}"),
        }
    }
    Ok(())
}

/// The composition root: which adapter stands behind which port.
fn wire() -> Result<Auth, Failure> {
    let store = Arc::new(MemoryStore::new());
    let entropy = Arc::new(SeededEntropy::new(1));
    let cost = HashCost::default();
    let cores = std::thread::available_parallelism()?;
    let settings = HasherSettings {
        cost,
        threads: cost.threads(cores, 65_536),
        peppers: Peppers::default(),
    };
    let ports = Ports {
        workspaces: store.clone(),
        users: store.clone(),
        credentials: store.clone(),
        emails: store.clone(),
        profiles: store.clone(),
        provider: Arc::new(NoProviders),
        trips: store.clone(),
        connections: store.clone(),
        directory: store.clone(),
        directory_book: store.clone(),
        directory_uploads: store.clone(),
        scim_tokens: store.clone(),
        door_settings: store.clone(),
        population: store.clone(),
        hand_over_keys: store.clone(),
        workspace_providers: store.clone(),
        workspace_faces: store.clone(),
        hand_over: Arc::new(SecretsOnly),
        factors: store.clone(),
        passkeys: store.clone(),
        sessions: store.clone(),
        own_sessions: store.clone(),
        throttle: store.clone(),
        waits: store.clone(),
        flows: store.clone(),
        links: store.clone(),
        portal_links: store.clone(),
        caller_challenges: store.clone(),
        departures: store.clone(),
        roster: store.clone(),
        foundings: store.clone(),
        tickets: store.clone(),
        outbox: store.clone(),
        receipts: store.clone(),
        audit: store.clone(),
        audit_log: store.clone(),
        audit_chain: store.clone(),
        mail_log: store.clone(),
        retention: store.clone(),
        roles: store.clone(),
        organisations: store.clone(),
        api_keys: store,
        hasher: Arc::new(Argon2Hasher::start(settings, entropy.clone())?),
        clock: Arc::new(FixedClock::default()),
        entropy,
    };
    let config = AuthConfig {
        limits: Limits::default(),
        code_key: CodeKey::new([42; 32]),
        public_url: PublicUrl::parse("https://help.example")?,
        default_workspace: None,
        self_service: false,
        policies: PolicySet::default(),
    };
    Ok(Auth::new(ports, config))
}
