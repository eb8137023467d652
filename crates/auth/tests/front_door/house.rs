//! The core over fakes, and somebody in front of it.

use std::sync::Arc;
use std::time::Duration;

use doorward_auth::account::sign_up::{SignUpOutcome, SignUpRequest};
use doorward_auth::recovery::request_reset::{ResetRequest, ResetRequested};
use doorward_auth::sign_in::redeem_code::CodeRedemption;
use doorward_auth::sign_in::request_code::CodeRequest;
use doorward_auth::sign_in::with_password::PasswordSignIn;
use doorward_auth::{Auth, AuthConfig, Caller, CodeSent, Ports, Refused, SignInError, SignInOutcome, SignedIn};
use doorward_domain::ids::FlowId;
use doorward_domain::limits::Limits;
use doorward_domain::policy::PolicySet;
use doorward_domain::public_url::PublicUrl;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{CodeKey, Password, RawToken};
use doorward_domain::settings::SecuritySettings;
use doorward_domain::sign_in::{Binding, FlowPurpose};
use doorward_domain::testing::{FixedClock, Given, PlainHasher, SeededEntropy, address, client};

pub(crate) struct House {
    pub(crate) given: Given,
    pub(crate) clock: FixedClock,
    pub(crate) hasher: PlainHasher,
    pub(crate) auth: Auth,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}, PolicySet::default()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut SecuritySettings), policies: PolicySet) -> Self {
        let given = Given::workspace("acme").await.settings(change).await.unwrap();
        let clock = FixedClock::default();
        let hasher = PlainHasher::default();
        let store = Arc::new(given.store.clone());
        let ports = Ports {
            workspaces: store.clone(),
            users: store.clone(),
            credentials: store.clone(),
            sessions: store.clone(),
            throttle: store.clone(),
            flows: store.clone(),
            links: store.clone(),
            outbox: store.clone(),
            receipts: store.clone(),
            audit: store.clone(),
            api_keys: store,
            hasher: Arc::new(hasher.clone()),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(1)),
        };
        let config = AuthConfig {
            limits: Limits::default(),
            code_key: CodeKey::new([9; 32]),
            public_url: PublicUrl::parse("https://help.example").unwrap(),
            default_workspace: None,
            policies,
        };
        Self {
            given,
            clock,
            hasher,
            auth: Auth::new(ports, config),
        }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        let token = self.auth.new_browser_token();
        Browser {
            house: self,
            caller: caller(Binding::Browser(token.digest())),
        }
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

pub(crate) fn caller(binding: Binding) -> Caller {
    Caller {
        client: client(),
        binding,
        device: None,
        language: "en".to_owned(),
        previous_session: None,
    }
}

pub(crate) struct Browser<'a> {
    pub(crate) house: &'a House,
    pub(crate) caller: Caller,
}

impl Browser<'_> {
    pub(crate) fn on_network(mut self, network: &str) -> Self {
        self.caller.client.address = network.parse().unwrap();
        self
    }

    pub(crate) async fn password(&self, email: &str, password: &str) -> SignInOutcome {
        self.try_password(email, password).await.unwrap()
    }

    pub(crate) async fn try_password(&self, email: &str, password: &str) -> Result<SignInOutcome, SignInError> {
        let request = PasswordSignIn {
            workspace: self.house.given.workspace.clone(),
            address: address(email),
            password: Password::parse(password).unwrap(),
            return_to: ReturnTo::parse("/tickets/7"),
        };
        self.house.auth.sign_in().with_password(&self.caller, request).await
    }

    pub(crate) async fn ask_code(&self, email: &str) -> SignInOutcome {
        let request = CodeRequest {
            workspace: self.house.given.workspace.clone(),
            address: address(email),
            return_to: ReturnTo::parse("/tickets/7"),
        };
        self.house
            .auth
            .sign_in()
            .request_code(&self.caller, request)
            .await
            .unwrap()
    }

    pub(crate) async fn redeem(&self, flow: FlowId, typed: &str) -> SignInOutcome {
        self.redeem_for(flow, FlowPurpose::SignIn, typed).await
    }

    pub(crate) async fn redeem_for(&self, flow: FlowId, purpose: FlowPurpose, typed: &str) -> SignInOutcome {
        let workspace = self.house.given.workspace.clone();
        let request = CodeRedemption {
            workspace,
            flow,
            purpose,
            typed: typed.to_owned(),
        };
        self.house
            .auth
            .sign_in()
            .redeem_code(&self.caller, request)
            .await
            .unwrap()
    }

    pub(crate) async fn sign_up(&self, name: &str, email: &str, password: &str) -> SignUpOutcome {
        let request = SignUpRequest {
            workspace: self.house.given.workspace.clone(),
            name: name.to_owned(),
            address: address(email),
            password: Password::parse(password).unwrap(),
            return_to: ReturnTo::parse("/tickets/7"),
        };
        self.house.auth.account().sign_up(&self.caller, request).await.unwrap()
    }

    pub(crate) async fn forgot(&self, email: &str) -> ResetRequested {
        let request = ResetRequest {
            workspace: self.house.given.workspace.clone(),
            address: address(email),
            return_to: ReturnTo::parse("/tickets/7"),
        };
        self.house
            .auth
            .recovery()
            .request_reset(&self.caller, request)
            .await
            .unwrap()
    }

    pub(crate) fn last_token_to(&self, email: &str) -> RawToken {
        let link = self.house.given.store.last_link_to(email).unwrap();
        RawToken::parse(link.rsplit('/').next().unwrap()).unwrap()
    }
}

pub(crate) fn signed_in(outcome: SignInOutcome) -> SignedIn {
    match outcome {
        SignInOutcome::SignedIn(signed_in) => *signed_in,
        other => panic!("not signed in: {other:?}"),
    }
}

pub(crate) fn sent(outcome: SignInOutcome) -> CodeSent {
    match outcome {
        SignInOutcome::CodeSent(sent) => sent,
        other => panic!("no code sent: {other:?}"),
    }
}

pub(crate) fn refused(outcome: SignInOutcome) -> Refused {
    match outcome {
        SignInOutcome::Refused(refused) => refused,
        other => panic!("not refused: {other:?}"),
    }
}

/// A code that is certainly not the one given.
pub(crate) fn other_than(code: &str) -> String {
    let first = if code.starts_with('7') { '8' } else { '7' };
    format!("{first}{}", &code[1..])
}
