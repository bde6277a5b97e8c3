"""Writes a static SCIM data set, a file a page, for nginx to serve.

Users have about 2 KB each. With `seasoned`, names are in many scripts, some written with escapes; members are null, absent,
written twice, or in another case. The same arguments give the same bytes.
"""

import json
import random
from pathlib import Path

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BASE = "https://scim.example.com/v2"
SURNAMES = ["Łukasz", "Ōe", "Müller", "O'Brien", "Nguyễn", "Жук", "王", "עמית", "Ünal", "👩‍🚀 Ray", 'Quo"te', "Back\\slash", "Tab\tin"]
SINGLE_USERS = 1000


def user(number, groups, attributes):
    identity = f"005{number:015d}"
    given, family = f"Given{number % 7919}", f"Family{number % 9973}"
    one = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "id": identity,
        "externalId": f"ext-{number}",
        "meta": {"resourceType": "User", "created": "2024-01-01T00:00:00Z", "lastModified": "2026-01-01T00:00:00Z",
                 "location": f"{BASE}/Users/{identity}", "version": f'W/"{number}"'},
        "userName": f"user{number}@example.com",
        "name": {"familyName": family, "givenName": given, "formatted": f"{given} {family}"},
        "displayName": f"{given} {family}", "nickName": f"user{number}", "title": "Engineer", "userType": "Standard",
        "emails": [{"type": "work", "primary": True, "value": f"user{number}@example.com"}],
        "phoneNumbers": [{"type": "work", "value": f"+1555{number:07d}"}],
        "addresses": [{"type": "work", "primary": True, "streetAddress": "1 Market St", "locality": "San Francisco",
                       "region": "CA", "postalCode": "94105", "country": "US",
                       "formatted": "1 Market St, San Francisco CA 94105 US"}],
        "locale": "en_US", "preferredLanguage": "en_US", "timezone": "America/Los_Angeles", "active": number % 10 != 0,
        "groups": [{"value": group_id(number * step % groups), "display": f"Group {number * step % groups}",
                    "type": "direct", "$ref": f"{BASE}/Groups/{group_id(number * step % groups)}"} for step in (1, 7, 13)],
        "entitlements": [{"value": "00e000000000001AAA", "display": "Standard User", "type": "Profile", "primary": True},
                         {"value": f"0PS{number % 40:015d}", "display": f"Permission Set {number % 40}",
                          "type": "PermissionSet"}],
        "roles": [{"value": f"00E{number % 30:015d}", "display": f"Role {number % 30}"}],
        ENTERPRISE: {"organization": "Example", "department": f"Department {number % 50}", "employeeNumber": f"E{number}",
                     "manager": {"value": f"005{number // 10:015d}", "displayName": f"Manager {number // 10}"}},
    }
    if attributes:
        one["urn:example:wide"] = {f"attribute{at}": f"value {at} of {number}" for at in range(attributes)}
    return one


def group_id(number):
    return f"00G{number:015d}"


def group(number, members, users):
    return {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": group_id(number),
            "displayName": f"Group {number}", "meta": {"resourceType": "Group"},
            "members": [{"value": f"005{(number * members + at) % users:015d}", "type": "User"} for at in range(members)]}


def seasoned(one, number):
    """The user's text, made harder to read in a way that its number decides."""
    dice = random.Random(number)
    name = dice.choice(SURNAMES) + str(number)
    one["name"]["familyName"] = one["displayName"] = name
    for absent in dice.sample(["nickName", "title", "phoneNumbers", "roles", "timezone", "name", "addresses"], 2):
        del one[absent]
    for empty in dice.sample(["externalId", "locale", "userType", "emails", "preferredLanguage"], 2):
        one[empty] = None
    if number % 7 == 0:
        one["groups"] = one["groups"][::-1] + [dict(one["groups"][0], type="indirect", value="00Gindirect")]
    text = json.dumps(one, ensure_ascii=number % 2 == 0, separators=(",", ":"))
    if number % 5 == 0:
        text = text.replace('"userName":', '"userName":"overwritten","userName":', 1)
    if number % 11 == 0:
        text = text.replace('"displayName":', '"DISPLAYNAME":', 1)
    return text


def plain(one, _number):
    return json.dumps(one, separators=(",", ":"))


def write(folder, kind, total, page, text_of):
    (folder / kind).mkdir(parents=True, exist_ok=True)
    for start in [*range(1, total + 1, page), total + 1]:
        rows = [text_of(number) for number in range(start - 1, min(start - 1 + page, total))]
        head = {"schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(rows)}
        body = json.dumps(head, separators=(",", ":"))[:-1] + ',"Resources":[' + ",".join(rows) + "]}"
        (folder / kind / f"{start}.json").write_text(body, encoding="utf-8")


def generate(folder, users, page, groups=500, members=20, attributes=0, season=False):
    folder = Path(folder)
    shape = seasoned if season else plain
    write(folder, "Users", users, page, lambda number: shape(user(number, groups, attributes), number))
    (folder / "Users" / "of").mkdir()
    for number in range(min(users, SINGLE_USERS)):
        text = shape(user(number, groups, attributes), number)
        (folder / "Users" / "of" / f"005{number:015d}.json").write_text(text, encoding="utf-8")
    write(folder, "Groups", groups, page, lambda number: plain(group(number, members, users), number))
    return folder
