//! The use cases over the in-memory store: each behaviour with its refusals, its receipts, and what must not happen.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects")]

mod house;
mod redeem_code;
mod request_code;
mod request_reset;
mod reset_password;
mod sign_up;
mod with_password;
