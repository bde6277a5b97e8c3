//! Which attribute a provider's sentence is about, as far as the sentence tells.

/// What providers call the attributes of accounts, in small letters and digits, and what they are called here.
const NAMES: &[(&str, &str)] = &[
    ("username", "userName"),
    ("userlogin", "userName"),
    ("userprincipalname", "userName"),
    ("login", "userName"),
    ("email", "email"),
    ("emails", "email"),
    ("emailsvalue", "email"),
    ("emailaddress", "email"),
    ("lastname", "familyName"),
    ("surname", "familyName"),
    ("familyname", "familyName"),
    ("namefamilyname", "familyName"),
    ("firstname", "givenName"),
    ("givenname", "givenName"),
    ("namegivenname", "givenName"),
    ("displayname", "displayName"),
    ("nickname", "nickName"),
    ("communitynickname", "nickName"),
    ("externalid", "externalId"),
    ("federationidentifier", "externalId"),
    ("federationid", "externalId"),
    ("employeenumber", "employeeNumber"),
    ("department", "department"),
    ("manager", "managerId"),
    ("managerid", "managerId"),
    ("profileid", "profile"),
    ("locale", "locale"),
    ("localesidkey", "locale"),
    ("languagelocalekey", "preferredLanguage"),
    ("preferredlanguage", "preferredLanguage"),
    ("timezone", "timezone"),
    ("timezonesidkey", "timezone"),
    ("phonenumber", "phone"),
    ("phonenumbers", "phone"),
    ("phonenumbersvalue", "phone"),
    ("members", "members"),
    ("password", "password"),
    ("usertype", "userType"),
];

/// Attributes whose names are words of their own: they count only where the sentence is about them.
const PLAIN: &[&str] = &["title", "alias", "active", "name", "type", "role", "roles", "groups", "country", "value"];

/// Words that follow what a sentence is about.
const VERBS: &[&str] = &["is", "are", "must", "can't", "cannot", "can", "has", "should", "may", "exceeds", "does"];

/// Words that stand before or after an attribute's name.
const ANNOUNCED_BY: &[&str] = &["attribute", "attributes", "field", "fields", "property", "parameter", "path"];

/// The attribute that these words are about, by its name here where it has one, else as the provider writes it. `fields` are
/// the attributes that the answer lists by themselves.
pub fn of(fields: &[String], words: &str) -> Option<String> {
    let listed = fields.iter().map(String::as_str).find(|field| is_name(field));
    listed.or_else(|| in_brackets(words)).map(own_name).or_else(|| {
        let words: Vec<&str> =
            words.split(|c: char| !(c.is_alphanumeric() || "_.:$-".contains(c))).filter(|w| !w.is_empty()).collect();
        known_before_verb(&words).or_else(|| known(&words)).or_else(|| announced(&words)).or_else(|| subject(&words))
    })
}

/// `Required fields are missing: [LastName, Email]`: the first.
fn in_brackets(words: &str) -> Option<&str> {
    let (_, list) = words.split_once('[')?;
    let (list, _) = list.split_once(']')?;
    list.split(',').map(|name| name.trim().trim_matches(['"', '\''])).find(|name| is_name(name))
}

/// `Error saving {username: ada}: Email has already been taken`: what a verb follows is what the sentence is about.
fn known_before_verb(words: &[&str]) -> Option<String> {
    words.windows(2).find_map(|pair| match pair {
        [word, verb] if VERBS.contains(verb) => lookup(word).map(str::to_owned),
        _ => None,
    })
}

/// The first word, or two words together, that are a name of an attribute. An address is a value, not a name.
fn known(words: &[&str]) -> Option<String> {
    let pairs = words.windows(2).map(<[&str]>::concat);
    let single = words.iter().map(|word| (*word).to_owned());
    let position = |candidate: &String| lookup(candidate).is_some();
    single.chain(pairs).find(position).map(|found| own_name(&found))
}

/// The word after "attribute", "field" and the like, or before it, if it looks like a name.
fn announced(words: &[&str]) -> Option<String> {
    let is_announced = |word: &str| ANNOUNCED_BY.contains(&word.to_ascii_lowercase().as_str());
    let place = words.iter().position(|word| is_announced(word))?;
    let after = words.get(place + 1).filter(|word| looks_like_code(word));
    let before = place.checked_sub(1).and_then(|before| words.get(before)).filter(|word| looks_like_code(word));
    after.or(before).map(|name| own_name(name))
}

/// `costCenter is mandatory`, `Alias: data value too large`.
fn subject(words: &[&str]) -> Option<String> {
    let is_plain = |word: &str| PLAIN.contains(&word.trim_end_matches(':').to_ascii_lowercase().as_str());
    let before_verb = words.windows(2).find_map(|pair| match pair {
        [word, verb] if VERBS.contains(verb) && (looks_like_code(word) || is_plain(word)) => Some(*word),
        _ => None,
    });
    let first = words.first().copied().filter(|word| word.ends_with(':') && is_plain(word));
    before_verb.or(first).map(own_name)
}

fn own_name(name: &str) -> String {
    let name = name.trim_matches(['.', ':', '-']);
    let last = if name.starts_with("urn:") { name.rsplit(':').next().unwrap_or(name) } else { name };
    lookup(name).map_or_else(|| last.chars().take(80).collect(), str::to_owned)
}

fn lookup(name: &str) -> Option<&'static str> {
    let name = name.trim_end_matches(':');
    let name = name.rsplit(':').next().unwrap_or(name);
    let reduced: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    NAMES.iter().find(|(theirs, _)| *theirs == reduced).map(|(_, ours)| *ours)
}

fn is_name(text: &str) -> bool {
    (2..=80).contains(&text.len()) && text.chars().all(|c| c.is_alphanumeric() || "_.:$-".contains(c))
}

/// `costCenter`, `cost_center`, `name.familyName`: no word of a sentence looks so.
fn looks_like_code(word: &str) -> bool {
    let word = word.trim_matches(['.', ':', '-']);
    let has_inner_capital = word.chars().skip(1).any(char::is_uppercase) && word.chars().any(char::is_lowercase);
    is_name(word) && (has_inner_capital || word.contains(['_', '.', ':', '$']))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    #[rstest]
    #[case("Required fields are missing: [LastName, Email]", Some("familyName"))]
    #[case("Required fields are missing: [CostCenter__c]", Some("CostCenter__c"))]
    #[case("A user with that user name already exists", Some("userName"))]
    #[case("Duplicate user: ada@example.com", None)]
    #[case("userName is taken", Some("userName"))]
    #[case(
        "Attribute urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber is immutable",
        Some("employeeNumber")
    )]
    #[case("The attribute 'costCenter' is readOnly", Some("costCenter"))]
    #[case("costCenter attribute is unknown", Some("costCenter"))]
    #[case("Error saving user with {:username=>\"ada\"}: Email has already been taken", Some("email"))]
    #[case("The field is wrong", None)]
    #[case("an account with the email address of somebody else", Some("email"))]
    #[case("name.familyName must not be blank", Some("familyName"))]
    #[case("costCenter is mandatory", Some("costCenter"))]
    #[case("title must not be longer than 40 characters", Some("title"))]
    #[case("Alias: data value too large: adalovelace (max length=8)", Some("Alias"))]
    #[case("Time Zone: bad value for restricted picklist field: Berlin", Some("timezone"))]
    #[case("Path urn:ietf:params:scim:schemas:extension:x:2.0:User:division is not known", Some("division"))]
    #[case("Error: it is so", None)]
    #[case("", None)]
    fn the_attribute_that_words_are_about(#[case] words: &str, #[case] attribute: Option<&str>) {
        assert_eq!(super::of(&[], words).as_deref(), attribute);
    }

    #[test]
    fn listed_fields_come_first() {
        assert_eq!(super::of(&["Username".to_owned()], "email is wrong").as_deref(), Some("userName"));
    }
}
