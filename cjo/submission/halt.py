"""Pausing, resuming and stopping journeys that run: one control record each (R7)."""

from __future__ import annotations

from dataclasses import dataclass

from cjo.client.words import iso
from cjo.engine.halts import RESUME, STOP, STOP_ALL, Halts, of_journey
from cjo.errors import StackError, UsageError
from cjo.settings import Settings
from cjo.spec.problems import did_you_mean
from cjo.submission import control
from cjo.submission.logtime import effective_at, newest_ms
from cjo.submission.running import Running, held_at, running


@dataclass(frozen=True)
class Halted:
    """`journey`: None for all; `is_new` is False where it is so already at that time, and nothing was written."""

    kind: str
    journey: str | None
    effective_at_ms: int
    is_new: bool = True
    is_late: bool = False


def halt(settings: Settings, kind: str, journey: str | None, asked_ms: int | None) -> Halted:
    """Write the control record; `journey` None means every one. Raises UsageError, StackError."""
    known = control.recorded(settings)
    now = running(known)
    if now.submission is None:
        raise StackError("no job was submitted that tells of itself", "`cjo submit` starts one")
    if journey is not None:
        _must_be_there(journey, now)
    at_ms = effective_at(now.submission, newest_ms(settings), asked_ms)
    if journey is not None and (already := _already(kind, journey, held_at(known, at_ms))):
        return already
    record = control.halting(kind, journey, known, at_ms)
    while True:
        control.publish(settings, [record])
        known = control.recorded(settings)
        if next(one for one in known if _identity(one) == _identity(record)) == record:
            break
        record = control.halting(kind, journey, known, at_ms)  # somebody else took the number in this moment
    return Halted(kind, journey, at_ms, is_late=newest_ms(settings) >= at_ms)


def _already(kind: str, journey: str, held: Halts) -> Halted | None:
    """What is to be said where the journey is so already; what takes effect later does not count."""
    holds = of_journey(held, journey)
    if (holds.kind if holds else RESUME) != kind:
        return None
    since_ms = holds.since_ms if holds else held[journey].since_ms if journey in held else 0
    return Halted(kind, journey, since_ms, is_new=False)


def _identity(record: control.Record) -> tuple[str, int]:
    return record["name"], record["revision"]


def said(done: Halted) -> str:
    """One sentence of what was done."""
    who = "every journey" if done.journey is None else done.journey
    word = {RESUME: "goes on", STOP: "is stopped", STOP_ALL: "is stopped"}.get(done.kind, "is paused")
    if not done.is_new:
        since = f" since {iso(done.effective_at_ms)}" if done.effective_at_ms else ""
        return f"{who} {word} already{since}"
    return f"{who} {word} from {iso(done.effective_at_ms)} of the log's time"


def _must_be_there(journey: str, now: Running) -> None:
    if journey not in now.journeys:
        raise UsageError(f"no journey {journey!r} is published", did_you_mean(journey, now.journeys, "published are:"))
