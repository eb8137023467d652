//! People, put into a store in one line each.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use uuid::Uuid;

use super::{FixedClock, MemoryStore, PlainHasher};
use crate::audit::{Actor, AuditAction, AuditEntry};
use crate::client::Client;
use crate::email_address::EmailAddress;
use crate::ids::{AuditId, EmailId, PasskeyId, RequestId, UserId, WorkspaceId};
use crate::passkey::Passkey;
use crate::ports::{DoorSettings, NewUser, PortResult, SettingsToSave, UserCreated, Users, Workspaces};
use crate::provisional::SettingsVersion;
use crate::role::Role;
use crate::second_factor::{APP_SECRET_BYTES, AppFactor, AppSecret, BackupCode, BackupSet, FactorRecord};
use crate::secret::PasswordDigest;
use crate::settings::SecuritySettings;
use crate::time::Timestamp;
use crate::user::{User, UserEmail, UserStatus};
use crate::workspace::{Portal, Slug, Workspace};

/// The password of everybody here who has one; long enough for staff (R1).
pub const PASSWORD: &str = "correct horse battery";

/// The secret of every authenticator app here: that of the test vectors of RFC 4226 and RFC 6238.
pub const APP_SECRET: [u8; APP_SECRET_BYTES] = *b"12345678901234567890";

/// The backup code of that number; each number gives another code, and always the same one.
pub fn backup_code(number: u32) -> BackupCode {
    BackupCode::generate(&super::SeededEntropy::new(u64::from(number)))
}

/// The backup codes of numbers 0 to `codes - 1`, as a [`PlainHasher`] stores them.
pub fn backup_set(codes: u32) -> BackupSet {
    let recipe = PlainHasher::recipe_of("backup codes");
    let left = (0..codes)
        .map(|number| PlainHasher::digest_by(&recipe, &backup_code(number).bare()))
        .collect();
    let used = Vec::new();
    BackupSet { recipe, left, used }
}

/// A client at 192.0.2.10 with Firefox on Linux.
pub fn client() -> Client {
    Client::new(
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)),
        "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
        RequestId::from_uuid(Uuid::from_u128(0xC11E)),
    )
}

/// The address of that text.
///
/// # Panics
/// If the text is no address.
pub fn address(text: &str) -> EmailAddress {
    match EmailAddress::parse(text) {
        Ok(address) => address,
        Err(error) => unfit(text, &error),
    }
}

/// A workspace as [`Workspaces::create`] takes one, with the settings of a new workspace. Its id follows from the slug.
///
/// # Panics
/// If the text is no slug.
pub fn workspace(slug: &str) -> Workspace {
    let slug = match Slug::parse(slug) {
        Ok(slug) => slug,
        Err(error) => unfit(slug, &error),
    };
    Workspace {
        id: WorkspaceId::from_uuid(id_from(&["workspace", slug.as_str()])),
        name: slug.as_str().to_owned(),
        slug,
        hosts: Vec::new(),
        portal: Portal::default(),
        security: SecuritySettings::default(),
        own_providers: Vec::new(),
        provisional: None,
        created_at: FixedClock::START.minus(Duration::from_hours(24)),
    }
}

/// An audit row about that workspace, by the operator.
pub fn audit(workspace: WorkspaceId, action: AuditAction, now: Timestamp) -> AuditEntry {
    AuditEntry {
        id: AuditId::from_uuid(unique()),
        at: now,
        workspace,
        actor: Actor::Operator,
        subject: None,
        action,
        outcome: "ok".to_owned(),
        client: None,
        detail: None,
    }
}

/// A person to be put into a store. Begins as a customer whose mailbox is proved and whose password is [`PASSWORD`].
#[derive(Debug, Clone)]
pub struct Person {
    /// The person; change what a test needs otherwise.
    pub user: User,
    /// The stored hash.
    pub password: Option<PasswordDigest>,
    /// Their second factor. No part of [`Users::create`]: only [`Given::person`] stores it.
    pub factors: FactorRecord,
    /// Their passkeys. No part of [`Users::create`] either.
    pub passkeys: Vec<Passkey>,
}

impl Person {
    /// A customer at that address, with a password and a proved mailbox.
    pub fn customer(workspace: WorkspaceId, email: &str) -> Self {
        let address = address(email);
        let made_at = FixedClock::START.minus(Duration::from_hours(12));
        Self {
            user: User {
                id: UserId::from_uuid(unique()),
                workspace,
                name: address.local().to_owned(),
                role: Role::Customer,
                custom_role: None,
                status: UserStatus::Active,
                language: None,
                time_zone: None,
                emails: vec![UserEmail {
                    id: EmailId::from_uuid(unique()),
                    address,
                    primary: true,
                    verified_at: Some(made_at),
                }],
                organisations: Vec::new(),
                has_password: true,
                picture_at: None,
                created_at: made_at,
                last_sign_in_at: None,
            },
            password: Some(PlainHasher::digest_of(PASSWORD)),
            factors: FactorRecord::default(),
            passkeys: Vec::new(),
        }
    }

    /// With that role.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.user.role = role;
        self
    }

    /// Without a password.
    #[must_use]
    pub fn without_password(mut self) -> Self {
        self.user.has_password = false;
        self.password = None;
        self
    }

    /// With a digest made by whatever hasher the test uses.
    #[must_use]
    pub fn with_password(mut self, digest: PasswordDigest) -> Self {
        self.user.has_password = true;
        self.password = Some(digest);
        self
    }

    /// With a mailbox that nobody proved.
    #[must_use]
    pub fn unproved(mut self) -> Self {
        for email in &mut self.user.emails {
            email.verified_at = None;
        }
        self
    }

    /// With a secondary address, proved or only claimed.
    #[must_use]
    pub fn also(mut self, email: &str, proved: bool) -> Self {
        self.user.emails.push(UserEmail {
            id: EmailId::from_uuid(unique()),
            address: address(email),
            primary: false,
            verified_at: proved.then_some(self.user.created_at),
        });
        self
    }

    /// With an authenticator app that is on, whose secret is [`APP_SECRET`], and no backup codes.
    #[must_use]
    pub fn with_app(mut self) -> Self {
        self.factors.app = Some(AppFactor {
            secret: Some(AppSecret::from_bytes(APP_SECRET)),
            enabled_at: self.user.created_at,
        });
        self
    }

    /// With the backup codes of numbers 0 to `codes - 1`: see [`backup_code`].
    #[must_use]
    pub fn with_backup_codes(mut self, codes: u32) -> Self {
        self.factors.backup = Some(backup_set(codes));
        self
    }

    /// With a passkey of that name, which no authenticator made; `synced` if it would outlive a lost device.
    #[must_use]
    pub fn with_passkey(mut self, name: &str, synced: bool) -> Self {
        let (workspace, user, made_at) = (self.user.workspace, self.user.id, self.user.created_at);
        self.passkeys.push(passkey(workspace, user, name, synced, made_at));
        self
    }

    /// Disabled.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.user.status = UserStatus::Disabled;
        self
    }

    /// As [`Users::create`] takes a person.
    pub fn to_new_user(&self) -> NewUser {
        NewUser {
            user: self.user.clone(),
            password: self.password.clone(),
            invite: None,
        }
    }
}

/// A workspace in a [`MemoryStore`], and the people of it.
///
/// ```
/// use doorward_domain::ports::Users as _;
/// use doorward_domain::testing::{Given, address};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let given = Given::workspace("acme").await;
/// let jo = given.customer("jo@example.com");
/// let found = given
///     .store
///     .find_for_sign_in(given.workspace.id, &address("JO@example.com").key())
///     .await
///     .unwrap();
/// assert_eq!(found.unwrap().user, jo);
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct Given {
    /// Where all of it is kept.
    pub store: MemoryStore,
    /// The workspace.
    pub workspace: Workspace,
}

impl Given {
    /// A new store that holds one workspace, with the settings of a new one.
    pub async fn workspace(slug: &str) -> Self {
        Self::workspace_in(&MemoryStore::new(), slug).await
    }

    /// One more workspace in a store that exists.
    pub async fn workspace_in(store: &MemoryStore, slug: &str) -> Self {
        let workspace = workspace(slug);
        let row = audit(workspace.id, AuditAction::WorkspaceCreated, workspace.created_at);
        // A second workspace of one slug is the first one.
        let _ = Workspaces::create(store, workspace.clone(), None, row).await;
        Self {
            store: store.clone(),
            workspace,
        }
    }

    /// The same people under other settings. The store's settings are replaced too.
    pub async fn settings(mut self, change: impl FnOnce(&mut SecuritySettings)) -> PortResult<Self> {
        let id = self.workspace.id;
        let now = self.workspace.created_at;
        let from = SettingsVersion::of(&self.workspace.security);
        change(&mut self.workspace.security);
        let change = SettingsToSave {
            from,
            pending: None,
            settings: self.workspace.security.clone(),
            provisional: None,
            now,
        };
        let row = audit(id, AuditAction::SettingsChanged, now);
        DoorSettings::save(&self.store, id, change, row).await?;
        Ok(self)
    }

    /// Puts somebody in as they are.
    pub fn person(&self, person: Person) -> User {
        self.store.put_person(person.user.clone(), person.password);
        self.store.put_factors(person.user.id, person.factors);
        for passkey in person.passkeys {
            self.store.put_passkey(passkey);
        }
        person.user
    }

    /// A customer with a password and a proved mailbox.
    pub fn customer(&self, email: &str) -> User {
        self.person(Person::customer(self.workspace.id, email))
    }

    /// A customer with a proved mailbox and no password.
    pub fn without_password(&self, email: &str) -> User {
        self.person(Person::customer(self.workspace.id, email).without_password())
    }

    /// A contact whom the helpdesk knows and who never signed in (A1): no password, mailbox unproved.
    pub fn known_contact(&self, email: &str) -> User {
        self.person(Person::customer(self.workspace.id, email).without_password().unproved())
    }

    /// Somebody whose password was set before the mailbox was proved, by whomever (R57).
    pub fn unproved(&self, email: &str) -> User {
        self.person(Person::customer(self.workspace.id, email).unproved())
    }

    /// An agent with a password and a proved mailbox.
    pub fn agent(&self, email: &str) -> User {
        self.person(Person::customer(self.workspace.id, email).role(Role::Agent))
    }

    /// An owner with a password and a proved mailbox.
    pub fn owner(&self, email: &str) -> User {
        self.person(Person::customer(self.workspace.id, email).role(Role::Owner))
    }

    /// A customer with a password, whose two-factor authentication is on: [`APP_SECRET`] and ten backup codes.
    pub fn with_two_factor(&self, email: &str) -> User {
        self.person(
            Person::customer(self.workspace.id, email)
                .with_app()
                .with_backup_codes(10),
        )
    }

    /// A customer with password and proved mailbox who was disabled.
    pub fn disabled(&self, email: &str) -> User {
        self.person(Person::customer(self.workspace.id, email).disabled())
    }
}

/// A passkey that no authenticator made, with a credential id of its own.
pub fn passkey(workspace: WorkspaceId, user: UserId, name: &str, synced: bool, created_at: Timestamp) -> Passkey {
    let id = PasskeyId::from_uuid(unique());
    Passkey {
        id,
        workspace,
        user,
        credential: id.as_uuid().as_bytes().to_vec(),
        state: "{}".to_owned(),
        name: name.to_owned(),
        synced,
        created_at,
        last_used_at: None,
    }
}

/// Puts a person into any store through its port, for suites that run against databases too.
pub async fn create(users: &dyn Users, person: &Person) -> PortResult<UserCreated> {
    let row = audit(person.user.workspace, AuditAction::UserCreated, person.user.created_at);
    users.create(person.to_new_user(), row).await
}

/// A UUID that no other call gives in this process, in rising order.
pub(super) fn unique() -> Uuid {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    uuid::Builder::from_unix_timestamp_millis(n, &[0; 10]).into_uuid()
}

fn id_from(parts: &[&str]) -> Uuid {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[expect(
    clippy::panic,
    reason = "a test that names no address or slug where it must is broken"
)]
fn unfit(text: &str, error: &dyn std::error::Error) -> ! {
    panic!("{text:?} is unfit: {error}")
}
