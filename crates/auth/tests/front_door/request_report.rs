//! B17, B16, R112: the report to the mailbox of whoever has trouble.

use doorward_auth::recovery::request_report::{ReportRequest, ReportRequested};
use doorward_domain::audit::AuditAction;
use doorward_domain::how_to::{GuideWay, HowToStep};
use doorward_domain::mail::Message;
use doorward_domain::reason::PublicReason;
use doorward_domain::report::{MailFate, MailSort, ReportStanding, SignInReport};
use doorward_domain::testing::{Person, address};

use crate::house::{Browser, House};

const EMAIL: &str = "jo@example.com";

async fn ask(browser: &Browser<'_>, email: &str) -> ReportRequested {
    let request = ReportRequest {
        workspace: browser.house.given.workspace.clone(),
        address: address(email),
    };
    let recovery = browser.house.auth.recovery();
    recovery.request_report(&browser.caller, request).await.unwrap()
}

fn report_to(house: &House, email: &str) -> (SignInReport, Option<String>) {
    match house.given.store.messages_to(email).pop() {
        Some(Message::SignInReport {
            report, sign_up_url, ..
        }) => (*report, sign_up_url),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn b17_the_mailbox_learns_its_ways_in_what_became_of_its_mails_and_what_to_do() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.browser().ask_code(EMAIL).await;
    let code = house.given.store.last_code_to(EMAIL).unwrap();
    ask(&house.browser(), EMAIL).await;
    let (report, sign_up) = report_to(&house, EMAIL);
    assert_eq!(report.standing, ReportStanding::Open);
    assert_eq!(report.open, [GuideWay::Password, GuideWay::EmailCode]);
    assert_eq!(report.mails.len(), 1);
    assert_eq!(
        (report.mails[0].sort, report.mails[0].fate),
        (MailSort::Code, MailFate::OnItsWay)
    );
    assert!(matches!(report.next[0], HowToStep::Open { .. }));
    assert_eq!(sign_up, None);
    let whole = serde_json::to_string(&house.given.store.messages_to(EMAIL).pop().unwrap()).unwrap();
    assert!(!whole.contains(&code), "no code that was mailed before: {whole}");
    assert_eq!(house.audited(AuditAction::ReportRequested), 1);
}

#[tokio::test]
async fn b16_the_answer_is_the_same_for_nobody_and_for_those_who_may_not_come_in() {
    let house = House::new().await;
    house
        .given
        .person(Person::customer(house.given.workspace.id, "off@example.com").disabled());
    house.given.customer(EMAIL);
    let masked = |first: char| ReportRequested::Sent {
        masked: format!("{first}•••@e•••.com"),
    };
    assert_eq!(ask(&house.browser(), "nobody@example.com").await, masked('n'));
    assert_eq!(ask(&house.browser(), "off@example.com").await, masked('o'));
    assert_eq!(ask(&house.browser(), EMAIL).await, masked('j'));
    let (unknown, sign_up) = report_to(&house, "nobody@example.com");
    assert_eq!(unknown.standing, ReportStanding::Unknown);
    assert_eq!(sign_up.as_deref(), Some("https://acme.help.example/sign-up"));
    assert!(unknown.next.is_empty() && unknown.open.is_empty());
    let (off, _) = report_to(&house, "off@example.com");
    assert_eq!(off.standing, ReportStanding::Closed);
    assert!(off.open.is_empty() && off.next.is_empty());
}

#[tokio::test]
async fn r112_reports_have_a_budget_and_count_with_the_other_mails() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    for email in [EMAIL, "nobody@example.com"] {
        for _ in 0..3 {
            ask(&house.browser(), email).await;
        }
        match ask(&house.browser(), email).await {
            ReportRequested::Refused(refused) => assert_eq!(refused.reason, PublicReason::TryLater),
            other @ ReportRequested::Sent { .. } => panic!("{other:?}"),
        }
    }
    let mailed = house.given.store.messages_to(EMAIL).len();
    for _ in 0..12 {
        house.wait(16 * 60);
        ask(&house.browser(), EMAIL).await;
        house.browser().forgot(EMAIL).await;
    }
    let all = house.given.store.messages_to(EMAIL).len();
    assert!(all > mailed && all <= 10, "{all} mails in a day, by whatever flow");
}
