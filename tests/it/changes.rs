//! `std:account:update`: one request with what differs, nothing where nothing does, and no claim of what was not done.

use super::harness::{Bench, Service, add, attributes, key, remove, set, update, with};
use super::relay::Relayed;
use super::standard::Standard;
use super::upstream::{Asked, Reply};
use http::Method;
use rstest::rstest;
use serde_json::{Value, json};

const UPDATE: &str = "std:account:update";
const ADA: &str = "005RM000002FD0bYAG";

async fn updated(standard: &Standard, changes: Value) -> Value {
    Service::start().await.invoke(UPDATE, update("u1", changes), &standard.config(json!({}))).await.output()
}

fn is_patch_of_a_user(asked: &Asked) -> bool {
    asked.method == Method::PATCH && asked.path.contains("/Users/")
}

#[tokio::test]
async fn a_standard_server_gets_one_patch_with_a_path_for_each_attribute() {
    let standard = Standard::start().await;
    let changes = json!([
        set("familyName", "King"),
        set("email", "king@example.com"),
        set("phone", "+44 20 7946 0000"),
        remove("title", "Ms"),
        set("department", "Engines"),
        set("managerId", "u2"),
        set("active", "false"),
        set("userName", "U1@example.com"),
    ]);
    let account = updated(&standard, changes).await;
    insta::assert_snapshot!(standard.upstream.writes(), @r#"PATCH /scim/v2/Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"name.familyName","value":"King"},{"op":"replace","path":"emails[type eq \"work\"].value","value":"king@example.com"},{"op":"add","path":"phoneNumbers","value":[{"type":"work","value":"+44 20 7946 0000"}]},{"op":"remove","path":"title"},{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Engines"},{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":{"value":"u2"}},{"op":"replace","path":"active","value":false}]}"#);
    assert_eq!(account["disabled"], true);
    let shown = attributes(&account);
    for (name, value) in [
        ("familyName", "King"),
        ("email", "king@example.com"),
        ("phone", "+44 20 7946 0000"),
        ("department", "Engines"),
        ("managerId", "u2"),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    let emails = standard.resource("Users/u1")["emails"].clone();
    assert_eq!(emails[0], json!({"type": "home", "value": "home@example.com"}), "the other address stays");
}

#[tokio::test]
async fn salesforce_gets_one_patch_with_all_values_in_one() {
    let relayed = Relayed::start().await;
    let changes = json!([
        set("familyName", "King"),
        set("email", "king@example.com"),
        remove("title", "Chief Executive Officer"),
        set("department", "Engines"),
        set("managerId", "005RM000002FD0cYAG"),
        set("active", true),
    ]);
    let account = relayed.run(UPDATE, update(ADA, changes), json!({})).await.output();
    insta::assert_snapshot!(relayed.relay.writes(), @r#"PATCH /services/scim/v2/Users/005RM000002FD0bYAG {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"name":{"familyName":"King"},"emails":[{"type":"work","primary":true,"value":"king@example.com"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Engines","manager":{"value":"005RM000002FD0cYAG"}}}},{"op":"remove","path":"title"}]}"#);
    let shown = attributes(&account);
    assert_eq!((&shown["email"], &shown["department"]), (&json!("king@example.com"), &json!("Engines")));
    assert_eq!((&shown["managerId"], shown.get("title")), (&json!("005RM000002FD0cYAG"), None));
    assert_eq!(relayed.bench.run("std:account:read", key(ADA)).await.output(), account);
}

#[tokio::test]
async fn a_value_is_cleared_by_a_removal_without_value_and_by_null() {
    for changes in [
        json!([{"op": "Remove", "attribute": "title"}]),
        json!([{"op": "Set", "attribute": "title", "value": null}]),
        json!([set("title", "")]),
    ] {
        let standard = Standard::start().await;
        let account = updated(&standard, changes.clone()).await;
        assert_eq!((account.get("results"), attributes(&account).get("title")), (None, None), "{changes}");
        let bench = Bench::with_users(3).await;
        let account = bench.run(UPDATE, update(ADA, changes.clone())).await.output();
        assert_eq!((account.get("results"), attributes(&account).get("title")), (None, None), "{changes}");
    }
}

#[tokio::test]
async fn an_element_that_was_chosen_by_a_value_path_is_cleared_and_the_others_stay() {
    let standard = Standard::start().await;
    let account = updated(&standard, json!([remove("email", "u1@example.com")])).await;
    insta::assert_snapshot!(standard.upstream.writes(), @r#"PATCH /scim/v2/Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"emails[type eq \"work\"]"}]}"#);
    assert_eq!(standard.resource("Users/u1")["emails"], json!([{"type": "home", "value": "home@example.com"}]));
    assert_eq!(account.get("results"), None, "{account}");
}

#[rstest]
#[case::equal(json!([set("title", "Ms"), set("active", true), set("userName", "U1@EXAMPLE.com")]))]
#[case::held_and_not_held(json!([add("groups", "g1"), remove("groups", ["g2", "g3"])]))]
#[case::another_value(json!([remove("title", "Dr"), remove("nickName", "x")]))]
#[case::as_a_list_of_one(json!([set("title", ["Ms"]), set("groups", "g1")]))]
#[tokio::test]
async fn nothing_is_written_where_nothing_differs(#[case] changes: Value) {
    let standard = Standard::start().await;
    assert_eq!(updated(&standard, changes).await, json!({}));
    assert_eq!(standard.upstream.writes(), "");
}

#[rstest]
#[case(405)]
#[case(501)]
#[tokio::test]
async fn without_patch_the_whole_user_is_put_and_nothing_is_lost(#[case] status: u16) {
    let standard = Standard::stepping_in(move |asked, _| {
        is_patch_of_a_user(asked).then(|| Reply::error(status, "there is no PATCH").into())
    })
    .await;
    let with_groups = with(&standard.resource("Users/u1"), json!({"groups": [{"value": "g1"}]}));
    standard.put("Users/u1", with_groups.clone());
    let account = updated(&standard, json!([set("title", "Dr"), set("department", "Engines")])).await;
    assert_eq!(attributes(&account)["title"], "Dr");
    let put: Vec<Asked> = standard.upstream.seen().into_iter().filter(|asked| asked.method == Method::PUT).collect();
    assert_eq!(put.len(), 1);
    insta::allow_duplicates! {
        insta::assert_snapshot!(put[0].body, @r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":"u1","userName":"u1@example.com","active":true,"title":"Dr","name":{"familyName":"Lovelace","honorificSuffix":"PhD"},"emails":[{"type":"home","value":"home@example.com"},{"type":"work","value":"u1@example.com"}],"x509Certificates":[{"value":"MII"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Engines"}}"#);
    }
    let kept = standard.resource("Users/u1");
    for name in ["x509Certificates", "emails", "name", "meta"] {
        assert_eq!(kept[name], with_groups[name], "{name}");
    }
}

/// Between the look at the user and the PUT an administrator changed it, and gave it a role.
#[tokio::test]
async fn without_patch_the_user_is_put_as_it_is_by_then() {
    let standard = Standard::stepping_in(|asked, store| {
        (asked.method == Method::PATCH).then(|| {
            let path = asked.path.strip_prefix("/scim/v2/").unwrap_or_default();
            let theirs = json!({"nickName": "Lady", "roles": [{"value": "admin"}]});
            store.put(path, with(&store.resource(path), theirs));
            Reply::error(405, "no PATCH").into()
        })
    })
    .await;
    updated(&standard, json!([set("title", "Dr")])).await;
    let user = standard.resource("Users/u1");
    assert_eq!((&user["title"], &user["nickName"]), (&json!("Dr"), &json!("Lady")));
    assert_eq!(user["roles"], json!([{"value": "admin"}]));
}

#[tokio::test]
async fn what_was_taken_and_not_done_is_reported_beside_what_was_done() {
    let standard = Standard::stepping_in(|asked, store| {
        // It keeps the title, whatever it is told.
        is_patch_of_a_user(asked).then(|| {
            let mut kept = asked.clone();
            let mut body = asked.json();
            body["Operations"].as_array_mut().unwrap().retain(|operation| operation["path"] != "title");
            kept.body = body.to_string();
            store.answer(&kept).into()
        })
    })
    .await;
    let account = updated(&standard, json!([set("title", "Dr"), set("nickName", "Ada")])).await;
    assert_eq!((&attributes(&account)["title"], &attributes(&account)["nickName"]), (&json!("Ms"), &json!("Ada")));
    insta::assert_snapshot!(account["results"], @r#"[{"attribute":"title","status":"error","messages":[{"level":"ERROR","message":"Updating u1 failed: the provider took the change, but title is still \"Ms\". Look at it at the provider: a rule or a job there may forbid the change or undo it. [NOT_CHANGED]"}]}]"#);
}

#[tokio::test]
async fn a_value_that_the_provider_writes_in_its_own_way_is_not_called_the_old_one() {
    let standard = Standard::stepping_in(|asked, store| {
        is_patch_of_a_user(asked).then(|| {
            store.put("Users/u1", with(&store.resource("Users/u1"), json!({"locale": "en_GB", "title": "Dr"})));
            Reply::json(200, &store.resource("Users/u1")).into()
        })
    })
    .await;
    let account = updated(&standard, json!([set("locale", "en-GB"), set("title", "Dr")])).await;
    let says = account["results"][0]["messages"][0]["message"].as_str().unwrap();
    assert_eq!(
        says,
        "Updating u1 failed: the provider took the change, but locale is now \"en_GB\". Look at it at the provider: a rule or a job there may forbid the change or undo it. [NOT_CHANGED]"
    );
}

#[tokio::test]
async fn when_nothing_of_it_was_done_it_failed() {
    let standard = Standard::stepping_in(|asked, store| {
        is_patch_of_a_user(asked).then(|| Reply::json(200, &json!(store.resource("Users/u1"))).into())
    })
    .await;
    let changes = json!([set("title", "Dr"), set("nickName", "Ada")]);
    let answer = Service::start().await.invoke(UPDATE, update("u1", changes), &standard.config(json!({}))).await;
    insta::assert_snapshot!(answer.failure().shown(), @r#"generic/generic: Updating u1 failed: nothing of it was done: (1) the provider took the change, but title is still "Ms". Look at it at the provider: a rule or a job there may forbid the change or undo it. [NOT_CHANGED] (2) the provider took the change, but nickName is still no value. Look at it at the provider: a rule or a job there may forbid the change or undo it. [NOT_CHANGED]. Mend what each part names, then try again. [NOT_CHANGED]"#);
}

#[rstest]
#[case::empty("")]
#[case::no_json("OK")]
#[tokio::test]
async fn an_answer_that_says_nothing_is_no_failure(#[case] body: &'static str) {
    let standard = Standard::stepping_in(move |asked, store| {
        is_patch_of_a_user(asked).then(|| {
            store.answer(asked);
            Reply { status: 200, content_type: "text/plain", body: body.to_owned() }.into()
        })
    })
    .await;
    let account = updated(&standard, json!([set("title", "Dr")])).await;
    assert_eq!((account.get("results"), &attributes(&account)["title"]), (None, &json!("Dr")));
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_not_found() {
    let standard = Standard::start().await;
    let input = update("u9", json!([set("title", "Dr")]));
    let failure = Service::start().await.invoke(UPDATE, input, &standard.config(json!({}))).await.failure();
    assert_eq!((failure.error_type.as_str(), failure.code.as_str()), ("notFound", "NOT_FOUND"));
    assert_eq!(standard.upstream.writes(), "");
}

/// A refusal of the one PATCH leaves the account as it was, and says why.
#[tokio::test]
async fn a_refusal_is_told_in_the_providers_words() {
    let relayed = Relayed::start().await;
    let changes = json!([set("email", "no address"), set("title", "Dr")]);
    let failure = relayed.run(UPDATE, update(ADA, changes), json!({})).await.failure();
    assert_eq!(failure.code, "INVALID_EMAIL");
    let account = relayed.bench.run("std:account:read", key(ADA)).await.output();
    assert_eq!(account["attributes"]["title"], "Chief Executive Officer");
}
