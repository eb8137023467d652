//! SCIM 2.0 (B9, RFC 7644) under `/scim/v2`: a directory of users and groups that syncs itself, by a bearer token of its own
//! and never by a cookie.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use doorward_auth::directory::sync_directory::{Change, SyncError, Synced, Wanted};
use doorward_domain::client::Client;
use doorward_domain::directory::{DirectoryGroup, SCIM_TOKEN_PREFIX, ScimToken};
use doorward_domain::ports::{EntryId, EntryQuery, ListedRecord};
use doorward_domain::scim::answer::{self, Choice};
use doorward_domain::scim::select::{group_filter, record_filter};
use doorward_domain::scim::{self, DEFAULT_PAGE, MAX_PAGE, ScimError, ScimFault, schema};
use http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH, LOCATION, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::context::{Credential, RequestContext};
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// Where the service is, below a workspace.
const BASE: &str = "/scim/v2";

/// Under which addresses errors are told as SCIM tells them.
pub(crate) const PREFIX: &str = "/scim/";

/// Content type of every answer.
pub(crate) const SCIM_JSON: HeaderValue = HeaderValue::from_static(scim::CONTENT_TYPE);

/// Largest body of a request, in bytes: a group with thousands of members comes in one piece.
pub(crate) const CAP_BYTES: usize = 2 * 1024 * 1024;

/// The addresses.
pub(crate) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route("/scim/v2/ServiceProviderConfig", get(service_provider_config))
        .route("/scim/v2/ResourceTypes", get(resource_types))
        .route("/scim/v2/ResourceTypes/{id}", get(resource_type))
        .route("/scim/v2/Schemas", get(schemas))
        .route("/scim/v2/Schemas/{id}", get(schema))
        .route("/scim/v2/Users", get(list_users).post(new_user))
        .route("/scim/v2/Users/.search", post(search_users))
        .route(
            "/scim/v2/Users/{id}",
            get(user).put(put_user).patch(patch_user).delete(remove_user),
        )
        .route("/scim/v2/Groups", get(list_groups).post(new_group))
        .route("/scim/v2/Groups/.search", post(search_groups))
        .route(
            "/scim/v2/Groups/{id}",
            get(group).put(put_group).patch(patch_group).delete(remove_group),
        )
        .route("/scim/v2/.search", post(not_implemented))
        .route("/scim/v2/Bulk", post(not_implemented))
        .route(
            "/scim/v2/Me",
            get(not_implemented)
                .post(not_implemented)
                .put(not_implemented)
                .patch(not_implemented)
                .delete(not_implemented),
        )
        // The edge has read the body under its own cap already.
        .layer(DefaultBodyLimit::disable())
}

/// Whether a request shows a token for syncing, right or wrong: only such a one may bring a large body.
pub(crate) fn shows_token(credential: &Credential) -> bool {
    matches!(credential, Credential::Key(shown) if shown.expose().starts_with(SCIM_TOKEN_PREFIX))
}

/// The body that tells of a fault of the edge.
pub(crate) fn fault_body(fault: &Fault) -> Bytes {
    let detail = fault.detail_text().unwrap_or_else(|| fault.kind().detail());
    Bytes::from(scim::error_body(fault.status().as_u16(), detail).to_string())
}

/// A client whose token was found.
struct Syncer {
    token: ScimToken,
    client: Client,
    /// The address of the service, by the configuration (R35).
    base: String,
}

impl FromRequestParts<Arc<SiteState>> for Syncer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<SiteState>) -> Result<Self, Response> {
        let context = RequestContext::from_request_parts(parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        let workspace = Arc::clone(context.workspace().map_err(IntoResponse::into_response)?);
        let found = match context.credential() {
            Credential::Key(shown) => state.auth.directory().find_token(&workspace, shown.expose()).await,
            Credential::Bearer(_) | Credential::Cookie(_) | Credential::None => Ok(None),
        };
        let token = found
            .map_err(|error| Fault::from(error).into_response())?
            .ok_or_else(unknown_token)?;
        let default = state.auth.config().default_workspace.as_ref();
        let origin = context.public_url().origin_of_workspace(&workspace, default);
        Ok(Self {
            token,
            client: context.client(),
            base: format!("{origin}{BASE}"),
        })
    }
}

fn unknown_token() -> Response {
    let mut response = told(
        StatusCode::UNAUTHORIZED,
        &scim::error_body(401, "A bearer token for SCIM is needed; this is none."),
    );
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn told(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, SCIM_JSON)], body.to_string()).into_response()
}

/// Why a request is answered with an error.
enum Refusal {
    Scim(ScimError),
    Plain(StatusCode, &'static str),
    Fault(Fault),
}

impl From<ScimError> for Refusal {
    fn from(error: ScimError) -> Self {
        Self::Scim(error)
    }
}

impl From<doorward_domain::ports::PortError> for Refusal {
    fn from(error: doorward_domain::ports::PortError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<SyncError> for Refusal {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Unfit(error) => Self::Scim(error),
            SyncError::Unknown => NOBODY,
            SyncError::Stale => Self::Plain(
                StatusCode::PRECONDITION_FAILED,
                "The resource has changed since it was read; read it again.",
            ),
            SyncError::Port(error) => Self::Fault(error.into()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Scim(error) => told(
                StatusCode::from_u16(error.fault.status()).unwrap_or(StatusCode::BAD_REQUEST),
                &error.body(),
            ),
            Self::Plain(status, detail) => told(status, &scim::error_body(status.as_u16(), detail)),
            Self::Fault(fault) => fault.into_response(),
        }
    }
}

const NOBODY: Refusal = Refusal::Plain(StatusCode::NOT_FOUND, "There is no such resource.");

type Answer = Result<Response, Refusal>;

async fn not_implemented(_: Syncer) -> Refusal {
    Refusal::Plain(StatusCode::NOT_IMPLEMENTED, "This service does not support that.")
}

async fn service_provider_config(syncer: Syncer) -> Response {
    told(StatusCode::OK, &schema::service_provider_config(&syncer.base))
}

async fn resource_types(syncer: Syncer, RawQuery(query): RawQuery) -> Answer {
    documents(&schema::resource_types(&syncer.base), query.as_deref())
}

async fn resource_type(syncer: Syncer, Path(id): Path<String>) -> Answer {
    document(schema::resource_types(&syncer.base), &id)
}

async fn schemas(syncer: Syncer, RawQuery(query): RawQuery) -> Answer {
    documents(&schema::schemas(&syncer.base), query.as_deref())
}

async fn schema(syncer: Syncer, Path(id): Path<String>) -> Answer {
    document(schema::schemas(&syncer.base), &id)
}

/// Filters are forbidden there (RFC 7644 §4); whatever else is asked for is passed over.
fn documents(documents: &[Value], query: Option<&str>) -> Answer {
    if Asked::of_query(query)?.filter.is_some() {
        return Err(Refusal::Plain(
            StatusCode::FORBIDDEN,
            "What the service can do is not filtered.",
        ));
    }
    let total = documents.len() as u64;
    Ok(told(StatusCode::OK, &answer::list(total, 1, documents)))
}

fn document(documents: Vec<Value>, id: &str) -> Answer {
    let mut found = documents.into_iter().filter(|document| {
        let known = document.get("id").and_then(Value::as_str).unwrap_or_default();
        known.eq_ignore_ascii_case(id)
    });
    let document = found.next().ok_or(NOBODY)?;
    Ok(told(StatusCode::OK, &document))
}

/// What a list or a single resource is asked for with, in the address or posted.
#[derive(Default)]
struct Asked {
    filter: Option<String>,
    only: Option<String>,
    without: Option<String>,
    start: Option<i64>,
    count: Option<i64>,
    sorted: bool,
}

impl Asked {
    fn of_query(query: Option<&str>) -> Result<Self, ScimError> {
        let mut asked = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let value = value.into_owned();
            let number = || {
                value
                    .parse()
                    .map_err(|_none| ScimError::new(ScimFault::InvalidValue, format!("`{name}` is no number")))
            };
            match name.to_ascii_lowercase().as_str() {
                "filter" => asked.filter = Some(value),
                "attributes" => asked.only = Some(value),
                "excludedattributes" => asked.without = Some(value),
                "startindex" => asked.start = Some(number()?),
                "count" => asked.count = Some(number()?),
                "sortby" => asked.sorted = true,
                _ => {}
            }
        }
        Ok(asked)
    }

    fn of_body(body: &Value) -> Result<Self, ScimError> {
        let syntax = || ScimError::new(ScimFault::InvalidSyntax, "a search has fields of other types");
        let fields = body.as_object().ok_or_else(syntax)?;
        let names = |value: &Value| match value {
            Value::Array(names) => {
                let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
                names.map(|names| Some(names.join(",")))
            }
            Value::String(names) => Some(Some(names.clone())),
            Value::Null => Some(None),
            _ => None,
        };
        let mut asked = Self::default();
        for (name, value) in fields {
            match name.to_ascii_lowercase().as_str() {
                "filter" if value.is_null() => {}
                "filter" => asked.filter = Some(value.as_str().ok_or_else(syntax)?.to_owned()),
                "attributes" => asked.only = names(value).ok_or_else(syntax)?,
                "excludedattributes" => asked.without = names(value).ok_or_else(syntax)?,
                "startindex" if !value.is_null() => asked.start = Some(value.as_i64().ok_or_else(syntax)?),
                "count" if !value.is_null() => asked.count = Some(value.as_i64().ok_or_else(syntax)?),
                "sortby" => asked.sorted = !value.is_null(),
                _ => {}
            }
        }
        Ok(asked)
    }

    fn choice(&self) -> Result<Choice, ScimError> {
        Choice::parse(self.only.as_deref(), self.without.as_deref())
    }

    /// Number of the first, counted from 1, and how many. What is not sorted here says so rather than answer in another
    /// order than was asked for.
    fn page(&self) -> Result<(u64, u32), Refusal> {
        if self.sorted {
            return Err(Refusal::Plain(
                StatusCode::NOT_IMPLEMENTED,
                "Lists are in the order in which the resources were made; sorting is not supported.",
            ));
        }
        let start = u64::try_from(self.start.unwrap_or(1)).unwrap_or(1).max(1);
        let count = self.count.unwrap_or_else(|| i64::from(DEFAULT_PAGE));
        let count = u32::try_from(count.clamp(0, i64::from(MAX_PAGE))).unwrap_or(0);
        Ok((start, count))
    }

    fn query<I, F>(&self, filter: impl Fn(&str) -> Result<F, ScimError>) -> Result<(EntryQuery<I, F>, u64), Refusal> {
        let (start, count) = self.page()?;
        let filter = self.filter.as_deref().map(filter).transpose()?;
        let query = EntryQuery {
            filter,
            offset: start - 1,
            ..EntryQuery::behind(None, count)
        };
        Ok((query, start))
    }
}

async fn users(state: &SiteState, syncer: &Syncer, asked: &Asked) -> Answer {
    let (query, start) = asked.query(record_filter)?;
    let choice = asked.choice()?;
    let page = state.auth.directory().users(&syncer.token, query).await?;
    Ok(told(StatusCode::OK, &answer::users(page, start, &syncer.base, &choice)))
}

async fn groups(state: &SiteState, syncer: &Syncer, asked: &Asked) -> Answer {
    let (query, start) = asked.query(group_filter)?;
    let choice = asked.choice()?;
    let page = state.auth.directory().groups(&syncer.token, query).await?;
    Ok(told(
        StatusCode::OK,
        &answer::groups(&page, start, &syncer.base, &choice),
    ))
}

async fn list_users(syncer: Syncer, State(state): State<Arc<SiteState>>, RawQuery(query): RawQuery) -> Answer {
    users(&state, &syncer, &Asked::of_query(query.as_deref())?).await
}

async fn list_groups(syncer: Syncer, State(state): State<Arc<SiteState>>, RawQuery(query): RawQuery) -> Answer {
    groups(&state, &syncer, &Asked::of_query(query.as_deref())?).await
}

async fn search_users(syncer: Syncer, State(state): State<Arc<SiteState>>, headers: HeaderMap, body: Bytes) -> Answer {
    users(&state, &syncer, &Asked::of_body(&json(&headers, &body)?)?).await
}

async fn search_groups(syncer: Syncer, State(state): State<Arc<SiteState>>, headers: HeaderMap, body: Bytes) -> Answer {
    groups(&state, &syncer, &Asked::of_body(&json(&headers, &body)?)?).await
}

/// The body as JSON. A type that a form of another site could send is none (R83), though there is no cookie to borrow here.
fn json(headers: &HeaderMap, body: &Bytes) -> Result<Value, Refusal> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if !essence.eq_ignore_ascii_case(scim::CONTENT_TYPE) && !essence.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::Fault(Fault::new(FaultKind::UnsupportedMediaType)));
    }
    serde_json::from_slice(body)
        .map_err(|_none| ScimError::new(ScimFault::InvalidSyntax, "the body is no JSON that can be read").into())
}

/// The version that `If-Match` asks for; `*` is any.
fn only_at(headers: &HeaderMap) -> Result<Option<i64>, Refusal> {
    let mut asked = headers.get_all(IF_MATCH).iter();
    let Some(first) = asked.next() else { return Ok(None) };
    let text = first.to_str().unwrap_or_default().trim();
    match (text, asked.next(), answer::version_of(text)) {
        ("*", None, _) => Ok(None),
        (_, None, Some(version)) => Ok(Some(version)),
        // None of ours, so it matches nothing.
        _ => Err(SyncError::Stale.into()),
    }
}

fn unchanged(headers: &HeaderMap, version: i64) -> bool {
    let known = |name: HeaderName| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    known(IF_NONE_MATCH)
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || answer::version_of(tag) == Some(version))
}

fn tagged(mut response: Response, version: i64, location: Option<&str>) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&answer::etag(version)) {
        response.headers_mut().insert(ETAG, tag);
    }
    if let Some(location) = location.and_then(|location| HeaderValue::from_str(location).ok()) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn shown_user(syncer: &Syncer, status: StatusCode, user: ListedRecord, choice: &Choice) -> Response {
    let version = user.record.version;
    let location = format!("{}{}/{}", syncer.base, schema::USERS.endpoint, user.record.id);
    let body = answer::user(user, &syncer.base, choice);
    tagged(told(status, &body), version, Some(&location))
}

fn shown_group(syncer: &Syncer, status: StatusCode, group: &DirectoryGroup, choice: &Choice) -> Response {
    let location = format!("{}{}/{}", syncer.base, schema::GROUPS.endpoint, group.id);
    let body = answer::group(group, &syncer.base, choice);
    tagged(told(status, &body), group.version, Some(&location))
}

fn id<I: std::str::FromStr>(text: &str) -> Result<I, Refusal> {
    text.parse().map_err(|_none| NOBODY)
}

async fn user(
    syncer: Syncer,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let choice = Asked::of_query(query.as_deref())?.choice()?;
    let query = EntryQuery::one(id(&text)?);
    let mut found = state.auth.directory().users(&syncer.token, query).await?;
    let user = found.entries.pop().ok_or(NOBODY)?;
    if unchanged(&headers, user.record.version) {
        let response = StatusCode::NOT_MODIFIED.into_response();
        return Ok(tagged(response, user.record.version, None));
    }
    Ok(shown_user(&syncer, StatusCode::OK, user, &choice))
}

async fn group(
    syncer: Syncer,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let choice = Asked::of_query(query.as_deref())?.choice()?;
    let query = EntryQuery::one(id(&text)?);
    let mut found = state.auth.directory().groups(&syncer.token, query).await?;
    let group = found.entries.pop().ok_or(NOBODY)?;
    if unchanged(&headers, group.version) {
        return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), group.version, None));
    }
    Ok(shown_group(&syncer, StatusCode::OK, &group, &choice))
}

/// Makes a change and shows what it came to.
async fn change(
    (state, syncer): (&SiteState, &Syncer),
    status: StatusCode,
    change: Change,
    (query, headers): (Option<&str>, &HeaderMap),
) -> Answer {
    let choice = Asked::of_query(query)?.choice()?;
    let only_at = only_at(headers)?;
    let directory = state.auth.directory();
    let synced = directory.sync(&syncer.token, &syncer.client, change, only_at).await?;
    Ok(match synced {
        Synced::User(user) => shown_user(syncer, status, *user, &choice),
        Synced::Group(group) => shown_group(syncer, status, &group, &choice),
        Synced::Removed => StatusCode::NO_CONTENT.into_response(),
    })
}

async fn new_user(
    syncer: Syncer,
    State(state): State<Arc<SiteState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let wanted = Change::NewUser(json(&headers, &body)?);
    change(
        (&state, &syncer),
        StatusCode::CREATED,
        wanted,
        (query.as_deref(), &headers),
    )
    .await
}

async fn new_group(
    syncer: Syncer,
    State(state): State<Arc<SiteState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let wanted = Change::NewGroup(json(&headers, &body)?);
    change(
        (&state, &syncer),
        StatusCode::CREATED,
        wanted,
        (query.as_deref(), &headers),
    )
    .await
}

async fn put_user(
    syncer: Syncer,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let wanted = Change::User(id(&text)?, Wanted::Whole(json(&headers, &body)?));
    change((&state, &syncer), StatusCode::OK, wanted, (query.as_deref(), &headers)).await
}

async fn patch_user(
    syncer: Syncer,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let wanted = Change::User(id(&text)?, Wanted::Patched(json(&headers, &body)?));
    change((&state, &syncer), StatusCode::OK, wanted, (query.as_deref(), &headers)).await
}

async fn put_group(
    syncer: Syncer,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let wanted = Change::Group(id(&text)?, Wanted::Whole(json(&headers, &body)?));
    change((&state, &syncer), StatusCode::OK, wanted, (query.as_deref(), &headers)).await
}

async fn patch_group(
    syncer: Syncer,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let wanted = Change::Group(id(&text)?, Wanted::Patched(json(&headers, &body)?));
    change((&state, &syncer), StatusCode::OK, wanted, (query.as_deref(), &headers)).await
}

async fn remove_user(
    syncer: Syncer,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let wanted = Change::Remove(EntryId::Record(id(&text)?));
    change((&state, &syncer), StatusCode::NO_CONTENT, wanted, (None, &headers)).await
}

async fn remove_group(
    syncer: Syncer,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let wanted = Change::Remove(EntryId::Group(id(&text)?));
    change((&state, &syncer), StatusCode::NO_CONTENT, wanted, (None, &headers)).await
}
