//! Lists from servers that say too little or the wrong thing of themselves.

use super::*;
use crate::clock::Clock;
use crate::scim::Options;
use crate::scim::provider::GENERIC;
use crate::scim::resource;
use crate::transport::{self, Limiter, NetworkPolicy, Transport};
use serde_json::{Value, json};
use std::num::{NonZeroU32, NonZeroUsize};
use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Lists the users, two a page, of a server that answers so to a `startIndex`: the ids, or why there are none.
async fn list(answer: fn(usize) -> ResponseTemplate) -> Result<Vec<String>, Gap> {
    let server = MockServer::start().await;
    let respond = move |request: &Request| {
        let start = request.url.query_pairs().find(|(name, _)| name == "startIndex").unwrap().1.parse().unwrap();
        answer(start)
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    let base: Url = server.uri().parse().unwrap();
    let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
    let limiter = Arc::new(Limiter::new(2, None));
    let options = transport::Options::new(base.origin(), policy, limiter, Clock::system());
    let options_of_client = Options {
        profile: &GENERIC,
        page_size: NonZeroU32::new(2),
        concurrency: NonZeroUsize::MIN,
        paging: None,
        headers: http::HeaderMap::new(),
    };
    let client = Client::new(Transport::new(options, None).unwrap(), base, options_of_client);
    let read: Read<String> = Arc::new(|user| resource::id(user).unwrap_or_default().into_owned());
    let pages: Result<Vec<Vec<String>>, Error> =
        client.list(&GENERIC.users, Query::default(), read).try_collect().await;
    match pages {
        Ok(pages) => Ok(pages.concat()),
        Err(Error::Incomplete(incomplete)) => Err(incomplete.reason),
        Err(error) => panic!("{error}"),
    }
}

fn json(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// A page of users 1, 2 … `last`, from `start` on, two at most.
fn page(total: &Value, start: usize, last: usize) -> ResponseTemplate {
    let users: Vec<Value> = (start..=last).take(2).map(|id| json!({"id": id})).collect();
    json(&json!({"totalResults": total, "Resources": users}))
}

#[rstest::rstest]
#[case::no_total_and_no_users(|_| json(&json!({"Resources": []})), Err(Gap::NothingStated))]
#[case::nothing_at_all(|_| json(&json!({"totalResults": null, "Resources": null})), Err(Gap::NothingStated))]
#[case::a_total_of_none(|_| json(&json!({"totalResults": 0})), Ok(vec![]))]
#[case::no_total_but_users(|start| page(&json!(null), start, 3), Ok(vec!["1", "2", "3"]))]
#[case::no_total_and_the_last_page_again_and_again(
    |start: usize| page(&json!(null), start.min(3), 4),
    Err(Gap::Duplicates)
)]
#[case::the_page_s_size_for_the_total(
    |start| page(&json!(2), start, 4),
    Err(Gap::WrongCount)
)]
#[case::one_full_page(|start| page(&json!(2), start, 2), Ok(vec!["1", "2"]))]
#[case::one_full_page_whatever_is_asked(|_| page(&json!(2), 1, 2), Ok(vec!["1", "2"]))]
#[case::one_full_page_and_no_start_beyond(
    |start| if start == 1 { page(&json!(2), 1, 2) } else { ResponseTemplate::new(400) },
    Ok(vec!["1", "2"])
)]
#[tokio::test]
async fn a_list_is_what_it_can_prove(
    #[case] answer: fn(usize) -> ResponseTemplate,
    #[case] expected: Result<Vec<&str>, Gap>,
) {
    let expected = expected.map(|ids| ids.into_iter().map(str::to_owned).collect());
    assert_eq!(list(answer).await, expected);
}
