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

/// How many people's signs of having been here one browser keeps.
pub const KEPT: usize = 5;

/// The entries of a cookie; no more are looked at than are ever written.
fn entries(cookie: Option<&str>) -> impl Iterator<Item = &str> {
    cookie.into_iter().flat_map(|cookie| cookie.split('~')).take(KEPT)
}

/// Makes and reads device cookies.
#[derive(Debug, Clone, Copy)]
pub struct DeviceCookies<'a>(pub &'a CodeKey);

impl DeviceCookies<'_> {
    /// The cookie for a browser in which somebody has just signed in with this address. It keeps what `previous` says of
    /// others who use the browser, the latest [`KEPT`] in all.
    pub fn issue(
        self,
        workspace: WorkspaceId,
        address: &EmailKey,
        previous: Option<&str>,
        entropy: &dyn Entropy,
    ) -> String {
        let mut nonce = [0_u8; 16];
        entropy.fill(&mut nonce);
        let nonce = data_encoding::BASE64URL_NOPAD.encode(&nonce);
        let mac = self.mac(workspace, address, &nonce);
        let own = format!("{nonce}.{}", data_encoding::BASE64URL_NOPAD.encode(mac.as_bytes()));
        let others = entries(previous)
            .filter(|entry| entry.len() == own.len() && self.nonce_of(entry, workspace, address).is_none())
            .take(KEPT - 1);
        std::iter::once(own.as_str())
            .chain(others)
            .collect::<Vec<_>>()
            .join("~")
    }

    /// Whose budget a try counts on. A forged, foreign or absent cookie is a stranger's.
    pub fn standing(self, cookie: Option<&str>, workspace: WorkspaceId, address: &EmailKey) -> Standing {
        entries(cookie)
            .find_map(|entry| self.nonce_of(entry, workspace, address))
            .map_or(Standing::Stranger, Standing::KnownDevice)
    }

    fn nonce_of(self, entry: &str, workspace: WorkspaceId, address: &EmailKey) -> Option<String> {
        let (nonce, mac) = entry.split_once('.')?;
        let mac = data_encoding::BASE64URL_NOPAD.decode(mac.as_bytes()).ok()?;
        let shown = crate::secret::TokenDigest::from_bytes(mac.try_into().ok()?);
        (nonce.len() == 22 && self.mac(workspace, address, nonce).matches(&shown)).then(|| nonce.to_owned())
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
        let cookie = cookies.issue(here, &jo, None, &Counting);
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

    #[test]
    fn r26_people_who_share_a_browser_are_all_known_to_it() {
        let key = CodeKey::new([7; 32]);
        let cookies = DeviceCookies(&key);
        let here = WorkspaceId::from_uuid(uuid::Uuid::from_u128(1));
        let people: Vec<EmailKey> = (0..=KEPT)
            .map(|n| EmailAddress::parse(&format!("p{n}@example.com")).unwrap().key())
            .collect();
        let mut cookie: Option<String> = None;
        for person in &people {
            for _twice in 0..2 {
                cookie = Some(cookies.issue(here, person, cookie.as_deref(), &Counting));
            }
        }
        let known = |person| cookies.standing(cookie.as_deref(), here, person) != Standing::Stranger;
        assert!(!known(&people[0]) && people[1..].iter().all(known));
    }
}
