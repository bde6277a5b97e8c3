//! What a command sends while it works, and how it is written: one JSON object a line (NDJSON).

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt;

/// The platform's limit for one line, in bytes, its line feed included.
pub const MAX_LINE_BYTES: usize = 256 * 1024;

/// What is set aside for a line before it is written.
const USUAL_LINE_BYTES: usize = 1024;

/// One thing that a command sends.
#[derive(Debug, Clone)]
pub enum Event {
    /// One or more results, already written as lines.
    Outputs(Lines),
    /// The platform is to keep the source's settings with these changes.
    Config(Vec<ConfigChange>),
    /// What the platform is to bring with the next call of a stateful command: once, after the last result. It must fit in a
    /// line: [`state_bytes`] says what it takes.
    State(Map<String, Value>),
    /// Still working: sent when nothing else was for a while.
    KeepAlive,
}

impl Event {
    /// One result.
    ///
    /// # Errors
    /// [`LineTooLong`] when it does not fit in a line.
    pub fn output(data: &impl Serialize) -> Result<Self, LineTooLong> {
        let mut lines = Lines::default();
        lines.push(data)?;
        Ok(Self::Outputs(lines))
    }

    /// The bytes that stand for this event on the wire: whole lines.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Outputs(lines) => lines.bytes.into(),
            Self::Config(changes) => {
                let changes: Vec<Value> = changes.into_iter().map(ConfigChange::into_operation).collect();
                format!("{}\n", json!({"type": "config", "data": changes})).into()
            }
            Self::State(state) => state_line(&state).into(),
            Self::KeepAlive => Bytes::from_static(b"{\"type\":\"keepAlive\",\"data\":{}}\n"),
        }
    }
}

fn state_line(state: &Map<String, Value>) -> String {
    format!("{}\n", json!({"type": "state", "data": state}))
}

/// What a state takes as a line, in bytes.
pub fn state_bytes(state: &Map<String, Value>) -> usize {
    state_line(state).len()
}

/// A setting of the source that has another value from now on: an operation of a JSON Patch (RFC 6902 §4).
#[derive(Clone)]
pub struct ConfigChange {
    /// The setting's name.
    pub key: &'static str,
    /// Whether the settings have had a value under this name.
    pub is_set: bool,
    /// It may be a secret: `Debug` does not show it.
    pub value: Value,
}

impl ConfigChange {
    fn into_operation(self) -> Value {
        json!({"op": if self.is_set { "replace" } else { "add" }, "path": format!("/{}", self.key), "value": self.value})
    }
}

impl fmt::Debug for ConfigChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigChange").field("key", &self.key).field("is_set", &self.is_set).finish_non_exhaustive()
    }
}

/// Results written as `{"type":"output","data":…}` lines.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    bytes: Vec<u8>,
    count: usize,
}

impl Lines {
    /// Writes one more result.
    ///
    /// # Errors
    /// [`LineTooLong`] when it does not fit in a line; the lines written before stay as they are.
    pub fn push(&mut self, data: &impl Serialize) -> Result<(), LineTooLong> {
        self.push_written(|line| serde_json::to_writer(line, data))
    }

    /// Writes one more result, as JSON that something else writes.
    ///
    /// # Errors
    /// As for [`Lines::push`].
    pub fn push_written(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>,
    ) -> Result<(), LineTooLong> {
        write_line(&mut self.bytes, write)?;
        self.count += 1;
        Ok(())
    }

    /// So many results, each written by [`write_line`] and nothing else.
    pub const fn written(bytes: Vec<u8>, count: usize) -> Self {
        Self { bytes, count }
    }

    /// Adds a result that was written by [`write_line`].
    pub fn append_line(&mut self, line: &[u8]) {
        self.bytes.extend_from_slice(line);
        self.count += usize::from(!line.is_empty());
    }

    /// What they are on the wire.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What they take on the wire, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// How many results these are.
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The results themselves, read back from their lines: for the command line and for tests.
    pub fn results(&self) -> impl Iterator<Item = Value> + '_ {
        self.bytes.split(|byte| *byte == b'\n').filter_map(|line| {
            let mut line: Value = serde_json::from_slice(line).ok()?;
            Some(line.get_mut("data")?.take())
        })
    }
}

/// Writes a result as a line at the end of `bytes`.
///
/// # Errors
/// [`LineTooLong`] when it does not fit in a line; what was written before stays as it is.
pub fn write_line(
    bytes: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>,
) -> Result<(), LineTooLong> {
    let start = bytes.len();
    // Most lines fit in this: else it would grow in many steps.
    bytes.reserve(USUAL_LINE_BYTES);
    bytes.extend_from_slice(b"{\"type\":\"output\",\"data\":");
    let written = write(bytes);
    bytes.extend_from_slice(b"}\n");
    let length = bytes.len() - start;
    if written.is_err() || length > MAX_LINE_BYTES {
        bytes.truncate(start);
        return Err(LineTooLong { bytes: length });
    }
    Ok(())
}

/// A result that the platform would not take, since its line would be too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line of {bytes} bytes is longer than the platform's limit of {MAX_LINE_BYTES}")]
pub struct LineTooLong {
    /// What the line would have taken, in bytes.
    pub bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_one_line_with_type_and_data() {
        let event = Event::output(&json!({"identity": "a\nb"})).unwrap();
        assert_eq!(event.into_bytes(), "{\"type\":\"output\",\"data\":{\"identity\":\"a\\nb\"}}\n");
    }

    #[test]
    fn a_change_of_the_settings_is_a_json_patch_and_not_shown() {
        let event = Event::Config(vec![
            ConfigChange { key: "refreshToken", is_set: true, value: "r-2".into() },
            ConfigChange { key: "counts", is_set: false, value: json!({"account": 7}) },
        ]);
        insta::assert_debug_snapshot!(event, @r#"
        Config(
            [
                ConfigChange {
                    key: "refreshToken",
                    is_set: true,
                    ..
                },
                ConfigChange {
                    key: "counts",
                    is_set: false,
                    ..
                },
            ],
        )
        "#);
        assert_eq!(
            event.into_bytes(),
            "{\"type\":\"config\",\"data\":[{\"op\":\"replace\",\"path\":\"/refreshToken\",\"value\":\"r-2\"},{\"op\":\"add\",\"path\":\"/counts\",\"value\":{\"account\":7}}]}\n"
        );
    }

    #[test]
    fn a_state_is_one_object_of_texts() {
        let state = Map::from_iter([("since".to_owned(), "2026-11-22T07:00:00Z".into())]);
        let line = "{\"type\":\"state\",\"data\":{\"since\":\"2026-11-22T07:00:00Z\"}}\n";
        assert_eq!((state_bytes(&state), Event::State(state).into_bytes()), (line.len(), line.into()));
    }

    #[test]
    fn a_line_may_fill_the_limit_and_no_byte_more() {
        let fits = "x".repeat(MAX_LINE_BYTES - "{\"type\":\"output\",\"data\":\"\"}\n".len());
        let mut lines = Lines::default();
        lines.push(&fits).unwrap();
        assert_eq!(lines.push(&format!("{fits}x")), Err(LineTooLong { bytes: MAX_LINE_BYTES + 1 }));
        assert_eq!((lines.len(), lines.results().count()), (1, 1));
    }
}
