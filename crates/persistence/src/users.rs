//! People: read whole, searched, and made at most once per address and identity.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::email_address::EmailKey;
use doorward_domain::ids::{OrganisationId, UserId, WorkspaceId};
use doorward_domain::people_search::{TextTest, UserFilter};
use doorward_domain::ports::{ContactUpsert, FaultKind, NewUser, PortError, PortResult, UserCreated, UserQuery, Users};
use doorward_domain::role::Role;
use doorward_domain::secret::PasswordDigest;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{ContactIdentity, OrganisationRef, SignInRecord, User, UserEmail, UserStatus};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait as _, Value};

use crate::changes::{Announcement, Changed};
use crate::connect::{Store, WriteTx};
use crate::entity::{identities, memberships, organisations, user_emails, users};
use crate::fault::Trouble;
use crate::keys::KeyRing;
use crate::links::insert_link;
use crate::organisations::place;
use crate::outbox::{Origin, insert_mail_of};
use crate::{people, raw, records};

/// How often a race for an address or an identity is run again before it is called a fault of the database. Each time
/// somebody else has won it, so that the next look finds who.
const TRIES: u32 = 5;

/// Up to so many people whose text passes are few enough to be put in order here.
const FEW: u32 = 5_000;

/// What SQLite goes through where it is asked for few: rows of its index of trigrams, and of each the person.
const TRIGRAMS_FIRST: &str = "users_text f CROSS JOIN users";

/// Most trigrams of one text that its index is asked for; what it finds is compared with the whole text anyway.
const TRIGRAMS: usize = 24;

/// Most people on one page, and one more, by which it is known whether there is another one.
const MAX_PAGE: u32 = 201;

/// The people.
#[derive(Debug, Clone)]
pub struct SeaUsers {
    store: Store,
}

/// How one run of a transaction that may lose a race ended.
enum Run<T> {
    Done(T),
    Lost,
}

impl SeaUsers {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn create_once(&self, new: &NewUser, audit: &AuditEntry) -> Result<Run<UserCreated>, Trouble> {
        let user = &new.user;
        let tx = self.store.write_tx().await?;
        for email in &user.emails {
            people::lock_address(&tx, user.workspace, &email.address.key()).await?;
            if let Some(owner) = owner_of(&tx, user.workspace, &email.address.key()).await? {
                tx.rollback().await?;
                return Ok(Run::Done(UserCreated::AddressTaken(owner)));
            }
        }
        if !insert_new(&tx, self.store.keys(), new).await? {
            tx.rollback().await?;
            return Ok(Run::Lost);
        }
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(Run::Done(UserCreated::Created))
    }

    async fn upsert_once(
        &self,
        contact: &ContactUpsert,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<Run<(User, bool)>, Trouble> {
        let workspace = contact.workspace;
        let tx = self.store.write_tx().await?;
        if let ContactIdentity::Email { address } = &contact.identity {
            people::lock_address(&tx, workspace, &address.key()).await?;
        }
        let known = known_contact(&tx, contact).await?;
        let id = known.unwrap_or(contact.new_user);
        if known.is_some() {
            people::lock(&tx, workspace, id).await?;
            let found = people::read_one(&tx, workspace, id).await?.map(|record| record.user);
            if let Some(beyond) = found.filter(|user| !contact.rights.reach(user.rights())) {
                tx.rollback().await?;
                return Ok(Run::Done((beyond, false)));
            }
        } else if !insert_contact(&tx, contact).await? {
            tx.rollback().await?;
            return Ok(Run::Lost);
        }
        if let Some(name) = contact.name.as_ref().filter(|_| known.is_some()) {
            raw::execute(
                &tx,
                "UPDATE users SET name = $3 WHERE workspace_id = $1 AND id = $2 AND trim(name) = ''",
                [workspace.as_uuid().into(), id.as_uuid().into(), name.as_str().into()],
            )
            .await?;
        }
        let organisations: Vec<OrganisationRef> = contact
            .organisations
            .iter()
            .map(|(id, name)| OrganisationRef {
                id: *id,
                name: name.clone(),
            })
            .collect();
        join(&tx, workspace, id, &organisations, contact.now).await?;
        let user = people::read_one(&tx, workspace, id)
            .await?
            .ok_or_else(|| PortError::bare(FaultKind::Corrupt, "users.upsert_contact"))?
            .user;
        people::refresh_search_text(&tx, &user).await?;
        let audit = AuditEntry {
            subject: audit.subject.or(Some(id)),
            ..audit.clone()
        };
        records::insert_audit(&tx, &audit).await?;
        if known.is_some() {
            // Sessions tell name and organisations.
            announcement.announce(&tx, Changed::Person(workspace, id)).await?;
        }
        tx.commit().await?;
        Ok(Run::Done((user, known.is_none())))
    }

    async fn page(&self, workspace: WorkspaceId, query: &UserQuery) -> Result<Vec<User>, Trouble> {
        let backend = self.store.backend();
        let Some(search) = Search::of(backend, workspace, query) else {
            return Ok(Vec::new());
        };
        if backend == DbBackend::Postgres && search.is_by_text {
            let tx = raw::planned_anew(&self.store).await?;
            let page = page_on(&tx, &search, query.limit).await?;
            tx.commit().await?;
            return Ok(page);
        }
        page_on(self.store.reader(), &search, query.limit).await
    }
}

async fn page_on(on: &impl ConnectionTrait, search: &Search, limit: u32) -> Result<Vec<User>, Trouble> {
    let limit = limit.clamp(1, MAX_PAGE);
    let workspace = search.workspace;
    let few = match on.get_database_backend() {
        DbBackend::Postgres if search.is_by_text => {
            let values = |limit| search.values(limit).collect();
            few(on, ("users", &search.conditions), values).await?
        }
        DbBackend::Sqlite => match search.by_trigrams(workspace) {
            Some((conditions, trigrams)) => {
                let values = |limit| search.values(limit).chain([trigrams.clone().into()]).collect();
                few(on, (TRIGRAMS_FIRST, &conditions), values).await?
            }
            None => None,
        },
        _ => None,
    };
    let found = match few {
        Some(mut ids) => {
            ids.sort_unstable();
            ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            by_ids(on, workspace, &ids).await?
        }
        None => people::read(on, &search.in_order(), search.values(limit)).await?,
    };
    Ok(found.into_iter().map(|record| record.user).collect())
}

/// Those whose search text passes, where there are few of them; `None` where there are many. PostgreSQL cannot tell
/// beforehand, and a walk in order of id for somebody rare takes it through the whole table: so those who pass are asked
/// for in no order at all, which its index of trigrams answers, and only if they are many one by one in order, which then
/// soon has a page full. Likewise on SQLite.
pub(crate) async fn few(
    on: &impl ConnectionTrait,
    (table, conditions): (&'static str, &str),
    values: impl Fn(u32) -> Vec<Value>,
) -> Result<Option<Vec<uuid::Uuid>>, Trouble> {
    let sql = format!("SELECT s.id FROM {table} s WHERE {conditions} LIMIT $2");
    let rows = raw::all(on, &sql, values(FEW + 1)).await?;
    if u32::try_from(rows.len()).is_ok_and(|count| count > FEW) {
        return Ok(None);
    }
    let ids: Result<Vec<uuid::Uuid>, _> = rows.iter().map(|row| row.try_get("", "id")).collect();
    Ok(Some(ids?))
}

async fn by_ids(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    ids: &[uuid::Uuid],
) -> Result<Vec<SignInRecord>, Trouble> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let condition = format!("u.workspace_id = $1 AND u.id IN ({})", raw::placeholders(2, ids.len()));
    let values = ids.iter().map(|id| Value::from(*id));
    people::read(
        on,
        &condition,
        std::iter::once(workspace.as_uuid().into()).chain(values),
    )
    .await
}

/// A search as SQL: conditions on `users s`, and what they are bound to: `$1` is the workspace, `$2` how many are wanted.
struct Search {
    workspace: WorkspaceId,
    conditions: String,
    /// From `$3` on.
    bound: Vec<Value>,
    /// Which index SQLite is to walk through. It would guess, and nothing but guess.
    index: &'static str,
    is_by_text: bool,
    /// The text as SQLite's index of trigrams has it: what begins a line comes after an empty one.
    indexed: Option<String>,
    /// The condition on the organisation, for going through people rather than through those who belong to it.
    member: Option<(String, String)>,
}

impl Search {
    /// `None` where nobody can be found.
    fn of(backend: DbBackend, workspace: WorkspaceId, query: &UserQuery) -> Option<Self> {
        let mut search = Self {
            workspace,
            conditions: String::from("s.workspace_id = $1"),
            bound: Vec::new(),
            index: "",
            is_by_text: false,
            indexed: None,
            member: None,
        };
        if let Some(after) = query.after {
            search.and("s.id > $$", after.as_uuid());
        }
        if let Some(test) = query.text.as_deref().and_then(TextTest::of) {
            search.and_text(backend, test)?;
        }
        search.and_filter(&query.filter);
        if backend != DbBackend::Sqlite {
            search.index = "";
        }
        Some(search)
    }

    fn values(&self, limit: u32) -> impl Iterator<Item = Value> {
        let fixed: [Value; 2] = [self.workspace.as_uuid().into(), i64::from(limit).into()];
        fixed.into_iter().chain(self.bound.iter().cloned())
    }

    /// Binds a value, and gives its number.
    fn bind(&mut self, value: impl Into<Value>) -> usize {
        self.bound.push(value.into());
        self.bound.len() + 2
    }

    /// Adds a condition on a value, for which `$$` stands.
    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        let number = format!("${}", self.bind(value));
        let _ = write!(self.conditions, " AND {}", condition.replace("$$", &number));
    }

    fn and_text(&mut self, backend: DbBackend, test: TextTest) -> Option<()> {
        let (TextTest::Holds(text) | TextTest::Begins(text)) = &test;
        // Lines are kept apart by a line feed, and neither database has a text with a NUL in it.
        if text.contains(['\n', '\0']) {
            return None;
        }
        self.is_by_text = true;
        self.index = "INDEXED BY users_search_idx";
        // Each in the form that the database has an index for.
        match (backend, test) {
            (DbBackend::Postgres, TextTest::Holds(text)) => self.and("s.search_text LIKE $$", like(&text, "%", "%")),
            (DbBackend::Postgres, TextTest::Begins(text)) => {
                let first = self.bind(like(&text, "", "%"));
                let condition = format!("(s.search_text LIKE ${first} OR s.search_text LIKE $$)");
                self.and(&condition, like(&text, "%\n", "%"));
            }
            (_, TextTest::Holds(text)) => {
                self.indexed = Some(text.clone());
                self.and("instr(s.search_text, $$) > 0", text);
            }
            (_, TextTest::Begins(text)) => {
                self.indexed = Some(format!("\n\n{text}"));
                self.and("instr(char(10) || s.search_text, $$) > 0", format!("\n{text}"));
            }
        }
        Some(())
    }

    /// Whom a filter leaves are many or few; where they are few, SQLite is told to walk through those rather than through
    /// everybody.
    fn and_filter(&mut self, filter: &UserFilter) {
        if !filter.roles.is_empty() {
            let roles = raw::placeholders(self.bound.len() + 3, filter.roles.len());
            self.bound.extend(filter.roles.iter().map(|role| role.as_str().into()));
            let _ = write!(self.conditions, " AND s.role IN ({roles})");
            if !filter.roles.contains(&Role::Customer) {
                self.index = "INDEXED BY users_role_idx";
                self.indexed = None;
            }
        }
        match filter.status {
            None => self.conditions.push_str(" AND s.status <> 'deleted'"),
            Some(status) => {
                self.and("s.status = $$", status.as_str());
                if status != UserStatus::Active {
                    // As the index has it: a value that is bound would not do.
                    self.conditions.push_str(" AND s.status <> 'active'");
                    self.index = "INDEXED BY users_barred_idx";
                    self.indexed = None;
                }
            }
        }
        if let Some(organisation) = filter.organisation {
            let theirs = format!(
                "SELECT m.user_id FROM memberships m WHERE m.workspace_id = $1 AND m.organisation_id = ${}",
                self.bind(organisation.as_uuid())
            );
            let (of_them, of_one) = (
                format!(" AND s.id IN ({theirs})"),
                format!(" AND EXISTS ({theirs} AND m.user_id = s.id)"),
            );
            self.conditions.push_str(&of_them);
            self.member = Some((of_them, of_one));
            self.index = "";
        }
    }

    /// The conditions by which SQLite's index of trigrams is asked, and what it is asked for: bound after all else. `None`
    /// where it knows no better than what the filter leaves.
    fn by_trigrams(&self, workspace: WorkspaceId) -> Option<(String, String)> {
        let text = self.indexed.as_deref()?;
        let conditions = match &self.member {
            Some((of_them, of_one)) => self.conditions.replace(of_them, of_one),
            None => self.conditions.clone(),
        };
        let number = self.bound.len() + 3;
        Some((
            format!("s.search_number = f.rowid AND f.users_text MATCH ${number} AND {conditions}"),
            trigrams(workspace, text),
        ))
    }

    /// The ids of one page.
    fn page(&self) -> String {
        format!(
            "SELECT s.id FROM users s {} WHERE {} ORDER BY s.id LIMIT $2",
            self.index, self.conditions
        )
    }

    /// The condition on `users u` that a page of people is read by.
    fn in_order(&self) -> String {
        format!("u.workspace_id = $1 AND u.id IN ({})", self.page())
    }
}

/// Those of `count` roles. A condition on the role itself would have SQLite walk through all people in order of id.
fn of_roles(count: usize) -> String {
    let roles = raw::placeholders(2, count);
    format!(
        "u.workspace_id = $1 AND u.id IN (SELECT s.id FROM users s WHERE s.workspace_id = $1 AND s.role IN ({roles}))"
    )
}

/// What SQLite's index of trigrams is asked for: everybody of a workspace whose text has each of these in it. The workspace
/// is a trigram too, in capitals (see the migration), so that one with few people does not look through those of the others.
fn trigrams(workspace: WorkspaceId, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let all: BTreeSet<String> = letters.windows(3).map(|three| three.iter().collect()).collect();
    let every = all.len().div_ceil(TRIGRAMS).max(1);
    let place = format!("{:03X}", workspace.as_uuid().as_u128() >> 116);
    std::iter::once(place)
        .chain(all.into_iter().step_by(every))
        .map(|trigram| format!("\"{}\"", trigram.replace('"', "\"\"")))
        .collect::<Vec<_>>()
        .join(" AND ")
}

/// The pattern that `LIKE` takes for this very text with something before it and after it.
pub(crate) fn like(text: &str, before: &str, after: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + before.len() + after.len());
    pattern.push_str(before);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push_str(after);
    pattern
}

async fn owner_of(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    address: &EmailKey,
) -> Result<Option<UserId>, Trouble> {
    let values = [workspace.as_uuid().into(), address.as_str().into()];
    let row = raw::one(on, people::OWNER_OF_ADDRESS, values).await?;
    let owner = row.map(|row| row.try_get("", "user_id")).transpose()?;
    Ok(owner.map(UserId::from_uuid))
}

async fn known_contact(on: &impl ConnectionTrait, contact: &ContactUpsert) -> Result<Option<UserId>, Trouble> {
    let (kind, subject) = match &contact.identity {
        ContactIdentity::Email { address } => return owner_of(on, contact.workspace, &address.key()).await,
        ContactIdentity::X { subject } => ("x", subject),
        ContactIdentity::Facebook { subject } => ("facebook", subject),
    };
    let row = raw::one(
        on,
        "SELECT user_id FROM identities WHERE workspace_id = $1 AND kind = $2 AND subject = $3",
        [contact.workspace.as_uuid().into(), kind.into(), subject.as_str().into()],
    )
    .await?;
    let owner = row.map(|row| row.try_get("", "user_id")).transpose()?;
    Ok(owner.map(UserId::from_uuid))
}

/// Stores a person with their address, link and mail; `false` if the address was taken by somebody else at the same moment.
pub(crate) async fn insert_new(tx: &WriteTx, keys: &KeyRing, new: &NewUser) -> Result<bool, Trouble> {
    let user = &new.user;
    insert_user(tx, user, new.password.as_ref()).await?;
    for email in &user.emails {
        if !insert_email(tx, user, email).await? {
            return Ok(false);
        }
    }
    join(tx, user.workspace, user.id, &user.organisations, user.created_at).await?;
    for email in user.emails.iter().filter(|email| email.verified_at.is_some()) {
        place(tx, user.workspace, user.id, email.address.key().as_str()).await?;
    }
    if let Some((link, mail)) = &new.invite {
        insert_link(tx, link).await?;
        if let Some(mail) = mail {
            insert_mail_of(tx, keys, mail, Origin::carrying(Some(link))).await?;
        }
    }
    Ok(true)
}

async fn insert_user(tx: &WriteTx, user: &User, password: Option<&PasswordDigest>) -> Result<(), Trouble> {
    let row = users::ActiveModel {
        workspace_id: Set(user.workspace.as_uuid()),
        id: Set(user.id.as_uuid()),
        role: Set(user.role.as_str().to_owned()),
        custom_role_id: Set(user.custom_role.as_ref().map(|own| own.id.as_uuid())),
        permissions: Set(user.custom_role.as_ref().map(|own| own.permissions.to_names())),
        status: Set(user.status.as_str().to_owned()),
        name: Set(user.name.clone()),
        search_text: Set(people::search_text(user)),
        language: Set(user.language.clone()),
        time_zone: Set(user.time_zone.clone()),
        password_phc: Set(password.map(|digest| digest.as_phc().to_owned())),
        credentials_version: Set(1),
        created_at: Set(user.created_at.as_micros()),
        last_sign_in_at: Set(user.last_sign_in_at.map(Timestamp::as_micros)),
    };
    users::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// `false` if somebody else has the address by now.
async fn insert_email(tx: &WriteTx, user: &User, email: &UserEmail) -> Result<bool, Trouble> {
    let row = user_emails::ActiveModel {
        workspace_id: Set(user.workspace.as_uuid()),
        id: Set(email.id.as_uuid()),
        user_id: Set(user.id.as_uuid()),
        address: Set(email.address.as_str().to_owned()),
        address_key: Set(email.address.key().as_str().to_owned()),
        is_primary: Set(email.primary),
        verified_at: Set(email.verified_at.map(Timestamp::as_micros)),
        created_at: Set(user.created_at.as_micros()),
    };
    Ok(raw::insert_if_free(tx, row).await?)
}

/// Makes the person that a contact is going to be. `false` if somebody else has the address or the identity by now.
async fn insert_contact(tx: &WriteTx, contact: &ContactUpsert) -> Result<bool, Trouble> {
    let user = User {
        id: contact.new_user,
        workspace: contact.workspace,
        name: contact.name.clone().unwrap_or_default(),
        role: Role::Customer,
        custom_role: None,
        status: UserStatus::Active,
        language: None,
        time_zone: None,
        emails: Vec::new(),
        organisations: Vec::new(),
        has_password: false,
        picture_at: None,
        created_at: contact.now,
        last_sign_in_at: None,
    };
    insert_user(tx, &user, None).await?;
    let (kind, subject) = match &contact.identity {
        ContactIdentity::Email { address } => {
            let email = UserEmail {
                id: contact.new_email,
                address: address.clone(),
                primary: true,
                verified_at: None,
            };
            return insert_email(tx, &user, &email).await;
        }
        ContactIdentity::X { subject } => ("x", subject),
        ContactIdentity::Facebook { subject } => ("facebook", subject),
    };
    let row = identities::ActiveModel {
        workspace_id: Set(contact.workspace.as_uuid()),
        kind: Set(kind.to_owned()),
        subject: Set(subject.clone()),
        user_id: Set(contact.new_user.as_uuid()),
        created_at: Set(contact.now.as_micros()),
    };
    Ok(raw::insert_if_free(tx, row).await?)
}

/// Puts a person into organisations by name, making those that are not there.
pub(crate) async fn join(
    tx: &WriteTx,
    workspace: WorkspaceId,
    user: UserId,
    wanted: &[OrganisationRef],
    now: Timestamp,
) -> Result<(), Trouble> {
    let mut wanted: Vec<&OrganisationRef> = wanted.iter().collect();
    // In one order, so that two that make the same organisations cannot wait for each other.
    wanted.sort_by(|one, other| one.name.cmp(&other.name));
    for organisation in wanted {
        let row = organisations::ActiveModel {
            workspace_id: Set(workspace.as_uuid()),
            id: Set(organisation.id.as_uuid()),
            name: Set(organisation.name.clone()),
            created_at: Set(now.as_micros()),
        };
        raw::insert_if_free(tx, row).await?;
        let found = raw::one(
            tx,
            "SELECT id FROM organisations WHERE workspace_id = $1 AND name = $2",
            [workspace.as_uuid().into(), organisation.name.as_str().into()],
        )
        .await?;
        let id = found.map(|row| row.try_get("", "id")).transpose()?;
        // Not free and yet not there: the id is another organisation's.
        let id = id.ok_or_else(|| PortError::bare(FaultKind::Misuse, "users.organisations"))?;
        let row = memberships::ActiveModel {
            workspace_id: Set(workspace.as_uuid()),
            user_id: Set(user.as_uuid()),
            organisation_id: Set(OrganisationId::from_uuid(id).as_uuid()),
        };
        raw::insert_if_free(tx, row).await?;
    }
    Ok(())
}

#[async_trait]
impl Users for SeaUsers {
    async fn find_for_sign_in(&self, workspace: WorkspaceId, address: &EmailKey) -> PortResult<Option<SignInRecord>> {
        let condition = format!("u.workspace_id = $1 AND u.id = ({})", people::OWNER_OF_ADDRESS);
        let values = [workspace.as_uuid().into(), address.as_str().into()];
        let found = people::read(self.store.reader(), &condition, values).await;
        found
            .map(|people| people.into_iter().next())
            .map_err(|trouble| trouble.at("users.find_for_sign_in"))
    }

    async fn find_record(&self, workspace: WorkspaceId, id: UserId) -> PortResult<Option<SignInRecord>> {
        people::read_one(self.store.reader(), workspace, id)
            .await
            .map_err(|trouble| trouble.at("users.find_record"))
    }

    async fn find(&self, workspace: WorkspaceId, id: UserId) -> PortResult<Option<User>> {
        let found = people::read_one(self.store.reader(), workspace, id).await;
        found
            .map(|record| record.map(|record| record.user))
            .map_err(|trouble| trouble.at("users.find"))
    }

    async fn search(&self, workspace: WorkspaceId, query: UserQuery) -> PortResult<Vec<User>> {
        self.page(workspace, &query)
            .await
            .map_err(|trouble| trouble.at("users.search"))
    }

    async fn with_roles(&self, workspace: WorkspaceId, roles: Vec<Role>) -> PortResult<Vec<User>> {
        if roles.is_empty() {
            return Ok(Vec::new());
        }
        let condition = of_roles(roles.len());
        let roles = roles.into_iter().map(|role| role.as_str().into());
        let values = std::iter::once(workspace.as_uuid().into()).chain(roles);
        let found = people::read(self.store.reader(), &condition, values).await;
        found
            .map(|people| people.into_iter().map(|record| record.user).collect())
            .map_err(|trouble| trouble.at("users.with_roles"))
    }

    async fn create(&self, new: NewUser, audit: AuditEntry) -> PortResult<UserCreated> {
        const PLACE: &str = "users.create";
        for _ in 0..TRIES {
            match self.create_once(&new, &audit).await {
                Ok(Run::Done(created)) => return Ok(created),
                Ok(Run::Lost) => {}
                Err(trouble) if trouble.is_deadlock() => {}
                Err(trouble) => return Err(trouble.at(PLACE)),
            }
        }
        Err(PortError::bare(FaultKind::Misuse, PLACE))
    }

    async fn upsert_contact(&self, contact: ContactUpsert, audit: AuditEntry) -> PortResult<(User, bool)> {
        const PLACE: &str = "users.upsert_contact";
        let announcement = self.store.changes().begin(PLACE).await?;
        for _ in 0..TRIES {
            match self.upsert_once(&contact, &audit, &announcement).await {
                Ok(Run::Done(done)) => {
                    announcement.finish();
                    return Ok(done);
                }
                Ok(Run::Lost) => {}
                Err(trouble) if trouble.is_deadlock() => {}
                Err(trouble) => return Err(trouble.at(PLACE)),
            }
        }
        Err(PortError::bare(FaultKind::Misuse, PLACE))
    }
}

#[cfg(test)]
mod tests {
    use doorward_domain::testing::SeededEntropy;

    use super::*;
    use crate::{KeyRing, Station, StoreOptions};

    #[test]
    fn a_pattern_holds_the_text_as_it_is() {
        assert_eq!(like("a_b%c\\d", "%", "%"), "%a\\_b\\%c\\\\d%");
        assert_eq!(like("jo", "", "%"), "jo%");
    }

    async fn empty() -> Store {
        let keys = (0..32_u8)
            .map(|at| at.wrapping_mul(at).wrapping_mul(73) ^ 0xa5)
            .collect();
        let keys = KeyRing::new(vec![keys], std::sync::Arc::new(SeededEntropy::new(1))).unwrap();
        let store = Store::open(StoreOptions::new("sqlite::memory:", Station::Server, keys))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        store
    }

    /// What SQLite would do for a query, in its own words.
    async fn plan(sql: &str) -> Vec<String> {
        let store = empty().await;
        let rows = raw::all(store.reader(), &format!("EXPLAIN QUERY PLAN {sql}"), [])
            .await
            .unwrap();
        rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
    }

    fn query(text: &str, filter: UserFilter) -> UserQuery {
        UserQuery {
            text: Some(text.to_owned()),
            filter,
            after: Some(UserId::from_uuid(uuid::Uuid::nil())),
            limit: 50,
        }
    }

    #[tokio::test]
    async fn c1_each_search_walks_through_the_index_that_holds_the_fewest() {
        let workspace = WorkspaceId::from_uuid(uuid::Uuid::nil());
        let of = |roles: &[Role], status: Option<UserStatus>| UserFilter {
            roles: roles.to_vec(),
            status,
            organisation: None,
        };
        for (text, filter, index) in [
            ("lantern", of(&[], None), "users_search_idx"),
            ("jo", of(&[], None), "users_search_idx"),
            ("lantern", of(&[Role::Customer], None), "users_search_idx"),
            ("lantern", of(&[], Some(UserStatus::Active)), "users_search_idx"),
            ("lantern", UserFilter::staff(), "users_role_idx"),
            ("", UserFilter::staff(), "users_role_idx"),
            ("lantern", of(&[], Some(UserStatus::Disabled)), "users_barred_idx"),
            ("", of(&[], Some(UserStatus::Deleted)), "users_barred_idx"),
        ] {
            let search = Search::of(DbBackend::Sqlite, workspace, &query(text, filter.clone())).unwrap();
            let plan = plan(&search.page()).await;
            assert!(
                plan.iter()
                    .any(|step| step.starts_with("SEARCH s ") && step.contains(index)),
                "{text:?} {filter:?}: {plan:?}"
            );
            assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{plan:?}");
        }
    }

    #[tokio::test]
    async fn c1_somebody_rare_is_asked_of_the_index_of_trigrams_and_not_of_everybody() {
        let workspace = WorkspaceId::from_uuid(uuid::Uuid::from_u128(0xa7f << 116));
        let all = UserFilter::default();
        let of_some = UserFilter {
            organisation: Some(OrganisationId::from_uuid(uuid::Uuid::nil())),
            ..UserFilter::default()
        };
        for (text, filter) in [("lantern", &all), ("l", &all), ("lantern", &of_some)] {
            let search = Search::of(DbBackend::Sqlite, workspace, &query(text, filter.clone())).unwrap();
            let (conditions, _) = search.by_trigrams(workspace).unwrap();
            let plan = plan(&format!(
                "SELECT s.id FROM {TRIGRAMS_FIRST} s WHERE {conditions} LIMIT $2"
            ))
            .await;
            assert!(plan[0].starts_with("SCAN f VIRTUAL TABLE INDEX"), "{text}: {plan:?}");
            assert!(
                plan[1].starts_with("SEARCH s USING INDEX users_search_number_idx"),
                "{text}: {plan:?}"
            );
            assert!(plan[2..].iter().all(|step| !step.starts_with("SCAN")), "{plan:?}");
        }
        assert_eq!(
            trigrams(workspace, "lamp\"s"),
            "\"A7F\" AND \"amp\" AND \"lam\" AND \"mp\"\"\" AND \"p\"\"s\""
        );
        assert_eq!(trigrams(workspace, "\n\nj"), "\"A7F\" AND \"\n\nj\"");
        let long: String = (0..400_u32).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
        assert!(trigrams(workspace, &long).matches(" AND ").count() <= TRIGRAMS);
    }

    #[tokio::test]
    async fn c1_the_index_of_trigrams_finds_whom_a_look_at_everybody_finds() {
        let store = empty().await;
        let workspaces = [0xabc_u128, 0xabd].map(|n| WorkspaceId::from_uuid(uuid::Uuid::from_u128(n << 116)));
        raw::execute(store.reader(), "PRAGMA foreign_keys = OFF", [])
            .await
            .unwrap();
        let texts = [
            "ada lovelace\nada@mail.example\nanalytical engines",
            "jo\njo@mail.example",
            "josé \"pepe\" núñez\nj_n%1@mail.example",
            "محمد الخطيب\nm.k@mail.example\n王伟",
            "abc\nabcabcabc@mail.example",
            "straße\n-- x\n🦊🦊🦊fox@mail.example",
        ];
        for (at, text) in texts.iter().cycle().take(24).enumerate() {
            let id = uuid::Uuid::from_u128(0x4000 + at as u128);
            raw::execute(
                store.reader(),
                "INSERT INTO users (workspace_id, id, role, status, name, search_text, credentials_version, created_at) \
                 VALUES ($1, $2, 'customer', 'active', 'x', 'somebody else', 1, 0)",
                [workspaces[at / 12].as_uuid().into(), id.into()],
            )
            .await
            .unwrap();
            let renamed = "UPDATE users SET search_text = $2 WHERE id = $1";
            raw::execute(store.reader(), renamed, [id.into(), (*text).into()])
                .await
                .unwrap();
        }
        let mut somebody = 0;
        let gone = uuid::Uuid::from_u128(0x4000);
        raw::execute(store.reader(), "DELETE FROM users WHERE id = $1", [gone.into()])
            .await
            .unwrap();
        for needle in [
            "ada",
            "lovelace",
            "a",
            "j",
            "jo",
            "J",
            "@",
            "mail.example",
            "\"pepe\"",
            "n%1",
            "_n%1",
            "núñ",
            "محم",
            "محمد ال",
            "王伟",
            "王",
            "abcabc",
            "bcabca",
            "straße",
            "-- x",
            "🦊",
            "fox",
            "somebody",
            "nobody at all",
            "abc",
            "ABD",
            "ace\tada",
        ] {
            let search = Search::of(DbBackend::Sqlite, workspaces[0], &query(needle, UserFilter::default())).unwrap();
            let (conditions, trigrams) = search.by_trigrams(workspaces[0]).unwrap();
            let values = |limit| search.values(limit).chain([trigrams.clone().into()]).collect();
            let found = few(store.reader(), (TRIGRAMS_FIRST, &conditions), values)
                .await
                .unwrap();
            let mut found = found.unwrap();
            found.sort_unstable();
            let rows = raw::all(store.reader(), &search.page(), search.values(200))
                .await
                .unwrap();
            let walked: Vec<uuid::Uuid> = rows.iter().map(|row| row.try_get("", "id").unwrap()).collect();
            assert_eq!(found, walked, "{needle}");
            somebody += u32::from(!found.is_empty());
        }
        assert!(somebody > 15, "{somebody} texts found anybody");
    }

    #[test]
    fn c1_on_postgresql_a_text_becomes_patterns_that_trigrams_answer() {
        let workspace = WorkspaceId::from_uuid(uuid::Uuid::nil());
        let bound = |text: &str| {
            let search = Search::of(DbBackend::Postgres, workspace, &query(text, UserFilter::default())).unwrap();
            let values = search.bound.into_iter().skip(1);
            let texts = values.map(|value| format!("{value:?}"));
            (search.conditions, texts.collect::<Vec<_>>().join(" "))
        };
        let (conditions, texts) = bound("Lan_tern");
        assert_eq!(conditions.matches(" LIKE ").count(), 1, "{conditions}");
        assert!(texts.contains("%lan\\\\_tern%"), "{texts}");
        let (conditions, texts) = bound("JO");
        assert_eq!(conditions.matches(" LIKE ").count(), 2, "{conditions}");
        assert!(texts.contains("\"jo%\"") && texts.contains("%\\njo%"), "{texts}");
        let broken = query("a\nb", UserFilter::default());
        assert!(Search::of(DbBackend::Postgres, workspace, &broken).is_none());
    }

    #[tokio::test]
    async fn a_sign_in_is_read_without_a_walk_through_any_table() {
        let condition = format!("u.workspace_id = $1 AND u.id = ({})", people::OWNER_OF_ADDRESS);
        let plan = plan(&people::statement(&condition)).await;
        assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{plan:?}");
        let counted = plan
            .iter()
            .filter(|step| step.contains("COVERING INDEX passkeys_user_idx"));
        assert_eq!(counted.count(), 2, "{plan:?}");
        assert!(
            plan.iter()
                .any(|step| step.contains("COVERING INDEX backup_codes_user_idx")),
            "{plan:?}"
        );
    }

    #[tokio::test]
    async fn those_who_run_a_workspace_are_found_without_a_walk_through_everybody() {
        let plan = plan(&people::statement(&of_roles(2))).await;
        assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{plan:?}");
        assert!(
            plan.iter().any(|step| step.contains("COVERING INDEX users_role_idx")),
            "{plan:?}"
        );
        assert!(
            plan.iter()
                .any(|step| step.starts_with("SEARCH u ") && step.contains("AND id=?")),
            "{plan:?}"
        );
    }

    #[tokio::test]
    async fn an_address_is_found_without_a_walk_through_any_table() {
        let plan = plan(people::OWNER_OF_ADDRESS).await;
        assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{plan:?}");
    }
}
