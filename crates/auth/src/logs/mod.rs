//! The logs of mail and of actions: what staff read, what is done about a mail, and what keeps both in order.

pub mod export_audit;
pub mod keep_logs;
pub mod read_audit;
pub mod read_mail;
pub mod seal_audit;
pub mod send_again;
pub mod send_test_mail;
pub mod take_bounce;
pub mod verify_audit;
