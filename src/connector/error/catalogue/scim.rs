//! The error types of SCIM itself: RFC 7644 §3.12, and RFC 9865 for cursors.

use super::{Entry, Known, Provider, Sign, Who};
use crate::protocol::Kind;

const RFC_7644: Known = Known::Documented("RFC 7644 §3.12");
const RFC_9865: Known = Known::Documented("RFC 9865");

#[rustfmt::skip]
pub const ENTRIES: &[Entry] = &[
    Entry { code: "UNSUPPORTED_FILTER", provider: Provider::Any, signs: &[Sign::ScimType("invalidFilter")], kind: Kind::InvalidResponse, who: Who::Administrator, known: RFC_7644,
        happened: "the provider refuses the filter that is needed",
        to_do: "Correct userFilter, groupFilter or entitlementFilter if one is set; set paging to index if lists should not be continued by id." },
    Entry { code: "TOO_MANY_RESULTS", provider: Provider::Any, signs: &[Sign::ScimType("tooMany")], kind: Kind::InvalidResponse, who: Who::Administrator, known: RFC_7644,
        happened: "the provider finds more than it is willing to list at once",
        to_do: "Lower pageSize, or set paging to key where the provider can filter by id." },
    Entry { code: "DUPLICATE_USER", provider: Provider::Any, signs: &[Sign::All(&[Sign::ScimType("uniqueness"), Sign::About("userName")])], kind: Kind::InvalidRequest, who: Who::Requester, known: RFC_7644,
        happened: "the user name {user} is already taken",
        to_do: "Choose another user name, or aggregate the accounts so that the existing one is correlated." },
    Entry { code: "DUPLICATE_VALUE", provider: Provider::Any, signs: &[Sign::ScimType("uniqueness")], kind: Kind::InvalidRequest, who: Who::Requester, known: RFC_7644,
        happened: "another account has the same value of {attribute}, which must be unique",
        to_do: "Choose another value, or aggregate the accounts so that the existing one is correlated; as a rule it is the user name or the e-mail address." },
    Entry { code: "READ_ONLY_ATTRIBUTE", provider: Provider::Any, signs: &[Sign::ScimType("mutability")], kind: Kind::InvalidRequest, who: Who::Administrator, known: RFC_7644,
        happened: "the provider does not let {attribute} be changed",
        to_do: "Take the attribute out of the source's provisioning, or change it where the provider's data comes from." },
    Entry { code: "INVALID_SYNTAX", provider: Provider::Any, signs: &[Sign::ScimType("invalidSyntax")], kind: Kind::InvalidRequest, who: Who::Administrator, known: RFC_7644,
        happened: "the provider does not understand the form of the request",
        to_do: "Check the setting provider, which decides the form of changes; the provider's words may name the attribute that it stumbles over." },
    Entry { code: "INVALID_PATH", provider: Provider::Any, signs: &[Sign::ScimType("invalidPath")], kind: Kind::InvalidRequest, who: Who::Administrator, known: RFC_7644,
        happened: "the provider does not know the path of {attribute}",
        to_do: "Take out of the source's provisioning what the provider does not have, and check the setting provider." },
    Entry { code: "NO_TARGET", provider: Provider::Any, signs: &[Sign::ScimType("noTarget")], kind: Kind::InvalidRequest, who: Who::Nobody, known: RFC_7644,
        happened: "what was to be changed is not there any more at the provider",
        to_do: "Aggregate the accounts, and try again if it is still needed." },
    Entry { code: "INVALID_VALUE", provider: Provider::Any, signs: &[Sign::ScimType("invalidValue")], kind: Kind::InvalidRequest, who: Who::Requester, known: RFC_7644,
        happened: "the provider does not take the value of {attribute}, or misses one",
        to_do: "Give the value that the provider's words ask for, then try again." },
    Entry { code: "UNSUPPORTED_VERSION", provider: Provider::Any, signs: &[Sign::ScimType("invalidVers")], kind: Kind::InvalidConfiguration, who: Who::Administrator, known: RFC_7644,
        happened: "the provider does not serve this version of SCIM at this address",
        to_do: "Check baseUrl: it must be the SCIM 2.0 API, as a rule with /v2 in its path." },
    Entry { code: "SENSITIVE_REQUEST", provider: Provider::Any, signs: &[Sign::ScimType("sensitive")], kind: Kind::InvalidRequest, who: Who::Administrator, known: RFC_7644,
        happened: "the provider does not take personal data in an address, where the filter stands",
        to_do: "Ask the provider to allow filters on userName in GET requests." },
    Entry { code: "CURSOR_REFUSED", provider: Provider::Any, signs: &[Sign::ScimType("invalidCursor")], kind: Kind::InvalidResponse, who: Who::Administrator, known: RFC_9865,
        happened: "the provider refuses the cursor that a list is to be begun or continued with",
        to_do: "Run it again; if it stays so, set paging to index or key: the provider may not know cursors." },
    Entry { code: "CURSOR_EXPIRED", provider: Provider::Any, signs: &[Sign::ScimType("expiredCursor")], kind: Kind::InvalidResponse, who: Who::Administrator, known: RFC_9865,
        happened: "the provider does not keep its cursors for as long as the list takes, so that it ended in its middle",
        to_do: "Raise pageSize, or requestsPerSecond if it is set, so that the list takes less time; or set paging to another value." },
    Entry { code: "INVALID_COUNT", provider: Provider::Any, signs: &[Sign::ScimType("invalidCount")], kind: Kind::InvalidConfiguration, who: Who::Administrator, known: RFC_9865,
        happened: "the provider does not take the number of objects that is asked for at once",
        to_do: "Set pageSize to what the provider allows." },
];
