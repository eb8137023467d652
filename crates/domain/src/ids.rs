//! Identifiers. Each kind is a type of its own, so that one can never be passed for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ports::Entropy;
use crate::time::Timestamp;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an existing UUID, as adapters read it from a row.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }

            /// A new id that sorts by time of creation (UUID version 7). Tells when the row was made.
            pub fn sortable(entropy: &dyn Entropy, now: Timestamp) -> Self {
                let mut random = [0_u8; 10];
                entropy.fill(&mut random);
                let millis = u64::try_from(now.as_micros().div_euclid(1_000)).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// A new id of 122 random bits (UUID version 4), for whatever a stranger may see or must not guess.
            pub fn random(entropy: &dyn Entropy) -> Self {
                let mut random = [0_u8; 16];
                entropy.fill(&mut random);
                Self(uuid::Builder::from_random_bytes(random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// A workspace: one help centre.
    WorkspaceId
);
id!(
    /// A person in a workspace.
    UserId
);
id!(
    /// A role that a workspace made for itself.
    RoleId
);
id!(
    /// One address of a person.
    EmailId
);
id!(
    /// A signed-in session (the public id, not the token).
    SessionId
);
id!(
    /// An attempt to sign in or sign up that spans several requests.
    FlowId
);
id!(
    /// The challenge to somebody who calls, before staff changes what lets them in (C10).
    CallerChallengeId
);
id!(
    /// A one-time secret: a code or a mailed link.
    SecretId
);
id!(
    /// A passkey of a person (not its credential id, which the authenticator chose).
    PasskeyId
);
id!(
    /// One round with a passkey: from its challenge to its answer.
    CeremonyId
);
id!(
    /// A round trip to a provider of single sign-on.
    TripId
);
id!(
    /// One state of a workspace's own credentials of a provider.
    CredentialsId
);
id!(
    /// An identity of a provider that is connected to a person.
    ConnectionId
);
id!(
    /// A record of the synced directory (B9).
    DirectoryRecordId
);
id!(
    /// A file of the synced directory that waits for somebody's word (B9).
    DirectoryUploadId
);
id!(
    /// A group of the synced directory (B9).
    DirectoryGroupId
);
id!(
    /// A token by which a directory is synced (B9).
    ScimTokenId
);
id!(
    /// A portal link (B3, B4).
    PortalLinkId
);
id!(
    /// A key by which the company's own site hands people over (B18).
    HandOverKeyId
);
id!(
    /// The receipt of one attempt (C4).
    ReceiptId
);
id!(
    /// A message in the outbox (C5).
    MailId
);
id!(
    /// A row of the audit log (C6).
    AuditId
);
id!(
    /// A key of the portal application (C9).
    ApiKeyId
);
id!(
    /// An organisation (A9).
    OrganisationId
);
id!(
    /// One request, as logs and receipts name it.
    RequestId
);

impl WorkspaceId {
    /// What counters of the whole server are kept under; never the id of a workspace.
    pub const SERVER: Self = Self(Uuid::nil());
}
