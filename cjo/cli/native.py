"""`cjo native`: compile the engine to machine code."""

from __future__ import annotations

import argparse
import time

from cjo.native.build import build


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`cjo native` has no options of its own."""


def run(args: argparse.Namespace) -> int:
    """Compiles what is not compiled yet, and says where it is; jobs submitted from now on take it along."""
    begin_s = time.monotonic()
    folder = build()
    print(f"{folder} has the compiled engine, after {time.monotonic() - begin_s:.0f} s")
    return 0
