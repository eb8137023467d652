//! The use cases over the in-memory store: each behaviour with its refusals, its receipts, and what must not happen.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects")]

mod create_api_key;
mod create_user;
mod create_workspace;
mod explain;
mod house;
mod redeem_code;
mod request_code;
mod request_reset;
mod reset_password;
mod set_password;
mod set_status;
mod sign_out;
mod sign_up;
mod upsert_contact;
mod with_password;
