//! The core in a service of yours, without server, database or clock.
//!
//! Take `doorward-domain` for the rules and `doorward-auth` for the use cases, and bring any adapter for each of the
//! [`ports`](crate::ports): those of this project, or your own. A port is narrow; one method is one read or one write that
//! either happens whole or not at all. What a method must do stands in its trait's *Contract*, and each MUST line has a test
//! that you can run against your adapter:
//!
//! ```
//! # #[cfg(feature = "testing")] mod suite {
//! use doorward_domain::testing::MemoryStore;
//! use doorward_domain::testing::contract::StorePorts;
//!
//! // In the tests of your adapter, `MyStore` in place of `MemoryStore`: a fresh, empty store for each contract.
//! async fn make_store() -> StorePorts {
//!     StorePorts::of(MemoryStore::new())
//! }
//!
//! doorward_domain::contract_tests!(throttle, make_store);
//! # }
//! # fn main() {}
//! ```
//!
//! # Fakes
//!
//! For tests of what is built on top, `testing` has a store in memory that passes the same contracts, a
//! clock that is moved by hand, predictable randomness, and people in one line each:
//!
//! ```
//! # #[cfg(feature = "testing")]
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use doorward_domain::method::Method;
//! use doorward_domain::policy::PolicySet;
//! use doorward_domain::ports::{PasswordHasher as _, Users as _};
//! use doorward_domain::secret::Password;
//! use doorward_domain::sign_in::{Decision, Door, PasswordVerified, PersonFacts, Proofs, SignInFacts, decide};
//! use doorward_domain::testing::{FixedClock, Given, PASSWORD, PlainHasher, address};
//!
//! let given = Given::workspace("acme").await;
//! given.customer("jo@example.com");
//! let typed = address("Jo@Example.com");
//!
//! let record = given.store.find_for_sign_in(given.workspace.id, &typed.key()).await.unwrap().unwrap();
//! let hasher = PlainHasher::default();
//! let check = hasher.check(Password::parse(PASSWORD).unwrap(), record.password.clone()).await.unwrap();
//! let proofs = Proofs {
//!     password: PasswordVerified::from_check(record.user.id, &check),
//!     ..Proofs::default()
//! };
//! let facts = SignInFacts {
//!     workspace: given.workspace.id,
//!     settings: given.workspace.security.clone(),
//!     method: Method::Password,
//!     door: Door::Front,
//!     person: Some(PersonFacts::of(&record, &typed)),
//!     address: Some(typed),
//!     arrival: None,
//! };
//! let decision = decide(&facts, proofs, &PolicySet::default(), FixedClock::START);
//! assert!(matches!(decision, Decision::Granted(..)));
//! assert_eq!(hasher.checks(), 1);
//! # });
//! ```
//!
//! # Mocks
//!
//! Where a test is about what is *not* called, take a mock (feature `mocks`). Presets such as
//! `MockThrottle::admitting()` answer what the test is not about:
//!
//! ```
//! # #[cfg(feature = "mocks")]
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use doorward_domain::ids::WorkspaceId;
//! use doorward_domain::ports::{MockThrottle, Throttle as _};
//! use doorward_domain::reason::PrivateReason;
//! use doorward_domain::throttle::Admission;
//! use doorward_domain::time::Timestamp;
//!
//! let full = MockThrottle::exceeded(PrivateReason::BudgetNetwork, None);
//! let said = full.consume(WorkspaceId::SERVER, Vec::new(), Timestamp::default()).await.unwrap();
//! assert_eq!(said, Admission::Exceeded { reason: PrivateReason::BudgetNetwork, retry_at: None });
//! # });
//! ```
//!
//! Every refusal is a typed reason ([`PublicReason`](crate::reason::PublicReason) for the person,
//! [`PrivateReason`](crate::reason::PrivateReason) for staff), with a stable code that is never reworded:
//!
//! ```
//! use doorward_domain::reason::PrivateReason;
//!
//! assert_eq!(PrivateReason::NoPassword.as_str(), "no-password");
//! assert_eq!(PrivateReason::parse("no-password"), Some(PrivateReason::NoPassword));
//! ```
