//! The headers that every response carries (R84–R86): pages, assets, problems, panics and the session check alike.

use data_encoding::BASE64URL_NOPAD;
use doorward_domain::ports::Entropy;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, Response};

use crate::public_url::PublicUrl;

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

const BARE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const VARIES: HeaderValue = HeaderValue::from_static("Cookie, Sec-Fetch-Site, Origin");
const TWO_YEARS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), browsing-topics=(), \
     publickey-credentials-get=(self), publickey-credentials-create=(self)",
);

/// The random value that lets a page's own style and script run; one a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// Draws 128 bits.
    pub fn draw(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 16];
        entropy.fill(&mut bytes);
        Self(BASE64URL_NOPAD.encode(&bytes))
    }

    /// The value as it stands in the page.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks a response as one whose address holds a token: it is not kept anywhere and tells no referrer (R84, R85).
///
/// Routes with a `{token}` in their path are marked by the edge; a handler inserts this as a response extension where
/// the token stands elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct TokenPage;

/// Origins beside its own that the forms of one page may go to, such as a workspace's providers; a response extension.
#[derive(Debug, Clone, Default)]
pub struct FormTargets(pub Vec<String>);

/// Origins whose pages may show this one in a frame; a response extension. Without it nobody's may (R84).
#[derive(Debug, Clone, Default)]
pub(crate) struct FramedBy(pub(crate) Vec<String>);

/// Marks a page whose inline style attributes are to show: one of the development mailbox, which holds a mail as its
/// reader's program would draw it. Scripts stay shut out as everywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InlineStyles;

/// Marks a response that anybody may keep: a file named by its content. Without it every response is `no-store`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Immutable;

/// The headers under the configured address.
#[derive(Debug, Clone)]
pub struct SecurityHeaders {
    strict_transport: bool,
    form_targets: String,
}

impl SecurityHeaders {
    /// `form_targets` are the origins of the server-wide providers, for `form-action`.
    pub fn new(public_url: &PublicUrl, form_targets: &[String]) -> Self {
        Self {
            strict_transport: public_url.is_https(),
            form_targets: directive_sources(form_targets),
        }
    }

    /// The whole set for answers that are not pages, ready to be cloned: problems and the session check.
    pub(crate) fn bare(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(16);
        self.common(&mut headers);
        headers.insert(CONTENT_SECURITY_POLICY, BARE_POLICY);
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(CACHE_CONTROL, NO_STORE);
        headers.insert(VARY, VARIES);
        headers
    }

    /// Dresses a response; the last thing that happens to it.
    pub(crate) fn apply<B>(&self, response: &mut Response<B>, nonce: &Nonce, token_page: bool) {
        let token_page = token_page || response.extensions().get::<TokenPage>().is_some();
        let immutable = response.extensions().get::<Immutable>().is_some();
        let more_targets = response.extensions_mut().remove::<FormTargets>();
        let framed_by = response.extensions_mut().remove::<FramedBy>();
        let inline_styles = response.extensions().get::<InlineStyles>().is_some();
        let headers = response.headers_mut();
        let page = headers
            .get(CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
        self.common(headers);
        let policy = if page {
            self.page_policy(nonce, more_targets.as_ref(), framed_by.as_ref(), inline_styles)
        } else {
            BARE_POLICY
        };
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        // "strict-origin" keeps the Origin header of a form post whole, which "no-referrer" would turn into "null" (R83
        // falls back to it); it never tells more than the origin.
        let referrer = if page && !token_page {
            "strict-origin"
        } else {
            "no-referrer"
        };
        headers.insert(REFERRER_POLICY, HeaderValue::from_static(referrer));
        if !immutable || headers.contains_key(SET_COOKIE) {
            headers.insert(CACHE_CONTROL, NO_STORE);
            headers.append(VARY, VARIES);
        }
    }

    fn common(&self, headers: &mut HeaderMap) {
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(PERMISSIONS_POLICY, PERMISSIONS);
        if self.strict_transport {
            headers.insert(STRICT_TRANSPORT_SECURITY, TWO_YEARS);
        }
    }

    fn page_policy(
        &self,
        nonce: &Nonce,
        more: Option<&FormTargets>,
        framed_by: Option<&FramedBy>,
        inline_styles: bool,
    ) -> HeaderValue {
        let nonce = nonce.as_str();
        let styles = if inline_styles {
            "'unsafe-inline'".to_owned()
        } else {
            format!("'nonce-{nonce}'")
        };
        let targets = &self.form_targets;
        let more = more.map(|targets| directive_sources(&targets.0)).unwrap_or_default();
        let ancestors = framed_by
            .map(|origins| directive_sources(&origins.0))
            .unwrap_or_default();
        let ancestors = match ancestors.trim_start() {
            "" => "'none'",
            sources => sources,
        };
        let policy = format!(
            "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' {styles}; img-src 'self'; \
             font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'{targets}{more}; object-src 'none'; \
             base-uri 'none'; frame-ancestors {ancestors}"
        );
        HeaderValue::from_str(&policy).unwrap_or(BARE_POLICY)
    }
}

/// Origins as sources of a directive; anything that could end the directive or begin another is left out.
fn directive_sources(origins: &[String]) -> String {
    let mut sources = String::new();
    for origin in origins {
        let plain = origin.starts_with("https://") || origin.starts_with("http://");
        if plain
            && origin
                .bytes()
                .all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b',' | b'\'' | b'"'))
        {
            sources.push(' ');
            sources.push_str(origin);
        }
    }
    sources
}

/// The header block for the few answers that hyper writes before a request exists (malformed or too large a head).
pub(crate) fn raw_block(headers: &SecurityHeaders) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in &headers.bare() {
        block.extend_from_slice(name.as_str().as_bytes());
        block.extend_from_slice(b": ");
        block.extend_from_slice(value.as_bytes());
        block.extend_from_slice(b"\r\n");
    }
    block
}

#[cfg(test)]
mod tests {
    use crate::testing::SeededEntropy;

    use super::*;

    fn dressed(url: &str, build: impl FnOnce(&mut Response<()>), token: bool) -> HeaderMap {
        let headers = SecurityHeaders::new(
            &PublicUrl::parse(url).unwrap(),
            &[
                "https://sso.example".to_owned(),
                "https://x; script-src *".to_owned(),
                "javascript:1".to_owned(),
            ],
        );
        let mut response = Response::new(());
        build(&mut response);
        headers.apply(&mut response, &Nonce("abc".to_owned()), token);
        response.headers().clone()
    }

    fn html(response: &mut Response<()>) {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    }

    #[test]
    fn r84_a_page_is_framed_by_those_that_are_named_and_else_by_nobody() {
        let framed = |origins: &[&str]| {
            let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
            let marked = |response: &mut Response<()>| {
                html(response);
                response.extensions_mut().insert(FramedBy(origins));
            };
            let headers = dressed("https://help.example", marked, false);
            let policy = headers["content-security-policy"].to_str().unwrap().to_owned();
            policy.rsplit_once("frame-ancestors ").unwrap().1.to_owned()
        };
        assert_eq!(
            framed(&["https://a.example", "https://b.example"]),
            "https://a.example https://b.example"
        );
        assert_eq!(framed(&[]), "'none'");
        assert_eq!(framed(&["https://x; script-src *", "javascript:1"]), "'none'");
    }

    #[test]
    fn a_page_runs_only_what_it_brings() {
        let headers = dressed("https://help.example", html, false);
        assert_eq!(
            headers["content-security-policy"],
            "default-src 'none'; script-src 'self' 'nonce-abc'; style-src 'self' 'nonce-abc'; img-src 'self'; font-src 'self'; \
             connect-src 'self'; manifest-src 'self'; form-action 'self' https://sso.example; object-src 'none'; \
             base-uri 'none'; frame-ancestors 'none'"
        );
        assert_eq!(
            headers["strict-transport-security"],
            "max-age=63072000; includeSubDomains"
        );
        assert_eq!(headers["referrer-policy"], "strict-origin");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["vary"], "Cookie, Sec-Fetch-Site, Origin");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert!(headers.contains_key("permissions-policy"));
        assert!(!headers.contains_key("access-control-allow-origin"));
    }

    #[test]
    fn http_has_no_hsts_and_token_pages_no_referrer() {
        assert!(!dressed("http://localhost", html, false).contains_key("strict-transport-security"));
        assert_eq!(
            dressed("http://localhost", html, true)["referrer-policy"],
            "no-referrer"
        );
        let marked = |response: &mut Response<()>| {
            html(response);
            response.extensions_mut().insert(TokenPage);
        };
        assert_eq!(
            dressed("http://localhost", marked, false)["referrer-policy"],
            "no-referrer"
        );
    }

    #[test]
    fn only_a_named_file_without_cookie_may_be_kept() {
        let kept = |cookie: bool| {
            dressed(
                "http://localhost",
                |response| {
                    response.extensions_mut().insert(Immutable);
                    let headers = response.headers_mut();
                    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, immutable"));
                    if cookie {
                        headers.insert(SET_COOKIE, HeaderValue::from_static("a=b"));
                    }
                },
                false,
            )["cache-control"]
                .clone()
        };
        assert_eq!(kept(false), "public, immutable");
        assert_eq!(kept(true), "no-store");
    }

    #[test]
    fn a_page_can_add_form_targets() {
        let headers = dressed(
            "http://localhost",
            |response| {
                html(response);
                response
                    .extensions_mut()
                    .insert(FormTargets(vec!["https://own.example".to_owned()]));
            },
            false,
        );
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("form-action 'self' https://sso.example https://own.example;"),
            "{policy}"
        );
    }

    #[test]
    fn nonces_are_fresh() {
        let entropy = SeededEntropy::new(1);
        let (one, two) = (Nonce::draw(&entropy), Nonce::draw(&entropy));
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), 22);
    }
}
