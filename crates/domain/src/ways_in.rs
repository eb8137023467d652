//! Which ways in are open to somebody now, and why each other is not. The same function serves the sign-in page, the
//! mails, the sign-in check and `doorward explain`.

use serde::Serialize;

use crate::hand_over::HAND_OVER_PROVIDER;
use crate::method::Method;
use crate::provider::ProviderId;
use crate::reason::PrivateReason;
use crate::role::Audience;
use crate::settings::SecuritySettings;
use crate::sign_in::PersonFacts;
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

/// Parts of the surroundings that a way in can depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether the budget for wrong passwords admits a try now.
    pub password_budget_open: bool,
    /// Whether the budget for wrong codes admits a try now.
    pub code_budget_open: bool,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            password_budget_open: true,
            code_budget_open: true,
        }
    }
}

/// Every method, open or closed, for a person in this workspace; `None` for somebody whom nobody knows.
pub fn ways_in(settings: &SecuritySettings, person: Option<&PersonFacts>, surroundings: Surroundings) -> Vec<WayIn> {
    Method::ALL
        .into_iter()
        .map(|method| WayIn {
            method,
            state: state_of(method, settings, person, surroundings),
        })
        .collect()
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
    surroundings: Surroundings,
) -> WayState {
    let Some(person) = person else {
        return WayState::Closed(PrivateReason::UnknownAddress);
    };
    if person.status == UserStatus::Disabled {
        return WayState::Closed(PrivateReason::UserDisabled);
    }
    let audience = person.role.audience();
    if !settings.audience(audience).offers(method) {
        return WayState::Closed(method_off(audience));
    }
    // An unproved primary mailbox is proved by its first code; an unproved secondary one belongs to nobody yet (R47).
    let types_an_address = matches!(method, Method::Password | Method::EmailCode);
    if types_an_address && !person.address_verified && !person.address_primary {
        return WayState::Closed(PrivateReason::EmailUnproved);
    }
    match method {
        Method::Provider if person.providers.iter().all(is_hand_over) => WayState::Closed(PrivateReason::NoConnection),
        Method::Provider
            if !person
                .providers
                .iter()
                .any(|id| !is_hand_over(id) && settings.offers_provider(audience, id)) =>
        {
            WayState::Closed(method_off(audience))
        }
        Method::Passkey if person.factors.passkeys == 0 => WayState::Closed(PrivateReason::NoPasskey),
        Method::Password if !person.has_password => WayState::Closed(PrivateReason::NoPassword),
        Method::Password if !surroundings.password_budget_open => WayState::Closed(PrivateReason::BudgetAddress),
        Method::EmailCode if !surroundings.code_budget_open => WayState::Closed(PrivateReason::BudgetUser),
        _ => WayState::Open,
    }
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
