//! scim2-tester from `PyPI`, which reads what a server says of itself and then tries each resource and attribute, against
//! the sandbox as a plain server: that what the service is tested with is itself what RFC 7644 says.

use super::process::{Process, peer, repository};
use super::servers::Server;
use std::process::Command;
use std::time::Duration;

const RUN: Duration = Duration::from_mins(2);

#[tokio::test]
async fn the_plain_sandbox_is_a_server_by_the_book() {
    let server = Server::rfc().await;
    let mut command = Command::new(peer("python/bin/python"));
    command.arg(repository("tests/peers/scim2-tester/run.py"));
    command.args([&server.base_url, server.token.as_ref().unwrap()]);
    let mut tester = Process::start("scim2-tester", &mut command);
    let status = tester.ended(RUN).await;
    assert!(status.success(), "{}", tester.output());
}
