//! Where connections may go, and what is said of those that cannot be made.

use super::*;
use rstest::rstest;

#[rstest]
#[case::metadata("https://169.254.169.254/latest", LOOPBACK)]
#[case::private("https://10.0.0.7/scim", LOOPBACK)]
#[case::plain_http("http://scim.example.com/Users", LOOPBACK)]
#[case::a_name_that_leads_to_this_machine("https://localhost:9/scim", NetworkPolicy::default())]
#[tokio::test]
async fn where_it_may_not_connect_it_does_not(#[case] url: Url, #[case] policy: NetworkPolicy) {
    let transport = Transport::new(Options { policy, ..options(&url) }, None).unwrap();
    let error = transport.send(Request::get(url.clone())).await.unwrap_err();
    assert!(matches!(&error.fault, Fault::Forbidden(reason) if reason.contains(url.host_str().unwrap())), "{error:?}");
    assert_eq!(error.attempts, 1);
}

#[tokio::test]
async fn a_name_without_address_is_told_from_a_host_that_does_not_listen() {
    // No label of a name may be empty, so no name server is asked.
    let url: Url = "http://scim..example/".parse().unwrap();
    let policy = NetworkPolicy { allow_private: true, ..LOOPBACK };
    let error =
        Transport::new(Options { policy, ..options(&url) }, None).unwrap().send(Request::get(url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Resolve(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_one_that_does_not_listen() {
    let (mut url, connections) = closing_server("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    url.set_scheme("https").unwrap();
    let error = transport(&url).send(get(&url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Tls(_)), "{error:?}");
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[rstest]
#[case::user_info("http://ada:secret@127.0.0.1/")]
#[case::another_scheme("file:///etc/passwd")]
#[tokio::test]
async fn a_url_that_must_not_be_asked_for(#[case] url: Url) {
    let error = transport(&url).send(Request::get(url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Invalid(_)), "{error:?}");
    assert!(!shown(&error).contains("secret"), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_an_error() {
    let (server, url) = server().await;
    let elsewhere = format!("{}/elsewhere", server.uri());
    answer(&server, ResponseTemplate::new(302).insert_header("location", elsewhere), 10).await;
    let error = transport(&url).send(get(&url)).await.unwrap_err();
    assert_eq!(error.fault.status().unwrap().status, StatusCode::FOUND);
    assert_eq!(requests(&server).await, 1);
}

/// A host that lets nobody in: its queue of connections is full.
#[tokio::test]
async fn a_connection_that_is_not_made_in_time_leaves_nothing_open() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(stream) =
        tokio::time::timeout(Duration::from_millis(100), tokio::net::TcpStream::connect(address)).await
    {
        held.push(stream.unwrap());
    }
    let url: Url = format!("http://{address}").parse().unwrap();
    let timeout = Duration::from_millis(200);
    let transport = Transport::new(Options { timeout, ..options(&url) }, None).unwrap();
    let error = transport.send(creation(&url)).await.unwrap_err();
    assert!(
        matches!(error.fault, Fault::Timeout { phase: Phase::Connect, after } if after == timeout / 2),
        "{error:?}"
    );
    assert_eq!((error.attempts, error.outcome_unknown), (3, false));
}
