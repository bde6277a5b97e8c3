//! Error bodies that were not thought of when the shapes were written down: other languages, errors in texts, stack traces,
//! names that nobody knows, secrets that a provider repeats.

use super::bodies::{ANY, tell};

#[test]
fn what_was_not_thought_of_is_told_all_the_same() {
    let told = tell(&[
        (
            ANY,
            409,
            r##"{"type":"error","status":409,"code":"user_login_already_used","context_info":{"errors":[{"reason":"invalid_parameter","name":"login","message":"User with the specified login already exists"}]},"help_url":"http://developers.box.com/docs/#errors","message":"User with the specified login already exists","request_id":"abcdef123456"}"##,
        ),
        (ANY, 400, r##"{"code":2034,"message":"You can add a maximum of 50 Pro users.","errors":[]}"##),
        (
            ANY,
            400,
            r##"{"errorCode":"USER_LACKS_PERMISSIONS","message":"This user lacks sufficient permissions to access this resource."}"##,
        ),
        (
            ANY,
            400,
            r##"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Ein Benutzer mit diesem Namen existiert bereits.","status":"400"}"##,
        ),
        (
            ANY,
            409,
            r##"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Un utilisateur avec cet identifiant existe déjà","status":"409"}"##,
        ),
        (ANY, 403, r##"{"mensaje":"No quedan licencias disponibles","codigo":"SIN_LICENCIAS"}"##),
        (
            ANY,
            401,
            r##"{"error":"invalid_token","error_description":"The token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlc2lnbmF0dXJl is expired"}"##,
        ),
        (ANY, 500, r##"{"message":"could not connect: postgres://scim:s3cretpw@db.internal:5432/users"}"##),
        (
            ANY,
            500,
            r##"Traceback (most recent call last):
  File "/app/scim.py", line 10, in create
    raise ValueError("bad")
ValueError: password=hunter2222 bad"##,
        ),
        (
            ANY,
            500,
            r##"panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a2f]

goroutine 1 [running]:
main.main()
	/app/main.go:10 +0x1d
exit status 2"##,
        ),
        (
            ANY,
            500,
            r##"thread 'tokio-runtime-worker' panicked at src/users.rs:42:17:
called `Option::unwrap()` on a `None` value
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"##,
        ),
        (
            ANY,
            500,
            r##"<br />
<b>Fatal error</b>:  Uncaught Error: Call to undefined function foo() in /var/www/scim.php:3
Stack trace:
#0 {main}
  thrown in <b>/var/www/scim.php</b> on line <b>3</b><br />"##,
        ),
        (
            ANY,
            400,
            r##"<?xml version="1.0"?><problem xmlns="urn:ietf:rfc:7807"><title>Bad request</title><detail>userName must not be empty</detail></problem>"##,
        ),
        (
            ANY,
            500,
            r##"<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body><env:Fault><env:Code><env:Value>env:Sender</env:Value></env:Code><env:Reason><env:Text xml:lang="en">Seat limit reached</env:Text></env:Reason></env:Fault></env:Body></env:Envelope>"##,
        ),
        (ANY, 400, r##"{"message":"{\"error\":{\"code\":\"SEAT_LIMIT\",\"message\":\"No seats left\"}}"}"##),
        (
            ANY,
            400,
            r##"{"error":{"code":400,"message":"Constraints violated.","constraintViolations":[{"path":"email","message":"must be a well-formed email address","parameterLocation":"PAYLOAD_BODY"}]}}"##,
        ),
        (
            ANY,
            409,
            r##"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Error saving user with {:username=>\"ada\"}: Email has already been taken","status":409}"##,
        ),
        (ANY, 503, r##"<html><head><title>We&rsquo;ll be back soon!</title></head><body>Maintenance</body></html>"##),
        (
            ANY,
            400,
            r##"{"type":"about:blank","title":"Bad Request","invalid-params":[{"name":"department","reason":"is none of the known ones"}]}"##,
        ),
        (ANY, 400, "error=conflict&error_description=The+group+is+full"),
    ]);
    insta::assert_snapshot!(told, @r###"
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
    "###);
}
