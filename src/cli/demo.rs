//! `demo`: the sandbox and the service together, and the story that they tell.

use super::args::DemoArgs;
use super::client::Client;
use super::output::{self, FAINT, TITLE, styled};
use super::story::Story;
use super::{CliError, local};
use crate::clock::Clock;
use crate::connector::custom::Custom;
use crate::connector::{Connector, global_pool};
use crate::product;
use crate::sandbox::{self, CLIENT_ID, CLIENT_SECRET, Sandbox};
use crate::server::{self, Server, shutdown_signal};
use crate::telemetry::{self, Format};
use crate::transport::NetworkPolicy;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use url::Url;

pub(super) async fn run(args: DemoArgs, custom: Arc<Custom>) -> Result<(), CliError> {
    let stop = shutdown_signal().map_err(|error| CliError::Failed(format!("signals cannot be heard: {error}")))?;
    // For once, any free port will do.
    let port = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, if args.once { 0 } else { port }));
    let listener = local::listen(port(args.sandbox_port), "--sandbox-port").await?;
    let sandbox = Sandbox::start(sandbox::Options::default(), Clock::system(), listener)
        .map_err(|error| CliError::Failed(error.to_string()))?;
    let listener = local::listen(port(args.port), "--port").await?;
    let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
    let connector = Arc::new(Connector::with(custom, global_pool(), policy));
    let server = Server::start(listener, server::Options::default(), connector)
        .map_err(|error| CliError::Failed(error.to_string()))?;
    let url = format!("http://{}", server.address());

    output::text(&styled(TITLE, &format!("{} {} · demo", product::get().title, product::get().version)))?;
    output::text("")?;
    output::text(&format!("The sandbox plays Salesforce  {}", sandbox.base_url()))?;
    output::text(&format!("The connector serves          {url}"))?;

    let service = Url::parse(&url).map_err(|error| CliError::Failed(error.to_string()))?;
    let story = Story { client: Client::new(service, None)?, config: config(&sandbox) };
    let made = story.tell().await?;
    sandbox.reset();
    output::text(&styled(
        FAINT,
        &format!("   The {made} accounts of this demo are taken back; the sandbox is as it was."),
    ))?;
    next_steps(&args, &url, &config(&sandbox))?;
    if !args.once {
        // Only now: the story is told in its own words.
        telemetry::init(Format::Human, false);
        stop.await;
    }
    server.shut_down().await;
    Ok(())
}

/// The settings of a source that is the sandbox.
fn config(sandbox: &Sandbox) -> Value {
    json!({
        "provider": "salesforce",
        "baseUrl": sandbox.base_url(),
        "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET,
    })
}

fn next_steps(args: &DemoArgs, url: &str, config: &Value) -> Result<(), CliError> {
    let name = product::get().name;
    output::text("")?;
    output::text(&styled(TITLE, "What to try next"))?;
    if args.once {
        output::text("   The same, and it keeps serving:          cargo run --release -- demo")?;
    } else {
        let body = json!({"type": "std:account:list", "input": {}, "config": config});
        output::text("   Ask the connector as the platform does:")?;
        output::text(&format!("   curl -N {url} -H 'content-type: application/json' -d '{body}'"))?;
    }
    output::text("   Run the commands as a collection:        postman/README.md")?;
    output::text(&format!("   One command against any SCIM API:        {name} invoke --help"))?;
    output::text("   Your own provider, deploying, forking:   README.md")?;
    if !args.once {
        output::text("")?;
        output::text(&styled(FAINT, "Serving until Ctrl-C."))?;
    }
    Ok(())
}
