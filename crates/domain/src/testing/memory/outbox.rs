use async_trait::async_trait;
use uuid::Uuid;

use super::{KeptMail, MemoryStore};
use crate::audit::AuditEntry;
use crate::email_address::EmailKey;
use crate::ids::{MailId, WorkspaceId};
use crate::mail::{Delivery, LeasedMail, MailState, MailTrace, NewMail};
use crate::mail_log::MailEventKind;
use crate::ports::{Outbox, OutboxDepth, PortResult};
use crate::time::Timestamp;

impl KeptMail {
    pub(super) fn trace(&self) -> MailTrace {
        MailTrace {
            id: self.mail.id,
            kind: self.mail.message.kind().to_owned(),
            to: self.mail.to.as_str().to_owned(),
            state: self.state,
            attempts: self.attempts,
            last_reply: self.last_reply.clone(),
            created_at: self.mail.created_at,
            last_attempt_at: self.last_attempt_at,
            next_attempt_at: (self.state == MailState::Queued).then_some(self.next_attempt_at),
        }
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.state == MailState::Queued
            && self.next_attempt_at <= now
            && self.lease.is_none_or(|(_, until)| until <= now)
    }

    fn tried(&mut self, state: MailState, reply: Option<String>, now: Timestamp) {
        self.state = state;
        self.attempts += 1;
        self.last_attempt_at = Some(now);
        self.last_reply = reply;
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn enqueue(&self, mail: NewMail) -> PortResult<()> {
        self.state("outbox.enqueue")?.put_mail(mail);
        Ok(())
    }

    async fn lease(&self, lease: Uuid, now: Timestamp, until: Timestamp, limit: u32) -> PortResult<Vec<LeasedMail>> {
        let mut state = self.state("outbox.lease")?;
        let mut due: Vec<&mut KeptMail> = state.mails.iter_mut().filter(|kept| kept.is_due(now)).collect();
        due.sort_by_key(|kept| (kept.mail.created_at, kept.mail.id));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let leased = due.into_iter().take(limit).map(|kept| {
            kept.lease = Some((lease, until));
            LeasedMail {
                mail: kept.mail.clone(),
                attempts: kept.attempts,
                lease,
            }
        });
        Ok(leased.collect())
    }

    async fn record(&self, id: MailId, lease: Uuid, delivery: Delivery, now: Timestamp) -> PortResult<bool> {
        let mut state = self.state("outbox.record")?;
        let held = state.mails.iter_mut().find(|kept| {
            kept.mail.id == id
                && kept.state == MailState::Queued
                && kept.lease.is_some_and(|(holder, until)| holder == lease && now < until)
        });
        let Some(kept) = held else {
            return Ok(false);
        };
        kept.lease = None;
        let (event, words) = match &delivery {
            Delivery::Delivered { reply } => (MailEventKind::Delivered, Some(reply)),
            Delivery::Deferred { reply, .. } => (MailEventKind::Deferred, Some(reply)),
            Delivery::Refused { reply } => (MailEventKind::Refused, Some(reply)),
            Delivery::Expired => (MailEventKind::Expired, None),
        };
        kept.happened(event, words.cloned(), now);
        match delivery {
            Delivery::Delivered { reply } => kept.tried(MailState::Delivered, Some(reply), now),
            Delivery::Deferred { reply, retry_at } => {
                kept.tried(MailState::Queued, Some(reply), now);
                kept.next_attempt_at = retry_at;
            }
            Delivery::Refused { reply } => kept.tried(MailState::Refused, Some(reply), now),
            Delivery::Expired => {
                kept.state = MailState::Expired;
                let entry = AuditEntry::mail_expired(kept.mail.workspace, id, kept.mail.user, now);
                state.audit.push(entry);
            }
        }
        Ok(true)
    }

    async fn last_to(&self, workspace: WorkspaceId, address: &EmailKey, limit: u32) -> PortResult<Vec<MailTrace>> {
        let state = self.state("outbox.last_to")?;
        let mut theirs: Vec<&KeptMail> = state
            .mails
            .iter()
            .rev()
            .filter(|kept| kept.mail.workspace == workspace && kept.mail.to.key() == *address)
            .collect();
        theirs.sort_by_key(|kept| std::cmp::Reverse(kept.mail.created_at));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(theirs.into_iter().take(limit).map(KeptMail::trace).collect())
    }

    async fn depth(&self) -> PortResult<OutboxDepth> {
        let state = self.state("outbox.depth")?;
        let queued = state.mails.iter().filter(|kept| kept.state == MailState::Queued);
        Ok(OutboxDepth {
            queued: u64::try_from(queued.clone().count()).unwrap_or(u64::MAX),
            oldest: queued.map(|kept| kept.mail.created_at).min(),
        })
    }
}
