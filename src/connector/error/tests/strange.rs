//! Error bodies that were not thought of when the shapes were written down: other languages, errors in texts, stack traces,
//! names that nobody knows, secrets that a provider repeats.

use super::bodies::{ANY, tell};

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_was_not_thought_of_is_told_all_the_same() {
    let told = tell(&[
        (
            ANY,
            409,
            r#"{"type":"error","status":409,"code":"user_login_already_used","context_info":{"errors":[{"reason":"invalid_parameter","name":"login","message":"User with the specified login already exists"}]},"help_url":"http://developers.box.com/docs/#errors","message":"User with the specified login already exists","request_id":"abcdef123456"}"#,
        ),
        (ANY, 400, r#"{"code":2034,"message":"You can add a maximum of 50 Pro users.","errors":[]}"#),
        (
            ANY,
            400,
            r#"{"errorCode":"USER_LACKS_PERMISSIONS","message":"This user lacks sufficient permissions to access this resource."}"#,
        ),
        (
            ANY,
            400,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Ein Benutzer mit diesem Namen existiert bereits.","status":"400"}"#,
        ),
        (
            ANY,
            409,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Un utilisateur avec cet identifiant existe déjà","status":"409"}"#,
        ),
        (ANY, 403, r#"{"mensaje":"No quedan licencias disponibles","codigo":"SIN_LICENCIAS"}"#),
        (
            ANY,
            401,
            r#"{"error":"invalid_token","error_description":"The token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlc2lnbmF0dXJl is expired"}"#,
        ),
        (ANY, 500, r#"{"message":"could not connect: postgres://scim:s3cretpw@db.internal:5432/users"}"#),
        (
            ANY,
            500,
            r#"Traceback (most recent call last):
  File "/app/scim.py", line 10, in create
    raise ValueError("bad")
ValueError: password=hunter2222 bad"#,
        ),
        (
            ANY,
            500,
            "panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a2f]

goroutine 1 [running]:
main.main()
	/app/main.go:10 +0x1d
exit status 2",
        ),
        (
            ANY,
            500,
            "thread 'tokio-runtime-worker' panicked at src/users.rs:42:17:
called `Option::unwrap()` on a `None` value
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        ),
        (
            ANY,
            500,
            "<br />
<b>Fatal error</b>:  Uncaught Error: Call to undefined function foo() in /var/www/scim.php:3
Stack trace:
#0 {main}
  thrown in <b>/var/www/scim.php</b> on line <b>3</b><br />",
        ),
        (
            ANY,
            400,
            r#"<?xml version="1.0"?><problem xmlns="urn:ietf:rfc:7807"><title>Bad request</title><detail>userName must not be empty</detail></problem>"#,
        ),
        (
            ANY,
            500,
            r#"<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body><env:Fault><env:Code><env:Value>env:Sender</env:Value></env:Code><env:Reason><env:Text xml:lang="en">Seat limit reached</env:Text></env:Reason></env:Fault></env:Body></env:Envelope>"#,
        ),
        (ANY, 400, r#"{"message":"{\"error\":{\"code\":\"SEAT_LIMIT\",\"message\":\"No seats left\"}}"}"#),
        (
            ANY,
            400,
            r#"{"error":{"code":400,"message":"Constraints violated.","constraintViolations":[{"path":"email","message":"must be a well-formed email address","parameterLocation":"PAYLOAD_BODY"}]}}"#,
        ),
        (
            ANY,
            409,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Error saving user with {:username=>\"ada\"}: Email has already been taken","status":409}"#,
        ),
        (ANY, 503, "<html><head><title>We&rsquo;ll be back soon!</title></head><body>Maintenance</body></html>"),
        (
            ANY,
            400,
            r#"{"type":"about:blank","title":"Bad Request","invalid-params":[{"name":"department","reason":"is none of the known ones"}]}"#,
        ),
        (ANY, 400, "error=conflict&error_description=The+group+is+full"),
    ]);
    insta::assert_snapshot!(told, @r#"
    {"type":"error","status":409,"code":"user_login_already_used","context_info":{"errors":[{"reason":"invalid_parameter","name":"login","message":"User with the specified login already exists"}]},"help_url":"http://developers.box.com/docs/#errors","message":"User with the specified login already exists","request_id":"abcdef123456"}
      the user name ada@example.com is already taken. Choose another user name, or aggregate the accounts so that the existing one is correlated. (The provider says: User with the specified login already exists; user_login_already_used; HTTP 409; request abcdef123456) [DUPLICATE_USER]
    {"code":2034,"message":"You can add a maximum of 50 Pro users.","errors":[]}
      all 50 user licences are in use. Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again. (The provider says: You can add a maximum of 50 Pro users; 2034; HTTP 400) [LICENSE_LIMIT]
    {"errorCode":"USER_LACKS_PERMISSIONS","message":"This user lacks sufficient permissions to access this resource."}
      the provider does not allow this to the user that the connector signs in as. Give that user the right to read and manage users. (The provider says: This user lacks sufficient permissions to access this resource; USER_LACKS_PERMISSIONS; HTTP 400) [FORBIDDEN]
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Ein Benutzer mit diesem Namen existiert bereits.","status":"400"}
      another account has the same value of an attribute, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: Ein Benutzer mit diesem Namen existiert bereits; HTTP 400) [DUPLICATE_VALUE]
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Un utilisateur avec cet identifiant existe déjà","status":"409"}
      another account has the same value of an attribute, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: Un utilisateur avec cet identifiant existe déjà; HTTP 409) [DUPLICATE_VALUE]
    {"mensaje":"No quedan licencias disponibles","codigo":"SIN_LICENCIAS"}
      all user licences are in use. Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again. (The provider says: No quedan licencias disponibles; HTTP 403) [LICENSE_LIMIT]
    {"error":"invalid_token","error_description":"The token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlc2lnbmF0dXJl is expired"}
      the provider does not accept the credentials. They may have expired, or been withdrawn, or belong to another org: have new ones made and set them in the source. (The provider says: The token [redacted] is expired; invalid_token; HTTP 401) [SESSION_REFUSED]
    {"message":"could not connect: postgres://scim:s3cretpw@db.internal:5432/users"}
      the provider has a fault of its own. Try again later; if it stays so, give the provider's support the time and the request id. (The provider says: could not connect: postgres://scim:[redacted]@db.internal:5432/users; HTTP 500) [PROVIDER_UNAVAILABLE]
    Traceback (most recent call last):
      File "/app/scim.py", line 10, in create
        raise ValueError("bad")
    ValueError: password=hunter2222 bad
      the provider has a fault of its own. Try again later; if it stays so, give the provider's support the time and the request id. (The provider says: ValueError: password=[redacted] bad; HTTP 500) [PROVIDER_UNAVAILABLE]
    panic: runtime error: invalid memory address or nil pointer dereference
    [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a2f]

    goroutine 1 [running]:
    main.main()
    	/app/main.go:10 +0x1d
    exit status 2
      the provider has a fault of its own. Try again later; if it stays so, give the provider's support the time and the request id. (The provider says: panic: runtime error: invalid memory address or nil pointer dereference; HTTP 500) [PROVIDER_UNAVAILABLE]
    thread 'tokio-runtime-worker' panicked at src/users.rs:42:17:
    called `Option::unwrap()` on a `None` value
    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
      the provider has a fault of its own. Try again later; if it stays so, give the provider's support the time and the request id. (The provider says: thread 'tokio-runtime-worker' panicked at src/users.rs:42:17: called `Option::unwrap()` on a `None` value; HTTP 500) [PROVIDER_UNAVAILABLE]
    <br />
    <b>Fatal error</b>:  Uncaught Error: Call to undefined function foo() in /var/www/scim.php:3
    Stack trace:
    #0 {main}
      thrown in <b>/var/www/scim.php</b> on line <b>3</b><br />
      the provider has a fault of its own. Try again later; if it stays so, give the provider's support the time and the request id. (The provider says: Fatal error : Uncaught Error: Call to undefined function foo() in /var/www/scim.php:3; HTTP 500) [PROVIDER_UNAVAILABLE]
    <?xml version="1.0"?><problem xmlns="urn:ietf:rfc:7807"><title>Bad request</title><detail>userName must not be empty</detail></problem>
      the provider needs a value for userName. Add the attribute that the provider names to the create profile of the source. (The provider says: userName must not be empty; HTTP 400) [REQUIRED_FIELD_MISSING]
    <env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body><env:Fault><env:Code><env:Value>env:Sender</env:Value></env:Code><env:Reason><env:Text xml:lang="en">Seat limit reached</env:Text></env:Reason></env:Fault></env:Body></env:Envelope>
      all user licences are in use. Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again. (The provider says: Seat limit reached; HTTP 500) [LICENSE_LIMIT]
    {"message":"{\"error\":{\"code\":\"SEAT_LIMIT\",\"message\":\"No seats left\"}}"}
      all user licences are in use. Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again. (The provider says: No seats left; SEAT_LIMIT; HTTP 400) [LICENSE_LIMIT]
    {"error":{"code":400,"message":"Constraints violated.","constraintViolations":[{"path":"email","message":"must be a well-formed email address","parameterLocation":"PAYLOAD_BODY"}]}}
      the provider does not take the e-mail address or the user name. Both must have the form of an e-mail address, such as ada@example.com. (The provider says: Constraints violated; must be a well-formed email address; HTTP 400) [INVALID_EMAIL]
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Error saving user with {:username=>\"ada\"}: Email has already been taken","status":409}
      another account has the same value of email, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: Error saving user with {:username=>"ada"}: Email has already been taken; HTTP 409) [DUPLICATE_VALUE]
    <html><head><title>We&rsquo;ll be back soon!</title></head><body>Maintenance</body></html>
      the provider cannot be reached behind its gateway, or is overloaded or under maintenance. Try again later; if it stays so, look at the provider's status page. (The provider says: We’ll be back soon!; HTTP 503) [PROVIDER_UNAVAILABLE]
    {"type":"about:blank","title":"Bad Request","invalid-params":[{"name":"department","reason":"is none of the known ones"}]}
      the provider refuses the request. Read the provider's own words, mend what they name, and try again; where it gives none (HTTP 400), its logs show more. (The provider says: Bad Request; department: is none of the known ones; HTTP 400) [INVALID_REQUEST]
    error=conflict&error_description=The+group+is+full
      the provider refuses the request. Read the provider's own words, mend what they name, and try again; where it gives none (HTTP 400), its logs show more. (The provider says: The group is full; conflict; HTTP 400) [INVALID_REQUEST]
    "#);
}

#[test]
fn more_of_the_same() {
    let told = tell(&[
        (
            ANY,
            400,
            r#"{"type":"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.1","title":"Bad Request","status":400,"o:errorDetails":[{"detail":"Error while accessing a resource. An employee with that email address already exists.","o:errorCode":"USER_ERROR"}]}"#,
        ),
        (
            ANY,
            400,
            r#"{"name":"VALIDATION_ERROR","message":"Invalid request - see details","debug_id":"4d1e2f","details":[{"field":"/user/email","issue":"Email format is invalid","location":"body"}]}"#,
        ),
        (
            ANY,
            401,
            "<html><head><title>Unauthorized (401)</title></head><body>Basic Authentication Failure - Reason : AUTHENTICATED_FAILED</body></html>",
        ),
        (
            ANY,
            404,
            r#"<!DOCTYPE html><html lang="en"><head><title>Error</title></head><body><pre>Cannot POST /scim/v2/Users</pre></body></html>"#,
        ),
        (ANY, 400, r#"{"non_field_errors":["The fields email, tenant must make a unique set."]}"#),
        (ANY, 403, r#"{"message":"Missing Authentication Token"}"#),
        (
            ANY,
            403,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"User must be a member of the organization domain","status":403}"#,
        ),
        (ANY, 400, r#"{"detail":"Пользователь с таким именем уже существует"}"#),
        (ANY, 400, r#"{"오류":"이미 존재하는 사용자입니다"}"#),
        (
            ANY,
            400,
            r#")]}'
{"error":{"message":"userName already exists"}}"#,
        ),
        (ANY, 400, r#"callback({"detail":"userName already exists"})"#),
        (
            "graph.microsoft.com",
            400,
            r#"{"error":{"code":"Request_BadRequest","message":"Another object with the same value for property userPrincipalName already exists.","details":[{"code":"ObjectConflict","message":"Another object with the same value for property userPrincipalName already exists.","target":"userPrincipalName"}]}}"#,
        ),
        (
            "acme.okta.com",
            400,
            r#"{"errorCode":"E0000001","errorSummary":"Api validation failed: password","errorCauses":[{"errorSummary":"password: Password requirements were not met. Password requirements: at least 8 characters."}]}"#,
        ),
    ]);
    insta::assert_snapshot!(told, @r#"
    {"type":"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.1","title":"Bad Request","status":400,"o:errorDetails":[{"detail":"Error while accessing a resource. An employee with that email address already exists.","o:errorCode":"USER_ERROR"}]}
      another account has the same value of email, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: Bad Request; Error while accessing a resource. An employee with that email address already exists; USER_ERROR; HTTP 400) [DUPLICATE_VALUE]
    {"name":"VALIDATION_ERROR","message":"Invalid request - see details","debug_id":"4d1e2f","details":[{"field":"/user/email","issue":"Email format is invalid","location":"body"}]}
      the provider does not take the e-mail address or the user name. Both must have the form of an e-mail address, such as ada@example.com. (The provider says: Invalid request - see details; /user/email: Email format is invalid; HTTP 400) [INVALID_EMAIL]
    <html><head><title>Unauthorized (401)</title></head><body>Basic Authentication Failure - Reason : AUTHENTICATED_FAILED</body></html>
      the provider does not accept the access token, not even a new one. Check that token and API belong to the same org, and that the app's user may use the API. (The provider says: Unauthorized (401); HTTP 401) [SESSION_REFUSED]
    <!DOCTYPE html><html lang="en"><head><title>Error</title></head><body><pre>Cannot POST /scim/v2/Users</pre></body></html>
      scim.example answered with something that is no SCIM answer. Check baseUrl: it must be the SCIM API's own address. A login or proxy page in between answers like this too. (The provider says: Cannot POST /scim/v2/Users; HTTP 404) [NOT_SCIM]
    {"non_field_errors":["The fields email, tenant must make a unique set."]}
      another account has the same value of email, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: The fields email, tenant must make a unique set; HTTP 400) [DUPLICATE_VALUE]
    {"message":"Missing Authentication Token"}
      scim.example has no such SCIM endpoint. Check baseUrl, its path above all: Amazon's API Gateway answers so to an address that it does not have. (The provider says: Missing Authentication Token; HTTP 403) [WRONG_ADDRESS]
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"User must be a member of the organization domain","status":403}
      the provider does not take addresses of this e-mail domain. Use an address of a domain that is verified at the provider, or have its administrator verify this one. (The provider says: User must be a member of the organization domain; HTTP 403) [DOMAIN_NOT_ALLOWED]
    {"detail":"Пользователь с таким именем уже существует"}
      another account has the same value of an attribute, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: Пользователь с таким именем уже существует; HTTP 400) [DUPLICATE_VALUE]
    {"오류":"이미 존재하는 사용자입니다"}
      another account has the same value of 오류, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: 오류: 이미 존재하는 사용자입니다; HTTP 400) [DUPLICATE_VALUE]
    )]}'
    {"error":{"message":"userName already exists"}}
      the user name ada@example.com is already taken. Choose another user name, or aggregate the accounts so that the existing one is correlated. (The provider says: userName already exists; HTTP 400) [DUPLICATE_USER]
    callback({"detail":"userName already exists"})
      the user name ada@example.com is already taken. Choose another user name, or aggregate the accounts so that the existing one is correlated. (The provider says: userName already exists; HTTP 400) [DUPLICATE_USER]
    {"error":{"code":"Request_BadRequest","message":"Another object with the same value for property userPrincipalName already exists.","details":[{"code":"ObjectConflict","message":"Another object with the same value for property userPrincipalName already exists.","target":"userPrincipalName"}]}}
      another object of the directory has the same value of userName, which must be unique. Choose another value, or aggregate the accounts so that the existing one is correlated. (The provider says: Another object with the same value for property userPrincipalName already exists; Request_BadRequest; HTTP 400) [DUPLICATE_VALUE]
    {"errorCode":"E0000001","errorSummary":"Api validation failed: password","errorCauses":[{"errorSummary":"password: Password requirements were not met. Password requirements: at least 8 characters."}]}
      the new password does not meet the provider's rules, or was used before. Choose another that meets the rules in the provider's words. (The provider says: Api validation failed: password; password: Password requirements were not met. Password requirements: at least 8 characters; E0000001; HTTP 400) [PASSWORD_REFUSED]
    "#);
}
