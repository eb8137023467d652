//! What is configured of an identity provider, and what is known of the big ones.

use std::collections::BTreeMap;
use std::time::Duration;

use doorward_domain::email_address::EmailAddress;
use doorward_domain::hand_over::HAND_OVER_PROVIDER;
use doorward_domain::own_provider::{DraftProblem, ProviderDraft};
use doorward_domain::provider::{MAX_ISSUER, ProviderId};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use url::Url;

use crate::reach::is_loopback_host;
use crate::worth::EmailWorth;

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderKind {
    /// OpenID Connect: an ID token says who it is.
    OpenIdConnect,
    /// Plain OAuth 2: a userinfo call says who it is.
    OAuth2,
}

/// Whose manners a provider has, beside what it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// None of its own.
    Plain,
    /// Microsoft: an issuer for each tenant, `tid`, `xms_edov` (R58).
    Microsoft,
    /// Facebook: `debug_token`, `appsecret_proof` (R58).
    Facebook,
    /// X: the person stands under `data`.
    X,
}

/// Which tenants may come in (R58).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenants {
    /// Any.
    Any,
    /// These.
    Only(Vec<Tenant>),
}

/// A tenant that may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its `tid`, in lower case.
    pub id: String,
    /// Mail domains for which its word proves an address and links by itself.
    pub domains: Vec<String>,
}

impl Tenants {
    /// Whether people of this tenant may come in.
    pub fn admit(&self, tenant: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(tenants) => tenants.iter().any(|listed| listed.id == tenant),
        }
    }

    /// The mail domains for which this tenant vouches. Where there is but one tenant, `authoritative_for` is its list.
    pub(crate) fn domains<'a>(&'a self, tenant: &str, authoritative_for: &'a [String]) -> &'a [String] {
        match self {
            Self::Any => &[],
            Self::Only(tenants) => match tenants.iter().find(|listed| listed.id == tenant) {
                None => &[],
                Some(found) if found.domains.is_empty() && tenants.len() == 1 => authoritative_for,
                Some(found) => &found.domains,
            },
        }
    }
}

/// A provider as configured.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Its id: `google`, `microsoft`, `facebook`, `twitter`, or any other.
    pub id: ProviderId,
    /// What people call it: the word on its button.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Whose manners it has.
    pub dialect: Dialect,
    /// What its word about an email is worth.
    pub email_worth: EmailWorth,
    /// Who we are to it.
    pub client_id: String,
    /// What shows it that we are.
    pub client_secret: SecretString,
    /// Issuer, for OpenID Connect: compared byte by byte. Of several tenants of Microsoft, the address that discovery
    /// begins at.
    pub issuer: Option<String>,
    /// Where people are sent; discovered for OpenID Connect if absent.
    pub authorization_endpoint: Option<Url>,
    /// Where codes are exchanged; discovered if absent.
    pub token_endpoint: Option<Url>,
    /// Where claims are asked for; discovered if absent.
    pub userinfo_endpoint: Option<Url>,
    /// Where its keys are; discovered if absent.
    pub jwks_uri: Option<Url>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Mail domains for which its verified email links by itself (R57).
    pub authoritative_for: Vec<String>,
    /// Which of its tenants may come in (R58).
    pub tenants: Tenants,
    /// How long ago people may have signed in at the provider; `None` if it does not matter.
    pub max_age: Option<Duration>,
}

/// A mistake in the configuration of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{says}")]
pub struct ProviderProblem {
    /// The key under `providers.<id>`.
    pub key: &'static str,
    /// What is wrong and what to write.
    pub says: String,
}

struct Known {
    id: &'static str,
    name: &'static str,
    kind: ProviderKind,
    dialect: Dialect,
    email_worth: EmailWorth,
    issuer: Option<&'static str>,
    authorization_endpoint: Option<&'static str>,
    token_endpoint: Option<&'static str>,
    userinfo_endpoint: Option<&'static str>,
    scopes: &'static [&'static str],
}

const GOOGLE: &str = "https://accounts.google.com";
const MICROSOFT: &str = "https://login.microsoftonline.com";
/// Hosts of Microsoft's clouds: a provider of any id whose issuer is at one of them has Microsoft's manners.
const MICROSOFT_HOSTS: [&str; 4] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
];
/// The first segment of an issuer of Microsoft's that stands for many tenants.
const MANY_TENANTS: [&str; 2] = ["common", "organizations"];
/// The tenant of private accounts at Microsoft.
const PRIVATE_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

const KNOWN: [Known; 4] = [
    Known {
        id: "google",
        name: "Google",
        kind: ProviderKind::OpenIdConnect,
        dialect: Dialect::Plain,
        email_worth: EmailWorth::VerifiedByHostedDomain,
        issuer: Some(GOOGLE),
        authorization_endpoint: None,
        token_endpoint: None,
        userinfo_endpoint: None,
        scopes: &["openid", "email", "profile"],
    },
    Known {
        id: "microsoft",
        name: "Microsoft",
        kind: ProviderKind::OpenIdConnect,
        dialect: Dialect::Microsoft,
        email_worth: EmailWorth::VerifiedByDomainOwner,
        issuer: None,
        authorization_endpoint: None,
        token_endpoint: None,
        userinfo_endpoint: None,
        scopes: &["openid", "email", "profile"],
    },
    Known {
        id: "facebook",
        name: "Facebook",
        kind: ProviderKind::OAuth2,
        dialect: Dialect::Facebook,
        email_worth: EmailWorth::Hint,
        issuer: None,
        authorization_endpoint: Some("https://www.facebook.com/dialog/oauth"),
        token_endpoint: Some("https://graph.facebook.com/oauth/access_token"),
        userinfo_endpoint: Some("https://graph.facebook.com/me"),
        scopes: &["public_profile", "email"],
    },
    Known {
        id: "twitter",
        name: "X",
        kind: ProviderKind::OAuth2,
        dialect: Dialect::X,
        email_worth: EmailWorth::None,
        issuer: None,
        authorization_endpoint: Some("https://x.com/i/oauth2/authorize"),
        token_endpoint: Some("https://api.x.com/2/oauth2/token"),
        userinfo_endpoint: Some("https://api.x.com/2/users/me"),
        scopes: &["users.read", "tweet.read"],
    },
];

/// Every known id, in the order of their buttons.
pub(crate) fn known_ids() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|known| known.id)
}

impl ProviderConfig {
    /// Reads the table `providers.<id>`, and its secret.
    ///
    /// # Errors
    /// Every mistake at once.
    pub fn read(
        id: &str,
        values: &BTreeMap<String, String>,
        client_secret: Option<SecretString>,
    ) -> Result<Self, Vec<ProviderProblem>> {
        let mut problems = Vec::new();
        let text = |key: &str| values.get(key).filter(|value| !value.trim().is_empty()).cloned();
        let words = |key: &str| -> Vec<String> {
            text(key)
                .map(|words| words.split_whitespace().map(str::to_owned).collect())
                .unwrap_or_default()
        };
        let provider_id = ProviderId::parse(id)
            .map_err(|error| problems.push(problem("id", format!("\"{id}\" will not do: {error}"))))
            .ok();
        if id == HAND_OVER_PROVIDER {
            let says = format!("\"{id}\" will not do: people whom your own site hands over are connected under it");
            problems.push(problem("id", says));
        }
        let known = KNOWN.iter().find(|known| known.id == id);
        let kind = match (text("kind").as_deref(), known) {
            (Some("oidc"), _) | (None, None) => ProviderKind::OpenIdConnect,
            (Some("oauth2"), _) => ProviderKind::OAuth2,
            (None, Some(known)) => known.kind,
            (Some(other), _) => {
                problems.push(problem(
                    "kind",
                    format!("\"{other}\" will not do; write \"oidc\" or \"oauth2\""),
                ));
                ProviderKind::OpenIdConnect
            }
        };
        // A known id of which something else is said is any other provider by that id.
        let known = known.filter(|known| known.kind == kind);
        let tenants = tenants(&words("tenants")).unwrap_or_else(|says| {
            problems.push(problem("tenants", says));
            Tenants::Any
        });
        let mut issuer = text("issuer")
            .map(|issuer| issuer.trim().to_owned())
            .or_else(|| known.and_then(|known| known.issuer.map(str::to_owned)))
            .or_else(|| {
                let microsoft = known.is_some_and(|known| known.dialect == Dialect::Microsoft);
                microsoft.then(|| microsofts_issuer(&tenants))
            });
        let at_microsoft = match issuer.as_deref().map(endpoint) {
            Some(Ok(url)) => url.host_str().is_some_and(|host| MICROSOFT_HOSTS.contains(&host)),
            Some(Err(says)) => {
                problems.push(problem("issuer", says));
                false
            }
            None => false,
        };
        if at_microsoft {
            // One tenant by another name.
            issuer = issuer.map(|issuer| issuer.replace("/consumers/", &format!("/{PRIVATE_ACCOUNTS}/")));
        }
        if issuer.as_ref().is_some_and(|issuer| issuer.len() > MAX_ISSUER) {
            problems.push(problem("issuer", format!("it is longer than {MAX_ISSUER} characters")));
        }
        if kind == ProviderKind::OpenIdConnect && issuer.is_none() {
            problems.push(problem(
                "issuer",
                "name it, such as \"https://sso.acme.example\"".to_owned(),
            ));
        }
        let dialect = match known {
            Some(known) => known.dialect,
            None if kind == ProviderKind::OpenIdConnect && at_microsoft => Dialect::Microsoft,
            None => Dialect::Plain,
        };
        if tenants != Tenants::Any && dialect != Dialect::Microsoft {
            problems.push(problem(
                "tenants",
                "only Microsoft has tenants; leave it out".to_owned(),
            ));
        }
        let mut url = |key: &'static str, fallback: Option<&str>| {
            let given = text(key).or_else(|| fallback.map(str::to_owned))?;
            match endpoint(given.trim()) {
                Ok(url) => Some(url),
                Err(says) => {
                    problems.push(problem(key, says));
                    None
                }
            }
        };
        let authorization_endpoint = url(
            "authorization_endpoint",
            known.and_then(|known| known.authorization_endpoint),
        );
        let token_endpoint = url("token_endpoint", known.and_then(|known| known.token_endpoint));
        let userinfo_endpoint = url("userinfo_endpoint", known.and_then(|known| known.userinfo_endpoint));
        let jwks_uri = url("jwks_uri", None);
        if kind == ProviderKind::OAuth2 {
            for (key, missing) in [
                ("authorization_endpoint", authorization_endpoint.is_none()),
                ("token_endpoint", token_endpoint.is_none()),
                ("userinfo_endpoint", userinfo_endpoint.is_none()),
            ] {
                if missing && !problems.iter().any(|problem| problem.key == key) {
                    problems.push(problem(key, "name it: plain OAuth 2 has no discovery".to_owned()));
                }
            }
        }
        let client_id = text("client_id").unwrap_or_default();
        if client_id.is_empty() {
            problems.push(problem(
                "client_id",
                "write the id that the provider gave this server".to_owned(),
            ));
        }
        let client_secret = client_secret.filter(|secret| !secret.expose_secret().trim().is_empty());
        if client_secret.is_none() {
            problems.push(problem(
                "client_secret",
                "write the secret that the provider gave this server".to_owned(),
            ));
        }
        let mut scopes = words("scopes");
        if scopes.is_empty() {
            let usual: &[&str] = match (known, kind) {
                (Some(known), _) => known.scopes,
                (None, ProviderKind::OpenIdConnect) => &["openid", "email", "profile"],
                (None, ProviderKind::OAuth2) => &[],
            };
            scopes = usual.iter().map(|scope| (*scope).to_owned()).collect();
        }
        if kind == ProviderKind::OpenIdConnect && !scopes.iter().any(|scope| scope == "openid") {
            problems.push(problem(
                "scopes",
                "begin with \"openid\": without it there is no ID token".to_owned(),
            ));
        }
        let max_age = text("max_age").and_then(|seconds| {
            let read = seconds.trim().parse().ok().map(Duration::from_secs);
            if read.is_none() {
                let says = format!("\"{seconds}\" will not do; write a number of seconds");
                problems.push(problem("max_age", says));
            }
            read
        });
        if max_age.is_some() && kind == ProviderKind::OAuth2 {
            problems.push(problem(
                "max_age",
                "plain OAuth 2 does not say when somebody signed in; leave it out".to_owned(),
            ));
        }
        let authoritative_for = domains(words("authoritative_for").iter().map(String::as_str)).unwrap_or_else(|says| {
            problems.push(problem("authoritative_for", says));
            Vec::new()
        });
        let (Some(provider_id), Some(client_secret), true) = (provider_id, client_secret, problems.is_empty()) else {
            return Err(problems);
        };
        Ok(Self {
            id: provider_id,
            name: text("name").unwrap_or_else(|| known.map_or_else(|| id.to_owned(), |known| known.name.to_owned())),
            kind,
            dialect,
            email_worth: email_worth(known, kind, dialect, issuer.as_deref()),
            client_id,
            client_secret,
            issuer,
            authorization_endpoint,
            token_endpoint,
            userinfo_endpoint,
            jwks_uri,
            scopes,
            authoritative_for,
            tenants,
            max_age,
        })
    }

    /// The issuer with `{tenantid}` in it, where people of many tenants come in: what the metadata hold, and what each
    /// token's issuer is built from (R58).
    pub(crate) fn issuer_template(&self) -> Option<String> {
        if self.dialect != Dialect::Microsoft {
            return None;
        }
        let issuer = self.issuer.as_deref()?;
        MANY_TENANTS.iter().find_map(|many| {
            let (before, after) = issuer.split_once(&format!("/{many}/"))?;
            Some(format!("{before}/{{tenantid}}/{after}"))
        })
    }

    /// Whether an address of it is on this very machine, so that its others may be as well (R54).
    pub(crate) fn is_on_loopback(&self) -> bool {
        let issuer = self.issuer.as_deref().and_then(|issuer| Url::parse(issuer).ok());
        [
            issuer.as_ref(),
            self.authorization_endpoint.as_ref(),
            self.token_endpoint.as_ref(),
            self.userinfo_endpoint.as_ref(),
            self.jwks_uri.as_ref(),
        ]
        .into_iter()
        .flatten()
        .any(is_loopback_host)
    }
}

/// Reads credentials that a workspace brings. Whoever runs one need not be whoever runs the server: unless private networks
/// are allowed, no address may name this machine, and every one is `https` (R54).
pub(crate) fn read_draft(draft: &ProviderDraft, on_this_machine: bool) -> Result<ProviderConfig, Vec<DraftProblem>> {
    let secret = SecretString::from(draft.secret.expose().to_owned());
    let told = |problem: ProviderProblem| DraftProblem {
        key: problem.key,
        says: problem.says,
    };
    let config = ProviderConfig::read(draft.id.as_str(), &draft.values, Some(secret))
        .map_err(|problems| problems.into_iter().map(told).collect::<Vec<_>>())?;
    let issuer = config.issuer.as_deref().and_then(|issuer| Url::parse(issuer).ok());
    let addresses = [
        ("issuer", issuer.as_ref()),
        ("authorization_endpoint", config.authorization_endpoint.as_ref()),
        ("token_endpoint", config.token_endpoint.as_ref()),
        ("userinfo_endpoint", config.userinfo_endpoint.as_ref()),
        ("jwks_uri", config.jwks_uri.as_ref()),
    ];
    let closed = |url: &Url| !on_this_machine && (url.scheme() != "https" || is_loopback_host(url));
    let problems: Vec<DraftProblem> = addresses
        .into_iter()
        .filter(|(_, url)| url.is_some_and(closed))
        .map(|(key, _)| DraftProblem {
            key,
            says: "write a public https address".to_owned(),
        })
        .collect();
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

fn email_worth(known: Option<&Known>, kind: ProviderKind, dialect: Dialect, issuer: Option<&str>) -> EmailWorth {
    match (known, kind, dialect) {
        // `hd` is a claim of Google's own issuer.
        (Some(known), ..) if known.email_worth == EmailWorth::VerifiedByHostedDomain && issuer != Some(GOOGLE) => {
            EmailWorth::VerifiedByClaim
        }
        (Some(known), ..) => known.email_worth,
        (None, ProviderKind::OpenIdConnect, Dialect::Microsoft) => EmailWorth::VerifiedByDomainOwner,
        (None, ProviderKind::OpenIdConnect, _) if issuer == Some(GOOGLE) => EmailWorth::VerifiedByHostedDomain,
        (None, ProviderKind::OpenIdConnect, _) => EmailWorth::VerifiedByClaim,
        (None, ProviderKind::OAuth2, _) => EmailWorth::Hint,
    }
}

fn problem(key: &'static str, says: String) -> ProviderProblem {
    ProviderProblem { key, says }
}

fn microsofts_issuer(tenants: &Tenants) -> String {
    let whose = match tenants {
        Tenants::Only(tenants) => match tenants.as_slice() {
            [one] => &one.id,
            _ => "common",
        },
        Tenants::Any => "common",
    };
    format!("{MICROSOFT}/{whose}/v2.0")
}

/// Reads `tenants`: `any`, or ids, each with the mail domains it vouches for: `<id>=acme.example,acme.test`.
fn tenants(words: &[String]) -> Result<Tenants, String> {
    if words.is_empty() || matches!(words, [one] if one == "any") {
        return Ok(Tenants::Any);
    }
    let tenant = |word: &String| {
        let (id, vouches_for) = word.split_once('=').unwrap_or((word, ""));
        let id = id.to_lowercase();
        if !is_tenant_id(&id) {
            return Err(format!(
                "\"{id}\" will not do; write \"any\", or ids of tenants such as \"{PRIVATE_ACCOUNTS}\""
            ));
        }
        let domains = domains(vouches_for.split(',').filter(|domain| !domain.is_empty()))?;
        Ok(Tenant { id, domains })
    };
    words.iter().map(tenant).collect::<Result<_, _>>().map(Tenants::Only)
}

/// Whether a text has the form of a tenant's id: nothing else is ever put into an issuer.
pub(crate) fn is_tenant_id(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => matches!(c, '0'..='9' | 'a'..='f'),
        })
}

fn domains<'a>(words: impl Iterator<Item = &'a str>) -> Result<Vec<String>, String> {
    words
        .map(|word| match EmailAddress::parse(&format!("someone@{word}")) {
            Ok(address) => Ok(address.domain().to_owned()),
            Err(_) => Err(format!(
                "\"{word}\" will not do; write mail domains, such as \"acme.example\""
            )),
        })
        .collect()
}

/// An address of a provider: https, or http on loopback (R54).
pub(crate) fn endpoint(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| format!("\"{text}\" will not do; write a whole https address"))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(format!(
            "\"{text}\" will not do; write it without credentials and without \"#\""
        ));
    }
    if url.scheme() == "https" || (url.scheme() == "http" && is_loopback_host(&url)) {
        Ok(url)
    } else {
        Err(format!("\"{text}\" will not do; write an https address"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::config;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn problems(id: &str, pairs: &[(&str, &str)]) -> Vec<&'static str> {
        let secret = Some(SecretString::from("secret"));
        let problems = ProviderConfig::read(id, &values(pairs), secret).unwrap_err();
        problems.iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn the_known_ones_need_no_more_than_credentials() {
        for (id, name, worth) in [
            ("google", "Google", EmailWorth::VerifiedByHostedDomain),
            ("microsoft", "Microsoft", EmailWorth::VerifiedByDomainOwner),
            ("facebook", "Facebook", EmailWorth::Hint),
            ("twitter", "X", EmailWorth::None),
        ] {
            let provider = config(id, &[]);
            assert_eq!((provider.name.as_str(), provider.email_worth), (name, worth));
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let pairs = [
            ("kind", "saml"),
            ("issuer", "http://sso.acme.example"),
            ("token_endpoint", "nowhere"),
            ("scopes", "email"),
            ("max_age", "an hour"),
            ("authoritative_for", "acme example@x"),
        ];
        let mistakes = ProviderConfig::read("Acme", &values(&pairs), None).unwrap_err();
        let keys: Vec<&str> = mistakes.iter().map(|problem| problem.key).collect();
        assert_eq!(
            keys,
            [
                "id",
                "kind",
                "issuer",
                "token_endpoint",
                "client_id",
                "client_secret",
                "scopes",
                "max_age",
                "authoritative_for"
            ]
        );
    }

    #[test]
    fn plain_oauth_has_no_discovery() {
        assert_eq!(problems("acme", &[("kind", "oauth2"), ("client_id", "abc")]).len(), 3);
    }

    #[test]
    fn r54_addresses_of_a_provider_are_https_or_on_loopback() {
        for good in [
            "https://sso.acme.example",
            "http://localhost:9/",
            "http://idp.localhost:9",
            "http://127.0.0.1:9",
            "http://[::1]:9",
        ] {
            assert!(endpoint(good).is_ok(), "{good}");
        }
        for bad in [
            "http://sso.acme.example",
            "http://localhost.evil.example",
            "http://10.0.0.1",
            "ftp://localhost",
            "javascript:alert(1)",
            "https://me:secret@sso.acme.example",
            "https://sso.acme.example/#x",
            "sso.acme.example",
        ] {
            assert!(endpoint(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn r58_tenants_of_microsoft() {
        let (acme, other) = (
            "11111111-2222-3333-4444-55555555555A",
            "99999999-2222-3333-4444-555555555555",
        );
        let any = config("microsoft", &[]);
        assert_eq!(
            any.issuer.as_deref(),
            Some("https://login.microsoftonline.com/common/v2.0")
        );
        assert_eq!(
            any.issuer_template().as_deref(),
            Some("https://login.microsoftonline.com/{tenantid}/v2.0")
        );
        let one = config("microsoft", &[("tenants", acme)]);
        assert_eq!(
            one.issuer.as_deref(),
            Some("https://login.microsoftonline.com/11111111-2222-3333-4444-55555555555a/v2.0")
        );
        assert_eq!(one.issuer_template(), None);
        assert!(one.tenants.admit(&acme.to_lowercase()) && !one.tenants.admit(other));
        let both = format!("{acme}=acme.example,acme.test {other}");
        let two = config("microsoft", &[("tenants", &both)]);
        assert!(two.issuer_template().is_some());
        assert_eq!(
            two.tenants.domains(&acme.to_lowercase(), &[]),
            ["acme.example", "acme.test"]
        );
        let private = config("ms", &[("issuer", "https://login.microsoftonline.com/consumers/v2.0")]);
        assert_eq!(private.dialect, Dialect::Microsoft);
        assert!(private.issuer.is_some_and(|issuer| issuer.contains(PRIVATE_ACCOUNTS)));
        for bad in ["acme.example", "any 1", "11111111-2222-3333-4444-5555555555", "../x"] {
            assert_eq!(
                problems("microsoft", &[("client_id", "abc"), ("tenants", bad)]),
                ["tenants"]
            );
        }
        assert_eq!(
            problems("google", &[("client_id", "abc"), ("tenants", acme)]),
            ["tenants"]
        );
    }
}
