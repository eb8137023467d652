//! Workspaces that people make for themselves (C8): what is asked of their names, what is kept until the mailbox of their
//! first owner is proved, and the tickets that carry somebody from one host to another.

use thiserror::Error;

use crate::email_address::EmailAddress;
use crate::ids::{UserId, WorkspaceId};
use crate::limits::Limits;
use crate::secret::{PasswordDigest, TokenDigest};
use crate::sign_in::Binding;
use crate::time::Timestamp;
use crate::workspace::{Slug, SlugError};

/// Longest name of a workspace, in Unicode code points.
pub const MAX_WORKSPACE_NAME: usize = 60;

/// Shortest address that somebody may choose for themself, in characters.
pub const SHORTEST_SLUG: usize = 3;

/// What looks alike in an address, in the order in which each is made into the other: two addresses that come to the same by
/// it are taken for one another. Stores compare by the very same list.
pub const LOOK_ALIKES: [(&str, &str); 7] = [
    ("-", ""),
    ("0", "o"),
    ("1", "l"),
    ("i", "l"),
    ("5", "s"),
    ("rn", "m"),
    ("vv", "w"),
];

/// Host names that mean something to people or machines, beside those that no workspace has at all ([`Slug::parse`]).
const MEANT_OTHERWISE: [&str; 36] = [
    "about",
    "abuse",
    "account",
    "accounts",
    "app",
    "auth",
    "autoconfig",
    "autodiscover",
    "billing",
    "blog",
    "cdn",
    "dev",
    "docs",
    "ftp",
    "help",
    "hostmaster",
    "imap",
    "login",
    "mx",
    "ns",
    "ns1",
    "ns2",
    "oauth",
    "password",
    "pop",
    "postmaster",
    "root",
    "security",
    "sign-in",
    "signin",
    "smtp",
    "sso",
    "status",
    "support",
    "webmail",
    "webmaster",
];

/// Why somebody cannot have an address for their workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressProblem {
    /// It is no address at all.
    #[error(transparent)]
    Slug(#[from] SlugError),
    /// It has fewer than [`SHORTEST_SLUG`] characters.
    #[error("an address has at least {SHORTEST_SLUG} characters")]
    TooShort,
    /// Another workspace has it, or one that looks like it.
    #[error("that address is taken, or looks like one that is")]
    Taken,
}

/// Reads the address that somebody chose for a workspace of their own, in whatever case.
///
/// # Errors
/// If nobody may choose it; whether it is taken is for the store to say.
pub fn chosen_address(typed: &str) -> Result<Slug, AddressProblem> {
    let typed = typed.trim().to_ascii_lowercase();
    let slug = Slug::parse(&typed)?;
    if typed.len() < SHORTEST_SLUG {
        return Err(AddressProblem::TooShort);
    }
    let meant = skeleton(slug.as_str());
    if MEANT_OTHERWISE.iter().any(|name| skeleton(name) == meant)
        || Slug::RESERVED.iter().any(|name| skeleton(name) == meant)
    {
        return Err(SlugError::Reserved.into());
    }
    Ok(slug)
}

/// What an address looks like at a glance: the same for addresses that are easily taken for one another.
pub fn skeleton(slug: &str) -> String {
    let mut seen = slug.to_owned();
    for (sign, like) in LOOK_ALIKES {
        seen = seen.replace(sign, like);
    }
    seen
}

/// The name that somebody gave a workspace, cleaned. `None` for one that is empty, too long, or could be read as a link or an
/// address: it stands in mails to whoever they name.
pub fn chosen_name(typed: &str) -> Option<String> {
    let name = crate::user::clean_name(typed);
    let fits = (1..=MAX_WORKSPACE_NAME).contains(&name.chars().count());
    let plain = !name.contains(['/', '@', '\\', '<', '>']) && !name.to_lowercase().contains("www.");
    // A dot between two letters is how a host name is written.
    let signs: Vec<char> = name.chars().collect();
    let dotted = signs
        .windows(3)
        .any(|three| matches!(three, [before, '.', after] if before.is_alphanumeric() && after.is_alphanumeric()));
    (fits && plain && !dotted).then_some(name)
}

/// Somebody who makes a workspace, from what they typed until it exists: an unproved claim that owns nothing and reserves
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founding {
    /// The id that the workspace will have.
    pub workspace: WorkspaceId,
    /// Whose browser or app this is.
    pub binding: Binding,
    /// What it is to be called and where it is to be; a customer of another workspace is asked after they have come.
    pub wanted: Option<(Slug, String)>,
    /// Name of the first owner.
    pub person_name: String,
    /// Their address.
    pub address: EmailAddress,
    /// Their language.
    pub language: Option<String>,
    /// Hash of their password; `None` for a customer of another workspace, who chooses one afterwards.
    pub password: Option<PasswordDigest>,
    /// Who they are where they come from.
    pub from: Option<(WorkspaceId, UserId)>,
    /// Wrong codes so far.
    pub wrong_tries: u32,
    /// When the last code was put on its way.
    pub last_sent_at: Timestamp,
    /// When the mailbox was proved.
    pub proved_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
}

impl Founding {
    /// Whether it was begun by whoever shows `binding`.
    pub fn belongs_to(&self, binding: Binding) -> bool {
        match (self.binding, binding) {
            (Binding::Browser(own), Binding::Browser(shown)) => own.matches(&shown),
            (Binding::Bearer, Binding::Bearer) => true,
            _ => false,
        }
    }

    /// Whether it can go on, for whoever shows `binding`.
    pub fn is_open(&self, binding: Binding, limits: &Limits, now: Timestamp) -> bool {
        self.belongs_to(binding)
            && now < self.expires_at
            && (self.proved_at.is_some() || self.wrong_tries < limits.code_tries_per_attempt)
    }
}

/// What a ticket is good for. One of a purpose is nothing for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketPurpose {
    /// To tell the base host who somebody is in a workspace, so that they can make one of their own.
    Found,
    /// To come to the workspace that one has just made.
    Arrive,
}

impl TicketPurpose {
    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Arrive => "arrive",
        }
    }
}

/// A ticket as stored: never the token, only its digest. Good once, for a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Workspace of the person.
    pub workspace: WorkspaceId,
    /// The person.
    pub user: UserId,
    /// What for.
    pub purpose: TicketPurpose,
    /// SHA-256 of the token.
    pub digest: TokenDigest,
    /// Whether the person chose the password of the account just now, and proved its mailbox.
    pub password_chosen: bool,
    /// When it is over.
    pub expires_at: Timestamp,
}

/// A ticket that was redeemed, handed out at most once: the raw material of a proof.
#[derive(Debug, PartialEq, Eq)]
pub struct RedeemedTicket {
    /// The ticket.
    pub ticket: Ticket,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn c8_an_address_that_means_something_else_is_nobodys_to_choose() {
        assert_eq!(chosen_address(" Acme ").unwrap().as_str(), "acme");
        for reserved in [
            "www", "admin", "support", "supp0rt", "adm1n", "log-in", "sign-in", "rnail",
        ] {
            assert_eq!(chosen_address(reserved), Err(SlugError::Reserved.into()), "{reserved}");
        }
        assert_eq!(chosen_address("ab"), Err(AddressProblem::TooShort));
        for bad in ["", "a b c", "acme.evil", "xn--acme", "-acme", "\u{430}cme"] {
            assert_eq!(chosen_address(bad), Err(SlugError::Malformed.into()), "{bad}");
        }
    }

    #[test]
    fn c8_addresses_that_look_alike_come_to_the_same() {
        for (one, other) in [
            ("acme", "ac-me"),
            ("acme", "acrne"),
            ("paypal", "paypa1"),
            ("will", "wi1l"),
            ("wow", "vv0w"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        assert_ne!(skeleton("acme"), skeleton("acne"));
    }

    #[test]
    fn c8_a_name_that_could_be_read_as_a_link_is_refused() {
        for (typed, read) in [
            (" Acme  Help ", Some("Acme Help")),
            ("St. Mary's", Some("St. Mary's")),
            ("", None),
            ("Win at evil.example", None),
            ("https://evil", None),
            ("jo@evil", None),
            ("<b>Acme</b>", None),
        ] {
            assert_eq!(chosen_name(typed).as_deref(), read, "{typed:?}");
        }
        assert_eq!(chosen_name(&"a".repeat(61)), None);
        assert!(chosen_name(&"\u{e4}".repeat(60)).is_some());
    }

    proptest! {
        #[test]
        fn c8_what_can_be_chosen_is_a_host_name_of_its_own(typed in "\\PC{0,45}|[a-z0-9-]{0,45}") {
            if let Ok(slug) = chosen_address(&typed) {
                prop_assert!(Slug::parse(slug.as_str()).is_ok() && slug.as_str().len() >= SHORTEST_SLUG);
                prop_assert!(skeleton(slug.as_str()) != skeleton("admin"));
            }
        }
    }
}
