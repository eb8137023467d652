//! What the suites build their scenes from.

use std::time::Duration;

use uuid::Uuid;

use super::StorePorts;
use crate::audit::{AuditAction, AuditEntry};
use crate::ids::{EmailId, MailId, ReceiptId, SecretId, SessionId, UserId, WorkspaceId};
use crate::mail::{MailTrace, Message, NewMail, Sender};
use crate::method::Method;
use crate::one_time::{Link, LinkPurpose, LinkState, LinkSubject};
use crate::passkey::{Passkey, PasskeyAssertion};
use crate::policy::PolicySet;
use crate::ports::{
    CodeTry, EnableApp, IssueLink, NewCode, OpenSession, Opened, PasskeyAdded, PasswordReset, SendCode, TryCode,
    UserCreated,
};
use crate::provider::Arrived;
use crate::return_to::ReturnTo;
use crate::second_factor::{AppCodeMatch, AppSecret, BackupSet, FactorSummary, PendingApp};
use crate::secret::{HashRecipe, HelpCode, PasswordDigest, TokenDigest};
use crate::sign_in::{
    ArrivalFacts, Binding, Decision, Door, Finding, FlowPurpose, Grant, PasskeyVerified, PendingSignIn, PersonFacts,
    Proofs, ProviderVerified, Receipt, ReceiptOutcome, Rule, Ruling, SecondFactorVerified, SignInFacts, decide,
};
use crate::testing::given::unique;
use crate::testing::{FixedClock, Person, SeededEntropy, address, audit, client, create, workspace};
use crate::time::Timestamp;
use crate::user::{SignInRecord, User, UserEmail};
use crate::workspace::{FootLinks, Workspace};

/// When every scene is set.
pub(super) const NOW: Timestamp = FixedClock::START;

pub(super) fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

pub(super) const DAY: u64 = 24 * 60 * 60;

/// Runs `task(0)` to `task(n - 1)` at once and gives what each said.
pub(super) async fn race<T, F>(n: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let running: Vec<_> = (0..n).map(|i| tokio::spawn(task(i))).collect();
    let mut said = Vec::with_capacity(n);
    for handle in running {
        said.push(handle.await.unwrap());
    }
    said
}

/// A workspace of that slug.
pub(super) async fn acme(store: &StorePorts) -> Workspace {
    another(store, "acme").await
}

pub(super) async fn another(store: &StorePorts, slug: &str) -> Workspace {
    let workspace = workspace(slug);
    let row = row(workspace.id);
    store.workspaces.create(workspace.clone(), None, row).await.unwrap();
    workspace
}

pub(super) fn row(workspace: WorkspaceId) -> AuditEntry {
    audit(workspace, AuditAction::SignedIn, NOW)
}

/// Puts somebody in who must not be there yet.
pub(super) async fn put(store: &StorePorts, person: Person) -> User {
    let created = create(&*store.users, &person).await.unwrap();
    assert_eq!(created, UserCreated::Created);
    person.user
}

/// A customer with a password and a proved mailbox.
pub(super) async fn customer(store: &StorePorts, workspace: &Workspace, email: &str) -> User {
    put(store, Person::customer(workspace.id, email)).await
}

pub(super) async fn add_email(store: &StorePorts, user: &User, email: &str, proved: bool) {
    let email = UserEmail {
        id: EmailId::from_uuid(unique()),
        address: address(email),
        primary: false,
        verified_at: proved.then_some(NOW),
    };
    store.backdoor.add_email(user.workspace, user.id, email).await.unwrap();
}

pub(super) async fn record_of(store: &StorePorts, user: &User) -> SignInRecord {
    store.users.find_record(user.workspace, user.id).await.unwrap().unwrap()
}

pub(super) fn token(n: u128) -> TokenDigest {
    let mut bytes = [7_u8; 32];
    bytes[..16].copy_from_slice(&n.to_be_bytes());
    TokenDigest::from_bytes(bytes)
}

/// A digest that no other call gives.
pub(super) fn fresh_token() -> TokenDigest {
    token(unique().as_u128())
}

pub(super) fn phc(text: &str) -> PasswordDigest {
    PasswordDigest::from_phc(format!("$argon2id$v=19$m=1024,t=1,p=1${text}"))
}

pub(super) fn receipt(workspace: WorkspaceId, email: &str, at: Timestamp) -> Receipt {
    let id = unique();
    let seed = u64::try_from(id.as_u128() >> 80).unwrap();
    Receipt {
        id: ReceiptId::from_uuid(id),
        help_code: HelpCode::generate(&SeededEntropy::new(seed)),
        workspace,
        at,
        attempt: "sign-in-with-password".to_owned(),
        address: Some(address(email).key()),
        user: None,
        client: client(),
        outcome: ReceiptOutcome::Granted,
        findings: vec![Finding {
            rule: Rule::Policy("office-hours".to_owned()),
            saw: "no objection".to_owned(),
            ruling: Ruling::Allow,
            reason: None,
        }],
    }
}

pub(super) fn mail(workspace: WorkspaceId, to: &str, created_at: Timestamp) -> NewMail {
    NewMail {
        id: MailId::from_uuid(unique()),
        workspace,
        to: address(to),
        user: None,
        sender: Sender {
            workspace_name: "Acme".to_owned(),
            sign_in_url: "https://acme.example.com/sign-in".to_owned(),
            accent: Some("#aa5500".to_owned()),
            from: None,
            from_name: Some("Acme".to_owned()),
            links: FootLinks::default(),
        },
        message: Message::Test,
        language: "en".to_owned(),
        expires_at: None,
        time_zone: Some("Europe/Berlin".to_owned()),
        created_at,
    }
}

pub(super) async fn mails_to(store: &StorePorts, workspace: &Workspace, to: &str) -> Vec<MailTrace> {
    store
        .outbox
        .last_to(workspace.id, &address(to).key(), 100)
        .await
        .unwrap()
}

/// Leave to open a session for them, whose passkey answered.
pub(super) async fn grant_by_passkey(store: &StorePorts, user: &User, passkey: PasskeyVerified) -> Grant {
    let proofs = Proofs {
        passkey: Some(passkey),
        ..Proofs::default()
    };
    granted(store, user, Method::Passkey, proofs).await
}

/// Leave to open a session for them, who came with that identity: as if it was connected, and they typed no address.
pub(super) async fn grant_of(store: &StorePorts, user: &User, arrived: &Arrived) -> Grant {
    let proofs = Proofs {
        provider: Some(ProviderVerified::from_arrival(arrived.clone())),
        ..Proofs::default()
    };
    let arrival = ArrivalFacts {
        identity: arrived.identity.clone(),
        connected_to: Some(user.id),
        directory: None,
    };
    granted_to(store, user, Method::Provider, proofs, Some(arrival)).await
}

/// Leave to open a session for them, decided on what the store says now.
pub(super) async fn grant(store: &StorePorts, user: &User) -> Grant {
    grant_with(store, user, None).await
}

/// The same, after they showed a second factor.
pub(super) async fn grant_with(store: &StorePorts, user: &User, shown: Option<SecondFactorVerified>) -> Grant {
    let proofs = Proofs {
        password: crate::testing::verified_password(user.id),
        second_factor: shown,
        ..Proofs::default()
    };
    granted(store, user, Method::Password, proofs).await
}

async fn granted(store: &StorePorts, user: &User, method: Method, proofs: Proofs) -> Grant {
    granted_to(store, user, method, proofs, None).await
}

async fn granted_to(
    store: &StorePorts,
    user: &User,
    method: Method,
    proofs: Proofs,
    arrival: Option<ArrivalFacts>,
) -> Grant {
    let record = record_of(store, user).await;
    let facts = SignInFacts {
        workspace: user.workspace,
        settings: workspace("any").security,
        method,
        door: Door::Front,
        person: Some(PersonFacts {
            // What is tried here is the store, not the rules: it must refuse by itself whatever was decided before.
            status: crate::user::UserStatus::Active,
            address_verified: true,
            factors: FactorSummary::default(),
            ..PersonFacts::of_owner(&record)
        }),
        address: None,
        arrival,
    };
    match decide(&facts, proofs, &PolicySet::default(), NOW) {
        Decision::Granted(grant, _) => grant,
        other => panic!("not granted: {other:?}"),
    }
}

/// Lives an hour without use and a day at most.
pub(super) fn opening(grant: Grant, token: TokenDigest, now: Timestamp) -> OpenSession {
    let workspace = grant.workspace();
    OpenSession {
        grant,
        id: SessionId::from_uuid(unique()),
        token,
        now,
        idle_micros: 3_600_000_000,
        expires_at: now.plus(Duration::from_secs(DAY)),
        client: client(),
        replaces: None,
        rehash: None,
        flow: None,
        refunds: Vec::new(),
        clears: Vec::new(),
        notices: Vec::new(),
        links: Vec::new(),
        connects: None,
        confirms: None,
        receipt: receipt(workspace, "jo@example.com", now),
        audit: audit(workspace, AuditAction::SignedIn, now),
    }
}

/// Opens a session and gives its token.
pub(super) async fn signed_in(store: &StorePorts, user: &User) -> TokenDigest {
    let token = fresh_token();
    let opened = store
        .sessions
        .open(opening(grant(store, user).await, token, NOW))
        .await
        .unwrap();
    assert!(matches!(opened, Opened::Open(_)), "{opened:?}");
    assert!(is_live(store, &token, NOW).await);
    token
}

pub(super) async fn is_live(store: &StorePorts, token: &TokenDigest, now: Timestamp) -> bool {
    let peeked = store.sessions.peek(token, now);
    let checked = store.sessions.check(token, now).await.unwrap();
    if let Some(peeked) = peeked {
        assert_eq!(peeked, checked, "memory and store disagree");
    }
    checked.is_some()
}

pub(super) fn link(user: &User, purpose: LinkPurpose) -> Link {
    Link {
        id: SecretId::from_uuid(unique()),
        workspace: user.workspace,
        purpose,
        user: user.id,
        subject: LinkSubject::Person,
        address: user.primary_email().unwrap().address.key(),
        digest: fresh_token(),
        return_to: ReturnTo::parse("/tickets/42?tab=all"),
        issued_at: NOW,
        expires_at: later(3_600),
    }
}

pub(super) fn issue(link: Link) -> IssueLink {
    IssueLink {
        audit: row(link.workspace),
        link: Some(link),
        live_links: 3,
        mail: None,
        receipt: None,
    }
}

/// A live reset link.
pub(super) async fn reset_link(store: &StorePorts, user: &User) -> Link {
    let link = link(user, LinkPurpose::ResetPassword);
    store.links.issue(issue(link.clone())).await.unwrap();
    link
}

pub(super) async fn state_of(store: &StorePorts, link: &Link, now: Timestamp) -> LinkState {
    store.links.look(link.workspace, &link.digest, now).await.unwrap()
}

pub(super) fn reset(link: &Link, password: &str) -> PasswordReset {
    PasswordReset {
        workspace: link.workspace,
        token: link.digest,
        password: phc(password),
        notices: Vec::new(),
        receipt: receipt(link.workspace, "jo@example.com", NOW),
        now: NOW,
    }
}

/// An attempt of a browser for that address, alive for half an hour.
pub(super) fn attempt(workspace: &Workspace, email: &str) -> PendingSignIn {
    PendingSignIn {
        binding: Binding::Browser(fresh_token()),
        email: address(email),
        return_to: ReturnTo::parse("/tickets/42"),
        ..crate::testing::attempt(workspace.id, FlowPurpose::SignIn, NOW)
    }
}

/// A code that lives ten minutes from `now`.
pub(super) fn code(digest: TokenDigest, now: Timestamp) -> NewCode {
    NewCode {
        id: SecretId::from_uuid(unique()),
        digest,
        expires_at: now.plus(Duration::from_mins(10)),
    }
}

pub(super) fn send(flow: &PendingSignIn, code: Option<NewCode>, now: Timestamp) -> SendCode {
    SendCode {
        flow: flow.clone(),
        code,
        live_codes: 3,
        mail: None,
        receipt: receipt(flow.workspace, flow.email.as_str(), now),
        audit: audit(flow.workspace, AuditAction::CodeRequested, now),
    }
}

/// Stores the attempt with one live code, and gives the code's digest.
pub(super) async fn sent(store: &StorePorts, flow: &PendingSignIn) -> TokenDigest {
    let digest = fresh_token();
    store
        .flows
        .send_code(send(flow, Some(code(digest, NOW)), NOW))
        .await
        .unwrap();
    digest
}

pub(super) fn trying(flow: &PendingSignIn, digest: TokenDigest, now: Timestamp) -> TryCode {
    TryCode {
        workspace: flow.workspace,
        flow: flow.id,
        binding: flow.binding,
        purpose: flow.purpose,
        digest: Some(digest),
        max_tries: 5,
        now,
    }
}

pub(super) async fn try_code(store: &StorePorts, flow: &PendingSignIn, digest: TokenDigest, now: Timestamp) -> CodeTry {
    store.flows.try_code(trying(flow, digest, now)).await.unwrap()
}

pub(super) async fn wrong_tries(store: &StorePorts, flow: &PendingSignIn) -> u32 {
    store
        .flows
        .find(flow.workspace, flow.id)
        .await
        .unwrap()
        .unwrap()
        .wrong_tries
}

pub(super) async fn audit_rows(store: &StorePorts, workspace: WorkspaceId) -> Vec<AuditEntry> {
    store.audit.last(workspace, 1_000).await.unwrap()
}

pub(super) async fn was_audited(store: &StorePorts, entry: &AuditEntry) -> bool {
    audit_rows(store, entry.workspace).await.contains(entry)
}

pub(super) async fn has_receipt(store: &StorePorts, receipt: &Receipt) -> bool {
    let found = store
        .receipts
        .find_by_help_code(receipt.workspace, &receipt.help_code)
        .await
        .unwrap();
    found.as_ref() == Some(receipt)
}

pub(super) fn user_id() -> UserId {
    UserId::from_uuid(unique())
}

pub(super) fn uuid() -> Uuid {
    unique()
}

/// An app that is being set up, for ten minutes more.
pub(super) fn pending_app(seed: u64) -> PendingApp {
    PendingApp {
        set_up_by: Uuid::from_u128(u128::from(seed)),
        secret: AppSecret::generate(&SeededEntropy::new(seed)),
        expires_at: later(600),
    }
}

/// Ten backup codes, by their digests.
pub(super) fn backup_set() -> BackupSet {
    BackupSet {
        recipe: HashRecipe::from_phc(format!("$argon2id$v=19$m=1024,t=1,p=1${}", uuid())),
        left: (0..10).map(|_| fresh_token()).collect(),
        used: Vec::new(),
    }
}

/// Turns on `pending`, whose first code was that of `step`.
pub(super) fn enabling(user: &User, pending: PendingApp, step: i64) -> EnableApp {
    EnableApp {
        workspace: user.workspace,
        user: user.id,
        pending,
        step,
        backup: backup_set(),
        keep: None,
        only_at_version: None,
        notices: Vec::new(),
        now: NOW,
    }
}

/// The step of the code that every app here is turned on with.
pub(super) const FIRST_STEP: i64 = 1_000;

/// Turns two-factor authentication on, and gives the backup codes.
pub(super) async fn enrol(store: &StorePorts, user: &User) -> BackupSet {
    let pending = pending_app(7);
    let begun = store.factors.begin_app(user.workspace, user.id, pending.clone()).await;
    assert!(begun.unwrap());
    let enable = enabling(user, pending, FIRST_STEP);
    let backup = enable.backup.clone();
    let enabled = store.factors.enable_app(enable, row(user.workspace)).await.unwrap();
    assert!(enabled.is_some());
    backup
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "stands beside the proof by a backup code, which may fail"
)]
pub(super) fn by_step(user: &User, step: i64) -> Option<SecondFactorVerified> {
    Some(SecondFactorVerified::by_app(user.id, &AppCodeMatch::of_step(step)))
}

pub(super) fn by_backup_code(user: &User, digest: TokenDigest) -> Option<SecondFactorVerified> {
    let set = BackupSet {
        left: vec![digest],
        ..backup_set()
    };
    SecondFactorVerified::by_backup_code(user.id, &set, digest)
}

/// What the engine says of an answer with that passkey, after which its state is `state`.
pub(super) fn by_passkey(passkey: &Passkey, state: &str, synced: bool) -> PasskeyVerified {
    PasskeyVerified::from_assertion(PasskeyAssertion {
        passkey: passkey.clone(),
        state: state.to_owned(),
        synced,
    })
}

/// A passkey of theirs, not stored yet.
pub(super) fn passkey_of(user: &User) -> Passkey {
    crate::testing::passkey(user.workspace, user.id, "Phone", false, NOW)
}

/// A passkey of theirs, stored.
pub(super) async fn has_passkey(store: &StorePorts, user: &User) -> Passkey {
    let passkey = passkey_of(user);
    let added = store.passkeys.add(passkey.clone(), 20, Vec::new(), row(user.workspace));
    assert_eq!(added.await.unwrap(), PasskeyAdded::Added);
    passkey
}

/// A session, with its id and its token.
#[derive(Clone, Copy)]
pub(super) struct SignedIn {
    pub(super) id: SessionId,
    pub(super) token: TokenDigest,
}

/// Opens a session and gives both its names.
pub(super) async fn session(store: &StorePorts, user: &User) -> SignedIn {
    let wanted = opening(grant(store, user).await, fresh_token(), NOW);
    let (id, token) = (wanted.id, wanted.token);
    let opened = store.sessions.open(wanted).await.unwrap();
    assert!(matches!(opened, Opened::Open(_)), "{opened:?}");
    SignedIn { id, token }
}

/// An attempt at its second step, of somebody whose password was right.
pub(super) fn at_second_step(user: &User) -> PendingSignIn {
    PendingSignIn {
        first_step: Some(crate::testing::first_step(user.id, Method::Password)),
        email: user.primary_email().unwrap().address.clone(),
        binding: Binding::Browser(fresh_token()),
        ..crate::testing::attempt(user.workspace, FlowPurpose::SecondStep, NOW)
    }
}

/// Stores an attempt that no mail goes with.
pub(super) async fn begun(store: &StorePorts, flow: &PendingSignIn) {
    let receipt = receipt(flow.workspace, flow.email.as_str(), NOW);
    let row = row(flow.workspace);
    store.flows.begin(flow.clone(), None, receipt, row).await.unwrap();
}

pub(super) async fn is_over(store: &StorePorts, flow: &PendingSignIn) -> bool {
    let found = store.flows.find(flow.workspace, flow.id).await.unwrap();
    found.unwrap().ended_at.is_some()
}

/// An audit row that was written already: whatever must write it fails at the end.
pub(super) async fn spent_row(store: &StorePorts, workspace: &Workspace) -> AuditEntry {
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    spent
}
