"""`cjo up`: start the local stack."""

from __future__ import annotations

import argparse

from cjo.errors import UsageError
from cjo.settings import TASKMANAGERS_MAX, Settings
from cjo.stack.stack import COMPONENTS, Stack, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo up`."""
    parser.add_argument("--taskmanagers", type=int, default=2, metavar="N", help="Flink TaskManagers (default: 2)")
    parser.add_argument("--only", choices=COMPONENTS, action="append", help="start only this part; may be repeated")
    parser.add_argument("--no-supervisor", action="store_true", help="replace nothing that dies")
    parser.add_argument("--no-heartbeat", action="store_true", help="do not move time in the log")


def run(args: argparse.Namespace) -> int:
    """Starts what does not run yet and tells the addresses."""
    if not 1 <= args.taskmanagers <= TASKMANAGERS_MAX:
        raise UsageError(f"--taskmanagers must be from 1 to {TASKMANAGERS_MAX}, got {args.taskmanagers}")
    stack = Stack(Settings.load(), args.taskmanagers)
    stack.up(args.only or COMPONENTS, supervise=not args.no_supervisor, heartbeats=not args.no_heartbeat)
    for part in stack.status():
        say(
            f"{part.name:<16} {part.state:<9} {part.address}".rstrip()
            + (f"  metrics {part.metrics}" if part.metrics else "")
        )
    return 0
