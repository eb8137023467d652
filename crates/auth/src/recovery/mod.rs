//! Getting back in (B14).

pub mod recover;
pub mod request_report;
pub mod request_reset;
pub mod reset_password;
