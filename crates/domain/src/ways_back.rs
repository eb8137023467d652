//! What still gets a person in if they lose their phone, their mailbox or their password: always shown on the security
//! page, and asked before a change that would leave only one way.

use serde::Serialize;

use crate::method::Method;
use crate::provider::ProviderId;
use crate::settings::SecuritySettings;
use crate::sign_in::PersonFacts;
use crate::ways_in::{Surroundings, WayState, ways_in};

/// Something that people lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The phone: the authenticator app, and passkeys that are nowhere else.
    Phone,
    /// The mailbox of the primary address.
    Mailbox,
    /// The password.
    Password,
}

impl Loss {
    /// Every loss, in the order in which the page tells them.
    pub const ALL: [Self; 3] = [Self::Phone, Self::Mailbox, Self::Password];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Mailbox => "mailbox",
            Self::Password => "password",
        }
    }
}

/// The first step of a way back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstStepKind {
    /// The password.
    Password,
    /// A code to a mailbox.
    EmailCode,
    /// *Forgot password*, through the primary mailbox.
    ResetLink,
    /// A passkey.
    Passkey,
    /// A provider that is connected.
    Provider,
}

impl FirstStepKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::EmailCode => "email-code",
            Self::ResetLink => "reset-link",
            Self::Passkey => "passkey",
            Self::Provider => "provider",
        }
    }
}

/// The second step of a way back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondStepKind {
    /// A code of the authenticator app.
    App,
    /// A backup code.
    BackupCode,
    /// A passkey.
    Passkey,
}

impl SecondStepKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::BackupCode => "backup-code",
            Self::Passkey => "passkey",
        }
    }
}

/// One way back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Route {
    /// First this.
    pub first: FirstStepKind,
    /// Then this, where two-factor authentication is on.
    pub second: Option<SecondStepKind>,
}

/// All ways back in, today and after each loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaysBack {
    /// With nothing lost.
    pub today: Vec<Route>,
    /// Without the phone.
    pub without_phone: Vec<Route>,
    /// Without the mailbox of the primary address.
    pub without_mailbox: Vec<Route>,
    /// Without the password.
    pub without_password: Vec<Route>,
}

/// What a person should know about their ways back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "warning", content = "loss", rename_all = "kebab-case")]
pub enum WayWarning {
    /// Nothing at all gets them in once they are signed out.
    NothingAtAll,
    /// Everything hangs on one thing.
    OneWayLeft,
    /// Losing this one thing would keep them out.
    NothingWithout(Loss),
}

impl WaysBack {
    /// The ways that are left after a loss.
    pub fn without(&self, loss: Loss) -> &[Route] {
        match loss {
            Loss::Phone => &self.without_phone,
            Loss::Mailbox => &self.without_mailbox,
            Loss::Password => &self.without_password,
        }
    }

    /// What to warn of.
    pub fn warnings(&self) -> Vec<WayWarning> {
        if self.today.is_empty() {
            return vec![WayWarning::NothingAtAll];
        }
        let mut warnings = Vec::new();
        if self.things() <= 1 {
            warnings.push(WayWarning::OneWayLeft);
        }
        warnings.extend(
            Loss::ALL
                .into_iter()
                .filter(|loss| self.without(*loss).is_empty())
                .map(WayWarning::NothingWithout),
        );
        warnings
    }

    /// How many things, of which one is enough for the first step: password, mailbox, passkey.
    fn things(&self) -> usize {
        let has = |kinds: &[FirstStepKind]| self.today.iter().any(|route| kinds.contains(&route.first));
        [
            has(&[FirstStepKind::Password]),
            has(&[FirstStepKind::EmailCode, FirstStepKind::ResetLink]),
            has(&[FirstStepKind::Passkey]),
            has(&[FirstStepKind::Provider]),
        ]
        .into_iter()
        .filter(|held| *held)
        .count()
    }
}

/// A change that somebody is about to make, as far as it touches their ways back in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WayChange {
    /// Remove a passkey.
    RemovePasskey {
        /// Whether it is backed up elsewhere.
        synced: bool,
    },
    /// Remove a verified address.
    RemoveEmail,
    /// Turn two-factor authentication off, which takes the backup codes with it.
    DisableTwoFactor,
    /// Take a provider off, and it was the only connection of it.
    Disconnect(ProviderId),
}

/// What a change would newly have to be warned of; nothing, if it is harmless or was as bad before.
pub fn warnings_before(settings: &SecuritySettings, person: &PersonFacts, change: WayChange) -> Vec<WayWarning> {
    let mut after = person.clone();
    match change {
        WayChange::RemovePasskey { synced } => {
            after.factors.passkeys = after.factors.passkeys.saturating_sub(1);
            after.factors.synced_passkeys = after.factors.synced_passkeys.saturating_sub(u32::from(synced));
        }
        WayChange::RemoveEmail => after.mailboxes = after.mailboxes.saturating_sub(1),
        WayChange::DisableTwoFactor => {
            after.factors.app = false;
            after.factors.backup_codes_left = 0;
        }
        WayChange::Disconnect(provider) => after.providers.retain(|other| *other != provider),
    }
    let known = ways_back(settings, person).warnings();
    if known.contains(&WayWarning::NothingAtAll) {
        return Vec::new();
    }
    ways_back(settings, &after)
        .warnings()
        .into_iter()
        .filter(|warning| !known.contains(warning))
        .collect()
}

/// All ways back in for somebody, by the very function that says which ways in are open ([`ways_in`]).
pub fn ways_back(settings: &SecuritySettings, person: &PersonFacts) -> WaysBack {
    let routes = |lost: Option<Loss>| routes(settings, person, lost);
    WaysBack {
        today: routes(None),
        without_phone: routes(Some(Loss::Phone)),
        without_mailbox: routes(Some(Loss::Mailbox)),
        without_password: routes(Some(Loss::Password)),
    }
}

fn routes(settings: &SecuritySettings, person: &PersonFacts, lost: Option<Loss>) -> Vec<Route> {
    let keeps = |loss: Loss| lost != Some(loss);
    // Those that are on a lost device only are lost with it; which ones that are is not known, so none is counted on.
    let passkeys = if keeps(Loss::Phone) {
        person.factors.passkeys
    } else {
        person.factors.synced_passkeys
    };
    let mut second = Vec::new();
    if person.factors.app {
        if keeps(Loss::Phone) {
            second.push(Some(SecondStepKind::App));
        }
        if person.factors.backup_codes_left > 0 {
            second.push(Some(SecondStepKind::BackupCode));
        }
        if passkeys > 0 {
            second.push(Some(SecondStepKind::Passkey));
        }
    } else if settings.audience(person.role.audience()).two_factor_required && person.factors.passkeys > 0 {
        if passkeys > 0 {
            second.push(Some(SecondStepKind::Passkey));
        }
    } else {
        second.push(None);
    }
    let ways = ways_in(settings, Some(person), Surroundings::default());
    let open = |method| {
        ways.iter()
            .any(|way| way.method == method && way.state == WayState::Open)
    };
    let mut firsts = Vec::new();
    if keeps(Loss::Password) && open(Method::Password) {
        firsts.push(FirstStepKind::Password);
    }
    let mailboxes = person.mailboxes.saturating_sub(u32::from(!keeps(Loss::Mailbox)));
    if mailboxes > 0 && open(Method::EmailCode) {
        firsts.push(FirstStepKind::EmailCode);
    }
    if open(Method::Provider) {
        firsts.push(FirstStepKind::Provider);
    }
    let passwords_on = settings.audience(person.role.audience()).offers(Method::Password);
    if keeps(Loss::Mailbox) && person.mailboxes > 0 && passwords_on && person.may_come_in() {
        firsts.push(FirstStepKind::ResetLink);
    }
    let mut routes: Vec<Route> = firsts
        .into_iter()
        .flat_map(|first| second.iter().map(move |second| Route { first, second: *second }))
        .collect();
    if passkeys > 0 && open(Method::Passkey) {
        routes.push(Route {
            first: FirstStepKind::Passkey,
            second: None,
        });
    }
    routes
}
