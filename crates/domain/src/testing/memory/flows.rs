use std::time::Duration;

use async_trait::async_trait;

use super::logs::Origin;
use super::{KeptCode, KeptLink, MemoryStore, State};
use crate::audit::AuditEntry;
use crate::email_address::EmailKey;
use crate::ids::{FlowId, WorkspaceId};
use crate::one_time::LinkState;
use crate::ports::{
    CodeTry, FaultKind, Flows, IssueLink, Links, NewCode, PortError, PortResult, RedeemLink, RedeemedCode, SendCode,
    TryCode,
};
use crate::secret::TokenDigest;
use crate::sign_in::{Binding, FlowPurpose, PendingSignIn, Receipt};
use crate::time::Timestamp;

const DAY: Duration = Duration::from_hours(24);

impl State {
    fn add_code(&mut self, flow: FlowId, code: NewCode, live_codes: u32, now: Timestamp) {
        self.codes.push(KeptCode {
            flow,
            code,
            used: false,
            voided: false,
        });
        let most = usize::try_from(live_codes).unwrap_or(usize::MAX);
        let newest_first = self.codes.iter_mut().rev().filter(|kept| kept.flow == flow);
        for kept in newest_first
            .filter(|kept| !kept.used && !kept.voided && now < kept.code.expires_at)
            .skip(most)
        {
            kept.voided = true;
        }
    }

    fn try_code(&mut self, attempt: &TryCode) -> CodeTry {
        let Some(flow) = self.flows.get_mut(&attempt.flow) else {
            return CodeTry::Unknown;
        };
        if flow.workspace != attempt.workspace || flow.purpose != attempt.purpose || !flow.belongs_to(attempt.binding) {
            return CodeTry::Unknown;
        }
        if flow.ended_at.is_some() || attempt.now >= flow.expires_at || flow.wrong_tries >= attempt.max_tries {
            return CodeTry::Over;
        }
        let matching = self.codes.iter_mut().find(|kept| {
            kept.flow == attempt.flow && attempt.digest.is_some_and(|digest| kept.code.digest.matches(&digest))
        });
        match matching {
            None => {
                flow.wrong_tries += 1;
                CodeTry::Wrong {
                    tries_left: attempt.max_tries.saturating_sub(flow.wrong_tries),
                }
            }
            Some(kept) if kept.used => CodeTry::Spent,
            Some(kept) if kept.voided || attempt.now >= kept.code.expires_at => CodeTry::Expired,
            Some(kept) => {
                kept.used = true;
                let (code, flow) = (kept.code.id, flow.clone());
                self.mail_used(attempt.workspace, code, attempt.now);
                CodeTry::Redeemed(RedeemedCode { flow: Box::new(flow) })
            }
        }
    }
}

#[async_trait]
impl Flows for MemoryStore {
    async fn find_live(
        &self,
        workspace: WorkspaceId,
        binding: Binding,
        purpose: FlowPurpose,
        address: &EmailKey,
        now: Timestamp,
    ) -> PortResult<Option<PendingSignIn>> {
        let state = self.state("flows.find_live")?;
        // An app is known by the flow's id alone: to look its attempt up by address would hand it to any other app.
        if binding == Binding::Bearer {
            return Ok(None);
        }
        Ok(state
            .flows
            .values()
            .filter(|flow| flow.workspace == workspace && flow.purpose == purpose && flow.belongs_to(binding))
            .filter(|flow| flow.email.key() == *address && flow.ended_at.is_none() && now < flow.expires_at)
            .max_by_key(|flow| (flow.created_at, flow.id))
            .cloned())
    }

    async fn find(&self, workspace: WorkspaceId, id: FlowId) -> PortResult<Option<PendingSignIn>> {
        let state = self.state("flows.find")?;
        Ok(state.flows.get(&id).filter(|flow| flow.workspace == workspace).cloned())
    }

    async fn send_code(&self, send: SendCode) -> PortResult<()> {
        let mut state = self.state("flows.send_code")?;
        state.admit_audit(&send.audit, "flows.send_code")?;
        let (id, now) = (send.flow.id, send.receipt.at);
        match state.flows.get_mut(&id) {
            Some(kept) => {
                kept.return_to = send.flow.return_to;
                kept.sign_up = send.flow.sign_up;
                kept.password_verified = send.flow.password_verified;
                kept.arrived = send.flow.arrived;
                kept.last_sent_at = send.flow.last_sent_at;
            }
            None => {
                state.flows.insert(id, send.flow);
            }
        }
        let origin = Origin::of(send.code.as_ref().map(|code| code.id), &send.audit, Some(&send.receipt));
        if let Some(code) = send.code {
            state.add_code(id, code, send.live_codes, now);
        }
        if let Some(mail) = send.mail {
            state.put_mail_of(mail, origin);
        }
        state.receipts.push(send.receipt);
        state.audit.push(send.audit);
        Ok(())
    }

    async fn begin(
        &self,
        flow: PendingSignIn,
        ends: Option<FlowId>,
        receipt: Receipt,
        audit: AuditEntry,
    ) -> PortResult<()> {
        const PLACE: &str = "flows.begin";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        if state.flows.contains_key(&flow.id) {
            return Err(PortError::bare(FaultKind::Misuse, PLACE));
        }
        if let Some(before) = ends {
            state.end_flow(flow.workspace, before, flow.created_at);
        }
        state.flows.insert(flow.id, flow);
        state.receipts.push(receipt);
        state.audit.push(audit);
        Ok(())
    }

    async fn try_code(&self, attempt: TryCode) -> PortResult<CodeTry> {
        Ok(self.state("flows.try_code")?.try_code(&attempt))
    }

    async fn end(&self, workspace: WorkspaceId, id: FlowId, now: Timestamp) -> PortResult<()> {
        self.state("flows.end")?.end_flow(workspace, id, now);
        Ok(())
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("flows.sweep")?;
        let before = state.flows.len();
        state
            .flows
            .retain(|_, flow| flow.ended_at.unwrap_or(flow.expires_at).min(flow.expires_at).plus(DAY) >= now);
        let State { flows, codes, .. } = &mut *state;
        codes.retain(|kept| flows.contains_key(&kept.flow));
        Ok(u64::try_from(before - flows.len()).unwrap_or(u64::MAX))
    }
}

impl State {
    fn issue_link(&mut self, issue: IssueLink) {
        let secret = issue.link.as_ref().map(|link| link.id);
        let origin = Origin::of(secret, &issue.audit, issue.receipt.as_ref());
        if let Some(link) = issue.link {
            let (workspace, user, purpose, now) = (link.workspace, link.user, link.purpose, link.issued_at);
            self.put_link(link);
            let most = usize::try_from(issue.live_links).unwrap_or(usize::MAX);
            let theirs = self.links.iter_mut().rev().filter(|kept| {
                kept.link.workspace == workspace && kept.link.user == user && kept.link.purpose == purpose
            });
            for kept in theirs.filter(|kept| kept.is_live(now)).skip(most) {
                kept.voided = true;
            }
        }
        if let Some(mail) = issue.mail {
            self.put_mail_of(mail, origin);
        }
        self.receipts.extend(issue.receipt);
        self.audit.push(issue.audit);
    }
}

#[async_trait]
impl Links for MemoryStore {
    async fn issue(&self, issue: IssueLink) -> PortResult<()> {
        let mut state = self.state("links.issue")?;
        state.admit_audit(&issue.audit, "links.issue")?;
        state.issue_link(issue);
        Ok(())
    }

    async fn look(&self, workspace: WorkspaceId, token: &TokenDigest, now: Timestamp) -> PortResult<LinkState> {
        let state = self.state("links.look")?;
        let kept = state
            .links
            .iter()
            .find(|kept| kept.link.workspace == workspace && kept.link.digest == *token);
        Ok(match kept {
            None => LinkState::Unknown,
            Some(KeptLink {
                link,
                used_at: Some(used_at),
                ..
            }) => LinkState::Used(link.clone(), *used_at),
            Some(KeptLink { link, voided, .. }) if *voided || now >= link.expires_at => {
                LinkState::Expired(link.clone())
            }
            Some(KeptLink { link, .. }) => LinkState::Live(link.clone()),
        })
    }

    async fn redeem(&self, redeem: RedeemLink) -> PortResult<bool> {
        const PLACE: &str = "links.redeem";
        let mut state = self.state(PLACE)?;
        let beside = redeem.ends.as_ref().map(|ends| &ends.audit);
        let beside = beside
            .into_iter()
            .chain(redeem.issues.as_ref().map(|issue| &issue.audit));
        for row in redeem.audit.iter().chain(beside) {
            state.admit_audit(row, PLACE)?;
        }
        let (workspace, now) = (redeem.workspace, redeem.now);
        let Some(link) = state.redeem_link(workspace, &redeem.token, redeem.purpose, now) else {
            return Ok(false);
        };
        if let Some(ends) = redeem.ends {
            let before = state.sessions.len();
            state.sessions.retain(|_, session| {
                let theirs = session.workspace == workspace && session.user == link.user;
                !theirs || (session.id != ends.session && session.created_at < ends.since)
            });
            if state.sessions.len() < before {
                state.audit.push(ends.audit);
            }
        }
        if let Some(flow) = redeem.begins {
            state.flows.insert(flow.id, flow);
        }
        if let Some(issue) = redeem.issues {
            state.issue_link(issue);
        }
        for mail in redeem.mails {
            state.put_mail(mail);
        }
        state.receipts.extend(redeem.receipt);
        state.audit.extend(redeem.audit);
        Ok(true)
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("links.sweep")?;
        let before = state.links.len();
        state.links.retain(|kept| {
            let ended = kept.used_at.unwrap_or(kept.link.expires_at).min(kept.link.expires_at);
            ended.plus(DAY * 30) >= now
        });
        Ok(u64::try_from(before - state.links.len()).unwrap_or(u64::MAX))
    }
}
