//! Limits and waits as values, and the one function that says how a counter moves.
//!
//! Adapters keep the counters; [`step`] is the reference that every adapter must agree with (the contract suite holds
//! them to it). Budgets are consumed *before* anything is looked up and given back where a rule says so, so that
//! parallel tries cannot slip through between a check and a count.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::email_address::EmailKey;
use crate::ids::UserId;
use crate::limits::Limits;
use crate::reason::PrivateReason;
use crate::time::Timestamp;

/// Stands before the browser in the key of a counter of its own.
const BROWSER: char = '#';
/// The character after it.
const AFTER_BROWSER: char = '$';

/// What a counter counts, as text of the form `<what>:<whose>`; the key of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ThrottleKey(String);

impl ThrottleKey {
    /// Builds a key. `what` names the budget; `whose` may be anything of at most 320 bytes.
    pub fn new(what: &str, whose: &str) -> Self {
        Self(format!("{what}:{whose}"))
    }

    /// The key as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key as an adapter read it from a row.
    pub const fn from_stored(key: String) -> Self {
        Self(key)
    }

    /// The first and the first no longer of all keys that count a single browser under this one (R26), in the order of
    /// bytes.
    pub fn browsers(&self) -> (String, String) {
        (format!("{}{BROWSER}", self.0), format!("{}{AFTER_BROWSER}", self.0))
    }

    /// Whether it counts a single browser under that key (R26).
    pub fn is_of_a_browser_under(&self, key: &Self) -> bool {
        self.0
            .strip_prefix(&key.0)
            .is_some_and(|rest| rest.starts_with(BROWSER))
    }
}

/// How a counter limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitRule {
    /// At most `max` in a window that begins with the first one counted.
    Window {
        /// How many are admitted in one window.
        max: u32,
        /// How long a window lasts.
        window: Duration,
    },
    /// A wait after each: `first` after the first one, `next` after every later one. Forgotten when nothing was
    /// counted for `window`.
    Spacing {
        /// Wait after the first.
        first: Duration,
        /// Wait after each later one.
        next: Duration,
        /// After this long without a count, the next one is a first one again.
        window: Duration,
    },
    /// `free` in a window, then after each further one a wait that doubles from `first` to `longest`. After `in_a_row`
    /// without a refund in between, none is admitted until somebody clears the counter.
    Backoff {
        /// How many are admitted before waits begin.
        free: u32,
        /// How long the free ones are remembered.
        window: Duration,
        /// The first wait.
        first: Duration,
        /// The longest wait.
        longest: Duration,
        /// How many in a row close the way altogether.
        in_a_row: u32,
    },
}

/// One counter and the rule it is held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Which counter.
    pub key: ThrottleKey,
    /// Which rule.
    pub rule: LimitRule,
    /// What a receipt says when this is the budget that refused.
    pub reason: PrivateReason,
}

/// A counter as kept. An absent row is [`Counter::default`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counter {
    /// Counted in the current window.
    pub count: u32,
    /// Counted since the last clearing.
    pub in_a_row: u32,
    /// End of the current window; a window that ends at or before `now` is over.
    pub window_ends_at: Timestamp,
    /// Nothing is admitted before this instant.
    pub blocked_until: Timestamp,
}

/// Whether a charge went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Counted: the counter as it is now.
    Counted(Counter),
    /// Not counted; the counter stays as it was.
    Exceeded {
        /// When the next charge goes through, if nothing else happens; `None` if only a clearing helps.
        retry_at: Option<Timestamp>,
    },
}

/// How a counter moves when it is charged at `now` (R89's figures come in through the rule).
pub fn step(counter: Counter, rule: LimitRule, now: Timestamp) -> Step {
    let window_over = counter.window_ends_at <= now;
    match rule {
        LimitRule::Window { max, window } => {
            if !window_over && counter.count >= max {
                return Step::Exceeded {
                    retry_at: Some(counter.window_ends_at),
                };
            }
            Step::Counted(Counter {
                count: if window_over { 1 } else { counter.count + 1 },
                in_a_row: counter.in_a_row.saturating_add(1),
                window_ends_at: if window_over {
                    now.plus(window)
                } else {
                    counter.window_ends_at
                },
                blocked_until: counter.blocked_until,
            })
        }
        LimitRule::Spacing { first, next, window } => {
            if counter.blocked_until > now {
                return Step::Exceeded {
                    retry_at: Some(counter.blocked_until),
                };
            }
            let count = if window_over { 1 } else { counter.count + 1 };
            Step::Counted(Counter {
                count,
                in_a_row: counter.in_a_row.saturating_add(1),
                window_ends_at: now.plus(window),
                blocked_until: now.plus(if count == 1 { first } else { next }),
            })
        }
        LimitRule::Backoff {
            free,
            window,
            first,
            longest,
            in_a_row,
        } => {
            if counter.in_a_row >= in_a_row {
                return Step::Exceeded { retry_at: None };
            }
            if counter.blocked_until > now {
                return Step::Exceeded {
                    retry_at: Some(counter.blocked_until),
                };
            }
            let count = if window_over { 1 } else { counter.count + 1 };
            // A free try blocks nothing, not even for an instant: another that began a moment earlier, or on a node
            // whose clock is behind, would be refused.
            let (waited_for, blocked_until) = if count < free {
                (now, counter.blocked_until)
            } else {
                let until = now.plus(doubled(first, longest, count - free));
                (until, until)
            };
            Step::Counted(Counter {
                count,
                in_a_row: counter.in_a_row.saturating_add(1),
                window_ends_at: if count < free && !window_over {
                    counter.window_ends_at
                } else {
                    waited_for.plus(window)
                },
                blocked_until,
            })
        }
    }
}

/// Gives one charge back, as if it had not been made: a success, or a try that a rule does not count (R28).
pub fn refund(counter: Counter, rule: LimitRule) -> Counter {
    let count = counter.count.saturating_sub(1);
    let still_blocked = match rule {
        LimitRule::Window { .. } | LimitRule::Spacing { .. } => true,
        LimitRule::Backoff { free, .. } => count >= free,
    };
    Counter {
        count,
        in_a_row: counter.in_a_row.saturating_sub(1),
        window_ends_at: counter.window_ends_at,
        blocked_until: if still_blocked {
            counter.blocked_until
        } else {
            Timestamp::default()
        },
    }
}

fn doubled(first: Duration, longest: Duration, times: u32) -> Duration {
    first
        .checked_mul(1_u32.checked_shl(times.min(31)).unwrap_or(u32::MAX))
        .map_or(longest, |wait| wait.min(longest))
}

/// What the throttle says to a list of charges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// All were counted.
    Admitted,
    /// One was over its limit. Charges before it stay counted; it and those after it were not.
    Exceeded {
        /// Which of the private reasons goes to the receipt.
        reason: PrivateReason,
        /// When to come back; `None` if only another way in, or an admin, helps.
        retry_at: Option<Timestamp>,
    },
}

const MINUTE: Duration = Duration::from_mins(1);
const QUARTER: Duration = Duration::from_mins(15);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Whose budget a try is counted on: a stranger's, or that of a browser which signed in here before (R26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is known of the browser.
    Stranger,
    /// The browser holds a device cookie for this very address; its nonce, as text.
    KnownDevice(String),
}

impl Standing {
    fn qualify(&self, key: &str) -> String {
        match self {
            Self::Stranger => key.to_owned(),
            Self::KnownDevice(nonce) => format!("{key}{BROWSER}{nonce}"),
        }
    }
}

/// What a wait keeps somebody from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitKind {
    /// Trying passwords.
    Password,
    /// Trying mailed codes.
    Code,
    /// Showing a second factor.
    SecondFactor,
    /// Being sent mails.
    Mail,
    /// Trying anything, from that network.
    Network,
}

/// A wait that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// What it keeps them from.
    pub kind: WaitKind,
    /// Until when; `None` where only a clearing ends it.
    pub until: Option<Timestamp>,
    /// Whether it holds in one browser only, which signed in here before (R26).
    pub one_browser: bool,
}

/// The waits in force among `charges`, by the counters that are kept of them and of single browsers under them.
pub fn waits(charges: &[(WaitKind, Charge)], counters: &[(ThrottleKey, Counter)], now: Timestamp) -> Vec<Wait> {
    let mut waits = Vec::new();
    for (kind, charge) in charges {
        for (key, counter) in counters {
            let one_browser = key.is_of_a_browser_under(&charge.key);
            if *key != charge.key && !one_browser {
                continue;
            }
            if let Step::Exceeded { retry_at } = step(*counter, charge.rule, now) {
                waits.push(Wait {
                    kind: *kind,
                    until: retry_at,
                    one_browser,
                });
            }
        }
    }
    waits
}

/// The charges of each step, from the limits in force. Order matters: the network first, so that one network cannot
/// use up everybody's budgets.
#[derive(Debug, Clone, Copy)]
pub struct Budgets<'a>(pub &'a Limits);

impl Budgets<'_> {
    fn window(what: &str, whose: &str, max: u32, window: Duration, reason: PrivateReason) -> Charge {
        Charge {
            key: ThrottleKey::new(what, whose),
            rule: LimitRule::Window { max, window },
            reason,
        }
    }

    fn password_backoff(self) -> LimitRule {
        LimitRule::Backoff {
            free: self.0.password_failures_before_wait,
            window: Duration::from_secs(u64::from(self.0.password_failure_window_seconds)),
            first: Duration::from_secs(u64::from(self.0.password_wait_first_seconds)),
            longest: Duration::from_secs(u64::from(self.0.password_wait_longest_seconds)),
            in_a_row: self.0.failures_in_a_row,
        }
    }

    /// A try from a network, never given back (R89).
    pub fn network_try(&self, network: &str) -> Charge {
        Self::window(
            "try-network",
            network,
            self.0.tries_per_network_per_minute,
            MINUTE,
            PrivateReason::BudgetNetwork,
        )
    }

    /// A failure from a network; given back if the try succeeds, one for one (R89, R93).
    pub fn network_failure(&self, network: &str) -> Charge {
        Self::window(
            "failure-network",
            network,
            self.0.failures_per_network_per_minute,
            MINUTE,
            PrivateReason::BudgetNetwork,
        )
    }

    /// A wrong password for an address, known or not (R89). Cleared by a success.
    pub fn password_failure(&self, address: &EmailKey, standing: &Standing) -> Charge {
        Charge {
            key: ThrottleKey::new("password-address", &standing.qualify(address.as_str())),
            rule: self.password_backoff(),
            reason: PrivateReason::BudgetAddress,
        }
    }

    /// A request for a code, from a network (R27).
    pub fn code_request_of_network(&self, network: &str) -> Charge {
        Self::window(
            "code-request-network",
            network,
            self.0.code_requests_per_network_per_hour,
            HOUR,
            PrivateReason::BudgetNetwork,
        )
    }

    /// The wait between two codes to one address, over all attempts and browsers (R27).
    pub fn code_wait(&self, address: &EmailKey, standing: &Standing) -> Charge {
        Charge {
            key: ThrottleKey::new("code-wait", &standing.qualify(&address.budget_key())),
            rule: LimitRule::Spacing {
                first: Duration::from_secs(u64::from(self.0.code_resend_wait_seconds)),
                next: Duration::from_secs(u64::from(self.0.code_resend_wait_next_seconds)),
                window: QUARTER,
            },
            reason: PrivateReason::BudgetAddress,
        }
    }

    /// Codes mailed to one address (R27) and mails to it over all flows (R112).
    pub fn code_mails(&self, address: &EmailKey, standing: &Standing) -> Vec<Charge> {
        let whose = standing.qualify(&address.budget_key());
        let mut charges = vec![
            Self::window(
                "code-quarter",
                &whose,
                self.0.codes_per_address_per_15_minutes,
                QUARTER,
                PrivateReason::BudgetAddress,
            ),
            Self::window(
                "code-day",
                &whose,
                self.0.codes_per_address_per_day,
                DAY,
                PrivateReason::BudgetAddress,
            ),
        ];
        charges.extend(self.mails(address, standing));
        charges
    }

    /// Mails to one address, and to one recipient domain, over all flows (R112). The ceiling of the domain is for
    /// strangers: whoever used it up would else keep every owner at a large mail provider out (R26).
    pub fn mails(&self, address: &EmailKey, standing: &Standing) -> Vec<Charge> {
        let whose = standing.qualify(&address.budget_key());
        let of_address = Self::window(
            "mail-day",
            &whose,
            self.0.mails_per_address_per_day,
            DAY,
            PrivateReason::BudgetAddress,
        );
        let of_domain = || {
            Self::window(
                "mail-domain",
                address.domain(),
                self.0.mails_per_domain_per_hour,
                HOUR,
                PrivateReason::BudgetAddress,
            )
        };
        match standing {
            Standing::Stranger => vec![of_address, of_domain()],
            Standing::KnownDevice(_) => vec![of_address],
        }
    }

    /// Mails of a whole workspace: above it an alert, never a refusal (R112).
    pub fn workspace_mails(&self) -> Charge {
        Self::window(
            "mail-workspace",
            "all",
            self.0.mails_per_workspace_per_hour,
            HOUR,
            PrivateReason::BudgetAddress,
        )
    }

    /// A wrong code for an address, known or not, over all its codes; a new code does not reset it, a full success does
    /// (R23).
    pub fn code_failures(&self, address: &EmailKey, standing: &Standing) -> Vec<Charge> {
        let whose = standing.qualify(address.as_str());
        vec![
            Self::window(
                "code-failure-hour",
                &whose,
                self.0.code_failures_per_account_per_hour,
                HOUR,
                PrivateReason::BudgetUser,
            ),
            Self::window(
                "code-failure-day",
                &whose,
                self.0.code_failures_per_account_per_day,
                DAY,
                PrivateReason::BudgetUser,
            ),
            self.code_failures_in_a_row(address, standing),
        ]
    }

    /// Wrong codes for an address in a row: a hundred close codes for it until its owner signs in, in whatever way, or
    /// an admin opens them again (R23).
    pub fn code_failures_in_a_row(&self, address: &EmailKey, standing: &Standing) -> Charge {
        Charge {
            key: ThrottleKey::new("code-failure-row", &standing.qualify(address.as_str())),
            rule: LimitRule::Backoff {
                free: u32::MAX,
                window: DAY,
                first: Duration::ZERO,
                longest: Duration::ZERO,
                in_a_row: self.0.failures_in_a_row,
            },
            reason: PrivateReason::BudgetUser,
        }
    }

    /// Wrong codes of the authenticator app, on the account: over restarts, over new passwords, whoever typed the first
    /// factor (R71). Cleared by a right one, and when the app is bound anew.
    pub fn app_code_failures(&self, user: UserId) -> Vec<Charge> {
        let whose = user.to_string();
        vec![
            Charge {
                key: ThrottleKey::new("app-code-row", &whose),
                rule: LimitRule::Backoff {
                    free: self.0.second_factor_failures_before_wait,
                    window: DAY,
                    first: Duration::from_secs(u64::from(self.0.second_factor_wait_first_seconds)),
                    longest: Duration::from_secs(u64::from(self.0.second_factor_wait_longest_seconds)),
                    in_a_row: self.0.failures_in_a_row,
                },
                reason: PrivateReason::BudgetUser,
            },
            Self::window(
                "app-code-day",
                &whose,
                self.0.second_factor_failures_per_day,
                DAY,
                PrivateReason::BudgetUser,
            ),
        ]
    }

    /// A passkey challenge drawn for a network: whoever asks for them without end fills the store.
    pub fn passkey_challenge(&self, network: &str) -> Charge {
        Self::window(
            "passkey-challenge-network",
            network,
            self.0.passkey_challenges_per_network_per_minute,
            MINUTE,
            PrivateReason::BudgetNetwork,
        )
    }

    /// A workspace that somebody begins to make, from a network (C8).
    pub fn founding_of_network(&self, network: &str) -> Charge {
        Self::window(
            "founding-network",
            network,
            self.0.workspaces_per_network_per_day,
            DAY,
            PrivateReason::BudgetNetwork,
        )
    }

    /// A workspace that is made with an address as its owner's (C8).
    pub fn founding_of_address(&self, address: &EmailKey) -> Charge {
        Self::window(
            "founding-address",
            &address.budget_key(),
            self.0.workspaces_per_address_per_day,
            DAY,
            PrivateReason::BudgetAddress,
        )
    }

    /// Somebody sent to a provider from a network: whoever leaves without end fills the store.
    pub fn provider_round_trip(&self, network: &str) -> Charge {
        Self::window(
            "provider-round-trip-network",
            network,
            self.0.provider_round_trips_per_network_per_minute,
            MINUTE,
            PrivateReason::BudgetNetwork,
        )
    }

    /// An announcement to everybody who runs a workspace that this person used the backup door (B15): a handful a quarter
    /// of an hour tells them what there is to know, and whoever holds one password cannot flood them all.
    pub fn emergency_announcement(&self, user: UserId) -> Charge {
        const A_QUARTER: u32 = 3;
        Self::window(
            "emergency-announcement",
            &user.to_string(),
            A_QUARTER,
            QUARTER,
            PrivateReason::BudgetUser,
        )
    }

    /// A report on how somebody gets in (B17): counted as the mails that it is one of (R112), on its network and its address.
    pub fn report(&self, network: &str, address: &EmailKey, standing: &Standing) -> Vec<Charge> {
        let whose = standing.qualify(&address.budget_key());
        let mut charges = vec![
            Self::window(
                "report-network",
                network,
                self.0.reports_per_network_per_hour,
                HOUR,
                PrivateReason::BudgetNetwork,
            ),
            Self::window(
                "report-quarter",
                &whose,
                self.0.reports_per_address_per_15_minutes,
                QUARTER,
                PrivateReason::BudgetAddress,
            ),
        ];
        charges.extend(self.mails(address, standing));
        charges
    }

    /// Every charge that can keep the owner of an address waiting, and what it keeps them from.
    pub fn waits_of(&self, address: &EmailKey, user: Option<UserId>, networks: &[String]) -> Vec<(WaitKind, Charge)> {
        let stranger = &Standing::Stranger;
        let mut charges = vec![(WaitKind::Password, self.password_failure(address, stranger))];
        charges.extend(
            self.code_failures(address, stranger)
                .into_iter()
                .map(|charge| (WaitKind::Code, charge)),
        );
        let whose = address.budget_key();
        let of_the_address = |charge: &Charge| charge.key.as_str().ends_with(&whose);
        let mails = self
            .code_mails(address, stranger)
            .into_iter()
            .chain(self.reset("", address, stranger))
            .filter(of_the_address);
        for charge in mails {
            if !charges.iter().any(|(_, known)| known.key == charge.key) {
                charges.push((WaitKind::Mail, charge));
            }
        }
        if let Some(user) = user {
            let factors = self
                .app_code_failures(user)
                .into_iter()
                .chain(self.backup_code_failures(user));
            charges.extend(factors.map(|charge| (WaitKind::SecondFactor, charge)));
        }
        for network in networks {
            let of_network = [
                self.network_try(network),
                self.network_failure(network),
                self.code_request_of_network(network),
                self.passkey_challenge(network),
                self.provider_round_trip(network),
            ];
            let resets = self.reset(network, address, stranger);
            let all = of_network.into_iter().chain(
                resets
                    .into_iter()
                    .filter(|charge| charge.reason == PrivateReason::BudgetNetwork),
            );
            charges.extend(all.map(|charge| (WaitKind::Network, charge)));
        }
        charges
    }

    /// Wrong backup codes, on the account and apart from the app's: whoever burns the one does not close the other
    /// (R75).
    pub fn backup_code_failures(&self, user: UserId) -> Vec<Charge> {
        vec![Self::window(
            "backup-code-day",
            &user.to_string(),
            self.0.backup_code_failures_per_day,
            DAY,
            PrivateReason::BudgetUser,
        )]
    }

    /// A wrong code anywhere on the server (R24).
    pub fn server_code_failure(&self) -> Charge {
        Self::window(
            "code-failure-server",
            "all",
            self.0.code_failures_per_server_per_hour,
            HOUR,
            PrivateReason::BudgetNetwork,
        )
    }

    /// A mail that staff have sent to an address: a reset link, an invitation. A budget of its own, so that neither strangers
    /// use up what staff may send, nor the other way round (R112).
    pub fn staff_mail(&self, address: &EmailKey) -> Charge {
        Self::window(
            "staff-mail-day",
            &address.budget_key(),
            self.0.staff_mails_per_address_per_day,
            DAY,
            PrivateReason::BudgetAddress,
        )
    }

    /// A sign-up from a network (R89).
    pub fn sign_up(&self, network: &str) -> Charge {
        Self::window(
            "sign-up-network",
            network,
            self.0.sign_ups_per_network_per_hour,
            HOUR,
            PrivateReason::BudgetNetwork,
        )
    }

    /// A request for a reset link (R89), and the mail it sends (R112).
    pub fn reset(&self, network: &str, address: &EmailKey, standing: &Standing) -> Vec<Charge> {
        let whose = standing.qualify(&address.budget_key());
        let mut charges = vec![
            Self::window(
                "reset-network",
                network,
                self.0.resets_per_network_per_hour,
                HOUR,
                PrivateReason::BudgetNetwork,
            ),
            Self::window(
                "reset-quarter",
                &whose,
                self.0.resets_per_address_per_15_minutes,
                QUARTER,
                PrivateReason::BudgetAddress,
            ),
        ];
        charges.extend(self.mails(address, standing));
        charges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_unix_seconds(1_000_000);

    #[test]
    fn c4_waits_of_an_address_are_told_with_those_of_single_browsers_and_no_others() {
        let limits = Limits::default();
        let key = crate::email_address::EmailAddress::parse("jo@example.com")
            .unwrap()
            .key();
        let budgets = Budgets(&limits);
        let charges = budgets.waits_of(&key, None, &["192.0.2.7".to_owned()]);
        let spent = Counter {
            count: 5,
            in_a_row: 5,
            window_ends_at: T0.plus(HOUR),
            blocked_until: T0.plus(MINUTE),
        };
        let of = |standing: &Standing| (budgets.password_failure(&key, standing).key, spent);
        let stranger = waits(&charges, &[of(&Standing::Stranger)], T0);
        assert_eq!(
            stranger,
            [Wait {
                kind: WaitKind::Password,
                until: Some(T0.plus(MINUTE)),
                one_browser: false
            }]
        );
        let known = waits(&charges, &[of(&Standing::KnownDevice("n".to_owned()))], T0);
        assert!(known[0].one_browser);
        assert_eq!(waits(&charges, &[of(&Standing::Stranger)], T0.plus(MINUTE)), []);
        let somebody_else = ThrottleKey::new("password-address", "jo@example.community");
        assert_eq!(waits(&charges, &[(somebody_else, spent)], T0), []);
        let (from, to) = charges[0].1.key.browsers();
        let own = budgets
            .password_failure(&key, &Standing::KnownDevice("~".to_owned()))
            .key;
        assert!(from.as_str() <= own.as_str() && own.as_str() < to.as_str());
    }

    fn charge(counter: &mut Counter, rule: LimitRule, at: Timestamp) -> Result<(), Option<u64>> {
        match step(*counter, rule, at) {
            Step::Counted(next) => {
                *counter = next;
                Ok(())
            }
            Step::Exceeded { retry_at } => Err(retry_at.map(|retry| retry.since(at).as_secs())),
        }
    }

    #[test]
    fn r89_five_wrong_passwords_then_waits_that_double_to_an_hour_then_closed_at_a_hundred() {
        let limits = Limits::default();
        let rule = Budgets(&limits).password_backoff();
        let mut counter = Counter::default();
        let mut now = T0;
        for _ in 0..5 {
            charge(&mut counter, rule, now).unwrap();
        }
        let mut waits = Vec::new();
        for _ in 5..100 {
            let wait = charge(&mut counter, rule, now).unwrap_err().unwrap();
            waits.push(wait);
            now = now.plus(Duration::from_secs(wait));
            charge(&mut counter, rule, now).unwrap();
        }
        assert_eq!(&waits[..9], [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        now = now.plus(DAY * 365);
        assert_eq!(charge(&mut counter, rule, now), Err(None), "closed until cleared");
    }

    #[test]
    fn r89_four_wrong_passwords_are_forgotten_after_the_window() {
        let limits = Limits::default();
        let rule = Budgets(&limits).password_backoff();
        let mut counter = Counter::default();
        for _ in 0..4 {
            charge(&mut counter, rule, T0).unwrap();
        }
        let later = counter.window_ends_at;
        charge(&mut counter, rule, later).unwrap();
        assert_eq!((counter.count, counter.in_a_row), (1, 5));
    }

    #[test]
    fn r27_resends_wait_thirty_then_sixty_seconds() {
        let limits = Limits::default();
        let key = crate::email_address::EmailAddress::parse("jo@example.com")
            .unwrap()
            .key();
        let rule = Budgets(&limits).code_wait(&key, &Standing::Stranger).rule;
        let mut counter = Counter::default();
        charge(&mut counter, rule, T0).unwrap();
        assert_eq!(
            charge(&mut counter, rule, T0.plus(Duration::from_secs(10))),
            Err(Some(20))
        );
        charge(&mut counter, rule, T0.plus(Duration::from_secs(30))).unwrap();
        assert_eq!(
            charge(&mut counter, rule, T0.plus(Duration::from_secs(30))),
            Err(Some(60))
        );
    }

    #[test]
    fn free_tries_block_no_other_that_began_earlier_or_on_a_node_whose_clock_is_behind() {
        let limits = Limits::default();
        let mut counter = Counter::default();
        for behind in [0, 1, 90, 30] {
            let at = T0.minus(Duration::from_secs(behind));
            charge(&mut counter, Budgets(&limits).password_backoff(), at).unwrap();
        }
    }

    #[test]
    fn a_refund_undoes_the_charge() {
        let limits = Limits::default();
        let rule = Budgets(&limits).password_backoff();
        let mut counter = Counter::default();
        for _ in 0..5 {
            charge(&mut counter, rule, T0).unwrap();
        }
        counter = refund(counter, rule);
        assert_eq!(counter.count, 4);
        charge(&mut counter, rule, T0).unwrap();
    }

    #[test]
    fn r26_r112_a_known_device_shares_no_mail_budget_with_strangers() {
        let limits = Limits::default();
        let budgets = Budgets(&limits);
        let key = crate::email_address::EmailAddress::parse("jo@example.com")
            .unwrap()
            .key();
        let keys = |charges: Vec<Charge>| charges.into_iter().map(|charge| charge.key).collect::<Vec<_>>();
        let strangers = keys(budgets.code_mails(&key, &Standing::Stranger));
        assert!(strangers.contains(&ThrottleKey::new("mail-domain", "example.com")));
        let device = Standing::KnownDevice("n1".to_owned());
        for own in [
            keys(budgets.code_mails(&key, &device)),
            keys(budgets.mails(&key, &device)),
        ] {
            assert!(own.iter().all(|key| !strangers.contains(key)), "{own:?}");
        }
    }

    #[test]
    fn r26_a_known_device_is_counted_apart_from_strangers() {
        let limits = Limits::default();
        let budgets = Budgets(&limits);
        let key = crate::email_address::EmailAddress::parse("jo+x@example.com")
            .unwrap()
            .key();
        let device = Standing::KnownDevice("n1".to_owned());
        assert_ne!(
            budgets.password_failure(&key, &Standing::Stranger).key,
            budgets.password_failure(&key, &device).key
        );
        let plain = crate::email_address::EmailAddress::parse("jo@example.com")
            .unwrap()
            .key();
        assert_eq!(
            budgets.code_mails(&key, &Standing::Stranger),
            budgets.code_mails(&plain, &Standing::Stranger),
            "R112: +tags share one mailbox's budget"
        );
    }
}
