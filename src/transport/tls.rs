//! TLS as the settings have it, and what is wrong where no trusted connection comes about.
//!
//! It builds no client (`http` does), and trusts nobody: that is the TLS library's part.

use super::error::Cause;
use super::http::causes;
use rustls::{AlertDescription, CertificateError, Error};
use secrecy::SecretString;

/// What a client is given beside the system's own authorities.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Certificates (PEM) of further authorities.
    pub ca_certificates: Option<String>,
    /// What this client shows when it is asked for a certificate: the chain and its private key (PEM).
    pub identity: Option<SecretString>,
}

/// What is wrong with a TLS connection, as far as something can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFlaw {
    /// The server's certificate comes from an authority that is not known.
    UnknownAuthority,
    /// The server's certificate is for other names.
    OtherName,
    /// The server's certificate has run out, or is not valid yet.
    Expired,
    /// The server wants a certificate of the client, or another one.
    ClientCertificate,
    Other,
}

impl TlsFlaw {
    /// Reads what lies beneath [`super::Fault::Tls`].
    pub fn of(cause: &Cause) -> Self {
        match causes(&**cause).find_map(|cause| cause.downcast_ref::<Error>()) {
            Some(Error::InvalidCertificate(flaw)) => match flaw {
                // An authority that was made anew under its old name signs differently.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownAuthority,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::OtherName,
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Self::Expired,
                _ => Self::Other,
            },
            Some(error) if is_about_client(error) => Self::ClientCertificate,
            _ => Self::Other,
        }
    }
}

/// Whether no client was made since a private key is not that of its certificate.
pub(super) fn is_key_mismatch(cause: &Cause) -> bool {
    let mut errors = causes(&**cause).filter_map(|cause| cause.downcast_ref::<Error>());
    errors.any(|error| matches!(error, Error::InconsistentKeys(_)))
}

/// Whether the server finds fault with the client's certificate, or with there being none. It may say so after the
/// client takes the connection for made (RFC 8446 §4.4.2.4), and the request has not been read then.
pub(super) fn is_about_client(error: &Error) -> bool {
    matches!(
        error,
        Error::AlertReceived(
            AlertDescription::CertificateRequired
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                // A signature that does not fit: an authority that was made anew under its old name.
                | AlertDescription::DecryptError
        )
    )
}
