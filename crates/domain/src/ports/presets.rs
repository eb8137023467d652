//! Mocks that are ready for what most tests want of them, so that a test states only what it is about.
//!
//! Each preset answers any number of calls; a test that counts calls sets its own expectation instead.

use super::{
    Edition, MockAudit, MockClock, MockEmails, MockEntropy, MockFactors, MockOwnSessions, MockPasskeys,
    MockPasswordHasher, MockProfiles, MockReceipts, MockSessions, MockThrottle, MockUsers, MockWorkspaces,
    PasswordCheck, PortError,
};
use crate::ids::{UserId, WorkspaceId};
use crate::passkey::Passkey;
use crate::ports::{FaultKind, HasherError, HashingPlace};
use crate::reason::PrivateReason;
use crate::second_factor::FactorRecord;
use crate::secret::{HashRecipe, PasswordDigest, TokenDigest};
use crate::session::Session;
use crate::throttle::Admission;
use crate::time::Timestamp;
use crate::user::SignInRecord;
use crate::workspace::Workspace;

impl MockThrottle {
    /// Admits and refunds everything.
    pub fn admitting() -> Self {
        let mut mock = Self::new();
        mock.expect_consume().returning(|_, _, _| Ok(Admission::Admitted));
        mock.expect_peek().returning(|_, _, _| Ok(Admission::Admitted));
        mock.expect_refund().returning(|_, _| Ok(()));
        mock.expect_clear().returning(|_, _| Ok(()));
        mock
    }

    /// Admits nothing, for that reason and until then.
    pub fn exceeded(reason: PrivateReason, retry_at: Option<Timestamp>) -> Self {
        let mut mock = Self::new();
        let said = Admission::Exceeded { reason, retry_at };
        let peeked = said.clone();
        mock.expect_consume().returning(move |_, _, _| Ok(said.clone()));
        mock.expect_peek().returning(move |_, _, _| Ok(peeked.clone()));
        mock
    }

    /// Cannot be reached.
    pub fn away() -> Self {
        let mut mock = Self::new();
        mock.expect_consume().returning(|_, _, _| Err(away("throttle.consume")));
        mock.expect_peek().returning(|_, _, _| Err(away("throttle.peek")));
        mock
    }
}

impl MockUsers {
    /// Knows one person, by every address and id; in their own workspace only.
    pub fn knowing(record: &SignInRecord) -> Self {
        let mut mock = Self::new();
        let by_address = record.clone();
        mock.expect_find_for_sign_in().returning(move |workspace, address| {
            let theirs = by_address.user.workspace == workspace && by_address.user.email(address).is_some();
            Ok(theirs.then(|| by_address.clone()))
        });
        let by_id = record.clone();
        mock.expect_find_record().returning(move |workspace, id| {
            let theirs = by_id.user.workspace == workspace && by_id.user.id == id;
            Ok(theirs.then(|| by_id.clone()))
        });
        let user = record.user.clone();
        mock.expect_find()
            .returning(move |workspace, id| Ok((user.workspace == workspace && user.id == id).then(|| user.clone())));
        let user = record.user.clone();
        mock.expect_with_roles().returning(move |workspace, roles| {
            let theirs = user.workspace == workspace && roles.contains(&user.role);
            Ok(theirs.then(|| user.clone()).into_iter().collect())
        });
        mock
    }

    /// Knows nobody.
    pub fn nobody() -> Self {
        let mut mock = Self::new();
        mock.expect_find_for_sign_in().returning(|_, _| Ok(None));
        mock.expect_find_record().returning(|_, _| Ok(None));
        mock.expect_find().returning(|_, _| Ok(None));
        mock.expect_with_roles().returning(|_, _| Ok(Vec::new()));
        mock
    }

    /// Cannot be reached.
    pub fn away() -> Self {
        let mut mock = Self::new();
        mock.expect_find_for_sign_in()
            .returning(|_, _| Err(away("users.find_for_sign_in")));
        mock.expect_find_record()
            .returning(|_, _| Err(away("users.find_record")));
        mock.expect_find().returning(|_, _| Err(away("users.find")));
        mock.expect_with_roles().returning(|_, _| Err(away("users.with_roles")));
        mock
    }
}

impl MockFactors {
    /// Knows the second factor of one person, in their own workspace; everybody else has none.
    pub fn having(workspace: WorkspaceId, user: UserId, record: &FactorRecord) -> Self {
        let mut mock = Self::new();
        let record = record.clone();
        mock.expect_find().returning(move |place, whose| {
            let theirs = (place, whose) == (workspace, user);
            Ok(if theirs {
                record.clone()
            } else {
                FactorRecord::default()
            })
        });
        mock
    }

    /// Nobody has a second factor.
    pub fn none() -> Self {
        let mut mock = Self::new();
        mock.expect_find().returning(|_, _| Ok(FactorRecord::default()));
        mock
    }

    /// Cannot be reached.
    pub fn away() -> Self {
        let mut mock = Self::new();
        mock.expect_find().returning(|_, _| Err(away("factors.find")));
        mock
    }
}

impl MockPasskeys {
    /// Knows these passkeys, by owner and by credential, each in its own workspace only; begins every round.
    pub fn knowing(passkeys: &[Passkey]) -> Self {
        let mut mock = Self::new();
        let by_owner = passkeys.to_vec();
        mock.expect_list().returning(move |workspace, user| {
            let theirs = by_owner
                .iter()
                .filter(|passkey| passkey.workspace == workspace && passkey.user == user);
            Ok(theirs.cloned().collect())
        });
        let by_credential = passkeys.to_vec();
        mock.expect_find().returning(move |workspace, credential| {
            let found = by_credential
                .iter()
                .find(|passkey| passkey.workspace == workspace && passkey.credential == credential);
            Ok(found.cloned())
        });
        mock.expect_begin().returning(|_| Ok(()));
        mock
    }

    /// Knows no passkey, and fails the test if one is added.
    pub fn none() -> Self {
        let mut mock = Self::knowing(&[]);
        mock.expect_add().never();
        mock
    }
}

impl MockEmails {
    /// Fails the test if any address is added, proved, changed or removed.
    pub fn changing_none() -> Self {
        let mut mock = Self::new();
        mock.expect_add().never();
        mock.expect_verify().never();
        mock.expect_make_primary().never();
        mock.expect_remove().never();
        mock.expect_revert().never();
        mock
    }
}

impl MockProfiles {
    /// Saves everything, and has no picture of anybody.
    pub fn saving() -> Self {
        let mut mock = Self::new();
        mock.expect_save().returning(|_, _, _, _| Ok(true));
        mock.expect_set_picture().returning(|_, _, _, _| Ok(true));
        mock.expect_picture().returning(|_, _| Ok(None));
        mock
    }
}

impl MockOwnSessions {
    /// Lists these sessions to their owners, in the order given, and ends none.
    pub fn listing(sessions: &[Session]) -> Self {
        let mut mock = Self::new();
        let sessions = sessions.to_vec();
        mock.expect_list().returning(move |workspace, user, now| {
            let theirs = sessions
                .iter()
                .filter(|session| session.workspace == workspace && session.user == user && session.is_live(now));
            Ok(theirs.cloned().collect())
        });
        mock.expect_end().returning(|_, _, _, _| Ok(false));
        mock
    }
}

impl MockWorkspaces {
    /// Knows one workspace, by id, slug and host.
    pub fn only(workspace: &Workspace) -> Self {
        let mut mock = Self::new();
        let (by_id, by_slug, by_host, all) = (
            workspace.clone(),
            workspace.clone(),
            workspace.clone(),
            workspace.clone(),
        );
        mock.expect_find()
            .returning(move |id| Ok((by_id.id == id).then(|| by_id.clone())));
        mock.expect_find_by_slug()
            .returning(move |slug| Ok((by_slug.slug == *slug).then(|| by_slug.clone())));
        mock.expect_find_by_host().returning(move |host| {
            let theirs = by_host.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
            Ok(theirs.then(|| by_host.clone()))
        });
        mock.expect_list().returning(move || Ok(vec![all.clone()]));
        mock.expect_edition().return_const(Some(Edition { here: 0, beside: 0 }));
        mock
    }
}

impl MockPasswordHasher {
    /// Says that every password matches every digest, and that nothing matches no digest.
    pub fn matching() -> Self {
        let mut mock = Self::hashing();
        mock.expect_check().returning(|_, digest| {
            Ok(match digest {
                Some(_) => PasswordCheck::Match { rehash: None },
                None => PasswordCheck::Mismatch,
            })
        });
        mock
    }

    /// Says that no password matches.
    pub fn mismatching() -> Self {
        let mut mock = Self::hashing();
        mock.expect_check().returning(|_, _| Ok(PasswordCheck::Mismatch));
        mock
    }

    /// Says that its queue is full.
    pub fn busy() -> Self {
        let mut mock = Self::new();
        mock.expect_reserve().returning(|| Err(HasherError::Busy));
        mock.expect_check().returning(|_, _| Err(HasherError::Busy));
        mock.expect_hash().returning(|_| Err(HasherError::Busy));
        mock.expect_hash_by().returning(|_, _| Err(HasherError::Busy));
        mock
    }

    fn hashing() -> Self {
        let mut mock = Self::new();
        mock.expect_reserve().returning(|| Ok(HashingPlace::unlimited()));
        mock.expect_hash()
            .returning(|_| Ok(PasswordDigest::from_phc("$mock$".to_owned())));
        mock.expect_new_recipe()
            .returning(|| Ok(HashRecipe::from_phc("$mock$".to_owned())));
        mock.expect_hash_by()
            .returning(|_, secrets| Ok(secrets.iter().map(|_| TokenDigest::from_bytes([0; 32])).collect()));
        mock
    }
}

impl MockSessions {
    /// Has no session, and fails the test if one is opened or renewed.
    pub fn opening_none() -> Self {
        let mut mock = Self::new();
        mock.expect_open().never();
        mock.expect_renew().never();
        mock.expect_peek().returning(|_, _| Some(None));
        mock.expect_check().returning(|_, _| Ok(None));
        mock
    }
}

impl MockReceipts {
    /// Takes every receipt.
    pub fn recording() -> Self {
        let mut mock = Self::new();
        mock.expect_record().returning(|_, _| Ok(()));
        mock
    }
}

impl MockAudit {
    /// Takes every row.
    pub fn appending() -> Self {
        let mut mock = Self::new();
        mock.expect_append().returning(|_| Ok(()));
        mock.expect_announce().returning(|_, _| Ok(()));
        mock
    }
}

impl MockClock {
    /// Stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        let mut mock = Self::new();
        mock.expect_now().return_const(now);
        mock
    }
}

impl MockEntropy {
    /// Fills every buffer with that byte: fit where nothing drawn must differ.
    pub fn filling(byte: u8) -> Self {
        let mut mock = Self::new();
        mock.expect_fill().returning(move |buffer| buffer.fill(byte));
        mock
    }
}

fn away(place: &'static str) -> PortError {
    PortError::bare(FaultKind::Unavailable, place)
}
