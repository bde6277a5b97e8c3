"""What the measurements need: the programs under test, the static upstream, and how a list is fetched."""

import json
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pages
import reference
from pages import Shape
from programs import Program, free_port, run

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
PEERS = ("sequential", "concurrent")


class Answer(NamedTuple):
    seconds: float
    bytes: int


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.binary = (options.binary or self.build()).resolve()
        self.made = {}

    @staticmethod
    def build():
        run(["cargo", "build", "--release", "--locked"], cwd=PROJECT)
        return PROJECT / "target" / "release" / "scim-connector"

    def data(self, **other):
        """The folder of a data set: the one that the command line describes, but for these differences. Made once."""
        options = self.options
        given = {name: getattr(options, name) for name in ("users", "page", "members", "attributes", "seasoned", "seed", "gzip")}
        shape = Shape(**{**given, **other})
        if shape not in self.made:
            self.made[shape] = self.folder / f"data-{len(self.made)}"
            pages.generate(self.made[shape], shape)
        return self.made[shape]

    def upstream(self, data):
        """nginx with these pages."""
        port, scratch = free_port(), self.folder / f"nginx-{time.monotonic_ns()}"
        scratch.mkdir()
        text = (HERE / "nginx.conf.in").read_text()
        for name, value in (("DATA", data), ("RUN", scratch), ("PORT", port)):
            text = text.replace(f"@{name}@", str(value))
        (scratch / "nginx.conf").write_text(text)
        return Program(["nginx", "-c", scratch / "nginx.conf"], port, scratch / "out")

    @staticmethod
    def sent(upstream):
        """How many bytes nginx has sent so far."""
        return sum(map(int, (upstream.log.parent / "sent").read_text().split()))

    def service(self, *arguments):
        port = free_port()
        command = [self.binary, "serve", "--listen", f"127.0.0.1:{port}", *arguments]
        return Program(command, port, self.folder / f"service-{port}.log")

    def sandbox(self, *arguments):
        port = free_port()
        command = [self.binary, "sandbox", "--listen", f"127.0.0.1:{port}", *arguments]
        return Program(command, port, self.folder / f"sandbox-{port}.log")

    def peer(self, name):
        """A connector on the vendor's SDK, in the SDK's own development server."""
        folder = self.folder / "peers"
        if not folder.exists():
            shutil.copytree(HERE / "peers", folder)
            run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder)
        port = free_port()
        spcx = (folder / "node_modules" / ".bin" / "spcx").resolve()
        return Program(["node", spcx, "run", f"{name}.js", port], port, self.folder / f"{name}.log", cwd=folder)

    def static_config(self, upstream, **further):
        """Settings for the static upstream."""
        origin = f"http://127.0.0.1:{upstream.port}"
        return {"provider": "generic", "baseUrl": f"{origin}/scim/v2", "tokenUrl": f"{origin}/token", "clientId": "benchmark",
                "clientSecret": "benchmark", "pageSize": self.options.page, "concurrency": 8, **further}

    @staticmethod
    def sandbox_config(sandbox, dialect, **further):
        """Settings for the service's own sandbox."""
        origin = f"http://127.0.0.1:{sandbox.port}"
        provider, path = ("salesforce", "/services/scim/v2") if dialect == "salesforce" else ("generic", "/scim/v2")
        return {"provider": provider, "baseUrl": origin + path, "tokenUrl": f"{origin}/services/oauth2/token",
                "clientId": "sandbox", "clientSecret": "sandbox", "pageSize": 200, "concurrency": 8,
                "groupMembership": "user", **further}

    def invocation(self, command, config, **given):
        body = self.folder / f"invocation-{time.monotonic_ns()}.json"
        body.write_text(json.dumps({"type": command, "input": given, "config": config}))
        return body

    @staticmethod
    def curl(program, body, *further):
        return ["curl", "--silent", "--show-error", "--fail-with-body", *further, "--header", "content-type: application/json",
                "--data-binary", f"@{body}", f"http://127.0.0.1:{program.port}/invoke"]

    def command(self, program, body, *further):
        """How long a command takes until its last byte is here, and how many bytes come."""
        told = run(self.curl(program, body, "--output", "/dev/null", "--write-out", "%{time_total} %{size_download}", *further))
        seconds, size = told.split()
        return Answer(float(seconds), int(size))

    def seconds(self, program, body):
        return self.command(program, body).seconds

    def difference(self, program, body, expected):
        """What differs first between a command's lines and what is expected, while they come."""
        command = list(map(str, self.curl(program, body)))
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8") as answer:
            found = reference.first_difference(expected, answer.stdout)
            answer.stdout.close()
        return found or (f"curl ended with {answer.returncode}" if answer.returncode else None)

    def alternate(self, contestants):
        """The medians of several actions, run in turn after one run each that does not count."""
        times = {name: [] for name in contestants}
        for round_number in range(self.options.runs + 1):
            for name, action in contestants.items():
                took = action()
                if round_number:
                    times[name].append(took)
        return {name: statistics.median(measured) for name, measured in times.items()}
