//! Making an account by oneself.

pub mod sign_up;
