//! An authenticator in software: it makes passkeys, answers challenges, and lies where it is told to.

use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::house::ORIGIN;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const WITH_KEY: u8 = 0x40;

pub(crate) struct Authenticator {
    key: SigningKey,
    credential: Vec<u8>,
    handle: Vec<u8>,
    pub(crate) counter: u32,
    pub(crate) synced: bool,
}

/// What an answer is made from, before it is signed: change it to forge one.
pub(crate) struct Draft {
    pub(crate) kind: String,
    pub(crate) challenge: String,
    pub(crate) origin: String,
    pub(crate) rp_id: String,
    pub(crate) verified: bool,
    pub(crate) counter: u32,
    pub(crate) credential: Vec<u8>,
    pub(crate) handle: Option<Vec<u8>>,
    /// Whether what is sent differs from what was signed.
    pub(crate) tampered: bool,
}

impl Draft {
    fn client_data(&self) -> Vec<u8> {
        json!({
            "type": self.kind,
            "challenge": self.challenge,
            "origin": self.origin,
            "crossOrigin": false,
        })
        .to_string()
        .into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verified { VERIFIED } else { 0 };
        let mut data = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        data.push(PRESENT | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }
}

impl Authenticator {
    /// One with the key and credential id of that number.
    pub(crate) fn new(number: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[number; 32]).unwrap(),
            credential: vec![number; 20],
            handle: Vec::new(),
            counter: 0,
            synced: false,
        }
    }

    /// The same passkey on another device: a copy, with the counter as it is now.
    pub(crate) fn copy(&self) -> Self {
        Self {
            key: self.key.clone(),
            credential: self.credential.clone(),
            handle: self.handle.clone(),
            counter: self.counter,
            synced: self.synced,
        }
    }

    pub(crate) fn credential(&self) -> Vec<u8> {
        self.credential.clone()
    }

    pub(crate) fn register(&mut self, options: &Value) -> Value {
        self.register_with(options, |_| {})
    }

    pub(crate) fn register_with(&mut self, options: &Value, lie: impl FnOnce(&mut Draft)) -> Value {
        let text = |at: &str| options.pointer(at).and_then(Value::as_str).unwrap().to_owned();
        self.handle = decoded(&text("/publicKey/user/id"));
        let mut draft = self.draft(
            "webauthn.create",
            text("/publicKey/challenge"),
            text("/publicKey/rp/id"),
        );
        lie(&mut draft);
        let mut data = draft.authenticator_data(self.backup_flags() | WITH_KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(draft.credential.len()).unwrap().to_be_bytes());
        data.extend(&draft.credential);
        data.extend(self.cose_key());
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none");
        object.extend(b"\x67attStmt\xa0");
        object.extend(b"\x68authData");
        object.extend(bytes(&data));
        json!({
            "id": encoded(&draft.credential),
            "rawId": encoded(&draft.credential),
            "type": "public-key",
            "response": {
                "attestationObject": encoded(&object),
                "clientDataJSON": encoded(&draft.client_data()),
                "transports": ["internal"],
            },
            "clientExtensionResults": {},
        })
    }

    pub(crate) fn answer(&mut self, options: &Value) -> Value {
        self.answer_with(options, |_| {})
    }

    pub(crate) fn answer_with(&mut self, options: &Value, lie: impl FnOnce(&mut Draft)) -> Value {
        let text = |at: &str| options.pointer(at).and_then(Value::as_str).unwrap().to_owned();
        self.counter += 1;
        let mut draft = self.draft("webauthn.get", text("/publicKey/challenge"), text("/publicKey/rpId"));
        lie(&mut draft);
        let data = draft.authenticator_data(self.backup_flags());
        let client_data = draft.client_data();
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client_data));
        if draft.tampered {
            signed.push(0);
        }
        let signature: Signature = self.key.sign(&signed);
        json!({
            "id": encoded(&draft.credential),
            "rawId": encoded(&draft.credential),
            "type": "public-key",
            "response": {
                "authenticatorData": encoded(&data),
                "clientDataJSON": encoded(&client_data),
                "signature": encoded(signature.to_der().as_bytes()),
                "userHandle": draft.handle.as_deref().map(encoded),
            },
            "clientExtensionResults": {},
        })
    }

    fn draft(&self, kind: &str, challenge: String, rp_id: String) -> Draft {
        Draft {
            kind: kind.to_owned(),
            challenge,
            origin: ORIGIN.to_owned(),
            rp_id,
            verified: true,
            counter: self.counter,
            credential: self.credential.clone(),
            handle: Some(self.handle.clone()),
            tampered: false,
        }
    }

    const fn backup_flags(&self) -> u8 {
        if self.synced { BACKUP_ELIGIBLE | BACKED_UP } else { 0 }
    }

    /// {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (_, coordinates) = point.as_bytes().split_at(1);
        let (x, y) = coordinates.split_at(32);
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
        key.extend(bytes(x));
        key.push(0x22);
        key.extend(bytes(y));
        key
    }
}

/// A byte string in CBOR.
fn bytes(content: &[u8]) -> Vec<u8> {
    let mut string = vec![0x59];
    string.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
    string.extend(content);
    string
}

fn encoded(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn decoded(text: &str) -> Vec<u8> {
    BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
}
