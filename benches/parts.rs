//! What is done often: lines of a page, paths and filters, changes, errors. `cargo bench --bench parts`.

#![expect(clippy::expect_used, reason = "a benchmark of what is wrong is none")]

mod page;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::{HeaderMap, StatusCode};
use scim_connector::mapping::AccountMapper;
use scim_connector::mapping::table::Table;
use scim_connector::scim::patch::{self, Assignment};
use scim_connector::scim::path::Path;
use scim_connector::scim::provider::PatchForm;
use scim_connector::scim::{Refusal, filter};
use scim_connector::transport::FailedStatus;
use std::hint::black_box;

fn page_to_lines(criterion: &mut Criterion) {
    let (body, read) = (page::body(200), page::read());
    let mut group = criterion.benchmark_group("page to lines");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("200 users", |bencher| bencher.iter(|| page::lines(black_box(&body), &read)));
    group.finish();
}

fn paths_and_filters(criterion: &mut Criterion) {
    let (table, profile) = (Table::built_in(), page::profile());
    criterion.bench_function("plan of the attribute table", |bencher| {
        bencher.iter(|| AccountMapper::new(black_box(&table), &profile, None).plan());
    });
    let text = r#"active eq true and (emails[type eq "work" and primary eq true] or meta.lastModified gt "2025-01-01T00:00:00Z")"#;
    criterion.bench_function("filter parsed", |bencher| bencher.iter(|| filter::parse(black_box(text))));
    let (filter, user) = (filter::parse(text).expect("a filter"), page::user(7));
    criterion.bench_function("filter evaluated", |bencher| {
        bencher.iter(|| filter::matches(black_box(&filter), black_box(&user)));
    });
}

fn changes(criterion: &mut Criterion) {
    let path = |text: &str| -> Path { text.parse().expect("a path") };
    let paths = [path("title"), path("name.givenName"), path("emails[type eq \"work\"].value")];
    let assignments: Vec<Assignment<'_>> = paths
        .iter()
        .map(|path| Assignment {
            read: std::slice::from_ref(path),
            write: path,
            value: Some("changed".into()),
            others: &[],
        })
        .collect();
    let user = page::user(7);
    criterion.bench_function("PATCH of three attributes", |bencher| {
        bencher.iter(|| patch::operations(PatchForm::Paths, black_box(&assignments), &user));
    });
}

fn errors(criterion: &mut Criterion) {
    let body = br#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"duplicate value found: Username duplicates value on record with id: 005000000000001"}"#;
    let failed =
        FailedStatus { status: StatusCode::CONFLICT, headers: HeaderMap::new(), body: Bytes::from_static(body) };
    criterion.bench_function("error read", |bencher| bencher.iter(|| Refusal::parse(black_box(&failed))));
}

criterion_group!(parts, page_to_lines, paths_and_filters, changes, errors);
criterion_main!(parts);
