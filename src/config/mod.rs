//! A source's settings, parsed once, with all problems reported at once.
//!
//! The settings arrive with every invocation, among many of the platform's own, which are ignored. This file says what
//! each setting means; `reader` says how values are read.

mod auth;
mod counts;
mod delta;
mod entitlement_types;
mod filters;
mod headers;
mod messages;
mod pem;
mod provider;
mod reader;
mod tls;

use crate::scim::provider::{EntitlementType, Memberships, Paging, Profile, Profiles};
use crate::scim::resource;
pub use auth::{
    AuthSettings, Client, ClientAuthentication, FixedHeader, Grant, InvalidKey, JwtBearer, OAuth, Password, PrivateKey,
};
pub use counts::{LAST_COUNTS, LastCount, LastCounts};
pub use delta::DeltaSettings;
pub use entitlement_types::ENTITLEMENT_TYPES;
pub use filters::{AskedFor, Filters, LeftOut, ListFilters, filters};
pub use messages::error_messages;
use reader::Reader;
pub use reader::shown;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;
pub use tls::{ClientCertificate, TlsSettings};
use url::Url;

/// The keys that are read, each of which stands in the specification's form, and no others. Besides these it is
/// `provisioningTimeout` and `deleteThresholdPercentage`, which are the platform's own, and [`LAST_COUNTS`], which this
/// connector has the platform keep. What `attributeMapping` means, `mapping` says.
pub const KEYS: &[&str] = &[
    "provider",
    "providerSettings",
    "baseUrl",
    "authType",
    "grantType",
    "tokenUrl",
    "clientId",
    "clientSecret",
    "scope",
    "clientAuthentication",
    "username",
    "password",
    "securityToken",
    "refreshToken",
    "privateKey",
    "jwtSubject",
    "jwtAudience",
    "tokenLifetimeSeconds",
    "token",
    "apiKeyHeader",
    "apiKey",
    "customHeaders",
    "caCertificates",
    "clientCertificate",
    "clientCertificateKey",
    "pageSize",
    "concurrency",
    "requestsPerSecond",
    "timeoutSeconds",
    "maxRetries",
    "paging",
    "partitionAggregationEnabled",
    "groupMembership",
    "filterString",
    "account.filterString",
    "group.filterString",
    "entitlement.filterString",
    "userFilter",
    "groupFilter",
    "entitlementFilter",
    "shrinkLimitPercent",
    "spConnEnableStatefulCommands",
    "deltaDeletions",
    "defaultProfile",
    "profileOnRevoke",
    "existingAccount",
    "adoptMatch",
    "disableAction",
    "attributeMapping",
    "entitlementTypes",
    "errorMessages",
];

/// By what an existing account may be known: what `adoptMatch` may have.
pub const ADOPT_MATCHES: &[&str] = &["externalId", "employeeNumber", "email"];

/// The settings of one source.
#[derive(Debug, Clone)]
pub struct Config {
    pub profile: Arc<Profile>,
    /// All profiles that there are.
    pub profiles: Profiles,
    /// Whether `provider` was left to be told by the host.
    pub is_profile_inferred: bool,
    /// The SCIM base URL, without a slash at its end; `None` where the token endpoint is to say it.
    pub base_url: Option<Url>,
    pub auth: AuthSettings,
    /// Sent with every request; their values are secrets.
    pub custom_headers: Vec<(String, SecretString)>,
    /// Of the connections to the provider and to its token endpoint.
    pub tls: TlsSettings,
    /// Resources a page; `None` leaves it to the provider's profile.
    pub page_size: Option<NonZeroU32>,
    /// Requests at once.
    pub concurrency: NonZeroUsize,
    pub requests_per_second: Option<f64>,
    /// For a whole request.
    pub timeout: Duration,
    /// How often a request is sent again after its first attempt.
    pub max_retries: u32,
    /// `None` leaves it to the provider's profile.
    pub paging: Option<Paging>,
    /// Whether lists are split by ranges of ids that are read side by side.
    pub partitions: bool,
    pub memberships: Memberships,
    pub filters: Filters,
    /// A list that is more than so many percent shorter than the last complete one fails; 0: none does.
    pub shrink_limit: u32,
    /// How long the lists were the last time, as the platform has kept it; `None` where it keeps nothing.
    pub last_counts: Option<LastCounts>,
    pub delta: DeltaSettings,
    /// What is granted besides groups and entitlements.
    pub entitlement_types: Vec<EntitlementType>,
    pub provisioning: Provisioning,
    /// A customer's own words for failures: code and text.
    pub error_messages: Vec<(String, String)>,
}

/// How accounts are written.
#[derive(Debug, Clone)]
pub struct Provisioning {
    /// How long the platform waits for an answer.
    pub timeout: Duration,
    /// The profile, by name or id, of a new account whose plan names none.
    pub default_profile: Option<String>,
    /// The profile, by name or id, that replaces one that is revoked.
    pub profile_on_revoke: Option<String>,
    /// What becomes of a creation whose user name exists.
    pub existing: ExistingAccount,
    /// Disabling deletes the account.
    pub disable_deletes: bool,
}

/// What becomes of a creation whose user name exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExistingAccount {
    Fail,
    /// The account is taken over where one of these attributes agrees.
    Adopt(Vec<&'static str>),
}

impl Config {
    /// Reads the settings; `profiles` are the providers that they may name. `null` and empty strings count as absent; numbers may arrive as strings.
    ///
    /// # Errors
    /// [`InvalidConfig`] has every problem, not just the first.
    pub fn parse(settings: &Map<String, Value>, profiles: &Profiles) -> Result<Self, InvalidConfig> {
        let mut reader = Reader::new(settings);
        let told = provider::told_by_token(&reader);
        let given = match &told {
            Some(_) => None,
            None => reader.url("baseUrl", "the SCIM base URL, such as https://acme.my.salesforce.com/services/scim/v2"),
        };
        let profile = provider::read(&mut reader, profiles, given.as_ref().or(told.as_ref()));
        let base_url = given.map(|url| scim_address(url, &profile));
        let config = Self {
            is_profile_inferred: reader.value("provider").is_none(),
            auth: auth::read(&mut reader, base_url.as_ref(), &profile),
            custom_headers: headers::read(&mut reader),
            tls: tls::read(&mut reader),
            page_size: reader.whole("pageSize", 1..=10_000).map(NonZeroU32::try_from).and_then(Result::ok),
            concurrency: reader
                .whole("concurrency", 1..=64)
                .and_then(|number| NonZeroUsize::new(usize::try_from(number).ok()?))
                .unwrap_or(profile.concurrency),
            requests_per_second: reader.rate("requestsPerSecond").or(profile.requests_per_second),
            timeout: Duration::from_secs(reader.whole("timeoutSeconds", 1..=600).unwrap_or(30).into()),
            max_retries: reader.whole("maxRetries", 0..=10).unwrap_or(4),
            paging: reader
                .choice(
                    "paging",
                    &[
                        ("auto", None),
                        ("index", Some(Paging::Index)),
                        ("cursor", Some(Paging::Cursor)),
                        ("key", Some(Paging::Key)),
                    ],
                )
                .flatten(),
            partitions: reader.value("partitionAggregationEnabled").and_then(resource::boolean).unwrap_or(false),
            memberships: reader
                .choice(
                    "groupMembership",
                    &[("auto", None), ("user", Some(Memberships::User)), ("group", Some(Memberships::Group))],
                )
                .flatten()
                .unwrap_or(profile.memberships),
            filters: filters::read(&mut reader),
            shrink_limit: counts::shrink_limit(&mut reader),
            last_counts: counts::last_counts(&reader),
            delta: delta::read(&mut reader),
            entitlement_types: entitlement_types::read(&mut reader, &profile),
            provisioning: provisioning(&mut reader),
            error_messages: messages::read(&mut reader),
            base_url,
            profile,
            profiles: profiles.clone(),
        };
        reader.finish(config)
    }

    /// The same settings with another refresh token, where they have one.
    #[must_use]
    pub fn with_refresh_token(&self, token: SecretString) -> Self {
        let mut config = self.clone();
        if let AuthSettings::OAuth(oauth) = &mut config.auth
            && let Grant::RefreshToken(current) = &mut oauth.grant
        {
            *current = token;
        }
        config
    }

    /// All secrets in these settings.
    pub fn secrets(&self) -> Vec<SecretString> {
        self.custom_headers.iter().map(|(_, value)| value.clone()).chain(self.sign_in_secrets()).collect()
    }

    /// Those of them that a token request needs.
    pub fn sign_in_secrets(&self) -> Vec<SecretString> {
        let key = self.tls.client_certificate.iter().map(|own| own.key.clone());
        key.chain(self.auth.secrets()).collect()
    }
}

fn provisioning(reader: &mut Reader<'_>) -> Provisioning {
    let matches = reader.list("adoptMatch", ADOPT_MATCHES);
    let adopts = reader.choice("existingAccount", &[("fail", false), ("adopt", true)]).unwrap_or(false);
    if adopts && matches.is_empty() {
        reader.problem("adoptMatch", "is missing: it must name at least one of externalId, employeeNumber, email");
    }
    Provisioning {
        timeout: Duration::from_secs(reader.whole("provisioningTimeout", 10..=3_600).unwrap_or(60).into()),
        default_profile: reader.text("defaultProfile"),
        profile_on_revoke: reader.text("profileOnRevoke"),
        existing: if adopts { ExistingAccount::Adopt(matches) } else { ExistingAccount::Fail },
        disable_deletes: reader.choice("disableAction", &[("deactivate", false), ("delete", true)]).unwrap_or(false),
    }
}

/// The SCIM base URL at an address: a bare host gets the provider's path; slashes at the end go.
pub fn scim_address(mut url: Url, profile: &Profile) -> Url {
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(if path.is_empty() { &profile.scim_path } else { &path });
    url
}

/// Settings that cannot be used: every problem with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidConfig {
    pub problems: Vec<Problem>,
}

/// One setting that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub key: &'static str,
    /// A sentence part that goes on after the key: `is missing: it must be …`.
    pub says: String,
}

impl std::fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let problems: Vec<String> =
            self.problems.iter().map(|problem| format!("{} {}", problem.key, problem.says)).collect();
        f.write_str(&problems.join("; "))
    }
}

impl std::error::Error for InvalidConfig {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(settings: &Value) -> Result<Config, InvalidConfig> {
        Config::parse(settings.as_object().unwrap(), &Profiles::built_in())
    }

    fn base_url(config: &Config) -> &str {
        config.base_url.as_ref().unwrap().as_str()
    }

    #[test]
    fn a_token_endpoint_may_tell_where_the_api_is_and_nothing_else_may() {
        let token_url = "https://login.salesforce.com/services/oauth2/token";
        let config = parse(&json!({"tokenUrl": token_url, "clientId": "c", "clientSecret": "s"})).unwrap();
        assert_eq!((config.base_url, config.profile.name.as_str()), (None, "salesforce"));
        for settings in [
            json!({"authType": "bearerToken", "token": "t", "tokenUrl": token_url}),
            json!({"authType": "none", "tokenUrl": token_url}),
            json!({"provider": "salesforce", "clientId": "c", "clientSecret": "s"}),
        ] {
            let error = parse(&settings).unwrap_err();
            assert_eq!(error.problems[0].key, "baseUrl", "{error}");
        }
    }

    #[test]
    fn nothing_set_names_all_that_is_needed() {
        insta::assert_snapshot!(parse(&json!({})).unwrap_err(), @"baseUrl is missing: it must be the SCIM base URL, such as https://acme.my.salesforce.com/services/scim/v2; tokenUrl is missing: it must be the URL of the OAuth 2 token endpoint; clientId is missing: it must be the OAuth client's id; clientSecret is missing: it must be the OAuth client's secret");
    }

    #[test]
    fn every_wrong_setting_is_named_with_what_would_be_right() {
        let settings = json!({
            "provider": "acme", "baseUrl": "acme", "authType": "magic", "pageSize": "many", "concurrency": 0,
            "requestsPerSecond": -1, "timeoutSeconds": 3.5, "maxRetries": true, "paging": "page", "groupMembership": [], "shrinkLimitPercent": 101,
            "customHeaders": [{"key": "Host", "value": "x"}, {"key": "X-Tenant", "value": null}],
        });
        insta::assert_snapshot!(parse(&settings).unwrap_err().to_string().replace("; ", "\n"), @r#"
        baseUrl is no URL (relative URL without a base): it must be the SCIM base URL, such as https://acme.my.salesforce.com/services/scim/v2
        provider must be one of salesforce, atlassian, aws, databricks, entra-style, fusionauth, github, google, keycloak, oracle, slack, snowflake, wso2, zscaler, generic, but is "acme"
        authType must be one of oauth2, bearerToken, basic, apiKey, none, but is "magic"
        customHeaders must not have Host: the connection sets it
        pageSize must be a whole number from 1 to 10000, but is "many"
        concurrency must be a whole number from 1 to 64, but is 0
        requestsPerSecond must be a number from 0.001 to 10000, but is -1
        timeoutSeconds must be a whole number from 1 to 600, but is 3.5
        maxRetries must be a whole number from 0 to 10, but is true
        paging must be one of auto, index, cursor, key, but is "page"
        groupMembership must be one of auto, user, group, but is an array
        shrinkLimitPercent must be a whole number from 0 to 100, but is 101
        "#);
    }

    #[test]
    fn settings_that_contradict_each_other_are_problems() {
        let settings = json!({
            "baseUrl": "https://scim.example/v2", "token": "t", "clientSecret": "s",
            "customHeaders": [{"key": "Authorization", "value": "Basic x"}],
        });
        insta::assert_snapshot!(parse(&settings).unwrap_err().to_string().replace("; ", "\n"), @"
        authType is missing, while token is set: it must be bearerToken if that token is to be used
        customHeaders must not have Authorization unless authType is none: authType sets it
        ");
    }

    #[test]
    fn a_token_is_set_without_its_scheme() {
        let parse = |token: &str| {
            parse(&json!({"baseUrl": "https://scim.example", "authType": "bearerToken", "token": token})).map(drop)
        };
        insta::assert_snapshot!(parse("bearer abc").unwrap_err(), @r#"token must be the token alone, without "Bearer" or anything else before it"#);
        assert_eq!(parse("abc"), Ok(()));
    }

    #[test]
    fn headers_that_say_what_is_read_and_written_are_the_connector_s_own() {
        let pairs =
            ["Accept", "Accept-Encoding", "content-type", "X-Tenant"].map(|key| json!({"key": key, "value": "x"}));
        let settings = json!({"baseUrl": "https://scim.example", "authType": "none", "customHeaders": pairs});
        insta::assert_snapshot!(parse(&settings).unwrap_err().to_string().replace("; ", "\n"), @"
        customHeaders must not have Accept: the connector sets it to what it can read and write
        customHeaders must not have Accept-Encoding: the connector sets it to what it can read and write
        customHeaders must not have content-type: the connector sets it to what it can read and write
        ");
    }

    #[test]
    fn a_bare_salesforce_host_is_enough() {
        let settings = json!({"baseUrl": "https://acme.my.salesforce.com/", "clientId": "c", "clientSecret": "s"});
        let config = parse(&settings).unwrap();
        assert_eq!(base_url(&config), "https://acme.my.salesforce.com/services/scim/v2");
        let token_url = config.auth.token_url().map(Url::as_str);
        assert_eq!(token_url, Some("https://acme.my.salesforce.com/services/oauth2/token"));
        assert_eq!((config.profile.name.as_str(), config.memberships), ("salesforce", Memberships::User));
    }

    #[test]
    fn numbers_may_be_strings_and_null_is_absent() {
        let settings = json!({
            "baseUrl": "http://127.0.0.1:8080/scim/v2//", "authType": "none", "pageSize": "50", "concurrency": 2.0,
            "requestsPerSecond": "0.5", "maxRetries": null, "paging": "", "spConnectorInstanceId": "i",
        });
        let config = parse(&settings).unwrap();
        assert_eq!(base_url(&config), "http://127.0.0.1:8080/scim/v2");
        assert_eq!(config.page_size.map(NonZeroU32::get), Some(50));
        assert_eq!((config.concurrency.get(), config.max_retries, config.paging), (2, 4, None));
        assert_eq!(config.requests_per_second, Some(0.5));
    }
}
