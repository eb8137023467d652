//! Who may sign up by themself (A3), and which methods a page may show before it knows who comes.

use doorward_domain::method::Method;
use doorward_domain::role::{Audience, Role};
use doorward_domain::settings::{SecuritySettings, SignUpRule};
use doorward_domain::testing::address;

fn with(sign_up: SignUpRule) -> SecuritySettings {
    SecuritySettings {
        sign_up,
        ..SecuritySettings::default()
    }
}

#[test]
fn a3_open_domains_closed() {
    let domains = SignUpRule::Domains {
        domains: vec!["example.com".to_owned(), "xn--mnchen-3ya.de".to_owned()],
    };
    for (email, by_domain) in [
        ("jo@example.com", true),
        ("jo@EXAMPLE.com", true),
        ("jo@m\u{fc}nchen.de", true),
        ("jo@sub.example.com", false),
        ("jo@notexample.com", false),
        ("jo@example.com.evil.test", false),
        ("example.com@evil.test", false),
    ] {
        let address = address(email);
        assert!(with(SignUpRule::Open).may_sign_up(&address), "{email}");
        assert_eq!(with(domains.clone()).may_sign_up(&address), by_domain, "{email}");
        assert!(!with(SignUpRule::Closed).may_sign_up(&address), "{email}");
    }
    let none = SignUpRule::Domains { domains: Vec::new() };
    assert!(!with(none).may_sign_up(&address("jo@example.com")));
}

#[test]
fn c3_a_new_workspace_has_passwords_for_all_and_codes_for_customers() {
    let settings = SecuritySettings::default();
    assert_eq!(settings.sign_up, SignUpRule::Open);
    for (role, method, offered) in [
        (Role::Customer, Method::Password, true),
        (Role::Collaborator, Method::EmailCode, true),
        (Role::Agent, Method::Password, true),
        (Role::Owner, Method::EmailCode, false),
    ] {
        assert_eq!(
            settings.audience(role.audience()).offers(method),
            offered,
            "{role:?} {method:?}"
        );
    }
    let customers = settings.audience(Audience::Customers);
    let staff = settings.audience(Audience::Staff);
    assert_eq!(
        (customers.password_min_length, staff.password_min_length),
        (12, 15),
        "R1"
    );
    assert_eq!(
        (customers.session_idle().as_secs(), staff.session_idle().as_secs()),
        (604_800, 3_600),
        "R81"
    );
    assert_eq!(
        (
            customers.session_absolute().as_secs(),
            staff.session_absolute().as_secs()
        ),
        (2_592_000, 86_400),
        "R81"
    );
}

#[test]
fn a_page_shows_a_method_that_anybody_may_use() {
    for (customers, staff) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut settings = SecuritySettings::default();
        (settings.customers.email_code, settings.staff.email_code) = (customers, staff);
        assert_eq!(settings.offers_to_anyone(Method::EmailCode), customers || staff);
        (settings.customers.password, settings.staff.password) = (customers, staff);
        assert_eq!(settings.offers_to_anyone(Method::Password), customers || staff);
    }
}
