//! A conversation with a mail server, written down for the operator.

use std::fmt;

/// Longest conversation written down, in lines.
const MAX_LINES: usize = 2_000;

/// Who says a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// We.
    Client,
    /// The mail server.
    Server,
    /// Nobody: what happened in between, such as the change to TLS.
    Note,
}

/// One line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationLine {
    /// Who said it.
    pub speaker: Speaker,
    /// What, without its line end.
    pub text: String,
}

/// What both sides said, credentials masked. Shown with `C:`, `S:` and `*` before the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    lines: Vec<ConversationLine>,
    unfinished: Option<(Speaker, Vec<u8>)>,
    login: bool,
}

impl Conversation {
    /// The lines in order.
    pub fn lines(&self) -> &[ConversationLine] {
        &self.lines
    }

    /// Takes down bytes as they passed.
    pub(super) fn heard(&mut self, speaker: Speaker, bytes: &[u8]) {
        if self.unfinished.as_ref().is_some_and(|(last, _)| *last != speaker) {
            self.end_line();
        }
        for &byte in bytes {
            if byte == b'\n' {
                self.unfinished.get_or_insert((speaker, Vec::new()));
                self.end_line();
            } else {
                self.unfinished.get_or_insert((speaker, Vec::new())).1.push(byte);
            }
        }
    }

    pub(super) fn finished(mut self) -> Self {
        self.end_line();
        self
    }

    fn end_line(&mut self) {
        let Some((speaker, bytes)) = self.unfinished.take() else {
            return;
        };
        let text = String::from_utf8_lossy(&bytes);
        let text: String = text
            .trim_end_matches('\r')
            .chars()
            .map(|c| if c.is_control() { '·' } else { c })
            .collect();
        let text = match speaker {
            Speaker::Client => self.masked(text),
            Speaker::Server | Speaker::Note => {
                // Only a 334 asks for another line of credentials.
                self.login = self.login && speaker == Speaker::Server && text.starts_with("334");
                text
            }
        };
        if self.lines.len() < MAX_LINES {
            self.lines.push(ConversationLine { speaker, text });
        }
    }

    /// A line of ours, without what follows `AUTH <mechanism>` and what answers a challenge.
    fn masked(&mut self, text: String) -> String {
        if self.login {
            return "•••".to_owned();
        }
        let mut words = text.split(' ');
        if words.next().is_some_and(|verb| verb.eq_ignore_ascii_case("AUTH")) {
            self.login = true;
            let mechanism = words.next().unwrap_or_default();
            let more = if words.next().is_some() { " •••" } else { "" };
            return format!("AUTH {mechanism}{more}");
        }
        text
    }
}

impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ConversationLine { speaker, text } in &self.lines {
            let mark = match speaker {
                Speaker::Client => "C:",
                Speaker::Server => "S:",
                Speaker::Note => "*",
            };
            writeln!(f, "{mark} {text}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_and_credentials_masked() {
        let mut conversation = Conversation::default();
        for (speaker, bytes) in [
            (Speaker::Server, "220 mail"),
            (Speaker::Server, ".example\r\n"),
            (Speaker::Client, "AUTH LOGIN\r\n"),
            (Speaker::Server, "334 VXNlcm5hbWU6\r\n"),
            (Speaker::Client, "dXNlcg==\r\n"),
            (Speaker::Server, "334 UGFzc3dvcmQ6\r\n"),
            (Speaker::Client, "aHVudGVyMjI=\r\n"),
            (Speaker::Server, "535 no\r\n"),
            (Speaker::Client, "AUTH PLAIN AHVzZXIAaHVudGVyMjI=\r\n"),
            (Speaker::Server, "235 yes\r\n"),
            (Speaker::Client, "MAIL FROM:<>\r\n"),
            (Speaker::Note, "the server hung up\n"),
        ] {
            conversation.heard(speaker, bytes.as_bytes());
        }
        let shown = conversation.finished().to_string();
        let expected = "S: 220 mail.example\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: •••\nS: 334 UGFzc3dvcmQ6\nC: •••\n\
                        S: 535 no\nC: AUTH PLAIN •••\nS: 235 yes\nC: MAIL FROM:<>\n* the server hung up\n";
        assert_eq!(shown, expected);
    }
}
