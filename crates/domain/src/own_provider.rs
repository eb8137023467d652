//! Credentials of a provider that a workspace brings itself: they win over the server's (C3, contract of `providers.<id>`).

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ids::{CredentialsId, WorkspaceId};
use crate::provider::{ProviderDescription, ProviderId};
use crate::time::Timestamp;

/// What can be said of a provider beside its id and its secret: the keys of `providers.<id>` in the configuration.
pub const KEYS: [&str; 12] = [
    "kind",
    "name",
    "client_id",
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "scopes",
    "authoritative_for",
    "tenants",
    "max_age",
];
/// Most providers that a workspace brings credentials for.
pub const MAX_OWN_PROVIDERS: usize = 20;
/// Longest value of a key, and longest secret, in bytes.
pub const MAX_VALUE_BYTES: usize = 4_000;

/// The secret by which a workspace shows a provider who it is. Shown to nobody once it is stored.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// Wraps what was typed, or read from a store.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the provider and for sealing; never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret([redacted])")
    }
}

/// Credentials of a provider, as somebody typed them.
#[derive(Debug, Clone)]
pub struct ProviderDraft {
    /// Which provider.
    pub id: ProviderId,
    /// What was said of it, by [`KEYS`]; nothing for what was left empty.
    pub values: BTreeMap<String, String>,
    /// The client's secret.
    pub secret: ClientSecret,
}

/// Something about a draft that will not do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key}: {says}")]
pub struct DraftProblem {
    /// The key it is about: one of [`KEYS`], `id` or `client_secret`.
    pub key: &'static str,
    /// What to mend, in English.
    pub says: String,
}

/// Credentials of a provider as a workspace keeps them.
#[derive(Debug, Clone)]
pub struct OwnProvider {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Another one with each change, so that whoever keeps something about them sees that they changed.
    pub revision: CredentialsId,
    /// What they are.
    pub draft: ProviderDraft,
    /// The word on the provider's button.
    pub name: String,
    /// When they were last changed.
    pub changed_at: Timestamp,
}

impl OwnProvider {
    /// The provider as everybody sees it.
    pub fn description(&self) -> ProviderDescription {
        ProviderDescription {
            id: self.draft.id.clone(),
            name: self.name.clone(),
            brand: self.draft.id.brand(),
        }
    }
}

/// What decides by itself whom an answer is of: where it is fetched and checked, and for which mail domains it speaks. Whoever
/// says it could be anybody in the workspace, its owners too.
pub const SAYS_WHO: [&str; 5] = [
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "authoritative_for",
    "tenants",
];

/// What says who is asked, and how. Its answers are worth no more than a hint, unless mail domains are named for which they
/// count by themselves: who says so has said it of the one that was there then.
const WHO_IS_ASKED: [&str; 2] = ["kind", "issuer"];
/// What makes answers count by themselves.
const COUNTS_BY_ITSELF: [&str; 2] = ["authoritative_for", "tenants"];

/// Which keys of a draft only somebody may set whose hand reaches an owner (R97), because they say who people are; those that
/// stay as they are kept are nobody's doing. Where mail domains were named for one issuer, another issuer does not inherit
/// them by anybody else's hand.
pub fn beyond_reach(kept: Option<&ProviderDraft>, draft: &ProviderDraft) -> Vec<&'static str> {
    let said = |of: &ProviderDraft, key: &str| of.values.get(key).cloned().unwrap_or_default();
    let changed = |key: &&str| said(draft, key) != kept.map(|kept| said(kept, key)).unwrap_or_default();
    let trusted = COUNTS_BY_ITSELF.into_iter().any(|key| !said(draft, key).is_empty());
    let asked = WHO_IS_ASKED.into_iter().filter(|_| trusted && kept.is_some());
    asked.chain(SAYS_WHO).filter(changed).collect()
}

/// What is wrong with a draft whatever the provider is: keys that there are not, and values longer than can be kept. What
/// the values say is the engine's to read.
pub fn misfits(draft: &ProviderDraft) -> Vec<DraftProblem> {
    let too_long = |key, value: &str| {
        (value.len() > MAX_VALUE_BYTES).then(|| DraftProblem {
            key,
            says: format!("it is longer than {MAX_VALUE_BYTES} bytes"),
        })
    };
    let mut problems: Vec<DraftProblem> = KEYS
        .into_iter()
        .filter_map(|key| too_long(key, draft.values.get(key)?))
        .collect();
    problems.extend(too_long("client_secret", draft.secret.expose()));
    if let Some(unknown) = draft.values.keys().find(|key| !KEYS.contains(&key.as_str())) {
        problems.push(DraftProblem {
            key: "id",
            says: format!("there is nothing called \"{unknown}\" to say of a provider"),
        });
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(values: &[(&str, &str)], secret: &str) -> ProviderDraft {
        ProviderDraft {
            id: ProviderId::parse("acme-sso").unwrap(),
            values: values
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            secret: ClientSecret::new(secret.to_owned()),
        }
    }

    #[test]
    fn every_misfit_is_told_at_once() {
        assert_eq!(misfits(&draft(&[("issuer", "https://sso.example")], "s")), []);
        let long = "x".repeat(MAX_VALUE_BYTES + 1);
        let keys: Vec<&str> = misfits(&draft(&[("issuer", &long), ("colour", "red")], &long))
            .into_iter()
            .map(|problem| problem.key)
            .collect();
        assert_eq!(keys, ["issuer", "client_secret", "id"]);
    }

    #[test]
    fn r97_what_says_who_people_are_is_out_of_reach_unless_it_stays() {
        let plain = draft(
            &[
                ("client_id", "ours"),
                ("issuer", "https://sso.example"),
                ("name", "Ours"),
            ],
            "s",
        );
        assert_eq!(beyond_reach(None, &plain), [""; 0]);
        let keys = draft(&[("client_id", "ours"), ("jwks_uri", "https://evil.example")], "s");
        assert_eq!(beyond_reach(None, &keys), ["jwks_uri"]);
        assert_eq!(beyond_reach(Some(&plain), &keys), ["jwks_uri"]);
        assert_eq!(beyond_reach(Some(&keys), &keys), [""; 0]);
        assert_eq!(
            beyond_reach(Some(&keys), &plain),
            ["jwks_uri"],
            "another place is as good as none"
        );
        for key in SAYS_WHO {
            assert_eq!(beyond_reach(None, &draft(&[(key, "x.example")], "s")), [key]);
        }
    }

    #[test]
    fn r97_whoever_was_trusted_is_not_exchanged_for_another() {
        let trusted = |issuer, more: &[(&str, &str)]| {
            let mut values = vec![("client_id", "ours"), ("issuer", issuer)];
            values.extend(more);
            draft(&values, "s")
        };
        let acme = [("authoritative_for", "acme.example")];
        let kept = trusted("https://sso.acme.example", &acme);
        assert_eq!(
            beyond_reach(Some(&kept), &trusted("https://evil.example", &acme)),
            ["issuer"]
        );
        let tenants = [("tenants", "9188040d-6c67-4c5b-b112-36a304b66dad=acme.example")];
        assert_eq!(
            beyond_reach(
                Some(&trusted("https://login.microsoftonline.com/a/v2.0", &tenants)),
                &trusted("https://evil.example", &tenants)
            ),
            ["issuer"]
        );
        let mut other_kind = trusted("https://sso.acme.example", &acme);
        other_kind.values.insert("kind".to_owned(), "oauth2".to_owned());
        assert_eq!(beyond_reach(Some(&kept), &other_kind), ["kind"]);
        // Whoever gives the trust up may ask anybody: giving it up is what an owner is asked for.
        assert_eq!(
            beyond_reach(Some(&kept), &trusted("https://evil.example", &[])),
            ["authoritative_for"]
        );
        let plain = trusted("https://sso.acme.example", &[]);
        assert_eq!(
            beyond_reach(Some(&plain), &trusted("https://other.example", &[])),
            [""; 0]
        );
    }

    #[test]
    fn r107_a_secret_is_not_in_what_is_logged() {
        let said = format!("{:?}", draft(&[], "hush-hush"));
        assert!(!said.contains("hush"), "{said}");
    }
}
