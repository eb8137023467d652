//! The logs of mail and of actions, as they are read, sealed and cut.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{KeptMail, MemoryStore, State};
use crate::audit::{Actor, AuditEntry};
use crate::audit_chain::{AuditColumns, ChainHead, Seal, SealedRow};
use crate::audit_log::{AuditPlace, AuditQuery, AuditRow, MAX_AUDIT_PAGE};
use crate::bounce::Returned;
use crate::email_address::EmailKey;
use crate::ids::{MailId, SecretId, UserId, WorkspaceId};
use crate::mail::{MailState, MailTrace};
use crate::mail_log::{
    Carries, MAX_MAIL_PAGE, MailEvent, MailEventKind, MailPlace, MailQuery, MailStory, Reachability,
};
use crate::one_time::Link;
use crate::ports::{Addressed, AuditChain, AuditLog, MailLog, PortResult, Retention, Unsealed};
use crate::secret::{HelpCode, TokenDigest};
use crate::sign_in::Receipt;
use crate::time::Timestamp;

/// Where a mail comes from.
#[derive(Default)]
pub(super) struct Origin {
    pub(super) secret: Option<SecretId>,
    pub(super) asked_by: Option<Actor>,
    pub(super) help_code: Option<HelpCode>,
}

impl Origin {
    pub(super) fn of(secret: Option<SecretId>, audit: &AuditEntry, receipt: Option<&Receipt>) -> Self {
        Self {
            secret,
            asked_by: Some(audit.actor.clone()),
            help_code: receipt.map(|receipt| receipt.help_code.clone()),
        }
    }

    pub(super) fn carrying(link: Option<&Link>) -> Self {
        Self {
            secret: link.map(|link| link.id),
            ..Self::default()
        }
    }
}

/// The seals of a workspace.
pub(super) struct Chain {
    rows: Vec<SealedRow>,
    head: ChainHead,
}

impl KeptMail {
    pub(super) fn happened(&mut self, kind: MailEventKind, reply: Option<String>, at: Timestamp) {
        self.events.push(MailEvent { at, kind, reply });
    }
}

impl State {
    /// The code or link of that id was used.
    pub(super) fn mail_used(&mut self, workspace: WorkspaceId, secret: SecretId, now: Timestamp) {
        let mail = self
            .mails
            .iter_mut()
            .find(|kept| kept.mail.workspace == workspace && kept.secret == Some(secret));
        if let Some(kept) = mail {
            kept.happened(MailEventKind::Used, None, now);
        }
    }

    fn kept_mail(&mut self, id: MailId) -> Option<&mut KeptMail> {
        self.mails.iter_mut().find(|kept| kept.mail.id == id)
    }

    fn is_sealed(&self, entry: &AuditEntry) -> bool {
        self.chains
            .get(&entry.workspace)
            .is_some_and(|chain| chain.rows.iter().any(|sealed| sealed.row.id == entry.id.as_uuid()))
    }

    fn carried(&self, kept: &KeptMail, now: Timestamp) -> Carries {
        let Some(secret) = kept.secret else {
            return Carries::Nothing;
        };
        if let Some(code) = self.codes.iter().find(|code| code.code.id == secret) {
            let live = self
                .flows
                .get(&code.flow)
                .is_some_and(|flow| flow.ended_at.is_none() && now < flow.expires_at);
            return Carries::Code { flow: code.flow, live };
        }
        match self.links.iter().find(|link| link.link.id == secret) {
            Some(link) => Carries::Link {
                live: link.is_live(now),
            },
            None => Carries::Nothing,
        }
    }
}

fn at_most(limit: u32, most: u32) -> usize {
    usize::try_from(limit.clamp(1, most)).unwrap_or(usize::MAX)
}

#[async_trait]
impl AuditLog for MemoryStore {
    async fn page(&self, workspace: WorkspaceId, query: AuditQuery) -> PortResult<Vec<AuditRow>> {
        let state = self.state("audit_log.page")?;
        let mut rows: Vec<&AuditEntry> = state
            .audit
            .iter()
            .filter(|entry| entry.workspace == workspace && query.filter.passes(entry))
            .filter(|entry| query.after.is_none_or(|after| AuditPlace::of(entry) < after))
            .collect();
        rows.sort_by_key(|entry| std::cmp::Reverse(AuditPlace::of(entry)));
        let name = |user: Option<UserId>| {
            let user = &state.person(workspace, user?)?.user;
            let address = user.primary_email().map(|email| email.address.as_str().to_owned());
            let named = !user.name.trim().is_empty();
            Some(if named {
                user.name.clone()
            } else {
                address.unwrap_or_default()
            })
        };
        let rows = rows.into_iter().take(at_most(query.limit, MAX_AUDIT_PAGE));
        Ok(rows
            .map(|entry| AuditRow {
                actor_name: match entry.actor {
                    Actor::User(id) => name(Some(id)),
                    _ => None,
                },
                subject_name: name(entry.subject),
                seq: state.chains.get(&workspace).and_then(|chain| {
                    let sealed = chain.rows.iter().find(|sealed| sealed.row.id == entry.id.as_uuid());
                    sealed.map(|sealed| sealed.seal.seq)
                }),
                entry: entry.clone(),
            })
            .collect())
    }
}

#[async_trait]
impl AuditChain for MemoryStore {
    async fn waiting(&self) -> PortResult<Vec<WorkspaceId>> {
        let state = self.state("audit_chain.waiting")?;
        let waiting = state.audit.iter().filter(|entry| !state.is_sealed(entry));
        let waiting: BTreeSet<WorkspaceId> = waiting.map(|entry| entry.workspace).collect();
        Ok(waiting.into_iter().collect())
    }

    async fn seal(&self, workspace: WorkspaceId, limit: u32, now: Timestamp) -> PortResult<u32> {
        let mut state = self.state("audit_chain.seal")?;
        let mut rows: Vec<AuditEntry> = state
            .audit
            .iter()
            .filter(|entry| entry.workspace == workspace && !state.is_sealed(entry))
            .cloned()
            .collect();
        rows.sort_by_key(AuditPlace::of);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        if rows.is_empty() {
            return Ok(0);
        }
        let chain = state.chains.entry(workspace).or_insert_with(|| Chain {
            rows: Vec::new(),
            head: ChainHead {
                sealed: Seal::BEGINNING,
                sealed_at: 0,
                pruned: Seal::BEGINNING,
            },
        });
        for entry in &rows {
            let row = AuditColumns::of(entry);
            let (previous, seal) = (chain.head.sealed.hash, row.sealed_after(&chain.head.sealed));
            chain.rows.push(SealedRow { row, seal, previous });
            chain.head.sealed = seal;
        }
        chain.head.sealed_at = now.as_micros();
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    }

    async fn head(&self, workspace: WorkspaceId) -> PortResult<Option<ChainHead>> {
        let state = self.state("audit_chain.head")?;
        Ok(state.chains.get(&workspace).map(|chain| chain.head))
    }

    async fn sealed_after(&self, workspace: WorkspaceId, seq: u64, limit: u32) -> PortResult<Vec<SealedRow>> {
        let state = self.state("audit_chain.sealed_after")?;
        let rows = state.chains.get(&workspace).into_iter().flat_map(|chain| &chain.rows);
        let rows = rows.filter(|row| row.seal.seq > seq);
        Ok(rows
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .cloned()
            .collect())
    }

    async fn unsealed(&self) -> PortResult<Unsealed> {
        let state = self.state("audit_chain.unsealed")?;
        let waiting: Vec<&AuditEntry> = state.audit.iter().filter(|entry| !state.is_sealed(entry)).collect();
        Ok(Unsealed {
            rows: u64::try_from(waiting.len()).unwrap_or(u64::MAX),
            oldest: waiting.iter().map(|entry| entry.at).min(),
        })
    }

    async fn prune(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        limit: u32,
        _now: Timestamp,
    ) -> PortResult<(u32, Option<Seal>)> {
        let mut state = self.state("audit_chain.prune")?;
        let Some(chain) = state.chains.get_mut(&workspace) else {
            return Ok((0, None));
        };
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let old = chain.rows.iter().take(most);
        let gone = old.take_while(|row| row.row.at < before.as_micros()).count();
        let removed: Vec<SealedRow> = chain.rows.drain(..gone).collect();
        if let Some(last) = removed.last() {
            chain.head.pruned = last.seal;
        }
        let begins = chain.head.pruned;
        let ids: BTreeSet<uuid::Uuid> = removed.iter().map(|row| row.row.id).collect();
        state.audit.retain(|entry| !ids.contains(&entry.id.as_uuid()));
        Ok((u32::try_from(gone).unwrap_or(u32::MAX), Some(begins)))
    }
}

#[async_trait]
impl MailLog for MemoryStore {
    async fn page(&self, workspace: WorkspaceId, query: MailQuery) -> PortResult<Vec<MailTrace>> {
        let state = self.state("mail_log.page")?;
        let filter = &query.filter;
        let traces = state
            .mails
            .iter()
            .filter(|kept| kept.mail.workspace == workspace)
            .filter(|kept| filter.address.as_ref().is_none_or(|key| kept.mail.to.key() == *key))
            .map(KeptMail::trace)
            .filter(|trace| filter.state.is_none_or(|state| trace.state == state))
            .filter(|trace| filter.kind.as_ref().is_none_or(|kind| trace.kind == *kind))
            .filter(|trace| filter.from.is_none_or(|from| trace.created_at >= from))
            .filter(|trace| filter.until.is_none_or(|until| trace.created_at < until))
            .filter(|trace| query.after.is_none_or(|after| MailPlace::of(trace) < after));
        let mut traces: Vec<MailTrace> = traces.collect();
        traces.sort_by_key(|trace| std::cmp::Reverse(MailPlace::of(trace)));
        traces.truncate(at_most(query.limit, MAX_MAIL_PAGE));
        Ok(traces)
    }

    async fn find(&self, workspace: WorkspaceId, id: MailId, now: Timestamp) -> PortResult<Option<MailStory>> {
        let state = self.state("mail_log.find")?;
        let found = state
            .mails
            .iter()
            .find(|kept| kept.mail.workspace == workspace && kept.mail.id == id);
        Ok(found.map(|kept| MailStory {
            trace: kept.trace(),
            user: kept.mail.user,
            expires_at: kept.mail.expires_at,
            asked_by: kept.asked_by.clone(),
            help_code: kept.help_code.clone(),
            carries: state.carried(kept, now),
            events: kept.events.clone(),
        }))
    }

    async fn reachability(&self, workspace: WorkspaceId, addresses: Vec<EmailKey>) -> PortResult<Vec<Reachability>> {
        let state = self.state("mail_log.reachability")?;
        let told = addresses.iter().map(|address| {
            let theirs = || {
                state
                    .mails
                    .iter()
                    .filter(|kept| kept.mail.workspace == workspace && kept.mail.to.key() == *address)
            };
            let events = theirs().flat_map(|kept| &kept.events);
            let used = events
                .clone()
                .filter(|event| event.kind == MailEventKind::Used)
                .map(|event| event.at);
            let owner = state.verified_on(workspace, address);
            let verified = owner.and_then(|owner| state.person(workspace, owner)?.user.email(address)?.verified_at);
            let failed = events
                .filter(|event| matches!(event.kind, MailEventKind::Refused | MailEventKind::Bounced))
                .max_by_key(|event| event.at);
            Reachability::of(
                used.chain(verified).max(),
                failed.map(|event| (event.at, event.reply.clone().unwrap_or_default())),
            )
        });
        Ok(told.collect())
    }

    async fn opened(&self, workspace: WorkspaceId, link: &TokenDigest, now: Timestamp) -> PortResult<()> {
        let mut state = self.state("mail_log.opened")?;
        let link = state
            .links
            .iter()
            .find(|kept| kept.link.workspace == workspace && kept.link.digest == *link);
        let Some(secret) = link.map(|kept| kept.link.id) else {
            return Ok(());
        };
        let mail = state
            .mails
            .iter_mut()
            .find(|kept| kept.mail.workspace == workspace && kept.secret == Some(secret));
        if let Some(kept) = mail
            && !kept.events.iter().any(|event| event.kind == MailEventKind::Opened)
        {
            kept.happened(MailEventKind::Opened, None, now);
        }
        Ok(())
    }

    async fn addressed(&self, id: MailId) -> PortResult<Option<Addressed>> {
        let mut state = self.state("mail_log.addressed")?;
        Ok(state.kept_mail(id).map(|kept| Addressed {
            workspace: kept.mail.workspace,
            to: kept.mail.to.clone(),
            user: kept.mail.user,
        }))
    }

    async fn returned(&self, id: MailId, returned: Returned, words: String, audit: AuditEntry) -> PortResult<bool> {
        const PLACE: &str = "mail_log.returned";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let now = audit.at;
        let Some(kept) = state
            .kept_mail(id)
            .filter(|kept| kept.mail.workspace == audit.workspace)
            .filter(|kept| matches!(kept.state, MailState::Queued | MailState::Delivered))
        else {
            return Ok(false);
        };
        match returned {
            Returned::Failed => {
                kept.state = MailState::Bounced;
                kept.lease = None;
                kept.last_reply = Some(words.clone());
                kept.happened(MailEventKind::Bounced, Some(words), now);
            }
            Returned::Delayed => {
                if kept.events.iter().any(|event| event.kind == MailEventKind::Delayed) {
                    return Ok(false);
                }
                kept.happened(MailEventKind::Delayed, Some(words), now);
            }
        }
        state.audit.push(audit);
        Ok(true)
    }

    async fn try_now(&self, workspace: WorkspaceId, id: MailId, audit: AuditEntry) -> PortResult<bool> {
        const PLACE: &str = "mail_log.try_now";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let now = audit.at;
        let Some(kept) = state
            .kept_mail(id)
            .filter(|kept| kept.mail.workspace == workspace && kept.state == MailState::Queued)
        else {
            return Ok(false);
        };
        kept.next_attempt_at = kept.next_attempt_at.min(now);
        state.audit.push(audit);
        Ok(true)
    }
}

#[async_trait]
impl Retention for MemoryStore {
    async fn remove_receipts(&self, workspace: WorkspaceId, before: Timestamp, limit: u32) -> PortResult<u64> {
        let mut state = self.state("retention.remove_receipts")?;
        let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
        let kept = state.receipts.len();
        state.receipts.retain(|receipt| {
            let goes = receipt.workspace == workspace && receipt.at < before && left > 0;
            left -= usize::from(goes);
            !goes
        });
        Ok(u64::try_from(kept - state.receipts.len()).unwrap_or(u64::MAX))
    }

    async fn remove_mails(&self, workspace: WorkspaceId, before: Timestamp, limit: u32) -> PortResult<u64> {
        let mut state = self.state("retention.remove_mails")?;
        let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
        let kept = state.mails.len();
        state.mails.retain(|mail| {
            let old = mail.mail.workspace == workspace && mail.mail.created_at < before;
            let goes = old && mail.state != MailState::Queued && left > 0;
            left -= usize::from(goes);
            !goes
        });
        Ok(u64::try_from(kept - state.mails.len()).unwrap_or(u64::MAX))
    }
}
