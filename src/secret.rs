//! What is secret: the one list of names whose values are never shown, and the removal of known secrets from a text.
//!
//! It does not decide who may see what, and it finds no secrets that it is not told of.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::borrow::Cow;

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

/// Names of headers, form fields, query parameters and JSON keys, reduced to lower-case letters and digits.
const SECRET_NAMES: &[&str] = &[
    "accesstoken",
    "apikey",
    "assertion",
    "authorization",
    "clientassertion",
    "clientsecret",
    "cookie",
    "idtoken",
    "password",
    "privatekey",
    "proxyauthorization",
    "refreshtoken",
    "securitytoken",
    "setcookie",
    "signature",
    "token",
    "xapikey",
];

/// Shorter values are left in place: they would be found inside ordinary words.
const SHORTEST_SECRET: usize = 4;

/// Whether a value under this name is never shown. Case and punctuation of the name do not matter: `client_secret`,
/// `clientSecret` and `Client-Secret` are one.
pub fn is_secret_name(name: &str) -> bool {
    let reduced: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_NAMES.contains(&reduced.as_str())
}

/// The text with each of the secrets replaced, also where it stands encoded, as in a form or a JSON text that is echoed.
pub fn redact<'a>(text: &'a str, secrets: &[SecretString]) -> Cow<'a, str> {
    let mut shapes: Vec<String> = secrets.iter().map(ExposeSecret::expose_secret).flat_map(shapes_of).collect();
    // A secret that contains another goes first, or its rest would remain.
    shapes.sort_by_key(|shape| std::cmp::Reverse(shape.len()));
    shapes.iter().fold(Cow::Borrowed(text), |text, shape| {
        if text.contains(shape.as_str()) { Cow::Owned(text.replace(shape.as_str(), REDACTED)) } else { text }
    })
}

/// The body of an answer as it may be logged: what stands under a secret's name is taken out, also where the body is only
/// half a JSON text, or a form, or a text in a JSON text; what follows the word Bearer; and the secrets that are given.
pub fn redact_body(body: &str, secrets: &[SecretString]) -> String {
    match serde_json::from_str::<Value>(body) {
        Ok(mut value) => {
            hide(&mut value, secrets);
            value.to_string()
        }
        Err(_) => redact_named(&redact(body, secrets)),
    }
}

fn hide(value: &mut Value, secrets: &[SecretString]) {
    match value {
        Value::Object(members) => {
            for (name, mut value) in std::mem::take(members) {
                if is_secret_name(&name) {
                    value = REDACTED.into();
                } else {
                    hide(&mut value, secrets);
                }
                members.insert(plain(&name), value);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| hide(value, secrets)),
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => *text = redact_body(text, secrets),
        Value::String(text) => *text = plain(&redact_named(&redact(text, secrets))),
        _ => {}
    }
}

/// Without control characters: they are no part of what a log line says.
fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Takes out the word after each secret's name that is followed by a colon or an equals sign.
fn redact_named(text: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || "\"'&,;<>{}()[]:=".contains(c);
    let (mut clean, mut rest, mut is_secret) = (String::with_capacity(text.len()), text, false);
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
        let (gap, after) = after.split_at(after.find(|c| !is_end(c)).unwrap_or(after.len()));
        clean.push_str(if is_secret && !word.is_empty() { REDACTED } else { word });
        clean.push_str(gap);
        let is_scheme = word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic");
        // `Authorization: Bearer x`: the secret comes after the scheme.
        is_secret = is_scheme || (is_secret_name(word) && gap.contains([':', '=']) && !is_secret);
        rest = after;
    }
    clean
}

fn shapes_of(secret: &str) -> impl Iterator<Item = String> {
    let in_form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let in_json = Value::from(secret).to_string().trim_matches('"').to_owned();
    [secret.to_owned(), in_form, in_json].into_iter().filter(|shape| shape.len() >= SHORTEST_SECRET)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::header("Authorization", true)]
    #[case::form_field("client_secret", true)]
    #[case::setting("clientSecret", true)]
    #[case::dashes("X-Api-Key", true)]
    #[case::plain("userName", false)]
    #[case::part_of_a_name("tokenUrl", false)]
    #[case::nothing("", false)]
    fn names(#[case] name: &str, #[case] secret: bool) {
        assert_eq!(is_secret_name(name), secret);
    }

    #[rstest]
    #[case::json(
        r#"{"detail":"no","access_token":"abc","a":[{"Password":["x"]}]}"#,
        r#"{"detail":"no","access_token":"[redacted]","a":[{"Password":"[redacted]"}]}"#
    )]
    #[case::in_a_sentence(r#"{"detail":"got Bearer ey.J-x, no"}"#, r#"{"detail":"got Bearer [redacted], no"}"#)]
    #[case::half_json(
        r#"{"client_secret": "s3cret", "user": "ada", "token":"#,
        r#"{"client_secret": "[redacted]", "user": "ada", "token":"#
    )]
    #[case::form("grant_type=password&password=p%20w&x=1", "grant_type=password&password=[redacted]&x=1")]
    #[case::header("Authorization: Bearer abc.def Host: x", "Authorization: [redacted] [redacted] Host: x")]
    #[case::text("The password is too short", "The password is too short")]
    fn bodies(#[case] body: &str, #[case] shown: &str) {
        assert_eq!(redact_body(body, &[]), shown);
    }

    #[rstest]
    #[case::plain("the secret is hunter22!", &["hunter22"], "the secret is [redacted]!")]
    #[case::twice("hunter22 hunter22", &["hunter22"], "[redacted] [redacted]")]
    #[case::encoded("client_secret=a%2Bb%2Fc&x=1", &["a+b/c"], "client_secret=[redacted]&x=1")]
    #[case::in_json(r#"{"sent":"a\\b\"c"}"#, &[r#"a\b"c"#], r#"{"sent":"[redacted]"}"#)]
    #[case::one_in_another("abcdefgh", &["abcd", "abcdefgh"], "[redacted]")]
    #[case::short("a cat", &["cat"], "a cat")]
    #[case::empty("a cat", &[""], "a cat")]
    fn values(#[case] text: &str, #[case] secrets: &[&str], #[case] shown: &str) {
        let secrets: Vec<_> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
        assert_eq!(redact(text, &secrets), shown);
    }
}
