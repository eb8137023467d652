//! What a change of settings would do to everybody: settings now × settings proposed × people -> who gains, keeps and loses
//! which way in (C3), and whether an admin is left who gets in (R105). By [`open_ways`], the very function that says of one
//! person what is open to them.
//!
//! People come as [`Sketch`]es, in any order and as many as there are; what is kept is one entry for each kind of person.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;

use crate::directory::DirectoryStanding;
use crate::email_address::EmailAddress;
use crate::ids::UserId;
use crate::provider::ProviderId;
use crate::role::{Audience, Permission, Permissions, Role};
use crate::second_factor::FactorSummary;
use crate::settings::SecuritySettings;
use crate::sign_in::PersonFacts;
use crate::time::Timestamp;
use crate::user::UserStatus;
use crate::ways_in::{HandOverReach, Surroundings, Way, open_ways};

/// How many of those who would lose their last way in a page names.
pub const NAMED: usize = 50;

/// How many different shapes are kept at most: people are alike in a few dozen ways, and where they are not, as with
/// temporary passwords of each their own end, a preview of a million must not remember a million.
const SHAPES: usize = 4_096;

/// What ways in depend on, without who somebody is: people of one shape have the same ways in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a person")]
pub struct Shape {
    /// Their role.
    pub role: Role,
    /// Whether they may come in.
    pub status: UserStatus,
    /// Whether a password is set.
    pub has_password: bool,
    /// Until when it opens anything, where it is a temporary one.
    pub password_temporary_until: Option<Timestamp>,
    /// Whether they have a primary address. Whether it is proved shuts nothing: its owner proves it on the way in.
    pub has_address: bool,
    /// Whether an authenticator app is on.
    pub app: bool,
    /// Whether they have a passkey.
    pub passkey: bool,
    /// Providers whose identity opens the account, in order, and what the directory says of each.
    pub providers: Vec<(ProviderId, DirectoryStanding)>,
}

/// A person, as far as a preview has to know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// Who.
    pub user: UserId,
    /// What they may do, where theirs is a role of the workspace's own making.
    pub own_permissions: Option<Permissions>,
    /// What their ways in depend on.
    pub shape: Shape,
}

impl Sketch {
    /// Whether they may change the settings.
    pub fn manages_settings(&self) -> bool {
        let permissions = self.own_permissions.unwrap_or(self.shape.role.permissions());
        self.shape.status == UserStatus::Active && permissions.contains(Permission::ManageSecuritySettings)
    }

    /// What the rules see of them.
    pub fn facts(&self) -> PersonFacts {
        let shape = &self.shape;
        PersonFacts {
            user: self.user,
            role: shape.role,
            own_permissions: self.own_permissions,
            status: shape.status,
            has_password: shape.has_password,
            password_temporary_until: shape.password_temporary_until,
            address_verified: shape.has_address,
            address_primary: shape.has_address,
            mailboxes: u32::from(shape.has_address),
            factors: FactorSummary {
                app: shape.app,
                passkeys: u32::from(shape.passkey),
                ..FactorSummary::default()
            },
            providers: shape.providers.iter().map(|(id, _)| id.clone()).collect(),
            directory: shape.providers.iter().cloned().collect(),
            credentials_version: 0,
        }
    }
}

/// How many people gain, keep and lose one way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct WayChange {
    /// To whom it is shut now, and would be open.
    pub gain: u64,
    /// To whom it is open now, and would stay so.
    pub keep: u64,
    /// To whom it is open now, and would be shut.
    pub lose: u64,
}

/// What a change would do to one audience.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AudiencePreview {
    /// Whether its people were looked at; they are not where nothing changes for them.
    pub looked_at: bool,
    /// How many of its people were.
    pub people: u64,
    /// Each way in that is open to anybody before or after, in order.
    pub ways: BTreeMap<Way, WayChange>,
    /// How many would lose their last way in.
    pub lose_last: u64,
    /// How many have none now, and would get one.
    pub gain_first: u64,
    /// How many would have to set up two-factor authentication at their next sign-in, and do not have to now.
    pub have_to_enrol: u64,
}

/// What a change would do to everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PreviewCounts {
    /// Customers and collaborators.
    pub customers: AudiencePreview,
    /// Agents, admins and owners.
    pub staff: AudiencePreview,
}

impl PreviewCounts {
    /// How many would lose their last way in, of both audiences.
    pub const fn lose_last(&self) -> u64 {
        self.customers.lose_last + self.staff.lose_last
    }

    /// How many were looked at.
    pub const fn people(&self) -> u64 {
        self.customers.people + self.staff.people
    }

    fn of(&mut self, audience: Audience) -> &mut AudiencePreview {
        match audience {
            Audience::Customers => &mut self.customers,
            Audience::Staff => &mut self.staff,
        }
    }
}

/// Somebody who would lose their last way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LosesLast {
    /// Who.
    pub user: UserId,
    /// Their name; may be empty.
    pub name: String,
    /// Their primary address, if they have one.
    pub address: Option<EmailAddress>,
    /// Their role.
    pub role: Role,
    /// The ways that they have now, and would lose.
    pub loses: Vec<Way>,
}

/// Which people a change can concern: of an audience whose rules stay the same, nobody's ways in change.
pub fn audiences_concerned(now: &SecuritySettings, proposed: &SecuritySettings) -> Vec<Audience> {
    let whole = now.directory.required != proposed.directory.required;
    [Audience::Customers, Audience::Staff]
        .into_iter()
        .filter(|audience| {
            whole
                || now.audience(*audience) != proposed.audience(*audience)
                || now.providers(*audience) != proposed.providers(*audience)
        })
        .collect()
}

/// What is to go beside, or instead of, a change of settings: it can shut admins out as well (R105).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leaving {
    /// People who will not come in any more, or not as whoever may change the settings.
    pub people: BTreeSet<UserId>,
    /// Providers that will not be there any more.
    pub providers: BTreeSet<ProviderId>,
}

/// What the change does to everybody of one shape.
#[derive(Debug)]
struct Effect {
    before: Vec<Way>,
    after: Vec<Way>,
    enrols: bool,
}

impl Effect {
    fn loses_last(&self) -> bool {
        !self.before.is_empty() && self.after.is_empty()
    }
}

/// Counts what a change would do, person by person.
#[derive(Debug)]
pub struct Previewer<'a> {
    now: &'a SecuritySettings,
    proposed: &'a SecuritySettings,
    leaving: Leaving,
    surroundings: Surroundings<'a>,
    known: HashMap<Shape, Arc<Effect>>,
    counts: PreviewCounts,
    admins: AdminsLeft,
}

impl<'a> Previewer<'a> {
    /// Of a change from `now` to `proposed`, saved by `saver`, if by somebody who signs in.
    pub fn new(
        now: &'a SecuritySettings,
        proposed: &'a SecuritySettings,
        surroundings: Surroundings<'a>,
        saver: Option<UserId>,
    ) -> Self {
        let mut counts = PreviewCounts::default();
        for audience in audiences_concerned(now, proposed) {
            counts.of(audience).looked_at = true;
        }
        Self {
            now,
            proposed,
            leaving: Leaving::default(),
            surroundings,
            known: HashMap::new(),
            counts,
            admins: AdminsLeft {
                saver,
                saver_loses: false,
                there_were: 0,
                left: 0,
                shut_out: Vec::new(),
            },
        }
    }

    /// The same, and these go as well.
    #[must_use]
    pub fn leaving(mut self, leaving: Leaving) -> Self {
        self.leaving = leaving;
        self
    }

    /// Takes one person into account; gives the ways that they would lose, where these are their last. `address` is asked
    /// for only by policies of an embedder's own.
    pub fn see(&mut self, person: &Sketch, address: Option<&EmailAddress>) -> Option<Vec<Way>> {
        let effect = self.effect(person, address);
        let counts = self.counts.of(person.shape.role.audience());
        if counts.looked_at {
            counts.people += 1;
            for way in &effect.before {
                let change = counts.ways.entry(way.clone()).or_default();
                if effect.after.contains(way) {
                    change.keep += 1;
                } else {
                    change.lose += 1;
                }
            }
            for way in effect.after.iter().filter(|way| !effect.before.contains(way)) {
                counts.ways.entry(way.clone()).or_default().gain += 1;
            }
            counts.lose_last += u64::from(effect.loses_last());
            counts.gain_first += u64::from(effect.before.is_empty() && !effect.after.is_empty());
            counts.have_to_enrol += u64::from(effect.enrols);
        }
        if person.manages_settings() {
            let stays = !self.leaving.people.contains(&person.user);
            self.admins.see(person.user, &effect, stays);
        }
        effect.loses_last().then(|| effect.before.clone())
    }

    /// What came of all who were seen.
    pub fn finish(self) -> (PreviewCounts, AdminsLeft) {
        (self.counts, self.admins)
    }

    fn effect(&mut self, person: &Sketch, address: Option<&EmailAddress>) -> Arc<Effect> {
        let policies = self.surroundings.policies.filter(|asked| !asked.policies.is_empty());
        if let Some(mut asked) = policies {
            // They may look at anything, so that no two people are alike to them.
            asked.address = address;
            let surroundings = Surroundings {
                policies: Some(asked),
                ..self.surroundings
            };
            return Arc::new(self.worked_out(person, surroundings));
        }
        // What a role of the workspace's own permits can matter too; few have one.
        if person.own_permissions.is_some() {
            return Arc::new(self.worked_out(person, self.surroundings));
        }
        if let Some(known) = self.known.get(&person.shape) {
            return Arc::clone(known);
        }
        let effect = Arc::new(self.worked_out(person, self.surroundings));
        if self.known.len() >= SHAPES {
            self.known.clear();
        }
        self.known.insert(person.shape.clone(), Arc::clone(&effect));
        effect
    }

    fn worked_out(&self, person: &Sketch, surroundings: Surroundings<'_>) -> Effect {
        let mut facts = person.facts();
        let before = open_ways(self.now, &facts, surroundings);
        facts.providers.retain(|id| !self.leaving.providers.contains(id));
        let after = open_ways(self.proposed, &facts, surroundings);
        let audience = person.shape.role.audience();
        let required = |settings: &SecuritySettings| settings.audience(audience).two_factor_required;
        let has_none = !person.shape.app && !person.shape.passkey;
        Effect {
            enrols: has_none && !after.is_empty() && required(self.proposed) && !required(self.now),
            before,
            after,
        }
    }
}

/// Which of those who may change the settings would still get in, counted without the backup door and `recover` (R105).
///
/// Hand-over does not count: whether the company's own site knows somebody is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminsLeft {
    saver: Option<UserId>,
    saver_loses: bool,
    there_were: u64,
    left: u64,
    shut_out: Vec<UserId>,
}

/// Why a change is refused (R105).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "who", rename_all = "kebab-case")]
pub enum LockOut {
    /// Whoever saves it would be shut out by it.
    Saver,
    /// No admin would get in.
    EveryAdmin {
        /// Those who would be shut out, up to [`NAMED`] of them.
        admins: Vec<UserId>,
    },
}

impl AdminsLeft {
    fn see(&mut self, user: UserId, effect: &Effect, stays: bool) {
        let counts = |ways: &[Way]| ways.iter().any(|way| *way != Way::HandOver);
        self.there_were += u64::from(counts(&effect.before));
        if stays && counts(&effect.after) {
            self.left += 1;
            return;
        }
        if counts(&effect.before) && self.shut_out.len() < NAMED {
            self.shut_out.push(user);
        }
        if self.saver == Some(user) && counts(&effect.before) {
            self.saver_loses = true;
        }
    }

    /// How many would get in.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Whether the change is to be refused: by it whoever saves it would lose their last way in, or no admin would get in any
    /// more. Where none does even now, as in a workspace whose owner has not set a password yet, it takes nothing away.
    pub fn lock_out(&self) -> Option<LockOut> {
        if self.left == 0 && self.there_were > 0 {
            return Some(LockOut::EveryAdmin {
                admins: self.shut_out.clone(),
            });
        }
        self.saver_loses.then_some(LockOut::Saver)
    }
}

/// What surrounds everybody in a preview: no budget is used up, and the keys of hand-over are these.
pub fn surroundings_of_all(now: Timestamp, hand_over: HandOverReach) -> Surroundings<'static> {
    Surroundings {
        now: Some(now),
        hand_over,
        ..Surroundings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn a_preview_of_many_who_are_all_different_remembers_few() {
        let (now, mut proposed) = (SecuritySettings::default(), SecuritySettings::default());
        proposed.customers.password = false;
        let surroundings = surroundings_of_all(Timestamp::from_micros(0), HandOverReach::default());
        let mut previewer = Previewer::new(&now, &proposed, surroundings, None);
        let everybody = 3 * SHAPES as u64;
        for n in 0..everybody {
            let until = i64::try_from(n).unwrap() + 1;
            previewer.see(
                &Sketch {
                    user: UserId::from_uuid(uuid::Uuid::from_u128(u128::from(n))),
                    own_permissions: None,
                    shape: Shape {
                        role: Role::Customer,
                        status: UserStatus::Active,
                        has_password: true,
                        password_temporary_until: Some(Timestamp::from_micros(until)),
                        has_address: true,
                        app: false,
                        passkey: false,
                        providers: Vec::new(),
                    },
                },
                None,
            );
            assert!(previewer.known.len() <= SHAPES);
        }
        let (counts, _) = previewer.finish();
        assert_eq!(counts.customers.people, everybody);
        let password = counts.customers.ways.get(&Way::Password).copied();
        assert_eq!(password.map(|change| change.lose), Some(everybody));
    }
}
