//! Signing in and out. Every way in ends in the same two steps: `decide`, then `Sessions::open`.

mod finish;
pub mod redeem_code;
pub mod request_code;
pub mod sign_out;
pub mod with_password;

pub(crate) use finish::{Completed, complete, over_budget, record_refusal, refuse};
