"""Pause, resume and stop of journeys, as control records say it (R7).

A record is `{"kind": "pause" | "resume" | "stop" | "stop-all", "name": "control/win-back-basket", "revision": 7,
"effective_at_ms": …}`. `control/*` means every journey, also one that is published later. Revisions are counted over
all of them, so of several at one instant it is clear which was meant last.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

PAUSE: Final = "pause"
RESUME: Final = "resume"
STOP: Final = "stop"
STOP_ALL: Final = "stop-all"
KINDS: Final = frozenset({PAUSE, RESUME, STOP, STOP_ALL})
PREFIX: Final = "control/"
EVERY: Final = "*"


class Halt(NamedTuple):
    """What holds for a journey since a control took effect: `kind` is one of PAUSE, RESUME and STOP."""

    kind: str
    since_ms: int


Halts = dict[str, Halt]
NONE: Final[Halts] = {}


def of_journey(known: Halts, journey: str) -> Halt | None:
    """The pause or stop that holds for a journey; None where it goes on."""
    found = known.get(journey) or known.get(EVERY)
    return None if found is None or found.kind == RESUME else found


def after(known: Halts, record: dict[str, Any]) -> Halts:
    """What holds once `record` has taken effect. What is said of every journey replaces what was said of each."""
    name = record["name"].removeprefix(PREFIX)
    said = Halt(STOP if record["kind"] == STOP_ALL else record["kind"], record["effective_at_ms"])
    return {EVERY: said} if name == EVERY else {**known, name: said}
