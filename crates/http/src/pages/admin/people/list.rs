//! `/admin/users` and `/admin/agents`: who there is (C1).

use axum::response::Response;
use doorward_domain::ids::{OrganisationId, UserId};
use doorward_domain::people_search::{TextTest, UserFilter};
use doorward_domain::ports::UserQuery;
use doorward_domain::role::Role;
use doorward_domain::user::{User, UserStatus};

use super::{AGENTS, USERS, WRITE, built_in, row_of, status_words};
use crate::pages::admin::Desk;
use crate::pages::fields::Query;
use crate::problem::{Fault, Situation};
use crate::render::views::admin::{AdminUsers, Choice};

/// People on one page.
const PAGE: u32 = 50;
/// Staff on one page: nearly always all of them, so that the script filters all of them.
const STAFF_PAGE: u32 = 199;
/// The longest text that is looked for, in Unicode code points.
const MAX_TEXT: usize = 200;

pub(in crate::pages) async fn everybody(desk: Desk, wanted: Query) -> Result<Response, Fault> {
    show(&desk, &wanted, false).await
}

pub(in crate::pages) async fn staff(desk: Desk, wanted: Query) -> Result<Response, Fault> {
    show(&desk, &wanted, true).await
}

async fn show(desk: &Desk, wanted: &Query, staff: bool) -> Result<Response, Fault> {
    // What cannot be read is as good as not said.
    let said = |name: &str| wanted.get(name).unwrap_or_default();
    let text: String = said("q").trim().chars().take(MAX_TEXT).collect();
    let role = Role::parse(said("role")).filter(|_| !staff);
    let status = status_of(said("status"));
    let organisation: Option<OrganisationId> = said("organisation").parse().ok();
    let after: Option<UserId> = said("after").parse().ok();
    let limit = if staff { STAFF_PAGE } else { PAGE };
    let query = UserQuery {
        text: Some(text.clone()),
        filter: UserFilter {
            roles: match role {
                Some(role) => vec![role],
                None if staff => UserFilter::staff().roles,
                None => Vec::new(),
            },
            status,
            organisation,
        },
        after,
        // One more than is shown tells whether there are more.
        limit: limit + 1,
    };
    let mut people = desk.visit().state.auth.people().search(desk.workspace(), query).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = people.len() > shown;
    people.truncate(shown);
    let next = people.last().filter(|_| more).map(|last| last.id);
    if after.is_none() && next.is_none() {
        // All of them are here, so they can stand in the order in which people look for them.
        people.sort_by_cached_key(|user| (user.display_name().to_lowercase(), user.id));
    }
    let address = |after: Option<UserId>| {
        let page = if staff { AGENTS } else { USERS };
        address(page, &text, role, status, organisation, after)
    };
    let zone = desk.zone();
    let view = AdminUsers {
        staff,
        action: if staff { AGENTS } else { USERS }.to_owned(),
        roles: choices(Role::ALL, |known| role == Some(known), Role::as_str, built_in),
        statuses: choices(
            UserStatus::ALL,
            |known| status == Some(known),
            UserStatus::as_str,
            status_words,
        ),
        organisation: organisation.map(|id| (id.to_string(), name_of(id, &people))),
        narrowed: !text.is_empty() || role.is_some() || status.is_some() || organisation.is_some() || after.is_some(),
        beginnings: matches!(TextTest::of(&text), Some(TextTest::Begins(_))),
        people: people.iter().map(|user| row_of(desk, user, &zone)).collect(),
        next: next.map(|last| address(Some(last))),
        first: after.map(|_| address(None)),
        may_add: desk.may(WRITE),
        q: text,
    };
    desk.page(Situation::Shown, &view)
}

fn status_of(name: &str) -> Option<UserStatus> {
    UserStatus::ALL.into_iter().find(|status| status.as_str() == name)
}

fn choices<T: Copy, const N: usize>(
    all: [T; N],
    chosen: impl Fn(T) -> bool,
    value: impl Fn(T) -> &'static str,
    label: impl Fn(T) -> doorward_domain::words::Words,
) -> Vec<Choice> {
    all.into_iter()
        .map(|one| Choice {
            value: value(one).to_owned(),
            label: label(one),
            chosen: chosen(one),
        })
        .collect()
}

/// The name of an organisation that everybody in the list belongs to.
fn name_of(id: OrganisationId, people: &[User]) -> Option<String> {
    let mut groups = people.first()?.organisations.iter();
    groups.find(|group| group.id == id).map(|group| group.name.clone())
}

fn address(
    page: &str,
    text: &str,
    role: Option<Role>,
    status: Option<UserStatus>,
    organisation: Option<OrganisationId>,
    after: Option<UserId>,
) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let pairs = [
        ("q", (!text.is_empty()).then(|| text.to_owned())),
        ("role", role.map(|role| role.as_str().to_owned())),
        ("status", status.map(|status| status.as_str().to_owned())),
        ("organisation", organisation.map(|id| id.to_string())),
        ("after", after.map(|id| id.to_string())),
    ];
    for (name, value) in pairs {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
    let query = query.finish();
    if query.is_empty() {
        page.to_owned()
    } else {
        format!("{page}?{query}")
    }
}
