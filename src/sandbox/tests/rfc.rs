//! The RFC's dialect: tokens, discovery, the population, lists.

use super::Bench;
use crate::sandbox::{Dialect, Options};
use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[tokio::test(start_paused = true)]
async fn the_token_says_how_long_it_lives() {
    let bench = Bench::rfc().await;
    let form = "grant_type=client_credentials&client_id=sandbox&client_secret=sandbox";
    let answer = bench.send(Request::post("/services/oauth2/token").body(form.into()).unwrap()).await;
    let mut token = answer.json();
    assert!(token["access_token"].take().is_string());
    assert_eq!(token, json!({"access_token": null, "token_type": "Bearer", "expires_in": 7200}));
    let answer = bench.send(Request::get("/scim/v2/Users").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
    insta::assert_snapshot!(answer.shown(), @r#"
    401 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"The access token is missing, expired or revoked","status":"401"}
    "#);
}

#[tokio::test(start_paused = true)]
async fn the_server_says_what_it_can() {
    let bench = Bench::rfc().await;
    insta::assert_snapshot!(bench.get("ServiceProviderConfig").await.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],"patch":{"supported":true},"bulk":{"supported":false,"maxOperations":0,"maxPayloadSize":0},"filter":{"supported":true,"maxResults":1000},"pagination":{"cursor":true,"index":true,"defaultPaginationMethod":"index","defaultPageSize":100,"maxPageSize":1000},"changePassword":{"supported":true},"sort":{"supported":false},"etag":{"supported":false},"authenticationSchemes":[{"type":"oauthbearertoken","name":"OAuth Bearer Token","description":"Authentication scheme using the OAuth Bearer Token Standard","specUri":"https://www.rfc-editor.org/info/rfc6750","primary":true}],"meta":{"resourceType":"ServiceProviderConfig","location":"http://127.0.0.1:8080/scim/v2/ServiceProviderConfig"}}
    "#);
    insta::assert_snapshot!(bench.list("ResourceTypes").await["Resources"][0], @r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"User","name":"User","endpoint":"/Users","schema":"urn:ietf:params:scim:schemas:core:2.0:User","schemaExtensions":[{"schema":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","required":false}],"meta":{"resourceType":"ResourceType","location":"http://127.0.0.1:8080/scim/v2/ResourceTypes/User"}}"#);
    let schemas = bench.list("Schemas").await;
    let ids: Vec<&str> =
        schemas["Resources"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [CORE, ENTERPRISE, GROUP]);
    insta::assert_snapshot!(schemas["Resources"][2], @r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:ietf:params:scim:schemas:core:2.0:Group","name":"Group","description":"Group","attributes":[{"name":"displayName","type":"string","multiValued":false,"description":"displayName","required":true,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"},{"name":"members","type":"complex","multiValued":true,"description":"members","required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none","subAttributes":[{"name":"value","type":"string","multiValued":false,"description":"value","required":false,"caseExact":false,"mutability":"immutable","returned":"default","uniqueness":"none"},{"name":"$ref","type":"reference","multiValued":false,"description":"$ref","required":false,"caseExact":true,"mutability":"immutable","returned":"default","uniqueness":"none","referenceTypes":["User"]},{"name":"type","type":"string","multiValued":false,"description":"type","required":false,"caseExact":false,"mutability":"immutable","returned":"default","uniqueness":"none","canonicalValues":["User"]},{"name":"display","type":"string","multiValued":false,"description":"display","required":false,"caseExact":false,"mutability":"readOnly","returned":"default","uniqueness":"none"}]}],"meta":{"resourceType":"Schema","location":"http://127.0.0.1:8080/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group"}}"#);
    for path in ["ServiceProviderConfigs", "Entitlements", "Roles", "Nothing"] {
        assert_eq!(bench.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["Bulk", "Me"] {
        assert_eq!(bench.scim(Method::POST, path, "{}").await.status, StatusCode::NOT_IMPLEMENTED, "{path}");
    }
    assert!(!bench.get("Users").await.headers.contains_key("sforce-limit-info"));
}

#[tokio::test(start_paused = true)]
async fn a_made_up_user_is_plain() {
    let bench = Bench::rfc().await;
    let list = bench.list("Users?count=1&startIndex=2").await;
    insta::assert_json_snapshot!(list["Resources"][0], @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
      ],
      "id": "0144872b-d281-7d4b-ab6f-7eb1357e37a9",
      "userName": "lucas.andersson@example.com",
      "externalId": "HR-000002",
      "active": true,
      "name": {
        "familyName": "Andersson",
        "givenName": "Lucas",
        "formatted": "Lucas Andersson"
      },
      "displayName": "Lucas Andersson",
      "nickName": "lucas.andersson",
      "title": "Account Executive",
      "emails": [
        {
          "type": "work",
          "primary": true,
          "value": "lucas.andersson@example.com"
        }
      ],
      "phoneNumbers": [
        {
          "type": "work",
          "value": "+1 604 555 0160"
        }
      ],
      "locale": "en_US",
      "preferredLanguage": "en_US",
      "timezone": "America/Los_Angeles",
      "userType": "Standard",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "employeeNumber": "E00002",
        "organization": "Example Labs",
        "department": "Sales",
        "manager": {
          "value": "0144872b-d280-7e71-b456-c1f25c65ab66",
          "$ref": "http://127.0.0.1:8080/scim/v2/Users/0144872b-d280-7e71-b456-c1f25c65ab66",
          "displayName": "Zoë Larsen"
        }
      },
      "groups": [
        {
          "value": "0144872b-d281-740a-9fc2-8771531b3aeb",
          "$ref": "http://127.0.0.1:8080/scim/v2/Groups/0144872b-d281-740a-9fc2-8771531b3aeb",
          "display": "Engineering",
          "type": "direct"
        }
      ],
      "meta": {
        "resourceType": "User",
        "created": "2020-09-02T10:30:35Z",
        "lastModified": "2021-09-01T17:34:50Z",
        "location": "http://127.0.0.1:8080/scim/v2/Users/0144872b-d281-7d4b-ab6f-7eb1357e37a9",
        "version": "W/\"bde4ba520ffa6a70\""
      }
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_made_up_group_is_plain() {
    let bench = Bench::rfc().await;
    let group = bench.list("Groups?count=1&startIndex=2").await;
    insta::assert_json_snapshot!(group["Resources"][0], @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:Group"
      ],
      "id": "0144872b-d281-740a-9fc2-8771531b3aeb",
      "displayName": "Engineering",
      "members": [
        {
          "value": "0144872b-d281-7d4b-ab6f-7eb1357e37a9",
          "$ref": "http://127.0.0.1:8080/scim/v2/Users/0144872b-d281-7d4b-ab6f-7eb1357e37a9",
          "display": "Lucas Andersson",
          "type": "User"
        },
        {
          "value": "0144872b-d284-7dcb-8e30-54139d055721",
          "$ref": "http://127.0.0.1:8080/scim/v2/Users/0144872b-d284-7dcb-8e30-54139d055721",
          "display": "Grace Bergström",
          "type": "User"
        },
        {
          "value": "0144872b-d285-742c-be44-651043a56eb9",
          "$ref": "http://127.0.0.1:8080/scim/v2/Users/0144872b-d285-742c-be44-651043a56eb9",
          "display": "Anders Moreau",
          "type": "User"
        },
        {
          "value": "0144872b-d286-75fe-b31e-33fbccc48acc",
          "$ref": "http://127.0.0.1:8080/scim/v2/Users/0144872b-d286-75fe-b31e-33fbccc48acc",
          "display": "Søren Hansen",
          "type": "User"
        }
      ],
      "meta": {
        "resourceType": "Group",
        "created": "2014-03-03T09:00:01Z",
        "lastModified": "2014-03-03T09:00:01Z",
        "location": "http://127.0.0.1:8080/scim/v2/Groups/0144872b-d281-740a-9fc2-8771531b3aeb",
        "version": "W/\"3b72a5928e8bd3d1\""
      }
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn pages_are_of_a_hundred_and_a_thousand_at_most() {
    let bench = Bench::new(Options { users: 3_000, ..Options::new(Dialect::Rfc) }).await;
    for (query, items) in [("", 100), ("count=5000", 1_000), ("startIndex=2990", 11), ("startIndex=9000", 0)] {
        let list = bench.list(&format!("Users?{query}")).await;
        assert_eq!((&list["totalResults"], &list["itemsPerPage"]), (&json!(3_000), &json!(items)), "{query}");
    }
    let chosen =
        "Users?attributes=userName&filter=emails[type eq \"work\" and value co \"larsen\"] and not (active eq false)";
    let list = bench.list(chosen).await;
    assert!(
        list["Resources"].as_array().unwrap().iter().all(|user| user["userName"].as_str().unwrap().contains("larsen"))
    );
    assert_eq!(bench.get("Users?filter=userName eq").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn a_search_is_a_list_asked_for_by_post() {
    let bench = Bench::rfc().await;
    let search = async |target: &str, mut body: Value| {
        body["schemas"] = json!(["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]);
        bench.scim(Method::POST, target, body.to_string()).await
    };
    let users = search("Users/.search", json!({"filter": "active eq true", "count": 3, "startIndex": 2})).await;
    assert_eq!(users.json(), bench.list("Users?filter=active eq true&count=3&startIndex=2").await);
    let both = search(".search", json!({"attributes": ["displayName"], "startIndex": 7, "count": 4})).await;
    insta::assert_snapshot!(both.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":13,"startIndex":7,"itemsPerPage":4,"Resources":[{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":"0144872b-d286-75fe-b31e-33fbccc48acc","displayName":"Søren Hansen"},{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":"0144872b-d287-7b6f-9697-4928f9d64196","displayName":"Émile Wagner"},{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"0144872b-d280-711b-8c98-cf0b9ef52f9a","displayName":"Sales West"},{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"0144872b-d281-740a-9fc2-8771531b3aeb","displayName":"Engineering"}]}
    "#);
    let all = search(".search", json!({"excludedAttributes": ["members", "groups"]})).await.json();
    assert_eq!((&all["totalResults"], all["Resources"].as_array().unwrap().len()), (&json!(13), 13));
    let unnamed = bench.scim(Method::POST, "Groups/.search", "{}").await;
    assert_eq!(unnamed.status, StatusCode::BAD_REQUEST);
}
