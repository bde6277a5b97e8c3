//! Error bodies of APIs for which there are no entries: what a person is told all the same.

use super::bodies::{ANY, tell};

#[test]
fn web_apis_of_many_kinds() {
    let told = tell(&[
        (
            "acme.okta.com",
            400,
            r#"{"errorCode":"E0000001","errorSummary":"Api validation failed: login","errorLink":"E0000001","errorId":"oaeHNr","errorCauses":[{"errorSummary":"login: An object with this field already exists in the current organization"}]}"#,
        ),
        (
            ANY,
            400,
            r#"{"id":"3f1c","code":"INVALID_DATA","message":"The request could not be completed. One or more validation errors were in the request.","details":[{"code":"UNIQUENESS_VIOLATION","target":"username","message":"is unique and must not be used by another user"}]}"#,
        ),
        (
            ANY,
            400,
            r#"{"status":"INVALID_ARGUMENT","code":400,"timestamp":"2026-01-01T00:00:00Z","message":"Bad Request: bad value for email","name":"ValidationError"}"#,
        ),
        (ANY, 409, r#"{"error_summary":"team_license_limit/...","error":{".tag":"team_license_limit"}}"#),
        (
            ANY,
            409,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","detail":"User already in the account: ada@example.com"}"#,
        ),
        (
            ANY,
            403,
            r#"{"type":"error","status":403,"code":"access_denied_insufficient_permissions","help_url":"http://developers.box.com/docs/#errors","message":"Access denied - insufficient permission","request_id":"abcdef123456","context_info":{"errors":[]}}"#,
        ),
        (
            ANY,
            400,
            r#"{"errorMessages":[],"errors":{"emailAddress":"The domain example.org has not been verified by your organization."}}"#,
        ),
        (
            ANY,
            403,
            r#"<!DOCTYPE html>
<!--[if lt IE 7]> <html class="no-js ie6 oldie" lang="en-US"> <![endif]-->
<head>
<title>Access denied | scim.vendor.example used Cloudflare to restrict access</title>
<script>var a="<title>x</title>";</script></head><body><h1>Error 1020</h1></body></html>"#,
        ),
        (ANY, 504, r#"{"message": "Endpoint request timed out"}"#),
        (
            ANY,
            500,
            r#"{"timestamp":"2026-11-22T07:00:00.000+00:00","status":500,"error":"Internal Server Error","trace":"java.lang.NullPointerException\n\tat com.vendor.scim.UserController.create(UserController.java:42)\n\tat java.base/java.lang.reflect","message":"Cannot invoke \"String.length()\" because \"value\" is null","path":"/scim/v2/Users"}"#,
        ),
        (
            ANY,
            400,
            r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors occurred.","status":400,"errors":{"UserName":["The UserName field is required."],"Name.FamilyName":["The field FamilyName must be a string with a maximum length of 40."]},"traceId":"00-4bf92f-00"}"#,
        ),
        (ANY, 422, r#"{"errors":[{"field":"manager","message":"Manager must be an active employe"#),
        (
            ANY,
            422,
            r#"{"error":"RecordInvalid","description":"Record validation errors","details":{"email":[{"description":"Email: ada@example.com is already being used by another user","error":"DuplicateValue"}]}}"#,
        ),
        (
            ANY,
            429,
            r#"{"code":20429,"message":"Too Many Requests","more_info":"https://www.twilio.com/docs/errors/20429","status":429}"#,
        ),
    ]);
    insta::assert_snapshot!(told, @r#"
    {"errorCode":"E0000001","errorSummary":"Api validation failed: login","errorLink":"E0000001","errorId":"oaeHNr","errorCauses":[{"errorSummary":"login: An object with this field already exists in the current organization"}]}
      an object with the same userName exists already. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: Api validation failed: login; login: An object with this field already exists in the current organization; E0000001; HTTP 400; request oaeHNr) [DUPLICATE_VALUE]
    {"id":"3f1c","code":"INVALID_DATA","message":"The request could not be completed. One or more validation errors were in the request.","details":[{"code":"UNIQUENESS_VIOLATION","target":"username","message":"is unique and must not be used by another user"}]}
      the user name ada@example.com is already taken. Choose another user name, or aggregate the accounts so that the existing one is correlated. (The provider says: The request could not be completed. One or more validation errors were in the request; username: is unique and must not be used by another user; INVALID_DATA; HTTP 400) [DUPLICATE_USER]
    {"status":"INVALID_ARGUMENT","code":400,"timestamp":"2026-01-01T00:00:00Z","message":"Bad Request: bad value for email","name":"ValidationError"}
      the provider does not take the value of email, or not as things are. Mend what the provider's words name, then try again. (The provider says: Bad Request: bad value for email; INVALID_ARGUMENT; HTTP 400) [INVALID_VALUE]
    {"error_summary":"team_license_limit/...","error":{".tag":"team_license_limit"}}
      all user licences are in use. Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again. (The provider says: team_license_limit/; HTTP 409) [LICENSE_LIMIT]
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","detail":"User already in the account: ada@example.com"}
      the user name ada@example.com is already taken. Choose another user name, or aggregate the accounts so that the existing one is correlated. (The provider says: User already in the account: ada@example.com; HTTP 409) [DUPLICATE_USER]
    {"type":"error","status":403,"code":"access_denied_insufficient_permissions","help_url":"http://developers.box.com/docs/#errors","message":"Access denied - insufficient permission","request_id":"abcdef123456","context_info":{"errors":[]}}
      the provider does not allow this to the user that the connector signs in as. Give that user the right to read and manage users. (The provider says: Access denied - insufficient permission; access_denied_insufficient_permissions; HTTP 403; request abcdef123456) [FORBIDDEN]
    {"errorMessages":[],"errors":{"emailAddress":"The domain example.org has not been verified by your organization."}}
      the provider does not take addresses of this e-mail domain. Use an address of a domain that is verified at the provider, or have its administrator verify this one. (The provider says: emailAddress: The domain example.org has not been verified by your organization; HTTP 400) [DOMAIN_NOT_ALLOWED]
    <!DOCTYPE html>
    <!--[if lt IE 7]> <html class="no-js ie6 oldie" lang="en-US"> <![endif]-->
    <head>
    <title>Access denied | scim.vendor.example used Cloudflare to restrict access</title>
    <script>var a="<title>x</title>";</script></head><body><h1>Error 1020</h1></body></html>
      the provider or its firewall does not let this service's address in. Have the provider's administrator put the addresses from which this service connects on the allow list. (The provider says: Access denied | scim.vendor.example used Cloudflare to restrict access; HTTP 403) [ADDRESS_BLOCKED]
    {"message": "Endpoint request timed out"}
      the provider did not answer in time. Try again later; if it stays so, lower pageSize. (The provider says: Endpoint request timed out; HTTP 504) [TIMEOUT]
    {"timestamp":"2026-11-22T07:00:00.000+00:00","status":500,"error":"Internal Server Error","trace":"java.lang.NullPointerException\n\tat com.vendor.scim.UserController.create(UserController.java:42)\n\tat java.base/java.lang.reflect","message":"Cannot invoke \"String.length()\" because \"value\" is null","path":"/scim/v2/Users"}
      the provider has a fault of its own. Try again later; if it stays so, give the provider's support the time and the request id. (The provider says: Cannot invoke "String.length()" because "value" is null; HTTP 500) [PROVIDER_UNAVAILABLE]
    {"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors occurred.","status":400,"errors":{"UserName":["The UserName field is required."],"Name.FamilyName":["The field FamilyName must be a string with a maximum length of 40."]},"traceId":"00-4bf92f-00"}
      the provider needs a value for userName. Add the attribute that the provider names to the create profile of the source. (The provider says: One or more validation errors occurred; The UserName field is required; Name.FamilyName: The field FamilyName must be a string with a maximum length of 40; HTTP 400; request 00-4bf92f-00) [REQUIRED_FIELD_MISSING]
    {"errors":[{"field":"manager","message":"Manager must be an active employe
      the provider understands the request, and does not take the value of managerId. Read the provider's own words, mend the value that they name, and try again. (The provider says: Manager must be an active employe; HTTP 422) [INVALID_REQUEST]
    {"error":"RecordInvalid","description":"Record validation errors","details":{"email":[{"description":"Email: ada@example.com is already being used by another user","error":"DuplicateValue"}]}}
      another account has the same value of email, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: Record validation errors; Email: ada@example.com is already being used by another user; RecordInvalid; HTTP 422) [DUPLICATE_VALUE]
    {"code":20429,"message":"Too Many Requests","more_info":"https://www.twilio.com/docs/errors/20429","status":429}
      the provider asks to send fewer requests. Try again later; set requestsPerSecond or lower concurrency if it comes back. (The provider says: Too Many Requests; 20429; HTTP 429) [RATE_LIMIT]
    "#);
}

#[test]
fn web_apis_of_more_kinds() {
    let told = tell(&[
        (
            ANY,
            409,
            r#"{"statusCode":409,"error":"Conflict","message":"The user already exists.","errorCode":"auth0_idp_error"}"#,
        ),
        (ANY, 409, r#"{"errorMessage":"User exists with same email"}"#),
        (
            ANY,
            400,
            r#"{"error":{"code":"SFAPI/019","message":{"lang":"en-US","value":"Person Id is required for this operation"}}}"#,
        ),
        (ANY, 400, r#"{"message":{"email":["has already been taken"],"username":["has already been taken"]}}"#),
        (ANY, 422, r#"{"detail":[{"loc":["body","userName"],"msg":"field required","type":"value_error.missing"}]}"#),
        (ANY, 400, r#"{"userName":["This field may not be blank."]}"#),
        (ANY, 403, r#"{"errors":["Seats limit reached. Upgrade your plan."]}"#),
        (ANY, 401, r#"{"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}"#),
        (
            ANY,
            500,
            "java.lang.IllegalStateException: Directory is read-only\n\tat com.vendor.Dir.write(Dir.java:9)\n\tat x.y",
        ),
        (ANY, 401, r#"{"message":"No API key found in request"}"#),
        (
            ANY,
            403,
            r#"{"status":"error","message":"This app hasn't been granted all required scopes to make this call.","correlationId":"b2-77","errors":[{"message":"One or more of the following scopes are required.","context":{"requiredGranularScopes":["settings.users.write"]}}],"category":"MISSING_SCOPES"}"#,
        ),
        (ANY, 503, ""),
        (
            ANY,
            403,
            r#"{"error":{"message":"Operation Failed","detail":"ACL Exception Insert Failed due to security constraints"},"status":"failure"}"#,
        ),
        (
            ANY,
            400,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error","urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error"],"detail":"Missing required attribute(s): name.familyName.","status":"400","urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error":{"messageId":"error.common.validation.missingReqAttribute","additionalData":{}}}"#,
        ),
    ]);
    insta::assert_snapshot!(told, @r#"
    {"statusCode":409,"error":"Conflict","message":"The user already exists.","errorCode":"auth0_idp_error"}
      the user name ada@example.com is already taken. Choose another user name, or aggregate the accounts so that the existing one is correlated. (The provider says: The user already exists; auth0_idp_error; HTTP 409) [DUPLICATE_USER]
    {"errorMessage":"User exists with same email"}
      another account has the same value of email, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: User exists with same email; HTTP 409) [DUPLICATE_VALUE]
    {"error":{"code":"SFAPI/019","message":{"lang":"en-US","value":"Person Id is required for this operation"}}}
      the provider needs a value for an attribute. Add the attribute that the provider names to the create profile of the source. (The provider says: Person Id is required for this operation; SFAPI/019; HTTP 400) [REQUIRED_FIELD_MISSING]
    {"message":{"email":["has already been taken"],"username":["has already been taken"]}}
      another account has the same value of email, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: email: has already been taken; username: has already been taken; HTTP 400) [DUPLICATE_VALUE]
    {"detail":[{"loc":["body","userName"],"msg":"field required","type":"value_error.missing"}]}
      the provider needs a value for userName. Add the attribute that the provider names to the create profile of the source. (The provider says: userName: field required; HTTP 422) [REQUIRED_FIELD_MISSING]
    {"userName":["This field may not be blank."]}
      the provider needs a value for userName. Add the attribute that the provider names to the create profile of the source. (The provider says: userName: This field may not be blank; HTTP 400) [REQUIRED_FIELD_MISSING]
    {"errors":["Seats limit reached. Upgrade your plan."]}
      all user licences are in use. Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again. (The provider says: Seats limit reached. Upgrade your plan; HTTP 403) [LICENSE_LIMIT]
    {"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}
      the provider does not accept the credentials. They may have expired, or been withdrawn, or belong to another org: have new ones made and set them in the source. (The provider says: API token is invalid; unauthorized; HTTP 401) [SESSION_REFUSED]
    java.lang.IllegalStateException: Directory is read-only
    	at com.vendor.Dir.write(Dir.java:9)
    	at x.y
      the provider has a fault of its own. Try again later; if it stays so, give the provider's support the time and the request id. (The provider says: java.lang.IllegalStateException: Directory is read-only; HTTP 500) [PROVIDER_UNAVAILABLE]
    {"message":"No API key found in request"}
      the provider does not accept the access token, not even a new one. Check that token and API belong to the same org, and that the app's user may use the API. (The provider says: No API key found in request; HTTP 401) [SESSION_REFUSED]
    {"status":"error","message":"This app hasn't been granted all required scopes to make this call.","correlationId":"b2-77","errors":[{"message":"One or more of the following scopes are required.","context":{"requiredGranularScopes":["settings.users.write"]}}],"category":"MISSING_SCOPES"}
      the token has too few rights for this. Give the app or the token the scope that the provider's words name; then have a new token made. (The provider says: This app hasn't been granted all required scopes to make this call; One or more of the following scopes are required; HTTP 403; request b2-77) [FORBIDDEN]

      the provider cannot be reached behind its gateway, or is overloaded or under maintenance. Try again later; if it stays so, look at the provider's status page. (The provider says: HTTP 503) [PROVIDER_UNAVAILABLE]
    {"error":{"message":"Operation Failed","detail":"ACL Exception Insert Failed due to security constraints"},"status":"failure"}
      the provider does not allow this to the user that the connector signs in as. Give that user the right to read and manage users (in Salesforce: API Enabled, Manage Users). (The provider says: ACL Exception Insert Failed due to security constraints; HTTP 403) [FORBIDDEN]
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error","urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error"],"detail":"Missing required attribute(s): name.familyName.","status":"400","urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error":{"messageId":"error.common.validation.missingReqAttribute","additionalData":{}}}
      the provider needs a value for familyName. Add the attribute that the provider names to the create profile of the source. (The provider says: Missing required attribute(s): name.familyName; HTTP 400) [REQUIRED_FIELD_MISSING]
    "#);
}
