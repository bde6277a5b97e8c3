//! How the zip is made.

use super::{Way, make, unpacked, zip};
use std::process::Command;

#[test]
fn the_same_program_makes_the_same_zip() {
    assert!(make(&["--relay"]) == zip(Way::Relay), "the bytes differ");
}

#[test]
fn a_zip_holds_what_the_platforms_own_tool_packs() {
    let folder = unpacked(Way::Relay);
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["connector-spec.json", "index.js"]);
}

/// The platform's runner may not have the SDK where a bundle finds it. Settings then come from the environment.
#[test]
fn without_an_sdk_beside_it_a_bundle_uses_its_own() {
    let folder = unpacked(Way::Relay);
    // A module of its own kind has no `require.main`, as little as some runners have.
    let script = "import { createRequire } from 'node:module'
        const { connector } = createRequire(`${process.cwd()}/`)('./index.js')
        const failed = await (await connector())._exec('std:test-connection', {}, {}, {}).catch((error) => error)
        console.log(failed.constructor.name, failed.type, failed.message)";
    // {"serviceUrl":"ftp://example.com"}
    let config = "eyJzZXJ2aWNlVXJsIjoiZnRwOi8vZXhhbXBsZS5jb20ifQ==";
    let mut node = Command::new("node");
    node.current_dir(folder.path()).env("CONNECTOR_CONFIG", config).args(["--input-type=module", "--eval", script]);
    let output = node.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    insta::assert_snapshot!(said.trim(), @"ConnectorError generic serviceUrl must begin with https://, as in https://connector.example.com");
}
