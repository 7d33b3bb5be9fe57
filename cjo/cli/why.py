"""`cjo why`: a customer's timeline from the log, with the reason of every decision."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator

from cjo.client.connect import quiet
from cjo.client.folding import folded
from cjo.client.timeline import About, Entry, journeys_of, of_journey, timeline
from cjo.client.words import iso, readable
from cjo.errors import UsageError
from cjo.settings import Settings
from cjo.spec.problems import did_you_mean
from cjo.submission import control
from cjo.submission.asked import types_asked
from cjo.submission.running import running
from cjo.topics import action_topics
from cjo.values import to_timestamp


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo why`."""
    parser.add_argument(
        "customer", metavar="CUSTOMER", help="a customer_id, device:DEVICE_ID, or another subject such as @household:H7"
    )
    parser.add_argument("--journey", metavar="J", help="only what this journey asks for and decided")
    parser.add_argument("--since", metavar="TIME", help="only what is from then on (ISO 8601 with zone)")
    parser.add_argument("--all", action="store_true", help="a line for each touchpoint, also of many that are alike")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, with the whole records")


def run(args: argparse.Namespace) -> int:
    """Prints the timeline, the oldest first; returns 1 if the log holds nothing about the customer."""
    quiet()
    since_ms = None if args.since is None else to_timestamp(args.since)
    if args.since is not None and since_ms is None:
        raise UsageError(f"--since is {args.since!r}", "write ISO 8601 with a zone, such as 2026-11-25T10:00:00Z")
    settings = Settings.load()
    known = control.recorded(settings)
    told = about(known)
    entries = timeline(args.customer, settings, about=told, since_ms=since_ms)
    if not entries:
        since = "" if args.since is None else f" since {args.since}"
        print(f"the log holds nothing about {args.customer!r}{since}", file=sys.stderr)
        return 1
    if args.journey is not None:
        entries = _of_journey(entries, args.journey, args.customer, None if args.all else known)
    for line in map(as_json, entries) if args.json else lines(entries if args.all else folded(entries)):
        print(line)
    if any(args.customer.startswith(f"@{kind}:") for kind in told.kinds):
        print(_OF_PEOPLE, file=sys.stderr)
    return 0


_OF_PEOPLE = "what its people did, and what was decided for them, stands in their own timelines: cjo why CUSTOMER"


def about(known: list[control.Record]) -> About:
    """What the control topic tells that a timeline hangs on; of topics also those of earlier submissions."""
    newest = running(known).submission
    workspaces = [record["workspace"] for record in known if record["kind"] == control.SUBMISSION]
    topics = tuple(sorted({topic for one in workspaces for topic in action_topics({"workspace": one})}))
    if newest is None:
        return About(action_topics=topics)
    return About(newest["workspace"]["dedup_horizon_ms"], tuple(newest.get("subjects") or ()), topics)


def _of_journey(entries: list[Entry], journey: str, customer: str, known: list[control.Record] | None) -> list[Entry]:
    names = journeys_of(entries)
    if journey not in names:
        hint = did_you_mean(journey, names, "journeys that decided something:")
        raise UsageError(f"no decision of journey '{journey}' about '{customer}'", hint)
    return of_journey(entries, journey, None if known is None else types_asked(known, journey))


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
