//! What is secret: the one list of names whose values are never shown, and the removal of known secrets from a text.
//!
//! It does not decide who may see what, and it finds no secrets that it is not told of.

use secrecy::{ExposeSecret, SecretString};
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

fn shapes_of(secret: &str) -> impl Iterator<Item = String> {
    let in_form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let in_json = serde_json::Value::from(secret).to_string().trim_matches('"').to_owned();
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
