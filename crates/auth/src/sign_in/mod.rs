//! Signing in and out. Every way in ends in the same two steps: `decide`, then `Sessions::open`.

mod admission;
pub mod backup_login;
pub mod complete_second_factor;
mod finish;
pub mod hand_over;
pub(crate) mod named_provider;
pub mod one_more_step;
pub mod open_portal_link;
pub mod redeem_code;
pub mod replace_temporary_password;
pub mod request_code;
mod second_factor;
pub mod sign_out;
mod typed_password;
pub mod with_passkey;
pub mod with_password;
pub mod with_provider;

pub(crate) use finish::{Completed, complete, over_budget, record_refusal, refuse, refused};
pub(crate) use second_factor::{Shown, look_at, saw_wrong};
