//! `docs/PROVIDERS.md`, made of the profiles. With `UPDATE_DOCS=1` its test writes it anew.

use super::set::{BASE, BUILT_IN};
use super::{Profile, Profiles};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Each key of a profile: what it may be, and what it means. Keys below `users` hold for `groups`, `entitlements` and `roles`, too.
const KEYS: &[(&str, &str, &str)] = &[
    ("title", "text", "What people call the provider."),
    ("documentation", "URL", "The page that most of it is from."),
    ("notes", "texts", "What is known, and where from. For this page."),
    (
        "hosts",
        "patterns",
        "Hosts that are this provider: a source at one of them needs no `provider`, and a token endpoint may name one of them as the place of the API. `*` stands for characters of one label, as the first label for one label or more; the last two labels must be said.",
    ),
    ("scimPath", "path", "The path of the API, where `baseUrl` has none."),
    ("tokenPath", "path", "The path of the token endpoint at the host of `baseUrl`, where `tokenUrl` is not set."),
    (
        "assertionAudiences",
        "list of `{host, audience}`",
        "For whom a signed assertion is made out, by the token endpoint's host; the first that fits, and `null` fits every host. None: the token endpoint.",
    ),
    ("accept", "media types", "The header Accept."),
    ("users.path", "text", "The endpoint, below the API's path."),
    (
        "users.paging",
        "`index` `key` `cursor` `whole` `{\"indexThenKey\": {\"lastStart\": N}}`",
        "How pages are addressed: by `startIndex`; by `id gt`; by `cursor` (RFC 9865); not at all, everything in one answer; by `startIndex` up to N, and on by `startIndex` inside `id gt`. The setting `paging` counts before it.",
    ),
    ("users.pageSize", "number", "Resources asked for at once. The setting `pageSize` counts before it."),
    ("users.maxPageSize", "number", "More the provider does not give at once: no more is asked for."),
    (
        "users.totals",
        "`trusted` `checked` `ignored`",
        "How far `totalResults` is believed: as it is; with a look at what comes after it; not at all, so that lists are read until nothing more comes.",
    ),
    (
        "users.filters.operators",
        "some of `eq` `ne` `co` `sw` `ew` `pr` `gt` `ge` `lt` `le` `and` `or` `not` `valuePath`",
        "The operators of filters that the provider understands; `valuePath` is `emails[type eq \"work\"]`. None: it has no filters.",
    ),
    ("users.filters.attributes", "names", "The attributes that filters may name; `null`: all."),
    (
        "users.attributes",
        "names",
        "Attributes that are asked for by name (`attributes`), where the provider does not show them unasked. Then it must be all that is wanted.",
    ),
    ("users.excludes", "`true` `false`", "Whether the provider takes `excludedAttributes`."),
    ("entitlements", "as `users`", "The list of what is granted besides groups, with all its keys."),
    ("roles", "as `users`", "The list of roles, with all its keys: what forms offer as roles."),
    (
        "entitlementTypes",
        "cards",
        "What it grants besides, each card as in the setting `entitlementTypes`, whose card of the same type counts before it.",
    ),
    (
        "memberships",
        "`user` `group` `both`",
        "Where an account's groups are read: in the user, in the groups, or in both. The setting `groupMembership` counts before it.",
    ),
    (
        "members.shown",
        "`inLists` `inSingles` `byFilter` `nowhere`",
        "Where groups show their members: in the list of groups; only in a group that is read by itself, so that each is read; not at all, but they are found by `members.value eq`, which is asked once an account; nowhere, so that only users can tell.",
    ),
    (
        "members.atMost",
        "number",
        "A group shows so many members at most. One that shows as many fails the aggregation, since it may have more.",
    ),
    (
        "lastModifiedMisses",
        "names",
        "Attributes of users that may change while `meta.lastModified` stays as it is. Where accounts show one of them, an aggregation of changes reads all users and sends what differs; groups that are read from their members are found without that.",
    ),
    (
        "userId",
        "`any` `{\"alphanumeric\": {\"prefix\": …, \"lengths\": […]}}`",
        "What a user's id looks like, so that a user name is not asked for as an id.",
    ),
    ("idsAreCaseExact", "`true` `false`", "Whether ids that differ only in the case of letters are different ones."),
    (
        "entitlementKinds",
        "list of `{idPrefix, name}`",
        "What an entitlement grants, by the first characters of its id. Of `Profile` each account has exactly one.",
    ),
    ("writing.contentType", "media type", "The header Content-Type of what is sent."),
    (
        "writing.patch",
        "`paths` `values`",
        "How attributes are changed: an operation each, with its path; or all new values in one operation without a path.",
    ),
    ("writing.replacesUsers", "`true` `false`", "Users are put back as a whole (PUT) instead of patched."),
    ("writing.operations", "`lower` `capitalised`", "How PATCH operations are spelt: `add` or `Add`."),
    ("writing.booleans", "`json` `text`", "How true and false are written: `true` or `\"True\"`."),
    ("writing.readOnly", "names", "What is left out of a user that is put back."),
    ("writing.members.form", "`standard` `wrapped`", "Members as RFC 7644 has them, or in Salesforce's own form."),
    (
        "writing.members.removal",
        "`path` `value`",
        "A member is removed by `members[value eq \"…\"]`, or by `members` and a value.",
    ),
    ("writing.members.withDisplay", "`true` `false`", "A member that is added brings its `display`."),
    ("deletion", "`removes` `deactivates`", "What DELETE does to a user."),
    ("discovery", "`true` `false`", "Whether the documents are asked for by which the provider describes itself."),
    (
        "throttling",
        "list of `{statuses, says, meaning}`",
        "Refusals that mean more than their status: where the body holds `says`, it is `tooFast` or `quotaUsedUp`. 429 is `tooFast` anyway.",
    ),
    ("concurrency", "1 to 64", "Requests at once. The setting of that name counts before it."),
    (
        "requestsPerSecond",
        "0.001 to 10000",
        "Requests a second at most; `null`: no limit. The setting of that name counts before it.",
    ),
];

const INTRODUCTION: &str = "\
# Providers

Providers differ in how they page, what they show and what they accept. What is known of one is its profile: a JSON file \
with what differs from another profile, `generic` where it names none. What a provider's documentation does not say stays \
as in `generic`. This page is made of those files.

A source takes the profile that its setting `provider` names; without one, that of its host; else `generic`.
";

const OWN: &str = "
## Where a provider differs

**In one source.** The setting `providerSettings` takes keys and values of the table below, for instance \
`users.maxPageSize` and `50`, or `members.shown` and `inSingles`. A value is JSON, or a plain text. All keys but `title`, \
`documentation`, `notes` and `hosts` can be set. Where another setting says the same (`pageSize`, `paging`, \
`groupMembership`, `concurrency`, `requestsPerSecond`), that one counts.

**For all sources of a service.** `--profiles PATH` of `serve`, `invoke` and `validate` reads a file `NAME.json`, or all of \
a folder in the order of their names. The file's name is the profile's, and it holds what differs:

```json
{
  \"extends\": \"generic\",
  \"title\": \"Example HR\",
  \"documentation\": \"https://hr.example.com/docs/scim\",
  \"notes\": [\"A page has 50 users at most (documentation, Limits).\"],
  \"hosts\": [\"*.hr.example.com\"],
  \"users\": {\"maxPageSize\": 50},
  \"members\": {\"shown\": \"inSingles\"}
}
```

`extends` names another profile, a built-in one or one of a file that is read before; without it, it is `generic`. Objects \
are merged key by key, everything else takes the place of what was there. A profile of a name that exists needs \
`\"replaces\": true`; `generic` cannot be replaced. Where two profiles claim a host, the one that was read last has it. A file \
that cannot be used ends the start, with every problem of every file by its key.

## The keys of a profile

";

fn content(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap()
}

/// The keys that a profile says, and what it says.
fn leaves(content: &Map<String, Value>, before: &str) -> Vec<(String, Value)> {
    let leaf = |(key, value): (&String, &Value)| match value {
        // A choice with values of its own is one value.
        Value::Object(inner) if !matches!(key.as_str(), "paging" | "userId" | "entitlements" | "roles") => {
            leaves(inner, &format!("{before}{key}."))
        }
        value => vec![(format!("{before}{key}"), value.clone())],
    };
    content.iter().flat_map(leaf).collect()
}

/// What a profile changes besides what describes it.
fn changes(text: &str) -> Vec<(String, Value)> {
    let describes = |key: &str| matches!(key, "title" | "documentation" | "notes" | "hosts" | "extends");
    leaves(&content(text), "").into_iter().filter(|(key, _)| !describes(key)).collect()
}

fn document() -> String {
    let mut document = INTRODUCTION.to_owned();
    document.push_str("\n## What differs\n\n| profile | provider | hosts | differs in |\n|---|---|---|---|\n");
    let profiles = Profiles::built_in();
    for (profile, text) in all(&profiles) {
        let hosts: Vec<String> = profile.hosts.iter().map(|host| format!("`{host}`")).collect();
        let differs: Vec<String> = match profile.name.as_str() {
            "generic" => vec!["It is what others start from.".to_owned()],
            _ => changes(text).iter().map(|(key, value)| format!("`{key}` {}", cell(value))).collect(),
        };
        let (hosts, differs) = (hosts.join("<br>"), differs.join("<br>"));
        writeln!(document, "| `{}` | {} | {hosts} | {differs} |", profile.name, profile.title).unwrap();
    }
    document.push_str("\n## What is known\n");
    for (profile, _) in all(&profiles) {
        write!(document, "\n### {} (`{}`)\n\n", profile.title, profile.name).unwrap();
        for note in &profile.notes {
            writeln!(document, "- {note}").unwrap();
        }
        writeln!(document, "\n{}", profile.documentation.as_deref().unwrap_or_default()).unwrap();
    }
    document.push_str(OWN);
    document.push_str("| key | values | meaning | in `generic` |\n|---|---|---|---|\n");
    let defaults = leaves(&content(BASE.1), "");
    for (key, values, meaning) in KEYS {
        let default = &defaults.iter().find(|(name, _)| name == key).unwrap().1;
        let default = if matches!(*key, "title" | "documentation" | "notes") { String::new() } else { cell(default) };
        let values = values.replace('|', "\\|");
        writeln!(document, "| `{key}` | {values} | {meaning} | {default} |").unwrap();
    }
    document
}

/// A value as a table shows it.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            let texts: Vec<String> = values.iter().map(cell).collect();
            texts.join(" ")
        }
        value => format!("`{value}`"),
    }
}

fn all(profiles: &Profiles) -> Vec<(&Profile, &'static str)> {
    let files = BUILT_IN.iter().chain([&BASE]);
    files.map(|(name, text)| (&**profiles.named(name).unwrap(), *text)).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether files are to be written")]
fn the_page_is_made_of_the_profiles() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PROVIDERS.md");
    let document = document();
    if std::env::var("UPDATE_DOCS").is_ok() {
        std::fs::write(&path, &document).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == document, "docs/PROVIDERS.md is not what the profiles say: run this test with UPDATE_DOCS=1");
}

/// `generic` says every key, as another test holds.
#[test]
fn every_key_is_explained_once() {
    let keys = leaves(&content(BASE.1), "").into_iter().map(|(key, _)| key);
    let expected: Vec<String> = keys.filter(|key| !key.starts_with("groups.")).collect();
    assert_eq!(KEYS.iter().map(|(key, ..)| (*key).to_owned()).collect::<Vec<_>>(), expected);
}

#[test]
fn every_profile_says_where_it_is_from_and_no_two_claim_a_host() {
    let profiles = Profiles::built_in();
    let mut hosts = std::collections::BTreeSet::new();
    for (profile, text) in all(&profiles) {
        assert!(!profile.notes.is_empty(), "{}", profile.name);
        assert!(profile.documentation.as_ref().is_some_and(|url| url.parse::<url::Url>().is_ok()), "{}", profile.name);
        assert!(profile.hosts.iter().all(|host| hosts.insert(host.to_string())), "{}", profile.name);
        // A file holds what differs, and nothing else.
        let of_base = leaves(&content(BASE.1), "");
        let is_base = profile.name == BASE.0;
        assert!(is_base || changes(text).iter().all(|change| !of_base.contains(change)), "{}", profile.name);
    }
}

#[test]
fn the_form_offers_the_profiles_by_their_titles() {
    let spec: Value = serde_json::from_str(crate::product::SPEC).unwrap();
    let items = spec["sourceConfig"][0]["items"][0]["items"].as_array().unwrap();
    let provider = items.iter().find(|item| item["key"] == "provider").unwrap();
    let offered = provider["options"].as_array().unwrap().iter();
    let offered: Vec<(&str, &str)> =
        offered.map(|one| (one["value"].as_str().unwrap(), one["label"].as_str().unwrap())).collect();
    let profiles = Profiles::built_in();
    let known: Vec<(&str, &str)> = profiles.iter().map(|one| (one.name.as_str(), one.title.as_str())).collect();
    assert_eq!(offered, known);
}
