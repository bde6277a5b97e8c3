//! Proxies of the environment, for the requests of SCIM and for those of tokens. The environment is a process's own, so the
//! connector runs in one.

use super::binary::{Ran, run_in};
use super::tls::{Authority, provider};
use super::upstream::Upstream;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// A proxy (RFC 9110 §9.3.6) that leads every name to one server.
struct Proxy {
    url: String,
    /// The head of each request that it got.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn to(upstream: &Upstream) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://user:pass%40word@{}", listener.local_addr().unwrap());
        let (seen, target) = (Arc::<Mutex<Vec<String>>>::default(), upstream.address());
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let log = Arc::clone(&log);
                tokio::spawn(async move {
                    let mut client = BufReader::new(client);
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        assert!(client.read_line(&mut head).await.unwrap() > 0, "{head}");
                    }
                    log.lock().unwrap().push(head);
                    let mut server = TcpStream::connect(target).await.unwrap();
                    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                    drop(copy_bidirectional(&mut client, &mut server).await);
                });
            }
        });
        Self { url, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// One server with the names of both endpoints: by the proxy it is reached, and without there is no such host.
async fn listed(no_proxy: &str) -> (Ran, Vec<String>) {
    let authority = Authority::new();
    let acceptor = authority.issue(&["api.example", "login.example"], 2999).acceptor(None);
    let upstream = Upstream::over_tls(acceptor, provider).await;
    let proxy = Proxy::to(&upstream).await;
    let config = upstream.config(json!({
        "baseUrl": "https://api.example/scim/v2", "authType": "oauth2", "tokenUrl": "https://login.example/token",
        "clientId": "c", "clientSecret": "s", "caCertificates": authority.pem(),
    }));
    let environment = [("HTTPS_PROXY", proxy.url.as_str()), ("NO_PROXY", no_proxy)];
    let ran = run_in(&environment, &["invoke", "account-list", "--config-json", &config.to_string()]).await;
    (ran, proxy.seen())
}

#[tokio::test]
async fn requests_and_token_requests_go_by_the_proxy() {
    let (ran, seen) = listed("").await;
    assert_eq!(ran.results().len(), 1);
    let names: BTreeSet<&str> = seen.iter().map(|head| head.split(' ').nth(1).unwrap()).collect();
    assert_eq!(Vec::from_iter(names), ["api.example:443", "login.example:443"]);
    for head in seen {
        // The proxy's own credentials, and none of the provider's.
        assert!(head.to_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnzqhdvcmq=\r\n"), "{head}");
        assert_eq!(head.to_lowercase().matches("authorization").count(), 1, "{head}");
    }
}

#[tokio::test]
async fn a_name_that_the_environment_excepts_is_reached_without_a_proxy() {
    let (ran, seen) = listed("login.example").await;
    ran.assert_fails(1, "the host login.example is not known");
    assert_eq!(seen, Vec::<String>::new());
    let (ran, seen) = listed("api.example").await;
    ran.assert_fails(1, "the host api.example is not known");
    assert!(seen.iter().all(|head| head.starts_with("CONNECT login.example:443 ")) && !seen.is_empty(), "{seen:?}");
}

#[tokio::test]
async fn this_machine_is_reached_without_a_proxy() {
    let upstream = Upstream::start(provider).await;
    let proxy = Proxy::to(&upstream).await;
    let config = upstream.config(json!({
        "authType": "oauth2", "tokenUrl": format!("{}/token", upstream.url()), "clientId": "c", "clientSecret": "s",
    }));
    let environment = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, proxy.url.as_str()));
    let ran = run_in(&environment, &["invoke", "account-list", "--config-json", &config.to_string()]).await;
    assert_eq!((ran.results().len(), proxy.seen()), (1, Vec::new()));
}

/// The provider has no part in it, and the proxy's password is nobody's to read.
#[tokio::test]
async fn a_proxy_that_makes_no_connection_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let config = json!({"baseUrl": "https://api.example/scim/v2", "authType": "none", "maxRetries": 0}).to_string();
    for (proxy, named) in
        [(closed.to_string(), closed.to_string()), ("proxy.invalid".to_owned(), "proxy.invalid:80".to_owned())]
    {
        let url = format!("http://user:canary@{proxy}");
        let ran = run_in(&[("HTTPS_PROXY", url.as_str())], &["invoke", "account-list", "--config-json", &config]).await;
        ran.assert_fails(1, &format!("The way there is by the proxy {named}, which the service's environment names"));
        assert!(!ran.err.contains("canary"), "{}", ran.err);
    }
}
