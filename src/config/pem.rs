//! PEM texts ([RFC 7468]) as people paste them into a form: read leniently, written as the RFC has them.
//!
//! A form with one line loses line breaks, and a file of settings may hold them as the two characters `\n`: both are
//! repaired. What the blocks mean is for those that use them; whether a certificate is trusted is for nobody here.
//!
//! [RFC 7468]: https://www.rfc-editor.org/rfc/rfc7468

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secrecy::zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// RFC 7468 §2: so many characters a line.
const LINE: usize = 64;
/// Tags of DER, and from where on a length says how long it is itself (X.690 §8.1.3).
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const LONG: u8 = 0x80;

/// One block, which may be a secret: it has no `Debug`.
pub(super) struct Block {
    /// What it says that it is: `CERTIFICATE`, `PRIVATE KEY`, `RSA PRIVATE KEY`.
    pub label: String,
    /// The block as the RFC has it, a line feed at its end.
    pub pem: Zeroizing<String>,
    /// What is in it.
    pub der: Zeroizing<Vec<u8>>,
}

impl Block {
    /// RFC 7468 §10 and §13, and what came before: `RSA PRIVATE KEY`, `EC PRIVATE KEY`.
    pub fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    pub fn is_certificate(&self) -> bool {
        self.label == "CERTIFICATE"
    }

    /// A certificate of version 1 is one that does not say its version: its serial number comes first (RFC 5280 §4.1).
    pub fn is_version_1(&self) -> bool {
        content(&self.der).and_then(content).and_then(<[u8]>::first) == Some(&INTEGER)
    }

    /// Certificates and keys are a sequence in DER, which says how long it is: a paste that lost its middle
    /// is still good base64.
    pub fn is_whole(&self) -> bool {
        let Some((&SEQUENCE, rest)) = self.der.split_first() else { return false };
        let Some((&first, rest)) = rest.split_first() else { return false };
        if first < LONG {
            return rest.len() == usize::from(first);
        }
        let Some((length, content)) = rest.split_at_checked(usize::from(first - LONG)) else { return false };
        let length = length.iter().try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)));
        length == Some(content.len())
    }
}

/// What is in a sequence, and whatever follows it.
fn content(der: &[u8]) -> Option<&[u8]> {
    let (&SEQUENCE, rest) = der.split_first()? else { return None };
    let (&first, rest) = rest.split_first()?;
    rest.get(usize::from(first.saturating_sub(LONG))..)
}

/// What is wrong with a text, as the rest of a sentence whose subject is the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotPem {
    #[error("is not PEM: it must be the whole text from -----BEGIN … to -----END …, these lines included")]
    NoBlock,
    #[error(
        "is not whole: a block of it has no -----END … line, or its text is cut off or has characters of another kind"
    )]
    Broken,
    #[error("is protected by a password: it must be the key without one (openssl pkey -in key.pem -out plain.pem)")]
    Encrypted,
}

/// The blocks of a text in their order. What stands between blocks is ignored, as RFC 7468 §2 has it.
pub(super) fn blocks(text: &str) -> Result<Vec<Block>, NotPem> {
    let text = Zeroizing::new(text.replace("\\r", "\n").replace("\\n", "\n"));
    let mut rest = text.as_str();
    let mut blocks = Vec::new();
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (label, after) = after.split_once(DASHES).ok_or(NotPem::Broken)?;
        let (body, after) = after.split_once(&format!("{END}{label}{DASHES}")).ok_or(NotPem::Broken)?;
        blocks.push(block(label, body)?);
        rest = after;
    }
    if blocks.is_empty() { Err(NotPem::NoBlock) } else { Ok(blocks) }
}

fn block(label: &str, body: &str) -> Result<Block, NotPem> {
    // The old form says it in headers before the text (RFC 1421 §4.6).
    if label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED") {
        return Err(NotPem::Encrypted);
    }
    let text: Zeroizing<String> = Zeroizing::new(body.chars().filter(|c| !c.is_whitespace()).collect());
    let der = Zeroizing::new(BASE64_STANDARD.decode(text.as_bytes()).map_err(|_| NotPem::Broken)?);
    let lines: Zeroizing<String> = Zeroizing::new(
        text.char_indices()
            .flat_map(|(at, c)| (at > 0 && at % LINE == 0).then_some('\n').into_iter().chain([c]))
            .collect(),
    );
    let pem = Zeroizing::new(format!("{BEGIN}{label}{DASHES}\n{}\n{END}{label}{DASHES}\n", *lines));
    Ok(Block { label: label.to_owned(), pem, der })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence with 100 bytes in it: two lines of base64.
    fn whole(label: &str) -> String {
        let der = [[0x30, 100].as_slice(), &[7; 100]].concat();
        let text = BASE64_STANDARD.encode(der);
        let (first, second) = text.split_at(64);
        let (third, last) = second.split_at(64);
        format!("-----BEGIN {label}-----\n{first}\n{third}\n{last}\n-----END {label}-----\n")
    }

    fn read(text: &str) -> Result<Vec<String>, NotPem> {
        Ok(blocks(text)?.into_iter().map(|block| block.pem.to_string()).collect())
    }

    #[test]
    fn lost_line_breaks_are_repaired() {
        let pem = whole("PRIVATE KEY");
        for pasted in [
            pem.clone(),
            pem.replace('\n', " "),
            pem.replace('\n', "\\n"),
            pem.replace('\n', "\\r\\n"),
            pem.replace('\n', "\r\n"),
            pem.replace('\n', ""),
            format!("Bag Attributes\n{pem}"),
        ] {
            assert_eq!(read(&pasted), Ok(vec![pem.clone()]), "{pasted}");
        }
    }

    #[test]
    fn several_blocks_are_told_apart() {
        let text = format!("{} {}", whole("CERTIFICATE"), whole("EC PRIVATE KEY"));
        let found = blocks(&text).unwrap_or_default();
        let kinds: Vec<_> = found.iter().map(|block| (block.is_certificate(), block.is_private_key())).collect();
        assert_eq!(kinds, [(true, false), (false, true)]);
    }

    #[test]
    fn what_is_no_whole_block_is_told() {
        let pem = whole("CERTIFICATE");
        let encrypted =
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----";
        for (text, flaw) in [
            ("MIIC", NotPem::NoBlock),
            (pem.split_once("-----END").unwrap().0, NotPem::Broken),
            (&pem.replace("Bw", "B."), NotPem::Broken),
            (encrypted, NotPem::Encrypted),
            (&whole("ENCRYPTED PRIVATE KEY"), NotPem::Encrypted),
        ] {
            assert_eq!(read(text).err(), Some(flaw), "{text}");
        }
    }

    #[test]
    fn a_block_that_lost_a_part_is_not_whole() {
        let pem = whole("CERTIFICATE");
        let without_a_line: String = pem.lines().enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| line).collect();
        for (text, is_whole) in [
            (pem.as_str(), true),
            (&without_a_line, false),
            ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", false),
        ] {
            assert_eq!(blocks(text).unwrap_or_default()[0].is_whole(), is_whole, "{text}");
        }
    }
}
