//! Checking a token of hand-over (B18): the first thing that is wrong with it, what it was, what it should be. Uses
//! nothing up and changes nothing.

use doorward_domain::hand_over::{HandOverFault, HandOverKey, clock_drift};
use doorward_domain::ids::{HandOverKeyId, UserId};
use doorward_domain::method::Method;
use doorward_domain::ports::PortResult;
use doorward_domain::reason::PrivateReason;
use doorward_domain::role::Audience;
use doorward_domain::workspace::Workspace;

use crate::context::Context;
use crate::sign_in::hand_over::{
    HandOverToken, arrived, contradicted, expected, known_by_identity, role_fault, switched_off,
};
use crate::sign_in::with_provider::arrival_facts;

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongField {
    /// Where: the name of a claim, a header, a part of the token, or of a setting.
    pub field: String,
    /// What it was.
    pub was: String,
    /// What it should be.
    pub should: String,
    /// What the receipt of a sign-in with it says.
    pub reason: PrivateReason,
}

/// Whom a token would sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WouldOpen {
    /// This account.
    Account(UserId),
    /// An account that would come into being.
    NewAccount,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOverChecked {
    /// The first thing that is wrong, if anything is.
    pub wrong: Option<WrongField>,
    /// How many seconds the token's `iat` is ahead of our clock (behind it: negative), where it can be read.
    pub drift_seconds: Option<i64>,
    /// The key that signed it, if one did.
    pub key: Option<(HandOverKeyId, Audience)>,
    /// Whom it would sign in, where nothing is wrong.
    pub would_open: Option<WouldOpen>,
}

/// Checks a token.
pub(crate) async fn run(
    context: &Context,
    workspace: &Workspace,
    token: &HandOverToken,
) -> PortResult<HandOverChecked> {
    let now = context.now();
    let keys = context.ports.hand_over_keys.list(workspace.id).await?;
    let mut checked = HandOverChecked {
        wrong: None,
        drift_seconds: clock_drift(token.expose(), now),
        key: None,
        would_open: None,
    };
    let handed = match expected(context, workspace, now).check(context, token, &keys) {
        Ok(handed) => handed,
        Err(fault) => {
            checked.wrong = Some(told(&fault, &keys));
            return Ok(checked);
        }
    };
    let (key, claims) = (handed.key, handed.claims);
    checked.key = Some((key.id, key.audience));
    let keeper = &context.ports.hand_over_keys;
    if keeper.is_redeemed(workspace.id, &claims.token_id).await? {
        checked.wrong = Some(told(&HandOverFault::Replayed, &keys));
        return Ok(checked);
    }
    if let Some((refusal, saw)) = switched_off(workspace, key.audience) {
        let audience = match key.audience {
            Audience::Customers => "customers",
            Audience::Staff => "staff",
        };
        checked.wrong = Some(WrongField {
            field: format!("{audience}.hand_over"),
            was: saw,
            should: "on, in the settings of the workspace".to_owned(),
            reason: refusal.private,
        });
        return Ok(checked);
    }
    let (mut known, mut other_number) = (None, false);
    if let Some(arrived) = arrived(&claims, key.audience) {
        let arrival = arrival_facts(context, workspace, Method::HandOver, &arrived).await?;
        known = known_by_identity(context, workspace, &arrival).await?;
        if known.is_none() {
            let users = &context.ports.users;
            known = users.find_for_sign_in(workspace.id, &claims.email.key()).await?;
        }
        if let Some(known) = &known {
            other_number = contradicted(context, workspace, known, &arrival).await?;
        }
    }
    match known {
        None => checked.would_open = Some(WouldOpen::NewAccount),
        Some(known) => match role_fault(key, &known) {
            Some(fault) => checked.wrong = Some(told(&fault, &keys)),
            None if other_number => {
                checked.wrong = Some(WrongField {
                    field: "external_id".to_owned(),
                    was: claims.external_id.unwrap_or_default(),
                    should: format!("the one by which the site named {} before", known.user.id),
                    reason: PrivateReason::IdentityTaken,
                });
            }
            None => checked.would_open = Some(WouldOpen::Account(known.user.id)),
        },
    }
    Ok(checked)
}

/// A fault in words, without anything that is a secret: whoever looks for what is wrong pastes all sorts of things.
fn told(fault: &HandOverFault, keys: &[HandOverKey]) -> WrongField {
    let was = fault.was();
    let betrays = keys.iter().any(|key| key.is_betrayed_by(&was));
    WrongField {
        field: fault.field().to_owned(),
        was: if betrays {
            "a shared secret, which must not stand in a token".to_owned()
        } else {
            was
        },
        should: fault.should(),
        reason: fault.reason(),
    }
}
