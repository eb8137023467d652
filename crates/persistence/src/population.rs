//! Everybody of a workspace, a page at a time: what each way in depends on, read from indexes, so that a walk through a
//! million people looks none of them up by themself.

use std::fmt::Write as _;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use doorward_domain::directory::DirectoryStanding;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::ports::{MAX_POPULATION_PAGE, NamedPerson, Population, PopulationQuery, PortResult};
use doorward_domain::preview::{Shape, Sketch};
use doorward_domain::provider::ProviderId;
use doorward_domain::role::{Audience, Permissions, Role};
use doorward_domain::time::Timestamp;
use doorward_domain::user::UserStatus;
use sea_orm::{DbBackend, QueryResult, Value};

use crate::connect::Store;
use crate::fault::{Trouble, Unreadable};
use crate::raw;

const TABLE: &str = "users";

/// People of one statement that names them.
const NAMED_AT_ONCE: usize = 500;

/// The population.
#[derive(Debug, Clone)]
pub struct SeaPopulation {
    store: Store,
}

/// Which people a statement is about: `$1` is the workspace, and what follows it is bound.
enum Whom {
    /// All between the first and the last of a page; such a page leaves out few.
    Between(UserId, UserId),
    /// These.
    These(Vec<UserId>),
}

impl Whom {
    fn condition(&self, column: &str) -> String {
        match self {
            Self::Between(..) => format!("{column} >= $2 AND {column} <= $3"),
            Self::These(users) => format!("{column} IN ({})", raw::placeholders(2, users.len())),
        }
    }

    fn values(&self, workspace: WorkspaceId) -> Vec<Value> {
        let mut values: Vec<Value> = vec![workspace.as_uuid().into()];
        match self {
            Self::Between(first, last) => values.extend([first.as_uuid().into(), last.as_uuid().into()]),
            Self::These(users) => values.extend(users.iter().map(|user| Value::from(user.as_uuid()))),
        }
        values
    }
}

/// What is read beside the people themselves.
#[derive(Default)]
struct Beside {
    without_password: BTreeSet<UserId>,
    temporary: BTreeMap<UserId, Timestamp>,
    without_address: BTreeSet<UserId>,
    app: BTreeSet<UserId>,
    passkey: BTreeSet<UserId>,
    providers: BTreeMap<UserId, BTreeMap<ProviderId, DirectoryStanding>>,
}

impl SeaPopulation {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn page_of(&self, workspace: WorkspaceId, query: &PopulationQuery) -> Result<Vec<Sketch>, Trouble> {
        let mut values: Vec<Value> = vec![
            workspace.as_uuid().into(),
            i64::from(query.limit.clamp(1, MAX_POPULATION_PAGE)).into(),
        ];
        let mut condition = format!("u.workspace_id = $1 AND {}", of_audience(query.audience));
        for (border, sign) in [(query.after, ">"), (query.up_to, "<=")] {
            if let Some(border) = border {
                values.push(border.as_uuid().into());
                let _ = write!(condition, " AND u.id {sign} ${}", values.len());
            }
        }
        let sql = format!(
            "SELECT u.id, u.role, u.status, u.permissions FROM users u WHERE {condition} ORDER BY u.id LIMIT $2"
        );
        let rows = raw::all(self.store.reader(), &sql, values).await?;
        let mut people = Vec::with_capacity(rows.len());
        for row in &rows {
            people.push(person(row)?);
        }
        let (Some(first), Some(last)) = (people.first(), people.last()) else {
            return Ok(people);
        };
        let whom = match query.audience {
            Audience::Customers => Whom::Between(first.user, last.user),
            Audience::Staff => Whom::These(people.iter().map(|person| person.user).collect()),
        };
        let mut beside = self.beside(workspace, &whom, query.with_directory).await?;
        for person in &mut people {
            let user = person.user;
            person.shape.has_password = !beside.without_password.contains(&user);
            person.shape.password_temporary_until = beside.temporary.get(&user).copied();
            person.shape.has_address = !beside.without_address.contains(&user);
            person.shape.app = beside.app.contains(&user);
            person.shape.passkey = beside.passkey.contains(&user);
            if let Some(providers) = beside.providers.remove(&user) {
                person.shape.providers = providers.into_iter().collect();
            }
        }
        Ok(people)
    }

    async fn beside(&self, workspace: WorkspaceId, whom: &Whom, with_directory: bool) -> Result<Beside, Trouble> {
        // SQLite would take a unique index, and look each address up for what that does not hold.
        let index = match self.store.backend() {
            DbBackend::Postgres => "",
            _ => "INDEXED BY user_emails_population_idx",
        };
        let mut beside = Beside {
            without_password: self
                .ids(
                    workspace,
                    whom,
                    "SELECT id FROM users WHERE workspace_id = $1 AND password_phc IS NULL AND",
                    "id",
                )
                .await?,
            without_address: self
                .ids(
                    workspace,
                    whom,
                    &format!(
                        "SELECT u.id FROM users u WHERE u.workspace_id = $1 AND NOT EXISTS (SELECT 1 FROM user_emails e \
                         {index} WHERE e.workspace_id = u.workspace_id AND e.user_id = u.id AND e.is_primary) AND"
                    ),
                    "u.id",
                )
                .await?,
            app: self
                .ids(
                    workspace,
                    whom,
                    "SELECT user_id AS id FROM user_factors WHERE workspace_id = $1 AND enabled_at IS NOT NULL AND",
                    "user_id",
                )
                .await?,
            passkey: self
                .ids(
                    workspace,
                    whom,
                    "SELECT DISTINCT user_id AS id FROM passkeys WHERE workspace_id = $1 AND",
                    "user_id",
                )
                .await?,
            ..Beside::default()
        };
        let sql = format!(
            "SELECT id, password_temporary_until FROM users WHERE workspace_id = $1 \
             AND password_temporary_until IS NOT NULL AND {}",
            whom.condition("id")
        );
        for row in raw::all(self.store.reader(), &sql, whom.values(workspace)).await? {
            let until: i64 = row.try_get("", "password_temporary_until")?;
            beside.temporary.insert(user(&row)?, Timestamp::from_micros(until));
        }
        for row in self.identities(workspace, whom, with_directory).await? {
            let provider: String = row.try_get("", "provider")?;
            let provider = ProviderId::parse(&provider).map_err(|_id| Unreadable::new("connections", "provider"))?;
            if provider.is_hand_over() {
                continue;
            }
            let by_identity: Option<i64> = row.try_get("", "by_identity")?;
            let by_email: Option<i64> = row.try_get("", "by_email")?;
            let standing = match by_identity.or(by_email) {
                None => DirectoryStanding::NoRecord,
                Some(0) => DirectoryStanding::Inactive,
                Some(_) => DirectoryStanding::Active,
            };
            let theirs = beside.providers.entry(user(&row)?).or_default();
            let best = theirs.entry(provider).or_insert(standing);
            *best = standing.max(*best);
        }
        Ok(beside)
    }

    async fn ids(
        &self,
        workspace: WorkspaceId,
        whom: &Whom,
        sql: &str,
        column: &str,
    ) -> Result<BTreeSet<UserId>, Trouble> {
        let sql = format!("{sql} {}", whom.condition(column));
        let rows = raw::all(self.store.reader(), &sql, whom.values(workspace)).await?;
        rows.iter().map(user).collect()
    }

    /// Identities that open accounts, and whether a record of the directory admits them: by the identity itself, or else by
    /// the address that was vouched for. 1 for an active record, 0 for an inactive one.
    async fn identities(
        &self,
        workspace: WorkspaceId,
        whom: &Whom,
        with_directory: bool,
    ) -> Result<Vec<QueryResult>, Trouble> {
        const NONE: &str = "CAST(NULL AS BIGINT)";
        let (connected, vouched, known) = if with_directory {
            (
                "(SELECT MAX(CASE WHEN r.active THEN 1 ELSE 0 END) FROM directory_records r \
                 WHERE r.workspace_id = c.workspace_id AND r.external_id = c.subject AND r.scope_provider = c.provider \
                 AND r.scope_tenant = c.tenant AND (r.scope_issuer IS NULL OR r.scope_issuer = c.issuer))",
                "(SELECT MAX(CASE WHEN r.active THEN 1 ELSE 0 END) FROM directory_emails e JOIN directory_records r \
                 ON r.workspace_id = e.workspace_id AND r.id = e.record_id WHERE e.workspace_id = c.workspace_id \
                 AND e.address_key = c.vouched_key)",
                "(SELECT MAX(CASE WHEN r.active THEN 1 ELSE 0 END) FROM directory_records r \
                 WHERE r.workspace_id = i.workspace_id AND r.external_id = i.subject \
                 AND r.scope_provider = CASE i.kind WHEN 'x' THEN 'twitter' ELSE 'facebook' END)",
            )
        } else {
            (NONE, NONE, NONE)
        };
        // The types are said, since PostgreSQL has none for a bare NULL, and counts differently in each width.
        let sql = format!(
            "SELECT p.id, p.provider, CAST(p.by_identity AS BIGINT) AS by_identity, CAST(p.by_email AS BIGINT) AS by_email \
             FROM (SELECT c.user_id AS id, c.provider AS provider, {connected} AS by_identity, {vouched} AS by_email \
             FROM connections c WHERE c.workspace_id = $1 AND {} \
             UNION ALL SELECT i.user_id, CASE i.kind WHEN 'x' THEN 'twitter' ELSE 'facebook' END, {known}, {NONE} \
             FROM identities i WHERE i.workspace_id = $1 AND i.kind IN ('x', 'facebook') AND {}) p",
            whom.condition("c.user_id"),
            whom.condition("i.user_id"),
        );
        Ok(raw::all(self.store.reader(), &sql, whom.values(workspace)).await?)
    }

    async fn names_of(&self, workspace: WorkspaceId, users: &[UserId]) -> Result<Vec<NamedPerson>, Trouble> {
        let mut named = Vec::with_capacity(users.len());
        for some in users.chunks(NAMED_AT_ONCE) {
            let whom = Whom::These(some.to_vec());
            let sql = format!(
                "SELECT u.id, u.name, e.address FROM users u LEFT JOIN user_emails e ON e.workspace_id = u.workspace_id \
                 AND e.user_id = u.id AND e.is_primary WHERE u.workspace_id = $1 AND {}",
                whom.condition("u.id")
            );
            for row in raw::all(self.store.reader(), &sql, whom.values(workspace)).await? {
                let address: Option<String> = row.try_get("", "address")?;
                let address = address.map(|address| EmailAddress::parse(&address)).transpose();
                named.push(NamedPerson {
                    user: user(&row)?,
                    name: row.try_get("", "name")?,
                    address: address.map_err(|_refused| Unreadable::new("user_emails", "address"))?,
                });
            }
        }
        named.sort_by_key(|person| person.user);
        Ok(named)
    }

    async fn estimate_of(&self, workspace: WorkspaceId, audience: Audience) -> Result<u64, Trouble> {
        let sql = format!(
            "SELECT COUNT(*) AS people FROM users u WHERE u.workspace_id = $1 AND {}",
            of_audience(audience)
        );
        let row = raw::one(self.store.reader(), &sql, [workspace.as_uuid().into()]).await?;
        let people: i64 = row.map(|row| row.try_get("", "people")).transpose()?.unwrap_or(0);
        Ok(u64::try_from(people).unwrap_or(0))
    }
}

/// The few of the staff are found by their roles; customers are nearly everybody, so that all are walked through.
const fn of_audience(audience: Audience) -> &'static str {
    match audience {
        Audience::Customers => "u.role IN ('customer', 'collaborator')",
        Audience::Staff => {
            "u.id IN (SELECT s.id FROM users s WHERE s.workspace_id = $1 AND s.role IN ('agent', 'admin', 'owner'))"
        }
    }
}

fn user(row: &QueryResult) -> Result<UserId, Trouble> {
    Ok(UserId::from_uuid(row.try_get_by_index(0)?))
}

/// A person as their own row tells of them; what stands elsewhere is filled in afterwards.
fn person(row: &QueryResult) -> Result<Sketch, Trouble> {
    let role: String = row.try_get_by_index(1)?;
    let status: String = row.try_get_by_index(2)?;
    let permissions: Option<String> = row.try_get_by_index(3)?;
    let own_permissions = permissions
        .map(|names| Permissions::from_names(&names).ok_or(Unreadable::new(TABLE, "permissions")))
        .transpose()?;
    Ok(Sketch {
        user: user(row)?,
        own_permissions,
        shape: Shape {
            role: Role::parse(&role).ok_or(Unreadable::new(TABLE, "role"))?,
            status: UserStatus::parse(&status).ok_or(Unreadable::new(TABLE, "status"))?,
            has_password: false,
            password_temporary_until: None,
            has_address: false,
            app: false,
            passkey: false,
            providers: Vec::new(),
        },
    })
}

#[async_trait]
impl Population for SeaPopulation {
    async fn page(&self, workspace: WorkspaceId, query: PopulationQuery) -> PortResult<Vec<Sketch>> {
        let page = self.page_of(workspace, &query).await;
        page.map_err(|trouble| trouble.at("population.page"))
    }

    async fn names(&self, workspace: WorkspaceId, users: Vec<UserId>) -> PortResult<Vec<NamedPerson>> {
        let named = self.names_of(workspace, &users).await;
        named.map_err(|trouble| trouble.at("population.names"))
    }

    async fn estimate(&self, workspace: WorkspaceId, audience: Audience) -> PortResult<u64> {
        let estimate = self.estimate_of(workspace, audience).await;
        estimate.map_err(|trouble| trouble.at("population.estimate"))
    }
}
