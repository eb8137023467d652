//! The synced directory of a workspace: what signing in asks it (B8, R61), its records and groups, and the tokens by which
//! they are synced (B9, R62, R63).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::email_address::EmailAddress;
use crate::ids::{DirectoryGroupId, DirectoryRecordId, DirectoryUploadId, ScimTokenId, UserId, WorkspaceId};
use crate::provider::{ExternalIdentity, ProviderId};
use crate::secret::TokenDigest;
use crate::time::Timestamp;

pub mod run;
pub mod table;

/// Near misses are counted up to this many.
pub const MAX_NEAR_MISSES: u32 = 100;

/// What every token for syncing begins with, so that a leaked one is recognised for what it is.
pub const SCIM_TOKEN_PREFIX: &str = "dws_";

/// Longest name of a token, in Unicode code points.
pub const MAX_TOKEN_NAME: usize = 100;

/// By what a record of the directory was found, or looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectoryAttribute {
    /// The record names the very identity: issuer, tenant and subject.
    Identity,
    /// The record holds the email that the provider is authoritative for, and says is proved.
    Email,
}

impl DirectoryAttribute {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Email => "email",
        }
    }
}

/// What the directory says of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "match", rename_all = "kebab-case")]
pub enum DirectoryMatch {
    /// An active record matches.
    Active {
        /// By what.
        by: DirectoryAttribute,
    },
    /// A record matches, and is inactive.
    Inactive {
        /// By what.
        by: DirectoryAttribute,
    },
    /// None matches.
    NoRecord {
        /// What there was to compare; without an authoritative email, only the identity.
        compared: Vec<DirectoryAttribute>,
        /// Records that nearly match: the same local part at another domain, or an email that does not count. Shown to
        /// those who run the workspace, never to the person.
        near_misses: u32,
    },
}

/// What the directory says of somebody, as far as a way in depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectoryStanding {
    /// No record matches.
    NoRecord,
    /// A record matches, and is inactive.
    Inactive,
    /// An active record matches.
    Active,
}

impl From<&DirectoryMatch> for DirectoryStanding {
    fn from(found: &DirectoryMatch) -> Self {
        match found {
            DirectoryMatch::Active { .. } => Self::Active,
            DirectoryMatch::Inactive { .. } => Self::Inactive,
            DirectoryMatch::NoRecord { .. } => Self::NoRecord,
        }
    }
}

/// What the rule of the directory looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryFacts {
    /// What matches.
    pub found: DirectoryMatch,
    /// When the directory was last changed by a sync; `None` if it never was.
    pub synced_at: Option<Timestamp>,
}

/// Where a record came from, and so who may change it: each token sees its own records only (R63).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "token", rename_all = "kebab-case")]
pub enum DirectorySource {
    /// From a file (CSV).
    File,
    /// By SCIM, with that token.
    Scim(ScimTokenId),
}

/// Whose people a set of records speaks of: the external id of a record is a subject of that provider. Without one, an
/// external id names nobody who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityScope {
    /// The provider's id in the configuration.
    pub provider: ProviderId,
    /// Its issuer, byte by byte; `None` for whichever the provider of that id has.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Tenant (Microsoft's `tid`); empty for a provider that has none.
    #[serde(default)]
    pub tenant: String,
}

impl IdentityScope {
    /// Whether an identity is of these people.
    pub fn holds(&self, identity: &ExternalIdentity) -> bool {
        self.provider == identity.provider
            && self.tenant == identity.tenant
            && self.issuer.as_ref().is_none_or(|issuer| *issuer == identity.issuer)
    }
}

/// An address that a record names. It proves nothing of who has the mailbox (R63).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordEmail {
    /// The address.
    pub address: EmailAddress,
    /// What it is for: `work`, `home`, or any other word.
    pub kind: Option<String>,
    /// Whether it is the first to be written to.
    pub primary: bool,
}

/// The parts of a name that records are searched by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordName {
    /// The whole name.
    pub formatted: Option<String>,
    /// Family name.
    pub family: Option<String>,
    /// Given name.
    pub given: Option<String>,
}

/// A person as the synced directory knows them. It is no account: nobody signs in by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryRecord {
    /// Its id.
    pub id: DirectoryRecordId,
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Who brought it.
    pub source: DirectorySource,
    /// What its source calls it: data of the source, never an id of ours (R63).
    pub external_id: Option<String>,
    /// Whose people it speaks of; then the external id is their subject there.
    pub scope: Option<IdentityScope>,
    /// User name; unique within its source, without regard to case.
    pub user_name: String,
    /// Name.
    pub name: RecordName,
    /// Name to be shown.
    pub display_name: Option<String>,
    /// Addresses.
    pub emails: Vec<RecordEmail>,
    /// Whether it admits anybody.
    pub active: bool,
    /// All that its source said, under the attributes' own names.
    pub attributes: Map<String, Value>,
    /// Counts changes; 1 when it is new.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl DirectoryRecord {
    /// Whether it names that very identity.
    pub fn names(&self, identity: &ExternalIdentity) -> bool {
        let scope = self.scope.as_ref().is_some_and(|scope| scope.holds(identity));
        scope && self.external_id.as_ref() == Some(&identity.subject)
    }

    /// Whether it says the same as another one: everything that a source tells, and nothing that we noted ourselves.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.active == other.active
            && self.external_id == other.external_id
            && self.scope == other.scope
            && self.attributes == other.attributes
    }
}

impl DirectoryRecord {
    /// What it is searched by, in lower case, a line each: user name, names, addresses, and what its source calls it.
    pub fn search_text(&self) -> String {
        let names = [
            &self.display_name,
            &self.name.formatted,
            &self.name.family,
            &self.name.given,
        ];
        let names = names.into_iter().filter_map(Option::as_deref);
        let addresses = self.emails.iter().map(|email| email.address.as_str());
        let lines = std::iter::once(self.user_name.as_str())
            .chain(names)
            .chain(addresses)
            .chain(self.external_id.as_deref());
        // A name that had a line feed in it would be two lines.
        let folded = lines.map(|line| line.to_lowercase().replace('\n', " "));
        folded.collect::<Vec<_>>().join("\n")
    }
}

/// A file that somebody sent, kept until they have seen what it would do and say that it is meant (R62).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUpload {
    /// Its id.
    pub id: DirectoryUploadId,
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Who sent it: nobody else goes on with it.
    pub by: UserId,
    /// The file.
    pub text: String,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// A group of the synced directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryGroup {
    /// Its id.
    pub id: DirectoryGroupId,
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Who brought it.
    pub source: DirectorySource,
    /// What its source calls it.
    pub external_id: Option<String>,
    /// Its name.
    pub display_name: String,
    /// Records in it, in order of id, all of the same source.
    pub members: Vec<DirectoryRecordId>,
    /// Counts changes; 1 when it is new.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A group, as a record in it shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRef {
    /// Its id.
    pub id: DirectoryGroupId,
    /// Its name.
    pub display_name: String,
}

/// A token by which a directory is synced, as stored; the token itself is shown once (R63).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimToken {
    /// Its id; the records that came by it stay with it when the token is renewed.
    pub id: ScimTokenId,
    /// Workspace it is good in.
    pub workspace: WorkspaceId,
    /// What those who run the workspace call it.
    pub name: String,
    /// Whose people its records speak of.
    pub scope: Option<IdentityScope>,
    /// SHA-256 of the token's 256 random bits.
    pub digest: TokenDigest,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}
