#!/usr/bin/env python3
"""Measures the service as a whole process: speed, processor time and memory, beside connectors on the vendor's SDK.

Everything runs on loopback and in a temporary folder. Runs alternate, so that a machine that is busy for a while is busy for
all; medians are printed as one table, with the targets. The exit code is 1 if any line differs from the slow reference; a
target that is missed is only marked. Needs nginx, curl, wrk, strip (binutils), and Node 18 with npm.
"""

import argparse
import tempfile
from pathlib import Path

import kinds
import lists
import singles
import table
from bench import Bench

MEASUREMENTS = {"start": singles.start, "lists": lists.lists, "latency": lists.latency, "reads": singles.reads,
                "sources": lists.sources, "kinds": kinds.kinds, "gzip": kinds.gzip, "million": lists.million}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer users and runs: two minutes instead of ten")
    parser.add_argument("--users", type=int, help="how many users are listed (default 100000; --quick: 20000)")
    parser.add_argument("--page", type=int, default=200, help="users on a page (default %(default)s)")
    parser.add_argument("--runs", type=int, help="runs of each program that count (default 5; --quick: 1)")
    parser.add_argument("--attributes", type=int, default=0, help="further attributes of each user, which are not mapped")
    parser.add_argument("--members", type=int, default=20, help="members of each group (default %(default)s)")
    parser.add_argument("--seasoned", action="store_true",
                        help="users in many scripts, with escapes, blanks, nulls, members twice and in another case")
    parser.add_argument("--seed", type=int, default=0, help="other seasoned users (default %(default)s)")
    parser.add_argument("--gzip", action="store_true", help="the upstream compresses what it sends")
    parser.add_argument("--only", nargs="+", choices=list(MEASUREMENTS), default=list(MEASUREMENTS))
    parser.add_argument("--binary", type=Path, help="the service to measure; without it, it is built")
    options = parser.parse_args()
    options.users = options.users or (20_000 if options.quick else 100_000)
    options.runs = options.runs or (1 if options.quick else 5)
    return options


def main():
    options = arguments()
    wrong = False
    with tempfile.TemporaryDirectory(prefix="whole-bench-") as folder:
        Path(folder).chmod(0o755)  # nginx's workers may run as another user
        bench = Bench(options, Path(folder))
        print(table.HEAD, flush=True)
        for name in options.only:
            for row in MEASUREMENTS[name](bench):
                print(row, flush=True)
                wrong |= row.is_wrong
    raise SystemExit(int(wrong))


if __name__ == "__main__":
    main()
