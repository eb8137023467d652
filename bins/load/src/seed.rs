//! Fills a database with people and sessions, straight through SQL: hashing a million passwords is out of the question,
//! so all share one hash.

use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use argon2::PasswordHasher as _;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "seven quiet lanterns drift";
/// Rows of one statement.
const BATCH: u32 = 400;
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// The address of the person of that number.
pub(crate) fn address(number: u32) -> String {
    format!("person{number}@load.example")
}

fn token_bytes(number: u32) -> [u8; 32] {
    Sha256::digest(format!("doorward-load token {number}")).into()
}

/// The session token of the person of that number.
pub(crate) fn token(number: u32) -> String {
    BASE64URL_NOPAD.encode(&token_bytes(number))
}

/// What is stored of that token.
pub(crate) fn token_digest(number: u32) -> [u8; 32] {
    Sha256::digest(token_bytes(number)).into()
}

fn id(kind: &str, number: u32) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(format!("doorward-load {kind} {number}")).into();
    let mut id: [u8; 16] = digest.first_chunk().copied().unwrap_or_default();
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut id;
    *version = *version & 0x0F | 0x40;
    *variant = *variant & 0x3F | 0x80;
    id
}

fn hash() -> Result<String> {
    let hash = argon2::Argon2::default()
        .hash_password(PASSWORD.as_bytes())
        .map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
    Ok(hash.to_string())
}

fn now_micros() -> Result<i64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "rows of a real database are made at the real time; no rule is asked"
    )]
    let now = SystemTime::now();
    Ok(i64::try_from(now.duration_since(UNIX_EPOCH)?.as_micros())?)
}

/// Who the people are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crowd {
    /// All called alike, each with a number.
    Alike,
    /// Called as people are, with addresses, organisations and identities of many kinds, for searching them. The first of
    /// them is the owner.
    Mixed,
}

const FIRST_NAMES: [&str; 40] = [
    "Anna",
    "Ben",
    "Carla",
    "David",
    "Élodie",
    "Fatima",
    "Günther",
    "Hannah",
    "Ivan",
    "José",
    "Klara",
    "Liam",
    "Maria",
    "Noah",
    "Olga",
    "Peter",
    "Qi",
    "Rosa",
    "Søren",
    "Thomas",
    "Uma",
    "Viktor",
    "Wei",
    "Xenia",
    "Yusuf",
    "Zoë",
    "John",
    "Mary",
    "James",
    "Patricia",
    "محمد",
    "فاطمة",
    "أحمد",
    "伟",
    "Дмитрий",
    "Anneliese",
    "Joanna",
    "Johann",
    "Marie",
    "Luca",
];
const LAST_NAMES: [&str; 40] = [
    "Smith",
    "Müller",
    "García",
    "Johnson",
    "Nowak",
    "Kowalski",
    "Rossi",
    "Dubois",
    "Schmidt",
    "Fischer",
    "Weber",
    "Meyer",
    "Wagner",
    "Becker",
    "Schulz",
    "Hoffmann",
    "Koch",
    "Bauer",
    "Richter",
    "Klein",
    "Wolf",
    "Schröder",
    "Neumann",
    "Schwarz",
    "Zimmermann",
    "Braun",
    "Krüger",
    "Hartmann",
    "Lange",
    "Werner",
    "Lehmann",
    "Köhler",
    "Jones",
    "Brown",
    "Davis",
    "Miller",
    "الخطيب",
    "حسن",
    "王",
    "Иванов",
];

impl Crowd {
    /// Spreads the numbers, so that neighbours are not called alike.
    fn draw(number: u32, salt: u32, of: u32) -> u32 {
        let mixed = number.wrapping_add(salt).wrapping_mul(0x9E37_79B1);
        (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA6B).rotate_left(13) % of
    }

    fn pick(names: &[&'static str; 40], number: u32, salt: u32) -> &'static str {
        let at = Self::draw(number, salt, 40) as usize;
        names.get(at).copied().unwrap_or_default()
    }

    /// The address of the person of that number.
    pub(crate) fn address(self, number: u32) -> String {
        match self {
            Self::Alike => address(number),
            Self::Mixed if Self::draw(number, 3, 2) == 0 => format!("{}.{number}@mail.example", Self::latin(number)),
            Self::Mixed => {
                let company = Self::draw(number, 4, 5_000);
                format!("{}.{number}@company{company}.example", Self::latin(number))
            }
        }
    }

    fn latin(number: u32) -> String {
        let name = Self::pick(&LAST_NAMES, number, 2).to_lowercase();
        if name.is_ascii() { name } else { "person".to_owned() }
    }

    fn name(self, number: u32) -> String {
        match self {
            Self::Alike => format!("Person Number{number}"),
            Self::Mixed => format!(
                "{} {}",
                Self::pick(&FIRST_NAMES, number, 1),
                Self::pick(&LAST_NAMES, number, 2)
            ),
        }
    }

    /// What a search looks through: name, address, organisation and identity, a line each.
    fn search_text(self, number: u32) -> String {
        let mut text = format!("{}\n{}", self.name(number).to_lowercase(), self.address(number));
        if self == Self::Mixed {
            if Self::draw(number, 5, 3) == 0 {
                // Writing to a String cannot fail.
                let _ = write!(text, "\ncompany {} gmbh & co. 100%_kg", Self::draw(number, 4, 5_000));
            }
            if Self::draw(number, 6, 5) == 0 {
                let subject = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                let _ = write!(text, "\n{subject}");
            }
        }
        text
    }

    fn role(self, number: u32) -> &'static str {
        if self == Self::Mixed && number == 0 {
            "owner"
        } else {
            "customer"
        }
    }
}

/// Fills the database with `users` people, each with one proved address and one session.
pub(crate) fn fill(url: &str, workspace: &str, users: u32, crowd: Crowd) -> Result<Duration> {
    let began = Instant::now();
    let rows = Rows {
        phc: hash()?,
        now: now_micros()?,
        users,
        crowd,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Some(path) = url.strip_prefix("sqlite://") {
        runtime.block_on(rows.into_sqlite(Path::new(path), workspace))?;
    } else if url.starts_with("postgres") {
        runtime.block_on(rows.into_postgres(url, workspace))?;
    } else {
        bail!("the database URL is neither sqlite:// nor postgres://");
    }
    Ok(began.elapsed())
}

struct Rows {
    phc: String,
    now: i64,
    users: u32,
    crowd: Crowd,
}

impl Rows {
    async fn into_sqlite(self, path: &Path, workspace: &str) -> Result<()> {
        let options = SqliteConnectOptions::from_str("sqlite:")?
            .filename(path)
            .foreign_keys(false);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let workspace: Vec<u8> = sqlx::query("SELECT workspace_id FROM workspaces WHERE slug = $1")
            .bind(workspace)
            .fetch_one(&mut connection)
            .await
            .context("no such workspace")?
            .try_get(0)?;
        sqlx::query("PRAGMA cache_size = -262144")
            .execute(&mut connection)
            .await?;
        let mut transaction = connection.begin().await?;
        let mut first = 0;
        while first < self.users {
            let next = (first + BATCH).min(self.users);
            let count = next - first;
            let sql = insert(
                "users (workspace_id, id, role, status, name, search_text, password_phc, credentials_version, created_at)",
                9,
                count,
            );
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for number in first..next {
                query = query
                    .bind(&workspace)
                    .bind(id("user", number).to_vec())
                    .bind(self.crowd.role(number))
                    .bind("active")
                    .bind(self.crowd.name(number))
                    .bind(self.crowd.search_text(number))
                    .bind(&self.phc)
                    .bind(1_i64)
                    .bind(self.now);
            }
            query.execute(&mut *transaction).await?;

            let sql = insert(
                "user_emails (workspace_id, id, user_id, address, address_key, is_primary, verified_at, created_at)",
                8,
                count,
            );
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for number in first..next {
                let address = self.crowd.address(number);
                query = query
                    .bind(&workspace)
                    .bind(id("email", number).to_vec())
                    .bind(id("user", number).to_vec())
                    .bind(address.clone())
                    .bind(address)
                    .bind(true)
                    .bind(self.now)
                    .bind(self.now);
            }
            query.execute(&mut *transaction).await?;

            let sql = insert(
                "sessions (workspace_id, token_digest, id, user_id, method, created_at, last_seen_at, idle_micros, \
                 expires_at, ends_at, client_address, user_agent, request_id)",
                13,
                count,
            );
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for number in first..next {
                query = query
                    .bind(&workspace)
                    .bind(token_digest(number).to_vec())
                    .bind(id("session", number).to_vec())
                    .bind(id("user", number).to_vec())
                    .bind("password")
                    .bind(self.now)
                    .bind(self.now)
                    .bind(7 * DAY_MICROS)
                    .bind(self.now + 30 * DAY_MICROS)
                    .bind(self.now + 7 * DAY_MICROS)
                    .bind("127.0.0.1")
                    .bind("doorward-load")
                    .bind(id("request", number).to_vec());
            }
            query.execute(&mut *transaction).await?;
            first = next;
        }
        transaction.commit().await?;
        sqlx::query("PRAGMA optimize").execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    async fn into_postgres(self, url: &str, workspace: &str) -> Result<()> {
        let mut connection = PgConnection::connect(url).await?;
        let workspace: String = sqlx::query("SELECT workspace_id::text FROM workspaces WHERE slug = $1")
            .bind(workspace)
            .fetch_one(&mut connection)
            .await
            .context("no such workspace")?
            .try_get(0)?;
        let uuid = |kind: &str, number: u32| HEXLOWER.encode(&id(kind, number));
        let (phc, now, crowd) = (&self.phc, self.now, self.crowd);
        copy(
            &mut connection,
            "COPY users (workspace_id, id, role, status, name, search_text, password_phc, credentials_version, created_at) \
             FROM STDIN",
            self.users,
            |text, number| {
                let (role, name) = (crowd.role(number), crowd.name(number));
                let search = crowd.search_text(number).replace('\n', "\\n");
                writeln!(
                    text,
                    "{workspace}\t{}\t{role}\tactive\t{name}\t{search}\t{phc}\t1\t{now}",
                    uuid("user", number)
                )
            },
        )
        .await?;
        copy(
            &mut connection,
            "COPY user_emails (workspace_id, id, user_id, address, address_key, is_primary, verified_at, created_at) FROM STDIN",
            self.users,
            |text, number| {
                let address = crowd.address(number);
                writeln!(
                    text,
                    "{workspace}\t{}\t{}\t{address}\t{address}\tt\t{now}\t{now}",
                    uuid("email", number),
                    uuid("user", number)
                )
            },
        )
        .await?;
        copy(
            &mut connection,
            "COPY sessions (workspace_id, token_digest, id, user_id, method, created_at, last_seen_at, idle_micros, \
             expires_at, ends_at, client_address, user_agent, request_id) FROM STDIN",
            self.users,
            |text, number| {
                writeln!(
                    text,
                    "{workspace}\t\\\\x{}\t{}\t{}\tpassword\t{now}\t{now}\t{}\t{}\t{}\t127.0.0.1\tdoorward-load\t{}",
                    HEXLOWER.encode(&token_digest(number)),
                    uuid("session", number),
                    uuid("user", number),
                    7 * DAY_MICROS,
                    now + 30 * DAY_MICROS,
                    now + 7 * DAY_MICROS,
                    uuid("request", number)
                )
            },
        )
        .await?;
        sqlx::raw_sql("ANALYZE").execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }
}

fn insert(into: &str, columns: u32, rows: u32) -> String {
    let mut sql = format!("INSERT INTO {into} VALUES ");
    let one = format!("({})", vec!["?"; columns as usize].join(","));
    sql.push_str(&vec![one.as_str(); rows as usize].join(","));
    sql
}

async fn copy(
    connection: &mut PgConnection,
    statement: &'static str,
    users: u32,
    line: impl Fn(&mut String, u32) -> std::fmt::Result,
) -> Result<()> {
    const CHUNK: usize = 1 << 18;
    let mut into = connection.copy_in_raw(statement).await?;
    let mut text = String::with_capacity(CHUNK + 1_024);
    for number in 0..users {
        line(&mut text, number)?;
        if text.len() >= CHUNK {
            into.send(std::mem::take(&mut text).into_bytes()).await?;
        }
    }
    into.send(text.into_bytes()).await?;
    into.finish().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_the_shape_the_server_reads_and_differ() {
        assert_eq!(token(0).len(), 43);
        assert_ne!(token(0), token(1));
        assert_ne!(token_digest(0), token_digest(1));
    }

    #[test]
    fn ids_are_random_uuids_by_their_bits() {
        let id = id("user", 7);
        assert_eq!((id[6] >> 4, id[8] >> 6), (4, 2));
    }
}
