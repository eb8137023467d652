//! The façade: one handle, cheap to clone, with the use cases grouped by what they are about.

mod callers;
mod directory;
mod foundings;
mod logs;
mod look;
mod providers;
mod roles;
mod settings;
mod sign_in_check;
mod staff;

use std::sync::Arc;

use doorward_domain::api_key::ApiKey;
use doorward_domain::audit::Actor;
use doorward_domain::client::Client;
use doorward_domain::directory::{DirectoryGroup, ScimToken};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::fresh_proof::{FreshProof, FreshProofWay};
use doorward_domain::hand_over::HandOverKey;
use doorward_domain::ids::{
    CeremonyId, ConnectionId, EmailId, FlowId, HandOverKeyId, PasskeyId, PortalLinkId, ScimTokenId, SessionId, TripId,
    UserId,
};
use doorward_domain::picture::Picture;
use doorward_domain::portal_link::PortalLink;
use doorward_domain::ports::{EmailChanged, GroupQuery, Listed, ListedRecord, PortError, RecordQuery, UserQuery};
use doorward_domain::provider::{ProviderDescription, ProviderId};
use doorward_domain::second_factor::BackupCode;
use doorward_domain::secret::{Password, RawToken, TokenDigest};
use doorward_domain::session::{OwnSession, SessionView};
use doorward_domain::sign_in::FlowPurpose;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{User, UserStatus};
use doorward_domain::ways_back::WayWarning;
use doorward_domain::workspace::Workspace;

use crate::account::add_email::{self, AddedEmail};
use crate::account::change_password::{self, ChangedPassword};
use crate::account::connect_identity::{self, OwnConnections};
use crate::account::disconnect_identity::{self, DisconnectedIdentity};
use crate::account::disown_session::{self, DisownPage, Disowned};
use crate::account::edit_profile::{self, ProfileForm, SavedPicture, SavedProfile};
use crate::account::look_at_security::{self, PlannedChange, SecurityOverview};
use crate::account::revert_email::{self, RevertEmailPage, RevertedEmail};
use crate::account::sign_up::{self, SignUpOutcome, SignUpRequest};
use crate::account::verify_email::{self, VerifiedEmail, VerifyEmailPage};
use crate::account::{end_session, make_email_primary, remove_email};
use crate::context::{Acting, AuthConfig, Caller, Context, Ports};
use crate::directory::create_scim_token::{self, NewScimToken};
use crate::directory::sync_directory::{self, Change, SyncError, Synced};
use crate::directory::{renew_scim_token, revoke_scim_token};
use crate::engine::totp::AppSetup;
use crate::factors::add_passkey::{self, AddedPasskey};
use crate::factors::enable_two_factor::{self, Enabled, Enroller};
use crate::factors::prove_afresh::{self, Evidence, ProvedAfresh};
use crate::factors::{disable_two_factor, remove_passkey, rename_passkey, renew_backup_codes};
use crate::outcome::{Departed, EmailNeeded, FlowView, PasskeyChallenge, SignInError, SignInOutcome};
use crate::people::PersonError;
use crate::people::create_user::{self, CreateUser, CreateUserError, CreatedUser};
use crate::people::explain::{self, Explanation};
use crate::people::set_password::{self, SetPasswordError};
use crate::people::set_status::{self, SetStatusError};
use crate::people::upsert_contact::{self, Contact};
use crate::portal::Whom;
use crate::portal::create_portal_link::{self, CreatePortalLinkError, NewPortalLink, PortalLinkRequest};
use crate::portal::revoke_portal_link;
use crate::recovery::recover::{
    self, RecoverError, RecoverPage, Recovered, RecoveredPassword, RecoveryLink, RecoverySetUp,
};
use crate::recovery::request_reset::{self, ResetRequest, ResetRequested};
use crate::recovery::reset_password::{self, NewPassword, ResetPage, ResetResult};
use crate::sign_in::backup_login;
use crate::sign_in::complete_second_factor::{self, SecondFactorTry, SecondPasskey, SecondStepView};
use crate::sign_in::hand_over::{self, HandOverRequest, HandOverToken};
use crate::sign_in::one_more_step::{self, OneMoreStep};
use crate::sign_in::open_portal_link::{self, OpenedPortalLink, PortalPage};
use crate::sign_in::redeem_code::{self, CodeRedemption};
use crate::sign_in::replace_temporary_password::{self, Replaced, ReplacedPassword};
use crate::sign_in::request_code::{self, CodeRequest};
use crate::sign_in::sign_out;
use crate::sign_in::with_passkey::{self, PasskeyRequest, PasskeySignIn};
use crate::sign_in::with_password::{self, PasswordSignIn};
use crate::sign_in::with_provider::{self, ProviderAnswer, ProviderRequest};
use crate::workspace::add_hand_over_key::{self, AddHandOverKeyError, AddedHandOverKey, NewHandOverKey};
use crate::workspace::change_settings::{self, ChangeHow, SettingChange};
use crate::workspace::check_hand_over_token::{self, HandOverChecked};
use crate::workspace::create_api_key::{self, CreateApiKeyError, NewApiKey};
use crate::workspace::create_workspace::{self, CreateWorkspace, CreateWorkspaceError, CreatedWorkspace};
use crate::workspace::preview_settings::PreviewTurns;
use crate::workspace::revoke_hand_over_key;
use crate::workspace::save_settings::{SaveSettingsError, SavedSettings};

pub use callers::{CallerDesk, DepartureDesk};
pub use foundings::Foundings;
pub use logs::LogDesk;
pub use look::LookDesk;
pub use providers::ProviderDesk;
pub use roles::{ApiKeyDesk, OrganisationDesk, RoleDesk};
pub use settings::SettingsDesk;
pub use staff::StaffDesk;

/// The sign-in core.
#[derive(Debug, Clone)]
pub struct Auth {
    context: Context,
}

impl Auth {
    /// Puts the core together from ports and configuration.
    pub fn new(ports: Ports, config: AuthConfig) -> Self {
        Self {
            context: Context {
                ports,
                config: Arc::new(config),
                pictures: Arc::new(tokio::sync::Semaphore::new(1)),
                previews: PreviewTurns::default(),
            },
        }
    }

    /// The ports, for edges that read without a use case (a list of workspaces, a health check).
    pub const fn ports(&self) -> &Ports {
        &self.context.ports
    }

    /// The configuration.
    pub fn config(&self) -> &AuthConfig {
        &self.context.config
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// A fresh token for a browser that has none yet, to bind attempts to (R25).
    pub fn new_browser_token(&self) -> RawToken {
        RawToken::generate(self.context.entropy())
    }

    /// Signing in and out.
    pub const fn sign_in(&self) -> SignIn<'_> {
        SignIn(&self.context)
    }

    /// Getting back in.
    pub const fn recovery(&self) -> Recovery<'_> {
        Recovery(&self.context)
    }

    /// Second factors, passkeys and fresh proofs.
    pub const fn factors(&self) -> Factors<'_> {
        Factors(&self.context)
    }

    /// One's own account: making it, and changing what belongs to it.
    pub const fn account(&self) -> Accounts<'_> {
        Accounts(&self.context)
    }

    /// The hand of operator and portal application on people.
    pub const fn people(&self) -> People<'_> {
        People(&self.context)
    }

    /// Personal portal links.
    pub const fn portal_links(&self) -> PortalLinks<'_> {
        PortalLinks(&self.context)
    }

    /// The synced directory.
    pub const fn directory(&self) -> DirectoryDesk<'_> {
        DirectoryDesk(&self.context)
    }

    /// Checking sessions.
    pub const fn sessions(&self) -> SessionDesk<'_> {
        SessionDesk(&self.context)
    }

    /// Making workspaces and keys, and changing settings.
    pub const fn workspaces(&self) -> WorkspaceDesk<'_> {
        WorkspaceDesk(&self.context)
    }
}

/// Signing in and out.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a>(&'a Context);

impl SignIn<'_> {
    /// Address and password (B1).
    pub async fn with_password(self, caller: &Caller, request: PasswordSignIn) -> Result<SignInOutcome, SignInError> {
        with_password::run(self.0, caller, request).await
    }

    /// Asks for a code (B2).
    pub async fn request_code(self, caller: &Caller, request: CodeRequest) -> Result<SignInOutcome, SignInError> {
        request_code::run(self.0, caller, request).await
    }

    /// Asks for another code of an attempt that is under way; `None` if it is not this browser's, or over.
    pub async fn resend_code(
        self,
        caller: &Caller,
        workspace: &Workspace,
        flow: FlowId,
    ) -> Result<Option<SignInOutcome>, SignInError> {
        let own = self.own_flow(caller, workspace, flow).await?;
        let Some(flow) = own else {
            return Ok(None);
        };
        let outcome = match flow.purpose {
            FlowPurpose::SignIn => {
                let request = CodeRequest {
                    workspace: workspace.clone(),
                    address: flow.email.clone(),
                    return_to: flow.return_to.clone(),
                };
                request_code::run_for(self.0, caller, request, Some(flow)).await?
            }
            FlowPurpose::SignUp => sign_up::resend(self.0, caller, workspace, flow).await?,
            FlowPurpose::OneMoreStep => return one_more_step::resend(self.0, caller, workspace, flow).await,
            FlowPurpose::SecondStep | FlowPurpose::FreshProof | FlowPurpose::Recovery => return Ok(None),
        };
        Ok(Some(outcome))
    }

    /// Redeems a code.
    pub async fn redeem_code(self, caller: &Caller, request: CodeRedemption) -> Result<SignInOutcome, SignInError> {
        redeem_code::run(self.0, caller, request).await
    }

    /// The attempt as its page shows it; `None` if there is none of that id in this browser.
    pub async fn flow(
        self,
        caller: &Caller,
        workspace: &Workspace,
        flow: FlowId,
    ) -> Result<Option<FlowView>, SignInError> {
        let now = self.0.now();
        let own = self.own_flow(caller, workspace, flow).await?;
        let shown = [FlowPurpose::SignIn, FlowPurpose::SignUp, FlowPurpose::OneMoreStep];
        let Some(flow) = own.filter(|flow| shown.contains(&flow.purpose)) else {
            return Ok(None);
        };
        let key = flow.email.key();
        let standing = self.0.standing(caller, workspace.id, &key);
        Ok(Some(FlowView {
            flow: flow.id,
            purpose: flow.purpose,
            masked: flow.email.masked(),
            sent_at: flow.last_sent_at,
            resend_at: request_code::resend_at(self.0, workspace, &key, &standing, now).await?,
            live: flow.is_live(&self.0.config.limits, now),
            return_to: flow.return_to,
            // Somebody else than who looks at the page may have named it.
            address: flow.user.is_none().then_some(flow.email),
        }))
    }

    async fn own_flow(
        self,
        caller: &Caller,
        workspace: &Workspace,
        flow: FlowId,
    ) -> Result<Option<doorward_domain::sign_in::PendingSignIn>, SignInError> {
        let flow = self.0.ports.flows.find(workspace.id, flow).await?;
        Ok(flow.filter(|flow| flow.belongs_to(caller.binding)))
    }

    /// The second step of an attempt as its page shows it; `None` if there is none of that id in this browser, or it is
    /// over.
    pub async fn second_step(
        self,
        caller: &Caller,
        workspace: &Workspace,
        flow: FlowId,
    ) -> Result<Option<SecondStepView>, SignInError> {
        complete_second_factor::view(self.0, caller, workspace, flow).await
    }

    /// Puts a password of one's own in place of a temporary one, and goes on (C2).
    pub async fn replace_temporary_password(
        self,
        caller: &Caller,
        request: ReplacedPassword,
    ) -> Result<Replaced, SignInError> {
        replace_temporary_password::run(self.0, caller, request).await
    }

    /// Shows an app code or a backup code as the second step (B11, B12).
    pub async fn complete_second_factor(
        self,
        caller: &Caller,
        request: SecondFactorTry,
    ) -> Result<SignInOutcome, SignInError> {
        complete_second_factor::run(self.0, caller, request).await
    }

    /// A challenge for a passkey as the second step, at `origin`; `None` if there is no such attempt, or no passkey.
    pub async fn begin_second_passkey(
        self,
        caller: &Caller,
        workspace: &Workspace,
        flow: FlowId,
        origin: &str,
    ) -> Result<Option<PasskeyChallenge>, SignInError> {
        complete_second_factor::begin_passkey(self.0, caller, workspace, flow, origin).await
    }

    /// Shows a passkey as the second step.
    pub async fn complete_with_passkey(
        self,
        caller: &Caller,
        request: SecondPasskey,
    ) -> Result<SignInOutcome, SignInError> {
        complete_second_factor::finish_passkey(self.0, caller, request).await
    }

    /// A challenge to sign in with a passkey (B10).
    pub async fn begin_passkey(
        self,
        caller: &Caller,
        request: PasskeyRequest,
    ) -> Result<PasskeyChallenge, SignInError> {
        with_passkey::begin(self.0, caller, request).await
    }

    /// Signs in with a passkey (B10).
    pub async fn with_passkey(self, caller: &Caller, request: PasskeySignIn) -> Result<SignInOutcome, SignInError> {
        with_passkey::run(self.0, caller, request).await
    }

    /// The providers that the sign-in page shows, in the order of their buttons: those that have credentials and are open
    /// to anybody (B6).
    pub fn providers(self, workspace: &Workspace) -> Vec<ProviderDescription> {
        with_provider::providers(self.0, workspace)
    }

    /// Sends somebody to a provider (B6); whoever comes back comes to `/sign-in/callback/{provider}` in the same browser.
    pub async fn begin_with_provider(self, caller: &Caller, request: ProviderRequest) -> Result<Departed, SignInError> {
        with_provider::begin(self.0, caller, request).await
    }

    /// Takes in whoever came back from a provider: to sign in, or to connect an identity to the account of their session.
    pub async fn finish_with_provider(
        self,
        caller: &Caller,
        answer: ProviderAnswer,
    ) -> Result<SignInOutcome, SignInError> {
        with_provider::finish(self.0, caller, answer).await
    }

    /// Who came back from a provider and has one more step to take (B7), as its page shows it; `None` if nobody is waited
    /// for under that id in this browser (any more).
    pub async fn held_arrival(
        self,
        caller: &Caller,
        workspace: &Workspace,
        held: TripId,
    ) -> Result<Option<EmailNeeded>, SignInError> {
        one_more_step::view(self.0, caller, workspace, held).await
    }

    /// Sends the code of that step (B7). It is redeemed by [`redeem_code`](Self::redeem_code) with
    /// [`FlowPurpose::OneMoreStep`].
    pub async fn one_more_step(self, caller: &Caller, request: OneMoreStep) -> Result<SignInOutcome, SignInError> {
        one_more_step::run(self.0, caller, request).await
    }

    /// Takes in whom the company's own site hands over by a signed token (B18).
    pub async fn hand_over(self, caller: &Caller, request: HandOverRequest) -> Result<SignInOutcome, SignInError> {
        hand_over::run(self.0, caller, request).await
    }

    /// The emergency door (B15): address and password, whatever the settings say.
    pub async fn backup_login(self, caller: &Caller, request: PasswordSignIn) -> Result<SignInOutcome, SignInError> {
        backup_login::run(self.0, caller, request).await
    }

    /// Ends a session.
    pub async fn sign_out(
        self,
        client: &Client,
        workspace: &Workspace,
        token: &TokenDigest,
        user: UserId,
    ) -> Result<bool, PortError> {
        sign_out::run(self.0, client, workspace, token, user).await
    }
}

/// Getting back in.
#[derive(Debug, Clone, Copy)]
pub struct Recovery<'a>(&'a Context);

impl Recovery<'_> {
    /// Asks for a reset link (B14).
    pub async fn request_reset(self, caller: &Caller, request: ResetRequest) -> Result<ResetRequested, SignInError> {
        request_reset::run(self.0, caller, request).await
    }

    /// Looks at a link; changes nothing (R34).
    pub async fn look(self, workspace: &Workspace, token: &RawToken) -> Result<ResetPage, SignInError> {
        reset_password::look(self.0, workspace, token).await
    }

    /// Sets a new password by a link.
    pub async fn reset_password(self, caller: &Caller, request: NewPassword) -> Result<ResetResult, SignInError> {
        reset_password::run(self.0, caller, request).await
    }

    /// Makes the operator's link for somebody who runs the workspace (B15), and tells all who do.
    pub async fn recover(
        self,
        actor: Actor,
        workspace: &Workspace,
        address: &EmailAddress,
    ) -> Result<RecoveryLink, RecoverError> {
        recover::issue(self.0, actor, workspace, address).await
    }

    /// Looks at such a link; changes nothing (R34).
    pub async fn look_at_recovery(self, workspace: &Workspace, token: &RawToken) -> Result<RecoverPage, SignInError> {
        recover::look(self.0, workspace, token).await
    }

    /// Uses such a link, once: an attempt that can set a new password and second factor, and nothing else (R73).
    pub async fn begin_recovery(
        self,
        caller: &Caller,
        workspace: &Workspace,
        token: &RawToken,
    ) -> Result<Recovered, SignInError> {
        recover::run(self.0, caller, workspace, token).await
    }

    /// What can be done in such an attempt; `None` if it is over, or another browser's.
    pub async fn recovery(
        self,
        caller: &Caller,
        workspace: &Workspace,
        flow: FlowId,
    ) -> Result<Option<RecoverySetUp>, SignInError> {
        recover::view(self.0, caller, workspace, flow).await
    }

    /// Sets the new password in such an attempt.
    pub async fn set_recovered_password(
        self,
        caller: &Caller,
        workspace: &Workspace,
        flow: FlowId,
        password: Password,
    ) -> Result<RecoveredPassword, SignInError> {
        recover::set_password(self.0, caller, workspace, flow, password).await
    }

    /// Turns the old second factor off in such an attempt; `None` if it is over.
    pub async fn disable_lost_two_factor(
        self,
        caller: &Caller,
        workspace: &Workspace,
        flow: FlowId,
    ) -> Result<Option<bool>, SignInError> {
        recover::disable_two_factor(self.0, caller, workspace, flow).await
    }

    /// Ends such an attempt, once everything is set.
    pub async fn finish_recovery(
        self,
        caller: &Caller,
        workspace: &Workspace,
        flow: FlowId,
    ) -> Result<(), SignInError> {
        recover::finish(self.0, caller, workspace, flow).await
    }
}

/// Second factors, passkeys and fresh proofs.
#[derive(Debug, Clone, Copy)]
pub struct Factors<'a>(&'a Context);

impl Factors<'_> {
    /// Leave to change something sensitive of one's own account, if the session's last proof is fresh enough (R11).
    pub fn fresh(self, session: &SessionView) -> Option<FreshProof> {
        FreshProof::of(session, self.0.config.limits.fresh_proof(), self.0.now())
    }

    /// The leave that a session gives by itself for something dangerous that is done to others, if its owner has proved who
    /// they are within [`doorward_domain::limits::Limits::fresh_proof_admin`] (R99).
    pub fn fresh_for_others(self, session: &SessionView) -> Option<FreshProof> {
        FreshProof::of(session, self.0.config.limits.fresh_proof_admin(), self.0.now())
    }

    /// By what the session's owner can show afresh who they are.
    pub async fn fresh_proof_ways(
        self,
        workspace: &Workspace,
        session: &SessionView,
    ) -> Result<Vec<FreshProofWay>, SignInError> {
        prove_afresh::ways(self.0, workspace, session).await
    }

    /// Puts a code for a fresh proof on its way; `None` where a code does not count for them.
    pub async fn send_fresh_proof_code(
        self,
        caller: &Caller,
        workspace: &Workspace,
        session: &SessionView,
    ) -> Result<Option<SignInOutcome>, SignInError> {
        prove_afresh::send_fresh_proof_code(self.0, caller, workspace, session).await
    }

    /// A challenge for a passkey as a fresh proof, at `origin`; `None` if they have none.
    pub async fn begin_fresh_proof(
        self,
        caller: &Caller,
        workspace: &Workspace,
        session: &SessionView,
        origin: &str,
    ) -> Result<Option<PasskeyChallenge>, SignInError> {
        prove_afresh::begin_passkey(self.0, caller, workspace, session, origin).await
    }

    /// Shows afresh who one is, in a session and with the digest of the token that was presented for it: the session goes
    /// on under a new one, and of many proofs at once one renews it (R79).
    pub async fn prove_afresh(
        self,
        caller: &Caller,
        workspace: &Workspace,
        session: (&SessionView, TokenDigest),
        evidence: Evidence,
    ) -> Result<ProvedAfresh, SignInError> {
        prove_afresh::run(self.0, caller, workspace, session, evidence).await
    }

    /// Begins setting up an authenticator app: draws a key. `false` if whoever asks may not (any more).
    pub async fn begin_two_factor(
        self,
        caller: &Caller,
        workspace: &Workspace,
        enroller: Enroller,
    ) -> Result<bool, SignInError> {
        enable_two_factor::begin(self.0, caller, workspace, enroller).await
    }

    /// The key that is being set up; `None` if there is none. Changes nothing.
    pub async fn two_factor_setup(
        self,
        caller: &Caller,
        workspace: &Workspace,
        enroller: Enroller,
    ) -> Result<Option<AppSetup>, SignInError> {
        enable_two_factor::show(self.0, caller, workspace, enroller).await
    }

    /// Turns two-factor authentication on with the first code of the app (B11).
    pub async fn enable_two_factor(
        self,
        caller: &Caller,
        workspace: &Workspace,
        enroller: Enroller,
        typed: &str,
    ) -> Result<Enabled, SignInError> {
        enable_two_factor::run(self.0, caller, workspace, enroller, typed).await
    }

    /// Turns it off. `false` if it was not on.
    pub async fn disable_two_factor(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
    ) -> Result<bool, SignInError> {
        disable_two_factor::run(self.0, caller, workspace, proof).await
    }

    /// Makes ten new backup codes, to be shown once; `None` if two-factor authentication is not on (B12).
    pub async fn renew_backup_codes(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
    ) -> Result<Option<Vec<BackupCode>>, SignInError> {
        renew_backup_codes::run(self.0, caller, workspace, proof).await
    }

    /// A challenge for a new passkey, at `origin`; `None` if the account is gone (B10).
    pub async fn begin_add_passkey(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
        origin: &str,
    ) -> Result<Option<PasskeyChallenge>, SignInError> {
        add_passkey::begin(self.0, caller, workspace, proof, origin).await
    }

    /// Keeps the passkey that answered: `round` is the challenge's round and the authenticator's answer.
    pub async fn add_passkey(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
        round: (CeremonyId, &serde_json::Value),
        name: &str,
    ) -> Result<AddedPasskey, SignInError> {
        add_passkey::run(self.0, caller, workspace, proof, round, name).await
    }

    /// Gives a passkey another name. `false` if it is not theirs, or no name was typed.
    pub async fn rename_passkey(
        self,
        caller: &Caller,
        workspace: &Workspace,
        user: UserId,
        id: PasskeyId,
        name: &str,
    ) -> Result<bool, SignInError> {
        rename_passkey::run(self.0, caller, workspace, user, id, name).await
    }

    /// Removes a passkey. `false` if it is not theirs.
    pub async fn remove_passkey(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
        id: PasskeyId,
    ) -> Result<bool, SignInError> {
        remove_passkey::run(self.0, caller, workspace, proof, id).await
    }
}

/// One's own account: making it, and changing what belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct Accounts<'a>(&'a Context);

impl Accounts<'_> {
    /// Begins a sign-up (A3). It is finished by [`SignIn::redeem_code`] with [`FlowPurpose::SignUp`].
    pub async fn sign_up(self, caller: &Caller, request: SignUpRequest) -> Result<SignUpOutcome, SignInError> {
        sign_up::run(self.0, caller, request).await
    }

    /// Everything that the security page shows; `None` if the account is gone.
    pub async fn security(
        self,
        workspace: &Workspace,
        session: &SessionView,
    ) -> Result<Option<SecurityOverview>, SignInError> {
        look_at_security::run(self.0, workspace, session).await
    }

    /// What a change would newly leave one with, to be told before it is made.
    pub async fn warnings_before(
        self,
        workspace: &Workspace,
        session: &SessionView,
        change: PlannedChange,
    ) -> Result<Vec<WayWarning>, SignInError> {
        look_at_security::warnings(self.0, workspace, session, change).await
    }

    /// What is connected to the account of a session, and what could be (A6); `None` if the account is gone.
    pub async fn connections(
        self,
        workspace: &Workspace,
        session: &SessionView,
    ) -> Result<Option<OwnConnections>, SignInError> {
        connect_identity::list(self.0, workspace, session).await
    }

    /// Sends the owner of a session to a provider, to connect who they are there (A6, R57). It is finished by
    /// [`SignIn::finish_with_provider`] in the same session.
    pub async fn connect_identity(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
        provider: &ProviderId,
    ) -> Result<Departed, SignInError> {
        connect_identity::begin(self.0, caller, workspace, proof, provider).await
    }

    /// Takes an identity of a provider off the account, unless it is the last way in (A6).
    pub async fn disconnect_identity(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
        connection: ConnectionId,
    ) -> Result<DisconnectedIdentity, SignInError> {
        disconnect_identity::run(self.0, caller, workspace, proof, connection).await
    }

    /// The person behind a session, with all addresses; `None` if the account is gone.
    pub async fn person(self, workspace: &Workspace, session: &SessionView) -> Result<Option<User>, PortError> {
        self.0.ports.users.find(workspace.id, session.user).await
    }

    /// Saves name, language and time zone (A4).
    pub async fn save_profile(
        self,
        caller: &Caller,
        workspace: &Workspace,
        user: UserId,
        form: ProfileForm,
    ) -> Result<SavedProfile, SignInError> {
        edit_profile::run(self.0, caller, workspace, user, form).await
    }

    /// Sets the picture from an upload, or removes it (A4).
    pub async fn set_picture(
        self,
        caller: &Caller,
        workspace: &Workspace,
        user: UserId,
        upload: Option<Vec<u8>>,
    ) -> Result<SavedPicture, SignInError> {
        edit_profile::set_picture(self.0, caller, workspace, user, upload).await
    }

    /// The picture, if there is one.
    pub async fn picture(self, workspace: &Workspace, user: UserId) -> Result<Option<Picture>, PortError> {
        self.0.ports.profiles.picture(workspace.id, user).await
    }

    /// Changes the password, or sets a first one (R11).
    pub async fn change_password(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
        password: Password,
    ) -> Result<ChangedPassword, SignInError> {
        change_password::run(self.0, caller, workspace, proof, password).await
    }

    /// Adds an address; its mailbox is to prove it (A5).
    pub async fn add_email(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
        address: EmailAddress,
    ) -> Result<AddedEmail, SignInError> {
        add_email::run(self.0, caller, workspace, proof, address).await
    }

    /// Sends the proof of an unproved address again.
    pub async fn resend_email_proof(
        self,
        caller: &Caller,
        workspace: &Workspace,
        user: UserId,
        id: EmailId,
    ) -> Result<AddedEmail, SignInError> {
        add_email::resend(self.0, caller, workspace, user, id).await
    }

    /// Looks at the link that proves an address; changes nothing (R34).
    pub async fn look_at_verification(
        self,
        workspace: &Workspace,
        token: &RawToken,
    ) -> Result<VerifyEmailPage, SignInError> {
        verify_email::look(self.0, workspace, token).await
    }

    /// Proves an address by the link that was mailed to it.
    pub async fn verify_email(
        self,
        caller: &Caller,
        workspace: &Workspace,
        token: &RawToken,
    ) -> Result<VerifiedEmail, SignInError> {
        verify_email::run(self.0, caller, workspace, token).await
    }

    /// Makes a proved address the primary one.
    pub async fn make_email_primary(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
        id: EmailId,
    ) -> Result<EmailChanged, SignInError> {
        make_email_primary::run(self.0, caller, workspace, proof, id).await
    }

    /// Removes an address.
    pub async fn remove_email(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
        id: EmailId,
    ) -> Result<EmailChanged, SignInError> {
        remove_email::run(self.0, caller, workspace, proof, id).await
    }

    /// Looks at the link that undoes a change of addresses; changes nothing (R34).
    pub async fn look_at_revert(self, workspace: &Workspace, token: &RawToken) -> Result<RevertEmailPage, SignInError> {
        revert_email::look(self.0, workspace, token).await
    }

    /// Undoes a change of addresses (R48).
    pub async fn revert_email(
        self,
        caller: &Caller,
        workspace: &Workspace,
        token: &RawToken,
    ) -> Result<RevertedEmail, SignInError> {
        revert_email::run(self.0, caller, workspace, token).await
    }

    /// Looks at the link that says "this wasn't me"; changes nothing (R34).
    pub async fn look_at_disowned(self, workspace: &Workspace, token: &RawToken) -> Result<DisownPage, SignInError> {
        disown_session::look(self.0, workspace, token).await
    }

    /// "This wasn't me": ends that session and starts a reset.
    pub async fn disown_session(
        self,
        caller: &Caller,
        workspace: &Workspace,
        token: &RawToken,
    ) -> Result<Disowned, SignInError> {
        disown_session::run(self.0, caller, workspace, token).await
    }
}

/// The hand of operator and portal application on people.
#[derive(Debug, Clone, Copy)]
pub struct People<'a>(&'a Context);

impl People<'_> {
    /// Makes a person.
    pub async fn create(self, actor: Actor, request: CreateUser) -> Result<CreatedUser, CreateUserError> {
        create_user::run(self.0, actor, request).await
    }

    /// Sets the password of whoever has that address.
    pub async fn set_password(
        self,
        actor: Actor,
        workspace: &Workspace,
        address: &EmailAddress,
        password: Password,
    ) -> Result<(), SetPasswordError> {
        set_password::run(self.0, actor, workspace, address, password).await
    }

    /// Disables or enables whoever has that address; `None` if nobody has.
    pub async fn set_status(
        self,
        actor: Actor,
        workspace: &Workspace,
        address: &EmailAddress,
        status: UserStatus,
    ) -> Result<Option<UserId>, SetStatusError> {
        set_status::run(self.0, actor, workspace, address, status).await
    }

    /// Finds or makes a contact (A1), and says whether it was made.
    pub async fn upsert_contact(self, acting: &Acting, contact: Contact) -> Result<(User, bool), PortError> {
        upsert_contact::run(self.0, acting, contact).await
    }

    /// The person of that id.
    pub async fn find(self, workspace: &Workspace, id: UserId) -> Result<Option<User>, PortError> {
        self.0.ports.users.find(workspace.id, id).await
    }

    /// A page of people.
    pub async fn search(self, workspace: &Workspace, query: UserQuery) -> Result<Vec<User>, PortError> {
        self.0.ports.users.search(workspace.id, query).await
    }

    /// Why somebody cannot sign in (C4).
    pub async fn explain(self, workspace: &Workspace, address: &EmailAddress) -> Result<Explanation, PortError> {
        explain::run(self.0, workspace, address).await
    }
}

/// Personal portal links (B4): making, listing, taking back, opening.
#[derive(Debug, Clone, Copy)]
pub struct PortalLinks<'a>(&'a Context);

impl PortalLinks<'_> {
    /// Makes a link for one contact, whose address is told here and never again.
    pub async fn create(
        self,
        acting: &Acting,
        workspace: &Workspace,
        request: PortalLinkRequest,
    ) -> Result<NewPortalLink, CreatePortalLinkError> {
        create_portal_link::run(self.0, acting, workspace, request).await
    }

    /// The newest 200 links of somebody, whatever became of them, newest first; `None` if nobody is named so.
    pub async fn list(self, workspace: &Workspace, whom: &Whom) -> Result<Option<Vec<PortalLink>>, PortError> {
        revoke_portal_link::list(self.0, workspace, whom).await
    }

    /// Takes a link of somebody back. `false` if they have none of that id, or it was taken back before.
    pub async fn revoke(
        self,
        acting: &Acting,
        workspace: &Workspace,
        user: UserId,
        id: PortalLinkId,
    ) -> Result<bool, PersonError> {
        revoke_portal_link::run(self.0, acting, workspace, user, id).await
    }

    /// Looks at a link; changes nothing (R34).
    pub async fn look(self, workspace: &Workspace, token: &RawToken) -> Result<PortalPage, SignInError> {
        open_portal_link::look(self.0, workspace, token).await
    }

    /// Puts a code on its way to the contact that a link names. The link identifies, it never authenticates (B4).
    pub async fn open(
        self,
        caller: &Caller,
        workspace: &Workspace,
        token: &RawToken,
    ) -> Result<OpenedPortalLink, SignInError> {
        open_portal_link::run(self.0, caller, workspace, token).await
    }
}

/// The synced directory (B9): its tokens, what they sync, and runs over a file.
#[derive(Debug, Clone, Copy)]
pub struct DirectoryDesk<'a>(&'a Context);

impl DirectoryDesk<'_> {
    /// Makes a token, which is told here and never again.
    pub async fn create_token(
        self,
        actor: Actor,
        client: Option<&Client>,
        workspace: &Workspace,
        wanted: NewScimToken,
    ) -> Result<(ScimToken, String), PortError> {
        create_scim_token::run(self.0, actor, client, workspace, wanted).await
    }

    /// Gives a token another secret; `None` if there is no such token.
    pub async fn renew_token(
        self,
        actor: Actor,
        client: Option<&Client>,
        workspace: &Workspace,
        token: ScimTokenId,
    ) -> Result<Option<String>, PortError> {
        renew_scim_token::run(self.0, actor, client, workspace, token).await
    }

    /// Takes a token back; `false` if there is no such live token.
    pub async fn revoke_token(
        self,
        actor: Actor,
        client: Option<&Client>,
        workspace: &Workspace,
        token: ScimTokenId,
    ) -> Result<bool, PortError> {
        revoke_scim_token::run(self.0, actor, client, workspace, token).await
    }

    /// All tokens, oldest first.
    pub async fn tokens(self, workspace: &Workspace) -> Result<Vec<ScimToken>, PortError> {
        self.0.ports.scim_tokens.list(workspace.id).await
    }

    /// The live token that was shown, if it is one of this workspace.
    pub async fn find_token(self, workspace: &Workspace, shown: &str) -> Result<Option<ScimToken>, PortError> {
        create_scim_token::find(self.0, workspace, shown).await
    }

    /// Users of a token.
    pub async fn users(self, token: &ScimToken, query: RecordQuery) -> Result<Listed<ListedRecord>, PortError> {
        sync_directory::users(self.0, token, query).await
    }

    /// Groups of a token.
    pub async fn groups(self, token: &ScimToken, query: GroupQuery) -> Result<Listed<DirectoryGroup>, PortError> {
        sync_directory::groups(self.0, token, query).await
    }

    /// Makes a change by a token; with `only_at`, only while the entry is of that version.
    pub async fn sync(
        self,
        token: &ScimToken,
        client: &Client,
        change: Change,
        only_at: Option<i64>,
    ) -> Result<Synced, SyncError> {
        sync_directory::run(self.0, token, client, change, only_at).await
    }
}

/// Checking sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionDesk<'a>(&'a Context);

impl SessionDesk<'_> {
    /// Who this is (D1), or `None`. Answers for the workspace of the session, whichever that is: the edge compares it
    /// with the one that was asked.
    pub async fn check(self, token: &TokenDigest) -> Result<Option<Arc<SessionView>>, PortError> {
        let now = self.0.now();
        match self.0.ports.sessions.peek(token, now) {
            Some(answer) => Ok(answer),
            None => self.0.ports.sessions.check(token, now).await,
        }
    }

    /// All live sessions of whoever this one belongs to, this one first (A7).
    pub async fn list(self, workspace: &Workspace, session: &SessionView) -> Result<Vec<OwnSession>, SignInError> {
        end_session::list(self.0, workspace, session).await
    }

    /// Ends one of them. `false` if it is not theirs, or over.
    pub async fn end(
        self,
        caller: &Caller,
        workspace: &Workspace,
        session: &SessionView,
        id: SessionId,
    ) -> Result<bool, SignInError> {
        end_session::run(self.0, caller, workspace, session, id).await
    }

    /// Ends all but this one, and says how many.
    pub async fn end_others(
        self,
        caller: &Caller,
        workspace: &Workspace,
        session: &SessionView,
    ) -> Result<u64, SignInError> {
        end_session::end_others(self.0, caller, workspace, session).await
    }
}

/// Making workspaces and keys, and changing settings.
#[derive(Debug, Clone, Copy)]
pub struct WorkspaceDesk<'a>(&'a Context);

impl WorkspaceDesk<'_> {
    /// Makes a workspace and its owner.
    pub async fn create(
        self,
        actor: Actor,
        request: CreateWorkspace,
    ) -> Result<CreatedWorkspace, CreateWorkspaceError> {
        create_workspace::run(self.0, actor, request).await
    }

    /// Changes rules of the door, all or none (C3), and says what they are afterwards.
    pub async fn change_settings(
        self,
        acting: &Acting,
        workspace: &Workspace,
        changes: &[SettingChange],
        how: ChangeHow,
    ) -> Result<SavedSettings, SaveSettingsError> {
        change_settings::run_as(self.0, acting, workspace, changes, how).await
    }

    /// Adds a key of hand-over (B18); a shared secret is handed out once.
    pub async fn add_hand_over_key(
        self,
        acting: &Acting,
        workspace: &Workspace,
        request: NewHandOverKey,
    ) -> Result<AddedHandOverKey, AddHandOverKeyError> {
        add_hand_over_key::run(self.0, acting, workspace, request).await
    }

    /// All keys of hand-over, revoked ones too, oldest first.
    pub async fn hand_over_keys(self, workspace: &Workspace) -> Result<Vec<HandOverKey>, PortError> {
        revoke_hand_over_key::list(self.0, workspace).await
    }

    /// Takes a key of hand-over back. `false` if there is no live one of that id.
    pub async fn revoke_hand_over_key(
        self,
        acting: &Acting,
        workspace: &Workspace,
        id: HandOverKeyId,
    ) -> Result<bool, PortError> {
        revoke_hand_over_key::run(self.0, acting, workspace, id).await
    }

    /// What is wrong with a token of hand-over (B18), if anything. Uses nothing up.
    pub async fn check_hand_over_token(
        self,
        workspace: &Workspace,
        token: &HandOverToken,
    ) -> Result<HandOverChecked, PortError> {
        check_hand_over_token::run(self.0, workspace, token).await
    }

    /// Makes an API key, handed out once.
    pub async fn create_api_key(
        self,
        acting: &Acting,
        workspace: &Workspace,
        wanted: NewApiKey,
    ) -> Result<(ApiKey, String), CreateApiKeyError> {
        create_api_key::run(self.0, acting, workspace, wanted).await
    }

    /// The live API key that was shown, if it is one of this workspace.
    pub async fn find_api_key(self, workspace: &Workspace, shown: &str) -> Result<Option<ApiKey>, PortError> {
        create_api_key::find(self.0, workspace, shown).await
    }
}
