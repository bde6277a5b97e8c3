//! What subcommands share: files, standard input, listeners.

use super::CliError;
use serde_json::{Map, Value};
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use tokio::net::TcpListener;

/// Reads a file with a JSON object, or standard input where the path is `-`.
pub fn read_object(path: &Path) -> Result<Map<String, Value>, CliError> {
    let read = if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let name = if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() };
    let text = read.map_err(|error| CliError::Usage(format!("{name} cannot be read: {error}")))?;
    object(&text, &name)
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
