//! What is configured of an identity provider, and what is known of the big ones.

use std::collections::BTreeMap;

use thiserror::Error;
use url::Url;

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderKind {
    /// OpenID Connect: an ID token says who it is.
    OpenIdConnect,
    /// Plain OAuth 2: a userinfo call says who it is.
    OAuth2,
}

/// What a provider's word about an email address is worth (R57, R58).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmailWorth {
    /// Its `email_verified` links by itself, for the domains that it is configured to be authoritative for.
    VerifiedByClaim,
    /// Only with `xms_edov`: a tenant's administrator may write any address into `email`.
    VerifiedByDomainOwner,
    /// A hint to fill in; the mailbox is proved by a code.
    Hint,
    /// It gives none.
    None,
}

/// A provider as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Its id: `google`, `microsoft`, `facebook`, `twitter`, or any other.
    pub id: String,
    /// What people call it: the word on its button.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// What its word about an email is worth.
    pub email_worth: EmailWorth,
    /// Who we are to it.
    pub client_id: String,
    /// Issuer, for OpenID Connect: compared byte by byte.
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
    email_worth: EmailWorth,
    issuer: Option<&'static str>,
    authorization_endpoint: Option<&'static str>,
    token_endpoint: Option<&'static str>,
    userinfo_endpoint: Option<&'static str>,
    scopes: &'static [&'static str],
}

const KNOWN: [Known; 4] = [
    Known {
        id: "google",
        name: "Google",
        kind: ProviderKind::OpenIdConnect,
        email_worth: EmailWorth::VerifiedByClaim,
        issuer: Some("https://accounts.google.com"),
        authorization_endpoint: None,
        token_endpoint: None,
        userinfo_endpoint: None,
        scopes: &["openid", "email", "profile"],
    },
    Known {
        id: "microsoft",
        name: "Microsoft",
        kind: ProviderKind::OpenIdConnect,
        email_worth: EmailWorth::VerifiedByDomainOwner,
        issuer: Some("https://login.microsoftonline.com/common/v2.0"),
        authorization_endpoint: None,
        token_endpoint: None,
        userinfo_endpoint: None,
        scopes: &["openid", "email", "profile"],
    },
    Known {
        id: "facebook",
        name: "Facebook",
        kind: ProviderKind::OAuth2,
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
        email_worth: EmailWorth::None,
        issuer: None,
        authorization_endpoint: Some("https://x.com/i/oauth2/authorize"),
        token_endpoint: Some("https://api.x.com/2/oauth2/token"),
        userinfo_endpoint: Some("https://api.x.com/2/users/me"),
        scopes: &["users.read", "tweet.read"],
    },
];

impl ProviderConfig {
    /// Reads the table `providers.<id>`, without its secret.
    ///
    /// # Errors
    /// Every mistake at once.
    pub fn read(id: &str, values: &BTreeMap<String, String>) -> Result<Self, Vec<ProviderProblem>> {
        let mut problems = Vec::new();
        let known = KNOWN.iter().find(|known| known.id == id);
        let text = |key: &str| values.get(key).filter(|value| !value.trim().is_empty()).cloned();
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
        let issuer = text("issuer").or_else(|| known.and_then(|known| known.issuer.map(str::to_owned)));
        if let Some(issuer) = &issuer
            && let Err(says) = endpoint(issuer)
        {
            problems.push(problem("issuer", says));
        }
        if kind == ProviderKind::OpenIdConnect && issuer.is_none() {
            problems.push(problem(
                "issuer",
                "name it, such as \"https://sso.acme.example\"".to_owned(),
            ));
        }
        let mut url = |key: &'static str, fallback: Option<&str>| {
            let given = text(key).or_else(|| fallback.map(str::to_owned))?;
            match endpoint(&given) {
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
        let words = |key: &str| -> Vec<String> {
            text(key)
                .map(|words| words.split_whitespace().map(str::to_owned).collect())
                .unwrap_or_default()
        };
        let mut scopes = words("scopes");
        if scopes.is_empty() {
            let usual = known.map_or(&["openid", "email", "profile"][..], |known| known.scopes);
            scopes = usual.iter().map(|scope| (*scope).to_owned()).collect();
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            id: id.to_owned(),
            name: text("name").unwrap_or_else(|| known.map_or_else(|| id.to_owned(), |known| known.name.to_owned())),
            kind,
            email_worth: known.map_or(EmailWorth::VerifiedByClaim, |known| known.email_worth),
            client_id,
            issuer,
            authorization_endpoint,
            token_endpoint,
            userinfo_endpoint,
            jwks_uri,
            scopes,
            authoritative_for: words("authoritative_for")
                .iter()
                .map(|domain| domain.to_lowercase())
                .collect(),
        })
    }
}

fn problem(key: &'static str, says: String) -> ProviderProblem {
    ProviderProblem { key, says }
}

/// An address of a provider: https, or http on loopback (R54).
fn endpoint(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| format!("\"{text}\" will not do; write a whole https address"))?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "https" || (url.scheme() == "http" && loopback) {
        Ok(url)
    } else {
        Err(format!("\"{text}\" will not do; write an https address"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn the_known_ones_need_no_more_than_credentials() {
        for (id, name, worth) in [
            ("google", "Google", EmailWorth::VerifiedByClaim),
            ("microsoft", "Microsoft", EmailWorth::VerifiedByDomainOwner),
            ("facebook", "Facebook", EmailWorth::Hint),
            ("twitter", "X", EmailWorth::None),
        ] {
            let provider = ProviderConfig::read(id, &values(&[("client_id", "abc")])).unwrap();
            assert_eq!((provider.name.as_str(), provider.email_worth), (name, worth));
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let pairs = [
            ("kind", "saml"),
            ("issuer", "http://sso.acme.example"),
            ("token_endpoint", "nowhere"),
        ];
        let problems = ProviderConfig::read("acme", &values(&pairs)).unwrap_err();
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["kind", "issuer", "token_endpoint", "client_id"]);
    }

    #[test]
    fn plain_oauth_has_no_discovery() {
        let pairs = [("kind", "oauth2"), ("client_id", "abc")];
        let problems = ProviderConfig::read("acme", &values(&pairs)).unwrap_err();
        assert_eq!(problems.len(), 3);
    }
}
