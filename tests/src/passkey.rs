//! An authenticator in software, for passkeys without a browser: it makes a key, answers challenges, and lies where it is
//! told to.

use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::machine::random_bytes;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const WITH_KEY: u8 = 0x40;

/// A passkey, and the device that holds it.
#[derive(Clone)]
pub struct Passkey {
    key: SigningKey,
    credential: Vec<u8>,
    handle: Vec<u8>,
    /// How often it has signed.
    pub counter: u32,
    origin: String,
}

impl std::fmt::Debug for Passkey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passkey")
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

/// An answer before it is signed: change it to forge one.
#[derive(Debug, Clone)]
pub struct Draft {
    /// `webauthn.get` or `webauthn.create`.
    pub kind: String,
    /// The challenge, as the options wrote it.
    pub challenge: String,
    /// Scheme, host and port of the page.
    pub origin: String,
    /// For which name the key is.
    pub rp_id: String,
    /// Whether the person was there.
    pub present: bool,
    /// Whether the device knows that it was the person: by a finger, a face, a PIN.
    pub verified: bool,
    /// The signature counter.
    pub counter: u32,
    /// Which passkey.
    pub credential: Vec<u8>,
    /// Whose it is, as the device remembers.
    pub handle: Option<Vec<u8>>,
    /// Whether what is sent differs from what was signed.
    pub tampered: bool,
}

impl Draft {
    fn client_data(&self) -> Vec<u8> {
        let data = json!({
            "type": self.kind, "challenge": self.challenge, "origin": self.origin, "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        data.push(flags | flag(self.present, PRESENT) | flag(self.verified, VERIFIED));
        data.extend(self.counter.to_be_bytes());
        data
    }
}

impl Passkey {
    /// A device that is at `origin` (`http://acme.localhost:8080`) and has no passkey there yet.
    pub fn at(origin: &str) -> Self {
        let key = loop {
            // Not every 32 bytes are a key; nearly all are.
            if let Ok(key) = SigningKey::from_slice(&random_bytes::<32>()) {
                break key;
            }
        };
        Self {
            key,
            credential: random_bytes::<20>().to_vec(),
            handle: Vec::new(),
            counter: 0,
            origin: origin.to_owned(),
        }
    }

    /// Makes the passkey that the options ask for, as `credential.toJSON()` gives it.
    pub fn register(&mut self, options: &Value) -> Value {
        self.register_with(options, |_| {})
    }

    /// The same with a lie.
    pub fn register_with(&mut self, options: &Value, lie: impl FnOnce(&mut Draft)) -> Value {
        self.handle = decoded(text(options, "/publicKey/user/id"));
        let rp = text(options, "/publicKey/rp/id");
        let mut draft = self.draft("webauthn.create", text(options, "/publicKey/challenge"), rp);
        lie(&mut draft);
        let mut data = draft.authenticator_data(WITH_KEY);
        data.extend([0; 16]);
        data.extend(length(&draft.credential));
        data.extend(&draft.credential);
        data.extend(self.cose_key());
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".to_vec();
        object.extend(byte_string(&data));
        json!({
            "id": encoded(&draft.credential), "rawId": encoded(&draft.credential), "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
            "response": {
                "attestationObject": encoded(&object),
                "clientDataJSON": encoded(&draft.client_data()),
                "transports": ["internal"],
            },
        })
    }

    /// Answers a challenge, as `credential.toJSON()` gives it.
    pub fn answer(&mut self, options: &Value) -> Value {
        self.answer_with(options, |_| {})
    }

    /// The same with a lie.
    pub fn answer_with(&mut self, options: &Value, lie: impl FnOnce(&mut Draft)) -> Value {
        self.counter += 1;
        let rp = text(options, "/publicKey/rpId");
        let mut draft = self.draft("webauthn.get", text(options, "/publicKey/challenge"), rp);
        lie(&mut draft);
        let data = draft.authenticator_data(0);
        let client_data = draft.client_data();
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client_data));
        if draft.tampered {
            signed.push(0);
        }
        let signature: Signature = self.key.sign(&signed);
        json!({
            "id": encoded(&draft.credential), "rawId": encoded(&draft.credential), "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
            "response": {
                "authenticatorData": encoded(&data),
                "clientDataJSON": encoded(&client_data),
                "signature": encoded(signature.to_der().as_bytes()),
                "userHandle": draft.handle.as_deref().map(encoded),
            },
        })
    }

    /// Whose the passkey is, as the device was told.
    pub fn handle(&self) -> Vec<u8> {
        self.handle.clone()
    }

    fn draft(&self, kind: &str, challenge: &str, rp_id: &str) -> Draft {
        Draft {
            kind: kind.to_owned(),
            challenge: challenge.to_owned(),
            origin: self.origin.clone(),
            rp_id: rp_id.to_owned(),
            present: true,
            verified: true,
            counter: self.counter,
            credential: self.credential.clone(),
            handle: Some(self.handle.clone()),
            tampered: false,
        }
    }

    /// {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
        key.extend(byte_string(x));
        key.push(0x22);
        key.extend(byte_string(y));
        key
    }
}

fn text<'v>(options: &'v Value, pointer: &str) -> &'v str {
    let found = options.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("the options have no {pointer}: {options}"))
}

fn length(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).expect("a short string").to_be_bytes()
}

/// A byte string in CBOR.
fn byte_string(content: &[u8]) -> Vec<u8> {
    let mut string = vec![0x59];
    string.extend(length(content));
    string.extend(content);
    string
}

fn encoded(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn decoded(text: &str) -> Vec<u8> {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .unwrap_or_else(|error| panic!("{text:?} is no base64url: {error}"))
}
