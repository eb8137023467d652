//! What the outbox holds is sealed, and gone once it is sent (R29, R110).

use std::collections::HashSet;
use std::time::Duration;

use doorward_domain::client::Device;
use doorward_domain::ids::MailId;
use doorward_domain::mail::{AskedBy, Delivery, Message, NewMail, Sender};
use doorward_domain::testing::address;
use doorward_domain::workspace::{FootLinks, Workspace};
use doorward_persistence::Station;

use crate::given::{NOW, acme, later, unique};
use crate::stores::{Kind, Raw, keys, ports};

const CODE: &str = "7KQ2MXR";

fn mail(workspace: &Workspace) -> NewMail {
    NewMail {
        id: MailId::from_uuid(unique()),
        workspace: workspace.id,
        to: address("jo@example.com"),
        user: None,
        sender: Sender {
            workspace_name: "Acme".to_owned(),
            sign_in_url: "https://acme.example.com/sign-in".to_owned(),
            accent: None,
            from: None,
            from_name: None,
            links: FootLinks::default(),
        },
        message: Message::SignInCode {
            code: CODE.to_owned(),
            minutes: 10,
            asked_by: AskedBy {
                at: NOW,
                device: Device::of("curl/8"),
            },
        },
        language: "en".to_owned(),
        time_zone: Some("Europe/Berlin".to_owned()),
        expires_at: Some(later(600)),
        created_at: NOW,
    }
}

async fn payloads(raw: &Raw) -> Vec<Option<Vec<u8>>> {
    const SQL: &str = "SELECT payload FROM outbox";
    match raw {
        Raw::Sqlite(pool) => sqlx::query_scalar(SQL).fetch_all(pool).await.unwrap(),
        Raw::Postgres(pool) => sqlx::query_scalar(SQL).fetch_all(pool).await.unwrap(),
    }
}

async fn sealed_and_wiped(kind: Kind) {
    let outcomes = [
        Delivery::Delivered {
            reply: "250 ok".to_owned(),
        },
        Delivery::Refused {
            reply: "550 no".to_owned(),
        },
        Delivery::Expired,
    ];
    for outcome in outcomes {
        let (place, store) = kind.store().await;
        let server = ports(&store, place.clone());
        let acme = acme(&server).await;
        let mail = mail(&acme);
        server.outbox.enqueue(mail.clone()).await.unwrap();
        let sealed = payloads(&place.raw).await.remove(0).unwrap();
        for secret in [CODE, "Acme", "sign-in-code"] {
            assert!(!sealed.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
        let lease = unique();
        let leased = server.outbox.lease(lease, NOW, later(60), 10).await.unwrap();
        assert_eq!(leased[0].mail, mail);
        let deferred = Delivery::Deferred {
            reply: "451 later".to_owned(),
            retry_at: later(5),
        };
        assert!(server.outbox.record(mail.id, lease, deferred, NOW).await.unwrap());
        assert!(payloads(&place.raw).await[0].is_some(), "it has to be sent yet");
        let leased = server.outbox.lease(lease, later(5), later(65), 10).await.unwrap();
        assert_eq!((leased.len(), leased[0].attempts), (1, 1));
        assert!(server.outbox.record(mail.id, lease, outcome, later(6)).await.unwrap());
        assert_eq!(payloads(&place.raw).await, [None]);
        let timeline = place.raw.numbers("SELECT seq FROM mail_events ORDER BY seq").await;
        assert_eq!(timeline, [1, 2]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r29_mails_are_sealed_and_wiped_on_sqlite() {
    sealed_and_wiped(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r29_mails_are_sealed_and_wiped_on_postgres() {
    sealed_and_wiped(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mail_that_cannot_be_read_holds_up_no_other() {
    let (place, store) = Kind::Sqlite.store().await;
    let server = ports(&store, place.clone());
    let acme = acme(&server).await;
    server.outbox.enqueue(mail(&acme)).await.unwrap();
    place.raw.execute("UPDATE outbox SET payload = x'00'").await;
    let fine = mail(&acme);
    server.outbox.enqueue(fine.clone()).await.unwrap();
    let leased = server.outbox.lease(unique(), NOW, later(60), 10).await.unwrap();
    assert_eq!(
        leased.iter().map(|leased| leased.mail.id).collect::<Vec<_>>(),
        [fine.id]
    );
    let depth = server.outbox.depth().await.unwrap();
    assert_eq!(depth.queued, 2, "it is kept, in case its key comes back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mail_that_was_queued_before_time_zones_were_known_still_goes_out() {
    let (place, store) = Kind::Sqlite.store().await;
    let server = ports(&store, place.clone());
    let acme = acme(&server).await;
    let mail = mail(&acme);
    server.outbox.enqueue(mail.clone()).await.unwrap();
    let content = serde_json::json!({ "sender": mail.sender, "message": mail.message, "language": "en" });
    let spot = doorward_persistence::Place {
        table: "outbox",
        column: "payload",
        row: mail.id.as_uuid(),
        workspace: None,
    };
    let sealed = keys().seal(spot, content.to_string().as_bytes()).unwrap();
    let Raw::Sqlite(pool) = &place.raw else { panic!() };
    sqlx::query("UPDATE outbox SET payload = $1")
        .bind(sealed)
        .execute(pool)
        .await
        .unwrap();
    let leased = server.outbox.lease(unique(), NOW, later(60), 10).await.unwrap();
    assert_eq!(
        leased[0].mail,
        NewMail {
            time_zone: None,
            ..mail
        }
    );
}

async fn each_mail_is_leased_once(kind: Kind) {
    let (place, store) = kind.store().await;
    let mut nodes = vec![ports(&store, place.clone())];
    if kind == Kind::Postgres {
        nodes.push(ports(&place.open(Station::Server).await, place.clone()));
    }
    let acme = acme(&nodes[0]).await;
    for _ in 0..300 {
        nodes[0].outbox.enqueue(mail(&acme)).await.unwrap();
    }
    let workers: Vec<_> = (0..8)
        .map(|worker| {
            let node = nodes[worker % nodes.len()].clone();
            tokio::spawn(async move {
                let (lease, mut ids) = (unique(), Vec::new());
                loop {
                    let leased = node.outbox.lease(lease, NOW, later(60), 7).await.unwrap();
                    if leased.is_empty() {
                        return ids;
                    }
                    assert!(leased.len() <= 7);
                    ids.extend(leased.into_iter().map(|leased| leased.mail.id));
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    assert_eq!(all.len(), 300);
    assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_r110_each_mail_is_leased_once_on_sqlite() {
    each_mail_is_leased_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_r110_each_mail_is_leased_once_on_two_nodes_over_postgres() {
    each_mail_is_leased_once(Kind::Postgres).await;
}
