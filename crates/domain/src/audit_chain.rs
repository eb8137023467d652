//! The chain that seals the audit log (C6, R101): each row carries a digest over itself and the seal before it, so that a
//! row that is changed, removed or moved afterwards shows.
//!
//! The chain is made of SHA-256 without a key, so that whoever holds the rows can check them. Somebody who may write to the
//! database could therefore make a whole new chain: they are found by the head of the chain that was noted elsewhere
//! (`doorward audit verify` prints it, and takes an earlier one).
//!
//! What a seal is made over, byte by byte, for whoever checks an export with a program of their own: the text
//! `doorward audit 1`, then the twelve fields of [`AuditColumns`] in order, then the number of the row as eight bytes, then
//! the seal before it (32 bytes; zeros before the first row). A field is a byte 0 where it is absent, or else a byte 1, its
//! length as four bytes, and its bytes: texts as UTF-8, ids as their sixteen bytes, the instant as eight bytes of
//! microseconds since 1970. Numbers are big-endian.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::audit::{Actor, AuditEntry};
use crate::ids::UserId;

/// What is put before everything else that is digested, so that no seal is a digest of something of another kind.
const MARK: &[u8] = b"doorward audit 1";

/// A seal: the number of a row in the chain of its workspace, from one, and the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seal {
    /// The number.
    pub seq: u64,
    /// The digest.
    pub hash: [u8; 32],
}

impl Seal {
    /// What the first row of a workspace is sealed to.
    pub const BEGINNING: Self = Self { seq: 0, hash: [0; 32] };

    /// Reads what [`Display`](std::fmt::Display) wrote: the number, a colon, and the digest as 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, hex) = text.split_once(':')?;
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        let mut hash = [0_u8; 32];
        for (at, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()?;
        }
        Some(Self {
            seq: seq.parse().ok()?,
            hash,
        })
    }

    /// The digest as 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        let mut text = String::with_capacity(64);
        for byte in self.hash {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl std::fmt::Display for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.hex())
    }
}

/// A row of the audit log as it is stored and sealed: texts and numbers, whatever they mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditColumns {
    /// The row's id.
    pub id: Uuid,
    /// Its workspace.
    pub workspace: Uuid,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// Kind of the actor.
    pub actor_kind: String,
    /// Id of the actor.
    pub actor_id: Option<Uuid>,
    /// On whom.
    pub subject_id: Option<Uuid>,
    /// What.
    pub action: String,
    /// How it ended.
    pub outcome: String,
    /// Address of the client.
    pub client_address: Option<String>,
    /// The client's own description.
    pub user_agent: Option<String>,
    /// Id of the request.
    pub request_id: Option<Uuid>,
    /// What exactly.
    pub detail: Option<String>,
}

impl AuditColumns {
    /// The row of an entry.
    pub fn of(entry: &AuditEntry) -> Self {
        let (actor_kind, actor_id) = entry.actor.columns();
        let client = entry.client.as_ref();
        Self {
            id: entry.id.as_uuid(),
            workspace: entry.workspace.as_uuid(),
            at: entry.at.as_micros(),
            actor_kind: actor_kind.to_owned(),
            actor_id,
            subject_id: entry.subject.map(UserId::as_uuid),
            action: entry.action.as_str().to_owned(),
            outcome: entry.outcome.clone(),
            client_address: client.map(|client| client.address.to_string()),
            user_agent: client.map(|client| client.user_agent.clone()),
            request_id: client.map(|client| client.request.as_uuid()),
            detail: entry.detail.clone(),
        }
    }

    /// The seal of this row, when it comes after `before`.
    pub fn sealed_after(&self, before: &Seal) -> Seal {
        let seq = before.seq.saturating_add(1);
        let mut digest = Sha256::new();
        digest.update(MARK);
        let at = self.at.to_be_bytes();
        let fields: [Option<&[u8]>; 12] = [
            Some(self.id.as_bytes()),
            Some(self.workspace.as_bytes()),
            Some(&at),
            Some(self.actor_kind.as_bytes()),
            self.actor_id.as_ref().map(|id| id.as_bytes().as_slice()),
            self.subject_id.as_ref().map(|id| id.as_bytes().as_slice()),
            Some(self.action.as_bytes()),
            Some(self.outcome.as_bytes()),
            self.client_address.as_deref().map(str::as_bytes),
            self.user_agent.as_deref().map(str::as_bytes),
            self.request_id.as_ref().map(|id| id.as_bytes().as_slice()),
            self.detail.as_deref().map(str::as_bytes),
        ];
        for field in fields {
            match field {
                None => digest.update([0]),
                Some(bytes) => {
                    digest.update([1]);
                    digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
                    digest.update(bytes);
                }
            }
        }
        digest.update(seq.to_be_bytes());
        digest.update(before.hash);
        Seal {
            seq,
            hash: digest.finalize().into(),
        }
    }
}

impl Actor {
    /// Kind and id, as rows hold them.
    pub const fn columns(&self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Anonymous => ("anonymous", None),
            Self::User(id) => ("user", Some(id.as_uuid())),
            Self::ApiKey(id) => ("api-key", Some(id.as_uuid())),
            Self::ScimToken(id) => ("scim-token", Some(id.as_uuid())),
            Self::Operator => ("operator", None),
            Self::Server => ("server", None),
        }
    }
}

/// A row with the seal that stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    /// The row.
    pub row: AuditColumns,
    /// Its seal, as stored.
    pub seal: Seal,
    /// The digest of the seal before it, as stored.
    pub previous: [u8; 32],
}

/// Where the chain of a workspace stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// The last seal.
    pub sealed: Seal,
    /// When it was made, in microseconds since 1970.
    pub sealed_at: i64,
    /// The last row that was removed when its time was over; the chain begins after it.
    pub pruned: Seal,
}

/// The first thing that is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The row with that number is not there.
    #[error("row {seq} is missing: it was removed, or taken out of the chain")]
    Missing {
        /// Its number.
        seq: u64,
    },
    /// A row is not as it was sealed, or stands elsewhere than it was sealed.
    #[error("row {seq} ({id}) is not as it was sealed: it was changed or moved")]
    Changed {
        /// Its number.
        seq: u64,
        /// Its id.
        id: Uuid,
    },
    /// Rows at the end are gone.
    #[error("the chain ends at row {found}, but was sealed up to row {sealed}: rows at its end were removed")]
    CutOff {
        /// The last row that is there.
        found: u64,
        /// The last row that was sealed.
        sealed: u64,
    },
    /// A row stands behind the end of the chain.
    #[error("row {seq} ({id}) stands behind the end of the chain: it was added, or the chain was cut off before it")]
    Behind {
        /// Its number.
        seq: u64,
        /// Its id.
        id: Uuid,
    },
    /// The head that is noted does not fit the rows.
    #[error("the chain was made anew: row {seq} has another seal than was noted")]
    OtherHead {
        /// Number of the row.
        seq: u64,
    },
}

/// Checks a chain, row by row.
#[derive(Debug, Clone)]
pub struct Verifier {
    last: Seal,
    noted: Option<Seal>,
}

impl Verifier {
    /// Begins after the rows that were removed when their time was over. `noted` is a head that was kept elsewhere.
    pub const fn new(pruned: Seal, noted: Option<Seal>) -> Self {
        Self { last: pruned, noted }
    }

    /// Checks the next row, in order of number.
    ///
    /// # Errors
    /// [`Broken`], the first thing that is wrong.
    pub fn admit(&mut self, row: &SealedRow) -> Result<(), Broken> {
        let expected = self.last.seq.saturating_add(1);
        if row.seal.seq > expected {
            return Err(Broken::Missing { seq: expected });
        }
        let seal = row.row.sealed_after(&self.last);
        if seal != row.seal || row.previous != self.last.hash {
            return Err(Broken::Changed {
                seq: row.seal.seq,
                id: row.row.id,
            });
        }
        if self.noted.is_some_and(|noted| noted.seq == seal.seq && noted != seal) {
            return Err(Broken::OtherHead { seq: seal.seq });
        }
        self.last = seal;
        Ok(())
    }

    /// Ends the check: whether the chain reaches as far as it was sealed, and as far as was noted.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn finish(self, sealed: Seal) -> Result<Seal, Broken> {
        let reach = sealed.seq.max(self.noted.map_or(0, |noted| noted.seq));
        if self.last.seq < reach {
            return Err(Broken::CutOff {
                found: self.last.seq,
                sealed: reach,
            });
        }
        if self.last != sealed {
            return Err(Broken::OtherHead { seq: sealed.seq });
        }
        Ok(self.last)
    }

    /// The last seal that was found right.
    pub const fn reached(&self) -> Seal {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(n: u8, text: &str) -> AuditColumns {
        AuditColumns {
            id: Uuid::from_bytes([n; 16]),
            workspace: Uuid::from_bytes([9; 16]),
            at: i64::from(n),
            actor_kind: "user".to_owned(),
            actor_id: Some(Uuid::from_bytes([n; 16])),
            subject_id: n.is_multiple_of(2).then(|| Uuid::from_bytes([n; 16])),
            action: "signed-in".to_owned(),
            outcome: "ok".to_owned(),
            client_address: n.is_multiple_of(3).then(|| "192.0.2.1".to_owned()),
            user_agent: Some(text.to_owned()),
            request_id: None,
            detail: (n % 2 == 1).then(|| text.to_owned()),
        }
    }

    fn chain(rows: impl IntoIterator<Item = AuditColumns>) -> (Vec<SealedRow>, Seal) {
        let mut last = Seal::BEGINNING;
        let mut sealed = Vec::new();
        for row in rows {
            let seal = row.sealed_after(&last);
            sealed.push(SealedRow {
                row,
                seal,
                previous: last.hash,
            });
            last = seal;
        }
        (sealed, last)
    }

    fn check(rows: &[SealedRow], head: Seal, noted: Option<Seal>) -> Result<Seal, Broken> {
        let mut verifier = Verifier::new(Seal::BEGINNING, noted);
        for row in rows {
            verifier.admit(row)?;
        }
        verifier.finish(head)
    }

    /// The bytes of a seal are a promise: whoever checks an export with a program of their own relies on them.
    #[test]
    fn c6_the_bytes_of_a_seal_do_not_change() {
        let seal = row(3, "Ω").sealed_after(&Seal::BEGINNING);
        assert_eq!(seal.to_string(), KNOWN);
        assert_eq!(Seal::parse(KNOWN), Some(seal));
        for wrong in [
            "",
            "1",
            "1:",
            "x:00",
            "1:zz",
            &KNOWN.replace(':', ""),
            &format!("{KNOWN}0"),
        ] {
            assert_eq!(Seal::parse(wrong), None, "{wrong}");
        }
    }

    const KNOWN: &str = "1:a754f2d1e8bb68ab66d2750921b8c3c3b3cc7a2cc4a3cebd3cfc4596de7cd76b";

    #[test]
    fn c6_a_chain_that_was_made_anew_is_told_by_a_noted_head() {
        let (_, noted) = chain((1..6).map(|n| row(n, "as it was")));
        let (anew, head) = chain((1..9).map(|n| row(n, "as somebody wished")));
        assert_eq!(check(&anew, head, None), Ok(head));
        assert_eq!(check(&anew, head, Some(noted)), Err(Broken::OtherHead { seq: 5 }));
        let (shorter, head) = chain((1..4).map(|n| row(n, "as it was")));
        assert_eq!(
            check(&shorter, head, Some(noted)),
            Err(Broken::CutOff { found: 3, sealed: 5 })
        );
    }

    proptest! {
        #[test]
        fn c6_whatever_is_done_to_one_row_is_found_at_that_row(
            length in 2_u8..20, at in any::<prop::sample::Index>(), what in 0..9_u8, text in "\\PC{0,12}",
        ) {
            let (sealed, head) = chain((1..=length).map(|n| row(n, &text)));
            prop_assert_eq!(check(&sealed, head, Some(head)), Ok(head));
            let at = at.index(sealed.len());
            let mut rows = sealed.clone();
            let id = rows[at].row.id;
            let seq = rows[at].seal.seq;
            let expected = match what {
                0 => {
                    rows.remove(at);
                    if at + 1 == sealed.len() {
                        Broken::CutOff { found: seq - 1, sealed: head.seq }
                    } else {
                        Broken::Missing { seq }
                    }
                }
                1 if at + 1 < rows.len() => {
                    // Two rows change places, and their numbers with them.
                    rows.swap(at, at + 1);
                    let (one, other) = (rows[at].seal, rows[at + 1].seal);
                    (rows[at].seal.seq, rows[at + 1].seal.seq) = (other.seq, one.seq);
                    Broken::Changed { seq, id: rows[at].row.id }
                }
                other => {
                    let row = &mut rows[at];
                    match other {
                        2 => row.row.at += 1,
                        3 => row.row.outcome.push('!'),
                        4 => row.row.subject_id = Some(Uuid::max()),
                        5 => row.row.detail = Some(format!("{text}.")),
                        6 => row.seal.hash[0] ^= 1,
                        7 => row.previous[31] ^= 1,
                        _ => row.row.actor_kind = "operator".to_owned(),
                    }
                    Broken::Changed { seq, id }
                }
            };
            prop_assert_eq!(check(&rows, head, None), Err(expected));
        }

        /// No two rows are the same bytes, whatever their texts: what moves from one field to the next shows.
        #[test]
        fn c6_fields_do_not_run_into_each_other(one in "\\PC{0,6}", other in "\\PC{1,6}") {
            let mut left = row(1, "");
            left.outcome = one.clone();
            left.action = other.clone();
            let mut right = row(1, "");
            right.outcome = format!("{one}{other}");
            right.action = String::new();
            prop_assert_ne!(left.sealed_after(&Seal::BEGINNING), right.sealed_after(&Seal::BEGINNING));
        }
    }
}
