//! What subcommands share: files, standard input, listeners.

use super::CliError;
use serde_json::{Map, Value};
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use tokio::net::TcpListener;

/// Reads a file with a JSON object, or standard input where the path is `-`.
pub fn read_object(path: &Path) -> Result<Map<String, Value>, CliError> {
    object(&read_text(path)?, &name(path))
}

/// Writes a file with a JSON object, in the place of what was there.
pub fn write_object(path: &Path, object: Map<String, Value>) -> Result<(), CliError> {
    let text = format!("{}\n", Value::Object(object));
    std::fs::write(path, text).map_err(|error| CliError::Failed(format!("{} cannot be written: {error}", name(path))))
}

/// Reads a file, or standard input where the path is `-`. What is no text in it is replaced.
pub fn read_text(path: &Path) -> Result<String, CliError> {
    let read = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = read.map_err(|error| CliError::Usage(format!("{} cannot be read: {error}", name(path))))?;
    Ok(text(&bytes))
}

/// UTF-8, or UTF-16 with its mark, as PowerShell writes files.
pub fn text(bytes: &[u8]) -> String {
    let from: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return String::from_utf8_lossy(bytes).into_owned(),
    };
    let units = bytes.chunks_exact(2).skip(1).filter_map(|pair| pair.try_into().ok()).map(from);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// A file by its name for a person.
pub fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

/// Parses a JSON object; `what` names it for a person.
pub fn object(text: &str, what: &str) -> Result<Map<String, Value>, CliError> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(CliError::Usage(format!("{what} must be a JSON object, such as {{\"name\": \"value\"}}"))),
        Err(error) => Err(CliError::Usage(format!("{what} is not JSON: {error}"))),
    }
}

/// Listens, or says how to choose another port.
pub async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).await.map_err(|error| {
        CliError::Failed(match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("{address} is in use by another program. Choose another with {option}.")
            }
            _ => format!("{address} cannot be listened on: {error}"),
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_may_be_utf_16() {
        let little = "\u{feff}{\"é\":1}".encode_utf16().flat_map(u16::to_le_bytes);
        assert_eq!(super::text(&little.collect::<Vec<u8>>()), "{\"é\":1}");
        let big = "\u{feff}{\"é\":1}".encode_utf16().flat_map(u16::to_be_bytes);
        assert_eq!(super::text(&big.collect::<Vec<u8>>()), "{\"é\":1}");
        assert_eq!(super::text("é".as_bytes()), "é");
    }
}
