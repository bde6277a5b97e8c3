//! The rows of the matrix: what goes wrong, and when.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use scim_connector::sandbox::{Effect, Fault, ListEffect};
use std::time::Duration;

/// What a provider does wrong.
#[derive(Debug)]
pub struct Trouble {
    /// In the words of the one who sees it.
    pub name: &'static str,
    pub effect: fn() -> Effect,
    pub headers: &'static [(header::HeaderName, &'static str)],
    pub whens: &'static [When],
    pub place: Place,
}

/// Which requests meet it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The first one.
    Once,
    /// One in the middle: a list's second page, a change itself, else the second request.
    OnceInTheMiddle,
    /// All from the first on.
    Always,
    /// All from that in the middle on.
    FromTheMiddle,
}

/// Where it is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The SCIM API.
    Scim,
    /// The same, by a source that has read the list before.
    ScimKnown,
    Token,
}

impl When {
    pub fn title(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::OnceInTheMiddle => "once, in the middle",
            Self::Always => "always",
            Self::FromTheMiddle => "from the middle on",
        }
    }

    pub fn is_in_the_middle(self) -> bool {
        matches!(self, Self::OnceInTheMiddle | Self::FromTheMiddle)
    }

    fn is_once(self) -> bool {
        matches!(self, Self::Once | Self::OnceInTheMiddle)
    }
}

/// A row: what, and when.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub trouble: &'static Trouble,
    pub when: When,
}

impl Row {
    /// All of them, in the order of the tables.
    pub fn all() -> Vec<Self> {
        TROUBLES.iter().flat_map(|trouble| trouble.whens.iter().map(move |&when| Self { trouble, when })).collect()
    }

    pub fn title(self) -> String {
        format!("{}, {}", self.trouble.name, self.when.title())
    }

    /// The fault for a command with its middle after so many requests, or so many for lists; `scim` is the path of the SCIM
    /// API.
    pub fn fault(self, scim: &str, (requests, lists): (u32, u32)) -> Fault {
        let effect = (self.trouble.effect)();
        let middle = if matches!(effect, Effect::List(_)) { lists } else { requests };
        let route = if self.trouble.place == Place::Token { "/services/oauth2/token" } else { scim };
        let mut headers = HeaderMap::new();
        for (name, value) in self.trouble.headers {
            headers.insert(name, HeaderValue::from_static(value));
        }
        Fault {
            route: Some(route.to_owned()),
            after: if self.when.is_in_the_middle() { middle } else { 0 },
            times: self.when.is_once().then_some(1),
            headers,
            ..Fault::new("", effect)
        }
    }
}

const ANY_TIME: &[When] = &[When::Once, When::OnceInTheMiddle, When::Always, When::FromTheMiddle];
const ONCE: &[When] = &[When::Once, When::OnceInTheMiddle];
const FROM_THE_START: &[When] = &[When::Once, When::Always];

/// Longer than any timeout and any deadline.
const LONG: Duration = Duration::from_mins(10);

const fn scim(name: &'static str, effect: fn() -> Effect) -> Trouble {
    Trouble { name, effect, headers: &[], whens: ANY_TIME, place: Place::Scim }
}

const fn list(name: &'static str, effect: fn() -> Effect) -> Trouble {
    Trouble { place: Place::ScimKnown, ..scim(name, effect) }
}

const fn token(name: &'static str, effect: fn() -> Effect) -> Trouble {
    Trouble { name, effect, headers: &[], whens: FROM_THE_START, place: Place::Token }
}

fn status(status: u16, body: &str) -> Effect {
    Effect::Answer { status: StatusCode::from_u16(status).unwrap(), body: body.to_owned() }
}

fn busy() -> Effect {
    status(429, r#"{"detail": "too many requests", "status": "429"}"#)
}

const TROUBLES: &[Trouble] = &[
    // Too much is asked of it.
    Trouble { headers: &[(header::RETRY_AFTER, "2")], ..scim("429 with Retry-After: 2", busy) },
    scim("429", busy),
    Trouble { headers: &[(header::RETRY_AFTER, "3600")], ..scim("429 with Retry-After: 3600", busy) },
    scim("403 REQUEST_LIMIT_EXCEEDED", || {
        status(403, r#"[{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]"#)
    }),
    // It has a fault of its own.
    scim("503", || status(503, r#"{"detail": "busy", "status": "503"}"#)),
    scim("500", || status(500, r#"{"detail": "a fault of its own", "status": "500"}"#)),
    // It lets nobody in.
    scim("401, token revoked", || Effect::RevokeTokens),
    scim("401, whatever the token", || {
        status(401, r#"[{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]"#)
    }),
    // Something stands in between.
    scim("200 with a sign-in page", || Effect::HtmlPage),
    Trouble { headers: &[(header::CONTENT_TYPE, "text/plain")], ..scim("wrong content type", || Effect::HeadersOnly) },
    scim("body cut off, Content-Length says more", || Effect::Truncate { bytes: 60, chunked: false }),
    scim("body cut off, no last chunk", || Effect::Truncate { bytes: 60, chunked: true }),
    scim("reset before anything is done", || Effect::Close),
    scim("done, then reset without an answer", || Effect::LoseAnswer),
    scim("done, and no answer for 10 minutes", || Effect::Stall(LONG)),
    scim("a byte a second", || Effect::Drip { bytes: 1, every: Duration::from_secs(1) }),
    Trouble { whens: ONCE, ..scim("65 MiB", || Effect::Enlarge { bytes: 65 << 20 }) },
    Trouble { whens: ONCE, ..scim("10,000 levels of JSON", || Effect::Deepen { depth: 10_000 }) },
    // It lists wrongly.
    list("2 rows of a page twice, 2 missing", || Effect::List(ListEffect::RepeatRows(2))),
    list("2 rows of a page missing", || Effect::List(ListEffect::DropRows(2))),
    list("pages begin 3 rows later", || Effect::List(ListEffect::ShiftPage(3))),
    list("pages begin 3 rows earlier", || Effect::List(ListEffect::ShiftPage(-3))),
    list("totalResults 1 too high", || Effect::List(ListEffect::ChangeTotal(1))),
    list("totalResults 1 too low", || Effect::List(ListEffect::ChangeTotal(-1))),
    list("an empty page", || Effect::List(ListEffect::EmptyPage)),
    list("all but 1 resource out of view", || Effect::List(ListEffect::LoseView(1))),
    list("filter ignored", || Effect::List(ListEffect::IgnoreFilter)),
    list("startIndex ignored", || Effect::List(ListEffect::IgnoreStartIndex)),
    // Its token endpoint fails.
    token("token: 400 invalid_client", || {
        status(400, r#"{"error": "invalid_client", "error_description": "invalid client credentials"}"#)
    }),
    token("token: 500", || status(500, r#"{"error": "server_error"}"#)),
    token("token: 200 with a sign-in page", || Effect::HtmlPage),
    token("token: reset", || Effect::Close),
    token("token: no answer for 10 minutes", || Effect::Stall(LONG)),
];
