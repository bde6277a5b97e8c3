//! Profiles and permission sets of Salesforce's dialect: granted and revoked by PATCH.

use super::{Bench, values_of, without_meta};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const USER: &str = "Users/005RM000002FD0cYAG";
/// The user's profile, and another.
const STANDARD: &str = "00eRM000002FD0cYAG";
const ADMINISTRATOR: &str = "00eRM000002FD0bYAG";
const SETS: [&str; 2] = ["0PSRM000002FD0b4AG", "0PSRM000002FD0c4AG"];

#[tokio::test(start_paused = true)]
async fn permission_sets_come_and_go() {
    let bench = Bench::with_users(8).await;
    let held = |user: &Value| values_of(&user["entitlements"]);
    let before = bench.get(USER).await.json();
    assert_eq!(held(&before), [STANDARD]);
    let add = json!([{"op": "add", "value": {"entitlements": [{"value": SETS[1]}, {"value": SETS[0]}]}}]);
    let granted = bench.patched(USER, add.clone()).await;
    assert_eq!(held(&granted), [STANDARD, SETS[0], SETS[1]]);
    insta::assert_json_snapshot!(granted["entitlements"], @r#"
    [
      {
        "value": "00eRM000002FD0cYAG",
        "display": "Standard User",
        "type": "Profile",
        "primary": true
      },
      {
        "value": "0PSRM000002FD0b4AG",
        "display": "Reports and Dashboards",
        "type": "PermissionSet"
      },
      {
        "value": "0PSRM000002FD0c4AG",
        "display": "API Enabled",
        "type": "PermissionSet"
      }
    ]
    "#);
    assert_eq!(bench.patched(USER, add).await, granted, "granted again");
    let wrapped = json!([{"op": "remove", "path": "entitlements", "value": {"entitlements": [{"value": SETS[0]}]}}]);
    let revoked = bench.patched(USER, wrapped.clone()).await;
    assert_eq!(held(&revoked), [STANDARD, SETS[1]]);
    assert_eq!(bench.patched(USER, wrapped).await, revoked, "revoked again");
    let filtered = json!([{"op": "remove", "path": format!("entitlements[value eq \"{}\"]", SETS[1])}]);
    let back = bench.patched(USER, filtered.clone()).await;
    assert_eq!(without_meta(back.clone()), without_meta(before));
    assert_eq!(bench.patched(USER, filtered).await, back);
    let with_path = json!([{"op": "add", "path": "entitlements", "value": [{"value": SETS[0]}]}]);
    assert_eq!(held(&bench.patched(USER, with_path).await), [STANDARD, SETS[0]]);
    let whole = json!([{"op": "replace", "value": {"entitlements": [{"value": SETS[1]}, {"value": STANDARD}]}}]);
    assert_eq!(held(&bench.patched(USER, whole).await), [STANDARD, SETS[1]]);
}

#[tokio::test(start_paused = true)]
async fn a_profile_is_replaced_and_never_removed() {
    let bench = Bench::with_users(8).await;
    let set = json!([{"op": "add", "value": {"entitlements": [{"value": SETS[0]}]}}]);
    bench.patched(USER, set).await;
    let replace = json!([{"op": "add", "value": {"entitlements": [{"value": ADMINISTRATOR}]}}]);
    let after = bench.patched(USER, replace).await;
    assert_eq!(values_of(&after["entitlements"]), [ADMINISTRATOR, SETS[0]]);
    let refused = [
        json!({"op": "remove", "path": "entitlements"}),
        json!({"op": "remove", "path": "entitlements", "value": {"entitlements": [{"value": ADMINISTRATOR}]}}),
        json!({"op": "remove", "path": format!("entitlements[value eq \"{ADMINISTRATOR}\"]")}),
        json!({"op": "remove", "path": "entitlements[type eq \"Profile\"]"}),
        json!({"op": "replace", "path": "entitlements", "value": [{"value": SETS[0]}]}),
        json!({"op": "add", "value": {"entitlements": [{"value": ADMINISTRATOR}, {"value": STANDARD}]}}),
    ];
    let mut said = BTreeSet::new();
    for operation in refused {
        said.insert(bench.refused(USER, json!([operation])).await);
    }
    insta::assert_snapshot!(Vec::from_iter(said).join("\n"), @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"REQUIRED_FIELD_MISSING:user_must_have_one_entitlement_which_must_be_a_profileid;","status":409}
    "#);
}

#[tokio::test(start_paused = true)]
async fn an_entitlement_that_does_not_exist_is_refused() {
    let bench = Bench::with_users(8).await;
    let unknown = json!([{"value": "0PS000000000000AAA"}]);
    let mut said = BTreeSet::new();
    for operation in [
        json!({"op": "add", "value": {"entitlements": unknown}}),
        json!({"op": "remove", "path": "entitlements", "value": {"entitlements": unknown}}),
    ] {
        said.insert(bench.refused(USER, json!([operation])).await);
    }
    insta::assert_snapshot!(Vec::from_iter(said).join("\n"), @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"FIELD_INTEGRITY_EXCEPTION:entitlement ID: id value of incorrect type: 0PS000000000000AAA;","status":409}
    "#);
    let bare = json!([{"op": "remove", "path": "entitlements", "value": [{"value": SETS[0]}]}]);
    insta::assert_snapshot!(bench.refused(USER, bare).await, @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidValue","detail":"Entitlements are removed by {\"entitlements\": [{\"value\": \"…\"}]}","status":400}
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_granted_and_then_revoked_leaves_no_trace(
        user in 0_usize..40,
        sets in prop::collection::btree_set(0_usize..12, 1..6),
        by_filter in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::with_users(40).await;
            let user = bench.list("Users?count=40").await["Resources"][user].clone();
            let target = format!("Users/{}", user["id"].as_str().unwrap());
            let held = values_of(&user["entitlements"]);
            let all = bench.list("Entitlements?count=200").await;
            let new: Vec<Value> = sets
                .iter()
                .map(|set| all["Resources"][6 + set]["id"].clone())
                .filter(|id| !held.contains(&id.as_str().unwrap().to_owned()))
                .map(|id| json!({"value": id}))
                .collect();
            let granted = bench.patched(&target, json!([{"op": "add", "value": {"entitlements": new}}])).await;
            assert_eq!(values_of(&granted["entitlements"]).len(), held.len() + new.len());
            let removals: Value = if by_filter {
                new.iter()
                    .map(|id| json!({"op": "remove", "path": format!("entitlements[value eq {}]", id["value"])}))
                    .collect()
            } else {
                json!([{"op": "remove", "path": "entitlements", "value": {"entitlements": new}}])
            };
            let after = if new.is_empty() { granted } else { bench.patched(&target, removals).await };
            assert_eq!(without_meta(after), without_meta(user));
        });
    }
}
