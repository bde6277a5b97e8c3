//! One of the two lists: recorded in a file, or read now. Either ends with an error unless it is whole.

use super::args::VerifyArgs;
use crate::cli::CliError;
use crate::cli::args::TargetArgs;
use crate::cli::local;
use crate::cli::target::{self, Target};
use crate::connector::custom::Custom;
use crate::protocol::Command;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::future::ready;
use std::io::{self, BufRead, BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The results of a list.
pub type Results = BoxStream<'static, Result<Value, CliError>>;

/// Where a list comes from.
pub enum Side {
    Recorded(PathBuf),
    Live { target: Target, settings: Option<Map<String, Value>> },
}

impl Side {
    /// The two lists that the arguments name.
    ///
    /// # Errors
    /// When they name none, or what they name cannot be used.
    pub fn both(args: &VerifyArgs, custom: &Arc<Custom>) -> Result<(Self, Self), CliError> {
        let before = match &args.before {
            Some(path) => Self::Recorded(path.clone()),
            None if args.before_config.is_none() && args.before_url.is_none() => {
                let says = "what with? Name a recorded list, or another source with --before-config or --before-url";
                return Err(CliError::Usage(says.to_owned()));
            }
            None => Self::live(&other(args), custom)?,
        };
        let TargetArgs { config, config_json, url, .. } = &args.target;
        let after = match &args.after {
            Some(path) => Self::Recorded(path.clone()),
            None if config.is_none() && config_json.is_none() && url.is_none() => {
                let says = "what is compared? Give a source's settings with -p FILE, a service that has its own with --url, \
                            or a second recorded list";
                return Err(CliError::Usage(says.to_owned()));
            }
            None => Self::live(&args.target, custom)?,
        };
        Ok((before, after))
    }

    fn live(args: &TargetArgs, custom: &Arc<Custom>) -> Result<Self, CliError> {
        Ok(Self::Live { target: Target::of(args, Arc::clone(custom))?, settings: target::settings(args)? })
    }

    /// Reads the list: of entitlements of a type, or of accounts.
    ///
    /// # Errors
    /// When it cannot be begun.
    pub async fn read(&self, kind: Option<&str>) -> Result<Results, CliError> {
        match self {
            Self::Recorded(path) => recorded(path),
            Self::Live { target, settings } => {
                let (command, input) = match kind {
                    Some(kind) => (Command::EntitlementList, json!({"type": kind})),
                    None => (Command::AccountList, json!({})),
                };
                let mut invocation = json!({"type": command.name(), "input": input});
                if let (Some(settings), Some(members)) = (settings, invocation.as_object_mut()) {
                    members.insert("config".to_owned(), settings.clone().into());
                }
                let sent = target.invoke(&invocation).await?;
                Ok(sent.try_filter_map(|sent| ready(Ok(sent.result()))).boxed())
            }
        }
    }
}

/// The source that the other one is compared with.
fn other(args: &VerifyArgs) -> TargetArgs {
    let same = args.before_config.is_none();
    TargetArgs {
        config: args.before_config.clone().or_else(|| args.target.config.clone()),
        config_json: args.target.config_json.clone().filter(|_| same),
        profiles: args.target.profiles.clone(),
        url: args.before_url.clone(),
        token: args.before_token.clone(),
        debug: args.target.debug,
    }
}

fn recorded(path: &Path) -> Result<Results, CliError> {
    let name = local::name(path);
    let lines = open(path).map_err(|error| CliError::Usage(format!("{name} cannot be read: {error}")))?.lines();
    let results = lines.enumerate().filter_map(move |(at, line)| {
        let line = line.map_err(|error| error.to_string()).and_then(|line| result(&line)).transpose()?;
        Some(line.map_err(|problem| CliError::Usage(format!("{name}, line {}: {problem}", at + 1))))
    });
    Ok(stream::iter(results).boxed())
}

/// A file in UTF-8 is read line by line; one in UTF-16, as PowerShell writes it, at once.
fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let mut reader: Box<dyn BufRead + Send> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(path)?))
    };
    if matches!(reader.fill_buf()?, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        return Ok(Box::new(Cursor::new(local::text(&bytes))));
    }
    if reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    Ok(reader)
}

/// The result in a line: the line itself, or its `data` where it is one of a service. Other lines of a service have none.
fn result(line: &str) -> Result<Option<Value>, String> {
    if line.trim().is_empty() {
        return Ok(None);
    }
    let mut value: Value = serde_json::from_str(line).map_err(|error| format!("it is not JSON ({error})"))?;
    if value.get("identity").is_some() {
        return Ok(Some(value));
    }
    match value.get("type").and_then(Value::as_str) {
        Some("output") => Ok(value.get_mut("data").map(Value::take)),
        Some("keepAlive" | "state" | "config") => Ok(None),
        Some("error") => {
            let message = value.pointer("/data/message").and_then(Value::as_str).unwrap_or("without a message");
            Err(format!("the list ended in an error, and is not whole: {message}"))
        }
        _ => Err("it is neither an account or entitlement nor a line of a service".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#"{"identity":"1","type":"group"}"#, Ok(Some(json!({"identity": "1", "type": "group"}))))]
    #[case(r#"{"type":"output","data":{"identity":"1"}}"#, Ok(Some(json!({"identity": "1"}))))]
    #[case(r#"{"type":"keepAlive","data":{}}"#, Ok(None))]
    #[case("  ", Ok(None))]
    #[case(r#"{"type":"error","data":{"message":"gone"}}"#, Err("the list ended in an error, and is not whole: gone"))]
    #[case("generic error: gone", Err("it is not JSON (expected value at line 1 column 1)"))]
    #[case("{}", Err("it is neither an account or entitlement nor a line of a service"))]
    fn a_line_is_a_result_or_tells_why_there_is_none(
        #[case] line: &str,
        #[case] expected: Result<Option<Value>, &str>,
    ) {
        assert_eq!(result(line), expected.map_err(str::to_owned));
    }

    #[rstest]
    #[case::utf_8("{\"identity\":\"é\"}\r\n\r\n".into())]
    #[case::marked("\u{feff}{\"identity\":\"é\"}".into())]
    #[case::utf_16("\u{feff}{\"identity\":\"é\"}\n".encode_utf16().flat_map(u16::to_le_bytes).collect())]
    #[tokio::test]
    async fn files_of_every_editor_are_read(#[case] bytes: Vec<u8>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let results: Vec<Value> = recorded(file.path()).unwrap().try_collect().await.unwrap();
        assert_eq!(results, [json!({"identity": "é"})]);
    }
}
