"""`cjo stop-all`: no journey decides anything any more (R7)."""

from __future__ import annotations

import argparse

from cjo.cli.pause import add_common, carry_out
from cjo.engine.halts import STOP_ALL


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo stop-all`."""
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Writes the control record and says from when on it holds; returns 0."""
    return carry_out(args, STOP_ALL, None)
