//! An RSA private key in PEM form, which `pem` reads.
//!
//! The DER inside is read here as far as PKCS #8 wraps PKCS #1; what is in the key is the signer's to judge.

use crate::config::pem::{self, NotPem};
use jsonwebtoken::{Algorithm, EncodingKey};
use secrecy::SecretString;
use std::fmt;

/// A key that has signed once, so that it can be relied on.
#[derive(Clone)]
pub struct PrivateKey {
    pem: SecretString,
    signing: EncodingKey,
}

/// Why a text is no key to sign with; each goes on after the setting's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    #[error("must be an RSA private key in PEM form, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----")]
    NotPem,
    #[error("is the public part (a certificate or a public key): it must be the private key that belongs to it")]
    Public,
    #[error("is protected by a passphrase: it must be the same key without one, as \"openssl pkey\" writes it")]
    Encrypted,
    #[error("is no RSA key of 2048 to 8192 bits that is whole: RS256 signs with one")]
    NotRsa,
}

impl PrivateKey {
    /// Reads a key. Line breaks may be missing, be spaces, or be written as `\n`; other blocks may stand before it.
    ///
    /// # Errors
    /// Why it cannot sign; none says anything of what is in the key.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let blocks = pem::blocks(text).map_err(|flaw| match flaw {
            NotPem::Encrypted => InvalidKey::Encrypted,
            NotPem::NoBlock | NotPem::Broken => InvalidKey::NotPem,
        })?;
        let Some(key) = blocks.iter().find(|block| block.is_private_key()) else {
            let is_public = blocks.iter().any(|block| block.is_certificate() || block.label.ends_with("PUBLIC KEY"));
            return Err(if is_public { InvalidKey::Public } else { InvalidKey::NotPem });
        };
        let rsa = match key.label.as_str() {
            "PRIVATE KEY" => unwrapped(&key.der),
            "RSA PRIVATE KEY" => Some(key.der.as_slice()),
            _ => None,
        };
        let signing = EncodingKey::from_rsa_der(rsa.ok_or(InvalidKey::NotRsa)?);
        jsonwebtoken::crypto::sign(b"", &signing, Algorithm::RS256).map_err(|_| InvalidKey::NotRsa)?;
        Ok(Self { pem: text.into(), signing })
    }

    /// The text as it came.
    pub(super) fn pem(&self) -> &SecretString {
        &self.pem
    }

    /// The key to sign with.
    pub fn signing(&self) -> &EncodingKey {
        &self.signing
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").finish_non_exhaustive()
    }
}

/// The key in `PrivateKeyInfo` (RFC 5208 §5), if it is an RSA key: version, algorithm, key.
fn unwrapped(der: &[u8]) -> Option<&[u8]> {
    let (info, _) = element(der, SEQUENCE)?;
    let (_version, rest) = element(info, INTEGER)?;
    let (algorithm, rest) = element(rest, SEQUENCE)?;
    let (key, _attributes) = element(rest, OCTET_STRING)?;
    algorithm.starts_with(RSA_ENCRYPTION).then_some(key)
}

/// The content of the element that `der` begins with, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        short @ 0..=0x7f => (usize::from(*short), rest),
        0x81 => rest.split_first().map(|(length, rest)| (usize::from(*length), rest))?,
        0x82 => rest.split_first_chunk().map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
        _ => return None,
    };
    if *found != tag {
        return None;
    }
    rest.split_at_checked(length)
}

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
/// The object identifier 1.2.840.113549.1.1.1.
const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
