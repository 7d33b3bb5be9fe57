"""`cjo pause`: a journey refuses entries and holds what it would send; its waits go on (R7)."""

from __future__ import annotations

import argparse
import json
import sys

from cjo.cli.submit import time_ms
from cjo.client.connect import quiet
from cjo.client.words import iso
from cjo.engine.halts import PAUSE
from cjo.settings import Settings
from cjo.submission.halt import halt, said


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo pause`."""
    parser.add_argument("journey", metavar="JOURNEY", help="name of the journey")
    add_common(parser)


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options that all of them have."""
    parser.add_argument(
        "--effective-at",
        metavar="TIME",
        help="time of the log from which it holds, ISO 8601 with zone (default: two bounds and 5 s ahead of the log)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Writes the control record and says from when on it holds; returns 0."""
    return carry_out(args, PAUSE, args.journey)


def carry_out(args: argparse.Namespace, kind: str, journey: str | None) -> int:
    """The same for any kind of control; `journey` None means every one."""
    quiet()
    done = halt(Settings.load(), kind, journey, time_ms(args.effective_at) if args.effective_at else None)
    if args.json:
        about = {"kind": kind, "journey": journey, "effective_at": iso(done.effective_at_ms)}
        print(json.dumps({**about, "is_new": done.is_new, "is_late": done.is_late}))
    else:
        print(said(done))
    if done.is_late:
        print("the log came to that time before the record was written: give --effective-at further ahead for a log "
              "that is faster than the clock", file=sys.stderr)  # fmt: skip
    return 0
