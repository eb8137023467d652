//! Fifty rounds of a hundred at once, on one node over SQLite and on two nodes over PostgreSQL (G1).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::{CeremonyId, EmailId, PasskeyId, UserId};
use doorward_domain::one_time::{LinkPurpose, LinkSubject};
use doorward_domain::passkey::{Ceremony, CeremonyPurpose, Passkey, PasskeyAssertion};
use doorward_domain::ports::{
    AddEmail, CodeTry, EmailAdded, EmailChanged, EmailVerified, FaultKind, Opened, PasskeyAdded, PasswordReset,
    PortResult, Renewed, ResetOutcome, UserCreated,
};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::second_factor::{AppCodeMatch, BackupSet};
use doorward_domain::secret::{PasswordDigest, TokenDigest};
use doorward_domain::session::Session;
use doorward_domain::sign_in::{Binding, PasskeyVerified, SecondFactorVerified};
use doorward_domain::testing::contract::StorePorts;
use doorward_domain::testing::{Person, address, backup_set, passkey};
use doorward_domain::user::{User, UserEmail};
use doorward_persistence::Station;

use crate::given::{
    NOW, acme, customer, enabling, flow, fresh_digest, grant_with, issued, later, link, opening, passkey_of,
    pending_app, receipt, renewal, row, sent, trying, unique,
};
use crate::stores::{Kind, ports};

const ROUNDS: usize = 50;
const RACERS: usize = 100;

/// The nodes that race: one server over a SQLite file, two over PostgreSQL.
async fn nodes(kind: Kind) -> Vec<StorePorts> {
    let (place, store) = kind.store().await;
    let mut nodes = vec![ports(&store, place.clone())];
    if kind == Kind::Postgres {
        nodes.push(ports(&place.open(Station::Server).await, place));
    }
    nodes
}

async fn race<T: Send + 'static, F: Future<Output = T> + Send + 'static>(task: impl Fn(usize) -> F) -> Vec<T> {
    let running: Vec<_> = (0..RACERS).map(|racer| tokio::spawn(task(racer))).collect();
    let mut said = Vec::with_capacity(RACERS);
    for handle in running {
        said.push(handle.await.unwrap());
    }
    said
}

/// Does what a person does who is told that the server is busy: tries again. Whoever had to wait too long for a connection
/// or for a row was told before anything was written.
async fn patiently<T, F: Future<Output = PortResult<T>>>(mut ask: impl FnMut() -> F) -> T {
    for _ in 0..20 {
        match ask().await {
            Err(error) if error.kind() == FaultKind::Unavailable => {}
            said => return said.unwrap(),
        }
    }
    panic!("the database stayed away");
}

async fn one_right_code_is_redeemed(kind: Kind) {
    let nodes = nodes(kind).await;
    let acme = acme(&nodes[0]).await;
    for round in 0..ROUNDS {
        let flow = flow(&acme);
        let code = sent(&nodes[0], &flow).await;
        let said = race(|racer| {
            let (node, attempt) = (nodes[racer % nodes.len()].clone(), trying(&flow, code));
            async move { patiently(|| node.flows.try_code(attempt.clone())).await }
        })
        .await;
        let redeemed = said.iter().filter(|said| matches!(said, CodeTry::Redeemed(_))).count();
        let spent = said.iter().filter(|said| matches!(said, CodeTry::Spent)).count();
        assert_eq!((redeemed, spent), (1, RACERS - 1), "round {round}");
        let kept = nodes[0].flows.find(acme.id, flow.id).await.unwrap().unwrap();
        assert_eq!(kept.wrong_tries, 0, "a lost race counts on no budget");
    }
}

async fn five_wrong_codes_are_compared(kind: Kind) {
    let nodes = nodes(kind).await;
    let acme = acme(&nodes[0]).await;
    for round in 0..ROUNDS {
        let flow = flow(&acme);
        let code = sent(&nodes[0], &flow).await;
        let said = race(|racer| {
            let (node, attempt) = (nodes[racer % nodes.len()].clone(), trying(&flow, fresh_digest()));
            async move { patiently(|| node.flows.try_code(attempt.clone())).await }
        })
        .await;
        let mut left: Vec<u32> = said
            .iter()
            .filter_map(|said| match said {
                CodeTry::Wrong { tries_left } => Some(*tries_left),
                CodeTry::Over => None,
                other => panic!("{other:?}"),
            })
            .collect();
        left.sort_unstable();
        assert_eq!(left, [0, 1, 2, 3, 4], "round {round}");
        let right = nodes[0].flows.try_code(trying(&flow, code)).await.unwrap();
        assert!(matches!(right, CodeTry::Over), "{right:?}");
    }
}

async fn one_reset_link_resets(kind: Kind) {
    let nodes = nodes(kind).await;
    let acme = acme(&nodes[0]).await;
    let user = customer(&nodes[0], &acme, "jo@example.com").await;
    for round in 0..ROUNDS {
        let link = link(&user, LinkPurpose::ResetPassword, LinkSubject::Person);
        issued(&nodes[0], &link).await;
        let said = race(|racer| {
            let node = nodes[racer % nodes.len()].clone();
            let reset = PasswordReset {
                workspace: acme.id,
                token: link.digest,
                password: PasswordDigest::from_phc(format!("$x${racer}")),
                notices: Vec::new(),
                receipt: receipt(acme.id, NOW),
                now: NOW,
            };
            let row = row(acme.id, AuditAction::PasswordReset);
            async move { patiently(|| node.credentials.reset_password(reset.clone(), row.clone())).await }
        })
        .await;
        let reset = said.iter().filter(|said| **said == ResetOutcome::Reset).count();
        assert_eq!(reset, 1, "round {round}");
    }
}

/// What a hundred racers show at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    AppCode,
    BackupCode,
}

impl Shown {
    fn proof(self, user: &User, step: i64, set: &BackupSet, code: TokenDigest) -> SecondFactorVerified {
        match self {
            Self::AppCode => SecondFactorVerified::by_app(user.id, &AppCodeMatch::of_step(step * 2 + 1)),
            Self::BackupCode => SecondFactorVerified::by_backup_code(user.id, set, code).unwrap(),
        }
    }
}

/// Half of them sign in with one and the same factor, the others prove afresh with it: it opens or renews once.
async fn one_factor_is_spent_once(kind: Kind, shown: Shown) {
    let nodes = nodes(kind).await;
    let acme = acme(&nodes[0]).await;
    let user = customer(&nodes[0], &acme, "jo@example.com").await;
    for round in 0..ROUNDS {
        // Each round has its own time step; backup codes are made anew.
        let step = i64::try_from(round).unwrap() + 10;
        let set = backup_set(10);
        if round % 10 == 0 || shown == Shown::AppCode {
            nodes[0]
                .factors
                .begin_app(acme.id, user.id, pending_app())
                .await
                .unwrap();
            let row = row(acme.id, AuditAction::TwoFactorEnabled);
            let enable = enabling(&user, pending_app(), step * 2);
            assert!(nodes[0].factors.enable_app(enable, row).await.unwrap().is_some());
        }
        let code = set.left[round % 10];
        let proof = || shown.proof(&user, step, &set, code);
        let mut grants = Vec::new();
        for session in nodes[0].own_sessions.list(acme.id, user.id, NOW).await.unwrap() {
            let entry = row(acme.id, AuditAction::SignedOut);
            nodes[0]
                .own_sessions
                .end(acme.id, user.id, session.id, entry)
                .await
                .unwrap();
        }
        let spends = proof().into_spent();
        for _ in 0..RACERS {
            grants.push(grant_with(&nodes[0], &user, Some(proof())).await);
        }
        let mut kept = Vec::new();
        for _ in 0..10 {
            let token = signed_in_past_second_step(&nodes[0], &user).await;
            let theirs = nodes[0].own_sessions.list(acme.id, user.id, NOW).await.unwrap();
            let known = |id| kept.iter().any(|(session, _): &(Session, _)| session.id == id);
            kept.push((theirs.into_iter().find(|session| !known(session.id)).unwrap(), token));
        }
        let grants = std::sync::Arc::new(std::sync::Mutex::new(grants));
        let said = race(|racer| {
            let node = nodes[racer % nodes.len()].clone();
            let (grants, spends, user) = (std::sync::Arc::clone(&grants), spends.clone(), user.clone());
            let (set, (session, from)) = (set.clone(), kept[racer % kept.len()].clone());
            async move {
                let first = grants.lock().unwrap().pop().unwrap();
                if racer % 4 < 2 {
                    let renew = || renewal(&session, (from, fresh_digest()), spends.clone());
                    // Another one of the same session may have renewed it, which is as good as spent.
                    return matches!(patiently(|| node.sessions.renew(renew())).await, Renewed::Renewed(_));
                }
                let mut first = Some(first);
                for _ in 0..20 {
                    let grant = if let Some(grant) = first.take() {
                        grant
                    } else {
                        grant_with(&node, &user, Some(shown.proof(&user, step, &set, code))).await
                    };
                    match node.sessions.open(opening(grant, fresh_digest())).await {
                        Err(error) if error.kind() == FaultKind::Unavailable => {}
                        said => match said.unwrap() {
                            Opened::Open(_) => return true,
                            Opened::FactorSpent => return false,
                            Opened::CredentialsChanged | Opened::IdentityTaken => panic!("nothing was changed"),
                        },
                    }
                }
                panic!("the database stayed away")
            }
        })
        .await;
        let winners = said.iter().filter(|won| **won).count();
        assert_eq!(winners, 1, "round {round}");
        let kept = nodes[0].factors.find(acme.id, user.id).await.unwrap();
        match shown {
            Shown::AppCode => assert_eq!(kept.last_step, Some(step * 2 + 1)),
            Shown::BackupCode => assert_eq!(kept.backup.unwrap().left.len(), 9 - round % 10),
        }
    }
}

/// A session that spends nothing: a passkey shown as the second step may be shown again.
async fn signed_in_past_second_step(ports: &StorePorts, user: &User) -> TokenDigest {
    let known = ports.passkeys.list(user.workspace, user.id).await.unwrap();
    let passkey = match known.into_iter().next() {
        Some(passkey) => passkey,
        None => passkey_of(ports, user).await,
    };
    let assertion = PasskeyAssertion {
        state: "{}".to_owned(),
        synced: false,
        passkey,
    };
    let proof = SecondFactorVerified::by_passkey(PasskeyVerified::from_assertion(assertion));
    let grant = grant_with(ports, user, Some(proof)).await;
    let token = fresh_digest();
    let opened = ports.sessions.open(opening(grant, token)).await.unwrap();
    assert!(matches!(opened, Opened::Open(_)), "{opened:?}");
    token
}

async fn one_ceremony_is_handed_out_once(kind: Kind) {
    let nodes = nodes(kind).await;
    let acme = acme(&nodes[0]).await;
    for round in 0..ROUNDS {
        let ceremony = Ceremony {
            id: CeremonyId::from_uuid(unique()),
            workspace: acme.id,
            binding: Binding::Browser(fresh_digest()),
            purpose: CeremonyPurpose::SignIn {
                return_to: ReturnTo::parse("/"),
            },
            state: format!("challenge {round}"),
            expires_at: later(300),
        };
        nodes[0].passkeys.begin(ceremony.clone()).await.unwrap();
        let said = race(|racer| {
            let (node, ceremony) = (nodes[racer % nodes.len()].clone(), ceremony.clone());
            async move {
                patiently(|| {
                    node.passkeys
                        .take(ceremony.workspace, ceremony.id, ceremony.binding, NOW)
                })
                .await
            }
        })
        .await;
        let taken: Vec<Ceremony> = said.into_iter().flatten().collect();
        assert!(taken == [ceremony], "round {round}: {} took it", taken.len());
    }
}

/// Whatever a hundred do to three addresses of one account at once, one is the primary one, it is proved, and so R49 holds.
async fn addresses_stay_whole(kind: Kind) {
    let nodes = nodes(kind).await;
    let acme = acme(&nodes[0]).await;
    for round in 0..ROUNDS / 2 {
        let user = customer(&nodes[0], &acme, &format!("jo{round}@example.com")).await;
        for n in 0..2 {
            let email = UserEmail {
                id: EmailId::from_uuid(unique()),
                address: address(&format!("jo{round}.{n}@example.org")),
                primary: false,
                verified_at: Some(NOW),
            };
            nodes[0].backdoor.add_email(acme.id, user.id, email).await.unwrap();
        }
        let before = nodes[0].users.find(acme.id, user.id).await.unwrap().unwrap();
        let ids: Vec<EmailId> = before.emails.iter().map(|email| email.id).collect();
        let said = race(|racer| {
            let node = nodes[racer % nodes.len()].clone();
            let (id, user) = (ids[racer % ids.len()], user.id);
            async move {
                patiently(|| async {
                    let entry = row(acme.id, AuditAction::EmailRemoved);
                    if racer % 2 == 0 {
                        node.emails
                            .make_primary(acme.id, user, id, None, Vec::new(), entry)
                            .await
                    } else {
                        node.emails.remove(acme.id, user, id, None, Vec::new(), entry).await
                    }
                })
                .await
            }
        })
        .await;
        assert!(said.contains(&EmailChanged::Done));
        let after = nodes[0].users.find(acme.id, user.id).await.unwrap().unwrap();
        let primary: Vec<_> = after.emails.iter().filter(|email| email.primary).collect();
        assert_eq!(primary.len(), 1, "round {round}: {after:?}");
        assert!(primary[0].verified_at.is_some());
    }
}

async fn one_credential_is_at_one_person(kind: Kind) {
    let nodes = nodes(kind).await;
    let acme = acme(&nodes[0]).await;
    let users = [
        customer(&nodes[0], &acme, "jo@example.com").await,
        customer(&nodes[0], &acme, "ann@example.com").await,
    ];
    for round in 0..ROUNDS / 5 {
        let credential = fresh_digest().as_bytes().to_vec();
        let said = race(|racer| {
            let node = nodes[racer % nodes.len()].clone();
            let passkey = Passkey {
                id: PasskeyId::from_uuid(unique()),
                credential: credential.clone(),
                ..passkey(acme.id, users[racer % 2].id, "Phone", false, NOW)
            };
            async move {
                patiently(|| {
                    let entry = row(acme.id, AuditAction::PasskeyAdded);
                    node.passkeys.add(passkey.clone(), 20, Vec::new(), entry)
                })
                .await
            }
        })
        .await;
        let added = said.iter().filter(|said| **said == PasskeyAdded::Added).count();
        let known = said.iter().filter(|said| **said == PasskeyAdded::Known).count();
        assert_eq!((added, known), (1, RACERS - 1), "round {round}");
    }
    // And each person has no more than one may have, however many come at once.
    let said = race(|racer| {
        let node = nodes[racer % nodes.len()].clone();
        let passkey = Passkey {
            id: PasskeyId::from_uuid(unique()),
            credential: fresh_digest().as_bytes().to_vec(),
            ..passkey(acme.id, users[0].id, "Phone", false, NOW)
        };
        async move {
            patiently(|| {
                let entry = row(acme.id, AuditAction::PasskeyAdded);
                node.passkeys.add(passkey.clone(), 20, Vec::new(), entry)
            })
            .await
        }
    })
    .await;
    assert!(said.contains(&PasskeyAdded::TooMany));
    assert_eq!(nodes[0].passkeys.list(acme.id, users[0].id).await.unwrap().len(), 20);
}

/// Ten accounts claim one mailbox, and the links of all are used at once.
async fn one_account_proves_an_address(kind: Kind) {
    let nodes = nodes(kind).await;
    let acme = acme(&nodes[0]).await;
    let mut users = Vec::new();
    for n in 0..10 {
        users.push(customer(&nodes[0], &acme, &format!("jo{n}@example.com")).await);
    }
    for round in 0..ROUNDS / 5 {
        let mailbox = address(&format!("mail{round}@example.org"));
        let mut tokens = Vec::new();
        for user in &users {
            let mut proof = link(user, LinkPurpose::VerifyEmail, LinkSubject::Person);
            proof.address = mailbox.key();
            tokens.push(proof.digest);
            let add = AddEmail {
                workspace: acme.id,
                user: user.id,
                id: EmailId::from_uuid(unique()),
                address: mailbox.clone(),
                limit: 20,
                link: Some(proof),
                mail: None,
                notices: Vec::new(),
                now: NOW,
            };
            let entry = row(acme.id, AuditAction::EmailAdded);
            assert_eq!(nodes[0].emails.add(add, entry).await.unwrap(), EmailAdded::Added);
        }
        let said = race(|racer| {
            let (node, token) = (nodes[racer % nodes.len()].clone(), tokens[racer % tokens.len()]);
            async move {
                patiently(|| {
                    let entry = row(acme.id, AuditAction::EmailProved);
                    node.emails.verify(acme.id, &token, Vec::new(), NOW, entry)
                })
                .await
            }
        })
        .await;
        let verified = said.iter().filter(|said| **said == EmailVerified::Verified).count();
        assert_eq!(verified, 1, "round {round}");
        let owner = nodes[0].users.find_for_sign_in(acme.id, &mailbox.key()).await.unwrap();
        let owner = owner.unwrap().user;
        assert!(owner.email(&mailbox.key()).unwrap().verified_at.is_some());
    }
}

/// The owner of a mailbox comes, proved, and a form knows the same mailbox by hearsay.
async fn one_person_is_made_of_a_proof_and_a_claim(kind: Kind) {
    let nodes = nodes(kind).await;
    let acme = acme(&nodes[0]).await;
    for round in 0..ROUNDS {
        let email = format!("jo{round}@example.com");
        let said = race(|racer| {
            let node = nodes[racer % nodes.len()].clone();
            let proved = Person::customer(acme.id, &email);
            let mut person = if racer % 4 < 2 { proved } else { proved.unproved() };
            person.user.id = UserId::from_uuid(unique());
            for email in &mut person.user.emails {
                email.id = EmailId::from_uuid(unique());
            }
            async move {
                patiently(|| {
                    let entry = row(acme.id, AuditAction::UserCreated);
                    node.users.create(person.to_new_user(), entry)
                })
                .await
            }
        })
        .await;
        let created = said.iter().filter(|said| **said == UserCreated::Created).count();
        assert_eq!(created, 1, "round {round}");
    }
}

macro_rules! on_both {
    ($($sqlite:ident $postgres:ident: |$kind:ident| $task:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $sqlite() {
            let $kind = Kind::Sqlite;
            $task.await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $postgres() {
            let $kind = Kind::Postgres;
            $task.await;
        }
    )*};
}

on_both! {
    race_r70_one_time_step_is_spent_once_on_sqlite
    race_r70_one_time_step_is_spent_once_on_two_nodes_over_postgres:
        |kind| one_factor_is_spent_once(kind, Shown::AppCode);
    race_r74_one_backup_code_is_spent_once_on_sqlite
    race_r74_one_backup_code_is_spent_once_on_two_nodes_over_postgres:
        |kind| one_factor_is_spent_once(kind, Shown::BackupCode);
    race_r76_one_ceremony_is_handed_out_once_on_sqlite
    race_r76_one_ceremony_is_handed_out_once_on_two_nodes_over_postgres:
        |kind| one_ceremony_is_handed_out_once(kind);
    race_r76_one_credential_is_at_one_person_on_sqlite
    race_r76_one_credential_is_at_one_person_on_two_nodes_over_postgres:
        |kind| one_credential_is_at_one_person(kind);
    race_r49_addresses_stay_whole_on_sqlite
    race_r49_addresses_stay_whole_on_two_nodes_over_postgres:
        |kind| addresses_stay_whole(kind);
    race_r48_one_account_proves_an_address_on_sqlite
    race_r48_one_account_proves_an_address_on_two_nodes_over_postgres:
        |kind| one_account_proves_an_address(kind);
    race_a2_one_person_is_made_of_a_proof_and_a_claim_on_sqlite
    race_a2_one_person_is_made_of_a_proof_and_a_claim_on_two_nodes_over_postgres:
        |kind| one_person_is_made_of_a_proof_and_a_claim(kind);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_r28_one_of_a_hundred_right_codes_is_redeemed_on_sqlite() {
    one_right_code_is_redeemed(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_r28_one_of_a_hundred_right_codes_is_redeemed_on_two_nodes_over_postgres() {
    one_right_code_is_redeemed(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_r22_five_of_a_hundred_wrong_codes_are_compared_on_sqlite() {
    five_wrong_codes_are_compared(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_r22_five_of_a_hundred_wrong_codes_are_compared_on_two_nodes_over_postgres() {
    five_wrong_codes_are_compared(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_r28_one_of_a_hundred_resets_with_one_link_succeeds_on_sqlite() {
    one_reset_link_resets(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_r28_one_of_a_hundred_resets_with_one_link_succeeds_on_two_nodes_over_postgres() {
    one_reset_link_resets(Kind::Postgres).await;
}
