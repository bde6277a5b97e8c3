//! The RFC's dialect: users and groups created, replaced and deleted.

use super::{Bench, ids_of, in_short, values_of, without_meta};
use crate::sandbox::{Dialect, Options};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::HashSet;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn ada() -> Value {
    json!({
        "schemas": [CORE, ENTERPRISE],
        "USERNAME": "Ada@example.com",
        "externalId": "E-1",
        "name": {"familyName": "Lovelace", "GivenName": "Ada"},
        "emails": [{"value": "ada@example.com", "type": "work", "primary": true}, {"value": "ada@home.example", "type": "home"}],
        "roles": [{"value": "analyst"}],
        "phoneNumbers": [],
        "title": null,
        "password": "correct-horse-battery",
        "id": "ignored",
        "groups": [{"value": "ignored"}],
        "meta": {"version": "ignored"},
        ENTERPRISE: {"department": "Engines", "manager": {"value": "0144872b-d280-7e71-b456-c1f25c65ab66"}},
    })
}

async fn created(bench: &Bench, target: &str, body: &Value) -> Value {
    let answer = bench.scim(Method::POST, target, body.to_string()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let resource = answer.json();
    assert_eq!(answer.headers["location"].to_str().unwrap(), resource["meta"]["location"]);
    let id = resource["id"].as_str().unwrap();
    assert_eq!(bench.get(&format!("{target}/{id}")).await.json(), resource);
    resource
}

#[tokio::test(start_paused = true)]
async fn a_new_user_comes_back_whole() {
    let bench = Bench::rfc().await;
    insta::assert_json_snapshot!(created(&bench, "Users", &ada()).await, @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
      ],
      "id": "0144872b-d288-7d66-98cc-6373b0c93451",
      "externalId": "E-1",
      "userName": "Ada@example.com",
      "name": {
        "familyName": "Lovelace",
        "givenName": "Ada"
      },
      "emails": [
        {
          "value": "ada@example.com",
          "type": "work",
          "primary": true
        },
        {
          "value": "ada@home.example",
          "type": "home"
        }
      ],
      "roles": [
        {
          "value": "analyst"
        }
      ],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "department": "Engines",
        "manager": {
          "value": "0144872b-d280-7e71-b456-c1f25c65ab66",
          "$ref": "http://127.0.0.1:8080/scim/v2/Users/0144872b-d280-7e71-b456-c1f25c65ab66",
          "displayName": "Zoë Larsen"
        }
      },
      "meta": {
        "resourceType": "User",
        "created": "2026-05-04T03:02:01Z",
        "location": "http://127.0.0.1:8080/scim/v2/Users/0144872b-d288-7d66-98cc-6373b0c93451",
        "lastModified": "2026-05-04T03:02:01Z",
        "version": "W/\"74198a43e4521468\""
      }
    }
    "#);
    assert_eq!(bench.list("Users").await["totalResults"], 9);
    assert!(!format!("{:?}", bench.app.store).contains("correct-horse"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_resource_is_refused() {
    let bench = Bench::rfc().await;
    let mut said = Vec::new();
    let with = |name: &str, value: Value| {
        let mut body = json!({"schemas": [CORE], "userName": "new@example.com"});
        body[name] = value;
        body
    };
    for body in [
        with("schemas", json!([GROUP])),
        with("userName", json!(" ")),
        with("userName", json!(null)),
        with("userName", json!(7)),
        with("userName", json!("LUCAS.andersson@example.com")),
        with("nickname2", json!("x")),
        with("name", json!("Ada")),
        with("name", json!({"surname": "x"})),
        with("active", json!("True")),
        with("emails", json!("ada@example.com")),
        with("emails", json!(["ada@example.com"])),
        with("emails", json!([{"value": "a@b.c", "primary": true}, {"value": "d@e.f", "primary": true}])),
        with(ENTERPRISE, json!("x")),
        with(ENTERPRISE, json!({"salary": "x"})),
    ] {
        let answer = bench.scim(Method::POST, "Users", body.to_string()).await;
        said.push(in_short(&answer.shown()));
    }
    for body in
        [json!({"schemas": [GROUP]}), json!({"schemas": [GROUP], "displayName": "x", "members": [{"value": "x"}]})]
    {
        let answer = bench.scim(Method::POST, "Groups", body.to_string()).await;
        said.push(in_short(&answer.shown()));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    400 invalidSyntax: "schemas" must name urn:ietf:params:scim:schemas:core:2.0:User
    400 invalidValue: "userName" is required
    400 invalidValue: "userName" is required
    400 invalidValue: "userName" must be a string
    409 uniqueness: The userName "LUCAS.andersson@example.com" is taken
    400 invalidSyntax: "nickname2" is no attribute
    400 invalidValue: "name" must be an object
    400 invalidSyntax: "name.surname" is no attribute
    400 invalidValue: "active" must be a boolean
    400 invalidValue: "emails" must be an array
    400 invalidValue: "emails" must be an array of objects
    400 invalidValue: Only one element of "emails" can be primary
    400 invalidValue: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User" must be an object
    400 invalidSyntax: "salary" is no attribute
    400 invalidValue: "displayName" is required
    400 invalidValue: "members" must be users that exist, and "x" is none
    "#);
    let taken = with("userName", json!("zoe.larsen@example.com")).to_string();
    insta::assert_snapshot!(bench.scim(Method::POST, "Users", taken).await.shown(), @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"uniqueness","detail":"The userName \"zoe.larsen@example.com\" is taken","status":"409"}
    "#);
    let totals =
        (bench.list("Users").await["totalResults"].clone(), bench.list("Groups").await["totalResults"].clone());
    assert_eq!(totals, (json!(8), json!(5)));
}

#[tokio::test(start_paused = true)]
async fn put_replaces_the_whole_user() {
    let bench = Bench::rfc().await;
    let user = created(&bench, "Users", &ada()).await;
    let target = format!("Users/{}", user["id"].as_str().unwrap());
    let same = bench.scim(Method::PUT, &target, user.to_string()).await.json();
    assert_eq!(same, user, "nothing was changed");
    let body = json!({"schemas": [CORE], "userName": "countess@example.com", "active": false, "id": "ignored"});
    let replaced = bench.scim(Method::PUT, &target, body.to_string()).await.json();
    assert_eq!(
        without_meta(replaced.clone()),
        json!({"schemas": [CORE], "id": user["id"], "userName": "countess@example.com", "active": false})
    );
    assert_ne!(replaced["meta"]["version"], user["meta"]["version"]);
    assert_eq!(replaced["meta"]["created"], user["meta"]["created"]);
    assert_eq!(bench.list("Users?filter=userName eq \"ada@example.com\"").await["totalResults"], 0);
    let taken = json!({"schemas": [CORE], "userName": "zoe.larsen@example.com"});
    assert_eq!(bench.scim(Method::PUT, &target, taken.to_string()).await.status, StatusCode::CONFLICT);
    assert_eq!(bench.scim(Method::PUT, "Users/x", body.to_string()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn what_is_deleted_is_gone() {
    let bench = Bench::new(Options { users: 30, groups: 4, ..Options::new(Dialect::Rfc) }).await;
    let users = ids_of(&bench.list("Users").await);
    let groups = ids_of(&bench.list("Groups").await);
    for gone in [0, 3, 4, 29] {
        let target = format!("Users/{}", users[gone]);
        assert_eq!(bench.scim(Method::DELETE, &target, "").await.status, StatusCode::NO_CONTENT);
        assert_eq!(bench.scim(Method::DELETE, &target, "").await.status, StatusCode::NOT_FOUND);
        assert_eq!(bench.get(&target).await.status, StatusCode::NOT_FOUND);
        assert_eq!(bench.patch(&target, json!([{"op": "add", "path": "title", "value": "x"}])).await.status, 404);
    }
    bench.scim(Method::DELETE, &format!("Groups/{}", groups[1]), "").await;
    let left: Vec<&String> =
        users.iter().enumerate().filter(|(at, _)| ![0, 3, 4, 29].contains(at)).map(|(_, id)| id).collect();
    for size in 1..=30 {
        let mut paged = Vec::new();
        while paged.len() < left.len() {
            let page = bench.list(&format!("Users?count={size}&startIndex={}", paged.len() + 1)).await;
            assert_eq!(page["totalResults"], 26);
            paged.extend(ids_of(&page));
        }
        assert_eq!(paged.iter().collect::<Vec<_>>(), left, "{size} a page");
    }
    let after = format!("Users?filter=id gt \"{}\"", users[2]);
    assert_eq!(bench.list(&after).await["totalResults"], 24);
    assert_eq!(bench.list(&format!("Users?filter=id eq \"{}\"", users[3])).await["totalResults"], 0);
    assert_eq!(bench.list("Users?filter=userName pr").await["totalResults"], 26);
    let mut memberships = HashSet::new();
    for user in bench.list("Users").await["Resources"].as_array().unwrap() {
        let id = user["id"].as_str().unwrap().to_owned();
        memberships.extend(values_of(&user["groups"]).into_iter().map(|group| (group, id.clone())));
    }
    let mut members = HashSet::new();
    for group in bench.list("Groups").await["Resources"].as_array().unwrap() {
        let id = group["id"].as_str().unwrap().to_owned();
        members.extend(values_of(&group["members"]).into_iter().map(|user| (id.clone(), user)));
    }
    assert_eq!(memberships, members);
    // The name is free again, and a new record has an id of its own.
    let again = json!({"schemas": [CORE], "userName": "zoe.larsen@example.com"});
    assert!(!users.contains(&created(&bench, "Users", &again).await["id"].as_str().unwrap().to_owned()));
    bench.app.store.reset();
    assert_eq!(ids_of(&bench.list("Users").await), users);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_created_with_members_and_users_show_it() {
    let bench = Bench::rfc().await;
    let users = ids_of(&bench.list("Users").await);
    let body = json!({
        "schemas": [GROUP], "displayName": "Night shift", "externalId": "G-1",
        "members": [{"value": users[2], "type": "User"}, {"$ref": format!("{}/Users/{}", bench.app.base_url(), users[0])}],
    });
    let group = created(&bench, "Groups", &body).await;
    insta::assert_json_snapshot!(without_meta(group.clone()), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:Group"
      ],
      "id": "0144872b-d285-7561-8d62-cd1b22f5b72f",
      "externalId": "G-1",
      "displayName": "Night shift",
      "members": [
        {
          "value": "0144872b-d280-7e71-b456-c1f25c65ab66",
          "$ref": "http://127.0.0.1:8080/scim/v2/Users/0144872b-d280-7e71-b456-c1f25c65ab66",
          "display": "Zoë Larsen",
          "type": "User"
        },
        {
          "value": "0144872b-d282-79bf-a0bb-a0d1e5a1d9b5",
          "$ref": "http://127.0.0.1:8080/scim/v2/Users/0144872b-d282-79bf-a0bb-a0d1e5a1d9b5",
          "display": "Björn Ryan",
          "type": "User"
        }
      ]
    }
    "#);
    let id = group["id"].as_str().unwrap();
    let user = bench.get(&format!("Users/{}", users[2])).await.json();
    let shown = user["groups"].as_array().unwrap().iter().find(|one| one["value"] == id).unwrap();
    assert_eq!((&shown["display"], &shown["type"]), (&json!("Night shift"), &json!("direct")));
    let found = bench.list(&format!("Groups?filter=members.value eq \"{}\" and externalId eq \"G-1\"", users[2])).await;
    assert_eq!(ids_of(&found), [id]);
    let target = format!("Groups/{id}");
    let body = json!({"schemas": [GROUP], "displayName": "Day shift"});
    let replaced = bench.scim(Method::PUT, &target, body.to_string()).await.json();
    assert_eq!(without_meta(replaced), json!({"schemas": [GROUP], "id": id, "displayName": "Day shift"}));
    bench.scim(Method::DELETE, &target, "").await;
    assert_eq!(bench.get(&target).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_licence_limit_counts_only_where_it_was_given() {
    let bench = Bench::rfc().await;
    for number in 0..20 {
        created(&bench, "Users", &json!({"schemas": [CORE], "userName": format!("n{number}@example.com")})).await;
    }
    let bench = Bench::new(Options { license_limit: Some(8), ..Options::new(Dialect::Rfc) }).await;
    created(&bench, "Users", &json!({"schemas": [CORE], "userName": "first"})).await;
    let second = json!({"schemas": [CORE], "userName": "second"});
    insta::assert_snapshot!(bench.scim(Method::POST, "Users", second.to_string()).await.shown(), @r#"
    403 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"No licence is left: 8 of 8 users are active","status":"403"}
    "#);
    let first = ids_of(&bench.list("Users?count=1").await).remove(0);
    bench.scim(Method::DELETE, &format!("Users/{first}"), "").await;
    created(&bench, "Users", &second).await;
}
