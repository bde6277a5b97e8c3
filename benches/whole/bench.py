"""What the measurements need: the programs under test, the static upstream, and how a list is fetched."""

import json
import shutil
import statistics
import time
from pathlib import Path

import pages
from programs import Program, free_port, run

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
PEERS = ("sequential", "concurrent")


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

    def data(self, users=None, page=None):
        """Pages of this many users; made once."""
        options = self.options
        users, page = users or options.users, page or options.page
        if (users, page) not in self.made:
            self.made[users, page] = pages.generate(
                self.folder / f"data-{users}-{page}", users, page, members=options.members,
                attributes=options.attributes, season=options.seasoned)
        return self.made[users, page]

    def upstream(self, data):
        """nginx with these pages."""
        port, scratch = free_port(), self.folder / f"nginx-{time.monotonic_ns()}"
        scratch.mkdir()
        gzip = "gzip on; gzip_types application/scim+json; gzip_comp_level 1;" if self.options.gzip else ""
        text = (HERE / "nginx.conf.in").read_text()
        for name, value in (("DATA", data), ("RUN", scratch), ("PORT", port), ("GZIP", gzip)):
            text = text.replace(f"@{name}@", str(value))
        (scratch / "nginx.conf").write_text(text)
        return Program(["nginx", "-c", scratch / "nginx.conf"], port, scratch / "out")

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

    def invocation(self, command, config, **given):
        body = self.folder / f"invocation-{time.monotonic_ns()}.json"
        body.write_text(json.dumps({"type": command, "input": given, "config": config}))
        return body

    def seconds(self, program, body, output="/dev/null"):
        """How long a command takes until its last byte is here."""
        told = run(["curl", "--silent", "--show-error", "--fail-with-body", "--output", output, "--write-out", "%{time_total}", "--header",
                    "content-type: application/json", "--data-binary", f"@{body}", f"http://127.0.0.1:{program.port}/invoke"])
        return float(told)

    def alternate(self, contestants):
        """The medians of several actions, run in turn after one run each that does not count."""
        times = {name: [] for name in contestants}
        for round_number in range(self.options.runs + 1):
            for name, action in contestants.items():
                took = action()
                if round_number:
                    times[name].append(took)
        return {name: statistics.median(measured) for name, measured in times.items()}
