//! Making workspaces and the keys of their portal applications, and changing the rules of their doors.

pub mod add_hand_over_key;
pub mod change_look;
pub mod change_organisation;
pub mod change_role;
pub mod change_settings;
pub mod check_hand_over_token;
pub mod create_api_key;
pub mod create_organisation;
pub mod create_role;
pub mod create_workspace;
pub mod delete_organisation;
pub mod delete_role;
pub mod found_workspace;
pub mod keep_provider;
pub mod preview_settings;
pub mod revoke_api_key;
pub mod revoke_hand_over_key;
pub mod save_settings;
pub mod settle_settings;
pub mod try_provider;
pub mod use_ticket;
