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

/// Reads a file, or standard input where the path is `-`. What is no text in it is replaced.
pub fn read_text(path: &Path) -> Result<String, CliError> {
    let read = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = read.map_err(|error| CliError::Usage(format!("{} cannot be read: {error}", name(path))))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn name(path: &Path) -> String {
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
