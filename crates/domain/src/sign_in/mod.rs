//! Signing in as plain data and plain functions: what is known, what is decided, and why.

mod decide;
mod decision;
mod facts;
mod pending;
mod proof;
mod receipt;

pub use decide::decide;
pub use decision::{Decision, Finding, Grant, Refusal, Rule, Ruling, Step};
pub use facts::{PersonFacts, SignInFacts};
pub use pending::{Binding, FlowPurpose, NewSignUp, PendingSignIn};
pub use proof::{EmailProven, PasswordVerified, Proofs};
pub use receipt::{Receipt, ReceiptOutcome};
