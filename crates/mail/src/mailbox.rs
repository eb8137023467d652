//! The development mailbox: mails kept in memory and shown at `/dev/mailbox`, never sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::mail::SentMail;
use doorward_domain::ports::{Clock, DevelopmentMailbox};

use crate::carrier::{Carrier, Outcome, Trip};
use crate::compose::ComposedMail;

/// How many mails are kept; the oldest make room.
pub const MAILBOX_CAPACITY: usize = 500;

/// Keeps the last [`MAILBOX_CAPACITY`] mails. Clones share them.
#[derive(Clone)]
pub struct MemoryMailbox {
    kept: Arc<Mutex<VecDeque<SentMail>>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for MemoryMailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryMailbox").finish_non_exhaustive()
    }
}

impl MemoryMailbox {
    /// An empty mailbox.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            kept: Arc::default(),
            clock,
        }
    }

    fn keep(&self, mail: &ComposedMail) {
        let sent = SentMail {
            to: mail.to().to_owned(),
            from: mail.from().to_owned(),
            subject: mail.subject().to_owned(),
            text: mail.text().to_owned(),
            html: mail.html().to_owned(),
            headers: mail.headers(),
            sent_at: self.clock.now(),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(MAILBOX_CAPACITY - 1);
        kept.push_front(sent);
    }
}

impl Carrier for MemoryMailbox {
    fn set_out(&self) -> Box<dyn Trip> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Trip for MemoryMailbox {
    async fn carry(&mut self, mail: &ComposedMail, _time: Duration) -> Outcome {
        self.keep(mail);
        Outcome::Delivered {
            reply: "kept in the development mailbox".to_owned(),
        }
    }

    async fn finish(&mut self) {}
}

#[async_trait]
impl DevelopmentMailbox for MemoryMailbox {
    async fn list(&self, to: Option<String>) -> Vec<SentMail> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |mail: &&SentMail| to.as_ref().is_none_or(|to| mail.to.eq_ignore_ascii_case(to.trim()));
        kept.iter().filter(wanted).cloned().collect()
    }
}
