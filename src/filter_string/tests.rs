//! Every line of the platform's filter documentation, what is no filter string, and random filters held against an
//! evaluator that is written another way.

use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::fmt::Write as _;

fn ada() -> Map<String, Value> {
    let ada = json!({
        "firstname": "Neil", "lastname": "McArthur", "age": 18, "email": "neil@SailPoint.com", "inactive": true,
        "type": "Employee", "location": "Austin", "company": "SailPoint", "Groups": ["A", "B", "C"], "address": ["line1", "line2"],
        "employeeNumber": "0042", "nothing": null, "none": [], "blank": "", "one": ["A"],
    });
    ada.as_object().unwrap().clone()
}

fn matches(filter: &str) -> bool {
    FilterString::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}")).matches(&ada())
}

#[rstest::rstest]
// Rules for parsing.
#[case(r#"firstname == "Neil""#, true)]
#[case("inactive != false", true)]
#[case("age < 18", false)]
#[case("name != null", false)]
#[case(r#"firstname == "neil""#, false)]
#[case(r#"address.containsAll("line1","line2")"#, true)]
// Composite filters.
#[case(r#"( type != "Employee" && location == "Austin" && name.isNull() )"#, false)]
#[case(r#"( type == "Employee" && location == "Austin" && name.isNull() )"#, true)]
#[case(r#"( type == "Contractor" || location == "Austin" )"#, true)]
#[case(r#"!( company == "SailPoint" )"#, false)]
#[case(r#"( type != "Employee" ) || (type == "Contractor" )"#, false)]
// Operations.
#[case(r#"lastname != "Smith""#, true)]
#[case("age > 18", false)]
#[case("age <= 18", true)]
#[case("age >= 18", true)]
#[case("email.isNull()", false)]
#[case("company.notNull()", true)]
#[case("Groups.isEmpty()", false)]
#[case("Groups.notEmpty()", true)]
#[case(r#"lastname.startsWith( "Mc" )"#, true)]
#[case(r#"lastname.startsWith( "mc" )"#, false)]
#[case(r#"lastname.startsWithIgnoreCase( "mC" )"#, true)]
#[case(r#"email.endsWith( "@sailpoint.com" )"#, false)]
#[case(r#"email.endsWithIgnoreCase( "@sailpoint.com" )"#, true)]
#[case(r#"email.contains( "sail" )"#, false)]
#[case(r#"email.containsIgnoreCase( "sail" )"#, true)]
#[case(r#"Groups.containsAll( "A", "B", "C" )"#, true)]
#[case(r#"Groups.containsAll( "A", "b" )"#, false)]
#[case(r#"Groups.containsAllIgnoreCase( "a", "B", "c" )"#, true)]
#[case(r#"firstname === "Neil""#, true)]
fn the_documentation_s_examples_mean_what_it_says(#[case] filter: &str, #[case] expected: bool) {
    assert_eq!(matches(filter), expected);
}

#[rstest::rstest]
// `&&` goes before `||`, and the same signs in a row need no parentheses.
#[case("age == 1 && age == 1 || age == 18", true)]
#[case("age == 18 || age == 1 && age == 1", true)]
#[case("(age == 18 || age == 1) && age == 1", false)]
#[case("age == 1 || age == 2 || age == 18", true)]
// A negation takes what stands next to it.
#[case("!(age == 1) && age == 1", false)]
#[case("!(age == 1 && age == 1)", true)]
#[case("!email.isNull()", true)]
#[case("!!(age == 18)", true)]
// Values of different types are compared as numbers.
#[case("employeeNumber == 42", true)]
#[case("employeeNumber === 42", false)]
#[case("employeeNumber < 100", true)]
#[case(r#"age == "18""#, true)]
#[case(r#"age === "18""#, false)]
#[case(r#"employeeNumber < "1""#, true)]
#[case(r#"firstname < "O""#, true)]
#[case("inactive == 1", true)]
#[case(r#"inactive == "true""#, false)]
#[case("firstname > 1", false)]
#[case("age > -2.5e1", true)]
// A list is compared as its elements with commas between them; one alone is like a text.
#[case(r#"one == "A""#, true)]
#[case(r#"Groups == "A""#, false)]
#[case(r#"Groups == "A,B,C""#, true)]
#[case(r#"Groups.contains("A")"#, true)]
#[case(r#"address.contains("line")"#, false)]
#[case(r#"address.startsWith("line")"#, true)]
#[case(r#"address.endsWithIgnoreCase("E2")"#, true)]
// What is missing, `null`, or an empty list has no value.
#[case("name.isNull() && nothing.isNull() && none.isNull() && blank.isNull()", true)]
#[case("name.isEmpty() && nothing.isEmpty() && none.isEmpty() && blank.isEmpty()", true)]
#[case("name.notNull() || nothing.notEmpty() || none.notNull() || blank.notEmpty()", false)]
#[case("name == null && nothing == null && none == null", true)]
#[case("blank == null", false)]
#[case(r#"name == """#, false)]
#[case(r#"name != "Neil""#, true)]
#[case("name < 1 || name >= 0 || name <= 0 || null <= name", false)]
#[case(r#"name.startsWith("") || name.contains("") || name.containsAll("")"#, false)]
#[case("name == nothing", true)]
// Attributes on either side.
#[case(r#""Neil" == firstname"#, true)]
#[case("firstname != lastname", true)]
#[case("18 >= age", true)]
fn what_it_leaves_open_is_as_in_javascript(#[case] filter: &str, #[case] expected: bool) {
    assert_eq!(matches(filter), expected);
}

#[test]
fn texts_hold_what_is_escaped() {
    let attributes = json!({"path": "C:\\a \"b\"/\n", "e.mail:x-y": "ü"}).as_object().unwrap().clone();
    let matches = |filter: &str| FilterString::parse(filter).unwrap().matches(&attributes);
    assert!(matches(r#"path == "C:\\a \"b\"\/\n""#));
    assert!(matches("\n e.mail:x-y\t== \"ü\" && e.mail:x-y.startsWithIgnoreCase(\"Ü\")"));
}

#[rstest::rstest]
#[case(
    "",
    "at column 1: expected the name of an attribute, or a value such as \"Sales\", 18, true or null, but found the end"
)]
#[case("active", "at column 7: expected a comparison such as ==, or a method such as .isNull(), but found the end")]
#[case("email.isNull", "at column 13: expected ( after a method, but found the end")]
#[case("active = true", "at column 8: expected == or ===, but found =")]
#[case("name !== \"x\"", "at column 6: expected !=, but found !==")]
#[case("name == 'x'", "at column 9: expected a name, a value, or an operator, but found '")]
#[case("name == \"x", "at column 9: expected a text in double quotes, but found no second \"")]
#[case(
    r#"name == "a\b""#,
    "at column 11: expected \\\\ for a backslash, or one of \\\" \\/ \\n \\r \\t, but found \\b"
)]
#[case("name == \"é\" & b == 1", "at column 13: expected &&, but found &")]
#[case("name == \"é\" and b == 1", "at column 13: expected &&, || or the end, but found and")]
#[case("(name == 1", "at column 11: expected &&, || or ), but found the end")]
#[case("name == 1)", "at column 10: expected &&, || or the end, but found )")]
#[case("!name == 1", "at column 2: expected ( after !, but found name")]
#[case("1 == 1", "at column 6: expected the name of an attribute, but found 1")]
#[case("name == 1.2.3", "at column 9: expected a number, such as 18 or -2.5, but found 1.2.3")]
#[case("name == 1e999", "at column 9: expected a number, such as 18 or -2.5, but found 1e999")]
#[case("isNull(name)", "at column 1: expected an attribute and a method, such as email.isNull(), but found isNull(")]
#[case(
    "name.isnull()",
    "at column 6: expected one of isNull, notNull, isEmpty, notEmpty, startsWith, endsWith, contains, containsAll, startsWithIgnoreCase, endsWithIgnoreCase, containsIgnoreCase, containsAllIgnoreCase, but found isnull"
)]
#[case("name.isNull(1)", "at column 13: expected ), but found 1")]
#[case("name.startsWith()", "at column 17: expected a text in double quotes, but found )")]
#[case("name.startsWith(7)", "at column 17: expected a text in double quotes, but found 7")]
#[case("name.startsWith(\"a\", \"b\")", "at column 20: expected ), but found ,")]
#[case("Groups.containsAll({\"A\"})", "at column 20: expected a name, a value, or an operator, but found {")]
#[case("Groups.containsAll(\"A\" \"B\")", "at column 24: expected , or ), but found \"B\"")]
fn what_is_no_filter_says_where_and_what_would_be_right(#[case] text: &str, #[case] says: &str) {
    assert_eq!(FilterString::parse(text).unwrap_err().to_string(), says);
}

#[test]
fn length_and_depth_have_limits_and_a_chain_has_none() {
    let nested = |depth: usize| format!("{}a == 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(FilterString::parse(&nested(64)).is_ok());
    let error = FilterString::parse(&nested(65)).unwrap_err().to_string();
    insta::assert_snapshot!(error, @"at column 65: expected at most 64 parentheses and negations in one another, but found (");
    assert!(FilterString::parse(&"!".repeat(5_000)).is_err());
    assert!(FilterString::parse(&vec!["a == 1"; 1_500].join("||")).is_ok());
    assert!(FilterString::parse(&format!("a == \"{}\"", "x".repeat(MAX_BYTES))).is_err());
}

#[test]
fn the_attributes_are_named_with_their_columns() {
    let filter = FilterString::parse("é.isNull() && (a == b || !(x.y.contains(\"a\")))").unwrap();
    let names: Vec<(&str, usize)> = filter.names().iter().map(|name| (name.name.as_str(), name.column)).collect();
    assert_eq!(names, [("é", 1), ("a", 16), ("b", 21), ("x.y", 28)]);
}

/// A filter as the second evaluator knows it.
#[derive(Debug, Clone)]
enum Plain {
    And(Box<Plain>, Box<Plain>),
    Or(Box<Plain>, Box<Plain>),
    Not(Box<Plain>),
    Compare(&'static str, &'static str, Value),
    Method(&'static str, &'static str, Vec<&'static str>),
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const TEXTS: [&str; 8] = ["", "A", "a", "Ab", "1", "01", "10", "B,A"];
const SIGNS: [&str; 7] = ["==", "===", "!=", "<", "<=", ">", ">="];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..12_i64).prop_map(Value::from),
        prop::sample::select(&TEXTS[..]).prop_map(Value::from),
    ]
}

fn object() -> impl Strategy<Value = Map<String, Value>> {
    let list = prop::collection::vec(prop::sample::select(&TEXTS[1..]), 0..3).prop_map(|texts| json!(texts));
    let member = prop_oneof![3 => value(), 1 => list];
    let names = prop::sample::select(&NAMES[..]).prop_map(str::to_owned);
    prop::collection::btree_map(names, member, 0..6).prop_map(|members| members.into_iter().collect())
}

fn plain() -> impl Strategy<Value = Plain> {
    let name = || prop::sample::select(&NAMES[..]);
    let compare = (name(), prop::sample::select(&SIGNS[..]), value())
        .prop_map(|(name, sign, value)| Plain::Compare(name, sign, value));
    let unary = prop::sample::select(&["isNull", "notNull", "isEmpty", "notEmpty"][..]);
    let unary = (name(), unary).prop_map(|(name, method)| Plain::Method(name, method, Vec::new()));
    let of_text =
        ["startsWith", "endsWith", "contains", "startsWithIgnoreCase", "endsWithIgnoreCase", "containsIgnoreCase"];
    let of_text = (name(), prop::sample::select(of_text.to_vec()), prop::sample::select(&TEXTS[..]))
        .prop_map(|(name, method, text)| Plain::Method(name, method, vec![text]));
    let all = prop::sample::select(&["containsAll", "containsAllIgnoreCase"][..]);
    let all = (name(), all, prop::collection::vec(prop::sample::select(&TEXTS[..]), 1..4))
        .prop_map(|(name, method, texts)| Plain::Method(name, method, texts));
    let leaf = prop_oneof![3 => compare, 1 => unary, 1 => of_text, 1 => all];
    leaf.prop_recursive(4, 24, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(left, right)| Plain::And(left.into(), right.into())),
            pair.prop_map(|(left, right)| Plain::Or(left.into(), right.into())),
            inner.prop_map(|inner| Plain::Not(inner.into())),
        ]
    })
}

/// Written with no more parentheses than are needed.
fn write(filter: &Plain, text: &mut String) {
    let grouped = |inner: &Plain, text: &mut String| {
        text.push('(');
        write(inner, text);
        text.push_str(" )");
    };
    match filter {
        Plain::Or(left, right) => {
            write(left, text);
            text.push_str("||");
            write(right, text);
        }
        Plain::And(left, right) => {
            for (operand, sign) in [(left, ""), (right, " && ")] {
                text.push_str(sign);
                if matches!(**operand, Plain::Or(..)) { grouped(operand, text) } else { write(operand, text) }
            }
        }
        Plain::Not(inner) => {
            text.push('!');
            grouped(inner, text);
        }
        Plain::Compare(name, sign, value) => write!(text, "{name}{sign} {value}").unwrap(),
        Plain::Method(name, method, texts) => {
            let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
            write!(text, "{name}.{method}({})", texts.join(" ,")).unwrap();
        }
    }
}

/// The second evaluator: on the tree that was made, not on the text; by cases of types, not by conversions.
fn naive(filter: &Plain, object: &Map<String, Value>) -> bool {
    match filter {
        Plain::And(left, right) => naive(left, object) & naive(right, object),
        Plain::Or(left, right) => naive(left, object) | naive(right, object),
        Plain::Not(inner) => !naive(inner, object),
        Plain::Compare(name, sign, value) => {
            let held = held(name, object);
            match *sign {
                "!=" => !naive_equal(&held, value),
                "==" => naive_equal(&held, value),
                "===" => held == *value || held.as_f64().is_some_and(|held| value.as_f64() == Some(held)),
                sign => match naive_order(&held, value) {
                    None => false,
                    Some(-1) => sign.starts_with('<'),
                    Some(0) => sign.ends_with('='),
                    Some(_) => sign.starts_with('>'),
                },
            }
        }
        Plain::Method(name, method, texts) => naive_method(&held(name, object), method, texts),
    }
}

fn held(name: &str, object: &Map<String, Value>) -> Value {
    match object.get(name) {
        None => Value::Null,
        Some(value) if *value == json!([]) => Value::Null,
        Some(value) => value.clone(),
    }
}

fn joined(list: &[Value]) -> String {
    let mut text = String::new();
    for (at, element) in list.iter().enumerate() {
        text += if at == 0 { "" } else { "," };
        text += element.as_str().unwrap();
    }
    text
}

fn naive_equal(held: &Value, value: &Value) -> bool {
    match (held, value) {
        (Value::Null, other) | (other, Value::Null) => other.is_null(),
        (Value::String(held), Value::String(value)) => held == value,
        (Value::Array(list), value) => naive_equal(&joined(list).into(), value),
        _ => naive_order(held, value) == Some(0),
    }
}

/// -1, 0 or 1; `None` where one is no number.
fn naive_order(held: &Value, value: &Value) -> Option<i64> {
    if let Value::Array(list) = held {
        return naive_order(&joined(list).into(), value);
    }
    if let (Value::String(held), Value::String(value)) = (held, value) {
        return Some(i64::from(held > value) - i64::from(held < value));
    }
    let number = |value: &Value| match value {
        Value::Null => None,
        Value::Bool(false) => Some(0),
        Value::Bool(true) => Some(1),
        Value::String(text) if text.is_empty() => Some(0),
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    Some((number(held)? - number(value)?).signum())
}

fn naive_method(held: &Value, method: &str, texts: &[&str]) -> bool {
    let is_empty = held.is_null() || *held == json!("");
    let folds = method.ends_with("IgnoreCase");
    let fold = |text: &str| if folds { text.to_ascii_lowercase() } else { text.to_owned() };
    let wanted: Vec<String> = texts.iter().map(|text| fold(text)).collect();
    match (method.trim_end_matches("IgnoreCase"), held) {
        ("isNull" | "isEmpty", _) => is_empty,
        ("notNull" | "notEmpty", _) => !is_empty,
        (_, Value::Null) => false,
        (method, Value::Array(list)) => wanted.iter().all(|wanted| {
            list.iter().map(|element| fold(element.as_str().unwrap())).any(|element| match method {
                "startsWith" => element.get(..wanted.len()) == Some(wanted),
                "endsWith" => {
                    element.len() >= wanted.len() && element.rfind(wanted) == Some(element.len() - wanted.len())
                }
                _ => element == *wanted,
            })
        }),
        (method, single) => {
            let text = fold(&single.as_str().map_or_else(|| single.to_string(), str::to_owned));
            wanted.iter().all(|wanted| match method {
                "startsWith" => text.find(wanted.as_str()) == Some(0),
                "endsWith" => text.strip_suffix(wanted.as_str()).is_some(),
                _ => text.find(wanted.as_str()).is_some(),
            })
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_filters_agree_with_another_evaluator(filter in plain(), objects in prop::collection::vec(object(), 4)) {
        let mut text = String::new();
        write(&filter, &mut text);
        let parsed = FilterString::parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        for object in objects {
            prop_assert_eq!(parsed.matches(&object), naive(&filter, &object), "{} of {:?}", &text, object);
        }
    }

    #[test]
    fn whatever_comes_is_a_filter_or_has_a_column(text in "[a-z.\\-!=<>&|()\", 0-9\\\\é]{0,40}") {
        if let Err(error) = FilterString::parse(&text) {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{}", error);
        }
    }
}
