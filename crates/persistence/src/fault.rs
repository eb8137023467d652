//! What went wrong in a database, in the words of the ports.

use std::borrow::Cow;
use std::sync::Arc;

use doorward_domain::ports::{FaultKind, PortError};
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use thiserror::Error;

/// A row that does not make sense: somebody wrote to the database by hand, or it is of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("`{column}` of a row in `{table}` makes no sense")]
pub(crate) struct Unreadable {
    /// The table.
    pub(crate) table: &'static str,
    /// The column.
    pub(crate) column: &'static str,
}

impl Unreadable {
    pub(crate) const fn new(table: &'static str, column: &'static str) -> Self {
        Self { table, column }
    }

    /// The failure of a port at `place`.
    pub(crate) fn at(self, place: &'static str) -> PortError {
        PortError::new(FaultKind::Corrupt, place, self)
    }
}

/// Maps a database error at `place` to the failure of a port: `.map_err(fault("users.find"))`.
pub(crate) fn fault(place: &'static str) -> impl Fn(DbErr) -> PortError {
    move |error| PortError::new(kind(&error), place, error)
}

/// Maps an error of a statement that went past sea-orm.
pub(crate) fn at_sqlx(place: &'static str) -> impl Fn(sqlx::Error) -> PortError {
    move |error| fault(place)(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
}

/// Anything that can go wrong inside a transaction of several steps.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// A statement.
    Database(DbErr),
    /// A step that names its own place.
    Port(PortError),
    /// A row.
    Unreadable(Unreadable),
}

impl From<DbErr> for Trouble {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<PortError> for Trouble {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl From<Unreadable> for Trouble {
    fn from(error: Unreadable) -> Self {
        Self::Unreadable(error)
    }
}

impl Trouble {
    /// The failure of a port at `place`.
    pub(crate) fn at(self, place: &'static str) -> PortError {
        match self {
            Self::Database(error) => fault(place)(error),
            Self::Port(error) => error,
            Self::Unreadable(error) => error.at(place),
        }
    }

    /// Whether the database ended the transaction so that others could go on.
    pub(crate) fn is_deadlock(&self) -> bool {
        matches!(self, Self::Database(error) if is_deadlock(error))
    }

    /// Whether this is the end of a race that the same transaction may win, or lose cleanly, when tried again.
    pub(crate) fn is_lost_race(&self) -> bool {
        matches!(self, Self::Database(error) if is_taken(error) || is_deadlock(error))
    }
}

/// Whether a unique constraint said no, on either database.
pub(crate) fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether the database ended the transaction so that others could go on; it may be tried again as a whole.
pub(crate) fn is_deadlock(error: &DbErr) -> bool {
    // 40001 serialization failure, 40P01 deadlock.
    database_code(error).is_some_and(|code| code == "40001" || code == "40P01")
}

fn kind(error: &DbErr) -> FaultKind {
    match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => FaultKind::Unavailable,
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            match cause.as_ref() {
                sqlx::Error::Database(_) => {
                    database_code(error).map_or(FaultKind::Unavailable, |code| kind_of_code(&code))
                }
                sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::Decode(_)
                | sqlx::Error::TypeNotFound { .. }
                | sqlx::Error::ColumnNotFound(_)
                | sqlx::Error::ColumnIndexOutOfBounds { .. } => FaultKind::Corrupt,
                sqlx::Error::Encode(_) => FaultKind::Misuse,
                _ => FaultKind::Unavailable,
            }
        }
        DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } | DbErr::Migration(_) => FaultKind::Corrupt,
        _ => FaultKind::Misuse,
    }
}

/// SQLite's codes are numbers, the low byte naming the family; PostgreSQL's are five characters, the first two naming it.
fn kind_of_code(code: &str) -> FaultKind {
    if code.len() == 5 {
        return match code.get(..2) {
            // Data exception, integrity violation: the caller sent what the schema forbids.
            Some("22" | "23") => FaultKind::Misuse,
            // Internal error over damaged data; undefined table or column: another schema.
            Some("42" | "XX") => FaultKind::Corrupt,
            _ => FaultKind::Unavailable,
        };
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        // SQLITE_ERROR (no such table), SQLITE_CORRUPT, SQLITE_NOTADB.
        Ok(1 | 11 | 26) => FaultKind::Corrupt,
        // SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_MISUSE, SQLITE_RANGE.
        Ok(19 | 20 | 21 | 25) => FaultKind::Misuse,
        _ => FaultKind::Unavailable,
    }
}

/// The database's own code of an error, if it has one.
pub(crate) fn database_code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return None;
    };
    cause
        .as_database_error()
        .and_then(|error| error.code().map(Cow::into_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_who_is_at_fault() {
        for (code, kind) in [
            ("5", FaultKind::Unavailable),
            ("517", FaultKind::Unavailable),
            ("13", FaultKind::Unavailable),
            ("11", FaultKind::Corrupt),
            ("26", FaultKind::Corrupt),
            ("2067", FaultKind::Misuse),
            ("57014", FaultKind::Unavailable),
            ("55P03", FaultKind::Unavailable),
            ("08006", FaultKind::Unavailable),
            ("40P01", FaultKind::Unavailable),
            ("23503", FaultKind::Misuse),
            ("42P01", FaultKind::Corrupt),
        ] {
            assert_eq!(kind_of_code(code), kind, "{code}");
        }
    }
}
