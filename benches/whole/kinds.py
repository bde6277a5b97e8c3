"""Lists of other kinds of data: hard to read, wide, large groups, small and large pages, compressed or not."""

import pages
import reference
from lists import LIST, MIB, accounts_of
from table import Work, short

MEMBERS = 5000
# What a list may take, in MiB: as much as any list, and each byte in flight twice, as it came and as what is made of it. In
# flight are as many pages as there are requests at once, up to what the service reads ahead in the whole process.
ANY, CONCURRENCY, AHEAD = 48, 8, 64
WIDE = {"attributes": 60, "members": 20}


def kinds(bench):
    """What the data looks like decides how much is in flight; the number of pages must not."""
    users = bench.options.users // 5
    groups = users // 100
    for page in (200, 50, 1000):
        yield from measured(bench, f"{users:,} seasoned users", page, users=users, seasoned=True)
    for page in (50, 1000):
        yield from measured(bench, f"{users:,} wide users", page, users=users, **WIDE)
    large = {"users": users, "groups": groups, "members": min(MEMBERS, users), "attributes": 0}
    for page in (50, 1000):
        yield from measured(bench, f"{users:,} users of {groups} groups of {large['members']:,}", page, memberships="group", **large)
        yield from measured(bench, f"{groups} groups of {large['members']:,}", page, memberships=None, **large)


def measured(bench, name, page, memberships="auto", **shape):
    """`memberships`: which of the two sides tells them; `None`: the groups themselves are listed, not the accounts."""
    data = bench.data(page=page, **shape)
    work = Work(f"list {name}, pages of {page:,}")
    if memberships == "auto":
        expected = accounts_of(data)
    elif memberships:
        joined = reference.memberships(pages.resources(data, "Groups"))
        expected = reference.accounts(pages.resources(data, "Users"), joined, of_users=False)
    else:
        expected = reference.entitlements(pages.resources(data, "Groups"))
    command, given = (LIST, {}) if memberships else ("std:entitlement:list", {"type": "group"})
    with bench.upstream(data) as upstream, bench.service() as service:
        config = bench.static_config(upstream, pageSize=page, groupMembership=memberships or "auto")
        body = bench.invocation(command, config, **given)
        took = bench.alternate({"service": lambda: bench.seconds(service, body)})["service"]
        peak, lists = service.peak(), bench.options.runs + 1
        cpu, sent = service.cpu() / lists, bench.sent(upstream) / MIB / lists
        difference = bench.difference(service, body, expected)
    yield work.same(difference)
    yield work.told("the service", f"{took:.2f} s, {cpu:.2f} s of processor time, {short(sent)} MiB read, {short(sent / took)} a second")
    flight = in_flight(data)
    yield work.at_most("peak memory", peak, "MiB", must=round(ANY + 2 * flight), note=f"with {short(flight)} MiB in flight")


def in_flight(data):
    """MiB of pages that may be there at one time."""
    largest = max(sum(sorted((file.stat().st_size for file in (data / kind).glob("*.json")), reverse=True)[:CONCURRENCY])
                  for kind in ("Users", "Groups"))
    return min(largest / MIB, AHEAD)


def gzip(bench):
    """Pages that are compressed or not, and callers who would take a compressed answer or not."""
    for compressed in (False, True):
        data = bench.data(gzip=compressed)
        work = Work(f"list {bench.options.users:,} users from an upstream that {'compresses' if compressed else 'does not compress'}")
        with bench.upstream(data) as upstream, bench.service() as service:
            body = bench.invocation(LIST, bench.static_config(upstream))
            took = bench.alternate({"service": lambda: bench.seconds(service, body)})["service"]
            lists = bench.options.runs + 1
            cpu, sent, peak = service.cpu() / lists, bench.sent(upstream) / MIB / lists, service.peak()
            plain, asked = bench.command(service, body), bench.command(service, body, "--header", "accept-encoding: gzip")
            yield work.same(bench.difference(service, body, accounts_of(data)))
        yield work.told("the service", f"{took:.2f} s, {cpu:.2f} s of processor time, {short(sent)} MiB read, peak {peak:.0f} MiB")
        yield work.told("to a caller who takes gzip", f"{short(asked.bytes / MIB)} MiB in {asked.seconds:.2f} s; "
                        f"to one who does not, {short(plain.bytes / MIB)} MiB in {plain.seconds:.2f} s")
