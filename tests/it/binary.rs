//! The built binary in a process of its own: run to its end, or serving.

use assert_cmd::Command;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

pub const BINARY: &str = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));

/// What a process left behind.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Its results: the lines of standard output.
    pub fn results(&self) -> Vec<Value> {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn assert_fails(&self, code: i32, says: &str) {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        assert!(self.err.contains(says), "{}", self.err);
    }
}

/// Runs the binary to its end.
pub fn run(arguments: &[&str], input: &str) -> Ran {
    run_with(&[], arguments, input)
}

/// Runs another program to its end, beside what this process serves meanwhile.
pub async fn run_other(program: &Path, arguments: &[&str]) -> Ran {
    let (program, arguments) = (program.to_owned(), arguments.iter().map(ToString::to_string).collect::<Vec<_>>());
    let ran = tokio::task::spawn_blocking(move || {
        run_program(&program, &[], &arguments.iter().map(String::as_str).collect::<Vec<_>>(), "")
    });
    ran.await.unwrap()
}

fn run_with(environment: &[(&str, &str)], arguments: &[&str], input: &str) -> Ran {
    run_program(Path::new(BINARY), environment, arguments, input)
}

fn run_program(program: &Path, environment: &[(&str, &str)], arguments: &[&str], input: &str) -> Ran {
    let mut command = Command::new(program);
    let command = command
        .env_clear()
        .envs(environment.iter().copied())
        .args(arguments)
        .write_stdin(input)
        .timeout(Duration::from_mins(1));
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// The same beside what this process serves meanwhile.
pub async fn run_beside(arguments: &[&str], input: &str) -> Ran {
    run_beside_with(&[], arguments, input).await
}

/// The same with an environment.
pub async fn run_in(environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
    run_beside_with(environment, arguments, "").await
}

async fn run_beside_with(environment: &[(&str, &str)], arguments: &[&str], input: &str) -> Ran {
    let environment: Vec<_> = environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let (arguments, input) = (arguments.iter().map(ToString::to_string).collect::<Vec<_>>(), input.to_owned());
    let ran = tokio::task::spawn_blocking(move || {
        let environment: Vec<_> = environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        run_with(&environment, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), &input)
    });
    ran.await.unwrap()
}

/// The service in a process of its own, killed if the test does not stop it.
pub struct Serving {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    address: SocketAddr,
}

impl Serving {
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = std::process::Command::new(BINARY);
        command
            .env_clear()
            .envs(environment.iter().copied())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["message"], "serving");
        Self { child, log, address: line["address"].as_str().unwrap().parse().unwrap() }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends an invocation and reads its answer.
    pub fn invoke(&self, body: &str) -> String {
        self.ask(&json_of(body), body)
    }

    /// Sends a request and reads until the connection is closed.
    pub fn ask(&self, headers: &str, body: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "POST / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n{body}", self.address)
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Gets a path; the whole answer.
    pub fn get(&self, path: &str, headers: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends a signal, waits for the end; gives back the exit code and the rest of the log.
    pub fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn json_of(body: &str) -> String {
    format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
}
