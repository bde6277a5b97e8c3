//! Lists that are wrong: in both dialects and every collection, against the right list.

use super::{Bench, ids_of};
use crate::sandbox::ListEffect::{
    self, ChangeTotal, DropRows, EmptyPage, IgnoreFilter, IgnoreStartIndex, LoseView, RepeatRows, ShiftPage,
};
use crate::sandbox::{Dialect, Effect, Fault, Options, Schedule};
use http::{Method, StatusCode};
use serde_json::{Value, json};

async fn bench(dialect: Dialect) -> Bench {
    Bench::new(Options { users: 30, groups: 30, permission_sets: 24, ..Options::new(dialect) }).await
}

fn collections(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Salesforce => &["Users", "Groups", "Entitlements"],
        Dialect::Rfc => &["Users", "Groups"],
    }
}

/// Makes lists wrong from now on.
fn spoil(bench: &Bench, effect: ListEffect) {
    let faults = vec![Fault::new("", Effect::List(effect)).named("list")];
    bench.app.faults.replace(Schedule { faults, ..Schedule::default() });
}

fn fired(bench: &Bench) -> u64 {
    bench.app.faults.fired()[0].1
}

/// Total, start index, number of items, ids.
fn figures(list: &Value) -> (u64, u64, u64, Vec<String>) {
    let figure = |name: &str| list[name].as_u64().unwrap();
    (figure("totalResults"), figure("startIndex"), figure("itemsPerPage"), ids_of(list))
}

/// The page of five from the sixth on, of thirty; rows counted from 0.
#[rstest::rstest]
#[case::repeated(RepeatRows(2), 30, 6, &[5, 6, 7, 5, 6])]
#[case::repeated_as_far_as_the_page_goes(RepeatRows(9), 30, 6, &[5, 6, 7, 5, 6])]
#[case::missing(DropRows(2), 30, 6, &[7, 8, 9])]
#[case::all_missing(DropRows(9), 30, 6, &[])]
#[case::later(ShiftPage(2), 30, 6, &[7, 8, 9, 10, 11])]
#[case::earlier(ShiftPage(-2), 30, 6, &[3, 4, 5, 6, 7])]
#[case::earlier_than_the_first(ShiftPage(-9), 30, 6, &[0, 1, 2, 3, 4])]
#[case::more_in_all(ChangeTotal(3), 33, 6, &[5, 6, 7, 8, 9])]
#[case::fewer_in_all(ChangeTotal(-3), 27, 6, &[5, 6, 7, 8, 9])]
#[case::empty(EmptyPage, 30, 6, &[])]
#[case::partly_out_of_view(LoseView(7), 7, 6, &[5, 6])]
#[case::out_of_view(LoseView(1), 1, 6, &[])]
#[case::from_the_beginning(IgnoreStartIndex, 30, 1, &[0, 1, 2, 3, 4])]
#[tokio::test(start_paused = true)]
async fn a_page_is_wrong(
    #[values(Dialect::Salesforce, Dialect::Rfc)] dialect: Dialect,
    #[case] effect: ListEffect,
    #[case] total: u64,
    #[case] start_index: u64,
    #[case] rows: &[usize],
) {
    let bench = bench(dialect).await;
    for collection in collections(dialect) {
        bench.app.faults.replace(Schedule::default());
        let all = ids_of(&bench.list(&format!("{collection}?count=100")).await);
        assert_eq!(all.len(), 30, "{collection}");
        spoil(&bench, effect);
        let page = bench.list(&format!("{collection}?count=5&startIndex=6")).await;
        let expected: Vec<String> = rows.iter().map(|row| all[*row].clone()).collect();
        let items = expected.len() as u64;
        assert_eq!(figures(&page), (total, start_index, items, expected), "{collection}");
        assert_eq!(fired(&bench), 1);

        let one = bench.get(&format!("{collection}/{}", all[20])).await;
        assert_eq!((one.status, fired(&bench)), (StatusCode::OK, 1), "a record by itself is as ever");
    }
}

#[rstest::rstest]
#[tokio::test(start_paused = true)]
async fn a_filter_is_ignored(#[values(Dialect::Salesforce, Dialect::Rfc)] dialect: Dialect) {
    let bench = bench(dialect).await;
    for collection in collections(dialect) {
        bench.app.faults.replace(Schedule::default());
        let all = ids_of(&bench.list(&format!("{collection}?count=100")).await);
        let (beyond, whole) = (format!("{collection}?filter=id gt \"{}\"", all[27]), format!("{collection}?count=2"));
        assert_eq!(figures(&bench.list(&beyond).await), (2, 1, 2, all[28..].to_vec()));
        spoil(&bench, IgnoreFilter);
        let ignored = figures(&bench.list(&format!("{beyond}&count=2")).await);
        assert_eq!((ignored, fired(&bench)), ((30, 1, 2, all[..2].to_vec()), 1), "{collection}");
        bench.list(&whole).await;
        assert_eq!(fired(&bench), 1, "there is no filter");
    }
}

/// A view that is lost is the same by every way of paging.
#[rstest::rstest]
#[case::by_key("id gt \"{}\"")]
#[case::by_another_condition("id gt \"{}\" and meta.resourceType eq \"User\"")]
#[tokio::test(start_paused = true)]
async fn a_lost_view_holds_for_filters_too(#[case] filter: &str) {
    let bench = bench(Dialect::Rfc).await;
    let first = ids_of(&bench.list("Users").await)[0].clone();
    assert_eq!(bench.scim(Method::DELETE, &format!("Users/{first}"), "").await.status, StatusCode::NO_CONTENT);
    let all = ids_of(&bench.list("Users").await);
    spoil(&bench, LoseView(7));
    let whole = figures(&bench.list("Users").await);
    assert_eq!(whole, (7, 1, 7, all[..7].to_vec()));
    let rest = bench.list(&format!("Users?filter={}", filter.replace("{}", &all[4]))).await;
    assert_eq!(figures(&rest), (2, 1, 2, all[5..7].to_vec()));
    let beyond = bench.list(&format!("Users?filter={}", filter.replace("{}", &all[9]))).await;
    assert_eq!(figures(&beyond), (0, 1, 0, vec![]));
    assert_eq!(fired(&bench), 3);
}

#[tokio::test(start_paused = true)]
async fn a_search_by_post_is_a_list_too() {
    let bench = bench(Dialect::Rfc).await;
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 3}).to_string();
    let all = ids_of(&bench.scim(Method::POST, "Users/.search", search.clone()).await.json());
    spoil(&bench, DropRows(1));
    let page = bench.scim(Method::POST, "Users/.search", search).await.json();
    assert_eq!((figures(&page), fired(&bench)), ((30, 1, 2, all[1..].to_vec()), 1));
}

/// What is right all the same has not failed.
#[rstest::rstest]
#[case::one_row_cannot_be_repeated(RepeatRows(1), "Users?startIndex=30")]
#[case::no_row_can_be_missing(DropRows(1), "Users?startIndex=31")]
#[case::the_beginning_was_asked_for(IgnoreStartIndex, "Users?count=3")]
#[case::all_is_in_view(LoseView(30), "Users?count=3")]
#[case::refused(EmptyPage, "Users?count=many")]
#[tokio::test(start_paused = true)]
async fn a_fault_that_changes_nothing_does_not_count(#[case] effect: ListEffect, #[case] target: &str) {
    let bench = bench(Dialect::Rfc).await;
    let right = bench.get(target).await;
    spoil(&bench, effect);
    assert_eq!(bench.get(target).await.shown(), right.shown());
    assert_eq!(fired(&bench), 0);
}
