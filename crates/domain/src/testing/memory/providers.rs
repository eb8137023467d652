//! Round trips to providers, and identities of theirs that are connected.

use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::audit::AuditEntry;
use crate::ids::{ConnectionId, TripId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::ports::{Connected, Connections, Disconnected, FaultKind, PortError, PortResult, RoundTrips, TripTaken};
use crate::provider::{Arrived, Connection, ExternalIdentity, HeldArrival, ProviderId, RoundTrip};
use crate::secret::TokenDigest;
use crate::sign_in::Receipt;
use crate::time::Timestamp;
use crate::user::ContactIdentity;

/// How long a round trip is kept after its end.
const KEPT: std::time::Duration = std::time::Duration::from_hours(1);

pub(super) struct KeptTrip {
    trip: RoundTrip,
    taken: bool,
}

/// The identity of the helpdesk's that an identity of a provider is (A1).
fn contact(identity: &ExternalIdentity) -> Option<ContactIdentity> {
    let subject = identity.subject.clone();
    match identity.provider.as_str() {
        "twitter" => Some(ContactIdentity::X { subject }),
        "facebook" => Some(ContactIdentity::Facebook { subject }),
        _ => None,
    }
}

impl State {
    /// The providers that are connected to somebody, in order of their ids.
    pub(super) fn providers_of(&self, workspace: WorkspaceId, user: UserId) -> Vec<ProviderId> {
        let theirs = self
            .connections
            .iter()
            .filter(|c| c.workspace == workspace && c.user == user);
        let mut providers: Vec<ProviderId> = theirs.map(|c| c.identity.provider.clone()).collect();
        providers.sort();
        providers.dedup();
        providers.retain(|id| !id.is_hand_over());
        providers
    }

    fn connection(&mut self, workspace: WorkspaceId, identity: &ExternalIdentity) -> Option<&mut Connection> {
        let mut all = self.connections.iter_mut();
        all.find(|connection| connection.workspace == workspace && connection.identity == *identity)
    }

    fn known_by(&mut self, workspace: WorkspaceId, identity: &ExternalIdentity) -> Option<UserId> {
        if let Some(connection) = self.connection(workspace, identity) {
            return Some(connection.user);
        }
        let contact = contact(identity)?;
        let mut people = self.people.values().filter(|person| person.user.workspace == workspace);
        people
            .find(|person| person.identities.contains(&contact))
            .map(|person| person.user.id)
    }

    /// Takes an identity off whomever the helpdesk knew by it, unless it is `user`.
    fn settle_contact(&mut self, workspace: WorkspaceId, user: UserId, identity: &ExternalIdentity) {
        let Some(contact) = contact(identity) else { return };
        for person in self.people.values_mut() {
            if person.user.workspace == workspace && person.user.id != user {
                person.identities.retain(|known| *known != contact);
            }
        }
    }

    /// Whether an identity is connected to another account.
    pub(super) fn is_taken(&mut self, workspace: WorkspaceId, user: UserId, identity: &ExternalIdentity) -> bool {
        let mut theirs = self
            .connections
            .iter()
            .filter(|c| c.workspace == workspace && c.user == user);
        if theirs.any(|known| known.identity.contradicts(identity)) {
            return true;
        }
        let known = self.connection(workspace, identity);
        known.is_some_and(|known| known.user != user && !identity.is_by_address())
    }

    /// Notes the use of an identity, and connects it if it is not; says whether it is new.
    pub(super) fn use_identity(
        &mut self,
        (workspace, user): (WorkspaceId, UserId),
        arrived: &Arrived,
        id: ConnectionId,
        now: Timestamp,
    ) -> bool {
        if arrived.identity.is_by_address() {
            self.connections.retain(|known| {
                known.workspace != workspace || known.user == user || known.identity != arrived.identity
            });
        }
        if let Some(known) = self.connection(workspace, &arrived.identity) {
            known.last_used_at = Some(now);
            known.label = arrived.label();
            known.vouched = arrived.vouched_key();
            return false;
        }
        self.settle_contact(workspace, user, &arrived.identity);
        self.connections.push(Connection {
            id,
            workspace,
            user,
            identity: arrived.identity.clone(),
            label: arrived.label(),
            vouched: arrived.vouched_key(),
            created_at: now,
            last_used_at: Some(now),
        });
        true
    }
}

#[async_trait]
impl RoundTrips for MemoryStore {
    async fn begin(&self, trip: RoundTrip) -> PortResult<()> {
        let mut state = self.state("round_trips.begin")?;
        state.trips.push(KeptTrip { trip, taken: false });
        Ok(())
    }

    async fn take(
        &self,
        workspace: WorkspaceId,
        provider: &ProviderId,
        shown: &TokenDigest,
        browser: &TokenDigest,
        now: Timestamp,
    ) -> PortResult<TripTaken> {
        let mut state = self.state("round_trips.take")?;
        let found = state.trips.iter_mut().find(|kept| {
            let trip = &kept.trip;
            trip.workspace == workspace
                && trip.provider == *provider
                && trip.state.matches(shown)
                && trip.browser.matches(browser)
        });
        Ok(match found {
            None => TripTaken::Unknown,
            Some(kept) if kept.taken => TripTaken::Spent(kept.trip.return_to.clone()),
            Some(kept) if now >= kept.trip.expires_at => TripTaken::Expired(kept.trip.return_to.clone()),
            Some(kept) => {
                kept.taken = true;
                TripTaken::Taken(Box::new(kept.trip.clone()))
            }
        })
    }

    async fn hold(&self, held: HeldArrival, receipt: Receipt, audit: AuditEntry) -> PortResult<()> {
        const PLACE: &str = "round_trips.hold";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        state.held.push(held);
        state.receipts.push(receipt);
        state.audit.push(audit);
        Ok(())
    }

    async fn held(
        &self,
        workspace: WorkspaceId,
        id: TripId,
        browser: &TokenDigest,
        now: Timestamp,
    ) -> PortResult<Option<HeldArrival>> {
        let state = self.state("round_trips.held")?;
        let mut held = state.held.iter();
        Ok(held
            .find(|held| {
                held.id == id && held.workspace == workspace && held.browser.matches(browser) && now < held.expires_at
            })
            .cloned())
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("round_trips.sweep")?;
        let before = state.trips.len() + state.held.len();
        let fresh = |end: Timestamp| now < end || now.since(end) <= KEPT;
        state.trips.retain(|kept| fresh(kept.trip.expires_at));
        state.held.retain(|held| fresh(held.expires_at));
        let gone = before - state.trips.len() - state.held.len();
        Ok(u64::try_from(gone).unwrap_or(u64::MAX))
    }
}

#[async_trait]
impl Connections for MemoryStore {
    async fn find(&self, workspace: WorkspaceId, identity: &ExternalIdentity) -> PortResult<Option<UserId>> {
        Ok(self.state("connections.find")?.known_by(workspace, identity))
    }

    async fn list(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Vec<Connection>> {
        let state = self.state("connections.list")?;
        let theirs = state.connections.iter();
        let mut theirs: Vec<Connection> = theirs
            .filter(|connection| connection.workspace == workspace && connection.user == user)
            .cloned()
            .collect();
        theirs.sort_by_key(|connection| (connection.created_at, connection.id));
        Ok(theirs)
    }

    async fn connect(&self, connection: Connection, audit: AuditEntry, notices: Vec<NewMail>) -> PortResult<Connected> {
        const PLACE: &str = "connections.connect";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let (workspace, user) = (connection.workspace, connection.user);
        if let Some(known) = state.connection(workspace, &connection.identity) {
            return Ok(if known.user == user {
                Connected::Already
            } else {
                Connected::Taken
            });
        }
        let Some(person) = state.person_mut(workspace, user) else {
            return Err(PortError::bare(FaultKind::Misuse, PLACE));
        };
        person.credentials_version += 1;
        state.settle_contact(workspace, user, &connection.identity);
        state.connections.push(connection);
        for notice in notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(Connected::Connected)
    }

    async fn disconnect(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        connection: ConnectionId,
        at_version: i64,
        audit: AuditEntry,
        notices: Vec<NewMail>,
    ) -> PortResult<Disconnected> {
        const PLACE: &str = "connections.disconnect";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let is_it = |kept: &Connection| kept.id == connection && kept.workspace == workspace && kept.user == user;
        if !state.connections.iter().any(is_it) {
            return Ok(Disconnected::Unknown);
        }
        let Some(person) = state.person_mut(workspace, user) else {
            return Ok(Disconnected::Unknown);
        };
        if person.credentials_version != at_version {
            return Ok(Disconnected::Changed);
        }
        person.credentials_version += 1;
        state.connections.retain(|kept| !is_it(kept));
        for notice in notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(Disconnected::Disconnected)
    }
}
