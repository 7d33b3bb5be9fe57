"""`cjo why`: a customer's timeline from the log, with the reason of every decision."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator

from cjo.client.connect import quiet
from cjo.client.timeline import Entry, timeline
from cjo.client.words import iso, readable
from cjo.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo why`."""
    parser.add_argument(
        "customer", metavar="CUSTOMER", help="a customer_id, device:DEVICE_ID, or another subject such as @household:H7"
    )
    parser.add_argument("--journey", metavar="J", help="only what this journey decided and asked for")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, with the whole records")


def run(args: argparse.Namespace) -> int:
    """Prints the timeline, the oldest first; returns 1 if the log holds nothing about the customer."""
    quiet()
    entries = timeline(args.customer, Settings.load(), args.journey)
    if not entries:
        print(f"the log holds nothing about {args.customer!r}", file=sys.stderr)
        return 1
    for line in map(as_json, entries) if args.json else lines(entries):
        print(line)
    return 0


def lines(entries: Iterable[Entry]) -> Iterator[str]:
    """A line for each entry; a time is written only where it differs from the line before."""
    before = None
    for entry in entries:
        time = iso(entry.at_ms)
        note = f" ({entry.note})" if entry.note else ""
        yield f"{time if time != before else '':<24}  {entry.kind:<10}  {entry.said}{note}"
        before = time


def as_json(entry: Entry) -> str:
    """The entry as one line of JSON."""
    found = {"at": iso(entry.at_ms), "kind": entry.kind, "said": entry.said, "note": entry.note}
    return json.dumps({**found, "record": readable(entry.value)}, ensure_ascii=False)
