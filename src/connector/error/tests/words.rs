//! A customer's own words.

use super::super::wording::Wording;
use super::*;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(code, text)| ((*code).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn they_take_the_place_of_the_sentences_alone() {
    let texts =
        pairs(&[("LICENSE_LIMIT", "Alle {limit} Lizenzen sind vergeben. Bitte wenden Sie sich an den IT-Service.")]);
    let body = r#"{"detail":"LICENSE_LIMIT_EXCEEDED:license limit exceeded: 10 of 10 user licenses are in use;","status":409}"#;
    let mut failure = created("acme.my.salesforce.com", 409, body);
    Wording(&texts).apply(&mut failure);
    insta::assert_snapshot!(failure.message, @"Creating ada@example.com failed: Alle 10 Lizenzen sind vergeben. Bitte wenden Sie sich an den IT-Service. (The provider says: license limit exceeded: 10 of 10 user licenses are in use; LICENSE_LIMIT_EXCEEDED; HTTP 409) [LICENSE_LIMIT]");
    let mut other = created("acme.my.salesforce.com", 403, "");
    let before = other.message.clone();
    Wording(&texts).apply(&mut other);
    assert_eq!(other.message, before);
}

#[test]
fn empty_ones_are_none() {
    let mut failure = created("scim.example", 403, "");
    let before = failure.message.clone();
    Wording(&pairs(&[("FORBIDDEN", " \n"), ("FORBIDDEN", "")])).apply(&mut failure);
    assert_eq!(failure.message, before);
}

#[test]
fn they_may_name_the_command_themselves() {
    let texts = pairs(&[("NOT_FOUND", "{subject}: gibt es nicht.")]);
    let mut failure = not_found("account", "ada");
    Wording(&texts).apply(&mut failure);
    insta::assert_snapshot!(failure.message, @r#"account "ada": gibt es nicht. [NOT_FOUND]"#);
    let texts = pairs(&[("FORBIDDEN", "({command}) Keine Rechte.")]);
    let mut failure = created("scim.example", 403, "");
    Wording(&texts).apply(&mut failure);
    insta::assert_snapshot!(failure.message, @"(Creating ada@example.com) Keine Rechte. (The provider says: HTTP 403) [FORBIDDEN]");
}

#[test]
fn what_does_not_exist_is_named_with_what_does() {
    let texts = pairs(&[("LICENCE_LIMIT", "x"), ("FOO", "y"), ("NOPE", "z"), ("TIMEOUT", "Wait {time}")]);
    let says: Vec<String> =
        problems(&texts).into_iter().map(|problem| format!("{} {}", problem.key, problem.says)).collect();
    insta::assert_snapshot!(says.join("\n"), @r#"
    errorMessages has the code "LICENCE_LIMIT", which does not exist: did you mean LICENSE_LIMIT or LICENSE_MISMATCH or PROVIDER_LIMIT?
    errorMessages has the code "FOO", which does not exist
    errorMessages has the code "NOPE", which does not exist
    errorMessages has {time} in the text for TIMEOUT; there are {command} {user} {attribute} {limit} {wait} {host} {target} {status} {problem} {subject} {known}
    "#);
}
