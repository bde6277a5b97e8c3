//! `std:entitlement:list`: all entitlements of a type.

use super::delta::{Delta, Misses};
use super::error::{own, refuse, translate};
use super::filters::Sieve;
use super::kinds::kind;
use super::lists::{Listing, list_lines};
use super::lookup::is_status;
use super::session::Session;
use super::shrink::Counted;
use super::values;
use crate::config::ListFilters;
use crate::mapping::EntitlementMapper;
use crate::mapping::table::GROUP;
use crate::protocol::{EntitlementList, Events, Failure};
use crate::scim::{Error, Query};
use crate::transport::Fault;
use futures::{StreamExt as _, TryFutureExt as _, stream};
use serde_json::{Map, Value};
use std::sync::Arc;

const LISTING_GROUPS: &str = "Listing groups";
const LISTING_ENTITLEMENTS: &str = "Listing entitlements";

pub(super) fn run(session: &Arc<Session>, input: &Map<String, Value>) -> Result<Events, Failure> {
    let input = EntitlementList::parse(input)?;
    let kind = kind(session, &input.entitlement_type)?;
    let filters = &session.config.filters;
    let (doing, filters, counted) = match (&kind.card, &*kind.name) {
        (Some(_), _) => (LISTING_ENTITLEMENTS, kind.filters(), kind.counted()),
        (None, GROUP) if filters.groups.asked_for.is_some() => {
            (LISTING_GROUPS, filters.groups.clone(), Counted::FilteredGroups)
        }
        (None, GROUP) => (LISTING_GROUPS, filters.groups.clone(), Counted::Groups),
        (None, _) => (LISTING_ENTITLEMENTS, filters.entitlements.clone(), Counted::Entitlements),
    };
    let of = (Some(&*kind.name), &filters, input.schema.as_ref());
    let delta = Delta::new(session, input.stateful, of, Misses::Nothing);
    let endpoint = match (&kind.endpoint, &kind.card) {
        (Some(endpoint), _) => Arc::clone(endpoint),
        (None, Some(card)) => {
            let rest = (input.schema, delta.end());
            return Ok(values::list(session, Arc::clone(&kind), card.path.clone(), rest));
        }
        (None, None) => {
            let none = nothing(Arc::clone(session)).map_ok(move |()| delta.end());
            return Ok(stream::once(none).filter_map(async |none| none.transpose()).boxed());
        }
    };
    let sieve = sieve(doing, &filters, kind.mapper(None));
    let query = Query { without: kind.members().map(|list| list.to_string().into()), ..sieve.query() };
    let mapper = kind.mapper(input.schema);
    Ok(list_lines(session, Listing { doing, counted, endpoint, query, sieve, has_members: false, delta }, mapper))
}

/// A filter string may look at attributes that the source does not want: `whole` shows them all.
fn sieve(doing: &'static str, filters: &ListFilters, whole: EntitlementMapper) -> Sieve {
    Sieve::new(doing, filters, whole.plan(), Arc::new(move |id, found| whole.map(id, found).attributes))
}

/// A provider without such a list has no entitlements of this type. Where nobody said which provider it is, this makes
/// sure: Salesforce behind a host name of the customer's own would lose all its profiles and permission sets.
async fn nothing(session: Arc<Session>) -> Result<(), Failure> {
    let config = &session.config;
    let provider = config.profile.name.as_str();
    let salesforce = config.profiles.named("salesforce").filter(|_| config.is_profile_inferred);
    if let Some((salesforce, endpoint)) = salesforce.and_then(|known| Some((known, known.entitlements.as_ref()?))) {
        match session.client.first(endpoint, None, 1).await {
            Ok(found) if found.is_empty() => {}
            Ok(_) => {
                let values = [("subject", salesforce.name.as_str()), ("known", provider)];
                return Err(refuse(own::PROVIDER_UNKNOWN, LISTING_ENTITLEMENTS, &values));
            }
            Err(error) if says_nothing(&error) => return Err(translate(LISTING_ENTITLEMENTS, error)),
            Err(_) => {}
        }
    }
    tracing::info!(provider, "the provider grants nothing besides groups: there are no entitlements of this type");
    Ok(())
}

/// Whether a failure leaves open if there is such a list: no answer, or one that says "not now" or "not you".
fn says_nothing(error: &Error) -> bool {
    match error {
        Error::Send(sent) => match sent.fault {
            Fault::Status(_) | Fault::WaitTooLong(..) => is_status(error, &[401, 408, 429, 502, 503, 504]),
            _ => true,
        },
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
    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    fn answer(status: u16, resources: &Value) -> ResponseTemplate {
        ResponseTemplate::new(status).set_body_json(json!({"totalResults": 1, "Resources": resources}))
    }

    #[rstest::rstest]
    #[case::a_list(None, answer(200, &json!([{"id": "00e1"}])), Some("PROVIDER_UNKNOWN"))]
    #[case::an_empty_list(None, answer(200, &json!([])), None)]
    #[case::no_list(None, answer(404, &json!([])), None)]
    #[case::not_for_this_client(None, answer(403, &json!([])), None)]
    #[case::a_web_page(None, ResponseTemplate::new(200).set_body_string("<html>"), None)]
    #[case::no_answer_for_now(None, answer(503, &json!([])), Some("PROVIDER_UNAVAILABLE"))]
    #[case::a_list_of_a_provider_that_is_known(Some("generic"), answer(200, &json!([{"id": "00e1"}])), None)]
    #[tokio::test]
    async fn a_provider_without_entitlements_is_made_sure_of(
        #[case] provider: Option<&str>,
        #[case] answer: ResponseTemplate,
        #[case] failed: Option<&str>,
    ) {
        let server = MockServer::start().await;
        Mock::given(path("/v2/Entitlements")).respond_with(answer).mount(&server).await;
        let settings = json!({
            "baseUrl": format!("{}/v2", server.uri()), "authType": "none", "provider": provider, "maxRetries": 0,
        });
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let config = Config::parse(settings.as_object().unwrap(), &Profiles::built_in()).unwrap();
        let session = SourcePool::new(Clock::system(), [0; 32])
            .open(config, Table::built_in(), policy, Lane::Urgent)
            .await
            .unwrap();
        let input = json!({"type": "entitlement"});
        let events = run(&session, input.as_object().unwrap()).unwrap();
        let events: Vec<_> = events.map(|event| event.map_err(|failure| failure.code)).collect().await;
        let failures: Vec<&str> = events.into_iter().filter_map(Result::err).collect();
        assert_eq!(failures, Vec::from_iter(failed));
    }
}
