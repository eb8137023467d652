//! Comparing two answers that must not differ, and looking for secrets where none may be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};

/// A body without what is random in it: identifiers, help codes, and tokens of 20 characters or more of two kinds
/// (digits, capitals, small letters). `known` are texts that differ for a good reason (the address that was typed), each with the word to
/// put in its place.
pub fn mask(body: &str, known: &[(&str, &str)]) -> String {
    let mut body = body.to_owned();
    for (text, word) in known {
        body = body.replace(text, word);
    }
    let mut out = String::with_capacity(body.len());
    let mut word = String::new();
    for letter in body.chars().chain(['\0']) {
        if letter.is_ascii_alphanumeric() || letter == '-' || letter == '_' {
            word.push(letter);
        } else {
            out.push_str(&masked_word(&word));
            word.clear();
            if letter != '\0' {
                out.push(letter);
            }
        }
    }
    out
}

fn masked_word(word: &str) -> String {
    let of = |pattern: &[usize], allowed: fn(u8) -> bool| {
        let parts: Vec<&str> = word.split('-').collect();
        parts.len() == pattern.len()
            && parts
                .iter()
                .zip(pattern)
                .all(|(part, length)| part.len() == *length && part.bytes().all(allowed))
    };
    if of(&[8, 4, 4, 4, 12], |byte| byte.is_ascii_hexdigit()) {
        return "<uuid>".to_owned();
    }
    if of(&[4, 4], |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return "<help-code>".to_owned();
    }
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    let kinds = [
        has(u8::is_ascii_digit),
        has(u8::is_ascii_uppercase),
        has(u8::is_ascii_lowercase),
    ];
    // One random token of 22 characters in forty has no digit.
    let is_token = word.len() >= 20 && kinds.into_iter().filter(|kind| *kind).count() >= 2;
    if is_token {
        "<token>".to_owned()
    } else {
        word.to_owned()
    }
}

/// Everything secret that a test was given, to be searched for afterwards.
#[derive(Debug, Default)]
pub struct Secrets {
    issued: BTreeMap<String, String>,
}

impl Secrets {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers a secret and what it is ("reset token", "password of Ada").
    ///
    /// # Panics
    /// When it is so short that it would be found anywhere.
    pub fn issued(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= 6, "{what} is too short to be searched for");
        self.issued.insert(secret.to_owned(), what.to_owned());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.issued.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.issued.is_empty()
    }

    /// Which secrets stand in these bytes: as they are, in either case, or as base64, base64url, hexadecimal or
    /// percent-encoding of them.
    pub fn found_in(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        // What is no text stays in its place, and no secret has any of it; the search of texts is a quick one.
        let text = String::from_utf8_lossy(bytes);
        for (secret, what) in &self.issued {
            let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let forms = [
                secret.clone(),
                secret.to_lowercase(),
                secret.to_uppercase(),
                BASE64.encode(secret.as_bytes()),
                BASE64URL_NOPAD.encode(secret.as_bytes()),
                HEXLOWER.encode(secret.as_bytes()),
                encoded,
            ];
            if forms.iter().any(|form| text.contains(form.as_str())) {
                found.push(what.clone());
            }
        }
        found
    }

    /// # Panics
    /// When a secret stands in a file of this folder, or deeper, naming the secret's kind and the file. Files that
    /// `except` accepts are left out.
    pub fn assert_absent_from(&self, folder: &Path, except: &dyn Fn(&Path) -> bool) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if except(&path) {
                continue;
            }
            if path.is_dir() {
                self.assert_absent_from(&path, except);
            } else if let Ok(bytes) = fs::read(&path) {
                self.assert_absent_in(&path.display().to_string(), &bytes);
            }
        }
    }

    /// # Panics
    /// When a secret stands in these bytes.
    pub fn assert_absent_in(&self, place: &str, bytes: &[u8]) {
        let found = self.found_in(bytes);
        assert!(found.is_empty(), "{place} holds {}", found.join(", "));
    }
}
