//! `std:test-connection`: a fresh token, then one cheap read of whatever the aggregation of accounts needs. When that
//! fails, it goes on to find which part failed.

use super::error::{translate, translate_auth, with_findings};
use super::filters::check_asked_for;
use super::lookup::is_status;
use super::session::Session;
use super::sweep::membership_sources;
use crate::protocol::Failure;
use crate::scim::provider::Paging;
use crate::scim::{self, ServerConfig, Survey, Way, resource};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

const DOING: &str = "The connection test";

pub(super) async fn run(session: Arc<Session>) -> Result<Value, Failure> {
    // A cached token would hide that the credentials are wrong by now.
    if let Err(error) = session.source.auth.fresh(session.call.clone()).await {
        let failure = translate_auth(DOING, error, session.token_url());
        return Err(with_findings(failure, &[scim_reachable(&session).await]));
    }
    let profile = &session.config.profile;
    if let Err(error) = session.client.first(&profile.users, None, 1).await {
        let findings = diagnose(&session, &error).await;
        return Err(with_findings(translate(DOING, error), &findings));
    }
    let (reads_groups, _) = membership_sources(&session);
    if reads_groups && let Err(error) = session.client.first(&profile.groups, None, 1).await {
        let finding = "reading users works; reading groups, which tell who is in them, does not".to_owned();
        return Err(with_findings(translate(DOING, error), &[finding]));
    }
    filters(&session).await?;
    types(&session).await?;
    tell_of_provider(&session).await;
    Ok(json!({}))
}

/// Whether the endpoints of further entitlement types are there, and heed their filters.
async fn types(session: &Session) -> Result<(), Failure> {
    for kind in session.kinds.further() {
        let Some(endpoint) = &kind.endpoint else { continue };
        let asked_for = kind.filters().asked_for;
        let filter = asked_for.as_ref().map(|asked_for| &asked_for.filter);
        let found = session.client.first(endpoint, filter, 1).await.map_err(|error| {
            let (path, name) = (&endpoint.path, &kind.name);
            let finding = format!(
                "reading users works; reading {path}, which lists the entitlements of the type {name}, does not"
            );
            with_findings(translate(DOING, error), &[finding])
        })?;
        for (one, asked_for) in found.iter().zip(&asked_for) {
            check_asked_for(DOING, asked_for, &resource::id(one).unwrap_or_default(), one)?;
        }
    }
    Ok(())
}

/// Whether the provider takes the filters that the lists are to be asked for by, and heeds them.
async fn filters(session: &Session) -> Result<(), Failure> {
    let (profile, filters) = (&session.config.profile, &session.config.filters);
    let lists = [
        (Some(&profile.users), &filters.accounts),
        (Some(&profile.groups), &filters.groups),
        (profile.entitlements.as_ref(), &filters.entitlements),
    ];
    for (endpoint, filters) in lists {
        let (Some(endpoint), Some(asked_for)) = (endpoint, &filters.asked_for) else { continue };
        let found = session.client.first(endpoint, Some(&asked_for.filter), 1).await.map_err(|error| {
            let finding = format!("{} can be read; what fails is the request with {}", endpoint.path, asked_for.key);
            with_findings(translate(DOING, error), &[finding])
        })?;
        if found.is_empty() {
            tracing::warn!(
                setting = asked_for.key,
                "nothing matches this filter at present: is each attribute's name right?"
            );
        }
        for one in &found {
            check_asked_for(DOING, asked_for, &resource::id(one).unwrap_or_default(), one)?;
        }
    }
    Ok(())
}

/// Logs what the provider says of itself. It is no part of the test, and must not make it late.
async fn tell_of_provider(session: &Session) {
    let left = session.call.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    if let Ok(survey) = timeout(left.unwrap_or(Duration::MAX) / 2, session.client.survey()).await
        && let Ok(way) = session.client.way(&session.config.profile.users).await
    {
        tracing::info!("{}", described(&survey, way));
    }
}

/// What the provider says of itself, what it does not say, and what follows.
fn described(survey: &Survey, way: Way) -> String {
    let mut parts = Vec::new();
    match &survey.config {
        Ok((path, config)) => {
            let found = format!("{path} found");
            let said = config_said(config);
            parts.push(if said.is_empty() { found } else { format!("{found}: {}", said.join(", ")) });
        }
        Err(reason) => parts.push(format!("ServiceProviderConfig missing ({reason})")),
    }
    parts.push(match &survey.endpoints {
        Ok(endpoints) => format!("ResourceTypes found: {}", endpoints.join(", ")),
        Err(reason) => format!("ResourceTypes missing ({reason})"),
    });
    parts.push(match &survey.schemas {
        Ok(count) => format!("Schemas found: {count}"),
        Err(reason) => format!("Schemas missing ({reason}): extension attributes cannot be discovered"),
    });
    let found = if way.is_found { ", since it says so" } else { "" };
    parts.push(format!("lists are read {}{found}", way_of(way.paging)));
    parts.join("; ")
}

fn config_said(config: &ServerConfig) -> Vec<String> {
    let answer = |is: bool| if is { "yes" } else { "no" };
    let mut said = Vec::new();
    match (config.filter, config.max_results) {
        (Some(true), Some(max)) => said.push(format!("filter yes (max {max})")),
        // It may filter all the same, so filters are tried.
        (Some(is), _) => said.push(format!("filter {}", answer(is))),
        (None, _) => {}
    }
    match config.patch {
        Some(true) => said.push("patch yes".to_owned()),
        Some(false) => said.push("patch no (it is tried, and where it is refused the whole user is put)".to_owned()),
        None => {}
    }
    let pagination = &config.pagination;
    let known = [(pagination.cursor, "cursor"), (pagination.index, "index")];
    let ways: Vec<&str> = known.into_iter().filter(|(is, _)| *is == Some(true)).map(|(_, way)| way).collect();
    if !ways.is_empty() {
        said.push(format!("paging by {}", ways.join(" and ")));
    }
    said
}

fn way_of(paging: Paging) -> &'static str {
    match paging {
        Paging::Index => "by index",
        Paging::IndexThenKey { .. } => "by index, and by id where that ends",
        Paging::Key => "by id",
        Paging::Cursor => "by cursor",
        Paging::Whole => "as one page",
    }
}

/// What works and what does not, after a read of users failed.
async fn diagnose(session: &Session, error: &scim::Error) -> Vec<String> {
    let mut findings = Vec::new();
    if session.token_url().is_some() {
        findings.push("the token endpoint gave a token".to_owned());
    }
    if is_status(error, &[400, 403, 404, 405, 501]) {
        let groups = &session.config.profile.groups;
        findings.push(match session.client.first(groups, None, 1).await {
            Ok(_) => "reading groups works, reading users does not".to_owned(),
            Err(_) => "neither users nor groups can be read".to_owned(),
        });
        findings.push(match session.client.survey().await.config {
            Ok(_) => "the address is a SCIM API".to_owned(),
            Err(_) => "there is no service provider configuration at this address, so baseUrl may be wrong".to_owned(),
        });
    }
    findings
}

/// Whether the SCIM API answers at all, when there is no token to ask it with.
async fn scim_reachable(session: &Session) -> String {
    let host = session.base_url.host_str().unwrap_or_default();
    match session.client.reachable().await {
        Ok(status) => format!("the SCIM API at {host} is reachable (it answers {status} without a token)"),
        Err(_) => format!("the SCIM API at {host} is not reachable either"),
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
    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    /// The outcome at a server that has users and no groups.
    async fn outcome(groups_from: &str) -> Result<Value, String> {
        let server = MockServer::start().await;
        let users = ResponseTemplate::new(200).set_body_json(json!({"totalResults": 1, "Resources": [{"id": "1"}]}));
        Mock::given(path("/v2/Users")).respond_with(users).mount(&server).await;
        let base = format!("{}/v2", server.uri());
        let settings = json!({"baseUrl": base, "authType": "none", "groupMembership": groups_from});
        let session = session(&settings).await;
        let address = server.address().to_string();
        run(session).await.map_err(|failure| failure.message.replace(&address, "scim.example"))
    }

    #[tokio::test]
    async fn what_the_provider_says_of_itself_is_told_with_what_follows() {
        let server = MockServer::start().await;
        let at = |place: &'static str, body: Value| {
            Mock::given(path(place)).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server)
        };
        at("/v2/Users", json!({"totalResults": 1, "Resources": [{"id": "1"}]})).await;
        let pagination = json!({"cursor": true, "index": true, "defaultPaginationMethod": "cursor"});
        let filter = json!({"supported": "true", "maxResults": 200});
        let config = json!({"filter": filter, "patch": {"supported": 0}, "pagination": pagination});
        at("/v2/ServiceProviderConfig", config).await;
        at("/v2/ResourceTypes", json!([{"endpoint": "/Users"}, {"endpoint": "/Groups"}])).await;
        let told = |settings: &str| {
            let base = format!("{}/v2", server.uri());
            let settings = json!({"baseUrl": base, "authType": "none", "groupMembership": "user", "paging": settings});
            async move {
                let session = session(&settings).await;
                described(
                    &session.client.survey().await,
                    session.client.way(&session.config.profile.users).await.unwrap(),
                )
            }
        };
        insta::assert_snapshot!(told("auto").await, @"ServiceProviderConfig found: filter yes (max 200), patch no (it is tried, and where it is refused the whole user is put), paging by cursor and index; ResourceTypes found: /Users, /Groups; Schemas missing (HTTP 404): extension attributes cannot be discovered; lists are read by cursor, since it says so");
        insta::assert_snapshot!(told("key").await.rsplit_once("; ").unwrap().1, @"lists are read by id");
        server.reset().await;
        insta::assert_snapshot!(told("auto").await, @"ServiceProviderConfig missing (HTTP 404); ResourceTypes missing (HTTP 404); Schemas missing (HTTP 404): extension attributes cannot be discovered; lists are read by index");
    }

    async fn session(settings: &Value) -> Arc<Session> {
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let config = Config::parse(settings.as_object().unwrap(), &Profiles::built_in()).unwrap();
        SourcePool::new(Clock::system(), [0; 32]).open(config, Table::built_in(), policy, Lane::Urgent).await.unwrap()
    }

    #[tokio::test]
    async fn groups_are_tested_where_they_tell_memberships() {
        assert_eq!(outcome("user").await, Ok(json!({})));
        insta::assert_snapshot!(outcome("auto").await.unwrap_err(), @"The connection test failed: scim.example has no such SCIM endpoint. Check baseUrl: below it must be /Users and /Groups. If the provider has no groups, set groupMembership to user. (The provider says: HTTP 404) Found out: reading users works; reading groups, which tell who is in them, does not. [WRONG_ADDRESS]");
    }
}
