//! What each provider's word about an email address is worth: the one table (R57, R58).

use doorward_domain::email_address::EmailAddress;
use doorward_domain::provider::VouchedEmail;

use crate::provider::ProviderConfig;

/// What a provider's word about an email address is worth (R57, R58). Only an address that is proved *and* lies at a domain
/// of `authoritative_for` links by itself; whatever else there is fills in the field of the one more step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmailWorth {
    /// Its `email_verified` proves the address.
    VerifiedByClaim,
    /// Google: `email_verified` proves the address, and it links by itself only while the domain's owner runs the account
    /// (`hd`), or where Google itself runs the mailbox: whoever once opened a private account with a company's address
    /// keeps `email_verified` after leaving the company.
    VerifiedByHostedDomain,
    /// Microsoft: proved only with `xms_edov`, or at a domain that its tenant is listed for: the administrator of any tenant
    /// may write any address into `email`.
    VerifiedByDomainOwner,
    /// A hint to fill in; the mailbox is proved by a code.
    Hint,
    /// It gives none.
    None,
}

/// Domains of mailboxes that Google itself runs.
const GOOGLES_OWN: [&str; 2] = ["gmail.com", "googlemail.com"];

/// What a provider said that bears on an address.
#[derive(Debug, Default)]
pub(crate) struct Said<'a> {
    /// `email`.
    pub(crate) email: Option<&'a str>,
    /// `email_verified`.
    pub(crate) email_verified: bool,
    /// `hd`.
    pub(crate) hosted_domain: Option<&'a str>,
    /// `xms_edov`.
    pub(crate) domain_owner_verified: bool,
    /// `tid`; empty without.
    pub(crate) tenant: &'a str,
}

/// What that comes to. An address that cannot be one counts as none.
pub(crate) fn vouch(provider: &ProviderConfig, said: &Said<'_>) -> Option<VouchedEmail> {
    let address = EmailAddress::parse(said.email?).ok()?;
    let domain = address.domain();
    let of_tenant = provider.tenants.domains(said.tenant, &provider.authoritative_for);
    let verified = match provider.email_worth {
        EmailWorth::None => return None,
        EmailWorth::Hint => false,
        EmailWorth::VerifiedByClaim | EmailWorth::VerifiedByHostedDomain => said.email_verified,
        EmailWorth::VerifiedByDomainOwner => {
            said.domain_owner_verified || of_tenant.iter().any(|listed| listed == domain)
        }
    };
    let listed = provider
        .authoritative_for
        .iter()
        .chain(of_tenant)
        .any(|listed| listed == domain);
    let kept_by_owner = provider.email_worth != EmailWorth::VerifiedByHostedDomain
        || GOOGLES_OWN.contains(&domain)
        || said
            .hosted_domain
            .is_some_and(|hosted| hosted.eq_ignore_ascii_case(domain));
    let authoritative = verified && listed && kept_by_owner;
    Some(VouchedEmail {
        address,
        verified,
        authoritative,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::config;

    const ACME: &str = "11111111-2222-3333-4444-555555555555";
    const OTHER: &str = "99999999-2222-3333-4444-555555555555";

    type Row<'r> = (&'r str, Vec<(&'r str, &'r str)>, Said<'r>, Option<(bool, bool)>);

    #[test]
    fn r57_r58_the_table_of_what_an_email_is_worth() {
        let at = |email| Said {
            email: Some(email),
            ..Said::default()
        };
        let listed = ("authoritative_for", "acme.example gmail.com");
        let tenants = format!("{ACME}=acme.example {OTHER}");
        let claimed = |email| Said {
            email_verified: true,
            ..at(email)
        };
        let hosted = |email, hd| Said {
            hosted_domain: Some(hd),
            ..claimed(email)
        };
        let owned = |email| Said {
            domain_owner_verified: true,
            ..at(email)
        };
        let of = |email, tenant| Said { tenant, ..at(email) };
        let acme = ("issuer", "https://sso.acme.example");
        let rows: Vec<Row<'_>> = vec![
            (
                "acme",
                vec![acme, listed],
                claimed("jo@acme.example"),
                Some((true, true)),
            ),
            (
                "acme",
                vec![acme, listed],
                claimed("jo@ACME.example"),
                Some((true, true)),
            ),
            (
                "acme",
                vec![acme, listed],
                claimed("jo@sub.acme.example"),
                Some((true, false)),
            ),
            ("acme", vec![acme], claimed("jo@acme.example"), Some((true, false))),
            ("acme", vec![acme, listed], at("jo@acme.example"), Some((false, false))),
            (
                "acme",
                vec![acme, listed],
                owned("jo@acme.example"),
                Some((false, false)),
            ),
            ("acme", vec![acme, listed], claimed("no address"), None),
            (
                "google",
                vec![listed],
                hosted("jo@acme.example", "acme.example"),
                Some((true, true)),
            ),
            ("google", vec![listed], claimed("jo@acme.example"), Some((true, false))),
            (
                "google",
                vec![listed],
                hosted("jo@acme.example", "evil.example"),
                Some((true, false)),
            ),
            ("google", vec![listed], claimed("jo@gmail.com"), Some((true, true))),
            ("google", vec![], claimed("jo@gmail.com"), Some((true, false))),
            (
                "microsoft",
                vec![listed],
                claimed("jo@acme.example"),
                Some((false, false)),
            ),
            ("microsoft", vec![listed], owned("jo@acme.example"), Some((true, true))),
            ("microsoft", vec![], owned("jo@acme.example"), Some((true, false))),
            (
                "microsoft",
                vec![("tenants", &tenants)],
                of("jo@acme.example", ACME),
                Some((true, true)),
            ),
            (
                "microsoft",
                vec![("tenants", &tenants)],
                of("jo@acme.example", OTHER),
                Some((false, false)),
            ),
            (
                "microsoft",
                vec![("tenants", ACME), listed],
                of("jo@acme.example", ACME),
                Some((true, true)),
            ),
            (
                "microsoft",
                vec![("tenants", ACME), listed],
                of("jo@acme.example", OTHER),
                Some((false, false)),
            ),
            (
                "facebook",
                vec![listed],
                claimed("jo@acme.example"),
                Some((false, false)),
            ),
            ("twitter", vec![listed], claimed("jo@acme.example"), None),
        ];
        for (id, values, said, worth) in rows {
            let vouched = vouch(&config(id, &values), &said);
            let vouched = vouched.map(|email| (email.verified, email.authoritative));
            assert_eq!(vouched, worth, "{id} {values:?} {said:?}");
        }
    }
}
