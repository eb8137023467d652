//! Policies: rules that a workspace or an embedder adds to the built-in ones (F2).

use std::sync::Arc;

use crate::reason::PublicReason;
use crate::sign_in::{SignInFacts, Step};
use crate::time::Timestamp;

/// The name of a policy, as receipts show it: `policy-<name>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyName(&'static str);

impl PolicyName {
    /// A name in kebab-case.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub const fn as_str(&self) -> &'static str {
        self.0
    }
}

/// What a policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing against it.
    Allow,
    /// Not before this step.
    Require(Step),
    /// No; the person is told this reason.
    Deny(PublicReason),
}

/// A rule about signing in: synchronous and pure. Asked only after the credential is proved.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait SignInPolicy: Send + Sync {
    /// Its name in receipts.
    fn name(&self) -> PolicyName;

    /// What it says to these facts. MUST depend on nothing but its arguments.
    fn evaluate(&self, facts: &SignInFacts, now: Timestamp) -> Verdict;
}

/// All policies in force. All are asked; Deny beats Require beats Allow; the order does not matter.
#[derive(Clone, Default)]
pub struct PolicySet(Vec<Arc<dyn SignInPolicy>>);

impl PolicySet {
    /// A set of the given policies, asked in the order of their names: so that of several that object, the same one is
    /// heard however they were put together.
    pub fn new(mut policies: Vec<Arc<dyn SignInPolicy>>) -> Self {
        policies.sort_by_key(|policy| policy.name().as_str());
        Self(policies)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each policy's name and verdict.
    pub fn evaluate(&self, facts: &SignInFacts, now: Timestamp) -> Vec<(PolicyName, Verdict)> {
        self.0
            .iter()
            .map(|policy| (policy.name(), policy.evaluate(facts, now)))
            .collect()
    }
}

impl std::fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|policy| policy.name()))
            .finish()
    }
}

#[cfg(feature = "mocks")]
impl MockSignInPolicy {
    /// A policy of that name that says `verdict` to everything.
    pub fn saying(name: &'static str, verdict: Verdict) -> Self {
        let mut mock = Self::new();
        mock.expect_name().return_const(PolicyName::new(name));
        mock.expect_evaluate().return_const(verdict);
        mock
    }
}
