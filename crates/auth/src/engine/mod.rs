//! Credential engines: the adapters of credential ports that need no outside part.

pub mod argon2;
