//! Signing in as plain data and plain functions: what is known, what is decided, and why.

mod decide;
mod decision;
mod facts;
mod pending;
mod proof;
mod receipt;

pub use decide::{decide, directory_ruling};
pub use decision::{Decision, Finding, Grant, Refusal, Rule, Ruling, Step};
pub use facts::{ArrivalFacts, Door, PersonFacts, SignInFacts};
pub use pending::{Binding, FirstStep, FlowPurpose, NewSignUp, PendingSignIn};
pub use proof::{
    EmailProven, FirstStepProven, PasskeyVerified, PasswordVerified, Proofs, ProviderVerified, SecondFactorKind,
    SecondFactorVerified,
};
pub use receipt::{Receipt, ReceiptOutcome};
