//! `health`: whether the service on this machine is alive, for container images that have no HTTP client.
//!
//! It looks at no certificate: what it sends is no secret, and what it learns is only that somebody answers. The probes
//! of container platforms do the same.

use super::CliError;
use crate::server::Address;
use clap::Args;
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long the whole question may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// More than the answer has.
const MAX_ANSWER_BYTES: u64 = 4096;

#[derive(Debug, Args)]
#[command(
    after_help = "It takes the environment that serve has. The exit code is 0 when the service answers that it is alive, else 1."
)]
pub struct HealthArgs {
    /// Where the service listens
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    listen: Address,
    /// The service's certificate, if it has one: it is asked over TLS then. What it shows is not checked
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
}

pub(super) async fn run(args: &HealthArgs) -> Result<(), CliError> {
    let address = reachable(&args.listen);
    let failed = |why: String| CliError::Failed(format!("the service at {address} is not alive: {why}"));
    let answer = timeout(PATIENCE, ask(&address, args.tls_cert.is_some()))
        .await
        .map_err(|_| failed(format!("no answer came in {} s", PATIENCE.as_secs())))?
        .map_err(|error| failed(error.to_string()))?;
    match answer.split(' ').nth(1) {
        Some("200") => Ok(()),
        Some(status) => Err(failed(format!("it answered {status}"))),
        None => Err(failed("its answer is not HTTP; does one of the two use TLS, and the other not?".to_owned())),
    }
}

/// A service that listens everywhere is asked by way of loopback.
fn reachable(listen: &Address) -> Address {
    let Address::Tcp(address) = listen else { return listen.clone() };
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    Address::Tcp(SocketAddr::new(ip, address.port()))
}

async fn ask(address: &Address, over_tls: bool) -> io::Result<String> {
    let stream: Box<dyn Stream> = match address {
        Address::Tcp(address) => Box::new(TcpStream::connect(address).await?),
        #[cfg(unix)]
        Address::Unix(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
        #[cfg(not(unix))]
        Address::Unix(_) => return Err(io::ErrorKind::Unsupported.into()),
    };
    if !over_tls {
        return exchange(stream).await;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth();
    let name = ServerName::IpAddress(Ipv4Addr::LOCALHOST.into());
    exchange(TlsConnector::from(Arc::new(config)).connect(name, stream).await?).await
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The answer's first line and what comes behind it.
async fn exchange(mut stream: impl Stream) -> io::Result<String> {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Takes every certificate.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("0.0.0.0:3000", "127.0.0.1:3000")]
    #[case("[::]:3000", "[::1]:3000")]
    #[case("192.0.2.1:3000", "192.0.2.1:3000")]
    #[case("unix:/run/connector/socket", "unix:/run/connector/socket")]
    fn a_service_that_listens_everywhere_is_asked_on_loopback(#[case] listen: Address, #[case] asked: &str) {
        assert_eq!(reachable(&listen).to_string(), asked);
    }
}
