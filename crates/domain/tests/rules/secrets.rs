//! Codes, tokens and help codes as people and machines spell them.

use std::collections::HashSet;

use doorward_domain::ids::FlowId;
use doorward_domain::ports::Entropy;
use doorward_domain::secret::{CodeKey, EmailCode, HelpCode, Password, PasswordError, RawToken};
use doorward_domain::testing::SeededEntropy;
use proptest::prelude::*;
use uuid::Uuid;

const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The same characters as a hand might write them: any case, look-alikes, and fillers before each.
pub(crate) fn spelled(code: &str, choices: &[(bool, u8, u8)]) -> String {
    const FILLERS: [&str; 8] = ["", "", "", " ", "-", "\u{a0}", "\u{2013}", "\u{200b}"];
    let mut text = String::new();
    for (c, (lower, look_alike, filler)) in code.chars().zip(choices) {
        text.push_str(FILLERS[usize::from(*filler) % FILLERS.len()]);
        let c = match (c, look_alike % 3) {
            ('0', 1) => 'O',
            ('1', 1) => 'I',
            ('1', 2) => 'L',
            (c, _) => c,
        };
        text.push(if *lower { c.to_ascii_lowercase() } else { c });
    }
    text
}

fn choices(n: usize) -> impl Strategy<Value = Vec<(bool, u8, u8)>> {
    proptest::collection::vec(any::<(bool, u8, u8)>(), n)
}

fn code_of(seed: u64) -> EmailCode {
    EmailCode::generate(&SeededEntropy::new(seed))
}

#[test]
fn r20_codes_are_seven_of_thirty_two_characters_all_of_them_used() {
    let mut seen = HashSet::new();
    for seed in 0..500 {
        let code = code_of(seed).expose();
        assert_eq!(code.len(), 7);
        seen.extend(code.chars());
    }
    let mut seen: Vec<char> = seen.into_iter().collect();
    seen.sort_unstable();
    assert_eq!(seen.into_iter().collect::<String>(), ALPHABET);
}

#[test]
fn r20_each_character_takes_five_bits_of_its_byte() {
    struct Bytes(u8);
    impl Entropy for Bytes {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }
    for (byte, expected) in (0..=255_u8).zip(ALPHABET.chars().cycle()) {
        let code = EmailCode::generate(&Bytes(byte)).expose();
        assert_eq!(code, expected.to_string().repeat(7), "no modulo bias");
    }
}

#[test]
fn b2_what_is_not_seven_characters_of_the_alphabet_is_no_code() {
    for typed in [
        "",
        " ",
        "ABCDEF",
        "ABCDEFGH",
        "ABCDEFU",
        "ABCDEF!",
        "ABCDEF\u{e9}",
        "\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}\u{ff17}",
        "ABCDEF\u{212a}",
        "ABCDEF\u{131}",
        "ABC.DEFG",
        "ABCDEFG\0",
    ] {
        assert!(EmailCode::parse(typed).is_none(), "{typed:?}");
    }
    let padded = format!("{}ABCDEFG", " ".repeat(300));
    assert!(EmailCode::parse(&padded).is_none(), "too long to look at");
}

#[test]
fn r25_r29_a_code_is_stored_under_key_and_attempt() {
    let flow = |n| FlowId::from_uuid(Uuid::from_u128(n));
    let (key, other_key) = (CodeKey::new([1; 32]), CodeKey::new([2; 32]));
    let code = code_of(1);
    let stored = code.digest(&key, flow(1));
    assert!(stored.matches(&EmailCode::parse(&code.expose()).unwrap().digest(&key, flow(1))));
    for other in [
        code.digest(&key, flow(2)),
        code.digest(&other_key, flow(1)),
        code_of(2).digest(&key, flow(1)),
    ] {
        assert!(!stored.matches(&other));
    }
}

#[test]
fn no_two_lists_of_parts_are_authenticated_alike() {
    let key = CodeKey::new([1; 32]);
    let lists: [&[&[u8]]; 6] = [&[], &[b""], &[b"ab", b"c"], &[b"a", b"bc"], &[b"abc"], &[b"abc", b""]];
    let distinct: HashSet<[u8; 32]> = lists.iter().map(|parts| *key.authenticate(parts).as_bytes()).collect();
    assert_eq!(distinct.len(), lists.len());
}

#[test]
fn r33_an_absent_empty_or_cut_token_is_none() {
    let token = RawToken::generate(&SeededEntropy::new(1)).expose();
    assert_eq!(token.len(), 43);
    let long = format!("{token}A");
    let padded = format!("{token}=");
    let spaced = format!(" {}", &token[1..]);
    let standard = format!("+/{}", &token[2..]);
    for text in [
        "",
        &token[..42],
        &token[1..],
        &long,
        &padded,
        &spaced,
        &standard,
        &"\u{e9}".repeat(22),
    ] {
        assert!(RawToken::parse(text).is_none(), "{text:?}");
    }
}

#[test]
fn secrets_do_not_print() {
    let entropy = SeededEntropy::new(1);
    let (token, code) = (RawToken::generate(&entropy), EmailCode::generate(&entropy));
    let password = Password::parse("correct horse battery").unwrap();
    let printed = format!(
        "{token:?} {code:?} {password:?} {:?} {:?}",
        token.digest(),
        CodeKey::new([65; 32])
    );
    for secret in [token.expose(), code.expose(), "horse".to_owned(), "65".to_owned()] {
        assert!(!printed.contains(&secret), "{printed}");
    }
}

#[test]
fn r2_r3_passwords_are_kept_as_typed_up_to_a_bound() {
    assert!(matches!(Password::parse(""), Err(PasswordError::Empty)));
    assert_eq!(Password::parse("  x  ").unwrap().expose(), "  x  ");
    assert_eq!(Password::parse("cafe\u{301}").unwrap().expose(), "caf\u{e9}");
    assert!(Password::parse(&"x".repeat(256)).is_ok());
    assert!(matches!(Password::parse(&"x".repeat(257)), Err(PasswordError::TooLong)));
    assert!(Password::parse(&"\u{1f600}".repeat(256)).is_ok(), "1,024 bytes");
    assert!(matches!(
        Password::parse(&"x".repeat(100_000)),
        Err(PasswordError::TooLong)
    ));
    let decomposed = "e\u{301}".repeat(256);
    assert!(Password::parse(&decomposed).is_ok(), "counted after NFC");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn b2_a_code_is_read_in_any_case_spacing_and_look_alike(seed in any::<u64>(), hand in choices(7)) {
        let code = code_of(seed).expose();
        let typed = format!(" {}\n", spelled(&code, &hand));
        let read = EmailCode::parse(&typed).map(|code| code.expose());
        prop_assert_eq!(read, Some(code), "{:?}", typed);
    }

    #[test]
    fn whatever_is_read_as_a_code_is_one(typed in "[0-9A-Za-z \\-\\PC]{0,12}") {
        if let Some(code) = EmailCode::parse(&typed) {
            let text = code.expose();
            prop_assert!(text.len() == 7 && text.chars().all(|c| ALPHABET.contains(c)));
            prop_assert_eq!(EmailCode::parse(&text).map(|code| code.expose()), Some(text));
        }
    }

    #[test]
    fn a_code_with_a_character_too_many_or_too_few_is_none(seed in any::<u64>(), at in 0..7_usize, extra in "[0-9A-Z&&[^U]]") {
        let code = code_of(seed).expose();
        let (mut longer, mut shorter) = (code.clone(), code);
        longer.insert_str(at, &extra);
        shorter.remove(at);
        prop_assert!(EmailCode::parse(&longer).is_none());
        prop_assert!(EmailCode::parse(&shorter).is_none());
    }

    #[test]
    fn r31_a_token_has_one_spelling(seed in any::<u64>(), at in 0..43_usize, other in "[A-Za-z0-9_-]") {
        let token = RawToken::generate(&SeededEntropy::new(seed));
        let text = token.expose();
        let read = RawToken::parse(&text).unwrap();
        prop_assert_eq!(read.digest(), token.digest());
        let mut changed = text.clone();
        changed.replace_range(at..=at, &other);
        if let Some(read) = RawToken::parse(&changed) {
            prop_assert_eq!(read.digest() == token.digest(), changed == text);
            prop_assert_eq!(read.expose(), changed);
        }
    }

    #[test]
    fn hostile_tokens_are_read_or_refused_and_never_panic(text in "\\PC{0,60}") {
        if let Some(token) = RawToken::parse(&text) {
            prop_assert_eq!(token.expose(), text);
        }
    }

    #[test]
    fn c4_a_help_code_is_read_as_it_is_said_on_the_telephone(seed in any::<u64>(), hand in choices(8)) {
        let code = HelpCode::generate(&SeededEntropy::new(seed));
        let text = code.as_str();
        prop_assert!(text.len() == 9 && text.as_bytes()[4] == b'-');
        let plain = text.replace('-', "");
        prop_assert!(plain.chars().all(|c| ALPHABET.contains(c)));
        let fillers: Vec<(bool, u8, u8)> = hand.into_iter().map(|(case, alike, filler)| (case, alike, filler % 5)).collect();
        prop_assert_eq!(HelpCode::parse(&spelled(&plain, &fillers)), Some(code.clone()));
        prop_assert_eq!(HelpCode::parse(&plain[1..]), None);
        prop_assert_eq!(HelpCode::parse(&format!("{plain}0")), None);
        prop_assert_eq!(HelpCode::parse(&format!("{}U", &plain[1..])), None);
    }
}
