//! Cross-site request forgery (R83): where a request that changes state comes from, and the token its form holds.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use http::header::{AUTHORIZATION, HeaderName, ORIGIN};
use http::{HeaderMap, Method};
use sha2::Sha256;

use crate::problem::changes_state;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The name of the hidden form field that holds the token.
pub const FORM_TOKEN_FIELD: &str = "form_token";

/// Why a request was taken for a forgery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forgery {
    /// `Sec-Fetch-Site` says that another site sent it.
    #[error("Sec-Fetch-Site names another site")]
    FetchSite,
    /// `Origin` is not the host's own.
    #[error("Origin is another than this host's")]
    Origin,
    /// A request with a session cookie says nothing of where it comes from.
    #[error("a request with a cookie needs Sec-Fetch-Site or Origin")]
    Unsaid,
}

/// What the check needs to know beside the request's headers.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    /// The origin of this host by configuration.
    pub public_origin: Option<&'a str>,
    /// Host and port the client asked for.
    pub authority: Option<&'a str>,
    /// Whether the request carries a session cookie.
    pub session_cookie: bool,
}

/// Whether a request names its caller by a bearer token or API key; browsers never add those by themselves, and the
/// session cookie beside one is not looked at.
pub fn has_bearer(headers: &HeaderMap) -> bool {
    bearer(headers).is_some()
}

/// The bearer token of a request; two `Authorization` headers are none.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The first half of R83, for forms and JSON alike: `Sec-Fetch-Site`, else `Origin`, else nothing that has a session
/// cookie.
pub fn check_source(method: &Method, headers: &HeaderMap, own: Own<'_>) -> Result<(), Forgery> {
    if !changes_state(method) || has_bearer(headers) {
        return Ok(());
    }
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    if let Some(site) = sites.next() {
        // A sibling host is another workspace, so "same-site" is as foreign as "cross-site".
        let own_site = sites.next().is_none() && matches!(site.as_bytes(), b"same-origin" | b"none");
        return if own_site { Ok(()) } else { Err(Forgery::FetchSite) };
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    if let Some(origin) = origins.next() {
        let known = origin.to_str().is_ok_and(|origin| is_own(origin, own));
        return if known && origins.next().is_none() {
            Ok(())
        } else {
            Err(Forgery::Origin)
        };
    }
    if own.session_cookie {
        Err(Forgery::Unsaid)
    } else {
        Ok(())
    }
}

fn is_own(origin: &str, own: Own<'_>) -> bool {
    if own
        .public_origin
        .is_some_and(|known| known.eq_ignore_ascii_case(origin))
    {
        return true;
    }
    // A page cannot choose the Host its browser sends, so an Origin that equals it is this host's.
    let authority = origin
        .strip_prefix("https://")
        .map(|rest| rest.strip_suffix(":443").unwrap_or(rest))
        .or_else(|| {
            origin
                .strip_prefix("http://")
                .map(|rest| rest.strip_suffix(":80").unwrap_or(rest))
        });
    match (authority, own.authority) {
        (Some(origin), Some(host)) => !origin.is_empty() && origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}

/// The key of form tokens; the same on every node. Never printed.
#[derive(Clone)]
pub struct FormTokens {
    key: [u8; 32],
}

impl std::fmt::Debug for FormTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FormTokens").finish_non_exhaustive()
    }
}

impl FormTokens {
    /// Takes a key derived for this purpose alone.
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    fn mac(&self, browser: &str) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.key).ok()?;
        mac.update(b"doorward form token\0");
        mac.update(browser.as_bytes());
        Some(mac)
    }

    /// The token of every form shown to the browser that holds this [`Browser`](super::CookieName::Browser) cookie.
    pub fn issue(&self, browser: &str) -> String {
        self.mac(browser)
            .map(|mac| BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
            .unwrap_or_default()
    }

    /// Whether a token belongs to that browser, in constant time.
    pub fn verify(&self, browser: &str, token: &str) -> bool {
        let Ok(bytes) = BASE64URL_NOPAD.decode(token.as_bytes()) else {
            return false;
        };
        self.mac(browser).is_some_and(|mac| mac.verify_slice(&bytes).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        map
    }

    fn own(session_cookie: bool) -> Own<'static> {
        Own {
            public_origin: Some("https://acme.example"),
            authority: Some("acme.internal:8080"),
            session_cookie,
        }
    }

    #[test]
    fn the_source_of_a_change_is_this_host_or_said_by_a_token() {
        use Forgery::{FetchSite, Origin, Unsaid};
        for (pairs, cookie, expected) in [
            (vec![("sec-fetch-site", "same-origin")], true, Ok(())),
            (vec![("sec-fetch-site", "none")], true, Ok(())),
            (vec![("sec-fetch-site", "same-site")], true, Err(FetchSite)),
            (vec![("sec-fetch-site", "cross-site")], false, Err(FetchSite)),
            (vec![("sec-fetch-site", "")], false, Err(FetchSite)),
            (
                vec![("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
                false,
                Err(FetchSite),
            ),
            // Fetch metadata is the browser's word and settles it.
            (
                vec![("sec-fetch-site", "same-origin"), ("origin", "null")],
                true,
                Ok(()),
            ),
            (
                vec![("sec-fetch-site", "cross-site"), ("origin", "https://acme.example")],
                true,
                Err(FetchSite),
            ),
            (vec![("origin", "https://acme.example")], true, Ok(())),
            (vec![("origin", "http://acme.internal:8080")], true, Ok(())),
            (vec![("origin", "https://evil.example")], false, Err(Origin)),
            (vec![("origin", "https://acme.example.evil.example")], true, Err(Origin)),
            (vec![("origin", "https://acme.example:444")], true, Err(Origin)),
            (vec![("origin", "http://acme.internal")], true, Err(Origin)),
            (vec![("origin", "null")], false, Err(Origin)),
            (vec![("origin", "")], false, Err(Origin)),
            (
                vec![("origin", "https://acme.example"), ("origin", "https://evil.example")],
                true,
                Err(Origin),
            ),
            (vec![], true, Err(Unsaid)),
            (vec![], false, Ok(())),
            (vec![("authorization", "Bearer x")], true, Ok(())),
            // Browsers do add Basic credentials by themselves.
            (vec![("authorization", "Basic eDp5")], true, Err(Unsaid)),
            (
                vec![("authorization", "Bearer "), ("sec-fetch-site", "cross-site")],
                true,
                Err(FetchSite),
            ),
            (
                vec![("authorization", "Bearer x"), ("sec-fetch-site", "cross-site")],
                true,
                Ok(()),
            ),
        ] {
            assert_eq!(
                check_source(&Method::POST, &headers(&pairs), own(cookie)),
                expected,
                "{pairs:?} {cookie}"
            );
        }
    }

    #[test]
    fn reading_needs_no_source() {
        let cross = headers(&[("sec-fetch-site", "cross-site")]);
        assert_eq!(check_source(&Method::GET, &cross, own(true)), Ok(()));
        for method in [
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::CONNECT,
        ] {
            assert_eq!(
                check_source(&method, &cross, own(true)),
                Err(Forgery::FetchSite),
                "{method}"
            );
        }
    }

    #[test]
    fn a_form_token_belongs_to_one_browser_and_one_key() {
        let tokens = FormTokens::new([7; 32]);
        let token = tokens.issue("browser-a");
        assert_eq!(token.len(), 43);
        assert!(tokens.verify("browser-a", &token));
        assert!(!tokens.verify("browser-b", &token));
        assert!(!FormTokens::new([8; 32]).verify("browser-a", &token));
        for bad in ["", "x", "!!", &token[..42], &format!("{token}A")] {
            assert!(!tokens.verify("browser-a", bad), "{bad}");
        }
        assert_eq!(format!("{tokens:?}"), "FormTokens { .. }");
    }
}
