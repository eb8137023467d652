//! *Set password* (C2): the server makes a temporary one, which is told to whoever asked for it, once. It opens nothing but
//! the page on which its owner chooses another, and that for a day at most (SD3).

use doorward_domain::audit::AuditAction;
use doorward_domain::caller_challenge::{CallerAction, CallerEvent};
use doorward_domain::ids::{CallerChallengeId, UserId};
use doorward_domain::ports::{CallerEffect, CarryOut, Entropy};
use doorward_domain::secret::Password;
use doorward_domain::throttle::Standing;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;

use super::challenge_caller::{CallerError, caller_in_reach, look, notices};
use crate::context::{Acting, Context};

/// Letters without those that sound or look alike on the telephone.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz346789ACE";

/// Letters in a group.
const GROUP: usize = 4;

/// The fewest groups: 80 bits.
const FEWEST_GROUPS: usize = 4;

/// A password that was made for somebody.
#[derive(Debug, Clone)]
pub struct TemporaryPassword {
    /// The password. Told here and never again.
    pub password: Password,
    /// Until when it opens anything.
    pub until: Timestamp,
}

/// Makes one, on the strength of an open challenge.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    (user, challenge): (UserId, CallerChallengeId),
) -> Result<TemporaryPassword, CallerError> {
    let now = context.now();
    let record = caller_in_reach(context, acting, workspace, user).await?;
    let action = CallerAction::SetPassword;
    let found = look(context, acting, workspace, user, challenge).await?;
    if !found.is_some_and(|challenge| challenge.admits(&acting.actor, user, action, now)) {
        return Err(CallerError::NotOpen);
    }
    let settings = workspace.security.audience(record.user.role.audience());
    let password = make(context.entropy(), usize::from(settings.password_min_length));
    let digest = context.ports.hasher.hash(password.clone()).await?;
    let until = now.plus(context.config.limits.temporary_password_lifetime());
    let carry_out = CarryOut {
        workspace: workspace.id,
        id: challenge,
        asked_by: acting.actor.clone(),
        user,
        action,
        effect: CallerEffect::TemporaryPassword {
            password: digest,
            until,
        },
        notices: notices(context, workspace, &record.user, (CallerEvent::Done, action), now),
        now,
    };
    let audit = context.audit_of(workspace.id, acting, Some(user), AuditAction::TemporaryPasswordSet, now);
    if !context.ports.caller_challenges.carry_out(carry_out, audit).await? {
        return Err(CallerError::NotOpen);
    }
    // What was typed wrong before is no reason to wait with the new one.
    let keys = record.user.emails.iter().map(|email| {
        let charge = context
            .budgets()
            .password_failure(&email.address.key(), &Standing::Stranger);
        charge.key
    });
    context.ports.throttle.clear(workspace.id, keys.collect()).await?;
    Ok(TemporaryPassword { password, until })
}

/// Groups of letters with dashes between, easy to read out, as long as the workspace wants passwords to be.
fn make(entropy: &dyn Entropy, shortest: usize) -> Password {
    let groups = FEWEST_GROUPS.max(shortest.div_ceil(GROUP));
    let mut random = vec![0_u8; groups * GROUP];
    entropy.fill(&mut random);
    let letter = |byte: &u8| char::from(LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'a'));
    let groups: Vec<String> = random
        .chunks(GROUP)
        .map(|group| group.iter().map(letter).collect())
        .collect();
    Password::generated(&groups.join("-"))
}
