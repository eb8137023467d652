//! Which workspace a host name stands for: a pure reading of the configuration, then one look-up.

use std::sync::Arc;

use async_trait::async_trait;
use doorward_domain::workspace::Workspace;

use crate::public_url::PublicUrl;

/// What a host name means before anything is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostRole<'h> {
    /// `<slug>.<base host>`: the workspace of that address part.
    Slug(&'h str),
    /// The base host itself.
    Base,
    /// Another host name; perhaps a custom one of a workspace.
    Other(&'h str),
    /// No host name, or one that cannot be anybody's.
    Nobody,
}

/// Reads a host name (lower case, without port) against the base host.
///
/// Loopback addresses mean the base host where that is itself loopback, so that `http://127.0.0.1:8080` opens what
/// `http://localhost:8080` opens.
pub fn role_of<'h>(public_url: &PublicUrl, host: Option<&'h str>) -> HostRole<'h> {
    let Some(host) = host else { return HostRole::Nobody };
    let base = public_url.base_host();
    if host == base || (public_url.is_loopback() && matches!(host, "localhost" | "127.0.0.1" | "[::1]")) {
        return HostRole::Base;
    }
    if let Some(slug) = host.strip_suffix(base).and_then(|front| front.strip_suffix('.')) {
        return if is_label(slug) {
            HostRole::Slug(slug)
        } else {
            HostRole::Nobody
        };
    }
    if host.contains('.') && host.split('.').all(is_label) {
        HostRole::Other(host)
    } else {
        HostRole::Nobody
    }
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The look-up could not be made; the answer is 503, never a 404 that a browser might remember.
#[derive(Debug, thiserror::Error)]
#[error("workspaces cannot be looked up")]
pub struct LookupUnavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Finds workspaces by what hosts say; implemented over the domain's port, with whatever cache that may keep.
#[async_trait]
pub trait FindWorkspace: Send + Sync {
    /// The workspace of an address part.
    async fn by_slug(&self, slug: &str) -> Result<Option<Arc<Workspace>>, LookupUnavailable>;

    /// The workspace of a custom host name.
    async fn by_host_name(&self, host: &str) -> Result<Option<Arc<Workspace>>, LookupUnavailable>;
}

/// Where a request has arrived.
#[derive(Debug, Clone)]
pub enum Place {
    /// In a workspace.
    Workspace(Arc<Workspace>),
    /// At the base host, which has no default workspace.
    RootSite,
    /// At a host that is nobody's.
    Unknown,
}

impl Place {
    /// The workspace, where there is one.
    pub const fn workspace(&self) -> Option<&Arc<Workspace>> {
        match self {
            Self::Workspace(workspace) => Some(workspace),
            Self::RootSite | Self::Unknown => None,
        }
    }
}

/// Resolves a host name. A default workspace that does not exist leaves the root site.
pub async fn resolve(
    public_url: &PublicUrl,
    default_workspace: Option<&str>,
    host: Option<&str>,
    find: &dyn FindWorkspace,
) -> Result<Place, LookupUnavailable> {
    Ok(match role_of(public_url, host) {
        HostRole::Nobody => Place::Unknown,
        HostRole::Slug(slug) => find.by_slug(slug).await?.map_or(Place::Unknown, Place::Workspace),
        HostRole::Other(host) => find.by_host_name(host).await?.map_or(Place::Unknown, Place::Workspace),
        HostRole::Base => match default_workspace {
            Some(slug) => find.by_slug(slug).await?.map_or(Place::RootSite, Place::Workspace),
            None => Place::RootSite,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_means_one_thing() {
        let base = PublicUrl::parse("https://help.example.com").unwrap();
        let long = format!("{}.help.example.com", "a".repeat(64));
        for (host, role) in [
            (Some("help.example.com"), HostRole::Base),
            (Some("acme.help.example.com"), HostRole::Slug("acme")),
            (Some("a.b.help.example.com"), HostRole::Nobody),
            (Some(".help.example.com"), HostRole::Nobody),
            (Some("-a.help.example.com"), HostRole::Nobody),
            (Some(long.as_str()), HostRole::Nobody),
            (Some("evilhelp.example.com"), HostRole::Other("evilhelp.example.com")),
            (
                Some("help.example.com.evil.org"),
                HostRole::Other("help.example.com.evil.org"),
            ),
            (Some("support.acme.org"), HostRole::Other("support.acme.org")),
            (Some("localhost"), HostRole::Nobody),
            (Some("127.0.0.1"), HostRole::Other("127.0.0.1")),
            (Some("[::1]"), HostRole::Nobody),
            (Some("a..b"), HostRole::Nobody),
            (Some(""), HostRole::Nobody),
            (None, HostRole::Nobody),
        ] {
            assert_eq!(role_of(&base, host), role, "{host:?}");
        }
    }

    #[test]
    fn loopback_addresses_are_the_base_host_of_a_loopback_server() {
        let base = PublicUrl::parse("http://localhost:8080").unwrap();
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(role_of(&base, Some(host)), HostRole::Base, "{host}");
        }
        assert_eq!(role_of(&base, Some("acme.localhost")), HostRole::Slug("acme"));
    }

    struct Two;

    #[async_trait]
    impl FindWorkspace for Two {
        async fn by_slug(&self, slug: &str) -> Result<Option<Arc<Workspace>>, LookupUnavailable> {
            match slug {
                "down" => Err(LookupUnavailable("away".into())),
                "acme" => Ok(Some(crate::testing::workspace("acme"))),
                _ => Ok(None),
            }
        }
        async fn by_host_name(&self, host: &str) -> Result<Option<Arc<Workspace>>, LookupUnavailable> {
            Ok((host == "support.acme.org").then(|| crate::testing::workspace("acme")))
        }
    }

    #[tokio::test]
    async fn places_follow_from_hosts() {
        let base = PublicUrl::parse("https://help.example.com").unwrap();
        let at = async |default: Option<&str>, host: &str| match resolve(&base, default, Some(host), &Two).await {
            Ok(Place::Workspace(workspace)) => format!("workspace {}", workspace.slug),
            Ok(Place::RootSite) => "root".to_owned(),
            Ok(Place::Unknown) => "unknown".to_owned(),
            Err(_) => "error".to_owned(),
        };
        assert_eq!(at(None, "acme.help.example.com").await, "workspace acme");
        assert_eq!(at(None, "support.acme.org").await, "workspace acme");
        assert_eq!(at(None, "other.help.example.com").await, "unknown");
        assert_eq!(at(None, "support.other.org").await, "unknown");
        assert_eq!(at(None, "help.example.com").await, "root");
        assert_eq!(at(Some("acme"), "help.example.com").await, "workspace acme");
        assert_eq!(at(Some("gone"), "help.example.com").await, "root");
        assert_eq!(at(None, "down.help.example.com").await, "error");
    }
}
