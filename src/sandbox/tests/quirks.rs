//! What each quirk does to requests and answers. That the table is sound is tested beside it.

use super::{Answer, Bench, ids_of};
use crate::sandbox::{Dialect, Options, Quirks};
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use rstest::rstest;
use serde_json::{Value, json};

async fn bench(quirks: &str) -> Bench {
    let quirks = Quirks::parse(quirks.split_whitespace()).unwrap();
    Bench::new(Options { quirks, ..Options::new(Dialect::Rfc) }).await
}

/// A resource, or a list, that must be there.
async fn json_of(bench: &Bench, target: &str) -> Value {
    let answer = bench.get(target).await;
    assert_eq!(answer.status, StatusCode::OK, "{target}: {}", answer.body);
    answer.json()
}

fn said(answer: &Answer) -> String {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    format!("{} {}", answer.status.as_u16(), body["scimType"].as_str().unwrap_or("-"))
}

fn members(group: &Value) -> Option<usize> {
    group.get("members").map(|members| members.as_array().unwrap().len())
}

/// Of the first group: as it is listed, read, and read with `attributes=members`.
#[rstest]
#[case("patch-204", [Some(4), Some(4), Some(4)])]
#[case("members-empty", [Some(0), Some(0), Some(0)])]
#[case("members-not-listed", [None, Some(4), Some(4)])]
#[case("members-on-request", [None, None, Some(4)])]
#[case("members-truncated=2", [Some(2), Some(2), Some(2)])]
#[case("deep-groups", [Some(5), Some(5), Some(5)])]
#[case("deep-groups members-truncated=2", [Some(2), Some(2), Some(2)])]
#[tokio::test]
async fn groups_show_their_members(#[case] quirks: &str, #[case] expected: [Option<usize>; 3]) {
    let bench = bench(quirks).await;
    let listed = json_of(&bench, "Groups").await["Resources"][0].clone();
    let target = format!("Groups/{}", listed["id"].as_str().unwrap());
    let read = json_of(&bench, &target).await;
    let requested = json_of(&bench, &format!("{target}?attributes=members")).await;
    assert_eq!([&listed, &read, &requested].map(members), expected);
}

#[rstest]
#[case("users-without-groups", "groups")]
#[case("no-emails", "emails")]
#[case("unknown-attribute-dropped", "title")]
#[tokio::test]
async fn users_lack_something(#[case] quirk: &str, #[case] attribute: &str) {
    let plain = bench("patch-204").await;
    let with_quirk = bench(quirk).await;
    for (bench, has) in [(plain, true), (with_quirk, false)] {
        let listed = json_of(&bench, "Users").await["Resources"][0].clone();
        let read = json_of(&bench, &format!("Users/{}", listed["id"].as_str().unwrap())).await;
        assert_eq!([listed, read].map(|user| user.get(attribute).is_some()), [has; 2]);
    }
}

#[rstest]
#[case("ignore-filter", ["200 8", "200 8", "200 8"])]
#[case("ignore-query", ["200 8", "200 8", "200 8"])]
#[case("no-filter", ["400 invalidFilter", "400 invalidFilter", "400 invalidFilter"])]
#[case("filter-eq-only", ["200 1", "400 invalidFilter", "400 invalidFilter"])]
#[case("filter-eq-sw-only", ["200 1", "200 8", "400 invalidFilter"])]
#[case("nulls", ["200 1", "200 8", "200 8"])]
#[tokio::test]
async fn filters_meet_their_fate(#[case] quirk: &str, #[case] expected: [&str; 3]) {
    let bench = bench(quirk).await;
    let name = json_of(&bench, "Users").await["Resources"][0]["userName"].as_str().unwrap().to_owned();
    let filters = [
        format!("userName eq \"{name}\" and userName eq \"{name}\""),
        "externalId sw \"HR-\"".to_owned(),
        "not (userName eq \"nobody\")".to_owned(),
    ];
    for (filter, expected) in filters.iter().zip(expected) {
        let answer = bench.get(&format!("Users?filter={filter}")).await;
        let seen = match answer.status {
            StatusCode::OK => format!("200 {}", answer.json()["Resources"].as_array().unwrap().len()),
            _ => said(&answer),
        };
        assert_eq!(seen, expected, "{filter}");
    }
}

/// Rows, totalResults, startIndex, itemsPerPage, and whether there is a next cursor.
#[rstest]
#[case("nulls", "startIndex=2&count=3", json!([3, 8, 2, 3, false]))]
#[case("page-cap=2", "startIndex=2&count=3", json!([2, 8, 2, 2, false]))]
#[case("page-cap=2", "attributes=id", json!([2, 8, 1, 2, false]))]
#[case("no-paging", "startIndex=2&count=3", json!([8, 8, 1, 8, false]))]
#[case("ignore-query page-cap=2", "startIndex=2&count=3", json!([2, 8, 1, 2, false]))]
#[case("items-per-page-missing", "count=3", json!([3, 8, 1, null, false]))]
#[case("start-index-missing", "count=3", json!([3, 8, null, 3, false]))]
#[case("total-wrong", "count=3", json!([3, 3, 1, 3, false]))]
#[case("total-wrong=2", "count=3", json!([3, 6, 1, 3, false]))]
#[case("total-missing", "count=3", json!([3, null, 1, 3, false]))]
#[case("total-string", "count=3", json!([3, "8", 1, 3, false]))]
#[case("total-wrong total-string", "count=3", json!([3, "3", 1, 3, false]))]
#[case("cursor-only", "count=3", json!([3, 8, null, 3, true]))]
#[case("cursor-default", "count=3", json!([3, 8, null, 3, true]))]
#[case("cursor-default", "startIndex=1&count=3", json!([3, 8, 1, 3, false]))]
#[case("cursor-ignored", "cursor=&count=3", json!([3, 8, 1, 3, false]))]
#[tokio::test]
async fn lists_have_their_figures(#[case] quirks: &str, #[case] query: &str, #[case] expected: Value) {
    let bench = bench(quirks).await;
    let list = json_of(&bench, &format!("Users?{query}")).await;
    let rows = list["Resources"].as_array().unwrap().len();
    let has_next = list.get("nextCursor").is_some();
    let seen = json!([rows, list["totalResults"], list["startIndex"], list["itemsPerPage"], has_next]);
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_list_of_more_than_a_page_is_one_page() {
    let quirks = Quirks::parse(["no-paging"]).unwrap();
    let bench = Bench::new(Options { users: 1_200, quirks, ..Options::new(Dialect::Rfc) }).await;
    assert_eq!(bench.list("Users?count=10").await["itemsPerPage"], 1_200);
}

#[tokio::test]
async fn cursors_expire_with_later_requests() {
    let bench = bench("cursor-expires-after=1").await;
    let next = async |query: &str| {
        let list = json_of(&bench, &format!("Users?count=3&{query}")).await;
        format!("count=3&cursor={}", list["nextCursor"].as_str().unwrap())
    };
    let second = next("cursor=").await;
    let third = next(&second).await;
    json_of(&bench, "Groups").await;
    assert_eq!(said(&bench.get(&format!("Users?{third}")).await), "400 expiredCursor");
    assert_eq!(said(&bench.get("Users?count=3&cursor=nonsense").await), "400 invalidCursor");
}

#[rstest]
#[case("count-500", "Users?count=1", "500 -")]
#[case("cursor-only", "Users?startIndex=1", "501 -")]
#[case("spc-404", "ServiceProviderConfig", "404 -")]
#[case("spc-404", "Schemas", "404 -")]
#[tokio::test]
async fn some_requests_are_refused(#[case] quirk: &str, #[case] target: &str, #[case] expected: &str) {
    assert_eq!(said(&bench(quirk).await.get(target).await), expected);
}

/// `title` is set so, by the user's id; the member is added so, to a group.
fn patches() -> [Value; 4] {
    [
        json!([{"op": "replace", "path": "title", "value": "T"}]),
        json!([{"op": "Replace", "path": "title", "value": "T"}]),
        json!([{"op": "replace", "path": "title", "value": "T"}, {"op": "replace", "path": "nickName", "value": "N"}]),
        json!([{"op": "replace", "value": {"active": false}}]),
    ]
}

#[rstest]
#[case("nulls", ["200", "200", "200", "200"])]
#[case("patch-204", ["204", "204", "204", "204"])]
#[case("patch-200-empty", ["200 {}", "200 {}", "200 {}", "200 {}"])]
#[case("no-patch", ["405", "405", "405", "405"])]
#[case("no-patch=501", ["501", "501", "501", "501"])]
#[case("op-lower-only", ["200", "400", "200", "200"])]
#[case("op-capitalised-only", ["400", "200", "400", "400"])]
#[case("max-operations=1", ["200", "200", "400", "200"])]
#[case("string-booleans", ["200", "200", "200", "400"])]
#[tokio::test]
async fn patches_are_taken_and_answered(#[case] quirk: &str, #[case] expected: [&str; 4]) {
    let bench = bench(quirk).await;
    let id = ids_of(&json_of(&bench, "Users").await).remove(0);
    for (operations, expected) in patches().into_iter().zip(expected) {
        let answer = bench.patch(&format!("Users/{id}"), operations.clone()).await;
        let status = answer.status.as_u16().to_string();
        let seen = if answer.body == "{}" { format!("{status} {{}}") } else { status };
        assert_eq!(seen, expected, "{operations}");
        let is_done = |user: &Value| user["title"] == "T" || user["active"] == false;
        assert_eq!(answer.status.is_success(), is_done(&bench.app.store.view().all("Users")[0]), "{operations}");
        bench.app.store.reset();
    }
}

#[rstest]
#[case("max-members=1", false, ["200", "400", "200"])]
#[case("members-need-display", false, ["400", "400", "200"])]
#[case("members-need-display", true, ["200", "200", "200"])]
#[tokio::test]
async fn members_are_changed_in_the_form_that_is_taken(
    #[case] quirk: &str,
    #[case] named: bool,
    #[case] expected: [&str; 3],
) {
    let bench = bench(quirk).await;
    let users = ids_of(&json_of(&bench, "Users").await);
    let group = ids_of(&json_of(&bench, "Groups").await).remove(0);
    let member = |id: &String| if named { json!({"value": id, "display": "Somebody"}) } else { json!({"value": id}) };
    let forms = [
        json!({"op": "add", "path": "members", "value": [member(&users[0])]}),
        json!({"op": "add", "value": {"members": [member(&users[0]), member(&users[1])]}}),
        json!({"op": "remove", "path": format!("members[value eq \"{}\"]", users[0])}),
    ];
    for (form, expected) in forms.into_iter().zip(expected) {
        let answer = bench.patch(&format!("Groups/{group}"), json!([form])).await;
        assert_eq!(answer.status.as_str(), expected, "{form}");
    }
}

#[tokio::test]
async fn booleans_are_texts_in_both_directions() {
    let bench = bench("string-booleans").await;
    let list = json_of(&bench, "Users").await;
    assert_eq!(
        (&list["Resources"][0]["active"], &list["Resources"][0]["emails"][0]["primary"]),
        (&json!("True"), &json!("True"))
    );
    let target = format!("Users/{}", ids_of(&list).remove(0));
    for operation in [json!({"path": "active", "value": "False"}), json!({"value": {"active": "false"}})] {
        let mut operation = operation;
        operation["op"] = json!("replace");
        assert_eq!(bench.patched(&target, json!([operation])).await["active"], "False");
        bench.patched(&target, json!([{"op": "replace", "path": "active", "value": "True"}])).await;
    }
}

#[tokio::test]
async fn what_is_not_known_is_dropped_without_a_word() {
    let bench = bench("unknown-attribute-dropped patch-204").await;
    let target = format!("Users/{}", ids_of(&json_of(&bench, "Users").await).remove(0));
    let operations = json!([{"op": "replace", "path": "title", "value": "T"}, {"op": "replace", "path": "displayName", "value": "D"}]);
    assert_eq!(bench.patch(&target, operations).await.status, StatusCode::NO_CONTENT);
    let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    let operations =
        json!([{"op": "replace", "path": department, "value": "T"}, {"op": "add", "value": {"title": "T"}}]);
    assert_eq!(bench.patch(&target, operations).await.status, StatusCode::NO_CONTENT);
    let user = &bench.app.store.view().all("Users")[0];
    assert!(user["title"] != "T" && user["displayName"] == "D" && !user.to_string().contains("\"department\":\"T\""));
}

#[tokio::test]
async fn a_deleted_user_is_there_and_not_active() {
    let bench = bench("delete-deactivates op-capitalised-only").await;
    let target = format!("Users/{}", ids_of(&json_of(&bench, "Users").await).remove(0));
    let answer = bench.scim(Method::DELETE, &target, Body::empty()).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(json_of(&bench, &target).await["active"], false);
}

#[tokio::test]
async fn a_put_is_answered_with_nothing() {
    let bench = bench("put-empty-answer").await;
    let mut user = json_of(&bench, "Users").await["Resources"][0].clone();
    let target = format!("Users/{}", user["id"].as_str().unwrap());
    user["title"] = json!("T");
    let answer = bench.scim(Method::PUT, &target, user.to_string()).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(json_of(&bench, &target).await["title"], "T");
}

#[tokio::test]
async fn roles_are_listed_and_held_by_id() {
    let bench = bench("extra-roles").await;
    let roles = bench.list("Roles").await;
    let held = json_of(&bench, "Users").await["Resources"][0]["roles"][0]["value"].clone();
    assert_eq!(held, roles["Resources"][0]["id"]);
    assert_eq!(json_of(&bench, &format!("Roles/{}", held.as_str().unwrap())).await["displayName"], "CEO");
    let types = json_of(&bench, "ResourceTypes").await;
    let names: Vec<&Value> = types["Resources"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["User", "Group", "Role"]);
    let plain = Bench::rfc().await;
    assert_eq!(plain.get("Roles").await.status, StatusCode::NOT_FOUND);
    assert_eq!(plain.list("ResourceTypes").await["totalResults"], 2);
}

#[tokio::test]
async fn absent_attributes_are_there() {
    let user = async |quirks: &str, query: &str| {
        json_of(&bench(quirks).await, &format!("Users{query}")).await["Resources"][1].clone()
    };
    let nulls = user("nulls", "").await;
    assert!(nulls["ims"].is_null() && nulls.get("ims").is_some() && nulls.get("password").is_none());
    let both = user("nulls empty-arrays", "").await;
    assert_eq!((&both["ims"], &both["profileUrl"]), (&json!([]), &Value::Null));
    let projected = user("nulls", "?attributes=ims").await;
    assert!(projected.get("ims").is_some() && projected.get("profileUrl").is_none());
}

#[tokio::test]
async fn values_and_names_have_another_form() {
    let user = async |quirk: &str| json_of(&bench(quirk).await, "Users").await["Resources"][1].clone();
    assert!(user("relative-location").await["meta"]["location"].as_str().unwrap().starts_with("/scim/v2/Users/"));
    assert!(user("normalises-values").await["locale"].as_str().unwrap().contains('_'));
    let named = user("upper-case-names").await;
    assert!(named["UserName"].is_string() && named["Emails"][0]["Value"].is_string() && named.get("id").is_none());
}

/// A request about one resource whatever its id holds, or about those that a filter finds.
async fn asked(bench: &Bench, method: Method, path: [&str; 2], filter: Option<&str>, body: Value) -> Answer {
    let mut url = url::Url::parse(&bench.app.base_url()).unwrap();
    url.path_segments_mut().unwrap().extend(path.iter().filter(|segment| !segment.is_empty()));
    if let Some(filter) = filter {
        url.query_pairs_mut().append_pair("filter", filter);
    }
    let request = Request::builder().method(method).uri(url.as_str());
    let request = request.header(header::AUTHORIZATION, format!("Bearer {}", bench.token));
    let answer = bench.send(request.body(body.to_string().into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{url}: {}", answer.body);
    answer
}

/// A user is found by its id and by a filter; ceases to be a member of its group, and becomes one again.
#[rstest]
#[case("ids-strange")]
#[case("numbers-as-ids")]
#[tokio::test]
async fn ids_of_another_form_go_both_ways(#[case] quirk: &str) {
    let bench = bench(quirk).await;
    let text = |id: &Value| id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let list = json_of(&bench, "Users").await;
    for (user, own) in list["Resources"].as_array().unwrap().iter().zip(bench.app.store.view().all("Users")) {
        assert_ne!(user["id"], own["id"]);
        let (id, group) = (text(&user["id"]), text(&user["groups"][0]["value"]));
        let quoted = json!(id);
        let read = asked(&bench, Method::GET, ["Users", &id], None, Value::Null).await.json();
        assert_eq!((&read["id"], &read["userName"]), (&user["id"], &own["userName"]));
        let location = url::Url::parse(read["meta"]["location"].as_str().unwrap()).unwrap();
        assert_eq!(location.path_segments().unwrap().count(), 4, "{location}");
        let filter = format!("id eq {quoted}");
        let found = asked(&bench, Method::GET, ["Users", ""], Some(&filter), Value::Null).await.json();
        assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&json!(1), &user["id"]));
        let forms = [
            (json!({"op": "remove", "path": format!("members[value eq {quoted}]")}), false),
            (json!({"op": "add", "path": "members", "value": [{"value": user["id"]}]}), true),
        ];
        for (operation, is_member) in forms {
            let patch =
                json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
            let group = asked(&bench, Method::PATCH, ["Groups", &group], None, patch).await.json();
            let members = group["members"].as_array().unwrap();
            assert_eq!(members.iter().any(|member| member["value"] == user["id"]), is_member, "{operation}");
        }
    }
}

#[tokio::test]
async fn discovery_may_be_wrong() {
    let config = async |quirk: &str| bench(quirk).await.get("ServiceProviderConfig").await;
    assert_eq!(config("spc-wrong").await.json()["filter"]["supported"], 0);
    assert!(config("spc-html").await.shown().starts_with("200 text/html;charset=UTF-8\n<!DOCTYPE html>"));
    assert_eq!(config("no-patch").await.json()["patch"]["supported"], false);
    assert_eq!(config("no-filter").await.json()["filter"]["supported"], false);
    let pages = config("cursor-only").await.json()["pagination"].clone();
    assert_eq!((&pages["index"], &pages["defaultPaginationMethod"]), (&json!(false), &json!("cursor")));
    assert!(config("no-paging").await.json().get("pagination").is_none());
}

#[rstest]
#[case("user-agent-required", &[], "403")]
#[case("user-agent-required", &[("user-agent", "x")], "200")]
#[case("accept-json-only", &[("accept", "application/scim+json")], "406")]
#[case("accept-json-only", &[("accept", "application/scim+json, application/json;q=0.9")], "200")]
#[case("accept-json-only", &[], "200")]
#[tokio::test]
async fn headers_must_be_right(#[case] quirk: &str, #[case] headers: &[(&str, &str)], #[case] expected: &str) {
    let bench = bench(quirk).await;
    let url = format!("{}/Users", bench.app.base_url());
    let request = Request::get(url).header(header::AUTHORIZATION, format!("Bearer {}", bench.token));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    assert_eq!(bench.send(request.body(Body::empty()).unwrap()).await.status.as_str(), expected);
}

#[tokio::test]
async fn a_body_must_be_plain_json() {
    let bench = bench("accept-json-only").await;
    let answer = bench.patch("Users/x", json!([])).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_are_a_failure_of_the_server() {
    let bench = bench("rate-limit-500=2").await;
    json_of(&bench, "Users").await;
    json_of(&bench, "Users").await;
    let answer = bench.get("Users").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("REQUEST_LIMIT_EXCEEDED"), "{}", answer.body);
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    json_of(&bench, "Users").await;
}

#[tokio::test]
async fn who_has_no_session_is_refused_first_and_a_large_body_too() {
    let bench = bench("no-filter").await;
    let url = format!("{}/Users?filter=x", bench.app.base_url());
    assert_eq!(bench.send(Request::get(url).body(Body::empty()).unwrap()).await.status, StatusCode::UNAUTHORIZED);
    let large = bench.scim(Method::POST, "Users", vec![b' '; 2_000_000]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
}
