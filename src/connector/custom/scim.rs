//! A source's provider, for the code of a fork: the same guarantees as the connector's own commands have. A list is complete
//! or fails, requests are paced and sent again as their method allows, failures come in words for people.

use super::Context;
use crate::connector::error::{own, refuse, translate};
use crate::connector::lookup::{self, Lookup};
use crate::connector::provider_check;
use crate::connector::writer::Writer;
use crate::protocol::Failure;
use crate::scim::provider::{Endpoint, Totals};
use crate::scim::{Batch, Json, Part, Plan, Query, Read, Target, filter, path::Path};
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use http::Method;
use scim_v2::filter::Filter;
use serde_json::Value;
use std::sync::Arc;

/// So many resources are looked at to find some.
const MOST_FOUND: u64 = 100;

/// The source's provider.
#[derive(Clone, Copy)]
pub struct Scim<'a> {
    context: &'a Context,
}

impl<'a> Scim<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        Self { context }
    }

    /// Every resource of an endpoint (`Users`, `Groups`, `Departments`), or every one that matches a SCIM filter (RFC 7644
    /// §3.4.2.2), page by page as the stream is read. Where the provider's profile does not know the endpoint, it is read as
    /// users are.
    ///
    /// # Errors
    /// The stream ends with a failure unless the list was complete.
    pub fn list(self, resource: &str, filter: Option<&str>) -> BoxStream<'static, Result<Value, Failure>> {
        let doing = format!("Listing {resource}");
        let filter = match filter.map(|text| parsed(text, &doing)).transpose() {
            Ok(filter) => filter,
            Err(failure) => return stream::iter([Err(failure)]).boxed(),
        };
        let read: Read<Value> = Read::new(Plan::all(), |resource| resource.to_value());
        let query = Query { filter, ..Query::default() };
        let pages = self.context.session().client.list(&self.endpoint(resource), query, read);
        let resources = |page: Batch<Value>| {
            let parts = stream::iter(page.rows.into_parts().collect::<Vec<_>>());
            parts.then(Part::read).map_ok(|read| stream::iter(read.into_iter().map(Ok))).try_flatten()
        };
        pages.map_ok(resources).try_flatten().map_err(move |error| translate(&doing, error)).boxed()
    }

    /// One resource by its id; `None` where the endpoint works and has none of this id.
    ///
    /// # Errors
    /// When it cannot be told whether there is one.
    pub async fn read(self, resource: &str, id: &str) -> Result<Option<Value>, Failure> {
        let doing = format!("Reading {id} of {resource}");
        match lookup::find(self.context.session(), &self.endpoint(resource), id, &doing).await? {
            Lookup::Found(found) => Ok(Some(found)),
            Lookup::Absent => Ok(None),
        }
    }

    /// The resources whose attribute has this value, at most 100: one request, for look-ups.
    ///
    /// # Errors
    /// When the provider could not be asked, or does not filter.
    pub async fn find(self, resource: &str, attribute: &str, value: &str) -> Result<Vec<Value>, Failure> {
        let doing = format!("Looking up {value} in {resource}");
        let path: Path = attribute.parse().map_err(|error| unusable(&doing, &format!("{error}")))?;
        let filter = filter::equal(path.attribute().clone(), value);
        let session = self.context.session();
        let found = session.client.first(&self.endpoint(resource), Some(&filter), MOST_FOUND).await;
        let found = found.map_err(|error| translate(&doing, error))?;
        // Some servers ignore filters and send anything.
        if found.iter().all(|found| filter::matches(&filter, found)) {
            Ok(found)
        } else {
            Err(refuse(own::FILTER_IGNORED, &doing, &[]))
        }
    }

    /// Any other request below the source's base URL: `send(Method::POST, &["Devices"], Some(&device))`,
    /// `send(Method::DELETE, &["Devices", id], None)`. Segments are encoded, whatever they hold. It gives the answer's JSON
    /// object, or `null` where the answer is empty; and in a dry run, where what writes is only shown.
    ///
    /// # Errors
    /// When it was not carried out, or it is not known whether it was.
    pub async fn send(self, method: Method, path: &[&str], body: Option<&Value>) -> Result<Value, Failure> {
        self.exchange(method, Target { path, ..Target::default() }, body).await
    }

    /// Reads what is no SCIM at the origin of the source's base URL, with the source's credentials:
    /// `get(&["services", "data", "v60.0", "query"], &[("q", "SELECT …")])`.
    ///
    /// # Errors
    /// When no JSON object comes.
    pub async fn get(self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Failure> {
        self.exchange(Method::GET, Target { path, query, is_at_origin: true }, None).await
    }

    async fn exchange(self, method: Method, target: Target<'_>, body: Option<&Value>) -> Result<Value, Failure> {
        let session = self.context.session();
        let doing = format!("Sending {method} /{}", target.path.join("/"));
        let fail = |error| translate(&doing, error);
        let is_write = !method.is_safe();
        let request = session.client.request(method, &target, body).map_err(fail)?;
        if is_write {
            provider_check::check(session).await?;
        }
        let mut writer = Writer::new(session, is_write && self.context.is_dry_run());
        let answer = writer.send(request).await.map_err(fail)?;
        self.context.show(writer.into_shown());
        Ok(answer)
    }

    fn endpoint(self, resource: &str) -> Arc<Endpoint> {
        let profile = &self.context.session().config.profile;
        let known = [Some(&profile.users), Some(&profile.groups), profile.entitlements.as_ref()];
        known.into_iter().flatten().find(|endpoint| *endpoint.path == *resource).map_or_else(
            || Arc::new(Endpoint { path: resource.into(), totals: Totals::Checked, ..Endpoint::clone(&profile.users) }),
            Arc::clone,
        )
    }
}

fn parsed(text: &str, doing: &str) -> Result<Filter, Failure> {
    filter::parse(text).map_err(|reason| unusable(doing, &format!("the filter {text} is none: {reason}")))
}

/// What a fork's code asks for wrongly is a mistake in it.
fn unusable(doing: &str, why: &str) -> Failure {
    refuse(own::INTERNAL, doing, &[]).caused_by(why)
}
