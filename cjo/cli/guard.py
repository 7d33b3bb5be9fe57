"""`cjo guard`: watch what journeys send, and pause one that sends more than its `guard` allows."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from cjo.avro.contracts import load_schema
from cjo.client import Record, read
from cjo.client.connect import quiet
from cjo.client.words import iso
from cjo.engine.halts import EVERY, PAUSE, RESUME, STOP
from cjo.errors import RegistryError, StackError, UsageError
from cjo.insight.guard import Excess, Guard, limits_of
from cjo.settings import Settings
from cjo.spec.durations import in_words
from cjo.submission import control
from cjo.submission.halt import Halted, halt
from cjo.submission.running import Running, running
from cjo.topics import DECISIONS

REFRESH_S = 10.0
"""How often the control topic is asked which guards hold and which journeys were resumed."""
AGAIN_S = 5.0
"""After how long a broker that does not answer is asked again."""


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
    contract = load_schema("decision")
    records = read(DECISIONS, settings, from_beginning=begin, follow=not args.once, contract=contract)
    say = _as_json if args.json else _as_text
    if not limits_of(_running(settings).journeys):
        print("no published journey has a `guard`; those that get one are taken up", file=sys.stderr)
    for excess, effective_at_ms in watched(settings, records, patient=not args.once):
        print(say(excess, effective_at_ms), flush=True)
    return 0


def watched(
    settings: Settings,
    records: Iterable[Record],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    patient: bool = True,
) -> Iterable[tuple[Excess, int]]:
    """Every journey that is paused, with the log time from which it is.

    `patient`: what cannot be asked or written now, because the broker is away, is tried again until it can be.
    """
    ask = _Patience(sleep) if patient else _at_once
    guard, asked_s = Guard({}), clock()
    _refresh(guard, ask(_running, settings))
    for record in records:
        if clock() - asked_s >= REFRESH_S:
            _refresh(guard, ask(_running, settings))
            asked_s = clock()
        excess = guard.take(record.value) if record.value is not None else None
        if excess is not None and (paused := ask(_paused, settings, excess.journey)) is not None:
            yield excess, paused.effective_at_ms


def _paused(settings: Settings, journey: str) -> Halted | None:
    """The journey's pause; None where it is stopped, or is published no longer: then there is nothing to pause."""
    now = _running(settings)
    held = now.halt_of(journey)
    if journey not in now.journeys or (held is not None and held.kind == STOP):
        return None
    try:
        return halt(settings, PAUSE, journey, None)
    except UsageError:  # it was taken out in this moment
        return None


def _refresh(guard: Guard, now: Running) -> None:
    """Take up what is published now. A journey that was resumed counts anew, from its resume on."""
    guard.limits = limits_of(now.journeys)
    for journey in guard.limits:
        said = now.held.get(journey) or now.held.get(EVERY)
        if said is not None and said.kind == RESUME:
            guard.count_from(journey, said.since_ms)
    for journey in guard.told:
        if now.halt_of(journey) is None:
            guard.release(journey)


def _at_once(do: Callable[..., Any], *about: Any) -> Any:
    return do(*about)


class _Patience:
    """Does something as soon as broker and registry answer, and says on stderr for what it waits."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep

    def __call__(self, do: Callable[..., Any], *about: Any) -> Any:
        while True:
            try:
                return do(*about)
            except (StackError, RegistryError) as error:
                print(f"cjo guard: {error.message}; trying again in {AGAIN_S:g} s", file=sys.stderr, flush=True)
                self._sleep(AGAIN_S)


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
