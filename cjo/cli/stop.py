"""`cjo stop`: a journey decides nothing any more; its runs end, and what is held goes (R7)."""

from __future__ import annotations

import argparse

from cjo.cli.pause import add_common, carry_out
from cjo.engine.halts import STOP


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo stop`."""
    parser.add_argument("journey", metavar="JOURNEY", help="name of the journey")
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Writes the control record and says from when on it holds; returns 0."""
    return carry_out(args, STOP, args.journey)
