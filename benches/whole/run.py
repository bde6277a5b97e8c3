#!/usr/bin/env python3
"""Measures the service as a whole process: speed, processor time and memory, beside connectors on the vendor's SDK.

Everything runs on loopback and in a temporary folder. Runs alternate, so that a machine that is busy for a while is busy for
all; medians are printed as one table. Needs nginx, curl, wrk, and Node 18 with npm.
"""

import argparse
import tempfile
from pathlib import Path

import measurements
from bench import Bench


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000, help="how many users are listed (default %(default)s)")
    parser.add_argument("--page", type=int, default=200, help="users on a page (default %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each program (default %(default)s)")
    parser.add_argument("--attributes", type=int, default=0, help="further attributes of each user, which are not mapped")
    parser.add_argument("--members", type=int, default=20, help="members of each group (default %(default)s)")
    parser.add_argument("--seasoned", action="store_true", help="users in many scripts, with escapes, nulls, members twice")
    parser.add_argument("--gzip", action="store_true", help="the upstream compresses what it sends")
    parser.add_argument("--only", nargs="+", choices=list(measurements.ALL), default=list(measurements.ALL))
    parser.add_argument("--binary", type=Path, help="the service to measure; without it, it is built")
    return parser.parse_args()


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="whole-bench-") as folder:
        Path(folder).chmod(0o755)  # nginx's workers may run as another user
        bench = Bench(options, Path(folder))
        print("| work | figure | measured |\n|---|---|---|", flush=True)
        for name in options.only:
            for work, figure, measured in measurements.ALL[name](bench):
                print(f"| {work} | {figure} | {measured} |", flush=True)


if __name__ == "__main__":
    main()
