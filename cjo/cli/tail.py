"""`cjo tail`: print decoded records of a topic."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator

from cjo.client import Record, newest, read
from cjo.client.connect import quiet
from cjo.client.words import as_json, as_line
from cjo.errors import UsageError
from cjo.settings import Settings

LAST = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo tail`."""
    parser.add_argument("topic", metavar="TOPIC", help="for example touchpoints, actions.email, decisions, deadletters")
    parser.add_argument("--follow", "-f", action="store_true", help="wait for more records")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--from-beginning", action="store_true", help="print everything that the topic holds")
    start.add_argument("--last", "-n", type=int, metavar="N", help=f"start with the N newest records (default: {LAST})")
    parser.add_argument("--key", metavar="K", help="only records of this key, for example a customer")
    parser.add_argument("--uncommitted", action="store_true", help="also records of open and aborted transactions")
    parser.add_argument("--json", action="store_true", help="one JSON object a line (the default unless on a terminal)")


def run(args: argparse.Namespace) -> int:
    """Prints records, the oldest first; returns 0."""
    quiet()
    show: Callable[[Record], str] = as_json
    if sys.stdout.isatty() and not args.json:
        width = shutil.get_terminal_size().columns
        show = lambda record: as_line(record, width)  # noqa: E731
    for record in records(args, Settings.load()):
        print(show(record), flush=args.follow)
    return 0


def records(args: argparse.Namespace, settings: Settings) -> Iterator[Record]:
    """The records that the options ask for."""
    keys = None if args.key is None else [args.key]
    count = LAST if args.last is None else args.last
    if count < 0:
        raise UsageError(f"--last must be a number from 0, got {count}")
    committed = not args.uncommitted
    if args.from_beginning or count == 0:
        return read(args.topic, settings, from_beginning=args.from_beginning, follow=args.follow, committed=committed,
                    keys=keys)  # fmt: skip
    return newest(args.topic, count, settings, follow=args.follow, committed=committed, keys=keys)
