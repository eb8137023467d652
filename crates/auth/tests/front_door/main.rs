//! The use cases over the in-memory store: each behaviour with its refusals, its receipts, and what must not happen.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects")]

mod add_email;
mod add_passkey;
mod authenticator;
mod backup_login;
mod change_password;
mod change_settings;
mod complete_second_factor;
mod create_api_key;
mod create_user;
mod create_workspace;
mod disable_two_factor;
mod disown_session;
mod edit_profile;
mod enable_two_factor;
mod end_session;
mod every_way_in;
mod explain;
mod house;
mod look_at_security;
mod make_email_primary;
mod new_device;
mod prove_afresh;
mod recover;
mod redeem_code;
mod remove_email;
mod remove_passkey;
mod rename_passkey;
mod renew_backup_codes;
mod request_code;
mod request_reset;
mod reset_password;
mod revert_email;
mod set_password;
mod set_status;
mod sign_out;
mod sign_up;
mod upsert_contact;
mod verify_email;
mod with_passkey;
mod with_password;
