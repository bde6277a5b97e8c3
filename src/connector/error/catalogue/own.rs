//! What the connector itself refuses or finds, each by name for the place that says it.

use super::{Entry, Known, Provider, Who};
use crate::protocol::Kind;

/// Makes a constant of each, and a list of them all: name, code, kind, who can mend it, what happened, what to do.
macro_rules! refusals {
    ($list:ident: $($name:ident = $code:literal, $kind:ident, $who:ident, $happened:literal, $to_do:literal;)*) => {
        $(pub const $name: &Entry = &Entry {
            code: $code, provider: Provider::Connector, signs: &[], kind: Kind::$kind, who: Who::$who, known: Known::Own,
            happened: $happened, to_do: $to_do,
        };)*
        pub const $list: &[&Entry] = &[$($name),*];
    };
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    REFUSALS.iter().chain(OF_THE_SERVICE).copied()
}

// Those that begin with a capital stand alone; the others go on after "Creating ada@example.com failed: ".
refusals! { REFUSALS:
    // The invocation.
    INVALID_INPUT = "INVALID_INPUT", InvalidRequest, Administrator,
        "The command's input cannot be used: {problem}", "Correct the request, or the source's provisioning policy that made it.";
    INVALID_CONFIGURATION = "INVALID_CONFIGURATION", InvalidConfiguration, Administrator,
        "The source's settings cannot be used: {problem}", "Correct them in the source's configuration.";
    UNSUPPORTED_COMMAND = "UNSUPPORTED_COMMAND", InvalidRequest, Administrator,
        "unsupported command: {subject}", "This connector supports {known}.";
    NOT_SUPPORTED = "NOT_SUPPORTED", InvalidRequest, Administrator,
        "this provider ({subject}) does not support it: SCIM has no lock", "Unlock the account at the provider itself, or set a new password.";
    BUSY = "BUSY", Generic, Nobody,
        "All {limit} sources that this service keeps are at work", "Try again later.";
    INTERNAL = "INTERNAL", Generic, Provider,
        "The connector itself failed, by a mistake in its code; its log says where", "Try again, and report it with the request id if it happens again.";
    STOPPED = "STOPPING", Generic, Nobody,
        "The service stopped before the command was done. What the command had changed by then stays changed", "Try again when the service is back.";
    LINE_TOO_LONG = "LINE_TOO_LONG", InvalidResponse, Administrator,
        "{subject} is too large for the platform: {problem}", "Ask for fewer attributes in the source's schema.";
    // Where the API is.
    API_NOT_ASKED_FOR = "BASE_URL_UNKNOWN", InvalidConfiguration, Administrator,
        "there are no credentials to ask with", "Set baseUrl to the API's address.";
    API_NOT_STATED = "BASE_URL_UNKNOWN", InvalidConfiguration, Administrator,
        "The token endpoint at {host} does not say where the API is", "Set baseUrl to its address.";
    API_STATED_WRONGLY = "BASE_URL_UNKNOWN", InvalidConfiguration, Administrator,
        "The token endpoint at {host} says of the API's address what is no URL", "Set baseUrl to it.";
    API_NOT_BELIEVED = "BASE_URL_UNKNOWN", InvalidConfiguration, Administrator,
        "The token endpoint at {host} says that the API is at {target} ({subject}). Credentials are sent there only over https, and if it is the same host, one below it, or one of the provider's own", "If it is right, set baseUrl to it.";
    // What there is at the provider.
    NOT_FOUND = "NOT_FOUND", NotFound, Nobody,
        "There is no {subject} at the provider", "Aggregate the source to see what there is.";
    FILTER_IGNORED = "FILTER_IGNORED", InvalidResponse, Administrator,
        "the provider ignores the filter on userName, so that it cannot be told whether there is such a user", "Aggregate the accounts, and read this one by its id.";
    LIST_FILTER_IGNORED = "FILTER_IGNORED", InvalidResponse, Administrator,
        "the provider was asked only for what matches {subject} ({problem}), and sent \"{known}\", which does not: it ignores the filter or understands it otherwise", "Correct {subject} by the provider's documentation, or empty it and leave objects out by a filter string, which this connector evaluates itself.";
    PROVIDER_UNKNOWN = "PROVIDER_UNKNOWN", InvalidConfiguration, Administrator,
        "this address has a list of entitlements, but its host does not tell which provider it is", "Set provider to {subject} if it is that, else to {known}: then there are no entitlements of this type.";
    WRONG_PROVIDER = "WRONG_PROVIDER", InvalidConfiguration, Administrator,
        "Nothing was sent: the setting provider is {subject}, but {problem}. Changes in the form of another provider may do harm, such as emptying a group", "Set provider to the right one, or leave it empty.";
    MEMBERS_UNKNOWN = "MEMBERS_UNKNOWN", InvalidResponse, Administrator,
        "the groups have members, but none of them is among the users by its id, so that all accounts would seem to have lost their groups", "Set groupMembership to user: groups are then read from the users alone, where the provider shows them.";
    MEMBERS_NOT_LISTED = "MEMBERS_NOT_LISTED", InvalidResponse, Administrator,
        "the provider lists its groups without their members, and shows them only when a group is read by itself; the accounts would seem to have lost their groups", "Set groupMembership to user if the provider's users carry their groups, set provider if there is a profile for it, or set the providerSettings members.shown to inSingles.";
    MEMBERS_CUT = "MEMBERS_NOT_ALL_SHOWN", InvalidResponse, Administrator,
        "the group {subject} shows {limit} members, which is as many as this provider ever shows, so that it may have more; those that are not shown would seem to have lost it", "Set groupMembership to user if the provider's users carry their groups. If this release of the provider shows all members, set the providerSettings members.atMost to null.";
    MEMBERS_HIDDEN = "MEMBERS_NOT_ALL_SHOWN", InvalidResponse, Administrator,
        "the group {subject} shows {limit} members and has others: the provider finds it by a user that it does not show; those that are not shown would seem to have lost it", "Set the providerSettings members.shown to byFilter: each account's groups are then asked for. Or set groupMembership to user if the provider's users carry their groups.";
    MEMBERS_NOT_SHOWN = "MEMBERS_NOT_SHOWN", InvalidRequest, Administrator,
        "{subject} shows nowhere who is in a group; the accounts would seem to have no groups", "Set groupMembership to user: accounts then show the groups that the provider's users carry, and none where they carry none.";
    MEMBERS_BY_FILTER_ONLY = "MEMBERS_NOT_SHOWN", InvalidRequest, Administrator,
        "the provider's groups show no members, and yet it finds groups by a user who is a member; the accounts would seem to have lost their groups", "Set the providerSettings members.shown to byFilter: each account's groups are then asked for. Or set provider, if there is a profile for it.";
    LIST_SHRUNK = "LIST_SHRUNK", InvalidResponse, Administrator,
        "{problem}. A loss of more than {limit} % is not believed, since the platform would take what is missing for deleted. Probably the service account has lost its view of them, a filter at the provider has changed, or the address leads to another org: look what that account sees", "If they are really gone, set shrinkLimitPercent to {known}, or to 0 to switch this check off, for one aggregation.";
    NOT_OF_TYPE = "NOT_OF_TYPE", InvalidResponse, Administrator,
        "the account {user} has a value that is not of its attribute's type: {problem}", "Correct it at the provider, or give the attribute the type string, in attributeMapping or in the source's schema.";
    // Creating.
    PROFILE_NOT_NAMED = "MISSING_PROFILE", InvalidRequest, Administrator,
        "the account has no profile, and the provider needs exactly one", "Give the attribute \"profile\" a profile's name (for example Standard User), or set defaultProfile in the source.";
    UNKNOWN_PROFILE = "UNKNOWN_PROFILE", InvalidRequest, Administrator,
        "there is no profile \"{subject}\" at the provider", "Those that exist are {known}.";
    AMBIGUOUS_PROFILE = "AMBIGUOUS_PROFILE", InvalidRequest, Administrator,
        "several profiles are named \"{subject}\"", "Give the id instead: {known}.";
    ALREADY_THERE = "DUPLICATE_USER", InvalidRequest, Requester,
        "the user name {user} is already taken{problem}", "Choose another user name, or aggregate the accounts so that the existing one is correlated.";
    USER_NAME_TAKEN_ELSEWHERE = "USER_NAME_TAKEN_ELSEWHERE", InvalidRequest, Requester,
        "the user name {user} is already taken {problem}", "Choose another user name.";
    // Signing people in.
    NO_TOKEN_ENDPOINT = "SIGN_IN_NOT_POSSIBLE", InvalidConfiguration, Administrator,
        "this source has no token endpoint that could check a user's password", "Set authType to oauth2 with tokenUrl, clientId and clientSecret of an app to which the provider allows the password grant; grantType may be any.";
    PASSWORD_GRANT_REFUSED = "SIGN_IN_NOT_POSSIBLE", InvalidConfiguration, Administrator,
        "the token endpoint does not let the source's client sign users in by password", "Allow the app the password grant at the provider, or use another provider for signing in. Salesforce has it under OAuth and OpenID Connect Settings (Allow OAuth Username-Password Flows), for connected apps only.";
    TOKENS_FOR_ANYBODY = "SIGN_IN_NOT_POSSIBLE", InvalidConfiguration, Administrator,
        "the token endpoint gives a token also to a user whom nobody knows, or for a password that nobody has, so that it proves nothing", "Set tokenUrl to an endpoint that knows the password grant and checks user name and password.";
    SIGN_IN_REFUSED = "SIGN_IN_REFUSED", InsufficientPermission, Requester,
        "the provider does not accept this user name with this password", "Check both. Salesforce refuses in the same words a user who is locked out or frozen, and a right password that comes from a network it does not know: then the user's security token must stand right behind it, or this service's address among the org's trusted IP ranges.";
    SIGN_IN_LOCKED = "ACCOUNT_LOCKED", InsufficientPermission, Requester,
        "the user is locked at the provider", "Wait, or have the provider's administrator unlock the user.";
    SIGN_IN_INACTIVE = "ACCOUNT_INACTIVE", InsufficientPermission, Administrator,
        "the user is not active at the provider", "Enable the account, if the user is to sign in.";
    SIGN_IN_EXPIRED = "PASSWORD_EXPIRED", InsufficientPermission, Requester,
        "the user's password has expired, or must be changed first", "Sign in to the provider itself and set a new password.";
    SIGN_IN_SECOND_FACTOR = "SECOND_FACTOR_REQUIRED", InsufficientPermission, Administrator,
        "the provider wants a second factor, which cannot be given here", "Let users without a second factor sign in this way, or use the provider's single sign-on.";
    SIGN_IN_RESTRICTED = "SIGN_IN_RESTRICTED", InsufficientPermission, Administrator,
        "the provider does not let this user in from this address or at this hour", "Allow this service's address in the profile's login ranges or relax the app's IP restrictions, and check the login hours.";
    SIGN_IN_NO_ACCOUNT = "SIGN_IN_WITHOUT_ACCOUNT", InsufficientPermission, Administrator,
        "the provider accepts the password, but shows no account of just this user name", "Look whether the user signs in by another name than its userName, and whether the connector's client sees the user.";
    // Changing.
    STILL_UNDER_WAY = "OUTCOME_UNKNOWN", Timeout, Nobody,
        "The command is still under way after {limit} s, and it is not known yet what becomes of it", "Send it again after a while: what is done already is not done twice.";
    NOT_READ_IN_TIME = "TIMEOUT", Timeout, Nobody,
        "The command found no answer within {limit} s", "Try again later; if it stays so, raise provisioningTimeout, or lower timeoutSeconds so that a request that hangs is sent again sooner.";
    NOT_SHOWN = "OUTCOME_UNKNOWN", Timeout, Nobody,
        "the provider reported success, but does not show the account", "Send the creation again after a while.";
    NOT_GRANTABLE = "NOT_GRANTABLE", InvalidRequest, Administrator,
        "entitlements of the type {subject} ({problem}) are only read here, and neither granted nor revoked", "Change it at the provider, or correct the type's card in entitlementTypes if the provider lets its API grant them.";
    NOT_CHANGED = "NOT_CHANGED", Generic, Administrator,
        "the provider took the change, but {problem}", "Look at it at the provider: a rule or a job there may forbid the change or undo it.";
    NOT_DELETED = "NOT_CHANGED", Generic, Administrator,
        "the provider answers that there is nothing to delete, and yet shows the account", "Delete the account at the provider, or set disableAction to deactivate if the provider deletes none.";
    NOTHING_CHANGED = "NOT_CHANGED", Generic, Administrator,
        "nothing of it was done: {problem}", "Mend what each part names, then try again.";
    NO_GROUP_PATCH = "NOT_SUPPORTED", InvalidRequest, Administrator,
        "the provider lets no single member of {subject} be changed (it has no PATCH for that, or not in the form that was sent)", "Change the membership at the provider; where members can be added and not removed, try the key writing.members.removal of providerSettings.";
    GROUP_EMPTIED = "GROUP_EMPTIED", Generic, Administrator,
        "{problem}", "Check it at the provider at once: the setting provider may be wrong.";
}

// What the service answers where no command starts. No source's settings are known then.
refusals! { OF_THE_SERVICE:
    INVALID_INVOCATION = "INVALID_INVOCATION", InvalidRequest, Administrator,
        "{problem}", "README.md shows what an invocation looks like.";
    BROKEN_BODY = "INVALID_INVOCATION", InvalidRequest, Administrator,
        "The body broke off before its end", "Send it whole, as its Content-Length or its chunks say.";
    UNAUTHORIZED = "UNAUTHORIZED", InsufficientPermission, Administrator,
        "This service needs its token", "Send it as the header Authorization: Bearer and the token.";
    FROM_A_WEB_PAGE = "FORBIDDEN_ORIGIN", InsufficientPermission, Administrator,
        "This service takes no requests from web pages while it has no token", "Leave out the header Origin.";
    FROM_ELSEWHERE = "FORBIDDEN_ORIGIN", InsufficientPermission, Administrator,
        "This service is for its own machine only while it has no token", "Address it as 127.0.0.1 or localhost.";
    NO_SUCH_PATH = "NO_SUCH_PATH", InvalidRequest, Administrator,
        "There is nothing here", "Send invocations as POST to any path; GET knows /healthz and /readyz.";
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED", InvalidRequest, Administrator,
        "This method is not known here", "Send invocations as POST.";
    SLOW_BODY = "REQUEST_TIMEOUT", Timeout, Administrator,
        "The body did not arrive within {limit} s", "Send it without pauses.";
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE", InvalidRequest, Administrator,
        "The body is larger than {limit} MiB, the most that an invocation may have", "Send less at once.";
    NOT_JSON = "UNSUPPORTED_MEDIA_TYPE", InvalidRequest, Administrator,
        "An invocation is JSON", "Send it with the header Content-Type: application/json.";
    COMPRESSED = "UNSUPPORTED_MEDIA_TYPE", InvalidRequest, Administrator,
        "Bodies are not decompressed", "Send the JSON as it is, without the header Content-Encoding.";
    OLD_HTTP = "HTTP_VERSION_NOT_SUPPORTED", InvalidRequest, Administrator,
        "HTTP/1.0 cannot tell a broken answer from a complete one", "Use HTTP/1.1 (behind nginx: proxy_http_version 1.1).";
    TOO_MANY_COMMANDS = "BUSY", Generic, Nobody,
        "As many commands run as this service takes at once", "Try again in a moment.";
    STOPPING = "STOPPING", Generic, Nobody,
        "This service is stopping and takes no more commands", "Try again when it is back.";
}
