"""`cjo down`: stop the local stack."""

from __future__ import annotations

import argparse
import contextlib

from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack.flink import JOBMANAGER
from cjo.stack.resume import park_jobs
from cjo.stack.stack import Stack, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo down`."""
    parser.add_argument("--wipe", action="store_true", help="also remove topics, schemas, checkpoints and logs")


def run(args: argparse.Namespace) -> int:
    """Stops what runs, jobs with a savepoint that the next `cjo up` goes on from; data is kept unless `--wipe`."""
    settings = Settings.load()
    stack = Stack(settings)
    stack.processes.stop("supervisor")
    if not args.wipe and stack.processes.find(JOBMANAGER):
        with contextlib.suppress(StackError):  # a cluster that does not answer is ended all the same
            park_jobs(settings)
    stopped = stack.down(wipe=args.wipe)
    say(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")
    say(f"removed {settings.data}" if args.wipe else f"data is kept in {settings.data}")
    return 0
