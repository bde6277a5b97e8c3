//! TLS: the same service beneath it, its handshakes, and certificates that change while it runs.

use super::{logs::Log, stalling::endless, *};
use crate::server::{Address, Tls};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};
use std::{fs, path::PathBuf, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt as _,
    net::TcpStream,
    time::{Instant, sleep},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// An authority, and a folder with a certificate of its making.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    own: CertificateDer<'static>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap().der().clone();
        let authority = Self { issuer: Issuer::new(params, key), own, folder: tempfile::tempdir().unwrap() };
        authority.renew();
        authority
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("tls.crt")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("tls.key")
    }

    /// Writes another certificate with another key; gives back what clients will see.
    fn renew(&self) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.certificate(), certificate.pem()).unwrap();
        fs::write(self.key(), key.serialize_pem()).unwrap();
        certificate.der().clone()
    }

    fn options(&self) -> Options {
        Options { tls: Some(Tls::load(self.certificate(), self.key()).unwrap()), ..Options::default() }
    }

    async fn connect(&self, server: &Server, version: &'static SupportedProtocolVersion) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.own.clone()).unwrap();
        let config = ClientConfig::builder_with_protocol_versions(&[version]);
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let stream = connect(server).await;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }

    async fn client(&self, server: &Server) -> Client {
        Client::on(self.connect(server, &TLS13).await)
    }

    /// The certificate that the service shows now.
    async fn shown(&self, server: &Server) -> CertificateDer<'static> {
        let stream = self.connect(server, &TLS13).await;
        stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
    }
}

async fn connect(server: &Server) -> TcpStream {
    let Address::Tcp(address) = server.address() else { panic!("{} is no address of the network", server.address()) };
    TcpStream::connect(address).await.unwrap()
}

#[rstest::rstest]
#[case(&TLS12, ProtocolVersion::TLSv1_2)]
#[case(&TLS13, ProtocolVersion::TLSv1_3)]
#[tokio::test]
async fn commands_are_answered_over_tls(
    #[case] version: &'static SupportedProtocolVersion,
    #[case] agreed: ProtocolVersion,
) {
    let authority = Authority::new();
    let server = start(authority.options(), |_| events((0..1000).map(output).collect())).await;
    let stream = authority.connect(&server, version).await;
    assert_eq!(stream.get_ref().1.protocol_version(), Some(agreed));
    let mut client = Client::on(stream);
    for _ in 0..2 {
        let answer = client.ask(&invocation()).await;
        assert_eq!((answer.status, answer.body.lines().count(), answer.complete), (200, 1000, true));
    }
}

#[tokio::test]
async fn a_late_failure_arrives_and_breaks_the_body_over_tls_too() {
    let authority = Authority::new();
    let server = start(authority.options(), |_| events(vec![output(1), failure()])).await;
    let answer = authority.client(&server).await.ask(&invocation()).await;
    assert_eq!((answer.status, answer.complete), (200, false));
    assert!(answer.body.lines().last().unwrap().contains("ACCOUNT_NOT_FOUND"), "{}", answer.body);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_reading_loses_its_command_over_tls_too() {
    let authority = Authority::new();
    let (tell, mut started) = tokio::sync::mpsc::unbounded_channel();
    let server = start(authority.options(), move |_| {
        let (events, dropped) = endless();
        tell.send(dropped).unwrap();
        events
    })
    .await;
    let mut stuck = authority.client(&server).await;
    stuck.send(&invocation()).await;
    stuck.head().await;
    let before = Instant::now();
    started.recv().await.unwrap().await.unwrap_err();
    assert_eq!(before.elapsed().as_secs(), 180);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_shake_hands_is_let_go_and_keeps_nobody_waiting() {
    let authority = Authority::new();
    let server = start(authority.options(), |_| events(vec![output(1)])).await;
    let before = Instant::now();
    let mut silent = connect(&server).await;
    assert!(authority.client(&server).await.ask(&invocation()).await.complete);
    assert_eq!(before.elapsed().as_secs(), 0);
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    assert_eq!(before.elapsed().as_secs(), 10);
    let mut plain = Client::connect(&server).await;
    plain.send(&invocation()).await;
    // Its words are no handshake: it gets an alert, and no answer.
    assert!(!plain.is_answered().await);
}

#[tokio::test(start_paused = true)]
async fn the_service_does_not_wait_for_handshakes_when_it_stops() {
    let authority = Authority::new();
    let server = start(authority.options(), |_| events(vec![output(1)])).await;
    let mut silent = connect(&server).await;
    // The service has it when it serves one that came later.
    authority.client(&server).await.ask(&invocation()).await;
    let before = Instant::now();
    server.shut_down().await;
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    assert_eq!(before.elapsed().as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_renewed_certificate_is_served_and_one_of_no_use_is_not() {
    const A_LOOK: Duration = Duration::from_secs(61);
    let log = Log::default();
    let _guard = log.start();
    let authority = Authority::new();
    let first = authority.renew();
    let server = start(authority.options(), |_| events(vec![output(1)])).await;
    let mut early = authority.client(&server).await;
    assert_eq!(authority.shown(&server).await, first);

    let second = authority.renew();
    sleep(A_LOOK).await;
    assert_eq!(authority.shown(&server).await, second);

    let key = fs::read(authority.key()).unwrap();
    fs::write(authority.key(), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    sleep(3 * A_LOOK).await;
    assert_eq!(authority.shown(&server).await, second);
    fs::remove_file(authority.key()).unwrap();
    sleep(3 * A_LOOK).await;
    assert_eq!(authority.shown(&server).await, second);

    fs::write(authority.key(), key).unwrap();
    sleep(A_LOOK).await;
    let third = authority.renew();
    sleep(A_LOOK).await;
    assert_eq!(authority.shown(&server).await, third);
    assert!(early.is_closed().await, "it waited too long for its request");

    let folder = authority.folder.path().display().to_string();
    let messages = log.text().replace(&folder, "FOLDER");
    let messages: Vec<_> = messages.lines().map(|line| line.split_once(r#""message":"#).unwrap().1).collect();
    insta::assert_snapshot!(messages.join("\n"), @r#"
    "the certificate was read anew and is served from now on"}
    "the certificate's new files cannot be used, and the old one is still served","error":"FOLDER/tls.key is not the key of the first certificate in FOLDER/tls.crt: the service's own certificate must come first there, and the key must be its"}
    "the certificate's new files cannot be used, and the old one is still served","error":"FOLDER/tls.key cannot be read: No such file or directory (os error 2)"}
    "the certificate was read anew and is served from now on"}
    "the certificate was read anew and is served from now on"}
    "#);
}

#[test]
fn files_of_no_use_are_named_with_what_would_be_right() {
    let (one, other) = (Authority::new(), Authority::new());
    let text = |text: &str| {
        let path = one.folder.path().join("text");
        fs::write(&path, text).unwrap();
        path
    };
    let absent = one.folder.path().join("absent");
    let says = |certificate: PathBuf, key: PathBuf| {
        let error = Tls::load(certificate, key).unwrap_err().to_string();
        error
            .replace(one.folder.path().to_str().unwrap(), "ONE")
            .replace(other.folder.path().to_str().unwrap(), "OTHER")
    };
    let broken = "-----BEGIN CERTIFICATE-----\nMAMCAQc=\n-----END CERTIFICATE-----\n";
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAMCAQc=\n-----END ENCRYPTED PRIVATE KEY-----\n";
    insta::assert_snapshot!(says(absent.clone(), one.key()), @"ONE/absent cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(says(one.certificate(), absent), @"ONE/absent cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(says(text(""), one.key()), @"ONE/text holds no certificate that can be read: it must be the service's certificate in PEM (-----BEGIN CERTIFICATE-----), and behind it those between it and its authority");
    insta::assert_snapshot!(says(text(broken), one.key()), @"ONE/text holds no certificate that can be read: it must be the service's certificate in PEM (-----BEGIN CERTIFICATE-----), and behind it those between it and its authority");
    insta::assert_snapshot!(says(one.key(), one.certificate()), @"ONE/tls.key holds no certificate that can be read: it must be the service's certificate in PEM (-----BEGIN CERTIFICATE-----), and behind it those between it and its authority");
    insta::assert_snapshot!(says(one.certificate(), text(encrypted)), @"ONE/text holds no private key that can be used: it must be one in PEM (-----BEGIN PRIVATE KEY-----), RSA or ECDSA or Ed25519, and without a passphrase");
    insta::assert_snapshot!(says(one.certificate(), other.key()), @"OTHER/tls.key is not the key of the first certificate in ONE/tls.crt: the service's own certificate must come first there, and the key must be its");
}
