"""`cjo down`: stop the local stack."""

from __future__ import annotations

import argparse

from cjo.settings import Settings
from cjo.stack.stack import Stack, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo down`."""
    parser.add_argument("--wipe", action="store_true", help="also remove topics, schemas, checkpoints and logs")


def run(args: argparse.Namespace) -> int:
    """Stops what runs; data is kept unless `--wipe`."""
    settings = Settings.load()
    stopped = Stack(settings).down(wipe=args.wipe)
    say(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")
    say(f"removed {settings.data}" if args.wipe else f"data is kept in {settings.data}")
    return 0
