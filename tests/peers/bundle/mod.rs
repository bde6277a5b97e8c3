//! The zip that `bundle` makes, unpacked into an empty folder and run by the platform's SDK (`spcx run index.js`): with a
//! service to hand commands to, and with the program in it.

mod collection;
mod embedded;
mod failures;
mod lines;
mod making;

use super::connector::Connector;
use super::process::{Process, free_port, peer, product, repository};
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;
use zip::ZipArchive;

const TOKEN: &str = "the-service's-token";

/// How commands reach the service.
#[derive(Debug, Clone, Copy)]
enum Way {
    Relay,
    Embed,
}

/// An unpacked bundle on the SDK's development server, and what stands behind it.
struct Bundle {
    connector: Connector,
    /// Of a relay: the service that it hands commands to, if that runs, and its port.
    service: Option<Process>,
    service_port: u16,
    /// Where index.js is; and where it may put its program.
    folder: TempDir,
    temporary: TempDir,
}

impl Bundle {
    /// The bundle with a source's settings.
    async fn run(way: Way, config: Value) -> Self {
        Self::run_file(way, config, "index.js", "").await
    }

    /// The same, with `file` run in the place of `index.js`, and written as `content` before if that is anything.
    async fn run_file(way: Way, mut config: Value, file: &str, content: &str) -> Self {
        let (folder, temporary) = (unpacked(way), tempfile::tempdir().unwrap());
        if !content.is_empty() {
            std::fs::write(folder.path().join(file), content).unwrap();
        }
        let service_port = free_port();
        let mut service = None;
        if matches!(way, Way::Relay) {
            config["serviceUrl"] = format!("http://127.0.0.1:{service_port}/").into();
            config["serviceToken"] = TOKEN.into();
            service = Some(serve(service_port).await);
        }
        let connector = development_server(&folder.path().join(file), temporary.path(), config).await;
        Self { connector, service, service_port, folder, temporary }
    }

    /// Another process of the same bundle on the same machine, after the end of the first.
    async fn again(&mut self, config: Value) {
        self.connector = development_server(&self.folder.path().join("index.js"), self.temporary.path(), config).await;
    }

    /// The folder in which the program of an embedding bundle is.
    fn of_program(&self) -> PathBuf {
        let mut found = std::fs::read_dir(self.temporary.path()).unwrap();
        found.next().expect("nothing is unpacked").unwrap().path()
    }

    /// The processes of the program that an embedding bundle started.
    fn programs(&self) -> Vec<String> {
        let folder = self.temporary.path().to_str().unwrap();
        let processes = std::fs::read_dir("/proc").unwrap().map(|process| process.unwrap().path());
        let is_ours = |process: &PathBuf| {
            std::fs::read(process.join("cmdline"))
                .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&format!("unix:{folder}")))
        };
        processes.filter(is_ours).map(|process| process.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    /// Kills what stands behind the bundle.
    fn kill(&mut self) {
        self.service = None;
        for program in self.programs() {
            assert!(Command::new("kill").args(["-KILL", &program]).status().unwrap().success());
        }
    }
}

async fn serve(port: u16) -> Process {
    let mut command = product();
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--token", TOKEN]);
    Process::start("serve", &mut command).answering(&format!("http://127.0.0.1:{port}/healthz")).await
}

/// The SDK's development server with this file on it, in the file's own folder.
async fn development_server(file: &Path, temporary: &Path, config: Value) -> Connector {
    let port = free_port();
    let mut command = Command::new("node");
    command.current_dir(file.parent().unwrap()).env("TMPDIR", temporary);
    command.arg("--require").arg(repository("tests/peers/sdk-connector/loopback.js"));
    command.arg(peer("npm/node_modules/@sailpoint/connector-sdk/dist/bin/spcx.js"));
    command.arg("run").arg(file.file_name().unwrap()).arg(port.to_string());
    let process = Process::start("bundle", &mut command).answering(&format!("http://127.0.0.1:{port}/")).await;
    Connector::new(process, format!("http://127.0.0.1:{port}/connector"), config)
}

/// The zip unpacked into an empty folder.
fn unpacked(way: Way) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    ZipArchive::new(Cursor::new(zip(way))).unwrap().extract(folder.path()).unwrap();
    folder
}

/// The zip, made once for all tests of a run.
fn zip(way: Way) -> &'static [u8] {
    static RELAY: OnceLock<Vec<u8>> = OnceLock::new();
    static EMBED: OnceLock<Vec<u8>> = OnceLock::new();
    match way {
        Way::Relay => RELAY.get_or_init(|| make(&["--relay"])),
        Way::Embed => EMBED.get_or_init(|| make(&["--embed", "--binary", static_program().to_str().unwrap()])),
    }
}

fn make(args: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connector.zip");
    let output = product().arg("bundle").args(args).arg("--output").arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(path).unwrap()
}

/// This crate's program as a static one, without optimization: what is tried here does not depend on that, and it takes
/// a fraction of the time to build.
fn static_program() -> PathBuf {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(repository("")).args(["build", "--locked", "--quiet", "--target", &target]);
    cargo.env("RUSTFLAGS", "-C target-feature=+crt-static");
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "none").env("CARGO_PROFILE_DEV_STRIP", "symbols");
    assert!(cargo.status().unwrap().success(), "there is no static program");
    repository("target").join(target).join("debug").join(env!("CARGO_PKG_NAME"))
}

/// A sandbox of 250 users in 12 groups that answers with this latency and these faults, and the settings of a source for
/// it.
async fn sandbox(latency_ms: u32, faults: &Value) -> (Process, Value) {
    let port = free_port();
    let mut command = product();
    command.args(["sandbox", "--users", "250", "--groups", "12", "--listen", &format!("127.0.0.1:{port}")]);
    command.args(["--latency-ms", &latency_ms.to_string()]);
    let file = tempfile::NamedTempFile::new().unwrap();
    if !faults.is_null() {
        std::fs::write(file.path(), faults.to_string()).unwrap();
        command.arg("--faults").arg(file.path());
    }
    let base_url = format!("http://127.0.0.1:{port}/services/scim/v2");
    let sandbox = Process::start("sandbox", &mut command).answering(&format!("{base_url}/Schemas")).await;
    let config = json!({
        "provider": "salesforce", "baseUrl": base_url,
        "authType": "oauth2", "clientId": "sandbox", "clientSecret": "sandbox",
    });
    (sandbox, config)
}
