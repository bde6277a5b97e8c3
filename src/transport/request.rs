//! What is sent, what comes back, and who puts the credentials on it.
//!
//! `Debug` shows neither headers nor bodies: they hold secrets and personal data.

use super::budget::Room;
use super::call::Call;
use super::error::SendError;
use crate::metrics::Route;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// A request, without credentials.
#[derive(Clone)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    /// Headers of this request alone (`accept`, `content-type`).
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    pub repeat: Repeat,
    /// What it is counted as.
    pub route: Route,
}

impl Request {
    /// A GET, which may be repeated.
    pub fn get(url: Url) -> Self {
        let (headers, route) = (HeaderMap::new(), Route::default());
        Self { method: Method::GET, url, headers, body: None, repeat: Repeat::Safe, route }
    }

    /// The URL as it may be shown: its query and user info may hold secrets and personal data.
    pub(super) fn shown_url(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        // These fail only for URLs that cannot have user info.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.into()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.shown_url())
            .field("bytes", &self.body.as_ref().map(Bytes::len))
            .field("repeat", &self.repeat)
            .finish_non_exhaustive()
    }
}

/// Whether sending a request twice does the same as sending it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It may be sent again whatever became of it.
    Safe,
    /// It may be sent again only when it surely was not carried out: a creation.
    OnlyIfNotReceived,
    /// It is not sent again: the command can do without.
    Never,
}

/// An answer with a 2xx status.
#[derive(Clone)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// It counts among the memory that all answers have until the response is dropped.
    pub body: Bytes,
    pub(super) _room: Arc<Room>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// An answer, whatever its status, whose body is still on its way.
pub struct Opened {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Ends with its first error.
    pub body: BoxStream<'static, Result<Bytes, SendError>>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Puts the source's credentials on each attempt. `auth` implements it.
pub trait Credentials: Send + Sync {
    /// The credentials for one attempt of `call`, whose deadline and retries count for what is fetched, too.
    fn authorize(&self, call: Call) -> BoxFuture<'_, Result<Authorization, AuthorizationError>>;

    /// The provider answered 401 to `used`. Returns whether other credentials may be had by asking again; they are then
    /// fetched by the next [`Credentials::authorize`]. Called any number of times for the same `used`, it costs one renewal.
    fn refused(&self, used: &Authorization) -> bool;
}

/// Credentials as a header, and which of the credentials they are.
#[derive(Debug, Clone, Default)]
pub struct Authorization {
    /// `Authorization`, or the header that a provider takes its key in; the value is marked as sensitive. `None` sends none.
    pub header: Option<(HeaderName, HeaderValue)>,
    /// Counts renewals, so that one refused token is renewed once.
    pub generation: u64,
}

impl Authorization {
    /// What is secret of the header: without the scheme, where it has one.
    pub fn bare(&self) -> Option<&str> {
        let value = self.header.as_ref()?.1.to_str().ok()?;
        Some(value.split_once(' ').map_or(value, |(_scheme, token)| token))
    }
}

/// Why there are no credentials: what the token endpoint answered, or that it did not.
pub type AuthorizationError = Box<dyn Error + Send + Sync>;
