//! Addresses that nearly are the one that was typed: for those who look people up, to find the one that was meant (C4).

use crate::email_address::EmailAddress;

/// How many single changes of a letter are taken for a slip.
const SLIPS: usize = 2;

/// The most that are told.
const TOLD: usize = 5;

/// Those of `known` that are at most two slips from `typed`, the nearest first, each once and never itself.
pub fn near_spellings<'a>(
    typed: &EmailAddress,
    known: impl IntoIterator<Item = &'a EmailAddress>,
) -> Vec<&'a EmailAddress> {
    let wanted = typed.key();
    let mut near: Vec<(usize, &EmailAddress)> = Vec::new();
    for address in known {
        let key = address.key();
        if near.iter().any(|(_, told)| told.key() == key) {
            continue;
        }
        let slips = slips_between(wanted.as_str(), key.as_str());
        if (1..=SLIPS).contains(&slips) {
            near.push((slips, address));
        }
    }
    near.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| one.1.as_str().cmp(other.1.as_str())));
    near.into_iter().take(TOLD).map(|(_, address)| address).collect()
}

/// What is looked for among known addresses, to find those near to this one: a slip or two leave one of these parts whole,
/// where it is long enough.
pub fn parts(typed: &EmailAddress) -> Vec<String> {
    /// Shorter parts would find everybody.
    const SHORTEST: usize = 3;
    let local: Vec<char> = typed.local().to_lowercase().chars().collect();
    let (first, second) = local.split_at(local.len() / 2);
    let halves = [local.as_slice(), first, second];
    let mut parts: Vec<String> = Vec::new();
    for half in halves {
        let part: String = half.iter().collect();
        if part.chars().count() >= SHORTEST && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// How many letters were added, left out, changed, or swapped with their neighbour (optimal string alignment).
fn slips_between(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    if one.len().abs_diff(other.len()) > SLIPS {
        return SLIPS + 1;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, c) in one.iter().enumerate() {
        let mut row = Vec::with_capacity(other.len() + 1);
        row.push(i + 1);
        for (j, d) in other.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let changed = at(&last, j) + usize::from(c != d);
            let mut best = changed.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && one.get(i - 1) == Some(d) && other.get(j - 1) == Some(c);
            if swapped {
                best = best.min(at(&before_last, j - 1) + 1);
            }
            row.push(best);
        }
        before_last = last;
        last = row;
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    #[test]
    fn c4_slips_are_found_and_others_are_not() {
        let known: Vec<EmailAddress> = [
            "maria.gomez@example.com",
            "maria.gomes@example.com",
            "mario@example.com",
            "maria.gomez@exmaple.com",
        ]
        .map(address)
        .into();
        let told: Vec<&str> = near_spellings(&address("maria.gomez@example.com"), &known)
            .into_iter()
            .map(EmailAddress::as_str)
            .collect();
        assert_eq!(told, ["maria.gomes@example.com", "maria.gomez@exmaple.com"]);
        assert_eq!(
            near_spellings(&address("somebody@example.org"), &known),
            Vec::<&EmailAddress>::new()
        );
    }

    #[test]
    fn a_swap_is_one_slip_and_parts_survive_it() {
        assert_eq!(slips_between("maria", "amria"), 1);
        assert_eq!(slips_between("maria", "maria"), 0);
        assert_eq!(slips_between("maria", "mra"), 2);
        assert_eq!(
            parts(&address("Maria.Gomez@example.com")),
            ["maria.gomez", "maria", ".gomez"]
        );
        assert_eq!(parts(&address("jo@example.com")), Vec::<String>::new());
    }
}
