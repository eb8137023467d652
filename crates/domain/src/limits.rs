//! Every budget and wait of the server (R21–R27, R32–R33, R89, R112), each with its unit in its name.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident = $default:literal in $low:literal ..= $high:literal,)*) => {
        /// Budgets and waits. Settable under `limits` in the configuration, within the bounds of
        /// [`Limits::problems`].
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Limits { $($(#[$doc])* pub $name: u32,)* }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Limits {
            /// Every key, in order.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($name),)*];

            /// Each value that is out of bounds, with the bounds.
            pub fn problems(&self) -> Vec<LimitOutOfBounds> {
                let mut problems = Vec::new();
                $(if !($low..=$high).contains(&self.$name) {
                    problems.push(LimitOutOfBounds { key: stringify!($name), value: self.$name, low: $low, high: $high });
                })*
                problems
            }
        }
    };
}

/// A limit that is set outside what is safe.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("limits.{key} is {value}; write a number from {low} to {high}")]
pub struct LimitOutOfBounds {
    /// The key under `limits`.
    pub key: &'static str,
    /// What was written.
    pub value: u32,
    /// The least allowed.
    pub low: u32,
    /// The most allowed.
    pub high: u32,
}

limits! {
    /// Life of an emailed code from its issue, in seconds (R21: never above ten minutes).
    code_lifetime_seconds = 600 in 1 ..= 600,
    /// Wrong tries on one attempt, over all its codes (R22).
    code_tries_per_attempt = 5 in 1 ..= 10,
    /// Wrong tries on one account in an hour, over all its codes (R23).
    code_failures_per_account_per_hour = 10 in 1 ..= 100,
    /// Wrong tries on one account in a day, over all its codes (R23).
    code_failures_per_account_per_day = 20 in 1 ..= 200,
    /// Wrong tries in a row after which codes (or passwords) are off for an account until it signs in another way (R23, R89).
    failures_in_a_row = 100 in 10 ..= 100,
    /// Wrong code tries on the whole server in an hour; above it answers are delayed and an alert is raised (R24).
    code_failures_per_server_per_hour = 3_000 in 1 ..= 1_000_000,
    /// Wait before the first resend, in seconds (R27).
    code_resend_wait_seconds = 30 in 0 ..= 3_600,
    /// Wait before each later resend, in seconds (R27).
    code_resend_wait_next_seconds = 60 in 0 ..= 3_600,
    /// Codes mailed to one address in 15 minutes (R27).
    codes_per_address_per_15_minutes = 3 in 1 ..= 1_000,
    /// Codes mailed to one address in a day (R27).
    codes_per_address_per_day = 10 in 1 ..= 10_000,
    /// Code requests from one network in an hour (R27).
    code_requests_per_network_per_hour = 120 in 1 ..= 10_000_000,
    /// Codes of one attempt that are alive at a time (R27).
    codes_live_per_attempt = 3 in 1 ..= 3,
    /// Life of an attempt, in seconds (R27).
    attempt_lifetime_seconds = 1_800 in 60 ..= 86_400,
    /// Wrong passwords for one address within the window before waits begin (R89).
    password_failures_before_wait = 5 in 1 ..= 100,
    /// The window of the above, in seconds (R89).
    password_failure_window_seconds = 300 in 1 ..= 86_400,
    /// First wait after too many wrong passwords, in seconds; doubles from there (R89).
    password_wait_first_seconds = 30 in 1 ..= 3_600,
    /// Longest wait after too many wrong passwords, in seconds (R89).
    password_wait_longest_seconds = 3_600 in 1 ..= 86_400,
    /// Failed sign-ins from one network in a minute (R89).
    failures_per_network_per_minute = 10 in 1 ..= 10_000_000,
    /// Tries to sign in from one network in a minute (R89).
    tries_per_network_per_minute = 30 in 1 ..= 10_000_000,
    /// Sign-ups from one network in an hour (R89).
    sign_ups_per_network_per_hour = 20 in 1 ..= 10_000_000,
    /// Reset mails to one address in 15 minutes (R89).
    resets_per_address_per_15_minutes = 3 in 1 ..= 1_000,
    /// Reset requests from one network in an hour (R89).
    resets_per_network_per_hour = 20 in 1 ..= 10_000_000,
    /// Reports on how to get in to one address in 15 minutes (B17).
    reports_per_address_per_15_minutes = 3 in 1 ..= 1_000,
    /// Requests for such a report from one network in an hour.
    reports_per_network_per_hour = 20 in 1 ..= 10_000_000,
    /// Mails to one address in a day by anonymous request, over all flows (R112).
    mails_per_address_per_day = 10 in 1 ..= 10_000,
    /// Mails to one recipient domain in an hour by anonymous request (R112).
    mails_per_domain_per_hour = 3_000 in 10 ..= 10_000_000,
    /// Mails of one workspace in an hour; above it an alert is raised, nothing is refused (R112).
    mails_per_workspace_per_hour = 1_000 in 1 ..= 10_000_000,
    /// Mails to one address in a day that staff have sent: reset links and invitations (R112).
    staff_mails_per_address_per_day = 10 in 1 ..= 1_000,
    /// Wrong second factors of one account within a day before waits begin (R71).
    second_factor_failures_before_wait = 5 in 1 ..= 10,
    /// First wait after too many wrong second factors, in seconds; doubles from there (R71).
    second_factor_wait_first_seconds = 900 in 1 ..= 86_400,
    /// Longest wait after too many wrong second factors, in seconds (R71).
    second_factor_wait_longest_seconds = 86_400 in 1 ..= 86_400,
    /// Wrong codes of the authenticator app on one account in a day (R71).
    second_factor_failures_per_day = 20 in 1 ..= 100,
    /// Wrong backup codes on one account in a day, counted apart from the app's (R75).
    backup_code_failures_per_day = 5 in 1 ..= 20,
    /// Life of the half-signed-in state between the first and the second factor, in seconds (R73).
    second_step_lifetime_seconds = 600 in 30 ..= 600,
    /// Life of a passkey challenge, in seconds (R76).
    passkey_challenge_lifetime_seconds = 300 in 30 ..= 300,
    /// Passkey challenges drawn for one network in a minute; each is kept until it is over (R76).
    passkey_challenges_per_network_per_minute = 120 in 1 ..= 10_000_000,
    /// Life of a round trip to a provider, in seconds (R52).
    provider_round_trip_lifetime_seconds = 600 in 60 ..= 600,
    /// People sent to providers from one network in a minute; each round trip is kept until it is over (R52).
    provider_round_trips_per_network_per_minute = 120 in 1 ..= 10_000_000,
    /// How long a proof of who one is counts as fresh, in seconds (R11, R72).
    fresh_proof_seconds = 300 in 10 ..= 300,
    /// The same for dangerous actions on others, in seconds (R99).
    fresh_proof_admin_seconds = 900 in 10 ..= 900,
    /// Life of the link that proves a further address, in seconds.
    email_proof_lifetime_seconds = 86_400 in 60 ..= 604_800,
    /// Life of the links that undo a change of addresses, in seconds (R48).
    email_revert_lifetime_seconds = 604_800 in 3_600 ..= 604_800,
    /// Life of the link of `doorward recover`, in seconds (R106).
    recover_link_lifetime_seconds = 900 in 60 ..= 900,
    /// Addresses of one account, proved or not.
    emails_per_account = 20 in 1 ..= 100,
    /// Passkeys of one account.
    passkeys_per_account = 20 in 1 ..= 100,
    /// Life of a reset link, in seconds (R32: at most a day).
    reset_link_lifetime_seconds = 3_600 in 1 ..= 86_400,
    /// Reset links of one account that are alive at a time (R32).
    reset_links_live_per_account = 3 in 1 ..= 3,
    /// Life of an invitation or first set-password link, in seconds (R33).
    invite_lifetime_seconds = 604_800 in 60 ..= 604_800,
    /// How long what is done for a caller without a challenge is announced before it happens, in seconds (C10).
    caller_challenge_delay_seconds = 86_400 in 60 ..= 604_800,
    /// Life of a temporary password, in seconds (C2).
    temporary_password_lifetime_seconds = 86_400 in 60 ..= 86_400,
    /// How long the deletion of an account can be undone, in seconds.
    deletion_undo_seconds = 2_592_000 in 60 ..= 7_776_000,
    /// How far the `iat` of a hand-over token may be from our clock, in seconds (B18).
    hand_over_window_seconds = 180 in 10 ..= 600,
    /// Workspaces that are begun from one network in a day, by whoever is not the operator (C8).
    workspaces_per_network_per_day = 20 in 1 ..= 10_000_000,
    /// Workspaces that are made with one address in a day, by whoever is not the operator (C8).
    workspaces_per_address_per_day = 3 in 1 ..= 1_000,
    /// Life of a ticket that carries somebody from one host to another, in seconds (C8).
    ticket_lifetime_seconds = 60 in 5 ..= 60,
    /// For how long a change to how admins get in waits for one of them to come in under it, before it undoes itself, in
    /// seconds (C3).
    settings_trial_seconds = 600 in 1 ..= 3_600,
    /// Life of a personal portal link, where its maker names none, in seconds (R40).
    portal_link_lifetime_seconds = 2_592_000 in 60 ..= 31_536_000,
    /// Largest file of the directory that the console takes, in kibibytes (B9).
    directory_upload_kibibytes = 16_384 in 64 ..= 32_768,
    /// How long such a file waits for somebody's word, in seconds (B9).
    directory_upload_lifetime_seconds = 1_800 in 60 ..= 86_400,
}

impl Limits {
    /// Life of an emailed code.
    pub const fn code_lifetime(&self) -> Duration {
        Duration::from_secs(self.code_lifetime_seconds as u64)
    }

    /// Largest file of the directory that the console takes, in bytes.
    pub const fn directory_upload_bytes(&self) -> usize {
        self.directory_upload_kibibytes as usize * 1_024
    }

    /// How long such a file waits for somebody's word.
    pub const fn directory_upload_lifetime(&self) -> Duration {
        Duration::from_secs(self.directory_upload_lifetime_seconds as u64)
    }

    /// Life of an attempt.
    pub const fn attempt_lifetime(&self) -> Duration {
        Duration::from_secs(self.attempt_lifetime_seconds as u64)
    }

    /// Life of a reset link.
    pub const fn reset_link_lifetime(&self) -> Duration {
        Duration::from_secs(self.reset_link_lifetime_seconds as u64)
    }

    /// Life of the half-signed-in state.
    pub const fn second_step_lifetime(&self) -> Duration {
        Duration::from_secs(self.second_step_lifetime_seconds as u64)
    }

    /// Life of a passkey challenge.
    pub const fn passkey_challenge_lifetime(&self) -> Duration {
        Duration::from_secs(self.passkey_challenge_lifetime_seconds as u64)
    }

    /// Life of a round trip to a provider.
    pub const fn provider_round_trip_lifetime(&self) -> Duration {
        Duration::from_secs(self.provider_round_trip_lifetime_seconds as u64)
    }

    /// How long a proof of who one is counts as fresh.
    pub const fn fresh_proof(&self) -> Duration {
        Duration::from_secs(self.fresh_proof_seconds as u64)
    }

    /// The same for dangerous actions on others.
    pub const fn fresh_proof_admin(&self) -> Duration {
        Duration::from_secs(self.fresh_proof_admin_seconds as u64)
    }

    /// Life of the link that proves a further address.
    pub const fn email_proof_lifetime(&self) -> Duration {
        Duration::from_secs(self.email_proof_lifetime_seconds as u64)
    }

    /// Life of the links that undo a change of addresses.
    pub const fn email_revert_lifetime(&self) -> Duration {
        Duration::from_secs(self.email_revert_lifetime_seconds as u64)
    }

    /// Life of the link of `doorward recover`.
    pub const fn recover_link_lifetime(&self) -> Duration {
        Duration::from_secs(self.recover_link_lifetime_seconds as u64)
    }

    /// Life of a personal portal link, where its maker names none.
    pub const fn portal_link_lifetime(&self) -> Duration {
        Duration::from_secs(self.portal_link_lifetime_seconds as u64)
    }

    /// How long what is done for a caller without a challenge is announced before it happens.
    pub const fn caller_challenge_delay(&self) -> Duration {
        Duration::from_secs(self.caller_challenge_delay_seconds as u64)
    }

    /// Life of a temporary password.
    pub const fn temporary_password_lifetime(&self) -> Duration {
        Duration::from_secs(self.temporary_password_lifetime_seconds as u64)
    }

    /// How long the deletion of an account can be undone.
    pub const fn deletion_undo(&self) -> Duration {
        Duration::from_secs(self.deletion_undo_seconds as u64)
    }

    /// For how long a change to how admins get in is on trial.
    pub const fn settings_trial(&self) -> Duration {
        Duration::from_secs(self.settings_trial_seconds as u64)
    }

    /// How far the `iat` of a hand-over token may be from our clock.
    pub const fn hand_over_window(&self) -> Duration {
        Duration::from_secs(self.hand_over_window_seconds as u64)
    }

    /// Life of a ticket from one host to another.
    pub const fn ticket_lifetime(&self) -> Duration {
        Duration::from_secs(self.ticket_lifetime_seconds as u64)
    }

    /// Life of an invitation.
    pub const fn invite_lifetime(&self) -> Duration {
        Duration::from_secs(self.invite_lifetime_seconds as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_within_bounds_and_a_long_lived_code_is_not() {
        assert_eq!(Limits::default().problems(), []);
        let limits = Limits {
            code_lifetime_seconds: 601,
            ..Limits::default()
        };
        assert_eq!(limits.problems().len(), 1);
        assert_eq!(
            limits.problems()[0].to_string(),
            "limits.code_lifetime_seconds is 601; write a number from 1 to 600"
        );
    }
}
