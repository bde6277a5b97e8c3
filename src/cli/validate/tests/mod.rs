//! Every check against connectors that behave and connectors that do not, and all of them against the sandbox.

mod fake;
mod sandbox;

use super::checks::{CHECKS, Check};
use super::spec::Spec;
use super::subject::Subject;
use super::trial::{Context, Outcome};
use super::values::Values;
use super::{deactivating_provider, perform, selected};
use crate::cli::args::{Cli, Subcommand};
use crate::cli::target;
use crate::connector::custom::Custom;
use crate::scim::provider::Profiles;
use clap::Parser as _;
use fake::{Fake, Flaw};
use serde::Deserialize as _;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

fn check(id: &str) -> &'static Check {
    CHECKS.iter().find(|check| check.id == id).unwrap()
}

fn context<'s>(subject: &'s dyn Subject, spec: &'s Spec) -> Context<'s> {
    Context { subject, spec, read_limit: 8, deactivates: None, interrupted: CancellationToken::new() }
}

fn spec_without(commands: &[&str]) -> Spec {
    let mut spec = fake::spec();
    spec["commands"].as_array_mut().unwrap().retain(|command| !commands.contains(&command.as_str().unwrap()));
    Spec::deserialize(spec).unwrap()
}

async fn outcome(id: &str, fake: &Fake) -> Outcome {
    let spec = Spec::read(fake).await.unwrap();
    perform(check(id), &context(fake, &spec), &mut Values::new(7)).await
}

/// What is said of a check that failed, in one line.
fn problems(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed(problems) => problems.join(" | "),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connector_that_behaves_passes_every_check_and_nothing_is_left_behind() {
    let fake = Fake::new(Flaw::None);
    for check in CHECKS {
        let expected = match check.id {
            "account-create-maximal" => {
                vec!["badges is left out: no value can be made up for the type array".to_owned()]
            }
            _ => Vec::new(),
        };
        assert_eq!(outcome(check.id, &fake).await, Outcome::Passed(expected), "{}", check.id);
    }
    assert_eq!((fake.made(), fake.left_behind()), (5, Vec::new()));
}

/// Each check with flaws that it must find, and what it must say.
const FOUND: &[(&str, Flaw, &str)] = &[
    ("account-create-empty", Flaw::CreatesFromNothing, "an account without any attribute was created"),
    ("account-create-empty", Flaw::RefusesConnection, "std:test-connection failed: wrong password"),
    ("account-create-minimal", Flaw::RefusesCreation, "std:account:create failed: no user name"),
    (
        "account-create-minimal",
        Flaw::CreatesWithoutIdentity,
        r#"the result of std:account:create (of "test7001") has no "identity""#,
    ),
    ("account-create-minimal", Flaw::CreatesTwice, "gave 2 results, not one"),
    (
        "account-create-minimal",
        Flaw::AnswersOtherEmail,
        r#"when created, email was sent as "test.7002@example.com", but is "other@example.com""#,
    ),
    ("account-create-minimal", Flaw::ReadsOtherEmail, "when read, email was sent as"),
    ("account-create-minimal", Flaw::RefusesReading, "std:account:read failed: not today"),
    (
        "account-create-minimal",
        Flaw::RefusesDeletion,
        "std:account:delete failed: not allowed | the account new1 is only disabled: std:account:delete failed: not allowed",
    ),
    ("account-create-maximal", Flaw::LosesTitle, r#"when created, title was sent as "string.7003", but is "Clerk""#),
    ("account-create-list-delete", Flaw::HidesNewAccounts, "after the creation the list lacks the account new1"),
    (
        "account-create-list-delete",
        Flaw::ReadsOtherTitle,
        r#"attributes.title is null when created, "Chief" when read"#,
    ),
    (
        "account-create-list-delete",
        Flaw::OnlyDeactivates,
        "the account new1 can still be read after its deletion (it is disabled; deletion may only deactivate at this provider) | after the deletion the list has the account new1",
    ),
    ("account-create-list-delete", Flaw::ForgetsToDelete, "the account new1 can still be read after its deletion |"),
    ("account-create-list-delete", Flaw::ListsDeleted, "after the deletion the list has the account new1"),
    (
        "account-list-and-read",
        Flaw::ReadsOtherTitle,
        r#"account old2: attributes.title is "Clerk" when listed, "Chief" when read"#,
    ),
    ("account-list-and-read", Flaw::RefusesReading, "std:account:read failed: not today"),
    ("account-not-found", Flaw::FindsEverything, "reading the account __sailpoint__not__found__ did not fail"),
    ("account-not-found", Flaw::RefusesConnection, "std:test-connection failed: wrong password"),
    (
        "account-schema-check",
        Flaw::TitleIsANumber,
        "title is 7, but of the type string in the schema (account old0, and 2 more)",
    ),
    ("account-schema-check", Flaw::GroupsAreNoList, "groups is no array, but multi-valued in the schema"),
    ("account-schema-check", Flaw::GroupsHoldNull, "groups is null, but of the type string in the schema"),
    (
        "account-update-single-attrs",
        Flaw::IgnoresUpdates,
        r#"title is null after Set of "string.74" | tags is [] after Add of "string.75""#,
    ),
    (
        "account-update-single-attrs",
        Flaw::RefusesUpdates,
        r#"Set of "test.7003@example.com" to email failed: read-only | Set of "string.74" to title failed"#,
    ),
    ("account-update-single-attrs", Flaw::LosesTags, r#"tags is [] after Add of "string.75""#),
    ("account-update-entitlement", Flaw::IgnoresAdd, r#"groups is [] after Add of g1, but should be ["g1"]"#),
    (
        "account-update-entitlement",
        Flaw::IgnoresRemove,
        r#"groups is ["g3","g2","g1"] after Remove of g1, but should be ["g2","g3"]"#,
    ),
    (
        "account-update-entitlement",
        Flaw::RemoveEmpties,
        r#"groups is [] after Remove of g1, but should be ["g2","g3"]"#,
    ),
    ("account-update-entitlement", Flaw::RefusesUpdates, r#"Add of "g1" to groups failed: read-only"#),
    ("entitlement-not-found", Flaw::FindsEverything, "reading the group __sailpoint__not__found__ did not fail"),
    (
        "entitlement-list-read",
        Flaw::ReordersGroupValues,
        r#"group g1: attributes.owners is ["a","b"] when listed, ["b","a"] when read"#,
    ),
    ("entitlement-schema-check", Flaw::GroupNameIsANumber, "name is 7, but of the type string in the schema"),
    ("test-connection-empty", Flaw::ConnectsWithNothing, "the connection test succeeds without any settings"),
    ("test-connection-success", Flaw::RefusesConnection, "std:test-connection failed: wrong password"),
];

#[tokio::test]
async fn every_check_finds_what_it_is_there_to_find_and_takes_back_what_it_made() {
    for (id, flaw, says) in FOUND {
        let fake = Fake::new(*flaw);
        let problems = problems(outcome(id, &fake).await);
        assert!(problems.contains(says), "{id} with {flaw:?}: {problems}");
        // What nobody told the name of, and what is not deleted though it is said to be, cannot be taken back.
        if !matches!(flaw, Flaw::CreatesWithoutIdentity | Flaw::ForgetsToDelete) {
            assert_eq!(fake.left_behind(), Vec::<String>::new(), "{id} with {flaw:?}");
        }
    }
    let missing: Vec<&str> =
        CHECKS.iter().map(|check| check.id).filter(|id| !FOUND.iter().any(|(found, ..)| found == id)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "checks without a flaw that they find");
}

#[tokio::test]
async fn attributes_beyond_the_schema_are_only_noted() {
    let noted = outcome("account-schema-check", &Fake::new(Flaw::UnknownAttribute)).await;
    assert_eq!(noted, Outcome::Passed(vec!["the schema does not have shoeSize".to_owned()]));
}

#[rstest::rstest]
#[case("account-list-and-read", "there is no account to look at")]
#[case("account-schema-check", "there is no account to look at")]
#[case("account-update-entitlement", "there is no group that a new account could be added to")]
#[case("entitlement-list-read", "there is no group to look at")]
#[case("entitlement-schema-check", "there is no group to look at")]
#[tokio::test]
async fn nothing_to_look_at_is_no_success(#[case] id: &str, #[case] why: &str) {
    let fake = Fake::new(Flaw::HasNothing);
    assert_eq!(outcome(id, &fake).await, Outcome::Skipped(why.to_owned()));
    assert_eq!(fake.left_behind(), Vec::<String>::new());
}

#[rstest::rstest]
#[case("account-create-minimal", &["std:account:delete"], "the specification lacks std:account:delete")]
#[case(
    "account-update-entitlement",
    &["std:account:update", "std:account:delete", "std:account:disable"],
    "the specification lacks std:account:update, std:account:delete or std:account:disable"
)]
#[tokio::test]
async fn a_check_whose_commands_are_lacking_is_skipped(#[case] id: &str, #[case] lacks: &[&str], #[case] why: &str) {
    let fake = Fake::new(Flaw::None);
    let spec = spec_without(lacks);
    let outcome = perform(check(id), &context(&fake, &spec), &mut Values::new(7)).await;
    assert_eq!((outcome, fake.made()), (Outcome::Skipped(why.to_owned()), 0));
}

#[tokio::test]
async fn where_accounts_cannot_be_deleted_they_are_disabled() {
    let fake = Fake::new(Flaw::None);
    let spec = spec_without(&["std:account:delete"]);
    let outcome = perform(check("account-update-single-attrs"), &context(&fake, &spec), &mut Values::new(7)).await;
    let note = "the account new1 is only disabled: the specification lacks std:account:delete";
    assert_eq!(outcome, Outcome::Passed(vec![note.to_owned()]));
    assert_eq!((fake.made(), fake.left_behind()), (1, Vec::new()));
}

#[tokio::test]
async fn an_account_that_cannot_be_taken_back_is_a_failure() {
    let fake = Fake::new(Flaw::CreatesFromNothing);
    let spec = spec_without(&["std:account:delete", "std:account:disable"]);
    let outcome = perform(check("account-create-empty"), &context(&fake, &spec), &mut Values::new(7)).await;
    let problems = problems(outcome);
    assert!(problems.contains("the account new1 that this check made stays: the specification lacks std:account:delete; the specification lacks std:account:disable"), "{problems}");
}

#[tokio::test]
async fn where_deletion_only_deactivates_by_the_provider_s_rules_the_check_of_it_is_skipped() {
    let fake = Fake::new(Flaw::OnlyDeactivates);
    let spec = Spec::read(&fake).await.unwrap();
    let context = Context { deactivates: Some("salesforce".to_owned()), ..context(&fake, &spec) };
    let outcome = perform(check("account-create-list-delete"), &context, &mut Values::new(7)).await;
    let why =
        "rules of the provider salesforce: deletion only deactivates, so a deleted account stays readable and listed";
    assert_eq!((outcome, fake.made()), (Outcome::Skipped(why.to_owned()), 0));
}

#[tokio::test]
async fn an_interrupted_check_takes_back_what_it_made_and_does_not_pass() {
    let interrupted = CancellationToken::new();
    let mut fake = Fake::new(Flaw::None);
    fake.interrupt = Some(interrupted.clone());
    let spec = Spec::read(&fake).await.unwrap();
    let context = Context { interrupted, ..context(&fake, &spec) };
    let outcome = perform(check("account-update-entitlement"), &context, &mut Values::new(7)).await;
    assert!(problems(outcome).starts_with("interrupted"));
    assert_eq!((fake.made(), fake.left_behind()), (1, Vec::new()));
}

#[tokio::test]
async fn no_more_is_read_and_granted_than_the_limit() {
    let fake = Fake::new(Flaw::RefusesUpdates);
    let spec = Spec::read(&fake).await.unwrap();
    let context = Context { read_limit: 1, ..context(&fake, &spec) };
    let outcome = perform(check("account-update-entitlement"), &context, &mut Values::new(7)).await;
    let says = ["Add of \"g1\" to groups failed: read-only", "Remove of \"g1\" to groups failed: read-only"];
    assert_eq!(outcome, Outcome::Failed(says.map(str::to_owned).to_vec()));
}

/// What the settings make read-only is not written, but for what no account can do without.
#[tokio::test]
async fn what_a_source_makes_read_only_is_left_out_and_told() {
    let fake = Fake::new(Flaw::LosesTitle);
    let settings = serde_json::json!({"attributeMapping": [
        {"name": "title", "path": "title"}, {"name": "email", "path": "emails.value", "writable": "false"},
        {"name": "nickName", "path": "nickName", "writable": true},
    ]});
    let read_only = Custom::default().made_read_only(settings.as_object().unwrap());
    assert_eq!(read_only, ["email", "title"]);
    let spec = Spec::read(&fake).await.unwrap().without_writing(&read_only);
    let said = "email, title: left out, since attributeMapping does not make them writable";
    for id in ["account-create-maximal", "account-update-single-attrs"] {
        let Outcome::Passed(notes) = perform(check(id), &context(&fake, &spec), &mut Values::new(7)).await else {
            panic!("{id}")
        };
        assert!(notes.contains(&said.to_owned()), "{id}: {notes:?}");
    }
    assert!(spec.fields().iter().any(|field| field.key == "email"));
    // Without those settings the flaw is found.
    assert!(matches!(outcome("account-create-maximal", &fake).await, Outcome::Failed(_)));
}

#[test]
fn checks_are_chosen_by_id_and_by_whether_they_change_data() {
    let ids = |chosen: Vec<&Check>| chosen.into_iter().map(|check| check.id).collect::<Vec<_>>();
    let asked = ["test-connection-empty".to_owned(), "account-create-empty".to_owned()];
    assert_eq!(ids(selected(&asked, false).unwrap()), ["account-create-empty", "test-connection-empty"]);
    assert_eq!(ids(selected(&asked, true).unwrap()), ["test-connection-empty"]);
    assert_eq!(selected(&[], false).unwrap().len(), 14);
    assert_eq!(selected(&[], true).unwrap().len(), 8);
    assert!(selected(&asked[1..], true).is_err());
}

#[rstest::rstest]
#[case(&["--config-json", r#"{"baseUrl": "https://acme.my.salesforce.com", "clientId": "c", "clientSecret": "s"}"#], Ok(Some("salesforce")))]
#[case(&["--config-json", r#"{"baseUrl": "https://scim.example/v2", "authType": "none"}"#], Ok(None))]
#[case(&["--config-json", r#"{"other": "connector"}"#, "--url", "http://127.0.0.1:1"], Ok(None))]
#[case(&["--url", "http://127.0.0.1:1"], Ok(None))]
#[case(&["--config-json", "{}"], Err("the source's settings cannot be used: baseUrl is missing"))]
#[case(&[], Err("which source?"))]
fn the_provider_is_taken_from_the_settings(#[case] given: &[&str], #[case] expected: Result<Option<&str>, &str>) {
    let line = ["connector", "validate"].iter().chain(given);
    let Subcommand::Validate(args) = Cli::parse_from(line).subcommand else { panic!("another subcommand") };
    let settings = target::settings(&args.target).unwrap();
    match (deactivating_provider(&args, settings.as_ref(), &Profiles::built_in()), expected) {
        (Ok(provider), expected) => assert_eq!(Ok(provider.as_deref()), expected),
        (Err(error), Err(says)) => assert!(error.to_string().starts_with(says), "{error}"),
        (Err(error), Ok(_)) => panic!("{error}"),
    }
}

#[tokio::test]
async fn without_a_specification_there_is_nothing_to_check_against() {
    struct Silent(Value);
    impl Subject for Silent {
        fn ask<'a>(
            &'a self,
            _: &'a str,
            _: Value,
            _: super::subject::Settings,
        ) -> futures::future::BoxFuture<'a, Result<Vec<Value>, super::CliError>> {
            Box::pin(std::future::ready(Ok(vec![self.0.clone()])))
        }
    }
    for (answer, says) in
        [("{}", "std:spec:read gave no"), (r#"{"specification":{}}"#, "missing field `accountSchema`")]
    {
        let error = Spec::read(&Silent(serde_json::from_str(answer).unwrap())).await.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
