//! The narrow path of a session check: one prepared statement on the driver's own handle, beside the entity layer.

use doorward_domain::ids::{SessionId, UserId, WorkspaceId};
use doorward_domain::method::Method;
use doorward_domain::role::{Permissions, Role};
use doorward_domain::secret::TokenDigest;
use doorward_domain::session::SessionView;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Slug;
use sea_orm::{DatabaseConnection, DbBackend, DbErr, QueryResult};
use serde::Deserialize;
use sqlx::{PgPool, Row, SqlitePool};
use uuid::Uuid;

// What a check tells of a person beside their own row, as JSON texts: a primary address need not be verified, and a
// person may have several addresses and organisations, which a join would multiply.
macro_rules! person_columns {
    (sqlite) => {
        "users.name, users.role, users.language, users.time_zone, users.permissions, \
         (SELECT w.slug FROM workspaces w WHERE w.workspace_id = users.workspace_id), \
         (SELECT json_group_array(json_array(e.address, e.is_primary <> 0, e.verified_at IS NOT NULL) \
          ORDER BY e.is_primary DESC, e.created_at, e.address) FROM user_emails e \
          WHERE e.workspace_id = users.workspace_id AND e.user_id = users.id), \
         (SELECT json_group_array(o.name ORDER BY o.name) FROM memberships m JOIN organisations o \
          ON o.workspace_id = m.workspace_id AND o.id = m.organisation_id \
          WHERE m.workspace_id = users.workspace_id AND m.user_id = users.id)"
    };
    (postgres) => {
        "users.name, users.role, users.language, users.time_zone, users.permissions, \
         (SELECT w.slug FROM workspaces w WHERE w.workspace_id = users.workspace_id), \
         COALESCE((SELECT json_agg(json_build_array(e.address, e.is_primary::int, (e.verified_at IS NOT NULL)::int) \
          ORDER BY e.is_primary DESC, e.created_at, e.address) FROM user_emails e \
          WHERE e.workspace_id = users.workspace_id AND e.user_id = users.id)::text, '[]'), \
         COALESCE((SELECT json_agg(o.name ORDER BY o.name) FROM memberships m JOIN organisations o \
          ON o.workspace_id = m.workspace_id AND o.id = m.organisation_id \
          WHERE m.workspace_id = users.workspace_id AND m.user_id = users.id)::text, '[]')"
    };
}

macro_rules! check {
    ($dialect:ident) => {
        concat!(
            "SELECT ",
            person_columns!($dialect),
            ", s.id, s.workspace_id, s.user_id, s.method, s.created_at, s.last_seen_at, s.idle_micros, s.expires_at, \
             s.proved_at FROM sessions s JOIN users ON users.workspace_id = s.workspace_id AND users.id = s.user_id \
             WHERE s.token_digest = $1 AND users.status = 'active'"
        )
    };
}

macro_rules! touch {
    ($dialect:ident) => {
        concat!(
            "UPDATE users SET last_sign_in_at = $3, password_phc = COALESCE($4, password_phc) \
             WHERE users.workspace_id = $1 AND users.id = $2 AND users.credentials_version = $5 AND users.status = 'active' RETURNING ",
            person_columns!($dialect)
        )
    };
}

macro_rules! take {
    ($dialect:ident, $lock:expr) => {
        concat!(
            "SELECT ",
            person_columns!($dialect),
            " FROM users WHERE users.workspace_id = $1 AND users.id = $2 AND users.status = 'active'",
            $lock
        )
    };
}

const CHECK_SQLITE: &str = check!(sqlite);
const CHECK_POSTGRES: &str = check!(postgres);

/// Notes a sign-in on a person who is still as the grant says, and returns what [`Person`] reads. `$1` workspace, `$2`
/// person, `$3` now, `$4` a new hash or NULL, `$5` the version of the credentials.
pub(super) fn touch_person(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => touch!(postgres),
        _ => touch!(sqlite),
    }
}

/// Takes the row of a person who may come in, and returns what [`Person`] reads. `$1` workspace, `$2` person.
pub(super) fn take_person(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => take!(postgres, " FOR NO KEY UPDATE"),
        _ => take!(sqlite, ""),
    }
}

/// A session and its person as read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) view: SessionView,
    pub(super) last_seen: Timestamp,
    pub(super) idle_micros: i64,
}

/// What the session's own row says.
#[derive(Debug, Clone, Copy)]
pub(super) struct SessionPart {
    pub(super) id: SessionId,
    pub(super) created_at: Timestamp,
    pub(super) proved_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) method: Method,
    pub(super) workspace: WorkspaceId,
    pub(super) user: UserId,
}

/// What the rest says.
#[derive(Debug)]
pub(super) struct Person {
    name: String,
    role: Role,
    permissions: Permissions,
    language: Option<String>,
    time_zone: Option<String>,
    slug: Slug,
    primary_email: Option<String>,
    emails: Vec<String>,
    organisations: Vec<String>,
}

#[derive(Deserialize)]
struct Address(String, u8, u8);

#[derive(Debug, thiserror::Error)]
enum Nonsense {
    #[error("no such role")]
    Role,
    #[error("no such permission")]
    Permission,
    #[error("no such method")]
    Method,
    #[error("not a slug")]
    Slug,
    #[error("not a list")]
    List(#[from] serde_json::Error),
}

struct PersonTexts {
    name: String,
    role: String,
    language: Option<String>,
    time_zone: Option<String>,
    /// Those of a role of the workspace's own making, in place of what the built-in one permits.
    permissions: Option<String>,
    slug: String,
    addresses: String,
    organisations: String,
}

impl TryFrom<PersonTexts> for Person {
    type Error = Nonsense;

    fn try_from(texts: PersonTexts) -> Result<Self, Nonsense> {
        let addresses: Vec<Address> = serde_json::from_str(&texts.addresses)?;
        let primary_email = addresses
            .iter()
            .find(|Address(_, primary, _)| *primary != 0)
            .map(|Address(address, ..)| address.clone());
        let name = if texts.name.trim().is_empty() {
            let local = primary_email.as_deref().and_then(|address| address.rsplit_once('@'));
            local.map(|(local, _)| local.to_owned()).unwrap_or_default()
        } else {
            texts.name
        };
        let role = Role::parse(&texts.role).ok_or(Nonsense::Role)?;
        let permissions = match &texts.permissions {
            Some(names) => Permissions::from_names(names).ok_or(Nonsense::Permission)?,
            None => role.permissions(),
        };
        Ok(Self {
            name,
            role,
            permissions,
            language: texts.language,
            time_zone: texts.time_zone,
            slug: Slug::parse(&texts.slug).map_err(|_slug| Nonsense::Slug)?,
            primary_email,
            emails: addresses
                .into_iter()
                .filter(|Address(_, _, verified)| *verified != 0)
                .map(|Address(address, ..)| address)
                .collect(),
            organisations: serde_json::from_str(&texts.organisations)?,
        })
    }
}

impl Person {
    pub(super) fn read(row: &QueryResult) -> Result<Self, DbErr> {
        let texts = PersonTexts {
            name: row.try_get_by_index(0)?,
            role: row.try_get_by_index(1)?,
            language: row.try_get_by_index(2)?,
            time_zone: row.try_get_by_index(3)?,
            permissions: row.try_get_by_index(4)?,
            slug: row.try_get_by_index(5)?,
            addresses: row.try_get_by_index(6)?,
            organisations: row.try_get_by_index(7)?,
        };
        Self::try_from(texts).map_err(|nonsense| DbErr::Type(nonsense.to_string()))
    }

    pub(super) fn view(self, session: SessionPart) -> SessionView {
        SessionView {
            id: session.id,
            created_at: session.created_at,
            proved_at: session.proved_at,
            expires_at: session.expires_at,
            method: session.method,
            workspace: session.workspace,
            workspace_slug: self.slug,
            user: session.user,
            name: self.name,
            primary_email: self.primary_email,
            emails: self.emails,
            role: self.role,
            permissions: self.permissions,
            organisations: self.organisations,
            language: self.language,
            time_zone: self.time_zone,
        }
    }
}

/// The driver's own handle.
#[derive(Debug, Clone)]
pub(super) enum Narrow {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

// The two rows have types of their own and no trait in common that would let one function read both.
macro_rules! read_row {
    ($row:expr) => {{
        let row = $row;
        let texts = PersonTexts {
            name: row.try_get(0)?,
            role: row.try_get(1)?,
            language: row.try_get(2)?,
            time_zone: row.try_get(3)?,
            permissions: row.try_get(4)?,
            slug: row.try_get(5)?,
            addresses: row.try_get(6)?,
            organisations: row.try_get(7)?,
        };
        let method: String = row.try_get(11)?;
        let session = SessionPart {
            id: SessionId::from_uuid(row.try_get::<Uuid, _>(8)?),
            workspace: WorkspaceId::from_uuid(row.try_get::<Uuid, _>(9)?),
            user: UserId::from_uuid(row.try_get::<Uuid, _>(10)?),
            method: Method::parse(&method).ok_or_else(|| sqlx::Error::Decode(Nonsense::Method.into()))?,
            created_at: Timestamp::from_micros(row.try_get(12)?),
            expires_at: Timestamp::from_micros(row.try_get(15)?),
            proved_at: Timestamp::from_micros(row.try_get(16)?),
        };
        let person = Person::try_from(texts).map_err(|nonsense| sqlx::Error::Decode(nonsense.into()))?;
        Read {
            last_seen: Timestamp::from_micros(row.try_get(13)?),
            idle_micros: row.try_get(14)?,
            view: person.view(session),
        }
    }};
}

impl Narrow {
    pub(super) fn of(reader: &DatabaseConnection) -> Self {
        match reader.get_database_backend() {
            DbBackend::Postgres => Self::Postgres(reader.get_postgres_connection_pool().clone()),
            _ => Self::Sqlite(reader.get_sqlite_connection_pool().clone()),
        }
    }

    pub(super) async fn read(&self, token: &TokenDigest) -> Result<Option<Read>, sqlx::Error> {
        let token = token.as_bytes().as_slice();
        Ok(match self {
            Self::Sqlite(pool) => match sqlx::query(CHECK_SQLITE).bind(token).fetch_optional(pool).await? {
                Some(row) => Some(read_row!(row)),
                None => None,
            },
            Self::Postgres(pool) => match sqlx::query(CHECK_POSTGRES).bind(token).fetch_optional(pool).await? {
                Some(row) => Some(read_row!(row)),
                None => None,
            },
        })
    }
}
