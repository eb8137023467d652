//! How one sign-in runs, from what was typed to an open session.
//!
//! Three kinds of value carry it, and each can only be had from the one before:
//!
//! 1. **Proofs** ([`Proofs`](crate::sign_in::Proofs)) exist only because something was verified: a
//!    [`PasswordVerified`](crate::sign_in::PasswordVerified) comes out of a hasher's answer, an
//!    [`EmailProven`](crate::sign_in::EmailProven) out of a code that the store redeemed. They have no public constructor,
//!    are not `Clone`, and are used up by the decision.
//! 2. A **[`Grant`](crate::sign_in::Grant)** exists only because [`decide`](crate::sign_in::decide) saw the proofs, the
//!    facts and every policy.
//! 3. A **session** opens only from a grant ([`Sessions::open`](crate::ports::Sessions::open)), and only if the person's
//!    credentials are still those that the decision was made on.
//!
//! So there is no order of calls by which somebody who proved nothing comes in. This does not compile:
//!
//! ```compile_fail,E0451
//! use doorward_domain::ids::{UserId, WorkspaceId};
//! use doorward_domain::method::Method;
//! use doorward_domain::role::Role;
//! use doorward_domain::sign_in::Grant;
//! use uuid::Uuid;
//!
//! let grant = Grant {
//!     workspace: WorkspaceId::from_uuid(Uuid::nil()),
//!     user: UserId::from_uuid(Uuid::nil()),
//!     role: Role::Owner,
//!     method: Method::Password,
//!     spends: None,
//!     credentials_version: 1,
//! };
//! ```
//!
//! # The answer and its receipt
//!
//! A refusal is a value, not an error; an error means that nothing could be decided. Beside the answer stand the findings:
//! each rule in order, what it saw, what it said. They become the receipt that staff find by its help code.
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use doorward_domain::method::Method;
//! use doorward_domain::policy::PolicySet;
//! use doorward_domain::reason::{PrivateReason, PublicReason};
//! use doorward_domain::sign_in::{Decision, decide};
//! use doorward_domain::testing::{FactsBuilder, FixedClock};
//!
//! let (facts, proofs) = FactsBuilder::new(Method::Password).disabled().proved();
//! let Decision::Refused(refusal, findings) = decide(&facts, proofs, &PolicySet::default(), FixedClock::START) else {
//!     unreachable!("nobody who is disabled comes in");
//! };
//! assert_eq!(refusal.public, PublicReason::InvalidCredentials, "what the person is told");
//! assert_eq!(refusal.private, PrivateReason::UserDisabled, "what the receipt says");
//! assert!(findings.iter().any(|finding| finding.reason == Some(PrivateReason::UserDisabled)));
//! # }
//! ```
//!
//! # Over several requests
//!
//! A code is asked for in one request and typed in another. What joins them is one
//! [`PendingSignIn`](crate::sign_in::PendingSignIn): it belongs to one browser or app, remembers where the person was
//! going, counts wrong tries over all its codes, and ends after half an hour. Every way in ends in the same two steps,
//! `decide` and `open`, so a rule that is added there holds for all of them at once.
//!
//! # The second step
//!
//! Whoever has an authenticator app is asked for it after every first step, and it is `decide` that asks: the first step
//! ends in [`Decision::Needs`](crate::sign_in::Decision::Needs), not in a grant. What was proved so far is kept as a
//! [`FirstStep`](crate::sign_in::FirstStep) on an attempt of its own, without a session, for ten minutes. The next request
//! brings it back as a [`FirstStepProven`](crate::sign_in::FirstStepProven), which only an attempt at its second step
//! gives, and `decide` is asked once more, over facts that are read anew: a password that was changed in between, an
//! account that was disabled, a setting that was closed all count.
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use doorward_domain::method::Method;
//! use doorward_domain::policy::PolicySet;
//! use doorward_domain::second_factor::FactorUse;
//! use doorward_domain::sign_in::{Decision, Proofs, SecondFactorKind, Step, decide};
//! use doorward_domain::testing::{FactsBuilder, FixedClock, first_step, second_factor, second_step};
//!
//! let decided = |facts, proofs| decide(facts, proofs, &PolicySet::default(), FixedClock::START);
//! let (facts, proofs) = FactsBuilder::new(Method::Password).app_on().proved();
//! assert!(matches!(decided(&facts, proofs), Decision::Needs(Step::SecondFactor, _)));
//!
//! // A later request: the attempt as it was stored, and the code that was typed.
//! let jo = facts.person.as_ref().expect("somebody has the address").user;
//! let (_attempt, proven) = second_step(facts.workspace, first_step(jo, Method::Password));
//! let proofs = Proofs {
//!     first_step: proven,
//!     second_factor: second_factor(jo, SecondFactorKind::App),
//!     ..Proofs::default()
//! };
//! let Decision::Granted(grant, _) = decided(&facts, proofs) else {
//!     unreachable!("both steps are proved");
//! };
//! assert!(matches!(grant.spends(), Some(FactorUse::AppStep(_))));
//! # }
//! ```
//!
//! That a code was right does not say that it is still unused. A grant therefore carries what it
//! [`spends`](crate::sign_in::Grant::spends): a time step, a backup code, a passkey with its new counter. The store spends
//! it in the same transaction that opens the session, so that of any number of requests with one code one comes in.
//!
//! A passkey that verified its user is both factors in one and asks for no second step. What a signed-in person must show
//! anew before a sensitive change is [`fresh_proof_ways`](crate::fresh_proof::fresh_proof_ways); what still gets them in
//! after a loss is [`ways_back`](crate::ways_back::ways_back).
//!
//! # Asking without signing in
//!
//! [`ways_in`](crate::ways_in::ways_in) answers for the sign-in check, the mails and the pages what `decide` would say. A
//! property test holds the two to each other.
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use doorward_domain::method::Method;
//! use doorward_domain::reason::PrivateReason;
//! use doorward_domain::role::Role;
//! use doorward_domain::testing::FactsBuilder;
//! use doorward_domain::ways_in::{Surroundings, WayState, open_methods, ways_in};
//!
//! let agent = FactsBuilder::new(Method::Password).role(Role::Agent).build();
//! let ways = ways_in(&agent.settings, agent.person.as_ref(), Surroundings::default());
//! assert_eq!(open_methods(&ways), [Method::Password]);
//! assert_eq!(ways[1].state, WayState::Closed(PrivateReason::MethodOffStaff));
//! # }
//! ```
