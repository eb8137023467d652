//! Mail over real connections: against a mail server that does as it is told, and the outbox worker over a store in
//! memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail the test by it"
)]

mod carriers;
mod given;
mod server;
mod silence;
mod smtp;
mod wire;
mod worker;
