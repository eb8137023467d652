//! Contracts of [`Roles`](crate::ports::Roles).

use super::support::{
    NOW, acme, another, customer, grant, is_live, opening, put, race, record_of, row, signed_in, spent_row, user_id,
    uuid, was_audited,
};
use super::{RACERS, StorePorts};
use crate::ids::RoleId;
use crate::ports::{Opened, RoleChange, RoleChanged, RoleCreated, RoleDeleted, RoleGift, RoleGiven, StatusSet};
use crate::role::{CustomRole, HeldRole, Permission, Permissions, Rights, Role, RoleChoice};
use crate::testing::Person;
use crate::user::{User, UserStatus};
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("roles.rs");

const AUDITOR: Permissions = Permissions::NONE
    .with(Permission::ReadAuditLog)
    .with(Permission::LookPeopleUp);

fn auditor(workspace: &Workspace) -> CustomRole {
    CustomRole {
        id: RoleId::from_uuid(uuid()),
        workspace: workspace.id,
        name: "Auditor".to_owned(),
        based_on: Role::Agent,
        permissions: AUDITOR,
        created_at: NOW,
    }
}

async fn created(store: &StorePorts, role: CustomRole) -> CustomRole {
    let said = store.roles.create(role.clone(), row(role.workspace)).await.unwrap();
    assert_eq!(said, RoleCreated::Created);
    role
}

/// A gift of what they see now.
async fn gift(store: &StorePorts, user: &User, role: RoleChoice) -> RoleGift {
    let holds = record_of(store, user).await.user.rights();
    let gets = match role {
        RoleChoice::BuiltIn(role) => Rights::of(role),
        RoleChoice::Own(id) => store.roles.find(user.workspace, id).await.unwrap().unwrap().rights(),
    };
    RoleGift {
        workspace: user.workspace,
        user: user.id,
        holds,
        role,
        gets,
    }
}

async fn give(store: &StorePorts, user: &User, role: RoleChoice) -> RoleGiven {
    let gift = gift(store, user, role).await;
    store.roles.give(gift, row(user.workspace)).await.unwrap()
}

async fn change(store: &StorePorts, seen: &CustomRole, name: &str, permissions: Permissions) -> RoleChanged {
    let change = RoleChange {
        seen: seen.clone(),
        name: name.to_owned(),
        permissions,
    };
    store.roles.change(change, row(seen.workspace)).await.unwrap()
}

async fn delete(store: &StorePorts, role: &CustomRole) -> RoleDeleted {
    let deleted = store.roles.delete(role.workspace, role.id, row(role.workspace));
    deleted.await.unwrap()
}

/// Roles come back as they were made, by name, in their own workspace only, with their audit row.
pub async fn roles_come_back_as_they_were_made(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let auditor = auditor(&workspace);
    let entry = row(workspace.id);
    let said = store.roles.create(auditor.clone(), entry.clone()).await.unwrap();
    assert_eq!(said, RoleCreated::Created);
    assert!(was_audited(store, &entry).await);
    let all = CustomRole {
        id: RoleId::from_uuid(uuid()),
        name: "All there is".to_owned(),
        based_on: Role::Admin,
        permissions: Permissions::ALL,
        ..auditor.clone()
    };
    created(store, all.clone()).await;
    let listed = store.roles.list(workspace.id).await.unwrap();
    assert_eq!(listed, [all, auditor.clone()].map(|role| HeldRole { role, holders: 0 }));
    assert_eq!(
        store.roles.find(workspace.id, auditor.id).await.unwrap(),
        Some(auditor.clone())
    );
    assert_eq!(store.roles.list(other.id).await.unwrap(), []);
    assert_eq!(store.roles.find(other.id, auditor.id).await.unwrap(), None);
    let foreign = CustomRole {
        workspace: other.id,
        ..auditor.clone()
    };
    assert_eq!(change(store, &foreign, "Mine", AUDITOR).await, RoleChanged::Stale);
    assert_eq!(delete(store, &foreign).await, RoleDeleted::Gone);
    let eve = customer(store, &other, "eve@example.com").await;
    let stolen = RoleGift {
        workspace: other.id,
        user: eve.id,
        holds: eve.rights(),
        role: RoleChoice::Own(auditor.id),
        gets: auditor.rights(),
    };
    assert_eq!(store.roles.give(stolen, row(other.id)).await.unwrap(), RoleGiven::Stale);
    assert_eq!(delete(store, &auditor).await, RoleDeleted::Deleted);
    assert_eq!(store.roles.find(workspace.id, auditor.id).await.unwrap(), None);
}

/// No two roles of a workspace have one name, in a race either; those of two workspaces may.
pub async fn no_two_roles_have_one_name(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let said = race(RACERS, |_| {
        let (ports, role) = (store.clone(), auditor(&workspace));
        async move { ports.roles.create(role.clone(), row(role.workspace)).await.unwrap() }
    })
    .await;
    assert_eq!(said.iter().filter(|said| **said == RoleCreated::Created).count(), 1);
    created(store, auditor(&other)).await;
    let second = CustomRole {
        name: "Second".to_owned(),
        ..auditor(&workspace)
    };
    let second = created(store, second).await;
    assert_eq!(change(store, &second, "Auditor", AUDITOR).await, RoleChanged::NameTaken);
    assert_eq!(change(store, &second, "Third", AUDITOR).await, RoleChanged::Changed);
}

/// A change of a role counts for everybody who has it, for their live sessions from the very next check (R100), and for
/// nobody else.
pub async fn a_change_reaches_everybody_who_has_the_role(store: &StorePorts) {
    let workspace = acme(store).await;
    let role = created(store, auditor(&workspace)).await;
    let mut held = Vec::new();
    for at in 0..3 {
        let agent = Person::customer(workspace.id, &format!("agent{at}@example.com")).role(Role::Agent);
        let user = put(store, agent).await;
        assert_eq!(give(store, &user, RoleChoice::Own(role.id)).await, RoleGiven::Given);
        let session = signed_in(store, &user).await;
        held.push((user, session));
    }
    let agent = put(
        store,
        Person::customer(workspace.id, "bo@example.com").role(Role::Agent),
    )
    .await;
    let other_session = signed_in(store, &agent).await;
    let fewer = Permissions::NONE.with(Permission::ReadMailLog);
    assert_eq!(change(store, &role, "Mail reader", fewer).await, RoleChanged::Changed);
    for (user, session) in &held {
        assert!(is_live(store, session, NOW).await);
        let view = store.sessions.check(session, NOW).await.unwrap().unwrap();
        assert_eq!((view.role, view.permissions), (Role::Agent, fewer));
        let held = record_of(store, user).await.user.custom_role.unwrap();
        assert_eq!((held.name.as_str(), held.permissions), ("Mail reader", fewer));
    }
    let view = store.sessions.check(&other_session, NOW).await.unwrap().unwrap();
    assert_eq!(view.permissions, Role::Agent.permissions());
    assert_eq!(store.roles.list(workspace.id).await.unwrap()[0].holders, 3);
}

/// A change that was decided on an older state of the role changes nothing.
pub async fn a_change_of_what_was_not_seen_changes_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let role = created(store, auditor(&workspace)).await;
    assert_eq!(
        change(store, &role, "Auditor", Permissions::NONE).await,
        RoleChanged::Changed
    );
    assert_eq!(
        change(store, &role, "Auditor", Permissions::ALL).await,
        RoleChanged::Stale
    );
    let found = store.roles.find(workspace.id, role.id).await.unwrap().unwrap();
    assert_eq!(found.permissions, Permissions::NONE);
}

/// A role that people have stays, and it is said how many they are.
pub async fn a_role_that_people_have_stays(store: &StorePorts) {
    let workspace = acme(store).await;
    let role = created(store, auditor(&workspace)).await;
    let agent = put(
        store,
        Person::customer(workspace.id, "bo@example.com").role(Role::Agent),
    )
    .await;
    assert_eq!(give(store, &agent, RoleChoice::Own(role.id)).await, RoleGiven::Given);
    assert_eq!(delete(store, &role).await, RoleDeleted::InUse(1));
    assert_eq!(
        give(store, &agent, RoleChoice::BuiltIn(Role::Agent)).await,
        RoleGiven::Given
    );
    assert_eq!(record_of(store, &agent).await.user.custom_role, None);
    assert_eq!(delete(store, &role).await, RoleDeleted::Deleted);
    assert_eq!(delete(store, &role).await, RoleDeleted::Gone);
}

/// What a role permits counts from the very next check on (R100), and no sign-in that was decided before opens.
pub async fn a_given_role_counts_at_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let role = created(store, auditor(&workspace)).await;
    let agent = put(
        store,
        Person::customer(workspace.id, "bo@example.com").role(Role::Admin),
    )
    .await;
    let session = signed_in(store, &agent).await;
    let decided = grant(store, &agent).await;
    let entry = row(workspace.id);
    let gift = gift(store, &agent, RoleChoice::Own(role.id)).await;
    assert_eq!(store.roles.give(gift, entry.clone()).await.unwrap(), RoleGiven::Given);
    assert!(was_audited(store, &entry).await);
    assert!(is_live(store, &session, NOW).await);
    let view = store.sessions.check(&session, NOW).await.unwrap().unwrap();
    assert_eq!((view.role, view.permissions), (Role::Agent, AUDITOR));
    let late = opening(decided, super::support::fresh_token(), NOW);
    assert_eq!(store.sessions.open(late).await.unwrap(), Opened::CredentialsChanged);
}

/// Where the rules of another audience apply from now on, all sessions end: they were opened under the other ones.
pub async fn another_audience_means_a_new_sign_in(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    for (role, stays) in [
        (Role::Collaborator, true),
        (Role::Agent, false),
        (Role::Admin, true),
        (Role::Customer, false),
    ] {
        let session = signed_in(store, &user).await;
        assert_eq!(give(store, &user, RoleChoice::BuiltIn(role)).await, RoleGiven::Given);
        assert_eq!(is_live(store, &session, NOW).await, stays, "{role:?}");
    }
}

/// A gift that was decided on other rights, of the person or of the role, changes nothing.
pub async fn a_gift_on_other_facts_changes_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let role = created(store, auditor(&workspace)).await;
    let agent = put(
        store,
        Person::customer(workspace.id, "bo@example.com").role(Role::Agent),
    )
    .await;
    let right = gift(store, &agent, RoleChoice::Own(role.id)).await;
    let wrongs = [
        RoleGift {
            holds: Rights::of(Role::Customer),
            ..right.clone()
        },
        RoleGift {
            gets: Rights::of(Role::Agent),
            ..right.clone()
        },
        RoleGift {
            role: RoleChoice::Own(RoleId::from_uuid(uuid())),
            ..right.clone()
        },
        RoleGift {
            user: user_id(),
            ..right.clone()
        },
    ];
    for wrong in wrongs {
        let entry = row(workspace.id);
        let said = store.roles.give(wrong, entry.clone()).await.unwrap();
        assert_eq!(said, RoleGiven::Stale);
        assert!(!was_audited(store, &entry).await);
    }
    assert_eq!(record_of(store, &agent).await.user.rights(), Rights::of(Role::Agent));
}

/// The last owner who may come in stays owner (R97).
pub async fn the_last_owner_stays_owner(store: &StorePorts) {
    let workspace = acme(store).await;
    let ann = put(
        store,
        Person::customer(workspace.id, "ann@example.com").role(Role::Owner),
    )
    .await;
    let bob = put(
        store,
        Person::customer(workspace.id, "bob@example.com").role(Role::Owner),
    )
    .await;
    let disabled = store
        .credentials
        .set_status(workspace.id, bob.id, UserStatus::Disabled, row(workspace.id));
    assert_eq!(disabled.await.unwrap(), StatusSet::Set);
    assert_eq!(
        give(store, &ann, RoleChoice::BuiltIn(Role::Admin)).await,
        RoleGiven::LastOwner
    );
    assert_eq!(
        give(store, &ann, RoleChoice::BuiltIn(Role::Owner)).await,
        RoleGiven::Given
    );
    assert_eq!(
        give(store, &bob, RoleChoice::BuiltIn(Role::Admin)).await,
        RoleGiven::Given
    );
    assert_eq!(record_of(store, &ann).await.user.role, Role::Owner);
}

/// Two owners who unmake or disable each other in the same moment leave one (R97).
pub async fn two_owners_who_unmake_each_other_leave_one(store: &StorePorts) {
    for round in 0..20 {
        let workspace = another(store, &format!("round{round}")).await;
        let ann = put(
            store,
            Person::customer(workspace.id, "ann@example.com").role(Role::Owner),
        )
        .await;
        let bob = put(
            store,
            Person::customer(workspace.id, "bob@example.com").role(Role::Owner),
        )
        .await;
        let stayed = race(2, |at| {
            let (ports, user) = (store.clone(), [&ann, &bob][at].clone());
            async move {
                if at == 0 || round % 2 == 0 {
                    give(&ports, &user, RoleChoice::BuiltIn(Role::Admin)).await == RoleGiven::LastOwner
                } else {
                    let entry = row(user.workspace);
                    let set = ports
                        .credentials
                        .set_status(user.workspace, user.id, UserStatus::Disabled, entry);
                    set.await.unwrap() == StatusSet::LastOwner
                }
            }
        })
        .await;
        assert_eq!(
            stayed.iter().filter(|stayed| **stayed).count(),
            1,
            "round {round}: {stayed:?}"
        );
    }
}

/// Whatever gifts and changes run at the same time: whoever has a role may do exactly what it permits afterwards.
pub async fn what_a_role_permits_is_the_same_for_all_in_any_race(store: &StorePorts) {
    let workspace = acme(store).await;
    let role = created(store, auditor(&workspace)).await;
    let mut users = Vec::new();
    for at in 0..8 {
        let agent = Person::customer(workspace.id, &format!("agent{at}@example.com")).role(Role::Agent);
        users.push(put(store, agent).await);
    }
    race(users.len() * 2, |at| {
        let (ports, user, role) = (store.clone(), users[at / 2].clone(), role.clone());
        async move {
            if at % 2 == 0 {
                give(&ports, &user, RoleChoice::Own(role.id)).await;
            } else {
                let seen = ports.roles.find(role.workspace, role.id).await.unwrap().unwrap();
                let flipped = if seen.permissions == AUDITOR {
                    Permissions::NONE
                } else {
                    AUDITOR
                };
                change(&ports, &seen, "Auditor", flipped).await;
            }
        }
    })
    .await;
    let permits = store.roles.find(workspace.id, role.id).await.unwrap().unwrap();
    for user in &users {
        if let Some(held) = record_of(store, user).await.user.custom_role {
            assert_eq!(held.permissions, permits.permissions);
        }
    }
}

/// A role that is given in the moment of its removal is either removed or given.
pub async fn a_role_that_is_just_given_is_not_removed(store: &StorePorts) {
    let workspace = acme(store).await;
    for round in 0..20 {
        let role = CustomRole {
            name: format!("Round {round}"),
            ..auditor(&workspace)
        };
        let role = created(store, role).await;
        let agent = Person::customer(workspace.id, &format!("agent{round}@example.com")).role(Role::Agent);
        let agent = put(store, agent).await;
        let gift = gift(store, &agent, RoleChoice::Own(role.id)).await;
        race(2, |at| {
            let (ports, role, gift) = (store.clone(), role.clone(), gift.clone());
            async move {
                if at == 0 {
                    ports.roles.give(gift, row(role.workspace)).await.unwrap();
                } else {
                    delete(&ports, &role).await;
                }
            }
        })
        .await;
        let there = store.roles.find(workspace.id, role.id).await.unwrap().is_some();
        let held = record_of(store, &agent).await.user.custom_role.is_some();
        assert_eq!(there, held, "round {round}");
    }
}

/// Nothing is written whose audit row cannot be.
pub async fn writes_of_roles_are_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let role = auditor(&workspace);
    let spent = spent_row(store, &workspace).await;
    store.roles.create(role.clone(), spent.clone()).await.unwrap_err();
    assert_eq!(store.roles.list(workspace.id).await.unwrap(), []);
    created(store, role.clone()).await;
    let agent = put(
        store,
        Person::customer(workspace.id, "bo@example.com").role(Role::Agent),
    )
    .await;
    let change = RoleChange {
        seen: role.clone(),
        name: "Other".to_owned(),
        permissions: Permissions::NONE,
    };
    store.roles.change(change, spent.clone()).await.unwrap_err();
    store
        .roles
        .delete(workspace.id, role.id, spent.clone())
        .await
        .unwrap_err();
    let gift = gift(store, &agent, RoleChoice::Own(role.id)).await;
    store.roles.give(gift, spent).await.unwrap_err();
    assert_eq!(store.roles.find(workspace.id, role.id).await.unwrap(), Some(role));
    assert_eq!(record_of(store, &agent).await.user.rights(), Rights::of(Role::Agent));
}
