//! Making workspaces and the keys of their portal applications.

pub mod create_api_key;
pub mod create_workspace;
