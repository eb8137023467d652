//! One's own account: making it, and changing what belongs to it (A3–A5, A7).

pub mod add_email;
pub mod answer_caller;
pub mod change_password;
pub mod connect_identity;
pub mod delete_account;
pub mod disconnect_identity;
pub mod disown_session;
pub mod edit_profile;
mod email_notices;
pub mod end_session;
pub mod look_at_security;
pub mod make_email_primary;
pub mod remove_email;
pub mod revert_email;
pub mod sign_up;
pub mod verify_email;
