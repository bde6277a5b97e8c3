//! A connector as the platform sees it: something that answers invocations over HTTP.

use super::process::{Process, free_port, http_client, product};
use serde_json::{Map, Value, json};

/// A connector at an address, and the settings of one source of it.
pub struct Connector {
    url: String,
    config: Value,
    client: reqwest::Client,
    process: Option<Process>,
}

/// What came back for an invocation.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    /// Whether it came in chunks, as something does that is sent while it becomes ready.
    pub is_chunked: bool,
    pub body: String,
    /// Whether the body came to its end.
    pub is_complete: bool,
}

impl Connector {
    pub fn new(process: Process, url: String, config: Value) -> Self {
        Self { process: Some(process), ..Self::at(url, config) }
    }

    /// One whose process is this one.
    pub fn at(url: String, config: Value) -> Self {
        Self { url, config, client: http_client(), process: None }
    }

    /// Where it takes invocations.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What its process has printed so far.
    pub fn printed(&self) -> String {
        self.process.as_ref().map(Process::output).unwrap_or_default()
    }

    /// The service, with the settings of `config`.
    pub async fn serve(config: Value) -> Self {
        let port = free_port();
        let mut command = product();
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
        let process =
            Process::start("serve", &mut command).answering(&format!("http://127.0.0.1:{port}/healthz")).await;
        Self::new(process, format!("http://127.0.0.1:{port}/connector"), config)
    }

    /// Waits until its process has printed this.
    pub async fn printing(&self, words: &str) {
        self.process.as_ref().unwrap().printing(words).await;
    }

    /// Kills its process.
    pub fn kill(&mut self) {
        self.process.as_mut().unwrap().kill();
    }

    /// Sends one invocation with this source's settings.
    pub async fn invoke(&self, command: &str, input: Value) -> Answer {
        self.invoke_with(command, input, &json!({})).await
    }

    /// The same, with further settings on top.
    pub async fn invoke_with(&self, command: &str, input: Value, settings: &Value) -> Answer {
        let mut response = self.open(command, input, settings).await;
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        let is_chunked = response.headers().get("transfer-encoding").is_some_and(|value| value == "chunked");
        let (status, mut body) = (response.status().as_u16(), Vec::new());
        let is_complete = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend(chunk),
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        Answer { status, content_type, is_chunked, body: String::from_utf8(body).unwrap(), is_complete }
    }

    /// The same, up to the head of the answer.
    #[expect(clippy::disallowed_methods, reason = "tests invoke as the platform does, not through transport")]
    pub async fn open(&self, command: &str, input: Value, settings: &Value) -> reqwest::Response {
        let mut config = self.config.clone();
        config.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let body = json!({"connectorRef": "peers", "version": 1, "type": command, "input": input, "config": config});
        let request = self.client.post(&self.url).header("content-type", "application/json").body(body.to_string());
        request.send().await.unwrap()
    }
}

impl Answer {
    /// The lines of a success.
    pub fn lines(&self) -> Vec<Map<String, Value>> {
        assert!(self.status == 200 && self.is_complete && self.body.ends_with('\n'), "{}: {}", self.status, self.body);
        self.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The results of a success: the data of its output lines.
    pub fn outputs(&self) -> Vec<Value> {
        let outputs = self.lines().into_iter().filter(|line| line["type"] == "output");
        outputs.map(|mut line| line.remove("data").unwrap()).collect()
    }

    /// The one result of a success.
    pub fn output(&self) -> Value {
        let mut outputs = self.outputs();
        assert_eq!(outputs.len(), 1, "{}", self.body);
        outputs.remove(0)
    }

    /// The body of a failure before the first byte.
    pub fn failure(&self) -> Value {
        assert_eq!(self.status, 500, "{}", self.body);
        serde_json::from_str::<Value>(&self.body).unwrap()["data"].take()
    }
}

/// The input that names one object.
pub fn key(id: &str) -> Value {
    json!({"identity": id, "key": {"simple": {"id": id}}})
}

/// The same, for an entitlement of a type.
pub fn entitlement_key(entitlement_type: &str, id: &str) -> Value {
    let mut input = key(id);
    input["type"] = entitlement_type.into();
    input
}
