//! Roles of a workspace's own making, and who may give what to whom (A8, R97).

use doorward_domain::role::{
    CustomRole, Overreach, Permission, Permissions, Rights, Role, RoleChoice, may_change_rights,
};
use proptest::prelude::*;

fn permissions() -> impl Strategy<Value = Permissions> {
    proptest::collection::vec(any::<bool>(), Permission::ALL.len()).prop_map(|picked| {
        Permission::ALL
            .into_iter()
            .zip(picked)
            .filter_map(|(permission, picked)| picked.then_some(permission))
            .collect()
    })
}

fn rights() -> impl Strategy<Value = Rights> {
    (0..Role::ALL.len(), permissions()).prop_map(|(role, permissions)| Rights {
        role: Role::ALL[role],
        permissions,
    })
}

proptest! {
    /// Whatever chain of changes somebody makes, on themself or through others: nobody ends up with what the first lacked.
    #[test]
    fn r97_no_chain_of_gifts_climbs(first in rights(), mut people in proptest::collection::vec(rights(), 1..6),
        steps in proptest::collection::vec((0..6_usize, 0..6_usize, rights()), 0..20)) {
        // Whom the first cannot reach takes no part: they could give more, and rightly.
        people.retain(|person| first.reach(*person));
        people.push(first);
        for (by, on, gets) in steps {
            let (by, on) = (by % people.len(), on % people.len());
            if may_change_rights(people[by], people[on], gets).is_ok() {
                people[on] = gets;
            }
            for person in &people {
                prop_assert!(first.permissions.covers(person.permissions) && first.role >= person.role);
            }
        }
    }

    #[test]
    fn r97_nobody_changes_whoever_stands_above_them(acting in rights(), holds in rights(), gets in rights()) {
        let said = may_change_rights(acting, holds, gets);
        let above = !(acting.role >= holds.role && acting.permissions.covers(holds.permissions));
        prop_assert_eq!(said == Err(Overreach::Above), above);
        if said.is_ok() {
            prop_assert!(acting.reach(gets));
        }
    }
}

#[test]
fn r97_an_admin_makes_no_owner_and_unmakes_none() {
    let (admin, owner, agent) = (
        Rights::of(Role::Admin),
        Rights::of(Role::Owner),
        Rights::of(Role::Agent),
    );
    assert_eq!(may_change_rights(admin, agent, owner), Err(Overreach::Climb));
    assert_eq!(may_change_rights(admin, owner, agent), Err(Overreach::Above));
    assert_eq!(
        may_change_rights(admin, admin, owner),
        Err(Overreach::Climb),
        "on oneself"
    );
    assert_eq!(may_change_rights(admin, admin, agent), Ok(()));
    assert_eq!(may_change_rights(owner, owner, owner), Ok(()));
    let customer = Rights::of(Role::Customer);
    assert_eq!(
        may_change_rights(Rights::API_KEY, customer, agent),
        Err(Overreach::Climb)
    );
}

#[test]
fn a8_a_role_of_ones_own_is_for_staff_and_owns_nothing() {
    for role in Role::ALL {
        let sound = CustomRole::is_sound(role, Permissions::NONE.with(Permission::ReadAuditLog));
        assert_eq!(sound, matches!(role, Role::Agent | Role::Admin), "{role:?}");
    }
    assert!(CustomRole::is_sound(Role::Admin, Role::Admin.permissions()));
    assert!(!CustomRole::is_sound(Role::Admin, Role::Owner.permissions()));
    for (name, fits) in [
        ("Auditor", true),
        ("owner", false),
        ("Admin", false),
        ("", false),
        ("مدقق", true),
    ] {
        assert_eq!(CustomRole::is_name(name), fits, "{name}");
    }
    assert!(!CustomRole::is_name(&"x".repeat(CustomRole::MAX_NAME_CODE_POINTS + 1)));
}

#[test]
fn a_choice_of_a_role_is_read_as_it_is_written() {
    let own = RoleChoice::parse("0194d3c6-1b0f-7c50-8a3a-1f2e3d4c5b6a").unwrap();
    assert!(matches!(own, RoleChoice::Own(_)));
    for choice in Role::ALL.map(RoleChoice::BuiltIn).into_iter().chain([own]) {
        assert_eq!(RoleChoice::parse(&choice.to_string()), Some(choice));
    }
    assert_eq!(RoleChoice::parse("Owner"), None);
}
