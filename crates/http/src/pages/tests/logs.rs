//! C5, C6, R97, R102, R103, R113: the pages of the logs.

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::MailId;
use doorward_domain::mail::{Delivery, Message, NewMail, Sender};
use doorward_domain::ports::{Audit as _, Outbox as _};
use doorward_domain::role::Role;
use doorward_domain::testing::{PASSWORD, Person, address, audit};
use doorward_domain::workspace::FootLinks;

use super::house::{Browser, House};

async fn at_work(house: &House, role: Role) -> Browser {
    let email = format!("{}@staff.example", role.as_str());
    house
        .given
        .person(Person::customer(house.given.workspace.id, &email).role(role));
    let mut browser = house.browser();
    assert_eq!(browser.sign_in(&email, PASSWORD).await.location(), "/");
    browser
}

async fn carry(house: &House, delivery: &Delivery) {
    let (store, now) = (&house.given.store, house.now());
    let lease = uuid::Uuid::from_u128(7);
    let until = now.plus(std::time::Duration::from_mins(1));
    for leased in store.lease(lease, now, until, 100).await.unwrap() {
        assert!(
            store
                .record(leased.mail.id, lease, delivery.clone(), now)
                .await
                .unwrap()
        );
    }
}

const PAYLOAD: &str = "=cmd|' /C calc'!A0\",<script>alert(1)</script>";

#[tokio::test]
async fn c5_a_mail_is_found_by_its_address_and_tells_its_story_without_its_code() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut jo = house.browser();
    jo.ask_code("/sign-in", "jo@example.com").await;
    let code = house.code("jo@example.com");
    let refused = Delivery::Refused {
        reply: format!("550 5.1.1 {PAYLOAD}"),
    };
    carry(&house, &refused).await;
    let mut admin = at_work(&house, Role::Admin).await;
    let list = admin.get("/admin/mail?to=jo%40example.com").await;
    list.shows(200, "data-state=\"refused\"");
    list.shows(200, "data-reach=\"unreachable\"");
    assert!(!list.body.contains("<script>alert") && !list.body.contains(&code));
    let mails = house.given.store.outbox();
    let mail = mails
        .iter()
        .find(|kept| kept.mail.to.as_str() == "jo@example.com")
        .unwrap();
    let page = format!("/admin/mail/{}", mail.mail.id);
    let story = admin.get(&page).await;
    story.shows(200, "data-event=\"asked-for\"");
    story.shows(200, "data-event=\"refused\"");
    assert!(!story.body.contains("<script>alert") && !story.body.contains(&code));
    let action = format!("{page}/send-again");
    let sent = admin.fill(&story, &action, &action, &[]).await;
    assert_eq!((sent.status.as_u16(), sent.location()), (303, page.as_str()));
    assert_ne!(house.code("jo@example.com"), code);
    for wrong in ["/admin/mail?to=nonsense", "/admin/mail?from=yesterday"] {
        admin.get(wrong).await.shows(422, "aria-invalid");
    }
    admin.get("/admin/mail/not-an-id").await.shows(404, "");
    let nobody = format!("/admin/mail/{}", uuid::Uuid::from_u128(9));
    admin.get(&nobody).await.shows(404, "");
}

#[tokio::test]
async fn r113_a_test_mail_goes_to_whoever_presses_the_button() {
    let house = House::new().await;
    let mut admin = at_work(&house, Role::Admin).await;
    let list = admin.get("/admin/mail").await;
    let sent = admin.fill(&list, "/admin/mail/test", "/admin/mail/test", &[]).await;
    assert_eq!(sent.status.as_u16(), 303);
    let page = admin.follow(&sent).await;
    page.shows(200, "admin@staff.example");
    assert_eq!(house.given.store.messages_to("admin@staff.example").len(), 1);
}

#[tokio::test]
async fn c6_rows_are_filtered_and_paged_and_no_cell_can_be_injected() {
    let house = House::new().await;
    let mut admin = at_work(&house, Role::Admin).await;
    let workspace = house.given.workspace.id;
    let mut jo = Person::customer(workspace, "jo@example.com");
    PAYLOAD.clone_into(&mut jo.user.name);
    let jo = house.given.person(jo);
    for n in 0..60 {
        house.wait(1);
        let mut entry = audit(workspace, AuditAction::PasswordSet, house.now()).with_detail(PAYLOAD);
        entry.subject = (n % 2 == 0).then_some(jo.id);
        house.given.store.append(entry).await.unwrap();
    }
    let first = admin.get("/admin/audit?action=password-set").await;
    first.shows(200, "data-action=\"password-set\"");
    assert_eq!(first.body.matches("data-action=").count(), 50);
    assert!(
        !first.body.contains("<script>alert"),
        "a cell is what it says, not what it does"
    );
    let next = first.body.split("rel=\"next\"").next().unwrap();
    let next = next.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    let next = next.replace("&#x2f;", "/").replace("&amp;", "&");
    let second = admin.get(&next).await;
    assert_eq!(second.body.matches("data-action=").count(), 10);
    let theirs = admin
        .get("/admin/audit?action=password-set&whom=jo%40example.com")
        .await;
    assert_eq!(theirs.body.matches("data-action=").count(), 30);
    admin
        .get("/admin/audit?whom=nobody%40example.com")
        .await
        .shows(422, "aria-invalid");
    admin
        .get("/admin/audit?address=somewhere")
        .await
        .shows(422, "aria-invalid");
}

#[tokio::test]
async fn r103_an_export_is_quoted_and_runs_no_formula() {
    let house = House::new().await;
    let mut admin = at_work(&house, Role::Admin).await;
    let workspace = house.given.workspace.id;
    let entry = audit(workspace, AuditAction::PasswordSet, house.now()).with_detail(PAYLOAD);
    house.given.store.append(entry).await.unwrap();
    house.wait(1);
    let (status, headers, bytes) = admin.fetch("/admin/audit/export?format=csv&action=password-set").await;
    assert_eq!(status.as_u16(), 200);
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    let quoted = format!("\"'{}\"", PAYLOAD.replace('"', "\"\""));
    assert!(text.contains(&quoted), "{text}");
    let (_, _, bytes) = admin
        .fetch("/admin/audit/export?format=jsonl&action=password-set")
        .await;
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let row: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
    assert_eq!(row["detail"], PAYLOAD);
    let written = house.given.store.audit_rows();
    let exports = written.iter().filter(|row| row.action == AuditAction::AuditExported);
    assert_eq!(exports.count(), 2);
}

/// A look at the page of a link stands in the timeline, and spends nothing (R34).
#[tokio::test]
async fn c5_the_page_of_a_link_counts_as_opened_once_and_the_link_still_works() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut jo = house.browser();
    let asked = jo
        .open_and_fill("/forgot-password", "/forgot-password", &[("email", "jo@example.com")])
        .await;
    assert!(asked.status.as_u16() < 400);
    let link = house.link("jo@example.com");
    for _ in 0..3 {
        let followed = jo.get(&link).await;
        jo.follow(&followed).await.shows(200, "password");
    }
    let mails = house.given.store.outbox();
    let mail = mails
        .iter()
        .find(|kept| kept.mail.message.kind() == "reset-link")
        .unwrap();
    let kinds: Vec<_> = mail.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["opened"]);
}

/// A mail of that kind that says all that any kind says, with secrets in it.
fn full_of_secrets(kind: &str) -> serde_json::Value {
    let by = serde_json::json!({"at": 1_893_456_000_000_000_i64, "device": {"browser": "Firefox", "system": "Linux"}});
    let links = [
        "url",
        "sign_up_url",
        "forgot_password_url",
        "not_me_url",
        "revert_url",
        "security_url",
        "stop_url",
        "restore_url",
    ];
    let mut message = serde_json::json!({
        "kind": kind, "code": "CANARY7", "minutes": 10, "hours": 24, "days": 7, "at": by["at"], "until": by["at"],
        "due_at": by["at"], "asked_by": by, "by": by, "open": ["password"], "method": "password", "account": "Canary Jo",
        "change": "added", "address": "canary-masked", "what": {"event": "passkey-added", "name": "Canary key"},
        "action": "set-password", "event": "announced", "door": "backup-sign-in", "who": "Canary Olga",
        "report": {"standing": "unknown", "open": [], "second_factor": {"state": "none"}, "waits_until": null, "mails": [],
            "next": []},
    });
    for link in links {
        message[link] = format!("https://canary.example/{link}/CANARYTOKEN").into();
    }
    message
}

#[tokio::test]
async fn c5_of_every_kind_of_mail_the_page_tells_the_story_and_never_what_it_said() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let mut admin = at_work(&house, Role::Admin).await;
    for (n, kind) in Message::KINDS.iter().enumerate() {
        // A kind with a field of its own does not fit, and has to be walked with it.
        let message: Message = serde_json::from_value(full_of_secrets(kind)).unwrap();
        assert_eq!(message.kind(), *kind);
        let id = MailId::from_uuid(uuid::Uuid::from_u128(0xF000 + n as u128));
        let mail = NewMail {
            id,
            workspace: house.given.workspace.id,
            to: address("jo@example.com"),
            user: Some(jo.id),
            sender: Sender {
                workspace_name: "Acme".to_owned(),
                sign_in_url: "https://canary.example/sign-in".to_owned(),
                accent: None,
                from: None,
                from_name: None,
                links: FootLinks::default(),
            },
            message,
            language: "en".to_owned(),
            time_zone: None,
            expires_at: None,
            created_at: house.now(),
        };
        house.given.store.enqueue(mail).await.unwrap();
        let (page, action) = (format!("/admin/mail/{id}"), format!("/admin/mail/{id}/send-again"));
        let waiting = admin.get(&page).await;
        waiting.shows(200, "data-event=\"asked-for\"");
        waiting.shows(200, "send-again");
        let refused = Delivery::Refused {
            reply: "550 5.1.1 no such user".to_owned(),
        };
        carry(&house, &refused).await;
        let told = admin.get(&page).await;
        told.shows(200, "550 5.1.1 no such user");
        let list = admin.get("/admin/mail?to=jo%40example.com").await;
        list.shows(200, &id.to_string());
        for body in [&waiting.body, &told.body, &list.body] {
            assert!(!body.to_ascii_lowercase().contains("canary"), "{kind}: {body}");
        }
        let before = house.given.store.outbox().len();
        if told.body.contains("send-again") {
            let sent = admin.fill(&told, &action, &action, &[]).await;
            assert_eq!(sent.status.as_u16(), 303, "{kind}");
            assert_eq!(
                house.given.store.outbox().len(),
                before + 1,
                "{kind}: something fresh is sent"
            );
            carry(&house, &refused).await;
        } else {
            told.shows(200, "It cannot be sent again");
            // Whoever presses all the same hears the same.
            let token = waiting.hidden(&action);
            let token: Vec<(&str, &str)> = token.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            admin.post(&action, &token).await.shows(409, "It cannot be sent again");
            assert_eq!(house.given.store.outbox().len(), before, "{kind}");
        }
    }
}

/// Every action and every kind of mail is told in words, in every language.
#[test]
fn c6_every_action_and_kind_has_words() {
    use doorward_domain::words::Words;

    use crate::render::{Renderer, RendererOptions};
    let renderer = Renderer::new(&RendererOptions::default()).unwrap();
    let catalogue = renderer.catalogue();
    for language in catalogue.languages() {
        let actions = AuditAction::ALL
            .iter()
            .map(|action| ("audit-action", "action", action.as_str()));
        let kinds = Message::KINDS.iter().map(|kind| ("mail-log-kind", "kind", *kind));
        for (key, argument, name) in actions.chain(kinds) {
            let told = catalogue.say(language, &Words::key(key).with(argument, name)).unwrap();
            assert!(
                !told.contains(name) || !name.contains('-'),
                "{language}: {key} lacks {name}: {told}"
            );
        }
    }
}
