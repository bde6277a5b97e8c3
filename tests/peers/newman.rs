//! One run of the Postman collection by newman, and what its tests said.

use super::process::{Process, free_port, peer, repository};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

/// How long one run of the collection may take.
const LIMIT: Duration = Duration::from_mins(4);

/// What a run came to.
pub struct Run {
    status: ExitStatus,
    output: String,
    report: Value,
}

/// A test of a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Test {
    pub request: String,
    pub name: String,
}

/// The collection as it stands in the repository.
pub fn collection() -> Value {
    read(&repository("postman/scim-connector.postman_collection.json"))
}

pub fn read(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

impl Run {
    /// Runs the collection with an environment of its folder, in which `variables` are changed, so many times in a row.
    pub async fn of(environment: &str, variables: &[(&str, &str)], times: usize) -> Self {
        let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("newman-{}.json", free_port()));
        let mut command = Command::new("node");
        command.arg(peer("npm/node_modules/newman/bin/newman.js")).arg("run");
        command.arg(repository("postman/scim-connector.postman_collection.json"));
        command.arg("--environment").arg(repository(&format!("postman/{environment}.postman_environment.json")));
        for (name, value) in variables {
            command.arg("--env-var").arg(format!("{name}={value}"));
        }
        command.args(["--iteration-count", &times.to_string(), "--timeout", &(LIMIT.as_millis() - 5_000).to_string()]);
        command.args(["--color", "off", "--disable-unicode", "--reporters", "cli,json", "--reporter-json-export"]);
        let mut newman = Process::start("newman", command.arg(&report));
        let status = newman.ended(LIMIT).await;
        Self { status, output: newman.output(), report: read(&report) }
    }

    pub fn is_green(&self, what: &str) {
        assert!(self.status.success(), "{what}: {}\n{}", self.status, self.output);
    }

    /// Every test that was run, and whether it failed.
    pub fn tests(&self) -> Vec<(Test, bool)> {
        let executions = self.report["run"]["executions"].as_array().unwrap();
        let of = |execution: &Value| {
            let request = execution["item"]["name"].as_str().unwrap().to_owned();
            let assertions = execution["assertions"].as_array().cloned().unwrap_or_default();
            let test = move |assertion: Value| {
                let name = assertion["assertion"].as_str().unwrap().to_owned();
                (Test { request: request.clone(), name }, assertion.get("error").is_some())
            };
            assertions.into_iter().map(test)
        };
        executions.iter().flat_map(of).collect()
    }

    /// The tests that failed, and scripts and requests that did not come to their end.
    pub fn failures(&self) -> BTreeSet<Test> {
        let failures = self.report["run"]["failures"].as_array().unwrap().iter();
        let test = |failure: &Value| Test {
            request: failure["source"]["name"].as_str().unwrap().to_owned(),
            name: failure["error"]["test"].as_str().or(failure["error"]["message"].as_str()).unwrap().to_owned(),
        };
        failures.map(test).collect()
    }
}
