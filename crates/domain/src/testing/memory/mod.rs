//! Every store port in memory: one value, one lock, each method atomic.

mod caller_challenges;
mod departures;
mod directory;
mod directory_book;
mod emails;
mod factors;
mod flows;
mod foundings;
mod hand_over;
mod logs;
mod organisations;
mod outbox;
mod passkeys;
mod people;
mod population;
mod portal_links;
mod profiles;
mod providers;
mod records;
mod roles;
mod roster;
mod sessions;
mod throttle;
mod waits;
mod workspace_faces;
mod workspace_providers;
mod workspaces;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::api_key::ApiKey;
use crate::audit::{Actor, AuditEntry};
use crate::directory::{DirectoryGroup, DirectoryRecord, DirectoryUpload, ScimToken};
use crate::email_address::EmailKey;
use crate::hand_over::HandOverKey;
use crate::ids::{
    DirectoryGroupId, DirectoryRecordId, FlowId, OrganisationId, RoleId, SecretId, SessionId, UserId, WorkspaceId,
};
use crate::mail::{MailState, Message, NewMail};
use crate::mail_log::MailEvent;
use crate::one_time::{Link, LinkPurpose};
use crate::organisation::Organisation;
use crate::own_provider::OwnProvider;
use crate::passkey::{Ceremony, Passkey};
use crate::picture::Picture;
use crate::portal_link::PortalLink;
use crate::ports::{FaultKind, NewCode, PortError, PortResult};
use crate::provider::{Connection, HeldArrival, ProviderId};
use crate::role::CustomRole;
use crate::second_factor::FactorRecord;
use crate::secret::{HelpCode, PasswordDigest, TokenDigest};
use crate::session::Session;
use crate::sign_in::{FlowPurpose, PendingSignIn, Receipt};
use crate::throttle::{Counter, ThrottleKey};
use crate::time::Timestamp;
use crate::user::{ContactIdentity, User, UserEmail, UserStatus};
use crate::workspace::Workspace;

/// All store ports in memory, held to the same contract suites as the databases. Clones share one state.
///
/// Beside the ports it has methods for tests: what was written ([`outbox`](Self::outbox), [`receipts`](Self::receipts),
/// [`audit_rows`](Self::audit_rows), …) and a switch that makes every port method fail as if the database were away
/// ([`set_away`](Self::set_away)).
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    away: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    workspaces: BTreeMap<WorkspaceId, Workspace>,
    people: BTreeMap<UserId, Person>,
    organisations: BTreeMap<OrganisationId, Organisation>,
    roles: BTreeMap<RoleId, CustomRole>,
    sessions: HashMap<TokenDigest, Session>,
    counters: HashMap<(WorkspaceId, ThrottleKey), KeptCounter>,
    flows: HashMap<FlowId, PendingSignIn>,
    codes: Vec<KeptCode>,
    challenges: Vec<caller_challenges::KeptChallenge>,
    links: Vec<KeptLink>,
    portal_links: Vec<PortalLink>,
    passkeys: Vec<Passkey>,
    ceremonies: Vec<Ceremony>,
    /// How often a workspace was changed.
    edition: u64,
    mails: Vec<KeptMail>,
    receipts: Vec<Receipt>,
    audit: Vec<AuditEntry>,
    chains: BTreeMap<WorkspaceId, logs::Chain>,
    api_keys: Vec<ApiKey>,
    trips: Vec<providers::KeptTrip>,
    held: Vec<HeldArrival>,
    connections: Vec<Connection>,
    directory_records: BTreeMap<DirectoryRecordId, DirectoryRecord>,
    directory_groups: BTreeMap<DirectoryGroupId, DirectoryGroup>,
    directory_synced: HashMap<WorkspaceId, Timestamp>,
    directory_uploads: Vec<DirectoryUpload>,
    scim_tokens: Vec<ScimToken>,
    hand_over_keys: Vec<HandOverKey>,
    /// `None` stands for no provider, and before every one.
    own_providers: BTreeMap<(WorkspaceId, Option<ProviderId>), OwnProvider>,
    logos: HashMap<WorkspaceId, Picture>,
    hand_over_tokens: HashMap<(WorkspaceId, TokenDigest), Timestamp>,
    foundings: HashMap<WorkspaceId, foundings::KeptFounding>,
    tickets: Vec<crate::founding::Ticket>,
    /// The latest end of a token that a sweep forgot.
    hand_over_forgotten: HashMap<WorkspaceId, Timestamp>,
}

struct Person {
    user: User,
    password: Option<PasswordDigest>,
    password_temporary_until: Option<Timestamp>,
    /// When the account was deleted, and what its status was before.
    deleted: Option<(Timestamp, UserStatus)>,
    credentials_version: i64,
    identities: Vec<ContactIdentity>,
    factors: FactorRecord,
    picture: Option<Picture>,
}

impl Person {
    fn new(user: User, password: Option<PasswordDigest>, identities: Vec<ContactIdentity>) -> Self {
        let mut person = Self {
            user,
            password: None,
            password_temporary_until: None,
            deleted: None,
            credentials_version: 1,
            identities,
            factors: FactorRecord::default(),
            picture: None,
        };
        person.set_password(password);
        person
    }

    fn set_password(&mut self, password: Option<PasswordDigest>) {
        self.user.has_password = password.is_some();
        self.password_temporary_until = None;
        self.password = password;
    }

    /// How many addresses but this one are proved.
    fn emails_proved_before(&self, key: &EmailKey) -> usize {
        let others = self.user.emails.iter().filter(|email| email.address.key() != *key);
        others.filter(|email| email.verified_at.is_some()).count()
    }

    fn email_mut(&mut self, key: &EmailKey) -> Option<&mut UserEmail> {
        self.user.emails.iter_mut().find(|email| email.address.key() == *key)
    }
}

struct KeptCounter {
    counter: Counter,
    /// Whether `in_a_row` matters to the rule that it was last charged under.
    counts_in_a_row: bool,
}

struct KeptCode {
    flow: FlowId,
    code: NewCode,
    used: bool,
    voided: bool,
}

struct KeptLink {
    link: Link,
    used_at: Option<Timestamp>,
    voided: bool,
}

impl KeptLink {
    fn is_live(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && !self.voided && now < self.link.expires_at
    }
}

/// A mail as [`MemoryStore`] keeps it.
#[derive(Debug, Clone)]
pub struct KeptMail {
    /// The mail as it was put in. A test may read it after delivery too; the port never hands it out again.
    pub mail: NewMail,
    /// Where it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// Last words of the mail server.
    pub last_reply: Option<String>,
    /// When it was last tried.
    pub last_attempt_at: Option<Timestamp>,
    /// When it is due.
    pub next_attempt_at: Timestamp,
    /// Who holds it, and until when.
    pub lease: Option<(Uuid, Timestamp)>,
    /// The code or link that it carries.
    pub secret: Option<SecretId>,
    /// Who asked for it, where that is known.
    pub asked_by: Option<Actor>,
    /// The help code of the attempt that asked for it.
    pub help_code: Option<HelpCode>,
    /// What happened to it.
    pub events: Vec<MailEvent>,
}

impl State {
    fn person(&self, workspace: WorkspaceId, user: UserId) -> Option<&Person> {
        self.people
            .get(&user)
            .filter(|person| person.user.workspace == workspace)
    }

    fn person_mut(&mut self, workspace: WorkspaceId, user: UserId) -> Option<&mut Person> {
        self.people
            .get_mut(&user)
            .filter(|person| person.user.workspace == workspace)
    }

    /// On whom the address is verified, or else whose primary address it is (R47).
    fn owner_of(&self, workspace: WorkspaceId, address: &EmailKey) -> Option<UserId> {
        self.verified_on(workspace, address).or_else(|| {
            self.people
                .values()
                .filter(|person| person.user.workspace == workspace)
                .find(|person| person.user.email(address).is_some_and(|email| email.primary))
                .map(|person| person.user.id)
        })
    }

    fn verified_on(&self, workspace: WorkspaceId, address: &EmailKey) -> Option<UserId> {
        self.people
            .values()
            .filter(|person| person.user.workspace == workspace)
            .find(|person| {
                person
                    .user
                    .email(address)
                    .is_some_and(|email| email.verified_at.is_some())
            })
            .map(|person| person.user.id)
    }

    fn end_sessions(&mut self, workspace: WorkspaceId, user: UserId, keep: Option<SessionId>) -> u64 {
        let before = self.sessions.len();
        self.sessions.retain(|_, session| {
            let theirs = session.workspace == workspace && session.user == user;
            !theirs || keep == Some(session.id)
        });
        u64::try_from(before - self.sessions.len()).unwrap_or(u64::MAX)
    }

    fn void_links_where(&mut self, workspace: WorkspaceId, user: UserId, which: impl Fn(&Link) -> bool) {
        for kept in &mut self.links {
            if kept.link.workspace == workspace && kept.link.user == user && which(&kept.link) {
                kept.voided = true;
            }
        }
    }

    fn void_links(&mut self, workspace: WorkspaceId, user: UserId) {
        self.void_links_where(workspace, user, |_| true);
    }

    /// Voids what a new password makes void. What undoes a change, or disowns a session, is how the owner answers to
    /// somebody who had the password for a while, so that one who sets another cannot take it from them (R48).
    fn void_links_of_old_password(&mut self, workspace: WorkspaceId, user: UserId) {
        self.void_links_where(workspace, user, |link| {
            link.purpose.sets_password() || link.purpose == LinkPurpose::VerifyEmail
        });
    }

    /// Redeems the live link of that token and purpose, and gives it.
    fn redeem_link(
        &mut self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Option<Link> {
        let kept = self.links.iter_mut().find(|kept| {
            kept.link.workspace == workspace
                && kept.link.digest == *token
                && kept.link.purpose == purpose
                && kept.is_live(now)
        })?;
        kept.used_at = Some(now);
        let link = kept.link.clone();
        self.mail_used(workspace, link.id, now);
        Some(link)
    }

    fn put_link(&mut self, link: Link) {
        self.links.push(KeptLink {
            link,
            used_at: None,
            voided: false,
        });
    }

    /// Ends the attempts of somebody that `which` picks, of those that are not over yet.
    fn end_flows_where(&mut self, workspace: WorkspaceId, now: Timestamp, which: impl Fn(&PendingSignIn) -> bool) {
        let ending: Vec<FlowId> = self
            .flows
            .values()
            .filter(|flow| flow.workspace == workspace && flow.ended_at.is_none() && which(flow))
            .map(|flow| flow.id)
            .collect();
        for flow in ending {
            self.end_flow(workspace, flow, now);
        }
    }

    fn end_second_steps(&mut self, workspace: WorkspaceId, user: UserId, now: Timestamp) {
        self.end_flows_where(workspace, now, |flow| {
            flow.purpose == FlowPurpose::SecondStep && is_about(flow, user)
        });
    }

    /// Voids the codes on their way to any address of the person, or of attempts that their password is verified on.
    fn void_codes(&mut self, workspace: WorkspaceId, user: UserId) {
        let keys: Vec<EmailKey> = self
            .person(workspace, user)
            .map(|person| person.user.emails.iter().map(|email| email.address.key()).collect())
            .unwrap_or_default();
        let flows = &self.flows;
        for kept in &mut self.codes {
            let theirs = flows.get(&kept.flow).is_some_and(|flow| {
                flow.workspace == workspace
                    && (keys.contains(&flow.email.key()) || flow.password_verified == Some(user))
            });
            if theirs {
                kept.voided = true;
            }
        }
    }

    fn end_flow(&mut self, workspace: WorkspaceId, id: FlowId, now: Timestamp) {
        if let Some(flow) = self.flows.get_mut(&id).filter(|flow| flow.workspace == workspace) {
            flow.ended_at.get_or_insert(now);
            for kept in self.codes.iter_mut().filter(|kept| kept.flow == id) {
                kept.voided = true;
            }
        }
    }

    /// Fails, before anything is written, where a row of that id is there already: as a database would, at the end.
    fn admit_audit(&self, entry: &AuditEntry, place: &'static str) -> PortResult<()> {
        if self.audit.iter().any(|kept| kept.id == entry.id) {
            return Err(PortError::bare(FaultKind::Misuse, place));
        }
        Ok(())
    }

    fn put_mail(&mut self, mail: NewMail) {
        self.put_mail_of(mail, logs::Origin::default());
    }

    fn put_mail_of(&mut self, mail: NewMail, origin: logs::Origin) {
        self.mails.push(KeptMail {
            next_attempt_at: mail.created_at,
            mail,
            state: MailState::Queued,
            attempts: 0,
            last_reply: None,
            last_attempt_at: None,
            lease: None,
            secret: origin.secret,
            asked_by: origin.asked_by,
            help_code: origin.help_code,
            events: Vec::new(),
        });
    }
}

/// Whether somebody proved in this attempt to be that person, or it is known to be theirs.
fn is_about(flow: &PendingSignIn, user: UserId) -> bool {
    flow.user == Some(user)
        || flow.password_verified == Some(user)
        || flow.first_step.as_ref().is_some_and(|first| first.user == user)
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on every port method fails as unavailable, or works again.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// Every mail that was ever put in, oldest first, with what became of it.
    pub fn outbox(&self) -> Vec<KeptMail> {
        self.look().mails.clone()
    }

    /// What was written to that address, oldest first.
    pub fn messages_to(&self, address: &str) -> Vec<Message> {
        self.look()
            .mails
            .iter()
            .filter(|kept| kept.mail.to.as_str().eq_ignore_ascii_case(address))
            .map(|kept| kept.mail.message.clone())
            .collect()
    }

    /// The code in the newest mail to that address, if the newest is one with a code.
    pub fn last_code_to(&self, address: &str) -> Option<String> {
        match self.messages_to(address).pop()? {
            Message::SignInCode { code, .. }
            | Message::SignUpCode { code, .. }
            | Message::AlreadyRegistered { code, .. }
            | Message::FreshProofCode { code, .. }
            | Message::CallerCode { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The link in the newest mail to that address, if the newest is one with a link.
    pub fn last_link_to(&self, address: &str) -> Option<String> {
        match self.messages_to(address).pop()? {
            Message::ResetLink { url, .. }
            | Message::ResetLinkByStaff { url, .. }
            | Message::Invite { url, .. }
            | Message::EmailProof { url, .. }
            | Message::NewDevice { not_me_url: url, .. } => Some(url),
            Message::EmailChanged { revert_url, .. } => revert_url,
            Message::CallerNotice { stop_url, .. } => stop_url,
            Message::AccountDeleted { restore_url, .. } => restore_url,
            _ => None,
        }
    }

    /// Every receipt, oldest first.
    pub fn receipts(&self) -> Vec<Receipt> {
        self.look().receipts.clone()
    }

    /// Every audit row, oldest first.
    pub fn audit_rows(&self) -> Vec<AuditEntry> {
        self.look().audit.clone()
    }

    /// Every person, in order of id.
    pub fn people(&self) -> Vec<User> {
        self.look().people.values().map(|person| person.user.clone()).collect()
    }

    /// The stored hash of that person's password.
    pub fn password_of(&self, user: UserId) -> Option<PasswordDigest> {
        self.look().people.get(&user).and_then(|person| person.password.clone())
    }

    /// The credentials version of that person.
    pub fn credentials_version_of(&self, user: UserId) -> Option<i64> {
        self.look().people.get(&user).map(|person| person.credentials_version)
    }

    /// The identities by which that person was known before any sign-in.
    pub fn identities_of(&self, user: UserId) -> Vec<ContactIdentity> {
        self.look()
            .people
            .get(&user)
            .map(|person| person.identities.clone())
            .unwrap_or_default()
    }

    /// Every session that was not ended, over or not.
    pub fn sessions(&self) -> Vec<Session> {
        self.look().sessions.values().cloned().collect()
    }

    /// The digest of the token that a session goes by at present.
    pub fn token_of_session(&self, id: SessionId) -> Option<TokenDigest> {
        let state = self.look();
        let found = state.sessions.iter().find(|(_, session)| session.id == id);
        found.map(|(token, _)| *token)
    }

    /// Every attempt, live or over.
    pub fn flows(&self) -> Vec<PendingSignIn> {
        self.look().flows.values().cloned().collect()
    }

    /// Every link, whatever became of it.
    pub fn links(&self) -> Vec<Link> {
        self.look().links.iter().map(|kept| kept.link.clone()).collect()
    }

    /// Every personal portal link, whatever became of it.
    pub fn portal_links(&self) -> Vec<PortalLink> {
        self.look().portal_links.clone()
    }

    /// The counter of that key, if it was ever charged.
    pub fn counter(&self, workspace: WorkspaceId, key: &ThrottleKey) -> Option<Counter> {
        self.look()
            .counters
            .get(&(workspace, key.clone()))
            .map(|kept| kept.counter)
    }

    /// Everything of that person's second factor.
    pub fn factors_of(&self, user: UserId) -> Option<FactorRecord> {
        self.look().people.get(&user).map(|person| person.factors.clone())
    }

    /// Every passkey, oldest first.
    pub fn passkeys(&self) -> Vec<Passkey> {
        self.look().passkeys.clone()
    }

    /// Every round with an authenticator that was begun and not answered yet, over or not.
    pub fn ceremonies(&self) -> Vec<Ceremony> {
        self.look().ceremonies.clone()
    }

    /// Puts a person in as they are, whatever the rules of [`Users::create`](crate::ports::Users::create) say.
    pub fn put_person(&self, user: User, password: Option<PasswordDigest>) {
        let person = Person::new(user, password, Vec::new());
        self.look().people.insert(person.user.id, person);
    }

    /// Gives a person that second factor, whatever the rules say.
    pub fn put_factors(&self, user: UserId, factors: FactorRecord) {
        if let Some(person) = self.look().people.get_mut(&user) {
            person.factors = factors;
        }
    }

    /// Puts a passkey in, whatever the rules say.
    pub fn put_passkey(&self, passkey: Passkey) {
        self.look().passkeys.push(passkey);
    }

    /// Adds an address to a person, proved or not, whatever the rules say.
    pub fn put_email(&self, workspace: WorkspaceId, user: UserId, email: UserEmail) {
        if let Some(person) = self.look().person_mut(workspace, user) {
            person.user.emails.push(email);
        }
    }

    fn look(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self, place: &'static str) -> PortResult<MutexGuard<'_, State>> {
        if self.away.load(Ordering::SeqCst) {
            Err(PortError::bare(FaultKind::Unavailable, place))
        } else {
            Ok(self.look())
        }
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
