//! The product's own connector, in this process, against the sandbox.

use super::context;
use crate::cli::args::TargetArgs;
use crate::cli::target::Target;
use crate::cli::validate::checks::CHECKS;
use crate::cli::validate::perform;
use crate::cli::validate::spec::Spec;
use crate::cli::validate::subject::Connector;
use crate::cli::validate::trial::{Context, Outcome};
use crate::cli::validate::values::Values;
use crate::clock::Clock;
use crate::sandbox::{CLIENT_ID, CLIENT_SECRET, Options, Sandbox};
use serde_json::json;
use tokio::net::TcpListener;

#[tokio::test]
async fn the_product_s_own_connector_passes_what_it_has_commands_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sandbox = Sandbox::start(Options::default(), Clock::system(), listener).unwrap();
    let settings = json!({
        "provider": "salesforce", "baseUrl": sandbox.base_url(), "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET,
    });
    let target = TargetArgs { config: None, config_json: None, url: None, profiles: None, token: None, debug: false };
    let subject = Connector {
        target: Target::of(&target, std::sync::Arc::default()).unwrap(),
        settings: settings.as_object().cloned(),
    };
    let spec = Spec::read(&subject).await.unwrap();
    let context = Context { deactivates: Some("salesforce".to_owned()), ..context(&subject, &spec) };
    // One for all: a name that was used once stays taken here, though its account is gone.
    let mut values = Values::new(7);
    for check in CHECKS {
        match perform(check, &context, &mut values).await {
            Outcome::Passed(notes) => assert_eq!(notes, Vec::<String>::new(), "{}", check.id),
            Outcome::Skipped(why) => assert!(check.mutates, "{}: {why}", check.id),
            Outcome::Failed(problems) => panic!("{}: {problems:?}", check.id),
        }
    }
}
