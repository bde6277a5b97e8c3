//! Credentials that never change.

use super::*;
use crate::config::Config;
use crate::scim::provider::Profiles;
use crate::transport::Refused;

fn authenticator(settings: &serde_json::Value, transport: &Transport) -> Authenticator {
    let mut settings = settings.as_object().unwrap().clone();
    settings.insert("baseUrl".to_owned(), "https://scim.example/v2".into());
    let auth = Config::parse(&settings, &Profiles::built_in()).unwrap().auth;
    assert!(!format!("{auth:?}").contains("canary"), "{auth:?}");
    Authenticator::new(auth, transport, Clock::system(), None)
}

#[tokio::test]
async fn each_is_one_header_that_is_not_renewed() {
    let provider = Provider::start(tokens(3600)).await.accepts("another").await;
    for (settings, expected) in [
        (json!({"authType": "bearerToken", "token": SECRET}), format!("authorization: Bearer {SECRET}")),
        // "Aladdin" and its password are RFC 7617's own example, the colon the password's.
        (
            json!({"authType": "basic", "username": "Aladdin", "password": "open sesame"}),
            "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".to_owned(),
        ),
        (json!({"authType": "basic", "username": "a", "password": "b:ü"}), "authorization: Basic YTpiOsO8".to_owned()),
        (json!({"authType": "apiKey", "apiKeyHeader": "X-API-Key", "apiKey": SECRET}), format!("x-api-key: {SECRET}")),
        (
            json!({"authType": "apiKey", "apiKeyHeader": "Authorization", "apiKey": format!("ApiKey {SECRET}")}),
            format!("authorization: ApiKey {SECRET}"),
        ),
    ] {
        let fixed = authenticator(&settings, &provider.transport);
        let used = fixed.authorize(Call::default()).await.unwrap();
        let (name, value) = used.header.as_ref().unwrap();
        assert_eq!(format!("{name}: {}", value.to_str().unwrap()), expected);
        assert!(!fixed.refused(&used));
        assert!(!format!("{used:?}{fixed:?}").contains("canary"));
        fixed.fresh(Call::default()).await.unwrap();

        let url = format!("{}/Users", provider.server.uri()).parse().unwrap();
        let error = provider.transport.with_credentials(Arc::new(fixed)).send(Request::get(url)).await.unwrap_err();
        assert_eq!((error.attempts, error.refused), (1, Some(Refused::Fixed)));
    }
    assert_eq!(provider.token_requests().await.len(), 0);
    let none = authenticator(&json!({"authType": "none"}), &provider.transport);
    assert!(none.authorize(Call::default()).await.unwrap().header.is_none());
}
