//! Which ways in are open to somebody now, and why each other is not. The same function serves the sign-in page, the
//! mails, the sign-in check, the preview of settings and `doorward explain`.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::directory::DirectoryStanding;
use crate::email_address::EmailAddress;
use crate::hand_over::{HAND_OVER_PROVIDER, HandOverKey};
use crate::ids::WorkspaceId;
use crate::method::Method;
use crate::policy::{PolicySet, Verdict};
use crate::provider::{ExternalIdentity, ProviderId};
use crate::reason::PrivateReason;
use crate::role::{Audience, Rights, Role};
use crate::settings::SecuritySettings;
use crate::sign_in::{ArrivalFacts, Door, PersonFacts, SignInFacts};
use crate::time::Timestamp;
use crate::user::UserStatus;

/// Whether one way in would work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "reason", rename_all = "kebab-case")]
pub enum WayState {
    /// It would.
    Open,
    /// It would not, for this reason.
    Closed(PrivateReason),
}

/// One way in and its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WayIn {
    /// Which.
    pub method: Method,
    /// Open or closed.
    #[serde(flatten)]
    pub state: WayState,
}

/// One provider and whether it would let somebody in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderWay {
    /// Which.
    pub provider: ProviderId,
    /// Open or closed.
    #[serde(flatten)]
    pub state: WayState,
}

/// A way in, each provider by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Email and password (B1).
    Password,
    /// Emailed code (B2).
    EmailCode,
    /// A passkey (B10).
    Passkey,
    /// A provider (B6).
    Provider(ProviderId),
    /// A signed token from the company's own site (B18).
    HandOver,
}

impl Way {
    /// The method that it is of.
    pub const fn method(&self) -> Method {
        match self {
            Self::Password => Method::Password,
            Self::EmailCode => Method::EmailCode,
            Self::Passkey => Method::Passkey,
            Self::Provider(_) => Method::Provider,
            Self::HandOver => Method::HandOver,
        }
    }
}

/// The stable name of its method; of a provider `provider:<id>`.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(id) => write!(f, "provider:{id}"),
            other => f.write_str(other.method().as_str()),
        }
    }
}

impl Serialize for Way {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whom the company's own site could hand over, by the keys that it has (B18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HandOverReach {
    customers_up_to: Option<Role>,
    staff_up_to: Option<Role>,
}

impl HandOverReach {
    /// As if there were a key for everybody whom a key can bring at all.
    pub const EVERYBODY: Self = Self {
        customers_up_to: Some(Role::Collaborator),
        staff_up_to: Some(Role::Admin),
    };

    /// By those keys; one that was taken back brings nobody.
    pub fn of<'k>(keys: impl IntoIterator<Item = &'k HandOverKey>) -> Self {
        let mut reach = Self::default();
        for key in keys.into_iter().filter(|key| key.is_live()) {
            let up_to = match key.audience {
                Audience::Customers => &mut reach.customers_up_to,
                Audience::Staff => &mut reach.staff_up_to,
            };
            *up_to = (*up_to).max(Some(key.highest_role));
        }
        reach
    }

    /// Whether somebody who may do that could be handed over. Never an owner.
    pub fn admits(self, rights: Rights) -> bool {
        let up_to = match rights.role.audience() {
            Audience::Customers => self.customers_up_to,
            Audience::Staff => self.staff_up_to,
        };
        rights.role != Role::Owner && up_to.is_some_and(|up_to| Rights::of(up_to).reach(rights))
    }
}

/// Policies of an embedder's own, and what they have to be told beside the person.
#[derive(Debug, Clone, Copy)]
pub struct AskedPolicies<'a> {
    /// The policies.
    pub policies: &'a PolicySet,
    /// Where.
    pub workspace: WorkspaceId,
    /// The address that would be typed; `None` for whoever types none.
    pub address: Option<&'a EmailAddress>,
    /// When.
    pub now: Timestamp,
}

/// Parts of the surroundings that a way in can depend on.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Whether the budget for wrong passwords admits a try now.
    pub password_budget_open: bool,
    /// Whether the budget for wrong codes admits a try now.
    pub code_budget_open: bool,
    /// When; a temporary password is taken for good where it is not said.
    pub now: Option<Timestamp>,
    /// Whom the company's own site could hand over.
    pub hand_over: HandOverReach,
    /// Policies beside the built-in rules; `None` asks none.
    pub policies: Option<AskedPolicies<'a>>,
}

impl Default for Surroundings<'_> {
    /// Every budget open, a key for everybody, no policy.
    fn default() -> Self {
        Self {
            password_budget_open: true,
            code_budget_open: true,
            now: None,
            hand_over: HandOverReach::EVERYBODY,
            policies: None,
        }
    }
}

/// Every method, open or closed, for a person in this workspace; `None` for somebody whom nobody knows. Providers are one
/// method: open if one that is connected is. A second factor closes none: whoever has one is taken to have it at hand, and
/// whoever needs one and has none sets it up on the way in (B11).
pub fn ways_in(
    settings: &SecuritySettings,
    person: Option<&PersonFacts>,
    surroundings: Surroundings<'_>,
) -> Vec<WayIn> {
    Method::ALL
        .into_iter()
        .map(|method| WayIn {
            method,
            state: state_of(method, settings, person, surroundings),
        })
        .collect()
}

/// Each of these providers by itself, open or closed. `offered` is every one that has credentials.
pub fn provider_ways(
    settings: &SecuritySettings,
    person: Option<&PersonFacts>,
    offered: impl IntoIterator<Item = ProviderId>,
    surroundings: Surroundings<'_>,
) -> Vec<ProviderWay> {
    offered
        .into_iter()
        .filter(|provider| !is_hand_over(provider))
        .map(|provider| ProviderWay {
            state: state_of_provider(&provider, settings, person, surroundings),
            provider,
        })
        .collect()
}

/// The ways that are open to a person, in order, each provider by itself.
pub fn open_ways(settings: &SecuritySettings, person: &PersonFacts, surroundings: Surroundings<'_>) -> Vec<Way> {
    let mut open = Vec::new();
    for method in Method::ALL {
        let is_open = || state_of(method, settings, Some(person), surroundings) == WayState::Open;
        match method {
            Method::Password if is_open() => open.push(Way::Password),
            Method::EmailCode if is_open() => open.push(Way::EmailCode),
            Method::Passkey if is_open() => open.push(Way::Passkey),
            Method::HandOver if is_open() => open.push(Way::HandOver),
            Method::Provider => open.extend(
                provider_ways(settings, Some(person), person.providers.iter().cloned(), surroundings)
                    .into_iter()
                    .filter(|way| way.state == WayState::Open)
                    .map(|way| Way::Provider(way.provider)),
            ),
            _ => {}
        }
    }
    open
}

/// The methods that are open, in order.
pub fn open_methods(ways: &[WayIn]) -> Vec<Method> {
    ways.iter()
        .filter(|way| way.state == WayState::Open)
        .map(|way| way.method)
        .collect()
}

fn state_of(
    method: Method,
    settings: &SecuritySettings,
    person: Option<&PersonFacts>,
    surroundings: Surroundings<'_>,
) -> WayState {
    let person = match known(person) {
        Ok(person) => person,
        Err(reason) => return WayState::Closed(reason),
    };
    let audience = person.role.audience();
    if !settings.audience(audience).offers(method) {
        return WayState::Closed(method_off(audience));
    }
    // An unproved primary mailbox is proved by its first code; an unproved secondary one belongs to nobody yet (R47).
    let types_an_address = matches!(method, Method::Password | Method::EmailCode);
    if types_an_address && !person.address_verified && !person.address_primary {
        return WayState::Closed(PrivateReason::EmailUnproved);
    }
    let closed = match method {
        Method::Provider => return any_provider(settings, person, surroundings),
        Method::Passkey if person.factors.passkeys == 0 => Some(PrivateReason::NoPasskey),
        Method::Password if !person.has_password => Some(PrivateReason::NoPassword),
        Method::Password if is_over(person.password_temporary_until, surroundings.now) => {
            Some(PrivateReason::PasswordTemporary)
        }
        Method::Password if !surroundings.password_budget_open => Some(PrivateReason::BudgetAddress),
        Method::EmailCode if !surroundings.code_budget_open => Some(PrivateReason::BudgetUser),
        Method::HandOver if !surroundings.hand_over.admits(person.rights()) => Some(PrivateReason::TokenRole),
        _ => None,
    };
    match closed {
        Some(reason) => WayState::Closed(reason),
        None => policies(method, None, settings, person, surroundings),
    }
}

/// Whoever is closed out of everything is so for one reason, whatever the way.
fn known(person: Option<&PersonFacts>) -> Result<&PersonFacts, PrivateReason> {
    let person = person.ok_or(PrivateReason::UnknownAddress)?;
    match person.status {
        UserStatus::Active => Ok(person),
        UserStatus::Disabled => Err(PrivateReason::UserDisabled),
        UserStatus::Deleted => Err(PrivateReason::UserDeleted),
    }
}

fn any_provider(settings: &SecuritySettings, person: &PersonFacts, surroundings: Surroundings<'_>) -> WayState {
    let connected = person.providers.iter().cloned();
    let ways = provider_ways(settings, Some(person), connected, surroundings);
    let off = WayState::Closed(method_off(person.role.audience()));
    let states = || ways.iter().map(|way| way.state);
    // Of several that are closed, one that is on says more than one that is off.
    states()
        .find(|state| *state == WayState::Open)
        .or_else(|| states().find(|state| *state != off))
        .or_else(|| states().next())
        .unwrap_or(WayState::Closed(PrivateReason::NoConnection))
}

fn state_of_provider(
    provider: &ProviderId,
    settings: &SecuritySettings,
    person: Option<&PersonFacts>,
    surroundings: Surroundings<'_>,
) -> WayState {
    let person = match known(person) {
        Ok(person) => person,
        Err(reason) => return WayState::Closed(reason),
    };
    let audience = person.role.audience();
    if !settings.offers_provider(audience, provider) {
        return WayState::Closed(method_off(audience));
    }
    if !person.providers.contains(provider) {
        return WayState::Closed(PrivateReason::NoConnection);
    }
    if settings.directory.required {
        match person.directory.get(provider) {
            Some(DirectoryStanding::Active) => {}
            Some(DirectoryStanding::Inactive) => return WayState::Closed(PrivateReason::DirectoryInactive),
            Some(DirectoryStanding::NoRecord) | None => return WayState::Closed(PrivateReason::DirectoryNoRecord),
        }
    }
    policies(Method::Provider, Some(provider), settings, person, surroundings)
}

/// What policies of an embedder's own say. A step that one requires closes nothing: the owner of the account takes it.
fn policies(
    method: Method,
    provider: Option<&ProviderId>,
    settings: &SecuritySettings,
    person: &PersonFacts,
    surroundings: Surroundings<'_>,
) -> WayState {
    let Some(asked) = surroundings.policies.filter(|asked| !asked.policies.is_empty()) else {
        return WayState::Open;
    };
    let types_an_address = matches!(method, Method::Password | Method::EmailCode);
    let facts = SignInFacts {
        workspace: asked.workspace,
        settings: settings.clone(),
        method,
        door: Door::Front,
        address: asked.address.filter(|_| types_an_address).cloned(),
        arrival: provider.map(|provider| ArrivalFacts {
            identity: ExternalIdentity {
                provider: provider.clone(),
                issuer: String::new(),
                tenant: String::new(),
                subject: String::new(),
            },
            connected_to: Some(person.user),
            directory: None,
        }),
        person: Some(person.clone()),
    };
    let verdicts = asked.policies.evaluate(&facts, asked.now);
    if verdicts.iter().any(|(_, verdict)| matches!(verdict, Verdict::Deny(_))) {
        WayState::Closed(PrivateReason::Policy)
    } else {
        WayState::Open
    }
}

/// A temporary password opens nothing once its time is over (C2).
fn is_over(until: Option<Timestamp>, now: Option<Timestamp>) -> bool {
    until.zip(now).is_some_and(|(until, now)| now >= until)
}

/// The company's own site is connected as a provider is, and is a method of its own.
fn is_hand_over(provider: &ProviderId) -> bool {
    provider.as_str() == HAND_OVER_PROVIDER
}

const fn method_off(audience: Audience) -> PrivateReason {
    match audience {
        Audience::Customers => PrivateReason::MethodOffCustomers,
        Audience::Staff => PrivateReason::MethodOffStaff,
    }
}
