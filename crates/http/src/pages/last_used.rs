//! *Last used*: the sign-in page marks the way by which somebody signed in last from this browser. A cookie holds the name
//! of the way, nothing about anybody.

use axum::response::Response;
use doorward_domain::method::Method;
use doorward_domain::provider::ProviderId;
use http::header::SET_COOKIE;

use super::visit::Visit;
use crate::edge::CookieName;

/// Stands before the id of a provider in the cookie; no other way has a dot in its name.
const PROVIDER: &str = "provider.";
/// Life of the cookie, in seconds: one year, as long as the device cookie.
const COOKIE_SECONDS: u64 = 365 * 24 * 60 * 60;

/// A way in that has a button of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// Password, code or passkey.
    Local(Method),
    /// A provider.
    Provider(ProviderId),
}

impl Way {
    /// The way behind a session that was opened by that method; `None` where that does not tell, because the button was
    /// pressed earlier or stands elsewhere.
    pub(super) fn of(method: Method) -> Option<Self> {
        Method::LOCAL.contains(&method).then_some(Self::Local(method))
    }

    fn name(&self) -> String {
        match self {
            Self::Local(method) => method.as_str().to_owned(),
            Self::Provider(provider) => format!("{PROVIDER}{provider}"),
        }
    }

    fn parse(name: &str) -> Option<Self> {
        match name.strip_prefix(PROVIDER) {
            Some(provider) => ProviderId::parse(provider).ok().map(Self::Provider),
            None => Method::LOCAL
                .into_iter()
                .find(|method| method.as_str() == name)
                .map(Self::Local),
        }
    }
}

/// The way that this browser took last.
pub(super) fn read(visit: &Visit) -> Option<Way> {
    visit.cookie(CookieName::LastUsed).and_then(Way::parse)
}

/// Remembers a way that has just worked.
pub(super) fn remember(visit: &Visit, way: &Way, response: &mut Response) {
    if read(visit).as_ref() == Some(way) {
        return;
    }
    let cookies = visit.context.cookies();
    if let Some(cookie) = cookies.set(CookieName::LastUsed, &way.name(), Some(COOKIE_SECONDS)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_with_a_button_is_found_by_its_name_and_nothing_else_is() {
        let mut ways: Vec<Way> = Method::LOCAL.into_iter().map(Way::Local).collect();
        ways.push(Way::Provider(ProviderId::parse("acme-sso").unwrap()));
        for way in ways {
            assert_eq!(Way::parse(&way.name()), Some(way));
        }
        for nonsense in [
            "",
            "provider",
            "provider.",
            "provider.A",
            "hand-over",
            "PASSWORD",
            "<b>",
        ] {
            assert_eq!(Way::parse(nonsense), None, "{nonsense:?}");
        }
        assert_eq!(Way::of(Method::Provider), None);
        assert_eq!(Way::of(Method::HandOver), None);
    }
}
