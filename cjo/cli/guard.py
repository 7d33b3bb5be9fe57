"""`cjo guard`: watch what journeys send, and pause one that sends more than its `guard` allows."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable

from cjo.client import Record, read
from cjo.client.connect import quiet
from cjo.client.words import iso
from cjo.engine.halts import PAUSE
from cjo.insight.guard import Excess, Guard, limits_of
from cjo.settings import Settings
from cjo.spec.durations import in_words
from cjo.submission import control
from cjo.submission.halt import halt
from cjo.submission.running import Running, running
from cjo.topics import DECISIONS

REFRESH_S = 10.0
"""How often the control topic is asked which guards hold and which journeys were resumed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo guard`."""
    parser.add_argument("--once", action="store_true", help="judge what the topic holds now, then end")
    parser.add_argument("--from-beginning", action="store_true", help="count what was sent before too")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Pauses what sends too much and says so; returns 0 when it ends."""
    quiet()
    settings = Settings.load()
    begin = args.once or args.from_beginning
    records = read(DECISIONS, settings, from_beginning=begin, follow=not args.once)
    say = _as_json if args.json else _as_text
    if not limits_of(_running(settings).journeys):
        print("no published journey has a `guard`; those that get one are taken up", file=sys.stderr)
    for excess, effective_at_ms in watched(settings, records):
        print(say(excess, effective_at_ms), flush=True)
    return 0


def watched(
    settings: Settings, records: Iterable[Record], clock: Callable[[], float] = time.monotonic
) -> Iterable[tuple[Excess, int]]:
    """Every journey that is paused, with the log time from which it is."""
    guard, asked_s = Guard(limits_of(_running(settings).journeys)), clock()
    for record in records:
        if clock() - asked_s >= REFRESH_S:
            _refresh(guard, _running(settings))
            asked_s = clock()
        excess = guard.take(record.value) if record.value is not None else None
        if excess is not None:
            yield excess, halt(settings, PAUSE, excess.journey, None).effective_at_ms


def _refresh(guard: Guard, now: Running) -> None:
    guard.limits = limits_of(now.journeys)
    for journey in guard.told:
        if now.halt_of(journey) is None:
            guard.release(journey)


def _running(settings: Settings) -> Running:
    return running(control.recorded(settings))


def _as_text(excess: Excess, effective_at_ms: int) -> str:
    limit = excess.limit
    sent = f"{excess.journey} sent {excess.sends:,} messages in {in_words(limit.per_ms)}, {limit.sends:,} are allowed"
    return f"{sent}: paused from {iso(effective_at_ms)} of the log's time; `cjo resume {excess.journey}` lets it go on"


def _as_json(excess: Excess, effective_at_ms: int) -> str:
    about = {"journey": excess.journey, "sends": excess.sends, "allowed": excess.limit.sends}
    times = {"per_ms": excess.limit.per_ms, "at": iso(excess.at_ms), "paused_from": iso(effective_at_ms)}
    return json.dumps(about | times)
