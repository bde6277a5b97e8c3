//! A small server that does what RFC 7644 says, as far as the tests of writing need it. It shares nothing with the client,
//! and a test may step in before it answers.

use super::harness::with;
use super::upstream::{Asked, Reply, Turn, Upstream};
use http::Method;
use scim_connector::clock::Clock;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The server and what it holds.
pub struct Standard {
    pub upstream: Upstream,
    store: Arc<Mutex<Store>>,
}

/// Resources by their path's last two segments: `Users/u1`.
#[derive(Default)]
pub struct Store {
    resources: BTreeMap<String, Value>,
    made: usize,
}

impl Standard {
    /// With the users u1, u2, u3 and the groups g1 (all three are members), g2 (u2 is), g3 (nobody).
    pub async fn start() -> Self {
        Self::stepping_in(|_, _| None).await
    }

    /// The test's function may answer first, and may let the store do the work as well.
    pub async fn stepping_in(first: impl Fn(&Asked, &mut Store) -> Option<Turn> + Send + Sync + 'static) -> Self {
        let store = Arc::new(Mutex::new(Store::filled()));
        let shared = Arc::clone(&store);
        let upstream = Upstream::start(move |asked| {
            let mut store = shared.lock().unwrap();
            first(asked, &mut store).unwrap_or_else(|| store.answer(asked).into())
        })
        .await;
        Self { upstream, store }
    }

    pub fn config(&self, settings: Value) -> Value {
        with(&self.upstream.config(json!({"groupMembership": "auto"})), settings)
    }

    /// A resource as it is now: `Users/u1`.
    pub fn resource(&self, path: &str) -> Value {
        self.store.lock().unwrap().resource(path)
    }

    /// The ids of a group's members.
    pub fn members(&self, group: &str) -> Vec<String> {
        let members = self.resource(&format!("Groups/{group}"))["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
    }

    pub fn put(&self, path: &str, resource: Value) {
        self.store.lock().unwrap().put(path, resource);
    }

    /// The names of all users.
    pub fn user_names(&self) -> Vec<String> {
        let store = self.store.lock().unwrap();
        let users = store.resources.iter().filter(|(path, _)| path.starts_with("Users/"));
        users.map(|(_, user)| user["userName"].as_str().unwrap().to_owned()).collect()
    }
}

impl Store {
    fn filled() -> Self {
        let mut store = Self::default();
        for id in ["u1", "u2", "u3"] {
            let user = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": id, "userName": format!("{id}@example.com"),
                "active": true, "title": "Ms", "name": {"familyName": "Lovelace", "honorificSuffix": "PhD"},
                "emails": [{"type": "home", "value": "home@example.com"}, {"type": "work", "value": format!("{id}@example.com")}],
                "x509Certificates": [{"value": "MII"}],
                "meta": {"resourceType": "User", "created": "2020-01-01T00:00:00Z", "version": "W/\"1\""},
            });
            store.resources.insert(format!("Users/{id}"), user);
        }
        for (id, members) in [("g1", vec!["u1", "u2", "u3"]), ("g2", vec!["u2"]), ("g3", vec![])] {
            let members: Vec<Value> = members.iter().map(|id| json!({"value": id, "type": "User"})).collect();
            let group = json!({"id": id, "displayName": format!("Group {id}"), "members": members, "meta": {"resourceType": "Group"}});
            store.resources.insert(format!("Groups/{id}"), group);
        }
        store
    }

    pub fn resource(&self, path: &str) -> Value {
        self.resources.get(path).cloned().unwrap_or_default()
    }

    pub fn put(&mut self, path: &str, resource: Value) {
        self.resources.insert(path.to_owned(), resource);
    }

    /// Does what the request says.
    pub fn answer(&mut self, asked: &Asked) -> Reply {
        let path = asked.path.strip_prefix("/scim/v2/").unwrap_or_default();
        if !path.contains('/') {
            return if asked.method == Method::POST { self.create(path, asked) } else { self.list(path, asked) };
        }
        let Some(resource) = self.resources.get(path).cloned() else { return Reply::error(404, "no such resource") };
        let changed = match asked.method {
            Method::PATCH => match patched(resource, &asked.json()) {
                Ok(changed) => changed,
                Err(says) => return Reply::error(400, &says),
            },
            Method::PUT => with(&asked.json(), json!({"id": resource["id"], "meta": resource["meta"]})),
            Method::DELETE => {
                self.resources.remove(path);
                return Reply { status: 204, content_type: "application/scim+json", body: String::new() };
            }
            _ => return Reply::json(200, &resource),
        };
        self.resources.insert(path.to_owned(), changed.clone());
        Reply::json(200, &changed)
    }

    fn create(&mut self, path: &str, asked: &Asked) -> Reply {
        let body = asked.json();
        let is_taken = |user: &Value| same(&user["userName"], &body["userName"]);
        if self.of(path).any(is_taken) {
            return Reply::json(
                409,
                &json!({"scimType": "uniqueness", "detail": "userName is taken", "status": "409"}),
            );
        }
        self.made += 1;
        let id = format!("new{}", self.made);
        let meta = json!({"resourceType": "User", "created": Clock::system().now().to_rfc3339()});
        let mut created = with(&body, json!({"id": id, "meta": meta}));
        created.as_object_mut().unwrap().remove("password");
        self.resources.insert(format!("{path}/{id}"), created.clone());
        Reply::json(201, &created)
    }

    fn list(&self, path: &str, asked: &Asked) -> Reply {
        if !["Users", "Groups"].contains(&path) && self.of(path).next().is_none() {
            return Reply::error(404, "no such endpoint");
        }
        let filter = asked.query.get("filter").and_then(|filter| filter.split_once(" eq "));
        let found: Vec<&Value> = self
            .of(path)
            .filter(|resource| {
                filter.is_none_or(|(name, value)| {
                    let value: Value = serde_json::from_str(value).unwrap();
                    match name.split_once('.') {
                        None => same(&resource[name], &value),
                        Some((name, sub)) => {
                            resource[name].as_array().is_some_and(|list| list.iter().any(|one| same(&one[sub], &value)))
                        }
                    }
                })
            })
            .collect();
        let page: Vec<&Value> = found.iter().skip(asked.start() - 1).take(asked.count()).copied().collect();
        Reply::json(200, &json!({"totalResults": found.len(), "startIndex": asked.start(), "Resources": page}))
    }

    fn of<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Value> {
        let is_there = move |found: &(&String, &Value)| found.0.starts_with(&format!("{path}/"));
        self.resources.iter().filter(is_there).map(|(_, resource)| resource)
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
        _ => left == right,
    }
}

/// RFC 7644 §3.5.2, for paths of the forms `name`, `name.sub`, `URN:name`, `name[filter]` and `name[filter].sub`.
fn patched(mut resource: Value, body: &Value) -> Result<Value, String> {
    for operation in body["Operations"].as_array().ok_or("no Operations")? {
        let (op, value) = (operation["op"].as_str().unwrap_or_default(), &operation["value"]);
        let Some(path) = operation["path"].as_str() else {
            let members = value.as_object().ok_or("a value without a path must be an object")?;
            resource.as_object_mut().unwrap().extend(members.clone());
            continue;
        };
        let (container, path) = match path.rsplit_once(':') {
            Some((urn, path)) => {
                let container = resource.as_object_mut().unwrap().entry(urn).or_insert_with(|| json!({}));
                (container.as_object_mut().unwrap(), path)
            }
            None => (resource.as_object_mut().unwrap(), path),
        };
        apply(container, op, path, value)?;
    }
    Ok(resource)
}

fn apply(container: &mut Map<String, Value>, op: &str, path: &str, value: &Value) -> Result<(), String> {
    if let Some((name, rest)) = path.split_once('[') {
        let (filter, sub) = rest.split_once(']').ok_or("a bracket is open")?;
        let list = container.get_mut(name).and_then(Value::as_array_mut).ok_or("noTarget")?;
        let before = list.len();
        match (op, sub.strip_prefix('.')) {
            ("remove", None) => list.retain(|element| !holds(element, filter)),
            ("replace", Some(sub)) => {
                let element = list.iter_mut().find(|element| holds(element, filter)).ok_or("noTarget")?;
                element[sub] = value.clone();
                return Ok(());
            }
            _ => return Err(format!("{op} of {path}")),
        }
        return if list.len() < before { Ok(()) } else { Err("noTarget".to_owned()) };
    }
    let (container, name) = match path.split_once('.') {
        Some((name, sub)) => {
            (container.entry(name).or_insert_with(|| json!({})).as_object_mut().ok_or("no object")?, sub)
        }
        None => (container, path),
    };
    match (op, container.get_mut(name), value) {
        // Here a removal with a value takes all the same: that is what the wrapped form of Salesforce does elsewhere.
        ("remove", _, _) => drop(container.remove(name)),
        ("add", Some(Value::Array(list)), Value::Array(more)) => {
            let new: Vec<Value> = more.iter().filter(|one| !holds_value(list, one)).cloned().collect();
            list.extend(new);
        }
        _ => drop(container.insert(name.to_owned(), value.clone())),
    }
    Ok(())
}

fn holds_value(list: &[Value], one: &Value) -> bool {
    list.iter().any(|held| held.get("value").unwrap_or(held) == one.get("value").unwrap_or(one))
}

/// `name eq literal`, several joined by `and`.
fn holds(element: &Value, filter: &str) -> bool {
    filter.split(" and ").all(|part| {
        let (name, value) = part.split_once(" eq ").unwrap();
        element[name] == serde_json::from_str::<Value>(value).unwrap()
    })
}
