//! The contract suites: one plain async function for each MUST line of a port.
//!
//! An adapter's crate runs them with [`contract_tests!`](crate::contract_tests) and a function that makes a fresh, empty
//! store. The in-memory store passes them too, so that a test over the fake says something about the databases.
//!
//! ```
//! use doorward_domain::testing::MemoryStore;
//! use doorward_domain::testing::contract::StorePorts;
//!
//! async fn make_store() -> StorePorts {
//!     StorePorts::of(MemoryStore::new())
//! }
//!
//! doorward_domain::contract_tests!(all, make_store);
//! # fn main() {}
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a contract fails by panicking, as every test does"
)]

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use crate::ids::{UserId, WorkspaceId};
use crate::ports::{
    ApiKeys, Audit, AuditChain, AuditLog, CallerChallenges, Connections, Credentials, Departures, Directory,
    DirectoryBook, DirectoryUploads, DoorSettings, Emails, Factors, Flows, Foundings, HandOverKeys, Links, MailLog,
    Organisations, Outbox, OwnSessions, Passkeys, Population, PortResult, PortalLinks, Profiles, Receipts, Retention,
    Roles, Roster, RoundTrips, ScimTokens, Sessions, StoreHealth, Throttle, Tickets, Users, Waits, WorkspaceFaces,
    WorkspaceProviders, Workspaces,
};
use crate::user::UserEmail;

pub mod api_keys;
pub mod audit;
pub mod audit_chain;
pub mod audit_log;
pub mod caller_challenges;
pub mod connections;
pub mod credentials;
pub mod departures;
pub mod directory;
pub mod directory_book;
pub mod directory_uploads;
pub mod door_settings;
pub mod emails;
pub mod factors;
pub mod flows;
pub mod foundings;
pub mod hand_over_keys;
pub mod health;
pub mod links;
pub mod mail_log;
pub mod organisations;
pub mod outbox;
pub mod own_sessions;
pub mod passkeys;
pub mod password_hasher;
pub mod population;
pub mod portal_links;
pub mod profiles;
pub mod receipts;
pub mod retention;
pub mod roles;
pub mod roster;
pub mod round_trips;
pub mod scim_tokens;
pub mod sessions;
mod support;
pub mod throttle;
pub mod users;
pub mod waits;
pub mod workspace_faces;
pub mod workspace_providers;
pub mod workspaces;

/// How many tasks run against each other in a race.
pub const RACERS: usize = 100;

/// What a suite needs and no port does (yet).
#[async_trait]
pub trait Backdoor: Send + Sync {
    /// Adds an address to a person, proved or not, whatever the rules say.
    async fn add_email(&self, workspace: WorkspaceId, user: UserId, email: UserEmail) -> PortResult<()>;
}

/// All ports of one store.
#[derive(Clone)]
pub struct StorePorts {
    /// Workspaces.
    pub workspaces: Arc<dyn Workspaces>,
    /// People.
    pub users: Arc<dyn Users>,
    /// Credentials and status.
    pub credentials: Arc<dyn Credentials>,
    /// Second factors.
    pub factors: Arc<dyn Factors>,
    /// Passkeys.
    pub passkeys: Arc<dyn Passkeys>,
    /// Addresses.
    pub emails: Arc<dyn Emails>,
    /// Profiles.
    pub profiles: Arc<dyn Profiles>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Sessions, as their owners see them.
    pub own_sessions: Arc<dyn OwnSessions>,
    /// Counters.
    pub throttle: Arc<dyn Throttle>,
    /// Counters, as those see them who answer for the people behind them.
    pub waits: Arc<dyn Waits>,
    /// Attempts and codes.
    pub flows: Arc<dyn Flows>,
    /// Mailed links.
    pub links: Arc<dyn Links>,
    /// Personal portal links.
    pub portal_links: Arc<dyn PortalLinks>,
    /// Challenges to people who call.
    pub caller_challenges: Arc<dyn CallerChallenges>,
    /// Accounts that are deleted.
    pub departures: Arc<dyn Departures>,
    /// Mails.
    pub outbox: Arc<dyn Outbox>,
    /// Receipts.
    pub receipts: Arc<dyn Receipts>,
    /// Audit log.
    pub audit: Arc<dyn Audit>,
    /// Audit log, as it is read.
    pub audit_log: Arc<dyn AuditLog>,
    /// Its seals.
    pub audit_chain: Arc<dyn AuditChain>,
    /// Mail log.
    pub mail_log: Arc<dyn MailLog>,
    /// Removing what is old.
    pub retention: Arc<dyn Retention>,
    /// Keys of portal applications.
    pub api_keys: Arc<dyn ApiKeys>,
    /// Roles of the workspaces' own making.
    pub roles: Arc<dyn Roles>,
    /// Organisations.
    pub organisations: Arc<dyn Organisations>,
    /// What staff say of people.
    pub roster: Arc<dyn Roster>,
    /// Round trips to providers.
    pub trips: Arc<dyn RoundTrips>,
    /// Identities that are connected.
    pub connections: Arc<dyn Connections>,
    /// The synced directory.
    pub directory: Arc<dyn Directory>,
    /// The synced directory, as it is read.
    pub directory_book: Arc<dyn DirectoryBook>,
    /// Files of the directory that wait.
    pub directory_uploads: Arc<dyn DirectoryUploads>,
    /// Tokens by which directories are synced.
    pub scim_tokens: Arc<dyn ScimTokens>,
    /// Settings of doors.
    pub door_settings: Arc<dyn DoorSettings>,
    /// Everybody of a workspace.
    pub population: Arc<dyn Population>,
    /// Keys of hand-over.
    pub hand_over_keys: Arc<dyn HandOverKeys>,
    /// Workspaces that are about to be made.
    pub foundings: Arc<dyn Foundings>,
    /// Tickets from one host to another.
    pub tickets: Arc<dyn Tickets>,
    /// Credentials of providers that workspaces bring themselves.
    pub workspace_providers: Arc<dyn WorkspaceProviders>,
    /// How workspaces look.
    pub workspace_faces: Arc<dyn WorkspaceFaces>,
    /// State of the store.
    pub health: Arc<dyn StoreHealth>,
    /// What only suites do.
    pub backdoor: Arc<dyn Backdoor>,
    /// Whatever must live as long as the store, such as the folder of its file.
    pub keep: Option<Arc<dyn Any + Send + Sync>>,
}

impl StorePorts {
    /// The ports of a value that implements them all.
    pub fn of<S>(store: S) -> Self
    where
        S: Workspaces
            + Users
            + Credentials
            + Factors
            + Passkeys
            + Emails
            + Profiles
            + Sessions
            + OwnSessions
            + Throttle
            + Waits
            + Flows
            + Links
            + DoorSettings
            + Population
            + PortalLinks
            + CallerChallenges
            + Departures
            + Outbox
            + Receipts
            + Audit
            + AuditLog
            + AuditChain
            + MailLog
            + Retention
            + ApiKeys
            + Roles
            + Organisations
            + Roster
            + RoundTrips
            + Connections
            + Directory
            + DirectoryBook
            + DirectoryUploads
            + ScimTokens
            + HandOverKeys
            + Foundings
            + Tickets
            + WorkspaceProviders
            + WorkspaceFaces
            + StoreHealth
            + Backdoor
            + 'static,
    {
        let store = Arc::new(store);
        Self {
            workspaces: store.clone(),
            users: store.clone(),
            credentials: store.clone(),
            factors: store.clone(),
            passkeys: store.clone(),
            emails: store.clone(),
            profiles: store.clone(),
            sessions: store.clone(),
            own_sessions: store.clone(),
            throttle: store.clone(),
            waits: store.clone(),
            flows: store.clone(),
            links: store.clone(),
            portal_links: store.clone(),
            caller_challenges: store.clone(),
            departures: store.clone(),
            outbox: store.clone(),
            receipts: store.clone(),
            audit: store.clone(),
            audit_log: store.clone(),
            audit_chain: store.clone(),
            mail_log: store.clone(),
            retention: store.clone(),
            api_keys: store.clone(),
            roles: store.clone(),
            organisations: store.clone(),
            roster: store.clone(),
            trips: store.clone(),
            connections: store.clone(),
            directory: store.clone(),
            directory_book: store.clone(),
            directory_uploads: store.clone(),
            scim_tokens: store.clone(),
            door_settings: store.clone(),
            population: store.clone(),
            hand_over_keys: store.clone(),
            foundings: store.clone(),
            tickets: store.clone(),
            workspace_providers: store.clone(),
            workspace_faces: store.clone(),
            health: store.clone(),
            backdoor: store,
            keep: None,
        }
    }

    /// The same ports, keeping `thing` alive as long as they are.
    #[must_use]
    pub fn keeping(mut self, thing: impl Any + Send + Sync) -> Self {
        self.keep = Some(Arc::new(thing));
        self
    }
}

impl std::fmt::Debug for StorePorts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorePorts").finish_non_exhaustive()
    }
}

#[async_trait]
impl Backdoor for MemoryStore {
    async fn add_email(&self, workspace: WorkspaceId, user: UserId, email: UserEmail) -> PortResult<()> {
        self.put_email(workspace, user, email);
        Ok(())
    }
}

/// Makes one `#[tokio::test]` of each contract of a port, or of `all` store ports: `contract_tests!(users, make_store)`.
///
/// `make_store` is the name of an async function without arguments that gives a fresh, empty
/// [`StorePorts`](crate::testing::contract::StorePorts) (for `password_hasher`: a fresh `impl PasswordHasher`). The crate
/// needs `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! contract_tests {
    (all, $make:ident) => {
        $crate::contract_tests!(workspaces, $make);
        $crate::contract_tests!(users, $make);
        $crate::contract_tests!(credentials, $make);
        $crate::contract_tests!(factors, $make);
        $crate::contract_tests!(passkeys, $make);
        $crate::contract_tests!(emails, $make);
        $crate::contract_tests!(profiles, $make);
        $crate::contract_tests!(sessions, $make);
        $crate::contract_tests!(own_sessions, $make);
        $crate::contract_tests!(throttle, $make);
        $crate::contract_tests!(waits, $make);
        $crate::contract_tests!(flows, $make);
        $crate::contract_tests!(links, $make);
        $crate::contract_tests!(portal_links, $make);
        $crate::contract_tests!(door_settings, $make);
        $crate::contract_tests!(population, $make);
        $crate::contract_tests!(caller_challenges, $make);
        $crate::contract_tests!(departures, $make);
        $crate::contract_tests!(outbox, $make);
        $crate::contract_tests!(receipts, $make);
        $crate::contract_tests!(audit, $make);
        $crate::contract_tests!(audit_log, $make);
        $crate::contract_tests!(audit_chain, $make);
        $crate::contract_tests!(mail_log, $make);
        $crate::contract_tests!(retention, $make);
        $crate::contract_tests!(api_keys, $make);
        $crate::contract_tests!(roles, $make);
        $crate::contract_tests!(organisations, $make);
        $crate::contract_tests!(directory, $make);
        $crate::contract_tests!(directory_book, $make);
        $crate::contract_tests!(directory_uploads, $make);
        $crate::contract_tests!(scim_tokens, $make);
        $crate::contract_tests!(hand_over_keys, $make);
        $crate::contract_tests!(foundings, $make);
        $crate::contract_tests!(roster, $make);
        $crate::contract_tests!(round_trips, $make);
        $crate::contract_tests!(connections, $make);
        $crate::contract_tests!(workspace_providers, $make);
        $crate::contract_tests!(workspace_faces, $make);
        $crate::contract_tests!(health, $make);
    };
    (workspaces, $make:ident) => {
        $crate::contract_tests!(@tests workspaces, $make: [
            a_race_for_one_slug_makes_one_workspace
            a_race_for_one_host_name_makes_one_workspace
            create_is_all_or_nothing
            hosts_are_found_in_lower_case_and_without_port
            workspaces_come_back_as_they_were_made
            list_is_ordered_by_slug
        ]);
    };
    (audit_log, $make:ident) => {
        $crate::contract_tests!(@tests audit_log, $make: [
            every_filter_is_kept
            pages_go_on_where_they_ended
            people_are_named_while_they_are_there
        ]);
    };
    (audit_chain, $make:ident) => {
        $crate::contract_tests!(@tests audit_chain, $make: [
            rows_are_sealed_once_in_a_chain_of_their_workspace
            a_race_of_nodes_makes_one_chain
            cutting_leaves_a_chain_that_holds
            what_waits_is_counted
        ]);
    };
    (mail_log, $make:ident) => {
        $crate::contract_tests!(@tests mail_log, $make: [
            mails_are_found_by_every_filter_and_page
            a_story_tells_who_asked_and_what_happened
            a_used_code_proves_its_mailbox
            a_link_is_opened_once_and_used_once
            a_mail_that_comes_back_is_over
            a_mail_can_be_tried_now
            the_mails_of_others_are_not_there
        ]);
    };
    (retention, $make:ident) => {
        $crate::contract_tests!(@tests retention, $make: [
            what_is_old_goes_and_what_waits_stays
        ]);
    };
    (roster, $make:ident) => {
        $crate::contract_tests!(@tests roster, $make: [
            an_edit_changes_what_it_names_and_nothing_else
            an_edit_is_found_and_told_at_once
            an_edit_is_all_or_nothing
            organisations_become_those_that_are_named
            nobody_is_edited_in_another_workspace
            an_invitation_is_told_while_it_can_be_used
            a_race_of_revocations_revokes_once
            revoking_spares_other_links
        ]);
    };
    (users, $make:ident) => {
        $crate::contract_tests!(@tests users, $make: [
            a_proved_address_is_found_before_a_primary_claim
            an_unproved_primary_address_is_found
            an_unproved_secondary_address_finds_nobody
            addresses_are_found_by_key
            people_come_back_as_they_were_made
            nobody_is_found_in_another_workspace
            create_is_all_or_nothing
            create_stores_the_invitation_with_the_person
            a_taken_address_changes_nothing
            a_claimed_secondary_address_does_not_block_its_owner
            a_race_for_one_address_makes_one_person
            upsert_finds_by_the_rule_of_sign_in
            upsert_never_verifies_an_address
            upsert_names_only_the_nameless
            upsert_leaves_whoever_may_do_more_as_they_are
            upsert_puts_people_into_organisations_once
            a_race_of_upserts_makes_one_person_per_address
            a_race_of_upserts_makes_one_person_per_foreign_identity
            a_race_of_upserts_makes_one_organisation_per_name
            an_upsert_and_a_sign_up_of_one_address_make_one_person
            search_reads_names_addresses_identities_and_organisations
            search_takes_wildcards_literally
            search_for_a_short_text_looks_at_beginnings
            search_finds_by_connection
            search_narrows_by_role_status_and_organisation
            search_pages_in_order_of_id
            with_roles_gives_those_who_have_one
        ]);
    };
    (credentials, $make:ident) => {
        $crate::contract_tests!(@tests credentials, $make: [
            a_set_password_voids_links_and_codes
            each_change_raises_the_credentials_version
            proving_marks_the_address
            proving_fails_without_person_or_address
            proving_fails_where_the_address_is_proved_on_somebody_else
            a_first_proof_removes_what_an_unproved_claimant_left
            a_first_proof_removes_the_second_factor_of_a_claimant_and_no_other
            a_first_proof_keeps_a_password_verified_in_the_same_attempt
            a_claim_sets_its_own_password_and_name
            a_claim_is_all_or_nothing
            proving_again_sets_only_what_is_missing
            a_race_of_resets_with_one_token_resets_once
            a_reset_proves_the_address_it_was_sent_to
            a_reset_voids_links_and_codes_and_ends_sessions
            a_reset_writes_notices_receipt_and_audit
            a_reset_is_all_or_nothing
            a_dead_link_resets_nothing
            a_link_resets_nothing_in_another_workspace
            set_password_ends_sessions
            disabling_ends_sessions_and_enabling_revives_none
            changes_of_nobody_are_false
            set_password_leaves_the_kept_session
            the_last_owner_is_not_disabled
            two_owners_who_disable_each_other_leave_one
            a_new_password_leaves_what_undoes_a_change
        ]);
    };
    (sessions, $make:ident) => {
        $crate::contract_tests!(@tests sessions, $make: [
            open_tells_who_it_is
            open_writes_all_that_goes_with_it
            open_is_all_or_nothing
            open_refuses_a_stale_grant
            open_refuses_a_disabled_person
            no_session_outlives_a_password_change_that_it_raced
            at_most_fifty_sessions_stay
            a_race_of_openings_leaves_at_most_fifty
            a_rehash_is_stored_and_disturbs_nobody
            a_replaced_session_is_dead
            unknown_ended_expired_and_idle_tokens_answer_none
            use_keeps_a_session_alive_until_it_expires
            end_needs_a_live_session_of_that_workspace
            end_all_ends_those_of_one_person
            what_was_ended_is_refused_by_the_next_check
            peek_agrees_with_check
            sweep_leaves_live_sessions
            end_all_leaves_the_kept_one
            a_race_for_one_time_step_opens_one_session
            time_steps_are_accepted_in_rising_order_only
            a_race_of_time_steps_ends_at_the_latest
            a_race_for_one_backup_code_opens_one_session
            a_spent_factor_changes_nothing
            what_opens_nothing_spends_nothing
            using_a_passkey_stores_its_state
            renew_keeps_the_session_and_changes_its_token
            renew_writes_all_that_goes_with_it
            what_is_not_renewed_is_left_as_it_was
            openings_and_renewals_race_for_one_factor
            of_a_race_of_renewals_one_wins
            no_renewed_session_outlives_the_end_that_it_raced
            no_session_outlives_a_second_factor_that_it_raced
        ]);
    };
    (factors, $make:ident) => {
        $crate::contract_tests!(@tests factors, $make: [
            nothing_is_on_at_first
            a_pending_app_comes_back_and_takes_the_place_of_another
            enabling_turns_on_the_pending_app
            enabling_is_all_or_nothing
            nothing_but_the_pending_app_is_turned_on
            a_race_of_enablings_turns_on_once
            turning_on_or_off_ends_the_other_sessions
            disabling_forgets_all_but_the_last_step
            changes_of_what_is_on_are_all_or_nothing
            the_last_step_outlives_a_new_binding
            new_backup_codes_void_the_old
            factors_of_people_are_apart
            the_look_up_of_a_sign_in_tells_the_factors
        ]);
    };
    (passkeys, $make:ident) => {
        $crate::contract_tests!(@tests passkeys, $make: [
            passkeys_come_back_as_they_were_added
            adding_is_all_or_nothing
            what_may_not_be_added_changes_nothing
            a_race_for_one_credential_adds_it_once
            a_race_of_additions_stays_within_the_limit
            renaming_is_for_ones_own
            a_removed_passkey_opens_nothing
            changes_are_all_or_nothing
            rounds_come_back_as_they_were_begun
            a_race_for_one_round_hands_it_out_once
            a_round_is_handed_out_to_its_own_only
            sweep_removes_rounds_that_are_over
        ]);
    };
    (emails, $make:ident) => {
        $crate::contract_tests!(@tests emails, $make: [
            an_added_address_signs_nobody_in
            what_may_not_be_added_changes_nothing
            a_claim_takes_nothing_from_the_owner
            changes_are_all_or_nothing
            a_race_of_additions_stays_within_the_limit
            a_proved_address_signs_its_owner_in
            a_race_of_proofs_with_one_link_proves_once
            a_race_of_people_for_one_address_proves_it_on_one
            a_dead_link_proves_nothing
            a_proved_address_can_become_the_primary_one
            no_other_address_becomes_the_primary_one
            a_removed_address_opens_nothing
            neither_the_primary_nor_the_last_proved_address_is_removed
            a_claim_taken_back_disturbs_nobody
            a_race_of_changes_leaves_one_proved_primary
            a_race_of_removals_leaves_a_proved_address
            an_undone_addition_removes_the_address
            an_undone_addition_gives_the_primary_place_back
            an_undone_primary_address_is_secondary_again
            an_undone_removal_brings_the_address_back
            a_race_of_reverts_with_one_link_undoes_once
            a_dead_link_undoes_nothing
            what_is_proved_elsewhere_does_not_come_back
        ]);
    };
    (profiles, $make:ident) => {
        $crate::contract_tests!(@tests profiles, $make: [
            what_is_saved_is_what_the_next_check_tells
            somebody_without_a_name_is_called_by_their_address
            a_picture_comes_back_as_it_was_set
            changes_of_nobody_are_false
            changes_are_all_or_nothing
        ]);
    };
    (round_trips, $make:ident) => {
        $crate::contract_tests!(@tests round_trips, $make: [
            a_trip_comes_back_as_it_was_begun
            a_trip_is_found_by_all_four_of_its_marks
            a_race_for_one_trip_takes_it_once
            a_trip_past_its_time_is_over
            who_is_held_is_found_by_that_browser_only
            hold_is_all_or_nothing
            sweep_removes_what_ended_an_hour_ago
        ]);
    };
    (connections, $make:ident) => {
        $crate::contract_tests!(@tests connections, $make: [
            connections_come_back_as_they_were_made
            an_identity_is_compared_byte_by_byte
            an_identity_has_one_owner
            connecting_and_disconnecting_are_all_or_nothing
            only_ones_own_connection_is_taken_away
            a_race_of_disconnections_at_one_version_does_one
            a_race_for_one_identity_has_one_owner
            a_record_names_the_providers
            contacts_are_found_by_their_identity
            connecting_takes_an_identity_off_a_contact
            opening_connects_an_identity_once
            opening_with_a_taken_identity_writes_nothing
            a_second_number_of_the_site_is_refused
            an_identity_by_address_moves_to_whoever_comes_with_it
            what_opens_nothing_connects_nothing
            a_first_proof_removes_what_a_claimant_connected
            a_first_address_is_given_to_who_has_none
            a_race_for_a_first_address_gives_it_once
        ]);
    };
    (own_sessions, $make:ident) => {
        $crate::contract_tests!(@tests own_sessions, $make: [
            a_session_is_listed_as_it_was_opened
            live_sessions_are_listed_the_last_used_first
            one_of_ones_own_can_be_ended
            nobody_elses_session_is_ended
        ]);
    };
    (throttle, $make:ident) => {
        $crate::contract_tests!(@tests throttle, $make: [
            counters_move_as_the_rules_say
            a_race_for_a_window_admits_exactly_the_limit
            a_race_for_a_backoff_admits_exactly_the_free_ones
            a_race_for_a_spacing_admits_one
            refunds_are_one_for_one_under_a_race
            consume_stops_at_the_first_exceeded_charge
            peek_counts_nothing_and_says_the_same
            clear_forgets_altogether
            a_refund_of_nothing_is_nothing
            counters_of_workspaces_are_apart
            sweep_changes_no_answer_for_a_year
        ]);
    };
    (waits, $make:ident) => {
        $crate::contract_tests!(@tests waits, $make: [
            counters_are_found_with_those_of_their_browsers
            forgetting_ends_those_waits_and_no_others
            forgetting_is_all_or_nothing
            waits_of_workspaces_are_apart
        ]);
    };
    (flows, $make:ident) => {
        $crate::contract_tests!(@tests flows, $make: [
            send_code_writes_attempt_code_mail_receipt_and_audit
            send_code_is_all_or_nothing
            sending_again_replaces_only_what_may_change
            attempts_come_back_as_they_were_stored
            a_race_of_right_codes_redeems_one
            a_race_of_wrong_codes_compares_no_more_than_allowed
            a_right_code_is_over_once_the_tries_are_spent
            wrong_codes_are_counted_and_others_are_not
            what_is_no_code_at_all_counts_as_wrong
            a_foreign_attempt_is_unknown_and_counts_nothing
            codes_of_one_attempt_are_nothing_in_another
            the_oldest_code_goes_when_there_are_too_many
            each_code_lives_its_own_life
            an_attempt_past_its_life_is_over
            redeeming_ends_no_attempt
            an_ended_attempt_is_over
            find_live_finds_the_browsers_own_attempt
            find_live_never_hands_out_the_attempt_of_an_app
            sweep_removes_what_ended_a_day_ago
            begin_stores_the_attempt_and_ends_the_one_before
            begin_is_all_or_nothing
            an_attempt_at_its_second_step_takes_no_code
        ]);
    };
    (links, $make:ident) => {
        $crate::contract_tests!(@tests links, $make: [
            issue_writes_link_mail_receipt_and_audit
            issue_is_all_or_nothing
            looking_changes_nothing
            a_link_is_found_only_in_its_own_workspace
            a_link_ends_at_its_hour
            the_oldest_link_goes_when_there_are_too_many
            a_race_of_issues_leaves_no_more_than_allowed
            purposes_are_counted_apart
            sweep_removes_what_ended_a_month_ago
            links_come_back_as_they_were_issued
            a_link_is_redeemed_for_its_own_purpose
            a_race_of_redemptions_redeems_once
            redeem_does_all_of_it_or_nothing
            no_link_sets_a_password_that_is_not_for_it
        ]);
    };
    (door_settings, $make:ident) => {
        $crate::contract_tests!(@tests door_settings, $make: [
            what_is_saved_comes_back
            a_race_from_one_state_saves_once
            a_trial_is_part_of_the_state
            a_trial_ends_once
            a_trial_is_confirmed_by_the_transaction_that_opens_the_session
            what_is_over_is_put_back_with_its_mails
        ]);
    };
    (population, $make:ident) => {
        $crate::contract_tests!(@tests population, $make: [
            everybody_of_an_audience_is_on_one_page
            a_page_says_what_ways_in_depend_on
            a_page_says_whom_the_directory_admits
            people_are_named_in_order
        ]);
    };
    (portal_links, $make:ident) => {
        $crate::contract_tests!(@tests portal_links, $make: [
            links_come_back_as_they_were_made
            create_is_all_or_nothing
            a_link_is_found_only_in_its_own_workspace
            links_of_a_person_are_listed_newest_first
            a_link_is_taken_back_once
            revoke_is_all_or_nothing
            a_race_of_revocations_revokes_once
            sweep_removes_what_ended_a_month_ago
        ]);
    };
    (caller_challenges, $make:ident) => {
        $crate::contract_tests!(@tests caller_challenges, $make: [
            challenges_come_back_as_they_were_begun
            begin_is_all_or_nothing
            a_new_challenge_ends_the_one_before
            a_code_is_tried_by_whoever_asked
            a_race_of_wrong_codes_has_no_more_tries
            a_session_confirms_its_own_challenge
            a_challenge_that_was_ended_opens_nothing
            only_an_open_challenge_carries_out
            a_temporary_password_ends_what_a_new_password_ends
            a_reset_takes_the_second_factor
            what_is_due_is_done_once
            nothing_is_done_to_the_deleted
        ]);
    };
    (departures, $make:ident) => {
        $crate::contract_tests!(@tests departures, $make: [
            deleting_ends_everything_at_once
            delete_is_all_or_nothing
            a_deleted_account_keeps_what_is_its_own
            the_last_owner_stays
            restoring_brings_back_what_was
            a_link_undoes_its_own_deletion
            removing_leaves_nothing_that_tells_whose_it_was
        ]);
    };
    (foundings, $make:ident) => {
        $crate::contract_tests!(@tests foundings, $make: [
            foundings_come_back_as_they_were_begun
            codes_are_counted_over_all_of_them
            a_race_of_wrong_codes_ends_it
            look_alikes_are_found
            what_is_over_is_swept
            a_ticket_is_given_out_once
            a_ticket_comes_with_its_audit_row
        ]);
    };
    (hand_over_keys, $make:ident) => {
        $crate::contract_tests!(@tests hand_over_keys, $make: [
            keys_come_back_as_they_were_added
            changes_are_all_or_nothing
            a_race_of_additions_leaves_two_live_keys
            a_key_is_taken_back_once
            a_race_for_one_token_uses_it_once
            sweep_forgets_what_cannot_pass_any_more
            what_was_forgotten_is_not_taken_again
        ]);
    };
    (outbox, $make:ident) => {
        $crate::contract_tests!(@tests outbox, $make: [
            mails_come_back_as_they_were_put_in
            a_race_of_workers_leases_each_mail_once
            a_lease_ends_by_itself
            a_lost_lease_records_nothing
            lease_hands_out_due_mails_oldest_first
            a_deferred_mail_waits_for_its_next_try
            a_finished_mail_is_never_handed_out_again
            last_to_tells_the_fate_of_mails_to_one_address
            depth_counts_what_waits
        ]);
    };
    (receipts, $make:ident) => {
        $crate::contract_tests!(@tests receipts, $make: [
            receipts_come_back_as_they_were_recorded
            record_is_all_or_nothing
            a_receipt_is_found_only_in_its_own_workspace
            last_of_is_newest_first
        ]);
    };
    (audit, $make:ident) => {
        $crate::contract_tests!(@tests audit, $make: [
            rows_come_back_as_they_were_appended
            last_is_newest_first_and_of_one_workspace
            announce_is_all_or_nothing
        ]);
    };
    (api_keys, $make:ident) => {
        $crate::contract_tests!(@tests api_keys, $make: [
            a_key_is_found_by_its_digest_in_its_own_workspace
            create_is_all_or_nothing
            a_revoked_key_is_not_found
            a_key_is_taken_back_once
            keys_are_listed_oldest_first
            uses_are_noted_by_the_day
        ]);
    };
    (roles, $make:ident) => {
        $crate::contract_tests!(@tests roles, $make: [
            roles_come_back_as_they_were_made
            no_two_roles_have_one_name
            a_change_reaches_everybody_who_has_the_role
            a_change_of_what_was_not_seen_changes_nothing
            a_role_that_people_have_stays
            a_given_role_counts_at_once
            another_audience_means_a_new_sign_in
            a_gift_on_other_facts_changes_nothing
            the_last_owner_stays_owner
            two_owners_who_unmake_each_other_leave_one
            what_a_role_permits_is_the_same_for_all_in_any_race
            a_role_that_is_just_given_is_not_removed
            writes_of_roles_are_all_or_nothing
        ]);
    };
    (organisations, $make:ident) => {
        $crate::contract_tests!(@tests organisations, $make: [
            organisations_come_back_as_they_were_made
            organisations_are_listed_by_name
            names_and_domains_belong_to_one_organisation
            a_race_for_a_domain_has_one_winner
            a_new_name_counts_everywhere
            a_removed_organisation_leaves_its_members
            a_proved_address_places_its_owner
            a_claimed_address_places_nobody
            a_first_address_places_who_is_given_it
            an_address_that_was_proved_before_places_nobody
            writes_of_organisations_are_all_or_nothing
        ]);
    };
    (directory, $make:ident) => {
        $crate::contract_tests!(@tests directory, $make: [
            records_come_back_as_they_were_stored
            groups_come_back_as_they_were_stored
            a_source_sees_only_its_own
            of_two_writers_one_is_stale
            a_race_for_one_user_name_makes_one_record
            changes_are_all_or_nothing
            an_inactive_record_ends_sessions_at_once
            a_removed_record_ends_sessions_and_leaves_its_groups
            what_a_record_does_not_name_stays
            who_was_admitted_by_a_vouched_address_is_sent_away_by_it
            whom_a_record_names_no_more_is_sent_away
            an_address_may_change_records_within_a_run
            no_session_outlives_the_off_boarding_that_it_raced
            identities_go_before_emails
            only_an_authoritative_email_matches
            filters_find_what_they_say
            filters_of_groups_find_what_they_say
            texts_in_filters_are_values
            pages_are_in_order_and_know_the_total
            a_run_is_all_or_nothing
            a_run_ends_sessions
        ]);
    };
    (directory_book, $make:ident) => {
        $crate::contract_tests!(@tests directory_book, $make: [
            records_of_every_source_are_listed_in_order
            pages_show_each_record_once
            a_record_is_found_by_each_of_its_lines
            texts_are_values
            a_changed_record_is_found_by_what_it_says_now
            lists_are_narrowed_to_who_is_admitted
            a_record_tells_its_groups_and_whom_it_names
            near_misses_have_the_same_local_part_elsewhere
            another_workspace_sees_nothing
        ]);
    };
    (directory_uploads, $make:ident) => {
        $crate::contract_tests!(@tests directory_uploads, $make: [
            a_file_comes_back_to_who_sent_it
            one_file_waits_for_each_person
            a_file_is_forgotten_once
            files_whose_time_is_over_are_swept
        ]);
    };
    (scim_tokens, $make:ident) => {
        $crate::contract_tests!(@tests scim_tokens, $make: [
            tokens_come_back_as_they_were_issued
            a_revoked_token_is_not_found
            a_renewed_token_goes_by_its_new_secret
            uses_are_noted_by_the_minute
            changes_are_all_or_nothing
        ]);
    };
    (workspace_providers, $make:ident) => {
        $crate::contract_tests!(@tests workspace_providers, $make: [
            credentials_come_back_as_they_were_kept
            credentials_are_changed_in_place
            credentials_are_forgotten_once
            nothing_is_kept_without_its_audit_row
            nothing_is_kept_for_a_workspace_that_is_gone
            a_race_keeps_no_more_than_may_be
        ]);
    };
    (workspace_faces, $make:ident) => {
        $crate::contract_tests!(@tests workspace_faces, $make: [
            a_look_comes_back_as_it_was_saved
            a_race_from_one_look_saves_once
            a_host_name_belongs_to_one_workspace
            a_look_is_not_saved_without_its_audit_row
            a_logo_is_kept_beside_the_look
        ]);
    };
    (health, $make:ident) => {
        $crate::contract_tests!(@tests health, $make: [
            a_fresh_store_is_current
        ]);
    };
    (password_hasher, $make:ident) => {
        $crate::contract_tests!(@tests password_hasher, $make: [
            a_password_matches_its_own_digest
            another_password_does_not_match
            without_a_digest_nothing_matches
            long_passwords_are_not_cut
            an_unreadable_digest_is_an_error
            a_recipe_gives_one_digest_for_one_secret
            no_two_recipes_are_alike
            an_unreadable_recipe_is_an_error
        ]);
    };
    (@tests $suite:ident, $make:ident: [$($name:ident)*]) => {
        mod $suite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    $crate::testing::contract::$suite::$name(&super::$make().await).await;
                }
            )*

            /// Contracts that are run here.
            #[test]
            fn no_contract_is_left_out() {
                let run: &[&str] = &[$(stringify!($name)),*];
                for name in $crate::testing::contract::names_in($crate::testing::contract::$suite::SOURCE) {
                    assert!(run.contains(&name), "{name} is never run");
                }
            }
        }
    };
}

/// The names of the contracts in a suite's source, for the check that none is left out of
/// [`contract_tests!`](crate::contract_tests).
pub fn names_in(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .filter_map(|line| line.strip_prefix("pub async fn "))
        .filter_map(|line| line.split('(').next())
}
