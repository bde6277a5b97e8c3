//! Lists: pages, filters, projections, and their limits.

use super::{Bench, ids_of};
use crate::sandbox::Options;
use crate::sandbox::ids::{self, Kind};
use http::StatusCode;
use proptest::prelude::*;
use std::collections::HashSet;

#[tokio::test(start_paused = true)]
async fn a_list_response_has_its_members_in_order() {
    let bench = Bench::with_users(8).await;
    let answer = bench.get("Users?count=2&startIndex=3&attributes=userName").await;
    insta::assert_snapshot!(answer.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":8,"startIndex":3,"itemsPerPage":2,"Resources":[{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":"005RM000002FD0dYAG","userName":"bjorn.ryan@example.com"},{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":"005RM000002FD0eYAG","userName":"wanjiru.lefevre@example.com"}]}
    "#);
    let groups = bench.get("Groups?excludedAttributes=members,meta&count=2").await;
    insta::assert_snapshot!(groups.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":5,"startIndex":1,"itemsPerPage":2,"Resources":[{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"00GRM000002FD0b2AG","displayName":"Sales West"},{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"00GRM000002FD0c2AG","displayName":"Engineering"}]}
    "#);
    let entitlements = bench.get("Entitlements?count=1").await;
    insta::assert_snapshot!(entitlements.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":18,"startIndex":1,"itemsPerPage":1,"Resources":[{"schemas":["urn:salesforce:schemas:extension:1.0:Entitlement"],"id":"00eRM000002FD0bYAG","displayName":"System Administrator","type":"Profile","meta":{"resourceType":"Entitlement","created":"2014-03-03T09:00:00Z","lastModified":"2014-03-03T09:00:00Z","location":"http://127.0.0.1:8080/services/scim/v2/Entitlements/00eRM000002FD0bYAG","version":"03ca197ddb62e03f42df48aba6d77ec5"}}]}
    "#);
    let roles = bench.get("Roles?count=1&excludedAttributes=meta").await;
    insta::assert_snapshot!(roles.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":8,"startIndex":1,"itemsPerPage":1,"Resources":[{"schemas":["urn:salesforce:schemas:extension:1.0:Role"],"id":"00ERM000002FD0b2AG","displayName":"CEO"}]}
    "#);
}

#[tokio::test(start_paused = true)]
async fn page_sizes_have_a_default_and_bounds() {
    let bench = Bench::with_users(300).await;
    for (query, items, start) in [
        ("", 20, 1),
        ("count=1000", 200, 1),
        ("count=0", 0, 1),
        ("count=-5", 0, 1),
        ("startIndex=0", 20, 1),
        ("startIndex=-3", 20, 1),
        ("startIndex=295", 6, 295),
        ("startIndex=2000", 0, 2000),
    ] {
        let list = bench.list(&format!("Users?{query}")).await;
        let figures = (list["totalResults"].as_u64(), list["itemsPerPage"].as_u64(), list["startIndex"].as_u64());
        assert_eq!(figures, (Some(300), Some(items), Some(start)), "{query}");
    }
    insta::assert_snapshot!(bench.get("Users?count=many").await.shown(), @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidValue","detail":"count must be a whole number","status":400}
    "#);
    insta::assert_snapshot!(bench.get("Users?attributes=id&excludedAttributes=name").await.shown(), @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidValue","detail":"attributes and excludedAttributes exclude each other","status":400}
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_start_index_past_2000_is_too_big() {
    let bench = Bench::with_users(5_000).await;
    assert_eq!(ids_of(&bench.list("Users?startIndex=2000&count=200").await).len(), 200);
    insta::assert_snapshot!(bench.get("Users?startIndex=2001").await.shown(), @r#"
    400 application/scim+json;charset=UTF-8
    {"Errors":[{"description":"Start index too big. Consider filtering down your result set, e.g. id gt \"(the last id in the result set)\"","code":400}]}
    "#);
    assert_eq!(bench.get("Groups?startIndex=2001").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn unfiltered_entitlements_end_at_200_and_a_filter_goes_on() {
    let bench = Bench::new(Options { permission_sets: 450, ..Options::default() }).await;
    let first = bench.list("Entitlements?count=200").await;
    assert_eq!(first["totalResults"], 200);
    assert_eq!(ids_of(&bench.list("Entitlements?count=200&startIndex=201").await), [""; 0]);
    let mut seen = ids_of(&first);
    while let Some(last) = seen.last() {
        let more = ids_of(&bench.list(&format!("Entitlements?count=200&filter=id gt \"{last}\"")).await);
        if more.is_empty() {
            break;
        }
        seen.extend(more);
    }
    assert_eq!(seen.len(), 456);
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(bench.list("Entitlements?filter=type eq \"Profile\"").await["totalResults"], 6);
}

#[tokio::test(start_paused = true)]
async fn filters_choose_exactly_what_they_say() {
    let bench = Bench::with_users(1_500).await;
    let all = {
        let mut all = Vec::new();
        for start in (1..1_500).step_by(200) {
            let page = bench.list(&format!("Users?count=200&startIndex={start}")).await;
            all.extend(page["Resources"].as_array().unwrap().clone());
        }
        all
    };
    let (key, name) = (all[700]["id"].as_str().unwrap(), all[3]["userName"].as_str().unwrap());
    let active = all.iter().filter(|user| user["active"] == true).count();
    let inactive_after = all.iter().skip(701).filter(|user| user["active"] == false).count();
    for (filter, total) in [
        (format!("id gt \"{key}\""), 799),
        (format!("id ge \"{key}\" and id le \"{key}\""), 1),
        (format!("id lt \"{key}\""), 700),
        (format!("(id gt \"{key}\") and (id eq \"{key}\")"), 0),
        (format!("id eq \"{}\"", key.to_lowercase()), 0),
        ("id gt \"\"".to_owned(), 1_500),
        ("id gt \"zzz\"".to_owned(), 0),
        (format!("USERNAME eq \"{}\"", name.to_uppercase()), 1),
        (format!("userName eq \"{name}\" and active eq false and title pr"), usize::from(all[3]["active"] == false)),
        ("userName eq \"nobody@example.com\"".to_owned(), 0),
        ("active eq true".to_owned(), active),
        (format!("active eq false and id gt \"{key}\""), inactive_after),
        (format!("userName eq \"{name}\" or id eq \"{key}\""), 2),
        ("not (active eq true)".to_owned(), 1_500 - active),
        ("userName sw \"a\" and not (userName sw \"a\")".to_owned(), 0),
    ] {
        let list = bench.list(&format!("Users?count=3&filter={filter}")).await;
        assert_eq!(list["totalResults"], total, "{filter}");
    }
    insta::assert_snapshot!(bench.get("Users?filter=userName eq").await.shown(), @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidFilter","detail":"Invalid filter: at column 12: expected more after eq, but found the end","status":400}
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_kept_scan_does_not_outlive_a_write() {
    let bench = Bench::with_users(1_500).await;
    let inactive = "Users?count=1&filter=active eq false";
    let list = bench.list(inactive).await;
    let before = list["totalResults"].as_u64().unwrap();
    let active = ids_of(&bench.list("Users?count=1&filter=active eq true").await).remove(0);
    assert_eq!(bench.list(inactive).await["totalResults"], before);
    bench.scim(http::Method::DELETE, &format!("Users/{active}"), "").await;
    assert_eq!(bench.list(inactive).await["totalResults"], before + 1);
    bench.app.store.reset();
    assert_eq!(bench.list(inactive).await["totalResults"], before);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_found_by_its_members() {
    let bench = Bench::with_users(40).await;
    let user = bench.list("Users?count=1&startIndex=7").await["Resources"][0].clone();
    let filter = format!("members.value eq \"{}\"", user["id"].as_str().unwrap());
    let found = bench.list(&format!("Groups?filter={filter}&excludedAttributes=members")).await;
    let of_user: Vec<&str> =
        user["groups"].as_array().unwrap().iter().map(|group| group["value"].as_str().unwrap()).collect();
    assert_eq!(ids_of(&found), of_user);
    assert!(found["Resources"].as_array().unwrap().iter().all(|group| group["members"].is_null()));
}

#[tokio::test(start_paused = true)]
async fn a_million_users_are_paged_deep_inside_without_a_scan() {
    let bench = Bench::with_users(1_000_000).await;
    let key = ids::id(Kind::User, 654_320);
    let page = bench.list(&format!("Users?count=200&filter=id gt \"{key}\"")).await;
    assert_eq!(page["totalResults"], 345_679);
    let expected: Vec<String> = (654_321..654_521).map(|index| ids::id(Kind::User, index)).collect();
    assert_eq!(ids_of(&page), expected);
    let name = page["Resources"][150]["userName"].as_str().unwrap();
    let found = bench.list(&format!("Users?filter=userName eq \"{name}\" and active pr")).await;
    assert_eq!(ids_of(&found), expected[150..151]);
    assert_eq!(bench.get(&format!("Users/{}", expected[199])).await.json(), page["Resources"][199]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// By index and by key.
    #[test]
    fn every_page_size_gives_the_same_users(users in 0_u64..700, size in 1_usize..250) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::with_users(users).await;
            let mut by_index = Vec::new();
            loop {
                let page = ids_of(&bench.list(&format!("Users?attributes=id&count={size}&startIndex={}", by_index.len() + 1)).await);
                if page.is_empty() {
                    break;
                }
                by_index.extend(page);
            }
            let mut by_key: Vec<String> = Vec::new();
            loop {
                let key = by_key.last().cloned().unwrap_or_default();
                let page = bench.list(&format!("Users?attributes=id&count={size}&filter=id gt \"{key}\"")).await;
                assert_eq!(page["totalResults"], users - by_key.len() as u64);
                by_key.extend(ids_of(&page));
                if page["totalResults"] == page["itemsPerPage"] {
                    break;
                }
            }
            assert_eq!(by_index.len() as u64, users);
            assert_eq!(by_index.iter().collect::<HashSet<_>>().len() as u64, users);
            assert!(by_index.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!(by_index, by_key);
        });
    }
}
