use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::audit::AuditEntry;
use crate::caller_challenge::{CallerChallenge, CallerEnd, CallerState, CallerWay};
use crate::ids::{CallerChallengeId, UserId, WorkspaceId};
use crate::ports::{
    BeginChallenge, CallerChallenges, CallerEffect, CarryOut, ChallengeTried, EndChallenge, PortResult, TryChallenge,
};
use crate::secret::TokenDigest;
use crate::time::Timestamp;
use crate::user::UserStatus;

pub(super) struct KeptChallenge {
    challenge: CallerChallenge,
    code: Option<TokenDigest>,
}

impl State {
    fn challenge_mut(&mut self, workspace: WorkspaceId, id: CallerChallengeId) -> Option<&mut KeptChallenge> {
        self.challenges
            .iter_mut()
            .find(|kept| kept.challenge.workspace == workspace && kept.challenge.id == id)
    }

    fn forget_passkeys(&mut self, workspace: WorkspaceId, user: UserId) {
        self.passkeys
            .retain(|passkey| passkey.workspace != workspace || passkey.user != user);
    }
}

fn is_under_way(challenge: &CallerChallenge, now: Timestamp) -> bool {
    matches!(challenge.state(now), CallerState::Waiting | CallerState::Open)
}

#[async_trait]
impl CallerChallenges for MemoryStore {
    async fn begin(&self, begin: BeginChallenge, audit: AuditEntry) -> PortResult<()> {
        let mut state = self.state("caller_challenges.begin")?;
        state.admit_audit(&audit, "caller_challenges.begin")?;
        let new = &begin.challenge;
        for kept in &mut state.challenges {
            let old = &mut kept.challenge;
            let same = old.workspace == new.workspace
                && old.asked_by == new.asked_by
                && old.user == new.user
                && old.action == new.action
                && old.way.as_str() == new.way.as_str();
            if same && old.ended.is_none() {
                old.ended = Some((CallerEnd::Cancelled, new.created_at));
            }
        }
        for link in begin.links {
            state.put_link(link);
        }
        for mail in begin.mails {
            state.put_mail(mail);
        }
        state.challenges.push(KeptChallenge {
            challenge: begin.challenge,
            code: begin.code,
        });
        state.audit.push(audit);
        Ok(())
    }

    async fn find(&self, workspace: WorkspaceId, id: CallerChallengeId) -> PortResult<Option<CallerChallenge>> {
        let mut state = self.state("caller_challenges.find")?;
        Ok(state.challenge_mut(workspace, id).map(|kept| kept.challenge.clone()))
    }

    async fn of_person(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        now: Timestamp,
    ) -> PortResult<Vec<CallerChallenge>> {
        let state = self.state("caller_challenges.of_person")?;
        let mut theirs: Vec<CallerChallenge> = state
            .challenges
            .iter()
            .map(|kept| &kept.challenge)
            .filter(|challenge| challenge.workspace == workspace && challenge.user == user)
            .filter(|challenge| is_under_way(challenge, now))
            .cloned()
            .collect();
        theirs.sort_by_key(|challenge| std::cmp::Reverse((challenge.created_at, challenge.id)));
        Ok(theirs)
    }

    async fn try_code(&self, tried: TryChallenge) -> PortResult<ChallengeTried> {
        let mut state = self.state("caller_challenges.try_code")?;
        state.admit_audit(&tried.proved, "caller_challenges.try_code")?;
        state.admit_audit(&tried.failed, "caller_challenges.try_code")?;
        let kept = state.challenge_mut(tried.workspace, tried.id).filter(|kept| {
            let challenge = &kept.challenge;
            challenge.asked_by == tried.asked_by
                && matches!(challenge.way, CallerWay::Mailbox { .. })
                && challenge.state(tried.now) == CallerState::Waiting
        });
        let Some(kept) = kept else {
            return Ok(ChallengeTried::Closed);
        };
        let right = kept
            .code
            .zip(tried.code)
            .is_some_and(|(own, shown)| own.matches(&shown));
        if right {
            kept.challenge.proved_at = Some(tried.now);
            kept.challenge.expires_at = tried.open_until;
            state.audit.push(tried.proved);
            return Ok(ChallengeTried::Proved);
        }
        kept.challenge.tries_left = kept.challenge.tries_left.saturating_sub(1);
        let left = kept.challenge.tries_left;
        state.audit.push(tried.failed);
        Ok(ChallengeTried::Wrong(left))
    }

    async fn confirm(
        &self,
        workspace: WorkspaceId,
        id: CallerChallengeId,
        user: UserId,
        open_until: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("caller_challenges.confirm")?;
        state.admit_audit(&audit, "caller_challenges.confirm")?;
        let kept = state.challenge_mut(workspace, id).filter(|kept| {
            kept.challenge.user == user
                && kept.challenge.way == CallerWay::Session
                && kept.challenge.state(audit.at) == CallerState::Waiting
        });
        let Some(kept) = kept else {
            return Ok(false);
        };
        kept.challenge.proved_at = Some(audit.at);
        kept.challenge.expires_at = open_until;
        state.audit.push(audit);
        Ok(true)
    }

    async fn end(&self, end: EndChallenge, audit: AuditEntry) -> PortResult<bool> {
        let mut state = self.state("caller_challenges.end")?;
        state.admit_audit(&audit, "caller_challenges.end")?;
        let kept = state
            .challenge_mut(end.workspace, end.id)
            .filter(|kept| kept.challenge.user == end.user && is_under_way(&kept.challenge, end.now));
        let Some(kept) = kept else {
            return Ok(false);
        };
        kept.challenge.ended = Some((end.how, end.now));
        for mail in end.mails {
            state.put_mail(mail);
        }
        state.audit.push(audit);
        Ok(true)
    }

    async fn carry_out(&self, carry_out: CarryOut, audit: AuditEntry) -> PortResult<bool> {
        let mut state = self.state("caller_challenges.carry_out")?;
        state.admit_audit(&audit, "caller_challenges.carry_out")?;
        let (workspace, user, now) = (carry_out.workspace, carry_out.user, carry_out.now);
        let there = state
            .person(workspace, user)
            .is_some_and(|person| person.user.status != UserStatus::Deleted);
        let open = state.challenge_mut(workspace, carry_out.id).filter(|kept| {
            let challenge = &kept.challenge;
            there && challenge.admits(&carry_out.asked_by, user, carry_out.action, now)
        });
        let Some(kept) = open else {
            return Ok(false);
        };
        kept.challenge.ended = Some((CallerEnd::Used, now));
        if matches!(carry_out.effect, CallerEffect::ResetTwoFactor { passkeys: true }) {
            state.forget_passkeys(workspace, user);
        }
        if let Some(person) = state.person_mut(workspace, user) {
            match carry_out.effect {
                CallerEffect::TemporaryPassword { password, until } => {
                    person.set_password(Some(password));
                    person.password_temporary_until = Some(until);
                }
                CallerEffect::ResetTwoFactor { .. } => person.forget_app(),
            }
            person.credentials_version += 1;
        }
        state.end_sessions(workspace, user, None);
        state.end_second_steps(workspace, user, now);
        state.void_links_of_old_password(workspace, user);
        state.void_codes(workspace, user);
        for notice in carry_out.notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(true)
    }

    async fn due(&self, now: Timestamp, limit: u32) -> PortResult<Vec<CallerChallenge>> {
        let state = self.state("caller_challenges.due")?;
        let mut due: Vec<(Timestamp, CallerChallenge)> = state
            .challenges
            .iter()
            .map(|kept| &kept.challenge)
            .filter(|challenge| challenge.action.happens_by_itself() && challenge.state(now) == CallerState::Open)
            .filter_map(|challenge| match challenge.way {
                CallerWay::Delay { due_at } => Some((due_at, challenge.clone())),
                CallerWay::Mailbox { .. } | CallerWay::Session => None,
            })
            .collect();
        due.sort_by_key(|(due_at, challenge)| (*due_at, challenge.id));
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(due.into_iter().map(|(_, challenge)| challenge).collect())
    }
}

impl KeptChallenge {
    pub(super) fn is_about(&self, user: UserId) -> bool {
        self.challenge.user == user
    }
}
