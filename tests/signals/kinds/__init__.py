"""What tests know of each kind of signal, a file each:

- `FIRES`: (touchpoints, what the moment then carries) for the example on the kind's page;
- `specs`: a strategy of a kind's part of the plan, over the vocabulary of tests/signals/logs.py;
- `expected(spec, subject, rows)`: the moments, by looking at the whole list of events again and again: slow, and
  obviously right. `rows` are in log order; returned is moment id -> (time, values).

A reference that says `GENERAL = True` takes any spec of its kind: it reads conditions, keys and values only through
tests/signals/common.py (`matched`, `by_key`, `collected`). Such specs take part in the generated differential test
(tests/signals/generated/): there touchpoint types are exchanged for other types and for moments of other signals,
conditions are put on them, `per` is set and taken away. Without it, a kind's specs take part as they are drawn.

- `waits(spec)`: True where moments are made when the bound has passed, so that they are the same in any order of
  arrival within it (S3). By default where `settle` is true. A moment's time must then be the time at which it was due.

- `stands(spec)`: False where moments may be taken back by what comes within the bound; the ids of those that are gives
  `taken_back(spec, subject, rows)`. Of other signals those that wait use them, for they are judged after that.

A kind that needs another sort of log (date) has `specs = None` and its own in tests/signals/generated/days.py.
"""

from __future__ import annotations

import importlib
from typing import Any

from cjo.signals import kinds

KINDS: dict[str, Any] = {kind: importlib.import_module(f"{__name__}.{kind}") for kind in kinds()}


def waits(spec: dict[str, Any]) -> bool:
    """True where a signal's moments are made when the bound has passed after them."""
    own = getattr(KINDS[spec["kind"]], "waits", None)
    return bool(own(spec)) if own else bool(spec.get("settle"))


def stands(spec: dict[str, Any]) -> bool:
    """True where no moment of a signal is taken back by what comes within the bound."""
    own = getattr(KINDS[spec["kind"]], "stands", None)
    return bool(own(spec)) if own else True


def is_general(kind: str) -> bool:
    """True where a kind's reference takes any spec."""
    return bool(getattr(KINDS[kind], "GENERAL", False))
