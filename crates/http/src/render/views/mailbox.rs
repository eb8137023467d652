use serde::Serialize;

use super::super::Page;

/// `/dev/mailbox`: every mail sent, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct Mailbox {
    /// The mails, newest first.
    pub mails: Vec<MailboxEntry>,
}

/// A mail in the list.
#[derive(Debug, Clone, Serialize)]
pub struct MailboxEntry {
    /// The address of the page that shows it.
    pub path: String,
    /// Whom it went to.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// When it was sent (RFC 3339, UTC).
    pub sent_at: String,
}

/// One mail of the mailbox.
///
/// Its HTML stands in a sandboxed frame that inherits the page's content security policy: for the mail's own inline
/// styles to show, this page alone has to be sent with `style-src 'self' 'unsafe-inline'` and no nonce for styles.
#[derive(Debug, Clone, Serialize)]
pub struct MailboxMail {
    /// Whom it went to.
    pub to: String,
    /// Whom it came from.
    pub from: String,
    /// What it is about.
    pub subject: String,
    /// When it was sent (RFC 3339, UTC).
    pub sent_at: String,
    /// The text part, split into words and addresses.
    pub text: Vec<TextPiece>,
    /// The HTML part.
    pub html: Option<String>,
    /// Its header fields, in order.
    pub headers: Vec<MailboxHeader>,
}

/// A header field of a mail.
#[derive(Debug, Clone, Serialize)]
pub struct MailboxHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A piece of a mail's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextPiece {
    /// The text.
    pub text: String,
    /// Whether it is an address that can be opened.
    pub link: bool,
}

impl TextPiece {
    /// Splits a text so that every `http` and `https` address in it becomes a piece of its own.
    pub fn split(text: &str) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = ["http://", "https://"]
            .iter()
            .filter_map(|scheme| rest.find(scheme))
            .min()
        {
            let (before, from_link) = rest.split_at(start);
            let end = from_link.find(char::is_whitespace).unwrap_or(from_link.len());
            let (link, after) = from_link.split_at(end);
            let bare = link.trim_end_matches(['.', ',', ';', ')', '>', '"']);
            let (link, punctuation) = link.split_at(bare.len());
            pieces.push(Self {
                text: before.to_owned(),
                link: false,
            });
            pieces.push(Self {
                text: link.to_owned(),
                link: true,
            });
            pieces.push(Self {
                text: punctuation.to_owned(),
                link: false,
            });
            rest = after;
        }
        pieces.push(Self {
            text: rest.to_owned(),
            link: false,
        });
        pieces.retain(|piece| !piece.text.is_empty());
        pieces
    }
}

impl Page for Mailbox {
    const TEMPLATE: &'static str = "mailbox.html";

    fn samples() -> Vec<Self> {
        let entry = |to: &str, subject: &str| MailboxEntry {
            path: "/dev/mailbox/1".to_owned(),
            to: to.to_owned(),
            subject: subject.to_owned(),
            sent_at: "2026-11-22T02:28:23.000Z".to_owned(),
        };
        vec![
            Self {
                mails: vec![
                    entry("ada@example.com", "Your Acme Help sign-in code"),
                    entry(
                        "a-very-long-local-part-that-goes-on-and-on@subdomain.of.example.com",
                        "Choose a new password",
                    ),
                    entry("\"<script>\"@example.com", "أهلًا وسهلًا"),
                ],
            },
            Self { mails: Vec::new() },
        ]
    }
}

impl Page for MailboxMail {
    const TEMPLATE: &'static str = "mailbox-mail.html";

    fn samples() -> Vec<Self> {
        let mail = Self {
            to: "ada@example.com".to_owned(),
            from: "Acme Help <help@acme.example>".to_owned(),
            subject: "Your Acme Help sign-in code".to_owned(),
            sent_at: "2026-11-22T02:28:23.000Z".to_owned(),
            text: TextPiece::split(
                "ABC2345\n\nEnter it on http://acme.localhost:8080/sign-in/code.\n\nIf this wasn’t you, ignore it.",
            ),
            html: Some(
                "<!doctype html><body style=\"font:16px sans-serif\"><p style=\"font-size:2em\">ABC2345</p>\
                 <p><a href=\"http://acme.localhost:8080/\">Acme Help</a></p>"
                    .to_owned(),
            ),
            headers: vec![
                MailboxHeader {
                    name: "Subject".to_owned(),
                    value: "Your Acme Help sign-in code".to_owned(),
                },
                MailboxHeader {
                    name: "Auto-Submitted".to_owned(),
                    value: "auto-generated".to_owned(),
                },
            ],
        };
        vec![
            mail.clone(),
            Self {
                html: None,
                headers: Vec::new(),
                ..mail
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_a_text_become_links_without_the_punctuation_after_them() {
        let pieces = TextPiece::split("See http://a.test/x?y=1, or\n(https://b.test/z).\nend");
        let links: Vec<&str> = pieces
            .iter()
            .filter(|piece| piece.link)
            .map(|piece| piece.text.as_str())
            .collect();
        assert_eq!(links, ["http://a.test/x?y=1", "https://b.test/z"]);
        let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(whole, "See http://a.test/x?y=1, or\n(https://b.test/z).\nend");
        assert_eq!(TextPiece::split(""), []);
        assert!(TextPiece::split("javascript:alert(1)").iter().all(|piece| !piece.link));
    }
}
