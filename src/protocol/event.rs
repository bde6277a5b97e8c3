//! What a command sends while it works, and how it is written: one JSON object a line (NDJSON).

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

/// The platform's limit for one line, in bytes, its line feed included.
pub const MAX_LINE_BYTES: usize = 256 * 1024;

/// One thing that a command sends.
#[derive(Debug, Clone)]
pub enum Event {
    /// One or more results, already written as lines.
    Outputs(Lines),
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
            Self::KeepAlive => Bytes::from_static(b"{\"type\":\"keepAlive\",\"data\":{}}\n"),
        }
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
        let start = self.bytes.len();
        self.bytes.extend_from_slice(b"{\"type\":\"output\",\"data\":");
        let written = serde_json::to_writer(&mut self.bytes, data);
        self.bytes.extend_from_slice(b"}\n");
        let bytes = self.bytes.len() - start;
        if written.is_err() || bytes > MAX_LINE_BYTES {
            self.bytes.truncate(start);
            return Err(LineTooLong { bytes });
        }
        self.count += 1;
        Ok(())
    }

    /// Adds the results of `more` at the end.
    pub fn append(&mut self, more: &Self) {
        self.bytes.extend_from_slice(&more.bytes);
        self.count += more.count;
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
    use serde_json::json;

    #[test]
    fn a_result_is_one_line_with_type_and_data() {
        let event = Event::output(&json!({"identity": "a\nb"})).unwrap();
        assert_eq!(event.into_bytes(), "{\"type\":\"output\",\"data\":{\"identity\":\"a\\nb\"}}\n");
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
