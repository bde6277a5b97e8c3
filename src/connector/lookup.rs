//! Whether a resource exists, for sure. The platform creates an account that is said not to exist, so a 404 alone is not
//! enough: a wrong base URL answers with one too.

use super::error::{own, refuse, translate};
use super::session::Session;
use crate::protocol::Failure;
use crate::scim::provider::Endpoint;
use crate::scim::{self, Refusal, filter, resource};
use scim_v2::filter::AttrPath;
use serde_json::Value;

/// What was found under a key.
pub enum Lookup {
    Found(Value),
    /// The endpoint works and has no such resource.
    Absent,
}

/// Finds a user by its id, else by its user name: the platform's name generator asks with names.
///
/// # Errors
/// When it cannot be told whether the user exists.
pub async fn find_user(session: &Session, key: &str, doing: &str) -> Result<Lookup, Failure> {
    let users = &session.config.profile.users;
    if matches!(key, "." | "..") {
        return Err(translate(doing, scim::Error::InvalidId(key.to_owned())));
    }
    // Some servers answer 400 to what cannot be an id of theirs; that alone does not say that there is no such user.
    let (mut is_missing, mut refused) = (false, None);
    if session.config.profile.user_id.fits(key) {
        match session.client.read(users, key).await {
            Ok(user) => return Ok(Lookup::Found(user)),
            Err(error) if is_status(&error, &[404]) => is_missing = true,
            // A server that takes user names for ids answers with another id: the look-up by name finds it too.
            Err(error) if is_status(&error, &[400]) || matches!(error, scim::Error::OtherResource { .. }) => {
                refused = Some(error);
            }
            Err(error) => return Err(translate(doing, error)),
        }
    }
    let by_name = filter::equal(AttrPath::with_name("userName"), key);
    match session.client.first(users, Some(&by_name), 2).await {
        Ok(found) => {
            let is_filtered = found.is_empty();
            match (found.into_iter().find(|user| has_name(user, key)), refused) {
                (Some(user), _) => Ok(Lookup::Found(user)),
                (None, Some(error)) => Err(translate(doing, error)),
                (None, None) if is_missing || is_filtered => Ok(Lookup::Absent),
                // Some servers ignore filters and send anybody: that says nothing of this user.
                (None, None) => Err(filter_ignored(doing)),
            }
        }
        // No filter, no look-up by name. There is no user of this id, if the endpoint is there at all.
        Err(error) if is_status(&error, &[400, 501]) && is_missing => absent_if_served(session, users, doing).await,
        Err(error) => Err(translate(doing, refused.unwrap_or(error))),
    }
}

/// The users of this name, in whatever case of letters; several where the provider tells them apart by it.
///
/// # Errors
/// When the provider could not be asked, or does not heed what it is asked for.
pub async fn users_named(session: &Session, name: &str, doing: &str) -> Result<Vec<Value>, Failure> {
    let by_name = filter::equal(AttrPath::with_name("userName"), name);
    let found = session.client.first(&session.config.profile.users, Some(&by_name), 10).await;
    let found = found.map_err(|error| translate(doing, error))?;
    let is_any = !found.is_empty();
    let named: Vec<Value> = found.into_iter().filter(|user| has_name(user, name)).collect();
    if is_any && named.is_empty() { Err(filter_ignored(doing)) } else { Ok(named) }
}

/// Finds a user by its name alone; `None` also where the provider cannot tell.
///
/// # Errors
/// When the provider could not be asked.
pub async fn user_named(session: &Session, name: &str, doing: &str) -> Result<Option<Value>, Failure> {
    let by_name = filter::equal(AttrPath::with_name("userName"), name);
    match session.client.first(&session.config.profile.users, Some(&by_name), 2).await {
        Ok(found) => Ok(found.into_iter().find(|user| has_name(user, name))),
        Err(error) if is_status(&error, &[400, 501]) => Ok(None),
        Err(error) => Err(translate(doing, error)),
    }
}

fn has_name(user: &Value, name: &str) -> bool {
    let found = resource::get(user, "userName").and_then(resource::text);
    found.is_some_and(|found| found.to_lowercase() == name.to_lowercase())
}

/// Whether the provider refused a creation since something that must be unique is taken: the user name, as a rule.
pub fn is_taken(error: &scim::Error) -> bool {
    refused(error).is_some_and(|refusal| {
        refusal.code.as_deref() == Some("DUPLICATE_USERNAME")
            || refusal.scim_type.as_deref() == Some("uniqueness")
            || (refusal.status == 409 && refusal.code.is_none())
    })
}

/// Whether the provider says that it is the user name, or nothing at all that would tell of anything else.
pub fn is_name_taken(error: &scim::Error) -> bool {
    refused(error).is_some_and(|refusal| {
        let says = refusal.detail.as_deref().map(str::to_lowercase);
        refusal.code.as_deref() == Some("DUPLICATE_USERNAME")
            || says.is_none_or(|says| ["username", "user name"].iter().any(|name| says.contains(name)))
    })
}

fn refused(error: &scim::Error) -> Option<Refusal> {
    let scim::Error::Send(error) = error else { return None };
    error.fault.status().map(Refusal::parse)
}

/// Finds a resource by its id.
///
/// # Errors
/// When it cannot be told whether the resource exists.
pub async fn find(session: &Session, endpoint: &Endpoint, id: &str, doing: &str) -> Result<Lookup, Failure> {
    match session.client.read(endpoint, id).await {
        Ok(found) => Ok(Lookup::Found(found)),
        Err(error) if is_status(&error, &[404]) => absent_if_served(session, endpoint, doing).await,
        Err(error) => Err(translate(doing, error)),
    }
}

/// A resource that the provider does not have is absent only where the endpoint itself exists.
async fn absent_if_served(session: &Session, endpoint: &Endpoint, doing: &str) -> Result<Lookup, Failure> {
    match session.client.first(endpoint, None, 1).await {
        Ok(_) => Ok(Lookup::Absent),
        Err(error) => Err(translate(doing, error)),
    }
}

fn filter_ignored(doing: &str) -> Failure {
    refuse(own::FILTER_IGNORED, doing, &[])
}

/// Whether the provider answered with one of these statuses, and not only since its limit of requests is used up: that says
/// nothing of what was asked for.
pub fn is_status(error: &scim::Error, statuses: &[u16]) -> bool {
    match error {
        scim::Error::Send(error) => error.fault.status().is_some_and(|failed| {
            statuses.contains(&failed.status.as_u16())
                && Refusal::parse(failed).code.as_deref() != Some("REQUEST_LIMIT_EXCEEDED")
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::connector::SourcePool;
    use crate::mapping::table::Table;
    use crate::scim::provider::Profiles;
    use crate::transport::{Lane, NetworkPolicy};
    use serde_json::json;
    use std::sync::Arc;
    use wiremock::matchers::{path, query_param_contains, query_param_is_missing};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    const ADA: &str = "ada@example.com";

    async fn session(server: &MockServer, provider: &str) -> Arc<Session> {
        let settings = json!({"baseUrl": format!("{}/v2", server.uri()), "provider": provider, "authType": "none"});
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let config = Config::parse(settings.as_object().unwrap(), &Profiles::built_in()).unwrap();
        SourcePool::new(Clock::system(), [0; 32]).open(config, Table::built_in(), policy, Lane::Urgent).await.unwrap()
    }

    /// A server whose users' endpoint answers so to a filter and so to none, and to `/Users/ada@example.com` so.
    async fn server(filtered: ResponseTemplate, plain: ResponseTemplate, one: ResponseTemplate) -> MockServer {
        let server = MockServer::start().await;
        let mount = |mock: wiremock::MockBuilder, answer| mock.respond_with(answer).mount(&server);
        mount(Mock::given(path("/v2/Users")).and(query_param_contains("filter", "userName eq")), filtered).await;
        mount(Mock::given(path("/v2/Users")).and(query_param_is_missing("filter")), plain).await;
        mount(Mock::given(path(format!("/v2/Users/{ADA}"))), one).await;
        server
    }

    fn status(status: u16) -> ResponseTemplate {
        ResponseTemplate::new(status)
    }

    fn users(names: &[&str]) -> ResponseTemplate {
        let users: Vec<Value> =
            names.iter().map(|name| json!({"id": format!("id of {name}"), "userName": name})).collect();
        status(200).set_body_json(json!({"totalResults": users.len(), "Resources": users}))
    }

    async fn outcome(provider: &str, server: MockServer) -> String {
        let session = session(&server, provider).await;
        match find_user(&session, ADA, "Reading ada").await {
            Ok(Lookup::Found(user)) => user["id"].as_str().unwrap().to_owned(),
            Ok(Lookup::Absent) => "absent".to_owned(),
            Err(failure) => failure.code.to_owned(),
        }
    }

    #[rstest::rstest]
    #[case::nobody_has_the_name("salesforce", server(users(&[]), status(500), status(500)), "absent")]
    #[case::somebody_has("salesforce", server(users(&["ADA@example.com"]), status(500), status(500)), "id of ADA@example.com")]
    #[case::a_refused_filter_tells_nothing("salesforce", server(status(400), users(&["bob"]), status(500)), "INVALID_REQUEST")]
    #[case::an_ignored_filter_tells_nothing("salesforce", server(users(&["bob"]), users(&["bob"]), status(500)), "FILTER_IGNORED")]
    #[case::no_such_id_and_no_filters("generic", server(status(400), users(&["bob"]), status(404)), "absent")]
    #[case::no_such_id_and_no_endpoint("generic", server(status(400), status(404), status(404)), "WRONG_ADDRESS")]
    #[case::no_such_id_and_another_name("generic", server(users(&["bob"]), status(500), status(404)), "absent")]
    #[case::a_name_taken_for_an_id("generic", server(users(&[ADA]), status(500), status(200).set_body_json(json!({"id": "7"}))), "id of ada@example.com")]
    #[case::another_resource("generic", server(users(&[]), status(500), status(200).set_body_json(json!({"id": "7"}))), "OTHER_RESOURCE")]
    #[tokio::test]
    async fn only_what_is_surely_absent_is_absent(
        #[case] provider: &str,
        #[future(awt)]
        #[case]
        server: MockServer,
        #[case] expected: &str,
    ) {
        assert_eq!(outcome(provider, server).await, expected);
    }
}
