//! Keys by which a token's signature is checked.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ids::{HandOverKeyId, WorkspaceId};
use crate::ports::Entropy;
use crate::role::{Audience, Rights, Role};
use crate::time::Timestamp;

/// How many keys of one audience are live at once: the old one and the new one, while the site changes over.
pub const MAX_LIVE_KEYS: usize = 2;
/// What every shared secret begins with, so that a leaked one is recognised for what it is.
pub const SHARED_SECRET_PREFIX: &str = "dwh_";

/// How a token is signed. `none` is not among them, and never will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HandOverAlgorithm {
    /// HMAC with SHA-256, by a shared secret.
    #[serde(rename = "HS256")]
    Hs256,
    /// HMAC with SHA-384, by a shared secret.
    #[serde(rename = "HS384")]
    Hs384,
    /// HMAC with SHA-512, by a shared secret.
    #[serde(rename = "HS512")]
    Hs512,
    /// RSA (PKCS #1 v1.5) with SHA-256, by a private key of the site; at least 2048 bits.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256, by a private key of the site.
    #[serde(rename = "ES256")]
    Es256,
}

impl HandOverAlgorithm {
    /// Every algorithm there is.
    pub const ALL: [Self; 5] = [Self::Hs256, Self::Hs384, Self::Hs512, Self::Rs256, Self::Es256];

    /// The name in a token's header (RFC 7518).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm of that name, letter by letter.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// Random bytes in a shared secret: as many as the hash is long (RFC 7518 §3.2), never under 256 bits; `None` for the
    /// algorithms that sign with a private key.
    pub const fn secret_bytes(self) -> Option<usize> {
        match self {
            Self::Hs256 => Some(32),
            Self::Hs384 => Some(48),
            Self::Hs512 => Some(64),
            Self::Rs256 | Self::Es256 => None,
        }
    }
}

impl fmt::Display for HandOverAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A secret that the site and this server share: always drawn here, shown once. The key of the HMAC is its text as it
/// stands, so that a library that is handed a string does the right thing.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SharedSecret(String);

impl SharedSecret {
    /// Draws a secret for that algorithm; `None` if it takes none.
    pub fn generate(algorithm: HandOverAlgorithm, entropy: &dyn Entropy) -> Option<Self> {
        let mut bytes = vec![0; algorithm.secret_bytes()?];
        entropy.fill(&mut bytes);
        let text = format!(
            "{SHARED_SECRET_PREFIX}{}",
            data_encoding::BASE64URL_NOPAD.encode(&bytes)
        );
        bytes.zeroize();
        Some(Self(text))
    }

    /// Wraps what was read from a store.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text, for the HMAC and to be shown once; never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret([redacted])")
    }
}

/// A public key, read and found fit, in the form that signatures are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKeyMaterial {
    /// An RSA key of at least 2048 bits: DER of `RSAPublicKey` (RFC 8017).
    Rsa(Vec<u8>),
    /// A point on P-256, uncompressed: 65 bytes (SEC 1).
    P256(Vec<u8>),
}

impl PublicKeyMaterial {
    /// The algorithm that it checks: one key, one algorithm.
    pub const fn algorithm(&self) -> HandOverAlgorithm {
        match self {
            Self::Rsa(_) => HandOverAlgorithm::Rs256,
            Self::P256(_) => HandOverAlgorithm::Es256,
        }
    }

    /// The bytes, as stored.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Rsa(bytes) | Self::P256(bytes) => bytes,
        }
    }
}

/// Why a text cannot be used as a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PublicKeyProblem {
    /// Neither a public key in PEM nor a JSON Web Key.
    #[error("this is no public key in PEM (BEGIN PUBLIC KEY) and no JSON Web Key")]
    Unreadable,
    /// It is, or holds, a private key.
    #[error("this is a private key; keep it on your site, replace it now that it was copied, and give the public one")]
    Private,
    /// An RSA key that is too short.
    #[error("the RSA key has {bits} bits; use one of at least 2048 and at most 8192")]
    RsaSize {
        /// Its length in bits.
        bits: usize,
    },
    /// A kind of key that no algorithm here takes.
    #[error("this kind of key is not used here; use RSA (RS256) or P-256 (ES256)")]
    Kind,
}

/// What a key is made of; the algorithm belongs to it, so that no public key is ever used as a shared secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOverMaterial {
    /// A shared secret.
    Secret(SharedSecret),
    /// A public key.
    Public(PublicKeyMaterial),
}

/// A key of the company's own site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOverKey {
    /// Its id; a token may name it as `kid`.
    pub id: HandOverKeyId,
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Whom it hands over.
    pub audience: Audience,
    /// The one algorithm that it checks.
    pub algorithm: HandOverAlgorithm,
    /// What it is made of.
    pub material: HandOverMaterial,
    /// The most that a token of it can make of somebody; never [`Role::Owner`].
    pub highest_role: Role,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl HandOverKey {
    /// Whether tokens of it are taken.
    pub const fn is_live(&self) -> bool {
        self.revoked_at.is_none()
    }

    /// Whether it can hand over somebody of that role: one of its audience, up to its highest. Never an owner.
    pub fn admits(&self, role: Role) -> bool {
        role.audience() == self.audience && role <= self.highest_role && role != Role::Owner
    }

    /// Whether it opens the account of somebody who may do that: whoever holds the key can come in as them, so that it takes a
    /// key up to a role which permits all of it, whatever their own role is called (R97).
    pub fn opens(&self, rights: Rights) -> bool {
        self.admits(rights.role) && Rights::of(self.highest_role).reach(rights)
    }

    /// The role of somebody whom it brings for the first time, where the token names none: the least of its audience.
    pub const fn default_role(&self) -> Role {
        default_highest_role(self.audience)
    }
}

/// The most that a key of that audience can make of somebody, unless it is told otherwise.
pub const fn default_highest_role(audience: Audience) -> Role {
    match audience {
        Audience::Customers => Role::Customer,
        Audience::Staff => Role::Agent,
    }
}

/// Why a key cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyProblem {
    /// The role does not belong to the audience, or is the owner's.
    #[error("{} is no role that a key of {audience:?} can give; nobody is made an owner by a token", role.as_str())]
    HighestRole {
        /// The audience.
        audience: Audience,
        /// The role.
        role: Role,
    },
    /// A shared secret is always drawn here, and the others need a public key.
    #[error("{algorithm} is checked with a public key of your site; give one")]
    PublicKeyMissing {
        /// The algorithm.
        algorithm: HandOverAlgorithm,
    },
    /// The public key is for another algorithm.
    #[error("this public key is for {fits}, not for {algorithm}")]
    OtherAlgorithm {
        /// What was asked for.
        algorithm: HandOverAlgorithm,
        /// What the key is for.
        fits: HandOverAlgorithm,
    },
    /// The public key will not do.
    #[error(transparent)]
    PublicKey(#[from] PublicKeyProblem),
    /// Two are live.
    #[error("two keys of this audience are live; revoke one first")]
    TooMany,
}

impl HandOverKey {
    /// Whether `text` holds the key's secret, so that it must not be told back.
    pub fn is_betrayed_by(&self, text: &str) -> bool {
        match &self.material {
            HandOverMaterial::Secret(secret) => {
                let random = secret.expose().trim_start_matches(SHARED_SECRET_PREFIX);
                // A piece of it is as bad: what is told back is cut short.
                let piece = random.get(..16).unwrap_or(random);
                text.contains(piece)
            }
            HandOverMaterial::Public(_) => false,
        }
    }
}

/// Checks the highest role of a key to be added.
pub fn highest_role_problem(audience: Audience, role: Role) -> Option<KeyProblem> {
    let fits = role.audience() == audience && role != Role::Owner;
    (!fits).then_some(KeyProblem::HighestRole { audience, role })
}
