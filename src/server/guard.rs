//! Who may ask: holders of the token, or, without one, only this machine and no browser.

use super::{Address, StartError, answer::Refusal};
use crate::connector::error::own;
use http::{
    HeaderMap, HeaderName,
    header::{AUTHORIZATION, HOST, ORIGIN},
    uri::Authority,
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// What a request has to show.
pub enum Guard {
    /// The token with this digest: digests have one length, so comparing them tells nothing of the token's.
    Token([u8; 32]),
    /// That it comes from this machine and not by way of a web page: a page may send requests to loopback, and by
    /// rebinding a name to 127.0.0.1 even read the answers, but then `Origin` or `Host` give it away.
    Loopback,
    /// Only that it comes from no web page: the operator said that somebody else guards the service.
    Insecure,
}

impl Guard {
    pub fn new(token: Option<&SecretString>, insecure: bool, address: &Address) -> Result<Self, StartError> {
        match token.map(ExposeSecret::expose_secret) {
            Some(token) if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err(StartError::UnusableToken)
            }
            Some(token) => Ok(Self::Token(digest(token.as_bytes()))),
            None if insecure => Ok(Self::Insecure),
            None if address.is_this_machine() => Ok(Self::Loopback),
            None => Err(StartError::Unprotected { address: address.clone() }),
        }
    }

    /// Whether a request is heard at all.
    pub fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if matches!(self, Self::Token(_)) {
            return Ok(());
        }
        if headers.contains_key(ORIGIN) {
            return Err(Refusal::forbidden_origin(own::FROM_A_WEB_PAGE));
        }
        if matches!(self, Self::Loopback) && !names_loopback(headers) {
            return Err(Refusal::forbidden_origin(own::FROM_ELSEWHERE));
        }
        Ok(())
    }

    /// Whether a request may start a command, or see what only its owner is to see. Without a token any `Authorization` will do, since clients send their own.
    pub fn authorize(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match self {
            Self::Loopback | Self::Insecure => Ok(()),
            Self::Token(expected) => {
                let presented = bearer(headers).map(digest).ok_or_else(Refusal::unauthorized)?;
                if bool::from(presented.ct_eq(expected)) { Ok(()) } else { Err(Refusal::unauthorized()) }
            }
        }
    }
}

fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// RFC 9110, section 11.1: the scheme's case does not matter.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = only(headers, &AUTHORIZATION)?.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

fn names_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = only(headers, &HOST) else { return false };
    let Ok(authority) = Authority::try_from(host) else { return false };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    !authority.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback()))
}

/// A header's value when it was sent exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(token: Option<&str>, insecure: bool, address: &str) -> Result<Guard, StartError> {
        Guard::new(token.map(SecretString::from).as_ref(), insecure, &address.parse().unwrap())
    }

    #[rstest::rstest]
    #[case(None, false, "127.0.0.1:3000")]
    #[case(None, false, "[::1]:3000")]
    #[case(None, false, "unix:/run/connector/socket")]
    #[case(None, true, "0.0.0.0:3000")]
    #[case(Some("s3cret"), false, "0.0.0.0:3000")]
    fn a_protected_service_starts(#[case] token: Option<&str>, #[case] insecure: bool, #[case] address: &str) {
        assert!(start(token, insecure, address).is_ok());
    }

    #[test]
    fn a_service_that_anybody_reaches_does_not_start() {
        let error = start(None, false, "0.0.0.0:3000").err().unwrap();
        let error = error.to_string().replace(&crate::product::get().env_prefix(), "PREFIX_");
        insta::assert_snapshot!(error, @"0.0.0.0:3000 can be reached from other machines, and no token protects it. Set PREFIX_TOKEN, listen on 127.0.0.1, or pass --insecure if something else keeps strangers out.");
    }

    #[rstest::rstest]
    #[case("")]
    #[case(" s3cret")]
    #[case("geheimniß")]
    fn a_token_that_no_client_can_send_does_not_start(#[case] token: &str) {
        assert!(matches!(start(Some(token), true, "127.0.0.1:3000"), Err(StartError::UnusableToken)));
    }
}
