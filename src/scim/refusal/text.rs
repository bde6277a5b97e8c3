//! Errors that are no JSON: half a JSON text, web pages, SOAP faults and other XML, plain text.

use super::Refusal;
use super::json::{self, CODES, SENTENCES};
use serde_json::Value;
use url::form_urlencoded;

/// What XML answers call their code and their sentence.
const XML_CODES: &[&str] = &["exceptionCode", "errorCode", "Code", "code", "faultcode", "error"];
const XML_SENTENCES: &[&str] = &[
    "faultstring",
    "exceptionMessage",
    "errorMessage",
    "Message",
    "message",
    "detail",
    "description",
    "error_description",
    // SOAP 1.2.
    "Text",
    "title",
];

/// No more of a body is looked at, in bytes.
const MAX_TEXT: usize = 16 * 1024;

pub(super) fn read(text: &str) -> Refusal {
    let text = text.trim();
    let text = text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text);
    let refusal = if is_page(text) {
        return Refusal { is_html: true, detail: title(text), ..Refusal::default() };
    } else if text.starts_with(['{', '[']) {
        let detail = SENTENCES.iter().find_map(|name| member(text, name));
        Refusal {
            code: CODES.iter().filter_map(|name| member(text, name)).find(|code| !code.contains(' ')),
            scim_type: member(text, "scimType"),
            is_scim: text.contains("api:messages:2.0:Error"),
            detail: detail.or_else(|| words(text)),
            ..Refusal::default()
        }
    } else if text.starts_with('<') {
        let code = XML_CODES.iter().find_map(|tag| inside(text, tag)).filter(|code| !code.contains(' '));
        Refusal {
            // A prefix names the schema: `sf:INVALID_SESSION_ID`.
            code: code.map(|code| code.rsplit(':').next().unwrap_or(&code).to_owned()),
            detail: XML_SENTENCES.iter().find_map(|tag| inside(text, tag)).or_else(|| words(text)),
            ..Refusal::default()
        }
    } else if text.starts_with("error") && text.contains('=') && !text.contains(char::is_whitespace) {
        let members = form_urlencoded::parse(text.as_bytes()).map(|(name, value)| (name.into_owned(), value.into()));
        return json::read(&Value::Object(members.collect()));
    } else if let Some(refusal) = wrapped(text) {
        return refusal;
    } else {
        Refusal { detail: words(text), ..Refusal::default() }
    };
    refusal.with_code()
}

/// JSON with something around it: a callback, a guard against scripts (`)]}'`), `data:`, a part's headers.
fn wrapped(text: &str) -> Option<Refusal> {
    let inside = text.get(text.find('{')?..=text.rfind('}')?)?;
    let refusal = json::read(&serde_json::from_str(inside).ok()?);
    (refusal.detail.is_some() || refusal.code.is_some()).then_some(refusal)
}

fn is_page(text: &str) -> bool {
    let start: String = text.chars().take(512).collect::<String>().to_ascii_lowercase();
    let tags = ["<!doctype html", "<html", "<head", "<body", "<title", "<h1"];
    // XML has titles, too.
    let is_xml = start.starts_with("<?xml") && !start.contains("<html") && !start.contains("<!doctype html");
    text.starts_with('<') && !is_xml && tags.iter().any(|tag| start.contains(tag))
}

/// A text that a person can read: none where it is bytes of something else.
fn words(text: &str) -> Option<String> {
    let characters = text.chars().take(2_000);
    let odd = |c: &char| *c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace());
    let (total, strange) = (characters.clone().count(), characters.filter(odd).count());
    (total > 0 && strange * 5 <= total).then(|| text.to_owned())
}

/// The words before a stack trace, which tells a person nothing; of Python's, those behind it.
pub(super) fn without_trace(text: &str) -> &str {
    if text.contains("Traceback (most recent call last)") {
        return text.trim_end().rsplit('\n').next().unwrap_or(text).trim();
    }
    let traces = [
        "\n\tat ",
        "\r\n\tat ",
        "\n    at ",
        "\n   at ",
        "\n at ",
        // Go, Rust, PHP.
        "\n[signal ",
        "\ngoroutine ",
        "\nnote: run with `RUST_BACKTRACE",
        "\nstack backtrace:",
        "\nStack trace:",
    ];
    traces.iter().filter_map(|begin| text.find(begin)).min().and_then(|end| text.get(..end)).unwrap_or(text)
}

/// A text member of half a JSON text, up to where it breaks off.
fn member(text: &str, name: &str) -> Option<String> {
    let (_, after) = text.split_once(&format!("\"{name}\""))?;
    let value = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let mut end = value.len();
    let mut is_escaped = false;
    for (place, character) in value.char_indices() {
        if character == '"' && !is_escaped {
            end = place;
            break;
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    let raw = value.get(..end)?;
    let whole = serde_json::from_str::<String>(&format!("\"{raw}\"")).unwrap_or_else(|_| raw.to_owned());
    let whole = whole.trim().to_owned();
    (!whole.is_empty()).then_some(whole)
}

/// What stands in a web page's `<title>`, or in its first heading.
fn title(page: &str) -> Option<String> {
    // Express says "Error" there, and what it is further down.
    let says = |text: &String| !text.eq_ignore_ascii_case("error");
    let tags = ["title", "h1", "h2", "pre"];
    tags.iter().filter_map(|tag| inside(page, tag)).find(says).or_else(|| inside(page, "title"))
}

/// What stands between a tag and its end, as one line, with the tag in any case and with any prefix of a name space.
fn inside(text: &str, tag: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let tag = tag.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower.get(from..)?.find(&tag) {
        let (start, after) = (from + found, from + found + tag.len());
        from = after;
        let before = lower.get(..start)?;
        let opens = before.rfind('<').is_some_and(|open| {
            lower
                .get(open + 1..start)
                .is_some_and(|prefix| prefix.is_empty() || (prefix.ends_with(':') && !prefix.contains(['/', ' '])))
        });
        if !opens || !lower.get(after..)?.starts_with(['>', ' ', '\n']) {
            continue;
        }
        let content = after + lower.get(after..)?.find('>')? + 1;
        let rest = lower.get(content..)?;
        let end = content + rest.find("</").unwrap_or(rest.len());
        let words = text.get(content..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
        if !words.is_empty() && !words.starts_with('<') {
            return Some(unescaped(&words));
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&rsquo;", "’"),
        ("&lsquo;", "‘"),
        ("&ldquo;", "“"),
        ("&rdquo;", "”"),
        ("&hellip;", "…"),
        ("&mdash;", "—"),
        ("&#x27;", "'"),
        ("&#8217;", "’"),
        ("&ndash;", "–"),
        ("&middot;", "·"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}
