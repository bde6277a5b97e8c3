//! What stands between the service and a sandbox: it passes requests on, sees their bodies, and may do harm on the way.

use super::harness::{Answer, Bench, with};
use super::upstream::{Asked, Reply, Turn, Upstream};
use scim_connector::sandbox::Options;
use serde_json::{Value, json};
use std::sync::Arc;

/// What is done to a request.
pub enum Harm {
    /// The sandbox never sees it.
    Instead(Turn),
    /// The sandbox carries it out, and its answer is not passed on.
    Afterwards(Turn),
}

/// A sandbox of Salesforce's kind, a service, and this between them.
pub struct Relayed {
    pub bench: Bench,
    pub relay: Upstream,
}

impl Relayed {
    pub async fn start() -> Self {
        Self::harming(Options::default(), |_| None).await
    }

    pub async fn harming(options: Options, harm: impl Fn(&Asked) -> Option<Harm> + Send + Sync + 'static) -> Self {
        let bench = Bench::start(options).await;
        let sandbox = format!("http://{}", bench.sandbox.address());
        let harm = Arc::new(harm);
        let relay = Upstream::taking(move |asked| {
            let (sandbox, harm) = (sandbox.clone(), Arc::clone(&harm));
            async move {
                match harm(&asked) {
                    Some(Harm::Instead(turn)) => turn,
                    Some(Harm::Afterwards(turn)) => {
                        pass_on(&sandbox, asked).await;
                        turn
                    }
                    None => pass_on(&sandbox, asked).await.into(),
                }
            }
        })
        .await;
        Self { bench, relay }
    }

    pub fn config(&self, settings: Value) -> Value {
        let base = format!("{}/services/scim/v2", self.relay.url());
        with(&self.bench.config(json!({"baseUrl": base, "maxRetries": 0})), settings)
    }

    pub async fn run(&self, command: &str, input: Value, settings: Value) -> Answer {
        self.bench.service.invoke(command, input, &self.config(settings)).await
    }

    /// How many accounts there are.
    pub async fn accounts(&self) -> usize {
        self.bench.run("std:account:list", json!({})).await.identities().len()
    }
}

#[expect(clippy::disallowed_methods, reason = "what is passed on is none of the service's requests")]
async fn pass_on(sandbox: &str, asked: Asked) -> Reply {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut headers = asked.headers;
    headers.remove("host");
    headers.remove("accept-encoding");
    let request = client.request(asked.method, format!("{sandbox}{}", asked.path)).query(&asked.query).headers(headers);
    let response = request.body(asked.body).send().await.unwrap();
    let status = response.status().as_u16();
    Reply { status, content_type: "application/json", body: response.text().await.unwrap() }
}
