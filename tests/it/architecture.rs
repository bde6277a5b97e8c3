//! The source text: which room may use which, and what stands in one place only.

use scim_connector::product;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of `src`, without comments and tests.
struct Source {
    /// Below `src`: `scim/client.rs`.
    name: String,
    text: String,
}

impl Source {
    /// The folder or file directly below `src`.
    fn room(&self) -> &str {
        self.name.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The paths below `crate`, groups in braces written out: `scim::provider::Profile`.
    fn uses(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut text = self.text.as_str();
        while let Some((before, after)) = text.split_once("crate::") {
            // `$crate` and names that end in `crate` are none of ours.
            if !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
                expand("", after, &mut found);
            }
            text = after;
        }
        found
    }
}

/// Reads a path, or a group of paths in braces, and gives back what follows it.
fn expand<'a>(prefix: &str, text: &'a str, found: &mut BTreeSet<String>) -> &'a str {
    let mut rest = text.trim_start();
    if let Some(mut group) = rest.strip_prefix('{') {
        while !group.trim_start().starts_with('}') {
            group = expand(prefix, group, found).trim_start().trim_start_matches(',');
        }
        return group.trim_start().strip_prefix('}').unwrap();
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    let path = format!("{prefix}{name}");
    rest = after;
    match rest.strip_prefix("::") {
        Some(below) if below.starts_with(|c: char| c.is_alphabetic() || c == '{' || c == '_') => {
            expand(&format!("{path}::"), below, found)
        }
        _ => {
            found.insert(path);
            // `as _`, `as name`
            match rest.trim_start().strip_prefix("as ") {
                Some(renamed) => renamed.trim_start().trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
                None => rest,
            }
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let is_tests = path.file_stem().unwrap() == "tests";
            match path.extension() {
                _ if is_tests => {}
                None => folders.push(path),
                Some(_) => sources.push(Source { name, text: product_code(&fs::read_to_string(&path).unwrap()) }),
            }
        }
    }
    assert!(sources.len() > 60, "where is the source?");
    sources
}

/// Without comments and the tests, which stand last in a file.
fn product_code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// What each room may use of the others. `scim::provider` stands for what begins so.
const EDGES: &[(&str, &[&str])] = &[
    ("main", &[]),
    ("lib", &[]),
    (
        "cli",
        &["server", "connector", "sandbox", "config", "protocol", "spec", "telemetry", "transport", "scim::provider"],
    ),
    ("server", &["connector", "protocol", "telemetry"]),
    ("connector", &["mapping", "scim", "auth", "transport", "config", "protocol", "filter_string"]),
    (
        "mapping",
        &[
            "protocol",
            "scim::provider",
            "scim::resource",
            "scim::path",
            "scim::filter",
            "scim::patch",
            "scim::Json",
            "scim::JsonKind",
            "scim::Plan",
            "scim::write_json_text",
        ],
    ),
    ("scim", &["transport"]),
    ("auth", &["config", "transport"]),
    ("config", &["scim::provider", "scim::resource", "scim::filter", "filter_string"]),
    ("spec", &["config", "mapping::table", "protocol", "scim::provider"]),
    ("sandbox", &["scim::filter", "scim::path", "scim::resource"]),
    ("transport", &[]),
    ("protocol", &[]),
    ("filter_string", &[]),
    ("telemetry", &[]),
    ("fuzzing", &["config", "connector", "mapping", "protocol", "scim", "transport"]),
    ("clock", &[]),
    ("metrics", &[]),
    ("secret", &[]),
    ("product", &[]),
];

/// Where anybody may look.
const FOR_ALL: &[&str] = &["clock", "metrics", "secret", "product"];

/// The sandbox plays the provider and must not share the client's rules, secrets' names among them, nor be counted.
const FOR_SANDBOX: &[&str] = &["clock", "product"];

#[test]
fn dependencies_point_down() {
    for source in sources() {
        let room = source.room();
        let (_, edges) = EDGES.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("{room} is a new room"));
        let for_all = if room == "sandbox" { FOR_SANDBOX } else { FOR_ALL };
        for path in source.uses() {
            let begins =
                |with: &str| path.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
            let is_allowed = begins(room) || edges.iter().chain(for_all).any(|allowed| begins(allowed));
            assert!(is_allowed, "src/{} must not use {path}", source.name);
        }
    }
}

/// `super` leads nowhere out of a room.
#[test]
fn no_file_leaves_its_room_by_the_back_door() {
    for source in sources() {
        let depth = source.name.matches('/').count() - usize::from(source.name.ends_with("/mod.rs"));
        // A module of a room has its room above it; what is above that is the crate.
        let out = "super::".repeat(depth + 1);
        assert!(!source.text.contains(&out), "src/{} uses {out}", source.name);
    }
}

#[test]
fn one_file_names_the_http_client() {
    let naming: Vec<String> =
        sources().into_iter().filter(|source| source.text.contains("reqwest")).map(|s| s.name).collect();
    assert_eq!(naming, ["transport/http.rs"]);
}

#[test]
fn pure_rooms_do_no_input_and_output() {
    for source in sources()
        .iter()
        .filter(|source| ["protocol", "mapping", "config", "filter_string", "spec"].contains(&source.room()))
    {
        for name in ["tokio", "hyper", "axum", "std::net", "std::fs", "std::env", "std::io", "async fn"] {
            assert!(!source.text.contains(name), "src/{} names {name}", source.name);
        }
    }
}

#[test]
fn the_product_s_names_stand_in_one_file() {
    for source in sources().iter().filter(|source| source.name != "product.rs") {
        for name in [product::NAME, product::TITLE, &product::get().env_prefix()] {
            assert!(!source.text.contains(name), "src/{} says {name}", source.name);
        }
    }
}

/// What a fork by copy finds left to rename, all at once. Documentation is for it to read through.
#[test]
fn nothing_is_left_of_another_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let name_of = |path: &str, before: &str| {
        let text = fs::read_to_string(root.join(path)).unwrap();
        let line = text.lines().find_map(|line| line.trim_start().strip_prefix(before)).unwrap_or_default();
        (path.to_owned(), line.split('"').next().unwrap().to_owned())
    };
    // A package that depends on this one names it first in its line.
    let depends = |path: &str| {
        let text = fs::read_to_string(root.join(path)).unwrap();
        let line = text.lines().find(|line| line.contains("path = \"..")).unwrap_or_default();
        (path.to_owned(), line.split(" =").next().unwrap().to_owned())
    };
    let named = [
        name_of("connector-spec.json", "\"name\": \""),
        name_of("Cargo.toml", "name = \""),
        depends("fuzz/Cargo.toml"),
        depends("examples/acme-connector/Cargo.toml"),
    ];
    let left: Vec<_> = named.iter().filter(|(_, name)| name != product::NAME).collect();
    assert!(left.is_empty(), "the product is {}, and these still name another: {left:?}", product::NAME);
    let prefix = product::NAME.to_ascii_uppercase().replace('-', "_") + "_";
    assert_eq!(product::get().env_prefix(), prefix);
}

#[test]
fn a_group_of_paths_is_written_out() {
    let text =
        "use crate::{product, scim::{self, provider::{Profile, Paging as P}}};\nlet x = crate::clock::Clock::now();";
    let source = Source { name: "x.rs".to_owned(), text: text.to_owned() };
    let uses: Vec<String> = source.uses().into_iter().collect();
    assert_eq!(
        uses,
        ["clock::Clock::now", "product", "scim::provider::Paging", "scim::provider::Profile", "scim::self"]
    );
}
