//! Facebook as its documents describe it: the login dialog, the Graph API's exchange of codes, `debug_token` and `me`, for
//! an app that demands `appsecret_proof`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::serve::{Asked, Listening, Reply};
use super::{CLIENT, Call, Counterpart, Failure, Person, SECRET, challenge_of, dialog, with_query};
use crate::machine::random_name;

/// What is asked for by name in `fields`.
const FIELDS: [&str; 3] = ["id", "name", "email"];

/// A running double.
#[derive(Debug)]
pub struct Facebook {
    listening: Listening,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    people: BTreeMap<String, Person>,
    codes: BTreeMap<String, Code>,
    /// Access tokens, and whose they are.
    tokens: BTreeMap<String, String>,
    failures: BTreeMap<Call, Failure>,
    foreign_app: bool,
    asked: Vec<Call>,
}

#[derive(Debug)]
struct Code {
    person: String,
    redirect_uri: String,
    challenge: String,
}

impl Facebook {
    /// Starts one with these people. Who has no email claim gives none, as people do who signed up with a telephone.
    pub fn start(people: &[Person]) -> Self {
        let state = Arc::new(Mutex::new(State {
            people: people
                .iter()
                .map(|person| (person.subject.clone(), person.clone()))
                .collect(),
            ..State::default()
        }));
        let own = Arc::clone(&state);
        let listening = Listening::start(move |asked| own.lock().expect("nobody panicked with it").answer(asked));
        Self { listening, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panicked with it")
    }

    /// Fails at this call from now on.
    pub fn fail(&self, call: Call, failure: Failure) {
        self.state().failures.insert(call, failure);
    }

    /// Fails no more.
    pub fn behave(&self) {
        let mut state = self.state();
        state.failures.clear();
        state.foreign_app = false;
    }

    /// Hands out tokens that were made for another app, from now on.
    pub fn give_tokens_of_another_app(&self) {
        self.state().foreign_app = true;
    }

    /// The calls that were made to it, in order.
    pub fn asked(&self) -> Vec<Call> {
        self.state().asked.clone()
    }
}

impl Counterpart for Facebook {
    fn table(&self, id: &str) -> String {
        let origin = self.listening.origin();
        format!(
            "[providers.{id}]\nclient_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\n\
             authorization_endpoint = \"{origin}/dialog/oauth\"\ntoken_endpoint = \"{origin}/oauth/access_token\"\n\
             userinfo_endpoint = \"{origin}/me\"\n"
        )
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Reply {
        // Each path may begin with a version (`/v21.0/me`).
        let path = match asked.path.strip_prefix("/v").and_then(|rest| rest.split_once('/')) {
            Some((version, rest)) if version.starts_with(|letter: char| letter.is_ascii_digit()) => format!("/{rest}"),
            _ => asked.path.clone(),
        };
        let call = match (asked.method.as_str(), path.as_str()) {
            ("GET", "/dialog/oauth") => return Self::ask(asked),
            ("POST", "/dialog/oauth/answer") => return self.send_back(asked),
            ("GET" | "POST", "/oauth/access_token") => Call::Token,
            ("GET", "/debug_token") => Call::Inspect,
            ("GET", "/me") => Call::Userinfo,
            _ => return error(404, 2500, "OAuthException", "Unknown path components"),
        };
        self.asked.push(call);
        if let Some(failure) = self.failures.get(&call) {
            return failure.reply();
        }
        match call {
            Call::Token => self.exchange(asked),
            Call::Inspect => self.inspect(asked),
            Call::Userinfo | Call::Discovery | Call::Keys => self.me(asked),
        }
    }

    fn ask(asked: &Asked) -> Reply {
        if asked.value("client_id") != CLIENT {
            return Reply::page(
                400,
                "Invalid App ID",
                "<p>The provided app ID does not look like a valid app ID.</p>",
            );
        }
        if asked.value("redirect_uri").is_empty() || asked.value("response_type") != "code" {
            return Reply::page(400, "URL blocked", "<p>This redirect failed.</p>");
        }
        let challenge = match asked.value("code_challenge_method") {
            "S256" => asked.value("code_challenge"),
            "" => "",
            _ => return Reply::page(400, "Invalid parameter", "<p>code_challenge_method</p>"),
        };
        let hidden = [
            ("redirect_uri", asked.value("redirect_uri")),
            ("state", asked.value("state")),
            ("challenge", challenge),
        ];
        dialog("Log in with Facebook", "/dialog/oauth/answer", &hidden)
    }

    fn send_back(&mut self, asked: &Asked) -> Reply {
        let back = asked.value("redirect_uri");
        if asked.value("cancel") == "yes" {
            let values = [
                ("error", "access_denied"),
                ("error_code", "200"),
                ("error_description", "Permissions error"),
                ("error_reason", "user_denied"),
                ("state", asked.value("state")),
            ];
            return Reply::redirect(&with_query(back, &values));
        }
        let person = asked.value("account").to_owned();
        if !self.people.contains_key(&person) {
            return Reply::page(404, "The email address you entered isn't connected to an account", "");
        }
        let code = random_name();
        let values = [("code", code.as_str()), ("state", asked.value("state"))];
        let location = with_query(back, &values) + "#_=_";
        let redirect_uri = back.to_owned();
        let challenge = asked.value("challenge").to_owned();
        self.codes.insert(
            code,
            Code {
                person,
                redirect_uri,
                challenge,
            },
        );
        Reply::redirect(&location)
    }

    fn exchange(&mut self, asked: &Asked) -> Reply {
        if asked.value("client_id") != CLIENT || asked.value("client_secret") != SECRET {
            return error(400, 101, "OAuthException", "Error validating client secret.");
        }
        if asked.value("grant_type") == "client_credentials" {
            return Reply::json(200, &json!({"access_token": app_token(), "token_type": "bearer"}));
        }
        let Some(code) = self.codes.remove(asked.value("code")) else {
            return error(400, 100, "OAuthException", "This authorization code has been used.");
        };
        if code.redirect_uri != asked.value("redirect_uri") {
            let says = "Error validating verification code. Please make sure your redirect_uri is identical to the one \
                        you used in the OAuth dialog request";
            return error(400, 100, "OAuthException", says);
        }
        if !code.challenge.is_empty() && code.challenge != challenge_of(asked.value("code_verifier")) {
            return error(400, 100, "OAuthException", "Invalid code_verifier");
        }
        let token = format!("EAA{}", random_name());
        self.tokens.insert(token.clone(), code.person);
        Reply::json(
            200,
            &json!({"access_token": token, "token_type": "bearer", "expires_in": 5_183_944}),
        )
    }

    fn inspect(&self, asked: &Asked) -> Reply {
        let access = token_of(asked);
        if access != app_token() && !self.tokens.contains_key(&access) {
            return error(400, 190, "OAuthException", "Invalid OAuth access token.");
        }
        let Some(person) = self.tokens.get(asked.value("input_token")) else {
            let data =
                json!({"error": {"code": 190, "message": "Malformed access token"}, "is_valid": false, "scopes": []});
            return Reply::json(200, &json!({"data": data}));
        };
        let app = if self.foreign_app { "1234567890" } else { CLIENT };
        let data = json!({
            "app_id": app, "type": "USER", "application": "Acme help centre", "expires_at": 4_102_444_800_i64,
            "data_access_expires_at": 4_102_444_800_i64, "is_valid": true, "issued_at": 1_700_000_000,
            "scopes": ["public_profile", "email"], "user_id": person,
        });
        Reply::json(200, &json!({"data": data}))
    }

    fn me(&self, asked: &Asked) -> Reply {
        let access = token_of(asked);
        let Some(person) = self.tokens.get(&access).and_then(|person| self.people.get(person)) else {
            return error(400, 190, "OAuthException", "Invalid OAuth access token.");
        };
        if asked.value("appsecret_proof") != proof_of(&access) {
            let says = "API calls from the server require an appsecret_proof argument";
            return error(400, 100, "GraphMethodException", says);
        }
        let mut document = json!({"id": person.subject});
        for field in asked.value("fields").split(',').filter(|field| FIELDS.contains(field)) {
            if let Some(value) = person.text(field) {
                document[field] = json!(value);
            }
        }
        Reply::json(200, &document)
    }
}

fn app_token() -> String {
    format!("{CLIENT}|{SECRET}")
}

fn token_of(asked: &Asked) -> String {
    let named = asked.value("access_token");
    let token = if named.is_empty() {
        asked.authorization("bearer").or_else(|| asked.authorization("oauth"))
    } else {
        Some(named)
    };
    token.unwrap_or_default().to_owned()
}

fn proof_of(token: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
    mac.update(token.as_bytes());
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

fn error(status: u16, code: u32, kind: &str, says: &str) -> Reply {
    let error: Value = json!({"message": says, "type": kind, "code": code, "fbtrace_id": random_name()});
    Reply::json(status, &json!({"error": error}))
}
