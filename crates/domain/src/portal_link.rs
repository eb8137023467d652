//! Personal portal links (B4, R40): each names one contact of one workspace and the place in the portal that it leads to.
//! It identifies, it never authenticates: whoever opens one can have a code sent to the contact's own mailbox, no more.

use std::time::Duration;

use thiserror::Error;

use crate::audit::Actor;
use crate::ids::{PortalLinkId, UserId, WorkspaceId};
use crate::limits::Limits;
use crate::return_to::ReturnTo;
use crate::secret::TokenDigest;
use crate::time::Timestamp;

/// The shortest life that can be asked for, in seconds.
pub const SHORTEST_LIFE_SECONDS: u64 = 60;
/// The longest life that can be asked for, in seconds: a year.
pub const LONGEST_LIFE_SECONDS: u64 = 365 * 24 * 60 * 60;

/// A personal portal link as stored: never the token, only its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalLink {
    /// Its id.
    pub id: PortalLinkId,
    /// Workspace it is good in (R40).
    pub workspace: WorkspaceId,
    /// The contact it names.
    pub user: UserId,
    /// SHA-256 of the token.
    pub digest: TokenDigest,
    /// Where it leads, after the sign-in (B13).
    pub return_to: ReturnTo,
    /// Who made it.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was taken back, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// Whether a personal portal link still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalLinkState {
    /// It does.
    Live,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl PortalLinkState {
    /// The stable name, as lists print it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl PortalLink {
    /// Whether it works at that instant. One that was taken back says so, also after its time.
    pub fn state(&self, now: Timestamp) -> PortalLinkState {
        if self.revoked_at.is_some() {
            PortalLinkState::Revoked
        } else if now >= self.expires_at {
            PortalLinkState::Expired
        } else {
            PortalLinkState::Live
        }
    }
}

/// A life that no personal portal link may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a portal link lives from {SHORTEST_LIFE_SECONDS} to {LONGEST_LIFE_SECONDS} seconds, not {seconds}")]
pub struct LifeOutOfBounds {
    /// What was asked for, in seconds.
    pub seconds: u64,
}

/// The life of a new link: the one asked for, else the usual one.
///
/// # Errors
///
/// [`LifeOutOfBounds`] for a life shorter than [`SHORTEST_LIFE_SECONDS`] or longer than [`LONGEST_LIFE_SECONDS`].
pub const fn life(asked: Option<u64>, limits: &Limits) -> Result<Duration, LifeOutOfBounds> {
    match asked {
        None => Ok(limits.portal_link_lifetime()),
        Some(seconds @ SHORTEST_LIFE_SECONDS..=LONGEST_LIFE_SECONDS) => Ok(Duration::from_secs(seconds)),
        Some(seconds) => Err(LifeOutOfBounds { seconds }),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn link() -> PortalLink {
        PortalLink {
            id: PortalLinkId::from_uuid(Uuid::nil()),
            workspace: WorkspaceId::from_uuid(Uuid::nil()),
            user: UserId::from_uuid(Uuid::nil()),
            digest: TokenDigest::from_bytes([1; 32]),
            return_to: ReturnTo::default(),
            created_by: Actor::Operator,
            created_at: Timestamp::from_micros(0),
            expires_at: Timestamp::from_micros(1_000),
            revoked_at: None,
        }
    }

    #[test]
    fn a_link_works_until_it_ends_or_is_taken_back() {
        let at = Timestamp::from_micros;
        assert_eq!(link().state(at(999)), PortalLinkState::Live);
        assert_eq!(link().state(at(1_000)), PortalLinkState::Expired);
        let revoked = PortalLink {
            revoked_at: Some(at(5)),
            ..link()
        };
        assert_eq!(revoked.state(at(6)), PortalLinkState::Revoked);
        assert_eq!(revoked.state(at(2_000)), PortalLinkState::Revoked);
    }

    #[test]
    fn a_life_is_the_usual_one_or_one_within_bounds() {
        let limits = Limits::default();
        assert_eq!(life(None, &limits), Ok(Duration::from_hours(30 * 24)));
        assert_eq!(life(Some(60), &limits), Ok(Duration::from_mins(1)));
        assert_eq!(
            life(Some(LONGEST_LIFE_SECONDS), &limits),
            Ok(Duration::from_hours(365 * 24))
        );
        for seconds in [0, 59, LONGEST_LIFE_SECONDS + 1, u64::MAX] {
            assert_eq!(life(Some(seconds), &limits), Err(LifeOutOfBounds { seconds }));
        }
    }
}
