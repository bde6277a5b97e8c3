//! Whether a connector's specification (`connector-spec.json`) is what the platform takes, and what this connector's code
//! does: everything that is wrong, each with its place and with what would be right.
//!
//! The shapes are those of the platform's documentation ("Connector Specification File" and its pages on input types), of its
//! command line's checks, and of the SDK's types. `connector-spec.schema.json` says as much of them as a JSON Schema can,
//! for editors. A walker by hand says more, since most mistakes are names that do not meet, and says it in words for people.
//! It reads no files and prints nothing: `cli` does.

mod code;
mod form;
mod initial;
mod item;
mod lines;
mod node;
mod outline;
mod schemas;
mod template;

pub use code::{Code, CodeAttribute};
use lines::Lines;
use node::{Findings, Node};
use serde_json::Value;

/// Something that was found in a specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub sort: Sort,
    /// Where: a JSON Pointer (RFC 6901), empty for the whole.
    pub at: String,
    /// The line, counted from 1, of what the pointer names.
    pub line: Option<usize>,
    /// A sentence part that goes on after the place: `must be …, but is …`.
    pub says: String,
}

/// What sort of finding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// The platform does not take it, or does not do what it says.
    Wrong,
    /// This connector's code does not do what it says.
    Differs,
    /// It is allowed, and seldom what is meant.
    Doubtful,
}

/// All that there is to say about a specification, of each sort in the order of its lines. `code` is what is to do what it
/// says: [`Code::own`], or that with what a fork adds.
///
/// ```
/// use scim_connector::spec::{Code, Sort, check};
///
/// let found = check(r#"{"name": "acme", "keyType": "both"}"#, &Code::own());
/// let wrong = found.iter().find(|finding| finding.at == "/keyType").unwrap();
/// assert_eq!((wrong.sort, wrong.line), (Sort::Wrong, Some(1)));
/// assert_eq!(wrong.says, "must be one of simple, compound, but is \"both\"");
/// ```
pub fn check(text: &str, code: &Code) -> Vec<Finding> {
    let spec: Value = match serde_json::from_str(text) {
        Ok(spec) => spec,
        Err(error) => {
            let says = format!("is not JSON: {error}");
            return vec![Finding { sort: Sort::Wrong, at: String::new(), line: Some(error.line()), says }];
        }
    };
    let lines = Lines::of(text);
    let mut found = examine(&spec, code);
    for at in lines.repeated() {
        found.wrong(at, "stands here more than once: only the last one counts");
    }
    found.placed(&lines)
}

/// What there is to say about the values, wherever they stand in a text.
fn examine(spec: &Value, code: &Code) -> Findings {
    let (mut found, spec) = (Findings::default(), Node::root(spec));
    if spec.is_object(&mut found) {
        outline::check(&spec, code, &mut found);
        let form = form::check(&spec, &mut found);
        initial::check(&spec, &form, &mut found);
        let schemas = schemas::check(&spec, &mut found);
        let fields = template::check(&spec, &mut found);
        code::check(&spec, (&form, &schemas, &fields), code, &mut found);
    }
    found
}

#[cfg(test)]
mod tests;
