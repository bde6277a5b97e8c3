//! Requests for single resources, and what every request has in common: its URL, its headers, how its body is read.

use super::discovery::Discovery;
use super::error::Error;
use super::filter::to_query;
use super::json;
use super::list::ListPage;
use super::pages::Openings;
use super::provider::{Endpoint, Paging, Profile};
use super::query::{Place, set_attributes, set_query};
use super::resource;
use super::route::route;
use super::spelling;
use crate::metrics::Route;
use crate::transport::{Repeat, Request, Response, Transport};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{ACCEPT, CONTENT_TYPE, DATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use scim_v2::filter::Filter;
use serde_json::{Value, json};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use url::Url;

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A SCIM API, reached with the credentials of one source.
#[derive(Clone)]
pub struct Client {
    transport: Transport,
    base: Url,
    options: Options,
}

/// How a client reads, where the provider's profile leaves a choice.
#[derive(Debug, Clone)]
pub struct Options {
    pub profile: Arc<Profile>,
    /// Resources a page; `None` takes the profile's.
    pub page_size: Option<NonZeroU32>,
    /// Pages fetched at once.
    pub concurrency: NonZeroUsize,
    /// How pages are addressed; `None` takes the profile's.
    pub paging: Option<Paging>,
    /// Whether lists are split by ranges of ids that are read side by side, where the provider lets that.
    pub partitions: bool,
    /// What the server says of itself, where that is to decide what these leave open.
    pub discovery: Option<Arc<Discovery>>,
    /// How its lists began, where that is remembered.
    pub openings: Option<Arc<Openings>>,
    /// Sent with every request.
    pub headers: HeaderMap,
}

/// Where a request goes whose address the provider's profile does not say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Target<'a> {
    /// Segments of the path.
    pub path: &'a [&'a str],
    pub query: &'a [(&'a str, &'a str)],
    /// Whether the path begins at the base URL's origin, not at the base URL.
    pub is_at_origin: bool,
}

impl Client {
    /// `base` is the SCIM base URL; a slash at its end does no harm.
    pub fn new(transport: Transport, base: Url, options: Options) -> Self {
        Self { transport, base, options }
    }

    pub fn profile(&self) -> &Profile {
        &self.options.profile
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    pub(super) fn concurrency(&self) -> usize {
        self.options.concurrency.get()
    }

    /// A list that must be read by key stays so whatever the settings say: by index it would end too early.
    pub(super) fn paging(&self, endpoint: &Endpoint) -> Paging {
        match endpoint.paging {
            Paging::Key => Paging::Key,
            paging => self.options.paging.unwrap_or(paging),
        }
    }

    /// How many resources are asked for at once.
    pub(super) fn page_size(&self, endpoint: &Endpoint) -> u64 {
        let asked = self.options.page_size.unwrap_or(endpoint.page_size);
        u64::from(endpoint.max_page_size.map_or(asked, |max| asked.min(max)).get())
    }

    /// Reads one resource.
    ///
    /// # Errors
    /// [`Error::Send`] with a 404 when the provider does not have it; [`Error::OtherResource`] when it sends another.
    pub async fn read(&self, endpoint: &Endpoint, id: &str) -> Result<Value, Error> {
        let mut url = self.url(&endpoint.path, Some(id))?;
        set_attributes(&mut url, endpoint, None);
        let response = self.get(url.clone(), Repeat::Safe).await?;
        let found = parsed(&url, &response)?;
        match resource::id(&found) {
            Some(got) if got == id => Ok(found),
            // The provider found it under this id, so it is the one; its spelling counts.
            Some(got) if !self.options.profile.ids_are_case_exact && got.eq_ignore_ascii_case(id) => Ok(found),
            // Salesforce takes its ids in the short form of 15 characters too, and answers with the long one.
            Some(got) if id.len() == 15 && got.len() == 18 && got.starts_with(id) => Ok(found),
            got => Err(Error::OtherResource {
                resource: endpoint.path.clone(),
                asked: id.to_owned(),
                got: got.unwrap_or_default().into_owned(),
            }),
        }
    }

    /// Reads one resource to put it back: with what is shown unasked, and with what is only where it is asked for by name.
    ///
    /// # Errors
    /// As for [`Client::read`].
    pub async fn read_whole(&self, endpoint: &Endpoint, id: &str) -> Result<Value, Error> {
        let mut whole = self.read(&Endpoint { attributes: Vec::new(), ..endpoint.clone() }, id).await?;
        if endpoint.attributes.is_empty() {
            return Ok(whole);
        }
        let asked_for = self.read(endpoint, id).await?;
        for (name, value) in asked_for.as_object().into_iter().flatten() {
            if resource::get(&whole, name).is_none()
                && let Some(members) = whole.as_object_mut()
            {
                members.insert(name.clone(), value.clone());
            }
        }
        Ok(whole)
    }

    /// The request that creates a resource.
    ///
    /// # Errors
    /// [`Error::InvalidId`].
    pub fn creation(&self, endpoint: &Endpoint, body: &Value) -> Result<Request, Error> {
        let url = self.url(&endpoint.path, None)?;
        let body = spelling::resource(body, &self.options.profile.writing);
        Ok(self.write(Method::POST, url, Some(&body), Repeat::OnlyIfNotReceived))
    }

    /// The request that changes a resource by these operations (RFC 7644 §3.5.2). It may be sent twice: every operation
    /// that this crate builds leads to the same state again.
    ///
    /// # Errors
    /// [`Error::InvalidId`].
    pub fn patch(&self, endpoint: &Endpoint, id: &str, operations: &[Value]) -> Result<Request, Error> {
        let url = self.url(&endpoint.path, Some(id))?;
        let operations = spelling::operations(operations, &self.options.profile.writing);
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        Ok(self.write(Method::PATCH, url, Some(&body), Repeat::Safe))
    }

    /// The request that puts a resource in the place of what is there.
    ///
    /// # Errors
    /// [`Error::InvalidId`].
    pub fn replacement(&self, endpoint: &Endpoint, id: &str, body: &Value) -> Result<Request, Error> {
        let url = self.url(&endpoint.path, Some(id))?;
        let body = spelling::resource(body, &self.options.profile.writing);
        Ok(self.write(Method::PUT, url, Some(&body), Repeat::Safe))
    }

    /// The request that deletes a resource.
    ///
    /// # Errors
    /// [`Error::InvalidId`].
    pub fn deletion(&self, endpoint: &Endpoint, id: &str) -> Result<Request, Error> {
        Ok(self.write(Method::DELETE, self.url(&endpoint.path, Some(id))?, None, Repeat::Safe))
    }

    /// A request for what this client has no words for: below the base URL, or at its origin. It is sent again as all
    /// requests of its method may be (RFC 9110 §9.2.2).
    ///
    /// # Errors
    /// [`Error::InvalidId`] for a segment that no path can have.
    pub fn request(&self, method: Method, target: &Target<'_>, body: Option<&Value>) -> Result<Request, Error> {
        let mut url = self.base.clone();
        if target.is_at_origin {
            url.set_path("/");
        }
        for segment in target.path {
            push(&mut url, segment)?;
        }
        if !target.query.is_empty() {
            url.query_pairs_mut().extend_pairs(target.query);
        }
        let repeat = if method.is_idempotent() { Repeat::Safe } else { Repeat::OnlyIfNotReceived };
        Ok(self.write(method, url, body, repeat))
    }

    fn write(&self, method: Method, url: Url, body: Option<&Value>, repeat: Repeat) -> Request {
        let mut headers = self.headers();
        if body.is_some() {
            set(&mut headers, CONTENT_TYPE, &self.options.profile.writing.content_type);
        }
        let route = self.route(&url);
        Request { method, url, headers, body: body.map(|body| Bytes::from(body.to_string())), repeat, route }
    }

    /// Sends a request that writes, and gives back what the provider answered. The answer may be empty; then this is
    /// `null`.
    ///
    /// # Errors
    /// [`Error::Send`], whose `outcome_unknown` tells whether it may have been done all the same.
    pub async fn send(&self, request: Request) -> Result<Value, Error> {
        let url = request.url.clone();
        let response = self.transport.send(request).await?;
        if response.body.is_empty() {
            return Ok(Value::Null);
        }
        parsed(&url, &response)
    }

    /// Whether any resource matches: one request. Where the provider does not look at the filter, that is whether there is any.
    ///
    /// # Errors
    /// As for every request.
    pub async fn finds(&self, endpoint: &Endpoint, filter: &Filter) -> Result<bool, Error> {
        let (url, response) = self.ask_first(endpoint, Some(filter), 1).await?;
        match ListPage::parse(&response.body) {
            Ok(page) => Ok(!page.resources.is_empty()),
            Err(reason) => Err(unreadable(&url, &response, "a SCIM list response", reason)),
        }
    }

    /// The first resources that match, at most `count`: one request, for look-ups. It proves nothing of the rest.
    ///
    /// # Errors
    /// As for every request.
    pub async fn first(&self, endpoint: &Endpoint, filter: Option<&Filter>, count: u64) -> Result<Vec<Value>, Error> {
        self.first_dated(endpoint, filter, count).await.map(|(_, found)| found)
    }

    /// The same, and when the provider says that it was (`Date`, RFC 9110 §6.6.1).
    ///
    /// # Errors
    /// As for every request.
    pub async fn first_dated(
        &self,
        endpoint: &Endpoint,
        filter: Option<&Filter>,
        count: u64,
    ) -> Result<(Option<DateTime<Utc>>, Vec<Value>), Error> {
        let (url, response) = self.ask_first(endpoint, filter, count).await?;
        let parsed = ListPage::parse(&response.body)
            .and_then(|page| page.resources.into_iter().map(|raw| json::parse(raw.get().as_bytes())).collect());
        let found = parsed.map_err(|reason| unreadable(&url, &response, "a SCIM list response", reason))?;
        let date = response.headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        Ok((date.map(DateTime::from), found))
    }

    async fn ask_first(
        &self,
        endpoint: &Endpoint,
        filter: Option<&Filter>,
        count: u64,
    ) -> Result<(Url, Response), Error> {
        let mut url = self.url(&endpoint.path, None)?;
        // Where nothing is said a list begins at its start (RFC 7644 §3.4.2.4); `startIndex` is refused where there are
        // cursors only.
        let place = if self.paging(endpoint) == Paging::Whole { Place::Whole } else { Place::Unsaid };
        set_query(&mut url, place, Some(count), filter.map(to_query).as_deref(), endpoint, None);
        let response = self.get(url.clone(), Repeat::Safe).await?;
        Ok((url, response))
    }

    /// The status with which the users' endpoint answers a request without credentials.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn reachable(&self) -> Result<u16, Error> {
        let url = self.url(&self.options.profile.users.path, None)?;
        let anonymous = self.transport.for_credentials();
        match anonymous.send(Request { route: Route::Users, ..Request::get(url) }).await {
            Ok(response) => Ok(response.status.as_u16()),
            Err(error) => match error.fault.status() {
                Some(failed) => Ok(failed.status.as_u16()),
                None => Err(error.into()),
            },
        }
    }

    /// Whatever JSON stands at a path below the base URL.
    pub(super) async fn json_at(&self, path: &str, repeat: Repeat) -> Result<Value, Error> {
        let url = self.url(path, None)?;
        let response = self.get(url.clone(), repeat).await?;
        json::parse(&response.body).map_err(|reason| unreadable(&url, &response, "a SCIM document", reason))
    }

    pub(super) async fn get(&self, url: Url, repeat: Repeat) -> Result<Response, Error> {
        Ok(self.transport.send(Request { repeat, ..self.getting(url) }).await?)
    }

    fn getting(&self, url: Url) -> Request {
        Request { headers: self.headers(), route: self.route(&url), ..Request::get(url) }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = self.options.headers.clone();
        set(&mut headers, ACCEPT, &self.options.profile.accept);
        headers
    }

    /// What a request to this URL is counted as.
    pub(super) fn route(&self, url: &Url) -> Route {
        route(&self.options.profile, self.base.path(), url.path())
    }

    /// `base/path[/id]`; a path may have several segments.
    pub(super) fn url(&self, path: &str, id: Option<&str>) -> Result<Url, Error> {
        let mut url = self.base.clone();
        for segment in path.split('/') {
            push(&mut url, segment)?;
        }
        if let Some(id) = id {
            push(&mut url, id)?;
        }
        Ok(url)
    }
}

/// Pushes a segment, so that whatever it holds stays inside it.
fn push(url: &mut Url, segment: &str) -> Result<(), Error> {
    let refuse = || Error::InvalidId(segment.to_owned());
    if segment.is_empty() || segment == "." || segment == ".." || segment.chars().any(char::is_control) {
        return Err(refuse());
    }
    url.path_segments_mut().map_err(|()| refuse())?.pop_if_empty().push(segment);
    Ok(())
}

/// The profile's values are checked when it is read.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn parsed(url: &Url, response: &Response) -> Result<Value, Error> {
    let expected = "a SCIM resource";
    match json::parse(&response.body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(unreadable(url, response, expected, "it is JSON, but no object".to_owned())),
        Err(reason) => Err(unreadable(url, response, expected, reason)),
    }
}

pub(super) fn unreadable(url: &Url, response: &Response, expected: &'static str, reason: String) -> Error {
    let start = response.body.get(..2_048).unwrap_or(&response.body);
    let content_type = response.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut url = url.clone();
    url.set_query(None);
    Error::Unreadable {
        url: url.into(),
        expected,
        reason,
        content_type: content_type.map(str::to_owned),
        excerpt: String::from_utf8_lossy(start).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::scim::provider::{GENERIC, SALESFORCE};
    use crate::transport::{self, Limiter, NetworkPolicy};
    use serde_json::json;
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    #[rstest::rstest]
    #[case::the_same(&SALESFORCE, "005RM000002FZAl", "005RM000002FZAl", true)]
    #[case::the_long_form(&SALESFORCE, "005RM000002FZAl", "005RM000002FZAlYAO", true)]
    #[case::another_user_at_salesforce(&SALESFORCE, "005RM000002FZAl", "005RM000002FZaL", false)]
    #[case::another_spelling(&GENERIC, "2819C223-7F76", "2819c223-7f76", true)]
    #[case::another(&GENERIC, "2819C223-7F76", "2819c223-7f77", false)]
    #[tokio::test]
    async fn a_resource_is_the_one_that_was_asked_for(
        #[case] profile: &Arc<Profile>,
        #[case] asked: &str,
        #[case] got: &str,
        #[case] is_taken: bool,
    ) {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_json(json!({"id": got}));
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let base: Url = server.uri().parse().unwrap();
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let limiter = Arc::new(Limiter::new(1, None));
        let transport = transport::Options::new(base.origin(), policy, limiter, Clock::system());
        let options = Options {
            profile: Arc::clone(profile),
            page_size: None,
            concurrency: NonZeroUsize::MIN,
            paging: None,
            partitions: false,
            discovery: None,
            openings: None,
            headers: HeaderMap::new(),
        };
        let client = Client::new(Transport::new(transport, None).unwrap(), base, options);
        match client.read(&profile.users, asked).await {
            Ok(found) => assert!(is_taken && found["id"] == got),
            Err(error) => assert!(!is_taken && matches!(error, Error::OtherResource { .. }), "{error}"),
        }
    }
}
