"""The measurements, each a generator of rows: what was done, which figure it is, what was measured."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import reference
from bench import PEERS
from programs import run

LIST = "std:account:list"


def lists(bench):
    """A list of all users from the static upstream, beside the peers and beside fetching the same bytes without reading them."""
    users, page = bench.options.users, bench.options.page
    data = bench.data()
    work = f"list {users:,} users, pages of {page}"
    with ExitStack() as stack:
        upstream = stack.enter_context(bench.upstream(data))
        service = stack.enter_context(bench.service())
        peers = {name: stack.enter_context(bench.peer(name)) for name in PEERS}
        body = bench.invocation(LIST, bench.static_config(upstream))
        output = bench.folder / "accounts.ndjson"
        bench.seconds(service, body, output)
        with output.open(encoding="utf-8") as lines:
            difference = reference.first_difference(data, users, page, lines)
        yield work, "every line as the slow reference has it", difference or "yes"
        cpu_before = service.cpu()
        medians = bench.alternate({
            "bytes": lambda: fetch(bench, upstream, data),
            "service": lambda: bench.seconds(service, body),
            **{name: (lambda peer=peer: bench.seconds(peer, body)) for name, peer in peers.items()},
        })
        cpu = (service.cpu() - cpu_before) / (bench.options.runs + 1)
        better = min(medians[name] for name in PEERS)
        yield work, "the service", f"{medians['service']:.3f} s, {cpu:.2f} s of processor time"
        for name in PEERS:
            yield work, f"the {name} peer", f"{medians[name]:.3f} s"
        yield work, "faster than the better peer", f"{better / medians['service']:.1f} ×"
        yield work, "time of fetching the bytes alone", f"{medians['bytes']:.3f} s; {medians['service'] / medians['bytes']:.1f} ×"
        yield work, "peak memory of the service", f"{service.peak():.0f} MiB"
        for name, peer in peers.items():
            yield work, f"peak memory of the {name} peer", f"{peer.peak():.0f} MiB"


def fetch(bench, upstream, data):
    """Seconds that curl needs for all pages, eight at a time, when it throws them away."""
    urls = bench.folder / "urls"
    base = f"http://127.0.0.1:{upstream.port}/scim/v2/Users?startIndex="
    starts = sorted(int(file.stem) for file in (data / "Users").glob("*.json"))
    compressed = "compressed\n" if bench.options.gzip else ""
    urls.write_text(compressed + "".join(f'url = "{base}{start}"\noutput = "/dev/null"\n' for start in starts))
    begun = time.monotonic()
    run(["curl", "--silent", "--fail", "--parallel", "--parallel-max", "8", "--config", urls])
    return time.monotonic() - begun


def latency(bench):
    """20,000 users at a provider that takes 100 ms for each request."""
    users, delay, concurrency = 20_000, 0.1, 8
    for dialect, path, limit in (("rfc", "/scim/v2", "by index"), ("salesforce", "/services/scim/v2", "Salesforce's rules")):
        least = users / 200 / concurrency * delay
        with bench.sandbox("--users", users, "--dialect", dialect, "--latency-ms", int(delay * 1000)) as sandbox:
            with bench.service() as service:
                origin = f"http://127.0.0.1:{sandbox.port}"
                config = {"provider": "salesforce" if dialect == "salesforce" else "generic", "baseUrl": origin + path,
                          "tokenUrl": f"{origin}/services/oauth2/token", "clientId": "sandbox", "clientSecret": "sandbox",
                          "pageSize": 200, "concurrency": concurrency, "groupMembership": "user"}
                body = bench.invocation(LIST, config)
                took = bench.alternate({"service": lambda: bench.seconds(service, body)})["service"]
        yield f"list {users:,} users, 100 ms a request, {limit}", "the service", f"{took:.2f} s; {took / least:.2f} × {least:.2f} s"


def wrk(bench, program, body=None, path="/invoke", connections=64, seconds=5):
    """Requests a second and the median latency in ms."""
    script = bench.folder / "post.lua"
    lines = ['wrk.headers["authorization"] = "Bearer benchmark"']
    if body:
        lines += ['wrk.method = "POST"', 'wrk.headers["content-type"] = "application/json"',
                  f"wrk.body = [=[{Path(body).read_text()}]=]"]
    script.write_text("\n".join(lines))
    told = run(["wrk", "--threads", 1, "--connections", connections, "--duration", f"{seconds}s", "--latency", "--script", script,
                f"http://127.0.0.1:{program.port}{path}"])
    if "Non-2xx" in told:
        raise SystemExit(f"requests failed: {told}")
    median, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", told).groups()
    per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", told).group(1))
    return per_second, float(median) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def reads(bench):
    """std:account:read, 64 at once, and what the service adds to the upstream's own time."""
    identity = f"005{7:015d}"
    with ExitStack() as stack:
        upstream = stack.enter_context(bench.upstream(bench.data()))
        service = stack.enter_context(bench.service())
        peers = {name: stack.enter_context(bench.peer(name)) for name in PEERS}
        config = bench.static_config(upstream, groupMembership="user", concurrency=64)
        body = bench.invocation("std:account:read", config, identity=identity, key={"simple": {"id": identity}})
        speeds = bench.alternate({
            "service": lambda: wrk(bench, service, body)[0],
            **{name: (lambda peer=peer: wrk(bench, peer, body)[0]) for name, peer in peers.items()},
        })
        better = max(speeds[name] for name in PEERS)
        yield "read one account, 64 at once", "the service", f"{speeds['service']:,.0f} a second"
        yield "read one account, 64 at once", "the better peer", f"{better:,.0f} a second; {speeds['service'] / better:.1f} ×"
        medians = bench.alternate({
            "service": lambda: wrk(bench, service, body, connections=1, seconds=2)[1],
            "upstream": lambda: wrk(bench, upstream, path=f"/scim/v2/Users/{identity}", connections=1, seconds=2)[1],
        })
        over = medians["service"] - medians["upstream"]
        yield "read one account, one at a time", "median over the upstream's own", f"{over:.2f} ms over {medians['upstream']:.2f} ms"


def start(bench):
    """From the start of the process to its first answer, and the binary."""
    def once():
        begun = time.monotonic()
        with bench.service() as service:
            run(["curl", "--silent", "--fail", f"http://127.0.0.1:{service.port}/readyz"])
            return time.monotonic() - begun
    took = bench.alternate({"service": once})["service"]
    yield "start", "to the first answer", f"{took * 1000:.0f} ms"
    stripped = bench.folder / "stripped"
    run(["strip", "--output-file", stripped, bench.binary])
    yield "binary", "stripped", f"{stripped.stat().st_size / 2**20:.1f} MiB"


def sources(bench):
    """32 lists at once, each from a source of its own."""
    count = 32
    with bench.upstream(bench.data()) as upstream, bench.service() as service:
        bodies = [bench.invocation(LIST, bench.static_config(upstream, clientId=f"client {number}")) for number in range(count)]
        with ThreadPoolExecutor(count) as threads:
            took = sorted(threads.map(lambda body: bench.seconds(service, body), bodies))
        work = f"{count} lists at once from {count} sources"
        yield work, "first, median, last", f"{took[0]:.1f} s, {took[count // 2]:.1f} s, {took[-1]:.1f} s"
        yield work, "peak memory of the service", f"{service.peak():.0f} MiB"


ALL = {"lists": lists, "latency": latency, "reads": reads, "start": start, "sources": sources}
