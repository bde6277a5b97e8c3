//! The catalogue as tables: for a terminal, and as the page `docs/ERRORS.md`.

use super::catalogue::{Entry, FAMILIES, PLACEHOLDERS, Sign, UNKNOWN, added, own};
use std::fmt::Write as _;

/// A row for each entry: code, provider, what tells it, who can mend it, what a person is told.
pub fn rows() -> Vec<[String; 5]> {
    super::catalogue::entries()
        .map(|entry| {
            let (who, told) = (entry.who.says().to_owned(), format!("{}. {}", entry.happened, entry.to_do));
            [entry.code.to_owned(), entry.provider.name().to_owned(), told_by(entry), who, told]
        })
        .collect()
}

/// The whole catalogue as a page of documentation.
pub fn markdown() -> String {
    let mut page = intro();
    let of_fork = added();
    if !of_fork.is_empty() {
        section(&mut page, "Of this product alone", of_fork.into_iter());
    }
    for family in FAMILIES {
        section(&mut page, family.title, family.entries.iter());
    }
    section(&mut page, "Nothing of all that", std::iter::once(UNKNOWN));
    section(&mut page, "What the connector itself says", own::REFUSALS.iter().copied());
    section(&mut page, "What the service says where no command starts", own::OF_THE_SERVICE.iter().copied());
    page
}

fn intro() -> String {
    let mut page = String::from(
        "# Errors\n\n\
         What people are told when a command fails. This page is the connector's own catalogue, printed by \
         `explain --list --markdown`; a test holds both equal.\n\n\
         A message says first what happened, then what to do, then in brackets what the provider said, its code, the HTTP \
         status and its id of the request, and last a code in square brackets that never varies: rules that match errors by \
         their text can rely on it. It is 1,000 characters long at most.\n\n\
         Of several entries that fit, a code counts more than a wording, and a wording more than the HTTP status. An entry of \
         one provider counts by its codes wherever they turn up, and by its statuses and wordings only at that provider's own \
         hosts. *Known from* names the document that says what the sign means, or says that it is inferred. Salesforce \
         documents its codes for its SOAP and REST APIs; that its SCIM API sends the same ones is inferred but for \
         `REQUIRED_FIELD_MISSING`.\n\n\
         ## Your own words\n\n\
         The setting `errorMessages` holds pairs of a code and a text. The text takes the place of both sentences; the \
         provider's words, the status and the code stay. Where it has no `{command}`, \"Creating ada@example.com failed: \" \
         stands before it, unless the code's own sentence is whole. These placeholders are filled in:\n\n\
         | placeholder | is | where it is not known |\n|---|---|---|\n",
    );
    for (name, is, instead) in PLACEHOLDERS {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| `{{{name}}}` | {is} | {instead} |");
    }
    page
}

fn section(page: &mut String, title: &str, entries: impl Iterator<Item = &'static Entry>) {
    let _ = write!(
        page,
        "\n## {title}\n\n| code | provider | told by | kind | who can mend it | what a person is told | known from |\n|---|---|---|---|---|---|---|\n"
    );
    for entry in entries {
        let kind = serde_json::to_string(&entry.kind).unwrap_or_default();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {}. {} | {} |",
            entry.code,
            entry.provider.name(),
            told_by(entry),
            kind.trim_matches('"'),
            entry.who.says(),
            entry.happened,
            entry.to_do,
            entry.known.says()
        );
    }
}

fn told_by(entry: &Entry) -> String {
    let signs: Vec<String> = entry.signs.iter().map(|sign| shown(*sign)).collect();
    if signs.is_empty() { "the connector".to_owned() } else { signs.join(", ") }
}

fn shown(sign: Sign) -> String {
    match sign {
        Sign::Code(code) => code.to_owned(),
        Sign::ScimType(name) => format!("scimType {name}"),
        Sign::Says(words) => format!("\"{words}\""),
        Sign::About(name) => format!("about {name}"),
        Sign::All(signs) => signs.iter().map(|sign| shown(*sign)).collect::<Vec<_>>().join(" and "),
        Sign::Status(status) => format!("HTTP {status}"),
        Sign::Statuses(from, to) => format!("HTTP {from} to {to}"),
        Sign::Gone => "HTTP 404 for one resource, as a SCIM error".to_owned(),
        Sign::OAuth(code) => format!("{code} (token)"),
        Sign::TokenSays(words) => format!("\"{words}\" (token)"),
        Sign::TokenStatuses(from, to) if from == to => format!("HTTP {from} (token)"),
        Sign::TokenStatuses(from, to) => format!("HTTP {from} to {to} (token)"),
        Sign::NoToken => "no token".to_owned(),
        Sign::NotSigned => "an assertion that could not be signed".to_owned(),
        Sign::WebPage => "a web page (not with HTTP 401, 407, 408, 429, or 500 and above)".to_owned(),
        Sign::Redirect => "HTTP 300 to 399".to_owned(),
        Sign::Refused(what) => format!("HTTP 401, credentials: {}", spaced(&format!("{what:?}"))),
        Sign::NotScim => "a good status, and no SCIM".to_owned(),
        Sign::Transport(what) => format!("no answer: {}", spaced(&format!("{what:?}"))),
        Sign::Incomplete => "a list that does not agree with itself".to_owned(),
        Sign::NoId => "a resource without an id".to_owned(),
        Sign::OtherResource => "another id than was asked for".to_owned(),
        Sign::InvalidId => "an id that no path can have".to_owned(),
    }
}

/// `Tls(UnknownAuthority)` as words: tls (unknown authority).
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for (place, character) in name.char_indices() {
        if place > 0 && (character == '(' || (character.is_uppercase() && !words.ends_with('('))) {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    words
}
