//! A client of the service: sends an invocation and reads its lines as they come.

use super::CliError;
use super::target::Sent;
use crate::clock::Clock;
use crate::metrics::Route;
use crate::transport::{Limiter, NetworkPolicy, Options, Repeat, Request, SendError, Transport};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use std::error::Error as _;
use std::sync::Arc;
use url::Url;

/// A running service.
pub struct Client {
    transport: Transport,
    url: Url,
    headers: HeaderMap,
}

impl Client {
    pub fn new(url: Url, token: Option<&SecretString>) -> Result<Self, CliError> {
        // The person at the command line says where to connect, so any address is fine.
        let policy = NetworkPolicy { allow_loopback: true, allow_private: true };
        let options = Options::new(url.origin(), policy, Arc::new(Limiter::unlimited()), Clock::system());
        let transport = Transport::new(options, None).map_err(|error| CliError::Failed(error.to_string()))?;
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
                .map_err(|_| CliError::Usage("the token cannot be sent in a header".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(Self { transport, url, headers })
    }

    /// Sends an invocation; gives back what the command sends. The stream ends with an error when the command failed
    /// or its answer broke off.
    pub async fn invoke(
        &self,
        invocation: &Value,
    ) -> Result<impl Stream<Item = Result<Sent, CliError>> + Send + use<>, CliError> {
        let request = Request {
            method: Method::POST,
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: Some(Bytes::from(invocation.to_string())),
            repeat: Repeat::OnlyIfNotReceived,
            route: Route::Other,
        };
        let answer = self.transport.open(request).await.map_err(|error| unreachable(&error))?;
        if !answer.status.is_success() {
            return Err(refused(answer.status.as_u16(), &beginning(answer.body).await));
        }
        let lines = Lines { body: answer.body, buffer: Vec::new(), ended: false };
        Ok(futures::stream::unfold(lines, async |mut lines| lines.next_result().await.map(|result| (result, lines))))
    }
}

struct Lines {
    body: BoxStream<'static, Result<Bytes, SendError>>,
    buffer: Vec<u8>,
    ended: bool,
}

impl Lines {
    async fn next_result(&mut self) -> Option<Result<Sent, CliError>> {
        while !self.ended {
            let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') else {
                if let Err(error) = self.read_more().await {
                    self.ended = true;
                    return Some(Err(error));
                }
                continue;
            };
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            match result(&line).transpose() {
                None => {}
                Some(result) => {
                    self.ended = result.is_err();
                    return Some(result);
                }
            }
        }
        None
    }

    async fn read_more(&mut self) -> Result<(), CliError> {
        match self.body.next().await {
            Some(Ok(piece)) => self.buffer.extend_from_slice(&piece),
            Some(Err(error)) => {
                return Err(CliError::Failed(format!("the answer broke off before its end ({})", error.fault)));
            }
            None => self.ended = true,
        }
        Ok(())
    }
}

/// What an output line, a state line or a config line holds; nothing for other lines that are no error.
fn result(line: &[u8]) -> Result<Option<Sent>, CliError> {
    let mut line: Value = serde_json::from_slice(line)
        .map_err(|error| CliError::Failed(format!("the service sent a line that is no JSON: {error}")))?;
    match line.get("type").and_then(Value::as_str) {
        Some("output") => Ok(line.get_mut("data").map(|data| Sent::Result(data.take()))),
        Some("state") => match line.get_mut("data").map(Value::take) {
            Some(Value::Object(state)) => Ok(Some(Sent::State(state))),
            _ => Ok(None),
        },
        Some("config") => Ok(Some(Sent::Settings(changed(&line)))),
        Some("error") => Err(failed(&line).unwrap_or_else(|| CliError::Failed(line.to_string()))),
        _ => Ok(None),
    }
}

/// The settings that a JSON Patch sets, each of them at its top.
fn changed(line: &Value) -> Map<String, Value> {
    let operations = line.get("data").and_then(Value::as_array).into_iter().flatten();
    let set = operations.filter_map(|operation| {
        let path = operation.get("path")?.as_str()?;
        Some((path.trim_start_matches('/').to_owned(), operation.get("value")?.clone()))
    });
    set.collect()
}

fn refused(status: u16, body: &[u8]) -> CliError {
    let known = serde_json::from_slice(body).ok().and_then(|body: Value| failed(&body));
    let text = || format!("the service answered {status}: {}", String::from_utf8_lossy(body));
    known.unwrap_or_else(|| CliError::Failed(text()))
}

fn failed(error: &Value) -> Option<CliError> {
    let word = |name: &str| error.get("data")?.get(name)?.as_str();
    Some(CliError::of_failure(word("code").unwrap_or_default(), word("message")?.to_owned()))
}

async fn beginning(mut body: BoxStream<'static, Result<Bytes, SendError>>) -> Vec<u8> {
    const ENOUGH: usize = 64 * 1024;
    let mut beginning = Vec::new();
    while beginning.len() < ENOUGH
        && let Some(Ok(piece)) = body.next().await
    {
        beginning.extend_from_slice(&piece);
    }
    beginning
}

fn unreachable(error: &SendError) -> CliError {
    let cause = error.fault.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    CliError::Failed(format!("the service at {} cannot be asked: {}{cause}", error.url, error.fault))
}
