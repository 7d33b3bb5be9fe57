"""`cjo resume`: a paused or stopped journey goes on; what a pause held is evaluated again (R7)."""

from __future__ import annotations

import argparse

from cjo.cli.pause import add_common, carry_out
from cjo.engine.halts import RESUME
from cjo.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo resume`."""
    parser.add_argument("journey", nargs="?", metavar="JOURNEY", help="name of the journey")
    parser.add_argument("--all", action="store_true", help="every journey, also after stop-all")
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Writes the control record and says from when on it holds; returns 0."""
    if args.all == (args.journey is not None):
        raise UsageError("expected either JOURNEY or --all")
    return carry_out(args, RESUME, args.journey)
