//! Values of other people, made fit to stand in one line of a mail (R107, R114).

/// Longest value kept, in characters; the rest becomes an ellipsis.
const MAX_CHARACTERS: usize = 100;
/// The same for what somebody calls themself or a thing of theirs: as much as a passkey's name may have.
const MAX_NAME_CHARACTERS: usize = doorward_domain::passkey::MAX_PASSKEY_NAME_CODE_POINTS;

/// The text in one line: control characters and white space of any kind become single spaces, marks that turn the
/// direction of what follows are dropped, and what mail programs would make a link or an encoded word is broken up.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut characters = 0_usize;
    for c in text.chars() {
        if turns_direction(c) {
            continue;
        }
        let c = if c.is_control() || c.is_whitespace() { ' ' } else { c };
        if c == ' ' && (line.is_empty() || line.ends_with(' ')) {
            continue;
        }
        if characters == MAX_CHARACTERS {
            line.truncate(line.trim_end().len());
            line.push('…');
            break;
        }
        line.push(c);
        characters += 1;
    }
    line.truncate(line.trim_end().len());
    line.replace("://", ": ").replace("=?", "= ?")
}

/// What somebody calls themself or a thing of theirs, in one line and short: a mail that speaks of it may go to a mailbox
/// that is not theirs, and is no place to write to strangers in (R114). A space after each dot that a letter follows keeps
/// mail programs from making a link of it.
pub(crate) fn short_name(text: &str) -> String {
    let line = one_line(text);
    let mut name = String::with_capacity(line.len());
    for (at, c) in line.chars().enumerate() {
        if at == MAX_NAME_CHARACTERS {
            name.truncate(name.trim_end().len());
            name.push('…');
            break;
        }
        if name.ends_with('.') && c.is_alphabetic() {
            name.push(' ');
        }
        name.push(c);
    }
    name
}

/// Whether the text could leave the line it stands in: a control character, or a Unicode line or paragraph separator.
pub(crate) fn leaves_its_line(text: &str) -> bool {
    text.chars()
        .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// Embeddings, overrides, isolates and single marks, and the invisible characters that hide text.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_keeps_to_its_line() {
        assert_eq!(
            one_line("  Acme\r\n\r\nBcc: eve@example.com\u{2028}\tHelp\u{0}"),
            "Acme Bcc: eve@example.com Help"
        );
        assert_eq!(one_line("\u{202E}gnp.elif\u{202C}"), "gnp.elif");
        assert_eq!(
            one_line("win at https://evil.example/x"),
            "win at https: evil.example/x"
        );
        assert_eq!(one_line("=?utf-8?q?x?="), "= ?utf-8?q?x?=");
        assert_eq!(
            one_line("Donaudampfschifffahrtsgesellschaft 🙂 شركة"),
            "Donaudampfschifffahrtsgesellschaft 🙂 شركة"
        );
        assert_eq!(one_line(&"x".repeat(101)), format!("{}…", "x".repeat(100)));
        assert_eq!(one_line(" \u{0}\r\n"), "");
    }

    #[test]
    fn r114_a_name_is_no_place_for_a_link() {
        assert_eq!(short_name("Ada King-Noel"), "Ada King-Noel");
        assert_eq!(short_name("Laptop 15.2 of Ada"), "Laptop 15.2 of Ada");
        assert_eq!(
            short_name("You won: https://evil.example/x, ask eve@evil.example"),
            "You won: https: evil. example/x, ask eve@evil. example"
        );
        assert_eq!(short_name(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
        assert_eq!(
            short_name("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterb")
                .chars()
                .count(),
            61
        );
        assert_eq!(short_name("شركة 🙂"), "شركة 🙂");
    }

    proptest! {
        #[test]
        fn no_value_leaves_its_line(text in any::<String>()) {
            let line = one_line(&text);
            prop_assert!(!leaves_its_line(&line));
            prop_assert!(!line.contains("://") && !line.contains("=?"));
            let name = short_name(&text);
            prop_assert!(!leaves_its_line(&name) && name.chars().count() <= 2 * MAX_NAME_CHARACTERS + 1);
            let letters: Vec<char> = name.chars().collect();
            prop_assert!(letters.windows(2).all(|pair| pair[0] != '.' || !pair[1].is_alphabetic()));
        }
    }
}
