//! How much shorter than the last time a list may be, and how long it was then.
//!
//! The limit is a setting of the form. The figures are none: the connector sends them to the platform at the end of a list,
//! and gets them back with the other settings. What is done with both, the connector decides.

use super::reader::Reader;
use crate::scim::resource;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The key under which the platform keeps the lengths of the last complete lists.
pub const LAST_COUNTS: &str = "lastCompleteCounts";

/// In percent, where neither the source nor the platform has a limit.
const DEFAULT_SHRINK_LIMIT: u32 = 20;

/// `shrinkLimitPercent`, else the platform's own `deleteThresholdPercentage`. A threshold of 0 is none: it says nothing of
/// lists, and must not switch the guard off unasked.
pub(super) fn shrink_limit(reader: &mut Reader<'_>) -> u32 {
    let threshold = reader.value("deleteThresholdPercentage").and_then(resource::integer);
    let threshold =
        threshold.and_then(|percent| u32::try_from(percent).ok()).filter(|percent| (1..=100).contains(percent));
    reader.whole("shrinkLimitPercent", 0..=100).or(threshold).unwrap_or(DEFAULT_SHRINK_LIMIT)
}

/// What the platform has kept. It is nobody's setting: what cannot be read is as good as absent.
pub(super) fn last_counts(reader: &Reader<'_>) -> Option<LastCounts> {
    reader.value(LAST_COUNTS).map(LastCounts::read)
}

/// The lengths of the last complete lists, by the name of what they list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastCounts(pub BTreeMap<String, LastCount>);

/// How long a list was when it was last read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastCount {
    pub count: u64,
    /// Tells what was listed: a source with another address or filter has other lists.
    pub of: String,
    pub at: DateTime<Utc>,
}

impl LastCounts {
    /// An object, or one that has become a text on the way.
    fn read(value: &Value) -> Self {
        let parsed = value.as_str().and_then(|text| serde_json::from_str(text).ok());
        let Some(counts) = parsed.as_ref().unwrap_or(value).as_object() else { return Self::default() };
        let read = |(name, value): (&String, &Value)| Some((name.clone(), LastCount::read(value)?));
        Self(counts.iter().filter_map(read).collect())
    }

    /// As the platform is to keep it.
    pub fn to_value(&self) -> Value {
        let written = self.0.iter().map(|(name, last)| {
            let at = last.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            (name.clone(), json!({"count": last.count, "of": last.of, "at": at}))
        });
        Value::Object(written.collect::<Map<_, _>>())
    }
}

impl LastCount {
    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str();
        Some(Self {
            count: value.get("count").and_then(resource::integer).and_then(|count| u64::try_from(count).ok())?,
            of: text("of")?.to_owned(),
            // Without a date it is older than whatever this process knows.
            at: text("at").and_then(|at| at.parse().ok()).unwrap_or(DateTime::<Utc>::MIN_UTC),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(settings: &Value) -> u32 {
        shrink_limit(&mut Reader::new(settings.as_object().unwrap()))
    }

    #[rstest::rstest]
    #[case(json!({}), 20)]
    #[case(json!({"deleteThresholdPercentage": 10}), 10)]
    #[case(json!({"deleteThresholdPercentage": "10"}), 10)]
    #[case::the_platforms_zero_says_nothing(json!({"deleteThresholdPercentage": 0}), 20)]
    #[case(json!({"deleteThresholdPercentage": "none"}), 20)]
    #[case(json!({"deleteThresholdPercentage": 10, "shrinkLimitPercent": "35"}), 35)]
    #[case::off(json!({"deleteThresholdPercentage": 10, "shrinkLimitPercent": 0}), 0)]
    fn the_limit_is_the_source_s_then_the_platform_s_then_the_default(#[case] settings: Value, #[case] expected: u32) {
        assert_eq!(limit(&settings), expected);
    }

    #[test]
    fn figures_come_back_as_they_were_sent_whatever_became_of_their_types() {
        let at = "2026-11-22T07:00:00Z".parse().unwrap();
        let last = LastCount { count: 5_000, of: "a1b2".to_owned(), at };
        let counts = LastCounts(BTreeMap::from([("accounts".to_owned(), last)]));
        let sent = counts.to_value();
        insta::assert_snapshot!(sent, @r#"{"accounts":{"count":5000,"of":"a1b2","at":"2026-11-22T07:00:00Z"}}"#);
        assert_eq!(LastCounts::read(&sent), counts);
        assert_eq!(LastCounts::read(&Value::String(sent.to_string())), counts);
        let texts = json!({"accounts": {"count": "5000", "of": "a1b2", "at": "2026-11-22T07:00:00Z"}, "groups": 7});
        assert_eq!(LastCounts::read(&texts), counts);
        for odd in [json!("x"), json!([]), json!(7), json!({"accounts": {"count": -1, "of": "a"}})] {
            assert_eq!(LastCounts::read(&odd), LastCounts::default());
        }
    }
}
