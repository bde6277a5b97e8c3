//! Lists by cursor (RFC 9865).

use super::{Bench, ids_of};
use crate::sandbox::{Dialect, Options};
use http::Method;
use serde_json::{Value, json};

async fn bench(users: u64) -> Bench {
    Bench::new(Options { users, groups: 3, ..Options::new(Dialect::Rfc) }).await
}

/// The ids of all pages, with something done before each page but the first.
async fn all(bench: &Bench, target: &str, meanwhile: impl AsyncFn(usize)) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    for number in 0..200 {
        if number > 0 {
            meanwhile(number).await;
        }
        let page = bench.list(&format!("{target}&cursor={cursor}")).await;
        ids.extend(ids_of(&page));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return ids,
        }
    }
    panic!("the list does not end");
}

#[tokio::test(start_paused = true)]
async fn a_page_by_cursor_says_how_the_next_one_is_asked_for() {
    let bench = bench(3).await;
    let answer = bench.get("Groups?cursor=&count=1&attributes=displayName").await;
    insta::assert_snapshot!(answer.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":3,"itemsPerPage":1,"Resources":[{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"0144872b-d280-711b-8c98-cf0b9ef52f9a","displayName":"Sales West"}],"nextCursor":"MC4xLm1QakkyS0FONUs0"}
    "#);
    let last = bench.list("Groups?cursor=&count=3").await;
    assert!(last.get("nextCursor").is_none() && last.get("startIndex").is_none(), "{last}");
}

#[tokio::test(start_paused = true)]
async fn pages_by_cursor_are_the_whole_list_for_every_size_and_filter() {
    let bench = bench(120).await;
    for target in ["Users?attributes=id", "Users?filter=active eq true", "Users?filter=title pr and active eq false"] {
        let whole = ids_of(&bench.list(&format!("{target}&count=500")).await);
        for count in [1, 7, 40, 500] {
            assert_eq!(all(&bench, &format!("{target}&count={count}"), async |_| {}).await, whole, "{target}, {count}");
        }
    }
    let both: Vec<String> =
        [ids_of(&bench.list("Users?count=500").await), ids_of(&bench.list("Groups?").await)].concat();
    let (mut found, mut cursor) = (Vec::new(), json!(""));
    while !cursor.is_null() {
        let search =
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 50, "cursor": cursor});
        let page: Value = bench.scim(Method::POST, ".search", search.to_string()).await.json();
        found.extend(ids_of(&page));
        cursor = page["nextCursor"].clone();
    }
    assert_eq!(found, both);
}

/// Everybody who is there all the time comes once, whoever goes and comes meanwhile.
#[tokio::test(start_paused = true)]
async fn pages_by_cursor_do_not_shift() {
    let bench = bench(40).await;
    let before = ids_of(&bench.list("Users?count=100").await);
    let found = all(&bench, "Users?count=4", async |number| {
        bench.scim(Method::DELETE, &format!("Users/{}", before[number * 2]), "").await;
        let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("new{number}@example.com")});
        bench.scim(Method::POST, "Users", user.to_string()).await;
    })
    .await;
    let after = ids_of(&bench.list("Users?count=100").await);
    assert!(before.iter().filter(|id| after.contains(id)).all(|id| found.contains(id)));
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
    assert!(before.len() > after.iter().filter(|id| before.contains(id)).count(), "nobody went");
}

#[tokio::test(start_paused = true)]
async fn a_cursor_is_good_for_its_own_list_only() {
    let bench = bench(10).await;
    let cursor = bench.list("Users?cursor=&count=2").await["nextCursor"].as_str().unwrap().to_owned();
    assert_eq!(ids_of(&bench.list(&format!("Users?count=3&cursor={cursor}")).await).len(), 3);
    for target in [
        format!("Groups?cursor={cursor}"),
        format!("Users?filter=active eq true&cursor={cursor}"),
        format!("Users?attributes=id&cursor={cursor}"),
        format!("Users?cursor=x{cursor}"),
        "Users?cursor=2".to_owned(),
    ] {
        let error = bench.get(&target).await.json();
        assert_eq!((&error["status"], &error["scimType"]), (&json!("400"), &json!("invalidCursor")), "{target}");
    }
}

#[tokio::test(start_paused = true)]
async fn salesforce_knows_no_cursors() {
    let bench = Bench::with_users(8).await;
    let page = bench.list("Users?cursor=&count=2").await;
    assert!(page["startIndex"] == 1 && page.get("nextCursor").is_none(), "{page}");
}
