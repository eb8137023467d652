//! The id of a request: in its answer, its log lines and its receipts. Always our own; one that a client sends is not
//! looked at.

use std::sync::atomic::{AtomicU64, Ordering};

use doorward_domain::ids::RequestId;
use doorward_domain::ports::Entropy;
use http::header::{HeaderName, HeaderValue};
use uuid::Uuid;

/// The header that tells the id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Makes request ids: unique without a call to the system for each, and without telling how many there were.
#[derive(Debug)]
pub struct RequestIds {
    keys: [u64; 2],
    next: AtomicU64,
}

impl RequestIds {
    /// Draws the keys of this process.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut drawn = [[0_u8; 8]; 2];
        for key in &mut drawn {
            entropy.fill(key);
        }
        Self {
            keys: drawn.map(u64::from_ne_bytes),
            next: AtomicU64::new(0),
        }
    }

    /// The id of the next request.
    pub fn next(&self) -> RequestId {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let [first, second] = self.keys;
        let high = scramble(count.wrapping_add(first));
        let low = scramble(count ^ second);
        RequestId::from_uuid(
            uuid::Builder::from_u128((u128::from(high) << 64) | u128::from(low))
                .with_version(uuid::Version::Random)
                .with_variant(uuid::Variant::RFC4122)
                .into_uuid(),
        )
    }
}

/// The id as a header value, without an allocation beside the value's own.
pub fn header_value(id: RequestId) -> HeaderValue {
    let mut buffer = Uuid::encode_buffer();
    HeaderValue::from_str(id.as_uuid().as_hyphenated().encode_lower(&mut buffer))
        .unwrap_or(HeaderValue::from_static("unknown"))
}

/// A bijection of 64 bits (the finaliser of SplitMix64), so that different counts stay different.
const fn scramble(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::testing::SeededEntropy;

    use super::*;

    #[test]
    fn ids_do_not_repeat_and_processes_differ() {
        let (one, two) = (SeededEntropy::new(1), SeededEntropy::new(2));
        let ids = [RequestIds::new(&one), RequestIds::new(&two)];
        let drawn: HashSet<_> = (0..10_000)
            .flat_map(|_| {
                ids.iter()
                    .map(|ids| *ids.next().as_uuid().as_bytes())
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(drawn.len(), 20_000);
        let value = header_value(ids[0].next());
        assert_eq!(value.len(), 36);
        assert!(Uuid::parse_str(value.to_str().unwrap()).is_ok());
    }
}
