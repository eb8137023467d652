//! The synced directory (B9): tokens, records by SCIM, runs over a file.

pub mod create_scim_token;
pub mod import_directory;
pub mod read_directory;
pub mod renew_scim_token;
pub mod revoke_scim_token;
pub mod sync_directory;
pub mod upload_directory;
