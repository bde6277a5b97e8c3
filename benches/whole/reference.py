"""A slow reading of users as accounts, written apart from the connector and as plainly as can be, to compare with."""

import json

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


def members(folder):
    """The groups of each user, as the groups tell."""
    groups = {}
    for page in (folder / "Groups").glob("*.json"):
        for group in json.loads(page.read_text(encoding="utf-8"))["Resources"]:
            for member in group["members"]:
                groups.setdefault(member["value"], set()).add(group["id"])
    return groups


def account(user, joined):
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
    return {"identity": user["id"], "key": {"simple": {"id": user["id"]}}, "disabled": not user["active"],
            "locked": False, "attributes": {name: value for name, value in attributes.items() if value is not None}}


def first_difference(folder, users, page, lines):
    """What differs first between the pages in `folder` and a connector's lines; `None`: nothing."""
    lines, joined = iter(lines), members(folder)
    for start in range(1, users + 1, page):
        for user in json.loads((folder / "Users" / f"{start}.json").read_text(encoding="utf-8"))["Resources"]:
            line = next(lines, None)
            if line is None:
                return f"the output ends before {user['id']}"
            event = json.loads(line)
            if event["type"] != "output":
                return f"instead of {user['id']}: {line[:500]}"
            expected = account(user, joined.get(user["id"], ()))
            if event["data"] != expected:
                return f"{event['data']}\nshould be\n{expected}"
    rest = next((line for line in lines if json.loads(line)["type"] == "output"), None)
    return rest and f"one line too many: {rest[:500]}"
