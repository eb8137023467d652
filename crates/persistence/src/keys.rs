//! Keys of the server, kept outside the database, and what is done with them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use doorward_domain::ports::Entropy;
use doorward_domain::secret::CodeKey;
use hkdf::Hkdf;
use sha2::Sha256;
use thiserror::Error;
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

/// Length of a secret key, in bytes.
pub const KEY_BYTES: usize = 32;

const FORMAT: u8 = 1;
const ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = 1 + ID_BYTES + NONCE_BYTES;

/// Why keys cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyRingError {
    /// There is none.
    #[error("no secret key was given")]
    None,
    /// One is not 32 bytes long.
    #[error("a secret key is exactly 32 random bytes; this one is {length} bytes long")]
    Length {
        /// Its length in bytes.
        length: usize,
    },
    /// One is known to everybody, or was plainly not drawn at random (R116).
    #[error("a secret key is 32 random bytes; this one is an example or follows a pattern")]
    Known,
    /// One was given twice.
    #[error("the same secret key was given twice")]
    Twice,
}

/// Why something sealed does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpenError {
    /// It was sealed with a key that is not on the ring (any more).
    #[error("sealed with a key that this server does not have")]
    UnknownKey,
    /// It was changed, cut off, or moved here from another row.
    #[error("damaged, or not sealed for this place")]
    Damaged,
}

/// Where something sealed stands. It opens there and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's id, or whose the row is.
    pub row: Uuid,
    /// The workspace, where it belongs to the place (R68).
    pub workspace: Option<Uuid>,
}

struct Entry {
    id: [u8; ID_BYTES],
    secret: Zeroizing<[u8; KEY_BYTES]>,
}

/// The server's secret keys, newest first. Everything is sealed with the newest, and opened with whichever sealed it.
///
/// No key is used as it is: each use has a key of its own, derived by HKDF-SHA-256 under the use's label.
#[derive(Clone)]
pub struct KeyRing {
    entries: Arc<[Entry]>,
    entropy: Arc<dyn Entropy>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("keys", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Makes a ring of keys, newest first. The buffers handed in are wiped.
    ///
    /// # Errors
    /// [`KeyRingError`] for no key, a key of another length, a repeated one, or one that is no secret (R116).
    pub fn new(keys: Vec<Vec<u8>>, entropy: Arc<dyn Entropy>) -> Result<Self, KeyRingError> {
        let mut keys = Zeroizing::new(keys);
        let mut entries: Vec<Entry> = Vec::with_capacity(keys.len());
        for key in keys.iter_mut() {
            let length = key.len();
            let secret = <[u8; KEY_BYTES]>::try_from(key.as_slice()).map_err(|_| KeyRingError::Length { length })?;
            key.zeroize();
            let secret = Zeroizing::new(secret);
            if is_known(&secret) {
                return Err(KeyRingError::Known);
            }
            let mut id = [0; ID_BYTES];
            derive(&secret, "doorward key id", &mut id);
            if entries.iter().any(|entry| entry.id == id) {
                return Err(KeyRingError::Twice);
            }
            entries.push(Entry { id, secret });
        }
        if entries.is_empty() {
            return Err(KeyRingError::None);
        }
        Ok(Self {
            entries: entries.into(),
            entropy,
        })
    }

    /// The key under which codes and device cookies are authenticated (R29): derived from the newest key, so that codes
    /// of the last ten minutes are the price of a rotation.
    pub fn code_key(&self) -> CodeKey {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if let Some(newest) = self.entries.first() {
            derive(&newest.secret, "doorward code key", key.as_mut());
        }
        CodeKey::new(*key)
    }

    /// Seals `plain` for one place, with XChaCha20-Poly1305 under the newest key (R116).
    pub fn seal(&self, place: Place, plain: &[u8]) -> Result<Vec<u8>, OpenError> {
        let newest = self.entries.first().ok_or(OpenError::UnknownKey)?;
        let mut nonce = [0; NONCE_BYTES];
        self.entropy.fill(&mut nonce);
        let payload = Payload {
            msg: plain,
            aad: &associated(place, newest.id),
        };
        let sealed = cipher(newest)
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| OpenError::Damaged)?;
        let mut whole = Vec::with_capacity(HEADER_BYTES + sealed.len());
        whole.push(FORMAT);
        whole.extend_from_slice(&newest.id);
        whole.extend_from_slice(&nonce);
        whole.extend_from_slice(&sealed);
        Ok(whole)
    }

    /// Whether something sealed would be sealed with the same key today; otherwise it is to be sealed anew before that key
    /// goes (R116).
    pub fn is_newest(&self, sealed: &[u8]) -> bool {
        let newest = self.entries.first().map(|entry| entry.id);
        sealed.get(1..=ID_BYTES) == newest.as_ref().map(<[u8; ID_BYTES]>::as_slice)
    }

    /// Whether the key that something was sealed with is on the ring, by the id of that key. Whether it opens is another
    /// question.
    pub(crate) fn has(&self, key_id: &[u8]) -> bool {
        self.entries.iter().any(|entry| entry.id == key_id)
    }

    /// Opens what [`seal`](Self::seal) made for the same place.
    ///
    /// # Errors
    /// [`OpenError`] if its key is not on the ring, or it is not what was sealed for this place.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (format, rest) = sealed.split_first().ok_or(OpenError::Damaged)?;
        let (id, rest) = rest.split_first_chunk::<ID_BYTES>().ok_or(OpenError::Damaged)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Damaged)?;
        if *format != FORMAT {
            return Err(OpenError::Damaged);
        }
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.id == *id)
            .ok_or(OpenError::UnknownKey)?;
        let payload = Payload {
            msg: body,
            aad: &associated(place, entry.id),
        };
        cipher(entry)
            .decrypt(&XNonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| OpenError::Damaged)
    }
}

fn cipher(entry: &Entry) -> XChaCha20Poly1305 {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    derive(&entry.secret, "doorward sealing key", key.as_mut());
    XChaCha20Poly1305::new(&Key::from(*key))
}

fn derive(secret: &[u8; KEY_BYTES], label: &str, output: &mut [u8]) {
    if Hkdf::<Sha256>::new(None, secret)
        .expand(label.as_bytes(), output)
        .is_err()
    {
        // HKDF refuses lengths above 255 hashes only; the labels above ask for one at most.
        output.zeroize();
    }
}

fn associated(place: Place, key: [u8; ID_BYTES]) -> Vec<u8> {
    let mut text = Vec::with_capacity(64);
    text.extend_from_slice(place.table.as_bytes());
    text.push(b'|');
    text.extend_from_slice(place.column.as_bytes());
    text.push(b'|');
    text.extend_from_slice(place.row.as_bytes());
    text.push(b'|');
    text.extend_from_slice(&key);
    // Ids have one length, so that no place with a workspace reads like one without.
    if let Some(workspace) = place.workspace {
        text.extend_from_slice(workspace.as_bytes());
    }
    text
}

/// Thirty-two random bytes have about 30 different values and hold no text; of honest keys less than one in 2^90 has
/// under 12 values or is printable throughout.
fn is_known(key: &[u8; KEY_BYTES]) -> bool {
    let values: BTreeSet<u8> = key.iter().copied().collect();
    let printable = key
        .iter()
        .all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let steps: BTreeSet<u8> = key
        .windows(2)
        .filter_map(|pair| Some(pair.get(1)?.wrapping_sub(*pair.first()?)))
        .collect();
    values.len() < 12 || printable || steps.len() < 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    fn key(seed: u8) -> Vec<u8> {
        use sha2::Digest as _;
        Sha256::digest([seed]).to_vec()
    }

    fn ring(seeds: &[u8]) -> KeyRing {
        let keys = seeds.iter().map(|seed| key(*seed)).collect();
        KeyRing::new(keys, Arc::new(Counting(0.into()))).unwrap()
    }

    const PLACE: Place = Place {
        table: "outbox",
        column: "payload",
        row: Uuid::from_u128(7),
        workspace: None,
    };

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let ring = ring(&[1]);
        let sealed = ring.seal(PLACE, b"ABC-DEFG").unwrap();
        assert_eq!(ring.open(PLACE, &sealed).unwrap().as_slice(), b"ABC-DEFG");
        assert!(!sealed.windows(8).any(|window| window == b"ABC-DEFG"));
        assert_ne!(sealed, ring.seal(PLACE, b"ABC-DEFG").unwrap());

        let elsewhere = [
            Place {
                row: Uuid::from_u128(8),
                ..PLACE
            },
            Place {
                column: "other",
                ..PLACE
            },
            Place {
                table: "other",
                ..PLACE
            },
            Place {
                workspace: Some(Uuid::nil()),
                ..PLACE
            },
        ];
        for place in elsewhere {
            assert_eq!(ring.open(place, &sealed).unwrap_err(), OpenError::Damaged);
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(ring.open(PLACE, &changed).is_err(), "byte {at}");
            assert!(ring.open(PLACE, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn r116_two_keys_live_side_by_side_during_a_rotation() {
        let old = ring(&[1]);
        let sealed = old.seal(PLACE, b"x").unwrap();
        let both = ring(&[2, 1]);
        assert_eq!(both.open(PLACE, &sealed).unwrap().as_slice(), b"x");
        let renewed = both.seal(PLACE, b"x").unwrap();
        assert!(both.is_newest(&renewed) && !both.is_newest(&sealed) && !both.is_newest(&[1]));
        assert_eq!(old.open(PLACE, &renewed).unwrap_err(), OpenError::UnknownKey);
        assert_eq!(ring(&[2]).open(PLACE, &renewed).unwrap().as_slice(), b"x");
    }

    #[test]
    fn each_use_has_a_key_of_its_own() {
        let parts: &[&[u8]] = &[b"x"];
        let of = |seed: u8| ring(&[seed]).code_key().authenticate(parts);
        assert!(of(1) == of(1) && of(1) != of(2));
        let raw = CodeKey::new(key(1).try_into().unwrap()).authenticate(parts);
        assert_ne!(of(1), raw);
    }

    #[test]
    fn r116_keys_that_are_no_secret_are_refused() {
        let refusal = |keys: Vec<Vec<u8>>| KeyRing::new(keys, Arc::new(Counting(0.into()))).unwrap_err();
        assert_eq!(refusal(vec![]), KeyRingError::None);
        assert_eq!(refusal(vec![vec![1; 31]]), KeyRingError::Length { length: 31 });
        assert_eq!(refusal(vec![key(1), vec![]]), KeyRingError::Length { length: 0 });
        assert_eq!(refusal(vec![key(1), key(1)]), KeyRingError::Twice);
        for known in [
            vec![0; 32],
            vec![0xff; 32],
            (0..32).collect(),
            (0..32).map(|at| at * 3).collect(),
            b"0123456789abcdef0123456789abcdef".to_vec(),
            b"please-change-me-please-change-m".to_vec(),
        ] {
            assert_eq!(refusal(vec![known.clone()]), KeyRingError::Known, "{known:?}");
        }
    }

    #[test]
    fn printing_a_ring_tells_nothing() {
        assert_eq!(format!("{:?}", ring(&[1])), "KeyRing { keys: 1, .. }");
    }
}
