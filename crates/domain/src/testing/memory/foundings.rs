//! Workspaces that are about to be made, and tickets.

use async_trait::async_trait;

use super::MemoryStore;
use crate::audit::AuditEntry;
use crate::founding::{Founding, RedeemedTicket, Ticket, TicketPurpose, skeleton};
use crate::ids::WorkspaceId;
use crate::mail::NewMail;
use crate::ports::{FoundingCode, FoundingTry, Foundings, PortResult, Tickets, TryFoundingCode};
use crate::secret::TokenDigest;
use crate::time::Timestamp;
use crate::workspace::Slug;

/// A founding with its codes.
pub(super) struct KeptFounding {
    founding: Founding,
    codes: Vec<FoundingCode>,
}

#[async_trait]
impl Foundings for MemoryStore {
    async fn begin(&self, founding: Founding, code: Option<(FoundingCode, NewMail)>) -> PortResult<()> {
        let mut state = self.state("foundings.begin")?;
        let mut codes = Vec::new();
        if let Some((code, mail)) = code {
            codes.push(code);
            state.put_mail(mail);
        }
        state
            .foundings
            .insert(founding.workspace, KeptFounding { founding, codes });
        Ok(())
    }

    async fn find(&self, workspace: WorkspaceId) -> PortResult<Option<Founding>> {
        let state = self.state("foundings.find")?;
        Ok(state.foundings.get(&workspace).map(|kept| kept.founding.clone()))
    }

    async fn send_again(
        &self,
        workspace: WorkspaceId,
        code: FoundingCode,
        mail: NewMail,
        now: Timestamp,
    ) -> PortResult<bool> {
        let mut state = self.state("foundings.send_again")?;
        let Some(kept) = state.foundings.get_mut(&workspace) else {
            return Ok(false);
        };
        kept.codes.push(code);
        kept.founding.last_sent_at = now;
        state.put_mail(mail);
        Ok(true)
    }

    async fn try_code(&self, attempt: TryFoundingCode) -> PortResult<FoundingTry> {
        let mut state = self.state("foundings.try_code")?;
        let Some(kept) = state.foundings.get_mut(&attempt.workspace) else {
            return Ok(FoundingTry::Over);
        };
        let founding = &mut kept.founding;
        if !founding.belongs_to(attempt.binding)
            || attempt.now >= founding.expires_at
            || founding.wrong_tries >= attempt.max_tries
        {
            return Ok(FoundingTry::Over);
        }
        let typed = attempt.digest;
        let mut right = kept
            .codes
            .iter()
            .filter(|code| typed.is_some_and(|typed| code.digest.matches(&typed)));
        match right.next() {
            None => {
                founding.wrong_tries += 1;
                Ok(FoundingTry::Wrong {
                    tries_left: attempt.max_tries.saturating_sub(founding.wrong_tries),
                })
            }
            Some(code) if attempt.now >= code.expires_at => Ok(FoundingTry::Expired),
            Some(_) => {
                founding.proved_at = Some(attempt.now);
                Ok(FoundingTry::Proved(Box::new(founding.clone())))
            }
        }
    }

    async fn has_like(&self, slug: &Slug) -> PortResult<bool> {
        let state = self.state("foundings.has_like")?;
        let seen = skeleton(slug.as_str());
        let mut all = state.workspaces.values();
        Ok(all.any(|workspace| skeleton(workspace.slug.as_str()) == seen))
    }

    async fn end(&self, workspace: WorkspaceId) -> PortResult<()> {
        self.state("foundings.end")?.foundings.remove(&workspace);
        Ok(())
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("foundings.sweep")?;
        let before = state.foundings.len();
        state.foundings.retain(|_, kept| now < kept.founding.expires_at);
        Ok(u64::try_from(before - state.foundings.len()).unwrap_or(u64::MAX))
    }
}

#[async_trait]
impl Tickets for MemoryStore {
    async fn issue(&self, ticket: Ticket, audit: AuditEntry) -> PortResult<()> {
        const PLACE: &str = "tickets.issue";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        state.tickets.push(ticket);
        state.audit.push(audit);
        Ok(())
    }

    async fn redeem(
        &self,
        workspace: WorkspaceId,
        digest: &TokenDigest,
        purpose: TicketPurpose,
        now: Timestamp,
    ) -> PortResult<Option<RedeemedTicket>> {
        let mut state = self.state("tickets.redeem")?;
        let found = state.tickets.iter().position(|ticket| {
            ticket.workspace == workspace
                && ticket.purpose == purpose
                && ticket.digest.matches(digest)
                && now < ticket.expires_at
        });
        Ok(found.map(|at| RedeemedTicket {
            ticket: state.tickets.remove(at),
        }))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("tickets.sweep")?;
        let before = state.tickets.len();
        state.tickets.retain(|ticket| now < ticket.expires_at);
        Ok(u64::try_from(before - state.tickets.len()).unwrap_or(u64::MAX))
    }
}
