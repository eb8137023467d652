//! X as its documents describe it: OAuth 2 with PKCE for a confidential client, and `users/me` of the API v2.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use data_encoding::BASE64;
use serde_json::json;

use super::serve::{Asked, Listening, Reply};
use super::{CLIENT, Call, Counterpart, Failure, Person, SECRET, challenge_of, dialog, with_query};
use crate::machine::random_name;

/// A running double.
#[derive(Debug)]
pub struct X {
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
    asked: Vec<Call>,
}

#[derive(Debug)]
struct Code {
    person: String,
    redirect_uri: String,
    challenge: String,
}

impl X {
    /// Starts one with these people; an email is never said of them.
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
        self.state().failures.clear();
    }

    /// The calls that were made to it, in order.
    pub fn asked(&self) -> Vec<Call> {
        self.state().asked.clone()
    }
}

impl Counterpart for X {
    fn table(&self, id: &str) -> String {
        let origin = self.listening.origin();
        format!(
            "[providers.{id}]\nclient_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\n\
             authorization_endpoint = \"{origin}/i/oauth2/authorize\"\ntoken_endpoint = \"{origin}/2/oauth2/token\"\n\
             userinfo_endpoint = \"{origin}/2/users/me\"\n"
        )
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Reply {
        let call = match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/i/oauth2/authorize") => return Self::ask(asked),
            ("POST", "/i/oauth2/authorize/answer") => return self.send_back(asked),
            ("POST", "/2/oauth2/token") => Call::Token,
            ("GET", "/2/users/me") => Call::Userinfo,
            _ => return problem(404, "Not Found Error"),
        };
        self.asked.push(call);
        if let Some(failure) = self.failures.get(&call) {
            return failure.reply();
        }
        if call == Call::Token {
            self.exchange(asked)
        } else {
            self.me(asked)
        }
    }

    fn ask(asked: &Asked) -> Reply {
        let wanted = [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("code_challenge_method", "S256"),
        ];
        let missing = wanted.iter().any(|(name, value)| asked.value(name) != *value);
        let empty = ["redirect_uri", "state", "code_challenge", "scope"]
            .iter()
            .any(|name| asked.value(name).is_empty());
        if missing || empty {
            let says = "<p>You weren't able to give access to the App. Go back and try logging in again.</p>";
            return Reply::page(400, "Something went wrong", says);
        }
        let hidden = [
            ("redirect_uri", asked.value("redirect_uri")),
            ("state", asked.value("state")),
            ("challenge", asked.value("code_challenge")),
        ];
        dialog(
            "Acme wants to access your X account",
            "/i/oauth2/authorize/answer",
            &hidden,
        )
    }

    fn send_back(&mut self, asked: &Asked) -> Reply {
        let back = asked.value("redirect_uri");
        let state = asked.value("state");
        if asked.value("cancel") == "yes" {
            return Reply::redirect(&with_query(back, &[("error", "access_denied"), ("state", state)]));
        }
        let person = asked.value("account").to_owned();
        if !self.people.contains_key(&person) {
            return Reply::page(404, "Sorry, we could not find your account", "");
        }
        let code = random_name();
        let location = with_query(back, &[("state", state), ("code", &code)]);
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
        let basic = BASE64.encode(format!("{CLIENT}:{SECRET}").as_bytes());
        if asked.authorization("basic") != Some(basic.as_str()) {
            return refusal(401, "unauthorized_client", "Missing valid authorization header");
        }
        if asked.value("grant_type") != "authorization_code" {
            return refusal(
                400,
                "unsupported_grant_type",
                "Missing required parameter [grant_type].",
            );
        }
        let Some(code) = self.codes.remove(asked.value("code")) else {
            let says = "Value passed for the authorization code was invalid.";
            return refusal(400, "invalid_request", says);
        };
        if code.redirect_uri != asked.value("redirect_uri") {
            let says = "Value passed for the redirect uri did not match the uri of the authorization code.";
            return refusal(400, "invalid_request", says);
        }
        if code.challenge != challenge_of(asked.value("code_verifier")) {
            let says = "Value passed for the code verifier did not match the code challenge.";
            return refusal(400, "invalid_request", says);
        }
        let token = format!("{}{}", random_name(), random_name());
        self.tokens.insert(token.clone(), code.person);
        let scope = "users.read tweet.read";
        Reply::json(
            200,
            &json!({"token_type": "bearer", "expires_in": 7200, "access_token": token, "scope": scope}),
        )
    }

    fn me(&self, asked: &Asked) -> Reply {
        let token = asked.authorization("bearer").unwrap_or_default();
        let Some(person) = self.tokens.get(token).and_then(|person| self.people.get(person)) else {
            return problem(401, "Unauthorized");
        };
        let name = person.text("name").unwrap_or("Somebody");
        let username = person.text("username").unwrap_or("somebody");
        Reply::json(
            200,
            &json!({"data": {"id": person.subject, "name": name, "username": username}}),
        )
    }
}

fn refusal(status: u16, error: &str, says: &str) -> Reply {
    Reply::json(status, &json!({"error": error, "error_description": says}))
}

fn problem(status: u16, title: &str) -> Reply {
    let body = json!({"title": title, "type": "about:blank", "status": status, "detail": title});
    Reply::json(status, &body)
}
