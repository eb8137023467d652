//! What is defended, against whom, and by which rule.
//!
//! **Whoever tries many passwords or codes** meets counters that are charged *before* anything is looked up or compared
//! ([`Throttle`](crate::ports::Throttle)). A charge is one atomic statement, so a thousand parallel tries are counted as
//! a thousand. Waits double; they never lock an owner out, for a browser that signed in here before is counted apart
//! ([`Standing`](crate::throttle::Standing)).
//!
//! **Whoever wants to know who has an account** learns nothing from the screen: until a credential is proved, every
//! refusal is told as the same [`PublicReason`](crate::reason::PublicReason), and a password is hashed whether or not there
//! is one to compare with. What was really the matter stands in the receipt, for staff. The mailbox is told the truth.
//!
//! **Whoever registers a victim's address first** and waits for the victim to come gains nothing. An unproved address
//! signs nobody in, and its first proof removes whatever was left on the account before: password, sessions, links
//! ([`MailboxProof::keep_password`](crate::ports::MailboxProof::keep_password)).
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use doorward_domain::method::Method;
//! use doorward_domain::policy::PolicySet;
//! use doorward_domain::sign_in::{Decision, Step, decide};
//! use doorward_domain::testing::{FactsBuilder, FixedClock};
//!
//! // The attacker knows the password, having set it. The mailbox is not theirs.
//! let unproved = FactsBuilder::new(Method::Password).person(|person| person.address_verified = false);
//! let (facts, proofs) = unproved.proved();
//! let decision = decide(&facts, proofs, &PolicySet::default(), FixedClock::START);
//! assert!(matches!(decision, Decision::Needs(Step::ProveEmail, _)));
//! # }
//! ```
//!
//! **Whoever has the password** of somebody with a second factor stands in front of the second step and reaches nothing
//! else. Wrong codes are counted on the account, over restarts and over new passwords; after a hundred in a row the app's
//! codes are refused until it is bound anew, and nobody is let through on one factor for it. Backup codes have a budget of
//! their own, so that whoever burns the one does not close the other
//! ([`Budgets::app_code_failures`](crate::throttle::Budgets::app_code_failures)). A code that was seen over a shoulder is
//! good for nothing once its owner has used it, nor is any earlier one:
//!
//! ```
//! use doorward_domain::second_factor::accepted_steps;
//! use doorward_domain::time::Timestamp;
//!
//! let now = Timestamp::from_unix_seconds(90);
//! assert_eq!(accepted_steps(None, now), [4, 3, 2], "this half minute, and one either side");
//! assert_eq!(accepted_steps(Some(3), now), [4], "the code of step 3 was used");
//! ```
//!
//! **Whoever sits down at an unlocked screen** is asked anew who they are before anything that would let them in again
//! later: a password, a factor, an address. The mailbox that is open in the next tab does not count where a second factor
//! is on.
//!
//! ```
//! use doorward_domain::fresh_proof::{FreshProofWay, fresh_proof_ways};
//! use doorward_domain::second_factor::FactorSummary;
//!
//! let app_on = FactorSummary { app: true, ..FactorSummary::default() };
//! let ways = fresh_proof_ways(true, app_on, true);
//! assert_eq!(ways, [FreshProofWay::Password, FreshProofWay::SecondFactor]);
//! ```
//!
//! **Whoever has taken an account over** cannot take it for good by changing its addresses. Each change is told to the
//! other mailboxes with a link that undoes it for seven days, which ends every session of the account, and no new password
//! makes that link void ([`Emails::revert`](crate::ports::Emails::revert)).
//!
//! **Whoever reads the database** finds digests: passwords under argon2id, tokens under SHA-256, codes under a key that
//! stands elsewhere ([`EmailCode::digest`](crate::secret::EmailCode::digest)), the secrets of authenticator apps encrypted
//! under another ([`Factors`](crate::ports::Factors)). Values that hold a secret do not print:
//!
//! ```
//! use doorward_domain::secret::Password;
//!
//! let password = Password::parse("correct horse battery")?;
//! assert_eq!(format!("{password:?}"), "Password([redacted])");
//! # Ok::<(), doorward_domain::secret::PasswordError>(())
//! ```
//!
//! **Whoever sends two requests at once** gets one answer of success. A code, a link and an address are each settled by
//! one conditional write in the store, never by a look and a later write; the contract suites in `testing` race each of
//! them a hundred times over.
//!
//! **Whoever sends a link that leads elsewhere** is ignored: a destination is a path on the workspace's own host, or home.
//!
//! ```
//! use doorward_domain::return_to::ReturnTo;
//!
//! assert_eq!(ReturnTo::parse("/tickets/42").as_str(), "/tickets/42");
//! assert!(ReturnTo::parse("//evil.example").is_home());
//! assert!(ReturnTo::parse("/\\evil.example").is_home());
//! ```
