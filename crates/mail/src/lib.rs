//! Mail for Doorward: words and templates, SMTP, the outbox worker and the development mailbox.
//!
//! A use case writes a typed [`Message`](doorward_domain::mail::Message) into the outbox, in the same transaction as
//! what it promises. From there on it is this crate's: an [`OutboxWorker`] leases it, the [`Composer`] turns it into a
//! [`ComposedMail`], a [`Carrier`] carries it away, and the outcome is recorded.
//!
//! # Wiring
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use doorward_domain::ports::{Clock, Entropy, Outbox};
//! use doorward_mail::{
//!     Composer, ComposerConfig, FromMailbox, LettreMailer, Nudge, OutboxWorker, SmtpConfig, SmtpUrl, WorkerConfig,
//! };
//! use tokio_util::sync::CancellationToken;
//!
//! # async fn wire(outbox: Arc<dyn Outbox>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let composer = Composer::new(ComposerConfig {
//!     from: FromMailbox::parse("Acme Help <help@acme.example>")?,
//!     host: "acme.example".to_owned(),
//!     overrides: None,
//! })?;
//! let smtp = SmtpConfig::new(SmtpUrl::parse("smtp://user:secret@mail.acme.example:587")?, "acme.example");
//! let carrier = Arc::new(LettreMailer::new(smtp)?);
//! let nudge = Nudge::default(); // `nudge.now()` after a transaction that wrote mail: no wait for the next poll
//! let worker = OutboxWorker::new(outbox, carrier, Arc::new(composer), clock, entropy)
//!     .with_nudge(nudge.clone())
//!     .with_config(WorkerConfig::default());
//! let stop = CancellationToken::new();
//! tokio::spawn(worker.run(stop.clone())); // returns when `stop` is cancelled and the mail in hand is recorded
//! # Ok(())
//! # }
//! ```
//!
//! The other carriers are [`MemoryMailbox`] (`mail.transport = "mailbox"`; also the
//! [`DevelopmentMailbox`](doorward_domain::ports::DevelopmentMailbox) port for `/dev/mailbox`) and [`FileCarrier`]
//! (`mail.transport = "file"`). For `doorward mail test`: [`Composer::compose`] a `Message::Test` and hand it to
//! [`LettreMailer::send_test`], which returns the outcome and the whole conversation, credentials masked.

mod carrier;
mod colour;
mod compose;
mod file;
mod host;
mod mailbox;
mod plain;
mod samples;
mod smtp;
mod texts;
mod worker;

pub use carrier::{Carrier, Outcome, Trip, Trouble};
pub use compose::{ComposeError, ComposedMail, Composer, ComposerConfig, FromMailbox, FromMailboxError};
pub use file::FileCarrier;
pub use mailbox::{MAILBOX_CAPACITY, MemoryMailbox};
pub use smtp::{
    Conversation, ConversationLine, LettreMailer, SmtpConfig, SmtpSetupError, SmtpTimeouts, SmtpTls, SmtpUrl,
    SmtpUrlError, Speaker, TestReport, Unusable,
};
pub use texts::TextsError;
pub use worker::{Nudge, OutboxWorker, WorkerConfig, back_off};
