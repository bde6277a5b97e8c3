//! What stands at the top of a specification: its name, the commands, what it supports.

use super::code::Code;
use super::node::{Findings, Node};
use crate::protocol::MAX_LINE_BYTES;
use std::collections::HashSet;

/// The top-level members that the platform knows.
const MEMBERS: &[&str] = &[
    "name",
    "keyType",
    "commands",
    "supportsStatefulCommands",
    "supportsCustomSchemas",
    "showDebugLoggingOption",
    "sourceConfigInitialValues",
    "sourceConfig",
    "accountSchema",
    "entitlementSchemas",
    "accountCreateTemplate",
    // For editors: which JSON Schema it keeps to.
    "$schema",
];

/// The platform's commands, as the SDK's repository has them (npm's has not all).
pub const COMMANDS: &[&str] = &[
    "std:test-connection",
    "std:spec:read",
    "std:account:list",
    "std:account:read",
    "std:account:create",
    "std:account:update",
    "std:account:enable",
    "std:account:disable",
    "std:account:unlock",
    "std:account:delete",
    "std:account:discover-schema",
    "std:entitlement:list",
    "std:entitlement:read",
    "std:change-password",
    "std:authenticate",
    "std:source-data:discover",
    "std:source-data:read",
    "std:config-options:read",
    "std:application-discovery:list",
    "std:machine-identity:list",
    "std:agent:list",
    "std:resource:list",
    "std:ssf-stream:create",
    "std:ssf-stream:read",
    "std:ssf-stream:update",
    "std:ssf-stream:status-update",
    "std:ssf-stream:replace",
    "std:ssf-stream:delete",
    "std:ssf-stream:discover",
    "std:ssf-stream:verify",
];

pub(super) fn check(spec: &Node<'_>, code: &Code, found: &mut Findings) {
    spec.only(&[MEMBERS], found);
    spec.required_text("name", "the connector's name, as people see it", found);
    spec.choice("keyType", &["simple", "compound"], found);
    for flag in ["supportsStatefulCommands", "supportsCustomSchemas", "showDebugLoggingOption"] {
        spec.flag(flag, found);
    }
    commands(spec, code, found);
    // It goes to the platform in one line.
    let bytes = spec.value.to_string().len() + "{\"type\":\"output\",\"data\":{\"specification\":}}\n".len();
    if bytes > MAX_LINE_BYTES {
        found.wrong("", format!("makes a line of {bytes} bytes: the platform takes {MAX_LINE_BYTES} at most"));
    }
}

fn commands(spec: &Node<'_>, code: &Code, found: &mut Findings) {
    let mut seen = HashSet::new();
    for command in spec.filled("commands", "the commands that the connector carries out", found) {
        match command.as_text() {
            Some(name) if !COMMANDS.contains(&name) && code.commands.iter().any(|known| known == name) => {
                found.doubtful(
                    &command.at,
                    format!("is {name}, which the code carries out and the platform does not send"),
                );
            }
            Some(name) if !COMMANDS.contains(&name) => {
                found.wrong(&command.at, format!("is \"{name}\", which is no command of the platform"));
            }
            Some(name) if !seen.insert(name) => found.wrong(&command.at, format!("names {name} a second time")),
            Some(_) => {}
            None => command.must("be a command's name", found),
        }
    }
    for (name, what) in [
        ("std:test-connection", "Test Connection does not work"),
        ("std:spec:read", "the checks of the platform's command line cannot run"),
    ] {
        if !seen.is_empty() && !seen.contains(name) {
            found.doubtful("/commands", format!("lacks {name}: without it {what}"));
        }
    }
}

/// Whether the specification names this command.
pub fn has_command(spec: &Node<'_>, name: &str) -> bool {
    spec.value.get("commands").and_then(|all| all.as_array()).is_some_and(|all| all.iter().any(|one| one == name))
}
