//! All profiles: those that are built in, and those that were added to them.

use super::Profile;
use super::load::{InvalidProfile, over};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// What every other profile extends, unless it says otherwise.
pub(super) const BASE: (&str, &str) = ("generic", include_str!("profiles/generic.json"));

/// The files of the other built-in profiles, by name, in the order in which people are shown them. One that extends
/// another stands after it.
pub(super) const BUILT_IN: &[(&str, &str)] = &[
    ("salesforce", include_str!("profiles/salesforce.json")),
    ("atlassian", include_str!("profiles/atlassian.json")),
    ("aws", include_str!("profiles/aws.json")),
    ("databricks", include_str!("profiles/databricks.json")),
    ("entra-style", include_str!("profiles/entra-style.json")),
    ("fusionauth", include_str!("profiles/fusionauth.json")),
    ("github", include_str!("profiles/github.json")),
    ("google", include_str!("profiles/google.json")),
    ("keycloak", include_str!("profiles/keycloak.json")),
    ("oracle", include_str!("profiles/oracle.json")),
    ("slack", include_str!("profiles/slack.json")),
    ("snowflake", include_str!("profiles/snowflake.json")),
    ("wso2", include_str!("profiles/wso2.json")),
    ("zscaler", include_str!("profiles/zscaler.json")),
];

#[expect(clippy::expect_used, reason = "constants, each of which a test reads")]
static PROFILES: LazyLock<Profiles> = LazyLock::new(|| {
    let read = |text: &str| serde_json::from_str::<Map<String, Value>>(text).expect("the built-in profiles are JSON");
    let (base, json) =
        over(&Map::new(), vec![BASE.0.to_owned()], &read(BASE.1)).expect("the built-in profile is valid");
    let mut profiles = Profiles { base: Known::new(base, json), others: Vec::new() };
    for (name, text) in BUILT_IN {
        profiles.add(name, read(text)).expect("the built-in profiles are valid");
    }
    profiles
});

#[cfg(any(test, feature = "fuzzing"))]
pub static GENERIC: LazyLock<Arc<Profile>> = LazyLock::new(|| Arc::clone(PROFILES.generic()));

#[cfg(any(test, feature = "fuzzing"))]
#[expect(clippy::expect_used, reason = "a test reads it")]
pub static SALESFORCE: LazyLock<Arc<Profile>> =
    LazyLock::new(|| Arc::clone(PROFILES.named("salesforce").expect("it is built in")));

/// A set of profiles; copies are cheap.
#[derive(Clone)]
pub struct Profiles {
    base: Known,
    others: Vec<Known>,
}

/// A profile, and the JSON of the whole of it.
#[derive(Clone)]
struct Known {
    profile: Arc<Profile>,
    json: Arc<Map<String, Value>>,
}

impl Known {
    fn new(profile: Profile, json: Map<String, Value>) -> Self {
        Self { profile: Arc::new(profile), json: Arc::new(json) }
    }
}

impl Profiles {
    /// Those that come with the connector.
    pub fn built_in() -> Self {
        PROFILES.clone()
    }

    /// Adds a profile: what differs from `generic`, or from the profile that its `extends` names. One of a name that is
    /// there takes its place only where it says `"replaces": true`; profiles that extend the old one stay as they are.
    ///
    /// # Errors
    /// [`InvalidProfile`] has every problem with it.
    pub fn add(&mut self, name: &str, mut content: Map<String, Value>) -> Result<(), InvalidProfile> {
        let mut problems = InvalidProfile::default();
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || !name.bytes().all(is_name) {
            problems.push("the name", format!("\"{name}\" must be small letters, digits and hyphens"));
        }
        let replaces = match content.remove("replaces") {
            None => false,
            Some(Value::Bool(replaces)) => replaces,
            Some(_) => {
                problems.push("replaces", "must be true or false");
                false
            }
        };
        if name == BASE.0 {
            problems.push("the name", "generic is what others are made from, and cannot be replaced");
        } else if self.named(name).is_some() && !replaces {
            problems.push("replaces", format!("must be true, since there is a profile {name} already"));
        }
        let base = match content.remove("extends") {
            None => Some(&self.base),
            Some(extended) => extended.as_str().and_then(|extended| self.known(extended)),
        };
        if base.is_none() {
            problems.push("extends", format!("must be one of {}", self.names().join(", ")));
        }
        let base = base.unwrap_or(&self.base);
        let lineage = [&base.profile.lineage[..], &[name.to_owned()]].concat();
        match over(&base.json, lineage, &content) {
            Ok((profile, json)) if problems.is_empty() => {
                let known = Known::new(profile, json);
                match self.others.iter_mut().find(|other| other.profile.name == name) {
                    Some(other) => *other = known,
                    None => self.others.push(known),
                }
                Ok(())
            }
            Ok(_) => Err(problems),
            Err(mut more) => {
                problems.append(&mut more);
                Err(problems)
            }
        }
    }

    /// The profile of that name, with changes of a source's own.
    ///
    /// # Errors
    /// [`InvalidProfile`] has every problem with them.
    pub fn changed(
        &self,
        profile: &Arc<Profile>,
        changes: &Map<String, Value>,
    ) -> Result<Arc<Profile>, InvalidProfile> {
        match self.known(&profile.name) {
            Some(known) if !changes.is_empty() => Ok(Arc::new(over(&known.json, profile.lineage.clone(), changes)?.0)),
            _ => Ok(Arc::clone(profile)),
        }
    }

    /// RFC 7644 and nothing else.
    pub fn generic(&self) -> &Arc<Profile> {
        &self.base.profile
    }

    /// The profile of that name.
    pub fn named(&self, name: &str) -> Option<&Arc<Profile>> {
        self.known(name).map(|known| &known.profile)
    }

    /// The profile that claims a host. Of several it is the one that was added last.
    pub fn of_host(&self, host: &str) -> Option<&Arc<Profile>> {
        self.others.iter().rev().map(|known| &known.profile).find(|profile| profile.owns(host))
    }

    /// All of them, in the order in which people are shown them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Profile>> {
        self.all().map(|known| &known.profile)
    }

    /// The names of all of them.
    pub fn names(&self) -> Vec<&str> {
        self.iter().map(|profile| profile.name.as_str()).collect()
    }

    fn known(&self, name: &str) -> Option<&Known> {
        self.all().find(|known| known.profile.name == name)
    }

    fn all(&self) -> impl Iterator<Item = &Known> {
        self.others.iter().chain([&self.base])
    }
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
