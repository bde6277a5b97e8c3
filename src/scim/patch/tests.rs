//! Operations as they go out, and resources as they become.

use super::*;
use crate::scim::provider::{GENERIC, SALESFORCE};

fn user() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "1", "userName": "ada", "Title": "Ms",
        "name": {"familyName": "Byron", "givenName": "Ada"},
        "emails": [{"value": "ada@home.example", "type": "home"},
                   {"value": "ada@example.com", "type": "work", "primary": true}],
    })
}

fn check(form: PatchForm, read: &[&str], write: &str, value: Option<&str>, user: &Value) -> String {
    let read: Vec<Path> = read.iter().map(|path| path.parse().unwrap()).collect();
    let write = write.parse().unwrap();
    let assignment = Assignment { read: &read, write: &write, value: value.map(Value::from), others: &[] };
    Value::from(operations(form, &[assignment], user)).to_string()
}

const EMAIL: &[&str] = &["emails[primary eq true].value", "emails[type eq \"work\"].value", "emails.value"];
const NEW_EMAIL: &str = "emails[type eq \"work\" and primary eq true].value";
const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";

#[test]
fn a_path_changes_just_what_it_names() {
    let paths = |read: &[&str], write: &str, value| check(PatchForm::Paths, read, write, value, &user());
    insta::assert_snapshot!(paths(&["title"], "title", Some("Countess")), @r#"[{"op":"replace","path":"title","value":"Countess"}]"#);
    insta::assert_snapshot!(paths(&["title"], "title", None), @r#"[{"op":"remove","path":"title"}]"#);
    insta::assert_snapshot!(paths(&["name.familyName"], "name.familyName", Some("Lovelace")), @r#"[{"op":"replace","path":"name.familyName","value":"Lovelace"}]"#);
    insta::assert_snapshot!(paths(&[DEPARTMENT], DEPARTMENT, Some("Engines")), @r#"[{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Engines"}]"#);
    insta::assert_snapshot!(paths(EMAIL, NEW_EMAIL, Some("new@example.com")), @r#"[{"op":"replace","path":"emails[primary eq true].value","value":"new@example.com"}]"#);
    insta::assert_snapshot!(paths(EMAIL, NEW_EMAIL, None), @r#"[{"op":"remove","path":"emails[primary eq true]"}]"#);
    insta::assert_snapshot!(paths(&["phoneNumbers.value"], "phoneNumbers[type eq \"work\"].value", Some("1")), @r#"[{"op":"add","path":"phoneNumbers","value":[{"type":"work","value":"1"}]}]"#);
}

#[test]
fn a_complex_attribute_that_is_new_comes_whole() {
    let paths = ["name.givenName", "name.familyName", MANAGER, "title"].map(|path| path.parse::<Path>().unwrap());
    let assignments: Vec<Assignment<'_>> =
        paths.iter().map(|write| Assignment { read: &[], write, value: Some(json!("x")), others: &[] }).collect();
    let new = Value::from(operations(PatchForm::Paths, &assignments, &json!({"id": "1", "name": null})));
    insta::assert_snapshot!(new, @r#"[{"op":"add","path":"name","value":{"givenName":"x","familyName":"x"}},{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":{"value":"x"}},{"op":"replace","path":"title","value":"x"}]"#);
}

#[test]
fn with_its_value_a_reference_goes_whole() {
    let write: Path = MANAGER.parse().unwrap();
    let assignments = [Assignment { read: std::slice::from_ref(&write), write: &write, value: None, others: &[] }];
    let extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let user =
        json!({"id": "1", extension: {"department": "Engines", "manager": {"value": "7", "$ref": "../Users/7"}}});
    let removal = json!([{"op": "remove", "path": format!("{extension}:manager")}]);
    for form in [PatchForm::Paths, PatchForm::Values] {
        assert_eq!(Value::from(operations(form, &assignments, &user)), removal);
    }
    assert_eq!(assigned(&assignments, &user), json!({"id": "1", extension: {"department": "Engines"}}));
}

#[test]
fn where_no_path_leads_to_one_element_the_list_is_sent() {
    let mut user = user();
    user["emails"][1]["primary"] = json!("true");
    insta::assert_snapshot!(check(PatchForm::Paths, EMAIL, NEW_EMAIL, Some("new@example.com"), &user), @r#"[{"op":"replace","path":"emails","value":[{"value":"ada@home.example","type":"home"},{"value":"new@example.com","type":"work","primary":"true"}]}]"#);
}

#[test]
fn values_go_together_without_a_path() {
    let parse = |path: &str| -> Path { path.parse().unwrap() };
    let columns: Vec<(Vec<Path>, Path, Option<Value>)> = vec![
        (vec![parse("title")], parse("title"), Some(json!("Countess"))),
        (vec![parse("name.familyName")], parse("name.familyName"), Some(json!("Lovelace"))),
        (vec![parse(DEPARTMENT)], parse(DEPARTMENT), Some(json!("Engines"))),
        (EMAIL.iter().map(|path| parse(path)).collect(), parse(NEW_EMAIL), Some(json!("new@example.com"))),
        (vec![parse("nickName")], parse("nickName"), None),
    ];
    let assignments: Vec<Assignment<'_>> = columns
        .iter()
        .map(|(read, write, value)| Assignment { read, write, value: value.clone(), others: &[] })
        .collect();
    insta::assert_json_snapshot!(operations(PatchForm::Values, &assignments, &user()), @r#"
    [
      {
        "op": "replace",
        "value": {
          "title": "Countess",
          "name": {
            "familyName": "Lovelace"
          },
          "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "Engines"
          },
          "emails": [
            {
              "value": "ada@home.example",
              "type": "home"
            },
            {
              "value": "new@example.com",
              "type": "work",
              "primary": true
            }
          ]
        }
      },
      {
        "op": "remove",
        "path": "nickName"
      }
    ]
    "#);
    insta::assert_json_snapshot!(assigned(&assignments, &user()), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
      ],
      "id": "1",
      "userName": "ada",
      "Title": "Countess",
      "name": {
        "familyName": "Lovelace",
        "givenName": "Ada"
      },
      "emails": [
        {
          "value": "ada@home.example",
          "type": "home"
        },
        {
          "value": "new@example.com",
          "type": "work",
          "primary": true
        }
      ],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "department": "Engines"
      }
    }
    "#);
}

#[test]
fn members_come_and_go_in_the_provider_s_form() {
    let (standard, wrapped) = (&GENERIC.writing.members, &SALESFORCE.writing.members);
    let of_entra = MemberWriting { removal: MemberRemoval::Value, with_display: true, ..standard.clone() };
    let (add, remove) =
        (|form| add_member(form, "members", "a\"b", "Ada"), |form| remove_member(form, "members", "a\"b"));
    insta::assert_snapshot!(add(standard), @r#"{"op":"add","path":"members","value":[{"value":"a\"b"}]}"#);
    insta::assert_snapshot!(remove(standard), @r#"{"op":"remove","path":"members[value eq \"a\\\"b\"]"}"#);
    insta::assert_snapshot!(add(&of_entra), @r#"{"op":"add","path":"members","value":[{"value":"a\"b","display":"Ada"}]}"#);
    insta::assert_snapshot!(remove(&of_entra), @r#"{"op":"remove","path":"members","value":[{"value":"a\"b"}]}"#);
    insta::assert_snapshot!(add(wrapped), @r#"{"op":"add","path":"members","value":{"members":[{"value":"a\"b"}]}}"#);
    insta::assert_snapshot!(remove(wrapped), @r#"{"op":"remove","path":"members","value":{"members":[{"value":"a\"b"}]}}"#);
}

/// Assignments by path: the one that is read and written, and the value.
fn changed(form: PatchForm, changes: &[(&str, Value)], resource: &Value) -> (Value, Value) {
    let paths: Vec<Path> = changes.iter().map(|(path, _)| path.parse().unwrap()).collect();
    let assignments: Vec<Assignment<'_>> = paths
        .iter()
        .zip(changes)
        .map(|(path, (_, value))| {
            let value = Some(value.clone()).filter(|value| !value.is_null());
            Assignment { read: std::slice::from_ref(path), write: path, value, others: &[] }
        })
        .collect();
    (operations(form, &assignments, resource).into(), assigned(&assignments, resource))
}

const HOME: &str = "emails[type eq \"home\"].value";
const WORK: &str = "emails[type eq \"work\"].value";

#[test]
fn two_values_of_one_list_do_not_undo_each_other() {
    let changes = [(HOME, json!("h@x.example")), (WORK, json!("w@x.example"))];
    let whole =
        json!([{"value": "h@x.example", "type": "home"}, {"value": "w@x.example", "type": "work", "primary": true}]);
    let (operations, resource) = changed(PatchForm::Paths, &changes, &user());
    insta::assert_snapshot!(operations, @r#"[{"op":"replace","path":"emails[type eq \"home\"].value","value":"h@x.example"},{"op":"replace","path":"emails[type eq \"work\"].value","value":"w@x.example"}]"#);
    assert_eq!(resource["emails"], whole);
    let (operations, _) = changed(PatchForm::Values, &changes, &user());
    assert_eq!(operations, json!([{"op": "replace", "value": {"emails": whole}}]));
    // Where there are none yet, in one operation.
    let (operations, resource) = changed(PatchForm::Paths, &changes, &json!({}));
    insta::assert_snapshot!(operations, @r#"[{"op":"add","path":"emails","value":[{"type":"home","value":"h@x.example"},{"type":"work","value":"w@x.example"}]}]"#);
    assert_eq!(resource, json!({"emails": operations[0]["value"]}));
}

#[test]
fn one_that_goes_and_one_that_comes_are_two() {
    let changes = [(HOME, Value::Null), ("emails[type eq \"other\"].value", json!("o@x.example"))];
    let (operations, resource) = changed(PatchForm::Paths, &changes, &user());
    insta::assert_snapshot!(operations, @r#"[{"op":"remove","path":"emails[type eq \"home\"]"},{"op":"add","path":"emails","value":[{"type":"other","value":"o@x.example"}]}]"#);
    let work = &user()["emails"][1];
    assert_eq!(resource["emails"], json!([work, {"type": "other", "value": "o@x.example"}]));
}

#[test]
fn sub_attributes_of_one_element_stand_together() {
    let (street, city) = ("addresses[type eq \"home\"].streetAddress", "addresses[type eq \"home\"].locality");
    let (operations, resource) =
        changed(PatchForm::Paths, &[(street, json!("1 High St")), (city, json!("York"))], &json!({}));
    insta::assert_snapshot!(operations, @r#"[{"op":"add","path":"addresses","value":[{"type":"home","streetAddress":"1 High St","locality":"York"}]}]"#);
    let (operations, resource) = changed(PatchForm::Paths, &[(street, Value::Null), (city, json!("Ely"))], &resource);
    insta::assert_snapshot!(operations, @r#"[{"op":"remove","path":"addresses[type eq \"home\"].streetAddress"},{"op":"replace","path":"addresses[type eq \"home\"].locality","value":"Ely"}]"#);
    assert_eq!(resource, json!({"addresses": [{"type": "home", "locality": "Ely"}]}));
}

#[test]
fn an_element_that_two_may_have_goes_to_the_one_it_is_made_for() {
    let parse = |paths: &[&str]| paths.iter().map(|path| path.parse().unwrap()).collect::<Vec<Path>>();
    let (email, home) = (parse(EMAIL), parse(&[HOME]));
    let (new_email, new_home) = (parse(&[NEW_EMAIL]), parse(&[HOME]));
    let user = json!({"emails": [{"type": "home", "value": "old@x.example", "primary": true}]});
    let value = |text: &str| Some(json!(text));
    let assignments = [
        Assignment { read: &email, write: &new_email[0], value: value("work@x.example"), others: &[] },
        Assignment { read: &home, write: &new_home[0], value: value("home@x.example"), others: &[] },
    ];
    let expected = json!({"emails": [{"type": "home", "value": "home@x.example", "primary": false},
                                     {"type": "work", "primary": true, "value": "work@x.example"}]});
    assert_eq!(assigned(&assignments, &user), expected);
    // An element of another's is no place for a value that is read there for want of a better one.
    let user = json!({"emails": [{"type": "home", "value": "home@x.example"}]});
    let alone = |others| {
        let assignment = Assignment { read: &email, write: &new_email[0], value: value("work@x.example"), others };
        assigned(&[assignment], &user)["emails"].as_array().unwrap().len()
    };
    assert_eq!((alone(&[]), alone(&[&new_home[0], &new_email[0]])), (1, 2));
}

#[test]
fn all_values_of_a_list_are_set_and_the_rest_of_it_stays() {
    let user = json!({"tags": ["a", "b"], "roles": [{"value": "1", "display": "One"}, {"value": "2"}], "badge": {"keys": ["x"]}});
    let check = |path: &str, values: Value| {
        let (operations, resource) = changed(PatchForm::Paths, &[(path, values)], &user);
        format!("{operations} {resource}")
    };
    insta::assert_snapshot!(check("tags", json!(["a", "b", "c"])), @r#"[{"op":"add","path":"tags","value":["c"]}] {"tags":["a","b","c"],"roles":[{"value":"1","display":"One"},{"value":"2"}],"badge":{"keys":["x"]}}"#);
    insta::assert_snapshot!(check("tags", json!(["b"])), @r#"[{"op":"replace","path":"tags","value":["b"]}] {"tags":["b"],"roles":[{"value":"1","display":"One"},{"value":"2"}],"badge":{"keys":["x"]}}"#);
    insta::assert_snapshot!(check("tags", json!([])), @r#"[{"op":"remove","path":"tags"}] {"tags":[],"roles":[{"value":"1","display":"One"},{"value":"2"}],"badge":{"keys":["x"]}}"#);
    insta::assert_snapshot!(check("roles.value", json!(["1", "3"])), @r#"[{"op":"replace","path":"roles","value":[{"value":"1","display":"One"},{"value":"3"}]}] {"tags":["a","b"],"roles":[{"value":"1","display":"One"},{"value":"3"}],"badge":{"keys":["x"]}}"#);
    insta::assert_snapshot!(check("badge.keys", json!(["y"])), @r#"[{"op":"replace","path":"badge.keys","value":["y"]}] {"tags":["a","b"],"roles":[{"value":"1","display":"One"},{"value":"2"}],"badge":{"keys":["y"]}}"#);
    insta::assert_snapshot!(check("lockers[type eq \"gym\"].value", json!([1, 2])), @r#"[{"op":"add","path":"lockers","value":[{"type":"gym","value":1},{"type":"gym","value":2}]}] {"tags":["a","b"],"roles":[{"value":"1","display":"One"},{"value":"2"}],"badge":{"keys":["x"]},"lockers":[{"type":"gym","value":1},{"type":"gym","value":2}]}"#);
}

#[test]
fn plain_elements_stay_plain() {
    let (operations, resource) =
        changed(PatchForm::Paths, &[("roles.value", json!(["a", "b"]))], &json!({"roles": ["a"]}));
    insta::assert_snapshot!(operations, @r#"[{"op":"add","path":"roles","value":["b"]}]"#);
    assert_eq!(resource, json!({"roles": ["a", "b"]}));
}
