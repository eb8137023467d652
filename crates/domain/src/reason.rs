//! Why somebody did not get in: a closed list of stable codes (contract 7). Never reworded, only added to.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident => $code:literal,)* }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum $name { $($(#[$doc])* #[serde(rename = $code)] $variant,)* }

        impl $name {
            /// Every reason of this kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code, kebab-case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The reason with that stable code.
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.as_str() == code)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

reasons!(
    /// What the person, or the app they use, is told. Never tells more about an address than B16 allows.
    PublicReason {
        /// Address and password do not belong together, for whatever cause.
        InvalidCredentials => "invalid-credentials",
        /// Not the code that was mailed.
        CodeWrong => "code-wrong",
        /// The right code, too late.
        CodeExpired => "code-expired",
        /// The code was used already, or its attempt is over.
        CodeSpent => "code-spent",
        /// Not the code of the authenticator app, nor a backup code that is left.
        SecondFactorWrong => "second-factor-wrong",
        /// The passkey opens nothing here, or its answer does not hold.
        PasskeyWrong => "passkey-wrong",
        /// A mailed link that opens nothing (any more).
        LinkInvalid => "link-invalid",
        /// A budget is used up; there is a time to come back at.
        TryLater => "try-later",
        /// The workspace does not offer this way in.
        MethodOff => "method-off",
        /// The workspace does not let strangers sign up.
        SignUpClosed => "sign-up-closed",
        /// The sign-in was given up at the provider.
        ProviderCancelled => "provider-cancelled",
        /// The provider does not answer as it should.
        ProviderUnavailable => "provider-unavailable",
        /// The provider, or the company's own site, answered, and the answer does not pass (R55, B18).
        ProviderAnswerWrong => "provider-answer-wrong",
        /// The workspace admits people of its directory only (B8).
        NotInDirectory => "not-in-directory",
        /// The account is closed; told to whoever has shown by a provider that it is theirs (R60).
        AccountDisabled => "account-disabled",
        /// The identity that was to be connected is connected to another account.
        IdentityTaken => "identity-taken",
        /// The attempt is over; begin again.
        SessionExpired => "session-expired",
    }
);

reasons!(
    /// What the receipt, the sign-in check and the audit log say.
    PrivateReason {
        /// Nobody here has that address.
        UnknownAddress => "unknown-address",
        /// The password is not theirs.
        WrongPassword => "wrong-password",
        /// The account has no password (A1).
        NoPassword => "no-password",
        /// The mailbox was never proved (A3).
        EmailUnproved => "email-unproved",
        /// The account is disabled (R60).
        UserDisabled => "user-disabled",
        /// The account is deleted, and will be gone for good unless that is undone.
        UserDeleted => "user-deleted",
        /// The password is a temporary one that staff made, and its time is over (C2).
        PasswordTemporary => "password-temporary",
        /// Budget of the account used up.
        BudgetUser => "budget-user",
        /// Budget of the address used up.
        BudgetAddress => "budget-address",
        /// Budget of the network used up.
        BudgetNetwork => "budget-network",
        /// Not the code that was mailed.
        CodeWrong => "code-wrong",
        /// The right code, too late.
        CodeExpired => "code-expired",
        /// The code was used already.
        CodeSpent => "code-spent",
        /// Too many wrong codes ended the attempt (R22).
        CodeTriesSpent => "code-tries-spent",
        /// The attempt had ended, or belongs to another browser (R25).
        FlowOver => "flow-over",
        /// Not the code of the authenticator app, nor a backup code that is left.
        SecondFactorWrong => "second-factor-wrong",
        /// A right code of the app whose time step, or a right backup code, was used already (R70, R74).
        SecondFactorReplayed => "second-factor-replayed",
        /// The account has no second factor, and the workspace requires one.
        SecondFactorMissing => "second-factor-missing",
        /// The account has no passkey.
        NoPasskey => "no-passkey",
        /// Nobody here has that passkey.
        PasskeyUnknown => "passkey-unknown",
        /// The answer of the passkey does not hold: challenge, origin, signature or user verification (R76).
        PasskeyWrong => "passkey-wrong",
        /// The passkey's counter went back: it may have been copied (R76).
        PasskeyCounter => "passkey-counter",
        /// The challenge was used already, belongs to another browser, or its time is over (R76).
        PasskeyChallengeOver => "passkey-challenge-over",
        /// The backup door takes the password and nothing else as its first step (B15).
        BackupDoorMethod => "backup-door-method",
        /// The role may not come in by the backup door (B15).
        BackupDoorRole => "backup-door-role",
        /// Link past its life.
        LinkExpired => "link-expired",
        /// Link used already.
        LinkSpent => "link-spent",
        /// No such link here.
        LinkForeign => "link-foreign",
        /// The sign-in was given up at the provider.
        ProviderCancelled => "provider-cancelled",
        /// The provider is away, slow, or answers too much or nonsense (R65).
        ProviderUnavailable => "provider-unavailable",
        /// No provider of that id is configured.
        ProviderUnknown => "provider-unknown",
        /// The answer names another provider (R53).
        ProviderMixUp => "provider-mix-up",
        /// No token, or none that can be read.
        TokenMalformed => "token-malformed",
        /// Signed by an algorithm that is not allowed.
        TokenAlgorithm => "token-alg",
        /// The signature is of none of the known keys.
        TokenSignature => "token-signature",
        /// Another issuer than the configured one.
        TokenIssuer => "token-iss",
        /// Made for somebody else.
        TokenAudience => "token-aud",
        /// Another authorized party.
        TokenAuthorizedParty => "token-azp",
        /// Its time is over.
        TokenExpired => "token-exp",
        /// Absent or too old time of issue.
        TokenIssuedAt => "token-iat",
        /// Its time has not begun.
        TokenNotBefore => "token-nbf",
        /// Not the nonce of this round trip.
        TokenNonce => "token-nonce",
        /// No usable subject.
        TokenSubject => "token-sub",
        /// Not the hash of its access token.
        TokenAccessTokenHash => "token-at_hash",
        /// Signed in at the provider too long ago.
        TokenAuthTime => "token-auth_time",
        /// The userinfo is about somebody else.
        TokenUserinfoSubject => "token-userinfo-sub",
        /// A tenant that may not come in (R58).
        TokenTenant => "token-tid",
        /// Made for another app (R58).
        TokenApp => "token-app_id",
        /// The token was used before (B18).
        TokenReplayed => "token-jti",
        /// No usable email in the token (B18).
        TokenEmail => "token-email",
        /// A role that the token may not give (B18).
        TokenRole => "token-role",
        /// Clocks differ too much.
        ClockDrift => "clock-drift",
        /// The identity is connected to another account.
        IdentityTaken => "identity-taken",
        /// No provider is connected to the account.
        NoConnection => "no-connection",
        /// The identity is connected to no account, and nothing else shows whose it is.
        IdentityUnknown => "identity-unknown",
        /// The provider gave no email that counts.
        EmailMissing => "email-missing",
        /// No record of the directory matches.
        DirectoryNoRecord => "directory-no-record",
        /// The record of the directory is inactive.
        DirectoryInactive => "directory-inactive",
        /// Link taken back.
        LinkRevoked => "link-revoked",
        /// Method switched off for customers.
        MethodOffCustomers => "method-off-customers",
        /// Method switched off for staff.
        MethodOffStaff => "method-off-staff",
        /// Self sign-up is closed.
        SignUpClosed => "sign-up-closed",
        /// Self sign-up is open to other email domains only.
        SignUpDomain => "sign-up-domain",
        /// Credentials or status changed while the attempt ran.
        CredentialsChanged => "credentials-changed",
        /// A policy of the workspace or the embedder said no; its name stands beside.
        Policy => "policy",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable_and_round_trip() {
        let public: Vec<&str> = PublicReason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(
            public,
            [
                "invalid-credentials",
                "code-wrong",
                "code-expired",
                "code-spent",
                "second-factor-wrong",
                "passkey-wrong",
                "link-invalid",
                "try-later",
                "method-off",
                "sign-up-closed",
                "provider-cancelled",
                "provider-unavailable",
                "provider-answer-wrong",
                "not-in-directory",
                "account-disabled",
                "identity-taken",
                "session-expired"
            ]
        );
        for reason in PrivateReason::ALL {
            assert_eq!(PrivateReason::parse(reason.as_str()), Some(*reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
