//! TLS of the service: its certificate, read anew when the files change, and the handshake with a client.
//!
//! It trusts nobody and asks for no certificate of the client's: who may ask is `guard`'s business.

use super::listener::Connection;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::ResolvesServerCert,
    sign::{CertifiedKey, SingleCertAndKey},
};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::{Digest, Sha256};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// How long a client may take for its handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// What is wrong with the files of a certificate and its key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path} cannot be read: {error}", path = path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error(
        "{path} holds no certificate that can be read: it must be the service's certificate in PEM (-----BEGIN \
         CERTIFICATE-----), and behind it those between it and its authority",
        path = path.display()
    )]
    NoCertificate { path: PathBuf },
    #[error(
        "{path} holds no private key that can be used: it must be one in PEM (-----BEGIN PRIVATE KEY-----), RSA or ECDSA \
         or Ed25519, and without a passphrase",
        path = path.display()
    )]
    NoKey { path: PathBuf },
    #[error(
        "{key} is not the key of the first certificate in {certificate}: the service's own certificate must come first \
         there, and the key must be its",
        key = key.display(),
        certificate = certificate.display()
    )]
    NoPair { certificate: PathBuf, key: PathBuf },
    #[error("TLS cannot be set up with {path}: {error}", path = path.display())]
    Unusable { path: PathBuf, error: rustls::Error },
}

/// The service's certificate and key, as the files have them now or had them when they were last in order.
#[derive(Debug)]
pub struct Tls {
    files: Files,
    /// What the files held when they were last looked at.
    seen: Digested,
    current: watch::Sender<Arc<ServerConfig>>,
}

type Digested = [u8; 32];

impl Tls {
    /// Reads a certificate with those between it and its authority, and its key, all PEM.
    ///
    /// # Errors
    /// [`TlsError`], with the file's name and what would be right.
    pub fn load(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let files = Files { certificate, key };
        let held = files.read()?;
        let current = watch::Sender::new(files.config(&held)?);
        Ok(Self { seen: held.digest(), files, current })
    }

    /// What makes connections with it, and goes on doing so with what the files hold from then on.
    pub(super) fn handshakes(&self) -> Handshakes {
        Handshakes(self.current.subscribe())
    }

    /// Looks at the files now and then, for ever, and takes what has become of them. What cannot be used is logged once,
    /// and the certificate before stays.
    ///
    /// What the files hold is compared, not when they were written: the links by which a container platform changes them
    /// may lead to older files, and a certificate may be seen before its key is written.
    pub(super) async fn follow_files(mut self) {
        loop {
            sleep(LOOK_EVERY).await;
            let files = self.files.clone();
            let Ok(held) = spawn_blocking(move || files.read()).await else { continue };
            let digest = match &held {
                Ok(held) => held.digest(),
                Err(error) => Sha256::digest(error.to_string()).into(),
            };
            if digest == self.seen {
                continue;
            }
            self.seen = digest;
            match held.and_then(|held| self.files.config(&held)) {
                Ok(config) => {
                    self.current.send_replace(config);
                    tracing::info!("the certificate was read anew and is served from now on");
                }
                Err(error) => {
                    let error = error.to_string();
                    tracing::error!(
                        error,
                        "the certificate's new files cannot be used, and the old one is still served"
                    );
                }
            }
        }
    }
}

/// Makes connections with the certificate of the time.
#[derive(Clone)]
pub struct Handshakes(watch::Receiver<Arc<ServerConfig>>);

impl Handshakes {
    /// The connection beneath `stream`; `None` where none comes about in time, of which only the debug log tells: any
    /// stranger can cause it.
    pub async fn accept<C: Connection>(&self, stream: C) -> Option<TlsStream<C>> {
        let config = Arc::clone(&self.0.borrow());
        match timeout(HANDSHAKE_TIME, TlsAcceptor::from(config).accept(stream)).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                tracing::debug!(error = %error, "no TLS connection came about");
                None
            }
            Err(_) => {
                tracing::debug!("no TLS connection came about in {} s", HANDSHAKE_TIME.as_secs());
                None
            }
        }
    }
}

#[derive(Debug, Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// What the files hold.
struct Held {
    certificate: Vec<u8>,
    key: SecretSlice<u8>,
}

impl Held {
    fn digest(&self) -> Digested {
        let both = Sha256::new_with_prefix(Sha256::digest(&self.certificate));
        both.chain_update(Sha256::digest(self.key.expose_secret())).finalize().into()
    }
}

impl Files {
    fn read(&self) -> Result<Held, TlsError> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|error| TlsError::Unreadable { path: path.to_owned(), error });
        Ok(Held { certificate: read(&self.certificate)?, key: read(&self.key)?.into() })
    }

    fn config(&self, held: &Held) -> Result<Arc<ServerConfig>, TlsError> {
        let pair: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(self.pair(held)?));
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Unusable { path: self.certificate.clone(), error })?
            .with_no_client_auth()
            .with_cert_resolver(pair);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn pair(&self, held: &Held) -> Result<CertifiedKey, TlsError> {
        let no_certificate = || TlsError::NoCertificate { path: self.certificate.clone() };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&held.certificate)
            .collect::<Result<_, _>>()
            .map_err(|_| no_certificate())?;
        if chain.is_empty() {
            return Err(no_certificate());
        }
        let no_key = || TlsError::NoKey { path: self.key.clone() };
        let key = PrivateKeyDer::from_pem_slice(held.key.expose_secret()).map_err(|_| no_key())?;
        let key = aws_lc_rs::sign::any_supported_type(&key).map_err(|_| no_key())?;
        let pair = CertifiedKey::new(chain, key);
        match pair.keys_match() {
            // A kind of key that does not tell is compared by the clients.
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(pair),
            Err(rustls::Error::InconsistentKeys(_)) => {
                Err(TlsError::NoPair { certificate: self.certificate.clone(), key: self.key.clone() })
            }
            Err(_) => Err(no_certificate()),
        }
    }
}
