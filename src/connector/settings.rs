//! What the platform is to keep in the source's settings: told within the events of whatever command runs.
//!
//! A new refresh token is told before anything else that the command sends, or at its end. A command that fails before
//! it has sent anything tells nothing, since its failure would come late then, without its type: the token waits in the
//! source for a command that has something to send. What a command itself leaves to be kept is told when it has succeeded.

use super::Connector;
use super::session::Session;
use crate::auth::Rotated;
use crate::protocol::{ConfigChange, Event, Events};
use async_stream::stream;
use futures::StreamExt as _;
use secrecy::ExposeSecret as _;
use std::sync::Arc;

/// The events of a command, and what is to be kept.
pub fn with_changes(connector: Connector, session: Arc<Session>, mut events: Events) -> Events {
    stream! {
        let mut has_sent = false;
        let mut has_failed = false;
        while !has_failed {
            let event = events.next().await;
            has_failed = matches!(event, Some(Err(_)));
            let is_early = has_failed && !has_sent;
            if let Some(rotated) = session.source.auth.rotated().filter(|_| !is_early) {
                // The platform may bring the new token as soon as it has it.
                let config = session.config.with_refresh_token(rotated.token.clone());
                connector.pool.also_find(&session, &config, connector.policy);
                yield Ok(Event::Config(vec![refresh_token(&rotated)]));
                // Whoever reads has taken it when it asks for more.
                session.source.auth.reported(rotated.number);
            }
            let Some(event) = event else { break };
            has_sent = true;
            yield event;
        }
        let changes = session.take_told();
        if !has_failed && !changes.is_empty() {
            yield Ok(Event::Config(changes));
        }
    }
    .boxed()
}

/// A new refresh token, as the platform is told of it.
pub fn refresh_token(rotated: &Rotated) -> ConfigChange {
    ConfigChange { key: "refreshToken", is_set: true, value: rotated.token.expose_secret().into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::connector::{SourcePool, error};
    use crate::protocol::Failure;
    use crate::transport::{Lane, NetworkPolicy};
    use futures::stream;
    use serde_json::{Map, json};

    async fn connected() -> (Connector, Arc<Session>) {
        let settings = json!({"baseUrl": "https://scim.example/v2", "authType": "none"});
        let settings = settings.as_object().unwrap();
        let connector = Connector::new(Arc::new(SourcePool::new(Clock::system(), [0; 32])), NetworkPolicy::default());
        let session = connector.session(settings, &Map::new(), Lane::Urgent).await.unwrap();
        (connector, session)
    }

    /// What comes of a command that leaves a change and goes on like this.
    async fn shown(rest: Vec<Result<Event, Failure>>) -> String {
        let (connector, session) = connected().await;
        for value in [1, 2] {
            session.tell(ConfigChange { key: "counts", is_set: false, value: value.into() });
        }
        let events: Vec<_> = with_changes(connector, session, stream::iter(rest).boxed()).collect().await;
        let lines = events.into_iter().map(|event| match event {
            Ok(event) => String::from_utf8_lossy(&event.into_bytes()).into_owned(),
            Err(failure) => format!("{failure}\n"),
        });
        lines.collect()
    }

    #[tokio::test]
    async fn what_a_command_leaves_is_told_when_it_has_succeeded() {
        let output = || Ok(Event::output(&json!({})).unwrap());
        let failure = || Err(error::refuse(error::own::INTERNAL, "", &[]));
        insta::assert_snapshot!(shown(vec![output()]).await, @r#"
        {"type":"output","data":{}}
        {"type":"config","data":[{"op":"add","path":"/counts","value":2}]}
        "#);
        insta::assert_snapshot!(shown(vec![output(), failure()]).await, @r#"
        {"type":"output","data":{}}
        The connector itself failed, by a mistake in its code; its log says where. Try again, and report it with the request id if it happens again. [INTERNAL]
        "#);
        insta::assert_snapshot!(shown(vec![failure()]).await, @"The connector itself failed, by a mistake in its code; its log says where. Try again, and report it with the request id if it happens again. [INTERNAL]");
    }
}
