//! Credential engines: the adapters of credential ports that need no outside part.

pub mod argon2;
pub(crate) mod picture;
pub mod totp;
pub(crate) mod webauthn;
