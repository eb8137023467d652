//! What still gets somebody in after a loss, what they are warned of before a change, and how they prove afresh who they
//! are.

use std::time::Duration;

use doorward_domain::fresh_proof::{FreshProofWay, fresh_proof_ways};
use doorward_domain::ids::{SessionId, UserId, WorkspaceId};
use doorward_domain::limits::Limits;
use doorward_domain::method::Method;
use doorward_domain::policy::PolicySet;
use doorward_domain::role::Role;
use doorward_domain::second_factor::FactorSummary;
use doorward_domain::session::SessionView;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::sign_in::{Decision, PersonFacts, Proofs, SecondFactorKind, SignInFacts, Step, decide};
use doorward_domain::testing::{
    FactsBuilder, FixedClock, proven_mailbox, second_factor, verified_passkey, verified_password, workspace,
};
use doorward_domain::time::Timestamp;
use doorward_domain::ways_back::{
    FirstStepKind, Loss, Route, SecondStepKind, WayChange, WayWarning, WaysBack, warnings_before, ways_back,
};
use proptest::prelude::*;
use uuid::Uuid;

const NOW: Timestamp = FixedClock::START;

fn back(facts: &SignInFacts) -> WaysBack {
    ways_back(&facts.settings, facts.person.as_ref().unwrap())
}

fn factors(app: bool, backup_codes_left: u32, passkeys: u32, synced_passkeys: u32) -> FactorSummary {
    FactorSummary {
        app,
        backup_codes_left,
        passkeys,
        synced_passkeys,
    }
}

fn jo() -> FactsBuilder {
    FactsBuilder::new(Method::Password)
}

fn warnings(builder: FactsBuilder) -> Vec<WayWarning> {
    back(&builder.build()).warnings()
}

#[test]
fn each_loss_leaves_what_does_not_hang_on_it() {
    use FirstStepKind::{EmailCode, Passkey, Password, ResetLink};
    let plain = |firsts: &[FirstStepKind]| -> Vec<Route> {
        let route = |first: &FirstStepKind| Route {
            first: *first,
            second: None,
        };
        firsts.iter().map(route).collect()
    };
    let with = |firsts: &[FirstStepKind], seconds: &[SecondStepKind]| -> Vec<Route> {
        firsts
            .iter()
            .flat_map(|first| {
                seconds.iter().map(|second| Route {
                    first: *first,
                    second: Some(*second),
                })
            })
            .collect()
    };
    let ways = back(&jo().build());
    assert_eq!(ways.today, plain(&[Password, EmailCode, ResetLink]));
    assert_eq!(ways.without(Loss::Phone), ways.today);
    assert_eq!(ways.without(Loss::Mailbox), plain(&[Password]));
    assert_eq!(ways.without(Loss::Password), plain(&[EmailCode, ResetLink]));

    let two_mailboxes = back(&jo().person(|person| person.mailboxes = 2).build());
    assert_eq!(
        two_mailboxes.without(Loss::Mailbox),
        plain(&[Password, EmailCode]),
        "codes go to the other one; a reset goes to the primary one only"
    );

    let protected = back(&jo().factors(factors(true, 4, 0, 0)).build());
    let firsts = [Password, EmailCode, ResetLink];
    let both = [SecondStepKind::App, SecondStepKind::BackupCode];
    assert_eq!(protected.today, with(&firsts, &both));
    assert_eq!(protected.without(Loss::Phone), with(&firsts, &both[1..]));
    assert_eq!(protected.without(Loss::Password), with(&firsts[1..], &both));

    let keys = back(&jo().factors(factors(true, 0, 2, 1)).build());
    let mut expected = with(&firsts, &[SecondStepKind::App, SecondStepKind::Passkey]);
    expected.extend(plain(&[Passkey]));
    assert_eq!(keys.today, expected);
    let mut without_phone = with(&firsts, &[SecondStepKind::Passkey]);
    without_phone.extend(plain(&[Passkey]));
    assert_eq!(keys.without(Loss::Phone), without_phone);

    let owner = back(&jo().role(Role::Owner).build());
    assert_eq!(owner.today, plain(&[Password, ResetLink]), "SD1: no codes for staff");
    assert_eq!(back(&jo().disabled().build()).today, []);
}

#[test]
fn people_are_warned_of_what_would_keep_them_out() {
    use Loss::{Mailbox, Password, Phone};
    use WayWarning::{NothingAtAll, NothingWithout, OneWayLeft};
    let bare = |person: &mut PersonFacts| person.has_password = false;
    let passkeys_only = |settings: &mut SecuritySettings| {
        (settings.customers.password, settings.customers.email_code) = (false, false);
    };
    let table = [
        ("password and mailbox", jo(), vec![]),
        ("staff", jo().role(Role::Admin), vec![]),
        (
            "only a mailbox",
            jo().person(bare),
            vec![OneWayLeft, NothingWithout(Mailbox)],
        ),
        (
            "two mailboxes",
            jo().person(bare).person(|person| person.mailboxes = 2),
            vec![OneWayLeft],
        ),
        (
            "a password and no mailbox",
            jo().person(|person| person.mailboxes = 0),
            vec![OneWayLeft, NothingWithout(Password)],
        ),
        ("app and codes", jo().app_on(), vec![]),
        (
            "app without codes",
            jo().factors(factors(true, 0, 0, 0)),
            vec![NothingWithout(Phone)],
        ),
        (
            "app, and a passkey on the same phone",
            jo().factors(factors(true, 0, 1, 0)),
            vec![NothingWithout(Phone)],
        ),
        (
            "app, and a passkey that is backed up",
            jo().factors(factors(true, 0, 1, 1)),
            vec![],
        ),
        (
            "only a passkey",
            jo().factors(factors(false, 0, 1, 0)).settings(passkeys_only),
            vec![OneWayLeft, NothingWithout(Phone)],
        ),
        (
            "only a passkey that is backed up",
            jo().factors(factors(false, 0, 1, 1)).settings(passkeys_only),
            vec![OneWayLeft],
        ),
        (
            "required, and a passkey is the second factor",
            jo().two_factor_required().factors(factors(false, 0, 1, 0)),
            vec![NothingWithout(Phone)],
        ),
        ("required, and none is set up yet", jo().two_factor_required(), vec![]),
        ("disabled", jo().disabled(), vec![NothingAtAll]),
        (
            "nothing of what the workspace offers",
            jo().settings(passkeys_only),
            vec![NothingAtAll],
        ),
    ];
    for (who, builder, expected) in table {
        assert_eq!(warnings(builder), expected, "{who}");
    }
}

#[test]
fn a_change_is_warned_of_before_it_is_made_and_only_of_what_it_makes_worse() {
    use Loss::{Mailbox, Phone};
    use WayWarning::{NothingAtAll, NothingWithout, OneWayLeft};
    let bare = |person: &mut PersonFacts| person.has_password = false;
    let passkeys_only = |settings: &mut SecuritySettings| {
        (settings.customers.password, settings.customers.email_code) = (false, false);
    };
    let local = || WayChange::RemovePasskey { synced: false };
    let synced = || WayChange::RemovePasskey { synced: true };
    let table = [
        (
            "the last thing of all",
            jo().factors(factors(false, 0, 1, 0)).settings(passkeys_only),
            local(),
            vec![NothingAtAll],
        ),
        (
            "nothing gets them in as it is",
            jo().settings(passkeys_only),
            WayChange::RemoveEmail,
            vec![],
        ),
        (
            "a spare passkey",
            jo().factors(factors(false, 0, 1, 0)),
            local(),
            vec![],
        ),
        (
            "the passkey that stands in for the phone",
            jo().factors(factors(true, 0, 1, 1)),
            synced(),
            vec![NothingWithout(Phone)],
        ),
        (
            "the other one of two",
            jo().factors(factors(true, 0, 2, 1)),
            local(),
            vec![],
        ),
        (
            "the last thing beside the mailbox",
            jo().person(bare).factors(factors(false, 0, 1, 0)),
            local(),
            vec![OneWayLeft, NothingWithout(Mailbox)],
        ),
        (
            "the second mailbox of somebody without a password",
            jo().person(bare).person(|person| person.mailboxes = 2),
            WayChange::RemoveEmail,
            vec![NothingWithout(Mailbox)],
        ),
        (
            "the second mailbox of somebody with one",
            jo().person(|person| person.mailboxes = 2),
            WayChange::RemoveEmail,
            vec![],
        ),
        (
            "two-factor authentication",
            jo().app_on(),
            WayChange::DisableTwoFactor,
            vec![],
        ),
        (
            "two-factor authentication that is required, where a passkey on the phone takes its place",
            jo().two_factor_required().factors(factors(true, 5, 1, 0)),
            WayChange::DisableTwoFactor,
            vec![NothingWithout(Phone)],
        ),
        (
            "what was as bad before",
            jo().factors(factors(true, 0, 1, 0)),
            local(),
            vec![],
        ),
        ("a passkey that is not there", jo(), synced(), vec![]),
    ];
    for (what, builder, change, expected) in table {
        let facts = builder.build();
        let said = warnings_before(&facts.settings, facts.person.as_ref().unwrap(), change);
        assert_eq!(said, expected, "{what}");
    }
}

/// Whether somebody with these facts who shows just this comes in, or is led to set a second factor up on the way.
fn comes_in(facts: &SignInFacts, route: Route) -> bool {
    let mut facts = facts.clone();
    let person = facts.person.as_mut().unwrap();
    let user = person.user;
    let held = match route.first {
        FirstStepKind::Password => person.has_password,
        FirstStepKind::EmailCode => true,
        FirstStepKind::ResetLink => {
            person.has_password = true;
            true
        }
        FirstStepKind::Passkey => person.factors.passkeys > 0,
        FirstStepKind::Provider => !person.providers.is_empty(),
    } && match route.second {
        None => true,
        Some(SecondStepKind::App) => person.factors.app,
        Some(SecondStepKind::BackupCode) => person.factors.backup_codes_left > 0,
        Some(SecondStepKind::Passkey) => person.factors.passkeys > 0,
    };
    let mut proofs = Proofs::default();
    match route.first {
        FirstStepKind::Password | FirstStepKind::ResetLink => {
            facts.method = Method::Password;
            proofs.password = verified_password(user);
        }
        FirstStepKind::EmailCode => {
            facts.method = Method::EmailCode;
            proofs.email = Some(proven_mailbox(&facts, None));
        }
        FirstStepKind::Passkey => {
            facts.method = Method::Passkey;
            facts.address = None;
            proofs.passkey = Some(verified_passkey(user));
        }
        FirstStepKind::Provider => {
            let (coming, shown) = FactsBuilder::new(Method::Provider).proved();
            facts.method = Method::Provider;
            facts.address = None;
            facts.arrival = coming.arrival;
            proofs.provider = shown.provider;
        }
    }
    proofs.second_factor = route.second.and_then(|second| {
        let kind = match second {
            SecondStepKind::App => SecondFactorKind::App,
            SecondStepKind::BackupCode => SecondFactorKind::BackupCode,
            SecondStepKind::Passkey => SecondFactorKind::Passkey,
        };
        second_factor(user, kind)
    });
    let decision = decide(&facts, proofs, &PolicySet::default(), NOW);
    held && matches!(
        decision,
        Decision::Granted(..) | Decision::Needs(Step::EnrolSecondFactor, _)
    )
}

fn anybody() -> impl Strategy<Value = SignInFacts> {
    (
        proptest::sample::select(&Role::ALL[..]),
        proptest::array::uniform4(any::<bool>()),
        proptest::array::uniform3(proptest::bool::weighted(0.8)),
        (0_u32..3, 0_u32..3, 0_u32..3),
    )
        .prop_map(
            |(role, [has_password, app, required, active], [password, code, passkey], counts)| {
                let (codes, passkeys, synced) = counts;
                let builder = jo()
                    .role(role)
                    .person(|person| {
                        person.has_password = has_password;
                        person.factors = factors(app, if app { codes } else { 0 }, passkeys, synced.min(passkeys));
                    })
                    .settings(|settings| {
                        for audience in [&mut settings.customers, &mut settings.staff] {
                            (audience.password, audience.email_code, audience.passkey) = (password, code, passkey);
                            audience.two_factor_required = required;
                        }
                    });
                if active {
                    builder.build()
                } else {
                    builder.disabled().build()
                }
            },
        )
}

const FIRSTS: [FirstStepKind; 4] = [
    FirstStepKind::Password,
    FirstStepKind::EmailCode,
    FirstStepKind::ResetLink,
    FirstStepKind::Passkey,
];
const SECONDS: [Option<SecondStepKind>; 4] = [
    None,
    Some(SecondStepKind::App),
    Some(SecondStepKind::BackupCode),
    Some(SecondStepKind::Passkey),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ways_that_are_shown_are_those_that_the_door_opens(facts in anybody()) {
        let ways = back(&facts);
        for first in FIRSTS {
            let enough_alone = comes_in(&facts, Route { first, second: None });
            for second in SECONDS {
                let route = Route { first, second };
                let shown = ways.today.contains(&route);
                // Nothing is shown as a second step where none is asked for.
                let expected = comes_in(&facts, route) && (second.is_none() || !enough_alone);
                prop_assert_eq!(shown, expected, "{:?} of {:?}", route, facts.person);
            }
        }
    }

    #[test]
    fn a_loss_never_opens_a_way(facts in anybody()) {
        let ways = back(&facts);
        for loss in Loss::ALL {
            for route in ways.without(loss) {
                prop_assert!(ways.today.contains(route), "{:?} without {:?}", route, loss);
                let hangs_on_it = match loss {
                    Loss::Phone => route.second == Some(SecondStepKind::App),
                    Loss::Mailbox => matches!(route.first, FirstStepKind::ResetLink | FirstStepKind::EmailCode),
                    Loss::Password => route.first == FirstStepKind::Password,
                };
                prop_assert!(!hangs_on_it, "{:?} without {:?}", route, loss);
            }
        }
    }

    #[test]
    fn nobody_is_warned_of_what_they_were_warned_of_before(
        facts in anybody(),
        change in prop_oneof![
            Just(WayChange::RemoveEmail),
            Just(WayChange::DisableTwoFactor),
            any::<bool>().prop_map(|synced| WayChange::RemovePasskey { synced }),
        ],
    ) {
        let known = back(&facts).warnings();
        let said = warnings_before(&facts.settings, facts.person.as_ref().unwrap(), change);
        prop_assert!(said.iter().all(|warning| !known.contains(warning)));
    }

    #[test]
    fn whoever_has_anything_can_prove_it_afresh_and_no_mailbox_stands_in_for_an_app(
        has_password in any::<bool>(),
        app in any::<bool>(),
        passkeys in 0_u32..3,
        mailbox in any::<bool>(),
    ) {
        let ways = fresh_proof_ways(has_password, factors(app, 0, passkeys, 0), mailbox);
        prop_assert_eq!(ways.is_empty(), !(has_password || app || passkeys > 0 || mailbox));
        prop_assert_eq!(ways.contains(&FreshProofWay::Password), has_password);
        prop_assert_eq!(ways.contains(&FreshProofWay::SecondFactor), app);
        prop_assert_eq!(ways.contains(&FreshProofWay::Passkey), passkeys > 0);
        prop_assert_eq!(ways.contains(&FreshProofWay::EmailCode), mailbox && !app);
    }
}

#[test]
fn r11_a_proof_is_fresh_for_its_window_and_not_a_microsecond_longer() {
    let limits = Limits::default();
    let workspace = workspace("acme");
    let view = |proved_at| SessionView {
        id: SessionId::from_uuid(Uuid::from_u128(1)),
        created_at: NOW.minus(Duration::from_hours(5)),
        proved_at,
        expires_at: NOW.plus(Duration::from_hours(5)),
        method: Method::Password,
        workspace: WorkspaceId::from_uuid(Uuid::from_u128(1)),
        workspace_slug: workspace.slug.clone(),
        user: UserId::from_uuid(Uuid::from_u128(2)),
        name: "Jo".to_owned(),
        primary_email: None,
        emails: Vec::new(),
        role: Role::Customer,
        permissions: Role::Customer.permissions(),
        organisations: Vec::new(),
        language: None,
        time_zone: None,
    };
    let micro = Duration::from_micros(1);
    for window in [limits.fresh_proof(), limits.fresh_proof_admin()] {
        assert!(view(NOW).is_fresh(window, NOW));
        assert!(view(NOW.minus(window).plus(micro)).is_fresh(window, NOW));
        assert!(!view(NOW.minus(window)).is_fresh(window, NOW));
        assert!(
            !view(NOW.plus(micro)).is_fresh(window, NOW),
            "a clock that stepped back"
        );
    }
}
