//! What is known of failures, as data: how each is told from the others, and what a person is told. The first entry that
//! fits counts, so the particular stand before the general.
//!
//! Placeholders: `{user}` the user name in the command, `{limit}` the number of licences with a space after it,
//! `{host}`, `{target}` where a redirect leads, `{seconds}`, `{figures}`.

use crate::protocol::Kind;
use crate::transport::{Refused, TlsFlaw};

/// One failure that is known.
#[derive(Debug)]
pub struct Entry {
    /// Never varies: platforms and people search for it.
    pub code: &'static str,
    pub kind: Kind,
    /// Any of these tells it.
    pub signs: &'static [Sign],
    /// What happened: goes on after "Creating ada@example.com failed: ".
    pub happened: &'static str,
    /// What to do about it: a sentence.
    pub to_do: &'static str,
}

/// By what a failure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The provider's own code.
    Code(&'static str),
    /// RFC 7644's `scimType`.
    ScimType(&'static str),
    /// A part of the provider's sentence, in small letters.
    Says(&'static str),
    /// The status of the answer.
    Status(u16),
    /// Any status from the first to the last.
    Statuses(u16, u16),
    /// The OAuth error code of the token endpoint (RFC 6749 §5.2).
    OAuth(&'static str),
    /// The token endpoint gave no token for any other reason.
    NoToken,
    /// A web page instead of an answer.
    WebPage,
    /// A redirect, which is never followed.
    Redirect,
    /// These credentials were refused (401).
    Refused(Refused),
    /// A good status with a body that is not SCIM.
    NotScim,
    /// What became of a request that got no answer.
    Transport(Transport),
    Incomplete,
    /// A list with a resource that has no id.
    NoId,
    OtherResource,
    InvalidId,
}

/// A request that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Resolve,
    Connect,
    Tls(TlsFlaw),
    Timeout,
    Broken,
    TooLarge,
    Forbidden,
    WaitTooLong,
    OutcomeUnknown,
    Invalid,
}

const CHECK_CLIENT: &str =
    "Check clientId and clientSecret against the app at the provider, and that the app allows the grant type.";
const CHECK_GRANT: &str = "Check what the grant type uses (username and password with securityToken; refreshToken; privateKey with jwtSubject and jwtAudience), that its user is active and may use the API, and that the app allows the grant type and the scope.";

#[rustfmt::skip]
pub const CATALOGUE: &[Entry] = &[
    // What the person who asked can understand, and an administrator can mend.
    Entry { code: "LICENSE_LIMIT", kind: Kind::Generic, signs: &[Sign::Code("LICENSE_LIMIT_EXCEEDED"), Sign::Says("license limit")],
        happened: "all {limit}user licences are in use",
        to_do: "Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again." },
    Entry { code: "DUPLICATE_USER", kind: Kind::InvalidRequest, signs: &[Sign::Code("DUPLICATE_USERNAME"), Sign::ScimType("uniqueness")],
        happened: "the user name {user} is already taken",
        to_do: "Choose another user name, or aggregate the accounts so that the existing one is correlated." },
    Entry { code: "MISSING_PROFILE", kind: Kind::InvalidRequest, signs: &[Sign::Says("one_entitlement_which_must_be_a_profile")],
        happened: "the account has no profile, and the provider needs exactly one",
        to_do: "Give the attribute \"profile\" a profile's name (for example Standard User), or put one profile's id among \"entitlements\"." },
    Entry { code: "REQUIRED_FIELD_MISSING", kind: Kind::InvalidRequest, signs: &[Sign::Code("REQUIRED_FIELD_MISSING")],
        happened: "an attribute that the provider needs is missing",
        to_do: "Add the attribute that the provider names to the create profile of the source." },
    Entry { code: "INVALID_EMAIL", kind: Kind::InvalidRequest, signs: &[Sign::Code("INVALID_EMAIL_ADDRESS")],
        happened: "the provider does not take the e-mail address or the user name",
        to_do: "Both must have the form of an e-mail address, such as ada@example.com." },
    Entry { code: "INVALID_REFERENCE", kind: Kind::InvalidRequest, signs: &[Sign::Code("FIELD_INTEGRITY_EXCEPTION")],
        happened: "a value refers to something that the provider does not have",
        to_do: "Check the ids of the profile, the permission sets and the manager; aggregate the entitlements to see those that exist." },
    // Signing in.
    Entry { code: "BAD_CREDENTIALS", kind: Kind::InvalidConfiguration, signs: &[Sign::OAuth("invalid_client"), Sign::OAuth("invalid_client_id"), Sign::OAuth("unauthorized_client")],
        happened: "the token endpoint at {host} does not accept the client id or the client secret",
        to_do: CHECK_CLIENT },
    Entry { code: "BAD_GRANT", kind: Kind::InvalidConfiguration, signs: &[Sign::OAuth("invalid_grant"), Sign::OAuth("inactive_user"), Sign::OAuth("inactive_org"), Sign::OAuth("invalid_scope"), Sign::OAuth("unsupported_grant_type"), Sign::OAuth("invalid_request")],
        happened: "the token endpoint at {host} does not grant a token",
        to_do: CHECK_GRANT },
    Entry { code: "TOKEN_UNAVAILABLE", kind: Kind::InvalidConfiguration, signs: &[Sign::NoToken],
        happened: "the token endpoint at {host} gave no token",
        to_do: "Check tokenUrl: it must be the OAuth 2 token endpoint itself, not a login page." },
    Entry { code: "CREDENTIALS_REQUIRED", kind: Kind::InvalidConfiguration, signs: &[Sign::Refused(Refused::Nothing)],
        happened: "the provider wants credentials, and authType is none",
        to_do: "Set authType to the way in which the provider lets clients in; if customHeaders hold the credentials, they are not accepted." },
    Entry { code: "TOKEN_REFUSED", kind: Kind::InvalidConfiguration, signs: &[Sign::Refused(Refused::Fixed)],
        happened: "the provider does not accept the credentials of the source",
        to_do: "Check the settings that go with authType: token, or username and password, or apiKey and apiKeyHeader. A token or key may have expired, been withdrawn, or belong to another org: have a new one made." },
    Entry { code: "SESSION_REFUSED", kind: Kind::InsufficientPermission, signs: &[Sign::Code("INVALID_SESSION_ID"), Sign::Status(401)],
        happened: "the provider does not accept the access token, not even a new one",
        to_do: "Check that token and API belong to the same org, and that the app's user may use the API." },
    Entry { code: "REQUEST_LIMIT", kind: Kind::Generic, signs: &[Sign::Code("REQUEST_LIMIT_EXCEEDED")],
        happened: "the provider's limit of requests for this period is used up",
        to_do: "Wait until the period ends (Salesforce counts 24 hours), or ask the provider's administrator for a higher limit." },
    Entry { code: "API_DISABLED", kind: Kind::InsufficientPermission, signs: &[Sign::Code("API_DISABLED_FOR_ORG")],
        happened: "the provider's API is switched off for this org",
        to_do: "Ask the provider's administrator to switch the API on." },
    Entry { code: "FORBIDDEN", kind: Kind::InsufficientPermission, signs: &[Sign::Status(403)],
        happened: "the provider does not allow this to the user that the connector signs in as",
        to_do: "Give that user the right to read and manage users (in Salesforce: API Enabled, Manage Users)." },
    // Reaching the provider.
    Entry { code: "OUTCOME_UNKNOWN", kind: Kind::Timeout, signs: &[Sign::Transport(Transport::OutcomeUnknown)],
        happened: "the connection ended before the provider answered, so that it may or may not have been done",
        to_do: "Send the command again after a while: what was done is found, and not done twice." },
    Entry { code: "HOST_NOT_FOUND", kind: Kind::InvalidConfiguration, signs: &[Sign::Transport(Transport::Resolve)],
        happened: "the host {host} is not known",
        to_do: "Check the spelling of baseUrl and tokenUrl, and that this service can resolve names." },
    Entry { code: "UNREACHABLE", kind: Kind::Generic, signs: &[Sign::Transport(Transport::Connect)],
        happened: "no connection to {host} could be made",
        to_do: "Check that the address and the port are right, that the provider is up, and that no firewall stands between." },
    Entry { code: "TLS_UNKNOWN_AUTHORITY", kind: Kind::InvalidConfiguration, signs: &[Sign::Transport(Transport::Tls(TlsFlaw::UnknownAuthority))],
        happened: "the certificate of {host} comes from an authority that this machine does not know",
        to_do: "If it is your organization's own authority, put its certificate (PEM) into caCertificates; if it is a public one, the server does not send the certificates between." },
    Entry { code: "TLS_OTHER_NAME", kind: Kind::InvalidConfiguration, signs: &[Sign::Transport(Transport::Tls(TlsFlaw::OtherName))],
        happened: "the certificate of {host} is for another host name",
        to_do: "Use the name that the certificate is for in baseUrl and tokenUrl." },
    Entry { code: "TLS_EXPIRED", kind: Kind::InvalidConfiguration, signs: &[Sign::Transport(Transport::Tls(TlsFlaw::Expired))],
        happened: "the certificate of {host} has run out, or is not valid yet",
        to_do: "The provider must renew it; if it is in order, check this machine's clock." },
    Entry { code: "TLS_CLIENT_CERTIFICATE", kind: Kind::InvalidConfiguration, signs: &[Sign::Transport(Transport::Tls(TlsFlaw::ClientCertificate))],
        happened: "{host} wants a certificate of this connector, and does not take the one that it was shown, or was shown none",
        to_do: "Set clientCertificate and clientCertificateKey to a certificate that the provider trusts and that has not run out." },
    Entry { code: "TLS_UNTRUSTED", kind: Kind::InvalidConfiguration, signs: &[Sign::Transport(Transport::Tls(TlsFlaw::Other))],
        happened: "no trusted connection to {host} could be made",
        to_do: "Check that it is an https address, the provider's certificate, and that a proxy in between does not break the connection." },
    Entry { code: "TIMEOUT", kind: Kind::Timeout, signs: &[Sign::Transport(Transport::Timeout), Sign::Status(408), Sign::Status(504)],
        happened: "{host} did not answer in time",
        to_do: "Try again later; if it stays so, raise timeoutSeconds or lower pageSize." },
    Entry { code: "CONNECTION_BROKEN", kind: Kind::Generic, signs: &[Sign::Transport(Transport::Broken)],
        happened: "the connection to {host} broke before the answer was complete",
        to_do: "Try again; if it stays so, look for a proxy or firewall that cuts long answers, or lower pageSize." },
    Entry { code: "ANSWER_TOO_LARGE", kind: Kind::InvalidResponse, signs: &[Sign::Transport(Transport::TooLarge)],
        happened: "an answer of {host} is larger than this service reads",
        to_do: "Lower pageSize." },
    Entry { code: "ADDRESS_NOT_ALLOWED", kind: Kind::InvalidConfiguration, signs: &[Sign::Transport(Transport::Forbidden)],
        happened: "this service does not connect there",
        to_do: "Use the provider's public https address, or have the service's operator allow private addresses." },
    Entry { code: "RATE_LIMIT", kind: Kind::Generic, signs: &[Sign::Transport(Transport::WaitTooLong), Sign::Status(429)],
        happened: "the provider asks to send fewer requests",
        to_do: "Try again{seconds}; set requestsPerSecond or lower concurrency if it comes back." },
    Entry { code: "INVALID_REQUEST_BUILT", kind: Kind::Generic, signs: &[Sign::Transport(Transport::Invalid)],
        happened: "the request could not be built from these settings",
        to_do: "Check customHeaders, baseUrl and tokenUrl." },
    // Answers that are not what they should be.
    Entry { code: "REDIRECTED", kind: Kind::InvalidConfiguration, signs: &[Sign::Redirect],
        happened: "{host} answers with a redirect to {target}, and redirects are not followed",
        to_do: "Check baseUrl: it must be the SCIM API's own address, with https where the provider wants it; a login page in between redirects like this too." },
    Entry { code: "RESOURCE_WITHOUT_ID", kind: Kind::InvalidResponse, signs: &[Sign::NoId],
        happened: "the provider lists something without an id, which cannot be told from others: {figures}",
        to_do: "Look at that resource at the provider and have it mended or removed there, or ask the provider's support: SCIM wants an id on each." },
    Entry { code: "LIST_INCOMPLETE", kind: Kind::InvalidResponse, signs: &[Sign::Incomplete],
        happened: "the list could not be read completely, and a short list would look like mass deletion: {figures}",
        to_do: "Run it again; if it stays so, try another value of paging, or a smaller pageSize." },
    Entry { code: "CURSOR_EXPIRED", kind: Kind::InvalidResponse, signs: &[Sign::ScimType("expiredCursor")],
        happened: "the provider does not keep its cursors for as long as the list takes, so that it ended in its middle",
        to_do: "Raise pageSize, or requestsPerSecond if it is set, so that the list takes less time; or set paging to another value." },
    Entry { code: "CURSOR_REFUSED", kind: Kind::InvalidResponse, signs: &[Sign::ScimType("invalidCursor")],
        happened: "the provider refuses the cursor that a list is to be begun or continued with",
        to_do: "Run it again; if it stays so, set paging to index or key: the provider may not know cursors." },
    Entry { code: "OTHER_RESOURCE", kind: Kind::InvalidResponse, signs: &[Sign::OtherResource],
        happened: "the provider answered with another resource than was asked for",
        to_do: "Check baseUrl: something between may rewrite paths." },
    Entry { code: "INVALID_ID", kind: Kind::InvalidRequest, signs: &[Sign::InvalidId],
        happened: "the key is no id",
        to_do: "Send the id as the aggregation gave it." },
    Entry { code: "NOT_SCIM", kind: Kind::InvalidResponse, signs: &[Sign::NotScim, Sign::WebPage],
        happened: "{host} answered with something that is no SCIM answer",
        to_do: "Check baseUrl: it must be the SCIM API's own address. A login or proxy page in between answers like this too." },
    Entry { code: "UNSUPPORTED_FILTER", kind: Kind::InvalidResponse, signs: &[Sign::ScimType("invalidFilter")],
        happened: "the provider refuses the filter that is needed",
        to_do: "Set paging to index if lists should not be continued by id." },
    Entry { code: "WRONG_ADDRESS", kind: Kind::InvalidConfiguration, signs: &[Sign::Status(404), Sign::Status(405)],
        happened: "{host} has no such SCIM endpoint",
        to_do: "Check baseUrl: below it must be /Users and /Groups. If the provider has no groups, set groupMembership to user." },
    Entry { code: "NOT_ACCEPTABLE", kind: Kind::InvalidResponse, signs: &[Sign::Status(406), Sign::Status(415)],
        happened: "the provider does not take the SCIM content type",
        to_do: "Check that baseUrl is the SCIM 2.0 API." },
    Entry { code: "CONFLICT", kind: Kind::InvalidRequest, signs: &[Sign::Status(409)],
        happened: "the provider refuses it, since it conflicts with what is there",
        to_do: "Read the provider's own words, mend what they name, and try again." },
    Entry { code: "INVALID_REQUEST", kind: Kind::InvalidRequest, signs: &[Sign::Statuses(400, 499)],
        happened: "the provider refuses the request",
        to_do: "Read the provider's own words, mend what they name, and try again." },
    Entry { code: "PROVIDER_UNAVAILABLE", kind: Kind::Generic, signs: &[Sign::Statuses(500, 599)],
        happened: "the provider has a fault of its own",
        to_do: "Try again later; if it stays so, give the provider's support the time and the request id." },
];

/// When nothing else fits.
pub const UNKNOWN: Entry = Entry {
    code: "UNEXPECTED_ANSWER",
    kind: Kind::InvalidResponse,
    signs: &[],
    happened: "{host} answered with a status that has no meaning here",
    to_do: "Check baseUrl: it must be the SCIM API's own address.",
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_entry_says_what_happened_and_what_to_do() {
        let mut codes = HashSet::new();
        for entry in CATALOGUE.iter().chain([&UNKNOWN]) {
            assert!(codes.insert(entry.code), "{} stands twice", entry.code);
            assert!(entry.code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{}", entry.code);
            assert!(!entry.happened.is_empty() && !entry.happened.ends_with('.'), "{}", entry.code);
            assert!(entry.to_do.ends_with('.'), "{}", entry.code);
            assert_ne!(entry.kind, Kind::NotFound, "{}: notFound makes the platform create accounts", entry.code);
        }
    }
}
