//! Who carries a mail away, and what comes of it.

use std::time::Duration;

use async_trait::async_trait;

use crate::compose::ComposedMail;

/// What stands in the way of every mail alike, so that the operator has to see to it. The mail waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// The server cannot be reached, or hung up before a mail was handed over.
    Connection,
    /// The server offers no TLS where it is required, or its certificate is not trusted.
    Tls,
    /// The server does not take the credentials, or wants some (530, 534, 535, 538).
    Credentials,
    /// The server stopped answering.
    Timeout,
    /// The server answers something that is not SMTP, or that it may not say at this point.
    Protocol,
    /// The server turns this client away as such: a permanent refusal before any mail was named.
    Rejected,
    /// The directory for mails cannot be written to.
    Storage,
}

impl Trouble {
    /// The stable name, a metric's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::Credentials => "credentials",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Rejected => "rejected",
            Self::Storage => "storage",
        }
    }
}

/// What came of one try (R111).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took the mail.
    Delivered {
        /// Its own words.
        reply: String,
    },
    /// Not now.
    Deferred {
        /// The server's words, or what went wrong on the way.
        reply: String,
        /// Set where the operator has to see to it.
        trouble: Option<Trouble>,
    },
    /// The server will never take this mail.
    Refused {
        /// Its own words.
        reply: String,
    },
}

/// Carries mails away: to an SMTP server, into a directory, into the development mailbox.
pub trait Carrier: Send + Sync {
    /// Begins a trip, for one batch of mails. Nothing is connected yet.
    fn set_out(&self) -> Box<dyn Trip>;
}

/// One batch on its way: over SMTP, one connection.
#[async_trait]
pub trait Trip: Send {
    /// Hands one mail over, within `time`. Returns [`Outcome::Deferred`] when the time is over; then what belongs to
    /// this try (a connection) is thrown away, and the next mail starts afresh.
    async fn carry(&mut self, mail: &ComposedMail, time: Duration) -> Outcome;

    /// Ends the trip in good manners. Waits for no longer than a few seconds.
    async fn finish(&mut self);
}
