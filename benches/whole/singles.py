"""What is small: single accounts, the start, the binary."""

import re
import time
from contextlib import ExitStack
from pathlib import Path

from bench import PEERS
from programs import run
from table import Work

MIB = 2**20


def wrk(bench, program, body=None, path="/invoke", connections=64):
    """Requests a second and the median latency in ms."""
    script = bench.folder / "post.lua"
    lines = ['wrk.headers["authorization"] = "Bearer benchmark"']
    if body:
        lines += ['wrk.method = "POST"', 'wrk.headers["content-type"] = "application/json"',
                  f"wrk.body = [=[{Path(body).read_text()}]=]"]
    script.write_text("\n".join(lines))
    seconds = 1 if bench.options.quick else 3
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
        medians = bench.alternate({
            "service": lambda: wrk(bench, service, body, connections=1)[1],
            "upstream": lambda: wrk(bench, upstream, path=f"/scim/v2/Users/{identity}", connections=1)[1],
        })
    better = max(speeds[name] for name in PEERS)
    yield Work("read one account, 64 at once").at_least(
        "requests a second, beside the better peer's", speeds["service"] / better, "×", must=10,
        note=f"{speeds['service']:,.0f} and {better:,.0f}")
    yield Work("read one account, one at a time").at_most(
        "median over the upstream's own", medians["service"] - medians["upstream"], "ms", must=1,
        note=f"over {medians['upstream']:.2f} ms")


def start(bench):
    """From the start of the process to its first answer, and the binary."""
    def once():
        begun = time.monotonic()
        with bench.service() as service:
            run(["curl", "--silent", "--fail", f"http://127.0.0.1:{service.port}/readyz"])
            return time.monotonic() - begun
    took = bench.alternate({"service": once})["service"]
    yield Work("start").at_most("to the first answer", took * 1000, "ms", must=50)
    stripped = bench.folder / "stripped"
    run(["strip", "--output-file", stripped, bench.binary])
    yield Work("binary").at_most("stripped", stripped.stat().st_size / MIB, "MiB", must=14)
