//! Where a person may be sent afterwards (B13, R42).

use serde::{Deserialize, Serialize};

/// Longest destination kept, in bytes.
pub const MAX_RETURN_TO_BYTES: usize = 2_048;

/// A destination on the workspace's own origin: a path, with query and fragment. Anything else became `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ReturnTo(String);

impl Default for ReturnTo {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl From<String> for ReturnTo {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<ReturnTo> for String {
    fn from(value: ReturnTo) -> Self {
        value.0
    }
}

impl ReturnTo {
    /// Reads a `return_to`. A refused value is replaced by `/`, never an error (R42).
    pub fn parse(text: &str) -> Self {
        Self::accept(text).unwrap_or_default()
    }

    /// Reads a `return_to` that may also be a whole URL on `origin` (scheme, host and port of the workspace as its
    /// people see it), as forward-auth proxies send it. Compared byte by byte, never by prefix of a host.
    pub fn parse_on_origin(text: &str, origin: &str) -> Self {
        match text.strip_prefix(origin) {
            Some("") => Self::default(),
            Some(rest) if rest.starts_with('/') => Self::parse(rest),
            Some(rest) if rest.starts_with('?') => Self::parse(&format!("/{rest}")),
            _ => Self::parse(text),
        }
    }

    /// The destination, fit for a `Location` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is just the home page.
    pub fn is_home(&self) -> bool {
        self.0 == "/"
    }

    fn accept(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > MAX_RETURN_TO_BYTES || !text.is_ascii() {
            return None;
        }
        let mut form = text.to_owned();
        for _ in 0..3 {
            if !looks_safe(&form) {
                return None;
            }
            let decoded = percent_decode_once(&form);
            if decoded == form {
                break;
            }
            form = decoded;
        }
        let base = url::Url::parse("https://workspace.invalid").ok()?;
        let url = base.join(text).ok()?;
        if url.origin() != base.origin() || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let normal = url.as_str().strip_prefix("https://workspace.invalid")?;
        (looks_safe(normal)).then(|| Self(normal.to_owned()))
    }
}

/// The refusals of R42 that hold for the text itself and for what up to two decodings make of it.
fn looks_safe(form: &str) -> bool {
    let before_query = form.split(['?', '#']).next().unwrap_or_default();
    form.starts_with('/')
        && !form.starts_with("//")
        && !before_query.contains("//")
        && !form.contains('\\')
        && !form.chars().any(char::is_control)
        && form.trim() == form
        && !before_query.split('/').any(|segment| segment.starts_with('@'))
}

fn percent_decode_once(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = |offset: usize| bytes.get(at + offset).and_then(|b| char::from(*b).to_digit(16));
        if byte == b'%'
            && let (Some(high), Some(low)) = (hex(1), hex(2))
            && let Ok(value) = u8::try_from(high * 16 + low)
        {
            decoded.push(value);
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn b13_paths_survive_with_query_and_fragment() {
        for path in [
            "/",
            "/tickets/4711",
            "/tickets?status=open&sort=new",
            "/requests/new#details",
            "/a/b.c/d-e_f~g",
        ] {
            assert_eq!(ReturnTo::parse(path).as_str(), path);
        }
        assert_eq!(ReturnTo::parse("/tickets/../admin").as_str(), "/admin");
        assert_eq!(
            ReturnTo::parse_on_origin("http://acme.localhost:8080/tickets/1", "http://acme.localhost:8080").as_str(),
            "/tickets/1"
        );
        assert!(ReturnTo::parse_on_origin("http://acme.localhost:80801/x", "http://acme.localhost:8080").is_home());
        assert!(
            ReturnTo::parse_on_origin("http://acme.localhost:8080@evil.example/", "http://acme.localhost:8080")
                .is_home()
        );
    }

    #[test]
    fn r42_refused_values_become_home() {
        let hosts = [
            "evil.example",
            "evil.example/%2e%2e",
            "acme.localhost@evil.example",
            "[::1]",
            "127.0.0.1",
            "0x7f.1",
        ];
        let prefixes = [
            "//",
            "///",
            "/\\",
            "\\\\",
            "\\/",
            "/\\/",
            "https://",
            "http://",
            "https:",
            "http:/",
            "https:/\\",
            "javascript:",
            "data:text/html,",
            "ftp://",
            "/%2f",
            "/%2F",
            "/%5c",
            "/%5C",
            "/%252f",
            "/%255c",
            "%2f%2f",
            "%5c%5c",
            "/\t/",
            "/\n/",
            "/\r/",
            "/%09/",
            "/%0a/",
            "/%0d/",
            "/%00/",
            "\t//",
            " //",
            "\u{0}//",
            "/.//",
            "/..//",
            "/./\\",
            "/%2e%2f%2f",
            "/%2e//",
            "/@",
            "@",
            "/%40",
            "//%40",
            "///@",
            "////",
            "/;//",
            "/x//",
            "/.%2f/",
            "/%2f%2f",
            "/%252f%252f",
            "/%25252f/..//",
            "..//",
            ".//",
            "?//..//",
            "//;@",
            "https;//",
            "//\u{ff0f}",
            "\u{ff0f}\u{ff0f}",
            "/\u{ff0f}",
            "/\u{2215}",
            "x:",
            "/%E2%80%AE//",
            "//%E3%80%82",
            "\u{202e}//",
            "\u{feff}//",
            "\u{a0}//",
            "///\\;@",
            "/ /",
            "/%20/ /",
            "/\u{b}/",
            "/\u{c}/",
            "\\",
            "\\t//",
            "/\\\t/",
            "/\\\\",
            "/%5c%5c",
            "/%5c/",
            "/%2f\\",
            "https:///",
            "https:////",
            "//https:",
            "//http://",
            "https:%2f%2f",
            "https%3a//",
            "%68ttps://",
            "view-source:",
            "blob:https://",
        ];
        let mut tried = 0;
        for prefix in prefixes {
            for host in hosts {
                let payload = format!("{prefix}{host}");
                let accepted = ReturnTo::parse(&payload);
                let browser = url::Url::parse("https://acme.example/sign-in")
                    .unwrap()
                    .join(accepted.as_str())
                    .unwrap();
                assert_eq!(browser.host_str(), Some("acme.example"), "{payload:?} -> {accepted:?}");
                assert!(
                    accepted.as_str().starts_with('/') && !accepted.as_str().starts_with("//"),
                    "{payload:?}"
                );
                assert!(
                    !accepted.as_str().contains(['\\', '\r', '\n', '\t', '\0']),
                    "{payload:?}"
                );
                tried += 1;
            }
        }
        assert!(tried >= 500, "R42 asks for 500 payloads, this list has {tried}");
    }

    proptest! {
        #[test]
        fn z2_whatever_is_accepted_stays_on_the_origin(text in "\\PC{0,60}", tail in "[/\\\\%2fF5cC40@:a-z.?# \\t\\n]{0,40}") {
            for payload in [text.clone(), tail.clone(), format!("/{text}"), format!("/{tail}")] {
                let accepted = ReturnTo::parse(&payload);
                let url = url::Url::parse("https://acme.example/sign-in").unwrap().join(accepted.as_str()).unwrap();
                prop_assert_eq!(url.origin().ascii_serialization(), "https://acme.example");
                prop_assert_eq!(&ReturnTo::parse(accepted.as_str()), &accepted);
            }
        }
    }
}
