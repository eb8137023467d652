//! The core over fakes, and somebody in front of it.

use std::sync::Arc;
use std::time::Duration;

use doorward_auth::account::connect_identity::OwnConnections;
use doorward_auth::account::sign_up::{SignUpOutcome, SignUpRequest};
use doorward_auth::factors::add_passkey::AddedPasskey;
use doorward_auth::factors::prove_afresh::{Evidence, ProvedAfresh};
use doorward_auth::recovery::request_reset::{ResetRequest, ResetRequested};
use doorward_auth::sign_in::complete_second_factor::SecondFactorTry;
use doorward_auth::sign_in::one_more_step::OneMoreStep;
use doorward_auth::sign_in::redeem_code::CodeRedemption;
use doorward_auth::sign_in::request_code::CodeRequest;
use doorward_auth::sign_in::with_passkey::{PasskeyRequest, PasskeySignIn};
use doorward_auth::sign_in::with_password::PasswordSignIn;
use doorward_auth::sign_in::with_provider::{ProviderAnswer, ProviderRequest};
use doorward_auth::{
    Auth, AuthConfig, Caller, CodeSent, Departed, EmailNeeded, PasskeyChallenge, Ports, Refused, SecondStepNeeded,
    SignInError, SignInOutcome, SignedIn,
};
use doorward_domain::audit::AuditAction;
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::{CeremonyId, FlowId, TripId};
use doorward_domain::limits::Limits;
use doorward_domain::mail::{Message, SecurityEvent};
use doorward_domain::policy::PolicySet;
use doorward_domain::ports::CallbackQuery;
use doorward_domain::provider::{Arrived, ProviderId};
use doorward_domain::public_url::PublicUrl;
use doorward_domain::reason::PrivateReason;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::second_factor::STEP_SECONDS;
use doorward_domain::secret::{CodeKey, Password, RawToken, TokenDigest};
use doorward_domain::session::SessionView;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::sign_in::{Binding, FlowPurpose, ReceiptOutcome};
use doorward_domain::testing::{
    APP_SECRET, FixedClock, Given, PASSWORD, PlainHasher, ScriptedProvider, SecretsOnly, SeededEntropy, address, client,
};
use doorward_domain::user::User;

use crate::authenticator::Authenticator;

/// Where people are when they use a passkey.
pub(crate) const ORIGIN: &str = "https://acme.help.example";

pub(crate) struct House {
    pub(crate) given: Given,
    pub(crate) clock: FixedClock,
    pub(crate) hasher: PlainHasher,
    pub(crate) provider: ScriptedProvider,
    pub(crate) auth: Auth,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}, PolicySet::default()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut SecuritySettings), policies: PolicySet) -> Self {
        Self::furnished(change, policies, Limits::default()).await
    }

    pub(crate) async fn limited(change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        change(&mut limits);
        assert!(limits.problems().is_empty(), "limits that a server would not take");
        Self::furnished(|_| {}, PolicySet::default(), limits).await
    }

    /// A house into which many come at once from one network.
    pub(crate) async fn crowded(change: impl FnOnce(&mut SecuritySettings)) -> Self {
        let limits = Limits {
            tries_per_network_per_minute: 1_000,
            failures_per_network_per_minute: 1_000,
            ..Limits::default()
        };
        Self::furnished(change, PolicySet::default(), limits).await
    }

    async fn furnished(change: impl FnOnce(&mut SecuritySettings), policies: PolicySet, limits: Limits) -> Self {
        let given = Given::workspace("acme").await.settings(change).await.unwrap();
        let clock = FixedClock::default();
        let hasher = PlainHasher::default();
        let provider = ScriptedProvider::new();
        let store = Arc::new(given.store.clone());
        let ports = Ports {
            workspaces: store.clone(),
            users: store.clone(),
            credentials: store.clone(),
            emails: store.clone(),
            profiles: store.clone(),
            provider: Arc::new(provider.clone()),
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
            hasher: Arc::new(hasher.clone()),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(1)),
        };
        let config = AuthConfig {
            limits,
            code_key: CodeKey::new([9; 32]),
            public_url: PublicUrl::parse("https://help.example").unwrap(),
            default_workspace: None,
            self_service: true,
            policies,
        };
        Self {
            given,
            clock,
            hasher,
            provider,
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

    /// The code that every app here shows, that many steps from now.
    pub(crate) fn app_code(&self, steps: i64) -> String {
        code_of(&APP_SECRET, self.step() + steps)
    }

    /// A code that is of none of the steps around now.
    pub(crate) fn wrong_app_code(&self) -> String {
        let near: Vec<String> = (-1..=1).map(|steps| self.app_code(steps)).collect();
        ["000000", "111111", "222222", "333333"]
            .into_iter()
            .find(|code| !near.iter().any(|own| own == code))
            .unwrap()
            .to_owned()
    }

    /// The time step of now.
    pub(crate) fn step(&self) -> i64 {
        self.auth.now().as_unix_seconds().div_euclid(STEP_SECONDS)
    }

    pub(crate) async fn is_live(&self, signed_in: &SignedIn) -> bool {
        self.knows(&signed_in.token).await.is_some()
    }

    pub(crate) async fn knows(&self, token: &RawToken) -> Option<Arc<SessionView>> {
        self.auth.sessions().check(&token.digest()).await.unwrap()
    }

    /// What a session goes by at present; a token of nobody's, if it is over.
    pub(crate) fn token_of(&self, session: &SessionView) -> TokenDigest {
        let known = self.given.store.token_of_session(session.id);
        known.unwrap_or_else(|| TokenDigest::from_bytes([0; 32]))
    }

    pub(crate) fn private_of_last_receipt(&self) -> PrivateReason {
        match self.given.store.receipts().last().unwrap().outcome {
            ReceiptOutcome::Refused { private, .. } => private,
            ref other => panic!("{other:?}"),
        }
    }

    /// What was written to an address, by kind, oldest first.
    pub(crate) fn kinds_to(&self, email: &str) -> Vec<&'static str> {
        self.given.store.messages_to(email).iter().map(Message::kind).collect()
    }

    /// The events that security notices told an address of.
    pub(crate) fn events_to(&self, email: &str) -> Vec<SecurityEvent> {
        let told = |message| match message {
            Message::SecurityNotice { what, .. } => Some(what),
            _ => None,
        };
        self.given
            .store
            .messages_to(email)
            .into_iter()
            .filter_map(told)
            .collect()
    }

    pub(crate) fn audited(&self, action: AuditAction) -> usize {
        let rows = self.given.store.audit_rows();
        rows.iter().filter(|row| row.action == action).count()
    }

    pub(crate) fn person(&self, email: &str) -> User {
        let key = address(email).key();
        let people = self.given.store.people();
        people.into_iter().find(|person| person.email(&key).is_some()).unwrap()
    }
}

/// The code of a secret at a time step, by an implementation of the RFCs that is not ours.
pub(crate) fn code_of(secret: &[u8], step: i64) -> String {
    let generator = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::from(secret.to_vec()))
        .with_account_name("jo")
        .with_issuer(Some("acme"))
        .build()
        .unwrap();
    generator
        .generate(u64::try_from(step * STEP_SECONDS).unwrap())
        .to_string()
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

    /// Signs in with the password and nothing else.
    pub(crate) async fn enter(&self, email: &str) -> SignedIn {
        signed_in(self.password(email, PASSWORD).await)
    }

    /// The password step of somebody whose second factor is on.
    pub(crate) async fn at_second_step(&self, email: &str) -> SecondStepNeeded {
        second_step(self.password(email, PASSWORD).await)
    }

    pub(crate) async fn second(&self, flow: FlowId, typed: &str) -> SignInOutcome {
        let request = SecondFactorTry {
            workspace: self.house.given.workspace.clone(),
            flow,
            typed: typed.to_owned(),
        };
        let sign_in = self.house.auth.sign_in();
        sign_in.complete_second_factor(&self.caller, request).await.unwrap()
    }

    /// Leave to change something sensitive; the session must be fresh.
    pub(crate) fn fresh(&self, session: &SessionView) -> FreshProof {
        self.house.auth.factors().fresh(session).unwrap()
    }

    pub(crate) async fn prove(&self, session: &SessionView, evidence: Evidence) -> ProvedAfresh {
        let workspace = &self.house.given.workspace;
        let factors = self.house.auth.factors();
        factors
            .prove_afresh(
                &self.caller,
                workspace,
                (session, self.house.token_of(session)),
                evidence,
            )
            .await
            .unwrap()
    }

    /// Adds a passkey to the account of a session.
    pub(crate) async fn give_passkey(&self, session: &SessionView, authenticator: &mut Authenticator, name: &str) {
        let (workspace, factors) = (&self.house.given.workspace, self.house.auth.factors());
        let proof = self.fresh(session);
        let round = factors
            .begin_add_passkey(&self.caller, workspace, proof, ORIGIN)
            .await
            .unwrap()
            .unwrap();
        let answer = authenticator.register(&round.options);
        let added = factors
            .add_passkey(&self.caller, workspace, proof, (round.ceremony, &answer), name)
            .await
            .unwrap();
        assert_eq!(added, AddedPasskey::Added(name.to_owned()));
    }

    pub(crate) async fn passkey_challenge(&self) -> PasskeyChallenge {
        let request = PasskeyRequest {
            workspace: self.house.given.workspace.clone(),
            origin: ORIGIN.to_owned(),
            return_to: ReturnTo::parse("/tickets/7"),
            autofill: false,
        };
        let sign_in = self.house.auth.sign_in();
        sign_in.begin_passkey(&self.caller, request).await.unwrap()
    }

    pub(crate) async fn answer(&self, ceremony: CeremonyId, answer: serde_json::Value) -> SignInOutcome {
        let request = PasskeySignIn {
            workspace: self.house.given.workspace.clone(),
            ceremony,
            answer,
        };
        let sign_in = self.house.auth.sign_in();
        sign_in.with_passkey(&self.caller, request).await.unwrap()
    }

    pub(crate) async fn backup_login(&self, email: &str, password: &str) -> SignInOutcome {
        let request = PasswordSignIn {
            workspace: self.house.given.workspace.clone(),
            address: address(email),
            password: Password::parse(password).unwrap(),
            return_to: ReturnTo::parse("/tickets/7"),
        };
        let sign_in = self.house.auth.sign_in();
        sign_in.backup_login(&self.caller, request).await.unwrap()
    }

    /// The token in the newest mail of that kind to an address.
    pub(crate) fn token_of_last(&self, kind: &str, email: &str) -> RawToken {
        self.tokens_of(kind, email).pop().unwrap()
    }

    /// The tokens in all mails of that kind to an address, oldest first.
    pub(crate) fn tokens_of(&self, kind: &str, email: &str) -> Vec<RawToken> {
        let token = |message: Message| {
            let url = match message {
                Message::ResetLink { url, .. }
                | Message::EmailProof { url, .. }
                | Message::NewDevice { not_me_url: url, .. }
                | Message::EmailChanged {
                    revert_url: Some(url), ..
                } => url,
                other => panic!("no link in {other:?}"),
            };
            RawToken::parse(url.rsplit('/').next().unwrap()).unwrap()
        };
        let messages = self.house.given.store.messages_to(email).into_iter();
        messages.filter(|message| message.kind() == kind).map(token).collect()
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

pub(crate) fn second_step(outcome: SignInOutcome) -> SecondStepNeeded {
    match outcome {
        SignInOutcome::SecondStep(needed) => needed,
        other => panic!("no second step: {other:?}"),
    }
}

/// The new token and the session of a fresh proof.
pub(crate) fn proved(outcome: ProvedAfresh) -> (RawToken, SessionView) {
    match outcome {
        ProvedAfresh::Proved { token, session } => (token, *session),
        other => panic!("not proved: {other:?}"),
    }
}

pub(crate) fn not_proved(outcome: ProvedAfresh) -> Refused {
    match outcome {
        ProvedAfresh::Refused(refused) => refused,
        other => panic!("not refused: {other:?}"),
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

/// Somebody at the doors of providers.
impl Browser<'_> {
    /// Leaves for a provider, and gives the state that is to come back.
    pub(crate) async fn leave_for(&self, provider: &str) -> String {
        let request = ProviderRequest {
            workspace: self.house.given.workspace.clone(),
            provider: ProviderId::parse(provider).unwrap(),
            return_to: ReturnTo::parse("/tickets/7"),
        };
        let departed = self.house.auth.sign_in().begin_with_provider(&self.caller, request);
        match departed.await.unwrap() {
            Departed::Away { .. } => self.house.provider.sent_away().pop().unwrap().state,
            Departed::Refused(refused) => panic!("not sent away: {refused:?}"),
        }
    }

    /// Is sent away nowhere.
    pub(crate) async fn stays(&self, provider: &str) -> Refused {
        let request = ProviderRequest {
            workspace: self.house.given.workspace.clone(),
            provider: ProviderId::parse(provider).unwrap(),
            return_to: ReturnTo::parse("/tickets/7"),
        };
        let departed = self.house.auth.sign_in().begin_with_provider(&self.caller, request);
        match departed.await.unwrap() {
            Departed::Refused(refused) => refused,
            Departed::Away { url } => panic!("sent away to {url}"),
        }
    }

    /// Comes back to the address of a provider.
    pub(crate) async fn come_back(&self, provider: &str, state: &str, query: CallbackQuery) -> SignInOutcome {
        self.come_back_in(provider, state, query, None).await
    }

    /// The same, with a session.
    pub(crate) async fn come_back_in(
        &self,
        provider: &str,
        state: &str,
        query: CallbackQuery,
        session: Option<SessionView>,
    ) -> SignInOutcome {
        let answer = ProviderAnswer {
            workspace: self.house.given.workspace.clone(),
            provider: ProviderId::parse(provider).unwrap(),
            state: Some(state.to_owned()),
            query,
            session,
        };
        let sign_in = self.house.auth.sign_in();
        sign_in.finish_with_provider(&self.caller, answer).await.unwrap()
    }

    /// Goes to a provider and comes back as whom it takes them for.
    pub(crate) async fn as_arrived(&self, arrived: &Arrived) -> SignInOutcome {
        let provider = arrived.identity.provider.as_str();
        let code = format!("code of {}", arrived.identity.subject);
        self.house.provider.knows(&code, arrived.clone());
        let state = self.leave_for(provider).await;
        self.come_back(provider, &state, with_code(&code)).await
    }

    /// Types an address as the one more step.
    pub(crate) async fn type_address(&self, held: TripId, email: &str) -> SignInOutcome {
        let request = OneMoreStep {
            workspace: self.house.given.workspace.clone(),
            held,
            address: address(email),
        };
        let sign_in = self.house.auth.sign_in();
        sign_in.one_more_step(&self.caller, request).await.unwrap()
    }

    /// Takes the whole step: types an address and the code that was sent to it.
    pub(crate) async fn prove_address(&self, held: TripId, email: &str) -> SignInOutcome {
        let flow = sent(self.type_address(held, email).await).flow;
        let code = self.house.given.store.last_code_to(email).unwrap();
        self.redeem_for(flow, FlowPurpose::OneMoreStep, &code).await
    }

    /// The connections of the account of a session.
    pub(crate) async fn connections(&self, session: &SessionView) -> OwnConnections {
        let workspace = &self.house.given.workspace;
        let own = self.house.auth.account().connections(workspace, session);
        own.await.unwrap().unwrap()
    }

    /// Connects who they are at a provider, from a session.
    pub(crate) async fn connect(&self, session: &SessionView, arrived: &Arrived) -> SignInOutcome {
        let provider = &arrived.identity.provider;
        let code = format!("code of {}", arrived.identity.subject);
        self.house.provider.knows(&code, arrived.clone());
        let (workspace, proof) = (&self.house.given.workspace, self.fresh(session));
        let account = self.house.auth.account();
        let departed = account.connect_identity(&self.caller, workspace, proof, provider);
        let Departed::Away { .. } = departed.await.unwrap() else {
            panic!("not sent away");
        };
        let state = self.house.provider.sent_away().pop().unwrap().state;
        self.come_back_in(provider.as_str(), &state, with_code(&code), Some(session.clone()))
            .await
    }
}

/// What a provider sends somebody back with.
pub(crate) fn with_code(code: &str) -> CallbackQuery {
    CallbackQuery {
        code: Some(code.to_owned()),
        ..CallbackQuery::default()
    }
}

pub(crate) fn email_needed(outcome: SignInOutcome) -> EmailNeeded {
    match outcome {
        SignInOutcome::EmailNeeded(needed) => needed,
        other => panic!("no email needed: {other:?}"),
    }
}
