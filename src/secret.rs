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

/// The words of others without what has the form of a secret, whosever it is: signed tokens, Salesforce's sessions, the
/// password in an address, and what stands behind a secret's name. A sentence that only names a secret stays as it is.
pub fn redact_forms(text: &str) -> String {
    let (mut clean, mut is_given, mut is_likely, mut before) =
        (String::with_capacity(text.len()), false, false, ("", ""));
    for (word, gap) in words(text) {
        let in_address = word.split_once('@').filter(|_| before.0.starts_with("//") && before.1 == ":");
        if is_given || (is_likely && is_random(word)) || is_token(word) {
            clean.push_str(REDACTED);
        } else if let Some((_, host)) = in_address {
            clean.extend([REDACTED, "@", host]);
        } else {
            clean.push_str(word);
        }
        clean.push_str(gap);
        is_given = is_secret_name(word) && gap == "=";
        is_likely = is_scheme(word) || (is_secret_name(word) && gap.contains([':', '=']));
        before = (word, gap);
    }
    clean
}

fn is_scheme(word: &str) -> bool {
    word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic")
}

/// A signed token (RFC 7519: a header, a body, a signature), or a session of Salesforce (the org's id and a key).
fn is_token(word: &str) -> bool {
    let is_signed = word.starts_with("eyJ") && word.len() > 20 && word.matches('.').count() == 2;
    let is_session = word
        .split_once('!')
        .is_some_and(|(org, key)| org.starts_with("00D") && (15..=18).contains(&org.len()) && key.len() > 10);
    is_signed || is_session
}

/// No word of a language.
fn is_random(word: &str) -> bool {
    word.len() >= 20 || (word.len() >= 8 && word.contains(|c: char| c.is_ascii_digit()))
}

/// Each word, and what stands between it and the next.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_end = |c: char| c.is_whitespace() || "\"'&,;<>{}()[]:=".contains(c);
    let mut rest = text;
    std::iter::from_fn(move || {
        let (word, after) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
        let (gap, after) = after.split_at(after.find(|c| !is_end(c)).unwrap_or(after.len()));
        rest = after;
        (!word.is_empty() || !gap.is_empty()).then_some((word, gap))
    })
}

/// Takes out the word after each secret's name that is followed by a colon or an equals sign.
fn redact_named(text: &str) -> String {
    let (mut clean, mut is_secret) = (String::with_capacity(text.len()), false);
    for (word, gap) in words(text) {
        // What was taken out before stays as it is.
        let is_hidden = is_secret && !word.is_empty() && word != REDACTED.trim_matches(['[', ']']);
        clean.push_str(if is_hidden { REDACTED } else { word });
        clean.push_str(gap);
        // `Authorization: Bearer x`: the secret comes after the scheme.
        is_secret = is_scheme(word) || (is_secret_name(word) && gap.contains([':', '=']) && !is_secret);
    }
    redact_forms(&clean)
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
    #[case::hidden_already("password=[redacted] token: [redacted]", "password=[redacted] token: [redacted]")]
    #[case::short("password=red", "password=[redacted]")]
    #[case::signed_token(r#"{"x":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"}"#, r#"{"x":"[redacted]"}"#)]
    fn bodies(#[case] body: &str, #[case] shown: &str) {
        assert_eq!(redact_body(body, &[]), shown);
    }

    #[rstest]
    #[case::signed_token("The token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln is old", "The token [redacted] is old")]
    #[case::session("Session 00D5g00000abcde!AQEAQHhVxyz1234567890 expired", "Session [redacted] expired")]
    #[case::address(
        "postgres://scim:s3cretpw@db.internal:5432/users",
        "postgres://scim:[redacted]@db.internal:5432/users"
    )]
    #[case::given("ValueError: password=hunter no", "ValueError: password=[redacted] no")]
    #[case::likely("bad token: abc12345, got Bearer 0a1b2c3d4e", "bad token: [redacted], got Bearer [redacted]")]
    #[case::sentences(
        "password: must have 8 characters; Basic authentication is off; token: expired",
        "password: must have 8 characters; Basic authentication is off; token: expired"
    )]
    fn forms(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(redact_forms(text), shown);
        assert_eq!(redact_forms(shown), shown);
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
