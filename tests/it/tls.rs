//! TLS: who is trusted, and what is said where somebody is not. The certificates are made by the test.

use super::harness::{Failure, Service, with};
use super::upstream::{Reply, Upstream};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rstest::rstest;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

/// An authority of a test's own.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

/// A certificate with its key.
pub struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, Uuid::new_v4().to_string());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A certificate for names until the end of a year.
    pub fn issue(&self, names: &[&str], until: i32) -> Identity {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = date_time_ymd(until, 12, 31);
        let key = KeyPair::generate().unwrap();
        Identity { certificate: params.signed_by(&key, &self.issuer).unwrap(), key }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        roots
    }
}

impl Identity {
    /// Serves with this certificate, and lets in those alone that show one of `clients`.
    pub fn acceptor(&self, clients: Option<&Authority>) -> TlsAcceptor {
        let builder = ServerConfig::builder();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => {
                let verifier = WebPkiClientVerifier::builder(Arc::new(clients.roots())).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let key = self.key.serialize_der().try_into().unwrap();
        let config = builder.with_single_cert(vec![self.certificate.der().clone()], key).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// The certificate and its key.
    pub fn pem(&self) -> (String, String) {
        (self.certificate.pem(), self.key.serialize_pem())
    }

    fn settings(&self) -> Value {
        json!({"clientCertificate": self.certificate.pem(), "clientCertificateKey": self.key.serialize_pem()})
    }
}

/// A provider of one user, and its token endpoint.
pub fn provider(asked: &super::upstream::Asked) -> Reply {
    match asked.path.as_str() {
        "/token" => Reply::json(200, &json!({"access_token": "t", "token_type": "Bearer", "expires_in": 3600})),
        _ => Reply::users(1, ["u1"]),
    }
}

/// The source's settings, by way of a token.
pub fn settings(upstream: &Upstream, tls: Value) -> Value {
    let config = upstream.config(json!({
        "authType": "oauth2", "tokenUrl": format!("{}/token", upstream.url()), "clientId": "c", "clientSecret": "s",
    }));
    with(&config, tls)
}

/// Lists the accounts; the number of them, or why not.
async fn list(service: &Service, upstream: &Upstream, tls: Value) -> Result<usize, Failure> {
    let answer = service.invoke("std:account:list", json!({}), &settings(upstream, tls)).await;
    if answer.status == 200 { Ok(answer.outputs().len()) } else { Err(answer.failure()) }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_once_it_is_set() {
    let authority = Authority::new();
    let upstream = Upstream::over_tls(authority.issue(&["localhost"], 2999).acceptor(None), provider).await;
    let service = Service::start().await;
    let both = format!("{}{}", Authority::new().pem(), authority.pem()).replace('\n', " ");
    assert_eq!(list(&service, &upstream, json!({"caCertificates": both})).await, Ok(1));
    let paths: BTreeSet<String> = upstream.seen().into_iter().map(|asked| asked.path).collect();
    assert_eq!(Vec::from_iter(paths), ["/scim/v2/Users", "/token"]);
    let seen = upstream.seen().len();
    // What another source trusts is nothing to this one, though the connection stands.
    let failure = list(&service, &upstream, json!({})).await.unwrap_err();
    insta::assert_snapshot!(blind(&failure.message, &upstream), @"Listing accounts failed: the certificate of localhost:PORT comes from an authority that this machine does not know. If it is your organization's own authority, put its certificate (PEM) into caCertificates; if it is a public one, the server does not send the certificates between. [TLS_UNKNOWN_AUTHORITY]");
    assert_eq!(upstream.seen().len(), seen);
}

fn blind(message: &str, upstream: &Upstream) -> String {
    message.replace(&upstream.address().port().to_string(), "PORT")
}

#[rstest]
#[case::another_authority(
    "localhost",
    2999,
    false,
    "TLS_UNKNOWN_AUTHORITY",
    "comes from an authority that this machine does not know"
)]
#[case::another_name("scim.example", 2999, true, "TLS_OTHER_NAME", "is for another host name")]
#[case::run_out("localhost", 2001, true, "TLS_EXPIRED", "has run out")]
#[tokio::test]
async fn a_server_that_is_not_to_be_trusted_gets_nothing(
    #[case] name: &str,
    #[case] until: i32,
    #[case] is_known: bool,
    #[case] code: &str,
    #[case] says: &str,
) {
    let authority = Authority::new();
    let upstream = Upstream::over_tls(authority.issue(&[name], until).acceptor(None), provider).await;
    let known = if is_known { authority } else { Authority::new() };
    let tls = json!({"caCertificates": known.pem()});
    let failure = list(&Service::start().await, &upstream, tls).await.unwrap_err();
    failure.assert_says(says);
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), (code, "invalidConfiguration"));
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_is_shown_it() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let acceptor = servers.issue(&["localhost"], 2999).acceptor(Some(&clients));
    let upstream = Upstream::over_tls(acceptor, provider).await;
    let service = Service::start().await;
    let trusting = json!({"caCertificates": servers.pem()});
    let own = clients.issue(&["connector"], 2999);
    assert_eq!(list(&service, &upstream, with(&trusting, own.settings())).await, Ok(1));
    let seen = upstream.seen().len();
    for other in
        [json!({}), Authority::new().issue(&["connector"], 2999).settings(), clients.issue(&["c"], 2001).settings()]
    {
        let failure = list(&service, &upstream, with(&trusting, other)).await.unwrap_err();
        failure.assert_says("Set clientCertificate and clientCertificateKey to a certificate that the provider trusts");
        assert_eq!(failure.code, "TLS_CLIENT_CERTIFICATE");
    }
    assert_eq!(upstream.seen().len(), seen);
}

#[tokio::test]
async fn certificates_of_no_use_are_named() {
    let upstream = Upstream::start(provider).await;
    let service = Service::start().await;
    let (one, other) = (Authority::new().issue(&["a"], 2999), Authority::new().issue(&["b"], 2999));
    let no_pair =
        json!({"clientCertificate": one.certificate.pem(), "clientCertificateKey": other.key.serialize_pem()});
    let no_certificate = json!({"caCertificates": "-----BEGIN CERTIFICATE-----\nMAMCAQc=\n-----END CERTIFICATE-----"});
    let no_pair_and_others = with(&no_pair, json!({"caCertificates": Authority::new().pem()}));
    for (tls, says) in [
        (no_pair_and_others, "clientCertificate and clientCertificateKey do not go together"),
        (no_pair, "clientCertificate and clientCertificateKey do not go together: is it the key of that"),
        (no_certificate, "caCertificates cannot be read"),
    ] {
        let failure = list(&service, &upstream, tls).await.unwrap_err();
        failure.assert_says(says);
        assert_eq!(failure.code, "INVALID_CONFIGURATION");
    }
}
