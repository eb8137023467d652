//! Device cookies: how a browser that signed in here before keeps a budget of its own (R26).
//!
//! The cookie holds a nonce and a MAC over workspace, address and nonce. It opens nothing; it only tells the throttle
//! that wrong tries from this browser are not a stranger's. So a stranger who burns the address's budget does not lock
//! its owner out, and no look-up is needed to know it.

use crate::email_address::EmailKey;
use crate::ids::WorkspaceId;
use crate::ports::Entropy;
use crate::secret::CodeKey;
use crate::throttle::Standing;

/// Makes and reads device cookies.
#[derive(Debug, Clone, Copy)]
pub struct DeviceCookies<'a>(pub &'a CodeKey);

impl DeviceCookies<'_> {
    /// A new cookie for a browser that has just signed in with this address.
    pub fn issue(self, workspace: WorkspaceId, address: &EmailKey, entropy: &dyn Entropy) -> String {
        let mut nonce = [0_u8; 16];
        entropy.fill(&mut nonce);
        let nonce = data_encoding::BASE64URL_NOPAD.encode(&nonce);
        let mac = self.mac(workspace, address, &nonce);
        format!("{nonce}.{}", data_encoding::BASE64URL_NOPAD.encode(mac.as_bytes()))
    }

    /// Whose budget a try counts on. A forged, foreign or absent cookie is a stranger's.
    pub fn standing(self, cookie: Option<&str>, workspace: WorkspaceId, address: &EmailKey) -> Standing {
        let known = cookie.and_then(|cookie| {
            let (nonce, mac) = cookie.split_once('.')?;
            let mac = data_encoding::BASE64URL_NOPAD.decode(mac.as_bytes()).ok()?;
            let shown = crate::secret::TokenDigest::from_bytes(mac.try_into().ok()?);
            (nonce.len() == 22 && self.mac(workspace, address, nonce).matches(&shown)).then(|| nonce.to_owned())
        });
        known.map_or(Standing::Stranger, Standing::KnownDevice)
    }

    fn mac(self, workspace: WorkspaceId, address: &EmailKey, nonce: &str) -> crate::secret::TokenDigest {
        self.0.authenticate(&[
            b"device",
            workspace.as_uuid().as_bytes(),
            address.as_str().as_bytes(),
            nonce.as_bytes(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email_address::EmailAddress;

    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.iter_mut().zip(1..).for_each(|(byte, n)| *byte = n);
        }
    }

    #[test]
    fn r26_a_cookie_stands_for_one_address_in_one_workspace() {
        let key = CodeKey::new([7; 32]);
        let cookies = DeviceCookies(&key);
        let here = WorkspaceId::from_uuid(uuid::Uuid::from_u128(1));
        let jo = EmailAddress::parse("jo@example.com").unwrap().key();
        let eve = EmailAddress::parse("eve@example.com").unwrap().key();
        let cookie = cookies.issue(here, &jo, &Counting);
        assert!(matches!(
            cookies.standing(Some(&cookie), here, &jo),
            Standing::KnownDevice(_)
        ));
        assert_eq!(cookies.standing(Some(&cookie), here, &eve), Standing::Stranger);
        assert_eq!(
            cookies.standing(Some(&cookie), WorkspaceId::SERVER, &jo),
            Standing::Stranger
        );
        assert_eq!(cookies.standing(None, here, &jo), Standing::Stranger);
        let forged = format!("B{}", &cookie[1..]);
        assert_eq!(cookies.standing(Some(&forged), here, &jo), Standing::Stranger);
        assert_eq!(cookies.standing(Some("."), here, &jo), Standing::Stranger);
    }
}
