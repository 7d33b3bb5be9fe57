"""`cjo heartbeat`: keep time moving in every partition of the log."""

from __future__ import annotations

import argparse
import signal
import sys

from cjo.errors import UsageError
from cjo.settings import Settings
from cjo.stack.heartbeat import beat


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo heartbeat`."""
    parser.add_argument("--every", type=float, default=1.0, metavar="SECONDS", help="time between beats (default: 1)")


def run(args: argparse.Namespace) -> int:
    """Beats until it is told to end (SIGTERM or Ctrl-C)."""
    if args.every <= 0:
        raise UsageError(f"--every must be more than 0 seconds, got {args.every}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    beat(Settings.load(), args.every)
    return 0
