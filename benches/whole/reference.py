"""A slow reading of users as accounts, written apart from the connector and as plainly as can be, to compare with."""

import json
import urllib.parse
import urllib.request

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def get(value, *names):
    """The member at this path; names are compared without regard to case (RFC 7643, section 2.1)."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = next((found for known, found in value.items() if known.lower() == name.lower()), None)
    return value


def first(values):
    values = values or []
    chosen = [one for one in values if one.get("primary") is True] or values
    return chosen[0].get("value") if chosen else None


def ids(values):
    return sorted({one["value"] for one in values or [] if one.get("type") != "indirect"})


def memberships(groups):
    """The groups of each user, as the groups tell."""
    joined = {}
    for group in groups:
        for member in group["members"]:
            joined.setdefault(member["value"], set()).add(group["id"])
    return joined


def account(user, joined, has_profile=False):
    attributes = {
        "id": get(user, "id"), "userName": get(user, "userName"), "displayName": get(user, "displayName"),
        "nickName": get(user, "nickName"), "givenName": get(user, "name", "givenName"),
        "familyName": get(user, "name", "familyName"), "formattedName": get(user, "name", "formatted"),
        "email": first(get(user, "emails")), "phone": first(get(user, "phoneNumbers")), "title": get(user, "title"),
        "department": get(user, ENTERPRISE, "department"), "employeeNumber": get(user, ENTERPRISE, "employeeNumber"),
        "organization": get(user, ENTERPRISE, "organization"), "managerId": get(user, ENTERPRISE, "manager", "value"),
        "managerName": get(user, ENTERPRISE, "manager", "displayName"), "externalId": get(user, "externalId"),
        "locale": get(user, "locale"), "timezone": get(user, "timezone"),
        "preferredLanguage": get(user, "preferredLanguage"), "userType": get(user, "userType"),
        "active": get(user, "active"), "created": get(user, "meta", "created"),
        "lastModified": get(user, "meta", "lastModified"), "userRoles": ids(get(user, "roles")),
        "groups": sorted({*ids(get(user, "groups")), *joined}), "entitlements": ids(get(user, "entitlements")),
    }
    if has_profile:
        attributes["profile"] = next((one["display"] for one in user["entitlements"] if one["type"] == "Profile"), None)
    return {"identity": user["id"], "key": {"simple": {"id": user["id"]}}, "disabled": not user["active"],
            "locked": False, "attributes": {name: value for name, value in attributes.items() if value is not None}}


def accounts(users, joined=None, of_users=True, have_profiles=False):
    """Accounts in whose groups are those that the users name, and those that `joined` has of them."""
    for user in users:
        named = user if of_users else {**user, "groups": []}
        yield account(named, (joined or {}).get(user["id"], ()), have_profiles)


def entitlements(groups):
    for group in groups:
        yield {"identity": group["id"], "key": {"simple": {"id": group["id"]}}, "type": "group",
               "attributes": {"id": group["id"], "displayName": group["displayName"]}}


def listed(config):
    """The users that a server lists to whoever has these settings, one page of `id gt` after the other."""
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": config["clientId"],
                                   "client_secret": config["clientSecret"]}).encode()
    with urllib.request.urlopen(config["tokenUrl"], form) as answer:
        token = json.load(answer)["access_token"]
    filters = {}
    while True:
        query = urllib.parse.urlencode({"count": 200, **filters})
        request = urllib.request.Request(f"{config['baseUrl']}/Users?{query}", headers={"authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as answer:
            users = json.load(answer)["Resources"]
        if not users:
            return
        yield from users
        filters = {"filter": f'id gt "{users[-1]["id"]}"'}


def departure(found, expected):
    """The first member that differs."""
    if isinstance(found, dict) and isinstance(expected, dict):
        name = next(name for name in [*expected, *found] if found.get(name) != expected.get(name))
        return f"{name}: {departure(found.get(name), expected.get(name))}"
    return f"{found!r} should be {expected!r}"


def first_difference(expected, lines):
    """What differs first between what is expected and a connector's lines; `None`: nothing."""
    lines = iter(lines)
    for one in expected:
        line = next(lines, None)
        if line is None:
            return f"the output ends before {one['identity']}"
        event = json.loads(line)
        if event["type"] != "output":
            return f"instead of {one['identity']}: {line[:500]}"
        if event["data"] != one:
            return f"{one['identity']}: {departure(event['data'], one)}"
    rest = next((line for line in lines if json.loads(line)["type"] == "output"), None)
    return rest and f"one line too many: {rest[:500]}"
