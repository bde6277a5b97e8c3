//! What a profile's types cannot say of its values.

use super::{Endpoint, MembersShown, Paging, Profile, Totals, clashes};
use crate::scim::filter::by_member;
use http::HeaderValue;

/// Everything that is wrong with a profile whose types are right: keys, and sentence parts that go on after them.
pub(super) fn problems(profile: &Profile) -> Vec<(String, &'static str)> {
    let mut problems = Vec::new();
    let mut must = |holds: bool, key: &str, says: &'static str| {
        if !holds {
            problems.push((key.to_owned(), says));
        }
    };
    must(!profile.title.trim().is_empty(), "title", "must be what people call the provider");
    let is_path = |path: &str| path.starts_with('/') && !path.starts_with("//") && !path.contains(['?', '#', '\\']);
    must(profile.scim_path.is_empty() || is_path(&profile.scim_path), "scimPath", PATH);
    must(profile.token_path.as_deref().is_none_or(is_path), "tokenPath", PATH);
    must(is_media_type(&profile.accept), "accept", "must be media types, such as application/scim+json");
    let content_type = "must be a media type, such as application/scim+json";
    must(is_media_type(&profile.writing.content_type), "writing.contentType", content_type);
    must((1..=64).contains(&profile.concurrency.get()), "concurrency", "must be a whole number from 1 to 64");
    let is_rate = |rate: f64| (0.001..=10_000.0).contains(&rate);
    must(profile.requests_per_second.is_none_or(is_rate), "requestsPerSecond", "must be a number from 0.001 to 10000");
    must(
        clashes(&profile.entitlement_types).is_empty(),
        "entitlementTypes",
        "must not have a type or an attribute twice",
    );
    let says_something = profile.throttling.iter().all(|words| !words.says.is_empty());
    must(says_something, "throttling", "must have words in each \"says\": without any it would mean every answer");
    let is_found = profile.members.shown != MembersShown::ByFilter || profile.groups.filters.understand(&by_member(""));
    must(is_found, "members.shown", "must not be byFilter unless groups.filters has eq and members.value");
    let named = [
        ("users", Some(&profile.users)),
        ("groups", Some(&profile.groups)),
        ("entitlements", profile.entitlements.as_ref()),
        ("roles", profile.roles.as_ref()),
    ];
    for (name, endpoint) in named {
        if let Some(endpoint) = endpoint {
            of_endpoint(endpoint, name, &mut must);
        }
    }
    problems
}

const PATH: &str = "must be a path that begins with a slash, such as /scim/v2";

fn of_endpoint(endpoint: &Endpoint, name: &str, must: &mut impl FnMut(bool, &str, &'static str)) {
    let is_segment =
        !endpoint.path.is_empty() && !endpoint.path.contains(['/', '?', '#']) && !matches!(&*endpoint.path, "." | "..");
    must(is_segment, &format!("{name}.path"), "must be one segment of a path, such as Users");
    let needs_totals = matches!(endpoint.paging, Paging::Key | Paging::IndexThenKey { .. } | Paging::Whole);
    let has_totals = endpoint.totals != Totals::Ignored || !needs_totals;
    must(
        has_totals,
        &format!("{name}.totals"),
        "must not be ignored where paging goes by key or is whole: nothing else proves such a list complete",
    );
    let goes_on = !matches!(endpoint.paging, Paging::IndexThenKey { last_start: 0 });
    must(goes_on, &format!("{name}.paging"), "must have a lastStart of 1 at least");
    let are_names = endpoint.attributes.iter().all(|name| !name.trim().is_empty() && !name.contains(','));
    must(are_names, &format!("{name}.attributes"), "must be names of attributes");
}

fn is_media_type(text: &str) -> bool {
    text.contains('/') && HeaderValue::from_str(text).is_ok()
}
