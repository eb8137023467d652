//! Making workspaces and the keys of their portal applications, and changing the rules of their doors.

pub mod change_settings;
pub mod create_api_key;
pub mod create_workspace;
