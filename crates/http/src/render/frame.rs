//! What stands around every page: whose door it is, who stands before it, and in which language.

use doorward_domain::words::{LanguageTag, Words};
use doorward_domain::workspace::FootLinks;
use serde::Serialize;

use super::accent::{Accent, Colour};
use super::when::When;

/// Everything that a page needs besides its own view. The handlers fill it once a request.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The language to answer in, as [`Renderer::language_at`](super::Renderer::language_at) picked it.
    pub language: LanguageTag,
    /// The workspace whose page this is; `None` on the base host and on an unknown one.
    pub workspace: Option<WorkspaceFace>,
    /// The person who is signed in.
    pub person: Option<PersonFace>,
    /// The nonce of this response's content security policy (R84). Every style and script element carries it.
    pub nonce: String,
    /// What forms send back in `form_token` (R83).
    pub form_token: String,
    /// The path of this page, without query.
    pub path: String,
    /// Where the person was going, carried along by every form and link of the door.
    pub journey: Journey,
    /// One sentence about what has just been done, said once at the top.
    pub notice: Option<Words>,
    /// The console around the page, if it is one of the console.
    pub console: Option<ConsoleFace>,
}

/// What stands around a page of the console.
#[derive(Debug, Clone, Serialize)]
pub struct ConsoleFace {
    /// The rooms that are open to whoever looks at it.
    pub rooms: Vec<ConsoleRoom>,
    /// Settings that undo themselves unless an admin signs in (C3).
    pub unconfirmed: Option<Unconfirmed>,
}

/// Settings on trial, as every page of the console tells of them.
#[derive(Debug, Clone, Serialize)]
pub struct Unconfirmed {
    /// When they undo themselves.
    pub until: When,
    /// Where they are undone at once, for whoever may.
    pub undo: Option<&'static str>,
}

/// A room of the console.
#[derive(Debug, Clone, Serialize)]
pub struct ConsoleRoom {
    /// Where it is.
    pub path: &'static str,
    /// What it is called.
    pub name: Words,
    /// Whether this page is in it.
    pub here: bool,
}

/// A workspace as its visitors see it.
#[derive(Debug, Clone, Serialize)]
pub struct WorkspaceFace {
    /// Its name.
    pub name: String,
    /// Address of its logo on this host; its name stands beside it, so the picture needs no words of its own.
    pub logo: Option<String>,
    /// The colour it chose, before correction.
    #[serde(skip)]
    pub accent: Colour,
    /// The radius of its corners in CSS pixels, 0 to 16.
    pub corner_radius: u8,
    /// Links at the foot of its pages.
    pub links: FootLinks,
}

impl WorkspaceFace {
    /// A workspace that has chosen nothing but its name.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            logo: None,
            accent: Colour::DEFAULT_ACCENT,
            corner_radius: 8,
            links: FootLinks::default(),
        }
    }
}

/// The signed-in person as the user menu shows them.
#[derive(Debug, Clone, Serialize)]
pub struct PersonFace {
    /// What their button says: their name, or their address where there is no name.
    pub name: String,
    /// The address of their profile, where such a page is served.
    pub profile: Option<String>,
    /// Where the console begins for them, if any room of it is open to them.
    pub console: Option<String>,
}

/// A way begun at the sign-in page: which flow it is and where it leads (B13).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Journey {
    /// The flow, where one has begun. Sent as `flow`.
    pub flow: Option<String>,
    /// The destination, already checked (R42), where there is no flow that holds it. Sent as `return_to`.
    pub return_to: Option<String>,
}

/// The frame as the templates see it.
#[derive(Debug, Serialize)]
pub(super) struct FrameContext<'a> {
    language: &'a str,
    direction: &'static str,
    workspace: Option<&'a WorkspaceFace>,
    monogram: Option<String>,
    accent: Accent,
    corner_radius: u8,
    person: Option<&'a PersonFace>,
    nonce: &'a str,
    form_token: &'a str,
    path: &'a str,
    journey: &'a Journey,
    query: String,
    notice: Option<&'a Words>,
    console: Option<&'a ConsoleFace>,
}

impl<'a> FrameContext<'a> {
    pub(super) fn of(frame: &'a Frame) -> Self {
        let workspace = frame.workspace.as_ref();
        Self {
            language: frame.language.as_str(),
            direction: frame.language.direction().as_str(),
            workspace,
            monogram: workspace.and_then(|workspace| monogram(&workspace.name)),
            accent: Accent::of(workspace.map_or(Colour::DEFAULT_ACCENT, |workspace| workspace.accent)),
            corner_radius: workspace.map_or(8, |workspace| workspace.corner_radius.min(16)),
            person: frame.person.as_ref(),
            nonce: &frame.nonce,
            form_token: &frame.form_token,
            path: &frame.path,
            journey: &frame.journey,
            query: frame.journey.query(),
            notice: frame.notice.as_ref(),
            console: frame.console.as_ref(),
        }
    }
}

impl Journey {
    /// The query string that carries this journey through a link, with its `?`; empty when there is nothing to carry.
    pub fn query(&self) -> String {
        if self.flow.is_none() && self.return_to.is_none() {
            return String::new();
        }
        let mut query = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
        if let Some(flow) = &self.flow {
            query.append_pair("flow", flow);
        }
        if let Some(return_to) = &self.return_to {
            query.append_pair("return_to", return_to);
        }
        query.finish()
    }
}

/// The letter that stands in for a logo: the first letter or digit of the name, else its first visible character.
fn monogram(name: &str) -> Option<String> {
    let letter = name.chars().find(|letter| letter.is_alphanumeric());
    letter.map(|letter| letter.to_uppercase().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journey_is_carried_encoded() {
        assert_eq!(Journey::default().query(), "");
        let journey = Journey {
            flow: None,
            return_to: Some("/tickets/7?a=b&c=d e".to_owned()),
        };
        assert_eq!(journey.query(), "?return_to=%2Ftickets%2F7%3Fa%3Db%26c%3Dd+e");
        let journey = Journey {
            flow: Some("f1".to_owned()),
            return_to: Some("/".to_owned()),
        };
        assert_eq!(journey.query(), "?flow=f1&return_to=%2F");
    }

    #[test]
    fn a_monogram_is_one_letter_of_any_script() {
        assert_eq!(monogram("acme help").as_deref(), Some("A"));
        assert_eq!(monogram("  🦊 fox").as_deref(), Some("F"));
        assert_eq!(monogram("مركز المساعدة").as_deref(), Some("م"));
        assert_eq!(monogram("🦊"), None);
    }
}
