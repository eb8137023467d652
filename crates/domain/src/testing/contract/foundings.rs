//! Contracts of [`Foundings`](crate::ports::Foundings) and [`Tickets`](crate::ports::Tickets).

use super::support::{NOW, acme, another, customer, fresh_token, later, race, row, spent_row, uuid, was_audited};
use super::{RACERS, StorePorts};
use crate::founding::{Founding, RedeemedTicket, Ticket, TicketPurpose};
use crate::ids::{MailId, WorkspaceId};
use crate::mail::{Message, NewMail, Sender};
use crate::ports::{FoundingCode, FoundingTry, TryFoundingCode};
use crate::secret::{PasswordDigest, TokenDigest};
use crate::sign_in::Binding;
use crate::testing::address;
use crate::workspace::Slug;

/// The source of this suite.
pub const SOURCE: &str = include_str!("foundings.rs");

const TRIES: u32 = 5;

fn founding(binding: Binding) -> Founding {
    Founding {
        workspace: WorkspaceId::from_uuid(uuid()),
        binding,
        wanted: Some((Slug::parse("new-one").unwrap(), "New One".to_owned())),
        person_name: "Jo".to_owned(),
        address: address("Jo@Example.com"),
        language: Some("ar".to_owned()),
        password: Some(PasswordDigest::from_phc("$argon2id$x".to_owned())),
        from: None,
        wrong_tries: 0,
        last_sent_at: NOW,
        proved_at: None,
        created_at: NOW,
        expires_at: later(1_800),
    }
}

fn browser() -> Binding {
    Binding::Browser(fresh_token())
}

fn code(digest: TokenDigest) -> FoundingCode {
    FoundingCode {
        digest,
        expires_at: later(600),
    }
}

fn mail(founding: &Founding) -> NewMail {
    NewMail {
        id: MailId::from_uuid(uuid()),
        workspace: founding.workspace,
        to: founding.address.clone(),
        user: None,
        sender: Sender {
            workspace_name: "New One".to_owned(),
            sign_in_url: "http://new-one.localhost/sign-in".to_owned(),
            accent: None,
            from: None,
            from_name: None,
            links: crate::workspace::FootLinks::default(),
        },
        message: Message::Test,
        language: "en".to_owned(),
        time_zone: None,
        expires_at: None,
        created_at: NOW,
    }
}

async fn begun(store: &StorePorts) -> (Founding, TokenDigest) {
    let (founding, digest) = (founding(browser()), fresh_token());
    let with_code = Some((code(digest), mail(&founding)));
    store.foundings.begin(founding.clone(), with_code).await.unwrap();
    (founding, digest)
}

async fn try_code(store: &StorePorts, founding: &Founding, digest: Option<TokenDigest>, second: u64) -> FoundingTry {
    let attempt = TryFoundingCode {
        workspace: founding.workspace,
        binding: founding.binding,
        digest,
        max_tries: TRIES,
        now: later(second),
    };
    store.foundings.try_code(attempt).await.unwrap()
}

/// What is begun comes back as it was, with its mail on the way, though its workspace does not exist.
pub async fn foundings_come_back_as_they_were_begun(store: &StorePorts) {
    let (kept, _) = begun(store).await;
    assert_eq!(store.foundings.find(kept.workspace).await.unwrap(), Some(kept.clone()));
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "ann@example.com").await;
    let of_customer = Founding {
        wanted: None,
        password: None,
        language: None,
        from: Some((workspace.id, user.id)),
        proved_at: Some(NOW),
        ..founding(Binding::Bearer)
    };
    store.foundings.begin(of_customer.clone(), None).await.unwrap();
    assert_eq!(
        store.foundings.find(of_customer.workspace).await.unwrap(),
        Some(of_customer)
    );
    let key = kept.address.key();
    let mails = store.outbox.last_to(kept.workspace, &key, 10).await.unwrap();
    assert_eq!(mails.len(), 1);
    store.foundings.end(kept.workspace).await.unwrap();
    assert_eq!(store.foundings.find(kept.workspace).await.unwrap(), None);
}

/// Every code is good as long as it lives, in the browser that asked; wrong ones are counted over all of them.
pub async fn codes_are_counted_over_all_of_them(store: &StorePorts) {
    let (kept, first) = begun(store).await;
    let second = fresh_token();
    let late = FoundingCode {
        expires_at: later(700),
        ..code(second)
    };
    let again = store.foundings.send_again(kept.workspace, late, mail(&kept), later(40));
    assert!(again.await.unwrap());
    let nobody = store
        .foundings
        .send_again(WorkspaceId::from_uuid(uuid()), late, mail(&kept), later(40));
    assert!(!nobody.await.unwrap());
    let found = store.foundings.find(kept.workspace).await.unwrap().unwrap();
    assert_eq!(found.last_sent_at, later(40));

    let elsewhere = Founding {
        binding: browser(),
        ..kept.clone()
    };
    assert_eq!(try_code(store, &elsewhere, Some(first), 50).await, FoundingTry::Over);
    assert_eq!(
        try_code(store, &kept, None, 50).await,
        FoundingTry::Wrong { tries_left: TRIES - 1 }
    );
    for digest in [first, second] {
        let FoundingTry::Proved(proved) = try_code(store, &kept, Some(digest), 60).await else {
            panic!("it is right")
        };
        assert_eq!((proved.proved_at, proved.wrong_tries), (Some(later(60)), 1));
    }
    assert_eq!(try_code(store, &kept, Some(first), 600).await, FoundingTry::Expired);
    assert_eq!(try_code(store, &kept, Some(first), 1_800).await, FoundingTry::Over);
    let found = store.foundings.find(kept.workspace).await.unwrap().unwrap();
    assert_eq!((found.proved_at, found.wrong_tries), (Some(later(60)), 1));
}

/// However many wrong codes are tried at once, no more than the budget are compared.
pub async fn a_race_of_wrong_codes_ends_it(store: &StorePorts) {
    let (kept, right) = begun(store).await;
    let said = race(RACERS, |_| {
        let (store, kept) = (store.clone(), kept.clone());
        async move { try_code(&store, &kept, Some(fresh_token()), 1).await }
    })
    .await;
    let compared = said.iter().filter(|said| matches!(said, FoundingTry::Wrong { .. }));
    assert_eq!(compared.count(), TRIES as usize);
    assert_eq!(try_code(store, &kept, Some(right), 2).await, FoundingTry::Over);
}

/// An address that looks like another workspace's is found.
pub async fn look_alikes_are_found(store: &StorePorts) {
    another(store, "acme-mills").await;
    for (slug, has) in [
        ("acme-mills", true),
        ("acmemills", true),
        ("acrne-m1lls", true),
        ("acme-mile", false),
    ] {
        let found = store.foundings.has_like(&Slug::parse(slug).unwrap()).await.unwrap();
        assert_eq!(found, has, "{slug}");
    }
}

/// What is over is swept; the rest stays.
pub async fn what_is_over_is_swept(store: &StorePorts) {
    let (kept, _) = begun(store).await;
    assert_eq!(store.foundings.sweep(later(1_799)).await.unwrap(), 0);
    assert_eq!(store.foundings.sweep(later(1_800)).await.unwrap(), 1);
    assert_eq!(store.foundings.find(kept.workspace).await.unwrap(), None);
    let workspace = acme(store).await;
    let ticket = ticket(store, &workspace, TicketPurpose::Found).await;
    assert_eq!(store.tickets.sweep(later(59)).await.unwrap(), 0);
    assert_eq!(store.tickets.sweep(later(60)).await.unwrap(), 1);
    let gone = store
        .tickets
        .redeem(workspace.id, &ticket.digest, ticket.purpose, later(1));
    assert_eq!(gone.await.unwrap(), None);
}

async fn ticket(store: &StorePorts, workspace: &crate::workspace::Workspace, purpose: TicketPurpose) -> Ticket {
    let user = customer(store, workspace, &format!("{}@example.com", uuid())).await;
    let ticket = Ticket {
        workspace: workspace.id,
        user: user.id,
        purpose,
        digest: fresh_token(),
        password_chosen: purpose == TicketPurpose::Arrive,
        expires_at: later(60),
    };
    let entry = row(workspace.id);
    store.tickets.issue(ticket.clone(), entry.clone()).await.unwrap();
    assert!(was_audited(store, &entry).await);
    ticket
}

/// A ticket is given out once, to whoever asks in its workspace, for its purpose, in its time.
pub async fn a_ticket_is_given_out_once(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    for purpose in [TicketPurpose::Found, TicketPurpose::Arrive] {
        let kept = ticket(store, &workspace, purpose).await;
        let wrong = match purpose {
            TicketPurpose::Found => TicketPurpose::Arrive,
            TicketPurpose::Arrive => TicketPurpose::Found,
        };
        for (place, purpose, second) in [
            (workspace.id, wrong, 1),
            (other.id, purpose, 1),
            (workspace.id, purpose, 60),
        ] {
            let refused = store.tickets.redeem(place, &kept.digest, purpose, later(second));
            assert_eq!(refused.await.unwrap(), None);
        }
        let said = race(RACERS, |_| {
            let (store, kept) = (store.clone(), kept.clone());
            async move {
                let redeemed = store
                    .tickets
                    .redeem(kept.workspace, &kept.digest, kept.purpose, later(59));
                redeemed.await.unwrap()
            }
        })
        .await;
        let given: Vec<_> = said.into_iter().flatten().collect();
        assert_eq!(given, [RedeemedTicket { ticket: kept }]);
    }
}

/// A ticket whose audit row cannot be written is none.
pub async fn a_ticket_comes_with_its_audit_row(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let ticket = Ticket {
        workspace: workspace.id,
        user: user.id,
        purpose: TicketPurpose::Found,
        digest: fresh_token(),
        password_chosen: false,
        expires_at: later(60),
    };
    let spent = spent_row(store, &workspace).await;
    store.tickets.issue(ticket.clone(), spent).await.unwrap_err();
    let redeemed = store
        .tickets
        .redeem(workspace.id, &ticket.digest, ticket.purpose, later(1));
    assert_eq!(redeemed.await.unwrap(), None);
}
