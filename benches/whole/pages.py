"""Writes a static SCIM data set, a file a page, for nginx to serve.

Users have about 2 KB each. Where they are seasoned, names are in many scripts, some written with escapes; members are null,
absent, written twice, or in another case; some users are written with blanks and line ends. The same shape gives the same bytes.
"""

import gzip
import json
import random
from dataclasses import dataclass
from pathlib import Path

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BASE = "https://scim.example.com/v2"
SURNAMES = ["Łukasz", "Ōe", "Müller", "O'Brien", "Nguyễn", "Жук", "王", "עמית", "Ünal", "👩‍🚀 Ray", 'Quo"te', "Back\\slash", "Tab\tin"]
SINGLE_USERS = 1000


@dataclass(frozen=True)
class Shape:
    """What a data set is like."""

    users: int
    page: int = 200
    groups: int = 500
    members: int = 20
    attributes: int = 0
    seasoned: bool = False
    seed: int = 0
    gzip: bool = False


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


def seasoned(one, number, seed):
    """The user's text, made harder to read in a way that its number and the seed decide."""
    dice = random.Random(f"{seed} {number}")
    name = dice.choice(SURNAMES) + str(number)
    one["name"]["familyName"] = one["displayName"] = name
    for absent in dice.sample(["nickName", "title", "phoneNumbers", "roles", "timezone", "name", "addresses"], 2):
        del one[absent]
    for empty in dice.sample(["externalId", "locale", "userType", "emails", "preferredLanguage"], 2):
        one[empty] = None
    if dice.random() < 0.15:
        one["groups"] = one["groups"][::-1] + [dict(one["groups"][0], type="indirect", value="00Gindirect")]
    blanks = {"indent": 1} if dice.random() < 0.1 else {"separators": (",", ":")}
    text = json.dumps(one, ensure_ascii=dice.random() < 0.5, **blanks)
    if dice.random() < 0.2:
        text = text.replace('"userName":', '"userName":"overwritten","userName":', 1)
    if dice.random() < 0.1:
        text = text.replace('"displayName":', '"DISPLAYNAME":', 1)
    return text.replace("/", "\\/") if dice.random() < 0.1 else text


def plain(one):
    return json.dumps(one, separators=(",", ":"))


def write(folder, total, shape, text_of):
    """Pages of what `text_of` gives for the numbers below `total`, and an empty one behind them."""
    folder.mkdir(parents=True)
    for start in [*range(1, total + 1, shape.page), total + 1]:
        rows = [text_of(number) for number in range(start - 1, min(start - 1 + shape.page, total))]
        head = {"schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(rows)}
        body = (plain(head)[:-1] + ',"Resources":[' + ",".join(rows) + "]}").encode()
        (folder / f"{start}.json").write_bytes(body)
        if shape.gzip:
            # Compressed beforehand, so that no time of the upstream's is measured.
            (folder / f"{start}.json.gz").write_bytes(gzip.compress(body, 1, mtime=0))


def generate(folder, shape):
    def text_of(number):
        one = user(number, shape.groups, shape.attributes)
        return seasoned(one, number, shape.seed) if shape.seasoned else plain(one)

    write(folder / "Users", shape.users, shape, text_of)
    write(folder / "Groups", shape.groups, shape, lambda number: plain(group(number, shape.members, shape.users)))
    (folder / "Users" / "of").mkdir()
    for number in range(min(shape.users, SINGLE_USERS)):
        (folder / "Users" / "of" / f"005{number:015d}.json").write_text(text_of(number), encoding="utf-8")


def resources(folder, kind):
    """The users or groups of a data set, in order, as Python reads them."""
    for page in sorted((folder / kind).glob("*.json"), key=lambda file: int(file.stem)):
        yield from json.loads(page.read_bytes())["Resources"]
