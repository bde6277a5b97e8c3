//! What is sent, what comes back, and who puts the credentials on it.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::error::Error;
use url::Url;

/// A request, without credentials.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    /// Headers of this request alone (`accept`, `content-type`).
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    pub repeat: Repeat,
}

impl Request {
    /// A GET, which may be repeated.
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: None, repeat: Repeat::Safe }
    }
}

/// Whether sending a request twice does the same as sending it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It may be sent again whatever became of it.
    Safe,
    /// It may be sent again only when it surely was not carried out: a creation.
    OnlyIfNotReceived,
}

/// An answer with a 2xx status.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Puts the source's credentials on each attempt. `auth` implements it.
pub trait Credentials: Send + Sync {
    /// The credentials for one attempt.
    fn authorize(&self) -> BoxFuture<'_, Result<Authorization, AuthorizationError>>;

    /// The provider answered 401 to `used`. Returns whether other credentials may be had by asking again; they are then
    /// fetched by the next [`Credentials::authorize`]. Called any number of times for the same `used`, it costs one renewal.
    fn refused(&self, used: &Authorization) -> bool;
}

/// Credentials as a header, and which of the credentials they are.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// The value of `Authorization`, marked as sensitive; `None` sends no such header.
    pub header: Option<HeaderValue>,
    /// Counts renewals, so that one refused token is renewed once.
    pub generation: u64,
}

/// Why there are no credentials: what the token endpoint answered, or that it did not.
pub type AuthorizationError = Box<dyn Error + Send + Sync>;
