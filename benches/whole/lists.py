"""Lists of all users: beside the peers, at a slow provider, of a million, and many at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pages
import reference
from bench import PEERS
from programs import run
from table import Work, short

LIST = "std:account:list"
MIB = 2**20


def accounts_of(data):
    """The accounts that a list of this data set must consist of, where users and groups both tell who is in which group."""
    return reference.accounts(pages.resources(data, "Users"), reference.memberships(pages.resources(data, "Groups")))


def lists(bench):
    """A list of all users from the static upstream, beside the peers and beside fetching the same bytes without reading them."""
    users = bench.options.users
    data = bench.data()
    work = Work(f"list {users:,} users, pages of {bench.options.page}")
    with ExitStack() as stack:
        upstream = stack.enter_context(bench.upstream(data))
        service = stack.enter_context(bench.service())
        peers = {name: stack.enter_context(bench.peer(name)) for name in PEERS}
        body = bench.invocation(LIST, bench.static_config(upstream))
        yield work.same(bench.difference(service, body, accounts_of(data)))
        cpu_before = service.cpu()
        medians = bench.alternate({
            "bytes": lambda: fetch(bench, upstream, data),
            "service": lambda: bench.seconds(service, body),
            **{name: (lambda peer=peer: bench.seconds(peer, body)) for name, peer in peers.items()},
        })
        cpu = (service.cpu() - cpu_before) / (bench.options.runs + 1)
        took = medians["service"]
        written = {name: bench.command(program, body).bytes / MIB for name, program in {"service": service, **peers}.items()}
        better = min(medians[name] for name in PEERS)
        yield work.told("the service", f"{took:.3f} s, writes {short(written['service'])} MiB")
        for name, peer in peers.items():
            yield work.told(f"the {name} peer", f"{medians[name]:.3f} s, writes {short(written[name])} MiB, peak {peer.peak():.0f} MiB")
        yield work.at_least("faster than the better peer", better / took, "×", must=6, aim=8)
        yield work.at_most("the time of fetching the bytes alone", took / medians["bytes"], "×", must=3, aim=2.5,
                           note=f"{medians['bytes']:.3f} s")
        yield work.at_most("processor time for 100,000 users", cpu * 100_000 / users, "s", must=0.7, aim=0.5)
        yield work.at_most("peak memory", service.peak(), "MiB", must=48)


def fetch(bench, upstream, data):
    """Seconds that curl needs for all pages, eight at a time, when it throws them away."""
    urls = bench.folder / "urls"
    base = f"http://127.0.0.1:{upstream.port}/scim/v2/Users?startIndex="
    starts = sorted(int(file.stem) for file in (data / "Users").glob("*.json"))
    compressed = 'header = "accept-encoding: gzip"\n' if bench.options.gzip else ""
    urls.write_text(compressed + "".join(f'url = "{base}{start}"\noutput = "/dev/null"\n' for start in starts))
    begun = time.monotonic()
    run(["curl", "--silent", "--fail", "--parallel", "--parallel-max", "8", "--config", urls])
    return time.monotonic() - begun


def latency(bench):
    """Users at a provider that takes 100 ms for each request."""
    users, page, delay, concurrency = 20_000, 200, 0.1, 8
    least = users / page / concurrency * delay
    for dialect, rule, targets in (("rfc", "by index", {"must": 1.15}),
                                   ("salesforce", "by Salesforce's rules", {"must": 1.5, "aim": 1.25})):
        work = Work(f"list {users:,} users, 100 ms a request, {rule}")
        with ExitStack() as stack:
            service = stack.enter_context(bench.service())
            slow, fast = (stack.enter_context(bench.sandbox("--users", users, "--dialect", dialect, "--latency-ms", wait))
                          for wait in (int(delay * 1000), 0))
            body = bench.invocation(LIST, bench.sandbox_config(slow, dialect, concurrency=concurrency))
            expected = reference.accounts(reference.listed(bench.sandbox_config(fast, dialect)), have_profiles=dialect == "salesforce")
            yield work.same(bench.difference(service, body, expected))
            took = bench.alternate({"service": lambda: bench.seconds(service, body)})["service"]
        yield work.at_most(f"the time of {users // page} requests", took / least, "×", note=f"{took:.2f} s for {least:.2f} s", **targets)


def million(bench):
    """Ten times as many users, which the sandbox makes up while it is asked, so that none is read from disk."""
    few, many = 100_000, 300_000 if bench.options.quick else 1_000_000
    expected = None
    for page in (200,) if bench.options.quick else (200, 1000):
        for paging in ("index", "key"):
            def listed(users, also=None):
                with bench.sandbox("--users", users, "--dialect", "rfc") as sandbox, bench.service() as service:
                    config = bench.sandbox_config(sandbox, "rfc", paging=paging, pageSize=page)
                    body = bench.invocation(LIST, config)
                    answer = bench.command(service, body)
                    figures = service.peak(), service.cpu(), sandbox.cpu()
                    return answer, *figures, also and also(service, body, reference.accounts(reference.listed(config)))

            work = Work(f"list {many:,} users by {paging}, pages of {page:,}")
            before = listed(few)[1]
            answer, peak, cpu, sandbox_cpu, difference = listed(many, None if expected else bench.difference)
            expected = expected or answer.bytes
            yield work.same(difference or (answer.bytes != expected and f"{answer.bytes} bytes instead of {expected}"))
            yield work.told("the service", f"{answer.seconds:.1f} s, {cpu:.1f} s of processor time, the sandbox's {sandbox_cpu:.1f} s")
            yield work.at_most(f"memory a user beyond the peak of {few:,}", (peak - before) * MIB / (many - few), "bytes", must=16,
                               note=f"{before:.0f} MiB, {peak:.0f} MiB")


def sources(bench):
    """Many lists at once, each from a source of its own."""
    count = 32
    data = bench.data()
    with bench.upstream(data) as upstream, bench.service() as service:
        bodies = [bench.invocation(LIST, bench.static_config(upstream, clientId=f"client {number:02}")) for number in range(count)]
        with ThreadPoolExecutor(count) as threads:
            answers = list(threads.map(lambda body: bench.command(service, body), bodies))
        peak = service.peak()
        work = Work(f"{count} lists at once from {count} sources, {bench.options.users:,} users each")
        alone = bench.invocation(LIST, bench.static_config(upstream, clientId="client by itself"))
        expected = bench.command(service, alone).bytes
        other = [answer.bytes for answer in answers if answer.bytes != expected]
        yield work.same(bench.difference(service, alone, accounts_of(data))
                        or (f"{len(other)} lists have another length, as {other[0]} for {expected} bytes" if other else None))
    took = sorted(answer.seconds for answer in answers)
    yield work.at_most("peak memory", peak, "MiB", must=256)
    yield work.at_most("no source starves: last ÷ first", took[-1] / took[0], "×", must=2,
                       note=f"first {took[0]:.1f} s, median {took[count // 2]:.1f} s, last {took[-1]:.1f} s")
