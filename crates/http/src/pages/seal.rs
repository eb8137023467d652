//! A few words fit for the address bar, so that the page that shows them needs no store; authenticated, so that nobody
//! can put other words onto that page.

use data_encoding::BASE64URL_NOPAD;
use doorward_domain::secret::{CodeKey, TokenDigest};

/// Which page the words are for; they mean nothing to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sealed {
    /// A reset mail was asked for.
    ResetSent,
    /// A report was asked for.
    ReportSent,
    /// An address was proved.
    Verified,
    /// A change of addresses was undone, and a reset mail is on its way.
    Reverted,
    /// A session was ended from afar, and a reset mail is on its way.
    Disowned,
}

impl Sealed {
    const fn purpose(self) -> &'static [u8] {
        match self {
            Self::ResetSent => b"sent-to",
            Self::ReportSent => b"report-to",
            Self::Verified => b"verified",
            Self::Reverted => b"reverted",
            Self::Disowned => b"disowned",
        }
    }
}

/// Writes the words for the address bar.
pub(super) fn seal(key: &CodeKey, page: Sealed, words: &str) -> String {
    let mac = key.authenticate(&[page.purpose(), words.as_bytes()]);
    let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    format!("{}.{}", encode(words.as_bytes()), encode(mac.as_bytes()))
}

/// Reads them again, if this server wrote them for this page.
pub(super) fn unseal(key: &CodeKey, page: Sealed, sealed: &str) -> Option<String> {
    let (text, mac) = sealed.split_once('.')?;
    let text = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let mac = BASE64URL_NOPAD.decode(mac.as_bytes()).ok()?;
    let shown = TokenDigest::from_bytes(mac.try_into().ok()?);
    let known = key.authenticate(&[page.purpose(), &text]).matches(&shown);
    known.then(|| String::from_utf8(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_server_writes_onto_the_next_page() {
        let key = CodeKey::new([1; 32]);
        let sealed = seal(&key, Sealed::ResetSent, "j•••@e•••.com");
        assert_eq!(
            unseal(&key, Sealed::ResetSent, &sealed).as_deref(),
            Some("j•••@e•••.com")
        );
        assert_eq!(unseal(&CodeKey::new([2; 32]), Sealed::ResetSent, &sealed), None);
        assert_eq!(unseal(&key, Sealed::Verified, &sealed), None, "another page's words");
        let (_, mac) = sealed.split_once('.').unwrap();
        let other = format!("{}.{mac}", BASE64URL_NOPAD.encode(b"call 555-0100"));
        for forged in ["", ".", "a", &other, &sealed[1..]] {
            assert_eq!(unseal(&key, Sealed::ResetSent, forged), None, "{forged}");
        }
    }
}
