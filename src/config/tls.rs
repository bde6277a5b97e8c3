//! The settings of TLS: further certificate authorities, and a certificate of the client's own.
//!
//! They are read and judged as texts. Whether key and certificate belong together is found when the client is built.

use super::pem::{self, Block, NotPem};
use super::reader::Reader;
use secrecy::{ExposeSecret as _, SecretString};

/// How the provider is recognised, and how it recognises this client.
#[derive(Debug, Clone, Default)]
pub struct TlsSettings {
    /// Certificates (PEM) of authorities that are trusted beside the system's.
    pub ca_certificates: Option<String>,
    pub client_certificate: Option<ClientCertificate>,
}

/// What the client shows to a provider that asks for a certificate.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// The certificate and those between it and its authority (PEM).
    pub chain: String,
    /// Its private key (PEM).
    pub key: SecretString,
}

const CERTIFICATE: &str = "clientCertificate";
const KEY: &str = "clientCertificateKey";
/// What openssl may write before a key: no sequence, just the name of its curve.
const CURVE: &str = "EC PARAMETERS";

/// A problem leaves out what it is about.
pub(super) fn read(reader: &mut Reader<'_>) -> TlsSettings {
    let ca_certificates = certificates(reader, "caCertificates");
    let chain = certificates(reader, CERTIFICATE);
    let key = private_key(reader);
    match (reader.value(CERTIFICATE).is_some(), reader.value(KEY).is_some()) {
        (true, false) => {
            reader.problem(KEY, format!("is missing: it must be the private key of {CERTIFICATE} (PEM)"));
        }
        (false, true) => {
            reader.problem(CERTIFICATE, format!("is missing: it must be the certificate of {KEY} (PEM)"));
        }
        (true, true) | (false, false) => {}
    }
    let client_certificate = chain.zip(key).map(|(chain, key)| ClientCertificate { chain, key });
    TlsSettings { ca_certificates, client_certificate }
}

fn certificates(reader: &mut Reader<'_>, key: &'static str) -> Option<String> {
    let blocks = blocks(reader, key)?;
    if blocks.iter().any(Block::is_private_key) {
        reader.problem(
            key,
            format!("holds a private key: it must be certificates alone, and a client's key goes into {KEY}"),
        );
        return None;
    }
    if let Some(other) = blocks.iter().find(|block| !block.is_certificate()) {
        let says = format!("holds a block {}: it must be certificates (-----BEGIN CERTIFICATE-----)", other.label);
        reader.problem(key, says);
        return None;
    }
    if key == CERTIFICATE && blocks.first().is_some_and(Block::is_version_1) {
        let says = "is of X.509 version 1, which TLS does not take: it must be of version 3, as \"openssl x509 -req\" makes \
                    one with extensions (-extfile)";
        reader.problem(key, says);
        return None;
    }
    Some(blocks.iter().map(|block| block.pem.as_str()).collect())
}

fn private_key(reader: &mut Reader<'_>) -> Option<SecretString> {
    let blocks = blocks(reader, KEY)?;
    let keys: Vec<&Block> = blocks.iter().filter(|block| block.is_private_key()).collect();
    match keys.as_slice() {
        [key] => Some(SecretString::from(key.pem.as_str())),
        [] => {
            reader.problem(
                KEY,
                format!("holds no private key: it must be that of {CERTIFICATE} (-----BEGIN PRIVATE KEY-----)"),
            );
            None
        }
        _ => {
            reader.problem(KEY, "holds several private keys: it must be one");
            None
        }
    }
}

/// The blocks of a setting that is a text in PEM; none and a problem where it is not.
fn blocks(reader: &mut Reader<'_>, key: &'static str) -> Option<Vec<Block>> {
    let text = reader.secret(key)?;
    let blocks = pem::blocks(text.expose_secret()).and_then(|blocks| {
        if blocks.iter().all(|block| block.is_whole() || block.label == CURVE) {
            Ok(blocks)
        } else {
            Err(NotPem::Broken)
        }
    });
    blocks.map_err(|flaw| reader.problem(key, flaw.to_string())).ok()
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use crate::scim::provider::Profiles;
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use secrecy::ExposeSecret as _;
    use serde_json::{Value, json};

    fn pem(label: &str) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode([0x30, 3, 2, 1, 7]))
    }

    fn parse(mut tls: Value) -> Result<Config, String> {
        let settings = tls.as_object_mut().unwrap();
        settings.extend(json!({"baseUrl": "https://scim.example", "authType": "none"}).as_object().unwrap().clone());
        Config::parse(settings, &Profiles::built_in()).map_err(|error| error.to_string().replace("; ", "\n"))
    }

    #[test]
    fn several_authorities_and_a_certificate_with_its_key_are_taken() {
        let tls = json!({
            "caCertificates": pem("CERTIFICATE").repeat(2).replace('\n', " "),
            "clientCertificate": pem("CERTIFICATE").replace('\n', "\\n"),
            "clientCertificateKey": format!("{}{}", pem("EC PARAMETERS"), pem("EC PRIVATE KEY")),
        });
        let config = parse(tls).unwrap();
        assert_eq!(config.tls.ca_certificates, Some(pem("CERTIFICATE").repeat(2)));
        let client = config.tls.client_certificate.unwrap();
        assert_eq!((client.chain, client.key.expose_secret()), (pem("CERTIFICATE"), pem("EC PRIVATE KEY").as_str()));
    }

    #[test]
    fn what_cannot_be_used_is_said_of_each_setting_without_showing_it() {
        let tls = json!({
            "caCertificates": "MIIC", "clientCertificate": pem("PRIVATE KEY"), "clientCertificateKey": pem("CERTIFICATE"),
        });
        insta::assert_snapshot!(parse(tls).unwrap_err(), @"
        caCertificates is not PEM: it must be the whole text from -----BEGIN … to -----END …, these lines included
        clientCertificate holds a private key: it must be certificates alone, and a client's key goes into clientCertificateKey
        clientCertificateKey holds no private key: it must be that of clientCertificate (-----BEGIN PRIVATE KEY-----)
        ");
        let tls = json!({
            "caCertificates": pem("CERTIFICATE REQUEST"), "clientCertificate": pem("CERTIFICATE"),
            "clientCertificateKey": pem("PRIVATE KEY").repeat(2),
        });
        insta::assert_snapshot!(parse(tls).unwrap_err(), @"
        caCertificates holds a block CERTIFICATE REQUEST: it must be certificates (-----BEGIN CERTIFICATE-----)
        clientCertificateKey holds several private keys: it must be one
        ");
    }

    /// A sequence whose sequence begins with a number: as openssl makes them where it is told of no extension.
    #[test]
    fn a_certificate_of_the_first_version_is_told() {
        let old = "-----BEGIN CERTIFICATE-----MAUwAwIBBw==-----END CERTIFICATE-----";
        let settings = json!({"clientCertificate": old, "clientCertificateKey": pem("PRIVATE KEY")});
        insta::assert_snapshot!(parse(settings).unwrap_err(), @r#"clientCertificate is of X.509 version 1, which TLS does not take: it must be of version 3, as "openssl x509 -req" makes one with extensions (-extfile)"#);
        assert!(parse(json!({"caCertificates": old})).is_ok());
    }

    #[test]
    fn a_certificate_and_its_key_need_each_other() {
        insta::assert_snapshot!(parse(json!({"clientCertificate": pem("CERTIFICATE")})).unwrap_err(), @"clientCertificateKey is missing: it must be the private key of clientCertificate (PEM)");
        insta::assert_snapshot!(parse(json!({"clientCertificateKey": pem("PRIVATE KEY")})).unwrap_err(), @"clientCertificate is missing: it must be the certificate of clientCertificateKey (PEM)");
    }
}
