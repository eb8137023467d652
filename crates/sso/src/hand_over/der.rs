//! As much of DER (X.690) as a public key is written in.

/// A sequence.
pub(super) const SEQUENCE: u8 = 0x30;
/// An integer.
pub(super) const INTEGER: u8 = 0x02;
/// A string of bits.
pub(super) const BIT_STRING: u8 = 0x03;
/// The name of an algorithm or a curve.
pub(super) const OBJECT_ID: u8 = 0x06;

/// Takes one value of that tag off the front of `bytes`. Lengths must be written in the one way that DER has.
pub(super) fn take<'b>(bytes: &mut &'b [u8], tag: u8) -> Option<&'b [u8]> {
    let (found, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        0x81 => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length), rest).into_longer_than(0x7f)?
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest).into_longer_than(0xff)?
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    if *found != tag {
        return None;
    }
    *bytes = rest;
    Some(value)
}

trait Lengthy: Sized {
    fn into_longer_than(self, least: usize) -> Option<Self>;
}

impl Lengthy for (usize, &[u8]) {
    fn into_longer_than(self, least: usize) -> Option<Self> {
        (self.0 > least).then_some(self)
    }
}

/// The same, where nothing may stand behind it.
pub(super) fn only(mut bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let value = take(&mut bytes, tag)?;
    bytes.is_empty().then_some(value)
}

/// A positive integer, without the zero that keeps it positive.
pub(super) fn positive<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    match take(bytes, INTEGER)? {
        [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => Some(rest),
        all @ [first, ..] if (1..0x80).contains(first) => Some(all),
        _ => None,
    }
}

/// Writes one value.
pub(super) fn put(out: &mut Vec<u8>, tag: u8, value: &[u8]) -> Option<()> {
    out.push(tag);
    match value.len() {
        short @ 0..=0x7f => out.push(u8::try_from(short).ok()?),
        middle @ 0x80..=0xff => out.extend([0x81, u8::try_from(middle).ok()?]),
        long => {
            out.push(0x82);
            out.extend(u16::try_from(long).ok()?.to_be_bytes());
        }
    }
    out.extend_from_slice(value);
    Some(())
}

/// Writes a positive integer from its bytes, most significant first.
pub(super) fn put_positive(out: &mut Vec<u8>, value: &[u8]) -> Option<()> {
    let zeros = value.iter().take_while(|byte| **byte == 0).count();
    let value = value.get(zeros..).filter(|value| !value.is_empty())?;
    let mut whole = Vec::with_capacity(value.len() + 1);
    if value.first().is_some_and(|first| *first >= 0x80) {
        whole.push(0);
    }
    whole.extend_from_slice(value);
    put(out, INTEGER, &whole)
}
