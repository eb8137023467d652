//! The façade: one handle, cheap to clone, with the use cases grouped by what they are about.

use std::sync::Arc;

use doorward_domain::api_key::{ApiKey, Scope};
use doorward_domain::audit::Actor;
use doorward_domain::client::Client;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{FlowId, UserId};
use doorward_domain::ports::{PortError, UserQuery};
use doorward_domain::secret::{Password, RawToken, TokenDigest};
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::FlowPurpose;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{User, UserStatus};
use doorward_domain::workspace::Workspace;

use crate::account::sign_up::{self, SignUpOutcome, SignUpRequest};
use crate::context::{AuthConfig, Caller, Context, Ports};
use crate::outcome::{FlowView, SignInError, SignInOutcome};
use crate::people::create_user::{self, CreateUser, CreateUserError, CreatedUser};
use crate::people::explain::{self, Explanation};
use crate::people::set_password::{self, SetPasswordError};
use crate::people::set_status;
use crate::people::upsert_contact::{self, Contact};
use crate::recovery::request_reset::{self, ResetRequest, ResetRequested};
use crate::recovery::reset_password::{self, NewPassword, ResetPage, ResetResult};
use crate::sign_in::redeem_code::{self, CodeRedemption};
use crate::sign_in::request_code::{self, CodeRequest};
use crate::sign_in::sign_out;
use crate::sign_in::with_password::{self, PasswordSignIn};
use crate::workspace::create_api_key;
use crate::workspace::create_workspace::{self, CreateWorkspace, CreateWorkspaceError, CreatedWorkspace};

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

    /// Making an account by oneself.
    pub const fn account(&self) -> Accounts<'_> {
        Accounts(&self.context)
    }

    /// The hand of operator and portal application on people.
    pub const fn people(&self) -> People<'_> {
        People(&self.context)
    }

    /// Checking sessions.
    pub const fn sessions(&self) -> SessionDesk<'_> {
        SessionDesk(&self.context)
    }

    /// Making workspaces and keys.
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
        let Some(flow) = self.own_flow(caller, workspace, flow).await? else {
            return Ok(None);
        };
        let key = flow.email.key();
        let standing = self.0.standing(caller, workspace.id, &key);
        Ok(Some(FlowView {
            flow: flow.id,
            masked: flow.email.masked(),
            sent_at: flow.last_sent_at,
            resend_at: request_code::resend_at(self.0, workspace, &key, &standing, now).await?,
            live: flow.is_live(&self.0.config.limits, now),
            return_to: flow.return_to,
            address: flow.email,
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
}

/// Making an account by oneself.
#[derive(Debug, Clone, Copy)]
pub struct Accounts<'a>(&'a Context);

impl Accounts<'_> {
    /// Begins a sign-up (A3). It is finished by [`SignIn::redeem_code`] with [`FlowPurpose::SignUp`].
    pub async fn sign_up(self, caller: &Caller, request: SignUpRequest) -> Result<SignUpOutcome, SignInError> {
        sign_up::run(self.0, caller, request).await
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
    ) -> Result<Option<UserId>, PortError> {
        set_status::run(self.0, actor, workspace, address, status).await
    }

    /// Finds or makes a contact (A1), and says whether it was made.
    pub async fn upsert_contact(self, actor: Actor, contact: Contact) -> Result<(User, bool), PortError> {
        upsert_contact::run(self.0, actor, contact).await
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
}

/// Making workspaces and keys.
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

    /// Makes an API key, handed out once.
    pub async fn create_api_key(
        self,
        actor: Actor,
        workspace: &Workspace,
        scopes: Vec<Scope>,
    ) -> Result<(ApiKey, String), PortError> {
        create_api_key::run(self.0, actor, workspace, scopes).await
    }

    /// The live API key that was shown, if it is one of this workspace.
    pub async fn find_api_key(self, workspace: &Workspace, shown: &str) -> Result<Option<ApiKey>, PortError> {
        create_api_key::find(self.0, workspace, shown).await
    }
}
