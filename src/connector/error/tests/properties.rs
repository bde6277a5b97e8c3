//! Whatever a provider answers, a person gets a sentence.

use super::*;
use proptest::prelude::*;

fn check(failure: &Failure, status: u16) -> Result<(), TestCaseError> {
    let message = &failure.message;
    prop_assert!(message.chars().count() <= message::MAX_MESSAGE, "{} characters", message.chars().count());
    prop_assert!(!message.contains(char::is_control), "{message:?}");
    let code = format!(" [{}]", failure.code);
    prop_assert!(message.ends_with(&code), "{message}");
    prop_assert!(message.starts_with("Creating ada@example.com failed: "), "{message}");
    let brackets = format!("HTTP {status}");
    prop_assert!(message.contains(&brackets), "{message}");
    let lower = message.to_lowercase();
    prop_assert!(!lower.contains("unknown error") && !lower.contains("object object"), "{message}");
    // What happened, and what to do: two sentences before the brackets.
    let told = message.split(" (The provider says: ").next().unwrap_or_default();
    prop_assert!(told.matches(['.', ':', ';']).count() >= 2 && told.len() > 80, "{told}");
    prop_assert!(failure.kind != Kind::NotFound);
    Ok(())
}

/// JSON that errors are made of, in any nesting.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Into::into),
        any::<bool>().prop_map(Into::into),
        "\\PC{0,60}".prop_map(Into::into),
        Just(serde_json::Value::Null),
        "[A-Z_]{4,20}:[a-z ]{0,30}".prop_map(Into::into),
    ];
    let names = prop::sample::select(vec![
        "detail", "error", "Errors", "errors", "message", "code", "status", "scimType", "fault", "x",
    ]);
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(status in 300_u16..=599, body in prop::collection::vec(any::<u8>(), 0..3_000)) {
        let Fault::Status(mut failed) = answered(status, "") else { return Ok(()) };
        failed.body = Bytes::from(body);
        check(&translate("Creating ada@example.com", sent(USERS, Fault::Status(failed)).into()), status)?;
    }

    #[test]
    fn any_text(status in 300_u16..=599, body in "\\PC{0,800}") {
        check(&created("scim.example", status, &body), status)?;
    }

    #[test]
    fn any_json_and_any_part_of_it(status in 300_u16..=599, body in json(), cut in 0.0_f64..1.0) {
        let body = body.to_string();
        check(&created("acme.my.salesforce.com", status, &body), status)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a part of a short text")]
        let cut = body.floor_char_boundary((body.len() as f64 * cut) as usize);
        check(&created("scim.example", status, body.get(..cut).unwrap()), status)?;
    }

    #[test]
    fn any_page(status in 300_u16..=599, title in "\\PC{0,400}", rest in "[<>/a-z \"=]{0,300}") {
        check(&created("scim.example", status, &format!("<html><head><title>{title}</title></head>{rest}")), status)?;
        check(&created("scim.example", status, &format!("<?xml version=\"1.0\"?><{rest}<faultstring>{title}")), status)?;
    }
}
