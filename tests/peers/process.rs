//! Programs that a test starts, waits for and ends.
//!
//! What they print goes into a file each; a failure shows it.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a program may take until it answers: generous, since the machine may be busy.
const START: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A running program; dropping it kills just this one.
pub struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` without input, its output going to a file.
    pub fn start(name: &'static str, command: &mut Command) -> Self {
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.log", free_port()));
        let out = File::create(&log).unwrap();
        let err = out.try_clone().unwrap();
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let child = child.unwrap_or_else(|error| panic!("{name} does not start ({error}); run tests/peers/setup.sh"));
        Self { name, child, log }
    }

    /// Waits until a GET of `url` is answered, whatever the answer.
    pub async fn answering(mut self, url: &str) -> Self {
        let client = http_client();
        let deadline = Instant::now() + START;
        while get(&client, url).await.is_none() {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("{} ended with {status}:\n{}", self.name, self.output());
            }
            assert!(Instant::now() < deadline, "{} does not answer at {url}:\n{}", self.name, self.output());
            sleep(LOOK_AGAIN).await;
        }
        self
    }

    /// Waits until it has printed this.
    pub async fn printing(&self, words: &str) {
        let deadline = Instant::now() + START;
        while !self.output().contains(words) {
            assert!(Instant::now() < deadline, "{} does not print {words:?}:\n{}", self.name, self.output());
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "{} is still running:\n{}", self.name, self.output());
            sleep(LOOK_AGAIN).await;
        }
    }

    /// What it has printed so far.
    pub fn output(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Process {
    /// Kills just this one, with no time for last words.
    pub fn kill(&mut self) {
        // It may have ended by itself: then there is nothing to kill, and nothing to say about it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The binary of this crate.
pub fn product() -> Command {
    Command::new(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))))
}

/// A program that `setup.sh` installed, by its path in the folder of the peers.
pub fn peer(path: &str) -> PathBuf {
    peers().join(path)
}

/// A file of this repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A port of the loopback interface that nothing listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Each request has a connection of its own: one that is kept may be closed by the program just when it is used again.
#[expect(clippy::disallowed_methods, reason = "tests talk to the programs as any client does, not through transport")]
pub fn http_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(Duration::from_mins(1)).build().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "tests talk to the programs as any client does, not through transport")]
async fn get(client: &reqwest::Client, url: &str) -> Option<reqwest::Response> {
    client.get(url).send().await.ok()
}

#[expect(clippy::disallowed_methods, reason = "setup.sh and these tests share the variable that names the folder")]
fn peers() -> PathBuf {
    std::env::var("SCIM_CONNECTOR_PEERS").map_or_else(|_| repository("target/peers"), PathBuf::from)
}
