//! C1, C2, R33, R96, R97, R99: the pages of people.

use doorward_domain::role::Role;
use doorward_domain::testing::{PASSWORD, Person};
use doorward_domain::user::User;

use super::house::{Answer, Browser, House};

async fn at_work(house: &House, role: Role) -> Browser {
    let email = format!("{}@staff.example", role.as_str());
    house
        .given
        .person(Person::customer(house.given.workspace.id, &email).role(role));
    let mut browser = house.browser();
    assert_eq!(browser.sign_in(&email, PASSWORD).await.location(), "/");
    browser
}

fn named(house: &House, email: &str, name: &str, role: Role) -> User {
    let mut person = Person::customer(house.given.workspace.id, email).role(role);
    name.clone_into(&mut person.user.name);
    house.given.person(person)
}

/// The page without the escapes of its slashes.
fn plain(page: &Answer) -> String {
    page.body.replace("&#x2f;", "/")
}

/// Where the form goes whose address ends so.
#[track_caller]
fn action(page: &Answer, end: &str) -> String {
    let body = plain(page);
    let mut actions = body
        .split("action=\"")
        .skip(1)
        .filter_map(|part| part.split('"').next());
    let found = actions.find(|action| action.ends_with(end)).map(str::to_owned);
    found.unwrap_or_else(|| panic!("no form goes to {end}: {body}"))
}

/// Presses a button of a page: sends the form that goes to `action`.
async fn press(browser: &mut Browser, page: &Answer, action: &str) -> Answer {
    browser.fill(page, action, action, &[]).await
}

#[tokio::test]
async fn c1_a_search_finds_people_and_two_clicks_later_the_reset_mail_is_on_its_way() {
    let house = House::new().await;
    let jo = named(&house, "jo@example.com", "Jo Lantern", Role::Customer);
    named(&house, "mo@example.com", "Mo Other", Role::Customer);
    let mut admin = at_work(&house, Role::Admin).await;
    for path in ["/admin/users?q=LANT", "/agent/users?q=LANT"] {
        let found = admin.get(path).await;
        found.shows(200, "Jo Lantern");
        assert!(!found.body.contains("Mo Other"), "{path}");
        found.shows(200, "aria-current=");
    }
    let found = admin.get("/admin/users?q=lant").await;
    let act = format!("/admin/users/{}/password-reset-email", jo.id);
    let sent = press(&mut admin, &found, &act).await;
    let person = admin.follow(&sent).await;
    person.shows(200, "The password reset email is on its way.");
    assert_eq!(house.promised.load(std::sync::atomic::Ordering::Relaxed), 1);
    let token = house.link("jo@example.com");
    assert!(
        !person.body.contains(token.rsplit('/').next().unwrap()),
        "staff see no link"
    );
}

#[tokio::test]
async fn c2_the_menu_names_what_can_be_done_in_its_order_and_nothing_that_may_not() {
    let house = House::new().await;
    let jo = named(&house, "jo@example.com", "Jo", Role::Customer);
    let owner = named(&house, "owner@example.com", "The Owner", Role::Owner);
    let mut admin = at_work(&house, Role::Admin).await;
    let page = admin.get(&format!("/admin/users/{}", jo.id)).await;
    let body = plain(&page);
    let id = jo.id.to_string();
    let at = |text: &str| {
        body.find(&text.replace("{id}", &id))
            .unwrap_or_else(|| panic!("{text} is missing"))
    };
    let order = [
        "Send password reset email",
        "Sign out everywhere",
        ">Disable<",
        "Change role",
        "/{id}/organisations\"",
        "New portal link",
    ];
    for pair in order.windows(2) {
        assert!(at(pair[0]) < at(pair[1]), "{pair:?}");
    }
    let above = admin.get(&format!("/admin/users/{}", owner.id)).await;
    above.shows(200, "The Owner");
    assert!(!above.body.contains("Send password reset email"), "R97");
    let mut agent = at_work(&house, Role::Agent).await;
    let page = agent.get(&format!("/admin/users/{}", jo.id)).await;
    page.shows(200, "jo@example.com");
    assert!(!page.body.contains("Send password reset email"), "an agent reads");
    agent.get("/admin/users/new").await.shows(403, "");
    let mut customer = house.browser();
    customer.sign_in("jo@example.com", PASSWORD).await;
    for path in ["/admin/users", "/admin/agents", "/agent/users"] {
        assert_eq!(customer.get(path).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn r97_what_is_not_shown_is_refused_when_it_is_sent_all_the_same() {
    let house = House::new().await;
    let jo = named(&house, "jo@example.com", "Jo", Role::Customer);
    let owner = named(&house, "owner@example.com", "The Owner", Role::Owner);
    let mut admin = at_work(&house, Role::Admin).await;
    let list = admin.get("/admin/users").await;
    let token = list.hidden("/sign-out").remove(0).1;
    let mails = house.given.store.outbox().len();
    for act in [
        "password-reset-email",
        "sign-out",
        "disable",
        "enable",
        "invitation",
        "invitation/revoke",
        "portal-links",
        "edit",
        "organisations",
        "role",
    ] {
        let path = format!("/admin/users/{}/{act}", owner.id);
        let fields = [("form_token", token.as_str()), ("name", "Eve"), ("role", "customer")];
        let said = admin.post(&path, &fields).await;
        assert_eq!(said.status, 403, "{act}: {}", said.body);
    }
    assert_eq!(house.given.store.outbox().len(), mails);
    let mut agent = at_work(&house, Role::Agent).await;
    let list = agent.get("/admin/users").await;
    let token = list.hidden("/sign-out").remove(0).1;
    let path = format!("/admin/users/{}/disable", jo.id);
    let said = agent.post(&path, &[("form_token", &token)]).await;
    assert_eq!(said.status, 403);
    let unknown = "/admin/users/0193fcb8-0000-4000-8000-000000000001";
    assert_eq!(admin.get(unknown).await.status, 404);
    assert_eq!(admin.get("/admin/users/nobody").await.status, 404);
}

#[tokio::test]
async fn c2_disabling_is_done_at_once_and_undone_by_the_button_beside_it() {
    let house = House::new().await;
    let jo = named(&house, "jo@example.com", "Jo", Role::Customer);
    let mut customer = house.browser();
    customer.sign_in("jo@example.com", PASSWORD).await;
    let mut admin = at_work(&house, Role::Admin).await;
    let path = format!("/admin/users/{}", jo.id);
    let page = admin.get(&path).await;
    let done = press(&mut admin, &page, &format!("{path}/disable")).await;
    let page = admin.follow(&done).await;
    page.shows(200, "The person is disabled.");
    assert!(!customer.is_signed_in().await);
    let done = press(&mut admin, &page, &format!("{path}/enable")).await;
    admin.follow(&done).await.shows(200, "The person is enabled again.");
    assert_eq!(customer.sign_in("jo@example.com", PASSWORD).await.location(), "/");
}

#[tokio::test]
async fn r33_a_person_is_added_and_invited_and_the_invitation_taken_back() {
    let house = House::new().await;
    let mut admin = at_work(&house, Role::Admin).await;
    let typed = [
        ("email", "new@example.com"),
        ("name", "New Person"),
        ("role", "customer"),
        ("organisations", "Globex\nInitech"),
        ("invite", "1"),
    ];
    let form = admin.get("/admin/users/new").await;
    let added = admin.fill(&form, "/admin/users", "/admin/users", &typed).await;
    let page = admin.follow(&added).await;
    page.shows(200, "The person was added.");
    page.shows(200, "Initech");
    let link = house.link("new@example.com");
    let revoke = action(&page, "/invitation/revoke");
    let done = press(&mut admin, &page, &revoke).await;
    admin.follow(&done).await.shows(200, "The invitation was taken back.");
    let mut guest = house.browser();
    let opened = guest.get(&link).await;
    let shown = if opened.status == 303 {
        guest.follow(&opened).await
    } else {
        opened
    };
    assert!(!shown.body.contains("name=\"password\""), "R33: {}", shown.body);
    let again = admin.get("/admin/users/new").await;
    let taken = admin.fill(&again, "/admin/users", "/admin/users", &typed).await;
    taken.shows(409, "This address belongs to somebody already.");
    assert_eq!(taken.value_of("email").as_deref(), Some("new@example.com"));
}

#[tokio::test]
async fn r99_joining_the_staff_and_another_role_ask_for_a_fresh_proof() {
    let house = House::new().await;
    let jo = named(&house, "jo@example.com", "Jo", Role::Customer);
    let mut owner = at_work(&house, Role::Owner).await;
    house.wait(16 * 60);
    let path = format!("/admin/users/{}/role", jo.id);
    let form = owner.get(&path).await;
    let asked = owner.fill(&form, &path, &path, &[("role", "agent")]).await;
    asked.shows(403, "Confirm");
    let form = owner.get("/admin/users/new").await;
    let typed = [("email", "new@example.com"), ("role", "admin")];
    let asked = owner.fill(&form, "/admin/users", "/admin/users", &typed).await;
    asked.shows(403, "Confirm");
    let people = house.given.store.people();
    assert!(
        people
            .iter()
            .all(|person| person.id != jo.id || person.role == Role::Customer)
    );
    assert!(people.iter().all(|person| {
        person
            .email(&doorward_domain::testing::address("new@example.com").key())
            .is_none()
    }));
}

#[tokio::test]
async fn b4_a_new_portal_link_is_shown_once_and_taken_back() {
    let house = House::new().await;
    let jo = named(&house, "jo@example.com", "Jo", Role::Customer);
    let mut admin = at_work(&house, Role::Admin).await;
    let path = format!("/admin/users/{}", jo.id);
    let page = admin.get(&path).await;
    let made = press(&mut admin, &page, &format!("{path}/portal-links")).await;
    made.shows(201, "Portal link for Jo");
    let url = made.value_of("url").unwrap();
    let page = admin.get(&path).await;
    assert!(!page.body.contains(url.rsplit('/').next().unwrap()), "once");
    let revoke = action(&page, "/revoke");
    let done = press(&mut admin, &page, &revoke).await;
    admin.follow(&done).await.shows(200, "The portal link was taken back.");
}

#[tokio::test]
async fn c1_the_agent_directory_has_staff_only_and_filters_without_a_script() {
    let house = House::new().await;
    named(&house, "jo@example.com", "Jo Customer", Role::Customer);
    named(&house, "al@example.com", "Al Agent", Role::Agent);
    let mut admin = at_work(&house, Role::Admin).await;
    let all = admin.get("/admin/agents").await;
    all.shows(200, "Al Agent");
    all.shows(200, "Type to filter");
    assert!(!all.body.contains("Jo Customer"));
    let filtered = admin.get("/admin/agents?q=al+ag").await;
    filtered.shows(200, "Al Agent");
    assert!(!filtered.body.contains("admin@staff.example"));
    admin.get("/admin/users?q=%00").await.shows(200, "Nobody was found.");
    admin
        .get("/admin/users?q=x&q=y&role=nobody&status=odd&after=odd")
        .await
        .shows(200, "Jo Customer");
}

#[tokio::test]
async fn c1_the_menu_of_staff_leads_to_the_console_and_a_customers_does_not() {
    let house = House::new().await;
    named(&house, "jo@example.com", "Jo", Role::Customer);
    let mut agent = at_work(&house, Role::Agent).await;
    assert!(plain(&agent.get("/").await).contains("href=\"/admin/users\""));
    let mut customer = house.browser();
    customer.sign_in("jo@example.com", PASSWORD).await;
    assert!(!plain(&customer.get("/").await).contains("/admin/users"));
}
