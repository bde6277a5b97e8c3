//! The SCIM servers that the service is tried against: the sandbox in both dialects, scim2-server from `PyPI`,
//! scimmy-routers from npm, each with some users and groups, one group without members among them; without any, two for
//! Django from `PyPI` and one of Better Auth from npm.

use super::connector::Connector;
use super::process::{Process, free_port, http_client, peer, product, repository};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A server, the settings of a source for it, and how to talk to it past the service.
pub struct Server {
    pub base_url: String,
    pub settings: Value,
    /// The bearer token, where it wants one.
    pub token: Option<String>,
    client: reqwest::Client,
    _process: Process,
}

impl Server {
    /// The sandbox as Salesforce.
    pub async fn salesforce() -> Self {
        Self::sandbox("salesforce", "salesforce", "/services/scim/v2").await
    }

    /// The sandbox as a plain server.
    pub async fn rfc() -> Self {
        Self::sandbox("rfc", "generic", "/scim/v2").await
    }

    async fn sandbox(dialect: &str, provider: &str, path: &str) -> Self {
        let port = free_port();
        let mut command = product();
        command.args(["sandbox", "--dialect", dialect, "--listen", &format!("127.0.0.1:{port}")]);
        let base_url = format!("http://127.0.0.1:{port}{path}");
        let token_url = format!("http://127.0.0.1:{port}/services/oauth2/token");
        let process = Process::start("sandbox", &mut command).answering(&format!("{base_url}/Schemas")).await;
        let settings = json!({
            "provider": provider, "baseUrl": base_url, "authType": "oauth2", "tokenUrl": token_url,
            "clientId": "sandbox", "clientSecret": "sandbox",
        });
        let client = http_client();
        let token = sign_in(&client, &token_url).await;
        Self { base_url, settings, token: Some(token), client, _process: process }
    }

    /// scim2-server: memberships stand in its groups alone, its users carry no `groups`; its pages are shorter than what
    /// is asked for; PATCH answers 204.
    pub async fn scim2_server() -> Self {
        let server = Self::empty_scim2_server().await;
        server.fill().await;
        server
    }

    /// The same, without any users and groups.
    pub async fn empty_scim2_server() -> Self {
        Self::empty_scim2_server_saying("scim2-server.json").await
    }

    /// The same by cursor and nothing else: it refuses `startIndex`, and says so in its description.
    pub async fn empty_scim2_server_by_cursor() -> Self {
        Self::empty_scim2_server_saying("scim2-server-by-cursor.json").await
    }

    /// `config` is the description that it has, and keeps to.
    async fn empty_scim2_server_saying(config: &str) -> Self {
        let port = free_port();
        let mut command = Command::new(peer("python/bin/scim2-server"));
        command.args(["--port", &port.to_string()]);
        command.arg("--service-provider-config").arg(repository("tests/peers").join(config));
        let base_url = format!("http://127.0.0.1:{port}/v2");
        let process = Process::start("scim2-server", &mut command).answering(&format!("{base_url}/Schemas")).await;
        let settings = json!({"provider": "generic", "baseUrl": base_url, "authType": "none", "paging": "index"});
        Self { base_url, settings, token: None, client: http_client(), _process: process }
    }

    /// scimmy-routers on Express 4: relative `meta.location`; a PATCH that changes nothing answers 204.
    pub async fn scimmy() -> Self {
        let port = free_port();
        let mut command = Command::new("node");
        command.current_dir(peer("npm"));
        command.arg(repository("tests/peers/scimmy/server.js")).arg(port.to_string());
        let base_url = format!("http://127.0.0.1:{port}/scim/v2");
        let process = Process::start("scimmy", &mut command).answering(&format!("{base_url}/Schemas")).await;
        let token = "scimmy".to_owned();
        let settings = json!({"provider": "generic", "baseUrl": base_url, "authType": "bearerToken", "token": token});
        let server = Self { base_url, settings, token: Some(token), client: http_client(), _process: process };
        server.fill().await;
        server
    }

    /// django-scim2: no `Enterprise User`; a user's name, address and `active` are all that it keeps; members come and go by
    /// PATCH alone, and leave by the path `members` and a value.
    pub async fn django_scim2() -> Self {
        let settings = json!({
            "authType": "bearerToken", "token": "django", "attributeMapping": not_kept(),
            "providerSettings": {"writing.members.removal": "value"},
        });
        Self::django("django-scim2", settings).await
    }

    /// django-scim2-server: the same attributes; DELETE deactivates; the address changes only as a whole list.
    pub async fn django_scim2_server() -> Self {
        let settings = json!({
            "authType": "none", "attributeMapping": not_kept(),
            "providerSettings": {"deletion": "deactivates", "writing.patch": "values"},
        });
        Self::django("django-scim2-server", settings).await
    }

    /// A Django project, its database in a file of its own.
    async fn django(name: &'static str, mut settings: Value) -> Self {
        let port = free_port();
        let database = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{port}.sqlite"));
        if let Err(error) = std::fs::remove_file(&database) {
            assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        }
        let mut command = Command::new(peer("python/bin/python"));
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.arg(repository("tests/peers").join(name).join("serve.py")).arg(port.to_string()).arg(database);
        let base_url = format!("http://127.0.0.1:{port}/scim/v2");
        let process = Process::start(name, &mut command).answering(&format!("{base_url}/Schemas")).await;
        (settings["provider"], settings["baseUrl"]) = ("generic".into(), base_url.as_str().into());
        let token = settings["token"].as_str().map(str::to_owned);
        Self { base_url, settings, token, client: http_client(), _process: process }
    }

    /// Better Auth's plugin: it refuses what it does not know, attributes and paths alike.
    pub async fn better_auth() -> Self {
        let port = free_port();
        let mut command = Command::new("node");
        command.current_dir(peer("npm"));
        command.arg(repository("tests/peers/better-auth/serve.mjs")).arg(port.to_string());
        let base_url = format!("http://127.0.0.1:{port}/api/auth/scim/v2");
        let process = Process::start("better-auth", &mut command).answering(&format!("{base_url}/Schemas")).await;
        let token = "better-auth".to_owned();
        let settings = json!({
            "provider": "generic", "baseUrl": base_url, "authType": "bearerToken", "token": token,
            "attributeMapping": [{"name": "nickName", "path": "nickName"}],
        });
        Self { base_url, settings, token: Some(token), client: http_client(), _process: process }
    }

    /// The service, with this server as its source.
    pub async fn connector(&self) -> Connector {
        Connector::serve(self.settings.clone()).await
    }

    /// Creates a resource and gives its id.
    #[expect(clippy::disallowed_methods, reason = "the data are loaded past the service, not through transport")]
    pub async fn create(&self, resource: &str, body: Value) -> String {
        let request = self.client.post(format!("{}/{resource}", self.base_url)).bearer_auth(self.bearer());
        let request = request.header("content-type", "application/scim+json").body(body.to_string());
        let answer = request.send().await.unwrap_or_else(|error| panic!("{error:?}")).text().await.unwrap();
        let created: Value = serde_json::from_str(&answer).unwrap();
        created["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Adds members to a group.
    #[expect(clippy::disallowed_methods, reason = "the data are loaded past the service, not through transport")]
    pub async fn add_members(&self, group: &str, members: &[Value]) {
        let operation = json!({"op": "add", "path": "members", "value": members});
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
        let request = self.client.patch(format!("{}/Groups/{group}", self.base_url)).bearer_auth(self.bearer());
        let request = request.header("content-type", "application/scim+json").body(body.to_string());
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// A resource as the server has it.
    #[expect(clippy::disallowed_methods, reason = "the data are looked at past the service, not through transport")]
    pub async fn read(&self, resource: &str, id: &str) -> Value {
        let request = self.client.get(format!("{}/{resource}/{id}", self.base_url)).bearer_auth(self.bearer());
        serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
    }

    /// The ids of a group's members, sorted, as the server has them.
    pub async fn members(&self, group: &str) -> Vec<String> {
        let group = self.read("Groups", group).await;
        let members = group["members"].as_array().into_iter().flatten();
        let mut ids: Vec<String> = members.map(|member| member["value"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }

    fn bearer(&self) -> &str {
        self.token.as_deref().unwrap_or("none")
    }

    /// Some users, and groups with all of them, one of them, none.
    async fn fill(&self) {
        let mut members = Vec::new();
        for number in 0..5 {
            members.push(json!({"value": self.create("Users", user(number)).await}));
        }
        for (name, members) in [("All", &members[..]), ("One", &members[..1]), ("None", &[])] {
            self.create("Groups", group(name, members)).await;
        }
    }
}

/// The cards of the attributes that neither server for Django keeps: read-only, since writing them would come to nothing.
fn not_kept() -> Value {
    let enterprise = |name: &str| json!({"name": name, "path": format!("{ENTERPRISE}:{name}")});
    let core = |name: &str| json!({"name": name, "path": name});
    ["displayName", "nickName", "title"]
        .map(core)
        .into_iter()
        .chain(["department", "employeeNumber", "organization"].map(enterprise))
        .collect()
}

/// A user to load.
pub fn user(number: usize) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": format!("user.{number:04}@example.com"),
        "name": {"givenName": format!("Given {number}"), "familyName": format!("Family {number}")},
        "displayName": format!("User {number}"),
        "emails": [{"value": format!("other.{number:04}@example.com")},
                   {"value": format!("user.{number:04}@example.com"), "primary": true}],
        "active": !number.is_multiple_of(10),
        ENTERPRISE: {"department": format!("Department {}", number % 5), "employeeNumber": number.to_string()},
    })
}

/// A group to load.
pub fn group(name: &str, members: &[Value]) -> Value {
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}

#[expect(clippy::disallowed_methods, reason = "the token is for the test itself, not for the service")]
async fn sign_in(client: &reqwest::Client, token_url: &str) -> String {
    let form = "grant_type=client_credentials&client_id=sandbox&client_secret=sandbox";
    let request = client.post(token_url).header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}
