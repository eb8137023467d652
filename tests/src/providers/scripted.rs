//! An OpenID provider that asks nobody anything and says what it is told: the truth, or a lie.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::serve::{Asked, Listening, Reply};
use super::{CLIENT, Call, Counterpart, Failure, Person, SECRET, challenge_of, name_of, with_query};
use crate::machine::{random_bytes, random_name};

/// What it does instead of telling the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lie {
    /// The signature is of a key that it does not publish under that name.
    Signature,
    /// `alg` is `none`, and nothing is signed.
    Unsigned,
    /// `alg` is `HS256`, with the client's secret as the key.
    Symmetric,
    /// `iss` of the ID token is somebody else's.
    Issuer,
    /// `aud` is another client.
    Audience,
    /// Two audiences, and no `azp`.
    NoAuthorizedParty,
    /// `exp` was an hour ago, and `iat` an hour before that.
    Expired,
    /// Every time in it is this many seconds ahead.
    Ahead(i64),
    /// `nonce` is of another round trip.
    Nonce,
    /// No `sub`.
    NoSubject,
    /// `at_hash` is of another access token.
    AccessTokenHash,
    /// Its userinfo is about somebody else.
    UserinfoSubject,
    /// No ID token comes with the access token.
    NoIdToken,
    /// The answer at the callback address names this issuer (RFC 9207).
    MixUp(String),
    /// The answer at the callback address names no issuer, although the metadata say that it does.
    Nameless,
    /// Neither a code nor an error comes back.
    NoCode,
    /// This `error` comes back.
    Error(&'static str),
}

/// A running provider.
#[derive(Debug)]
pub struct Scripted {
    listening: Listening,
    state: Arc<Mutex<State>>,
}

struct State {
    origin: String,
    key: SigningKey,
    key_id: String,
    rotates_before_signing: bool,
    person: Person,
    lies: Vec<Lie>,
    failures: BTreeMap<Call, Failure>,
    codes: BTreeMap<String, Code>,
    tokens: BTreeMap<String, Person>,
    asked: Vec<Call>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("origin", &self.origin)
            .field("person", &self.person)
            .field("lies", &self.lies)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Code {
    person: Person,
    redirect_uri: String,
    challenge: String,
    nonce: String,
}

impl Scripted {
    /// Starts one at which everybody is this person.
    pub fn start(person: Person) -> Self {
        let state = Arc::new(Mutex::new(State {
            origin: String::new(),
            key: fresh_key(),
            key_id: random_name(),
            rotates_before_signing: false,
            person,
            lies: Vec::new(),
            failures: BTreeMap::new(),
            codes: BTreeMap::new(),
            tokens: BTreeMap::new(),
            asked: Vec::new(),
        }));
        let own = Arc::clone(&state);
        let listening = Listening::start(move |asked| own.lock().expect("nobody panicked with it").answer(asked));
        state.lock().expect("nobody panicked with it").origin = listening.origin();
        Self { listening, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panicked with it")
    }

    /// Its issuer.
    pub fn issuer(&self) -> String {
        self.listening.origin()
    }

    /// Everybody is this person from now on.
    pub fn be(&self, person: Person) {
        self.state().person = person;
    }

    /// Lies from now on, in this way only.
    pub fn lie(&self, lie: Lie) {
        self.state().lies = vec![lie];
    }

    /// Fails at this call from now on.
    pub fn fail(&self, call: Call, failure: Failure) {
        self.state().failures.insert(call, failure);
    }

    /// Tells the truth and answers everything from now on.
    pub fn behave(&self) {
        let mut state = self.state();
        state.lies.clear();
        state.failures.clear();
    }

    /// Changes its key between somebody's leaving and their ID token.
    pub fn rotate_in_mid_flow(&self) {
        self.state().rotates_before_signing = true;
    }

    /// The calls that were made to it, in order.
    pub fn asked(&self) -> Vec<Call> {
        self.state().asked.clone()
    }
}

impl Counterpart for Scripted {
    fn table(&self, id: &str) -> String {
        format!(
            "[providers.{id}]\nclient_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\nkind = \"oidc\"\n\
             name = \"{}\"\nissuer = \"{}\"\n",
            name_of(id),
            self.issuer()
        )
    }
}

impl State {
    fn lies(&self, lie: &Lie) -> bool {
        self.lies.contains(lie)
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        let call = match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/authorize") => return self.authorize(asked),
            ("GET", "/.well-known/openid-configuration") => Call::Discovery,
            ("GET", "/keys") => Call::Keys,
            ("POST", "/token") => Call::Token,
            ("GET" | "POST", "/userinfo") => Call::Userinfo,
            _ => return Reply::json(404, &json!({"error": "not_found"})),
        };
        self.asked.push(call);
        if let Some(failure) = self.failures.get(&call) {
            return failure.reply();
        }
        match call {
            Call::Discovery => self.metadata(),
            Call::Keys => self.keys(),
            Call::Token => self.exchange(asked),
            Call::Userinfo | Call::Inspect => self.userinfo(asked),
        }
    }

    fn metadata(&self) -> Reply {
        let origin = &self.origin;
        let document = json!({
            "issuer": origin,
            "authorization_endpoint": format!("{origin}/authorize"),
            "token_endpoint": format!("{origin}/token"),
            "userinfo_endpoint": format!("{origin}/userinfo"),
            "jwks_uri": format!("{origin}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "scopes_supported": ["openid", "email", "profile"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        Reply::json(200, &document)
    }

    fn keys(&self) -> Reply {
        let point = self.key.verifying_key().to_sec1_point(false);
        let half = |half: Option<&p256::FieldBytes>| BASE64URL_NOPAD.encode(half.expect("an uncompressed point"));
        let key = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.key_id,
            "x": half(point.x()), "y": half(point.y()),
        });
        Reply::json(200, &json!({"keys": [key]}))
    }

    fn authorize(&mut self, asked: &Asked) -> Reply {
        let (back, state) = (asked.value("redirect_uri"), asked.value("state"));
        let right = asked.value("client_id") == CLIENT
            && asked.value("response_type") == "code"
            && asked.value("code_challenge_method") == "S256"
            && !asked.value("nonce").is_empty();
        if !right || back.is_empty() || state.is_empty() {
            return Reply::page(400, "That is no request of OpenID Connect", "");
        }
        let mut values = vec![("state", state)];
        let issuer = self.lies.iter().find_map(|lie| match lie {
            Lie::MixUp(issuer) => Some(issuer.clone()),
            _ => None,
        });
        let issuer = issuer.unwrap_or_else(|| self.origin.clone());
        if !self.lies(&Lie::Nameless) {
            values.push(("iss", &issuer));
        }
        let error = self.lies.iter().find_map(|lie| match lie {
            Lie::Error(error) => Some(*error),
            _ => None,
        });
        let code = random_name();
        if let Some(error) = error {
            values.push(("error", error));
        } else if !self.lies(&Lie::NoCode) {
            values.push(("code", &code));
            let kept = Code {
                person: self.person.clone(),
                redirect_uri: back.to_owned(),
                challenge: asked.value("code_challenge").to_owned(),
                nonce: asked.value("nonce").to_owned(),
            };
            self.codes.insert(code.clone(), kept);
        }
        Reply::redirect(&with_query(back, &values))
    }

    fn exchange(&mut self, asked: &Asked) -> Reply {
        let basic = BASE64.encode(format!("{CLIENT}:{SECRET}").as_bytes());
        let by_header = asked.authorization("basic") == Some(basic.as_str());
        let by_form = asked.value("client_id") == CLIENT && asked.value("client_secret") == SECRET;
        if !by_header && !by_form {
            return Reply::json(401, &json!({"error": "invalid_client"}));
        }
        let Some(code) = self.codes.remove(asked.value("code")) else {
            return Reply::json(
                400,
                &json!({"error": "invalid_grant", "error_description": "no such code"}),
            );
        };
        let is_the_same = code.redirect_uri == asked.value("redirect_uri")
            && code.challenge == challenge_of(asked.value("code_verifier"));
        if !is_the_same {
            return Reply::json(
                400,
                &json!({"error": "invalid_grant", "error_description": "another request"}),
            );
        }
        if std::mem::take(&mut self.rotates_before_signing) {
            self.key = fresh_key();
            self.key_id = random_name();
        }
        let access = random_name();
        let mut answer = json!({"access_token": access, "token_type": "Bearer", "expires_in": 600});
        if !self.lies(&Lie::NoIdToken) {
            answer["id_token"] = json!(self.id_token(&code, &access));
        }
        self.tokens.insert(access, code.person);
        Reply::json(200, &answer)
    }

    fn id_token(&self, code: &Code, access: &str) -> String {
        let now = now()
            + self
                .lies
                .iter()
                .map(|lie| if let Lie::Ahead(by) = lie { *by } else { 0 })
                .sum::<i64>();
        let person = &code.person;
        let mut claims = person.claims.clone();
        claims["iss"] = json!(self.origin);
        claims["aud"] = json!(CLIENT);
        claims["sub"] = json!(person.subject);
        claims["nonce"] = json!(code.nonce);
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + 300);
        claims["at_hash"] = json!(half_hash(access));
        if !person.amr.is_empty() {
            claims["amr"] = json!(person.amr);
        }
        for lie in &self.lies {
            match lie {
                Lie::Issuer => claims["iss"] = json!("https://sso.example.com"),
                Lie::Audience => claims["aud"] = json!("another-client"),
                Lie::NoAuthorizedParty => claims["aud"] = json!([CLIENT, "another-client"]),
                Lie::Expired => {
                    claims["iat"] = json!(now - 7200);
                    claims["exp"] = json!(now - 3600);
                }
                Lie::Nonce => claims["nonce"] = json!(random_name()),
                Lie::NoSubject => drop(claims.as_object_mut().expect("claims").remove("sub")),
                Lie::AccessTokenHash => claims["at_hash"] = json!(half_hash("another token")),
                _ => {}
            }
        }
        let alg = match () {
            () if self.lies(&Lie::Unsigned) => "none",
            () if self.lies(&Lie::Symmetric) => "HS256",
            () => "ES256",
        };
        let header = json!({"alg": alg, "typ": "JWT", "kid": self.key_id});
        let part = |document: &Value| BASE64URL_NOPAD.encode(document.to_string().as_bytes());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = match alg {
            "none" => Vec::new(),
            "HS256" => {
                let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
                mac.update(signed.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
            _ => {
                let strange = self.lies(&Lie::Signature).then(fresh_key);
                let signature: Signature = strange.as_ref().unwrap_or(&self.key).sign(signed.as_bytes());
                signature.to_bytes().to_vec()
            }
        };
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    fn userinfo(&self, asked: &Asked) -> Reply {
        let token = asked.authorization("bearer").unwrap_or_default();
        let Some(person) = self.tokens.get(token) else {
            return Reply::json(401, &json!({"error": "invalid_token"}));
        };
        let mut claims = person.claims.clone();
        claims["sub"] = json!(person.subject);
        if self.lies(&Lie::UserinfoSubject) {
            claims["sub"] = json!("somebody-else");
        }
        Reply::json(200, &claims)
    }
}

fn fresh_key() -> SigningKey {
    loop {
        // Not every 32 bytes are a key; nearly all are.
        if let Ok(key) = SigningKey::from_slice(&random_bytes::<32>()) {
            return key;
        }
    }
}

/// `at_hash` of an access token: the left half of its SHA-256.
fn half_hash(token: &str) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(token.as_bytes())[..16])
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since.as_secs()).expect("seconds fit")
}
