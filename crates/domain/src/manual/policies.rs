//! Rules of your own, and their unit tests.
//!
//! A policy is one small trait, synchronous and pure: it sees the facts and the instant, and says
//! [`Allow`](crate::policy::Verdict::Allow), [`Require`](crate::policy::Verdict::Require) a step, or
//! [`Deny`](crate::policy::Verdict::Deny). All policies are asked, after the credential is proved; Deny beats Require beats
//! Allow, in whatever order they were put together. No policy can let in somebody whom a built-in rule refuses.
//!
//! ```
//! use std::sync::Arc;
//!
//! use doorward_domain::policy::{PolicyName, PolicySet, SignInPolicy, Verdict};
//! use doorward_domain::reason::PublicReason;
//! use doorward_domain::role::Audience;
//! use doorward_domain::sign_in::SignInFacts;
//! use doorward_domain::time::Timestamp;
//!
//! /// Staff sign in between six in the morning and ten in the evening, UTC.
//! struct OfficeHours;
//!
//! impl SignInPolicy for OfficeHours {
//!     fn name(&self) -> PolicyName {
//!         PolicyName::new("office-hours")
//!     }
//!
//!     fn evaluate(&self, facts: &SignInFacts, now: Timestamp) -> Verdict {
//!         let hour = now.as_unix_seconds().div_euclid(3_600).rem_euclid(24);
//!         let staff = facts.person.as_ref().is_some_and(|person| person.role.audience() == Audience::Staff);
//!         if staff && !(6..22).contains(&hour) {
//!             Verdict::Deny(PublicReason::TryLater)
//!         } else {
//!             Verdict::Allow
//!         }
//!     }
//! }
//!
//! // Its unit test: no server, no database, no clock.
//! # #[cfg(feature = "testing")] {
//! use std::time::Duration;
//!
//! use doorward_domain::method::Method;
//! use doorward_domain::role::Role;
//! use doorward_domain::sign_in::{Decision, Rule, Ruling, decide};
//! use doorward_domain::testing::{FactsBuilder, FixedClock};
//!
//! let policies = PolicySet::new(vec![Arc::new(OfficeHours)]);
//! let midnight = FixedClock::START;
//! let noon = midnight.plus(Duration::from_secs(12 * 3_600));
//! for (role, now, comes_in) in [
//!     (Role::Customer, midnight, true),
//!     (Role::Agent, noon, true),
//!     (Role::Agent, midnight, false),
//! ] {
//!     let (facts, proofs) = FactsBuilder::new(Method::Password).role(role).proved();
//!     let decision = decide(&facts, proofs, &policies, now);
//!     assert_eq!(matches!(decision, Decision::Granted(..)), comes_in);
//!     let mine = Rule::Policy("office-hours".to_owned());
//!     let finding = decision.findings().iter().find(|finding| finding.rule == mine).expect("each rule leaves a finding");
//!     assert_eq!(finding.ruling == Ruling::Deny, !comes_in);
//! }
//! # }
//! ```
//!
//! # A second factor where you want one
//!
//! A policy may [`Require`](crate::policy::Verdict::Require) a second factor of whomever it likes. It need not know what
//! the person has: somebody whose two-factor authentication is on is asked for it, somebody who has none is led to set one
//! up, and a passkey is enough by itself. The workspace's own rule, *required for staff* or *for everyone*, works the same
//! way.
//!
//! ```
//! use std::sync::Arc;
//!
//! use doorward_domain::policy::{PolicyName, PolicySet, SignInPolicy, Verdict};
//! use doorward_domain::role::Role;
//! use doorward_domain::sign_in::{SignInFacts, Step};
//! use doorward_domain::time::Timestamp;
//!
//! /// Owners come in with two factors, whatever the workspace asks of the others.
//! struct OwnersTwice;
//!
//! impl SignInPolicy for OwnersTwice {
//!     fn name(&self) -> PolicyName {
//!         PolicyName::new("owners-twice")
//!     }
//!
//!     fn evaluate(&self, facts: &SignInFacts, _now: Timestamp) -> Verdict {
//!         match &facts.person {
//!             Some(person) if person.role == Role::Owner => Verdict::Require(Step::SecondFactor),
//!             _ => Verdict::Allow,
//!         }
//!     }
//! }
//!
//! # #[cfg(feature = "testing")] {
//! use doorward_domain::method::Method;
//! use doorward_domain::sign_in::{Decision, SecondFactorKind, decide};
//! use doorward_domain::testing::{FactsBuilder, FixedClock};
//!
//! let policies = PolicySet::new(vec![Arc::new(OwnersTwice)]);
//! let owner = |method| FactsBuilder::new(method).role(Role::Owner);
//! let step = |(facts, proofs)| match decide(&facts, proofs, &policies, FixedClock::START) {
//!     Decision::Needs(step, _) => Some(step),
//!     Decision::Granted(..) => None,
//!     Decision::Refused(refusal, _) => unreachable!("{refusal:?}"),
//! };
//! assert_eq!(step(owner(Method::Password).proved()), Some(Step::EnrolSecondFactor));
//! assert_eq!(step(owner(Method::Password).app_on().proved()), Some(Step::SecondFactor));
//! assert_eq!(step(owner(Method::Password).app_on().proved_twice(SecondFactorKind::App)), None);
//! assert_eq!(step(owner(Method::Passkey).passkeys(1).proved()), None);
//! # }
//! ```
//!
//! # Beside other policies
//!
//! How a set of policies comes out together is tested with mocks that say what you want (feature `mocks`):
//!
//! ```
//! # #[cfg(all(feature = "testing", feature = "mocks"))] {
//! use std::sync::Arc;
//!
//! use doorward_domain::method::Method;
//! use doorward_domain::policy::{MockSignInPolicy, PolicySet, Verdict};
//! use doorward_domain::reason::PublicReason;
//! use doorward_domain::sign_in::{Decision, Step, decide};
//! use doorward_domain::testing::{FactsBuilder, FixedClock};
//!
//! let policies = PolicySet::new(vec![
//!     Arc::new(MockSignInPolicy::saying("cautious", Verdict::Require(Step::ProveEmail))),
//!     Arc::new(MockSignInPolicy::saying("strict", Verdict::Deny(PublicReason::TryLater))),
//! ]);
//! let (facts, proofs) = FactsBuilder::new(Method::Password).proved();
//! let decision = decide(&facts, proofs, &policies, FixedClock::START);
//! let Decision::Refused(refusal, _) = decision else {
//!     unreachable!("Deny beats Require");
//! };
//! assert_eq!(refusal.public, PublicReason::TryLater);
//! # }
//! ```
