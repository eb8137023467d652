//! Cookies: how they are named, written and read (R80).

use http::header::{COOKIE, HeaderValue};
use http::{HeaderMap, HeaderName};

use crate::public_url::PublicUrl;

/// A cookie of Doorward. Each is host-only, `HttpOnly`, `SameSite=Lax` and holds an opaque value, no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CookieName {
    /// The token of the session.
    Session,
    /// This browser, before and beside any session: what form tokens (R83) and attempts (R25) are bound to. Never promoted to a session
    /// (R79).
    Browser,
    /// That somebody signed in well from this browser before (R26); opens nothing.
    Device,
    /// The token of the reset link that was just followed, for the page of that link only (R36).
    ResetLink,
    /// The same of a link of the operator's that lets somebody set a new password and second factor (B15).
    RecoverLink,
    /// The same of a link that proves an address (A5).
    VerifyEmailLink,
    /// The same of a link that undoes a change of addresses (R48).
    RevertEmailLink,
    /// The same of a link that says "this wasn't me".
    NotMeLink,
    /// The same of a link that stops what staff announced (C10).
    StopRequestLink,
    /// The same of a link that brings a deleted account back.
    RestoreAccountLink,
    /// The same of a personal portal link (B4).
    PortalLink,
    /// That whoever signed in last from this browser wanted to be kept signed in; says nothing about anybody.
    KeepSignedIn,
    /// By which way somebody signed in last from this browser, by the name of the way: marked on the sign-in page. No secret,
    /// and nothing about anybody.
    LastUsed,
    /// What has just been done, by a name of a closed list, to be said on the next page and then no more.
    Notice,
}

/// Names and attributes of the cookies under the configured address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookies {
    secure: bool,
}

impl Cookies {
    /// `__Host-` and `Secure` on https; neither on loopback http, where browsers would drop them (R80).
    pub fn new(public_url: &PublicUrl) -> Self {
        Self {
            secure: public_url.is_https(),
        }
    }

    /// The name as the browser knows it.
    pub const fn name(self, cookie: CookieName) -> &'static str {
        match (cookie, self.secure) {
            (CookieName::Session, true) => "__Host-doorward_session",
            (CookieName::Session, false) => "doorward_session",
            (CookieName::Browser, true) => "__Host-doorward_browser",
            (CookieName::Browser, false) => "doorward_browser",
            (CookieName::Device, true) => "__Host-doorward_device",
            (CookieName::Device, false) => "doorward_device",
            (CookieName::ResetLink, true) => "__Host-doorward_reset",
            (CookieName::ResetLink, false) => "doorward_reset",
            (CookieName::RecoverLink, true) => "__Host-doorward_recover",
            (CookieName::RecoverLink, false) => "doorward_recover",
            (CookieName::VerifyEmailLink, true) => "__Host-doorward_verify",
            (CookieName::VerifyEmailLink, false) => "doorward_verify",
            (CookieName::RevertEmailLink, true) => "__Host-doorward_revert",
            (CookieName::RevertEmailLink, false) => "doorward_revert",
            (CookieName::NotMeLink, true) => "__Host-doorward_not_me",
            (CookieName::NotMeLink, false) => "doorward_not_me",
            (CookieName::StopRequestLink, true) => "__Host-doorward_stop",
            (CookieName::StopRequestLink, false) => "doorward_stop",
            (CookieName::RestoreAccountLink, true) => "__Host-doorward_restore",
            (CookieName::RestoreAccountLink, false) => "doorward_restore",
            (CookieName::PortalLink, true) => "__Host-doorward_portal",
            (CookieName::PortalLink, false) => "doorward_portal",
            (CookieName::KeepSignedIn, true) => "__Host-doorward_keep",
            (CookieName::KeepSignedIn, false) => "doorward_keep",
            (CookieName::LastUsed, true) => "__Host-doorward_last_used",
            (CookieName::LastUsed, false) => "doorward_last_used",
            (CookieName::Notice, true) => "__Host-doorward_notice",
            (CookieName::Notice, false) => "doorward_notice",
        }
    }

    /// The value a request carries. Two cookies of that name are none: one of them was planted.
    pub fn read(self, headers: &HeaderMap, cookie: CookieName) -> Option<&str> {
        let wanted = self.name(cookie);
        let mut found = None;
        for header in headers.get_all(COOKIE) {
            for pair in header.to_str().ok()?.split(';') {
                if let Some((name, value)) = pair.trim_ascii().split_once('=')
                    && name == wanted
                {
                    if found.is_some() {
                        return None;
                    }
                    found = Some(value);
                }
            }
        }
        found.filter(|value| !value.is_empty())
    }

    /// A `Set-Cookie` value; without `max_age_seconds` the cookie dies with the browser. `None` where the value is not
    /// an opaque token (letters, digits, `-`, `_`, `.`) or the cookie would pass 4,096 bytes.
    pub fn set(self, cookie: CookieName, value: &str, max_age_seconds: Option<u64>) -> Option<HeaderValue> {
        let opaque = !value.is_empty()
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !opaque {
            return None;
        }
        let mut text = self.attributes(cookie, value);
        if let Some(seconds) = max_age_seconds {
            text.push_str("; Max-Age=");
            text.push_str(&seconds.to_string());
        }
        if text.len() > 4096 {
            return None;
        }
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// A `Set-Cookie` value that makes the browser forget the cookie, by name (R85).
    pub fn expire(self, cookie: CookieName) -> Option<HeaderValue> {
        let mut text = self.attributes(cookie, "");
        text.push_str("; Max-Age=0");
        HeaderValue::from_str(&text).ok()
    }

    fn attributes(self, cookie: CookieName, value: &str) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}", self.name(cookie))
    }
}

/// What cleans the browser at sign-out: never `"cookies"`, which would wipe sibling hosts (R85).
pub const CLEAR_SITE_DATA: (HeaderName, HeaderValue) = (
    HeaderName::from_static("clear-site-data"),
    HeaderValue::from_static("\"cache\", \"storage\""),
);

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(url: &str) -> Cookies {
        Cookies::new(&PublicUrl::parse(url).unwrap())
    }

    #[test]
    fn https_cookies_are_host_bound_and_secure() {
        let cookies = cookies("https://help.example.com");
        assert_eq!(
            cookies.set(CookieName::Session, "abc_-1", Some(60)).unwrap(),
            "__Host-doorward_session=abc_-1; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60"
        );
        assert_eq!(
            cookies.expire(CookieName::Session).unwrap(),
            "__Host-doorward_session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
        );
    }

    #[test]
    fn loopback_http_has_the_same_cookies_without_prefix() {
        let cookies = cookies("http://localhost:8080");
        assert_eq!(
            cookies.set(CookieName::Browser, "abc", None).unwrap(),
            "doorward_browser=abc; Path=/; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn a_value_cannot_add_attributes() {
        let cookies = cookies("http://localhost:8080");
        for value in ["", "a;b", "a b", "a\r\nx: y", "é", "a=b", "\"a\""] {
            assert_eq!(cookies.set(CookieName::Browser, value, None), None, "{value}");
        }
        assert_eq!(cookies.set(CookieName::Browser, &"a".repeat(4096), None), None);
    }

    #[test]
    fn reads_one_cookie_among_others() {
        let cookies = cookies("http://localhost:8080");
        for (headers, expected) in [
            (vec!["doorward_session=abc"], Some("abc")),
            (vec!["a=b; doorward_session=abc; c=d"], Some("abc")),
            (vec!["a=b", "c=d;doorward_session=abc"], Some("abc")),
            (vec!["doorward_session="], None),
            (vec!["xdoorward_session=abc"], None),
            (vec!["__Host-doorward_session=abc"], None),
            (vec!["doorward_session=abc; doorward_session=def"], None),
            (vec![], None),
        ] {
            let mut map = HeaderMap::new();
            for header in &headers {
                map.append(COOKIE, HeaderValue::from_str(header).unwrap());
            }
            assert_eq!(cookies.read(&map, CookieName::Session), expected, "{headers:?}");
        }
    }
}
