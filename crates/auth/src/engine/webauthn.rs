//! Passkeys, by WebAuthn (B10, R76): challenges, and what an authenticator answers to them.
//!
//! User verification is always required, so a passkey is two factors in one. Attestation is asked for as `none` and never
//! trusted. The library draws its challenges (256 bits) from the operating system's generator by itself.

use doorward_domain::ids::UserId;
use doorward_domain::passkey::{Passkey, PasskeyAssertion};
use doorward_domain::ports::{FaultKind, PortError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

const PLACE: &str = "webauthn";

/// Why an answer does not hold.
#[derive(Debug, Error)]
pub(crate) enum AnswerError {
    /// It is not the answer of an authenticator at all.
    #[error("not the answer of an authenticator")]
    Shape(#[source] serde_json::Error),
    /// The counter went back: the passkey may have been copied (R76).
    #[error("the counter went back")]
    Counter,
    /// Challenge, origin, signature or user verification are not right.
    #[error("the answer does not hold")]
    Wrong(#[source] WebauthnError),
    /// The state of the round, or of the passkey, cannot be read.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<WebauthnError> for AnswerError {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::Counter,
            other => Self::Wrong(other),
        }
    }
}

/// A round that begins: what goes to the browser, and what is kept.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) options: Value,
    pub(crate) state: String,
}

/// What is kept of a round: where it takes place, and the library's own state.
#[derive(Serialize, Deserialize)]
struct Kept<T> {
    origin: String,
    state: T,
}

/// A new passkey, before it is kept.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) credential: Vec<u8>,
    pub(crate) state: String,
    pub(crate) synced: bool,
}

/// Who asks for a passkey, as the authenticator shows it.
pub(crate) struct Owner<'a> {
    pub(crate) user: UserId,
    pub(crate) account: &'a str,
    pub(crate) name: &'a str,
}

/// Begins adding a passkey at `origin`; those that are there already are not added twice.
pub(crate) fn begin_adding(origin: &str, site: &str, owner: &Owner<'_>, known: &[Passkey]) -> Result<Round, PortError> {
    let exclude = known.iter().map(|passkey| passkey.credential.clone()).collect();
    let (challenge, state) = relying_party(origin, site)?
        .start_passkey_registration(owner.user.as_uuid(), owner.account, owner.name, Some(exclude))
        .map_err(misuse)?;
    let mut options = serde_json::to_value(challenge).map_err(misuse)?;
    // A passkey that says whose it is can sign in without an address being typed; the library asks for none by default.
    if let Some(selection) = options.pointer_mut("/publicKey/authenticatorSelection")
        && let Some(selection) = selection.as_object_mut()
    {
        selection.insert("residentKey".to_owned(), Value::from("preferred"));
        selection.insert("requireResidentKey".to_owned(), Value::from(false));
    }
    Ok(Round {
        options,
        state: keep(origin, state)?,
    })
}

/// Ends adding a passkey.
pub(crate) fn finish_adding(state: &str, answer: &Value) -> Result<Registered, AnswerError> {
    let kept: Kept<PasskeyRegistration> = read(state)?;
    let answer = RegisterPublicKeyCredential::deserialize(answer).map_err(AnswerError::Shape)?;
    let passkey = relying_party(&kept.origin, "")?.finish_passkey_registration(&answer, &kept.state)?;
    let state = serde_json::to_string(&passkey).map_err(misuse)?;
    Ok(Registered {
        credential: passkey.cred_id().clone(),
        synced: is_synced(&state),
        state,
    })
}

/// Begins signing in with whichever passkey the person picks. With `autofill` the browser offers it in the address
/// field and asks nothing by itself.
pub(crate) fn begin_signing_in(origin: &str, autofill: bool) -> Result<Round, PortError> {
    let (challenge, state) = relying_party(origin, "")?
        .start_discoverable_authentication()
        .map_err(misuse)?;
    let mut options = serde_json::to_value(challenge).map_err(misuse)?;
    if !autofill && let Some(options) = options.as_object_mut() {
        options.remove("mediation");
    }
    Ok(Round {
        options,
        state: keep(origin, state)?,
    })
}

/// The credential id, and the account that the authenticator says it belongs to; nothing of it is proved yet.
pub(crate) fn claimed(answer: &Value) -> Result<(Vec<u8>, Option<UserId>), AnswerError> {
    let answer = PublicKeyCredential::deserialize(answer).map_err(AnswerError::Shape)?;
    let handle = answer
        .response
        .user_handle
        .as_ref()
        .and_then(|handle| uuid::Uuid::from_slice(handle).ok())
        .map(UserId::from_uuid);
    Ok((answer.raw_id.clone(), handle))
}

/// Ends signing in with `passkey`, which was found by the credential id of the answer.
pub(crate) fn finish_signing_in(
    state: &str,
    answer: &Value,
    passkey: Passkey,
) -> Result<PasskeyAssertion, AnswerError> {
    let kept: Kept<DiscoverableAuthentication> = read(state)?;
    let answer = PublicKeyCredential::deserialize(answer).map_err(AnswerError::Shape)?;
    let mut key: webauthn_rs::prelude::Passkey = parse(&passkey.state)?;
    let result = relying_party(&kept.origin, "")?.finish_discoverable_authentication_v2(&answer, kept.state, &key)?;
    assertion(passkey, &mut key, &result)
}

/// Begins showing one of these passkeys, whose owner is known.
pub(crate) fn begin_showing(origin: &str, passkeys: &[Passkey]) -> Result<Round, PortError> {
    let keys = passkeys
        .iter()
        .map(|passkey| parse(&passkey.state))
        .collect::<Result<Vec<webauthn_rs::prelude::Passkey>, _>>()?;
    let (challenge, state) = relying_party(origin, "")?
        .start_passkey_authentication(&keys)
        .map_err(misuse)?;
    Ok(Round {
        options: serde_json::to_value(challenge).map_err(misuse)?,
        state: keep(origin, state)?,
    })
}

/// Ends showing `passkey`, which was found by the credential id of the answer.
pub(crate) fn finish_showing(state: &str, answer: &Value, passkey: Passkey) -> Result<PasskeyAssertion, AnswerError> {
    let kept: Kept<PasskeyAuthentication> = read(state)?;
    let answer = PublicKeyCredential::deserialize(answer).map_err(AnswerError::Shape)?;
    let mut key: webauthn_rs::prelude::Passkey = parse(&passkey.state)?;
    let result = relying_party(&kept.origin, "")?.finish_passkey_authentication(&answer, &kept.state)?;
    assertion(passkey, &mut key, &result)
}

/// Spends on an answer to a credential that nobody has what one to a known credential costs (R76): the signature is
/// checked against the base point of the curve, for which nobody has a key that anybody would use, and whatever comes out
/// is forgotten.
pub(crate) fn check_nobody(state: &str, answer: &Value, credential: &[u8]) -> Result<(), PortError> {
    let kept: Kept<DiscoverableAuthentication> = read(state)?;
    let nobody = nobody(credential)?;
    if let Ok(answer) = PublicKeyCredential::deserialize(answer) {
        let result =
            relying_party(&kept.origin, "")?.finish_discoverable_authentication_v2(&answer, kept.state, &nobody);
        std::hint::black_box(result.is_ok());
    }
    Ok(())
}

/// A passkey of nobody, with that credential id.
fn nobody(credential: &[u8]) -> Result<webauthn_rs::prelude::Passkey, PortError> {
    let state = serde_json::json!({"cred": {
        "cred_id": data_encoding::BASE64URL_NOPAD.encode(credential),
        "cred": {"type_": "ES256", "key": {"EC_EC2": {
            "curve": "SECP256R1",
            "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
            "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
        }}},
        "counter": 0, "transports": null, "user_verified": true, "backup_eligible": false, "backup_state": false,
        "registration_policy": "required",
        "extensions": {"cred_protect": "NotRequested", "hmac_create_secret": "NotRequested"},
        "attestation": {"data": "None", "metadata": "None"}, "attestation_format": "none",
    }});
    parse(&state.to_string())
}

fn assertion(
    passkey: Passkey,
    key: &mut webauthn_rs::prelude::Passkey,
    result: &webauthn_rs::prelude::AuthenticationResult,
) -> Result<PasskeyAssertion, AnswerError> {
    if !result.user_verified() || result.cred_id().as_slice() != passkey.credential.as_slice() {
        return Err(AnswerError::Wrong(WebauthnError::UserNotVerified));
    }
    // The library compares with the counter as it was when the round began; others may have answered since.
    if result.counter() != 0 && result.counter() <= counter(&passkey.state) {
        return Err(AnswerError::Counter);
    }
    key.update_credential(result);
    let state = serde_json::to_string(key).map_err(misuse)?;
    Ok(PasskeyAssertion {
        synced: result.backup_state(),
        passkey,
        state,
    })
}

/// R76: `rpId` is the host that the person is at, and the origin is exactly theirs.
fn relying_party(origin: &str, site: &str) -> Result<Webauthn, PortError> {
    let origin = Url::parse(origin).map_err(misuse)?;
    let host = origin
        .host_str()
        .ok_or_else(|| PortError::bare(FaultKind::Misuse, PLACE))?
        .to_owned();
    let builder = WebauthnBuilder::new(&host, &origin).map_err(misuse)?;
    let builder = if site.is_empty() {
        builder
    } else {
        builder.rp_name(site)
    };
    builder.build().map_err(misuse)
}

fn is_synced(state: &str) -> bool {
    credential(state, "backup_state").and_then(|value| value.as_bool()) == Some(true)
}

fn counter(state: &str) -> u32 {
    let counter = credential(state, "counter").and_then(|value| value.as_u64());
    counter.and_then(|counter| u32::try_from(counter).ok()).unwrap_or(0)
}

/// One field of a passkey's state, which the library shows to nobody.
fn credential(state: &str, field: &str) -> Option<Value> {
    let mut value: Value = serde_json::from_str(state).ok()?;
    value.get_mut("cred")?.get_mut(field).map(Value::take)
}

fn keep<T: Serialize>(origin: &str, state: T) -> Result<String, PortError> {
    let kept = Kept {
        origin: origin.to_owned(),
        state,
    };
    serde_json::to_string(&kept).map_err(misuse)
}

fn read<T: for<'de> Deserialize<'de>>(state: &str) -> Result<Kept<T>, PortError> {
    parse(state)
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, PortError> {
    serde_json::from_str(text).map_err(|cause| PortError::new(FaultKind::Corrupt, PLACE, cause))
}

fn misuse(cause: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new(FaultKind::Misuse, PLACE, cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r76_a_passkey_of_nobody_can_be_read() {
        let nobody = nobody(b"a credential that nobody has").unwrap();
        assert_eq!(nobody.cred_id().as_slice(), b"a credential that nobody has");
    }
}
