//! A running service, a sandbox behind it, and a client that checks on every answer what must hold of all of them.

use scim_connector::clock::Clock;
use scim_connector::connector::{Connector, SourcePool};
use scim_connector::protocol::MAX_LINE_BYTES;
use scim_connector::sandbox::{self, CLIENT_ID, CLIENT_SECRET, Sandbox};
use scim_connector::server::{self, Server};
use scim_connector::transport::NetworkPolicy;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::net::TcpListener;

pub const POLICY: NetworkPolicy = NetworkPolicy { allow_loopback: true, allow_private: false };

/// The service in this process, with a pool of sources of its own.
pub struct Service {
    server: Server,
    client: reqwest::Client,
}

impl Service {
    pub async fn start() -> Self {
        Self::with_clock(Clock::system()).await
    }

    pub async fn with_clock(clock: Clock) -> Self {
        Self::of(Connector::new(Arc::new(SourcePool::new(clock, [7; 32])), POLICY)).await
    }

    pub async fn of(connector: Connector) -> Self {
        let server = Server::start(listener().await, server::Options::default(), Arc::new(connector)).unwrap();
        Self { server, client: client() }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Runs a command for a source with these settings.
    pub async fn invoke(&self, command: &str, input: Value, config: &Value) -> Answer {
        self.post(invocation(command, input, config)).await
    }

    /// Sends a body as an invocation.
    pub async fn post(&self, body: String) -> Answer {
        self.open(body).await.rest().await
    }

    /// The same, up to the answer's head.
    #[expect(clippy::disallowed_methods, reason = "tests invoke as the platform does, not through transport")]
    pub async fn open(&self, body: String) -> Opened {
        let url = format!("{}/connector/invoke", self.url());
        let request = self.client.post(url).header("content-type", "application/json").body(body);
        Opened { response: request.send().await.unwrap(), body: Vec::new() }
    }

    /// Stops it when no command runs any more.
    pub async fn shut_down(&self) {
        self.server.shut_down().await;
    }

    /// Whether it still answers.
    pub async fn assert_lives(&self) {
        let spec = self.invoke("std:spec:read", json!({}), &json!({})).await.output();
        assert_eq!(spec["specification"]["keyType"], "simple");
    }
}

/// An HTTP client with a connection for each request: none is left to go stale where a test moves the clock. To make one
/// takes a while, so all tests have the same.
#[expect(clippy::disallowed_methods, reason = "tests invoke as the platform does, not through transport")]
pub fn client() -> reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> =
        LazyLock::new(|| reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap());
    CLIENT.clone()
}

/// An invocation as the platform sends it.
pub fn invocation(command: &str, input: Value, config: &Value) -> String {
    let mut invocation =
        json!({"connectorRef": "c-1", "version": 3, "tag": "latest", "type": command, "config": config});
    invocation["input"] = input;
    invocation.to_string()
}

pub async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// A service, and a sandbox that is its source.
pub struct Bench {
    pub sandbox: Sandbox,
    pub service: Service,
    config: Value,
    /// Whether every fault of the sandbox is to have met a request.
    must_fire: AtomicBool,
}

impl Drop for Bench {
    fn drop(&mut self) {
        if self.must_fire.load(Ordering::Relaxed) && !std::thread::panicking() {
            let fired = self.sandbox.fired();
            assert!(fired.iter().all(|(_, times)| *times > 0), "a fault met no request: {fired:?}");
        }
    }
}

impl Bench {
    pub async fn start(options: sandbox::Options) -> Self {
        Self::with_clock(options, Clock::system()).await
    }

    pub async fn with_clock(options: sandbox::Options, clock: Clock) -> Self {
        let service = Service::with_clock(clock.clone()).await;
        Self::of(options, clock, service).await
    }

    /// A service, and a new sandbox.
    pub async fn of(options: sandbox::Options, clock: Clock, service: Service) -> Self {
        let sandbox = Sandbox::start(options, clock, listener().await).unwrap();
        let config = json!({
            "provider": "salesforce", "baseUrl": sandbox.base_url(), "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET,
            "spConnectorInstanceId": "i-1", "deltaAggregation": null,
        });
        Self { sandbox, service, config, must_fire: AtomicBool::new(false) }
    }

    pub async fn with_users(users: u64) -> Self {
        Self::start(sandbox::Options { users, ..sandbox::Options::default() }).await
    }

    /// Makes requests fail. In the end it must have happened.
    pub fn fail(&self, fault: sandbox::Fault) {
        self.must_fire.store(true, Ordering::Relaxed);
        self.sandbox.fail(fault);
    }

    /// The sandbox's settings with others on top.
    pub fn config(&self, settings: Value) -> Value {
        with(&self.config, settings)
    }

    pub async fn run(&self, command: &str, input: Value) -> Answer {
        self.service.invoke(command, input, &self.config).await
    }

    pub async fn run_with(&self, command: &str, input: Value, settings: Value) -> Answer {
        self.service.invoke(command, input, &self.config(settings)).await
    }

    /// The requests to the SCIM API that write: method and path, a line each.
    pub fn writes(&self) -> String {
        let mut writes = String::new();
        for seen in self.sandbox.requests() {
            if seen.method != http::Method::GET && !seen.path.ends_with("/token") {
                writeln!(writes, "{} {}", seen.method, seen.path).unwrap();
            }
        }
        writes
    }

    /// How many requests came to this path and query of the sandbox, or to one that begins so.
    pub fn requests_to(&self, target: &str) -> usize {
        self.sandbox.requests().iter().filter(|request| request.target().contains(target)).count()
    }
}

/// An object with the members of another on top.
pub fn with(object: &Value, mut others: Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().append(others.as_object_mut().unwrap());
    object
}

/// An answer whose body is still coming.
pub struct Opened {
    response: reqwest::Response,
    body: Vec<u8>,
}

impl Opened {
    /// Reads on until a whole line has come.
    pub async fn line(&mut self) {
        while !self.body.contains(&b'\n') {
            self.body.extend(self.response.chunk().await.unwrap().expect("the body ended before a line came"));
        }
    }

    /// Reads to the end, and checks what holds of every answer.
    pub async fn rest(mut self) -> Answer {
        let broken = loop {
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.body.extend(chunk),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        let header = |name: &str| self.response.headers()[name].to_str().unwrap().to_owned();
        let text = String::from_utf8(self.body).unwrap();
        let answer = Answer {
            status: self.response.status().as_u16(),
            content_type: header("content-type"),
            lines: text.lines().map(|line| line_of(line, &text)).collect(),
            broken,
        };
        answer.check(&text, &header("x-request-id"));
        answer
    }
}

/// A line is JSON with `type` and `data` and nothing else.
fn line_of(line: &str, text: &str) -> Value {
    assert!(line.len() < MAX_LINE_BYTES, "a line of {} bytes", line.len());
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(keys(&value), ["data", "type"], "{line}");
    value
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// What came back for an invocation.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub lines: Vec<Value>,
    /// Whether the body ended before its end.
    pub broken: bool,
}

impl Answer {
    fn check(&self, text: &str, request_id: &str) {
        let errors = self.lines.iter().filter(|line| line["type"] == "error").count();
        let is_last = self.lines.last().is_some_and(|line| line["type"] == "error");
        if self.status == 200 {
            assert_eq!(self.content_type, "application/x-ndjson");
            assert!(text.is_empty() || text.ends_with('\n'), "{text}");
            assert_eq!((errors, self.broken), (usize::from(is_last), is_last), "an error is last, and breaks the body");
            assert!(self.lines.iter().all(|line| {
                ["output", "state", "config", "keepAlive", "error"].contains(&line["type"].as_str().unwrap())
            }));
            let after_state = self.lines.iter().skip_while(|line| line["type"] != "state").skip(1);
            assert!(after_state.clone().all(|line| line["type"] == "config"), "a state comes once, after all results");
        } else {
            assert_eq!(self.content_type, "application/json");
            assert!(self.lines.len() == 1 && errors == 1 && !self.broken, "{text}");
        }
        if let Some(error) = self.lines.last().filter(|line| line["type"] == "error").map(|line| &line["data"]) {
            assert_eq!(keys(error), ["code", "kind", "message", "requestId", "type"]);
            assert_eq!(error["requestId"], request_id);
            assert_eq!(error["type"] == "notFound", error["kind"] == "notFound");
            assert!(error["type"] == "notFound" || error["type"] == "generic");
            let message = error["message"].as_str().unwrap();
            assert!(!message.contains(char::is_control), "{message:?}");
            let code = format!(" [{}]", error["code"].as_str().unwrap());
            assert!(self.status != 500 || message.ends_with(&code), "{message}");
        }
    }

    /// The results of a command that succeeded.
    pub fn outputs(&self) -> Vec<Value> {
        assert!(self.status == 200 && !self.broken, "{:?}", self.lines.last());
        self.given_out()
    }

    /// The results that came, whatever followed.
    pub fn given_out(&self) -> Vec<Value> {
        self.lines.iter().filter(|line| line["type"] == "output").map(|line| line["data"].clone()).collect()
    }

    /// The state with which a stateful list ended.
    pub fn state(&self) -> Option<&Value> {
        self.lines.iter().find(|line| line["type"] == "state").map(|line| &line["data"])
    }

    /// The one result of a command that succeeded.
    pub fn output(&self) -> Value {
        let mut outputs = self.outputs();
        assert_eq!(outputs.len(), 1, "{outputs:?}");
        outputs.remove(0)
    }

    /// The identities of a list that succeeded.
    pub fn identities(&self) -> Vec<String> {
        self.outputs().iter().map(|output| output["identity"].as_str().unwrap().to_owned()).collect()
    }

    /// The failure of a command that sent nothing before it.
    pub fn failure(&self) -> Failure {
        assert_eq!(self.status, 500, "{:?}", self.lines.first());
        self.error()
    }

    /// The failure of a command that had begun to send results.
    pub fn late_failure(&self) -> Failure {
        assert!(self.status == 200 && self.broken && self.lines.len() > 1, "{:?}", self.lines.last());
        self.error()
    }

    /// The failure, as an answer or as the last line.
    pub fn error(&self) -> Failure {
        let data = &self.lines.last().unwrap()["data"];
        let text = |name: &str| data[name].as_str().unwrap().to_owned();
        Failure { error_type: text("type"), kind: text("kind"), code: text("code"), message: text("message") }
    }

    /// The refusal of what is no invocation.
    pub fn refusal(&self, status: u16) -> Failure {
        assert_eq!(self.status, status, "{:?}", self.lines.last());
        self.error()
    }
}

/// A failure as the caller is told it.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    pub error_type: String,
    pub kind: String,
    pub code: String,
    pub message: String,
}

impl Failure {
    /// Type, kind and message as a snapshot shows them; ports are never the same.
    pub fn shown(&self) -> String {
        format!("{}/{}: {}", self.error_type, self.kind, without_ports(&self.message))
    }

    pub fn assert_says(&self, part: &str) {
        assert!(self.message.contains(part), "{}", self.message);
    }
}

/// The text with every port of 127.0.0.1 blotted out.
pub fn without_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let mut shown = parts.next().unwrap().to_owned();
    for part in parts {
        write!(shown, "127.0.0.1:PORT{}", part.trim_start_matches(|c: char| c.is_ascii_digit())).unwrap();
    }
    shown
}

/// Moves the clock of everything in this test.
pub async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Lets time pass quickly for work that waits for it.
pub async fn hurried<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
        // Not among the branches: given up halfway, it would leave the clock stopped.
        pass(Duration::from_secs(1)).await;
    }
}

/// The input that names one account.
pub fn key(id: &str) -> Value {
    json!({"identity": id, "key": {"simple": {"id": id}}})
}

/// The input that names one entitlement of a type.
pub fn entitlement(kind: &str, id: &str) -> Value {
    with(&key(id), json!({"type": kind}))
}

/// The input that changes one account.
pub fn update(id: &str, changes: impl Into<Value>) -> Value {
    with(&key(id), json!({"changes": changes.into()}))
}

pub fn set(attribute: &str, value: impl Into<Value>) -> Value {
    json!({"op": "Set", "attribute": attribute, "value": value.into()})
}

pub fn add(attribute: &str, value: impl Into<Value>) -> Value {
    json!({"op": "Add", "attribute": attribute, "value": value.into()})
}

pub fn remove(attribute: &str, value: impl Into<Value>) -> Value {
    json!({"op": "Remove", "attribute": attribute, "value": value.into()})
}

/// The attributes of a result.
pub fn attributes(result: &Value) -> &Map<String, Value> {
    result["attributes"].as_object().unwrap()
}
