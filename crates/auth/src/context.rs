//! What every use case is handed: ports, configuration, and who is calling.

use std::sync::Arc;
use std::time::Duration;

use doorward_domain::audit::{Actor, AuditAction, AuditEntry};
use doorward_domain::client::Client;
use doorward_domain::device::DeviceCookies;
use doorward_domain::directory::DirectoryFacts;
use doorward_domain::email_address::{EmailAddress, EmailKey};
use doorward_domain::ids::{AuditId, MailId, ReceiptId, UserId, WorkspaceId};
use doorward_domain::limits::Limits;
use doorward_domain::mail::{AskedBy, Message, NewMail, SecurityEvent, Sender};
use doorward_domain::policy::PolicySet;
use doorward_domain::ports::PortResult;
use doorward_domain::ports::{
    ApiKeys, Audit, AuditChain, AuditLog, CallerChallenges, Clock, Connections, Credentials, Departures, Directory,
    DirectoryBook, DirectoryUploads, DoorSettings, Emails, Entropy, Factors, Flows, Foundings, HandOverKeys,
    HandOverVerifier, IdentityProvider, Links, MailLog, Organisations, Outbox, OwnSessions, Passkeys, PasswordHasher,
    Population, PortalLinks, Profiles, Receipts, Retention, Roles, Roster, RoundTrips, ScimTokens, Sessions, Throttle,
    Tickets, Users, Waits, WorkspaceFaces, WorkspaceProviders, Workspaces,
};
use doorward_domain::provider::Arrived;
use doorward_domain::public_url::PublicUrl;
use doorward_domain::reason::PrivateReason;
use doorward_domain::role::{Permission, Rights, Role};
use doorward_domain::secret::{CodeKey, HelpCode, TokenDigest};
use doorward_domain::sign_in::{Binding, Finding, PersonFacts, Receipt, ReceiptOutcome, Rule, Ruling};
use doorward_domain::throttle::{Admission, Budgets, Standing};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, User, UserStatus};
use doorward_domain::workspace::{Slug, Workspace};

use crate::outcome::SignInError;
use crate::workspace::preview_settings::PreviewTurns;

/// Everything that the core asks of the world.
#[derive(Clone)]
pub struct Ports {
    /// Workspaces.
    pub workspaces: Arc<dyn Workspaces>,
    /// People.
    pub users: Arc<dyn Users>,
    /// Changes of credentials.
    pub credentials: Arc<dyn Credentials>,
    /// Addresses of accounts.
    pub emails: Arc<dyn Emails>,
    /// Profiles.
    pub profiles: Arc<dyn Profiles>,
    /// Providers of single sign-on.
    pub provider: Arc<dyn IdentityProvider>,
    /// Round trips to them.
    pub trips: Arc<dyn RoundTrips>,
    /// Identities of theirs that are connected.
    pub connections: Arc<dyn Connections>,
    /// The synced directory.
    pub directory: Arc<dyn Directory>,
    /// The synced directory, as it is read.
    pub directory_book: Arc<dyn DirectoryBook>,
    /// Files of it that wait for somebody's word.
    pub directory_uploads: Arc<dyn DirectoryUploads>,
    /// Tokens by which it is synced.
    pub scim_tokens: Arc<dyn ScimTokens>,
    /// Settings of doors, and those on trial.
    pub door_settings: Arc<dyn DoorSettings>,
    /// Everybody of a workspace.
    pub population: Arc<dyn Population>,
    /// Keys of hand-over.
    pub hand_over_keys: Arc<dyn HandOverKeys>,
    /// Workspaces that are about to be made.
    pub foundings: Arc<dyn Foundings>,
    /// Tickets from one host to another.
    pub tickets: Arc<dyn Tickets>,
    /// Credentials of providers that workspaces bring themselves.
    pub workspace_providers: Arc<dyn WorkspaceProviders>,
    /// How workspaces look.
    pub workspace_faces: Arc<dyn WorkspaceFaces>,
    /// Checks signatures of hand-over.
    pub hand_over: Arc<dyn HandOverVerifier>,
    /// Second factors.
    pub factors: Arc<dyn Factors>,
    /// Passkeys.
    pub passkeys: Arc<dyn Passkeys>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// The sessions of one person, as they see them.
    pub own_sessions: Arc<dyn OwnSessions>,
    /// Counters.
    pub throttle: Arc<dyn Throttle>,
    /// Counters, as those see them who answer for the people behind them.
    pub waits: Arc<dyn Waits>,
    /// Attempts and codes.
    pub flows: Arc<dyn Flows>,
    /// Mailed links.
    pub links: Arc<dyn Links>,
    /// Personal portal links.
    pub portal_links: Arc<dyn PortalLinks>,
    /// Challenges to people who call.
    pub caller_challenges: Arc<dyn CallerChallenges>,
    /// Accounts that are deleted.
    pub departures: Arc<dyn Departures>,
    /// What staff say of people.
    pub roster: Arc<dyn Roster>,
    /// Promised mails.
    pub outbox: Arc<dyn Outbox>,
    /// Receipts.
    pub receipts: Arc<dyn Receipts>,
    /// Audit log.
    pub audit: Arc<dyn Audit>,
    /// The audit log, as it is read.
    pub audit_log: Arc<dyn AuditLog>,
    /// The seals of the audit log.
    pub audit_chain: Arc<dyn AuditChain>,
    /// The mail log.
    pub mail_log: Arc<dyn MailLog>,
    /// Removing what was kept long enough.
    pub retention: Arc<dyn Retention>,
    /// Keys of portal applications.
    pub api_keys: Arc<dyn ApiKeys>,
    /// Roles of the workspaces' own making.
    pub roles: Arc<dyn Roles>,
    /// Organisations.
    pub organisations: Arc<dyn Organisations>,
    /// Password hashing.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports { .. }")
    }
}

/// What the core is configured with.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// Budgets and waits.
    pub limits: Limits,
    /// Key under which codes and device cookies are authenticated (R29).
    pub code_key: CodeKey,
    /// The address that people see; links are built from it (R35).
    pub public_url: PublicUrl,
    /// The workspace served at the base host.
    pub default_workspace: Option<Slug>,
    /// Whether anybody but the operator makes workspaces (C8).
    pub self_service: bool,
    /// Policies beside the built-in rules.
    pub policies: PolicySet,
}

/// Who makes a request, as far as the edge knows.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Address, user agent, request id.
    pub client: Client,
    /// The browser (by its flow cookie) or the app, for attempts that span requests (R25).
    pub binding: Binding,
    /// The device cookie as sent, if one was (R26).
    pub device: Option<String>,
    /// Language to write mails in, if the reader's own is not known.
    pub language: String,
    /// Digest of a session token that the browser already holds; it is dead once a new session opens (R79).
    pub previous_session: Option<TokenDigest>,
}

/// Who acts on others: staff, the portal application, or the operator.
#[derive(Debug, Clone)]
pub struct Acting {
    /// Who, for the audit log.
    pub actor: Actor,
    /// How far their hand reaches (R97).
    pub rights: Rights,
    /// From where, if by a request.
    pub client: Option<Client>,
}

impl Acting {
    /// The operator at the command line.
    pub const fn operator() -> Self {
        Self {
            actor: Actor::Operator,
            rights: Rights::OPERATOR,
            client: None,
        }
    }
}

/// The shared inside of the façade.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) ports: Ports,
    pub(crate) config: Arc<AuthConfig>,
    /// One picture is decoded at a time.
    pub(crate) pictures: Arc<tokio::sync::Semaphore>,
    /// Whose turn it is to look at everybody of a workspace.
    pub(crate) previews: PreviewTurns,
}

impl Context {
    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.ports.entropy.as_ref()
    }

    pub(crate) fn budgets(&self) -> Budgets<'_> {
        Budgets(&self.config.limits)
    }

    /// Counts something that takes the server a while, for whoever is signed in, as a try to sign in is counted (R89): else
    /// one account could keep hashing busy for all, and fill its mailboxes with notices.
    pub(crate) async fn admit_costly(&self, caller: &Caller, workspace: WorkspaceId) -> Result<(), SignInError> {
        let charge = self.budgets().network_try(&caller.client.network());
        let now = self.now();
        match self.ports.throttle.consume(workspace, vec![charge], now).await? {
            Admission::Admitted => Ok(()),
            Admission::Exceeded { retry_at, .. } => Err(SignInError::too_many_tries(retry_at, now)),
        }
    }

    pub(crate) fn standing(&self, caller: &Caller, workspace: WorkspaceId, address: &EmailKey) -> Standing {
        DeviceCookies(&self.config.code_key).standing(caller.device.as_deref(), workspace, address)
    }

    pub(crate) fn url(&self, workspace: &Workspace, path: &str) -> String {
        let origin = self
            .config
            .public_url
            .origin_of_workspace(workspace, self.config.default_workspace.as_ref());
        format!("{origin}{path}")
    }

    pub(crate) fn sender(&self, workspace: &Workspace) -> Sender {
        Sender {
            workspace_name: workspace.name.clone(),
            sign_in_url: self.url(workspace, "/sign-in"),
            accent: workspace.portal.accent.clone(),
            from: workspace.portal.mail_from.clone(),
            from_name: workspace.portal.mail_name.clone(),
            links: workspace.portal.links.clone(),
        }
    }

    pub(crate) fn mail(
        &self,
        workspace: &Workspace,
        to: Recipient<'_>,
        message: Message,
        life: Option<Duration>,
        now: Timestamp,
    ) -> NewMail {
        NewMail {
            id: MailId::sortable(self.entropy(), now),
            workspace: workspace.id,
            to: to.address,
            user: to.reader.map(|user| user.id),
            sender: self.sender(workspace),
            message,
            language: workspace
                .portal
                .language_for(
                    to.reader
                        .and_then(|user| user.language.as_deref())
                        .into_iter()
                        .chain([to.language]),
                )
                .to_owned(),
            time_zone: to.reader.and_then(|user| user.time_zone.clone()),
            expires_at: life.map(|life| now.plus(life)),
            created_at: now,
        }
    }

    /// Mails that tell the owner of an account, at its primary and every proved address, of something that matters.
    pub(crate) fn notices(
        &self,
        workspace: &Workspace,
        user: &User,
        language: &str,
        message: &Message,
        now: Timestamp,
    ) -> Vec<NewMail> {
        user.emails
            .iter()
            .filter(|email| email.reaches_owner())
            .map(|email| {
                let to = Recipient {
                    address: email.address.clone(),
                    reader: Some(user),
                    language,
                };
                self.mail(workspace, to, message.clone(), None, now)
            })
            .collect()
    }

    /// The same, of a change of how the account is protected, or of its use.
    pub(crate) fn security_notices(
        &self,
        workspace: &Workspace,
        user: &User,
        caller: &Caller,
        what: SecurityEvent,
        now: Timestamp,
    ) -> Vec<NewMail> {
        let page = match what {
            SecurityEvent::IdentityConnected { .. } | SecurityEvent::IdentityDisconnected { .. } => {
                "/account/connections"
            }
            _ => "/account/security",
        };
        let message = Message::SecurityNotice {
            what,
            by: asked_by(caller, now),
            security_url: self.url(workspace, page),
            forgot_password_url: self.url(workspace, "/forgot-password"),
        };
        self.notices(workspace, user, &caller.language, &message, now)
    }

    /// Mails that tell everybody who runs the workspace of the use of an emergency door (B15).
    pub(crate) async fn announcement(
        &self,
        workspace: &Workspace,
        message: &Message,
        language: &str,
        now: Timestamp,
    ) -> PortResult<Vec<NewMail>> {
        let runners: Vec<Role> = Role::ALL
            .into_iter()
            .filter(|role| role.may(Permission::UseBackupSignIn))
            .collect();
        let people = self.ports.users.with_roles(workspace.id, runners).await?;
        let mails = people
            .iter()
            .filter(|person| person.status == UserStatus::Active)
            .filter_map(|person| {
                let to = Recipient {
                    address: person.primary_email()?.address.clone(),
                    reader: Some(person),
                    language,
                };
                Some(self.mail(workspace, to, message.clone(), None, now))
            })
            .collect();
        Ok(mails)
    }

    /// An audit row of something that went well.
    pub(crate) fn audit(
        &self,
        workspace: WorkspaceId,
        actor: Actor,
        subject: Option<UserId>,
        action: AuditAction,
        client: Option<&Client>,
        now: Timestamp,
    ) -> AuditEntry {
        AuditEntry {
            id: AuditId::sortable(self.entropy(), now),
            at: now,
            workspace,
            actor,
            subject,
            action,
            outcome: "ok".to_owned(),
            client: client.cloned(),
            detail: None,
        }
    }

    /// An audit row of something that somebody did to others, or to the workspace, and that went well.
    pub(crate) fn audit_of(
        &self,
        workspace: WorkspaceId,
        acting: &Acting,
        subject: Option<UserId>,
        action: AuditAction,
        now: Timestamp,
    ) -> AuditEntry {
        self.audit(
            workspace,
            acting.actor.clone(),
            subject,
            action,
            acting.client.as_ref(),
            now,
        )
    }

    /// What the rules see of the owner of an account before anything is tried: only providers that have credentials are
    /// ways in.
    pub(crate) fn facts_of_owner(&self, workspace: &Workspace, record: &SignInRecord) -> PersonFacts {
        self.with_live_providers(workspace, PersonFacts::of_owner(record))
    }

    /// The same, of somebody who typed `address`.
    pub(crate) fn facts_of(&self, workspace: &Workspace, record: &SignInRecord, address: &EmailAddress) -> PersonFacts {
        self.with_live_providers(workspace, PersonFacts::of(record, address))
    }

    fn with_live_providers(&self, workspace: &Workspace, mut person: PersonFacts) -> PersonFacts {
        if !person.providers.is_empty() {
            let live = self.ports.provider.offered(workspace);
            person
                .providers
                .retain(|id| live.iter().any(|provider| provider.id == *id));
        }
        person
    }

    /// What the directory says of whoever came from a provider (R61).
    pub(crate) async fn directory_facts(
        &self,
        workspace: &Workspace,
        arrived: &Arrived,
    ) -> PortResult<Option<DirectoryFacts>> {
        self.ports
            .directory
            .match_arrival(workspace.id, arrived)
            .await
            .map(Some)
    }

    /// A receipt and the audit row of the same attempt.
    pub(crate) fn account_for(&self, attempt: Attempt<'_>, now: Timestamp) -> (Receipt, AuditEntry) {
        let outcome = match &attempt.outcome {
            ReceiptOutcome::Refused { private, .. } => private.as_str().to_owned(),
            other => other.as_str().to_owned(),
        };
        let client = Some(&attempt.caller.client);
        // Whoever is let in has proved who they are; until then nobody has.
        let actor = match (&attempt.outcome, attempt.user) {
            (ReceiptOutcome::Granted, Some(user)) => Actor::User(user),
            _ => Actor::Anonymous,
        };
        let mut audit = self.audit(attempt.workspace, actor, attempt.user, attempt.action, client, now);
        audit.outcome = outcome;
        let receipt = Receipt {
            id: ReceiptId::sortable(self.entropy(), now),
            help_code: HelpCode::generate(self.entropy()),
            workspace: attempt.workspace,
            at: now,
            attempt: attempt.name.to_owned(),
            address: attempt.address,
            user: attempt.user,
            client: attempt.caller.client.clone(),
            outcome: attempt.outcome,
            findings: attempt.findings,
        };
        (receipt, audit)
    }
}

/// Whom a mail is for: the stored address, its owner if known, and the language to use if they chose none.
pub(crate) struct Recipient<'a> {
    pub(crate) address: EmailAddress,
    pub(crate) reader: Option<&'a User>,
    pub(crate) language: &'a str,
}

/// What a receipt is made from.
pub(crate) struct Attempt<'a> {
    pub(crate) name: &'static str,
    pub(crate) workspace: WorkspaceId,
    pub(crate) caller: &'a Caller,
    pub(crate) address: Option<EmailKey>,
    pub(crate) user: Option<UserId>,
    pub(crate) action: AuditAction,
    pub(crate) outcome: ReceiptOutcome,
    pub(crate) findings: Vec<Finding>,
}

/// Who asked, as a mail tells it.
pub(crate) fn asked_by(caller: &Caller, now: Timestamp) -> AskedBy {
    AskedBy {
        at: now,
        device: caller.client.device(),
    }
}

/// A finding that denied.
pub(crate) fn denied(rule: Rule, saw: impl Into<String>, reason: PrivateReason) -> Finding {
    Finding {
        rule,
        saw: saw.into(),
        ruling: Ruling::Deny,
        reason: Some(reason),
    }
}

/// A finding that allowed.
pub(crate) fn allowed(rule: Rule, saw: impl Into<String>) -> Finding {
    Finding {
        rule,
        saw: saw.into(),
        ruling: Ruling::Allow,
        reason: None,
    }
}
