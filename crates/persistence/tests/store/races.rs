//! Fifty rounds of a hundred at once, on one node over SQLite and on two nodes over PostgreSQL (G1).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::SecretId;
use doorward_domain::one_time::{Link, LinkPurpose, LinkSubject};
use doorward_domain::ports::{CodeTry, FaultKind, IssueLink, PasswordReset, PortResult, ResetOutcome};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::PasswordDigest;
use doorward_domain::testing::contract::StorePorts;
use doorward_persistence::Station;

use crate::given::{NOW, acme, customer, flow, fresh_digest, later, receipt, row, sent, trying, unique};
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
        let link = Link {
            id: SecretId::from_uuid(unique()),
            workspace: acme.id,
            purpose: LinkPurpose::ResetPassword,
            user: user.id,
            subject: LinkSubject::Person,
            address: user.primary_email().unwrap().address.key(),
            digest: fresh_digest(),
            return_to: ReturnTo::parse("/"),
            issued_at: NOW,
            expires_at: later(3_600),
        };
        let issue = IssueLink {
            link: Some(link.clone()),
            live_links: 3,
            mail: None,
            receipt: None,
            audit: row(acme.id, AuditAction::ResetRequested),
        };
        nodes[0].links.issue(issue).await.unwrap();
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
