//! What the tests begin with: a workspace, a person, and what they hold.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorward_domain::audit::{AuditAction, AuditEntry};
use doorward_domain::ids::{ReceiptId, SecretId, SessionId, WorkspaceId};
use doorward_domain::method::Method;
use doorward_domain::one_time::{Link, LinkPurpose, LinkSubject};
use doorward_domain::passkey::Passkey;
use doorward_domain::policy::PolicySet;
use doorward_domain::ports::{
    EnableApp, IssueLink, NewCode, OpenSession, Opened, PasskeyAdded, RenewSession, SendCode, TryCode, UserCreated,
};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::second_factor::{AppSecret, FactorUse, PendingApp};
use doorward_domain::secret::{HelpCode, TokenDigest};
use doorward_domain::session::Session;
use doorward_domain::sign_in::{
    Binding, Decision, Door, FlowPurpose, Grant, PendingSignIn, PersonFacts, Proofs, Receipt, ReceiptOutcome,
    SecondFactorVerified, SignInFacts, decide,
};
use doorward_domain::testing::contract::StorePorts;
use doorward_domain::testing::{
    APP_SECRET, FixedClock, Person, SeededEntropy, address, attempt, audit, backup_set, client, create, passkey,
    verified_password, workspace,
};
use doorward_domain::time::Timestamp;
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;
use uuid::Uuid;

pub(crate) const NOW: Timestamp = FixedClock::START;

pub(crate) fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// A UUID that no other call gives.
pub(crate) fn unique() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    Uuid::from_u64_pair(0x1234_5678_9abc_7000 | (n >> 52), n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A digest that no other call gives.
pub(crate) fn fresh_digest() -> TokenDigest {
    let (one, two) = (unique(), unique());
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&one.as_u128().swap_bytes().to_be_bytes());
    bytes[16..].copy_from_slice(&two.as_u128().swap_bytes().to_be_bytes());
    TokenDigest::from_bytes(bytes)
}

pub(crate) async fn acme(ports: &StorePorts) -> Workspace {
    let acme = workspace("acme");
    ports
        .workspaces
        .create(acme.clone(), None, row(acme.id, AuditAction::WorkspaceCreated))
        .await
        .unwrap();
    acme
}

pub(crate) async fn customer(ports: &StorePorts, workspace: &Workspace, email: &str) -> User {
    let person = Person::customer(workspace.id, email);
    assert_eq!(create(&*ports.users, &person).await.unwrap(), UserCreated::Created);
    person.user
}

/// A digest as both databases print it.
pub(crate) fn hex(digest: &TokenDigest) -> String {
    use std::fmt::Write as _;
    digest.as_bytes().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

pub(crate) fn row(workspace: WorkspaceId, action: AuditAction) -> AuditEntry {
    AuditEntry {
        id: doorward_domain::ids::AuditId::from_uuid(unique()),
        ..audit(workspace, action, NOW)
    }
}

pub(crate) fn receipt(workspace: WorkspaceId, now: Timestamp) -> Receipt {
    Receipt {
        id: ReceiptId::from_uuid(unique()),
        help_code: HelpCode::generate(&SeededEntropy::new(1)),
        workspace,
        at: now,
        attempt: "sign-in-with-password".to_owned(),
        address: None,
        user: None,
        client: client(),
        outcome: ReceiptOutcome::Granted,
        findings: Vec::new(),
    }
}

pub(crate) async fn grant(ports: &StorePorts, user: &User) -> Grant {
    grant_with(ports, user, None).await
}

/// Leave to open a session by password, and by a second factor where one is given: the grant spends that.
pub(crate) async fn grant_with(ports: &StorePorts, user: &User, second_factor: Option<SecondFactorVerified>) -> Grant {
    let record = ports.users.find_record(user.workspace, user.id).await.unwrap().unwrap();
    let email = user.primary_email().unwrap().address.clone();
    let facts = SignInFacts {
        workspace: user.workspace,
        settings: workspace("any").security,
        method: Method::Password,
        arrival: None,
        person: Some(PersonFacts::of(&record, &email)),
        door: Door::Front,
        address: Some(email),
    };
    let proofs = Proofs {
        password: verified_password(user.id),
        second_factor,
        ..Proofs::default()
    };
    match decide(&facts, proofs, &PolicySet::default(), NOW) {
        Decision::Granted(grant, _) => grant,
        other => panic!("not granted: {other:?}"),
    }
}

pub(crate) fn opening(grant: Grant, token: TokenDigest) -> OpenSession {
    let workspace = grant.workspace();
    OpenSession {
        grant,
        id: SessionId::from_uuid(unique()),
        token,
        now: NOW,
        idle_micros: 3_600_000_000,
        expires_at: later(86_400),
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
        receipt: receipt(workspace, NOW),
        audit: row(workspace, AuditAction::SignedIn),
    }
}

/// Opens a session and gives its token.
pub(crate) async fn signed_in(ports: &StorePorts, user: &User) -> TokenDigest {
    let token = fresh_digest();
    let opened = ports
        .sessions
        .open(opening(grant(ports, user).await, token))
        .await
        .unwrap();
    assert!(matches!(opened, Opened::Open(_)), "{opened:?}");
    token
}

/// The session itself, as its owner sees it.
pub(crate) async fn only_session(ports: &StorePorts, user: &User) -> Session {
    let mut sessions = ports.own_sessions.list(user.workspace, user.id, NOW).await.unwrap();
    assert_eq!(sessions.len(), 1);
    sessions.remove(0)
}

/// A fresh proof in that session, which came with `from` and leaves it under `token`.
pub(crate) fn renewal(
    session: &Session,
    (from, token): (TokenDigest, TokenDigest),
    spends: Option<FactorUse>,
) -> RenewSession {
    RenewSession {
        workspace: session.workspace,
        id: session.id,
        user: session.user,
        from,
        token,
        spends,
        now: NOW,
        flow: None,
        refunds: Vec::new(),
        clears: Vec::new(),
        notices: Vec::new(),
        receipt: receipt(session.workspace, NOW),
        audit: row(session.workspace, AuditAction::FreshProof),
    }
}

/// An app to be turned on with ten backup codes; its first code is that of `step`.
pub(crate) fn enabling(user: &User, pending: PendingApp, step: i64) -> EnableApp {
    EnableApp {
        workspace: user.workspace,
        user: user.id,
        pending,
        step,
        backup: backup_set(10),
        keep: None,
        only_at_version: None,
        notices: Vec::new(),
        now: NOW,
    }
}

pub(crate) fn pending_app() -> PendingApp {
    PendingApp {
        secret: AppSecret::from_bytes(APP_SECRET),
        set_up_by: uuid::Uuid::from_u128(1),
        expires_at: later(600),
    }
}

/// Turns an app on, with ten backup codes; step 1 is spent by that.
pub(crate) async fn app_on(ports: &StorePorts, user: &User) {
    let pending = pending_app();
    assert!(
        ports
            .factors
            .begin_app(user.workspace, user.id, pending.clone())
            .await
            .unwrap()
    );
    let row = row(user.workspace, AuditAction::TwoFactorEnabled);
    let enabled = ports.factors.enable_app(enabling(user, pending, 1), row).await.unwrap();
    assert!(enabled.is_some());
}

/// Adds a passkey.
pub(crate) async fn passkey_of(ports: &StorePorts, user: &User) -> Passkey {
    let passkey = passkey(user.workspace, user.id, "Phone", false, NOW);
    let row = row(user.workspace, AuditAction::PasskeyAdded);
    let added = ports.passkeys.add(passkey.clone(), 20, Vec::new(), row).await.unwrap();
    assert_eq!(added, PasskeyAdded::Added);
    passkey
}

/// A link to the person's primary mailbox, good for an hour.
pub(crate) fn link(user: &User, purpose: LinkPurpose, subject: LinkSubject) -> Link {
    Link {
        id: SecretId::from_uuid(unique()),
        workspace: user.workspace,
        purpose,
        user: user.id,
        subject,
        address: user.primary_email().unwrap().address.key(),
        digest: fresh_digest(),
        return_to: ReturnTo::parse("/"),
        issued_at: NOW,
        expires_at: later(3_600),
    }
}

/// Stores a link.
pub(crate) async fn issued(ports: &StorePorts, link: &Link) {
    let issue = IssueLink {
        link: Some(link.clone()),
        live_links: 10,
        mail: None,
        receipt: None,
        audit: row(link.workspace, AuditAction::ResetRequested),
    };
    ports.links.issue(issue).await.unwrap();
}

pub(crate) async fn is_live(ports: &StorePorts, token: &TokenDigest, now: Timestamp) -> bool {
    ports.sessions.check(token, now).await.unwrap().is_some()
}

pub(crate) fn flow(workspace: &Workspace) -> PendingSignIn {
    PendingSignIn {
        id: doorward_domain::ids::FlowId::from_uuid(unique()),
        binding: Binding::Browser(fresh_digest()),
        email: address("jo@example.com"),
        ..attempt(workspace.id, FlowPurpose::SignIn, NOW)
    }
}

/// Stores the attempt with one live code, and gives the code's digest.
pub(crate) async fn sent(ports: &StorePorts, flow: &PendingSignIn) -> TokenDigest {
    let digest = fresh_digest();
    let send = SendCode {
        flow: flow.clone(),
        code: Some(NewCode {
            id: SecretId::from_uuid(unique()),
            digest,
            expires_at: later(600),
        }),
        live_codes: 3,
        mail: None,
        receipt: receipt(flow.workspace, NOW),
        audit: row(flow.workspace, AuditAction::CodeRequested),
    };
    ports.flows.send_code(send).await.unwrap();
    digest
}

pub(crate) fn trying(flow: &PendingSignIn, digest: TokenDigest) -> TryCode {
    TryCode {
        workspace: flow.workspace,
        flow: flow.id,
        binding: flow.binding,
        purpose: flow.purpose,
        digest: Some(digest),
        max_tries: 5,
        now: NOW,
    }
}
