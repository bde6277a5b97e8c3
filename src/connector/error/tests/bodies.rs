//! Error bodies of many providers, and what a person is told of each.

use super::*;
use std::fmt::Write as _;

/// Host, status, body.
pub type Answered = (&'static str, u16, &'static str);

/// What is told of each, after what it is told of.
pub fn tell(answers: &[Answered]) -> String {
    let mut told = String::new();
    for (host, status, body) in answers {
        let message = created(host, *status, body).message;
        let message = message.strip_prefix("Creating ada@example.com failed: ").unwrap();
        writeln!(told, "{body}\n  {message}").unwrap();
    }
    told
}

const SALESFORCE: &str = "acme.my.salesforce.com";
pub const ANY: &str = "scim.example";

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn salesforce() {
    let told = tell(&[
        (
            SALESFORCE,
            409,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"LICENSE_LIMIT_EXCEEDED:license limit exceeded;","status":409}"#,
        ),
        (
            SALESFORCE,
            409,
            r#"{"detail":"REQUIRED_FIELD_MISSING:user_must_have_one_entitlement_which_must_be_a_profileid;","status":409}"#,
        ),
        (
            SALESFORCE,
            409,
            r#"{"detail":"REQUIRED_FIELD_MISSING:Required fields are missing: [LastName];","status":409}"#,
        ),
        (SALESFORCE, 409, r#"{"detail":"DUPLICATE_USERNAME:Duplicate Username.;","status":409}"#),
        (SALESFORCE, 409, r#"{"detail":"DUPLICATE_COMM_NICKNAME:Duplicate Nickname.;","status":409}"#),
        (
            SALESFORCE,
            400,
            r#"[{"message":"duplicate value found: FederationIdentifier duplicates value on record with id: 005xx","errorCode":"DUPLICATE_VALUE","fields":[]}]"#,
        ),
        (
            SALESFORCE,
            409,
            r#"{"detail":"FIELD_CUSTOM_VALIDATION_EXCEPTION:Employee number must have six digits;","status":409}"#,
        ),
        (
            SALESFORCE,
            409,
            r#"{"detail":"STRING_TOO_LONG:Alias: data value too large: adalovelace (max length=8);","status":409}"#,
        ),
        (
            SALESFORCE,
            409,
            r#"{"detail":"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST:Time Zone: bad value for restricted picklist field: Berlin;","status":409}"#,
        ),
        (
            SALESFORCE,
            409,
            r#"{"detail":"FIELD_INTEGRITY_EXCEPTION:Cannot assign a permission set whose user license doesn't match;","status":409}"#,
        ),
        (
            SALESFORCE,
            403,
            r#"[{"message":"insufficient access rights on cross-reference id: 00e000000000001","errorCode":"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"}]"#,
        ),
        (
            SALESFORCE,
            400,
            r#"[{"message":"UserTrigger: execution of AfterInsert caused by: System.NullPointerException","errorCode":"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}]"#,
        ),
        (
            SALESFORCE,
            400,
            r#"[{"message":"unable to obtain exclusive access to this record or 1 records: 005xx","errorCode":"UNABLE_TO_LOCK_ROW"}]"#,
        ),
        (SALESFORCE, 401, r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#),
        (SALESFORCE, 403, r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#),
        (
            SALESFORCE,
            400,
            r#"{"Errors":[{"description":"Start index too big. Consider filtering down your result set, e.g. id gt \"(the last id in the result set)\"","code":400}]}"#,
        ),
        (SALESFORCE, 503, r#"[{"message":"Server unavailable","errorCode":"SERVER_UNAVAILABLE"}]"#),
        (
            SALESFORCE,
            500,
            "An unexpected error occurred. Please include this ErrorId if you contact support: 1234-56 (789)",
        ),
    ]);
    insta::assert_snapshot!(told, @r#"
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"LICENSE_LIMIT_EXCEEDED:license limit exceeded;","status":409}
      all user licences are in use. Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again. (The provider says: license limit exceeded; LICENSE_LIMIT_EXCEEDED; HTTP 409) [LICENSE_LIMIT]
    {"detail":"REQUIRED_FIELD_MISSING:user_must_have_one_entitlement_which_must_be_a_profileid;","status":409}
      the account has no profile, and the provider needs exactly one. Give the attribute "profile" a profile's name (for example Standard User), or put one profile's id among "entitlements". (The provider says: user_must_have_one_entitlement_which_must_be_a_profileid; REQUIRED_FIELD_MISSING; HTTP 409) [MISSING_PROFILE]
    {"detail":"REQUIRED_FIELD_MISSING:Required fields are missing: [LastName];","status":409}
      the provider needs a value for familyName. Add the attribute that the provider names to the create profile of the source. (The provider says: Required fields are missing: [LastName]; REQUIRED_FIELD_MISSING; HTTP 409) [REQUIRED_FIELD_MISSING]
    {"detail":"DUPLICATE_USERNAME:Duplicate Username.;","status":409}
      the user name ada@example.com is already taken. Choose another user name, or aggregate the accounts so that the existing one is correlated. (The provider says: Duplicate Username; DUPLICATE_USERNAME; HTTP 409) [DUPLICATE_USER]
    {"detail":"DUPLICATE_COMM_NICKNAME:Duplicate Nickname.;","status":409}
      another user of the org has the same nick name. Choose another value of nickName. (The provider says: Duplicate Nickname; DUPLICATE_COMM_NICKNAME; HTTP 409) [DUPLICATE_NICKNAME]
    [{"message":"duplicate value found: FederationIdentifier duplicates value on record with id: 005xx","errorCode":"DUPLICATE_VALUE","fields":[]}]
      another record has the same value of externalId, which must be unique. Choose another value; in Salesforce it is often the federation id (externalId) or the nick name. (The provider says: duplicate value found: FederationIdentifier duplicates value on record with id: 005xx; DUPLICATE_VALUE; HTTP 400) [DUPLICATE_VALUE]
    {"detail":"FIELD_CUSTOM_VALIDATION_EXCEPTION:Employee number must have six digits;","status":409}
      a rule that the org's administrators made does not take these values. Give the values that the rule's own words ask for; the org's administrator can explain or change the rule. (The provider says: Employee number must have six digits; FIELD_CUSTOM_VALIDATION_EXCEPTION; HTTP 409) [VALIDATION_RULE]
    {"detail":"STRING_TOO_LONG:Alias: data value too large: adalovelace (max length=8);","status":409}
      the value of Alias is too long for the provider. Shorten it to what the provider's words name (max length). (The provider says: Alias: data value too large: adalovelace (max length=8); STRING_TOO_LONG; HTTP 409) [VALUE_TOO_LONG]
    {"detail":"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST:Time Zone: bad value for restricted picklist field: Berlin;","status":409}
      the value of timezone is none of those that the provider has a list of. Use a value of the list: for locale one such as en_US, for timezone one such as Europe/Berlin. (The provider says: Time Zone: bad value for restricted picklist field: Berlin; INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST; HTTP 409) [VALUE_NOT_IN_LIST]
    {"detail":"FIELD_INTEGRITY_EXCEPTION:Cannot assign a permission set whose user license doesn't match;","status":409}
      the account's user licence does not allow this profile or permission set. Ask for one that belongs to the account's licence, or have the org's administrator give the account another licence. (The provider says: Cannot assign a permission set whose user license doesn't match; FIELD_INTEGRITY_EXCEPTION; HTTP 409) [LICENSE_MISMATCH]
    [{"message":"insufficient access rights on cross-reference id: 00e000000000001","errorCode":"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"}]
      the user that the connector signs in as may not use something that a value refers to, or it does not exist. Check the ids of the profile, the permission sets and the manager, and give that user Manage Users and Assign Permission Sets; a profile with more rights than its own it cannot give. (The provider says: insufficient access rights on cross-reference id: 00e000000000001; INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY; HTTP 403) [FORBIDDEN]
    [{"message":"UserTrigger: execution of AfterInsert caused by: System.NullPointerException","errorCode":"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}]
      an automation of the org (a trigger or a flow) failed, and undid it. Give the org's administrator the provider's words: they name the trigger or flow that must be mended. (The provider says: UserTrigger: execution of AfterInsert caused by: System.NullPointerException; CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY; HTTP 400) [AUTOMATION_FAILED]
    [{"message":"unable to obtain exclusive access to this record or 1 records: 005xx","errorCode":"UNABLE_TO_LOCK_ROW"}]
      somebody else is changing it at the provider just now. Try again in a few minutes. (The provider says: unable to obtain exclusive access to this record or 1 records: 005xx; UNABLE_TO_LOCK_ROW; HTTP 400) [RECORD_LOCKED]
    [{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]
      the provider does not accept the access token, not even a new one. Check that token and API belong to the same org, and that the app's user may use the API. (The provider says: Session expired or invalid; INVALID_SESSION_ID; HTTP 401) [SESSION_REFUSED]
    [{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]
      the provider's limit of requests for this period is used up. Wait until the period ends (Salesforce counts 24 hours), or ask the provider's administrator for a higher limit. (The provider says: TotalRequests Limit exceeded; REQUEST_LIMIT_EXCEEDED; HTTP 403) [REQUEST_LIMIT]
    {"Errors":[{"description":"Start index too big. Consider filtering down your result set, e.g. id gt \"(the last id in the result set)\"","code":400}]}
      the provider lists no further than this by index. Set paging to auto or key, and the setting provider to salesforce. (The provider says: Start index too big. Consider filtering down your result set, e.g. id gt "(the last id in the result set)"; HTTP 400) [LIST_TOO_LONG]
    [{"message":"Server unavailable","errorCode":"SERVER_UNAVAILABLE"}]
      the provider is overloaded or under maintenance. Try again later; the state of the org's instance is shown at status.salesforce.com. (The provider says: Server unavailable; SERVER_UNAVAILABLE; HTTP 503) [PROVIDER_UNAVAILABLE]
    An unexpected error occurred. Please include this ErrorId if you contact support: 1234-56 (789)
      the provider has a fault of its own. Try again later; if it stays so, give Salesforce's support the ErrorId, the time and the request id. (The provider says: An unexpected error occurred. Please include this ErrorId if you contact support: 1234-56 (789); HTTP 500) [PROVIDER_UNAVAILABLE]
    "#);
}

#[test]
fn scim() {
    let told = tell(&[
        (
            ANY,
            409,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"uniqueness","detail":"userName ada@example.com is taken","status":"409"}"#,
        ),
        (ANY, 409, r#"{"scimType":"uniqueness","detail":"Duplicate value for externalId","status":"409"}"#),
        (ANY, 409, r#"{"scimType":"uniqueness","status":409}"#),
        (ANY, 400, r#"{"scimType":"mutability","detail":"Attribute 'costCenter' is readOnly","status":"400"}"#),
        (ANY, 400, r#"{"scimType":"invalidValue","detail":"emails[0].value is not a valid address","status":"400"}"#),
        (
            ANY,
            400,
            r#"{"scimType":"invalidPath","detail":"Path urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division is not known","status":"400"}"#,
        ),
        (ANY, 400, r#"{"scimType":"expiredCursor","status":"400"}"#),
        (ANY, 400, r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400"}"#),
    ]);
    insta::assert_snapshot!(told, @r#"
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"uniqueness","detail":"userName ada@example.com is taken","status":"409"}
      the user name ada@example.com is already taken. Choose another user name, or aggregate the accounts so that the existing one is correlated. (The provider says: userName ada@example.com is taken; uniqueness; HTTP 409) [DUPLICATE_USER]
    {"scimType":"uniqueness","detail":"Duplicate value for externalId","status":"409"}
      another account has the same value of externalId, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated; as a rule it is the user name or the e-mail address. (The provider says: Duplicate value for externalId; uniqueness; HTTP 409) [DUPLICATE_VALUE]
    {"scimType":"uniqueness","status":409}
      another account has the same value of an attribute, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated; as a rule it is the user name or the e-mail address. (The provider says: uniqueness; HTTP 409) [DUPLICATE_VALUE]
    {"scimType":"mutability","detail":"Attribute 'costCenter' is readOnly","status":"400"}
      the provider does not let costCenter be changed. Take the attribute out of the source's provisioning, or change it where the provider's data comes from. (The provider says: Attribute 'costCenter' is readOnly; mutability; HTTP 400) [READ_ONLY_ATTRIBUTE]
    {"scimType":"invalidValue","detail":"emails[0].value is not a valid address","status":"400"}
      the provider does not take the value of email, or misses one. Give the value that the provider's words ask for, then try again. (The provider says: emails[0].value is not a valid address; invalidValue; HTTP 400) [INVALID_VALUE]
    {"scimType":"invalidPath","detail":"Path urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division is not known","status":"400"}
      the provider does not know the path of division. Take out of the source's provisioning what the provider does not have, and check the setting provider. (The provider says: Path urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division is not known; invalidPath; HTTP 400) [INVALID_PATH]
    {"scimType":"expiredCursor","status":"400"}
      the provider does not keep its cursors for as long as the list takes, so that it ended in its middle. Raise pageSize, or requestsPerSecond if it is set, so that the list takes less time; or set paging to another value. (The provider says: expiredCursor; HTTP 400) [CURSOR_EXPIRED]
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400"}
      the provider refuses the request. Read the provider's own words, mend what they name, and try again; where it gives none (HTTP 400), its logs show more. (The provider says: HTTP 400) [INVALID_REQUEST]
    "#);
}

#[test]
fn other_providers() {
    let told = tell(&[
        (
            "acme.cloud.databricks.com",
            500,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"REQUEST_LIMIT_EXCEEDED: Too many requests, please try again later","status":"500"}"#,
        ),
        (
            "scim.eu-west-1.amazonaws.com",
            409,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Duplicate user already exists","status":"409","exceptionRequestId":"7a1","timeStamp":"2026-01-01"}"#,
        ),
        ("scim.eu-west-1.amazonaws.com", 409, r#"{"detail":"Conflicting operation in progress","status":"409"}"#),
        (
            "scim.eu-west-1.amazonaws.com",
            429,
            r#"{"__type":"com.amazonaws.sso#ThrottlingException","message":"Rate exceeded"}"#,
        ),
        ("api.slack.com", 401, r#"{"Errors":{"description":"invalid_authentication","code":401}}"#),
        (
            "api.slack.com",
            409,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"username_taken","status":409}"#,
        ),
        (
            "api.github.com",
            403,
            r#"{"message":"API rate limit exceeded for user ID 1.","documentation_url":"https://docs.github.com/rest"}"#,
        ),
        (
            "api.github.com",
            422,
            r#"{"message":"Validation Failed","errors":[{"resource":"User","field":"login","code":"already_exists"}],"documentation_url":"https://docs.github.com"}"#,
        ),
        (
            "cloudidentity.googleapis.com",
            403,
            r#"{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED","errors":[{"message":"The caller does not have permission","domain":"global","reason":"forbidden"}]}}"#,
        ),
        (
            "graph.microsoft.com",
            403,
            r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation.","innerError":{"date":"2026-01-01","request-id":"3f2"}}}"#,
        ),
    ]);
    insta::assert_snapshot!(told, @r#"
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"REQUEST_LIMIT_EXCEEDED: Too many requests, please try again later","status":"500"}
      the provider asks to send fewer requests. Try again later; set requestsPerSecond or lower concurrency if it comes back. (The provider says: Too many requests, please try again later; REQUEST_LIMIT_EXCEEDED; HTTP 500) [RATE_LIMIT]
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Duplicate user already exists","status":"409","exceptionRequestId":"7a1","timeStamp":"2026-01-01"}
      a user or group of that name exists already. Choose another user name, or aggregate the accounts so that the existing one is correlated. (The provider says: Duplicate user already exists; HTTP 409; request 7a1) [DUPLICATE_VALUE]
    {"detail":"Conflicting operation in progress","status":"409"}
      the provider carries out another change of the same group or user just now. Try again in a few minutes; lower concurrency if it comes back. (The provider says: Conflicting operation in progress; HTTP 409) [RECORD_LOCKED]
    {"__type":"com.amazonaws.sso#ThrottlingException","message":"Rate exceeded"}
      the provider asks to send fewer requests. Try again later; set requestsPerSecond or lower concurrency if it comes back. (The provider says: Rate exceeded; ThrottlingException; HTTP 429) [RATE_LIMIT]
    {"Errors":{"description":"invalid_authentication","code":401}}
      the provider does not accept the token of the source. It may have expired, or been withdrawn: have a new one made at the provider and set it in the source. (The provider says: invalid_authentication; HTTP 401) [TOKEN_REFUSED]
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"username_taken","status":409}
      a member with this user name or e-mail address exists already. Choose another, or aggregate the accounts so that the existing one is correlated. (The provider says: username_taken; HTTP 409) [DUPLICATE_USER]
    {"message":"API rate limit exceeded for user ID 1.","documentation_url":"https://docs.github.com/rest"}
      the provider takes no more requests for now. Try again later, at the latest in an hour; GitHub provisions 1,000 users an hour at most. (The provider says: API rate limit exceeded for user ID 1; HTTP 403) [RATE_LIMIT]
    {"message":"Validation Failed","errors":[{"resource":"User","field":"login","code":"already_exists"}],"documentation_url":"https://docs.github.com"}
      the user name ada@example.com is already taken. Choose another user name, or aggregate the accounts so that the existing one is correlated. (The provider says: Validation Failed; login: already_exists; HTTP 422) [DUPLICATE_USER]
    {"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED","errors":[{"message":"The caller does not have permission","domain":"global","reason":"forbidden"}]}}
      the provider does not allow this to the account that the connector signs in as. Give that account the role that the provider's words name, and see that the API is switched on. (The provider says: The caller does not have permission; PERMISSION_DENIED; HTTP 403) [FORBIDDEN]
    {"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation.","innerError":{"date":"2026-01-01","request-id":"3f2"}}}
      the app may not do this in the directory. Grant the app registration the permission (User.ReadWrite.All, Group.ReadWrite.All) and give administrator's consent to it. (The provider says: Insufficient privileges to complete the operation; Authorization_RequestDenied; HTTP 403; request 3f2) [FORBIDDEN]
    "#);
}

#[test]
fn shapes_that_nobody_documents() {
    let told = tell(&[
        (ANY, 400, r#"{"message":"costCenter is mandatory","path":"/Users"}"#),
        (ANY, 422, r#"{"error":{"code":422,"message":"title must not be longer than 40 characters, too long"}}"#),
        (
            ANY,
            500,
            r#"{"fault":{"faultstring":"Gateway Timeout","detail":{"errorcode":"messaging.adaptors.http.flow.GatewayTimeout"}}}"#,
        ),
        (ANY, 418, r#"{"a":{"b":[1,2,3]}}"#),
        (ANY, 400, r#"{"detail":"LICENSE_LIMIT_EXCEEDED:license limit exc"#),
        (
            ANY,
            500,
            r#"<?xml version="1.0"?><soapenv:Envelope><soapenv:Body><soapenv:Fault><faultcode>sf:UNKNOWN_EXCEPTION</faultcode><faultstring>UNKNOWN_EXCEPTION: An unexpected error</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>"#,
        ),
        (
            ANY,
            502,
            "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr>nginx</body></html>",
        ),
        (ANY, 403, "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"),
        (ANY, 407, "Proxy Authentication Required"),
        (ANY, 400, ""),
        (ANY, 404, "null"),
    ]);
    insta::assert_snapshot!(told, @r#"
    {"message":"costCenter is mandatory","path":"/Users"}
      the provider needs a value for costCenter. Add the attribute that the provider names to the create profile of the source. (The provider says: costCenter is mandatory; HTTP 400) [REQUIRED_FIELD_MISSING]
    {"error":{"code":422,"message":"title must not be longer than 40 characters, too long"}}
      the value of title is too long for the provider. Shorten it to what the provider's words name. (The provider says: title must not be longer than 40 characters, too long; HTTP 422) [VALUE_TOO_LONG]
    {"fault":{"faultstring":"Gateway Timeout","detail":{"errorcode":"messaging.adaptors.http.flow.GatewayTimeout"}}}
      the provider did not answer in time. Try again later; if it stays so, lower pageSize. (The provider says: Gateway Timeout; GatewayTimeout; HTTP 500) [TIMEOUT]
    {"a":{"b":[1,2,3]}}
      the provider refuses the request. Read the provider's own words, mend what they name, and try again; where it gives none (HTTP 418), its logs show more. (The provider says: HTTP 418) [INVALID_REQUEST]
    {"detail":"LICENSE_LIMIT_EXCEEDED:license limit exc
      all user licences are in use. Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again. (The provider says: license limit exc; LICENSE_LIMIT_EXCEEDED; HTTP 400) [LICENSE_LIMIT]
    <?xml version="1.0"?><soapenv:Envelope><soapenv:Body><soapenv:Fault><faultcode>sf:UNKNOWN_EXCEPTION</faultcode><faultstring>UNKNOWN_EXCEPTION: An unexpected error</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>
      the provider has a fault of its own. Try again later; if it stays so, give Salesforce's support the ErrorId, the time and the request id. (The provider says: An unexpected error; UNKNOWN_EXCEPTION; HTTP 500) [PROVIDER_UNAVAILABLE]
    <html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr>nginx</body></html>
      the provider cannot be reached behind its gateway, or is overloaded or under maintenance. Try again later; if it stays so, look at the provider's status page. (The provider says: 502 Bad Gateway; HTTP 502) [PROVIDER_UNAVAILABLE]
    <!DOCTYPE html><html><head><title>Just a moment...</title></head></html>
      the provider or its firewall does not let this service's address in. Have the provider's administrator put the addresses from which this service connects on the allow list. (The provider says: Just a moment; HTTP 403) [ADDRESS_BLOCKED]
    Proxy Authentication Required
      a proxy between this service and scim.example wants credentials. Have the network's administrators let this service through to scim.example. (The provider says: Proxy Authentication Required; HTTP 407) [PROXY_CREDENTIALS]

      the provider refuses the request. Read the provider's own words, mend what they name, and try again; where it gives none (HTTP 400), its logs show more. (The provider says: HTTP 400) [INVALID_REQUEST]
    null
      scim.example has no such SCIM endpoint. Check baseUrl: below it must be /Users and /Groups. If the provider has no groups, set groupMembership to user. (The provider says: HTTP 404) [WRONG_ADDRESS]
    "#);
}

#[test]
fn token_endpoints() {
    let refused = |status, error: &str, description: &str| AuthError::Refused {
        status,
        error: Some(error.to_owned()).filter(|error| !error.is_empty()),
        description: Some(description.to_owned()).filter(|description| !description.is_empty()),
        body_excerpt: String::new(),
    };
    let url = Url::parse("https://login.salesforce.com/services/oauth2/token").unwrap();
    let errors = [
        refused(400, "invalid_client", "invalid client credentials"),
        refused(400, "invalid_client_id", "client identifier invalid"),
        refused(400, "invalid_grant", "authentication failure"),
        refused(400, "invalid_grant", "expired access/refresh token"),
        refused(400, "invalid_grant", "request not supported on this domain"),
        refused(400, "invalid_grant", "no client credentials user enabled"),
        refused(400, "invalid_grant", "user hasn't approved this consumer"),
        refused(400, "invalid_grant", "audience is invalid"),
        refused(400, "inactive_user", ""),
        refused(400, "inactive_org", ""),
        refused(400, "rate_limit_exceeded", ""),
        refused(503, "", ""),
        refused(404, "", ""),
    ];
    let told: Vec<String> =
        errors.into_iter().map(|error| translate_auth("The connection test", error, Some(&url)).message).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    The connection test failed: the token endpoint at login.salesforce.com does not accept the client id or the client secret. Check clientId and clientSecret against the app at the provider, and that the app allows the grant type. (The provider says: invalid client credentials; invalid_client; HTTP 400) [BAD_CREDENTIALS]
    The connection test failed: the token endpoint at login.salesforce.com does not know the client id, or not with this secret. Check clientId and clientSecret against the app's consumer key and secret; an app that was just made is known after some ten minutes. (The provider says: client identifier invalid; invalid_client_id; HTTP 400) [BAD_CREDENTIALS]
    The connection test failed: the token endpoint at login.salesforce.com does not accept the user name, the password or the security token. Check them, and that the address is right for the org (a sandbox signs in at test.salesforce.com or its My Domain); a changed password changes the security token too. (The provider says: authentication failure; invalid_grant; HTTP 400) [BAD_GRANT]
    The connection test failed: what the source signs in with has expired at login.salesforce.com or was withdrawn there. Sign in at the provider again and set what it gives now (a refresh token, or the app's new secret), and see to it that the app's policy keeps it valid until revoked. (The provider says: expired access/refresh token; invalid_grant; HTTP 400) [REFRESH_TOKEN_EXPIRED]
    The connection test failed: login.salesforce.com gives no token for client credentials. Set tokenUrl to the org's own address: https://MyDomain.my.salesforce.com/services/oauth2/token. (The provider says: request not supported on this domain; invalid_grant; HTTP 400) [WRONG_TOKEN_HOST]
    The connection test failed: the app at the provider has no user that it runs as. In Salesforce, edit the app's policies: switch on the client credentials flow and choose the user to run as. (The provider says: no client credentials user enabled; invalid_grant; HTTP 400) [BAD_GRANT]
    The connection test failed: the app may not act for that user yet. Approve the app at the provider: in Salesforce, admit its users by administrator's approval and give the user's profile or permission set the app. (The provider says: user hasn't approved this consumer; invalid_grant; HTTP 400) [CONSENT_MISSING]
    The connection test failed: the token endpoint at login.salesforce.com does not accept the signed assertion. Check jwtAudience, jwtSubject and clientId, that the app has the private key's certificate, and that this machine's clock is right. (The provider says: audience is invalid; invalid_grant; HTTP 400) [JWT_REFUSED]
    The connection test failed: the user that the connector signs in as is inactive at the provider. Activate that user, or choose another as the app's user. (The provider says: inactive_user; HTTP 400) [INACTIVE_USER]
    The connection test failed: the provider's org is locked, closed or suspended. Sign in to the org to see its state, and ask the provider's support if it should be open. (The provider says: inactive_org; HTTP 400) [ORG_UNAVAILABLE]
    The connection test failed: the token endpoint at login.salesforce.com was asked for too many tokens. Try again later; if it comes back, look for other clients that sign in as the same user. (The provider says: rate_limit_exceeded; HTTP 400) [RATE_LIMIT]
    The connection test failed: the token endpoint at login.salesforce.com has a fault of its own. Try again later; if it stays so, tell the provider's support when it happened. (The provider says: HTTP 503) [TOKEN_SERVICE_DOWN]
    The connection test failed: the token endpoint at login.salesforce.com gave no token. Check tokenUrl: it must be the OAuth 2 token endpoint itself, not a login page. (The provider says: HTTP 404) [TOKEN_UNAVAILABLE]
    ");
}
