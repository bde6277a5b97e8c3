//! Operations as they go out, and resources as they become.

use super::*;

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
    let assignment = Assignment { read: &read, write: &write, value: value.map(Value::from) };
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
        paths.iter().map(|write| Assignment { read: &[], write, value: Some(json!("x")) }).collect();
    let new = Value::from(operations(PatchForm::Paths, &assignments, &json!({"id": "1", "name": null})));
    insta::assert_snapshot!(new, @r#"[{"op":"add","path":"name","value":{"givenName":"x","familyName":"x"}},{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":{"value":"x"}},{"op":"replace","path":"title","value":"x"}]"#);
}

#[test]
fn with_its_value_a_reference_goes_whole() {
    let write: Path = MANAGER.parse().unwrap();
    let assignments = [Assignment { read: std::slice::from_ref(&write), write: &write, value: None }];
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
    let assignments: Vec<Assignment<'_>> =
        columns.iter().map(|(read, write, value)| Assignment { read, write, value: value.clone() }).collect();
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
    let ids = ["1".to_owned(), "a\"b".to_owned()];
    insta::assert_snapshot!(Value::from(add_members(MemberForm::Standard, "members", &ids)), @r#"[{"op":"add","path":"members","value":[{"value":"1"},{"value":"a\"b"}]}]"#);
    insta::assert_snapshot!(Value::from(remove_members(MemberForm::Standard, "members", &ids)), @r#"[{"op":"remove","path":"members[value eq \"1\"]"},{"op":"remove","path":"members[value eq \"a\\\"b\"]"}]"#);
    insta::assert_snapshot!(Value::from(add_members(MemberForm::Wrapped, "members", &ids)), @r#"[{"op":"add","path":"members","value":{"members":[{"value":"1"},{"value":"a\"b"}]}}]"#);
    insta::assert_snapshot!(Value::from(remove_members(MemberForm::Wrapped, "members", &ids)), @r#"[{"op":"remove","path":"members","value":{"members":[{"value":"1"},{"value":"a\"b"}]}}]"#);
}
